"""One writer as a record, and the order of the list. Pure."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from opsconsole.records import ClusterWriter, WriterClass
from opsconsole.records.writers import Counts

if TYPE_CHECKING:
    from opsconsole.writers.names import TakenFor, WriterName
    from opsconsole.writers.tally import Tally

SHOWN_FIELDS, SHOWN_OBJECTS = 40, 20

UNTRACED = "(no manager)"
"""What writes are counted under that left no trace in ``managedFields``."""


def to_row(
    name: WriterName, tally: Tally, verdict: TakenFor, rights: tuple[str, ...] | None, per_minute: float | None
) -> ClusterWriter:
    """Return the record of one writer."""
    called = Counter(tally.managers) if name.user else Counter({name.manager: 1} if name.manager else {})
    return ClusterWriter(
        key=f"{'user' if name.user else 'manager'} {name.user or name.manager}{' (odd)' if name.odd else ''}",
        name=name.user or name.manager or UNTRACED,
        sort=WriterClass.SUSPECT if tally.doubt else verdict.sort,
        why=tally.doubt or verdict.why,
        proved=verdict.proved,
        user=name.user,
        managers=tuple(manager for manager, _ in _most(called)),
        agents=tuple(agent for agent, _ in _most(tally.agents)),
        addresses=tuple(address for address, _ in _most(tally.addresses)),
        namespaces=_most(tally.namespaces),
        kinds=_most(tally.kinds),
        fields=_most(tally.fields, SHOWN_FIELDS),
        verbs=_most(tally.verbs),
        refused=_most(tally.refused),
        objects=len(tally.objects),
        examples=tuple(islice(reversed(tally.objects), SHOWN_OBJECTS)),
        writes=tally.writes,
        per_minute=None if per_minute is None else round(per_minute, 1),
        last=tally.last,
        took=tally.took,
        lost=tally.lost,
        takeovers=tuple(reversed(tally.takeovers)),
        rights=rights,
        pods=tuple(pod for pod, _ in _most(tally.pods)),
        acts_as=tuple(other for other, _ in _most(tally.acts_as)),
        doubt=tally.doubt,
    )


def rank(row: ClusterWriter) -> tuple[object, ...]:
    """Sort key of the list: suspects first.

    Among them who is doubted, quarrels with people, changes what runs, and writes most.
    """
    rate, last = row.per_minute or 0.0, row.last or 0.0
    quarrels = row.took + row.lost
    return (row.sort.rank, not row.doubt, -quarrels, not _is_heavy(row), -rate, -row.writes, -last, row.key)


_HEAVY_VERBS = ("delete", "scale", "resize", "eviction", "binding")


def _is_heavy(row: ClusterWriter) -> bool:
    """Whether it changes what runs: who only labels and annotates is seldom the one that is looked for."""
    if any(each in verb for verb, _ in row.verbs for each in _HEAVY_VERBS):
        return True
    return any(not path.startswith(("metadata", "status")) for path, _ in row.fields)


@lru_cache(20_000)
def plain_path(path: str) -> str:
    """Return a path without the names of the items: ``containers[*].image``. The names would make thousands of it."""
    head, bracket, rest = path.partition("[")
    while bracket:
        _, _, tail = rest.partition("]")
        more, bracket, rest = tail.partition("[")
        head = f"{head}[*]{more}"
    return head


def _most(counter: Counter[str], limit: int = 64) -> Counts:
    return tuple(sorted(counter.items(), key=lambda pair: (-pair[1], pair[0]))[:limit])
