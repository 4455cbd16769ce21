"""What the governed may not delete, and nobody's approval is written on but by a person. Pure."""

from __future__ import annotations

from opsconsole.govern.names import CUSTOM_WORKLOADS, KEDA

MACHINES = "cluster.x-k8s.io"
"""The API group of Cluster API, by whose objects nodes come and go."""

KEPT: dict[str, tuple[str, ...]] = {
    "apps": ("deployments", "statefulsets", "daemonsets", "replicasets", "controllerrevisions"),
    "batch": ("cronjobs", "jobs"),
    "": ("pods", "nodes", "services", "namespaces", "persistentvolumeclaims", "persistentvolumes",
         "replicationcontrollers", "serviceaccounts", "resourcequotas", "limitranges"),
    "policy": ("poddisruptionbudgets",),
    "autoscaling": ("horizontalpodautoscalers",),
    "autoscaling.k8s.io": ("verticalpodautoscalers",),
    "networking.k8s.io": ("ingresses", "networkpolicies", "ingressclasses", "servicecidrs", "ipaddresses"),
    "gateway.networking.k8s.io": ("gateways", "gatewayclasses", "httproutes", "grpcroutes", "tcproutes", "tlsroutes",
                                  "udproutes"),
    "node.k8s.io": ("runtimeclasses",),
    "apiextensions.k8s.io": ("customresourcedefinitions",),
    "storage.k8s.io": ("storageclasses", "csidrivers", "csinodes", "volumeattachments", "volumeattributesclasses",
                       "csistoragecapacities"),
    "resource.k8s.io": ("resourceclaims", "resourceclaimtemplates", "deviceclasses", "resourceslices"),
    "scheduling.k8s.io": ("priorityclasses", "podgroups", "workloads"),
    "certificates.k8s.io": ("clustertrustbundles",),
    "karpenter.sh": ("nodepools", "nodeclaims"),
    MACHINES: ("clusters", "machines", "machinesets", "machinedeployments", "machinepools"),
    KEDA: ("scaledobjects", "scaledjobs"),
    **CUSTOM_WORKLOADS,
}  # fmt: skip
"""Plural names by API group. Deleting an object of Karpenter or Cluster API deletes nodes."""
