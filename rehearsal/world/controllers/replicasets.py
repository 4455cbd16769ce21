"""The controllers that make pods and keep their number: ReplicaSets, StatefulSets and DaemonSets."""

from __future__ import annotations

from rehearsal.server.core import Core
from rehearsal.server.objects.resources import Object
from rehearsal.world import pods as pod
from rehearsal.world.control import Control, going, owned_by
from rehearsal.world.events import Recorder


class ReplicaSets:
    """Reconciles every ReplicaSet."""

    def __init__(self, core: Core) -> None:
        self._control = Control(core, "kube-controller-manager")
        self._recorder = Recorder(core, "replicaset-controller")

    def step(self) -> None:
        """Create and delete pods until the numbers are right."""
        pods = self._control.all("Pod")
        for each in self._control.all("ReplicaSet"):
            own = [one for one in pods if owned_by(one, each)]
            if not going(each):
                self._reconcile(each, [one for one in own if pod.is_active(one)])
            self._status(each, own)

    def _reconcile(self, replica_set: Object, own: list[Object]) -> None:
        wanted = replica_set["spec"]["replicas"]
        for _ in range(wanted - len(own)):
            made = self._control.create(
                "Pod",
                replica_set["metadata"]["namespace"],
                pod.from_template(replica_set, replica_set["spec"]["template"]),
            )
            if made is None:
                return
            self._recorder.normal(replica_set, "SuccessfulCreate", f"Created pod: {made['metadata']['name']}")
        for one in sorted(own, key=pod.doomed_first)[: max(len(own) - wanted, 0)]:
            self._control.delete(one)
            self._recorder.normal(replica_set, "SuccessfulDelete", f"Deleted pod: {one['metadata']['name']}")

    def _status(self, replica_set: Object, own: list[Object]) -> None:
        active = [one for one in own if not pod.is_over(one)]
        ready = sum(1 for one in active if pod.is_ready(one))
        status: Object = {"replicas": len(active), "observedGeneration": replica_set["metadata"]["generation"]}
        if active:
            status["fullyLabeledReplicas"] = len(active)
        if ready:
            status |= {"readyReplicas": ready, "availableReplicas": ready}
        self._control.set_status(replica_set, status)


class StatefulSets:
    """Reconciles every StatefulSet: pods with ordinals, one after the other."""

    def __init__(self, core: Core) -> None:
        self._control = Control(core, "kube-controller-manager")
        self._recorder = Recorder(core, "statefulset-controller")

    def step(self) -> None:
        """Create or delete at most one pod of each."""
        pods = self._control.all("Pod")
        for each in self._control.all("StatefulSet"):
            own = sorted((one for one in pods if owned_by(one, each)), key=_ordinal)
            if not going(each):
                self._reconcile(each, own)
            ready = sum(1 for one in own if pod.is_ready(one))
            status: Object = {"replicas": len(own), "observedGeneration": each["metadata"]["generation"]}
            status |= {"readyReplicas": ready, "availableReplicas": ready, "currentReplicas": len(own)}
            self._control.set_status(each, status)

    def _reconcile(self, stateful_set: Object, own: list[Object]) -> None:
        wanted = stateful_set["spec"]["replicas"]
        name = stateful_set["metadata"]["name"]
        if any(not pod.is_ready(one) for one in own) and len(own) <= wanted:
            return
        if len(own) > wanted and not going(own[-1]):
            self._control.delete(own[-1])
            what = f"delete Pod {own[-1]['metadata']['name']} in StatefulSet {name} successful"
            self._recorder.normal(stateful_set, "SuccessfulDelete", what)
        elif len(own) < wanted:
            taken = {_ordinal(one) for one in own}
            ordinal = next(number for number in range(wanted) if number not in taken)
            body = pod.from_template(stateful_set, stateful_set["spec"]["template"], f"{name}-{ordinal}")
            if self._control.create("Pod", stateful_set["metadata"]["namespace"], body):
                what = f"create Pod {name}-{ordinal} in StatefulSet {name} successful"
                self._recorder.normal(stateful_set, "SuccessfulCreate", what)


def _ordinal(one: Object) -> int:
    return int(one["metadata"]["name"].rpartition("-")[2])


class DaemonSets:
    """Reconciles every DaemonSet: one pod on each node."""

    def __init__(self, core: Core) -> None:
        self._control = Control(core, "kube-controller-manager")
        self._recorder = Recorder(core, "daemonset-controller")

    def step(self) -> None:
        """Give each node its pod. Daemon pods tolerate every taint here, as node agents do."""
        pods, nodes = self._control.all("Pod"), [node["metadata"]["name"] for node in self._control.all("Node")]
        for each in self._control.all("DaemonSet"):
            own = [one for one in pods if owned_by(one, each)]
            if not going(each):
                self._reconcile(each, own, nodes)
            ready = sum(1 for one in own if pod.is_ready(one))
            status: Object = {"desiredNumberScheduled": len(nodes), "currentNumberScheduled": len(own)}
            status |= {"numberReady": ready, "numberAvailable": ready, "updatedNumberScheduled": len(own)}
            status |= {"numberMisscheduled": 0, "observedGeneration": each["metadata"]["generation"]}
            self._control.set_status(each, status)

    def _reconcile(self, daemon_set: Object, own: list[Object], nodes: list[str]) -> None:
        covered = {one["spec"].get("nodeName") for one in own}
        for node in nodes:
            if node in covered:
                continue
            body = pod.from_template(daemon_set, daemon_set["spec"]["template"])
            body["spec"] |= {"nodeName": node, "tolerations": [{"operator": "Exists"}]}
            made = self._control.create("Pod", daemon_set["metadata"]["namespace"], body)
            if made:
                self._recorder.normal(daemon_set, "SuccessfulCreate", f"Created pod: {made['metadata']['name']}")
