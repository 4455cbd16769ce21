"""Users named without a group, and groups without a user: a certificate or a login tells, no cluster does. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from opsconsole.cluster.questions.rbac import Rbac, Role
from opsconsole.optimizer import NO_GROUPS
from opsconsole.switches.target.rights import MASTERS, is_somebodys, powers
from opsconsole.text import clean_line


def by_groups_unnamed(users: Sequence[str], rbac: Rbac, matters: Callable[[Role], object] = powers) -> list[str]:
    """Why it is not known what ``users`` may do, of whom no group is named; nothing where there are none.

    A binding for a group of people or programs is named where there is one whose role ``matters`` (or can't be read).
    Where there is none a user may still be in ``system:masters``, which needs no binding.
    """
    if not users:
        return []
    who = ", ".join(map(clean_line, users))
    weak = {(role.ref.kind, role.ref.key) for role in rbac.roles if not matters(role)}
    mighty = (each for each in rbac.grants if (each.role.kind, each.role.key) not in weak)
    found = {each.name: grant for grant in mighty for each in grant.subjects if is_somebodys(each)}
    masters = f"group {MASTERS}, which may do everything without a binding"
    name = f'name the groups in the table [optimizer] ("{NO_GROUPS}" where there are none)'
    if not found:
        return [f"{who} may be in {masters}: {name}"]
    group, grant = next(iter(found.items()))
    more = f", in {len(found) - 1} more" if len(found) > 1 else ""
    return [
        f"{who} may be in group {clean_line(group)}, which {clean_line(str(grant.ref))} gives "
        f"{clean_line(str(grant.role))}{more}, or in {masters}: {name}"
    ]


def members_unnamed(groups: Sequence[str]) -> list[str]:
    """Why it is not known what the members of ``groups`` may do, of whom none is named; nothing without groups."""
    if not groups:
        return []
    who = ", ".join(map(clean_line, groups))
    return [
        f"who is in group {who} is in no cluster's list, and each of its members may have rights of his own or by "
        "other groups: name its users, and all of their groups, in the table [optimizer]"
    ]
