"""Signals at each phase of a clean-up of GPUs: before, nothing is ended; after, all of it is, and proved."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from opsconsole.journal.reader import verify
from tests.govern.freeze.test_acting_signals_cluster import executions, waits_for_an_answer
from tests.gpu.children import Children
from tests.nvml.world import NvmlWorld
from tests.support.waiting import eventually
from tests.ui.terminal.test_terminal import Terminal

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
NAME = "aura-train"


class Leftovers(NamedTuple):
    """Orphans of the optimizer's that hold memory: one that ends when it is told to, and one that is deaf."""

    polite: int
    deaf: int


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "acting"


@pytest.fixture
def left(nvml: NvmlWorld, children: Children) -> Leftovers:
    found = Leftovers(children.orphan(NAME), children.orphan(NAME, deaf=True))
    nvml.device(0)
    nvml.process(found.polite, leaks=True)
    nvml.process(found.deaf)
    return found


@pytest.fixture
def asks(cluster: TestCluster, folder: Path, left: Leftovers) -> Iterator[Callable[..., Terminal]]:
    """Start the command, and wait until it asks to be confirmed."""
    del left
    opened: list[Terminal] = []
    environment = {
        "KUBECONFIG": str(cluster.admin_kubeconfig),
        "HOME": str(folder),
        "XDG_STATE_HOME": str(folder),
        "OPSCONSOLE_OPTIMIZER_PROCESSES": NAME,
    }

    def start(seconds: int = 3) -> Terminal:
        patience = {"OPSCONSOLE_GPU_TERM_SECONDS": str(seconds)}
        opened.append(Terminal("-m", "opsconsole", "kill", "gpu", **environment, **patience))
        opened[-1].read(b"to confirm")
        eventually(lambda: waits_for_an_answer(opened[-1].pid), "it waits for the answer")
        return opened[-1]

    yield start
    for each in opened:
        each.close()


def free(nvml: NvmlWorld, pid: int) -> None:
    """Have the driver let go of what an ended process held."""
    nvml.forget(f"process 0 compute {pid} ")


def is_whole(folder: Path, code: int) -> None:
    """It was carried through and proved, with its own verdict, and the journal tells all of it."""
    (run,) = executions(folder)
    assert run.finished
    assert run.outcome.success, run.outcome
    assert len(run.outcome.steps) == 2
    assert run.outcome.proofs
    assert code == 0
    assert verify(folder / "opsconsole").status == "intact"


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_at_the_question_ends_nobody(
    asks: Callable[[], Terminal], folder: Path, left: Leftovers, children: Children, number: signal.Signals
) -> None:
    terminal = asks()
    os.kill(terminal.pid, number)
    assert terminal.wait() == (3 if number is signal.SIGINT else 128 + number)
    assert executions(folder) == []
    assert all(map(children.runs, left))


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("phase", ["the intent is written", "one has ended", "both have ended"])
def test_a_signal_after_the_confirmation_leaves_nobody_behind(
    asks: Callable[[], Terminal],
    folder: Path,
    left: Leftovers,
    children: Children,
    nvml: NvmlWorld,
    phase: str,
    number: signal.Signals,
) -> None:
    terminal = asks()
    reached = {
        "the intent is written": (folder / "opsconsole" / "journal.jsonl").exists,
        "one has ended": lambda: not children.runs(left.polite),
        "both have ended": lambda: not any(map(children.runs, left)),
    }[phase]
    terminal.send(b"gpu\n")
    eventually(reached, phase)
    assert b'"kind":"outcome"' not in (folder / "opsconsole" / "journal.jsonl").read_bytes(), "memory is held yet"
    os.kill(terminal.pid, number)
    eventually(lambda: not any(map(children.runs, left)), "both are ended")
    free(nvml, left.polite)
    is_whole(folder, terminal.wait())


def test_two_interrupts_leave_it_half_way_which_the_next_one_finishes(
    asks: Callable[..., Terminal], folder: Path, left: Leftovers, children: Children, nvml: NvmlWorld
) -> None:
    terminal = asks(60)  # the deaf one is still there after both interrupts, however slow the machine is
    terminal.send(b"gpu\n")
    eventually(lambda: not children.runs(left.polite), "one has ended")
    os.kill(terminal.pid, signal.SIGINT)
    terminal.read(b"interrupt again to leave it half-way")
    os.kill(terminal.pid, signal.SIGINT)
    assert terminal.wait() == 130
    assert verify(folder / "opsconsole").status == "intact"
    (run,) = executions(folder)
    assert not run.finished
    free(nvml, left.polite)
    again = asks()
    again.send(b"gpu\n")
    assert again.wait() == 0
    assert not any(map(children.runs, left))
    assert [each.finished for each in executions(folder)] == [False, True]
