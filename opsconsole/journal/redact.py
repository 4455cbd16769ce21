"""Keeps secrets out of the journal and the evidence: by the name of a field, by the kind of an object, by their looks.

It masks more rather than less: a word lost in a log line costs little, a token kept costs a cluster.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

MASK = "[redacted]"

_WORDS = (
    "pass(?:word|wd|phrase)",
    "token",
    "secret",
    "api[-_]?key",
    "access[-_]?key",
    "secret[-_]?key",
    "private[-_]?key",
    "key[-_]?data",
    "credential",
    "authorization",
    "cookie",
)
_WORD = "(?:" + "|".join(_WORDS) + ")s?"
_NAME = re.compile(rf"{_WORD}$", re.IGNORECASE)

_PATTERNS = (
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), MASK),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"), MASK),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{6,}"), rf"\1 {MASK}"),
    (re.compile(r"(://)[^\s/:@]{1,256}:[^\s/@]{1,1024}@"), rf"\1{MASK}@"),
    (re.compile(r"\b(?:AKIA[0-9A-Z]{16}|gh[pousr]_\w{20,}|xox[abprs]-[\w-]{10,}|hf_\w{20,}|sk-[\w-]{16,})"), MASK),
    (re.compile(rf"(?i)(--[\w-]{{0,64}}{_WORD}[ \t]+)(?!-)[^\s\"',;}}\]]+"), rf"\1{MASK}"),
)
"""What to look for in any text, and what to put there: private keys, JWTs, HTTP authorization, passwords in URLs,
well-known token prefixes, ``--token X``."""

_ASSIGNED = re.compile(
    rf"""(?ix) ( {_WORD} \\? ["']? \s* [=:] \s* )        # password= or "password":
    (?! \[redacted\] | (?: true | false | null | \d{{1,5}} ) \b )
    ( \\" (?: (?! \\" ) . )* \\" | " (?: [^"\\] | \\. )* " | ' [^']* ' | [^\s"',;}}\]]+ | ["'] \S* )"""
)
"""A name that holds a secret with its value behind ``=`` or ``:``. Small numbers and truth values are none."""


def redact(value: Any) -> Any:
    """A copy of ``value`` (JSON) without its secrets. Keys, structure, numbers and references to Secrets stay."""
    if isinstance(value, str):
        return redact_text(_redact_inner(value))
    if isinstance(value, Mapping):
        return _redact_object(value)
    if isinstance(value, list | tuple):
        return [redact(item) for item in value]
    return value


def _redact_inner(text: str) -> str:
    """JSON within a string (``last-applied-configuration`` repeats the whole object so) is looked at as JSON."""
    if text[:1] not in {"{", "["}:
        return text
    try:
        inner = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return text
    masked = redact(inner)
    return text if masked == inner else msgspec.json.encode(masked).decode()


def redact_text(text: str) -> str:
    """``text`` with everything masked that looks like a secret."""
    for pattern, mask in _PATTERNS:
        text = pattern.sub(mask, text)
    return _ASSIGNED.sub(_masked_value, text)


def _masked_value(match: re.Match[str]) -> str:
    """The name, and the mask in the quotes that the value had: JSON stays JSON."""
    name, value = match.groups()
    opening = next((quote for quote in ('\\"', '"', "'") if value.startswith(quote)), "")
    return f"{name}{opening}{MASK}{opening}"


def is_secret_name(name: str) -> bool:
    """Whether a field, an environment variable or a header of this name holds a secret: ``DB_PASSWORD``, ``token``."""
    return _NAME.search(name) is not None


def _redact_object(value: Mapping[str, Any]) -> dict[str, Any]:
    secret_object = value.get("kind") == "Secret" or str(value.get("type", "")).startswith("kubernetes.io/")
    named = value.get("name")
    secret_pair = isinstance(named, str) and is_secret_name(named)
    masked: dict[str, Any] = {}
    for key, item in value.items():
        if secret_object and key in {"data", "stringData"}:
            masked[key] = _mask(item)
        elif is_secret_name(key) or (secret_pair and key == "value"):
            masked[key] = _mask_strings(item)
        else:
            masked[key] = redact(item)
    return masked


def _mask(value: Any) -> Any:
    """Mask all that is inside, whatever it is; only the keys stay."""
    return dict.fromkeys(value, MASK) if isinstance(value, Mapping) else MASK


def _mask_strings(value: Any) -> Any:
    """Mask a string or a list of strings; an object (``secretKeyRef``) is looked at by itself."""
    if isinstance(value, str):
        return MASK if value else value
    if isinstance(value, list | tuple):
        return [_mask_strings(item) for item in value]
    return redact(value)
