"""Texts, masked line by line, and what spreads over lines: private keys, blocks of YAML, manifests of Secrets."""

from __future__ import annotations

import re

from opsconsole.masking.commands import mask_commands
from opsconsole.masking.cursor import PIECE
from opsconsole.masking.line import Scan
from opsconsole.masking.looks import MASK, TRIGGERS
from opsconsole.masking.names import is_secret_name, listed

MAX_TEXT = 8 << 20
"""Characters of one text that are looked at; the rest is left out, since what was not looked at is not kept either."""

LONGEST_BLOCK = 64
"""Lines that one name masks below it: whoever forges a name hides no more of the evidence behind it."""

_LONGEST_KEY = 400
"""Characters of a line that begins a block."""

_HINTS = (
    *listed(
        """pass pwd pw= pw: _pw token secret key cred auth cookie connection docker jwt otp hmac sess bearer basic ://
        sig code= kennwort contrase senha парол 密 パス 비밀 from-literal mnemonic seed recovery backup verifier saml
        assertion"""
    ),
    *(" -p", " -w ", " -u", " -a ", " -k ", " -c ", " -x "),
    *(
        "'-p",
        '"-p',
        "'-u",
        '"-u',
        "'-a",
        '"-a',
        "'-w",
        '"-w',
        "--user",
        "--cert",
        " -e ",
        "/p:",
        "bearer",
        "-user",
        "<<<",
        "sudo -s",
        " -a",
        "nmcli",
    ),
    *(
        "curl",
        "htpasswd",
        "vault",
        "bao ",
        "redis",
        "acl ",
        "mysqladmin",
        "usermod",
        "useradd",
        "ldap",
        "chpasswd",
        "kinit",
    ),
    *(
        "rabbitmq",
        "mc alias",
        "mc config",
        "mcli",
        "samba-tool",
        "ngrok",
        "rclone",
        "isql",
        "wpa_",
        "openssl",
        "config ",
    ),
    *("identified", ":thin:", ":oci:", "sqlplus", "sqlldr", "expdp", "impdp", "rman "),
    *TRIGGERS,
)
"""A line without any of these, in small letters, holds nothing to mask; most lines of a log are so."""

_LONGEST_HINT = 24
"""Characters of the longest of them, and more."""

_NAME = re.compile(r"[\s\"'<{-]*+(?:name|key|variable)\b", re.IGNORECASE)
_VALUE = re.compile(r"[\s\"'<-]*+val(?:ue)?\b", re.IGNORECASE)
_NEAR = 3
"""Lines below a secret's name in which its ``value`` is looked for, as in a container's environment."""

_SECRET_KIND = re.compile(r"kind\\{0,4}[\"']?:[ ]?\\{0,4}[\"']?Secret(?![\w])")
_BEGIN, _END, _LONGEST_PEM = "-----BEGIN ", "-----END ", 16_384


def mask_text(text: str) -> str:
    """``text`` with everything masked that looks like a secret."""
    if len(text) > MAX_TEXT:
        text = f"{text[:MAX_TEXT]}[left out: {len(text) - MAX_TEXT} characters, too many to look at]"
    if _BEGIN in text:
        text = _without_pems(text)
    if not triggers(text):
        return text
    masker = LogMasker(of_secret=_SECRET_KIND.search(text) is not None)
    return "\n".join([masker(line) for line in text.split("\n")])


def triggers(text: str) -> bool:
    """Whether anything in ``text`` is worth a look. In pieces: within one search nothing else runs, no key is read."""
    return any(_hints(text[at : at + PIECE + _LONGEST_HINT]) for at in range(0, len(text), PIECE))


def _hints(piece: str) -> bool:
    return any(map(piece.lower().__contains__, _HINTS))


