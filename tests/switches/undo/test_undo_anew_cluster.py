"""Undo where a person has made the binding anew with another role: nobody gets a right that he never had."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsconsole.containment import exit_code
from opsconsole.present.choice import chosen
from tests.support.waiting import eventually
from tests.switches.conftest import ACCOUNT, BoardMaker, bindings, details, run
from tests.switches.rbac import Rbac, user
from tests.switches.target.logins.test_acts_as_cluster import may_as
from tests.testbed import objects

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster


@pytest.mark.parametrize("inside", [True, False], ids=["in it", "not in it"])
def test_a_binding_made_anew_with_another_role_is_said_and_left_as_it_is(
    cluster: TestCluster, namespace: str, account: str, rbac: Rbac, board_for: BoardMaker, *, inside: bool
) -> None:
    name = rbac.binding("mine", [rbac.me], role="edit")
    other = rbac.binding("kept", [rbac.me], role="edit")
    board = board_for(account=account)
    assert run(board, board.make_plan("revoke")).success
    rbac.binding("mine", [rbac.me if inside else user("person")], role="cluster-admin")
    undo = board.undo_plan()
    assert [step.target.name for step in bindings(undo)] == [other]
    told = "somebody made it anew, and it gives ClusterRole/cluster-admin where it gave ClusterRole/edit"
    assert any(name in words and told in words for words in undo.notes), undo
    outcome = run(board, undo)
    assert outcome.success, details(outcome)
    me = f"system:serviceaccount:{namespace}:{ACCOUNT}"
    assert may_as(cluster, me, "patch", "nodes") is inside, "undo has given it nothing of the new role"
    again = board.undo_plan()
    assert (again.nothing, told in again.blocked) == (False, True), "it is not as it was"


@pytest.mark.parametrize("shared", [False, True], ids=["deleted", "taken out"])
def test_an_account_made_anew_gets_nothing_back_unless_that_is_chosen(
    cluster: TestCluster, namespace: str, account: str, rbac: Rbac, board_for: BoardMaker, *, shared: bool
) -> None:
    """Another UID: what runs as it now may be somebody else's."""
    rbac.binding("mine", [rbac.me, *([user("person")] if shared else [])])
    board = board_for(account=account)
    assert run(board, board.make_plan("revoke")).success
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts"
    cluster.api.delete(f"{path}/{ACCOUNT}")
    undo = board.undo_plan()
    assert [step.chosen for step in bindings(undo)] == [False]
    assert any("is gone: whoever makes one of its name" in words for words in undo.warnings), undo
    cluster.api.post(path, objects.service_account(ACCOUNT))
    undo = board.undo_plan()
    assert [step.chosen for step in bindings(undo)] == [False]
    assert any("was made anew since (another UID)" in words for words in undo.warnings), undo
    me = f"system:serviceaccount:{namespace}:{ACCOUNT}"
    outcome = run(board, undo)
    assert exit_code(outcome) == 1, details(outcome)
    assert not may_as(cluster, me, "patch", "nodes")
    undo = board.undo_plan()
    outcome = run(board, chosen(undo, [step.key for step in undo.steps]))
    assert outcome.success, details(outcome)
    eventually(lambda: may_as(cluster, me, "patch", "nodes"), "the authorizer knows of it again")
