"""What must not end or stop the cockpit: failures, floods, resizes, pastes, nothing at all."""

from __future__ import annotations

from types import SimpleNamespace

from opsconsole.records import Health, Kind, Outcome, Pod, State
from tests.ui import aura
from tests.ui.running import running, screen_lines, screen_text, shows, until


async def test_a_feed_that_fails_says_so_and_its_rows_stay():
    feed = aura.MemoryFeed(aura.records(), aura.health())
    async with running(aura.console(feed)) as pilot:
        await shows(pilot, "OOMKilled")
        feed.health(Health("pods", State.DOWN, aura.NOW - 7, aura.NOW - 7, "connection refused"))
        await shows(pilot, "DOWN 7s: connection refused")
        assert "OOMKilled" in screen_text(pilot.app)
        pane = pilot.app.cockpit.panes[0]
        assert "stale" in pane.lines(100, 20)[3].row


async def test_a_console_that_cannot_be_set_up_says_why_in_the_banner():
    feed = aura.MemoryFeed({}, [Health("console", State.DOWN, aura.NOW, None, "can't be set up: no kubeconfig")])
    async with running(aura.console(feed)) as pilot:
        await shows(pilot, "NOTHING IS LIVE: can't be set up: no kubeconfig")


async def test_no_rows_at_all_is_a_calm_screen():
    feed = aura.MemoryFeed(
        {}, [Health("pods", State.LIVE, 0, aura.NOW), Health("gpu", State.ABSENT, 0, None, "no GPU on this host")]
    )
    async with running(aura.console(feed)) as pilot:
        await shows(pilot, "no pods")
        await shows(pilot, "no GPU on this host")
        await pilot.press("j", "k", "G", "g", "pagedown", "enter", "l", "y", "s", "S", "n")
        await shows(pilot, "no alarms")


async def test_a_list_cannot_be_paused_and_says_so():
    async with running() as pilot:
        await pilot.press("f")
        await shows(pilot, "is a list, not a stream")


async def test_live_resize_both_ways():
    async with running() as pilot:
        await shows(pilot, "FailedScheduling")
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: "FailedScheduling" not in screen_text(pilot.app))
        await pilot.resize_terminal(200, 50)
        await shows(pilot, "FailedScheduling")


async def test_a_storm_of_resizes_ends_with_the_last_size():
    async with running() as pilot:
        for size in ((20, 5), (1, 1), (300, 80), (2, 60), (80, 24), (200, 50)):
            await pilot.resize_terminal(*size)
        await until(pilot, lambda: len(screen_lines(pilot.app)) == 50)
        await shows(pilot, "FailedScheduling")


async def test_no_color_means_no_colour():
    async with running(environ={"NO_COLOR": "1", "LANG": "C.UTF-8"}) as pilot:
        await shows(pilot, "OOMKilled")
        assert pilot.app.colours == "ansi"


async def test_a_paste_does_nothing():
    from textual import events

    async with running() as pilot:
        await shows(pilot, "OOMKilled")
        before = screen_text(pilot.app)
        pilot.app.post_message(events.Paste("q\nq1\n0\n\x1b[A"))
        await pilot.pause()
        assert pilot.app.is_running
        assert screen_text(pilot.app) == before


async def test_a_pane_that_cannot_be_drawn_says_so_and_the_others_go_on():
    async with running() as pilot:
        await shows(pilot, "OOMKilled")
        pane = pilot.app.cockpit.panes[0]
        pane.lines = lambda width, height: 1 // 0
        pane.sync()
        await shows(pilot, "this pane failed: ZeroDivisionError")
        assert "auth-service  cpu" in screen_text(pilot.app)
        del pane.lines
        pane.sync()
        await shows(pilot, "OOMKilled")


async def test_a_pane_that_cannot_take_in_its_records_says_so_and_comes_back():
    feed = aura.MemoryFeed(aura.records(), aura.health())
    async with running(aura.console(feed)) as pilot:
        await shows(pilot, "OOMKilled")
        pane = pilot.app.cockpit.panes[0]
        pane.model.update = lambda *_: 1 // 0
        feed.drop(Kind.POD, "production/checkout-6c5b4a3d2-zx9cv")
        feed.drop(Kind.EVENT)
        await shows(pilot, "this pane failed: ZeroDivisionError")
        assert "auth-service  cpu" in screen_text(pilot.app)
        del pane.model.update
        feed.drop(Kind.POD, "production/api-gateway-7f8d9b6c5-2v4x1")
        await shows(pilot, "Pods 4")


async def test_a_key_that_fails_says_so_and_the_app_goes_on():
    async with running(failures=True) as pilot:
        await shows(pilot, "OOMKilled")
        pilot.app.cockpit.panes[0].next_sort = lambda: 1 // 0
        await pilot.press("s")
        await shows(pilot, "that key failed: ZeroDivisionError")
        await pilot.press("j")
        await until(pilot, lambda: pilot.app.cockpit.pane.view.index == 1)


async def test_a_message_handler_that_fails_says_so_and_the_app_goes_on():
    async with running(failures=True) as pilot:
        await shows(pilot, "OOMKilled")
        pilot.app.cockpit.panes[0].view.go = lambda index: 1 // 0
        await pilot.click("#pods", offset=(10, 4))
        await shows(pilot, "failed: ZeroDivisionError")
        await pilot.press("tab")
        assert pilot.app.cockpit.pane.spec.name == "decisions"


async def test_a_pump_that_fails_says_so_and_goes_on():
    feed = aura.MemoryFeed(aura.records(), aura.health())
    core = aura.console(feed)
    async with running(core, failures=True) as pilot:
        await shows(pilot, "OOMKilled")
        whole, core.pump = core.pump, lambda: 1 // 0
        feed.drop(Kind.POD, "production/checkout-6c5b4a3d2-zx9cv")
        await shows(pilot, "failed: ZeroDivisionError")
        core.pump = whole
        feed.drop(Kind.POD, "production/api-gateway-7f8d9b6c5-2v4x1")
        await until(pilot, lambda: "Pods 4" in screen_text(pilot.app))


async def test_quitting_stops_the_feeds():
    feed = aura.MemoryFeed(aura.records(), aura.health())
    async with running(aura.console(feed)) as pilot:
        await pilot.press("q")
    assert feed.stopped


async def test_while_a_switch_is_at_work_quitting_must_be_asked_twice():
    core = aura.console()

    class Board(aura.Board):
        def running(self, name):
            return SimpleNamespace(outcome=Outcome("revoke", aura.NOW)) if name == "revoke" else None

    async with running(core) as pilot:
        core.switchboard = Board()
        await pilot.press("q")
        await shows(pilot, "a switch is at work: again leaves")
        assert pilot.app.is_running
        await pilot.press("q")
        await until(pilot, lambda: not pilot.app.is_running)


async def test_fifty_thousand_pods_are_shown_sorted_and_filtered():
    pods = [
        Pod("ns", f"pod-{n:05}", status="Running", ready=1, containers_total=1, is_ready=True) for n in range(50_000)
    ]
    feed = aura.MemoryFeed({Kind.POD: pods})
    async with running(aura.console(feed)) as pilot:
        await shows(pilot, "Pods 50,000")
        await pilot.press("G")
        await shows(pilot, "pod-49999")
        await pilot.press("slash", *"4242", "enter")
        await shows(pilot, "of 50,000 /4242")
