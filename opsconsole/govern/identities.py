"""Whose writes are governed: users and groups, or everybody but people in one group. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable

from opsconsole.decoding import loads
from opsconsole.records import Record

ACCOUNT_PREFIX = "system:serviceaccount:"
_USER = "request.userInfo.username"

EVERYBODYS = frozenset(
    f"system:{name}"
    for name in (
        "authenticated",
        "unauthenticated",
        "masters",
        "nodes",
        "serviceaccounts",
        "serviceaccounts:kube-system",
    )
)
"""Groups that are nobody's own: people, nodes and the control plane are in them. A cluster whose nodes and controllers
may not write is lost, so they are never governed, even where the settings name them."""


class Identities(Record, frozen=True):
    """Who is governed.

    Attributes:
        users: as the API server names them; a ServiceAccount is ``system:serviceaccount:namespace:name``.
        groups: everyone in one of these.
        break_glass: if it is given, everyone is governed but people in this group and the cluster's own parts.
        excepted: users who are not governed either where everyone is, unless they are named above.
    """

    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    break_glass: str = ""
    excepted: tuple[str, ...] = ()

    @property
    def known(self) -> bool:
        """Whether anybody is governed."""
        return bool(self.users or self.groups or self.break_glass)

    @property
    def condition(self) -> str:
        """A CEL expression that is true for a request of theirs."""
        parts = []
        if self.users:
            parts.append(f"{_USER} in {literal(sorted(self.users))}")
        if self.groups:
            parts.append(f"{in_any(sorted(self.groups))}")
        if self.break_glass:
            let_off = f" && !({_USER} in {literal(sorted(self.excepted))})" if self.excepted else ""
            parts.append(f"!({in_any([self.break_glass])}) && !({_OWN_PARTS}){let_off}")
        return " || ".join(f"({part})" for part in parts) or "false"

    def within(self, other: Identities) -> bool:
        """Whether everybody here is governed by ``other`` too, as far as names tell."""
        excepted = set(other.excepted) <= set(self.excepted)
        glass = not self.break_glass or (self.break_glass == other.break_glass and excepted)
        return glass and set(self.users) <= set(other.users) and set(self.groups) <= set(other.groups)

    def same(self, other: Identities) -> bool:
        """Whether these are the same names, in whatever order."""
        return self.within(other) and other.within(self)

    def meets(self, other: Identities) -> bool:
        """Whether somebody is in both, as far as names tell."""
        shared = set(self.users) & set(other.users) or set(self.groups) & set(other.groups)
        named = (*((user, ()) for user in self.users), *(("", (group,)) for group in self.groups))
        return bool(shared) or any(other.cover(user, groups) for user, groups in named)

    def cover(self, user: str, groups: Iterable[str]) -> bool:
        """Whether a request of this user would be governed."""
        held = set(groups)
        if user in self.users or held & set(self.groups):
            return True
        if not self.break_glass or self.break_glass in held or user in self.excepted:
            return False
        own = user.startswith("system:") and not user.startswith(ACCOUNT_PREFIX)
        return not (own or user.startswith(f"{ACCOUNT_PREFIX}kube-system:"))

    def __str__(self) -> str:
        named = [*self.users, *(f"group {group}" for group in self.groups)]
        if self.break_glass:
            but = f" (but {', '.join(self.excepted)})" if self.excepted else ""
            named.append(f"everybody who is not in group {self.break_glass}{but}")
        return ", ".join(named)


def read_condition(expression: str) -> Identities | None:
    """Whom a condition is about; ``None`` unless it is exactly what :attr:`Identities.condition` writes."""
    head, glassed, tail = expression.partition("(!(")
    in_groups = "groups.exists(g, g in "
    users, groups = _list_behind(head, f"{_USER} in "), _list_behind(head, in_groups)
    glass = _list_behind(tail, in_groups) if glassed else []
    excepted = _list_behind(tail, f"!({_USER} in ") if glassed else []
    found = Identities(tuple(users), tuple(groups), glass[0] if glass else "", tuple(excepted))
    return found if found.known and found.condition == expression else None


def _list_behind(text: str, mark: str) -> list[str]:
    """The JSON list of strings that stands behind the first ``mark``; empty where there is none."""
    _, marked, rest = text.partition(mark)
    try:
        found, _ = loads(rest, json.JSONDecoder().raw_decode) if marked else ([], 0)
    except ValueError:
        return []
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []


_OWN_PARTS = (
    f'({_USER}.startsWith("system:") && !{_USER}.startsWith("{ACCOUNT_PREFIX}"))'
    f' || {_USER}.startsWith("{ACCOUNT_PREFIX}kube-system:")'
)
"""Nodes, the control plane and its controllers: a cluster whose kubelets may not write loses all its nodes."""


def namespace_of(user: str) -> str:
    """Return the namespace of a ServiceAccount; empty if ``user`` is none, or half of one."""
    space, _, name = user.removeprefix(ACCOUNT_PREFIX).partition(":")
    return space if user.startswith(ACCOUNT_PREFIX) and name and ":" not in name else ""


def in_any(groups: Iterable[str]) -> str:
    """Return a CEL expression that is true if the request's user is in one of ``groups``."""
    return f"has(request.userInfo.groups) && request.userInfo.groups.exists(g, g in {literal(list(groups))})"


def literal(value: object) -> str:
    """Return a string, or a list of them, as CEL writes it: JSON's escapes but for surrogate pairs."""
    return json.dumps(value, ensure_ascii=False)
