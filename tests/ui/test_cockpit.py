"""The cockpit: what it shows, where the keys go, what comes in live."""

from __future__ import annotations

import pytest

from opsconsole.records import Health, Kind, Outcome, Pod, State
from opsconsole.settings import ClusterSettings, Settings
from tests.ui import aura
from tests.ui.running import running, screen_lines, screen_text, shows, until


def row_of(app, text: str) -> str:
    return next((line for line in screen_lines(app) if text in line), "")


async def test_the_aura_night_at_a_glance():
    async with running() as pilot:
        await shows(pilot, "OOMKilled")
        text = screen_text(pilot.app)
        for word in ("PRODUCTION", "prod-east", "oncall@corp", "2 alarms, 1 critical", "kill switch: revoke"):
            assert word in text
        for word in (
            "patch_deployment",
            "0.982",
            "FailedScheduling",
            "GPU0",
            "CLEAN UP: zombie",
            "STALE 41s: 403 list events",
        ):
            assert word in text
        assert "live 0.4s" in row_of(pilot.app, "Pods 6")


async def test_the_optimizer_is_pinned_on_top_and_what_is_broken_comes_next():
    async with running() as pilot:
        await shows(pilot, "checkout")
        names = [pod.name for _, pod in pilot.app.cockpit.panes[0].model.window(0, 10)]
        assert names[0] == "aura-optimizer-v2-rt45g"
        assert names[-1] == "checkout-6c5b4a3d2-zx9cv"
        assert row_of(pilot.app, "aura-optimizer-v2-rt45g").startswith("▸OPT")


async def test_memory_gauges_are_seen_where_four_panes_fit():
    async with running(size=(200, 50)) as pilot:
        await shows(pilot, "GPU0")
        assert "█" in row_of(pilot.app, "GPU0")
        assert "95 %" in row_of(pilot.app, "GPU0")


async def test_a_terminal_without_utf8_gets_plain_ascii_signs():
    async with running(environ={"LANG": "C"}) as pilot:
        await shows(pilot, "OPT")
        own = screen_text(pilot.app).replace("→", "").replace("…", "")  # those are in the records themselves
        assert own.isascii()


async def test_a_change_reaches_its_cell_and_nothing_else_is_repainted():
    feed = aura.MemoryFeed(aura.records(), aura.health())
    async with running(aura.console(feed)) as pilot:
        await shows(pilot, "checkout")
        pane = pilot.app.cockpit.panes[0]
        regions = []
        original = pane.refresh
        pane.refresh = lambda *args, **kw: (regions.extend(args), original(*args, **kw))[1]
        pod = next(pod for pod in aura.pods() if pod.name.startswith("checkout"))
        feed.put(Kind.POD, Pod(**{name: getattr(pod, name) for name in pod.__struct_fields__} | {"restarts": 7}))
        await until(pilot, lambda: "   7 " in row_of(pilot.app, "checkout"))
        assert len(regions) == 1
        assert regions[0].height == 1
        assert regions[0].width < 10


async def test_a_pod_that_is_gone_leaves_the_screen():
    feed = aura.MemoryFeed(aura.records(), aura.health())
    async with running(aura.console(feed)) as pilot:
        await shows(pilot, "vector-proxy-9a8b7c6d5-q1w2e   ")
        feed.drop(Kind.POD, "production/vector-proxy-9a8b7c6d5-q1w2e")
        await until(pilot, lambda: "Pods 5" in screen_text(pilot.app))


async def test_a_feed_that_fails_says_so_and_its_rows_stay():
    feed = aura.MemoryFeed(aura.records(), aura.health())
    async with running(aura.console(feed)) as pilot:
        await shows(pilot, "OOMKilled")
        feed.health(Health("pods", State.DOWN, aura.NOW - 7, aura.NOW - 7, "connection refused"))
        await shows(pilot, "DOWN 7s: connection refused")
        assert "OOMKilled" in screen_text(pilot.app)
        pane = pilot.app.cockpit.panes[0]
        assert "stale" in pane.lines(100, 20)[3].row


async def test_other_feeds_that_are_ill_are_named_in_the_header():
    feed = aura.MemoryFeed(aura.records(), aura.health())
    async with running(aura.console(feed)) as pilot:
        feed.health(Health("nodes", State.DENIED, aura.NOW, None, "list nodes"))
        await shows(pilot, "nodes DENIED")


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


