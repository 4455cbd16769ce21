"""What rules are shown: the world, and what the optimizer has said and done in it so far."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from opsconsole.governor.account.blast_radius import BlastRadius
from opsconsole.governor.account.damage import Ledger
from opsconsole.governor.account.seen_harm import HarmsSeen
from opsconsole.governor.account.trajectories import Trajectories, Trend
from opsconsole.governor.announced.announcements import Announcement, Announcements
from opsconsole.governor.announced.line_history import LineHistory
from opsconsole.governor.announced.line_kinds import said_at
from opsconsole.governor.known_role import KnownRole
from opsconsole.governor.measures import HOUR, BlastMeasure, Reach, SeenHarm, Sweep, Trajectory
from opsconsole.governor.observed.attribution import Attribution
from opsconsole.governor.observed.changes import Changes, object_key
from opsconsole.governor.observed.cluster_index import ClusterIndex
from opsconsole.governor.roles import Roles
from opsconsole.governor.rule import Note, Writing
from opsconsole.optimizer import Optimizers, above_in
from opsconsole.records import AnyRecord, Change, ChangeField, Decision, Kind, Pod, Ref, Workload
from opsconsole.settings import GovernorSettings
from opsconsole.store import Delta, Store

TAINTS_SECONDS = HOUR
_TAINT_CHANGES = 256
_NOTHING_SHOWN: tuple[Decision | Change | None, Writing] = (None, Writing(None, (), 0.0))
_NOTHING_SAID: tuple[Decision | None, Announcement | None] = (None, None)


class RuleContext(ClusterIndex):
    """The :class:`opsconsole.governor.rule.View` of the running console."""

    def __init__(self, settings: GovernorSettings, optimizer: Optimizers) -> None:
        super().__init__(optimizer)
        self.now = 0.0
        self.settings = settings
        self.optimizer = optimizer
        self.attribution = Attribution(optimizer.managers)
        self.changes = Changes(self.attribution, self)
        self.announcements = Announcements(settings, self.attribution)
        self.ledger = Ledger()
        self.trajectories = Trajectories()
        self.blast = BlastRadius()
        self.seen_harm = HarmsSeen(self.changes, self.pods)
        self.lines = LineHistory()
        self.roles = Roles(optimizer)
        self._taints: deque[Change] = deque(maxlen=_TAINT_CHANGES)
        self._rises: dict[str, Change] = {}
        self._trends: dict[tuple[str, str], Trend | None] = {}
        """What fields come to in this pump: every rule comes after the last write is accounted for."""
        self._reaches: dict[tuple[BlastMeasure, float], Reach] = {}
        """Answers of :meth:`reach` in this pump, likewise."""
        self._sweeps: tuple[Sweep, ...] | None = None
        """The answer of :meth:`sweeps` in this pump, likewise."""
        self._harms: tuple[SeenHarm, ...] | None = None
        """The answer of :meth:`harms` in this pump, likewise."""
        self._shown = _NOTHING_SHOWN
        """The newest answer of :meth:`writing` in this pump: a dozen rules ask for the same one after another."""
        self._wanted: tuple[tuple[Ref | None, ChangeField], ...] = ()
        """What :meth:`wanted` answers of the same."""
        self._said = _NOTHING_SAID
        """What became of the decision that was asked about last, likewise; whether it is the first word about it."""
        self._first_word = False

    def look(self, store: Store, delta: Delta, now: float, *, whole: bool) -> set[str]:
        """Follow what changed; see :meth:`ClusterIndex.update`."""
        self.now, self._shown, self._said = now, _NOTHING_SHOWN, _NOTHING_SAID
        self._trends.clear()
        self._reaches.clear()
        self._sweeps = self._harms = None
        self.seen_harm.look_at(store)
        above = above_in(store.workloads)
        for key in store.workloads if whole else delta.changed.get(Kind.WORKLOAD, ()):
            self.roles.workload(store.workloads[key], above)
        return self.update(store, delta, now, whole=whole)

    def rename(self, optimizer: Optimizers) -> None:
        """Take others for the optimizers from now on; see :meth:`opsconsole.governor.governor.Governor.rename`."""
        super().rename(optimizer)
        self.optimizer = optimizer
        self.attribution.configure(optimizer.managers)
        self.roles = Roles(optimizer)
        self._shown, self._said = _NOTHING_SHOWN, _NOTHING_SAID

    def tainted(self, change: Change) -> None:
        """Remember a change of taints by the optimizer or someone who can't be told from it; forget another's."""
        self._taints = deque((each for each in self._taints if each.key != change.key), maxlen=_TAINT_CHANGES)
        if change.by_optimizer is not False:
            self._taints.append(change)

    def started(self, change: Change) -> None:
        """Remember a start from zero."""
        self._rises[object_key(change.about)] = change

    def warming(self, now: float) -> list[tuple[Ref, float]]:
        """The workloads that came from zero and are not warm yet, with the seconds left."""
        warm = self.settings.warm_up_seconds
        self._rises = {key: change for key, change in self._rises.items() if change.at + warm > now}
        found = ((change.about, change.at + warm - now, self.find(change.about)) for change in self._rises.values())
        return [(about, left) for about, left, record in found if isinstance(record, Workload) and record.replicas]

    def writing(self, subject: Decision | Change) -> Writing:
        if subject is not self._shown[0]:
            deed = None if isinstance(subject, Change) else self._deed(subject)
            writing = self._writing(subject, deed)
            its = writing.fields if writing.by_optimizer is not False else ()
            self._shown, self._wanted = (subject, writing), tuple([(writing.about, field) for field in its])
        return self._shown[1]

    def wanted(self, subject: Decision | Change) -> Sequence[tuple[Ref | None, ChangeField]]:
        if subject is not self._shown[0]:
            self.writing(subject)
        return self._wanted

    def _deed(self, decision: Decision) -> Announcement | None:
        """What became of a decision; rules ask after all of the pump's words are heard."""
        if decision is not self._said[0]:
            deed = self.announcements.get(decision.key)
            self._said, self._first_word = (decision, deed), deed is not None and not deed.echo
        return self._said[1]

    def role_of(self, subject: Decision | Change) -> KnownRole:
        return self.roles.of(subject.optimizer if isinstance(subject, Decision) else "")

    def announces(self, decision: Decision) -> bool:
        if decision is not self._said[0]:
            self._deed(decision)
        return self._first_word

    def happened(self, decision: Decision) -> str:
        deed = self._deed(decision)
        return deed.state if deed is not None else ""

    def owner(self, pod: Pod) -> Ref | None:
        return self.pods.owner(pod)

    def buried(self, ref: Ref) -> AnyRecord | None:
        return self.changes.buried(ref)

    def history(self, about: Ref, seconds: float) -> Iterator[Change]:
        return self.changes.history(about, self.now - seconds)

    def writes(self, about: Ref, seconds: float, most: int) -> int:
        return self.changes.writes(about, self.now - seconds, most)

    def optimizer_wrote(self, about: Ref) -> bool:
        return self.ledger.known(about)

    def log_begins(self, sources: Iterable[str]) -> float | None:
        """See :meth:`Announcements.log_begins`."""
        return self.announcements.log_begins(sources)

    def victims(self) -> Sequence[Workload]:
        found = (self.find(ref) for ref in self.ledger.objects())
        return [record for record in found if isinstance(record, Workload)]

    def trajectories_of(self, about: Ref, path: str) -> Sequence[Trajectory]:
        trend = self._trend(about, path)
        return tuple(trend.trajectories()) if trend is not None else ()

    def extremes(self, about: Ref, path: str) -> tuple[float, float]:
        trend = self._trend(about, path)
        return (trend.least, trend.most) if trend is not None else (1.0, 1.0)

    def _trend(self, about: Ref, path: str) -> Trend | None:
        key = object_key(about), path
        if key not in self._trends:
            self._trends[key] = self.trajectories.trend(*key, self.now)
        return self._trends[key]

    def sweeps(self) -> Sequence[Sweep]:
        if self._sweeps is None:
            self._sweeps = self.trajectories.sweeps.over(self.now)
        return self._sweeps

    def turns(self, about: Ref, path: str, seconds: float) -> int:
        return self.trajectories.turns(object_key(about), path, self.now - seconds)

    def reach(self, sort: BlastMeasure, seconds: float) -> Reach:
        seen = self._reaches.get((sort, seconds))
        if seen is None:
            seen = self._reaches[sort, seconds] = self.blast.reach(sort, seconds, self.now)
        return seen

    def taints_changed(self) -> Sequence[Change]:
        return [change for change in self._taints if change.at >= self.now - TAINTS_SECONDS]

    def said(self, note: Note, before: Decision, seconds: float, target: str = "") -> Sequence[Decision]:
        return self.lines.said(note, before, seconds, target)

    def oom_kills(self, about: Ref, since: float) -> int:
        return self.pods.kills(about, since)

    def harms(self) -> Sequence[SeenHarm]:
        if self._harms is None:
            self._harms = self.seen_harm.over(self.now)
        return self._harms

    def pods_of(self, about: Ref) -> Ref:
        return self.seen_harm.places(about, self.find(about))

    def _writing(self, subject: Decision | Change, deed: Announcement | None) -> Writing:
        if isinstance(subject, Change):
            return Writing(subject.about, subject.fields, subject.at, subject.by_optimizer)
        if deed is None:
            return Writing(subject.target, (), said_at(subject))
        return Writing(self._real(deed), deed.fields, said_at(subject))

    def resolve(self, about: Ref) -> Ref:
        """The object that is meant, with its kind and namespace where the cluster tells them."""
        record = self.find(about)
        return record.ref if isinstance(record, Workload) else about

    def _real(self, deed: Announcement) -> Ref | None:
        """The object that a decision means, with its kind and namespace where the cluster tells them."""
        change = self.changes.get(deed.change) if deed.change else None
        if change is not None:
            return change.about
        return self.resolve(deed.about) if deed.about is not None else None
