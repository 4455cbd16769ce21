"""What goes node by node: the day's fleet against what is left, in a cluster and in a log alone."""

from __future__ import annotations

import msgspec

from opsconsole.governor.observed.peaks import Peaks
from opsconsole.records import Severity
from tests.governor.scene import Scene, node

HOUR = 3600.0


def _stamp(hour: int) -> str:
    return f"2023-10-{27 + hour // 24}T{hour % 24:02d}:00:00Z"


def _gone(hour: int) -> str:
    return f'{{"timestamp":"{_stamp(hour)}","level":"INFO","action":"delete_node","target":"worker-{hour}"}}'


def _came(hour: int) -> str:
    return f'{{"timestamp":"{_stamp(hour)}","level":"INFO","action":"create_node","target":"new-{hour}"}}'


def _say_hourly(scene: Scene, hours: int, *, back: bool = False) -> Scene:
    for hour in range(hours):
        scene.clock.at = max(scene.clock.at, 1_698_364_800.0 + hour * HOUR)
        scene.say(_gone(hour), *([_came(hour)] if back else []))
    return scene


def test_a_node_an_hour_for_ever_melts_the_fleet_in_a_log_alone() -> None:
    scene = _say_hourly(Scene(), 22)
    (finding,) = scene.of("fleet-melts")
    assert finding.severity is Severity.CRITICAL
    assert finding.title == "the fleet melts: 22 nodes gone in a day, and no others came"


def test_nodes_that_are_replaced_are_no_loss() -> None:
    assert not _say_hourly(Scene(), 22, back=True).of("fleet-melts")


def test_twelve_in_a_day_are_ordinary_and_it_ends_with_its_day() -> None:
    assert not _say_hourly(Scene(), 12).of("fleet-melts")
    scene = _say_hourly(Scene(), 14)
    assert scene.of("fleet-melts")
    scene.wait(30 * HOUR)
    assert not scene.of("fleet-melts")


def test_in_a_cluster_the_fleet_tells_how_many_are_many() -> None:
    scene = Scene().put(*(node(f"n-{i}") for i in range(30)))
    for hour in range(12):
        scene.wait(HOUR)
        scene.drop(node(f"n-{hour}"))
        assert bool(scene.of("fleet-melts")) is (hour >= 9), hour
    (finding,) = scene.of("fleet-melts")
    assert finding.title.startswith("the fleet melts: 12 of 30 nodes gone in a day")


def test_in_a_cluster_others_in_their_place_are_no_loss() -> None:
    scene = Scene().put(*(node(f"n-{i}") for i in range(30)))
    for hour in range(20):
        scene.wait(HOUR).drop(node(f"n-{hour}"))
        scene.put(node(f"new-{hour}"))
    assert not scene.of("fleet-melts")


def test_nodes_that_are_booted_one_after_the_other_are_no_loss() -> None:
    nodes = [node(f"n-{i}") for i in range(30)]
    scene = Scene().put(*nodes)
    for each in nodes:
        scene.wait(HOUR / 2).put(msgspec.structs.replace(each, unschedulable=True))
        scene.wait(HOUR / 4).put(each)
    assert not scene.of("fleet-melts")


def test_the_peak_of_a_day_is_that_of_its_hours() -> None:
    peaks = Peaks()
    peaks.note(0.0, 40)
    peaks.note(10 * HOUR, 30)
    assert peaks.most(20 * HOUR) == 40, "until the tenth hour there were forty"
    assert peaks.most(36 * HOUR) == 30
    for second in range(100_000):
        peaks.note(40 * HOUR + second, second % 7)
    assert len(peaks._hours) <= 30
