"""Evasions by revisions, by operators, and by the cluster's own parts; for ``test_evasions_cluster``."""

from __future__ import annotations

from collections.abc import Callable

from tests.govern.rules.evasions.operators import GATES, MACHINES, POOLS, SIZERS, CustomKind, custom, gone, made
from tests.govern.rules.evasions.writes import (
    APPLY,
    CERTIFICATE,
    NOBODY,
    Evasion,
    Object,
    Try,
    at,
    copy_of,
    create,
    delete,
    patch,
    put,
    strategic,
)
from tests.testbed.api import JSON_PATCH, Api

REVISION = "deployment.kubernetes.io/revision"
KINDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def _named(name: str, **spec: object) -> tuple[Object, ...]:
    return ({"metadata": {"name": name}, "spec": spec},)


APPS = CustomKind("argoproj.io", "v1alpha1", "applications", "Application", _named("shop", project="default"))
SYNCS = CustomKind("kustomize.toolkit.fluxcd.io", "v1", "kustomizations", "Kustomization", _named("shop", prune=False))
RAYS = CustomKind("ray.io", "v1", "rayclusters", "RayCluster", _named("train", suspend=False))
QUEUED = CustomKind("kueue.x-k8s.io", "v1beta1", "workloads", "Workload", _named("train", active=True))
SNAPS = CustomKind("snapshot.storage.k8s.io", "v1", "volumesnapshots", "VolumeSnapshot", _named("data"))
UNBACKED = CustomKind("velero.io", "v1", "deletebackuprequests", "DeleteBackupRequest", ())
REACHED = (APPS, SYNCS, RAYS, QUEUED, SNAPS, UNBACKED)


def _revision_of_web(body: Object, kind: str = "application/merge-patch+json", *, version: str = "") -> Try:
    """Write the ReplicaSet that the Deployment ``web`` controls."""

    def write(api: Api, space: str) -> object:
        found = api.get(at(space, "replicasets"))["items"]
        name = next(each["metadata"]["name"] for each in found if each["metadata"]["name"].startswith("web-"))
        if not version:
            return api.patch(at(space, "replicasets", name), body, kind)
        whole = {"apiVersion": version, "kind": "ReplicaSet", **body, "metadata": {"name": name, **body["metadata"]}}
        return api.request("PATCH", f"{at(space, 'replicasets', name)}?fieldManager=aura&force=true", whole, APPLY)

    return write


def _revision_of_db(api: Api, space: str) -> object:
    found = api.get(at(space, "controllerrevisions"))["items"]
    name = next(each["metadata"]["name"] for each in found if each["metadata"]["name"].startswith("db-"))
    return api.patch(at(space, "controllerrevisions", name), {"metadata": {"labels": {"app": "none"}}})


def _relabel(item: Object) -> None:
    item["metadata"]["labels"] = {"app": "web"}


def _status_of(of: CustomKind, name: str, status: Object) -> Try:
    return lambda api, space: api.patch(f"{of.place(space, name)}/status", {"status": status})


def _elsewhere(space: str, plural: str, body: Object) -> Try:
    return lambda api, _: api.post(at(space, plural), body)


def _new_kind(group: str, plural: str, kind: str) -> Try:
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1beta1", "served": True, "storage": True, "schema": {"openAPIV3Schema": anything}}
    spec = {"group": group, "scope": "Namespaced", "versions": [version],
            "names": {"plural": plural, "singular": kind.lower(), "kind": kind, "listKind": f"{kind}List"}}  # fmt: skip
    notes = {"api-approved.kubernetes.io": "unapproved, for tests"}
    return lambda api, _: api.post(
        KINDS, {"metadata": {"name": f"{plural}.{group}", "annotations": notes}, "spec": spec}
    )


