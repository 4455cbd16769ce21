"""The blast radius: how many different pods, services and nodes the optimizer hits in a minute, an hour and a day."""

from __future__ import annotations

from collections import Counter, OrderedDict

from opsconsole.governor.measures import DAY, HOUR, MINUTE, BlastMeasure, Reach

TARGETS = 20_000
"""Targets of one sort that are remembered; more in an hour are as many as these."""


_SECONDS = {
    BlastMeasure.NODES: (MINUTE, HOUR, DAY),
    BlastMeasure.NODES_ADDED: (DAY,),
    BlastMeasure.NODES_EMPTY: (HOUR,),
    BlastMeasure.OBJECTS: (HOUR, DAY),
    BlastMeasure.JOBS: (HOUR, DAY),
    BlastMeasure.ASLEEP: (DAY,),
    BlastMeasure.SECRETS: (HOUR, DAY),
}
"""Windows, where they are others than a minute and an hour. What goes one by one is looked at over a day too."""


class BlastRadius:
    """Counts each target once a window, whatever is done to it how often. Constant work a write."""

    def __init__(self) -> None:
        self._windows = {
            sort: {seconds: _Window(seconds) for seconds in _SECONDS.get(sort, (MINUTE, HOUR))} for sort in BlastMeasure
        }
        self._unnamed: dict[str, dict[float, _Window]] = {}
        """Nodes that no line has named, by what was done to them."""

    def hit(
        self, sort: BlastMeasure, target: str, at: float, *, kind: str = "", group: str = "", count: int = 1
    ) -> None:
        """Count a target once, whichever objects of it are hit.

        Args:
            sort: what is hit.
            target: its name.
            at: when, in seconds since the epoch.
            kind: of the object that is hit: a service's Deployment and its autoscaler are one target.
            group: its namespace.
            count: stands for targets that are not named.
        """
        for window in self._windows[sort].values():
            window.hit((target, kind), at, group, count)

    def forget(self, target: str, kind: str = "") -> None:
        """Count that object of the target no longer."""
        for windows in self._windows.values():
            for window in windows.values():
                window.drop((target, kind))

    def back(self, node: str) -> None:
        """That node takes pods again: it is not gone for the day. The upheaval of its hour is none the less."""
        self._windows[BlastMeasure.NODES][DAY].drop((node, ""))

    def hit_at(self, node: str) -> float | None:
        """When that node was hit last, of the day; ``None`` where it was not."""
        return self._windows[BlastMeasure.NODES][DAY].hit_at((node, ""))

    def reach(self, sort: BlastMeasure, seconds: float, now: float) -> Reach:
        """What was hit in the ``seconds`` (a minute or an hour, of nodes a day too) before ``now``.

        Nodes that are not named are those that are, where each line of one verb may tell of one of them: ``Draining the
        node``, and then its name.
        """
        reach = self._windows[sort][seconds].reach(now)
        if sort is not BlastMeasure.NODES or not self._unnamed:
            return reach
        others = [windows[seconds].reach(now) for windows in self._unnamed.values()]
        most = max(others, key=lambda each: each.count)
        return most if most.count > reach.count else reach

    def hit_unnamed(self, verb: str, key: str, at: float, count: int) -> None:
        """Count nodes that a line does something to without naming them, for themselves."""
        windows = self._unnamed.get(verb)
        if windows is None:
            windows = self._unnamed[verb] = {seconds: _Window(seconds) for seconds in _SECONDS[BlastMeasure.NODES]}
        for window in windows.values():
            window.hit((key, ""), at, "", count)


class _Window:
    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._hits: OrderedDict[tuple[str, str], tuple[float, str, int]] = OrderedDict()
        """By target and kind of object: when, its group, and what it counts for; the others of a target for nothing."""
        self._kinds: dict[str, dict[str, None]] = {}
        self._groups: Counter[str] = Counter()
        self._total = 0

    def hit(self, target: tuple[str, str], at: float, group: str, count: int) -> None:
        known = self._hits.get(target)
        if known is not None and known[1:] == (group, count) and len(self._kinds[target[0]]) == 1:
            self._hits[target] = (at, group, count)  # the usual case: nothing of it changes but its time
            self._hits.move_to_end(target)
            return
        self.drop(target)
        kinds = self._kinds.setdefault(target[0], {})
        self._add(target, at, group, 0 if kinds else count)
        kinds[target[1]] = None
        if len(self._hits) > TARGETS:
            self.drop(next(iter(self._hits)))

    def hit_at(self, target: tuple[str, str]) -> float | None:
        known = self._hits.get(target)
        return known[0] if known is not None else None

    def reach(self, now: float) -> Reach:
        while self._hits:
            target, (at, hit_group, count) = next(iter(self._hits.items()))
            if at > now:  # the clock went back: it would stand before the others for ever
                self._hits[target] = (now, hit_group, count)
                self._hits.move_to_end(target)
            elif at > now - self._seconds:
                break
            else:
                self.drop(target)
        group, most = max(self._groups.items(), key=lambda item: item[1], default=("", 0))
        return Reach(self._seconds, self._total, group if most * 2 > self._total else "")

    def drop(self, target: tuple[str, str]) -> None:
        hit = self._hits.pop(target, None)
        if hit is None:
            return
        _, group, count = hit
        self._total -= count
        self._groups[group] -= count
        if self._groups[group] <= 0:
            del self._groups[group]
        kinds = self._kinds[target[0]]
        del kinds[target[1]]
        if not kinds:
            del self._kinds[target[0]]
        elif count:
            self._inherit((target[0], next(iter(kinds))), count)

    def _inherit(self, target: tuple[str, str], count: int) -> None:
        """Let another object of a target count for it, in its own place in time."""
        at, group, _ = self._hits[target]
        self._hits[target] = (at, group, count)
        self._total += count
        self._groups[group] += count

    def _add(self, target: tuple[str, str], at: float, group: str, count: int) -> None:
        self._hits[target] = (at, group, count)
        self._total += count
        self._groups[group] += count
