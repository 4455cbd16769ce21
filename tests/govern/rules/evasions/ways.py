"""Evasions by how a write is sent, and by kinds that are seldom written to; for ``test_evasions_cluster``."""

from __future__ import annotations

from typing import Any

from tests.govern.rules.evasions.ages import POD_AS_A_WHOLE
from tests.govern.rules.evasions.operators import POOLS, custom
from tests.govern.rules.evasions.writes import (
    APPLY,
    Evasion,
    Object,
    Try,
    at,
    create,
    delete,
    in_template,
    job,
    patch,
    pod,
    put,
    signing_request,
    strategic,
)
from tests.testbed import objects
from tests.testbed.api import JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, Api

WEB = {"matchLabels": {"app": "web"}}
SHELL = {"containers": [{"name": "main", "image": objects.IMAGE}]}


def _to_none(plural: str, name: str, kind: str) -> list[Evasion]:
    """Replicas to none, in each way in which a patch can say it, of the object and of its Scale."""
    none: Object = {"spec": {"replicas": 0}}
    steps = [{"op": "replace", "path": "/spec/replicas", "value": 0}]
    moved = [{"op": "test", "path": "/metadata/name", "value": name}, {"op": "remove", "path": "/spec/replicas"},
             {"op": "add", "path": "/spec/replicas", "value": 0}]  # fmt: skip
    ways: list[tuple[str, str, Any]] = [
        ("merge", MERGE_PATCH, none), ("JSON", JSON_PATCH, steps), ("JSON in steps", JSON_PATCH, moved),
        ("strategic", STRATEGIC_PATCH, none),
    ]  # fmt: skip
    found = [
        Evasion("replicas", f"{plural}{f'/{sub}' if sub else ''} to none by a {way} patch",
                patch(plural, name, body, content, sub))
        for sub in ("", "scale") for way, content, body in ways
    ]  # fmt: skip
    applied = {"apiVersion": "v1" if plural == "replicationcontrollers" else "apps/v1", "kind": kind}
    applied |= {"metadata": {"name": name}, **none}
    return [
        *found,
        Evasion("replicas", f"{plural} to none by server-side apply", _applied(plural, name, applied)),
        Evasion(
            "replicas", f"{plural} to none by PUT", put(plural, name, lambda item: item["spec"].update(replicas=0))
        ),
    ]


def _applied(plural: str, name: str, body: Object) -> Try:
    return lambda api, space: api.request(
        "PATCH", f"{at(space, plural, name)}?fieldManager=aura&force=true", body, APPLY
    )


def _apply_new(plural: str, version: str, kind: str, **of: Any) -> Try:
    return _applied(plural, "applied", {"apiVersion": version, "kind": kind, "metadata": {"name": "applied"}, **of})


def _at_once(plural: str, query: str = "") -> Try:
    return lambda api, space: api.delete(f"{at(space, plural)}{query}")


def _drawn(**spec: Any) -> Object:
    body = pod("x", **spec)
    body["metadata"] = {"generateName": "web-"}
    return body


def _with_owner(plural: str, body: Object, kind: str, name: str) -> Try:
    """An object that says that a workload there controls it."""

    def write(api: Api, space: str) -> object:
        uid = api.get(at(space, plural, name))["metadata"]["uid"]
        owner = {"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": uid, "controller": True}
        made = {**body, "metadata": {**body["metadata"], "ownerReferences": [owner]}}
        return api.post(at(space, "controllerrevisions"), made)

    return write


def _let_go(api: Api, space: str) -> object:
    """A Deployment's pod is its own no more."""
    label = "pod-template-hash"
    pods = (each["metadata"] for each in api.get(at(space, "pods"))["items"])
    name = next(each["name"] for each in pods if label in (each.get("labels") or {}))
    return api.patch(at(space, "pods", name), {"metadata": {"labels": {label: None}}})


def _space_note(name: str) -> Try:
    return lambda api, space: api.patch(
        f"/api/v1/namespaces/{space}", {"metadata": {"annotations": {name: "no=where"}}}
    )


_AS_WORKER = {"serviceAccountName": "worker", **SHELL}
CLOUDS = ("eks.amazonaws.com/role-arn", "iam.gke.io/gcp-service-account", "azure.workload.identity/client-id")
_ON_WINDOWS = {"windowsOptions": {"hostProcess": True, "runAsUserName": "NT AUTHORITY\\SYSTEM"}}

