"""The highest memory working set of each workload's containers in the last hour: what a limit must not be cut under."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from typing import TypeAlias

from opsconsole.metrics.asking import Asks, Reading
from opsconsole.metrics.errors import QueryError
from opsconsole.optimizer import above_in, top_owner
from opsconsole.records import Metric, Ref
from opsconsole.store import Store

WORKING_SETS = (
    "max by (namespace, pod, container)"
    ' (max_over_time(container_memory_working_set_bytes{container!="",container!="POD"}[1h]))'
)
"""cAdvisor's working set is what the kubelet compares with the limit before the kernel kills; ``POD`` is the pause
container."""

KEY = "working_set"

Owner: TypeAlias = Callable[[str, str], Ref | None]
"""``(namespace, pod) → workload``, ``None`` where it is not known (a pod that is gone)."""

# Pod names as controllers make them. A ReplicaSet's hash and the five characters behind it are spelt without vowels
# (k8s.io/apimachinery/pkg/util/rand), so that no word such as "exporter" is taken for a hash; a digit proves one too.
_TAIL = r"[0-9a-z]{5}"
_HASH = r"(?=[0-9a-z]*[0-9]|[b-df-hj-np-tv-z]+-)[0-9a-z]{6,10}"
_NAMES = (
    ("CronJob", re.compile(rf"(?P<name>.+)-\d{{8}}-{_TAIL}")),
    ("Deployment", re.compile(rf"(?P<name>.+)-{_HASH}-{_TAIL}")),
    ("StatefulSet", re.compile(r"(?P<name>.+)-\d{1,4}")),
    ("DaemonSet", re.compile(rf"(?P<name>.+)-(?=[0-9a-z]*[0-9]|[b-df-hj-np-tv-z]+$){_TAIL}")),
)
_ALSO = (
    ("ReplicaSet", re.compile(rf"(?P<name>.+)-{_TAIL}")),
    ("Job", re.compile(rf"(?P<name>.+?)(-\d{{1,6}})?-{_TAIL}")),
)
"""Kinds whose pods are named as a DaemonSet's are: which one it was, only the workloads that there are can tell."""


class StoreOwners:
    """Tells the workload of a pod by the store: the pod's owners, or, of a pod that is gone, the workloads there are.

    May be asked from any thread; the store's tables are only read.

    Args:
        store: where pods and workloads are.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._above = above_in(store.workloads)

    def __call__(self, namespace: str, name: str) -> Ref | None:
        """The workload of the pod, the pod itself where nothing made it; ``None`` where it can't be told."""
        pod = self._store.pods.get(f"{namespace}/{name}")
        if pod is None or pod.partial:
            return self._by_name(namespace, name)
        owner = top_owner(pod, self._above) or pod.ref
        return Ref(owner.kind, owner.namespace, owner.name)

    def _by_name(self, namespace: str, name: str) -> Ref | None:
        """The one workload that is there and makes pods of such names; ``None`` if none or several do."""
        named = ((kind, pattern.fullmatch(name)) for kind, pattern in (*_NAMES, *_ALSO))
        found = {(kind, match["name"]) for kind, match in named if match}
        there = [each for each in found if f"{each[0]}/{namespace}/{each[1]}" in self._store.workloads]
        return Ref(there[0][0], namespace, there[0][1]) if len(there) == 1 else None


def owner_by_name(namespace: str, pod: str) -> Ref:
    """The workload that a pod's name tells of; the pod itself where it tells of none."""
    for kind, pattern in _NAMES:
        if match := pattern.fullmatch(pod):
            return Ref(kind, namespace, match["name"])
    return Ref("Pod", namespace, pod)


def working_sets(ask: Asks, now: float, owner: Owner = lambda _namespace, _pod: None) -> list[Metric]:
    """One record for each container of each workload, in bytes: ``working_set/Deployment/production/auth/app``.

    Args:
        ask: Prometheus.
        now: seconds since the epoch.
        owner: tells the workload of a pod; where it can't, the pod's name does.

    Raises:
        UnreachableError: the server can't be asked.
    """
    try:
        readings = ask.query(WORKING_SETS)
    except QueryError:
        return []
    highest = _highest(readings, owner)
    return [
        Metric(key=key, title=key.removeprefix(f"{KEY}/"), query=WORKING_SETS, value=value, unit="B", at=now)
        for key, value in highest.items()
    ]


def _highest(readings: Iterable[Reading], owner: Owner) -> dict[str, float]:
    highest: dict[str, float] = {}
    for reading in readings:
        namespace, pod, container = (reading.labels.get(label, "") for label in ("namespace", "pod", "container"))
        if not (namespace and pod and container) or not math.isfinite(reading.value):
            continue
        about = owner(namespace, pod) or owner_by_name(namespace, pod)
        key = f"{KEY}/{about.kind}/{about.namespace}/{about.name}/{container}"
        highest[key] = max(reading.value, highest.get(key, 0.0))
    return highest
