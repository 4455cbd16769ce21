"""The effect that keeps evidence of what is deleted: manifests, logs, previous logs, in a bounded time.

It runs beside the effects that stop the optimizer, which never wait for it: a sick kubelet takes its whole time. Its
requests leave first; pods that are told to end have their grace period, and their logs are read during that.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import msgspec

from opsconsole.clock import Clock
from opsconsole.cluster.questions.reviews import Access
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import ClusterError, NotFound
from opsconsole.cluster.writes import api_of
from opsconsole.decoding import decode_as
from opsconsole.journal.evidence import EvidenceFolder
from opsconsole.journal.writer import JournalError
from opsconsole.masking import mask
from opsconsole.permit import Permit, Redeemer
from opsconsole.records import Record, Ref, Step, StepOutcome, StepState
from opsconsole.switches.delete.log_tail import LogApi, Tail, all_words, marked, read_tail
from opsconsole.switches.delete.plan import EVIDENCE
from opsconsole.switches.engine.executor import ReservedExecutor
from opsconsole.switches.engine.switch import Call
from opsconsole.text import clean

_TICK = 0.05
_READERS = 12
_LOG = ".log"
_PREVIOUS = ".previous.log"
_MANIFEST = ".json"


class Doomed(Record, frozen=True):
    """A pod of which evidence is kept."""

    ref: Ref
    containers: tuple[str, ...] = ()


class What(Record, frozen=True):
    """What a step of :class:`CollectEvidence` keeps, and how many seconds it may take."""

    objects: tuple[Ref, ...] = ()
    pods: tuple[Doomed, ...] = ()
    seconds: float = 3.0


class CollectEvidence:
    """Reads everything at once and keeps what came in time. Nothing that is stopped waits for it."""

    name = EVIDENCE
    parallel = False
    beside = True
    """The gate goes on with the next step at once."""

    def __init__(
        self,
        api: LogApi,
        redeemer: Redeemer,
        folder: Path,
        *,
        executor: ReservedExecutor,
        clock: Clock,
        pause: Callable[[float], object],
    ) -> None:
        self._api = api
        self._redeemer = redeemer
        self._folder = folder
        self._executor = executor
        self._clock = clock
        self._pause = pause

    def needs(self, step: Step) -> tuple[Access, ...]:
        pods = decode_as(step.arguments, What).pods
        return tuple(Access("get", "pods", "", "log", pod.ref.namespace, pod.ref.name) for pod in pods[:1])

    def read(self, step: Step) -> bytes | StepOutcome:
        del step
        return b"null"

    def act(self, step: Step, permit: Permit, call: Call) -> StepOutcome:
        self._redeemer.redeem(permit, self.name, step.target)
        what = decode_as(step.arguments, What)
        folder = EvidenceFolder(self._folder, call.run)
        cuts: dict[str, str] = {}
        wanted = dict(self._sources(what, cuts))
        missed = self._fetch(wanted, folder, what.seconds)
        exhibits = folder.close()
        words = f"{len(exhibits)} files kept in {folder.path}"
        if missed:
            words += f"; {len(missed)} not had ({missed[0]})"
        if cuts:
            words += f"; CUT {all_words(cuts.items())}"
        body = {"run": call.run, "files": msgspec.to_builtins(exhibits), "missed": missed, "cut": dict(cuts)}
        call.note("evidence", body)
        if not exhibits and not missed:
            return StepOutcome(step.key, StepState.SKIPPED, "nothing to keep: it was all gone before it could be read")
        return StepOutcome(step.key, StepState.DONE if exhibits else StepState.FAILED, words)

    def _fetch(self, wanted: Mapping[str, Callable[[], str]], folder: EvidenceFolder, seconds: float) -> list[str]:
        """Keep what comes within ``seconds``; returns what did not, each with why."""
        troubles = dict.fromkeys(wanted, f"not there within {seconds:g} s")
        lock = threading.Lock()
        names: queue.SimpleQueue[str] = queue.SimpleQueue()
        for name in wanted:
            names.put(name)

        def work() -> None:
            with contextlib.suppress(queue.Empty):
                while True:
                    name = names.get_nowait()
                    trouble = self._keep(folder, name, wanted[name])
                    with lock:
                        troubles[name] = trouble

        running = [self._executor.submit(work) for _ in range(min(_READERS, len(wanted)))]
        deadline = self._clock.monotonic() + seconds
        while self._clock.monotonic() < deadline and not all(future.done() for future in running):
            self._pause(_TICK)
        with contextlib.suppress(queue.Empty):
            while True:
                names.get_nowait()
        with lock:
            return [f"{name}: {why}" for name, why in troubles.items() if why]

    def _keep(self, folder: EvidenceFolder, name: str, read: Callable[[], str]) -> str:
        """Keep one file. Returns what went wrong; empty if nothing did, or there was nothing to keep."""
        try:
            text = read()
            if text:
                folder.keep(name, text, masked=name.endswith(_MANIFEST))
        except NotFound:
            return ""
        except (ClusterError, JournalError) as error:
            # A container that never ended before has no previous log, which the server calls a bad request.
            return "" if name.endswith(_PREVIOUS) and getattr(error, "status", 0) == 400 else str(error)
        return ""

    def _sources(self, what: What, cuts: dict[str, str]) -> Iterator[tuple[str, Callable[[], str]]]:
        """What to read, by the name of its file. Logs come first: they go with the pod; ``cuts`` gets what is cut."""
        for pod in what.pods:
            path = paths.item("", "v1", "pods", pod.ref.namespace, pod.ref.name, subresource="log")
            for container in pod.containers:
                name = f"pod-{pod.ref.namespace}_{pod.ref.name}_{container}"
                for previous, ending in ((False, _LOG), (True, _PREVIOUS)):
                    read = partial(self._log, path, container, what.seconds, previous=previous)
                    yield f"{name}{ending}", partial(_noting_cuts, read, f"{name}{ending}", cuts)
        for ref in (*(pod.ref for pod in what.pods), *what.objects):
            path = paths.item(*api_of(ref.kind), ref.namespace, ref.name)
            name = f"{ref.kind.lower()}-{ref.namespace}_{ref.name}{_MANIFEST}"
            yield name, partial(self._manifest, path, what.seconds)

    def _manifest(self, path: str, seconds: float) -> str:
        found = msgspec.json.decode(self._api.request("GET", path, timeout=seconds))
        text = msgspec.json.format(msgspec.json.encode(mask(found)), indent=2).decode()
        return clean(text, limit=len(text))

    def _log(self, path: str, container: str, seconds: float, *, previous: bool) -> Tail:
        query = {"container": container, "previous": previous or None}
        tail = read_tail(self._api, path, query, seconds=seconds, monotonic=self._clock.monotonic)
        text = clean(tail.text, limit=len(tail.text))
        return Tail(text, tail.cut)


def _noting_cuts(read: Callable[[], Tail], name: str, cuts: dict[str, str]) -> str:
    """The text of a log; what is cut of it is noted under its file's name."""
    tail = read()
    if tail.cut:
        cuts[name] = tail.cut
    return marked(tail, name)
