"""Nodes → records."""

from __future__ import annotations

from msgspec import field

from opsconsole.cluster.objects.meta import WORDS, FullMetadata, Wire, managers
from opsconsole.cluster.objects.pod.wire import Condition
from opsconsole.cluster.transport.times import seconds
from opsconsole.quantity import number
from opsconsole.records import Node, Taint
from opsconsole.text import clean_line

GPU_RESOURCES = ("nvidia.com/gpu", "amd.com/gpu", "gpu.intel.com/i915", "gpu.intel.com/xe")
"""Extended resources that count whole GPUs; ``nvidia.com/mig-*`` count slices and are added to them."""

_PRESSURES = frozenset({"MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable"})


class _Taint(Wire):
    key: str = ""
    value: str = ""
    effect: str = ""


class _Spec(Wire):
    unschedulable: bool = False
    taints: list[_Taint] | None = None


class _Info(Wire):
    kubelet_version: str = ""


class _Status(Wire):
    allocatable: dict[str, str] | None = None
    capacity: dict[str, str] | None = None
    conditions: list[Condition] | None = None
    node_info: _Info = field(default_factory=_Info)


class NodeWire(Wire):
    """A node."""

    metadata: FullMetadata = field(default_factory=FullMetadata)
    spec: _Spec = field(default_factory=_Spec)
    status: _Status = field(default_factory=_Status)


def to_record(node: NodeWire) -> Node:
    """Return the record. ``ready`` is ``None`` while the node does not say, or its word is ``Unknown``."""
    metadata, status = node.metadata, node.status
    allocatable = status.allocatable or {}
    conditions = {each.type: each.status for each in status.conditions or ()}
    return Node(
        name=WORDS[metadata.name],
        uid=clean_line(metadata.uid),
        ready={"True": True, "False": False}.get(conditions.get("Ready", "")),
        unschedulable=node.spec.unschedulable,
        cpu=number(allocatable["cpu"]) if "cpu" in allocatable else None,
        memory=number(allocatable["memory"]) if "memory" in allocatable else None,
        gpus=_gpus(allocatable),
        gpu_capacity=_gpus(status.capacity or {}),
        taints=tuple(
            sorted(Taint(WORDS[each.key], WORDS[each.value], WORDS[each.effect]) for each in node.spec.taints or ())
        ),
        pressures=tuple(sorted(WORDS[kind] for kind in _PRESSURES if conditions.get(kind) == "True")),
        kubelet=WORDS[status.node_info.kubelet_version],
        created=seconds(metadata.creation_timestamp),
        managers=managers(metadata.managed_fields),
    )


def _gpus(amounts: dict[str, str]) -> float | None:
    """Return how many GPUs (or MIG slices) are among ``amounts``; ``None`` where no device plugin says anything."""
    counts = [
        number(value) for name, value in amounts.items() if name in GPU_RESOURCES or name.startswith("nvidia.com/mig-")
    ]
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
