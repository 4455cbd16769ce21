"""The banner after the switches: what is proved, what is not, what is new, and what came back."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsconsole.alarms import grouped
from opsconsole.records import Finding, Health, Kind, Outcome, Plan, Proof, Ref, Severity, State
from opsconsole.switches import watchdog
from opsconsole.ui.kill import keys
from opsconsole.ui.status import containment
from opsconsole.ui.status.banner import Alert, banner
from opsconsole.ui.status.containment import Executed
from tests.switches.acting.test_kill_screen import core_with, open_plan, press
from tests.switches.toys import Toys
from tests.ui import aura
from tests.ui.running import running, screen_lines, shows, until
from tests.ui.status.contained import AT, executed, finding, held

KEYS = {"revoke": "1", "optimizer": "2", "gpu": "3", "all": "0"}
LIVE = Health("watchdog", State.LIVE, AT, AT, "watching that 2 bindings stay away")


def words(alert: Alert) -> str:
    return "".join(text for _, (text, _) in banner(alert._replace(switch_keys=KEYS)))


def styles(alert: Alert) -> set[str]:
    return {style for _, (_, style) in banner(alert)}


def test_before_anything_was_executed_the_worst_finding_leads():
    assert "old is wrong" in words(Alert(alarms=grouped([finding("old", AT - 9)])))
    assert banner(Alert()) == []


def test_all_three_proved_is_contained_in_the_safe_style_whatever_was_found_before():
    done = held(executed("revoke"), executed("optimizer", at=AT + 60), executed("gpu", at=AT + 70))
    alert = Alert(alarms=grouped([finding("old", AT - 9)]), containment=done)
    assert words(alert).startswith(" CONTAINED 03:15:22 UTC: rights, optimizer, GPUs proved; no new alarm ")
    assert "rights revoked and proved 03:14:22" in words(alert)
    assert styles(alert) == {"safe"}
    assert "old is wrong" not in words(alert)


def test_one_switch_alone_is_never_told_as_complete():
    alert = Alert(containment=held(executed("revoke"), gpu_state=State.STARTING))
    assert words(alert).startswith(
        " PARTLY CONTAINED 03:14:22 UTC: rights proved; NOT optimizer (2); UNKNOWN GPUs (3); no new alarm"
    )
    assert styles(alert) == {"notice"}


def test_clean_gpus_alone_contain_nothing():
    alert = Alert(alarms=grouped([finding("old", AT - 9)]), containment=held(executed("gpu")))
    assert alert.containment is not None
    assert alert.containment.since is None
    assert "CONTAINED" not in words(alert)
    assert "old is wrong" in words(alert)


@pytest.mark.parametrize("holds", [False, None])
def test_what_no_proof_holds_for_is_not_proved_and_says_which(holds):
    alert = Alert(alarms=grouped([finding("old", AT - 9)]), containment=held(executed("revoke", holds=holds)))
    assert "NOT PROVED: " in words(alert)
    assert " CONTAINED" not in words(alert)
    assert "old is wrong" in words(alert)


def test_news_are_counted_and_a_critical_one_is_red_again():
    done = held(executed("revoke"), executed("optimizer"))
    mild = grouped([finding("mild", severity=Severity.WARNING), finding("other", severity=Severity.WARNING)])
    alert = Alert(alarms=mild, containment=done, news=mild)
    assert "; 2 new alarms since " in words(alert)
    assert "banner" not in styles(alert)
    bad = grouped([finding("bad")])
    alert = Alert(alarms=bad, containment=done, news=bad)
    assert words(alert).startswith(" !! SINCE CONTAINED 03:14:22: bad is wrong")
    assert "banner" in styles(alert)


def test_what_was_done_since_comes_before_newer_words() -> None:
    done = held(executed("revoke"), executed("optimizer"))
    said, deed = finding("said", AT + 90, change=""), finding("deed", AT + 30, change="c-1")
    state = finding("state", AT + 20, decision="", change="")
    mild = finding("mild", AT + 99, severity=Severity.WARNING, change="c-2")
    for seen in (deed, state):
        news = grouped([said, seen, mild])
        assert words(Alert(alarms=news, containment=done, news=news)).startswith(
            f" !! SINCE CONTAINED 03:14:22: {seen.title}"
        )
    news = grouped([said, mild])
    assert words(Alert(alarms=news, containment=done, news=news)).startswith(
        f" !! SINCE CONTAINED 03:14:22: {said.title}"
    )


def test_a_switch_that_has_done_its_work_is_not_offered_again():
    bad = grouped([finding("bad")])
    partly = Alert(alarms=bad, containment=held(executed("revoke")), news=bad)
    assert "press 2: optimizer" in words(partly)
    wholly = Alert(alarms=bad, containment=held(executed("revoke"), executed("optimizer")), news=bad)
    assert "press" not in words(wholly)
    assert "D: damage" in words(wholly)


def test_what_comes_back_is_a_containment_lost_and_the_switch_is_offered_again():
    assert set(containment.RETURNED) == {watchdog.REVOKED, watchdog.DELETED}
    back = finding(
        "back", rule=watchdog.REVOKED, title="ClusterRoleBinding/x is back", decision="", about=Ref("Pod", "", "x")
    )
    alert = Alert(alarms=grouped([back]), containment=held(executed("revoke"), executed("optimizer")))
    assert words(alert).startswith(" !! CONTAINMENT LOST: ClusterRoleBinding/x is back")
    assert "press 1: revoke" in words(alert)


@pytest.mark.parametrize(
    ("health", "said"),
    [
        (LIVE, ""),
        (None, "not watched yet"),
        (Health("watchdog", State.ABSENT, AT), "not watched yet"),
        (Health("watchdog", State.STALE, AT - 9, AT - 41, "503"), "NOT WATCHED for 41s: 503"),
        (Health("watchdog", State.LIVE, AT - 99, AT - 99), "NOT WATCHED for 99s"),
    ],
)
def test_a_proof_that_nobody_watches_is_in_doubt(health, said):
    doubt = containment.watched(health, AT)
    assert doubt == said
    alert = Alert(containment=held(executed("revoke"), executed("optimizer")), doubt=doubt)
    assert said in words(alert)
    assert styles(alert) == ({"notice"} if said else {"safe"})


def test_a_sweep_that_goes_on_is_told_beside_the_worst_of_its_objects():
    sweep = Finding(
        "blast-radius|SERVICES|a minute",
        "blast-radius",
        Severity.WARNING,
        "changes 12 of 40 services in a minute",
        at=AT,
    )
    parts = banner(Alert(alarms=grouped([finding(), sweep]), switch_keys=KEYS))
    assert parts[0] == banner(Alert(alarms=grouped([finding()]), switch_keys=KEYS))[0], "a narrow screen shows it alone"
    assert (1, ("— also changes 12 of 40 services in a minute ", "banner")) in parts


def test_a_switch_at_work_leads_the_banner():
    outcome = Outcome("optimizer", AT, proofs=(Proof("a", holds=True), Proof("b")))
    parts = banner(Alert(alarms=grouped([finding()]), working=outcome, switch_keys=KEYS))
    assert parts[0] == (0, (" 2 optimizer: VERIFYING: 1 of 2 proofs so far ", "notice"))
    assert all(importance for importance, _ in parts[1:]), "on a narrow terminal it stands alone"


async def test_the_banner_follows_the_switches_from_the_first_proof_to_its_loss():
    feed = aura.MemoryFeed(aura.records(), [*aura.health(), LIVE])
    core = aura.console(feed)
    core.switchboard = board = aura.Board()
    async with running(core) as pilot:
        await shows(pilot, "memory limit 1Gi")
        board.finish(*executed("revoke"))
        await shows(pilot, "PARTLY CONTAINED 03:14:22 UTC: rights proved; NOT optimizer, GPUs; no new alarm")
        feed.drop(Kind.GPU_PROCESS, "31337-1")
        board.finish(*executed("optimizer"))
        await until(pilot, lambda: screen_lines(pilot.app)[1].startswith(" CONTAINED"), "the containment")
        feed.put(Kind.FINDING, finding("later", severity=Severity.WARNING))
        await shows(pilot, "1 new alarm since")
        feed.put(Kind.FINDING, finding("worse"))
        await shows(pilot, "!! SINCE CONTAINED 03:14:22: worse is wrong")
        feed.put(Kind.FINDING, finding("back", rule="returned-rights", title="it is back"))
        await shows(pilot, "CONTAINMENT LOST: it is back")


async def test_what_is_executed_before_anybody_looked_for_the_switches_is_told_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "_LOOK_FOR_BOARD", 3600.0)
    core = core_with(Toys(tmp_path / "journal"))
    board, core.switchboard = core.switchboard, None
    async with running(core) as pilot:
        core.switchboard = board
        await press(pilot, "enter", await open_plan(pilot))
        await shows(pilot, "DONE AND PROVED")
        await press(pilot, "escape")
        await until(pilot, lambda: "CONTAINED" in screen_lines(pilot.app)[1], "the containment")


async def test_at_80_columns_the_key_to_press_is_seen_behind_a_long_title():
    feed = aura.MemoryFeed({Kind.FINDING: [finding("long", title="a very long title " * 9)]}, aura.health())
    core = aura.console(feed)
    core.switchboard = aura.Board()
    async with running(core, size=(80, 24)) as pilot:
        await shows(pilot, "press 1: revoke")
        assert "prod-east" in screen_lines(pilot.app)[0]


async def test_what_is_at_work_is_told_in_the_cockpit_too():
    core = aura.console()
    core.switchboard = board = aura.Board()
    async with running(core) as pilot:
        board.at_work = Executed(Plan("revoke", "r", AT, ""), Outcome("revoke", AT))
        await shows(pilot, "1 revoke: VERIFYING")


@pytest.mark.parametrize("switch", ["revoke", "optimizer"])
def test_where_nobody_is_named_the_banner_asks_who_it_is_before_any_switch(switch: str) -> None:
    alert = Alert(alarms=grouped([finding("old", AT - 9, switch=switch)]))
    assert f"press {KEYS[switch]}: {switch}" in words(alert)
    unnamed = words(alert._replace(who_key="W"))
    assert "press W: who writes it" in unnamed
    assert f": {switch} " not in unnamed


def test_what_holds_a_gpu_is_ended_without_a_name() -> None:
    alert = Alert(alarms=grouped([finding("old", AT - 9, switch="gpu")]), who_key="W")
    assert "press 3: gpu" in words(alert)
