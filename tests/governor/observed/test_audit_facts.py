"""The audit log beside the governor: whose a write is is a fact, whatever its manager is called."""

from __future__ import annotations

import msgspec
import pytest

from opsconsole.governor.measures import HOUR, BlastMeasure, Trajectory
from opsconsole.optimizer import Optimizers
from opsconsole.records import AuditedWrite, FieldManager, Hpa, Kind, Ref, Taint
from opsconsole.settings import OptimizerSettings
from tests.governor.scene import Scene, deployment, node

AURA = "system:serviceaccount:ops:aura"
NAMED = OptimizerSettings(name="ops/aura", service_account="ops/aura", managers=("aura",))
_WEB = Ref("Deployment", "production", "auth-service")


def audited(scene: Scene, user: str, manager: str = "kubectl-edit", **more: object) -> None:
    given: dict[str, object] = {"verb": "patch", "about": _WEB, "code": 200, "manager": manager}
    number = len(scene.store.table(Kind.AUDIT))
    scene.inbox.put(Kind.AUDIT, [AuditedWrite(f"id-{number}", scene.clock.at, user, **(given | more))])  # type: ignore[arg-type]
    scene.pump()


def cut(scene: Scene, manager: str) -> None:
    scene.put(deployment(memory="64Mi", by=(manager, scene.clock.at)))


@pytest.mark.parametrize("audit_first", [True, False])
def test_a_cut_under_a_forged_name_is_the_optimizers(audit_first: bool) -> None:
    scene = Scene(optimizer=NAMED).put(deployment(memory="1Gi"))
    scene.wait(10)
    if audit_first:
        audited(scene, AURA)
    cut(scene, "kubectl-edit")
    if not audit_first:
        assert scene.governor.changes[0].by_optimizer is False
        audited(scene, AURA)
    assert scene.governor.changes[0].by_optimizer is True
    assert "limit-cut" in scene.rules()
    assert scene.governor.damage()


def test_a_person_who_writes_under_the_optimizers_name_is_not_the_optimizer() -> None:
    scene = Scene(optimizer=NAMED).put(deployment(memory="1Gi"))
    scene.wait(10)
    cut(scene, "aura")
    assert scene.governor.changes[0].by_optimizer is True
    audited(scene, "dana", "aura")
    assert scene.governor.changes[0].by_optimizer is False


def reached(scene: Scene, sort: BlastMeasure) -> int:
    return scene.governor._context.blast.reach(sort, HOUR, scene.clock.at).count


def trajectories(scene: Scene) -> list[Trajectory]:
    context = scene.governor._context
    path = scene.governor.changes[0].fields[0].path
    trend = context.trajectories.trend("Deployment/production/auth-service", path, scene.clock.at)
    return list(trend.trajectories()) if trend is not None else []


def test_what_proves_to_be_a_persons_is_taken_back_everywhere() -> None:
    scene = Scene(optimizer=NAMED).put(node(), deployment(memory="1Gi"))
    for memory in ("512Mi", "256Mi"):
        scene.wait(10)
        scene.put(deployment(memory=memory, by=("aura", scene.clock.at)))
        audited(scene, "dana", "aura")
    assert scene.governor.budget.memory == scene.governor.budget.unsure_memory == 0
    assert not scene.governor.damage()
    assert not trajectories(scene)
    assert reached(scene, BlastMeasure.SERVICES) == 0


def test_what_is_the_optimizers_beside_it_stays() -> None:
    scene = Scene(optimizer=NAMED).put(node(), deployment(memory="1Gi"))
    for memory, user in (("512Mi", AURA), ("256Mi", AURA), ("128Mi", "dana")):
        scene.wait(10)
        scene.put(deployment(memory=memory, by=("aura", scene.clock.at)))
        audited(scene, user, "aura")
    assert scene.governor.budget.memory == 3 * (1024 - 256) * 1024**2
    assert [(row.writes, row.certain, row.its_manager) for row in scene.governor.damage()] == [(2, True, "aura")]
    assert {each.after for each in trajectories(scene)} == {"256Mi"}
    assert reached(scene, BlastMeasure.SERVICES) == 1


def test_a_persons_write_takes_nothing_from_what_it_did_to_the_services_autoscaler() -> None:
    hpa = Hpa("production", "auth-service", _WEB, maximum=9)
    scene = Scene(optimizer=NAMED).put(node(), deployment(memory="1Gi"), hpa)
    scene.wait(10)
    scene.put(msgspec.structs.replace(hpa, maximum=12, managers=(FieldManager("aura", "Update", "", scene.clock.at),)))
    scene.wait(10)
    cut(scene, "aura")
    assert reached(scene, BlastMeasure.SERVICES) == 1
    audited(scene, "dana", "aura")
    assert reached(scene, BlastMeasure.SERVICES) == 1


def test_a_persons_taint_is_no_longer_the_optimizers() -> None:
    scene = Scene(optimizer=NAMED).put(node())
    scene.wait(10)
    tainted = node(taints=(Taint("drain", "", "NoSchedule"),))
    scene.put(msgspec.structs.replace(tainted, managers=(FieldManager("aura", "Update", "", scene.clock.at),)))
    assert (reached(scene, BlastMeasure.NODES), len(scene.governor._context.taints_changed())) == (1, 1)
    audited(scene, "dana", "aura", about=Ref("Node", "", "node-1"))
    assert (reached(scene, BlastMeasure.NODES), len(scene.governor._context.taints_changed())) == (0, 0)
    assert not scene.governor.damage()


