"""Kinds of objects by the words that logs use for them: singular, plural, short, in two words. One row a kind."""

from __future__ import annotations

import re

from opsconsole.decisions.key_memory import KeyMemory
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late

_ROWS = """
Deployment deployment deploy
StatefulSet statefulset sts sset
DaemonSet daemonset ds
ReplicaSet replicaset rs
ReplicationController replicationcontroller rc
Job job
CronJob cronjob cj
Pod pod po victim
Node node
Service service svc
ConfigMap configmap
Secret secret
Namespace namespace ns
HorizontalPodAutoscaler hpa horizontalpodautoscaler
VerticalPodAutoscaler vpa verticalpodautoscaler
VerticalPodAutoscalerCheckpoint checkpoint vpacheckpoint verticalpodautoscalercheckpoint
PodDisruptionBudget pdb poddisruptionbudget
PersistentVolumeClaim pvc persistentvolumeclaim volumeclaim
PersistentVolume pv persistentvolume
StorageClass storageclass
Ingress ingress ing ingresses
IngressClass ingressclass ingressclasses
GatewayClass gatewayclass gatewayclasses
RuntimeClass runtimeclass runtimeclasses
CSIDriver csidriver
VolumeSnapshot volumesnapshot
NetworkPolicy networkpolicy netpol networkpolicies
ServiceAccount serviceaccount
Role role
ClusterRole clusterrole
RoleBinding rolebinding
ClusterRoleBinding clusterrolebinding
ResourceQuota resourcequota
LimitRange limitrange
PriorityClass priorityclass priorityclasses
CustomResourceDefinition crd customresourcedefinition
ValidatingWebhookConfiguration validatingwebhookconfiguration validatingwebhook
MutatingWebhookConfiguration mutatingwebhookconfiguration mutatingwebhook
ValidatingAdmissionPolicy validatingadmissionpolicy validatingadmissionpolicies
ValidatingAdmissionPolicyBinding validatingadmissionpolicybinding
MutatingAdmissionPolicy mutatingadmissionpolicy mutatingadmissionpolicies
MutatingAdmissionPolicyBinding mutatingadmissionpolicybinding
APIService apiservice
NodeClaim nodeclaim
NodePool nodepool
NodeGroup nodegroup asg instancegroup autoscalinggroup
Machine machine
MachineDeployment machinedeployment
MachineSet machineset
MachinePool machinepool
ScaledObject scaledobject
ScaledJob scaledjob
Rollout rollout
Application application
Kustomization kustomization
HelmRelease helmrelease
RayCluster raycluster
RayService rayservice
RayJob rayjob
PodGroup podgroup
ClusterQueue clusterqueue
LocalQueue localqueue
CloneSet cloneset
SidecarSet sidecarset
JobSet jobset
LeaderWorkerSet leaderworkerset
RunnerSet runnerset
RunnerDeployment runnerdeployment
EphemeralRunner ephemeralrunner
EphemeralRunnerSet ephemeralrunnerset
AutoscalingRunnerSet autoscalingrunnerset
VirtualMachineInstance virtualmachineinstance vmi
Revision revision
InferenceService inferenceservice isvc
VirtualService virtualservice
DestinationRule destinationrule
HTTPRoute httproute
EndpointSlice endpointslice
ChaosEngine chaosengine
Canary canary canaries
AnalysisRun analysisrun
ApplicationSet applicationset
MachineHealthCheck machinehealthcheck
KubeadmControlPlane kubeadmcontrolplane
EC2NodeClass ec2nodeclass ec2nodeclasses
GitRepository gitrepository
HelmRepository helmrepository
ServiceMonitor servicemonitor
PodMonitor podmonitor
PrometheusRule prometheusrule
TrafficSplit trafficsplit
WatermarkPodAutoscaler wpa watermarkpodautoscaler
DatadogPodAutoscaler datadogpodautoscaler
PodAutoscaler podautoscaler
"""
NAMES: dict[str, str] = {
    word: kind for row in _ROWS.strip().splitlines() for kind, *words in [row.split()] for word in words
}
"""Kinds by their words in lower case."""

CUSTOM = late(r"(?:[A-Z][a-z0-9]+){2,5}")
"""How a kind that no table knows is spelt: ``GameServerSet``."""

