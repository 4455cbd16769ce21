"""The API server's etcd stops (SIGSTOP): the server accepts, and answers nothing that must be true now.

The screen says how old it is and what fails, a switch carries through what was confirmed, and all comes back with etcd.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from opsconsole.cluster.transport.errors import ClusterError
from opsconsole.composition import build_console
from opsconsole.journal.reader import read_entries
from opsconsole.records import Outcome, StepState
from tests.support.waiting import eventually
from tests.switches.conftest import BoardMaker, bindings, details, run, settings_for, states
from tests.switches.rbac import RBAC, Rbac
from tests.testbed.cluster import TestCluster
from tests.ui import running as screens
from tests.ui.running import running, screen_text


@pytest.fixture(scope="module")
def cluster() -> Iterator[TestCluster]:
    """A cluster of its own: controllers and nodes of one whose etcd stood still are ill for a while."""
    with TestCluster(nodes=3) as running:
        yield running


@pytest.fixture
def etcd(cluster: TestCluster) -> Iterator[TestCluster]:
    """The cluster, its etcd brought back however the test left it. To be asked for last: others clean up behind it."""
    yield cluster
    bring_back(cluster)


def bring_back(cluster: TestCluster) -> None:
    cluster.component("etcd").resume()
    eventually(cluster.api.healthy, "the API server is well again")


async def test_the_screen_says_how_old_it_is_and_that_etcd_fails_and_comes_back(
    account: str, journal_dir: Path, etcd: TestCluster
) -> None:
    settings = settings_for(etcd.admin_kubeconfig, journal_dir, "", account)
    settings = msgspec.structs.replace(settings, gpu=msgspec.structs.replace(settings.gpu, enabled=False))
    core = build_console(settings, only={"pods", "events", "cluster"})
    async with running(core) as pilot:
        await screens.until(pilot, lambda: screen_text(pilot.app).count("live") == 2, "pods and events are live")
        etcd.component("etcd").pause()
        old = re.compile(r"STALE [0-9]+s: the API server calls itself ill: etcd fails")
        await screens.until(pilot, lambda: len(old.findall(screen_text(pilot.app))) >= 2, "both panes are old")
        assert "live" not in screen_text(pilot.app)
        bring_back(etcd)
        await screens.until(pilot, lambda: screen_text(pilot.app).count("live") == 2, "both are live again")
        assert "etcd" not in screen_text(pilot.app)


def test_a_revocation_that_began_while_etcd_stood_still_is_carried_through_once_it_is_back(
    rbac: Rbac, account: str, board_for: BoardMaker, etcd: TestCluster
) -> None:
    name = rbac.binding("stopped", [rbac.me])
    board = board_for("", account)
    plan = board.make_plan("revoke")
    [binding] = bindings(plan)
    etcd.component("etcd").pause()
    told: list[Outcome] = []
    executing = board.execute(plan, told.append)

    def waits() -> bool:
        return any(step.tries == 2 and "it is tried again" in step.detail for step in told[-1].steps)

    eventually(lambda: bool(told) and waits(), "it waits for the API server", 120)
    assert not told[-1].success
    assert not told[-1].proofs, "nothing is looked at before what was confirmed has been tried again"
    bring_back(etcd)
    outcome = executing.result(120)
    assert states(plan, outcome)[f"{binding.effect} {name}"] is StepState.DONE, details(outcome)
    assert outcome.success, details(outcome)
    assert not etcd.api.exists(f"{RBAC}/clusterrolebindings/{name}")
    told_later = [entry.kind for entry in read_entries(board.journal.folder)]
    assert "retry" in told_later
    assert run(board, board.undo_plan()).success
    assert etcd.api.exists(f"{RBAC}/clusterrolebindings/{name}")


def test_a_plan_is_an_error_in_words_while_etcd_stands_still_and_made_when_it_is_back(
    rbac: Rbac, account: str, board_for: BoardMaker, etcd: TestCluster
) -> None:
    rbac.binding("stopped", [rbac.me])
    board = board_for("", account)
    etcd.component("etcd").pause()
    with pytest.raises(ClusterError, match="no answer"):
        board.make_plan("revoke")
    bring_back(etcd)
    assert bindings(board.make_plan("revoke"))
