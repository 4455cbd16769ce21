"""Which groups may give a user rights where none of his is named."""

from __future__ import annotations

import pytest

from opsconsole.cluster.questions.rbac import Grant, PolicyRule, Rbac, Role, Subject
from opsconsole.optimizer import Optimizer
from opsconsole.records import Ref
from opsconsole.switches.target.rights_reader import _by_groups_unnamed

ADMIN = Role(Ref("ClusterRole", "", "admin"), (PolicyRule(("*",), ("*",), ("*",)),))
VIEWER = Role(Ref("ClusterRole", "", "viewer"), (PolicyRule(("get", "list"), ("apps",), ("deployments",)),))
UNREAD = Role(Ref("ClusterRole", "", "unread"))


def given(role: Role, *subjects: Subject) -> Rbac:
    binding = Ref("ClusterRoleBinding", "", "given")
    return Rbac(grants=(Grant(binding, role.ref, subjects),), roles=(ADMIN, VIEWER))


TEAM = Subject("Group", "team")


@pytest.mark.parametrize(
    ("rbac", "target", "said"),
    [
        (given(ADMIN, TEAM), Optimizer(users=("robot",)), True),
        (given(UNREAD, TEAM), Optimizer(users=("robot",)), True),
        (given(VIEWER, TEAM), Optimizer(users=("robot",)), False),
        (given(ADMIN, Subject("Group", "system:masters")), Optimizer(users=("robot",)), False),
        (given(ADMIN, Subject("Group", "system:serviceaccounts:ops")), Optimizer(users=("robot",)), False),
        (given(ADMIN, Subject("User", "team")), Optimizer(users=("robot",)), False),
        (given(ADMIN, TEAM), Optimizer(users=("robot",), groups=("none",)), False),
        (given(ADMIN, TEAM), Optimizer(), False),
        (Rbac(), Optimizer(users=("robot",)), False),
    ],
    ids=[
        "admin",
        "unread role",
        "reads only",
        "on every cluster",
        "kubernetes' own",
        "a user",
        "named",
        "no user",
        "no binding",
    ],
)
def test_a_group_counts_that_is_given_what_changes_something(rbac: Rbac, target: Optimizer, *, said: bool) -> None:
    assert bool(_by_groups_unnamed(target, rbac)) == said


def test_it_names_user_group_binding_and_what_to_do() -> None:
    (words,) = _by_groups_unnamed(Optimizer(users=("robot\x1b[2J",)), given(ADMIN, TEAM, Subject("Group", "other")))
    assert "may be in group team, which ClusterRoleBinding/given gives ClusterRole/admin, or in 1 more" in words
    assert "name the groups" in words
    assert "\x1b" not in words
