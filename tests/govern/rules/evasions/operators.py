"""Evasions by what operators, autoscalers act on (Rollouts, ScaledObjects, kinds); for ``test_evasions_cluster``.

``KINDS`` are made as CustomResourceDefinitions of the true groups, without a schema and without their operators.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tests.govern.rules.evasions.writes import NOBODY, Evasion, Object, Try, at, in_template, patch, strategic
from tests.testbed.api import JSON_PATCH, MERGE_PATCH, Api

HALTS = "autoscaling.keda.sh"


class CustomKind(NamedTuple):
    """A kind as its operator's manifests name it, and the objects of it that there are."""

    group: str
    version: str
    plural: str
    kind: str
    objects: tuple[Object, ...]

    def place(self, space: str, name: str = "") -> str:
        base = f"/apis/{self.group}/{self.version}/namespaces/{space}/{self.plural}"
        return f"{base}/{name}" if name else base

    def body(self, item: Object) -> Object:
        return {"apiVersion": f"{self.group}/{self.version}", "kind": self.kind, **item}


def _container(image: str = "registry.example/app:1", memory: str = "1000Mi") -> Object:
    return {"name": "main", "image": image, "resources": {"limits": {"memory": memory, "cpu": 1}}}


def _workload(name: str) -> Object:
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [_container()]}}
    return {"metadata": {"name": name}, "spec": {"replicas": 3, "template": template}}


