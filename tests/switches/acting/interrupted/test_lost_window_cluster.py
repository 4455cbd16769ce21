"""A lost window never stops a kill half-way: real pseudo-terminals, a real API server, a hang-up right after Enter."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from opsconsole.journal.reader import read_entries, verify
from opsconsole.journal.runs import runs
from tests.support.waiting import eventually
from tests.switches.rbac import RBAC, Rbac
from tests.ui.terminal.test_terminal import Terminal

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster

BINDINGS = 25


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def environ(cluster: TestCluster, state: Path, tmp_path: Path) -> dict[str, str]:
    return {
        "KUBECONFIG": str(cluster.admin_kubeconfig),
        "HOME": str(tmp_path),
        "XDG_STATE_HOME": str(state),
        "OPSCONSOLE_SWITCHES_PATIENCE_SECONDS": "20",
        "OPSCONSOLE_GPU_ENABLED": "false",
    }


@pytest.fixture
def open_in(environ: dict[str, str], account: str) -> Iterator[Callable[..., Terminal]]:
    opened: list[Terminal] = []

    def make(*arguments: str) -> Terminal:
        settings = {"OPSCONSOLE_OPTIMIZER_SERVICE_ACCOUNT": account}
        opened.append(Terminal("-m", "opsconsole", *arguments, **(environ | settings)))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


@pytest.fixture
def bindings(rbac: Rbac) -> list[str]:
    return [rbac.binding(f"lost-{number}", [rbac.me]) for number in range(BINDINGS)]


def confirm(terminal: Terminal, is_begun: Callable[[], bool]) -> None:
    """Press Enter until it is taken: a plan that was drawn less than a second ago takes none."""

    def is_taken() -> bool:
        terminal.send(b"\r")
        with contextlib.suppress(TimeoutError):
            return eventually(is_begun, seconds=10.0)
        return False

    eventually(is_taken, "the intent is on the disk")


def _left(cluster: TestCluster, names: list[str]) -> list[str]:
    return [name for name in names if cluster.api.exists(f"{RBAC}/clusterrolebindings/{name}")]


def _ended(terminal: Terminal) -> bool:
    pid, _ = os.waitpid(terminal.pid, os.WNOHANG)
    if pid:
        terminal.pid = 0
    return bool(pid)


def _carried_through(cluster: TestCluster, state: Path, terminal: Terminal, names: list[str]) -> None:
    eventually(lambda: _ended(terminal), "the console has finished by itself")
    assert _left(cluster, names) == []
    folder = state / "opsconsole"
    (run,) = runs(read_entries(folder))
    assert run.finished
    assert run.outcome.success, run.outcome
    (outcome,) = [entry for entry in read_entries(folder) if entry.kind == "outcome"]
    assert "terminal was lost" in outcome.body["unattended"]
    assert verify(folder).status == "intact"


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_the_screen_is_lost_right_after_enter(
    cluster: TestCluster, bindings: list[str], open_in: Callable[..., Terminal], state: Path, number: int
) -> None:
    terminal = open_in()
    terminal.read(b"Pods")
    terminal.read(seconds=3.0)  # the first plans are made
    terminal.send(b"1")
    terminal.read(bindings[0].encode())
    terminal.read(seconds=2.5)  # a terminal that does not say where its cursor is is given a second to draw
    confirm(terminal, (state / "opsconsole" / "journal.jsonl").exists)
    os.kill(terminal.pid, number)
    os.kill(terminal.pid, number)
    terminal.hang_up()
    _carried_through(cluster, state, terminal, bindings)


def test_the_command_loses_its_terminal_right_after_the_confirmation(
    cluster: TestCluster,
    bindings: list[str],
    open_in: Callable[..., Terminal],
    state: Path,
    environ: dict[str, str],
    account: str,
) -> None:
    terminal = open_in("kill", "revoke")
    terminal.read(b"to confirm")
    terminal.send(b"revoke\n")
    eventually((state / "opsconsole" / "journal.jsonl").exists, "the intent is on the disk")
    terminal.hang_up()
    _carried_through(cluster, state, terminal, bindings)
    again = subprocess.run(
        [sys.executable, "-m", "opsconsole", "kill", "revoke", "--dry-run"],
        env={**os.environ, **environ, "OPSCONSOLE_OPTIMIZER_SERVICE_ACCOUNT": account},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "was carried through though its terminal was lost (SIGHUP): DONE AND PROVED" in again.stderr


def test_a_hang_up_before_the_confirmation_changes_nothing(
    cluster: TestCluster, bindings: list[str], open_in: Callable[..., Terminal], state: Path
) -> None:
    terminal = open_in("kill", "revoke")
    terminal.read(b"to confirm")
    terminal.hang_up()
    eventually(lambda: _ended(terminal), "the command has ended")
    assert len(_left(cluster, bindings)) == BINDINGS
    assert not (state / "opsconsole" / "journal.jsonl").exists()
