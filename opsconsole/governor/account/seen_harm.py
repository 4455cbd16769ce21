"""Harm that the cluster shows: pods of a workload that fail after the optimizer wrote it, and did not before.

Only workloads that it wrote within the last hour are watched, so a fleet that nobody touches costs nothing. What failed
before its write, what somebody else's roll-out may have brought, and what a writer who can't be told has changed is no
harm of its: it is not known to be.
"""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from opsconsole.governor.measures import HOUR, MINUTE, TEN_MINUTES, PodFailure, SeenHarm, WriteWay
from opsconsole.governor.observed.changes import FRESH, Changes, object_key
from opsconsole.governor.observed.pods.pod_failures import failures_of
from opsconsole.governor.observed.pods.workload_pods import PodIndex
from opsconsole.governor.observed.ways import goes_back, left_of, ways_of
from opsconsole.records import AnyRecord, Autoscaler, Change, Hpa, Kind, Pod, Ref, Workload
from opsconsole.store import Delta, Store

WATCHED = 4_000
"""Workloads that are watched; those that were written longest ago go."""

_FAILED, _WRITES = 256, 16
"""Failures and writes that are remembered of one workload. What comes when all failures still count is not counted."""

ROLL_OUT = TEN_MINUTES
"""Kubernetes' own word for a roll-out that has failed: a Deployment's ``progressDeadlineSeconds`` is 600. So long pods
may be missing or wait for a node; and what fails later than that after a write is not known to come of it."""

SHARE = 0.25
"""A roll-out's ``maxUnavailable`` is 25 %: so much of a service may be missing while it goes well."""

_LASTS = {PodFailure.OOM: 30 * MINUTE, PodFailure.CRASH: TEN_MINUTES}
"""A kubelet takes a container for well again when it has run for ten minutes: then its back-off begins anew. A pod that
crashed and has been ready for a minute, longer than the first back-offs are, is well for us; a kill was one."""

_BRINGS = {
    PodFailure.OOM: frozenset({WriteWay("memory", -1), WriteWay("replicas", -1), WriteWay("image", 0)}),
    PodFailure.CRASH: frozenset({
        WriteWay("memory", -1), WriteWay("CPU", -1), WriteWay("replicas", -1), WriteWay("image", 0),
    }),
    PodFailure.START: frozenset({WriteWay("image", 0)}),
    PodFailure.SHORT: frozenset({
        WriteWay("memory", -1), WriteWay("memory", 1), WriteWay("CPU", -1), WriteWay("CPU", 1),
        WriteWay("replicas", -1), WriteWay("image", 0),
    }),
    PodFailure.PLACE: frozenset({WriteWay("memory", 1), WriteWay("CPU", 1), WriteWay("replicas", 1)}),
}  # fmt: skip
"""Which writes may bring which failure."""

_LASTING = frozenset({PodFailure.SHORT, PodFailure.PLACE})
"""What every roll-out has for a while."""

_SOON = 1.0
"""Seconds between two looks at what has changed of one workload: in a storm every pump would have something."""

_HALF, _MUCH = 0.5, 0.95
"""What is left of the replicas where those that are left break down under what all bore: who takes one of four away
can't be told from a leak, or an image that crashes. And of the memory where a single kill comes of the cut."""

_OF_REPLICAS = WriteWay("replicas", -1)
_OF_MEMORY = WriteWay("memory", -1)
_OWN_PODS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job", "ReplicaSet"})
_NO_PODS = frozenset({"Node", "PodDisruptionBudget"})
_NEVER = float("-inf")


class _Failed(msgspec.Struct, gc=False):
    """One pod's failure of one sort: since when, when it was seen last, whether it is so now."""

    first: float
    last: float
    came: float
    """When its pod was made."""
    holds: bool = True
    well: float = math.inf
    """Since when the pod is ready again."""

    def is_after(self, write: Change) -> bool:
        """Whether it came after a write. A pod as young as the write came with it: feeds lag by seconds."""
        return self.first > write.at or self.came >= write.at - FRESH

    def is_of(self, write: Change, ways: Iterable[WriteWay]) -> bool:
        """Whether it may come of a write: a new template makes new pods, and the old ones fail of something else."""
        rolls = write.about.kind != "Pod" and any(each.what != "replicas" for each in ways)
        return self.is_after(write) and (not rolls or self.came == _NEVER or self.came >= write.at - FRESH)


class _Watch(msgspec.Struct):
    """One workload that the optimizer, or who can't be told from it, has written."""

    about: Ref
    written: float
    had: int | None
    """Replicas that were available before its first write; ``None``: not known."""
    writes: deque[str]
    """Keys of the newest writes, whoever made them, the oldest first."""
    newest: float = _NEVER
    """When the newest of them was made."""
    failed: dict[tuple[str, PodFailure], _Failed] = {}
    short: float | None = None
    """Since when too few replicas are available."""
    looked: float = _NEVER
    stale: bool = True
    harm: SeenHarm | None = None