PLAIN = wordset(
    "Workload Cluster Kafka Task Queue Cohort Cache Instance Elasticsearch Etcd Redis Backup Restore Schedule Model "
    "Workflow"
)
"""Kinds of one everyday word, which are kinds only where a key says so."""

LONG = frozenset(words[0].lower() for kind in NAMES.values() if len(words := re.findall(r"[A-Z][a-z]*", kind)) > 2)
"""First words of kinds that are written in three: ``horizontal pod autoscaler``."""

LAST = frozenset(words[-1].lower() for kind in NAMES.values() if len(words := re.findall(r"[A-Z][a-z]*", kind)) > 1)
"""Last words of kinds that are written in two or three: ``set``, ``claim``, ``budget``."""

GENERIC = wordset("target object obj resource workload wl scaletarget app ref item involvedobject external cr")
"""Words for an object whose kind is not said."""

CLUSTER_WIDE = wordset(
    "Node Namespace NodeClaim NodePool NodeGroup PersistentVolume StorageClass ClusterRole "
    "ClusterRoleBinding PriorityClass IngressClass GatewayClass RuntimeClass CSIDriver "
    "CustomResourceDefinition ClusterQueue ValidatingWebhookConfiguration "
    "MutatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding MutatingAdmissionPolicy "
    "MutatingAdmissionPolicyBinding APIService"
)
"""Kinds whose objects are in no namespace."""

OF_VERB = {
    "taint": "Node",
    "untaint": "Node",
    "cordon": "Node",
    "uncordon": "Node",
    "drain": "Node",
    "evict": "Pod",
}
"""The kind that an action is done to where the line names none."""

ORDER = (
    *("Deployment", "StatefulSet", "DaemonSet", "Rollout", "CronJob", "Job", "ReplicaSet", "RayCluster", "RayService"),
    *(
        "RayJob",
        "CloneSet",
        "HorizontalPodAutoscaler",
        "PersistentVolumeClaim",
        "Pod",
        "NodeClaim",
        "MachineDeployment",
    ),
    *("MachineSet", "Machine", "NodePool", "NodeGroup", "Node"),
)
"""Which object an action is done to where attributes name several: the first of these."""


@KeyMemory
def of_word(word: str) -> str:
    """``deployments``, ``Deployment``, ``deployment.apps``, ``deployments.v1.apps`` → ``Deployment``; else empty."""
    low = word.lower().partition(".")[0]
    one = low.removesuffix("s") if len(low) > 3 or low == "pvs" else ""  # nobody says "pos" for pods: it is a name
    return (
        NAMES.get(low) or NAMES.get(one) or NAMES.get(low.removesuffix("(s)")) or NAMES.get(low.removesuffix("es"), "")
    )


_ENDINGS = (
    *("Configuration", "Authentication", "Authorization", "Request", "Binding", "Policy", "Template", "Content"),
    *("Claim", "Class", "Quota", "Budget", "Cluster", "Issuer", "Driver", "Constraint", "Schedule", "Snapshot"),
    *("Entry", "Filter", "Route", "Gateway", "Service", "Rule", "Monitor", "Group", "Pool", "Set", "Job"),
)
"""Last words of kinds, by which a resource that no table knows is spelt as a kind."""


@KeyMemory
def spelled(resource: str) -> str:
    """``peerauthentications`` → ``PeerAuthentication``, ``clusterpolicy`` → ``ClusterPolicy``; best guess."""
    low = resource.lower().partition(".")[0]
    one = f"{low[:-3]}y" if low.endswith("ies") else low
    one = one.removesuffix("es") if one.endswith(("sses", "xes", "ches")) else one
    one = one.removesuffix("s") if not one.endswith("ss") else one
    ending = next((each for each in _ENDINGS if one.endswith(each.lower()) and len(one) > len(each)), "")
    return one.removesuffix(ending.lower()).capitalize() + ending


@KeyMemory
def in_words(words: tuple[str, ...]) -> str:
    """The kind in some words, the longest first: (scale, stateful, set) → ``StatefulSet``."""
    for length in (3, 2, 1):
        for at in range(len(words) - length + 1):
            if kind := of_word("".join(words[at : at + length])):
                return kind
    return ""
