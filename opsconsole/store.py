"""The live picture: the newest record by kind and key, what changed since the last look, how each feed is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, cast

import msgspec

from opsconsole.clock import ClockReading
from opsconsole.feeds.protocol import Batch
from opsconsole.records import (
    AnyRecord,
    Decision,
    Event,
    Finding,
    GpuDevice,
    GpuNode,
    GpuProcess,
    Health,
    Hpa,
    Kind,
    Metric,
    Node,
    Pdb,
    Pod,
    State,
    Workload,
)

KEPT = {Kind.EVENT: 20_000, Kind.DECISION: 5_000, Kind.CHANGE: 5_000, Kind.FINDING: 5_000, Kind.AUDIT: 5_000}
"""Records kept of the kinds that only grow; the oldest go first. Events outlive the API server's hour here."""

KEPT_CHARACTERS = 64 << 20
"""Characters of the decisions that are kept: one has 64 KiB at most, most have one or two. The oldest go first."""

_PER_FIELD = 200
"""Bytes that a field of a decision takes besides its text."""

_NEVER_DROPPED = frozenset({Kind.EVENT, Kind.DECISION})


STARTING_SECONDS = 30.0
"""Seconds after which a feed that has not said anything yet is down for whoever looks."""

NO_FIRST_WORD = f"no answer in the first {STARTING_SECONDS:.0f} s; it is waited for"


class Transition(NamedTuple):
    """One write in the order it came: ``before`` is ``None`` for a new object, ``after`` for one that is gone."""

    kind: Kind
    key: str
    before: AnyRecord | None
    after: AnyRecord | None


class Delta(NamedTuple):
    """What one :meth:`Store.apply` changed."""

    changed: dict[Kind, set[str]]
    gone: dict[Kind, set[str]]
    transitions: list[Transition]
    health: set[str]

    def __bool__(self) -> bool:
        return bool(self.changed or self.gone or self.health)

    def touched(self, kind: Kind) -> set[str]:
        """Keys of ``kind`` that changed or went."""
        return self.changed.get(kind, set()) | self.gone.get(kind, set())

    def merged(self, later: Delta) -> Delta:
        """This change and the one after it as one."""
        changed, gone = dict(self.changed), dict(self.gone)
        for kind in later.changed.keys() | later.gone.keys():
            came, went = later.changed.get(kind, set()), later.gone.get(kind, set())
            changed[kind] = (self.changed.get(kind, set()) - went) | came
            gone[kind] = (self.gone.get(kind, set()) - came) | went
        return Delta(
            {kind: keys for kind, keys in changed.items() if keys},
            {kind: keys for kind, keys in gone.items() if keys},
            [*self.transitions, *later.transitions],
            self.health | later.health,
        )


