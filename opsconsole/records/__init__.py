"""The frozen records that every part of opsconsole speaks.

No Kubernetes, NVML or Textual object crosses a boundary; what crosses is defined here and imports nothing of ours.
Times are seconds since the epoch (UTC), memory is bytes, CPU is cores. ``None`` means *unknown or not set*, never zero.
Every string has been through :func:`opsconsole.text.clean` before it is put into a record.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from opsconsole.records.audit import AuditedWrite
from opsconsole.records.autoscalers import Advice, Autoscaler
from opsconsole.records.base import Kind, Record, Ref
from opsconsole.records.cluster import (
    Binding,
    Container,
    ContainerSpec,
    Event,
    FieldManager,
    Hpa,
    Node,
    Pdb,
    Pod,
    PodCondition,
    Resources,
    Taint,
    Workload,
)
from opsconsole.records.decisions import (
    UNREADABLE,
    Change,
    ChangeField,
    Decision,
    EntryReading,
    FieldValue,
    Finding,
    Metric,
    Mood,
    Severity,
)
from opsconsole.records.gpu import GpuDevice, GpuNode, GpuProcess, ProcessState, gpu_order
from opsconsole.records.health import Health, Identity, State
from opsconsole.records.kinds import KIND_OF, TYPE_OF
from opsconsole.records.plans import Outcome, Plan, Proof, Step, StepOutcome, StepState, Target
from opsconsole.records.writers import ClusterWriter, OwnedFields, Ownership, Takeover, WriterClass

__all__ = [
    "KIND_OF",
    "TYPE_OF",
    "UNREADABLE",
    "Advice",
    "AnyRecord",
    "AuditedWrite",
    "Autoscaler",
    "Binding",
    "Change",
    "ChangeField",
    "ClusterWriter",
    "Container",
    "ContainerSpec",
    "Decision",
    "EntryReading",
    "Event",
    "FieldManager",
    "FieldValue",
    "Finding",
    "GpuDevice",
    "GpuNode",
    "GpuProcess",
    "Health",
    "Hpa",
    "Identity",
    "JsonObject",
    "Kind",
    "Metric",
    "Mood",
    "Node",
    "Outcome",
    "OwnedFields",
    "Ownership",
    "Pdb",
    "Plan",
    "Pod",
    "PodCondition",
    "ProcessState",
    "Proof",
    "Record",
    "Ref",
    "Resources",
    "Severity",
    "State",
    "Step",
    "StepOutcome",
    "StepState",
    "Taint",
    "Takeover",
    "Target",
    "Workload",
    "WriterClass",
    "gpu_order",
]

AnyRecord: TypeAlias = (
    Pod
    | Event
    | Workload
    | Node
    | Hpa
    | Pdb
    | GpuDevice
    | GpuProcess
    | GpuNode
    | Decision
    | Metric
    | Change
    | Finding
    | Binding
    | Ownership
    | ClusterWriter
    | AuditedWrite
    | Autoscaler
)
JsonObject: TypeAlias = dict[str, Any]
