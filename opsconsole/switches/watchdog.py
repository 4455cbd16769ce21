"""Watches from the revocation on that nothing comes back: a binding under its old name or a new one, the optimizer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence

import msgspec

from opsconsole.clock import Clock
from opsconsole.cluster import paths
from opsconsole.cluster.errors import ClusterError, NotFound
from opsconsole.cluster.rbac import parse_grant
from opsconsole.cluster.writes import api_of
from opsconsole.feeds import Sink
from opsconsole.journal.runs import Run
from opsconsole.records import Finding, Health, JsonObject, Kind, Outcome, Plan, Ref, Severity, State, StepState
from opsconsole.switches import optimizer, revoke
from opsconsole.switches.everything import NAME as ALL
from opsconsole.switches.everything import Parts
from opsconsole.switches.proofs import decode_matrix
from opsconsole.switches.rights import Account, reaching
from opsconsole.switches.undo import NAME as UNDO
from opsconsole.switches.undo import undone_steps
from opsconsole.switches.world import World

NAME = "watchdog"
GLANCE = 5.0
"""Seconds between two looks at the bindings that were revoked, by their names."""

FULL_LOOK = 30.0
"""Seconds between two plannings anew, which find rights that came back under another name."""

RECALL = 86_400.0
"""Seconds for which a console that is started anew goes on watching what an earlier one took away."""

REVOKED = "returned-rights"
DELETED = "returned-optimizer"


class Watchdog:
    """A feed of critical findings. It sleeps until something was revoked or deleted.

    Args:
        world: reads the cluster.
        clock: where the time comes from.
        alarm: is given each new finding as an entry for the journal.
        recall: executions of earlier consoles; asked once, on the watchdog's own thread.
    """

    name = NAME

    def __init__(
        self,
        world: World,
        clock: Clock,
        alarm: Callable[[JsonObject], object] = lambda _: None,
        recall: Callable[[], Sequence[Run]] = lambda: (),
    ) -> None:
        self._world = world
        self._clock = clock
        self._alarm = alarm
        self._recall = recall
        self._lock = threading.Lock()
        self._account: Account | None = None
        self._watched: dict[str, tuple[Ref, str]] = {}
        self._deleted = False
        self._found: dict[str, Finding] = {}
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._looked = float("-inf")
        self._health = Health(NAME, State.ABSENT, clock.now(), detail="nothing was revoked or deleted yet")

    def start(self, sink: Sink) -> None:
        self._stop.clear()
        sink.health(self._health)
        threading.Thread(target=self._run, args=(sink,), name="watchdog", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()
        self._wake.set()

    def finished(self, plan: Plan, outcome: Outcome) -> None:
        """Take note of an execution: watch what it took away, let go of what it put back."""
        done = {each.step for each in outcome.steps if each.state is StepState.DONE and each.before}
        with self._lock:
            for step in plan.steps:
                if step.key not in done:
                    continue
                if plan.switch == UNDO:
                    self._watched.clear()
                    self._deleted = False
                elif step.effect in {revoke.DELETE, revoke.REMOVE}:
                    name = msgspec.json.decode(step.arguments).get("name", step.target.name)
                    self._watched[f"{step.target.kind}/{step.target.key}"] = (step.target, name)
                elif step.effect in {optimizer.SET, optimizer.DELETE}:
                    self._deleted = True
            self._account = _account(plan) or self._account
        self._looked = float("-inf")
        self._wake.set()

    def remember(self, runs: Sequence[Run]) -> None:
        """Take up what an earlier console revoked or deleted and nobody has put back."""
        undone = undone_steps(runs)
        for run in runs:
            steps = {step.key for step in run.plan.steps if f"{run.id}/{step.key}" in undone}
            left = tuple(step for step in run.outcome.steps if step.step not in steps)
            recent = self._clock.now() - run.outcome.started < RECALL
            if recent and run.plan.switch != UNDO and left:
                self.finished(run.plan, Outcome(run.outcome.switch, run.outcome.started, steps=left))

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
            found |= {key: each for key, each in self._found.items() if each.rule == DELETED or "/any" in key}
        return found

    @property
    def watching(self) -> str:
        """What is watched, in words; empty if nothing is."""
        with self._lock:
            parts = [f"{len(self._watched)} bindings"] if self._watched else []
            return " and ".join([*parts, *(["the optimizer"] if self._deleted else [])])

    def _glance(self) -> Iterable[Finding]:
        with self._lock:
            watched, account = list(self._watched.values()), self._account
        for ref, name in watched:
            path = paths.item(*api_of(ref.kind), ref.namespace, name)
            try:
                grant = parse_grant(self._world.api.request("GET", path))
            except NotFound:
                continue
            if account is None or reaching(grant, account):
                yield self._finding(f"{REVOKED}/{ref.kind}/{ref.key}", f"{ref} is back", grant.ref)

    def _full(self) -> Iterable[Finding]:
        if self._watched:
            for step in revoke.plan(self._world.revocation(), self._clock.now()).steps:
                title = f"{step.target} lets {self._account} write again"
                yield self._finding(f"{REVOKED}/any/{step.target.kind}/{step.target.key}", title, step.target)
        if self._deleted:
            facts = self._world.optimizer()
            back = [facts.root.ref] if facts.root and not facts.root.stopped else []
            back += [pod.ref for pod in facts.pods if pod.deleting is None and not pod.over]
            if back:
                title = f"the optimizer is back: {back[0]}"
                yield self._finding(f"{DELETED}/any", title, back[0], DELETED, optimizer.NAME)

    def _finding(self, key: str, title: str, about: Ref, rule: str = REVOKED, switch: str = revoke.NAME) -> Finding:
        known = self._found.get(key)
        at = known.at if known else self._clock.now()
        detail = "somebody or something (GitOps?) has put it back since it was taken away from here"
        return Finding(key, rule, Severity.CRITICAL, title, detail, about, at=at, switch=switch)

    def _run(self, sink: Sink) -> None:
        self.remember(self._recall())
        while not self._stop.is_set():
            self._wake.clear()
            watching = self.watching
            if watching:
                self._round(sink, watching)
            elif self._found:
                self._tell(sink, {})
                self._say(sink, State.ABSENT, "nothing is watched: it was put back from here")
            self._wake.wait(GLANCE if watching else None)

    def _round(self, sink: Sink, watching: str) -> None:
        try:
            found = self.look()
        except ClusterError as error:
            self._say(sink, State.STALE, str(error))
            return
        self._tell(sink, found)
        self._say(sink, State.LIVE, f"watching that {watching} stay away")

    def _tell(self, sink: Sink, found: dict[str, Finding]) -> None:
        new = [each for key, each in found.items() if key not in self._found]
        gone = self._found.keys() - found.keys()
        self._found = found
        sink.put(Kind.FINDING, found.values())
        sink.drop(Kind.FINDING, gone)
        for each in new:
            self._alarm({"text": each.title, "rule": each.rule, "about": str(each.about)})

    def _say(self, sink: Sink, state: State, detail: str) -> None:
        now = self._clock.now()
        since = self._health.since if state is self._health.state else now
        seen = now if state is State.LIVE else self._health.seen
        self._health = Health(NAME, state, since, seen, detail)
        sink.health(self._health)


def _account(plan: Plan) -> Account | None:
    """The account that a revocation's plan (alone or within ``all``) is about."""
    part: Plan | None = plan
    if plan.switch == ALL:
        part = msgspec.json.decode(plan.checks, type=Parts).plans.get(revoke.NAME)
    return decode_matrix(part).account if part and part.switch == revoke.NAME else None
