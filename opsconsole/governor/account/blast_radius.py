"""The blast radius: how many different pods, services and nodes the optimizer hits in a minute and in an hour."""

from __future__ import annotations

from collections import Counter, OrderedDict

from opsconsole.governor.measures import HOUR, MINUTE, BlastMeasure, Reach

TARGETS = 20_000
"""Targets of one sort that are remembered; more in an hour are as many as these."""


class BlastRadius:
    """Counts each target once a window, whatever is done to it how often. Constant work a write."""

    def __init__(self) -> None:
        self._windows = {(sort, seconds): _Window(seconds) for sort in BlastMeasure for seconds in (MINUTE, HOUR)}

    def hit(self, sort: BlastMeasure, target: str, at: float, *, group: str = "", count: int = 1) -> None:
        """Count a target. ``group`` is its namespace; ``count`` stands for targets that are not named."""
        for seconds in (MINUTE, HOUR):
            self._windows[sort, seconds].hit(target, at, group, count)

    def forget(self, target: str) -> None:
        """Count that target no longer."""
        for window in self._windows.values():
            window.drop(target)

    def reach(self, sort: BlastMeasure, seconds: float, now: float) -> Reach:
        """What was hit in the ``seconds`` (a minute or an hour) before ``now``."""
        return self._windows[sort, seconds].reach(now)


class _Window:
    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._hits: OrderedDict[str, tuple[float, str, int]] = OrderedDict()
        self._groups: Counter[str] = Counter()
        self._total = 0

    def hit(self, target: str, at: float, group: str, count: int) -> None:
        self.drop(target)
        self._hits[target] = (at, group, count)
        self._groups[group] += count
        self._total += count
        if len(self._hits) > TARGETS:
            self.drop(next(iter(self._hits)))

    def reach(self, now: float) -> Reach:
        while self._hits:
            target, (at, _, _) = next(iter(self._hits.items()))
            if at > now - self._seconds:
                break
            self.drop(target)
        group, most = max(self._groups.items(), key=lambda item: item[1], default=("", 0))
        return Reach(self._seconds, self._total, group if most * 2 > self._total else "")

    def drop(self, target: str) -> None:
        hit = self._hits.pop(target, None)
        if hit is None:
            return
        _, group, count = hit
        self._total -= count
        self._groups[group] -= count
        if self._groups[group] <= 0:
            del self._groups[group]
