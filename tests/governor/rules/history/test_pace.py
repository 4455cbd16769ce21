"""Too many writes, and tries without back-off."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from opsconsole.alarms import grouped
from opsconsole.settings import GovernorSettings
from tests.governor.scene import START, Scene, deployment, patch

CONFLICT = "ERROR: Failed to patch deployment 'auth-service': 409 Conflict"
RETRY = "INFO: Retrying patch with aggressive backoff..."


def log(*lines: tuple[float, str]) -> Scene:
    scene = Scene()
    for second, text in lines:
        scene.clock.at = START + second
        minute, rest = divmod(second, 60)
        scene.say(f"[2023-10-27 03:{14 + int(minute):02d}:{rest:06.3f}] {text}")
    return scene


@pytest.mark.parametrize(
    ("lines", "flagged"),
    [
        ([(15, CONFLICT)], False),
        ([(15, CONFLICT), (15, RETRY)], True),
        ([(15, CONFLICT), (16, RETRY)], True),
        ([(15, CONFLICT), (17, RETRY)], False),
        ([(15, RETRY)], False),
        ([(15, CONFLICT), (15.2, CONFLICT)], True),
        ([(15, CONFLICT), (18, CONFLICT), (21, CONFLICT)], True),  # as long as before: no back-off
        ([(15, CONFLICT), (17, CONFLICT), (21, CONFLICT), (29, CONFLICT)], False),  # doubles each time
        ([(15, CONFLICT), (90, CONFLICT), (165, CONFLICT)], False),  # more than a minute apart
        ([(15, CONFLICT), (15, "ERROR: Failed to patch deployment 'other': 409 Conflict")], False),
        ([(15, "ERROR: Failed to patch deployment 'auth-service': 500"), (15, RETRY)], False),
    ],
)
def test_retries_want_back_off(lines, flagged):
    assert bool(log(*lines).of("no-back-off")) is flagged


def test_a_second_decision_in_the_second_of_a_conflict_is_a_retry():
    scene = log((22, CONFLICT))
    scene.say(patch())
    assert scene.of("no-back-off")[0].title.endswith("on auth-service")


def test_a_storm_of_conflicts_is_one_alarm():
    found = log(*((15 + i / 10, CONFLICT) for i in range(30))).of("no-back-off")
    assert [(group.count, group.since) for group in grouped(found)] == [(29, START + 15.1)]


def writes(count: int, every: float, by: str = "aura-optimizer", settings: GovernorSettings | None = None) -> Scene:
    scene = Scene(settings).put(deployment())
    for turn in range(count):
        scene.wait(every)
        scene.put(deployment(image=f"registry.corp/auth:{turn}", by=(by, scene.clock.at)))
    return scene


@pytest.mark.parametrize(
    ("count", "every", "by", "flagged"),
    [
        (6, 10, "aura-optimizer", True),  # the write-up's 10 s loop
        (5, 10, "aura-optimizer", False),
        (20, 15, "aura-optimizer", False),
        (6, 1, "OpenAPI-Generator", True),
        (20, 1, "kubectl-edit", False),
        (20, 1, "argocd-controller", False),
        (20, 1, "kube-controller-manager", True),  # it sets no image,
    ],
)
def test_writes_per_minute(count, every, by, flagged):
    assert bool(writes(count, every, by).of("writes-per-minute")) is flagged


def test_announced_writes_count_too():
    scene = Scene().put(deployment())
    for turn in range(6):
        scene.wait(10)
        stamp = datetime.fromtimestamp(scene.clock.at, UTC).isoformat()
        scene.say(
            f'{{"timestamp": "{stamp}", "action": "scale", "target": "auth-service", "replicas": {4 + turn % 2}}}'
        )
        scene.put(deployment(replicas=4 + turn % 2, by=("aura-optimizer", scene.clock.at)))
    assert all(change.decision for change in scene.governor.changes)
    assert scene.of("writes-per-minute")


def test_a_flood_of_writes_is_one_alarm_that_ends():
    scene = writes(30, 2)
    assert len(scene.of("writes-per-minute")) == 1
    for _ in range(10):
        scene.wait(15)
        scene.live("pods")
    assert not scene.of("writes-per-minute")


def test_the_number_of_writes_is_the_settings():
    assert writes(3, 10, settings=GovernorSettings(writes_per_minute=3)).of("writes-per-minute")


def test_a_log_alone_counts_announced_writes():
    scene = Scene()
    for second in range(0, 60, 10):
        scene.clock.at = START + second
        scene.say(patch("1Gi", "1", at=f"2023-10-27T03:14:{second:02d}Z"))
    assert scene.rules() == {"announcements-per-minute"}
