"""The proofs of a restore, and its way back."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from opsconsole.cluster.transport.errors import TimedOut
from opsconsole.governor.account.damage import DamageState
from opsconsole.records import Outcome, Proof, Ref, StepOutcome, StepState
from opsconsole.switches.restore import plan as restore
from opsconsole.switches.restore.effects import PutFields, Puts, puts_of
from opsconsole.switches.restore.fields import Put
from opsconsole.switches.restore.plan import Goal, RestoreFacts
from opsconsole.switches.restore.proofs import Restoration, pods
from opsconsole.switches.undo import fields as undo_fields
from tests.support.clock import ManualClock
from tests.switches.fakeapi import FakeApi
from tests.switches.restore.damaged import MEMORY, WEB, Object, deployment, plan, row


def status(**given: Any) -> Object:
    return {**deployment(replicas=3), "status": given}


@pytest.mark.parametrize(
    ("found", "holds", "words"),
    [
        (status(observedGeneration=2, readyReplicas=3, updatedReplicas=3), None, "not seen the new values"),
        (status(), None, "not seen the new values"),
        (status(observedGeneration=3, readyReplicas=1, updatedReplicas=1), None, "1 of 3"),
        (
            status(observedGeneration=3, readyReplicas=3, updatedReplicas=1),
            None,
            "3 ready, 1 with the new values, of 3",
        ),
        (
            status(observedGeneration=3, replicas=6, readyReplicas=3, updatedReplicas=3),
            None,
            "3 of 3; 3 with the old values are there yet",
        ),
        (status(observedGeneration=3, replicas=3, readyReplicas=3, updatedReplicas=3), True, "3 of 3"),
    ],
)
def test_pods_are_counted_and_what_is_not_known_is_unknown(found: Object, holds: bool | None, words: str) -> None:
    proof = pods(WEB, found)
    assert proof.holds is holds
    assert words in proof.detail


def test_a_field_that_does_not_stay_is_final_when_patience_is_over() -> None:
    clock, found = ManualClock(), deployment(replicas=3)
    goal = Goal(WEB, (Put(MEMORY, "64Mi", "512Mi"),))
    looks = Restoration([goal], lambda _: found, clock).proofs(Outcome("restore", 0.0), 5.0, 60.0)
    for _ in range(6):  # a look takes a second: six of them are the patience
        assert [proof.holds for proof in next(looks)] == [None, None]
        clock.at += 1
    (last,) = next(looks)
    assert last.holds is False
    assert last.detail == "memory limit of main is 64Mi, not 512Mi"
    assert next(looks, None) is None


def test_pods_that_are_not_ready_in_time_are_unknown_and_not_failed() -> None:
    clock, found = ManualClock(), status(observedGeneration=3, readyReplicas=1, updatedReplicas=3)
    goal = Goal(WEB, (Put(MEMORY, "32Mi", "64Mi"),))
    looks = Restoration([goal], lambda _: found, clock).proofs(Outcome("restore", 0.0), 5.0, 60.0)
    assert [proof.holds for proof in next(looks)] == [True, None]
    clock.at += 59
    assert [proof.holds for proof in next(looks)] == [True, None]
    clock.at += 1
    last = next(looks)
    assert [(proof.holds, proof.detail) for proof in last][1] == (None, "1 ready, 3 with the new values, of 3")
    assert next(looks, None) is None


def test_why_pods_are_missing_is_not_asked_for_at_each_look() -> None:
    """Fifty workloads whose pods are starting would be fifty lists of events a second."""
    clock, found, asked = ManualClock(), status(observedGeneration=3, readyReplicas=1, updatedReplicas=3), []

    def refused(about: Ref) -> str:
        asked.append(clock.at)
        return f"{len(asked)} for {about.name}"

    looks = Restoration([Goal(WEB, ())], lambda _: found, clock, refused).proofs(Outcome("restore", 0.0), 5.0, 60.0)
    began, said = clock.at, []
    for _ in range(21):
        said.append(next(looks)[1].detail.rpartition("; ")[2])
        clock.at += 1
    assert [at - began for at in asked] == [0, 10, 20]
    assert said[9:11] == [f"1 for {WEB.name}", f"2 for {WEB.name}"]


def test_what_can_not_be_read_is_unknown_and_what_is_gone_is_said() -> None:
    def lost(_: Ref) -> Object:
        raise TimedOut("no answer")

    goal, outcome = Goal(WEB, (Put(MEMORY, "64Mi", "512Mi"),)), Outcome("restore", 0.0)
    (unknown,) = next(Restoration([goal], lost, ManualClock()).proofs(outcome, 5.0, 60.0))
    assert (unknown.holds, unknown.detail) == (None, "unknown: no answer")
    (gone,) = next(Restoration([goal], lambda _: None, ManualClock()).proofs(outcome, 5.0, 60.0))
    assert (gone.holds, gone.detail) == (False, "it is gone")
    anew = deployment(metadata={"uid": "u-9"})
    (other,) = next(Restoration([goal], lambda _: anew, ManualClock()).proofs(outcome, 5.0, 60.0))
    assert other.detail == "another object has its name"


def test_undo_leaves_what_somebody_has_set_since() -> None:
    done = restore.put_step(WEB, [Put(MEMORY, "64Mi", "512Mi"), Put("replicas", 0, 3)])
    before = msgspec.json.encode(Puts(puts_of(done)))
    now = {MEMORY: "800Mi", "replicas": 3}
    step = undo_fields.step(done, before, now, "run/key")
    assert step is not None
    assert step.title == "Undo web: replicas 3 → 0"
    (words,) = undo_fields.changed_since(done, before, now)
    assert "memory limit of main is 800Mi by now" in words
    assert undo_fields.is_back(undo_fields.trimmed(before, now), {MEMORY: "800Mi", "replicas": 0})
    assert undo_fields.is_part(done, undo_fields.trimmed(before, now)), "the claim is not about what is left"
    assert not undo_fields.is_part(done, before)
    assert undo_fields.step(done, before, {MEMORY: "1Gi"}, "run/key") is None


def test_an_old_answer_of_the_server_is_no_reason_to_write_over_a_person() -> None:
    """The plan says 64Mi; by the time of the patch a person has written 800Mi."""
    api = FakeApi()
    found = deployment()
    made = api.add("Deployment", "production", "web", spec=found["spec"])
    ref = Ref("Deployment", "production", "web", made["metadata"]["uid"])
    step = restore.put_step(ref, [Put(MEMORY, "64Mi", "512Mi")])
    made["spec"]["template"]["spec"]["containers"][1]["resources"]["limits"]["memory"] = "800Mi"
    seen = PutFields(_writer(api)).read(step)
    assert isinstance(seen, StepOutcome)
    assert seen.state is StepState.SKIPPED
    assert "was changed to 800Mi meanwhile" in seen.detail
    assert api.writes == []


def _writer(api: FakeApi) -> Any:
    import random

    from opsconsole.cluster.writes import Writer
    from opsconsole.permit import Mint

    return Writer(api, Mint(), lambda _: None, random.Random(1))


def test_nothing_known_and_nothing_left_are_two_things() -> None:
    assert restore.plan(RestoreFacts(), 1.0).blocked.startswith("nothing known to restore")
    fine = plan(row(standing=DamageState.RESTORED, now="512Mi"))
    assert fine.blocked == "nothing to restore: 1 field already as before"
    assert restore.plan(RestoreFacts(problem="why"), 1.0).blocked == "why"
    assert Proof("x").holds is None


DB = Ref("StatefulSet", "production", "db")


@pytest.mark.parametrize(
    ("counted", "holds"),
    [
        ({"replicas": 3, "updatedReplicas": 3, "currentReplicas": 3}, True),
        ({"replicas": 3, "currentReplicas": 3}, True),
        ({"replicas": 3, "updatedReplicas": 1, "currentReplicas": 1}, None),
        ({"replicas": 3}, None),
    ],
)
def test_a_statefulset_that_went_to_a_template_and_back_counts_its_pods_of_the_other_as_old(
    counted: Object, holds: bool | None
) -> None:
    there = {"observedGeneration": 3, "readyReplicas": 3, "currentRevision": "db-a", "updateRevision": "db-a"}
    assert pods(DB, status(**there, **counted)).holds is holds
