"""The service levels: seen where there are any, unknown as unknown, and no row where there are none."""

from __future__ import annotations

import pytest

from opsconsole.metrics import levels as measured
from opsconsole.records import Health, Kind, Metric, State
from opsconsole.ui.status.levels import LEVELS, levels
from tests.ui import aura
from tests.ui.running import running, screen_lines, shows, until

NOW = aura.NOW


def metric(key: str, value: float | None, unit: str = "", state: str = "", problem: str = "") -> Metric:
    return Metric(key, key, "q", value, unit, NOW, problem=problem, state=state)


QUIET = (
    metric(measured.REQUESTS, 0.0, "/s", "no traffic"),
    metric(measured.ERROR_RATIO, None, "%", "no traffic", "NO TRAFFIC: no requests, so no errors"),
    metric(measured.ERROR_RATIO_HOUR_AGO, 0.0213, "%"),
    metric(measured.BURN_RATE, None, "×", "unknown", "no traffic or no data over 5m"),
)


def text(*metrics: Metric, health: Health | None = None) -> str:
    return "".join(words for _, (words, _) in levels({each.key: each for each in metrics}, health, NOW))


def test_the_keys_are_those_that_are_measured():
    assert {key for key, _ in LEVELS} == {
        measured.REQUESTS, measured.ERROR_RATIO, measured.ERROR_RATIO_HOUR_AGO, measured.BURN_RATE
    }  # fmt: skip


def test_nothing_measured_is_no_line():
    assert not list(levels({}, None, NOW))
    assert not list(levels({"query/x": metric("query/x", 1.0)}, Health("metrics", State.DOWN, NOW), NOW))


def test_no_traffic_is_said_and_is_no_zero_of_errors():
    said = text(*QUIET)
    assert said.startswith(" Service  requests 0 /s NO TRAFFIC  errors NO TRAFFIC  1 h ago 0.0213 %  burn rate UNKNOWN")
    assert "no requests, so no errors" in said


@pytest.mark.parametrize(
    ("state", "value", "said", "style"),
    [
        ("burning", 14.4, "burn rate 14.4 × BURNING", "bad"),
        ("ok", 0.2, "burn rate 0.2 × ok", "good"),
        ("unknown", None, "burn rate UNKNOWN", "warn"),
        ("", None, "burn rate ?", ""),
    ],
)
def test_each_state_has_its_word_and_its_style(state, value, said, style):
    parts = list(levels({measured.BURN_RATE: metric(measured.BURN_RATE, value, "×", state)}, None, NOW))
    assert parts[1][1] == (f" {said}", style)


def test_great_figures_are_readable():
    assert "requests 1,320 /s" in text(metric(measured.REQUESTS, 1319.6, "/s"))


def test_old_figures_say_how_old():
    said = text(*QUIET, health=Health("metrics", State.STALE, NOW - 9, NOW - 41, "timed out"))
    assert "STALE 41s: timed out" in said


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_the_line_comes_with_the_first_answer_and_costs_no_row_before(size):
    feed = aura.MemoryFeed(aura.records(), aura.health())
    async with running(aura.console(feed), size=size) as pilot:
        await shows(pilot, "Pods 6")
        assert screen_lines(pilot.app)[2].startswith("▶ Pods 6")
        feed.put(Kind.METRIC, *QUIET)
        await until(pilot, lambda: screen_lines(pilot.app)[2].startswith(" Service  requests 0 /s NO TRAFFIC"))
        assert "burn rate UNKNOWN" in screen_lines(pilot.app)[2]
        feed.drop(Kind.METRIC, *(each.key for each in QUIET))
        await until(pilot, lambda: screen_lines(pilot.app)[2].startswith("▶ Pods 6"))
