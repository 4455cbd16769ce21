"""Ordinary writes of the governed, of people and of healthy controllers: the data of ``test_evasions_cluster``."""

from __future__ import annotations

from tests.govern.rules.evasions.estate import ESTATE
from tests.govern.rules.evasions.held import HELD
from tests.govern.rules.evasions.operators import (
    CLONES,
    OPERATORS,
    POOLS,
    ROLLOUT,
    SCALED,
    copied,
    gone,
    history,
    revision,
)
from tests.govern.rules.evasions.reach import REACH
from tests.govern.rules.evasions.templates import REST
from tests.govern.rules.evasions.ways import WAYS
from tests.govern.rules.evasions.writes import (
    Evasion,
    Object,
    Try,
    at,
    connect,
    create,
    delete,
    hpa,
    in_template,
    job,
    limit,
    main,
    patch,
    pod,
    put,
    strategic,
)
from tests.testbed import objects
from tests.testbed.api import Api

KUBE = "system:serviceaccount:kube-system:"
CONTROLLERS = "system:kube-controller-manager"
SCHEDULER = "system:kube-scheduler"
KUBELET = "system:node:node-1"
RESTART = {"spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "now"}}}}}
READY = [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}]


def sizes(memory: str, cpu: str) -> Object:
    return in_template([main(limits={"memory": memory, "cpu": cpu})])


def upgrade(item: Object) -> None:
    item["spec"]["replicas"] = 5
    for container in item["spec"]["template"]["spec"]["containers"]:
        container["image"] = "registry.example/app:2"


def own_lease(api: Api, space: str) -> object:
    return api.post(at(space, "leases"), {"metadata": {"name": "aura-leader"}, "spec": {"holderIdentity": "aura"}})


def own_pod(api: Api, space: str) -> object:
    return api.post(at(space, "pods"), pod("mine", serviceAccountName="aura"))


def asks(api: Api, _: str) -> object:
    attributes = {"verb": "delete", "resource": "pods"}
    spec = {"resourceAttributes": attributes}
    return api.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {"spec": spec})


GOVERNED: list[tuple[str, Try]] = [
    ("a restart", strategic("deployments", "web", RESTART)),
    ("more memory", strategic("deployments", "web", sizes("2Gi", "2"))),
    ("a cut of a tenth", strategic("deployments", "web", sizes("900Mi", "900m"))),
    *((f"the same as {memory}", strategic("deployments", "web", sizes(memory, cpu))) for memory, cpu in (
        ("1048576000", "1000m"), ("1024000Ki", "1.0"), ("1048576000000m", "1e0"), ("0.9765625Gi", "0.001k"))),
    ("a first request, and with it a first limit of none", strategic("deployments", "free", in_template(
        [main(requests={"memory": "64Mi"})]))),
    ("a first limit over the request", strategic("replicationcontrollers", "older", limit("1200Mi"))),
    ("four replicas", patch("deployments", "web", {"spec": {"replicas": 4}})),
    ("four by /scale", patch("deployments", "web", {"spec": {"replicas": 4}}, sub="scale")),
    ("an autoscaler's new bounds", patch("horizontalpodautoscalers", "web", {"spec": {"maxReplicas": 8}})),
    ("an autoscaler", create("horizontalpodautoscalers", hpa(2, 6, "whole"))),
    ("a label", patch("deployments", "web", {"metadata": {"labels": {"seen": "yes"}}})),
    ("a pod's label", patch("pods", "victim", {"metadata": {"labels": {"seen": "yes"}}})),
    ("a node's label", patch("nodes", "node-1", {"metadata": {"labels": {"seen": "yes"}}})),
    ("a ConfigMap", create("configmaps", {"metadata": {"name": "report"}})),
    ("a Secret", create("secrets", {"metadata": {"name": "state"}})),
    ("a Job", create("jobs", job("report"))),
    ("a pod of its own account", own_pod),
    ("its own Lease", own_lease),
    ("what it may do", asks),
    ("a custom resource", lambda api, space: api.patch(
        f"/apis/evasions.example.com/v1/namespaces/{space}/rollouts/canary", {"metadata": {"labels": {"a": "b"}}})),
]  # fmt: skip

