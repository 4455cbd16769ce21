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
    # By their deletion an operator deletes all that it made of them.
    "argoproj.io": (*CUSTOM_WORKLOADS["argoproj.io"], "applications", "applicationsets", "appprojects"),
    "kustomize.toolkit.fluxcd.io": ("kustomizations",),
    "helm.toolkit.fluxcd.io": ("helmreleases",),
    "nvidia.com": ("clusterpolicies", "nvidiadrivers"),
    "ray.io": ("rayclusters", "rayjobs", "rayservices"),
    "kubeflow.org": ("pytorchjobs", "tfjobs", "mpijobs", "xgboostjobs", "paddlejobs", "jaxjobs"),
    "trainer.kubeflow.org": ("trainjobs",),
    "jobset.x-k8s.io": ("jobsets",),
    "leaderworkerset.x-k8s.io": ("leaderworkersets",),
    "kueue.x-k8s.io": ("workloads", "clusterqueues", "localqueues", "resourceflavors"),
    "batch.volcano.sh": ("jobs",),
    "scheduling.volcano.sh": ("queues", "podgroups"),
    "serving.kserve.io": ("inferenceservices",),
    "serving.knative.dev": ("services",),
    "postgresql.cnpg.io": ("clusters", "scheduledbackups"),
    # What there is to go back to, and what tells people.
    "snapshot.storage.k8s.io": ("volumesnapshots", "volumesnapshotcontents", "volumesnapshotclasses"),
    "velero.io": ("backups", "schedules", "backupstoragelocations", "deletebackuprequests"),
    "monitoring.coreos.com": ("prometheuses", "alertmanagers", "prometheusrules", "servicemonitors", "podmonitors"),
    "cert-manager.io": ("certificates", "issuers", "clusterissuers"),
}  # fmt: skip
"""Plural names by API group. Deleting an object of Karpenter or Cluster API deletes nodes, one of the GPU operator the
drivers of all nodes."""