_HISTORY = [
    *(Evasion("rollouts", f"a Deployment's revision let go by {way}", write) for way, write in (
        ("a merge patch", _revision_of_web({"metadata": {"labels": {"app": "none"}}})),
        ("a merge patch of all labels", _revision_of_web({"metadata": {"labels": None}})),
        ("a JSON patch", _revision_of_web([
            {"op": "replace", "path": "/metadata/labels/app", "value": "none"}], JSON_PATCH)),
        ("server-side apply", _revision_of_web({"metadata": {"labels": {"app": "none"}}}, version="apps/v1")))),
    Evasion("rollouts", "a revision's hash changed", _revision_of_web({"metadata": {"labels": {
        "pod-template-hash": "x"}}})),
    Evasion("rollouts", "an old ReplicaSet given to a Deployment", patch("replicasets", "old", {
        "metadata": {"labels": {"app": "web"}}})),
    Evasion("rollouts", "an old ReplicaSet given to a Deployment by PUT", put("replicasets", "old", _relabel)),
    *(Evasion("rollouts", f"which revision it is: {value}", _revision_of_web({"metadata": {"annotations": {
        REVISION: value}}})) for value in ("99", "0", None)),
    Evasion("rollouts", "a revision told to be scaled", _revision_of_web({"metadata": {"annotations": {
        "deployment.kubernetes.io/desired-replicas": "1"}}})),
    Evasion("rollouts", "which revision it is, of a Rollout", strategic("replicasets", "old", {
        "metadata": {"annotations": {"rollout.argoproj.io/revision": "99"}}})),
    Evasion("rollouts", "a StatefulSet's revision let go", _revision_of_db),
    Evasion("rollouts", "an account that may mount nothing", patch("serviceaccounts", "worker", {
        "metadata": {"annotations": {"kubernetes.io/enforce-mountable-secrets": "true"}}})),
    Evasion("rollouts", "Secrets that an account may mount", patch("serviceaccounts", "worker", {
        "secrets": [{"name": "none"}]})),
]  # fmt: skip

_OPERATED = [
    *(Evasion("deletes", f"a {of.kind}", gone(of, name)) for of, name in (
        (APPS, "shop"), (SYNCS, "shop"), (RAYS, "train"), (QUEUED, "train"), (SNAPS, "data"))),
    *(Evasion("deletes", f"each {of.kind}", gone(of, "")) for of in (APPS, RAYS, SNAPS)),
    Evasion("deletes", "a backup, by a request", made(UNBACKED, "old", backupName="nightly")),
    Evasion("rollouts", "an Application whose finalizer deletes all", custom(APPS, "shop", {
        "metadata": {"finalizers": ["resources-finalizer.argocd.argoproj.io"]}})),
    Evasion("rollouts operators", "a Kustomization suspended", custom(SYNCS, "shop", {"spec": {"suspend": True}})),
    Evasion("rollouts", "a Kustomization that deletes", custom(SYNCS, "shop", {"spec": {"prune": True}})),
    Evasion("rollouts", "an Application that deletes", custom(APPS, "shop", {
        "spec": {"syncPolicy": {"automated": {"prune": True}}}})),
    Evasion("rollouts", "an Application that deletes now", custom(APPS, "shop", {
        "operation": {"sync": {"prune": True}}})),
    Evasion("rollouts operators", "a RayCluster suspended", custom(RAYS, "train", {"spec": {"suspend": True}})),
    Evasion("rollouts", "a queued workload evicted", custom(QUEUED, "train", {"spec": {"active": False}})),
    Evasion("escapes", "a machine told to have failed", _status_of(MACHINES, "workers", {"phase": "Failed"})),
    Evasion("escapes", "a NodePool told not to be ready", _status_of(POOLS, "general", {"conditions": []})),
    Evasion("escapes", "a Gateway told to be elsewhere", _status_of(GATES, "front", {"addresses": []})),
    Evasion("self-approval", "on an Application", custom(APPS, "shop", {
        "metadata": {"annotations": {"govern.opsconsole.io/approved": "2099-01-01T00:00:00Z delete/x"}}})),
]  # fmt: skip


