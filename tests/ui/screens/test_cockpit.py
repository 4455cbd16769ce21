"""The cockpit: what it shows, where the keys go, what comes in live."""

from __future__ import annotations

import msgspec
import pytest

from opsconsole.records import Finding, Health, Kind, Pod, Ref, Severity, State
from opsconsole.settings import ClusterSettings, Settings
from opsconsole.ui.terminal.bell import PAUSE
from tests.support.clock import ManualClock
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
            "auth-service  cpu",
            "0.982",
            "FailedScheduling",
            "GPU0",
            "CLEAN UP: zombie",
            "STALE 41s: 403 list events",
        ):
            assert word in text
        assert "live <1s" in row_of(pilot.app, "Pods 6")


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


async def test_other_feeds_that_are_ill_are_named_in_the_header():
    feed = aura.MemoryFeed(aura.records(), aura.health())
    async with running(aura.console(feed)) as pilot:
        feed.health(Health("nodes", State.DENIED, aura.NOW, None, "list nodes"))
        await shows(pilot, "nodes DENIED")


async def test_read_only_is_said_in_header_and_help_and_no_switch_is_offered():
    settings = Settings(read_only=True, cluster=ClusterSettings(context="prod-east"))
    async with running(aura.console(settings=settings)) as pilot:
        await shows(pilot, "READ-ONLY")
        assert "press 1" not in screen_text(pilot.app)
        await pilot.press("question_mark")
        await shows(pilot, "are off; this console can't write")


async def test_the_help_lists_every_key_of_the_panes():
    async with running() as pilot:
        await pilot.press("question_mark")
        await shows(pilot, "Here, in the pane Pods")
        page = "\n".join("".join(text for text, _ in line.spans) for line in pilot.app.screen.buffer.lines)
        for binding in type(pilot.app.cockpit).BINDINGS:
            assert binding.description in page
        assert "Signs" in page
        await pilot.press("escape")
        await shows(pilot, "Pods 6")


async def test_no_key_that_tmux_or_a_terminal_takes_is_bound():
    taken = {"ctrl+b", "ctrl+a", "ctrl+s", "ctrl+q", *(f"f{n}" for n in range(1, 25))}
    async with running() as pilot:
        for node in (pilot.app, pilot.app.cockpit):
            assert not taken & set(node._bindings.key_to_bindings)


async def test_a_read_only_console_has_no_switch_keys_at_all():
    switches = {"1", "2", "3", "0", "R", "u"}
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
        await pilot.press("N", *"Zzz", "enter", "escape")
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
        await shows(pilot, "auth-service  cpu")
        await pilot.press("tab", "f")
        await shows(pilot, "PAUSED (+0)")
        decision = aura.decisions()[3]
        fields = {name: getattr(decision, name) for name in decision.__struct_fields__}
        feed.put(
            Kind.DECISION, type(decision)(**fields | {"key": "d9", "seq": 9, "verb": "", "message": "scale_to_zero"})
        )
        await shows(pilot, "PAUSED (+1)")
        assert "scale_to_zero" not in screen_text(pilot.app)
        await pilot.press("f")
        await shows(pilot, "scale_to_zero")


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


async def test_a_critical_finding_soon_after_another_rings_behind_the_bells_pause():
    feed = aura.MemoryFeed(aura.records(with_findings=False), aura.health())
    clock = ManualClock(aura.NOW)
    async with running(aura.console(feed, Settings(optimizer=aura.SETTINGS.optimizer), clock)) as pilot:
        rings = []
        pilot.app.bell = lambda: rings.append(1)
        critical = next(each for each in aura.findings() if each.severity is Severity.CRITICAL)
        feed.put(Kind.FINDING, critical)
        await until(pilot, lambda: rings == [1])
        feed.put(Kind.FINDING, msgspec.structs.replace(critical, key="another", title="another thing"))
        await shows(pilot, "2 alarms")
        assert rings == [1]
        clock.passes(PAUSE)
        await until(pilot, lambda: rings == [1, 1])


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
        await shows(pilot, "auth-service  cpu")
        await pilot.click("#decisions", offset=(10, 3))
        await until(pilot, lambda: pilot.app.cockpit.pane.spec.name == "decisions")
        await pilot.click("#decisions", offset=(10, 3))
        await shows(pilot, "Raw log entry")


