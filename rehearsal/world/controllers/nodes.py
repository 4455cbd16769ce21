"""Nodes under pressure: what the kernel reports, the MemoryPressure condition and its taint, evictions."""

from __future__ import annotations

from rehearsal import quantity
from rehearsal.server.core import Core
from rehearsal.server.objects.defaults import quality
from rehearsal.server.objects.resources import Object
from rehearsal.times import stamp
from rehearsal.world.control import Control
from rehearsal.world.events import Recorder
from rehearsal.world.kubelet.kubelet import Kubelets, Sandbox

PRESSURE_AT, RELIEF_SECONDS = 0.92, 30.0
"""Part of a node's allocatable memory in use from which it is under pressure; how long it must be under it again."""

TAINT = {"key": "node.kubernetes.io/memory-pressure", "effect": "NoSchedule"}


class Nodes:
    """Watches the memory of every node."""

    def __init__(self, core: Core, kubelets: Kubelets) -> None:
        self._core = core
        self._control = Control(core, "kubelet")
        self._lifecycle = Control(core, "kube-controller-manager")
        self._kubelets = kubelets
        self._calm_since: dict[str, float] = {}
        self._process_number = 20_000

    def step(self) -> None:
        """Report what the kernel killed, and judge each node's memory."""
        for pod, container in self._kubelets.killed:
            self._oom(pod, container)
        for node in self._control.all("Node"):
            self._judge(node)

    def _oom(self, pod: Object, container: str) -> None:
        name = pod["spec"]["nodeName"]
        node = self._control.get("Node", "", name)
        if node is None:
            return
        self._process_number += 7
        image = next(spec["image"] for spec in pod["spec"]["containers"] if spec["name"] == container)
        program = image.rpartition("/")[2].partition(":")[0]
        message = f"Memory cgroup out of memory: Killed process {self._process_number} ({program})"
        Recorder(self._core, "kernel-monitor", name).warning(node, "OOMKilling", message)

    def _judge(self, node: Object) -> None:
        name = node["metadata"]["name"]
        sandboxes = [each for each in self._kubelets.sandboxes.values() if each.pod["spec"]["nodeName"] == name]
        total = quantity.parse(node["status"]["allocatable"]["memory"])
        pressed = sum(each.memory for each in sandboxes) > PRESSURE_AT * total
        if pressed:
            self._calm_since.pop(name, None)
        elif self._control.now - self._calm_since.setdefault(name, self._control.now) < RELIEF_SECONDS:
            pressed = _is_pressed(node)
        if pressed != _is_pressed(node):
            self._set(node, pressed=pressed)
        if pressed and name not in self._calm_since:
            self._evict_one(node, sandboxes)

    def _set(self, node: Object, *, pressed: bool) -> None:
        at, word = stamp(self._control.now), "True" if pressed else "False"
        reason = "KubeletHasInsufficientMemory" if pressed else "KubeletHasSufficientMemory"
        message = f"kubelet has {'insufficient' if pressed else 'sufficient'} memory available"

        def edit(each: Object) -> None:
            for condition in each["status"]["conditions"]:
                if condition["type"] == "MemoryPressure":
                    condition.update(status=word, reason=reason, message=message, lastTransitionTime=at)

        def taint(each: Object) -> None:
            taints = [one for one in each["spec"].get("taints") or [] if one["key"] != TAINT["key"]]
            each["spec"]["taints"] = [*taints, *([dict(TAINT)] if pressed else [])]

        self._control.change(node, edit, "status")
        self._lifecycle.change(node, taint)
        name, event = node["metadata"]["name"], f"NodeHas{'Insufficient' if pressed else 'Sufficient'}Memory"
        Recorder(self._core, "kubelet", name).normal(node, event, f"Node {name} status is now: {event}")

    def _evict_one(self, node: Object, sandboxes: list[Sandbox]) -> None:
        """End the pod that uses the most over what it asked for; those that keep to it are spared."""
        spare = [each for each in sandboxes if quality(each.pod["spec"]) != "Guaranteed" and each.memory]
        if not spare:
            return
        worst = max(spare, key=lambda each: each.memory)
        recorder = Recorder(self._core, "kubelet", node["metadata"]["name"])
        recorder.warning(node, "EvictionThresholdMet", "Attempting to reclaim memory")
        message = "The node was low on resource: memory."
        self._kubelets.evict(worst.pod, message)


def _is_pressed(node: Object) -> bool:
    return any(
        each["type"] == "MemoryPressure" and each["status"] == "True" for each in node["status"].get("conditions") or []
    )
