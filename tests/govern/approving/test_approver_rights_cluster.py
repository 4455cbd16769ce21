"""An approver with the rights of the example roles and no others, on a real API server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsconsole.switches.engine.board import Switchboard
from tests.govern.conftest import GovernBoard
from tests.support.approving import approve_switch, to_replicas
from tests.testbed.roles import example_roles

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster

pytestmark = pytest.mark.cluster


def test_whoever_has_the_example_roles_is_told_whether_a_clock_ends_the_approval(
    cluster: TestCluster, namespace: str, account: str, ann: Switchboard, board_for: GovernBoard
) -> None:
    del ann  # the governor stands, and what is to be scaled is there
    groups = ["sre-approvers", "incident-responders"]
    bea = cluster.kubeconfig_for_user("bea", groups)
    with example_roles(cluster, "read-only.yaml", "responder.yaml"):
        board = board_for(account, kubeconfig=bea)
        approve_switch(board).reader.further = (to_replicas(0, namespace, "web"),)
        plan = board.make_plan("approve")
        assert [words for words in plan.warnings if "the API server was asked" in words], plan.warnings
