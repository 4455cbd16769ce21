"""Who wrote: what ``metadata.managedFields`` tells of the last write, and what a manager's name proves.

The API server notes a manager and a time (in whole seconds) for each writer; the name is the User-Agent's first word
unless the writer sets one, and anybody may set any. So a name is evidence, never proof, and where there is no evidence
the answer is ``None``: it can't be told.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from opsconsole.records import AnyRecord, Autoscaler, Change, FieldManager, Hpa, Node, Pod, Workload

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
"""Ours, Kubernetes' own and GitOps': not the optimizer, whatever was announced, unless the name is a borrowed one."""

TOOLS = ("kubectl", "helm", "Helm", "k9s", "Lens", "terraform", "HashiCorp")
"""What people type. An optimizer may call kubectl too: such a write is a person's unless a decision announced it."""


_MANAGED = (Workload, Node, Hpa, Pod, Autoscaler)
"""Records that say who wrote them."""


class Author(NamedTuple):
    """Who made a write. An empty manager means that it can't be told; ``at`` is the API server's time."""

    manager: str
    at: float | None


NOBODY = Author("", None)


def author(before: AnyRecord, after: AnyRecord, *, scaled: bool) -> Author:
    """Tell who wrote ``after`` over ``before`` by the entries that are new or have a new time.

    Three things of real API servers (1.36): the entry of a write through ``/scale`` has no time, so that a second one
    looks like the first; it owns the replica count and nothing else, so while it is there it names the one who set it;
    and a scaling to or from zero through ``/scale`` leaves no entry at all. Several new entries (a relist after an
    outage) say nobody for sure.

    Args:
        before: the object before.
        after: the object now.
        scaled: whether its replica count differs.
    """
    old, new = _managers(before), _managers(after)
    moved = [entry for entry in new if entry not in old]
    names = {entry.manager for entry in moved}
    if not names and scaled:
        names = {entry.manager for entry in new if entry.subresource == "scale"}
    return Author(names.pop() if len(names) == 1 else "", _newest(moved))


def newest(record: AnyRecord) -> Author:
    """The manager with the newest time, where that is one alone: who wrote last, as far as whole seconds can tell."""
    entries = _managers(record)
    at = _newest(entries)
    names = {entry.manager for entry in entries if entry.at == at}
    return Author(names.pop(), at) if at is not None and len(names) == 1 else NOBODY


def _managers(record: AnyRecord) -> list[FieldManager]:
    if not isinstance(record, _MANAGED):
        return []
    return [entry for entry in record.managers if entry.subresource != "status"]


def _newest(entries: Iterable[FieldManager]) -> float | None:
    return max((entry.at for entry in entries if entry.at is not None), default=None)


class Attribution:
    """Whether a write is the optimizer's, by its manager: configured, or learned from writes that were announced."""

    def __init__(self, configured: Iterable[str] = ()) -> None:
        self._configured = frozenset(configured)
        self._learned: set[str] = set()

    def configure(self, managers: Iterable[str]) -> None:
        """Take these managers, and no others, for the optimizer's: another optimizer was named."""
        self._configured = frozenset(managers)
        self._learned.clear()

    @property
    def managers(self) -> tuple[str, ...]:
        """The managers that are taken for the optimizer's."""
        return tuple(sorted(self._configured | self._learned))

    def by_optimizer(self, manager: str, *, borrowed: bool = False) -> bool | None:
        """What the manager alone tells of a write that nobody announced; nothing where the name is a borrowed one."""
        if manager in self._configured or manager in self._learned:
            return True
        return False if not borrowed and (is_controller(manager) or is_tool(manager)) else None

    def announced(self, manager: str, *, borrowed: bool = False) -> bool | None:
        """What the manager tells of a write that a decision announced."""
        if manager in self._configured:
            return True
        if is_controller(manager) and not borrowed:
            return False
        return None if is_tool(manager) else True

    def of(self, change: Change) -> bool | None:
        """What the manager tells of a write, announced or not."""
        judge = self.announced if change.decision else self.by_optimizer
        return judge(change.manager, borrowed=change.borrowed)

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
