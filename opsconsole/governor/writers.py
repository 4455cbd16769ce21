"""Who wrote: what ``metadata.managedFields`` tells of the last write, and what a manager's name proves.

The API server notes a manager and a time (in whole seconds) for each writer; the name is the User-Agent's first word
unless the writer sets one, and anybody may set any. So a name is evidence, never proof, and where there is no evidence
the answer is ``None``: it can't be told.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from opsconsole.records import AnyRecord, FieldManager, Hpa, Node, Workload

GENERIC = frozenset({
    "OpenAPI-Generator", "Go-http-client", "Java", "Kubernetes Java Client", "fabric8-kubernetes-client", "axios",
    "curl", "kubernetes-client", "node-fetch", "okhttp", "python-httpx", "python-requests", "python-urllib3", "unknown",
})  # fmt: skip
"""First words of common clients' User-Agents: every program that names no manager writes as one of these."""

CONTROLLERS = frozenset({
    "opsconsole", "argocd-application-controller", "argocd-controller", "cloud-controller-manager",
    "cluster-autoscaler", "flux", "helm-controller", "keda", "keda-operator", "kube-apiserver",
    "kube-controller-manager", "kube-scheduler", "kubelet", "kustomize-controller", "kwok", "kwok-controller",
})  # fmt: skip
"""Ours, Kubernetes' own and GitOps': never the optimizer, whatever was announced."""

TOOLS = ("kubectl", "helm", "Helm", "k9s", "Lens", "terraform", "HashiCorp")
"""What people type. An optimizer may call kubectl too: such a write is a person's unless a decision announced it."""


class Author(NamedTuple):
    """Who made a write. An empty manager means that it can't be told; ``at`` is the API server's time."""

    manager: str
    at: float | None


_NOBODY = Author("", None)


def author(before: AnyRecord, after: AnyRecord) -> Author:
    """Tell who wrote ``after`` over ``before`` by the entries that are new or have a new time.

    Two writes within one second by one manager leave no trace of the second one: then the newest entry is taken if it
    is the only one of its second. Several new entries (a relist after an outage) say nobody for sure.
    """
    old, new = _managers(before), _managers(after)
    known = set(old)
    moved = [entry for entry in new if entry not in known]
    names = {entry.manager for entry in moved}
    if len(names) == 1:
        return Author(moved[0].manager, _newest(moved))
    if names:
        return Author("", _newest(moved))
    newest = _newest(new)
    last = {entry.manager for entry in new if entry.at == newest}
    return Author(last.pop(), newest) if newest is not None and len(last) == 1 else _NOBODY


def _managers(record: AnyRecord) -> list[FieldManager]:
    if not isinstance(record, Workload | Node | Hpa):
        return []
    return [entry for entry in record.managers if entry.subresource != "status"]


def _newest(entries: Iterable[FieldManager]) -> float | None:
    return max((entry.at for entry in entries if entry.at is not None), default=None)


class Attribution:
    """Whether a write is the optimizer's, by its manager: configured, or learned from writes that were announced."""

    def __init__(self, configured: Iterable[str] = ()) -> None:
        self._configured = frozenset(configured)
        self._learned: set[str] = set()

    @property
    def managers(self) -> tuple[str, ...]:
        """The managers that are taken for the optimizer's."""
        return tuple(sorted(self._configured | self._learned))

    def by_optimizer(self, manager: str) -> bool | None:
        """What the manager alone tells of a write that nobody announced."""
        if manager in self._configured or manager in self._learned:
            return True
        return False if is_controller(manager) or is_tool(manager) else None

    def announced(self, manager: str) -> bool | None:
        """What the manager tells of a write that a decision announced."""
        if manager in self._configured:
            return True
        if is_controller(manager):
            return False
        return None if is_tool(manager) else True

    def learn(self, manager: str) -> bool:
        """Take ``manager`` for the optimizer's from now on, if its name means anything. True when that is news."""
        if not manager or manager in GENERIC or self.by_optimizer(manager) is not None:
            return False
        self._learned.add(manager)
        return True


def is_controller(manager: str) -> bool:
    """Whether the name is that of a known controller (or ours)."""
    return manager in CONTROLLERS


def is_tool(manager: str) -> bool:
    """Whether the name is that of a tool that people type."""
    return manager.startswith(TOOLS)
