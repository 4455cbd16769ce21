"""The owners of a population's pods: Deployments with their ReplicaSets, and finished Jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.testbed.kubelet import now
from tests.testbed.population import pod_parts as parts
from tests.testbed.population.pods import FINALIZER, Owner, make_suffix, make_uid

if TYPE_CHECKING:
    import random

    from tests.testbed.api import Object

_APPS = (
    "api-gateway",
    "auth-service",
    "vector-proxy",
    "checkout",
    "search",
    "pricing",
    "inventory",
    "notifications",
    "recommender",
    "session-store",
)
_AGE = 96 * 3600.0
_POPULATED = {"testbed.opsconsole/populated": "true"}


def name_owner(dice: random.Random, kind: str, number: int) -> tuple[str, Owner]:
    """Return the Deployment's (or Job's) name, and the direct owner of its pods."""
    app = _APPS[number % len(_APPS)]
    if kind == "Job":
        name = f"{app}-reindex-{number}"
        labels = {"app": app, "batch.kubernetes.io/job-name": name}
        return name, Owner(kind, name, make_uid(dice), labels)
    name, template = f"{app}-{number}", make_suffix(dice, 9)
    labels = {"app": app, "app.kubernetes.io/instance": name, "pod-template-hash": template}
    return name, Owner(kind, f"{name}-{template}", make_uid(dice), labels)


def all_of(name: str, owner: Owner, namespace: str, replicas: int) -> list[tuple[str, Object]]:
    """Return the objects that own a crew's pods, with their keys in etcd, an owner before what it owns."""
    if owner.kind == "Job":
        return [(f"/registry/jobs/{namespace}/{name}", _job(owner, namespace))]
    deployment = _deployment(name, owner, namespace, replicas)
    replica_set = _replica_set(deployment, owner, namespace, replicas)
    return [
        (f"/registry/deployments/{namespace}/{name}", deployment),
        (f"/registry/replicasets/{namespace}/{owner.name}", replica_set),
    ]


def _metadata(name: str, uid: str, namespace: str, labels: dict[str, str]) -> Object:
    return {
        "name": name,
        "namespace": namespace,
        "uid": uid,
        "creationTimestamp": now(_AGE),
        "generation": 1,
        "labels": labels | _POPULATED,
    }


def _held(metadata: Object) -> Object:
    return metadata | {"deletionTimestamp": now(), "deletionGracePeriodSeconds": 0, "finalizers": [FINALIZER]}


def _template(app: str, labels: dict[str, str]) -> Object:
    return {"metadata": {"labels": labels | _POPULATED}, "spec": parts.spec(app, "", job=False)}


def _deployment(name: str, owner: Owner, namespace: str, replicas: int) -> Object:
    labels = {key: value for key, value in owner.labels.items() if key != "pod-template-hash"}
    # A Deployment's UID is its ReplicaSet's, one digit apart: one seed, one world.
    uid = owner.uid[:-1] + ("0" if owner.uid[-1] != "0" else "1")
    metadata = _held(_metadata(name, uid, namespace, labels))
    metadata["annotations"] = {"deployment.kubernetes.io/revision": "1"}
    spec = {
        "replicas": replicas,
        "selector": {"matchLabels": labels},
        "template": _template(labels["app"], labels),
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}},
        "revisionHistoryLimit": 10,
        "progressDeadlineSeconds": 600,
    }
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec, "status": {}}


def _replica_set(deployment: Object, owner: Owner, namespace: str, replicas: int) -> Object:
    metadata = _held(_metadata(owner.name, owner.uid, namespace, owner.labels))
    parent = deployment["metadata"]
    metadata["annotations"] = {
        "deployment.kubernetes.io/desired-replicas": str(replicas),
        "deployment.kubernetes.io/max-replicas": str(replicas + -(-replicas // 4)),
        "deployment.kubernetes.io/revision": "1",
    }
    metadata["ownerReferences"] = [Owner("Deployment", parent["name"], parent["uid"], {}).reference()]
    spec = {
        "replicas": replicas,
        "selector": {"matchLabels": owner.labels},
        "template": _template(owner.labels["app"], owner.labels),
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": metadata,
        "spec": spec,
        "status": {"replicas": 0},
    }


def _job(owner: Owner, namespace: str) -> Object:
    metadata = _metadata(owner.name, owner.uid, namespace, owner.labels)
    complete = {"type": "Complete", "status": "True", "lastProbeTime": now(60), "lastTransitionTime": now(60)}
    labels = {"batch.kubernetes.io/controller-uid": owner.uid, **owner.labels}
    spec = {
        "parallelism": 25,
        "completions": 25,
        "completionMode": "NonIndexed",
        "backoffLimit": 6,
        "suspend": False,
        "manualSelector": True,
        "podReplacementPolicy": "TerminatingOrFailed",
        "selector": {"matchLabels": owner.labels},
        "template": {"metadata": {"labels": labels}, "spec": parts.spec(owner.labels["app"], "", job=True)},
    }
    status = {
        "conditions": [complete],
        "startTime": now(_AGE),
        "completionTime": now(60),
        "succeeded": 25,
        "ready": 0,
        "terminating": 0,
        "uncountedTerminatedPods": {},
    }
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": spec, "status": status}