async def test_the_theme_goes_round():
    async with running() as pilot:
        seen = []
        for _ in range(3):
            await pilot.press("T")
            seen.append(pilot.app.colours)
        assert sorted(seen) == ["ansi", "dark", "light"]
        await shows(pilot, "OOMKilled")


async def test_what_came_while_another_screen_was_in_front_is_there_on_return():
    feed = aura.MemoryFeed(aura.records(), aura.health())
    async with running(aura.console(feed)) as pilot:
        await shows(pilot, "OOMKilled")
        await pilot.press("question_mark")
        await shows(pilot, "Here, in")
        feed.drop(Kind.POD, "production/checkout-6c5b4a3d2-zx9cv")
        await until(pilot, lambda: pilot.app.cockpit.panes[0].model.total == 5)
        await pilot.press("escape")
        await shows(pilot, "Pods 5")


async def test_the_banner_names_the_key_of_the_switch_only_where_it_is_bound():
    core = aura.console()
    core.switchboard = aura.Board()
    async with running(core) as pilot:
        await shows(pilot, "press 1: revoke")
        await shows(pilot, " 1 kill switches ")
    core = aura.console(settings=msgspec.structs.replace(aura.SETTINGS, read_only=True))
    core.switchboard = aura.Board()
    async with running(core) as pilot:
        await shows(pilot, "kill switch: revoke")


async def test_where_nobody_is_named_the_banner_leads_to_the_writers():
    core = aura.console(settings=Settings())
    core.switchboard = aura.Board()
    async with running(core) as pilot:
        await shows(pilot, "press W: who writes it")


def repeated(number: int, severity: Severity = Severity.CRITICAL) -> Finding:
    about = Ref("Deployment", "production", "auth-service")
    return Finding(f"r{number}", "retry", severity, "tries again", "", about, "d3", at=aura.NOW + number)


async def test_alarms_that_say_the_same_are_one_stop_with_a_count():
    feed = aura.MemoryFeed(aura.records(), aura.health())
    async with running(aura.console(feed)) as pilot:
        feed.put(Kind.FINDING, *(repeated(number) for number in range(10)))
        await shows(pilot, "3 alarms, 2 critical")
        await shows(pilot, "!! tries again (x10)")
        await pilot.press("n")
        await shows(
            pilot, "alarm 1 of 3: CRITICAL tries again on Deployment/auth-service -n production (x10 since 03:14:22)"
        )
        feed.put(Kind.FINDING, repeated(11))
        await shows(pilot, "(x11)")
        await pilot.press("n")
        await shows(pilot, "alarm 2 of 3: CRITICAL memory limit")


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_the_coach_is_read_to_the_end_however_narrow_the_terminal(size):
    core = aura.console()
    words = "coach 4/5: Its GPU workers stayed behind. Press 3 (clean GPUs), Enter, and watch the memory come back."
    said = [words]
    core.coach = lambda: said[0]
    async with running(core, size=size) as pilot:
        await shows(pilot, "coach 4/5")
        assert words in " ".join(screen_text(pilot.app).split())
        said[0] = "coach: done"
        await shows(pilot, "coach: done")
        await until(pilot, lambda: pilot.app.cockpit.query_one("#coach").size.height == 1)
        said[0] = ""
        await until(pilot, lambda: "coach" not in screen_text(pilot.app))


async def test_what_is_to_be_said_of_a_source_that_is_well_is_seen():
    feed = aura.MemoryFeed(aura.records(), [*aura.health(), Health("gpu", State.LIVE, aura.NOW, aura.NOW, "simulated")])
    async with running(aura.console(feed)) as pilot:
        await shows(pilot, "live <1s: simulated")
