"""Watches that what governs is left alone: an alarm when a policy, a binding or the parameter changes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence

import msgspec

from opsconsole.clock import Clock
from opsconsole.cluster.questions.reviews import json_object
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import ClusterError, Denied, NotFound
from opsconsole.feeds.protocol import Sink
from opsconsole.govern.names import BINDING, FROZEN, INSTALLED_FREEZE, LAPSED, MANAGED_BY, OURS, PARAMETER, POLICY
from opsconsole.records import Finding, Health, JsonObject, Kind, Outcome, Plan, Record, Ref, Severity, State, StepState
from opsconsole.switches.freeze.plan import DELETE, FLIP
from opsconsole.switches.freeze.trying.clock import UNENDED, ClockAnswer, ask_clock
from opsconsole.switches.freeze.trying.probe import ImpersonatingApi

NAME = "governing"
RULE = "governing-changed"
LOOK = 5.0
"""Seconds between two looks."""

KEPT = 600.0
"""Seconds for which an alarm stays."""

CLOCK_KEPT, CLOCK_DOUBTED = 300.0, 30.0
"""Seconds between two questions whether the clock of approvals runs: where it did, and where not. Each is a refused dry
run in the audit log."""

_OWN = "govern."
"""How the effects begin that change what governs."""

_TIMEOUT = 5.0


class Governing(Record, frozen=True):
    """What governs at one moment.

    Attributes:
        objects: policies and bindings of ours: kind, name, UID and generation, which a changed spec raises.
        frozen: what the parameter says; empty if it says nothing.
    """

    objects: tuple[tuple[str, str, str, int], ...] = ()
    frozen: str = ""


class Drift:
    """A feed of critical findings.

    Args:
        api: the connection.
        clock: where the time comes from.
        alarm: is given each new finding as an entry for the journal.
        under_way: the plans that this console executes now: what changes meanwhile is judged when they are over.
    """

    name = NAME

    def __init__(
        self,
        api: ImpersonatingApi,
        clock: Clock,
        alarm: Callable[[JsonObject], object] = lambda _: None,
        under_way: Callable[[], Sequence[Plan]] = tuple,
    ) -> None:
        self._api = api
        self._clock = clock
        self._alarm = alarm
        self._known: Governing | None = None
        self._found: dict[str, Finding] = {}
        self._health = Health(NAME, State.STARTING, clock.now())
        self._stop = threading.Event()
        self._under_way = under_way
        self._lock = threading.Lock()
        self._finished = 0
        self._unsure: frozenset[tuple[str, str]] = frozenset()
        self._clock_asked: tuple[float, Governing] = (float("-inf"), Governing())
        self._clock_said: ClockAnswer | None = None

    def start(self, sink: Sink) -> None:
        self._stop.clear()
        threading.Thread(target=self._run, args=(sink,), name="governing", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    def finished(self, plan: Plan, outcome: Outcome) -> None:
        """An execution of this console is over: what it left is what is known from now on, and no news."""
        if not _governs(plan):
            return
        with self._lock:
            self._finished += 1
            self._unsure |= unsure(plan, outcome)
            if self._known is not None:
                self._known = left_by(self._known, plan, outcome)

    def look(self) -> Governing:
        """What governs now. Blocks.

        Raises:
            ClusterError: it can't be read.
        """
        found = [entry for kind in (POLICY, BINDING) for entry in self._list(kind)]
        space = json_object(self._api.request("GET", paths.of_kind("Namespace", "", PARAMETER), timeout=_TIMEOUT))
        notes = (space.get("metadata") or {}).get("annotations") or {}
        return Governing(tuple(sorted(found)), str(notes.get(FROZEN, "")))

    def _list(self, kind: str) -> Iterator[tuple[str, str, str, int]]:
        query = {"labelSelector": f"{MANAGED_BY}={OURS}"}
        path = paths.collection(*paths.API_KINDS[kind])
        for item in json_object(self._api.request("GET", path, query=query, timeout=_TIMEOUT)).get("items") or ():
            yield _entry(kind, item)

    def _run(self, sink: Sink) -> None:
        while not self._stop.is_set():
            try:
                self._round(sink)
            except NotFound:
                self._say(sink, State.ABSENT, "this API server has no policies to watch")
            except Denied as error:
                self._say(sink, State.DENIED, str(error))
            except ClusterError as error:
                self._say(sink, State.STALE, str(error))
            self._stop.wait(LOOK)

    def _round(self, sink: Sink) -> None:
        changed, now = self._changed()
        self._tell(sink, changed)
        old = [key for key, each in self._found.items() if self._clock.now() - each.at > KEPT]
        for key in old:
            del self._found[key]
        sink.drop(Kind.FINDING, old)
        watched = f"{len(now.objects)} policies and bindings" if now.objects else "nothing of ours governs here"
        self._say(sink, State.LIVE, f"{watched}{self._of_clock(now)}")

    def _of_clock(self, now: Governing) -> str:
        """What is to be said of the clock that ends approvals; empty where it runs, or no rule needs it."""
        if (BINDING, LAPSED) not in {(kind, name) for kind, name, _, _ in now.objects}:
            return ""
        at, then = self._clock_asked
        good_for = CLOCK_KEPT if self._clock_said is not None and self._clock_said.runs else CLOCK_DOUBTED
        if then.objects != now.objects or self._clock.monotonic() - at > good_for:
            self._clock_said, self._clock_asked = (
                ask_clock(self._api, self._clock.now()),
                (self._clock.monotonic(), now),
            )
        said = self._clock_said
        return "" if said is None or said.runs else f"; the clock that ends approvals: {said}; {UNENDED}"

    def _changed(self) -> tuple[list[tuple[Ref, str]], Governing]:
        """Look, and say what others changed since what is known.

        A look during which an execution of this console changes something tells nothing: it may show it half done.
        """
        begun = self._finished
        busy = any(map(_governs, self._under_way()))
        now = self.look()
        busy = busy or any(map(_governs, self._under_way()))
        with self._lock:
            if self._known is not None and (busy or begun != self._finished):
                return [], now
            before, self._known = self._known, now
            unsure, self._unsure = self._unsure, frozenset()
        changed = [] if before is None else changes(before, now)
        return [each for each in changed if (each[0].kind, each[0].name) not in unsure], now

    def _tell(self, sink: Sink, changed: list[tuple[Ref, str]]) -> None:
        at = self._clock.now()
        for about, words in changed:
            key = f"{RULE}/{about.kind}/{about.key}"
            detail = "it was not changed from here: by a colleague, by GitOps, or by the optimizer itself"
            found = Finding(key, RULE, Severity.CRITICAL, words, detail, about, at=at, switch="freeze")
            self._found[key] = found
            self._alarm({"text": words, "rule": RULE, "about": str(about)})
        if changed:
            sink.put(Kind.FINDING, self._found.values())

    def _say(self, sink: Sink, state: State, detail: str) -> None:
        now = self._clock.now()
        since = self._health.since if state is self._health.state else now
        seen = now if state is State.LIVE else self._health.seen
        self._health = Health(NAME, state, since, seen, detail)
        sink.health(self._health)


def _governs(plan: Plan) -> bool:
    return any(step.effect.startswith(_OWN) for step in plan.steps)


def left_by(known: Governing, plan: Plan, outcome: Outcome) -> Governing:
    """What governs once ``plan`` has changed ``known``, by what its steps say that they left. Pure."""
    done = {each.step: each for each in outcome.steps if each.state is StepState.DONE}
    objects = {(kind, name): (uid, generation) for kind, name, uid, generation in known.objects}
    frozen = known.frozen
    for step in plan.steps:
        if step.key not in done or not step.effect.startswith(_OWN):
            continue
        if step.effect == FLIP:
            frozen = str(msgspec.json.decode(step.arguments)["value"] or "")
        elif step.effect == DELETE:
            objects.pop((step.target.kind, step.target.name), None)
        elif done[step.key].after:
            kind, name, uid, generation = _entry(step.target.kind, msgspec.json.decode(done[step.key].after))
            objects[kind, name] = (uid, generation)
    return Governing(tuple(sorted((*key, *version) for key, version in objects.items())), frozen)


def unsure(plan: Plan, outcome: Outcome) -> frozenset[tuple[str, str]]:
    """Kind and name of what ``plan`` may have changed: the answers were lost. Pure."""
    lost = {each.step for each in outcome.steps if each.unsure}
    return frozenset((step.target.kind, step.target.name) for step in plan.steps if step.key in lost)


def _entry(kind: str, item: JsonObject) -> tuple[str, str, str, int]:
    metadata = item.get("metadata") or {}
    return kind, str(metadata.get("name")), str(metadata.get("uid")), int(metadata.get("generation") or 0)


def changes(before: Governing, now: Governing) -> list[tuple[Ref, str]]:
    """What changed from one look to the next, in words. What is new is no alarm: it governs more. Pure."""
    known = {(kind, name): (uid, generation) for kind, name, uid, generation in now.objects}
    found: list[tuple[Ref, str]] = []
    for kind, name, uid, generation in before.objects:
        ref = Ref(kind, "", name, uid)
        if (kind, name) not in known:
            found.append((ref, f"{ref} is gone: what it refused gets through"))
        elif known[kind, name] != (uid, generation):
            found.append((ref, f"{ref} was changed: it may refuse something else now"))
    governed = any(name == INSTALLED_FREEZE for _, name, _, _ in before.objects)  # it freezes where nothing is said
    if before.frozen != now.frozen and (before.frozen or governed):
        words = {"false": "the optimizer was thawed", "true": "the optimizer was frozen"}.get(
            now.frozen, "the parameter of the freeze makes no sense any more: the optimizer is frozen"
        )
        found.append((Ref("Namespace", "", PARAMETER), f"{words} (annotation {FROZEN} of Namespace {PARAMETER})"))
    return found