_SENT = [
    *_to_none("deployments", "web", "Deployment"),
    *_to_none("statefulsets", "db", "StatefulSet"),
    *_to_none("replicasets", "old", "ReplicaSet"),
    *_to_none("replicationcontrollers", "older", "ReplicationController"),
    Evasion("limit-cuts", "JSON patch that copies a smaller figure", patch("deployments", "web", [
        {"op": "add", "path": "/spec/template/spec/containers/0/resources/limits/cpu", "value": "10m"},
        {"op": "copy", "from": "/spec/template/spec/containers/0/resources/limits/cpu",
         "path": "/spec/template/spec/containers/0/resources/requests/cpu"}], JSON_PATCH)),
    Evasion("limit-cuts", "JSON patch that moves the limits away", patch("deployments", "web", [
        {"op": "move", "from": "/spec/template/spec/containers/0/resources/limits/memory",
         "path": "/spec/template/spec/containers/0/resources/limits/ephemeral-storage"}], JSON_PATCH)),
    Evasion("limit-cuts", "a merge patch of all containers", patch("deployments", "whole", {
        "spec": {"template": {"spec": {"resources": None}}}}), POD_AS_A_WHOLE),
    Evasion("replicas", "a new Deployment of thousands by server-side apply", _apply_new(
        "deployments", "apps/v1", "Deployment", spec={"replicas": 5000, "selector": WEB, "template": {
            "metadata": {"labels": {"app": "web"}}, "spec": SHELL}})),
    Evasion("escapes", "a new pod as somebody else by server-side apply", _apply_new(
        "pods", "v1", "Pod", spec=_AS_WORKER)),
    Evasion("escapes", "a grant by server-side apply", _apply_new(
        "rolebindings", "rbac.authorization.k8s.io/v1", "RoleBinding", roleRef={
            "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}, subjects=[
            {"kind": "ServiceAccount", "name": "worker", "namespace": "default"}])),
    Evasion("escapes", "a Lease of kube-system by PUT, which makes it", lambda api, _: api.put(
        "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-controller-manager-2", {
            "metadata": {"name": "kube-controller-manager-2", "namespace": "kube-system"},
            "spec": {"holderIdentity": "aura"}})),
    Evasion("escapes", "a pod of a drawn name as somebody else", create("pods", _drawn(serviceAccountName="worker"))),
    Evasion("escapes", "a pod of a drawn name on a node", create("pods", _drawn(nodeName="node-1"))),
    Evasion("escapes", "a Job of a drawn name as somebody else", create("jobs", {
        **job("x", serviceAccountName="worker"), "metadata": {"generateName": "x-"}})),
    *(Evasion("deletes", f"all {plural} at once", _at_once(plural)) for plural in (
        "services", "ingresses", "networkpolicies", "poddisruptionbudgets", "horizontalpodautoscalers",
        "statefulsets", "daemonsets", "cronjobs", "replicationcontrollers", "serviceaccounts", "persistentvolumes",
        "nodes", "resourceclaims", "controllerrevisions")),
    Evasion("deletes", "all pods that run", _at_once("pods", "?fieldSelector=status.phase%3DRunning")),
    Evasion("", "all Secrets at once", _at_once("secrets")),
    Evasion("", "all ConfigMaps at once", _at_once("configmaps")),
    Evasion("escapes", "a binding of the collection", create("bindings", {
        "apiVersion": "v1", "kind": "Binding", "metadata": {"name": "gated"}, "target": {
            "apiVersion": "v1", "kind": "Node", "name": "node-1"}})),
    Evasion("resize", "a running pod, by PUT", put("pods", "victim", lambda _: None, "resize")),
    Evasion("images", "an ephemeral container by JSON patch", patch("pods", "victim", [
        {"op": "add", "path": "/spec/ephemeralContainers", "value": [
            {"name": "debug", "image": "registry.example/miner:1", "terminationMessagePolicy": "File"}]}],
        JSON_PATCH, "ephemeralcontainers")),
]  # fmt: skip

