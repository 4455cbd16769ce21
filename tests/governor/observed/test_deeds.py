"""Words and deeds: matched, late, silent, refused, never seen."""

from __future__ import annotations

import msgspec
import pytest

from opsconsole.governor.announced.announcements import AnnouncementState
from opsconsole.records import Severity
from opsconsole.settings import OptimizerSettings
from tests.governor.scene import START, Scene, deployment, node, patch, pod

IT = "aura-optimizer"
UNNAMED = OptimizerSettings(name="Deployment/ops-tools/aura-optimizer-v2")


def scene_of(optimizer: OptimizerSettings | None = None) -> Scene:
    scene = Scene(optimizer=optimizer) if optimizer is not None else Scene()
    return scene.put(deployment(), deployment("web"), node()).live("deployments", "pods", "decisions").wait(22)


def write(scene: Scene, by: str = IT, memory: str = "900Mi", name: str = "auth-service", **more: object) -> Scene:
    return scene.put(deployment(name, memory=memory, by=(by, scene.clock.at), **more))


def state(scene: Scene, key: str = "decisions#1") -> AnnouncementState | None:
    deed = scene.governor.deed(key)
    return deed.state if deed else None


def test_announced_and_done():
    scene = scene_of()
    scene.say(patch("900Mi", "1"))
    assert state(scene) is AnnouncementState.ANNOUNCED
    write(scene.wait(2))
    assert state(scene) is AnnouncementState.DONE
    assert scene.governor.changes[0].decision == "decisions#1"
    assert not scene.rules()


def test_done_and_announced_a_little_later():
    scene = write(scene_of()).wait(3)
    scene.say(patch("900Mi", "1"))
    assert state(scene) is AnnouncementState.DONE
    assert scene.governor.changes[0].decision == "decisions#1"


def test_word_and_deed_in_one_pump_know_what_was_before():
    scene = scene_of()
    record = deployment(memory="64Mi", cpu="100m", by=(IT, scene.clock.at))
    scene.inbox.put("workload", [record])  # type: ignore[arg-type]
    scene.say(patch())
    assert scene.of("limit-cut")[0].title.endswith("1Gi → 64Mi") or scene.of("limit-cut")[1].title.endswith(
        "1Gi → 64Mi"
    )
    assert {finding.decision for finding in scene.of("limit-cut")} == {"decisions#1"}
    assert all(finding.change for finding in scene.of("limit-cut"))


def test_a_matched_write_is_one_finding_not_two():
    scene = scene_of()
    scene.say(patch())
    assert len(scene.of("limit-cut")) == 2  # memory and CPU
    write(scene.wait(1), memory="64Mi", cpu="100m")
    assert len(scene.of("limit-cut")) == 2
    late = write(scene_of(), memory="64Mi", cpu="100m").wait(2)
    assert {finding.decision for finding in late.of("limit-cut")} == {""}
    late.say(patch())
    assert {finding.decision for finding in late.of("limit-cut")} == {"decisions#1"}
    assert len(late.of("limit-cut")) == 2


def test_other_values_are_another_write():
    scene = scene_of()
    scene.say(patch("900Mi", "1"))
    write(scene.wait(2), memory="850Mi")
    assert state(scene) is AnnouncementState.ANNOUNCED
    assert scene.governor.changes[0].decision == ""


@pytest.mark.parametrize(("lag", "done"), [(-10, True), (-11, False), (0, True), (30, True), (31, False)])
def test_how_long_a_word_and_its_deed_may_lie_apart(lag, done):
    scene = scene_of().wait(60)
    decision = msgspec.structs.replace(
        scene.stream.feed("log", patch("900Mi", "1", at="2023-10-27T03:15:22Z"), scene.clock.at)[0], at=scene.clock.at
    )
    if lag >= 0:
        scene.put(decision)
    record = deployment(memory="900Mi", by=(IT, scene.clock.at + lag))
    scene.clock.at += max(lag, 0)
    scene.put(record)
    if lag < 0:
        scene.put(decision)
    assert (state(scene) is AnnouncementState.DONE) is done


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("409 Conflict", AnnouncementState.CONFLICT),
        ("403 Forbidden", AnnouncementState.DENIED),
        ("admission webhook denied the request", AnnouncementState.DENIED),
        ("connection refused", AnnouncementState.FAILED),
    ],
)
def test_announced_and_refused(reason, expected):
    scene = scene_of()
    scene.say(patch("900Mi", "1"))
    scene.wait(1)
    scene.say(f"[2023-10-27 03:14:23] ERROR: Failed to patch deployment 'auth-service': {reason}")
    assert state(scene) is expected
    assert [finding.severity for finding in scene.of("not-done")] == [Severity.INFO]
    assert scene.governor.deed("decisions#2") is None


