"""The newest part of a container's log, as evidence: what does not fit is cut from the oldest end, and said."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

from opsconsole.cluster.questions.reviews import Api

LINES = 10_000
"""Lines asked for. A line more tells whether there are older ones."""

BYTES = 4 << 20
"""Bytes kept of one log."""

LONGEST_LINE = 1 << 20


class LogApi(Api, Protocol):
    """What reads objects and, line by line, logs: :class:`opsconsole.cluster.transport.connection.Connection`."""

    def stream(
        self,
        path: str,
        query: Mapping[str, str | int | bool | None] | None = None,
        *,
        accept: str = "application/json",
        timeout: float | None = None,
        silence: float | None = None,
        max_line: int = LONGEST_LINE,
        cut: bool = False,
    ) -> AbstractContextManager[Any]: ...


class Tail(NamedTuple):
    """The newest lines of a log, oldest first, and in words what is missing; empty if it is whole."""

    text: str
    cut: str


def read_tail(
    api: LogApi,
    path: str,
    query: Mapping[str, str | int | bool | None],
    *,
    seconds: float,
    monotonic: Callable[[], float],
) -> Tail:
    """Read the newest :data:`LINES` lines and keep the newest :data:`BYTES` of them.

    The server's own ``limitBytes`` would keep the oldest part of the tail, so that it is not asked to limit anything.

    Args:
        api: the connection.
        path: of the pod's log.
        query: which container, and whether its life before.
        seconds: that it may take; what came until then is kept.
        monotonic: the time, in seconds.

    Raises:
        ClusterError: it can't be read.
    """
    deadline = monotonic() + seconds
    kept = _Newest()
    asked = {**query, "tailLines": LINES + 1, "timestamps": True}
    with api.stream(
        path, asked, accept="*/*", timeout=seconds, silence=seconds, max_line=LONGEST_LINE, cut=True
    ) as lines:
        for line in lines:
            kept.add(bytes(line))
            if monotonic() > deadline:
                return kept.tail(f"reading ended after {seconds:g} s: the newest lines are missing")
    return kept.tail("")


class _Newest:
    """Lines as they come; the oldest ones go when there are too many."""

    def __init__(self) -> None:
        self._lines: deque[bytes] = deque()
        self._bytes = 0
        self._came = 0

    def add(self, line: bytes) -> None:
        self._came += 1
        self._lines.append(line)
        self._bytes += len(line) + 1
        while len(self._lines) > LINES or (self._bytes > BYTES and len(self._lines) > 1):
            self._bytes -= len(self._lines.popleft()) + 1

    def tail(self, trouble: str) -> Tail:
        text = "".join(f"{line.decode('utf-8', 'replace')}\n" for line in self._lines)
        return Tail(text, "; ".join(words for words in (trouble, self._cut()) if words))

    def _cut(self) -> str:
        """What is missing at the oldest end. What is older than the lines asked for can't be counted."""
        if self._came == len(self._lines):
            return ""
        older = (
            "there are older lines" if self._came > LINES else f"{self._came - len(self._lines)} older lines are cut"
        )
        return f"the newest {len(self._lines)} lines are kept, {older}"


def marked(tail: Tail, container: str) -> str:
    """The text for a file of evidence; its first line says what is missing."""
    return f"# opsconsole: log of {container}: {tail.cut}\n{tail.text}" if tail.cut else tail.text


def all_words(cuts: Iterable[tuple[str, str]]) -> str:
    """``aura.log: the newest 10000 lines are kept, …``, of several logs; empty if none was cut."""
    return "; ".join(f"{name}: {cut}" for name, cut in cuts)
