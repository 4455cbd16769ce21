"""A healthy optimizer's day raises no alarm; the same day with one mad decision in it raises one."""

from __future__ import annotations

import msgspec
import pytest

from opsconsole.records import Severity
from tests.governor.scene import Scene, limits
from tests.governor.story.healthy import IT, HealthyDay


@pytest.mark.parametrize("seed", [1, 882])
def test_a_healthy_day_raises_no_alarm(seed, capsys):
    scene = Scene()
    day = HealthyDay(scene, seed)
    day.play(24)
    found = [finding for _, finding in scene.first.values()]
    alarms = [finding for finding in found if finding.severity is not Severity.INFO]
    ours = [change for change in scene.governor.changes if change.by_optimizer]
    with capsys.disabled():
        print(
            f"\n  healthy 24 h (seed {seed}): {day.decisions} lines, {len(ours)} writes of the optimizer, "
            f"{day.others} of others, {day.pods} pod events: {len(alarms)} alarms, {len(found) - len(alarms)} remarks"
        )
    assert len(ours) > 400, "the day is too quiet to prove anything"
    assert all(change.decision for change in ours)
    assert not alarms


def test_one_mad_decision_in_a_healthy_day_is_found():
    scene = Scene()
    day = HealthyDay(scene, 1)
    day.play(1)
    assert not scene.rules(alarms=True)
    name = "service-3"
    spec = msgspec.structs.replace(day.workloads[name].containers[0], resources=limits("64Mi", "1"))
    day._write(name, IT, containers=(spec,))
    assert {"limit-cut", "will-oom"} <= scene.rules(alarms=True)
    assert {finding.about and finding.about.name for finding in scene.held.values() if finding.severity.rank < 2} == {
        name
    }
