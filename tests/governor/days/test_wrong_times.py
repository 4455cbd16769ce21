"""Lines that are ahead of their time, and clocks that go back: neither blinds what counts by time, nor sticks in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from opsconsole.commands.looking.judge import LogClock, judgements
from opsconsole.governor.account.trajectories import Trajectories
from opsconsole.governor.observed.peaks import Peaks
from opsconsole.plugins.host import Plugins
from opsconsole.records import ChangeField, Severity
from opsconsole.settings import Settings
from tests.governor.scene import Scene

HOUR = 3600.0
DAY = 24 * HOUR
AHEAD = "2099-01-01 00:00:00 INFO Deleting node n-x"


def evictions(count: int, apart: float, day: int = 20) -> list[str]:
    start = datetime(2023, 11, day, 1, tzinfo=UTC)
    times = (start + timedelta(seconds=apart * number) for number in range(count))
    return [f"{at:%Y-%m-%d %H:%M:%S} INFO Evicted pod 'shop/web-{number}'" for number, at in enumerate(times)]


def alarms(lines: list[str]) -> int:
    clock = LogClock()
    return sum(
        finding.severity is not Severity.INFO
        for judgement in judgements(lines, Settings(), clock, Plugins(clock))
        for finding in judgement.findings
    )


def test_a_line_ahead_of_its_time_blinds_no_log() -> None:
    assert alarms(evictions(40, 1.0)) == alarms([AHEAD, *evictions(40, 1.0)]) > 0


def test_a_second_log_from_before_is_judged_too() -> None:
    assert alarms([*evictions(5, 3_000.0), *evictions(40, 1.0, day=10)]) > 0


def test_a_line_a_little_late_moves_no_clock() -> None:
    clock = LogClock()
    for at in (5 * DAY, 4.5 * DAY, None):
        clock.reached(at)
    assert clock.now() == 5 * DAY


def test_a_line_ahead_of_its_time_sticks_in_no_window() -> None:
    scene = Scene()
    scene.say(AHEAD)
    for number in range(30):
        scene.wait(2 * HOUR).say(f"INFO: Deleting node a-{number}")
    assert not scene.rules(alarms=True) & {"blast-radius", "fleet-melts"}


def test_a_clock_that_goes_back_keeps_a_peak_for_a_day() -> None:
    peaks = Peaks()
    peaks.note(400 * DAY, 100)
    peaks.note(DAY, 40)
    assert peaks.most(DAY) == 100
    assert peaks.most(3 * DAY) == 40


def test_a_clock_that_goes_back_keeps_a_trajectory_for_its_window() -> None:
    trajectories, field = Trajectories(), ChangeField("replicas", "20", "10", 20.0, 10.0)
    trajectories.note("d", field, 400 * DAY)
    trajectories.note("d", ChangeField("replicas", "10", "9", 10.0, 9.0), DAY)
    assert windows(trajectories, DAY) == {600.0, HOUR, DAY}
    trajectories.note("d", ChangeField("replicas", "9", "8", 9.0, 8.0), 1.5 * DAY)
    assert windows(trajectories, 1.5 * DAY) == {DAY}


def windows(trajectories: Trajectories, now: float) -> set[float]:
    trend = trajectories.trend("d", "replicas", now)
    assert trend is not None
    return {each.seconds for each in trend.trajectories()}
