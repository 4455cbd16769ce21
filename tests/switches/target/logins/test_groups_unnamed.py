"""Which groups may give a user rights where none of his is named."""

from __future__ import annotations

import pytest

from opsconsole.cluster.questions.rbac import Grant, PolicyRule, Rbac, Role, Subject
from opsconsole.names import AccountName
from opsconsole.optimizer import Optimizer, Optimizers
from opsconsole.records import Ref
from opsconsole.switches.target.acts_as.groups import by_groups_unnamed, members_unnamed

ADMIN = Role(Ref("ClusterRole", "", "admin"), (PolicyRule(("*",), ("*",), ("*",)),))
VIEWER = Role(Ref("ClusterRole", "", "viewer"), (PolicyRule(("get", "list"), ("apps",), ("deployments",)),))
UNREAD = Role(Ref("ClusterRole", "", "unread"))


def given(role: Role, *subjects: Subject) -> Rbac:
    binding = Ref("ClusterRoleBinding", "", "given")
    return Rbac(grants=(Grant(binding, role.ref, subjects),), roles=(ADMIN, VIEWER))


TEAM = Subject("Group", "team")


MASTERS = "system:masters, which may do everything without a binding"


@pytest.mark.parametrize(
    ("rbac", "target", "said"),
    [
        (given(ADMIN, TEAM), Optimizer(users=("robot",)), ("group team", MASTERS)),
        (given(UNREAD, TEAM), Optimizer(users=("robot",)), ("group team", MASTERS)),
        (given(VIEWER, TEAM), Optimizer(users=("robot",)), (MASTERS,)),
        (given(ADMIN, Subject("Group", "system:masters")), Optimizer(users=("robot",)), (MASTERS,)),
        (given(ADMIN, Subject("Group", "system:serviceaccounts:ops")), Optimizer(users=("robot",)), (MASTERS,)),
        (given(ADMIN, Subject("User", "team")), Optimizer(users=("robot",)), (MASTERS,)),
        (Rbac(), Optimizer(users=("robot",)), (MASTERS,)),
        (given(ADMIN, TEAM), Optimizer(users=("robot",), groups=("none",)), ()),
        (given(ADMIN, TEAM), Optimizer(), ()),
    ],
    ids=[
        "admin",
        "unread role",
        "reads only",
        "on every cluster",
        "kubernetes' own",
        "a user",
        "no binding",
        "named",
        "no user",
    ],
)
def test_a_user_without_a_group_may_be_in_one_that_changes_something(
    rbac: Rbac, target: Optimizer, said: tuple[str, ...]
) -> None:
    found = by_groups_unnamed(target.ungrouped, rbac)
    assert len(found) == bool(said)
    assert all(part in found[0] for part in said)
    assert not found or ("group team" in found[0]) == ("group team" in said)


def test_it_names_user_group_binding_and_what_to_do() -> None:
    (words,) = by_groups_unnamed(("robot\x1b[2J",), given(ADMIN, TEAM, Subject("Group", "other")))
    assert "may be in group team, which ClusterRoleBinding/given gives ClusterRole/admin, in 1 more, or in" in words
    assert "name the groups" in words
    assert "\x1b" not in words


def test_the_groups_of_one_optimizer_do_not_tell_those_of_another() -> None:
    both = Optimizers([Optimizer(users=("robot",)), Optimizer(users=("aura",), groups=("team",))])
    assert both.ungrouped == ("robot",)


@pytest.mark.parametrize(
    ("optimizers", "groups"),
    [
        ([Optimizer(groups=("team",))], ("team",)),
        ([Optimizer(groups=("team",), accounts=(AccountName("ops", "aura"),))], ("team",)),
        ([Optimizer(groups=("team",), users=("robot",))], ()),
        ([Optimizer(groups=("team",)), Optimizer(users=("robot",), groups=("none",))], ("team",)),
        ([Optimizer(groups=("none",))], ()),
        ([Optimizer(users=("robot",))], ()),
    ],
    ids=["alone", "beside an account", "with a user", "another's user", "none", "no group"],
)
def test_the_members_of_a_group_that_is_named_alone_may_have_rights_of_their_own(
    optimizers: list[Optimizer], groups: tuple[str, ...]
) -> None:
    found = Optimizers(optimizers).memberless
    assert found == groups
    assert len(members_unnamed(found)) == bool(groups)
    assert all(f"who is in group {group} is in no cluster's list" in members_unnamed(found)[0] for group in groups)
