"""``q`` twice while a switch is at work: it is carried through, and the terminal gets its verdict. Real terminals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from opsconsole.journal.reader import read_entries
from opsconsole.journal.runs import runs
from tests.switches.acting.interrupted.test_lost_window_cluster import confirm
from tests.switches.rbac import RBAC, Rbac
from tests.ui.terminal.test_terminal import Terminal

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster

NARROW = {"columns": 80, "rows": 24}


@pytest.fixture
def open_in(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    opened: list[Terminal] = []

    def make(*arguments: str, **environ: str) -> Terminal:
        kept = {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}
        opened.append(Terminal("-m", "opsconsole", *arguments, **NARROW, **kept, **environ))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


def fire_and_leave(terminal: Terminal, key: bytes, plan: bytes, journal: Callable[[], bool]) -> bytes:
    """Open the switch, confirm, and press ``q`` twice while it is at work; what the terminal shows after the screen."""
    terminal.read(seconds=4.0)  # the first plans are made
    terminal.send(key)
    terminal.read(plan)
    terminal.read(seconds=2.5)  # a terminal that does not say where its cursor is is given a second to draw
    confirm(terminal, journal)
    terminal.send(b"q")
    terminal.read(b"its verdict is printed")
    terminal.send(b"q")
    assert terminal.wait() == 0
    return terminal.output.rpartition(b"\x1b[?1049l")[2]


@pytest.mark.cluster
def test_on_a_cluster_the_verdict_is_printed_where_the_screen_was(
    cluster: TestCluster, rbac: Rbac, account: str, open_in: Callable[..., Terminal], tmp_path: Path
) -> None:
    bindings = [rbac.binding(f"quit-{number}", [rbac.me]) for number in range(25)]
    terminal = open_in(
        KUBECONFIG=str(cluster.admin_kubeconfig), OPSCONSOLE_GPU_ENABLED="false",
        OPSCONSOLE_OPTIMIZER_SERVICE_ACCOUNT=account,
    )  # fmt: skip
    terminal.read(b"Pods")
    folder = tmp_path / "state" / "opsconsole"
    after = fire_and_leave(terminal, b"1", b"quit-", (folder / "journal.jsonl").exists)
    assert b"carried through" in after
    assert b"DONE AND PROVED" in after
    assert b"in the journal as run" in after
    assert not any(cluster.api.exists(f"{RBAC}/clusterrolebindings/{name}") for name in bindings)
    (run,) = runs(read_entries(folder))
    assert run.finished


def test_in_the_rehearsal_it_is_carried_through_before_the_cluster_ends(
    open_in: Callable[..., Terminal], tmp_path: Path
) -> None:
    terminal = open_in("rehearse")
    terminal.read(b"api-gateway")

    def journal() -> list[Path]:
        return list((tmp_path / "state").rglob("rehearsals/*/journal.jsonl"))

    after = fire_and_leave(terminal, b"1", b"aura", lambda: bool(journal()))
    assert b"PROVED" in after.partition(b"Score card")[0]
    assert b"it could not write any more never" not in after
    (run,) = runs(read_entries(journal()[0].parent))
    assert run.finished
