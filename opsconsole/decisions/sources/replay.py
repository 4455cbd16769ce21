"""Tells a line that a re-opened log gives a second time from a new line that says the same."""

from __future__ import annotations

KEPT = 10_000
"""Lines remembered; the kubelet's ``sinceTime`` has whole seconds, so a re-open repeats a second's worth of lines."""

SETTLED_SECONDS = 1.0
"""The same line with the same time, this much later, can only be a repetition: runtimes stamp in nanoseconds."""


class ReplayFilter:
    """Remembers the newest lines that carried a time. Lines without one are never taken for repeated."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, float, int], float] = {}
        self._newest: dict[str, float] = {}

    def repeats(self, source: str, text: str, logged: float | None, received: float) -> bool:
        """Was this line given before? If not, remember it.

        Args:
            source: whose line it is.
            text: the line.
            logged: the time that the runtime put on it, rounded to a float: lines of one burst may share it.
            received: when it came here, in seconds of any one clock.
        """
        if logged is None:
            return False
        key = (source, logged, hash(text))
        first = self._seen.get(key)
        if first is not None and (logged < self._newest[source] or received - first >= SETTLED_SECONDS):
            return True
        self._seen.setdefault(key, received)
        self._newest[source] = max(logged, self._newest.get(source, logged))
        if len(self._seen) > KEPT:
            self._forget()
        return False

    def _forget(self) -> None:
        oldest = next(iter(self._seen))
        del self._seen[oldest]
        if len(self._newest) > KEPT:
            live = {source for source, _, _ in self._seen}
            self._newest = {source: at for source, at in self._newest.items() if source in live}