class LogMasker:
    """Masks lines one after the other, and remembers what one has begun.

    Args:
        of_secret: they are a manifest of a Secret: its ``data`` is masked too, whatever its keys are called.
    """

    def __init__(self, *, of_secret: bool = False) -> None:
        self._of_secret = of_secret
        self._block: _Block | None = None
        self._named_ago = 0
        self._key_left = 0

    def __call__(self, line: str) -> str:
        """The next line, masked."""
        if self._key_left > 0:
            return self._within_key(line)
        if self._block is not None:
            masked = self._block.masked(line)
            if masked is not None:
                return masked
            self._block = None
        if _BEGIN in line:
            line = self._key_begins(line)
        named = self._named_ago > 0 and _VALUE.match(line) is not None
        self._named_ago = 0 if named or _NAME.match(line) else max(self._named_ago - 1, 0)
        if not named and not triggers(line) and not self._of_secret:
            return line
        return self._looked_at(line, named=named)

    def _looked_at(self, line: str, *, named: bool) -> str:
        line = mask_commands(line)
        scan = Scan(line, of_secret=self._of_secret, awaits_value=named)
        masked = scan.run()
        self._named_ago = _NEAR if scan.awaits_value else self._named_ago
        begun = _begun(line, of_secret=self._of_secret, named=named)
        if scan.open_quote:
            self._block = _Block(_indent(line), "text", scan.open_quote)
        elif begun:
            self._block = _Block(_indent(line), begun)
        return masked

    def _key_begins(self, line: str) -> str:
        """A private key that does not end on this line is masked on the next ones."""
        masked = _without_pems(line)
        at = line.rfind(_BEGIN)
        if "PRIVATE KEY-----" in line[at : at + 80] and _END not in line[at:]:
            self._key_left = _LONGEST_PEM - len(line) + at
        return masked

    def _within_key(self, line: str) -> str:
        self._key_left -= len(line) + 1
        at = line.find(_END)
        if at < 0:
            return MASK
        self._key_left = 0
        mark = line.find("-----", at + len(_END), at + len(_END) + 64)
        return MASK + self(line[mark + 5 :]) if mark >= 0 else MASK


class _Block:
    """What stands below a name, further in.

    ``form``: a ``text`` (up to a quote, where there is one), a value that is ``alone``, or a ``map`` of secrets.
    """

    def __init__(self, indent: int, form: str, quote: str = "") -> None:
        self._indent = indent
        self._form = form
        self._quote = quote
        self._left = LONGEST_BLOCK

    def masked(self, line: str) -> str | None:
        """The line, masked; None: the block is over."""
        content = line.strip()
        self._left -= 1
        indent = _indent(line)
        inside = indent > self._indent or (self._form == "alone" and content[:2] == "- " and indent == self._indent)
        if self._left < 0 or (content and not inside):
            return self._last_of_quoted(line)
        if not content:
            return line if self._form != "alone" else None
        if self._form == "alone":
            return self._item(line, content)
        if self._form == "map":
            name, colon, value = line.partition(":")
            return line if colon and value.strip() in {"", "{"} else f"{name}: {MASK}" if colon else _masked(line)
        if self._quote and self._quote in line:
            self._left = 0
        return _masked(line)

    def _last_of_quoted(self, line: str) -> str | None:
        """The end of what a quote further up began, on a line that is not further in; None: it is none."""
        end = line.find(self._quote) if self._quote and self._left >= 0 else -1
        if end < 1 or "=" in line[:end]:
            return None
        self._left = 0
        return MASK + mask_text(line[end:])

    def _item(self, line: str, content: str) -> str | None:
        """An item of a list, or a value on a line of its own. Anything with names of its own is no value."""
        value = content[2:].strip() if content[:2] == "- " else content
        if value[:1] in {"{", "[", "#"} or ": " in value or value[-1:] == ":" or not value:
            return None
        return line[: line.index(value)] + MASK


def _masked(line: str) -> str:
    return line[: _indent(line)] + MASK


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


def _begun(line: str, *, of_secret: bool, named: bool) -> str:
    """Which form of a block begins below this line; empty: none."""
    line = line.rstrip()
    if len(line) > _LONGEST_KEY or line[-1:] not in set(":|>{+-123456789"):
        return ""
    head, colon, mark = line.rpartition(":")
    words = head.split()
    if not colon or not words or len(mark) > 8:
        return ""
    name, mark = words[-1].strip("\"'"), mark.strip()
    if of_secret and name in {"data", "stringData"} and mark in {"", "{"}:
        return "map"
    if not named and not is_secret_name(name):
        return ""
    return "text" if mark[:1] in {"|", ">"} and mark else "" if mark else "alone"


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
