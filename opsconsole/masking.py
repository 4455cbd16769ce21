"""The one masker: keeps secrets out of the journal, evidence, manifests and logs. Pure, linear, and never raises.

It masks more rather than less: a word lost in a log line costs little, a token kept costs a cluster. Whoever writes the
text can't make it slow: each character is looked at a bounded number of times (no pattern goes back and tries again),
objects are followed to a bounded depth and number of values, and what is beyond that is left out, with a word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

MASK = "[redacted]"

TOO_DEEP = "[left out: nested too deep]"
TOO_MUCH = "[left out: too many values]"
TOO_LONG = "[left out: too much text]"

MAX_DEPTH = 64
"""Levels of nesting that are followed; Kubernetes' own objects have about 15."""

MAX_VALUES = 500_000
"""Values that are followed in one object; a Deployment has some hundreds, the largest CRDs some ten thousand."""

MAX_TEXT = 8 << 20
"""Characters of one text that are looked at; the rest is left out, since what was not looked at is not kept either."""

_PIECE = 1 << 16
"""Characters that one search may take before other threads have their turn: about a hundredth of a second."""

MAX_INNER = 1 << 20
"""Characters of JSON within a string that are looked at as JSON; longer ones are looked at as text."""

_WORDS = (
    "pass(?:word|wd|phrase)",
    "pwd",
    "token",
    "secret",
    "(?:api|access|secret|private|encryption|signing|master|ssh|session|account|storage)[-_.]?key",
    "key[-_]?data",
    "credential",
    "authorization",
    "cookie",
    "connection[-_]?string",
    "dockerconfigjson",
    "dockercfg",
    "(?:^|[^a-z])(?:pass|auth|jwt)",
)
_SUFFIX = r"(?:[-_](?:\d+|prod|dev|test|staging|old|new|b64|base64|hash|value))?"
_NAME = re.compile(rf"(?:{'|'.join(_WORDS)})s?{_SUFFIX}\Z", re.IGNORECASE)
_LONGEST_NAME = 128
"""Characters of a name's end that are looked at."""

_TRIGGER = re.compile(
    r"pass|pwd|token|secret|key|credential|auth|cookie|connection|docker|jwt|bearer|basic|eyj|://|a[ks]ia|gh[pousr]_|github_pat"
    r"|xox|hf_|sk-|glpat|npm_",
    re.IGNORECASE,
)
"""A line without any of these holds nothing to mask; most lines of a log are so."""

_LONGEST_TRIGGER = 16
"""Characters of the longest of them, and more."""

_TOKEN = re.compile(r"[\w.+~-]++|[ \t]++|\\*+[\"']|.", re.DOTALL)
"""Runs of word characters, of blanks, a quote with its backslashes, else one character: none is looked at twice."""

_LOOKS = re.compile(
    r"(?<![\w-])eyJ[\w-]{8,}+\.[\w-]{8,}+(?:\.[\w-]*+)?|A[KS]IA[0-9A-Z]{16}|gh[pousr]_\w{20,}+|github_pat_\w{20,}+"
    r"|xox[abeoprs]-[\w-]{10,}+|hf_\w{20,}+|sk-[\w-]{16,}+|glpat-[\w-]{16,}+|npm_\w{20,}+"
)
_HARMLESS = re.compile(r"(?:true|false|null|none|\d{1,5})\Z", re.IGNORECASE)
_SCHEMES = frozenset({"bearer", "basic", "digest", "negotiate", "apikey"})
_WHOLE_LINE = ("authorization", "cookie", "cookies")
"""Headers whose value has blanks in it."""

_ENDS = frozenset(",;}])&<>")
_BEGIN, _END, _LONGEST_PEM = "-----BEGIN ", "-----END ", 16_384


def mask_text(text: str) -> str:
    """``text`` with everything masked that looks like a secret."""
    if len(text) > MAX_TEXT:
        text = f"{text[:MAX_TEXT]}[left out: {len(text) - MAX_TEXT} characters, too many to look at]"
    if _BEGIN in text:
        text = _without_pems(text)
    if not _triggers(text):
        return text
    lines = text.split("\n")
    return "\n".join(Scan(line).run() if _triggers(line) else line for line in lines)


def is_secret_name(name: str) -> bool:
    """Whether a field, a flag, an environment variable or a header of this name holds a secret: ``DB_PASSWORD``."""
    return _NAME.search(name[-_LONGEST_NAME:]) is not None


