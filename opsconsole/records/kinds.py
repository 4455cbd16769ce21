"""Which record tells of which kind: one table for the store's readers, plugins, screen and tests."""

from __future__ import annotations

from collections.abc import Mapping

from opsconsole.records.audit import AuditedWrite
from opsconsole.records.autoscalers import Autoscaler
from opsconsole.records.base import Kind, Record
from opsconsole.records.cluster import Binding, Event, Hpa, Node, Pdb, Pod, Workload
from opsconsole.records.decisions import Change, Decision, Finding, Metric
from opsconsole.records.gpu import GpuDevice, GpuNode, GpuProcess
from opsconsole.records.writers import ClusterWriter, Ownership

TYPE_OF: Mapping[Kind, type[Record]] = {
    Kind.POD: Pod,
    Kind.EVENT: Event,
    Kind.WORKLOAD: Workload,
    Kind.NODE: Node,
    Kind.HPA: Hpa,
    Kind.PDB: Pdb,
    Kind.GPU: GpuDevice,
    Kind.GPU_PROCESS: GpuProcess,
    Kind.GPU_NODE: GpuNode,
    Kind.DECISION: Decision,
    Kind.METRIC: Metric,
    Kind.CHANGE: Change,
    Kind.FINDING: Finding,
    Kind.BINDING: Binding,
    Kind.OWNERSHIP: Ownership,
    Kind.WRITER: ClusterWriter,
    Kind.AUDIT: AuditedWrite,
    Kind.AUTOSCALER: Autoscaler,
}
KIND_OF: Mapping[type, Kind] = {record: kind for kind, record in TYPE_OF.items()}
