"""Server-side tables: what ``kubectl get`` prints, row by row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from rehearsal.server.objects.resources import Object, ServedResource
from rehearsal.times import human, seconds


class TableColumn(NamedTuple):
    """One column. ``priority`` above 0: only with ``-o wide``."""

    name: str
    type: str = "string"
    format: str = ""
    priority: int = 0


Row = Callable[[Object, float], list[Any]]
_NAME, _AGE = TableColumn("Name", format="name"), TableColumn("Age")


def table(resource: ServedResource, objects: list[Object], include: str, now: float, *, columns: bool = True) -> Object:
    """A ``Table`` of ``objects``. ``include`` is ``None``, ``Metadata`` or ``Object``, as in ``includeObject``."""
    definitions, row = _TABLES.get(resource.plural, ((_NAME, _AGE), _plain))
    result: Object = {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {}}
    result["columnDefinitions"] = [_definition(column) for column in definitions] if columns else None
    rows = []
    for obj in objects:
        entry: Object = {"cells": row(obj, now)}
        if include != "None":
            entry["object"] = obj if include == "Object" else partial(obj)
        else:
            entry["object"] = None
        rows.append(entry)
    result["rows"] = rows
    return result


def partial(obj: Object) -> Object:
    """An object's metadata alone."""
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": obj["metadata"]}


def _definition(column: TableColumn) -> Object:
    return {
        "name": column.name,
        "type": column.type,
        "format": column.format,
        "description": "",
        "priority": column.priority,
    }


def _age(obj: Object, now: float) -> str:
    return human(now - seconds(obj["metadata"]["creationTimestamp"]))


def _plain(obj: Object, now: float) -> list[Any]:
    return [obj["metadata"]["name"], _age(obj, now)]


def _pod(obj: Object, now: float) -> list[Any]:
    spec, status = obj["spec"], obj.get("status") or {}
    statuses = status.get("containerStatuses") or []
    ready = sum(1 for each in statuses if each.get("ready") and "running" in (each.get("state") or {}))
    ips = status.get("podIPs") or []
    return [
        obj["metadata"]["name"],
        f"{ready}/{len(spec.get('containers') or [])}",
        pod_status(obj),
        _restarts(statuses, now),
        _age(obj, now),
        ips[0]["ip"] if ips else "<none>",
        spec.get("nodeName") or "<none>",
        status.get("nominatedNodeName") or "<none>",
        "<none>",
    ]


def _restarts(statuses: list[Object], now: float) -> str:
    count = sum(each.get("restartCount", 0) for each in statuses)
    ended = [((each.get("lastState") or {}).get("terminated") or {}).get("finishedAt") for each in statuses]
    last = max((seconds(each) for each in ended if each), default=None)
    return f"{count} ({human(now - last)} ago)" if count and last is not None else str(count)


def pod_status(obj: Object) -> str:
    """The word in kubectl's STATUS column."""
    status = obj.get("status") or {}
    word: str = status.get("reason") or status.get("phase") or "Unknown"
    word = _init_status(obj) or _container_status(status.get("containerStatuses") or [], word)
    if obj["metadata"].get("deletionTimestamp"):
        return "Unknown" if status.get("reason") == "NodeLost" else "Terminating"
    return word


def _init_status(obj: Object) -> str:
    statuses = obj.get("status", {}).get("initContainerStatuses") or []
    for index, each in enumerate(statuses):
        state = each.get("state") or {}
        ended = state.get("terminated")
        if ended and ended.get("exitCode") == 0:
            continue
        if ended:
            return f"Init:{ended.get('reason') or 'ExitCode:' + str(ended['exitCode'])}"
        reason = (state.get("waiting") or {}).get("reason", "")
        if reason and reason != "PodInitializing":
            return f"Init:{reason}"
        return f"Init:{index}/{len(obj['spec'].get('initContainers') or [])}"
    return ""


def _container_status(statuses: list[Object], word: str) -> str:
    running = False
    for each in reversed(statuses):
        state = each.get("state") or {}
        waiting, ended = state.get("waiting") or {}, state.get("terminated")
        if waiting.get("reason"):
            word = waiting["reason"]
        elif ended and ended.get("reason"):
            word = ended["reason"]
        elif ended:
            word = f"Signal:{ended['signal']}" if ended.get("signal") else f"ExitCode:{ended.get('exitCode', 0)}"
        elif each.get("ready") and "running" in state:
            running = True
    return "Running" if word == "Completed" and running else word