_IDENTITIES = [
    *(Evasion("escapes", f"an account with an identity of a cloud by {name}", patch("serviceaccounts", "default", {
        "metadata": {"annotations": {name: "admin"}}}))
      for name in CLOUDS),
    Evasion("escapes", "a new account with an identity of a cloud", create("serviceaccounts", {
        "metadata": {"name": "new", "annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/admin"}}})),
    Evasion("escapes", "a pod that owns its Windows node", create("pods", pod("windows", hostNetwork=True,
        securityContext=_ON_WINDOWS))),
    *(Evasion("escapes", f"a pod of {name}", create("pods", pod("first", priorityClassName=name)))
      for name in ("system-node-critical", "system-cluster-critical")),
    Evasion("escapes", "a workload of the cluster's own priority", create("statefulsets", {
        "metadata": {"name": "first"}, "spec": {"serviceName": "x", "selector": WEB, "template": {
            "metadata": {"labels": {"app": "web"}}, "spec": {**SHELL, "priorityClassName": "system-node-critical"}}}})),
    Evasion("escapes", "a PriorityClass before all others", create("priorityclasses", {
        "metadata": {"name": "evasions-first"}, "value": 1_000_000_000})),
    Evasion("escapes", "a PriorityClass below others that is everybody's", create("priorityclasses", {
        "metadata": {"name": "evasions-last"}, "value": -1, "globalDefault": True})),
    Evasion("escapes", "a revision to roll back to", create("controllerrevisions", {
        "metadata": {"name": "web-99"}, "revision": 99, "data": {}})),
    Evasion("escapes", "a revision of somebody's StatefulSet", _with_owner("statefulsets", {
        "metadata": {"name": "db-99", "labels": {"app": "db"}}, "revision": 99, "data": {}}, "StatefulSet", "db")),
    *(Evasion("escapes", f"a ReplicaSet that a Deployment takes for {what}", create("replicasets", {
        "metadata": {"name": f"web-{number}", "labels": {"app": "web"}, "annotations": notes},
        "spec": {"replicas": 1, "selector": WEB, "template": {"metadata": {"labels": {"app": "web"}}, "spec": SHELL}}}))
      for number, what, notes in (
        (98, "an old revision", {"deployment.kubernetes.io/revision": "98"}), (97, "its own", {}))),
    Evasion("escapes", "a machine of a node that has none", patch("nodes", "node-1", {
        "spec": {"providerID": "aws:///zone/i-gone"}})),
    *(Evasion("escapes", f"a pod that a controller takes for its own by {label}", create("pods", {
        **pod("web-x"), "metadata": {"name": "web-x", "labels": {"app": "web", label: "x"}}}))
      for label in ("pod-template-hash", "rollouts-pod-template-hash", "controller-uid")),
    Evasion("escapes", "a pod given to a Deployment, which lets another go", patch("pods", "victim", {
        "metadata": {"labels": {"app": "web", "pod-template-hash": "x"}}})),
    Evasion("escapes", "a pod taken from its Deployment", _let_go),
    *(Evasion("rollouts", f"a namespace whose pods fit nowhere by {name}", _space_note(name)) for name in (
        "openshift.io/node-selector", "scheduler.alpha.kubernetes.io/node-selector")),
    Evasion("protect", "whom nodes that join believe", lambda api, _: api.post(
        at("kube-public", "configmaps"), {"metadata": {"name": "cluster-info"}})),
]  # fmt: skip

_SELDOM = [
    Evasion("deletes", "a VolumeAttributesClass", delete("volumeattributesclasses", "evasions")),
    Evasion("escapes", "a slice of devices changed", patch("resourceslices", "evasions-kept", {
        "spec": {"pool": {"name": "p", "generation": 2, "resourceSliceCount": 1}}})),
    Evasion("escapes", "an address of a Service", create("ipaddresses", {
        "metadata": {"name": "10.0.0.250"}, "spec": {"parentRef": {
            "resource": "services", "namespace": "default", "name": "kubernetes"}}})),
    *(Evasion("deletes", f"{plural}: {name}", delete(plural, name)) for plural, name in (
        ("servicecidrs", "kubernetes"), ("ingressclasses", "evasions-kept"), ("csidrivers", "kept.example.com"),
        ("resourceslices", "evasions-kept"))),
    Evasion("deletes", "addresses of Services, all at once", _at_once("ipaddresses")),
    Evasion("deletes", "a ResourceQuota", delete("resourcequotas", "kept")),
    Evasion("deletes", "a LimitRange", delete("limitranges", "kept")),
    Evasion("escapes", "a level of priorities for requests", patch("prioritylevelconfigurations", "workload-low", {
        "spec": {"limited": {"nominalConcurrencyShares": 0}}})),
    Evasion("escapes", "a status of a quota", patch("resourcequotas", "kept", {
        "status": {"used": {"pods": "1000"}}}, sub="status")),
]  # fmt: skip

