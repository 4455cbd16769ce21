"""Whole pods as a busy cluster has them: about 6.5 KB each, in every state of the write-up."""

from __future__ import annotations

import hashlib
import json
import random
import uuid
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from tests.testbed.kubelet import now
from tests.testbed.population import pod_parts as parts

if TYPE_CHECKING:
    from tests.testbed.api import Object

FINALIZER = "testbed.opsconsole/held"
_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
# An unknown scheduler leaves a pod alone for ever: the real one would try again at every change of a node.
_NOBODY = "testbed-nobody"


class State(StrEnum):
    """What ``kubectl get pods`` says, nearly; ``NOT_READY`` reads ``Running 0/2`` or ``1/2`` there."""

    READY = "Running"
    NOT_READY = "NotReady"
    TERMINATING = "Terminating"
    OOM_KILLED = "OOMKilled"
    PENDING = "Pending"
    ERROR = "Error"
    CRASH_LOOP = "CrashLoopBackOff"
    COMPLETED = "Completed"


# Parts of a thousand: a large cluster on a bad night.
MIX: dict[State, int] = {
    State.READY: 850,
    State.NOT_READY: 30,
    State.TERMINATING: 15,
    State.OOM_KILLED: 15,
    State.PENDING: 30,
    State.ERROR: 10,
    State.CRASH_LOOP: 30,
    State.COMPLETED: 20,
}


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose pod it is: ``kind`` ReplicaSet or Job."""

    kind: str
    name: str
    uid: str
    labels: dict[str, str]

    def reference(self) -> Object:
        """Return the owner reference that the pod carries."""
        version = "batch/v1" if self.kind == "Job" else "apps/v1"
        return {
            "apiVersion": version,
            "kind": self.kind,
            "name": self.name,
            "uid": self.uid,
            "controller": True,
            "blockOwnerDeletion": True,
        }


@dataclass(frozen=True, slots=True)
class Place:
    """Where a pod is: its number in the whole population, its namespace, its node."""

    index: int
    namespace: str
    node: str

    @property
    def ip(self) -> str:
        """An address of its own, for up to four million pods."""
        return f"10.{64 + self.index // 65536}.{self.index // 256 % 256}.{self.index % 256}"


def make_uid(dice: random.Random) -> str:
    """Return a UID that a seed repeats."""
    return str(uuid.UUID(int=dice.getrandbits(128), version=4))


def make_suffix(dice: random.Random, length: int) -> str:
    """Return ``length`` letters as Kubernetes appends them to generated names."""
    return "".join(dice.choices(_ALPHABET, k=length))


def make_pod(dice: random.Random, place: Place, owner: Owner, state: State) -> Object:
    """Return a pod in a state, with what a scheduler and a kubelet would have written into it."""
    age = dice.uniform(120.0, 72 * 3600.0)
    name = f"{owner.name}-{make_suffix(dice, 5)}"
    metadata: Object = {
        "name": name,
        "generateName": f"{owner.name}-",
        "namespace": place.namespace,
        "uid": make_uid(dice),
        "creationTimestamp": now(age),
        "generation": 1,
        "labels": {**owner.labels, "testbed.opsconsole/populated": "true"},
        "annotations": parts.tool_annotations(dice),
        "ownerReferences": [owner.reference()],
        "managedFields": parts.managed_fields(owner.uid, owner.labels, place.ip, now(age), now(age / 2)),
    }
    if state is State.TERMINATING:
        metadata |= {
            "deletionTimestamp": now(dice.uniform(0, 60)),
            "deletionGracePeriodSeconds": 30,
            "finalizers": [FINALIZER],
        }
    app = owner.labels["app"]
    spec = parts.spec(app, "" if state is State.PENDING else place.node, job=owner.kind == "Job")
    if state is State.PENDING:
        spec["schedulerName"] = _NOBODY
    status = _status(dice, state, place, app, age)
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, "status": status}


def encode(item: Object) -> bytes:
    """Return an object as it is written into etcd."""
    return json.dumps(item, separators=(",", ":")).encode()


def _status(dice: random.Random, state: State, place: Place, app: str, age: float) -> Object:
    if state is State.PENDING:
        return parts.unscheduled(age)
    started = now(age - 5)
    containers = [
        _container(dice, state, parts.container_name(app), parts.image(app), started),
        _container(dice, _sidecar_state(state), "log-shipper", parts.SHIPPER_IMAGE, started),
    ]
    done = state is State.COMPLETED
    ready = all(container["ready"] for container in containers)
    return {
        "phase": "Succeeded" if done else "Running",
        "conditions": parts.conditions(started, containers, completed=done, ready=ready),
        "hostIP": "127.0.0.1",
        "hostIPs": [{"ip": "127.0.0.1"}],
        "podIP": place.ip,
        "podIPs": [{"ip": place.ip}],
        "startTime": now(age - 2),
        "containerStatuses": containers,
        "qosClass": "Burstable",
    }


def _sidecar_state(state: State) -> State:
    return state if state in {State.COMPLETED, State.TERMINATING} else State.READY


def _container(dice: random.Random, state: State, name: str, image: str, started: str) -> Object:
    restarts = 0
    shown: Object = {"running": {"startedAt": started}}
    last: Object = {}
    match state:
        case State.COMPLETED:
            shown = {"terminated": _end("Completed", 0, started)}
        case State.OOM_KILLED:
            restarts = dice.randint(1, 20)
            shown = last = {"terminated": _end("OOMKilled", 137, started)}
        case State.ERROR:
            restarts = dice.randint(1, 20)
            shown = last = {"terminated": _end("Error", 1, started)}
        case State.CRASH_LOOP:
            restarts = dice.randint(3, 200)
            text = f"back-off 5m0s restarting failed container={name}"
            shown = {"waiting": {"reason": "CrashLoopBackOff", "message": text}}
            oom = dice.random() < 0.5
            last = {"terminated": _end("OOMKilled", 137, started) if oom else _end("Error", 1, started)}
        case State.READY if dice.random() < 0.1:
            restarts = dice.randint(1, 3)
            last = {"terminated": _end("Error", 1, started)}
    return {
        "name": name,
        "image": image,
        "imageID": f"{image.rpartition(':')[0]}@sha256:{hashlib.sha256(image.encode()).hexdigest()}",
        "containerID": f"containerd://{dice.getrandbits(256):064x}",
        "ready": state is State.READY,
        "started": "running" in shown,
        "restartCount": restarts,
        "state": shown,
        "lastState": last,
    }


def _end(reason: str, code: int, started: str) -> Object:
    return {"reason": reason, "exitCode": code, "startedAt": started, "finishedAt": now(30)}
