"""The API server's audit log as a witness: a write of the frozen one's own that the freeze refused.

It is asked where the identity may not be impersonated. Only what is written behind the place where the log ended when
the freeze began counts, and only what the API server itself says of it: who it was, and which policy refused it.
"""

from __future__ import annotations

import threading
from pathlib import Path

import msgspec

from opsconsole.decoding import decode_as
from opsconsole.govern.names import FREEZES, INSTALLED_FREEZE
from opsconsole.present.units import clock_time
from opsconsole.records.audit import AuditedWrite
from opsconsole.text import clean_line
from opsconsole.writers.audit.event import NoAuditEvent, parse

_FAILURE = "validation.policy.admission.k8s.io/validation_failure"
"""Annotation of an event in which the API server says which policies refused (their bindings have the action Audit)."""

_POLICIES = frozenset({*FREEZES, INSTALLED_FREEZE})
_MOST = 16 * 1024 * 1024
"""Bytes that are read at one look; what is more waits for the next."""


class _Noted(msgspec.Struct):
    annotations: dict[str, str] = {}


class _Failed(msgspec.Struct):
    policy: str = ""


class AuditWitness:
    """Follows an audit log from its end on. Several threads may ask it.

    Args:
        path: of the log.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at = self._size()
        self._rest = b""
        self._refused: dict[str, AuditedWrite] = {}
        self._through: dict[str, AuditedWrite] = {}
        self.trouble = ""
        self._lock = threading.Lock()

    def look(self) -> None:
        """Read what was written since. A log that was turned over is read from its begin."""
        with self._lock:
            self._read()

    def _read(self) -> None:
        try:
            size = self._path.stat().st_size
            if size < self._at:
                self._at, self._rest = 0, b""
            with self._path.open("rb") as file:
                file.seek(self._at)
                data = file.read(_MOST)
        except OSError as error:
            self.trouble = f"the audit log can't be read: {error.strerror}"
            return
        self.trouble = ""
        self._at += len(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._take(line)

    def verdict(self, user: str) -> tuple[bool | None, str]:
        """Whether a write of ``user`` was refused by the freeze and none got through after it; and what was seen."""
        refused, through = self._refused.get(user), self._through.get(user)
        if refused is None:
            return None, self.trouble or "the audit log has no refused write of it yet"
        words = f"its own write ({_words(refused)}) was refused by the freeze, says the audit log"
        if through is not None:
            return False, f"{words}; a later one got through: {_words(through)}"
        return True, words

    def _take(self, line: bytes) -> None:
        try:
            write = parse(line) if line.strip() else None
        except NoAuditEvent:
            return
        if write is None or write.acts_as:
            return
        if write.refused and _by_freeze(line):
            self._refused[write.user] = write
            self._through.pop(write.user, None)
        elif not write.refused and write.user in self._refused:
            self._through[write.user] = write

    def _size(self) -> int:
        try:
            return self._path.stat().st_size
        except OSError:
            return 0


def _by_freeze(line: bytes) -> bool:
    try:
        said = decode_as(line, _Noted).annotations.get(_FAILURE, "[]")
        return any(each.policy in _POLICIES for each in decode_as(said, list[_Failed]))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False


def _words(write: AuditedWrite) -> str:
    resource = f"{write.about}/{write.subresource}" if write.subresource else str(write.about)
    return clean_line(f"{write.verb} {resource} at {clock_time(write.at)} UTC", 200)
