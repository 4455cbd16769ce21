"""One of each that an optimizer can write to, in one namespace and beside it; and a client that only tries."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from tests.govern.rules.evasions.ages import minor, serves
from tests.govern.rules.evasions.operators import KINDS, CustomKind
from tests.govern.rules.evasions.reach import REACHED, hook, hooks
from tests.govern.rules.evasions.ways import BOUNDLESS_TOO, NAMESPACED
from tests.govern.rules.evasions.writes import BOUNDLESS, Object, at, hpa, job
from tests.support.waiting import eventually
from tests.testbed import objects
from tests.testbed.api import Api, ApiError
from tests.testbed.custom_kinds import remove_kind

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster

SIZES = {"limits": {"cpu": "1", "memory": "1000Mi"}, "requests": {"cpu": "500m", "memory": "500Mi"}}


_CONNECTS = re.compile(r"/(exec|attach|portforward|proxy)\b")


class Trying:
    """A client whose writes are dry runs: admission judges each as it would the write, and the world stays."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def request(
        self,
        method: str,
        path: str,
        body: object = None,
        content_type: str = "application/json",
        further: Mapping[str, str] | None = None,
    ) -> Object:
        # What is connected to knows no dry run; of a body's options the API server takes them all from the body.
        if isinstance(body, dict) and body.get("kind") == "DeleteOptions":
            body = {**body, "dryRun": ["All"]}
        elif method != "GET" and not _CONNECTS.search(path):
            path += ("&" if "?" in path else "?") + "dryRun=All"
        return self._api.request(method, path, body, content_type, further)

    def get(self, path: str) -> Object:
        return self._api.get(path)

    def post(self, path: str, body: Object) -> Object:
        return self.request("POST", path, body)

    def put(self, path: str, body: Object) -> Object:
        return self.request("PUT", path, body)

    def patch(self, path: str, body: object, kind: str = "application/merge-patch+json") -> Object:
        return self.request("PATCH", path, body, kind)

    def delete(self, path: str, body: Object | None = None) -> Object:
        return self.request("DELETE", path, body)


def _template(app: str, **spec: object) -> Object:
    return {"metadata": {"labels": {"app": app}}, "spec": {"containers": [_main()], **spec}}


def _main(name: str = "main", **resources: object) -> Object:
    return {"name": name, "image": objects.IMAGE, "resources": resources or SIZES}


def _workload(name: str, template: Object | None = None, **spec: object) -> Object:
    body = {"selector": {"matchLabels": {"app": name}}, "template": template or _template(name), **spec}
    return {"metadata": {"name": name}, "spec": body}


def _web() -> Object:
    before = [_main("prep"), {**_main("proxy"), "restartPolicy": "Always"}]
    return _workload("web", _template("web", containers=[_main(), _main("second")], initContainers=before), replicas=3)


def _whole() -> Object:
    container = {"name": "main", "image": objects.IMAGE}
    return _workload("whole", _template("whole", containers=[container], resources=SIZES), replicas=1)


def _free() -> Object:
    return _workload("free", _template("free", containers=[{"name": "main", "image": objects.IMAGE}]), replicas=1)


def _asks() -> Object:
    """A request, and no limit."""
    container = _main(requests={"cpu": "100m", "memory": "64Mi"})
    return _workload("asks", _template("asks", containers=[container]), replicas=1)


def _pod(name: str, **spec: object) -> Object:
    body = objects.pod(name)
    body["spec"].update(spec)
    return body


