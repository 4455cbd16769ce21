"""Watches that what governs is left alone: an alarm when a policy, a binding or the parameter changes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from opsconsole.clock import Clock
from opsconsole.cluster.questions.reviews import Api, json_object
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import ClusterError, Denied, NotFound
from opsconsole.feeds.protocol import Sink
from opsconsole.govern.names import BINDING, FROZEN, MANAGED_BY, OURS, PARAMETER, POLICY
from opsconsole.records import Finding, Health, JsonObject, Kind, Outcome, Plan, Record, Ref, Severity, State
from opsconsole.text import clean_line

NAME = "governing"
RULE = "governing-changed"
LOOK = 5.0
"""Seconds between two looks."""

KEPT = 600.0
"""Seconds for which an alarm stays."""

_OWN = frozenset({"freeze", "thaw", "install-governor", "uninstall-governor"})
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
    """

    name = NAME

    def __init__(self, api: Api, clock: Clock, alarm: Callable[[JsonObject], object] = lambda _: None) -> None:
        self._api = api
        self._clock = clock
        self._alarm = alarm
        self._known: Governing | None = None
        self._found: dict[str, Finding] = {}
        self._health = Health(NAME, State.STARTING, clock.now())
        self._stop = threading.Event()
        self._ours = threading.Event()

    def start(self, sink: Sink) -> None:
        self._stop.clear()
        threading.Thread(target=self._run, args=(sink,), name="governing", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    def finished(self, plan: Plan, outcome: Outcome) -> None:
        """An execution of this console is over: what it changed is no news."""
        del outcome
        if plan.switch in _OWN:
            self._ours.set()

    def look(self) -> Governing:
        """What governs now. Blocks.

        Raises:
            ClusterError: it can't be read.
        """
        found = [entry for kind in (POLICY, BINDING) for entry in self._list(kind)]
        space = json_object(self._api.request("GET", paths.of_kind("Namespace", "", PARAMETER), timeout=_TIMEOUT))
        notes = (space.get("metadata") or {}).get("annotations") or {}
        return Governing(tuple(sorted(found)), clean_line(str(notes.get(FROZEN, ""))))

    def _list(self, kind: str) -> Iterator[tuple[str, str, str, int]]:
        query = {"labelSelector": f"{MANAGED_BY}={OURS}"}
        path = paths.collection(*paths.API_KINDS[kind])
        for item in json_object(self._api.request("GET", path, query=query, timeout=_TIMEOUT)).get("items") or ():
            metadata = item.get("metadata") or {}
            name, uid = clean_line(str(metadata.get("name"))), clean_line(str(metadata.get("uid")))
            yield kind, name, uid, int(metadata.get("generation") or 0)

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
        ours = self._ours.is_set()
        self._ours.clear()
        now, before = self.look(), self._known
        self._known = now
        if before is not None and not ours:
            self._tell(sink, changes(before, now))
        old = [key for key, each in self._found.items() if self._clock.now() - each.at > KEPT]
        for key in old:
            del self._found[key]
        sink.drop(Kind.FINDING, old)
        watched = f"{len(now.objects)} policies and bindings" if now.objects else "nothing of ours governs here"
        self._say(sink, State.LIVE, watched)

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
    if before.frozen != now.frozen and before.frozen:
        words = {"false": "the optimizer was thawed", "true": "the optimizer was frozen"}.get(
            now.frozen, "the parameter of the freeze makes no sense any more: the optimizer is frozen"
        )
        found.append((Ref("Namespace", "", PARAMETER), f"{words} (annotation {FROZEN} of Namespace {PARAMETER})"))
    return found
