"""Which way a write goes: memory down, replicas up, another image. Two writes that go one way do the same. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from opsconsole.governor.measures import WriteWay
from opsconsole.governor.observed.fields import resource_of
from opsconsole.records import ChangeField

_AMOUNTS = {
    "memory": "memory",
    "memory request": "memory",
    "cpu": "CPU",
    "cpu request": "CPU",
    "replicas": "replicas",
    "minReplicas": "replicas",
    "maxReplicas": "replicas",
    "minReplicaCount": "replicas",
    "maxReplicaCount": "replicas",
}
"""What of a service a field is an amount of: a limit and a request are of one memory, bounds are of replicas."""

WORDS = frozenset({
    "memory", "cpu", "replicas", "minReplicas", "maxReplicas", "minReplicaCount", "maxReplicaCount", "image",
})  # fmt: skip
"""Words of the paths of such fields."""


def ways_of(fields: Iterable[ChangeField]) -> frozenset[WriteWay]:
    """Each way that these fields go; none for what stays, and for what is not known to rise or fall."""
    return frozenset(way for field in fields if (way := _way(field)) is not None)


def goes_back(ways: Iterable[WriteWay], others: Iterable[WriteWay]) -> bool:
    """Whether any of some ways is the way back of one of the others."""
    return not {WriteWay(each.what, -each.sign) for each in others if each.sign}.isdisjoint(ways)


def left_of(what: str, write: Iterable[ChangeField], earlier: Iterable[ChangeField]) -> float:
    """What a write leaves of an amount, as a share of the most that it or a write before it took it from; 1: all."""
    most: dict[str, float] = {}
    now = [field for field in write if _AMOUNTS.get(resource_of(field.path)) == what]
    for field in (*earlier, *now):
        if field.before_number is not None:
            most[field.path] = max(most.get(field.path, 0.0), field.before_number)
    shares = (
        field.after_number / most[field.path]
        for field in now
        if field.after_number is not None and most.get(field.path, 0.0) > 0
    )
    return min(shares, default=1.0)


def _way(field: ChangeField) -> WriteWay | None:
    amount = _AMOUNTS.get(resource_of(field.path))
    before, after = field.before_number, field.after_number
    if amount is not None:
        if before is None or after is None or before == after:
            return None
        return WriteWay(amount, 1 if after > before else -1)
    return WriteWay("image", 0) if field.path.endswith("].image") else None