def test_refused_and_done_after_all():
    scene = scene_of()
    scene.say(patch("900Mi", "1"))
    scene.say("[2023-10-27 03:14:22] ERROR: Failed to patch deployment 'auth-service': 409 Conflict")
    write(scene.wait(4))
    assert state(scene) is AnnouncementState.DONE
    assert not scene.of("not-done")


CONFLICT = "[2023-10-27 03:14:23] ERROR: Failed to patch deployment 'auth-service': 409 Conflict"
PATCHED = "[2023-10-27 03:14:22] INFO: Patched deployment 'auth-service'"


def test_a_failure_after_a_line_that_tells_of_a_write_as_done_is_another_attempts():
    scene = scene_of()
    scene.say(PATCHED)
    scene.wait(1)
    scene.say(CONFLICT)
    assert state(scene) is not AnnouncementState.CONFLICT
    assert not scene.of("not-done")


def test_a_failure_that_a_line_then_tells_of_as_done_has_come_about():
    scene = scene_of()
    scene.say(patch("900Mi", "1"))
    scene.wait(1)
    scene.say(CONFLICT)
    assert state(scene) is AnnouncementState.CONFLICT
    scene.say(PATCHED.replace("14:22", "14:24"))
    assert state(scene) is AnnouncementState.ANNOUNCED
    assert not scene.of("not-done")
    scene.wait(31).live("nodes")
    assert state(scene) is AnnouncementState.NOT_SEEN, "it says so, and nobody saw it"


def test_a_line_from_just_before_the_first_look_changes_from_what_the_log_said_before():
    scene = Scene()
    scene.put(deployment(memory="408Mi", cpu="1")).live("deployments")
    scene.say(patch("444Mi", "1", at="2023-10-27T03:13:28Z"), patch("408Mi", "1", at="2023-10-27T03:13:58Z"))
    deed = scene.governor.deed("decisions#2")
    assert deed is not None
    memory = next(field for field in deed.fields if field.path.endswith("memory"))
    assert (memory.before, memory.after) == ("444Mi", "408Mi")
    assert deed.state is AnnouncementState.EARLIER
    scene.wait(31).live("nodes")
    assert not scene.of("not-done")


def test_announced_and_never_seen():
    scene = scene_of()
    scene.say(patch("900Mi", "1"))
    scene.wait(29).live("pods")
    assert state(scene) is AnnouncementState.ANNOUNCED
    assert scene.governor.next_due() == START + 22 + 30
    scene.wait(1.5).live("nodes")
    assert state(scene) is AnnouncementState.NOT_SEEN
    assert scene.rules() == {"not-done"}


def test_what_is_not_watched_cant_be_told():
    scene = Scene().live("decisions")
    scene.say(patch("900Mi", "1"))
    scene.wait(31).live("pods")
    assert state(scene) is AnnouncementState.UNKNOWN
    assert not scene.of("not-done")


def test_what_was_so_already():
    scene = scene_of()
    scene.say(patch("1Gi", "1"))
    assert state(scene) is AnnouncementState.ALREADY
    scene.wait(60).live("pods")
    assert not scene.rules()


def test_history_is_not_judged_by_what_is_now():
    scene = Scene().put(deployment(memory="64Mi", cpu="100m"))
    scene.say(patch("900Mi", "1", at="2023-10-27T01:00:00Z"))
    deed = scene.governor.deed("decisions#1")
    assert deed is not None
    assert (deed.state, deed.fields[0].before) == (AnnouncementState.EARLIER, "")
    assert not scene.rules()


def test_a_silent_write_is_named_once_a_word_can_no_longer_come():
    scene = write(scene_of())
    assert not scene.of("silent-write")
    scene.wait(11).live("pods")
    assert [finding.title for finding in scene.of("silent-write")] == [
        "silent write to auth-service: containers[auth-container].resources.limits.memory 1Gi → 900Mi"
    ]


def test_a_late_word_takes_the_silence_back():
    scene = write(scene_of()).wait(11).live("pods")
    assert scene.of("silent-write")
    scene.say(patch("900Mi", "1", at="2023-10-27T03:14:25Z"))
    assert not scene.of("silent-write")


