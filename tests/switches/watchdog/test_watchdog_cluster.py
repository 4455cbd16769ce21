"""What was taken away is watched from then on: a binding that returns, under its old name or another, is an alarm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsconsole.clock import SystemClock
from opsconsole.cluster.transport.connection import Connection
from opsconsole.console import Console
from opsconsole.journal.reader import read_entries
from opsconsole.records import Finding, Severity, State
from opsconsole.switches import watchdog
from opsconsole.switches.build import build_switchboard
from opsconsole.switches.engine.board import Switchboard
from tests.support.waiting import eventually
from tests.switches.conftest import IMPATIENT, run, settings_for
from tests.switches.rbac import RBAC, Rbac, group

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.testbed.cluster import TestCluster


@pytest.fixture
def watched(
    cluster: TestCluster, account: str, journal_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., tuple[Switchboard, Console]]]:
    """Starts consoles that watch every tenth of a second, on one journal."""
    monkeypatch.setattr(watchdog, "GLANCE", 0.1)
    monkeypatch.setattr(watchdog, "FULL_LOOK", 0.3)
    started: list[Console] = []

    def start(patience: float | None = None) -> tuple[Switchboard, Console]:
        patient = {} if patience is None else {"patience_seconds": patience}
        settings = settings_for(cluster.admin_kubeconfig, journal_dir, "", account, **patient)
        connection = Connection(settings.cluster, read_only=False, clock=SystemClock())
        console = Console(settings, [], SystemClock())
        board = build_switchboard(settings, connection, console, SystemClock())
        console.start()
        started.append(console)
        return board, console

    yield start
    for console in started:
        console.stop()


def alarms(console: Console) -> list[Finding]:
    console.pump()
    return [each for each in console.store.findings.values() if each.rule == watchdog.REVOKED]


def state(console: Console) -> State | None:
    console.pump()
    found = console.health().get("watchdog")
    return found.state if found is not None else None


def test_what_was_left_on_purpose_is_no_alarm(
    namespace: str, rbac: Rbac, watched: Callable[..., tuple[Switchboard, Console]]
) -> None:
    """A grant to a group that others are in was not chosen: it never went, and so it is not back."""
    rbac.binding("own", [rbac.me])
    rbac.role_binding("for-all", [group(f"system:serviceaccounts:{namespace}")], role="edit")
    board, console = watched(IMPATIENT)
    assert not run(board, board.make_plan("revoke")).success
    eventually(lambda: state(console) is State.LIVE, "the watchdog watches")
    assert alarms(console) == []


def test_a_recreated_binding_is_an_alarm_until_it_is_gone_again(
    cluster: TestCluster, rbac: Rbac, watched: Callable[[], tuple[Switchboard, Console]], journal_dir: Path
) -> None:
    name = rbac.binding("gitops", [rbac.me])
    board, console = watched()
    eventually(lambda: state(console) is State.ABSENT, "the watchdog sleeps")
    body = cluster.api.get(f"{RBAC}/clusterrolebindings/{name}")
    assert run(board, board.make_plan("revoke")).success
    eventually(lambda: state(console) is State.LIVE, "the watchdog watches")
    assert alarms(console) == []
    body["metadata"] = {"name": name}
    cluster.api.post(f"{RBAC}/clusterrolebindings", body)
    eventually(lambda: bool(alarms(console)), "the alarm")
    first = alarms(console)[0]
    assert first.severity is Severity.CRITICAL
    assert first.switch == "revoke"
    assert f"ClusterRoleBinding/{name}" in first.title
    eventually(lambda: any(entry.kind == "alarm" for entry in read_entries(journal_dir)), "the alarm in the journal")
    cluster.api.delete(f"{RBAC}/clusterrolebindings/{name}")
    eventually(lambda: not alarms(console), "the alarm is over")


def test_rights_that_come_back_under_another_name_are_an_alarm_in_the_next_console_too(
    rbac: Rbac, watched: Callable[[], tuple[Switchboard, Console]]
) -> None:
    rbac.binding("old", [rbac.me])
    board, _ = watched()
    assert run(board, board.make_plan("revoke")).success
    _, another = watched()
    eventually(lambda: state(another) is State.LIVE, "the other console watches")
    name = rbac.binding("other-name", [rbac.me])
    eventually(lambda: any(name in each.title for each in alarms(another)), "the alarm")


def test_what_we_put_back_ourselves_is_no_alarm(rbac: Rbac, watched: Callable[[], tuple[Switchboard, Console]]) -> None:
    rbac.binding("undone", [rbac.me])
    board, console = watched()
    assert run(board, board.make_plan("revoke")).success
    eventually(lambda: state(console) is State.LIVE, "the watchdog watches")
    assert run(board, board.undo_plan()).success
    eventually(lambda: board_sleeps(console), "the watchdog sleeps again")
    assert alarms(console) == []


def board_sleeps(console: Console) -> bool:
    return state(console) is State.ABSENT


def test_the_watchdog_survives_an_api_server_that_dies(
    cluster: TestCluster, rbac: Rbac, watched: Callable[[], tuple[Switchboard, Console]]
) -> None:
    rbac.binding("stays-away", [rbac.me])
    board, console = watched()
    assert run(board, board.make_plan("revoke")).success
    eventually(lambda: state(console) is State.LIVE, "the watchdog watches")
    cluster.kill_apiserver()
    try:
        eventually(lambda: state(console) is State.STALE, "it says that it can't look")
    finally:
        cluster.restart_apiserver()
    eventually(lambda: state(console) is State.LIVE, "it watches again")
