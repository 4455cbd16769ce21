"""Whether what was put back is back: the fields read again, the pods that they ask for counted until all are ready."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from opsconsole.clock import Clock
from opsconsole.cluster.transport.errors import ClusterError
from opsconsole.records import JsonObject, Outcome, Proof, Ref, StepState
from opsconsole.switches.engine.proving.patience import Patience
from opsconsole.switches.restore.fields import UnfitError, present, same, value
from opsconsole.switches.restore.live.rolling import held
from opsconsole.switches.restore.plan import Goal
from opsconsole.switches.restore.words import field, in_words
from opsconsole.text import clean_line

_WAITS = "not by itself: "
"""How the detail begins where only a person's deed gives the pods the new values."""
REFUSES = "the API server refuses its pods"
_ASKED_AGAIN = 10.0
"""Seconds after which the reason for missing pods is asked for again: each workload is looked at every second."""

_COUNTED = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"})


class Restoration:
    """Watches that the fields stay as they were put, and that the pods come.

    Args:
        goals: what was to be put back, object by object.
        read: returns an object as it is now, ``None`` if there is none; raises a ``ClusterError``.
        clock: where the time comes from.
        refused: tells why a controller can't make the pods of an object with this UID; empty where that is not said.
    """

    def __init__(
        self,
        goals: Sequence[Goal],
        read: Callable[[Ref], JsonObject | None],
        clock: Clock,
        refused: Callable[[Ref], str] = lambda _: "",
    ) -> None:
        self._refused = refused
        self._refusals: dict[Ref, tuple[float, str]] = {}
        self._goals = goals
        self._read = read
        self._clock = clock

    def proofs(self, outcome: Outcome, patience: float, ready: float) -> Iterator[tuple[Proof, ...]]:
        """The proofs as they stand at each look.

        Args:
            outcome: what became of the steps: what failed and reads wrong is not waited for.
            patience: seconds that a field may take to read as it should.
            ready: seconds that the pods may take.
        """
        failed = {step.step for step in outcome.steps if step.state is StepState.FAILED}
        since, patient = self._clock.monotonic(), Patience(self._clock, patience)
        while True:
            late = patient.is_over()
            waited = self._clock.monotonic() - since
            proofs = [p for goal in self._goals for p in self._look(goal, failed=_is_in(goal, failed), late=late)]
            yield tuple(proofs)
            if waited >= ready or (late and all(proof.holds is not None or _waits(proof) for proof in proofs)):
                return

    def _look(self, goal: Goal, *, failed: bool, late: bool) -> Iterator[Proof]:
        claim = f"{goal.about} has its good values"
        try:
            found = self._read(goal.about)
        except ClusterError as error:
            yield Proof(claim, None, f"unknown: {error}")
            return
        if found is None or (goal.about.uid and present(found, ["metadata", "uid"]) != goal.about.uid):
            yield Proof(claim, holds=False, detail="it is gone" if found is None else "another object has its name")
            return
        wrong = list(_wrong(goal, found))
        yield Proof(claim, (False if late or failed else None) if wrong else True, "; ".join(wrong[:3]))
        if goal.about.kind in _COUNTED and not (wrong and (late or failed)):
            yield self._explained(pods(goal.about, found), goal.about, found)

    def _explained(self, proof: Proof, about: Ref, found: JsonObject) -> Proof:
        """The proof with the reason why pods are missing, where the workload's own status has none."""
        if proof.holds or _waits(proof) or REFUSES in proof.detail:
            return proof
        uid = clean_line(str(present(found, ["metadata", "uid"]) or ""))
        words = self._refusal_of(Ref(about.kind, about.namespace, about.name, uid))
        return Proof(proof.claim, proof.holds, f"{proof.detail}; {words}") if words else proof

    def _refusal_of(self, about: Ref) -> str:
        now = self._clock.monotonic()
        before = self._refusals.get(about)
        if before is None or now - before[0] >= _ASKED_AGAIN:
            before = self._refusals[about] = (now, self._refused(about))
        return before[1]