class Store:
    """Read by rules and screen, written by :meth:`apply` alone; both happen on the pump's thread."""

    def __init__(self, kept: Mapping[Kind, int] = KEPT) -> None:
        self._kept = kept
        self._characters = 0
        self._tables: dict[Kind, dict[str, AnyRecord]] = {kind: {} for kind in Kind}
        self.health: dict[str, Health] = {}

    def apply(self, batch: Batch, look: ClockReading | None = None) -> Delta:
        """Take a batch in and say what it changed. A record equal to the one we have is not a change.

        Args:
            batch: what came since the last time.
            look: the time, for feeds that have not said anything for too long, and by how much the clock was set.
        """
        transitions = [
            Transition(kind, key, before, after)
            for kind, key, before, after in self._replay(batch.sequence)
            if before != after
        ]
        changed: dict[Kind, set[str]] = {}
        gone: dict[Kind, set[str]] = {}
        for kind, records in batch.latest.items():
            table = self._tables[kind]
            for key, record in records.items():
                if record is None:
                    if kind not in _NEVER_DROPPED and table.pop(key, None) is not None:
                        gone.setdefault(kind, set()).add(key)
                elif (before := table.get(key)) != record:
                    if kind is Kind.DECISION:
                        self._characters += _weight(record) - _weight(before)
                    table[key] = record
                    changed.setdefault(kind, set()).add(key)
            self._prune(kind, gone)
        if look is not None and look.step:
            self.health = {name: _moved(word, look.step) for name, word in self.health.items()}
        told = batch.health | (self._overdue(batch.health, look.now) if look is not None else {})
        health = {name for name, state in told.items() if self.health.get(name) != state}
        self.health.update(told)
        return Delta(changed, gone, transitions, health)

    def _overdue(self, told: Mapping[str, Health], now: float) -> dict[str, Health]:
        """Starting has an end: a feed that hangs in its first question can't say so itself."""
        return {
            name: Health(name, State.DOWN, word.since, None, ": ".join(filter(None, (NO_FIRST_WORD, word.detail))), 1)
            for name, word in self.health.items()
            if word.state is State.STARTING and name not in told and now - word.since > STARTING_SECONDS
        }

    def _replay(
        self, sequence: list[tuple[Kind, str, AnyRecord | None]]
    ) -> list[tuple[Kind, str, AnyRecord | None, AnyRecord | None]]:
        newest: dict[tuple[Kind, str], AnyRecord | None] = {}
        replayed = []
        for kind, key, after in sequence:
            before = newest[kind, key] if (kind, key) in newest else self._tables[kind].get(key)
            newest[kind, key] = after
            replayed.append((kind, key, before, after))
        return replayed

    def _prune(self, kind: Kind, gone: dict[Kind, set[str]]) -> None:
        table, kept = self._tables[kind], self._kept.get(kind)
        while kept is not None and (len(table) > kept or self._is_too_much(kind)):
            oldest = next(iter(table))
            self._characters -= _weight(table.pop(oldest))
            gone.setdefault(kind, set()).add(oldest)

    def _is_too_much(self, kind: Kind) -> bool:
        return kind is Kind.DECISION and self._characters > KEPT_CHARACTERS and len(self._tables[kind]) > 1

    @property
    def pods(self) -> dict[str, Pod]:
        return cast("dict[str, Pod]", self._tables[Kind.POD])

    @property
    def events(self) -> dict[str, Event]:
        return cast("dict[str, Event]", self._tables[Kind.EVENT])

    @property
    def workloads(self) -> dict[str, Workload]:
        return cast("dict[str, Workload]", self._tables[Kind.WORKLOAD])

    @property
    def nodes(self) -> dict[str, Node]:
        return cast("dict[str, Node]", self._tables[Kind.NODE])

    @property
    def hpas(self) -> dict[str, Hpa]:
        return cast("dict[str, Hpa]", self._tables[Kind.HPA])

    @property
    def pdbs(self) -> dict[str, Pdb]:
        return cast("dict[str, Pdb]", self._tables[Kind.PDB])

    @property
    def gpus(self) -> dict[str, GpuDevice]:
        return cast("dict[str, GpuDevice]", self._tables[Kind.GPU])

    @property
    def gpu_processes(self) -> dict[str, GpuProcess]:
        return cast("dict[str, GpuProcess]", self._tables[Kind.GPU_PROCESS])

    @property
    def gpu_nodes(self) -> dict[str, GpuNode]:
        return cast("dict[str, GpuNode]", self._tables[Kind.GPU_NODE])

    @property
    def decisions(self) -> dict[str, Decision]:
        return cast("dict[str, Decision]", self._tables[Kind.DECISION])

    @property
    def metrics(self) -> dict[str, Metric]:
        return cast("dict[str, Metric]", self._tables[Kind.METRIC])

    @property
    def findings(self) -> dict[str, Finding]:
        return cast("dict[str, Finding]", self._tables[Kind.FINDING])

    def table(self, kind: Kind) -> Mapping[str, AnyRecord]:
        """All records of ``kind`` by key."""
        return self._tables[kind]


def _weight(record: AnyRecord | None) -> int:
    """Characters of a decision, which its optimizer chooses; of other records nothing is counted."""
    if not isinstance(record, Decision):
        return 0
    fields = sum(_PER_FIELD + len(each.path) + len(each.value) + len(each.before) for each in record.fields)
    return len(record.body) + len(record.message) + fields


def _moved(word: Health, seconds: float) -> Health:
    """Return a health whose times are told by a clock that was set by ``seconds``: its ages stay what they are."""
    seen = None if word.seen is None else word.seen + seconds
    return msgspec.structs.replace(word, since=word.since + seconds, seen=seen)