class HarmsSeen:
    """Brought up to date by the governor after the writes of each pump are accounted for."""

    def __init__(self, changes: Changes, pods: PodIndex) -> None:
        self._changes = changes
        self._pods = pods
        self._store = Store()
        self._watched: OrderedDict[str, _Watch] = OrderedDict()
        self._ill: dict[str, None] = {}
        """Keys of the watched workloads of which anything failed."""
        self._failing: dict[str, str] = {}
        """Workloads of the pods that failed: a pod that is gone has no owner any more."""

    # --- what is told ------------------------------------------------------------------------------------------------

    def over(self, now: float) -> tuple[SeenHarm, ...]:
        """Every harm that is known to be its own."""
        return tuple(harm for key in list(self._ill) if (harm := self._harm(key, now)) is not None) if self._ill else ()

    def places(self, about: Ref, record: AnyRecord | None) -> Ref:
        """The workload whose pods a write of ``about`` concerns: what an autoscaler scales, what a pod belongs to."""
        if isinstance(record, (Hpa, Autoscaler)):
            return record.target if record.target.namespace else _in_namespace(record.target, record.namespace)
        return (self._pods.owner(record) or about) if isinstance(record, Pod) else about

    # --- what is taken in --------------------------------------------------------------------------------------------

    def look_at(self, store: Store) -> None:
        """Read the cluster from ``store`` from now on."""
        self._store = store

    def wrote(self, change: Change, before: AnyRecord, now: float) -> None:
        """Take a write in, whoever made it: others' may have brought what fails, or put it right."""
        kind = change.about.kind
        if kind in _NO_PODS:
            return
        about = change.about if kind in _OWN_PODS else self.places(change.about, before)
        key = object_key(about)
        watch = self._watched.get(key)
        if watch is None or watch.written + HOUR < now:
            if change.by_optimizer is False:
                return
            self._forget(key)
            watch = self._watched[key] = self._begin(about, before, change, now)
            if len(self._watched) > WATCHED:
                self._forget(next(iter(self._watched)))
        # The same write comes again when it is attributed anew; one that is newer than all is not among them.
        if change.at > watch.newest or change.key not in watch.writes:
            watch.writes.append(change.key)
            watch.newest = change.at
        if change.by_optimizer is not False:
            watch.written = change.at
            self._watched.move_to_end(key)
        if watch.failed or watch.short is not None:
            self._put_right(watch, change, now)

    def look(self, delta: Delta, now: float) -> None:
        """Look at the watched workloads, and at their pods, that have changed."""
        if not self._watched:
            return
        for key in delta.gone.get(Kind.POD, ()):
            self._no_longer(key)
        pods = self._store.pods
        for key in delta.changed.get(Kind.POD, ()):
            pod = pods.get(key)
            if pod is None or (pod.is_ready and not pod.restarts and key not in self._failing):
                continue
            watch = self._watched.get(self._pods.workload_of(key))
            if watch is not None and watch.written + HOUR >= now:
                self._note(watch, key, pod, now)
        workloads, watched = self._store.workloads, self._watched
        for key in delta.changed.get(Kind.WORKLOAD, ()):
            watch, record = watched.get(key), workloads.get(key)
            if watch is not None and record is not None:
                self._count(key, watch, record, now)

    def _begin(self, about: Ref, before: AnyRecord, change: Change, now: float) -> _Watch:
        """What is so at its first write was so before; of OOM kills the kubelet says when they were."""
        recent = [each.key for each in self._changes.history(about, change.at - HOUR) if each.key != change.key]
        was = before if isinstance(before, Workload) else self._store.workloads.get(object_key(about))
        available = was.available if isinstance(was, Workload) else None
        watch = _Watch(about, change.at, available, deque(reversed(recent), maxlen=_WRITES))
        for key in self._pods.of(about):
            pod = self._store.pods.get(key)
            came = _came(pod)
            for failure, at in failures_of(pod, now) if pod is not None else ():
                killed = failure is PodFailure.OOM
                failed = _Failed(min(at, change.at) if killed else _NEVER, at if killed else now, came)
                if now - failed.last <= HOUR:
                    self._fail(watch, key, failure, failed, now)
        return watch

    def _note(self, watch: _Watch, key: str, pod: Pod | None, now: float) -> None:
        failures = [*failures_of(pod, now)] if pod is not None else []
        told = {failure for failure, _ in failures}
        for failure in PodFailure:
            known = watch.failed.get((key, failure))
            if known is not None and failure not in told:
                known.holds, watch.stale = False, True
                known.well = min(known.well, now) if pod is not None and pod.is_ready else math.inf
        for failure, at in failures:
            known = watch.failed.get((key, failure))
            if known is not None and (known.holds or _counts(failure, known, now)):
                known.last, known.holds, known.well = max(known.last, at), True, math.inf
            elif now - at <= _LASTS.get(failure, 0.0):
                self._fail(watch, key, failure, _Failed(at, at, _came(pod)), now)

    def _fail(self, watch: _Watch, key: str, failure: PodFailure, failed: _Failed, now: float) -> None:
        watch.failed.pop((key, failure), None)
        if len(watch.failed) >= _FAILED:
            over = (each for each, known in watch.failed.items() if not _counts(each[1], known, now))
            if (oldest := next(over, None)) is None:
                return
            del watch.failed[oldest]
        watch.failed[key, failure] = failed
        watch.stale = True
        place = object_key(watch.about)
        self._failing[key] = place
        self._ill[place] = None

    def _no_longer(self, key: str) -> None:
        """A pod is gone. What it died of in the last minutes was so all the same."""
        watch = self._watched.get(self._failing.pop(key, ""))
        if watch is not None:
            self._note(watch, key, None, 0.0)

    def _count(self, key: str, watch: _Watch, record: Workload, now: float) -> None:
        """Whether so few replicas are available as no roll-out leaves, and fewer than there were."""
        there, wanted = record.available, record.replicas
        short = there is not None and wanted is not None and there < wanted * (1.0 - SHARE) and there < (watch.had or 0)
        if short is (watch.short is None):
            watch.short, watch.stale = now if short else None, True
            self._ill[key] = None

    def _put_right(self, watch: _Watch, change: Change, now: float) -> None:
        """A write the other way round, of whoever: what failed before it is answered."""
        harm = self._harm(object_key(watch.about), now)
        if harm is not None and harm.cause.key == change.key:  # it is attributed anew
            watch.looked = _NEVER
        if harm is None or harm.cause.at >= change.at or not _answers(change, harm):
            return
        watch.harm, watch.looked = None, _NEVER
        watch.writes.clear()
        watch.writes.append(change.key)
        watch.failed = {each: failed for each, failed in watch.failed.items() if failed.is_after(change)}
        watch.short = None

    def _forget(self, key: str) -> None:
        watch = self._watched.pop(key, None)
        self._ill.pop(key, None)
        for pod, _ in watch.failed if watch is not None else ():
            self._failing.pop(pod, None)

    # --- what it comes to --------------------------------------------------------------------------------------------

    def _harm(self, key: str, now: float) -> SeenHarm | None:
        watch = self._watched[key]
        soon = watch.stale or watch.short is not None or watch.harm is None
        if abs(now - watch.looked) >= (_SOON if soon else MINUTE):
            watch.looked, watch.stale = now, False
            watch.failed = {
                each: known
                for each, known in watch.failed.items()
                if now - known.last <= HOUR or (known.holds and each[1] is not PodFailure.OOM)
            }
            watch.harm = next(self._harms(watch, now), None)
            if not watch.failed and watch.short is None:
                self._ill.pop(key, None)
        return watch.harm

    def _harms(self, watch: _Watch, now: float) -> Iterator[SeenHarm]:
        record = self._store.workloads.get(object_key(watch.about))
        wanted = record.replicas if record is not None else None
        for failure in PodFailure:
            failed = [each for (_, sort), each in watch.failed.items() if sort is failure]
            if failure is PodFailure.SHORT and watch.short is not None and record is not None:
                missing = max(0, (record.replicas or 0) - (record.available or 0))
                failed = [_Failed(watch.short, now, _NEVER)] * missing
            counts = [each for each in failed if _counts(failure, each, now)]
            found = self._cause(watch, failure, failed, counts) if counts else None
            if found is None:
                continue
            cause, ways = found
            after = [each for each in counts if each.is_of(cause, ways)]
            first = max(min(each.first for each in after), cause.at)
            last = now if failure in _LASTING else max(each.last for each in after)
            direct = failure is PodFailure.OOM and self._is_of_memory(watch, cause)
            if len(after) >= (1 if direct else max(1, math.ceil((wanted or 0) * SHARE))):
                yield SeenHarm(watch.about, failure, len(after), wanted, first, last, cause, ways)

    def _cause(
        self, watch: _Watch, failure: PodFailure, failed: Sequence[_Failed], counts: Sequence[_Failed]
    ) -> tuple[Change, frozenset[WriteWay]] | None:
        """The first write of its that may have brought what counts, and its ways; ``None``: none is known to have."""
        held = watch.harm
        if held is not None and held.failure is failure and self._is_its(held.cause):
            return (held.cause, held.ways) if any(each.is_of(held.cause, held.ways) for each in counts) else None
        writes = [change for key in watch.writes if (change := self._changes.get(key)) is not None]
        for number, write in enumerate(writes):
            ways = ways_of(write.fields) & _BRINGS[failure]
            before = [field for each in writes[:number] if each.by_optimizer is True for field in each.fields]
            if failure in _LASTS and left_of("replicas", write.fields, before) > _HALF:
                ways -= {_OF_REPLICAS}
            after = [each for each in counts if each.is_of(write, ways)] if ways and write.by_optimizer is True else []
            if not after or _was_ill(failure, failed, write, len(after)):
                continue
            began = max(min(each.first for each in after), write.at)
            soon = HOUR if failure is PodFailure.OOM and left_of("memory", write.fields, before) < _MUCH else ROLL_OUT
            if began - write.at <= soon and not _may_be_others(writes, write, began, failure, ways):
                later = (each for each in writes[number:] if each.by_optimizer is True and each.at < began)
                return write, ways.union(*(ways_of(each.fields) & _BRINGS[failure] for each in later))
        return None

    def _is_of_memory(self, watch: _Watch, cause: Change) -> bool:
        """Whether it took so much memory that one kill comes of it: a leak kills a pod now and then."""
        writes = (self._changes.get(key) for key in watch.writes)
        its = [each for each in writes if each is not None and each.by_optimizer is True]
        before = [field for each in its if each.at < cause.at for field in each.fields]
        later = [each for each in its if each.at >= cause.at] or [cause]
        return min(left_of("memory", each.fields, [*before, *cause.fields]) for each in later) < _MUCH

    def _is_its(self, cause: Change) -> bool:
        """Whether the write is known to be the optimizer's, as far as is known by now."""
        known = self._changes.get(cause.key)
        return known is None or known.by_optimizer is True


