"""Where lines come from: the interface that files, pods' logs and tests share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from opsconsole.records import Health

OnLine: TypeAlias = Callable[[str, str, float | None], None]
"""Called with ``(source, text, kubelet_time)``: whose line it is, the line as it came, and the time (seconds since the
epoch) that the kubelet or the runtime put on it, if any."""

OptimizerOf: TypeAlias = Callable[[str], str]
"""Tells the configured optimizer's name by the name of a source of its words; empty where that is not known."""

OnHealth: TypeAlias = Callable[[Health], None]


class LineSource(Protocol):
    """Reads lines on daemon threads of its own. A line may be given twice after a re-open: the feed drops it."""

    def start(self, on_line: OnLine, on_health: OnHealth) -> None:
        """Begin to read. Returns at once; both callbacks are called from the source's threads."""
        ...

    def stop(self) -> None:
        """Ask the threads to end. Returns at once."""
        ...


def nobody(_source: str) -> str:
    """An :data:`OptimizerOf` that knows no source."""
    return ""
