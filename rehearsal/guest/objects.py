"""What a guest rehearsal puts into its namespace. Pure: a scenario in, objects out."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from rehearsal.optimizers.brain import Mind
from rehearsal.scenario import OptimizerSpec, Scenario, ServiceSpec
from rehearsal.server.objects.resources import BY_KIND, Object
from rehearsal.world.stage import container_of, optimizer_deployment

RUN_LABEL = "opsconsole.io/rehearsal"
MANAGED_BY = {"app.kubernetes.io/managed-by": "opsconsole-rehearsal"}
_RBAC = "rbac.authorization.k8s.io"

SMALL = {"cpu": "10m", "memory": "16Mi"}
"""What each container asks for: a guest takes little room, whatever limits the story gives it."""

CREATED = ("ServiceAccount", "Role", "RoleBinding", "Deployment")
"""Kinds that are created, in this order, and removed in the other."""


class Guest(NamedTuple):
    """One guest rehearsal. ``image`` is what every container runs: it only has to stay up."""

    scenario: Scenario
    namespace: str
    run: str
    image: str

    @property
    def labels(self) -> dict[str, str]:
        """On everything that is created."""
        return MANAGED_BY | {RUN_LABEL: self.run}

    @property
    def selector(self) -> str:
        """Selects everything that this run has created."""
        return f"{RUN_LABEL}={self.run}"


def mind(guest: Guest) -> Mind:
    """The optimizer's moves that stay in one namespace: no node is tainted, no Prometheus is asked."""
    optimizer = guest.scenario.optimizer
    names = {spec.name for spec in _services(guest)}
    moves = tuple(move for move in optimizer.moves if move.target in names)
    return Mind(optimizer.module, moves, dict.fromkeys(names, guest.namespace), optimizer.retries)


def objects(guest: Guest) -> list[Object]:
    """Everything in the namespace, in the order of its creation."""
    optimizer = guest.scenario.optimizer
    found = [_account(optimizer), _role(optimizer), _binding(guest, optimizer)]
    found += [_deployment(spec) for spec in _services(guest)]
    found.append(optimizer_deployment(msgspec.structs.replace(optimizer, gpus=0)))
    kinds = ["ServiceAccount", "Role", "RoleBinding", *["Deployment"] * (len(found) - 3)]
    return [_finished(guest, kind, obj) for kind, obj in zip(kinds, found, strict=True)]


def namespace(guest: Guest) -> Object:
    """The namespace itself."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": guest.namespace, "labels": guest.labels}}


def _services(guest: Guest) -> list[ServiceSpec]:
    return [spec for spec in guest.scenario.services if spec.kind == "Deployment" and spec.behaviour.capacity]


def _finished(guest: Guest, kind: str, obj: Object) -> Object:
    metadata = obj["metadata"] | {"labels": (obj["metadata"].get("labels") or {}) | guest.labels}
    finished = {"apiVersion": BY_KIND[kind].api_version, "kind": kind} | obj | {"metadata": metadata}
    if kind == "Deployment":
        pod = finished["spec"]["template"]["spec"]
        pod.pop("tolerations", None)
        pod["terminationGracePeriodSeconds"] = 5
        for container in pod["containers"]:
            container["image"] = guest.image
            container.setdefault("resources", {})["requests"] = dict(SMALL)
    return finished


def _account(optimizer: OptimizerSpec) -> Object:
    return {"metadata": {"name": optimizer.account}}


def _role(optimizer: OptimizerSpec) -> Object:
    """Only what the moves need, and only here: a rehearsal gives nobody cluster-admin."""
    rules = [
        {
            "apiGroups": ["apps"],
            "resources": ["deployments", "deployments/scale"],
            "verbs": ["get", "list", "patch", "update"],
        },
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "delete"]},
    ]
    return {"metadata": {"name": optimizer.account}, "rules": rules}


def _binding(guest: Guest, optimizer: OptimizerSpec) -> Object:
    subject = {"kind": "ServiceAccount", "name": optimizer.account, "namespace": guest.namespace}
    ref = {"apiGroup": _RBAC, "kind": "Role", "name": optimizer.account}
    return {"metadata": {"name": optimizer.bindings[0].name}, "roleRef": ref, "subjects": [subject]}


def _deployment(spec: ServiceSpec) -> Object:
    labels = {"app": spec.name}
    limits = {name: value for name, value in (("cpu", spec.cpu), ("memory", spec.memory)) if value}
    container = {"name": container_of(spec), "resources": {"limits": limits}}
    return {
        "metadata": {"name": spec.name, "labels": labels},
        "spec": {
            "replicas": spec.replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": dict(labels)}, "spec": {"containers": [container]}},
        },
    }
