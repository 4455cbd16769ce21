"""Commands that govern, and signals at each phase: before, nothing is changed; after, nothing is left half-way."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from opsconsole.journal.reader import read_entries, verify
from opsconsole.journal.runs import Run, runs
from opsconsole.records import StepState
from tests.govern.builders import apps, deployment
from tests.govern.conftest import BINDINGS, POLICIES, GovernBoard, do, wait_governed
from tests.support.waiting import eventually
from tests.testbed.api import Api
from tests.ui.terminal.test_terminal import Terminal

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster

pytestmark = pytest.mark.cluster

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_SIGN = ("approve", "sign", "--on", "deploy/{}/web", "--set", "replicas=0", "--minutes")
COMMANDS = {
    "freeze": ("kill", "freeze"),
    "thaw": ("kill", "thaw"),
    "downgrade": ("kill", "downgrade"),
    "install": ("govern", "install"),
    "approve": (*_SIGN, "0.1"),
}
WAITS = {"wait": (*_SIGN, "5")}
"""Good for long enough to be proved, however slow the machine is."""
READS = {"0", "63"}
"""The number of read(2): of x86-64, and of others."""

COMMAND = pytest.mark.parametrize("command", COMMANDS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "acting"


@pytest.fixture
def ready(
    command: str, cluster: TestCluster, namespace: str, account: str, optimizer: Api, board_for: GovernBoard
) -> None:
    """What the command needs to find in the cluster."""
    if command == "thaw":
        do(board_for(account), "freeze")
    if command in {"approve", "wait"}:
        cluster.api.post(apps(namespace)[:-4], deployment())
        do(board_for(account), "install-governor")
        wait_governed(optimizer, namespace)


@pytest.fixture
def asks(
    command: str, ready: None, cluster: TestCluster, namespace: str, account: str, folder: Path
) -> Iterator[Callable[[], Terminal]]:
    """Start the command, and wait until it asks to be confirmed."""
    del ready
    opened: list[Terminal] = []
    kubeconfig = cluster.kubeconfig_for_user("ann", ["sre-approvers", "system:masters"])
    environment = {
        "KUBECONFIG": str(kubeconfig),
        "HOME": str(folder),
        "XDG_STATE_HOME": str(folder),
        "OPSCONSOLE_OPTIMIZER_SERVICE_ACCOUNT": account,
        "OPSCONSOLE_GPU_ENABLED": "false",
    }
    arguments = [each.format(namespace) for each in (COMMANDS | WAITS)[command]]

    def start() -> Terminal:
        opened.append(Terminal("-m", "opsconsole", *arguments, **environment))
        opened[-1].read(b"to confirm")
        eventually(lambda: waits_for_an_answer(opened[-1].pid), "it waits for the answer")
        return opened[-1]

    yield start
    for each in opened:
        each.close()


def waits_for_an_answer(pid: int) -> bool:
    """Whether it blocks in a read of its terminal: a signal that comes just before that is seen with the next one."""
    number, first, *_ = [*Path(f"/proc/{pid}/syscall").read_text(encoding="ascii").split(), ""]
    return number in READS and first == "0x0"


def executions(folder: Path) -> list[Run]:
    """What the journal has of executions by the command."""
    return list(runs(read_entries(folder / "opsconsole")))


@COMMAND
def test_a_signal_at_the_question_changes_nothing(
    cluster: TestCluster, asks: Callable[[], Terminal], folder: Path, command: str
) -> None:
    def governing() -> list[str]:
        return sorted(
            each["metadata"]["uid"] for place in (POLICIES, BINDINGS) for each in cluster.api.get(place)["items"]
        )

    del command
    before = governing()
    for number in SIGNALS:
        terminal = asks()
        os.kill(terminal.pid, number)
        assert terminal.wait() == (3 if number is signal.SIGINT else 128 + number)
    assert executions(folder) == []
    assert governing() == before


@pytest.mark.parametrize(
    ("command", "number"),
    [
        *(("freeze", number) for number in SIGNALS),
        ("thaw", signal.SIGHUP),
        ("downgrade", signal.SIGTERM),
        ("install", signal.SIGTERM),
        ("install", signal.SIGINT),
        ("approve", signal.SIGINT),
        ("approve", signal.SIGHUP),
    ],
)
def test_a_signal_after_the_confirmation_leaves_nothing_half_way(
    asks: Callable[[], Terminal], folder: Path, number: signal.Signals, command: str
) -> None:
    terminal = asks()
    terminal.send({"install": b"install\n"}.get(command, command.encode() + b"\n"))
    journal = folder / "opsconsole" / "journal.jsonl"
    eventually(journal.exists, "the intent is on the disk")
    os.kill(terminal.pid, number)
    late = b'"kind":"outcome"' in journal.read_bytes()  # it may have ended just before: then this says nothing of it
    code = terminal.wait()
    found = executions(folder)
    assert found, terminal.output
    assert found[0].finished
    assert {step.state for step in found[0].outcome.steps} <= {StepState.DONE, StepState.SKIPPED}
    assert found[0].outcome.proofs
    assert late or code in {0, 1}, "its own verdict"
    assert verify(folder / "opsconsole").status == "intact"
    if command == "approve" and not late:
        assert [run.plan.switch for run in found] == ["approve", "withdraw"]


@pytest.mark.parametrize("command", WAITS)
@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_while_an_approval_is_waited_for_leaves_it_with_its_own_verdict(
    asks: Callable[[], Terminal], folder: Path, number: signal.Signals, command: str
) -> None:
    del command
    terminal = asks()
    terminal.send(b"approve\n")
    terminal.read(b"waiting until it was used or is over")
    os.kill(terminal.pid, number)
    assert terminal.wait() == 0
    assert all(run.finished for run in executions(folder))
