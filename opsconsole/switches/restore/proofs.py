"""Whether what was put back is back: the fields read again, the pods that they ask for counted until all are ready."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from opsconsole.clock import Clock
from opsconsole.cluster.transport.errors import ClusterError
from opsconsole.records import JsonObject, Outcome, Proof, Ref, StepState
from opsconsole.switches.engine.patience import Patience
from opsconsole.switches.restore.fields import UnfitError, present, same, value
from opsconsole.switches.restore.plan import Goal
from opsconsole.switches.restore.words import field, in_words

_PAUSED = "its rollout is paused"
_COUNTED = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"})


class Restoration:
    """Watches that the fields stay as they were put, and that the pods come.

    Args:
        goals: what was to be put back, object by object.
        read: returns an object as it is now, ``None`` if there is none; raises a ``ClusterError``.
        clock: where the time comes from.
    """

    def __init__(self, goals: Sequence[Goal], read: Callable[[Ref], JsonObject | None], clock: Clock) -> None:
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
            if waited >= ready or (late and all(proof.holds is not None or _is_paused(proof) for proof in proofs)):
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
            yield pods(goal.about, found)


def pods(about: Ref, found: JsonObject) -> Proof:
    """Whether all pods that a workload wants are there, of its newest template, and ready."""
    claim = f"{about}: its pods are ready"
    status = found.get("status")
    status = status if isinstance(status, dict) else {}
    if about.kind == "Deployment" and present(found, ["spec", "paused"]) is True:
        return Proof(claim, None, f"{_PAUSED}: no pod gets the new values until somebody resumes it")
    seen, generation = status.get("observedGeneration"), present(found, ["metadata", "generation"])
    if not isinstance(seen, int) or not isinstance(generation, int) or seen < generation:
        return Proof(claim, None, "its controller has not seen the new values yet")
    wanted, updated, ready = _numbers(about.kind, found, status)
    if wanted is None:
        return Proof(claim, None, "unknown: it does not say how many it wants")
    words = f"{min(ready, updated)} of {wanted}"
    if ready != updated:
        words = f"{ready} ready, {updated} with the new values, of {wanted}"
    whole = ready >= wanted and updated >= wanted
    return Proof(claim, True if whole else None, words)


def _is_paused(proof: Proof) -> bool:
    """Whether nothing is to be waited for: a paused rollout goes on by a person's word alone."""
    return proof.holds is None and proof.detail.startswith(_PAUSED)


def _numbers(kind: str, found: JsonObject, status: JsonObject) -> tuple[int | None, int, int]:
    """Wanted, updated and ready pods. Kubernetes leaves a zero out of a status."""
    if kind == "DaemonSet":
        wanted = status.get("desiredNumberScheduled")
        return wanted, int(status.get("updatedNumberScheduled") or 0), int(status.get("numberReady") or 0)
    replicas = present(found, ["spec", "replicas"])
    wanted = 1 if replicas is None else replicas
    ready = int(status.get("readyReplicas") or 0)
    # A StatefulSet that is up to date leaves its updated ones out, a ReplicaSet has no newer template.
    current = kind == "ReplicaSet" or (
        kind == "StatefulSet" and status.get("updateRevision") == status.get("currentRevision")
    )
    updated = int(status.get("replicas") or 0) if current else int(status.get("updatedReplicas") or 0)
    return wanted, updated, ready


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
