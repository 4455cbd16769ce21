"""The kubelets of all nodes: they run pods' containers, report on them, and end them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from rehearsal import quantity
from rehearsal.behaviour import Behaviour
from rehearsal.server.core import Core
from rehearsal.server.objects.resources import Object
from rehearsal.times import seconds
from rehearsal.world.control import Control, going
from rehearsal.world.events import Recorder
from rehearsal.world.kubelet import podstatus
from rehearsal.world.kubelet.container import ContainerEvent, ContainerLimits, ContainerPhase, SimulatedContainer
from rehearsal.world.pods import is_over

NOTICES_FORCED = 2.0
"""How long a container goes on after its pod was deleted by force, until the kubelet has noticed."""


class PodProcess(Protocol):
    """Real processes behind a pod (the optimizer's); the kubelet starts and ends them with it."""

    def start(self, pod: Object) -> None:
        """The pod's containers start."""
        ...

    def terminate(self, uid: str) -> None:
        """SIGTERM: the pod is being deleted."""
        ...

    def kill(self, uid: str) -> None:
        """SIGKILL: its time is up, or it is gone from the API."""
        ...


class Sandbox:
    """One pod on its node."""

    def __init__(self, pod: Object, containers: dict[str, SimulatedContainer], ip: str) -> None:
        self.pod = pod
        self.containers = containers
        self.ip = ip
        self.stopping_since: float | None = None
        self.gone_since: float | None = None
        self.reported: tuple[object, ...] = ()

    @property
    def memory(self) -> float:
        """Working set in bytes."""
        return sum(one.memory for one in self.containers.values())


class Kubelets:
    """Runs every pod that has a node.

    Args:
        core: the API.
        behaviour_of: how a container of a pod behaves.
        process_for: the real processes behind a pod, if it has any.
    """

    def __init__(
        self,
        core: Core,
        behaviour_of: Callable[[Object, str], Behaviour],
        process_for: Callable[[Object], PodProcess | None],
    ) -> None:
        self._core = core
        self._control = Control(core, "kubelet")
        self._behaviour_of = behaviour_of
        self._process_for = process_for
        self._recorders: dict[str, Recorder] = {}
        self._addresses = 0
        self.sandboxes: dict[str, Sandbox] = {}
        self.killed: list[tuple[Object, str]] = []
        """(pod, container) that the kernel killed in this step; the node reports them."""

    def step(self, rates: Mapping[str, float]) -> None:
        """Move every pod on; ``rates`` are the requests a second that each serves, by UID."""
        self.killed = []
        present = {pod["metadata"]["uid"]: pod for pod in self._control.all("Pod") if pod["spec"].get("nodeName")}
        for uid, pod in present.items():
            if uid not in self.sandboxes and not is_over(pod):
                self._take_on(uid, pod)
        for uid, sandbox in list(self.sandboxes.items()):
            if uid not in present:
                self._vanished(uid, sandbox)
            elif going(present[uid]):
                self._ending(uid, sandbox, present[uid])
            else:
                self._running(sandbox, present[uid], rates.get(uid, 0.0))

    def evict(self, pod: Object, message: str) -> None:
        """End a pod for want of memory on its node, as node-pressure eviction does."""
        uid = pod["metadata"]["uid"]
        self._stop(uid, self.sandboxes[uid], 137)
        status = (pod.get("status") or {}) | {"phase": "Failed", "reason": "Evicted", "message": message}
        status["conditions"] = [
            each | ({"status": "False"} if each["type"] in ("Ready", "ContainersReady") else {})
            for each in status.get("conditions") or []
        ]
        self._control.set_status(pod, status)
        self._recorder(pod).warning(pod, "Evicted", message)
        self.sandboxes.pop(uid, None)

    # --- a pod's life ------------------------------------------------------------------------------------------

    def _take_on(self, uid: str, pod: Object) -> None:
        self._addresses += 1
        ip = f"10.244.{self._addresses // 250 % 250}.{self._addresses % 250 + 2}"
        policy = pod["spec"].get("restartPolicy", "Always")
        containers = {
            spec["name"]: SimulatedContainer(
                self._behaviour_of(pod, spec["name"]), limits_of(spec), self._control.now, policy
            )
            for spec in pod["spec"]["containers"]
        }
        self.sandboxes[uid] = Sandbox(pod, containers, ip)

    def _running(self, sandbox: Sandbox, pod: Object, rate: float) -> None:
        sandbox.pod = pod
        for name, one in sandbox.containers.items():
            for what in one.step(self._control.now, rate):
                self._happened(sandbox, name, one, what)
        told = tuple(one.signature for one in sandbox.containers.values())
        if told == sandbox.reported:
            return
        sandbox.reported = told
        wanted = podstatus.status(pod, sandbox.containers, self._control.now, sandbox.ip, self._host_ip(pod))
        self._control.set_status(pod, wanted)
        if is_over({"status": wanted}):
            self.sandboxes.pop(pod["metadata"]["uid"])

    def _happened(self, sandbox: Sandbox, name: str, one: SimulatedContainer, what: ContainerEvent) -> None:
        pod, uid = sandbox.pod, sandbox.pod["metadata"]["uid"]
        recorder, part = self._recorder(pod), f"spec.containers{{{name}}}"
        if what is ContainerEvent.STARTED:
            image = next(spec["image"] for spec in pod["spec"]["containers"] if spec["name"] == name)
            recorder.normal(pod, "Pulled", f'Container image "{image}" already present on machine', part)
            recorder.normal(pod, "Created", f"Created container {name}", part)
            recorder.normal(pod, "Started", f"Started container {name}", part)
            self._core.logs.start(uid, name)
            self._say(uid, name, one.behaviour.says)
            process = self._process_for(pod)
            if process is not None and name == pod["spec"]["containers"][0]["name"]:
                process.start(pod)
        elif what is ContainerEvent.READY:
            self._say(uid, name, one.behaviour.says_ready)
        elif what is ContainerEvent.BACK_OFF:
            where = podstatus.back_off(pod, name, one.backoff).partition(" restarting ")[2]
            recorder.warning(pod, "BackOff", f"Back-off restarting {where}", part)
        else:
            self._core.logs.close(uid, name)
            if what is ContainerEvent.OOM_KILLED:
                self.killed.append((pod, name))

    def _ending(self, uid: str, sandbox: Sandbox, pod: Object) -> None:
        now = self._control.now
        if sandbox.stopping_since is None:
            sandbox.stopping_since = now
            for name, one in sandbox.containers.items():
                if one.state is ContainerPhase.RUNNING:
                    part = f"spec.containers{{{name}}}"
                    self._recorder(pod).normal(pod, "Killing", f"Stopping container {name}", part)
            process = self._process_for(pod)
            if process is not None:
                process.terminate(uid)
        needed = max((one.behaviour.stop for one in sandbox.containers.values()), default=0.0)
        running = any(one.state is ContainerPhase.RUNNING for one in sandbox.containers.values())
        deadline = seconds(pod["metadata"]["deletionTimestamp"])
        if running and now < min(sandbox.stopping_since + needed, deadline):
            return
        self._stop(uid, sandbox, 143 if running and now < deadline else 137)
        status = podstatus.status(pod, sandbox.containers, now, sandbox.ip, self._host_ip(pod))
        self._control.set_status(pod, status)
        self._control.delete(pod, gracePeriodSeconds=0)
        if self._control.get("Pod", pod["metadata"]["namespace"], pod["metadata"]["name"]) is None:
            self._forget(uid)

    def _vanished(self, uid: str, sandbox: Sandbox) -> None:
        """The pod was deleted by force: the container runs on until the kubelet has noticed."""
        if sandbox.gone_since is None:
            sandbox.gone_since = self._control.now
        if self._control.now - sandbox.gone_since >= NOTICES_FORCED or sandbox.stopping_since is not None:
            self._stop(uid, sandbox, 137)
            self._forget(uid)

    def _stop(self, uid: str, sandbox: Sandbox, code: int) -> None:
        for name, one in sandbox.containers.items():
            one.stop(self._control.now, code)
            self._core.logs.close(uid, name)
        process = self._process_for(sandbox.pod)
        if process is not None:
            process.kill(uid)

    def _forget(self, uid: str) -> None:
        self.sandboxes.pop(uid, None)
        self._core.logs.forget(uid)

    def _say(self, uid: str, name: str, lines: tuple[str, ...]) -> None:
        for line in lines:
            self._core.logs.write(uid, name, self._control.now, line)

    def _recorder(self, pod: Object) -> Recorder:
        host = pod["spec"].get("nodeName", "")
        return self._recorders.setdefault(host, Recorder(self._core, "kubelet", host))

    def _host_ip(self, pod: Object) -> str:
        node = self._control.get("Node", "", pod["spec"]["nodeName"]) or {}
        addresses = (node.get("status") or {}).get("addresses") or []
        return next((each["address"] for each in addresses if each["type"] == "InternalIP"), "10.0.0.1")


def limits_of(spec: Object) -> ContainerLimits:
    """The limits of one container of a pod's spec."""
    found = (spec.get("resources") or {}).get("limits") or {}
    memory, cpu = found.get("memory"), found.get("cpu")
    return ContainerLimits(
        None if memory is None else quantity.parse(memory), None if cpu is None else quantity.parse(cpu)
    )