_HOLES = [
    ("a new VolumeAttributesClass", create("volumeattributesclasses", {
        "metadata": {"name": "evasions-2"}, "driverName": "csi.example.com", "parameters": {"iops": "1"}})),
    ("a pod that a DaemonSet takes for its own", create("pods", {
        **pod("agent-x"), "metadata": {"name": "agent-x", "labels": {"app": "agent"}}})),
    ("a pod of a priority that is there", create("pods", pod("high", priorityClassName="evasions"))),
    ("a quota lowered to nothing", patch("resourcequotas", "kept", {"spec": {"hard": {"pods": "0"}}})),
    ("a LimitRange changed", patch("limitranges", "kept", {"spec": {"limits": [
        {"type": "Container", "max": {"memory": "8Mi"}}]}})),
    ("a NetworkPolicy that lets nothing out", patch("networkpolicies", "web", {"spec": {"policyTypes": ["Egress"]}})),
    ("a NodePool whose nodes end at once", custom(POOLS, "general", {
        "spec": {"template": {"spec": {"expireAfter": "1s"}}}})),
    ("a template of pods that nothing runs", create("podtemplates", {
        "metadata": {"name": "new"}, "template": {"spec": SHELL}})),
]  # fmt: skip

WAYS = [*_SENT, *_IDENTITIES, *_SELDOM, *(Evasion("", what, write) for what, write in _HOLES)]
"""Refused, each by its rule; the last are holes that the docs name."""

SENDS: list[tuple[str, Try]] = [
    ("five replicas by a JSON patch", patch("deployments", "web", [
        {"op": "replace", "path": "/spec/replicas", "value": 5}], JSON_PATCH)),
    ("a pod of a drawn name", create("pods", _drawn())),
    ("a pod of a priority below all", create("pods", pod("last", priorityClassName="evasions-below"))),
    ("a PriorityClass for what gives way", create("priorityclasses", {
        "metadata": {"name": "evasions-pause"}, "value": -10})),
    ("an account of its own", create("serviceaccounts", {"metadata": {"name": "new", "annotations": {"a": "b"}}})),
    ("a note on an account that has an identity of a cloud", patch("serviceaccounts", "clouded", {
        "metadata": {"annotations": {"a": "b"}}})),
    ("a namespace's note beside what places its pods", lambda api, space: api.patch(f"/api/v1/namespaces/{space}", {
        "metadata": {"annotations": {"openshift.io/description": "x"}}})),
    ("a workload without a priority", create("deployments", {"metadata": {"name": "plain"}, "spec": {
        "selector": WEB, "template": {"metadata": {"labels": {"app": "web"}}, "spec": {
            **SHELL, "securityContext": {"runAsNonRoot": True}}}}})),
    ("more for a container by server-side apply", _applied("deployments", "free", {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "free"}, "spec": {"template": {"spec": {
            "containers": [{"name": "main", "resources": {"requests": {"memory": "2Gi"}}}]}}}})),
    ("events, all at once", _at_once("events")),
    ("a node's note by server-side apply", _applied("nodes", "node-1", {
        "apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-1", "annotations": {"aura/seen": "yes"}}})),
    ("a DaemonSet's template label", strategic("daemonsets", "agent", in_template([{"name": "main", "args": ["-v"]}]))),
]  # fmt: skip
"""Ordinary writes, however they are sent."""

NAMESPACED: list[tuple[str, Object]] = [
    ("resourcequotas", {"metadata": {"name": "kept"}, "spec": {"hard": {"configmaps": "1000"}}}),
    ("limitranges", {"metadata": {"name": "kept"}, "spec": {"limits": [
        {"type": "PersistentVolumeClaim", "max": {"storage": "100Ti"}}]}}),
    ("serviceaccounts", {"metadata": {"name": "clouded", "annotations": {"eks.amazonaws.com/role-arn": "arn"}}}),
]  # fmt: skip
BOUNDLESS_TOO: list[tuple[str, Object]] = [
    ("volumeattributesclasses", {"metadata": {"name": "evasions"}, "driverName": "csi.example.com", "parameters": {
        "iops": "100"}}),
    ("resourceslices", {"metadata": {"name": "evasions-kept"}, "spec": {
        "driver": "example.com", "nodeName": "node-1", "devices": [], "pool": {
            "name": "p", "generation": 1, "resourceSliceCount": 1}}}),
    ("ingressclasses", {"metadata": {"name": "evasions-kept"}, "spec": {"controller": "example.com/none"}}),
    ("csidrivers", {"metadata": {"name": "kept.example.com"}, "spec": {"attachRequired": False}}),
    ("priorityclasses", {"metadata": {"name": "evasions-below"}, "value": -5}),
    ("csrs", {"metadata": {"name": "evasions"}, "spec": {
        "request": signing_request(), "signerName": "example.com/none", "usages": ["client auth"]}}),
]  # fmt: skip
"""What these are tried on, in the namespace and beside it."""