def test_a_fact_outlives_another_naming() -> None:
    scene = Scene(optimizer=NAMED).put(deployment(memory="1Gi"))
    scene.wait(10)
    cut(scene, "kubectl-edit")
    audited(scene, AURA)
    scene.governor.rename(Optimizers.of(NAMED))
    scene.pump()
    assert scene.governor.changes[0].by_optimizer is True
    assert [row.certain for row in scene.governor.damage()] == [True]


def test_a_generic_client_is_told_apart_by_its_user() -> None:
    scene = Scene(optimizer=NAMED).put(deployment(memory="1Gi"))
    scene.wait(10)
    cut(scene, "OpenAPI-Generator")
    assert scene.governor.changes[0].by_optimizer is None
    audited(scene, AURA, "OpenAPI-Generator")
    assert scene.governor.changes[0].by_optimizer is True


def test_two_users_at_the_same_time_leave_it_unknown() -> None:
    scene = Scene(optimizer=NAMED).put(deployment(memory="1Gi"))
    scene.wait(10)
    audited(scene, AURA, "OpenAPI-Generator")
    audited(scene, "dana", "OpenAPI-Generator")
    cut(scene, "OpenAPI-Generator")
    assert scene.governor.changes[0].by_optimizer is None


def test_of_two_users_the_one_with_the_same_manager_decides() -> None:
    scene = Scene(optimizer=NAMED).put(deployment(memory="1Gi"))
    scene.wait(10)
    audited(scene, AURA, "OpenAPI-Generator")
    audited(scene, "dana", "kubectl-edit")
    cut(scene, "OpenAPI-Generator")
    assert scene.governor.changes[0].by_optimizer is True


def test_an_annotation_by_another_seconds_later_clears_nobody() -> None:
    scene = Scene(optimizer=NAMED).put(deployment(memory="1Gi"))
    scene.wait(10)
    cut(scene, "aura")
    scene.wait(3)
    audited(scene, "dana", "kubectl-annotate")
    assert scene.governor.changes[0].by_optimizer is True


@pytest.mark.parametrize("manager", ["kube-controller-manager", "aura"])
def test_a_write_of_the_status_clears_nobody(manager: str) -> None:
    scene = Scene(optimizer=NAMED).put(deployment(memory="1Gi"))
    scene.wait(10)
    cut(scene, "aura")
    controller = "system:serviceaccount:kube-system:deployment-controller"
    audited(scene, controller, manager, verb="update", subresource="status")
    assert scene.governor.changes[0].by_optimizer is True


def test_the_optimizers_own_entry_decides_however_late_it_comes() -> None:
    scene = Scene(optimizer=NAMED).put(deployment(memory="1Gi"))
    scene.wait(10)
    cut(scene, "OpenAPI-Generator")
    at = scene.clock.at
    audited(scene, "dana", "kubectl-annotate")
    assert scene.governor.changes[0].by_optimizer is None
    scene.wait(60)
    scene.inbox.put(Kind.AUDIT, [AuditedWrite("late", at, AURA, "patch", _WEB, code=200, manager="OpenAPI-Generator")])
    scene.pump()
    assert scene.governor.changes[0].by_optimizer is True


def test_two_who_may_have_deleted_it_take_back_that_the_first_was_cleared() -> None:
    scene = Scene(optimizer=NAMED).put(deployment())
    scene.wait(10).drop(deployment())
    audited(scene, "dana", "", verb="delete")
    assert scene.governor.changes[0].by_optimizer is False
    audited(scene, AURA, "", verb="delete")
    assert scene.governor.changes[0].by_optimizer is None


@pytest.mark.parametrize("more", [{"code": 403}, {"code": 409}, {"dry": True}])
def test_a_write_that_was_refused_or_tried_proves_nothing(more: dict[str, object]) -> None:
    scene = Scene(optimizer=NAMED).put(deployment(memory="1Gi"))
    scene.wait(10)
    audited(scene, AURA, "OpenAPI-Generator", **more)
    cut(scene, "OpenAPI-Generator")
    assert scene.governor.changes[0].by_optimizer is None


def test_an_old_write_proves_nothing_of_a_new_one() -> None:
    scene = Scene(optimizer=NAMED).put(deployment(memory="1Gi"))
    audited(scene, AURA, "OpenAPI-Generator")
    scene.wait(60)
    cut(scene, "OpenAPI-Generator")
    assert scene.governor.changes[0].by_optimizer is None


def test_who_deleted_a_workload_is_told_by_the_audit_log_alone() -> None:
    scene = Scene(optimizer=NAMED).put(deployment())
    scene.wait(10).drop(deployment())
    assert scene.governor.changes[0].by_optimizer is None
    audited(scene, AURA, "", verb="delete")
    assert scene.governor.changes[0].by_optimizer is True


def test_where_the_optimizers_users_are_not_known_nobody_is_cleared() -> None:
    scene = Scene(optimizer=OptimizerSettings(managers=("aura",))).put(deployment(memory="1Gi"))
    scene.wait(10)
    cut(scene, "OpenAPI-Generator")
    audited(scene, "somebody", "OpenAPI-Generator")
    assert scene.governor.changes[0].by_optimizer is None
