"""Whose writes are governed: users and groups, or everybody but people in one group. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable

from opsconsole.records import Record

ACCOUNT_PREFIX = "system:serviceaccount:"
_USER = "request.userInfo.username"


class Identities(Record, frozen=True):
    """Who is governed.

    Attributes:
        users: as the API server names them; a ServiceAccount is ``system:serviceaccount:namespace:name``.
        groups: everyone in one of these.
        break_glass: if it is given, everyone is governed but people in this group and the cluster's own parts.
    """

    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    break_glass: str = ""

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
            parts.append(f"!({in_any([self.break_glass])}) && !({_OWN_PARTS})")
        return " || ".join(f"({part})" for part in parts) or "false"

    def cover(self, user: str, groups: Iterable[str]) -> bool:
        """Whether a request of this user would be governed."""
        held = set(groups)
        if user in self.users or held & set(self.groups):
            return True
        if not self.break_glass or self.break_glass in held:
            return False
        own = user.startswith("system:") and not user.startswith(ACCOUNT_PREFIX)
        return not (own or user.startswith(f"{ACCOUNT_PREFIX}kube-system:"))

    def __str__(self) -> str:
        named = [*self.users, *(f"group {group}" for group in self.groups)]
        if self.break_glass:
            named.append(f"everybody who is not in group {self.break_glass}")
        return ", ".join(named)


_OWN_PARTS = (
    f'({_USER}.startsWith("system:") && !{_USER}.startsWith("{ACCOUNT_PREFIX}"))'
    f' || {_USER}.startsWith("{ACCOUNT_PREFIX}kube-system:")'
)
"""Nodes, the control plane and its controllers: a cluster whose kubelets may not write loses all its nodes."""


def in_any(groups: Iterable[str]) -> str:
    """Return a CEL expression that is true if the request's user is in one of ``groups``."""
    return f"has(request.userInfo.groups) && request.userInfo.groups.exists(g, g in {literal(list(groups))})"


def literal(value: object) -> str:
    """Return a string, or a list of them, as CEL writes it: JSON's escapes but for surrogate pairs."""
    return json.dumps(value, ensure_ascii=False)
