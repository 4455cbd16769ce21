"""Bindings for others that the optimizer may have made while it could, judged from what was listed. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

import msgspec

from opsconsole.cluster.objects.meta import FullMetadata, Wire
from opsconsole.cluster.questions.rbac import Grant, Rbac, Role
from opsconsole.decoding import decode_as
from opsconsole.switches.target.rights import dangers, powers

_SHOWN = 5
_NEWEST_FIRST = "kubectl get clusterrolebindings,rolebindings -A --sort-by=.metadata.creationTimestamp"


class _Written(Wire):
    metadata: FullMetadata


def planted(rbac: Rbac, own: Iterable[Grant], managers: Collection[str], since: float | None) -> tuple[str, ...]:
    """What it may have given others, in words: they are left, and outlive it.

    Args:
        rbac: every binding that could be read.
        own: those that reach the optimizer itself.
        managers: its field managers, as the settings name them.
        since: when the oldest of its workloads was made (epoch seconds); ``None`` where that is not known.
    """
    known = {(grant.ref.kind, grant.ref.key) for grant in own}
    roles = {(role.ref.kind, role.ref.key): role for role in rbac.roles}
    others = [
        (grant, role)
        for grant in rbac.grants
        if grant.subjects and (grant.ref.kind, grant.ref.key) not in known
        if (role := roles.get((grant.role.kind, grant.role.key))) is not None and powers(role)
    ]
    written = [(grant, role) for grant, role in others if managers and _writers(grant) & set(managers)]
    younger = [
        (grant, role)
        for grant, role in others
        if since is not None and (grant.created or 0.0) > since and dangers(role) and (grant, role) not in written
    ]
    return (*_by_its_manager(written), *_younger(younger))


def _by_its_manager(found: list[tuple[Grant, Role]]) -> Iterator[str]:
    for grant, role in found[:_SHOWN]:
        yield f"left, and written by its own field manager: {_gives(grant, role)}; if it is a way back, delete it too"
    if len(found) > _SHOWN:
        yield f"and {len(found) - _SHOWN} more bindings that its own field manager wrote: {_NEWEST_FIRST}"


def _younger(found: list[tuple[Grant, Role]]) -> Iterator[str]:
    if found:
        newest = sorted(found, key=lambda each: -(each[0].created or 0.0))
        shown = "; ".join(_gives(grant, role) for grant, role in newest[:3])
        count = "1 binding for others is" if len(found) == 1 else f"{len(found)} bindings for others are"
        yield f"{count} younger than it, and may be its doing: {shown}; {_NEWEST_FIRST}"


def _gives(grant: Grant, role: Role) -> str:
    who = ", ".join(map(str, grant.subjects[:3])) + (" …" if len(grant.subjects) > 3 else "")
    return f"{grant.ref} gives {who} {grant.role.name} ({powers(role)[0]})"


def _writers(grant: Grant) -> set[str]:
    try:
        written = decode_as(grant.manifest, _Written)
    except msgspec.DecodeError:
        return set()
    return {each.manager for each in written.metadata.managed_fields or ()}
