"""From a writer to the program that it is: what is known, and what is only likely. Pure.

A user that is a ServiceAccount is a fact, and so is the pod whose token was used: whatever runs as that account is what
writes. A field manager proves nothing: then every account that runs outside the cluster's own namespaces is listed, the
likeliest first, and a person chooses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from opsconsole.names import KIND_NAMES
from opsconsole.optimizer import above_in, top_owner
from opsconsole.records import ClusterWriter, Pod, Workload, WriterClass
from opsconsole.settings import OptimizerEntry, WriterSettings
from opsconsole.writers.names import account_of, by_manager

SYSTEM_NAMESPACES = frozenset({"kube-system", "kube-node-lease", "kube-public"})

MOST = 200
"""Candidates that are offered."""


class WriterCandidate(NamedTuple):
    """Who a writer may be. ``known`` says whether the API server vouches for it; ``why`` is for the person's eyes."""

    entry: OptimizerEntry
    why: str
    known: bool


def candidates(
    writer: ClusterWriter,
    pods: Iterable[Pod],
    workloads: Mapping[str, Workload],
    settings: WriterSettings,
    generic: frozenset[str],
) -> list[WriterCandidate]:
    """Return who ``writer`` may be, the surest first.

    Args:
        writer: whom the list shows.
        pods: those of the cluster.
        workloads: by ``kind/namespace/name``.
        settings: which managers are the system's and people's.
        generic: managers that client libraries give to every program.
    """
    managers = tuple(each for each in writer.managers if _telling(each, settings, generic))
    account = account_of(writer.user)
    if account is not None:
        return [_of_account(account, writer, _running(pods, workloads, account), managers)]
    if writer.user:
        entry = OptimizerEntry(name=writer.user, users=(writer.user,), field_managers=managers)
        why = "the user, by the audit log; it is no ServiceAccount, so nothing in the cluster runs it"
        return [WriterCandidate(entry, why, known=True)]
    return _guesses(writer, pods, workloads, managers)


def _of_account(
    account: tuple[str, str], writer: ClusterWriter, running: tuple[str, ...], managers: tuple[str, ...]
) -> WriterCandidate:
    named = "/".join(account)
    entry = OptimizerEntry(name=named, workloads=running, service_accounts=(named,), field_managers=managers)
    runs = f"run by {', '.join(running)}" if running else "no pod of the cluster runs as it now"
    used = f"; the token of pod {writer.pods[0]} was used" if writer.pods else ""
    return WriterCandidate(entry, f"ServiceAccount {named}, by the audit log; {runs}{used}", known=True)


def _running(pods: Iterable[Pod], workloads: Mapping[str, Workload], account: tuple[str, str]) -> tuple[str, ...]:
    """Return what runs pods as that account, each as ``kind/namespace/name``."""
    above = above_in(workloads)
    found: dict[str, None] = {}
    for pod in pods:
        if (pod.namespace, pod.service_account) == account and not pod.partial:
            owner = top_owner(pod, above) or pod.ref
            if owner.kind in KIND_NAMES:
                found[f"{owner.kind}/{owner.namespace}/{owner.name}"] = None
    return tuple(sorted(found))


def _guesses(
    writer: ClusterWriter, pods: Iterable[Pod], workloads: Mapping[str, Workload], managers: tuple[str, ...]
) -> list[WriterCandidate]:
    above = above_in(workloads)
    found: dict[str, tuple[tuple[object, ...], WriterCandidate]] = {}
    for pod in pods:
        owner = top_owner(pod, above) or pod.ref
        if pod.partial or pod.namespace in SYSTEM_NAMESPACES or owner.kind not in KIND_NAMES:
            continue
        name = f"{owner.kind}/{owner.namespace}/{owner.name}"
        if name not in found:
            like = _likeness(writer.managers, pod, owner.name)
            entry = OptimizerEntry(name=name, workloads=(name,), field_managers=managers)
            found[name] = ((-like, name), WriterCandidate(entry, _why(like, pod), known=False))
    ordered = [candidate for _, candidate in sorted(found.values(), key=lambda pair: pair[0])][:MOST]
    if managers:
        entry = OptimizerEntry(name=writer.name, field_managers=managers)
        why = "its field manager alone: what it writes is marked, and nothing can be stopped"
        ordered.append(WriterCandidate(entry, why, known=False))
    return ordered


def _why(like: int, pod: Pod) -> str:
    account = f"runs as {pod.namespace}/{pod.service_account or 'default'}"
    return (
        f"a guess: its name is like the writer's; {account}" if like else f"a guess: nothing speaks for it; {account}"
    )


def _likeness(managers: Iterable[str], pod: Pod, owner: str) -> int:
    """How many words of the manager's name are in the names of what runs it."""
    there = set(_words(owner)) | set(_words(pod.service_account)) | {w for c in pod.containers for w in _words(c.image)}
    return len({word for manager in managers for word in _words(manager) if word in there})


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[^a-z]+", text.casefold()) if len(word) > 2]


def _telling(manager: str, settings: WriterSettings, generic: frozenset[str]) -> bool:
    """Whether the name can mark the writes of one program: not one that people, the system or every library use."""
    return manager not in generic and by_manager(manager, settings).sort is WriterClass.SUSPECT
