"""The budget: how much of the cluster the optimizer moved in the last hour.

Σ|Δ(limit × replicas)| of its writes in 60 minutes against what the nodes can hold, for memory and CPU apart. The number
to stay under is the Aura write-up's: "limited to changing only 5% of the total cluster capacity per hour".
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from opsconsole.governor.known_role import KnownRole, RoleSource
from opsconsole.governor.measures import HOUR
from opsconsole.records import AnyRecord, Change, ContainerSpec, Finding, Node, Record, Severity, Workload

WINDOW_SECONDS = HOUR

_SCALES = "horizontal"
_BY_SETTINGS, _BY_A_GUESS = 3.0, 2.0


class Budget(Record, frozen=True):
    """How much was moved in the last hour. Shares are fractions of the cluster's allocatable; ``None``: unknown.

    Attributes:
        limit: the share that must not be crossed, 0.05 for 5 %.
        memory: bytes moved by the optimizer; ``cpu``: cores.
        memory_allocatable: bytes that all nodes can hold; ``None`` while a node's is not known.
        unsure_memory: bytes moved by writers who can't be told from the optimizer; ``unsure_cpu`` likewise.
        unmeasured: writes whose size can't be told (no replica count).
        minutes: whole minutes of the last hour that were watched. What was moved before is not in it.
    """

    limit: float
    memory: float = 0.0
    cpu: float = 0.0
    memory_allocatable: float | None = None
    cpu_allocatable: float | None = None
    unsure_memory: float = 0.0
    unsure_cpu: float = 0.0
    unmeasured: int = 0
    minutes: int = 60

    @property
    def memory_share(self) -> float | None:
        return _share(self.memory, self.memory_allocatable)

    @property
    def cpu_share(self) -> float | None:
        return _share(self.cpu, self.cpu_allocatable)

    @property
    def share(self) -> float | None:
        """The larger of the two shares; ``None`` when neither is known."""
        known = [share for share in (self.memory_share, self.cpu_share) if share is not None]
        return max(known, default=None)

    @property
    def share_with_unsure(self) -> float | None:
        """The larger share if every writer who can't be told were the optimizer."""
        memory = _share(self.memory + self.unsure_memory, self.memory_allocatable)
        cpu = _share(self.cpu + self.unsure_cpu, self.cpu_allocatable)
        return max((share for share in (memory, cpu) if share is not None), default=None)

    @property
    def crossed(self) -> bool | None:
        """Whether the limit is crossed; ``None`` when the shares are unknown."""
        return None if self.share is None else self.share > self.limit


class Moved(Record, frozen=True):
    """What one write moved; ``None`` where it can't be told."""

    memory: float | None
    cpu: float | None


def moved(before: AnyRecord, after: AnyRecord | None) -> Moved:
    """Σ over containers of |Δ(limit × replicas)|. A limit set or removed counts whole; other objects move nothing."""
    if not isinstance(before, Workload) or not isinstance(after, Workload | None):
        return Moved(0.0, 0.0)
    was, now = before.replicas, 0 if after is None else after.replicas
    if was is None or now is None:
        return Moved(None, None)
    old = {spec.name: spec for spec in before.containers if not spec.init}
    new = {spec.name: spec for spec in after.containers if not spec.init} if after is not None else {}
    memory = cpu = 0.0
    for name in old.keys() | new.keys():
        old_memory, old_cpu = _limits(old.get(name))
        new_memory, new_cpu = _limits(new.get(name))
        memory += abs(new_memory * now - old_memory * was)
        cpu += abs(new_cpu * now - old_cpu * was)
    return Moved(memory, cpu) if math.isfinite(memory) and math.isfinite(cpu) else Moved(None, None)


def allocatable(nodes: Iterable[Node]) -> tuple[float | None, float | None]:
    """Memory and CPU of all nodes together; ``None`` when there are none, or one of them doesn't say."""
    nodes = list(nodes)
    return _sum([node.memory for node in nodes]), _sum([node.cpu for node in nodes])


def alarm(budget: Budget, now: float) -> Finding | None:
    """The finding that names the switch to use once the budget is crossed; ``None`` while it is not, or is unknown.

    It is a warning while only writers who can't be told from the optimizer would carry it over the limit.
    """
    share = budget.share_with_unsure
    if share is None or not share > budget.limit:
        return None
    sure = budget.crossed is True
    moved_share = (budget.share if sure else share) or 0.0
    return Finding(
        key="budget|cluster|",
        rule="budget",
        severity=Severity.CRITICAL if sure else Severity.WARNING,
        title=(
            f"budget crossed: {moved_share:.1%} of the cluster moved in the last hour, {budget.limit:.1%} is the most"
            if sure
            else f"{moved_share:.1%} of the cluster moved in the last hour, partly by writers who can't be told"
        ),
        detail="Revoke the optimizer's rights (key 1) before it moves more; then look at the damage.",
        at=now,
        switch="revoke",
    )


