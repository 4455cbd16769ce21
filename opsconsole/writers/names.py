"""What a name proves: a field manager is chosen by whoever writes, a user is the API server's own word. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from opsconsole.records import WriterClass
from opsconsole.settings import WriterSettings

_ACCOUNT = "system:serviceaccount:"
_OWN_NAME = "opsconsole"

_PARTS = frozenset({"kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet"})
"""Field managers of the control plane and of the nodes."""

_NEVER = (
    "spec.template", "spec.jobTemplate", "spec.replicas", "spec.containers", "spec.initContainers", "spec.resources",
    "spec.minReplicas", "spec.maxReplicas", "spec.metrics", "spec.minAvailable", "spec.maxUnavailable", "spec.hard",
    "spec.limits", "spec.selector", "spec.schedule", "spec.suspend", "spec.strategy", "spec.unschedulable", "webhooks",
)  # fmt: skip
"""Beginnings of paths that none of these writes into an object that it did not make. The autoscaler sets sizes, and
through the subresource ``scale``."""

_MAKES = frozenset({"Pod", "ReplicaSet", "Job", "ControllerRevision", "Service"})
"""Kinds that the control plane itself makes, spec and all; ``kubernetes`` is a Service of the API server."""


class WriterName(NamedTuple):
    """What a writer is known by: the user, from the audit log, or else the manager.

    The two are never told apart by their text: a manager may be called like a user. ``odd`` are the writes by a name
    of the control plane that no part of it would make: they are kept apart from its own.
    """

    user: str = ""
    manager: str = ""
    odd: bool = False


class TakenFor(NamedTuple):
    """What a writer is taken for, why, and whether the API server vouches for it."""

    sort: WriterClass
    why: str
    proved: bool = False


def by_user(user: str) -> TakenFor:
    """Judge by who the API server says it is."""
    if user in {"system:apiserver", "system:kube-controller-manager", "system:kube-scheduler", "system:kube-proxy"}:
        return TakenFor(WriterClass.SYSTEM, "part of the control plane, by its user", proved=True)
    if user.startswith("system:node:"):
        return TakenFor(WriterClass.SYSTEM, "a node's kubelet, by its user", proved=True)
    if user.startswith(_ACCOUNT):
        if user.startswith(f"{_ACCOUNT}kube-system:"):
            return TakenFor(WriterClass.SYSTEM, "a ServiceAccount of kube-system", proved=True)
        return TakenFor(WriterClass.SUSPECT, "a program: a ServiceAccount", proved=True)
    if user == "system:anonymous":
        return TakenFor(WriterClass.SUSPECT, "nobody: an anonymous request", proved=True)
    return TakenFor(WriterClass.PERSON, "a user that is no ServiceAccount: a person, or a program with a login of one")


def by_manager(manager: str, settings: WriterSettings) -> TakenFor:
    """Judge by the field manager alone. It is a guess: whoever writes chooses that name."""
    if not manager:
        return TakenFor(WriterClass.UNTRACED, "these writes changed no entry of managedFields")
    if manager == _OWN_NAME:
        return TakenFor(WriterClass.OURS, "by its name; a guess")
    if manager in _PARTS or _named(manager, settings.system):
        return TakenFor(WriterClass.SYSTEM, "by its name; a guess")
    if _named(manager, settings.people):
        return TakenFor(WriterClass.PERSON, "a tool that people type, by its name; a guess")
    return TakenFor(WriterClass.SUSPECT, "nothing tells what it is")


def unlike(manager: str, kind: str, subresource: str, fields: Iterable[str]) -> str:
    """Return the first of ``fields`` that a part of the control plane of that name does not write; empty: none."""
    if manager not in _PARTS or kind in _MAKES or subresource:
        return ""
    return next((path for path in fields if path.startswith(_NEVER)), "")


def forged(user: str, manager: str, agent: str, settings: WriterSettings) -> str:
    """Say why a user's field manager is not believed; empty where nothing speaks against it.

    A ServiceAccount whose user agent is kubectl's runs kubectl in a pod, as many pipelines do: that is no forgery.
    """
    if manager in _PARTS and by_user(user).sort is not WriterClass.SYSTEM:
        return f"calls itself {manager}, and is {user}"
    if not _named(manager, settings.people) or account_of(user) is None:
        return ""
    tool = manager.partition("-")[0].casefold()
    return (
        "" if agent.casefold().startswith(tool) else f"calls itself {manager}, a tool that people type, and is {user}"
    )


def is_part(manager: str) -> bool:
    """Whether it is the field manager of a part of the control plane."""
    return manager in _PARTS


def account_of(user: str) -> tuple[str, str] | None:
    """Return namespace and name of the ServiceAccount that ``user`` is; ``None`` where it is none."""
    namespace, colon, name = user.removeprefix(_ACCOUNT).partition(":")
    return (namespace, name) if user.startswith(_ACCOUNT) and colon and name else None


def _named(manager: str, patterns: Iterable[str]) -> bool:
    """Whether ``manager`` is one of ``patterns``; one that ends in ``*`` stands for all that begin so."""
    return any(
        manager.startswith(pattern[:-1]) if pattern.endswith("*") else manager == pattern for pattern in patterns
    )
