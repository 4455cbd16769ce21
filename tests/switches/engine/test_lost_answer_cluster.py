"""The answer to a write is lost on a real API server: the server is asked, and what came of it is sure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.clock import SystemClock
from opsconsole.cluster.transport.connection import Connection
from opsconsole.cluster.transport.errors import Unreachable
from opsconsole.records import StepState
from opsconsole.switches.build import build_switchboard
from opsconsole.switches.engine.board import Switchboard
from tests.switches.conftest import details, run, settings_for
from tests.switches.rbac import RBAC, Rbac

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster


class Losing(Connection):
    """Loses a request on the way ``there``, or its answer on the way ``back``; once for each method that is told."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.lose: dict[str, str] = {}

    def request(self, method: str, path: str, **options: Any) -> bytes:
        where = self.lose.pop(method, "") if "reviews" not in path else ""
        if where == "there":
            raise Unreachable(f"{method} {path}: the connection was cut")
        answer = super().request(method, path, **options)
        if where == "back":
            raise Unreachable(f"{method} {path}: the connection was cut")
        return answer


Maker = Callable[[], tuple[Switchboard, Losing]]


@pytest.fixture
def lossy(cluster: TestCluster, journal_dir: Path, account: str) -> Iterator[Maker]:
    made: list[Losing] = []

    def make() -> tuple[Switchboard, Losing]:
        settings = settings_for(cluster.admin_kubeconfig, journal_dir, "", account)
        made.append(Losing(settings.cluster, read_only=False, clock=SystemClock()))
        return build_switchboard(settings, made[-1], None, SystemClock()), made[-1]

    yield make
    for each in made:
        each.close()


def test_a_binding_whose_recreation_was_not_answered_is_put_back_for_sure(
    cluster: TestCluster, rbac: Rbac, lossy: Maker
) -> None:
    name = rbac.binding("lost", [rbac.me])
    board, connection = lossy()
    assert run(board, board.make_plan("revoke")).success
    plan = board.undo_plan()
    connection.lose = {"POST": "back"}
    outcome = run(board, plan)
    [step] = outcome.steps
    assert (step.state, step.unsure) == (StepState.DONE, False), details(outcome)
    assert "put back, though its answer was lost" in step.detail
    assert outcome.success, details(outcome)
    assert cluster.api.exists(f"{RBAC}/clusterrolebindings/{name}")


def test_a_recreation_that_never_reached_the_server_failed_for_sure_and_can_be_tried_again(
    cluster: TestCluster, rbac: Rbac, lossy: Maker
) -> None:
    name = rbac.binding("lost", [rbac.me])
    board, connection = lossy()
    assert run(board, board.make_plan("revoke")).success
    plan = board.undo_plan()
    connection.lose = {"POST": "there"}
    outcome = run(board, plan)
    [step] = outcome.steps
    assert (step.state, step.unsure) == (StepState.FAILED, False), details(outcome)
    assert "it was not put back" in step.detail
    assert not outcome.success
    assert run(board, board.undo_plan()).success
    assert cluster.api.exists(f"{RBAC}/clusterrolebindings/{name}")


@pytest.mark.parametrize("where", ["there", "back"])
def test_a_deletion_whose_answer_was_lost_is_done_and_can_be_undone(
    cluster: TestCluster, rbac: Rbac, lossy: Maker, where: str
) -> None:
    name = rbac.binding("lost", [rbac.me])
    board, connection = lossy()
    plan = board.make_plan("revoke")
    connection.lose = {"DELETE": where}
    outcome = run(board, plan)
    assert outcome.success, details(outcome)
    assert not cluster.api.exists(f"{RBAC}/clusterrolebindings/{name}")
    assert run(board, board.undo_plan()).success
    assert cluster.api.exists(f"{RBAC}/clusterrolebindings/{name}")
