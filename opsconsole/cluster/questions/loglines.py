"""Lines of a container's log as the kubelet sends them, and how far one has come in them. Pure."""

from __future__ import annotations

from typing import NamedTuple

from opsconsole.cluster.transport.times import seconds


class LogLine(NamedTuple):
    """One line, as it came but for bytes that are no UTF-8; ``at`` is the kubelet's time, epoch seconds."""

    text: str
    at: float | None


class Place:
    """How far a log was read, so that opening it again repeats nothing.

    ``sinceTime`` has whole seconds, so a log that is opened again repeats up to a second's lines. Times have
    nanoseconds, and several lines may share one: those are counted.
    """

    def __init__(self) -> None:
        self._stamp = ""
        self._same = 0
        self._repeats = 0
        self._resuming = False

    @property
    def since(self) -> str | None:
        """The ``sinceTime`` to go on from; ``None`` before the first line."""
        return self._stamp or None

    def resume(self) -> None:
        """The log is opened again with :attr:`since`."""
        self._resuming, self._repeats = bool(self._stamp), self._same

    def read(self, raw: bytes) -> LogLine | None:
        """Return the line in ``raw`` (time, blank, text), or ``None`` if it was read before."""
        stamp, _, text = raw.decode("utf-8", "replace").removesuffix("\r").partition(" ")
        at = seconds(stamp)
        if at is None:
            return LogLine(raw.decode("utf-8", "replace").removesuffix("\r"), None)
        if self._resuming and self._repeated(stamp):
            return None
        self._same = self._same + 1 if stamp == self._stamp else 1
        self._stamp = stamp
        return LogLine(text, at)

    def _repeated(self, stamp: str) -> bool:
        if stamp == self._stamp:
            self._repeats -= 1
            return self._repeats >= 0
        if _moment(stamp) < _moment(self._stamp):
            return True
        self._resuming = False
        return False


def _moment(stamp: str) -> tuple[float, str]:
    """Return whole seconds and the digits behind them: a float can't tell nanoseconds apart."""
    whole, point, rest = stamp.partition(".")
    if not point:
        return seconds(stamp) or 0.0, ""
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    return seconds(whole + rest[len(digits) :]) or 0.0, digits.ljust(9, "0")
