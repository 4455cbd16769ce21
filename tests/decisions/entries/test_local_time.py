"""Logs in local time without a zone: put right by the kubelet's stamps, or by the zone that is set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from opsconsole.clock import BadZone, zone_of
from opsconsole.decisions.head import local_time
from opsconsole.decisions.stream import DecisionStream
from opsconsole.settings import DecisionSettings, SettingsError
from opsconsole.settings.sources import load

TRUE = datetime(2026, 11, 21, 22, 36, 49, 250_000, tzinfo=UTC)


def read(stream: DecisionStream, text: str, logged: datetime | None) -> float | None:
    at = TRUE.timestamp()
    found = stream.feed("pod/main", text, at, logged.timestamp() if logged else None)
    found += stream.flush(at + 10, force=True)
    return found[0].at


def written(shape: str, hours: float, at: datetime = TRUE) -> str:
    local = at.astimezone(timezone(timedelta(hours=hours)))
    times = {
        "python": local.strftime("%Y-%m-%d %H:%M:%S,%f")[:-3] + " INFO scaling deployment web to 3 replicas",
        "json": f'{{"ts": "{local:%Y-%m-%dT%H:%M:%S}.250", "level": "info", "msg": "scaling deployment web to 3"}}',
        "klog": f"I{local:%m%d %H:%M:%S.%f}       1 main.go:7] scaling deployment web to 3 replicas",
        "slashes": local.strftime("%Y/%m/%d %H:%M:%S") + " scaling deployment web to 3 replicas",
    }
    return times[shape]


@pytest.mark.parametrize("hours", [-11.0, -9.5, -8.0, -3.5, 1.0, 2.0, 5.5, 5.75, 12.75, 13.0])
@pytest.mark.parametrize("shape", ["python", "json", "klog", "slashes"])
def test_local_time_is_recognised_by_its_distance_to_the_kubelets_stamp(hours: float, shape: str) -> None:
    at = read(DecisionStream(), written(shape, hours), TRUE + timedelta(milliseconds=40))
    assert at == pytest.approx(TRUE.timestamp(), abs=0.3)


def test_utc_stays_as_it_is() -> None:
    assert read(DecisionStream(), written("python", 0), TRUE) == TRUE.timestamp()


@pytest.mark.parametrize("zone", ["Z", "+01:00", "-0800", " +0530", " UTC"])
def test_a_time_with_a_zone_is_believed_whatever_the_kubelet_says(zone: str) -> None:
    text = f"2026-11-21 22:36:49{zone} INFO scaling deployment web to 3 replicas"
    late = TRUE + timedelta(hours=1)
    assert read(DecisionStream(), text, late) == read(DecisionStream(), text, None)


def test_buffered_lines_are_believed_once_two_agree() -> None:
    stream = DecisionStream()
    assert read(stream, written("python", 2), TRUE + timedelta(seconds=20)) == TRUE.timestamp() + 7200
    assert read(stream, written("python", 2), TRUE + timedelta(seconds=25)) == TRUE.timestamp()


@pytest.mark.parametrize("ago", [3 * 3600 + 417, 86_400 * 3 + 100, 40])
def test_history_that_is_told_late_is_not_taken_for_another_zone(ago: float) -> None:
    stream = DecisionStream()
    for _ in range(3):
        at = read(stream, written("python", 0), TRUE + timedelta(seconds=ago))
        assert at == TRUE.timestamp()


@pytest.mark.parametrize("late", [1, 20])
def test_two_actions_of_one_entry_have_one_time(late: float) -> None:
    """One entry does not confirm by itself how far it is off."""
    text = f"{written('slashes', 2)[:20]}running kubectl delete pod web-1 && kubectl delete pod web-2"
    stream = DecisionStream()
    at = TRUE.timestamp()
    found = stream.feed("pod/main", text, at, at + late) + stream.flush(at + 10, force=True)
    assert len(found) == 2
    assert {each.at for each in found} == {int(at) if late == 1 else int(at) + 7200}


def test_the_sources_whose_offset_is_known_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_time, "SOURCES", 2)
    times = local_time.LocalTimes()
    for number in range(5):
        times.right(f"pod-{number}", [TRUE.timestamp() + 7200], TRUE.timestamp(), "2026-11-22 00:36:49")
    assert list(times._offsets) == ["pod-3", "pod-4"]


@pytest.mark.parametrize(
    "text",
    [
        '{"ts": 1795300609.25, "msg": "scaling deployment web at 10:00:00"}',
        '{"msg": "scaling deployment web at 10:00:00", "ts": "2026-11-21T22:36:49.25Z"}',
        '{"msg": "scaling deployment web at 10:00:00", "ts": "2026-11-21T23:36:49.25+01:00"}',
    ],
)
@pytest.mark.parametrize("zone", [None, "+02:00"])
def test_a_clock_time_that_the_message_tells_of_moves_no_time(text: str, zone: str | None) -> None:
    assert TRUE.timestamp() == 1795300609.25
    stream = DecisionStream(zone=zone_of(zone) if zone else None)
    assert read(stream, text, TRUE + timedelta(hours=2)) == TRUE.timestamp()


def test_a_time_with_a_zone_in_the_message_keeps_no_local_time_from_being_put_right() -> None:
    stream = DecisionStream(zone=zone_of("+02:00"))
    text = f"{written('slashes', 2)}; until 2026-11-22T10:00:00Z"
    assert read(stream, text, None) == int(TRUE.timestamp())


def test_without_stamps_the_zone_that_is_set_counts_through_the_change_to_winter_time() -> None:
    stream = DecisionStream(zone=zone_of("Europe/Berlin"))
    summer = datetime(2026, 10, 24, 10, 0, tzinfo=UTC)
    winter = datetime(2026, 10, 26, 10, 0, tzinfo=UTC)
    for moment, hours in ((summer, 2), (winter, 1)):
        assert read(stream, written("slashes", hours, moment), None) == moment.timestamp()


def test_the_zone_that_is_set_wins_over_the_stamps_and_not_over_a_zone_that_is_written() -> None:
    stream = DecisionStream(zone=zone_of("+02:00"))
    assert read(stream, written("slashes", 2), TRUE) == int(TRUE.timestamp())
    assert read(stream, "2026-11-21T22:36:49Z scaling deployment web to 3", TRUE) == int(TRUE.timestamp())


@pytest.mark.parametrize("text", ["Berlin/Europe", "+25:00", "+02:99", "../etc/passwd", "CEST?", "/etc/localtime"])
def test_what_is_no_zone_is_refused_with_file_and_key(text: str) -> None:
    with pytest.raises(BadZone, match="is no time zone"):
        zone_of(text)
    with pytest.raises(SettingsError, match=r"decisions\.zone"):
        load(None, {}, {"OPSCONSOLE_DECISIONS_ZONE": text})


def test_no_zone_is_the_default() -> None:
    assert zone_of(DecisionSettings().zone) is None