def _workload(obj: Object, now: float) -> list[Any]:
    spec, status = obj["spec"], obj.get("status") or {}
    ready = f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 1)}"
    current, free = status.get("updatedReplicas", 0), status.get("availableReplicas", 0)
    return [obj["metadata"]["name"], ready, current, free, _age(obj, now), *_wide(obj)]


def _statefulset(obj: Object, now: float) -> list[Any]:
    ready = f"{(obj.get('status') or {}).get('readyReplicas', 0)}/{obj['spec'].get('replicas', 1)}"
    return [obj["metadata"]["name"], ready, _age(obj, now), *_wide(obj)[:2]]


def _wide(obj: Object) -> list[str]:
    containers = obj["spec"]["template"]["spec"].get("containers") or []
    labels = obj["spec"].get("selector", {}).get("matchLabels") or {}
    return [
        ",".join(each["name"] for each in containers),
        ",".join(each.get("image", "") for each in containers),
        ",".join(f"{key}={value}" for key, value in sorted(labels.items())) or "<none>",
    ]


def _replicaset(obj: Object, now: float) -> list[Any]:
    status = obj.get("status") or {}
    numbers = [obj["spec"].get("replicas", 1), status.get("replicas", 0), status.get("readyReplicas", 0)]
    return [obj["metadata"]["name"], *numbers, _age(obj, now), *_wide(obj)]


def _node(obj: Object, now: float) -> list[Any]:
    status = obj.get("status") or {}
    ready = next((each for each in status.get("conditions") or [] if each["type"] == "Ready"), None)
    word = {"True": "Ready", "False": "NotReady"}.get((ready or {}).get("status", ""), "Unknown")
    if obj.get("spec", {}).get("unschedulable"):
        word += ",SchedulingDisabled"
    prefix = "node-role.kubernetes.io/"
    roles = sorted(key[len(prefix) :] for key in obj["metadata"].get("labels") or {} if key.startswith(prefix))
    version = status.get("nodeInfo", {}).get("kubeletVersion", "")
    return [obj["metadata"]["name"], word, ",".join(roles) or "<none>", _age(obj, now), version]


def _event(obj: Object, now: float) -> list[Any]:
    last = obj.get("lastTimestamp") or obj.get("eventTime")
    about = obj.get("involvedObject") or {}
    return [
        human(now - seconds(last)) if last else "<unknown>",
        obj.get("type", ""),
        obj.get("reason", ""),
        f"{about.get('kind', '').lower()}/{about.get('name', '')}",
        (obj.get("message") or "").strip(),
    ]


_WIDE = (TableColumn("Containers", priority=1), TableColumn("Images", priority=1), TableColumn("Selector", priority=1))
_TABLES: dict[str, tuple[tuple[TableColumn, ...], Row]] = {
    "pods": (
        (
            _NAME,
            TableColumn("Ready"),
            TableColumn("Status"),
            TableColumn("Restarts"),
            _AGE,
            TableColumn("IP", priority=1),
            TableColumn("Node", priority=1),
            TableColumn("Nominated Node", priority=1),
            TableColumn("Readiness Gates", priority=1),
        ),
        _pod,
    ),
    "deployments": (
        (_NAME, TableColumn("Ready"), TableColumn("Up-to-date"), TableColumn("Available"), _AGE, *_WIDE),
        _workload,
    ),
    "statefulsets": ((_NAME, TableColumn("Ready"), _AGE, *_WIDE[:2]), _statefulset),
    "replicasets": (
        (
            _NAME,
            TableColumn("Desired", "integer"),
            TableColumn("Current", "integer"),
            TableColumn("Ready", "integer"),
            _AGE,
            *_WIDE,
        ),
        _replicaset,
    ),
    "nodes": ((_NAME, TableColumn("Status"), TableColumn("Roles"), _AGE, TableColumn("Version")), _node),
    "events": (
        (
            TableColumn("Last Seen"),
            TableColumn("Type"),
            TableColumn("Reason"),
            TableColumn("Object"),
            TableColumn("Message"),
        ),
        _event,
    ),
}
