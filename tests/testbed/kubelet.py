"""What a kubelet would write about a pod, written by hand: containers that die, restart and come back."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.testbed.api import STRATEGIC_PATCH

if TYPE_CHECKING:
    from tests.testbed.api import Api, Object


@dataclass(frozen=True, slots=True)
class Death:
    """How a container ended. ``restarts`` is its count afterwards; None adds one.

    With ``back_off`` it waits in CrashLoopBackOff; else it shows its end, as in the moment before a restart.
    """

    reason: str = "OOMKilled"
    exit_code: int = 137
    restarts: int | None = None
    back_off: bool = False
    message: str = ""


def now(ago: float = 0.0) -> str:
    """Return the time ``ago`` seconds before now, as Kubernetes writes it."""
    return f"{dt.datetime.now(dt.UTC) - dt.timedelta(seconds=ago):%Y-%m-%dT%H:%M:%SZ}"


def end_container(api: Api, namespace: str, pod: str, death: Death, container: str = "") -> Object:
    """Write that a running pod's container (the first, if not named) has died; return the pod."""
    item = api.get(_path(namespace, pod))
    statuses = item["status"]["containerStatuses"]
    chosen = _chosen(statuses, container)
    end: Object = {
        "exitCode": death.exit_code,
        "reason": death.reason,
        "startedAt": now(60),
        "finishedAt": now(),
    }
    if death.message:
        end["message"] = death.message
    count = chosen["restartCount"] + 1 if death.restarts is None else death.restarts
    chosen |= {"ready": False, "started": False, "restartCount": count, "state": {"terminated": end}}
    if count:
        chosen["lastState"] = {"terminated": end}
    if death.back_off:
        text = f"back-off 5m0s restarting failed container={chosen['name']} pod={pod}_{namespace}"
        chosen["state"] = {"waiting": {"reason": "CrashLoopBackOff", "message": text}}
    return _write(api, namespace, pod, statuses)


def start_container(api: Api, namespace: str, pod: str, container: str = "") -> Object:
    """Write that a dead container runs again and is ready; how it died stays as its last state."""
    item = api.get(_path(namespace, pod))
    statuses = item["status"]["containerStatuses"]
    chosen = _chosen(statuses, container)
    chosen |= {"ready": True, "started": True, "state": {"running": {"startedAt": now()}}}
    return _write(api, namespace, pod, statuses)


def set_ready(api: Api, namespace: str, pod: str, *, ready: bool) -> Object:
    """Write that all of a running pod's readiness probes now succeed, or fail."""
    item = api.get(_path(namespace, pod))
    statuses = item["status"]["containerStatuses"]
    for status in statuses:
        status["ready"] = ready
    return _write(api, namespace, pod, statuses)


def _chosen(statuses: list[Object], container: str) -> Object:
    return next(status for status in statuses if container in {"", status["name"]})


def _write(api: Api, namespace: str, pod: str, statuses: list[Object]) -> Object:
    unready = [status["name"] for status in statuses if not status["ready"]]
    condition: Object = {"status": "False" if unready else "True", "lastTransitionTime": now()}
    if unready:
        text = f"containers with unready status: [{' '.join(unready)}]"
        condition |= {"reason": "ContainersNotReady", "message": text}
    else:
        condition |= {"reason": "", "message": ""}
    conditions = [{"type": kind, **condition} for kind in ("Ready", "ContainersReady")]
    body = {"status": {"containerStatuses": statuses, "conditions": conditions}}
    return api.patch(f"{_path(namespace, pod)}/status", body, STRATEGIC_PATCH)


def _path(namespace: str, pod: str) -> str:
    return f"/api/v1/namespaces/{namespace}/pods/{pod}"
