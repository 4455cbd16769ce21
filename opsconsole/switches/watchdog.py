"""Watches from the revocation on that nothing comes back: a binding under its old name or a new one, the optimizer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence

import msgspec

from opsconsole.clock import Clock
from opsconsole.cluster.questions.rbac import parse_grant
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import ClusterError, NotFound
from opsconsole.cluster.writes import api_of
from opsconsole.decoding import decode_as
from opsconsole.feeds.protocol import Sink
from opsconsole.files.faults import record_fault
from opsconsole.journal.runs import Run
from opsconsole.records import (
    Finding,
    Health,
    JsonObject,
    Kind,
    Outcome,
    Plan,
    Record,
    Ref,
    Severity,
    State,
    Step,
    StepState,
)
from opsconsole.switches.delete import plan as optimizer
from opsconsole.switches.delete.proofs import decode_gone
from opsconsole.switches.engine.place import ClusterPlace
from opsconsole.switches.revoke import plan as revoke
from opsconsole.switches.revoke.proofs import decode_matrix
from opsconsole.switches.stop_all.switch import NAME as ALL
from opsconsole.switches.stop_all.switch import PartPlans
from opsconsole.switches.target.facts import OptimizerFacts
from opsconsole.switches.target.reader import TargetReader
from opsconsole.switches.target.rights import Account, reaching
from opsconsole.switches.undo.items import undone_steps
from opsconsole.switches.undo.plan import NAME as UNDO
from opsconsole.text import clean_line

NAME = "watchdog"
GLANCE = 5.0
"""Seconds between two looks at the bindings that were revoked, by their names."""

FULL_LOOK = 30.0
"""Seconds between two plannings anew, which find rights that came back under another name."""

_ASLEEP = "nothing that was revoked or deleted from here is to be watched"

RECALL = 86_400.0
"""Seconds for which a console that is started anew goes on watching what an earlier one took away."""

REVOKED = "returned-rights"
DELETED = "returned-optimizer"


class Watch(Record, frozen=True):
    """What is watched: the account, the bindings (with their true names), and what was stopped or deleted.

    ``ran_as``: the accounts that the deleted workloads ran as.
    """

    account: Account | None = None
    bindings: tuple[tuple[Ref, str], ...] = ()
    deleted: tuple[Ref, ...] = ()
    ran_as: frozenset[Account] = frozenset()

    def __str__(self) -> str:
        parts = [f"{len(self.bindings)} bindings"] if self.bindings else []
        return " and ".join([*parts, *(["the optimizer"] if self.deleted else [])])

    def holds(self, facts: OptimizerFacts) -> bool:
        """Whether this workload was stopped from here; where pods alone were deleted, whether in its namespace.

        One that was found by a pod of its may have another name now: its account tells.
        """
        gone = {(ref.kind, ref.namespace, ref.name) for ref in self.deleted}
        if any((ref.kind, ref.namespace, ref.name) in gone for ref in facts.chain):
            return True
        if facts.account in self.ran_as and any(ref.kind == "Pod" for ref in facts.chain[:1]):
            return True
        places = {ref.namespace for ref in facts.chain}
        return any(kind == "Pod" and place in places for kind, place, _ in gone)


def watch_of(runs: Sequence[Run], now: float, elsewhere: Callable[[Run], str] = lambda _: "") -> Watch:
    """What the executions of the last day took away and nobody has put back from here. Pure.

    Args:
        runs: every execution that is known, oldest first.
        now: seconds since the epoch.
        elsewhere: says why an execution was on another cluster, or about another optimizer; empty if it was here.
    """
    undone = undone_steps(runs)
    account: Account | None = None
    bindings: dict[str, tuple[Ref, str]] = {}
    deleted: dict[str, Ref] = {}
    ran_as: set[Account] = set()
    for run in runs:
        if run.plan.switch == UNDO or now - run.outcome.started > RECALL or run.problem or elsewhere(run):
            continue
        done = {each.step for each in run.outcome.steps if each.state is StepState.DONE and each.before}
        left = [step for step in run.plan.steps if step.key in done and f"{run.id}/{step.key}" not in undone]
        for step in left:
            if step.effect in {revoke.DELETE, revoke.REMOVE}:
                name = msgspec.json.decode(step.arguments).get("name", step.target.name)
                bindings[f"{step.target.kind}/{step.target.key}"] = (step.target, name)
        gone = [step.target for step in _stopped(run, done, left)]
        deleted |= {str(ref): ref for ref in gone}
        ran_as |= {each.account for each in _workloads(run.plan) if each.account and _own(each) & set(gone)}
        account = _account(run.plan) or account
    return Watch(account, tuple(bindings.values()), tuple(deleted.values()), frozenset(ran_as))


def _stopped(run: Run, done: set[str], left: Sequence[Step]) -> list[Step]:
    """What is to stay away: what was stopped and not let go again; pods where nothing had to be stopped for them."""
    stopped = {step.target for step in run.plan.steps if step.effect == optimizer.SET and step.key in done}
    theirs = {ref for each in _workloads(run.plan) if _own(each) & stopped for ref in _own(each)}
    return [
        step
        for step in left
        if step.effect == optimizer.SET or (step.effect == optimizer.DELETE and step.target not in theirs)
    ]


def _own(facts: OptimizerFacts) -> set[Ref]:
    """A workload, what scales it, its pods, and those that run as its account."""
    works = (*([facts.root] if facts.root else []), *facts.jobs)
    pods = (*facts.pods, *facts.sharing)
    return {*(each.ref for each in works), *(each.ref for each in facts.scalers), *(each.ref for each in pods)}


def _workloads(plan: Plan) -> list[OptimizerFacts]:
    """The workloads that a plan (alone or within ``all``) deletes; none where the journal alone knows of it."""
    part = _part(plan, optimizer.NAME)
    return [each.facts for each in decode_gone(part).each] if part else []


class Watchdog:
    """A feed of critical findings. It sleeps until something was revoked or deleted.

    Args:
        world: reads the cluster.
        clock: where the time comes from.
        recall: every execution that is known, other consoles' of this machine included.
        alarm: is given each new finding as an entry for the journal.
        place: which cluster this is; what was taken away elsewhere is not watched here.
    """

    name = NAME

    def __init__(
        self,
        world: TargetReader,
        clock: Clock,
        recall: Callable[[], Sequence[Run]],
        alarm: Callable[[JsonObject], object] = lambda _: None,
        place: ClusterPlace | None = None,
    ) -> None:
        self._place = place
        self._world = world
        self._clock = clock
        self._began = (clock.now(), clock.monotonic())
        self._recall = recall
        self._alarm = alarm
        self._watch = Watch()
        self._found: dict[str, Finding] = {}
        self._blind = ""
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._looked = float("-inf")
        self._health = Health(NAME, State.ABSENT, clock.now(), detail=_ASLEEP)

    def start(self, sink: Sink) -> None:
        self._stop.clear()
        sink.health(self._health)
        threading.Thread(target=self._run, args=(sink,), name="watchdog", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()
        self._wake.set()

    def finished(self, plan: Plan, outcome: Outcome) -> None:
        """An execution is over: look at once what there is to watch now."""
        del plan, outcome
        self._looked = float("-inf")
        self._wake.set()

    def look(self) -> dict[str, Finding]:
        """What has come back, by key. Blocks.

        Raises:
            ClusterError: the cluster can't be read.
        """
        found = {each.key: each for each in self._glance()}
        if self._clock.monotonic() - self._looked >= FULL_LOOK or found:
            found |= {each.key: each for each in self._full()}
            self._looked = self._clock.monotonic()
        else:
            found |= {key: each for key, each in self._found.items() if "/any" in key}
        return found

    def _glance(self) -> Iterable[Finding]:
        account = self._watch.account
        for ref, name in self._watch.bindings:
            path = paths.item(*api_of(ref.kind), ref.namespace, name)
            try:
                grant = parse_grant(self._world.api.request("GET", path))
            except NotFound:
                continue
            if account is None or reaching(grant, account):
                yield self._finding(f"{REVOKED}/{ref.kind}/{ref.key}", f"{ref} is back", grant.ref)

    def _full(self) -> Iterable[Finding]:
        if self._watch.bindings:
            planned = revoke.plan(self._world.revocation(), self._clock.now())
            taken = {(ref.kind, ref.key) for ref, _ in self._watch.bindings}
            again = [each for each in planned.steps if each.chosen or (each.target.kind, each.target.key) in taken]
            for step in again:
                title = f"{step.target} lets {self._watch.account} write again"
                yield self._finding(f"{REVOKED}/any/{step.target.kind}/{step.target.key}", title, step.target)
        optimizers = self._world.optimizers() if self._watch.deleted else ()
        self._blind = "; ".join(filter(None, map(self._unseen, optimizers)))
        for facts in optimizers:
            back = [facts.root.ref] if facts.root and not facts.root.stopped else []
            back += [pod.ref for pod in facts.pods if pod.deleting is None and not pod.over]
            if back and self._watch.holds(facts):
                title = f"the optimizer is back: {back[0]}"
                yield self._finding(f"{DELETED}/any/{facts.title}", title, back[0], DELETED, optimizer.NAME)

    def _unseen(self, facts: OptimizerFacts) -> str:
        """Why it can't be told whether this workload is back; empty if it can. What runs elsewhere never was here."""
        if facts.problem:
            return "" if facts.absent or facts.outside else f"{facts.title}: {facts.problem}"
        return facts.unlisted if self._watch.holds(facts) else ""

    def _finding(self, key: str, title: str, about: Ref, rule: str = REVOKED, switch: str = revoke.NAME) -> Finding:
        known = self._found.get(key)
        at = known.at if known else self._clock.now()
        detail = "somebody or something (GitOps?) has put it back since it was taken away from here"
        return Finding(key, rule, Severity.CRITICAL, title, detail, about, at=at, switch=switch)

    def _run(self, sink: Sink) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            try:
                pause = self._turn(sink)
            except Exception as error:  # noqa: BLE001 - whatever it is, it must not end the watch unseen
                record_fault("the watchdog could not look", error)
                self._say(sink, State.DOWN, f"it could not look: {type(error).__name__}: {clean_line(str(error), 200)}")
                pause = GLANCE
            self._wake.wait(pause)

    def _turn(self, sink: Sink) -> float:
        """Look once, and return the seconds until the next look."""
        self._watch = self._read_watch()
        words = str(self._watch)
        if words:
            self._round(sink, words)
        elif self._health.state is not State.ABSENT:
            self._tell(sink, {})
            self._say(sink, State.ABSENT, _ASLEEP)
        return GLANCE if words else FULL_LOOK

    def _read_watch(self) -> Watch:
        """What is to be watched; what was before, if the journal brings something that nobody foresaw."""
        try:
            elsewhere = self._place.why_not if self._place else lambda _: ""
            return watch_of(self._recall(), self._today(), elsewhere)
        except (KeyError, ValueError, TypeError, AttributeError):
            return self._watch

    def _today(self) -> float:
        """The earlier of what the clock says, and what it would say had nobody set it since we began.

        A clock that is set forward by days must not end the watch.
        """
        wall, ticks = self._began
        return min(self._clock.now(), wall + self._clock.monotonic() - ticks)

    def _round(self, sink: Sink, words: str) -> None:
        try:
            found = self.look()
        except ClusterError as error:
            self._say(sink, State.STALE, str(error))
            return
        if self._blind:  # what was back may be back yet
            self._tell(sink, self._found | found)
            self._say(sink, State.STALE, self._blind)
            return
        self._tell(sink, found)
        self._say(sink, State.LIVE, f"watching that {words} stay away")

    def _tell(self, sink: Sink, found: dict[str, Finding]) -> None:
        new = [each for key, each in found.items() if key not in self._found]
        gone = self._found.keys() - found.keys()
        self._found = found
        sink.put(Kind.FINDING, found.values())
        sink.drop(Kind.FINDING, gone)
        for each in new:
            cluster = self._place.uid() if self._place else ""
            self._alarm({"text": each.title, "rule": each.rule, "about": str(each.about), "cluster": cluster})

    def _say(self, sink: Sink, state: State, detail: str) -> None:
        now = self._clock.now()
        since = self._health.since if state is self._health.state else now
        seen = now if state is State.LIVE else self._health.seen
        self._health = Health(NAME, state, since, seen, detail)
        sink.health(self._health)


def _account(plan: Plan) -> Account | None:
    """The account that a revocation's plan (alone or within ``all``) is about."""
    part = _part(plan, revoke.NAME)
    return decode_matrix(part).account if part else None


def _part(plan: Plan, name: str) -> Plan | None:
    """The plan of this switch, alone or within ``all``."""
    part = decode_as(plan.checks, PartPlans).plans.get(name) if plan.switch == ALL else plan
    return part if part and part.switch == name else None