def pods(about: Ref, found: JsonObject) -> Proof:
    """Whether all pods that a workload wants are there, of its newest template, and ready."""
    claim = f"{about}: its pods are ready"
    status = found.get("status")
    status = status if isinstance(status, dict) else {}
    waits = held(about, found)
    if waits and about.kind == "Deployment":
        return Proof(claim, None, f"{_WAITS}{waits}")
    seen, generation = status.get("observedGeneration"), present(found, ["metadata", "generation"])
    if not isinstance(seen, int) or not isinstance(generation, int) or seen < generation:
        return Proof(claim, None, "its controller has not seen the new values yet")
    wanted, updated, ready, old = _numbers(about.kind, found, status)
    if wanted is None:
        return Proof(claim, None, "unknown: it does not say how many it wants")
    words = f"{min(ready, updated)} of {wanted}"
    if ready != updated:
        words = f"{ready} ready, {updated} with the new values, of {wanted}"
    if old > 0:  # which of them are the ready ones a status does not tell
        words += f"; {old} with the old values {'is' if old == 1 else 'are'} there yet"
    words += _refusal(status)
    if ready >= wanted and updated >= wanted and old <= 0:
        return Proof(claim, holds=True, detail=words)
    return Proof(claim, None, f"{_WAITS}{words}; {waits}" if waits else words)


def _refusal(status: JsonObject) -> str:
    """The server's reason why pods are not made (a quota, a limit, a webhook), as its controller noted it."""
    conditions = status.get("conditions")
    for each in conditions if isinstance(conditions, list) else ():
        if isinstance(each, dict) and (each.get("type"), each.get("status")) == ("ReplicaFailure", "True"):
            return f"; {REFUSES}: {clean_line(str(each.get('message') or each.get('reason')))}"
    return ""


def _waits(proof: Proof) -> bool:
    """Whether nothing is to be waited for: it goes on by a person's deed alone."""
    return proof.holds is None and proof.detail.startswith(_WAITS)


def _numbers(kind: str, found: JsonObject, status: JsonObject) -> tuple[int | None, int, int, int]:
    """Wanted, updated, ready and old pods. Kubernetes leaves a zero out of a status.

    Old ones are counted where a status counts them among the ready: a Deployment's, which may surge. A DaemonSet counts
    the oldest pod of each node, and a StatefulSet has no two of one number.
    """
    if kind == "DaemonSet":
        wanted = status.get("desiredNumberScheduled")
        return wanted, int(status.get("updatedNumberScheduled") or 0), int(status.get("numberReady") or 0), 0
    replicas = present(found, ["spec", "replicas"])
    wanted = 1 if replicas is None else replicas
    ready = int(status.get("readyReplicas") or 0)
    # A ReplicaSet has no newer template. Of a StatefulSet that went to a template and back one revision is both, the
    # current and the updated one, while there are pods of the other: its replicas tell nothing.
    updated = int(status.get("replicas" if kind == "ReplicaSet" else "updatedReplicas") or 0)
    if kind == "StatefulSet" and status.get("updateRevision") == status.get("currentRevision"):
        updated = max(updated, int(status.get("currentReplicas") or 0))
    old = int(status.get("replicas") or 0) - updated if kind == "Deployment" else 0
    return wanted, updated, ready, old


def _wrong(goal: Goal, found: JsonObject) -> Iterator[str]:
    for put in goal.puts:
        try:
            now = value(goal.about.kind, put.path, found)
        except UnfitError as error:
            yield f"{field(put.path)}: {error}"
            continue
        if not same(put.path, now, put.want):
            yield f"{field(put.path)} is {in_words(now)}, not {in_words(put.want)}"


def _is_in(goal: Goal, failed: set[str]) -> bool:
    return any(key.endswith(f"/{goal.about.kind}/{goal.about.key}") for key in failed)
