"""Whom a decision is about: kinds from actions and words, references from the ways optimizers name things."""

from __future__ import annotations

import re

from opsconsole.records import Ref

KINDS = {
    "deployment": "Deployment",
    "deploy": "Deployment",
    "statefulset": "StatefulSet",
    "sts": "StatefulSet",
    "daemonset": "DaemonSet",
    "ds": "DaemonSet",
    "replicaset": "ReplicaSet",
    "job": "Job",
    "cronjob": "CronJob",
    "pod": "Pod",
    "node": "Node",
    "service": "Service",
    "svc": "Service",
    "configmap": "ConfigMap",
    "namespace": "Namespace",
    "hpa": "HorizontalPodAutoscaler",
    "horizontalpodautoscaler": "HorizontalPodAutoscaler",
    "pdb": "PodDisruptionBudget",
    "poddisruptionbudget": "PodDisruptionBudget",
}
"""Kinds by the words that actions and messages use; plurals are folded by :func:`kind_of`."""

_NODE_VERBS = frozenset({"taint", "untaint", "cordon", "uncordon", "drain"})
_POD_VERBS = frozenset({"evict"})
_CLUSTER_WIDE = frozenset({"Node", "Namespace"})

_NAMESPACE = re.compile(
    r"\bnamespace\b['\"]?\s*[:=]?\s*['\"]?([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)\b|(?:^|\s)-n\s+(\S+)"
)
_NAMESPACE_AFTER = re.compile(r"\bin (?:the )?['\"]?([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)['\"]? namespace\b")


def kind_of(word: str) -> str:
    """``deployments`` → ``Deployment``; empty when the word is no kind we know."""
    lowered = word.lower()
    return KINDS.get(lowered) or KINDS.get(lowered.removesuffix("s")) or ""


def kind_from_action(action: str) -> str:
    """``patch_deployment``, ``DeletePod``, ``node/taint`` → the kind in it; empty when it names none."""
    words = [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", action)]
    runs = ("".join(words[at : at + length]) for length in (3, 2, 1) for at in range(len(words)))
    for run in runs:  # the longest first: scaleStatefulSet, restart_cron_job
        if kind := kind_of(run):
            return "" if kind == "Service" and "scale" in words else kind  # what is scaled is never a Service
    if _NODE_VERBS.intersection(words):
        return "Node"
    return "Pod" if _POD_VERBS.intersection(words) else ""


def namespace_in(message: str) -> str:
    """``… for namespace: production.`` → ``production``; empty when the message names none."""
    match = _NAMESPACE_AFTER.search(message) or _NAMESPACE.search(message)
    return next((group for group in match.groups() if group), "") if match else ""


def reference(text: str, kind: str = "", namespace: str = "") -> Ref | None:
    """Read ``name``, ``namespace/name``, ``kind/name`` or ``kind/namespace/name``.

    Args:
        text: the name as the optimizer wrote it.
        kind: its kind, if something else than ``text`` tells it.
        namespace: its namespace, likewise; empty: unknown.

    Returns:
        The reference, its kind and namespace empty where nothing tells them, or ``None`` without a name.
    """
    parts = [part.strip() for part in text.strip().split("/") if part.strip()]
    if not parts:
        return None
    if len(parts) > 1 and kind_of(parts[0]):
        kind = kind_of(parts.pop(0))
    elif len(parts) > 2 and kind_of(parts[1]):
        kind = kind_of(parts.pop(1))
    if len(parts) > 1:
        namespace = parts[0]
    return Ref(kind=kind, namespace="" if kind in _CLUSTER_WIDE else namespace, name=parts[-1])