_EVASIONS = (*HELD, *OPERATORS, *REST, *ESTATE, *WAYS, *REACH)

_PEOPLE: list[tuple[str, str, Try]] = [
    ("ann", "kubectl rollout restart", strategic("deployments", "web", RESTART)),
    ("ann", "a thaw by hand", patch("namespaces", "kube-system", {"metadata": {"annotations": {
        "govern.opsconsole.io/frozen": "false"}}})),
]  # fmt: skip
_PARTS: list[tuple[str, str, Try]] = [
    (f"{KUBE}deployment-controller", "an old ReplicaSet to zero", patch("replicasets", "old", {
        "spec": {"replicas": 0}})),
    (f"{KUBE}deployment-controller", "a Deployment's status", patch("deployments", "web", {
        "status": {"observedGeneration": 1}}, sub="status")),
    (f"{KUBE}deployment-controller", "an old ReplicaSet's end", delete("replicasets", "old")),
    (f"{KUBE}replicaset-controller", "a pod", create("pods", pod("made", serviceAccountName="worker"))),
    (f"{KUBE}replicaset-controller", "a pod's end", delete("pods", "victim")),
    (f"{KUBE}daemon-set-controller", "a pod on a node", create("pods", pod("daemon", nodeName="node-1"))),
    (f"{KUBE}horizontal-pod-autoscaler", "/scale", patch("deployments", "web", {"spec": {"replicas": 1}}, sub="scale")),
    (f"{KUBE}generic-garbage-collector", "what is owned no more", delete("deployments", "web")),
    (f"{KUBE}node-controller", "a taint", patch("nodes", "node-1", {"spec": {"taints": [
        {"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"}]}})),
    (f"{KUBE}job-controller", "a Job's status", patch("jobs", "waiting", {"status": {"active": 0}}, sub="status")),
    (f"{KUBE}cronjob-controller", "a Job", create("jobs", job("night-1", serviceAccountName="worker"))),
    (f"{KUBE}endpointslice-controller", "an EndpointSlice", patch("endpointslices", "web-1", {"endpoints": []})),
    (f"{KUBE}namespace-controller", "all pods of a namespace", delete("pods", "")),
    (f"{KUBE}cluster-autoscaler", "a node", delete("nodes", "node-1")),
    (f"{KUBE}vpa-updater", "an eviction", create("pods", {
        "apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "victim"}}, "victim", "eviction")),
    (f"{KUBE}endpointslice-controller", "a new EndpointSlice", create("endpointslices", {
        "metadata": {"name": "web-2", "labels": {"kubernetes.io/service-name": "web"}}, "addressType": "IPv4",
        "endpoints": []})),
    (f"{KUBE}root-ca-cert-publisher", "a ConfigMap of the system", lambda api, _: api.post(
        "/api/v1/namespaces/kube-system/configmaps", {"metadata": {"name": "kube-root-ca.crt-2"}})),
    (f"{KUBE}attachdetach-controller", "a volume attached", create("volumeattachments", {
        "metadata": {"name": "attached"}, "spec": {"attacher": "csi.example.com", "nodeName": "node-1", "source": {
            "persistentVolumeName": "disk"}}})),
    (f"{KUBE}persistent-volume-binder", "a claim of a volume", patch("persistentvolumes", "disk", {
        "spec": {"claimRef": {"namespace": "elsewhere", "name": "x"}}})),
    (f"{KUBE}service-account-controller", "an account's Secrets for images", patch("serviceaccounts", "worker", {
        "imagePullSecrets": [{"name": "registry"}]})),
    ("system:serviceaccount:csi:provisioner", "room for volumes", create("csistoragecapacities", {
        "metadata": {"name": "room"}, "storageClassName": "evasions", "capacity": "1Gi"})),
    ("system:serviceaccount:karpenter:karpenter", "a NodePool's end", gone(POOLS, "general")),
    ("system:serviceaccount:argo-rollouts:argo-rollouts", "a Rollout's status", lambda api, space: api.patch(
        f"{ROLLOUT.place(space, 'green')}/status", {"status": {"replicas": 3}})),
    ("system:serviceaccount:ingress:controller", "an Ingress's address", patch("ingresses", "web", {
        "status": {"loadBalancer": {"ingress": [{"ip": "10.0.0.1"}]}}}, sub="status")),
    (CONTROLLERS, "a token", create("serviceaccounts", {"spec": {}}, "worker", "token")),
    (SCHEDULER, "a binding", create("pods", {
        "apiVersion": "v1", "kind": "Binding", "metadata": {"name": "gated"}, "target": {
            "apiVersion": "v1", "kind": "Node", "name": "node-1"}}, "gated", "binding")),
    (KUBELET, "a pod's status", strategic("pods", "victim/status", {"status": {"conditions": READY}})),
    (KUBELET, "its node's status", strategic("nodes", "node-1/status", {"status": {"conditions": READY}})),
    (KUBELET, "the end of a pod", delete("pods", "victim", {
        "apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0})),
    ("system:serviceaccount:ci:helm", "an upgrade", put("deployments", "web", upgrade)),
    ("system:serviceaccount:ci:helm", "its release", create("secrets", {
        "type": "helm.sh/release.v1", "metadata": {"name": "sh.helm.release.v1.web.v2"}})),
    ("system:serviceaccount:ci:helm", "a hook's end", delete("jobs", "runs")),
    ("system:serviceaccount:ci:helm", "a hook", create("jobs", job("hook", serviceAccountName="worker"))),
    ("system:serviceaccount:argocd:argocd-application-controller", "a sync", strategic("deployments", "web", {
        "spec": {"replicas": 0, "paused": True}})),
    ("system:serviceaccount:cert-manager:cert-manager", "a certificate", create("secrets", {
        "type": "kubernetes.io/tls", "metadata": {"name": "tls"}, "data": {"tls.crt": "", "tls.key": ""}})),
    ("system:serviceaccount:keda:keda-operator", "an autoscaler to many", create(
        "horizontalpodautoscalers", hpa(1, 500, "whole"))),
    ("system:serviceaccount:argo-rollouts:argo-rollouts", "a revision of what is approved", copied(
        "replicasets", ROLLOUT, "green", revision)),
    ("system:serviceaccount:keda:keda-operator", "an autoscaler of what is approved", copied(
        "horizontalpodautoscalers", SCALED, "web", lambda: hpa(1, 500, "whole"))),
    ("system:serviceaccount:kruise-system:kruise-manager", "a history of what is approved", copied(
        "controllerrevisions", CLONES, "clones", history)),
    ("system:serviceaccount:shop:other-optimizer", "a cut", strategic("deployments", "web", limit("64Mi"))),
    ("system:serviceaccount:shop:aura", "a cut by the same name elsewhere", strategic(
        "deployments", "web", limit("64Mi"))),
    ("aura", "a cut by a person of that name", strategic("deployments", "web", limit("64Mi"))),
    ("ci", "a shell", connect("pods", "victim", "exec?command=id&stdout=true")),
    ("ci", "a new workload", create("deployments", objects.deployment("new", objects.container(), replicas=500))),
]  # fmt: skip


def evasions(version: int) -> list[Evasion]:
    """All that is tried of an API server of this minor version."""
    return [each for each in _EVASIONS if each.since <= version]


def others(version: int) -> list[tuple[str, str, Try]]:
    """What others write, a person each evasion too: who, what, and how."""
    same = [("ann", each.what, each.write) for each in evasions(version) if "self-approval" not in each.rules]
    return [*same, *_PEOPLE, *_PARTS]