def _was_ill(failure: PodFailure, failed: Iterable[_Failed], write: Change, after: int) -> bool:
    """Whether it failed so already when it was written: then each later roll-out fails too, whatever is written.

    A leak kills a pod now and then; a cut after which twice as many are killed is another thing.
    """
    lasts = _LASTS.get(failure, 0.0)
    before = sum(not each.is_after(write) and each.last >= write.at - lasts for each in failed)
    return after <= before * 2 if failure is PodFailure.OOM else before > 0


def _rivals(failure: PodFailure, ways: frozenset[WriteWay]) -> frozenset[WriteWay]:
    """What of others may have brought the same: after a cut of memory no autoscaler's step down is the likelier one."""
    kills = failure is PodFailure.OOM and _OF_MEMORY in ways
    whole = frozenset({_OF_MEMORY, WriteWay("image", 0)}) if kills else _BRINGS[failure]
    return frozenset(each for each in whole if each.what != "replicas" or all(own.what == "replicas" for own in ways))


def _may_be_others(
    writes: Iterable[Change], write: Change, began: float, failure: PodFailure, ways: frozenset[WriteWay]
) -> bool:
    """Whether a roll-out of another, or of who can't be told, was under way when it began to fail.

    Where it took replicas and no more, the pods that fail are those of the template before: of the hour's last one.
    """
    rivals = _rivals(failure, ways)
    templates = frozenset(each for each in rivals if each.what != "replicas")
    slow = HOUR if all(each.what == "replicas" for each in ways) else ROLL_OUT
    for each in writes:
        if each.by_optimizer is True or each.at > began:
            continue
        its = ways_of(each.fields)
        if (each.at >= write.at - ROLL_OUT and rivals & its) or (each.at >= write.at - slow and templates & its):
            return True
    return False


def _came(pod: Pod | None) -> float:
    return pod.created if pod is not None and pod.created is not None else _NEVER


def _counts(failure: PodFailure, failed: _Failed, now: float) -> bool:
    """Whether it is so now, or was so a short time ago; of what a roll-out has too only what lasts."""
    if failure in _LASTING and now - failed.first < ROLL_OUT:
        return False
    if failure is PodFailure.CRASH and now - failed.well >= MINUTE:
        return False
    return now - failed.last <= _LASTS.get(failure, 0.0) or (failed.holds and failure is not PodFailure.OOM)


def _answers(change: Change, harm: SeenHarm) -> bool:
    """Whether a write goes back the way that brought harm, or puts a field back as it was before."""
    if goes_back(ways_of(change.fields), harm.ways):
        return True
    was = {field.path: field.before for field in harm.cause.fields}
    return any(was.get(field.path) == field.after for field in change.fields)


def _in_namespace(ref: Ref, namespace: str) -> Ref:
    return Ref(ref.kind, namespace, ref.name)
