"""The audit log as a file: followed through rotation, torn lines put together again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import msgspec

from opsconsole.clock import Clock
from opsconsole.feeds.protocol import Sink
from opsconsole.records import Health, State
from opsconsole.writers.audit.intake import AuditIntake

MAX_TORN = 4 << 20
"""Characters kept of a line that came in parts. An event with whole bodies may have as many as two objects: 3 MB."""

_BEGINS = '{"kind":"Event"'
"""How the API server begins each line."""

SAY_EVERY = 1.0


class AuditLines(Protocol):
    """Follows a file and gives its lines; :class:`opsconsole.decisions.sources.files.FileSource` is one."""

    def start(self, on_line: Callable[[str, str, float | None], None], on_health: Callable[[Health], None]) -> None:
        """Begin to read on a thread of its own."""
        ...

    def stop(self) -> None:
        """End."""
        ...


class AuditLog:
    """A feed of the writes that a file tells of.

    Args:
        lines: follows the file.
        clock: the time.
    """

    name = "audit log"

    def __init__(self, lines: AuditLines, clock: Clock) -> None:
        self._lines = lines
        self._clock = clock
        self._sink: Sink | None = None
        self._intake: AuditIntake | None = None
        self._torn = ""
        self._health = Health(self.name, State.STARTING, clock.now())
        self._said = float("-inf")

    def start(self, sink: Sink) -> None:
        """Begin to read. Returns at once."""
        self._sink, self._intake = sink, AuditIntake(sink)
        sink.health(self._health)
        self._lines.start(self._on_line, self._on_health)

    def stop(self) -> None:
        """End. Returns at once."""
        self._lines.stop()

    def _on_line(self, _source: str, text: str, _logged: float | None) -> None:
        assert self._intake is not None  # noqa: S101 - for the type checker: start() sets it
        if text.strip():
            self._take(self._intake, text)
        now = self._clock.monotonic()
        if now - self._said >= SAY_EVERY:
            self._said = now
            self._tell(msgspec.structs.replace(self._health, seen=self._clock.now()))

    def _take(self, intake: AuditIntake, text: str) -> None:
        """Read a line; one that is the rest of a line that was torn is put to it."""
        goes_on = self._torn and not text.startswith(_BEGINS)
        whole = self._torn + text if goes_on else text
        if self._torn and not goes_on:
            intake.lost()
        self._torn = ""
        if intake.take(whole):
            return
        if whole.startswith(_BEGINS) and len(whole) <= MAX_TORN:
            self._torn = whole
        else:
            intake.lost()

    def _on_health(self, health: Health) -> None:
        self._tell(msgspec.structs.replace(health, feed=self.name, seen=self._health.seen or health.seen))

    def _tell(self, health: Health) -> None:
        self._health = health
        unread = self._intake.unread if self._intake is not None else 0
        if self._sink is not None:
            self._sink.health(msgspec.structs.replace(health, unread=unread))
