"""An optimizer that writes under the name of the control plane, or ours: its writes must not vanish by that."""

from __future__ import annotations

import msgspec
import pytest

from opsconsole.governor.observed.borrowed import CONTROL_PLANE
from opsconsole.records import AnyRecord, FieldManager, Severity, Taint, Workload
from tests.governor.scene import START, Scene, deployment, node, patch

OURS = "opsconsole"
IT = "aura-optimizer"


def written(by: str, before: AnyRecord, *after: AnyRecord) -> Scene:
    scene = Scene().put(before)
    for record in after:
        scene.wait(20).put(record)
    assert [change.manager for change in scene.governor.changes] == [by] * len(after)
    return scene


def scaled(count: int, by: str, subresource: str = "") -> Workload:
    return deployment(replicas=count, managers=(FieldManager(by, "Update", subresource, START + 20),))


@pytest.mark.parametrize("by", [*sorted(CONTROL_PLANE), OURS])
def test_a_cut_under_a_borrowed_name_is_judged_and_is_damage(by):
    scene = written(by, deployment(memory="1Gi"), deployment(memory="50Mi", by=(by, START + 20)))
    assert scene.governor.changes[0].by_optimizer is None
    assert scene.of("limit-cut")[0].severity is Severity.CRITICAL
    (row,) = scene.governor.damage()
    assert (row.before, row.now, row.certain) == ("1Gi", "50Mi", False)
    assert scene.governor.budget.unsure_memory > 0


@pytest.mark.parametrize("by", [*sorted(CONTROL_PLANE), OURS])
def test_a_scaling_to_zero_under_a_borrowed_name_is_damage(by):
    scene = written(by, deployment(replicas=3), scaled(0, by))
    (row,) = scene.governor.damage()
    assert (row.path, row.before, row.now) == ("replicas", "3", "0")


def test_the_autoscalers_own_scaling_is_not_the_optimizers():
    scene = written("kube-controller-manager", deployment(), scaled(5, "kube-controller-manager", "scale"))
    assert scene.governor.changes[0].by_optimizer is False
    assert not scene.governor.damage()


def test_a_part_of_the_control_plane_does_not_lend_its_name_for_other_fields_than_it_sets():
    cut = scaled(5, "kube-controller-manager", "scale")
    entries = (*cut.managers, FieldManager("kube-controller-manager", "Update", "", START + 21))
    cut = deployment(memory="50Mi", managers=entries)
    assert Scene().put(deployment()).wait(20).put(cut).governor.changes[0].by_optimizer is None


@pytest.mark.parametrize(
    ("after", "expected"),
    [({"taints": (Taint("zone", "ill", "NoSchedule"),)}, False), ({"unschedulable": True}, None)],
)
def test_a_taint_by_the_control_plane_is_its_own_and_a_cordon_is_not(after, expected):
    entries = (FieldManager("kube-controller-manager", "Update", "", START + 20),)
    scene = written("kube-controller-manager", node(), msgspec.structs.replace(node(), managers=entries, **after))
    assert scene.governor.changes[0].by_optimizer is expected


def test_a_restore_from_here_or_elsewhere_is_ours():
    scene = Scene().put(deployment(memory="1Gi")).wait(20)
    scene.put(deployment(memory="50Mi", by=(IT, scene.clock.at))).wait(20)
    scene.put(deployment(memory="1Gi", by=(OURS, scene.clock.at)))
    assert scene.governor.changes[0].by_optimizer is False
    scene.wait(20).put(deployment(memory="50Mi", by=(OURS, scene.clock.at)))  # nor is doing it again a restore
    assert scene.governor.changes[0].by_optimizer is None


def test_what_the_switches_do_to_the_optimizer_itself_is_ours():
    before = deployment("aura-optimizer-v2", namespace="ops-tools", replicas=1)
    after = deployment("aura-optimizer-v2", namespace="ops-tools", replicas=0, by=(OURS, START + 20))
    assert written(OURS, before, after).governor.changes[0].by_optimizer is False


def test_an_announced_write_under_a_borrowed_name_is_the_optimizers():
    scene = Scene().put(deployment(memory="1Gi", cpu="1")).wait(20)
    scene.say(patch("50Mi", "1"))
    scene.wait(1).put(deployment(memory="50Mi", by=("kubelet", scene.clock.at)))
    assert scene.governor.changes[0].by_optimizer is True
    assert "kubelet" not in scene.governor.managers  # what it writes truly stays its own