async def test_read_only_is_said_in_header_and_help_and_no_switch_is_offered():
    settings = Settings(read_only=True, cluster=ClusterSettings(context="prod-east"))
    async with running(aura.console(settings=settings)) as pilot:
        await shows(pilot, "READ-ONLY")
        assert "press 1" not in screen_text(pilot.app)
        await pilot.press("question_mark")
        await shows(pilot, "not bound")


async def test_the_help_lists_every_key_of_the_panes():
    async with running() as pilot:
        await pilot.press("question_mark")
        await shows(pilot, "Everywhere")
        page = "\n".join("".join(text for text, _ in line.spans) for line in pilot.app.screen.buffer.lines)
        for binding in type(pilot.app.cockpit).BINDINGS:
            assert binding.description in page
        assert "Signs" in page
        await pilot.press("escape")
        await shows(pilot, "Pods 6")


async def test_no_key_that_tmux_or_a_terminal_takes_is_bound():
    taken = {"ctrl+b", "ctrl+a", "ctrl+s", "ctrl+q", "ctrl+z", *(f"f{n}" for n in range(1, 25))}
    async with running() as pilot:
        for node in (pilot.app, pilot.app.cockpit):
            assert not taken & set(node._bindings.key_to_bindings)


async def test_a_read_only_console_has_no_switch_keys_at_all():
    switches = {"1", "2", "3", "0", "u"}
    async with running() as pilot:
        assert switches <= set(pilot.app._bindings.key_to_bindings)
        assert not switches & set(pilot.app.cockpit._bindings.key_to_bindings)
    async with running(aura.console(settings=Settings(read_only=True))) as pilot:
        assert not switches & set(pilot.app._bindings.key_to_bindings)


async def test_tab_goes_round_the_panes_and_back():
    async with running() as pilot:
        names = []
        for _ in range(4):
            names.append(pilot.app.cockpit.pane.spec.name)
            await pilot.press("tab")
        assert names == ["pods", "decisions", "events", "gpu"]
        assert pilot.app.cockpit.pane.spec.name == "pods"
        await pilot.press("h")
        assert pilot.app.cockpit.pane.spec.name == "gpu"


async def test_a_filter_is_applied_while_typed_kept_with_enter_and_cleared_with_esc():
    async with running() as pilot:
        await shows(pilot, "OOMKilled")
        await pilot.press("slash", *"auth")
        await shows(pilot, "Pods 1 of 6 /auth")
        await pilot.press("enter", "j", "k")
        await shows(pilot, "Pods 1 of 6 /auth")
        await pilot.press("escape")
        await shows(pilot, "Pods 6 ")


async def test_an_invalid_filter_is_said():
    async with running() as pilot:
        await pilot.press("slash", *"auth(", "enter")
        await shows(pilot, "not a regular expression")


async def test_a_letter_typed_into_the_filter_is_no_command():
    async with running() as pilot:
        await pilot.press("slash", *"qmsNT?")
        await shows(pilot, "/qmsNT?")
        assert pilot.app.is_running


async def test_the_namespace_picker_narrows_pods_and_events():
    async with running() as pilot:
        await shows(pilot, "OOMKilled")
        await pilot.press("N", *"ops", "enter")
        await shows(pilot, "Pods 1 of 6 ns:ops-tools")
        assert "ns ops-tools" in screen_text(pilot.app)
        await pilot.press("N", "enter")
        await shows(pilot, "ns all")


async def test_leaving_the_picker_changes_nothing():
    async with running() as pilot:
        await pilot.press("N", *"zzz", "enter", "escape")
        await shows(pilot, "ns all")


async def test_sorting_goes_round_and_turns():
    async with running() as pilot:
        await pilot.press("s")
        await shows(pilot, "— name")
        await pilot.press("S")
        await shows(pilot, "— name, reversed")


async def test_a_paused_stream_holds_still_and_catches_up():
    feed = aura.MemoryFeed(aura.records(), aura.health())
    async with running(aura.console(feed)) as pilot:
        await shows(pilot, "patch_deployment")
        await pilot.press("tab", "f")
        await shows(pilot, "PAUSED (+0)")
        decision = aura.decisions()[3]
        fields = {name: getattr(decision, name) for name in decision.__struct_fields__}
        feed.put(Kind.DECISION, type(decision)(**fields | {"key": "d9", "seq": 9, "action": "scale_to_zero"}))
        await shows(pilot, "PAUSED (+1)")
        assert "scale_to_zero" not in screen_text(pilot.app)
        await pilot.press("f")
        await shows(pilot, "scale_to_zero")


