"""A console that is opened when the pager has gone off already: what the log's history tells."""

from __future__ import annotations

import msgspec
import pytest

from opsconsole.governor.account.damage import DamageState
from opsconsole.governor.announced.announcements import AnnouncementState
from opsconsole.records import ContainerSpec, Ref, Severity, Taint, Workload
from tests.governor.scene import START, Scene, deployment, limits, node, patch

IT = "aura-optimizer"
MEMORY = "containers[auth-container].resources.limits.memory"
AN_HOUR_AGO = "2023-10-27T02:14:22Z"

MADE_LATE = deployment("aura-optimizer-v2", namespace="ops-tools", created=START - 3_700)
"""The optimizer, made just before its first word: nothing older can be its doing."""


def revision(created: float, memory: str, *, name: str = "auth-service-1", desired: str = "") -> Workload:
    """A ReplicaSet of auth-service."""
    spec = ContainerSpec("auth-container", "auth", resources=limits(memory))
    record = deployment(name, kind="ReplicaSet", replicas=0)
    annotations = (("deployment.kubernetes.io/desired-replicas", desired),) if desired else ()
    owner = Ref("Deployment", "production", "auth-service")
    return msgspec.structs.replace(record, containers=(spec,), owner=owner, created=created, annotations=annotations)


def opened_late(*revisions: Workload, now: str = "64Mi", history: str | None = None) -> Scene:
    scene = Scene().put(deployment(memory=now, cpu="100m"), MADE_LATE, *revisions).live("deployments")
    scene.say(history or patch("64Mi", "100m", at=AN_HOUR_AGO))
    return scene


def damage(scene: Scene) -> dict[str, tuple[str, str, DamageState, bool]]:
    return {row.path: (row.before, row.now, row.standing, row.certain) for row in scene.governor.damage()}


def test_what_the_history_says_and_still_is_so_is_damage():
    scene = opened_late()
    assert damage(scene)[MEMORY] == ("", "64Mi", DamageState.DAMAGED, False)
    deed = scene.governor.deed("decisions#1")
    assert deed is not None
    assert deed.state is AnnouncementState.EARLIER


def test_the_last_known_good_is_in_the_revision_history():
    scene = opened_late(
        revision(START - 90_000, "2Gi", name="auth-service-1"),
        revision(START - 7_200, "1Gi", name="auth-service-2"),
        revision(START - 3_000, "64Mi", name="auth-service-3"),  # after its first word: its own doing
    )
    assert damage(scene)[MEMORY] == ("1Gi", "64Mi", DamageState.DAMAGED, False)


REFUSAL = "[2023-10-27 02:14:{second:02}] ERROR: Failed to patch deployment 'auth-service': {why}"


@pytest.mark.parametrize("log_first", [True, False])
@pytest.mark.parametrize(
    ("why", "is_damage"),
    [("409 Conflict", True), ("connection refused", True), ("403 Forbidden", False)],
)
def test_what_failed_at_first_and_is_so_now_is_damage(why: str, is_damage: bool, log_first: bool) -> None:
    """Whichever is heard first, the log or the cluster; a denial is no deed, whatever the value is."""
    there = (deployment(memory="64Mi", cpu="100m"), MADE_LATE, revision(START - 7_200, "1Gi"))
    words = (patch("64Mi", "100m", at=AN_HOUR_AGO), REFUSAL.format(second=23, why=why))
    scene = Scene()
    if not log_first:
        scene.put(*there).live("deployments")
    for word in words:
        scene.say(word)
    if log_first:
        scene.put(*there).live("deployments")
    assert (MEMORY in damage(scene)) is is_damage


@pytest.mark.parametrize(("second", "refuses"), [(21, False), (22, True), (23, True)])
def test_a_refusal_is_of_what_was_said_before_it(second: int, refuses: bool) -> None:
    """A line with whole seconds may be a second later than it says, and no more."""
    scene = Scene()
    scene.say(patch("64Mi", "100m", at=AN_HOUR_AGO))
    scene.say(REFUSAL.format(second=second, why="403 Forbidden"))
    deed = scene.governor.deed("decisions#1")
    assert deed is not None
    assert (deed.state is AnnouncementState.DENIED) is refuses