def mask_named(name: str, value: str) -> str:
    """The value of an environment variable (or header) of this name, as it may be shown."""
    return (MASK if value else value) if is_secret_name(name) else mask(value)


def mask(value: Any) -> Any:
    """A copy of ``value`` (JSON) without its secrets. Keys, structure, numbers and references to Secrets stay."""
    return _Objects().walk(value, MAX_DEPTH)


def _triggers(text: str) -> bool:
    """Whether anything in ``text`` is worth a look. In pieces: within one search nothing else runs, no key is read."""
    return any(_TRIGGER.search(text, at, at + _PIECE + _LONGEST_TRIGGER) for at in range(0, len(text), _PIECE))


def _tokens(line: str) -> list[str]:
    if len(line) <= _PIECE:
        return _TOKEN.findall(line)
    return [each.group() for each in _TOKEN.finditer(line)]  # slower, and others may run in between


class Scan:
    """One line, token by token. ``steps`` counts the tokens that were looked at, so that tests can bound the work."""

    def __init__(self, line: str) -> None:
        self._tokens = _tokens(line)
        self._out: list[str] = []
        self._at = 0
        self._no_login_before = 0
        self.steps = 0

    def run(self) -> str:
        """The line, masked."""
        while self._at < len(self._tokens):
            self.steps += 1
            token = self._tokens[self._at]
            if token[0] == ":" and self._peek(1) == "/" and self._peek(2) == "/":
                self._url()
            elif token.lower() in _SCHEMES and _is_blank(self._peek(1)) and len(self._peek(2)) >= 6:
                self._copy(2)
                self._mask_bare()
            elif is_secret_name(token):
                self._named(token)
            else:
                self._out.append(_by_looks(token))
                self._at += 1
        return "".join(self._out)

    def _named(self, name: str) -> None:
        """Behind a name that holds a secret: mask what is assigned to it."""
        self._copy(1)
        start = self._at
        quote = self._peek(0) if _is_quote(self._peek(0)) else ""
        ahead = bool(quote) + _is_blank(self._peek(bool(quote)))
        if self._peek(ahead) in {"=", ":"} and self._peek(ahead + 1) != "/":
            self._copy(ahead + 1)
            if _is_blank(self._peek(0)):
                self._copy(1)
            self._value(whole=not quote and name.lower().endswith(_WHOLE_LINE))
        elif name.startswith("--") and not quote and _is_blank(self._peek(0)) and self._peek(1)[:1] not in {"", "-"}:
            self._copy(1)
            self._value()
        else:
            self._at = start

    def _value(self, *, whole: bool = False) -> None:
        token = self._peek(0)
        if not token or self._is_masked() or (_HARMLESS.match(token) and self._peek(1) in {"", *_ENDS, '"', "'"}):
            return
        if _HARMLESS.match(token) and (_is_blank(self._peek(1)) or _is_quote(self._peek(1))):
            return
        if not _is_quote(token):
            self._mask_bare(whole=whole)
            return
        self._copy(1)
        if self._is_masked():
            return
        end = self._at
        while end < len(self._tokens) and self._tokens[end] != token:
            end += 1
        if end == self._at:
            return
        self.steps += end - self._at
        self._at = end
        self._out.append(MASK)

    def _mask_bare(self, *, whole: bool = False) -> None:
        """Mask up to a blank, a quote or a mark that ends a value (``whole``: up to a quote or the line's end)."""
        if self._is_masked():
            return
        begun = self._at
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            if _is_quote(token) or (not whole and (_is_blank(token) or token.isspace() or token in _ENDS)):
                break
            self._at += 1
        self.steps += self._at - begun
        if self._at > begun:
            self._out.append(MASK)

    def _url(self) -> None:
        """``://user:password@host``: mask the login. A password may hold a slash where there is a colon before it."""
        self._copy(3)
        if self._at < self._no_login_before or self._is_masked():
            return
        last, colon, end = -1, False, self._at
        while end < len(self._tokens):
            part = self._tokens[end]
            if _is_blank(part) or _is_quote(part) or part.isspace() or part in "<>?#":
                break
            if part == "/" and not (colon and self._is_password(end)):
                break
            last = end if part == "@" else last
            colon = colon or part == ":"
            end += 1
        self.steps += end - self._at
        if last < 0:
            self._no_login_before = end
        elif last > self._at:
            self._out.append(MASK)
            self._at = last

    def _is_password(self, slash: int) -> bool:
        """Whether what stands before this slash can be a password's beginning rather than a port."""
        before = self._tokens[slash - 1]
        return not before.isdigit() and before != ":"

    def _is_masked(self) -> bool:
        return self._peek(0) == "[" and self._peek(1) == "redacted" and self._peek(2) == "]"

    def _peek(self, ahead: int) -> str:
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else ""

    def _copy(self, count: int) -> None:
        self._out += self._tokens[self._at : self._at + count]
        self._at += count