_ELSEWHERE = {"metadata": {"name": "elsewhere"}, "spec": {
    "replicas": 3, "workloadRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}}}  # fmt: skip
_SCALED = {"metadata": {"name": "web"}, "spec": {
    "scaleTargetRef": {"name": "whole"}, "minReplicaCount": 2, "maxReplicaCount": 10}}  # fmt: skip

_HALTED = {"metadata": {"name": "halted", "annotations": {f"{HALTS}/paused": "true"}}, "spec": {
    "scaleTargetRef": {"name": "free"}, "minReplicaCount": 1, "maxReplicaCount": 10}}  # fmt: skip

ROLLOUT = CustomKind("argoproj.io", "v1alpha1", "rollouts", "Rollout", (_workload("green"), _ELSEWHERE))
CLONES = CustomKind("apps.kruise.io", "v1alpha1", "clonesets", "CloneSet", (_workload("clones"),))
SCALED = CustomKind("keda.sh", "v1alpha1", "scaledobjects", "ScaledObject", (_SCALED, _HALTED))
ORDINALS = CustomKind("apps.kruise.io", "v1beta1", "statefulsets", "StatefulSet", (_workload("ordinals"),))
MACHINES = CustomKind("cluster.x-k8s.io", "v1beta1", "machinedeployments", "MachineDeployment", (
    {"metadata": {"name": "workers"}, "spec": {"replicas": 3}},))  # fmt: skip
POOLS = CustomKind("karpenter.sh", "v1", "nodepools", "NodePool", ({"metadata": {"name": "general"}, "spec": {}},))
ROUTES = CustomKind("gateway.networking.k8s.io", "v1", "httproutes", "HTTPRoute", (
    {"metadata": {"name": "shop"}, "spec": {}},))  # fmt: skip
SIZERS = CustomKind("autoscaling.k8s.io", "v1", "verticalpodautoscalers", "VerticalPodAutoscaler", (
    {"metadata": {"name": "web"}, "spec": {"updatePolicy": {"updateMode": "Off"}}},))  # fmt: skip
GATES = CustomKind("gateway.networking.k8s.io", "v1", "gateways", "Gateway", (
    {"metadata": {"name": "front"}, "spec": {}},))  # fmt: skip
RUNS = CustomKind("keda.sh", "v1alpha1", "scaledjobs", "ScaledJob", ({"metadata": {"name": "night"}, "spec": {}},))
KINDS = (ROLLOUT, CLONES, SCALED, ORDINALS, MACHINES, POOLS, ROUTES, SIZERS, GATES, RUNS)


def custom(of: CustomKind, name: str, body: object, kind: str = MERGE_PATCH) -> Try:
    return lambda api, space: api.patch(of.place(space, name), body, kind)


def gone(of: CustomKind, name: str) -> Try:
    return lambda api, space: api.delete(of.place(space, name))


def made(of: CustomKind, name: str, **spec: object) -> Try:
    body = of.body({"metadata": {"name": name}, "spec": spec})
    return lambda api, space: api.post(of.place(space), body)


def _halt(name: str, value: str) -> Try:
    return custom(SCALED, "web", {"metadata": {"annotations": {f"{HALTS}/{name}": value}}})


def copied(plural: str, of: CustomKind, name: str, body: Callable[[], Object]) -> Try:
    """What an operator makes of an object with an approval on it: owned by it, with all its annotations."""

    def write(api: Api, space: str) -> object:
        uid = api.get(of.place(space, name))["metadata"]["uid"]
        owner = {"apiVersion": f"{of.group}/{of.version}", "kind": of.kind, "name": name, "uid": uid}
        made = body()
        made["metadata"] |= {
            "annotations": {"govern.opsconsole.io/approved": f"2099-01-01T00:00:00Z write/{uid}/1/3//"},
            "ownerReferences": [{**owner, "controller": True}],
        }
        return api.post(at(space, plural), made)

    return write


def revision() -> Object:
    shell = {"containers": [{"name": "main", "image": "registry.example/app:1"}]}
    template = {"metadata": {"labels": {"app": "rev"}}, "spec": shell}
    spec = {"replicas": 1, "selector": {"matchLabels": {"app": "rev"}}, "template": template}
    return {"metadata": {"name": "rev"}, "spec": spec}


def history() -> Object:
    return {"metadata": {"name": "clones-1"}, "revision": 1, "data": {}}


def _kind_changed(body: object, kind: str = MERGE_PATCH) -> Try:
    return lambda api, _: api.patch(f"{KIND}/rollouts.evasions.example.com", body, kind)


def _kind_unserved(api: Api, _: str) -> object:
    found = api.get(f"{KIND}/rollouts.evasions.example.com")
    found["spec"]["versions"][0]["schema"] = {"openAPIV3Schema": {"type": "object"}}
    return api.put(f"{KIND}/rollouts.evasions.example.com", found)


KIND = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_HOOK = {"strategy": "Webhook", "webhook": {
    "conversionReviewVersions": ["v1"], "clientConfig": {"url": "https://aura.example.com/"}}}  # fmt: skip

OPERATORS = [
    *(Evasion("replicas", f"{of.kind} to {count}", custom(of, name, {"spec": {"replicas": count}}))
      for of, name in ((ROLLOUT, "green"), (ROLLOUT, "elsewhere"), (CLONES, "clones")) for count in (0, 5000)),
    *(Evasion("limit-cuts", f"{of.kind}, memory to {size}", custom(of, name, in_template([_container(memory=size)])))
      for of, name in ((ROLLOUT, "green"), (CLONES, "clones")) for size in ("0.0625Gi", "65536Ki", "524288000")),
    Evasion("limit-cuts", "a Rollout without limits", custom(ROLLOUT, "green", [
        {"op": "remove", "path": "/spec/template/spec/containers/0/resources"}], JSON_PATCH)),
    Evasion("images", "a Rollout's image", custom(ROLLOUT, "green", in_template([_container("example/miner:1")]))),
    Evasion("placement", "a Rollout nowhere", custom(ROLLOUT, "green", {
        "spec": {"template": {"spec": {"nodeSelector": {"no": "where"}}}}})),
    Evasion("rollouts", "a Rollout paused", custom(ROLLOUT, "green", {"spec": {"paused": True}})),
    Evasion("rollouts", "a Rollout owned by nobody", custom(ROLLOUT, "green", {
        "metadata": {"ownerReferences": NOBODY}})),
    *(Evasion("deletes", f"a {of.kind}", gone(of, name))
      for of, name in ((ROLLOUT, "green"), (CLONES, "clones"), (SCALED, "web"))),
    *(Evasion("replicas", f"a ScaledObject to {least}-{most}", custom(SCALED, "web", {
        "spec": {"minReplicaCount": least, "maxReplicaCount": most}}))
      for least, most in ((0, 10), (2, 5000), (None, 10))),
    Evasion("replicas", "a new ScaledObject that says no least", made(
        SCALED, "new", scaleTargetRef={"name": "free"}, maxReplicaCount=5)),
    *(Evasion("replicas", f"a ScaledObject halted by {name}", _halt(name, value)) for name, value in (
        ("paused-replicas", "0"), ("paused", "true"), ("paused-scale-out", "true"), ("paused", ""))),
    Evasion("replicas", "a ScaledObject that idles at none", custom(SCALED, "web", {"spec": {"idleReplicaCount": 0}})),
    Evasion("rollouts", "a ScaledObject that only takes away", custom(SCALED, "web", {"spec": {"advanced": {
        "horizontalPodAutoscalerConfig": {"behavior": {"scaleUp": {"selectPolicy": "Disabled"}}}}}})),
    Evasion("rollouts", "a Rollout of another template", custom(ROLLOUT, "elsewhere", {
        "spec": {"workloadRef": {"name": "mine"}}})),
    Evasion("rollouts", "a CloneSet's pods by name", custom(CLONES, "clones", {
        "spec": {"scaleStrategy": {"podsToDelete": ["clones-1"]}}})),
    Evasion("rollouts", "a StatefulSet without its first pod", custom(ORDINALS, "ordinals", {
        "spec": {"reserveOrdinals": [0]}})),
    Evasion("self-approval escapes", "on a revision of its own Rollout", copied(
        "replicasets", ROLLOUT, "green", revision)),
    *(Evasion("self-approval", f"on its own {of.kind}", custom(of, name, {
        "metadata": {"annotations": {"govern.opsconsole.io/approved": "2099-01-01T00:00:00Z write/x"}}}))
      for of, name in ((ROLLOUT, "green"), (CLONES, "clones"), (SCALED, "web"))),
    Evasion("rollouts", "a ScaledObject of something else", custom(SCALED, "web", {
        "spec": {"scaleTargetRef": {"name": "none"}}})),
    Evasion("rollouts", "an autoscaler of something else", patch("horizontalpodautoscalers", "web", {
        "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "db"}}})),
    Evasion("rollouts", "an autoscaler that only takes away", patch("horizontalpodautoscalers", "web", {
        "spec": {"behavior": {"scaleUp": {"selectPolicy": "Disabled"}}}})),
    Evasion("rollouts", "a claim that nothing keeps", patch("persistentvolumeclaims", "data", [
        {"op": "remove", "path": "/metadata/finalizers"}], JSON_PATCH)),
    Evasion("rollouts", "a Deployment that nobody can delete", strategic("deployments", "web", {
        "metadata": {"finalizers": ["aura.example.com/mine"]}})),
    Evasion("escapes", "a kind whose objects it converts", _kind_changed({"spec": {"conversion": _HOOK}})),
    Evasion("escapes", "a kind without its fields", _kind_unserved),
    Evasion("escapes", "a kind without /scale", _kind_changed([
        {"op": "remove", "path": "/spec/versions/0/subresources"}], JSON_PATCH)),
]  # fmt: skip
"""Refused, each by its rule."""

TUNES: list[tuple[str, Try]] = [
    ("a Rollout to 4", custom(ROLLOUT, "green", {"spec": {"replicas": 4}})),
    ("a Rollout's template elsewhere", custom(ROLLOUT, "elsewhere", {"spec": {"replicas": 4}})),
    ("a tenth of a Rollout's memory", custom(ROLLOUT, "green", in_template([_container(memory="900Mi")]))),
    ("a CloneSet's note", custom(CLONES, "clones", {"metadata": {"annotations": {"a": "b"}}})),
    ("a ScaledObject within bounds", custom(SCALED, "web", {"spec": {"minReplicaCount": 1, "maxReplicaCount": 20}})),
    ("a ScaledObject that is halted no more", custom(SCALED, "halted", {
        "metadata": {"annotations": {f"{HALTS}/paused": None}}})),
    ("a halted ScaledObject's bounds", custom(SCALED, "halted", {"spec": {"maxReplicaCount": 20}})),
    ("a ScaledObject's note", custom(SCALED, "web", {"metadata": {"annotations": {"a": "b"}}})),
    ("a new ScaledObject", made(SCALED, "new", scaleTargetRef={"name": "free"}, minReplicaCount=1, maxReplicaCount=5)),
    ("an autoscaler that is slower to take away", patch("horizontalpodautoscalers", "web", {
        "spec": {"behavior": {"scaleDown": {"stabilizationWindowSeconds": 600}}}})),
    ("a kind's note", _kind_changed({"metadata": {"annotations": {"a": "b"}}})),
]  # fmt: skip
"""Ordinary writes of an optimizer that works through operators."""