def test_what_is_no_longer_so_is_no_damage():
    assert MEMORY not in damage(opened_late(now="1Gi"))


def test_what_always_was_so_is_no_damage():
    assert MEMORY not in damage(opened_late(revision(START - 7_200, "64Mi")))


def test_replicas_of_the_past_are_known_unless_the_revision_is_still_the_newest():
    scale = f'{{"timestamp": "{AN_HOUR_AGO}", "action": "scale_deployment", "target": "auth-service", "replicas": 3}}'
    old = revision(START - 7_200, "1Gi", desired="5")
    new = revision(START - 3_000, "64Mi", name="auth-service-2", desired="3")
    assert damage(opened_late(old, new, history=scale))["replicas"] == ("5", "3", DamageState.DAMAGED, False)
    assert "replicas" not in damage(opened_late(old, history=scale))


def test_what_it_does_again_before_our_eyes_is_not_restored_by_its_own_value():
    """It was 64Mi when the console looked, by the optimizer; a person repairs it, the optimizer cuts again."""
    scene = opened_late(revision(START - 7_200, "1Gi"))
    scene.wait(60).put(deployment(memory="1Gi", cpu="1", by=("kubectl-set", scene.clock.at)))
    assert not damage(scene)
    scene.wait(60).put(deployment(memory="64Mi", cpu="1", by=(IT, scene.clock.at)))
    assert damage(scene)[MEMORY] == ("1Gi", "64Mi", DamageState.DAMAGED, True)
    scene.wait(60).put(deployment(memory="1Gi", cpu="1", by=("kubectl-set", scene.clock.at)))
    assert damage(scene)[MEMORY][2] is DamageState.RESTORED


def test_without_a_revision_what_was_first_seen_is_no_last_known_good():
    scene = opened_late()
    scene.wait(60).put(deployment(memory="32Mi", cpu="100m", by=(IT, scene.clock.at)))
    scene.wait(60).put(deployment(memory="64Mi", cpu="100m", by=(IT, scene.clock.at)))
    assert damage(scene)[MEMORY] == ("", "64Mi", DamageState.DAMAGED, True)


def test_a_done_report_is_the_echo_of_its_announcement():
    scene = Scene().put(deployment()).live("deployments", "decisions").wait(22)
    scene.say('{"action": "scale_deployment", "target": "auth-service", "replicas": 0, "message": "off"}')
    scene.put(deployment(replicas=0, by=(IT, scene.clock.at)))
    scene.say("[2023-10-27 03:14:22] INFO: Scaled deployment 'auth-service' to 0 replicas")
    scene.say("[2023-10-27 03:14:22] INFO: Patched deployment 'auth-service'")
    assert [finding.decision for finding in scene.of("replicas-zero")] == ["decisions#1"]
    for key in ("decisions#1", "decisions#2", "decisions#3"):
        deed = scene.governor.deed(key)
        assert deed is not None
        assert (deed.state, deed.change) == (AnnouncementState.DONE, scene.governor.changes[0].key)
    scene.wait(60).live("pods")
    assert not scene.of("not-done")


def test_a_report_without_an_announcement_stands_for_itself():
    scene = Scene().put(deployment()).live("deployments").wait(22)
    scene.say("[2023-10-27 03:14:22] INFO: Scaled deployment 'auth-service' to 0 replicas")
    assert scene.of("replicas-zero")


def test_a_write_that_is_announced_twice_is_one_write():
    scene = Scene().put(deployment()).live("deployments").wait(22)
    scene.say("[2023-10-27 03:14:22] INFO: Scaling deployment 'auth-service' to 4 replicas")
    scene.say('{"timestamp": "2023-10-27T03:14:22.4Z", "action": "scale", "target": "auth-service", "replicas": 4}')
    scene.wait(1).put(deployment(replicas=4, by=(IT, scene.clock.at)))
    states = [scene.governor.deed(f"decisions#{number}") for number in (1, 2)]
    assert [deed.state for deed in states if deed] == [AnnouncementState.DONE, AnnouncementState.DONE]
    assert scene.governor.changes[0].decision == "decisions#2"