def of_role(roles: Iterable[KnownRole]) -> float:
    """How many times the budget is ordinary: replicas that follow the load of a morning move more than tuning does."""
    roles = list(roles)
    if not roles or any(each.role != _SCALES or not each.counts for each in roles):
        return 1.0
    return _BY_SETTINGS if all(each.source is RoleSource.SETTINGS for each in roles) else _BY_A_GUESS


class Meter:
    """Adds up what was moved, by second, and forgets what is older than the window."""

    def __init__(self) -> None:
        self._sure = _Window()
        self._unsure = _Window()
        self._counted: dict[str, tuple[bool, float, Moved]] = {}

    def count(self, change: Change, size: Moved) -> None:
        """Count a change once; counted again after a better attribution, it moves from unsure to sure (or out)."""
        earlier = self._counted.pop(change.key, None)
        if earlier is not None:
            sure, at, was = earlier
            (self._sure if sure else self._unsure).add(at, was, -1)
        if change.by_optimizer is not False:
            self._counted[change.key] = (change.by_optimizer is True, change.at, size)
            (self._sure if change.by_optimizer else self._unsure).add(change.at, size, 1)

    def counts(self, key: str) -> bool:
        """Whether that change is counted already."""
        return key in self._counted

    def forget(self, key: str) -> None:
        """The change will not be attributed anew; what it moved stays counted until the window has passed."""
        self._counted.pop(key, None)

    def read(
        self, now: float, limit: float, capacity: tuple[float | None, float | None], since: float | None = None
    ) -> Budget:
        """The budget as of ``now``; ``since`` is when the watch began (epoch seconds)."""
        watched = WINDOW_SECONDS if since is None else min(max(now - since, 0.0), WINDOW_SECONDS)
        memory, cpu, unmeasured = self._sure.total(now - WINDOW_SECONDS)
        unsure_memory, unsure_cpu, _ = self._unsure.total(now - WINDOW_SECONDS)
        return Budget(
            limit=limit,
            memory=memory,
            cpu=cpu,
            memory_allocatable=capacity[0],
            cpu_allocatable=capacity[1],
            unsure_memory=unsure_memory,
            unsure_cpu=unsure_cpu,
            unmeasured=unmeasured,
            minutes=int(watched // 60),
        )


class _Window:
    """Sums of a sliding window. Kept by second, so that an hour at any rate costs 3,600 slots."""

    def __init__(self) -> None:
        self._slots: dict[int, tuple[float, float, int]] = {}
        self._total = (0.0, 0.0, 0)
        self._cleared = 0

    def add(self, at: float, size: Moved, sign: int) -> None:
        """Add ``size`` at the second of ``at``, or take it out again."""
        amount = (sign * (size.memory or 0.0), sign * (size.cpu or 0.0), sign if size.memory is None else 0)
        second = int(at)
        self._slots[second] = _plus(self._slots.get(second, (0.0, 0.0, 0)), amount)
        self._total = _plus(self._total, amount)

    def total(self, since: float) -> tuple[float, float, int]:
        """What is in the window; what is older than ``since`` goes."""
        if int(since) != self._cleared:
            self._cleared = int(since)
            self._slots = {second: slot for second, slot in self._slots.items() if second >= since}
            self._total = (0.0, 0.0, 0)
            for slot in self._slots.values():  # summed anew each second: no drift of floats over the days
                self._total = _plus(self._total, slot)
        return self._total


def _plus(left: tuple[float, float, int], right: tuple[float, float, int]) -> tuple[float, float, int]:
    return max(0.0, left[0] + right[0]), max(0.0, left[1] + right[1]), left[2] + right[2]


def _limits(spec: ContainerSpec | None) -> tuple[float, float]:
    if spec is None:
        return 0.0, 0.0
    return spec.resources.memory_limit or 0.0, spec.resources.cpu_limit or 0.0


def _sum(amounts: list[float | None]) -> float | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known and len(known) == len(amounts) else None


def _share(amount: float, capacity: float | None) -> float | None:
    return amount / capacity if capacity else None