def test_nobody_listening_proves_no_silence():
    scene = Scene().put(deployment(), node()).wait(22)
    write(scene).wait(60).live("pods")
    assert not scene.of("silent-write")


@pytest.mark.parametrize("by", ["OpenAPI-Generator", "kubectl", "some-operator"])
def test_a_writer_who_is_not_known_is_not_silent(by):
    scene = write(scene_of(), by).wait(60).live("pods")
    assert not scene.of("silent-write")


@pytest.mark.parametrize(
    ("by", "this", "next_one"),
    [
        ("aura-client", True, True),  # learned: it wrote what was announced
        ("OpenAPI-Generator", True, None),  # every Python client: proves nothing by itself
        ("kubectl-patch", None, False),  # it may call kubectl; a person may have had the same idea
        ("argocd-controller", False, False),
        ("kube-controller-manager", True, None),  # it patches no template: somebody else used its name,
    ],
)
def test_what_a_managers_name_proves(by, this, next_one):
    scene = scene_of(UNNAMED)
    scene.say(patch("900Mi", "1"))
    write(scene.wait(2), by)
    assert scene.governor.changes[0].by_optimizer is this
    write(scene.wait(40), by, "890Mi")
    assert scene.governor.changes[0].by_optimizer is next_one


def test_a_learned_manager_was_the_optimizer_before_too():
    scene = write(scene_of(UNNAMED), "aura-client", name="web")
    assert scene.governor.changes[0].by_optimizer is None
    assert scene.governor.budget.memory == 0
    assert scene.governor.budget.unsure_memory > 0
    scene.say(patch("900Mi", "1"))
    write(scene.wait(2), "aura-client")
    assert [change.by_optimizer for change in scene.governor.changes] == [True, True]
    assert scene.governor.managers == ("aura-client",)
    assert scene.governor.budget.unsure_memory == 0
    assert scene.governor.budget.memory == 2 * 3 * 124 * 2**20
    assert all(row.certain for row in scene.governor.damage())


def test_a_deletion_that_was_announced():
    scene = scene_of()
    scene.say('{"action": "delete_deployment", "target": "web"}')
    scene.wait(1).drop(deployment("web"))
    assert state(scene) is AnnouncementState.DONE
    change = scene.governor.changes[0]
    assert (change.fields[0].after, change.by_optimizer) == ("deleted", True)


def test_a_deletion_that_nobody_announced_has_no_known_writer():
    scene = scene_of().drop(deployment("web"))
    assert scene.governor.changes[0].by_optimizer is None


def test_a_pod_that_was_to_be_deleted_is_seen_to_go():
    auth = deployment()
    scene = scene_of().put(pod("auth-1", auth, is_ready=False))
    scene.say('{"action": "delete_pod", "target": "production/auth-1"}')
    scene.wait(2).drop(pod("auth-1", auth))
    scene.wait(31).live("pods")
    assert state(scene) is AnnouncementState.DONE


@pytest.mark.parametrize(
    "line",
    [
        "[2023-10-27 03:14:22] INFO: cycle took 0.4 s",
        "Traceback (most recent call last):",
        '{"level": "INFO", "message": "model updated", "loss": 0.1}',
        '{"action": "query", "target": "auth-service"}',
    ],
)
def test_what_announces_nothing_has_no_deed(line):
    scene = scene_of()
    scene.say(line)
    assert state(scene) is None


@pytest.mark.parametrize(
    ("line", "flagged"),
    [
        ("[2023-10-24 03:14:25] CRITICAL: CUDA_ERROR_OUT_OF_MEMORY: out of memory", True),
        ("[2023-10-24 03:14:26] FATAL: SmartScaler has crashed.", True),
        ('{"level": "panic", "msg": "assignment to entry in nil map"}', True),
        ("MemoryError: Unable to allocate 64.0 GiB for an array", True),
        ("[2023-10-24 03:14:22] ERROR: worker-7 terminated with signal 9 (SIGKILL)", True),
        ("[2023-10-24 03:14:22] ERROR: Failed to patch deployment 'x': 409 Conflict", False),
        ("[2023-10-24 03:14:22] WARNING: slow query", False),
        ("[2023-10-24 03:14:22] INFO: checking that nothing has failed", False),
    ],
)
def test_what_it_says_of_its_own_health(line, flagged):
    scene = Scene()
    scene.say(line)
    assert bool(scene.of("optimizer-failing")) is flagged