class _Objects:
    """Follows one value. ``left`` and ``room``: how many values and characters of text may still be looked at."""

    def __init__(self) -> None:
        self.left = MAX_VALUES
        self.room = 2 * MAX_TEXT

    def walk(self, value: Any, depth: int) -> Any:
        self.left -= 1
        if isinstance(value, str):
            self.room -= len(value)
            return self._text(value, depth) if self.room >= 0 else TOO_LONG
        if not isinstance(value, Mapping | list | tuple):
            return value
        if depth <= 0:
            return TOO_DEEP
        if self.left <= 0:
            return TOO_MUCH
        return self._object(value, depth - 1) if isinstance(value, Mapping) else self._list(value, depth - 1)

    def _object(self, value: Mapping[Any, Any], depth: int) -> dict[Any, Any]:
        secret = value.get("kind") == "Secret" or str(value.get("type", "")).startswith("kubernetes.io/")
        names = [each for each in (value.get("name"), value.get("key")) if isinstance(each, str)]
        pair = any(is_secret_name(name) for name in names)
        masked: dict[Any, Any] = {}
        for key, item in value.items():
            if secret and key in {"data", "stringData"}:
                masked[key] = dict.fromkeys(item, MASK) if isinstance(item, Mapping) else MASK
            elif is_secret_name(str(key)) or (pair and key == "value"):
                masked[key] = self._strings(item, depth)
            else:
                masked[key] = self.walk(item, depth)
        return masked

    def _list(self, value: Sequence[Any], depth: int) -> list[Any]:
        """A list; as arguments of a command, ``--password`` tells what the next one is."""
        masked: list[Any] = []
        hidden = False
        for item in value:
            if hidden and isinstance(item, str) and not item.startswith("--"):
                masked.append(MASK if item else item)
            else:
                masked.append(self.walk(item, depth))
            hidden = isinstance(item, str) and item[:1] == "-" and "=" not in item and is_secret_name(item)
        return masked

    def _strings(self, value: Any, depth: int) -> Any:
        """Mask a string or a list of strings; an object (``secretKeyRef``) is looked at by itself."""
        if isinstance(value, str):
            return MASK if value else value
        if isinstance(value, list | tuple) and depth > 0:
            return [self._strings(item, depth - 1) for item in value]
        return self.walk(value, depth)

    def _text(self, text: str, depth: int) -> str:
        """JSON within a string (``last-applied-configuration`` repeats the whole object so) is looked at as JSON."""
        if text[:1] not in {"{", "["} or len(text) > MAX_INNER or depth <= 0:
            return mask_text(text)
        try:
            inner = msgspec.json.decode(text)
            masked = self.walk(inner, depth - 1)
            again = text if masked == inner else msgspec.json.encode(masked).decode()
        except (ValueError, RecursionError):
            return mask_text(text)
        return mask_text(again)


def _without_pems(text: str) -> str:
    """``text`` with each block of a private key masked, whole or cut, from its first mark to its last."""
    parts: list[str] = []
    at = 0
    while (begin := text.find(_BEGIN, at)) >= 0:
        label_end = text.find("-----", begin + len(_BEGIN), begin + len(_BEGIN) + 64)
        if label_end < 0 or "PRIVATE KEY" not in text[begin:label_end]:
            parts.append(text[at : begin + len(_BEGIN)])
            at = begin + len(_BEGIN)
            continue
        end = text.find(_END, label_end, begin + _LONGEST_PEM)
        mark = text.find("-----", end + len(_END), end + len(_END) + 64) if end >= 0 else -1
        parts += [text[at:begin], MASK]
        at = mark + 5 if mark >= 0 else min(begin + _LONGEST_PEM, len(text))
    return "".join([*parts, text[at:]])


def _by_looks(token: str) -> str:
    return _LOOKS.sub(MASK, token) if len(token) >= 16 and _TRIGGER.search(token) else token


def _is_blank(token: str) -> bool:
    return token[:1] in {" ", "\t"} and bool(token)


def _is_quote(token: str) -> bool:
    return token[-1:] in {'"', "'"}
