"""The resources that the console watches, each with its place in the API, its shape and its record."""

from __future__ import annotations

from opsconsole.cluster.objects import autoscalers, bindings, events, nodes, workloads
from opsconsole.cluster.objects import hpa_pdb as budgets
from opsconsole.cluster.objects.codec import Resource
from opsconsole.cluster.objects.pod import record as pods
from opsconsole.cluster.objects.pod.wire import PodWire
from opsconsole.records import Kind
from opsconsole.store import KEPT

PODS = Resource("pods", Kind.POD, PodWire, pods.to_record)
EVENTS = Resource("events", Kind.EVENT, events.EventWire, events.to_record, newest=KEPT[Kind.EVENT])
NODES = Resource("nodes", Kind.NODE, nodes.NodeWire, nodes.to_record, namespaced=False)


def _workloads(plural: str, kind: str, group: str = "apps") -> Resource:
    return Resource(plural, Kind.WORKLOAD, workloads.WorkloadWire, workloads.of_kind(kind), group)


WORKLOADS = (
    _workloads("deployments", "Deployment"),
    _workloads("statefulsets", "StatefulSet"),
    _workloads("daemonsets", "DaemonSet"),
    _workloads("replicasets", "ReplicaSet"),
    _workloads("jobs", "Job", "batch"),
    _workloads("cronjobs", "CronJob", "batch"),
)
REPLICATION_CONTROLLERS = _workloads("replicationcontrollers", "ReplicationController", "")
"""Read one by one, where an optimizer is one; not watched: next to nobody has them."""

HPAS = Resource("horizontalpodautoscalers", Kind.HPA, budgets.HpaWire, budgets.hpa_record, "autoscaling", "v2")
PDBS = Resource("poddisruptionbudgets", Kind.PDB, budgets.PdbWire, budgets.pdb_record, "policy")

_RBAC = "rbac.authorization.k8s.io"

BINDINGS = (
    Resource(
        "clusterrolebindings",
        Kind.BINDING,
        bindings.BindingWire,
        bindings.of_kind("ClusterRoleBinding"),
        _RBAC,
        namespaced=False,
    ),
    Resource("rolebindings", Kind.BINDING, bindings.BindingWire, bindings.of_kind("RoleBinding"), _RBAC),
)

AUTOSCALERS = (
    Resource(
        "verticalpodautoscalers",
        Kind.AUTOSCALER,
        autoscalers.VpaWire,
        autoscalers.vpa_record,
        "autoscaling.k8s.io",
        optional=True,
    ),
    Resource(
        "scaledobjects",
        Kind.AUTOSCALER,
        autoscalers.ScaledObjectWire,
        autoscalers.scaled_object_record,
        "keda.sh",
        "v1alpha1",
        optional=True,
    ),
)
"""Custom kinds: not every cluster has them."""

ALL = (PODS, EVENTS, NODES, *WORKLOADS, HPAS, PDBS, *BINDINGS, *AUTOSCALERS)
"""In the order in which the screen wants them."""
