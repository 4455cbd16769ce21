"""A night without a name: nobody told the console which script it is, and the writers' pane finds it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import cast

import pytest

from opsconsole.commands.running.rehearse import console_settings, knows
from opsconsole.composition import build_console
from opsconsole.console import Console
from opsconsole.governor.observed.attribution import GENERIC
from opsconsole.records import ClusterWriter, Kind, WriterClass
from opsconsole.settings import Settings
from opsconsole.settings.sources import with_optimizer
from opsconsole.writers.audit.event import parse
from opsconsole.writers.candidates import candidates
from opsconsole.writers.rows import rank
from rehearsal import scenario
from rehearsal.coaching.coach import line
from rehearsal.rehearsal import AUDIT_LOG, Rehearsal
from rehearsal.scenario import Scenario
from tests.rehearsal.test_coach import MENDED, REVOKED, WORST

CULPRIT = "system:serviceaccount:batch-jobs:report-generator"


@pytest.fixture(scope="module")
def night() -> Scenario:
    return scenario.load("unknown")


def test_the_coach_leads_from_the_writers_to_the_end(night: Scenario) -> None:
    unnamed = WORST._replace(named=False)
    told = [
        line(night.lessons, unnamed._replace(**changes), 0.0)
        for changes in ({}, {"named": True}, {"named": True, **REVOKED}, {"named": True, **MENDED})
    ]
    assert [each.step for each in told] == [1, 2, 3, 0]
    assert "Press W" in told[0].text
    assert "press 1" in told[1].text


def test_the_console_is_told_nobody_and_given_the_audit_log(
    rehearse: Callable[..., Rehearsal], night: Scenario
) -> None:
    rehearsal = rehearse(night)
    settings = console_settings(Settings(), rehearsal)
    assert not settings.optimizer.name
    assert settings.writers.audit_log == str(rehearsal.folder / AUDIT_LOG)
    assert not knows(settings, rehearsal)


def test_three_programs_write_and_the_audit_log_tells_who(rehearse: Callable[..., Rehearsal], night: Scenario) -> None:
    rehearsal = rehearse(night)
    rehearsal.play_past(history=60.0)
    writes = [parse(text) for text in (rehearsal.folder / AUDIT_LOG).read_text().splitlines()]
    by_user = {write.user: write for write in writes if write is not None}
    assert by_user.keys() == {
        CULPRIT,
        "system:serviceaccount:ci:release-bot",
        "system:serviceaccount:finance:cost-labeller",
    }
    assert by_user["system:serviceaccount:finance:cost-labeller"].agent == "python-requests/2.31.0"


def test_a_named_night_keeps_no_audit_log(rehearse: Callable[..., Rehearsal], aura: Scenario) -> None:
    rehearsal = rehearse(aura)
    rehearsal.play_past(history=60.0)
    assert not (rehearsal.folder / AUDIT_LOG).exists()


def test_a_chore_on_what_is_not_there_is_named() -> None:
    text = (
        'title="t"\nstory="s"\nchores=[{account="a/b",agent="x",target="gone",note="n"}]\n[traffic]\nbase=1.0\n'
        '[[nodes]]\nname="n"\ncpu="1"\nmemory="1Gi"\n[[services]]\nname="web"\nimage="x"\nbehaviour={}\n'
        '[optimizer]\nmodule="aura"\nnamespace="o"\nname="o"\naccount="a"\nimage="x"\nbindings=[]\n'
    )
    with pytest.raises(scenario.ScenarioError, match=r"chores\[0\]: target 'gone'"):
        scenario.parse(text, "night.toml")


def until(core: Console, what: str, holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        core.pump()
        time.sleep(0.05)


def test_the_pane_finds_it_and_the_switches_work_on_it(rehearse: Callable[..., Rehearsal], night: Scenario) -> None:
    rehearsal = rehearse(night)
    rehearsal.start()
    core = build_console(console_settings(Settings(), rehearsal))
    core.start()
    try:
        until(core, "its user is known", lambda: f"user {CULPRIT}" in core.store.table(Kind.WRITER))
        until(core, "its pod is known", lambda: any("report-generator" in key for key in core.store.pods))
        until(core, "what it set is known", lambda: first(core).fields)
        found = first(core)
        assert (found.name, found.sort, found.proved) == (CULPRIT, WriterClass.SUSPECT, True)
        until(core, "its rights are known", lambda: first(core).rights == ("cluster-admin",))
        until(core, "its workload is known", lambda: choice(core).entry.workloads)
        assert choice(core).entry.workloads == ("Deployment/batch-jobs/report-generator",)
        until(core, "the console is built", lambda: core.adopt)
        assert core.adopt is not None
        core.adopt(with_optimizer(core.settings, choice(core).entry))
        assert knows(core.settings, rehearsal)
        until(core, "there is a plan", lambda: core.switchboard.plan("revoke"))
        assert "report-generator-admin" in json.dumps([step.title for step in core.switchboard.plan("revoke").steps])
    finally:
        core.stop()


def first(core: Console) -> ClusterWriter:
    rows = sorted(cast("list[ClusterWriter]", list(core.store.table(Kind.WRITER).values())), key=rank)
    return rows[0]


def choice(core: Console):
    store = core.store
    return candidates(first(core), store.pods.values(), store.workloads, core.settings.writers, GENERIC)[0]