def _batch() -> list[tuple[str, Object]]:
    night = {"metadata": {"name": "night"}, "spec": {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": {}}}}
    night["spec"]["jobTemplate"]["spec"] = job("x", containers=[_main()])["spec"]
    waiting, runs = job("waiting", containers=[_main()]), job("runs", containers=[_main()])
    waiting["spec"]["suspend"] = True
    return [("jobs", waiting), ("jobs", runs), ("cronjobs", night)]


def _namespaced() -> list[tuple[str, Object]]:
    older = {"metadata": {"name": "older"}, "spec": {"selector": {"app": "older"}, "template": _template("older")}}
    service = {"metadata": {"name": "web"}, "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}}
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, "storageClassName": ""}
    budget = {"minAvailable": 1, "selector": {"matchLabels": {"app": "none"}}}
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    wanted = {"devices": {"requests": [{"name": "gpu", "exactly": {"deviceClassName": "evasions"}}]}}
    slices = {"metadata": {"name": "web-1"}, "addressType": "IPv4", "endpoints": []}
    return [
        ("deployments", _web()),
        ("deployments", _whole()),
        ("deployments", _free()),
        ("deployments", _asks()),
        ("statefulsets", _workload("db", replicas=1, serviceName="db")),
        ("daemonsets", _workload("agent")),
        ("replicasets", _workload("old", replicas=1)),
        ("replicationcontrollers", older),
        *_batch(),
        ("pods", _pod("victim")),
        ("pods", _pod("gated", schedulerName="nobody")),
        ("services", service),
        ("persistentvolumeclaims", {"metadata": {"name": "data"}, "spec": claim}),
        ("poddisruptionbudgets", {"metadata": {"name": "web"}, "spec": budget}),
        ("horizontalpodautoscalers", hpa(1, 5, name="web")),
        ("ingresses", {"metadata": {"name": "web"}, "spec": {"defaultBackend": backend}}),
        ("networkpolicies", {"metadata": {"name": "web"}, "spec": {"podSelector": {}}}),
        ("serviceaccounts", {"metadata": {"name": "worker"}}),
        ("secrets", {"metadata": {"name": "password"}}),
        ("configmaps", {"metadata": {"name": "settings"}}),
        ("endpointslices", slices),
        ("resourceclaims", {"metadata": {"name": "gpu"}, "spec": wanted}),
        ("resourceclaimtemplates", {"metadata": {"name": "gpu"}, "spec": {"spec": wanted}}),
        *NAMESPACED,
    ]


def _boundless() -> list[tuple[str, Object]]:
    disk = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/x"},
            "storageClassName": "evasions"}  # fmt: skip
    return [
        ("persistentvolumes", {"metadata": {"name": "disk"}, "spec": disk}),
        ("storageclasses", {"metadata": {"name": "evasions"}, "provisioner": "example.com/none"}),
        ("priorityclasses", {"metadata": {"name": "evasions"}, "value": 1}),
        ("runtimeclasses", {"metadata": {"name": "evasions"}, "handler": "none"}),
        ("deviceclasses", {"metadata": {"name": "evasions"}, "spec": {}}),
        ("crds", _kind("evasions.example.com", "v1", "rollouts", "Rollout")),
        *(("crds", _kind(of.group, of.version, of.plural, of.kind)) for of in (*KINDS, *REACHED)),
        *((kind, hooks(hook())) for kind in ("mutatinghooks", "validatinghooks")),
        *BOUNDLESS_TOO,
    ]


def _kind(group: str, version: str, plural: str, kind: str) -> Object:
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    scale = {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}
    made = {
        "name": version, "served": True, "storage": True, "schema": {"openAPIV3Schema": anything},
        "subresources": {"scale": scale, "status": {}},
    }  # fmt: skip
    names = {"plural": plural, "singular": kind.lower(), "kind": kind, "listKind": f"{kind}List"}
    spec = {"group": group, "scope": "Namespaced", "names": names, "versions": [made]}
    # Groups of Kubernetes itself want this said.
    notes = {"api-approved.kubernetes.io": "unapproved, for tests"}
    return {"metadata": {"name": f"{plural}.{group}", "annotations": notes}, "spec": spec}


@contextmanager
def world(cluster: TestCluster, space: str) -> Iterator[None]:
    """Make all of it, wait until the pod runs, and take away behind what is not in the namespace."""
    api = cluster.api
    version = minor(api)
    for plural, body in [*_boundless(), *_namespaced()]:
        if serves(version, plural):
            api.post(at(space, plural), body)
    canary = {"metadata": {"name": "canary"}, "spec": {"replicas": 3}}
    for of in (CustomKind("evasions.example.com", "v1", "rollouts", "Rollout", (canary,)), *KINDS, *REACHED):
        for item in of.objects:
            eventually(partial(_took, api, of.place(space), of.body(item)), f"the kind {of.kind}")
    eventually(lambda: objects.pod_is_ready(api.get(at(space, "pods", "victim"))), "it runs", 60)
    status = api.get(at(space, "pods", "victim"))["status"]["containerStatuses"]
    api.patch(at(space, "pods", "victim", "status"), {
        "status": {"containerStatuses": [{**each, "resources": {}} for each in status]}})  # fmt: skip
    try:
        yield
    finally:
        for plural, body in _boundless():
            name = body["metadata"]["name"]
            if serves(version, plural):
                remove_kind(api, name) if plural == "crds" else _remove(api, f"{BOUNDLESS[plural]}/{name}")


def _remove(api: Api, place: str) -> None:
    """Delete it and wait until its name is free: finalizers hold a volume for a moment."""
    api.delete(place)
    eventually(lambda: not api.exists(place), f"{place} is gone")


def _took(api: Api, place: str, body: Object) -> bool:
    """Make it; a kind that is new is not served at once."""
    try:
        api.post(place, body)
    except ApiError as error:
        return error.status == 409
    return True
