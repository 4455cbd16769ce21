"""The status that a kubelet writes for a pod, made from its containers. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from rehearsal.server.objects.resources import Object
from rehearsal.times import stamp
from rehearsal.world.kubelet.container import ContainerPhase, End, SimulatedContainer


def status(pod: Object, containers: Mapping[str, SimulatedContainer], now: float, ip: str, host_ip: str) -> Object:
    """The whole ``status`` of ``pod``."""
    before = pod.get("status") or {}
    statuses = [_container(pod, name, one) for name, one in containers.items()]
    phase = _phase(containers)
    ready = phase == "Running" and all(each["ready"] for each in statuses)
    found: Object = {
        "phase": phase,
        "conditions": _conditions(before, ready=ready, now=now, phase=phase),
        "hostIP": host_ip,
        "hostIPs": [{"ip": host_ip}],
        "startTime": before.get("startTime") or stamp(now),
        "qosClass": before.get("qosClass", "BestEffort"),
        "containerStatuses": statuses,
    }
    if any(one.state is not ContainerPhase.CREATING for one in containers.values()):
        found |= {"podIP": ip, "podIPs": [{"ip": ip}]}
    return found


def _phase(containers: Mapping[str, SimulatedContainer]) -> str:
    states = [one.state for one in containers.values()]
    if all(state is ContainerPhase.STOPPED for state in states):
        good = all(one.end is not None and one.end.code == 0 for one in containers.values())
        return "Succeeded" if good else "Failed"
    return "Pending" if all(state is ContainerPhase.CREATING for state in states) else "Running"


def _conditions(before: Object, *, ready: bool, now: float, phase: str) -> list[Object]:
    old = {each["type"]: each for each in before.get("conditions") or []}
    over = phase in ("Succeeded", "Failed")
    reason = {} if ready else {"reason": "PodCompleted" if over else "ContainersNotReady"}
    wanted = {
        "PodReadyToStartContainers": {"status": "True"},
        "Initialized": {"status": "True"},
        "Ready": {"status": str(ready)} | reason,
        "ContainersReady": {"status": str(ready)} | reason,
        "PodScheduled": {"status": "True"},
    }
    conditions = []
    for kind, values in wanted.items():
        same = old.get(kind, {}).get("status") == values["status"]
        since = old[kind]["lastTransitionTime"] if same else stamp(now)
        conditions.append({"type": kind, "lastProbeTime": None, "lastTransitionTime": since} | values)
    return conditions


def _container(pod: Object, name: str, one: SimulatedContainer) -> Object:
    image = next(each["image"] for each in pod["spec"]["containers"] if each["name"] == name)
    uid = pod["metadata"]["uid"]
    found: Object = {
        "name": name,
        "image": image,
        "imageID": _image_id(image),
        "ready": one.ready and one.state is ContainerPhase.RUNNING,
        "started": one.state is ContainerPhase.RUNNING,
        "restartCount": one.restart_count,
        "state": _state(pod, name, one),
        "lastState": {},
    }
    if one.state is not ContainerPhase.CREATING:
        found["containerID"] = container_id(uid, name, one.restart_count)
    last = one.end if one.state is ContainerPhase.BACKING_OFF else one.last
    if last is not None:
        count = max(one.restart_count - (one.state is not ContainerPhase.BACKING_OFF), 0)
        found["lastState"] = {"terminated": _terminated(last, container_id(uid, name, count))}
    return found


def container_id(uid: str, name: str, run: int) -> str:
    """The runtime's name for one run of a container."""
    return "containerd://" + hashlib.sha256(f"{uid}/{name}/{run}".encode()).hexdigest()


def _image_id(image: str) -> str:
    repository = image.rpartition(":")[0] or image
    return f"{repository}@sha256:{hashlib.sha256(image.encode()).hexdigest()}"


def _state(pod: Object, name: str, one: SimulatedContainer) -> Object:
    if one.state is ContainerPhase.CREATING:
        return {"waiting": {"reason": "ContainerCreating"}}
    if one.state is ContainerPhase.RUNNING:
        return {"running": {"startedAt": stamp(one.started_at)}}
    if one.state is ContainerPhase.BACKING_OFF:
        return {"waiting": {"reason": "CrashLoopBackOff", "message": back_off(pod, name, one.backoff)}}
    if one.end is None:
        return {"waiting": {"reason": "ContainerCreating"}}
    return {"terminated": _terminated(one.end, container_id(pod["metadata"]["uid"], name, one.restart_count))}


def back_off(pod: Object, name: str, seconds: float) -> str:
    """The kubelet's words for a back-off."""
    metadata = pod["metadata"]
    minutes, rest = divmod(int(seconds), 60)
    shown = f"{minutes}m{rest}s" if minutes else f"{rest}s"
    where = f"{metadata['name']}_{metadata['namespace']}({metadata['uid']})"
    return f"back-off {shown} restarting failed container={name} pod={where}"


def _terminated(end: End, identity: str) -> Object:
    return {
        "exitCode": end.code,
        "reason": end.reason,
        "startedAt": stamp(end.started),
        "finishedAt": stamp(end.finished),
        "containerID": identity,
    }
