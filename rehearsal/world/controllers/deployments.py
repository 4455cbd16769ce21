"""The deployment controller: a ReplicaSet for each template, rolled over within ``maxSurge`` and ``maxUnavailable``."""

from __future__ import annotations

import hashlib

import msgspec

from rehearsal.server.core import Core
from rehearsal.server.objects.resources import Object, clone
from rehearsal.times import stamp
from rehearsal.world.control import Control, going, owned_by, owner_reference
from rehearsal.world.controllers import rollout
from rehearsal.world.events import Recorder

REVISION = "deployment.kubernetes.io/revision"
_HASH = "pod-template-hash"
_LETTERS = "bcdfghjklmnpqrstvwxz2456789"


def template_hash(template: Object) -> str:
    """The suffix of the ReplicaSet for a template; equal templates have equal ones."""
    digest = hashlib.blake2s(msgspec.json.encode(template, order="sorted")).digest()
    return "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:9])


class Deployments:
    """Reconciles every Deployment."""

    def __init__(self, core: Core) -> None:
        self._control = Control(core, "kube-controller-manager")
        self._recorder = Recorder(core, "deployment-controller")

    def step(self) -> None:
        """Bring each Deployment one step nearer to what it asks for."""
        sets = self._control.all("ReplicaSet")
        for deployment in self._control.all("Deployment"):
            if not going(deployment):
                self._reconcile(deployment, [each for each in sets if owned_by(each, deployment) and not going(each)])

    def _reconcile(self, deployment: Object, sets: list[Object]) -> None:
        suffix = template_hash(deployment["spec"]["template"])
        new = next((each for each in sets if each["metadata"]["labels"].get(_HASH) == suffix), None)
        old = sorted((each for each in sets if each is not new), key=_revision)
        new = self._newest(deployment, new, old, suffix)
        if new is None:
            return
        if deployment["spec"]["strategy"]["type"] == "Recreate":
            self._recreate(deployment, new, old)
        else:
            self._roll(deployment, new, old)
        self._clean_up(deployment, old)
        self._status(deployment, new, old)

    def _newest(self, deployment: Object, new: Object | None, old: list[Object], suffix: str) -> Object | None:
        """The ReplicaSet of the present template, with the highest revision."""
        last = max((_revision(each) for each in old), default=0)
        if new is not None and _revision(new) > last:
            return new
        revision = str(last + 1)
        if new is None:
            new = self._control.create(
                "ReplicaSet", deployment["metadata"]["namespace"], _replica_set(deployment, suffix, revision)
            )
        else:
            new = self._control.change(new, lambda each: each["metadata"]["annotations"].update({REVISION: revision}))
        self._control.change(
            deployment, lambda each: each["metadata"].setdefault("annotations", {}).update({REVISION: revision})
        )
        return new

    def _recreate(self, deployment: Object, new: Object, old: list[Object]) -> None:
        for each in old:
            self._scale(deployment, each, 0)
        if not any(_status_of(each, "replicas") for each in old):
            self._scale(deployment, new, deployment["spec"]["replicas"])

    def _roll(self, deployment: Object, new: Object, old: list[Object]) -> None:
        replicas = deployment["spec"]["replicas"]
        rolling = deployment["spec"]["strategy"]["rollingUpdate"]
        bounds = rollout.limits(replicas, rolling["maxSurge"], rolling["maxUnavailable"])
        counts, old_counts = _counts(new), [_counts(each) for each in old]
        self._scale(deployment, new, rollout.new_size(replicas, bounds, counts, old_counts))
        for each, size in zip(old, rollout.old_sizes(replicas, bounds, counts, old_counts), strict=True):
            self._scale(deployment, each, size)

    def _scale(self, deployment: Object, replica_set: Object, size: int) -> None:
        now = replica_set["spec"]["replicas"]
        if now == size:
            return
        self._control.change(replica_set, lambda each: each["spec"].update(replicas=size))
        word = "up" if size > now else "down"
        name = replica_set["metadata"]["name"]
        self._recorder.normal(deployment, "ScalingReplicaSet", f"Scaled {word} replica set {name} to {size} from {now}")

    def _clean_up(self, deployment: Object, old: list[Object]) -> None:
        """Forget the oldest revisions beyond ``revisionHistoryLimit``: the last known good can be among them."""
        idle = [each for each in old if not each["spec"]["replicas"] and not _status_of(each, "replicas")]
        for each in idle[: max(len(idle) - deployment["spec"]["revisionHistoryLimit"], 0)]:
            self._control.delete(each)

    def _status(self, deployment: Object, new: Object, old: list[Object]) -> None:
        current = self._control.get("Deployment", deployment["metadata"]["namespace"], deployment["metadata"]["name"])
        if current is None:
            return
        everything = [new, *old]
        replicas, ready = (sum(_status_of(each, name) for each in everything) for name in ("replicas", "readyReplicas"))
        counts = {
            "replicas": replicas,
            "updatedReplicas": _status_of(new, "replicas"),
            "readyReplicas": ready,
            "availableReplicas": ready,
            "unavailableReplicas": max(current["spec"]["replicas"] - ready, 0),
        }
        status: Object = {"observedGeneration": current["metadata"]["generation"]}
        status |= {name: count for name, count in counts.items() if count}
        status["conditions"] = self._conditions(current, ready)
        self._control.set_status(current, status)

    def _conditions(self, deployment: Object, ready: int) -> list[Object]:
        replicas = deployment["spec"]["replicas"]
        rolling = deployment["spec"]["strategy"].get("rollingUpdate")
        allowed = rollout.limits(replicas, rolling["maxSurge"], rolling["maxUnavailable"]).unavailable if rolling else 0
        enough = ready >= replicas - allowed
        wanted = {
            "type": "Available",
            "status": "True" if enough else "False",
            "reason": "MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable",
            "message": f"Deployment {'has' if enough else 'does not have'} minimum availability.",
        }
        before: Object = next(iter(deployment.get("status", {}).get("conditions") or []), {})
        at = stamp(self._control.now)
        if before.get("status") == wanted["status"]:
            return [before]
        return [wanted | {"lastUpdateTime": at, "lastTransitionTime": at}]


def _replica_set(deployment: Object, suffix: str, revision: str) -> Object:
    template = clone(deployment["spec"]["template"])
    template["metadata"].setdefault("labels", {})[_HASH] = suffix
    selector = clone(deployment["spec"]["selector"])
    selector.setdefault("matchLabels", {})[_HASH] = suffix
    return {
        "metadata": {
            "name": f"{deployment['metadata']['name']}-{suffix}",
            "labels": dict(template["metadata"]["labels"]),
            "annotations": {REVISION: revision},
            "ownerReferences": [owner_reference(deployment)],
        },
        "spec": {"replicas": 0, "selector": selector, "template": template},
    }


def _revision(replica_set: Object) -> int:
    return int((replica_set["metadata"].get("annotations") or {}).get(REVISION, "0"))


def _status_of(replica_set: Object, name: str) -> int:
    return int((replica_set.get("status") or {}).get(name, 0))


def _counts(replica_set: Object) -> rollout.Counts:
    return rollout.Counts(replica_set["spec"]["replicas"], _status_of(replica_set, "readyReplicas"))