async def test_a_list_cannot_be_paused_and_says_so():
    async with running() as pilot:
        await pilot.press("f")
        await shows(pilot, "is a list, not a stream")


async def test_the_next_alarm_goes_to_what_it_is_about_worst_first_and_round():
    async with running() as pilot:
        await shows(pilot, "2 alarms")
        await pilot.press("n")
        await shows(pilot, "alarm 1 of 2: CRITICAL memory limit")
        assert pilot.app.cockpit.pane.spec.name == "decisions"
        assert pilot.app.cockpit.pane.selected.key == "d4"
        await pilot.press("n")
        await shows(pilot, "alarm 2 of 2: WARNING retries")
        await pilot.press("n")
        await shows(pilot, "alarm 1 of 2")


async def test_a_new_critical_finding_rings_once():
    feed = aura.MemoryFeed(aura.records(with_findings=False), aura.health())
    settings = Settings(optimizer=aura.SETTINGS.optimizer)
    async with running(aura.console(feed, settings)) as pilot:
        rings = []
        pilot.app.bell = lambda: rings.append(1)
        feed.put(Kind.FINDING, *aura.findings())
        await shows(pilot, "2 alarms")
        feed.drop(Kind.FINDING, "f2")
        await shows(pilot, "1 alarm,")
        assert rings == [1]


@pytest.mark.parametrize("size", [(80, 24), (60, 16), (139, 50), (200, 31)])
async def test_where_four_panes_do_not_fit_one_is_shown_and_the_others_in_one_line(size):
    async with running(size=size) as pilot:
        await shows(pilot, "Pods 6 live")
        text = screen_text(pilot.app)
        assert "Events 4 STALE" in text
        assert "FailedScheduling" not in text
        await pilot.press("tab", "tab")
        await shows(pilot, "FailedScheduling")
        assert "OOMKilled" not in screen_text(pilot.app)


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
        await shows(pilot, "FailedScheduling")
        assert len(screen_lines(pilot.app)) == 50


async def test_maximise_shows_one_pane_and_back():
    async with running() as pilot:
        await shows(pilot, "FailedScheduling")
        await pilot.press("m")
        await until(pilot, lambda: "FailedScheduling" not in screen_text(pilot.app))
        assert "Events 4 STALE" in screen_text(pilot.app)
        await pilot.press("escape")
        await shows(pilot, "FailedScheduling")


async def test_the_mouse_chooses_and_opens():
    async with running() as pilot:
        await shows(pilot, "patch_deployment")
        await pilot.click("#decisions", offset=(10, 3))
        assert pilot.app.cockpit.pane.spec.name == "decisions"
        await pilot.click("#decisions", offset=(10, 3))
        await shows(pilot, "As it was written")


async def test_the_theme_goes_round():
    async with running() as pilot:
        seen = []
        for _ in range(3):
            await pilot.press("T")
            seen.append(pilot.app.colours)
        assert sorted(seen) == ["ansi", "dark", "light"]
        await shows(pilot, "OOMKilled")


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
        assert "patch_deployment" in screen_text(pilot.app)
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
        assert "patch_deployment" in screen_text(pilot.app)
        del pane.model.update
        feed.drop(Kind.POD, "production/api-gateway-7f8d9b6c5-2v4x1")
        await shows(pilot, "Pods 4")


async def test_what_came_while_another_screen_was_in_front_is_there_on_return():
    feed = aura.MemoryFeed(aura.records(), aura.health())
    async with running(aura.console(feed)) as pilot:
        await shows(pilot, "OOMKilled")
        await pilot.press("question_mark")
        await shows(pilot, "Everywhere")
        feed.drop(Kind.POD, "production/checkout-6c5b4a3d2-zx9cv")
        await until(pilot, lambda: pilot.app.cockpit.panes[0].model.total == 5)
        await pilot.press("escape")
        await shows(pilot, "Pods 5")


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
            return Outcome("revoke", aura.NOW) if name == "revoke" else None

    async with running(core) as pilot:
        core.switchboard = Board()
        await pilot.press("q")
        await shows(pilot, "a kill switch is at work")
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


async def test_the_banner_names_the_key_of_the_switch_only_where_it_is_bound():
    core = aura.console()
    core.switchboard = aura.Board()
    async with running(core) as pilot:
        await shows(pilot, "press 1: revoke")
        await shows(pilot, " 1 kill switches ")
    core = aura.console(settings=Settings(read_only=True))
    core.switchboard = aura.Board()
    async with running(core) as pilot:
        await shows(pilot, "kill switch: revoke")
