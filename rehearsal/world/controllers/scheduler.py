"""The scheduler: it puts pods onto nodes with real capacity and taints, or says why it can't."""

from __future__ import annotations

import random
from typing import NamedTuple

from rehearsal import quantity
from rehearsal.server.core import Core
from rehearsal.server.objects.resources import Object
from rehearsal.times import stamp
from rehearsal.world import pods as pod
from rehearsal.world.control import Control, going
from rehearsal.world.events import Recorder

Amounts = dict[str, float]
_NEVER_SCHEDULES = ("NoSchedule", "NoExecute")


class Room(NamedTuple):
    """One node: what is left on it, what it has in all, what keeps pods off."""

    node: Object
    total: Amounts
    free: Amounts


class Scheduler:
    """Places pods that have no node yet; tries again on every step."""

    def __init__(self, core: Core, rng: random.Random) -> None:
        self._control = Control(core, "kube-scheduler")
        self._recorder = Recorder(core, "default-scheduler")
        self._rng = rng
        self._said: dict[str, tuple[str, float]] = {}

    def step(self) -> None:
        """Place what can be placed, oldest first."""
        pods = self._control.all("Pod")
        waiting = [each for each in pods if not each["spec"].get("nodeName") and not going(each)]
        if not waiting:
            return
        rooms = [room(node, pods) for node in self._control.all("Node")]
        for each in sorted(waiting, key=lambda one: one["metadata"]["creationTimestamp"]):
            if each["spec"].get("schedulerName", "default-scheduler") == "default-scheduler":
                self._place(each, rooms)

    def _place(self, one: Object, rooms: list[Room]) -> None:
        wanted = requests(one["spec"])
        refusals = {each.node["metadata"]["name"]: refusal(one["spec"], wanted, each) for each in rooms}
        fitting = [each for each in rooms if not refusals[each.node["metadata"]["name"]]]
        if not fitting:
            self._refuse(one, why_not(list(refusals.values())))
            return
        best = max(fitting, key=lambda each: (score(wanted, each), self._rng.random()))
        name = best.node["metadata"]["name"]
        for resource, amount in wanted.items():
            best.free[resource] = best.free.get(resource, 0.0) - amount
        best.free["pods"] -= 1
        self._control.change(one, lambda each: each["spec"].update(nodeName=name), "binding")
        at = stamp(self._control.now)
        placed = {"type": "PodScheduled", "status": "True", "lastProbeTime": None, "lastTransitionTime": at}
        self._control.change(one, lambda each: each["status"].update(conditions=[placed]), "status")
        metadata = one["metadata"]
        where = f"{metadata['namespace']}/{metadata['name']} to {name}"
        self._recorder.normal(one, "Scheduled", f"Successfully assigned {where}")
        self._said.pop(metadata["uid"], None)

    def _refuse(self, one: Object, why: str) -> None:
        said, at = self._said.get(one["metadata"]["uid"], ("", 0.0))
        if said == why and self._control.now - at < 30:
            return
        self._said[one["metadata"]["uid"]] = (why, self._control.now)
        condition = {
            "type": "PodScheduled",
            "status": "False",
            "lastProbeTime": None,
            "lastTransitionTime": stamp(self._control.now),
            "reason": "Unschedulable",
            "message": why,
        }
        self._control.change(one, lambda each: each["status"].update(conditions=[condition]), "status")
        self._recorder.warning(one, "FailedScheduling", why)


def room(node: Object, pods: list[Object]) -> Room:
    """What is left on a node after the requests of the pods on it."""
    name = node["metadata"]["name"]
    total = {key: quantity.parse(value) for key, value in node["status"]["allocatable"].items()}
    free = dict(total)
    for one in pods:
        if one["spec"].get("nodeName") == name and not pod.is_over(one):
            for resource, amount in requests(one["spec"]).items():
                free[resource] = free.get(resource, 0.0) - amount
            free["pods"] -= 1
    return Room(node, total, free)


def requests(spec: Object) -> Amounts:
    """What a pod asks for: its containers together, or one init container that asks for more."""
    total: Amounts = {}
    for container in spec["containers"]:
        for name, value in (container["resources"].get("requests") or {}).items():
            total[name] = total.get(name, 0.0) + quantity.parse(value)
    for container in spec.get("initContainers") or []:
        for name, value in (container["resources"].get("requests") or {}).items():
            total[name] = max(total.get(name, 0.0), quantity.parse(value))
    return total


def refusal(spec: Object, wanted: Amounts, place: Room) -> str:
    """Why a pod can't go there, in the scheduler's words; empty if it can."""
    if place.node["spec"].get("unschedulable"):
        return "node(s) were unschedulable"
    labels = place.node["metadata"].get("labels") or {}
    if any(labels.get(key) != value for key, value in (spec.get("nodeSelector") or {}).items()):
        return "node(s) didn't match Pod's node affinity/selector"
    for taint in place.node["spec"].get("taints") or []:
        if taint["effect"] in _NEVER_SCHEDULES and not tolerated(spec, taint):
            return f"node(s) had untolerated taint {{{taint['key']}: {taint.get('value', '')}}}"
    if place.free["pods"] < 1:
        return "Too many pods"
    for name, amount in wanted.items():
        if amount > place.free.get(name, 0.0) + 1e-9:
            return f"Insufficient {name}"
    return ""


def tolerated(spec: Object, taint: Object) -> bool:
    """Whether a pod tolerates a taint."""
    return any(_tolerates(each, taint) for each in spec.get("tolerations") or [])


def _tolerates(toleration: Object, taint: Object) -> bool:
    if toleration.get("effect") and toleration["effect"] != taint["effect"]:
        return False
    if toleration.get("key") and toleration["key"] != taint["key"]:
        return False
    if toleration.get("operator", "Equal") == "Exists":
        return True
    return bool(toleration.get("key")) and toleration.get("value", "") == taint.get("value", "")


def score(wanted: Amounts, place: Room) -> float:
    """The scheduler's LeastAllocated score: the emptier the node stays, the better."""
    shares = []
    for name in ("cpu", "memory"):
        total = place.total.get(name, 0.0)
        shares.append((place.free.get(name, 0.0) - wanted.get(name, 0.0)) / total if total else 0.0)
    return sum(shares) / len(shares)


def why_not(refusals: list[str]) -> str:
    """The message of FailedScheduling: ``0/4 nodes are available: 1 Insufficient memory, 3 node(s) had …``."""
    counts = {text: refusals.count(text) for text in refusals}
    parts = ", ".join(sorted(f"{count} {text}" for text, count in counts.items()))
    lacking = sum(count for text, count in counts.items() if text.startswith(("Insufficient", "Too many")))
    helpless = []
    if lacking:
        helpless.append(f"{lacking} No preemption victims found for incoming pod")
    if lacking < len(refusals):
        helpless.append(f"{len(refusals) - lacking} Preemption is not helpful for scheduling")
    total = len(refusals)
    return f"0/{total} nodes are available: {parts}. preemption: 0/{total} nodes are available: {', '.join(helpless)}."