def test_taints_are_one_field_in_every_format():
    n1 = node("n1")
    for line in (
        "[2023-10-27 03:14:22] INFO: Tainting node n1 with aura.ai/isolated=true:NoSchedule",
        '{"action": "taint", "target": "n1", "patch": {"spec": {"taints": ['
        '{"key": "aura.ai/isolated", "value": "true", "effect": "NoSchedule"}]}}}',
    ):
        scene = Scene().put(n1, node("n2")).wait(22)
        scene.say(line)
        assert [finding.title for finding in scene.of("taints-changed")] == [
            "taints of node n1: none → aura.ai/isolated=true:NoSchedule"
        ]
        tainted = msgspec.structs.replace(n1, taints=(Taint("aura.ai/isolated", "true", "NoSchedule"),))
        scene.put(tainted)
        deed = scene.governor.deed("decisions#1")
        assert deed is not None
        assert deed.state is AnnouncementState.DONE


def test_logs_of_two_containers_are_put_in_their_order_by_time():
    """The sidecar's history is read after the main container's: a later line there is no earlier one here."""
    scene = Scene().put(deployment())
    empty = "[2023-10-27 03:{}] ERROR: Metric 'x{{service=\"api\"}}' returned no data."
    for source, line in (
        ("main", empty.format("20:00")),
        ("sidecar", patch("1Gi", "900m", at="2023-10-27T03:19:30Z")),
        ("sidecar", patch("1Gi", "901m", at="2023-10-27T03:20:30Z")),
    ):
        scene.put(*scene.stream.feed(source, line, scene.clock.at))
    assert [finding.decision for finding in scene.of("acts-on-no-data")] == ["decisions#3"]
    assert scene.of("acts-on-no-data")[0].severity is Severity.WARNING


def test_what_history_alone_told_of_stays_in_the_account_when_it_is_mended():
    scene = opened_late(revision(START - 7_200, "1Gi"))
    assert damage(scene)[MEMORY] == ("1Gi", "64Mi", DamageState.DAMAGED, False)
    scene.wait(60).put(deployment(memory="1Gi", cpu="1", by=("opsconsole", scene.clock.at)))
    assert damage(scene)[MEMORY] == ("1Gi", "1Gi", DamageState.RESTORED, False)
    scene.wait(60).put(deployment(memory="2Gi", cpu="1", by=("kubectl-edit", scene.clock.at)))
    assert damage(scene)[MEMORY] == ("1Gi", "2Gi", DamageState.CHANGED_SINCE, False)
    scene.drop(deployment())
    assert damage(scene)[MEMORY] == ("1Gi", "deleted", DamageState.GONE, False)


def test_a_taint_that_the_log_announced_is_damage_beside_others_and_restored_once_it_is_off():
    other, its = Taint("dedicated", "gpu", "NoSchedule"), Taint("aura.ai/isolated", "true", "NoSchedule")
    scene = Scene().put(node("n1", taints=(other, its))).live("nodes")
    scene.say("[2023-10-27 02:14:22] INFO: Tainting node n1 with aura.ai/isolated=true:NoSchedule")
    (row,) = scene.governor.damage()
    assert (row.before, row.announced, row.standing) == ("", str(its), DamageState.DAMAGED)
    scene.wait(60).put(node("n1", taints=(other,)))
    assert [row.standing for row in scene.governor.damage()] == [DamageState.RESTORED]


def test_history_that_is_heard_before_the_cluster_is_seen_is_history_all_the_same():
    """The log is read at once; the lists of workloads take their time."""
    scene = Scene()
    scene.say(patch("64Mi", "100m", at=AN_HOUR_AGO), patch("64Mi", "100m", at=AN_HOUR_AGO.replace("14:22", "14:32")))
    scene.wait(2).put(deployment(memory="64Mi", cpu="100m"), MADE_LATE, revision(START - 7_200, "1Gi"))
    scene.live("deployments")
    assert damage(scene)[MEMORY] == ("1Gi", "64Mi", DamageState.DAMAGED, False)
    scene.wait(60)
    deed = scene.governor.deed("decisions#1")
    assert deed is not None
    assert deed.state is AnnouncementState.EARLIER
    assert damage(scene)[MEMORY] == ("1Gi", "64Mi", DamageState.DAMAGED, False)