def hook(url: str = "https://none.example.com/", **more: object) -> Object:
    """A webhook that is asked about nothing that there is."""
    nothing = {"apiGroups": ["none.example.com"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*"]}
    return {"name": "evasions.example.com", "clientConfig": {"url": url}, "rules": [nothing], "sideEffects": "None",
            "admissionReviewVersions": ["v1"], "failurePolicy": "Ignore", **more}  # fmt: skip


def hooks(*webhooks: Object, name: str = "evasions") -> Object:
    return {"metadata": {"name": name}, "webhooks": list(webhooks)}


def _asks_more(item: Object) -> None:
    item["webhooks"].append({**item["webhooks"][0], "name": "more.example.com"})


def _asks_elsewhere(item: Object) -> None:
    item["webhooks"][0]["clientConfig"] = {"url": "https://aura.example.com/"}


def _trusts(item: Object) -> None:
    item["webhooks"][0]["clientConfig"]["caBundle"] = CERTIFICATE


def _asks_of(**changed: object) -> Callable[[Object], object]:
    return lambda item: item["webhooks"][0].update(changed)


INJECTED = (("cert-manager.io/inject-ca-from", "aura/own"), ("service.beta.openshift.io/inject-cabundle", "true"))
_EVERYTHING = [{"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*"]}]
_HOOKED = [
    Evasion("escapes", f"{kind}: {what}", write)
    for kind in ("mutatinghooks", "validatinghooks")
    for what, write in (
        ("a new one", create(kind, hooks(hook(), name="aura"))),
        ("deleted", delete(kind, "evasions")),
        ("all deleted", delete(kind, "")),
        ("that asks about everything", put(kind, "evasions", _asks_of(rules=_EVERYTHING))),
        ("that refuses where nobody answers", put(kind, "evasions", _asks_of(failurePolicy="Fail"))),
        ("that is asked about some namespaces alone", put(kind, "evasions", _asks_of(
            namespaceSelector={"matchLabels": {"no": "where"}}))),
        ("that asks somebody else", put(kind, "evasions", _asks_elsewhere)),
        ("that trusts nobody who answers", put(kind, "evasions", _trusts)),
        ("that asks once more", put(kind, "evasions", _asks_more)),
        ("that asks nobody any more", put(kind, "evasions", lambda item: item.update(webhooks=[]))),
        ("an owner that is gone", patch(kind, "evasions", {"metadata": {"ownerReferences": NOBODY}})),
        *((f"another certificate by {note}", patch(kind, "evasions", {
            "metadata": {"annotations": {note: value}}})) for note, value in INJECTED),
    )
]  # fmt: skip

_PARTS = [
    *_HOOKED,
    *(Evasion("escapes", f"figures of its own by a kind of {group}", _new_kind(group, plural, kind))
      for group, plural, kind in (("metrics.k8s.io", "pods", "PodMetrics"),
                                  ("external.metrics.k8s.io", "queues", "ExternalMetric"))),
    *(Evasion("escapes", f"what is asked to be signed: {name or 'all'}", delete("csrs", name))
      for name in ("evasions", "")),
    *(Evasion("protect", f"a {plural} of kube-system", _elsewhere("kube-system", plural, body)) for plural, body in (
        ("services", {"metadata": {"name": "kube-dns-2"}, "spec": {"ports": [{"port": 53}]}}),
        ("networkpolicies", {"metadata": {"name": "none"}, "spec": {"podSelector": {}}}),
        ("resourcequotas", {"metadata": {"name": "none"}, "spec": {"hard": {"pods": "0"}}}),
        ("limitranges", {"metadata": {"name": "none"}, "spec": {"limits": [
            {"type": "Container", "max": {"memory": "8Mi"}}]}}))),
]  # fmt: skip


def _of_old(api: Api, space: str) -> object:
    body = copy_of(1)
    body["spec"]["selector"] = {"matchLabels": {"app": "old"}}
    body["spec"]["template"]["metadata"] = {"labels": {"app": "old"}}
    return api.post(at(space, "deployments"), body)


_HOLES = [
    ("a new Deployment that takes a bare ReplicaSet for its own", _of_old),
    ("what a VerticalPodAutoscaler recommends", _status_of(SIZERS, "web", {"recommendation": {
        "containerRecommendations": [{"containerName": "main", "target": {"memory": "8Mi"}}]}})),
    ("an Application of something else", custom(APPS, "shop", {"spec": {"project": "aura"}})),
    ("a kind of its own", _new_kind("aura.example.com", "plans", "Plan")),
    ("a new Ingress of kube-system", _elsewhere("kube-system", "ingresses", {
        "metadata": {"name": "new"}, "spec": {"defaultBackend": {"service": {"name": "x", "port": {"number": 80}}}}})),
]  # fmt: skip

REACH = [*_HISTORY, *_OPERATED, *_PARTS, *(Evasion("", what, write) for what, write in _HOLES)]
"""Refused, each by its rule; the last are holes that the docs name."""

REACHES: list[tuple[str, Try]] = [
    ("a revision's note", _revision_of_web({"metadata": {"annotations": {"aura/seen": "yes"}}})),
    ("an old ReplicaSet scaled within bounds", patch("replicasets", "old", {"spec": {"replicas": 2}})),
    ("an Application's note", custom(APPS, "shop", {"metadata": {"annotations": {"a": "b"}}})),
    *((f"a note on {kind}", patch(kind, "evasions", {"metadata": {"annotations": {"a": "b"}}}))
      for kind in ("mutatinghooks", "validatinghooks")),
    ("a new RayCluster", made(RAYS, "new", suspend=False)),
    ("a snapshot", made(SNAPS, "new", source={"persistentVolumeClaimName": "data"})),
    ("a RayCluster of other workers", custom(RAYS, "train", {"spec": {"workerGroupSpecs": [{"replicas": 2}]}})),
    ("a Service", create("services", {"metadata": {"name": "new"}, "spec": {"ports": [{"port": 80}]}})),
]  # fmt: skip
"""Ordinary writes beside these."""
