"""Panes that plugins bring: on a screen of their own, drawn by us."""

from __future__ import annotations

from opsconsole.plugin import Pane, PaneColumn
from opsconsole.records import Health, Kind, Metric, State
from tests.ui import aura
from tests.ui.running import running, screen_text, shows, until

LATENCY = Pane(
    name="vectors.latency",
    title="Vector store",
    kinds=(Kind.METRIC,),
    feeds=("vectors.feed",),
    columns=(
        PaneColumn("QUERY", 20, lambda metric, _: metric.title, flex=1),
        PaneColumn("VALUE", 8, lambda metric, _: "?" if metric.value is None else f"{metric.value:g}", right=True,
                   tone=lambda metric: "bad" if metric.value and metric.value > 100 else ""),
    ),
    nothing="no latency known",
    accepts=lambda metric: metric.key.startswith("query/vectors."),
)  # fmt: skip


def core_with(*metrics: Metric):
    feed = aura.MemoryFeed({Kind.METRIC: metrics}, [Health("vectors.feed", State.LIVE, 0, aura.NOW)])
    core = aura.console(feed)
    core.plugin_panes = (LATENCY,)
    return core, feed


async def test_a_plugins_pane_shows_its_records_alone_and_live():
    slow = Metric("query/vectors.p99", "p99", "q", 450.0)
    core, feed = core_with(slow, Metric("query/other.x", "other", "q", 1.0))
    async with running(core) as pilot:
        await pilot.press("P", "enter")
        await shows(pilot, "Vector store 1")
        assert "450" in screen_text(pilot.app)
        assert "other" not in screen_text(pilot.app)
        feed.put(Kind.METRIC, Metric("query/vectors.p99", "p99", "q", None, problem="empty"))
        await until(pilot, lambda: "450" not in screen_text(pilot.app))
        await pilot.press("s", "s", "slash", *"nothing", "enter")
        await shows(pilot, "nothing matches")
        await pilot.press("escape", "enter")
        await shows(pilot, "Metric query/vectors.p99")
        await pilot.press("escape", "escape")
        await shows(pilot, "Pods 0")


async def test_a_plugins_pane_without_records_is_calm():
    core, _ = core_with()
    async with running(core) as pilot:
        await pilot.press("P", "enter")
        await shows(pilot, "no latency known")


async def test_without_plugins_the_key_says_so():
    async with running() as pilot:
        await pilot.press("P")
        await shows(pilot, "no plugin has a pane")
