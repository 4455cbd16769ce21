"""A role that was widened under its name between a revocation and its undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsconsole.cluster.questions.rbac import PolicyRule, Role
from opsconsole.containment import exit_code
from opsconsole.present.choice import chosen
from opsconsole.records import Ref
from opsconsole.switches.undo.roles import beyond
from tests.support.waiting import eventually
from tests.switches.conftest import ACCOUNT, BoardMaker, bindings, details, run
from tests.switches.rbac import RBAC, Rbac, user
from tests.switches.target.logins.test_acts_as_cluster import may_as

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster

PATCHES = PolicyRule(("patch",), ("apps",), ("deployments", "deployments/scale"))


@pytest.mark.parametrize(
    ("then", "now", "words"),
    [
        ([PATCHES], [PATCHES], ""),
        ([PATCHES], [PolicyRule(("patch",), ("apps",), ("deployments",))], ""),
        ([PATCHES], [PolicyRule(("patch",), ("apps",), ("deployments",), ("web",))], ""),
        ([PATCHES], [PolicyRule(("patch", "delete"), ("apps",), ("deployments",))], "delete deployments.apps"),
        ([PATCHES], [PolicyRule(("patch",), ("",), ("deployments",))], "patch deployments"),
        ([PolicyRule(("*",), ("apps",), ("*",))], [PATCHES, PolicyRule(("*",), ("apps",), ("x",))], ""),
        ([PATCHES], [PolicyRule(("*",), ("*",), ("*",))], "* *.*"),
        ([PolicyRule(("patch",), ("apps",), ("*/scale",))], [PolicyRule(("patch",), ("apps",), ("a/scale",))], ""),
        (
            [PolicyRule(("patch",), ("apps",), ("deployments",), ("web",))],
            [PolicyRule(("patch",), ("apps",), ("deployments",), ("web", "db"))],
            "patch deployments.apps db",
        ),
        (
            [PolicyRule(("patch",), ("apps",), ("deployments",), ("web",))],
            [PolicyRule(("patch",), ("apps",), ("deployments",))],
            "patch deployments.apps",
        ),
        ([PolicyRule(("get",), urls=("/logs/*",))], [PolicyRule(("get",), urls=("/logs/a",))], ""),
        ([PolicyRule(("get",), urls=("/logs/*",))], [PolicyRule(("post", "get"), urls=("/logs/*",))], "post /logs/*"),
        ([], [PolicyRule(("a", "b", "c", "d"), ("",), ("pods",))], "a pods, b pods, c pods, …"),
    ],
)
def test_what_a_role_allows_beyond_what_it_allowed(then: list[PolicyRule], now: list[PolicyRule], words: str) -> None:
    assert beyond(Role(Ref("ClusterRole", "", "x"), tuple(now)), then) == words


def test_a_role_of_billions_of_permissions_is_said_to_allow_more() -> None:
    many = tuple(f"x{number}" for number in range(3_000))
    everything = [PolicyRule(("*",), ("*",), ("*",))]
    assert beyond(Role(Ref("ClusterRole", "", "x"), (PolicyRule(many, many, many),)), everything) == (
        "more than can be compared"
    )
    unchanged = PolicyRule(many, many, many)
    assert beyond(Role(Ref("ClusterRole", "", "x"), (unchanged,)), [unchanged]) == ""


def test_what_a_rule_says_again_and_again_is_compared_once() -> None:
    again = PolicyRule(("patch",) * 3_000, ("apps",) * 3_000, ("deployments",) * 3_000)
    assert beyond(Role(Ref("ClusterRole", "", "x"), (again,)), [PATCHES]) == ""


@pytest.mark.parametrize("shared", [False, True], ids=["deleted", "taken out"])
def test_a_role_widened_under_its_name_gives_nothing_more_back_unless_that_is_chosen(
    cluster: TestCluster, namespace: str, account: str, rbac: Rbac, board_for: BoardMaker, *, shared: bool
) -> None:
    rules = [{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["patch"]}]
    role = rbac.role("mine", rules)
    name = rbac.binding("mine", [rbac.me, *([user("person")] if shared else [])], role=role)
    other = rbac.binding("kept", [rbac.me], role=rbac.role("kept", rules))
    board = board_for(account=account)
    outcome = run(board, board.make_plan("revoke"))
    assert outcome.success, details(outcome)
    wide = {"rules": [*rules, {"apiGroups": [""], "resources": ["nodes"], "verbs": ["patch"]}]}
    cluster.api.patch(f"{RBAC}/clusterroles/{role}", wide)
    me = f"system:serviceaccount:{namespace}:{ACCOUNT}"

    undo = board.undo_plan()
    assert {step.target.name: step.chosen for step in bindings(undo)} == {name: False, other: True}
    told = f"ClusterRole/{role} was changed since, and allows more than it did when its binding was taken: patch nodes"
    assert any(told in words for words in undo.warnings), undo.warnings
    outcome = run(board, undo)
    eventually(lambda: may_as(cluster, me, "patch", "deployments.apps"), "the authorizer knows of it again")
    assert not may_as(cluster, me, "patch", "nodes"), "what it never had was not asked for"
    assert exit_code(outcome) == 1, "not all is as it was"
    assert [proof.detail for proof in outcome.proofs if proof.holds is False] == ["its step was not chosen"]

    undo = board.undo_plan()
    assert [step.target.name for step in undo.steps] == [name]
    outcome = run(board, chosen(undo, only=[name]))
    assert outcome.success, details(outcome)
    eventually(lambda: may_as(cluster, me, "patch", "nodes"), "the authorizer knows of what was chosen")


def test_a_role_that_is_gone_by_the_time_of_its_undo_is_said(
    cluster: TestCluster, account: str, rbac: Rbac, board_for: BoardMaker
) -> None:
    rules = [{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["patch"]}]
    role = rbac.role("mine", rules)
    name = rbac.binding("mine", [rbac.me], role=role)
    board = board_for(account=account)
    assert run(board, board.make_plan("revoke")).success
    cluster.api.delete(f"{RBAC}/clusterroles/{role}")
    undo = board.undo_plan()
    told = f"whether ClusterRoleBinding/{name} gives more than it did is not known: ClusterRole/{role}: it is not there"
    assert any(told in words for words in undo.warnings), undo.warnings
