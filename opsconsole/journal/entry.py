"""One entry of the journal, its canonical JSON and the hash that chains it to the entry before."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from opsconsole.decoding import convert_to
from opsconsole.records import JsonObject, Record

GENESIS = "0" * 64
"""``prev`` of a journal's first entry."""

MAX_BODY = 8 << 20
"""Bytes of an entry's body. The plan of a kill of a thousand bindings has about a MiB; undo keeps its own files."""

_LONGEST_STRINGS = (1 << 16, 1 << 12, 1 << 8)


class Who(Record, frozen=True):
    """Who acted: the name the API server knows, the login behind ``sudo``, and where the SSH connection came from."""

    user: str = ""
    groups: tuple[str, ...] = ()
    context: str = ""
    server: str = ""
    login: str = ""
    client: str = ""
    host: str = ""
    pid: int = 0
    version: str = ""

    def __str__(self) -> str:
        login = self.login + (f" from {self.client}" if self.client else "")
        return " as ".join(part for part in (login, self.user) if part) or "unknown"


class JournalEntry(Record, frozen=True):
    """One line of the journal. ``prev`` is the hash of the line before; ``hash`` covers everything else.

    ``kind`` is one of ``intent``, ``override``, ``begin``, ``end``, ``evidence``, ``outcome``, ``alarm``, ``note`` and
    ``recovered``; what ``body`` holds depends on it (docs/switches.md lists it). ``at`` is seconds since the epoch.
    """

    seq: int
    at: float
    kind: str
    who: Who
    body: dict[str, Any]
    prev: str
    hash: str = ""


def canonical(value: Any) -> bytes:
    """JSON in the one form that is hashed: sorted keys, no white space, UTF-8."""
    return msgspec.json.encode(value, order="sorted")


def seal(seq: int, at: float, kind: str, *, who: Who, body: JsonObject, prev: str) -> JournalEntry:
    """Make the entry that follows the one whose hash is ``prev``."""
    entry = JournalEntry(seq, at, kind, who, body, prev)
    return msgspec.structs.replace(entry, hash=digest(entry))


def digest(entry: JournalEntry) -> str:
    """The hash that ``entry`` must carry: SHA-256 over its canonical JSON with an empty ``hash``."""
    return hashlib.sha256(canonical(msgspec.structs.replace(entry, hash=""))).hexdigest()


def line_digest(line: bytes) -> str:
    """The hash that the entry in ``line`` must carry, over every field of it, those of newer versions too."""
    return hashlib.sha256(canonical({**msgspec.json.decode(line), "hash": ""})).hexdigest()


def within(body: JsonObject, most: int = MAX_BODY) -> JsonObject:
    """``body``, its strings cut where it would be larger than ``most`` bytes of JSON; what was cut is said in it."""
    size = len(canonical(body))
    if size <= most:
        return body
    for longest in _LONGEST_STRINGS:
        cut: JsonObject = _cut(body, longest)
        if len(canonical(cut)) <= most:
            return cut
    whole = hashlib.sha256(canonical(body)).hexdigest()
    return {"run": str(body.get("run", ""))[:100], "cut": f"{size} bytes were too large for an entry", "sha256": whole}


def _cut(value: Any, longest: int) -> Any:
    if isinstance(value, str):
        return value if len(value) <= longest else f"{value[:longest]}… [cut: {len(value) - longest} characters]"
    if isinstance(value, dict):
        return {_cut(key, longest): _cut(item, longest) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_cut(item, longest) for item in value]
    return value


def parse(line: bytes) -> JournalEntry | None:
    """The entry in ``line`` (no newline) if the line is exactly what :func:`canonical` writes; else ``None``."""
    try:
        whole = msgspec.json.decode(line)
        return convert_to(whole, JournalEntry) if canonical(whole) == line else None
    except (ValueError, RecursionError):
        return None
