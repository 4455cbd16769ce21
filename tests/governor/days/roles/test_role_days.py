"""Two healthy days of each role raise no alarm, the role set or guessed; a disaster in such a day raises one."""

from __future__ import annotations

import pytest

from opsconsole.governor.known_role import RoleSource
from opsconsole.records import Severity
from tests.governor.story.role_days import DAYS, RoleDay

LEAST_LINES = 24
"""A day of fewer lines would prove nothing."""


def alarms(day: RoleDay) -> list[str]:
    found = (finding for _, finding in day.scene.first.values())
    return [f"{each.rule}: {each.title}" for each in found if each.severity is not Severity.INFO]


@pytest.mark.parametrize("seed", [1, 882])
@pytest.mark.parametrize("role", DAYS)
def test_a_healthy_day_of_each_role_raises_no_alarm(role: str, seed: int) -> None:
    day = DAYS[role](seed).play()
    assert day.lines > LEAST_LINES
    (known,) = day.scene.governor.roles
    assert (known.role, known.source) == (role, RoleSource.IMAGE)
    assert not alarms(day)


@pytest.mark.parametrize("role", DAYS)
def test_a_healthy_day_of_a_role_that_is_set_raises_no_alarm(role: str) -> None:
    assert not alarms(DAYS[role](7, role).play())


@pytest.mark.parametrize("given", [False, True])
@pytest.mark.parametrize("role", DAYS)
def test_a_disaster_in_a_healthy_day_of_each_role_is_found(role: str, *, given: bool) -> None:
    day = DAYS[role](1, role if given else "").play(6)
    assert not alarms(day)
    rule = day.disaster()
    assert rule in {each.partition(":")[0] for each in alarms(day)}
