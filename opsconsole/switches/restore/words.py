"""What a restoring step says: its title and the kubectl command that it equals. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from opsconsole.governor.observed.fields import container_of
from opsconsole.records import Ref
from opsconsole.switches.restore.fields import Put
from opsconsole.switches.shell import kubectl

_RESOURCES = {
    "limits.memory": "memory limit of {}",
    "limits.cpu": "cpu limit of {}",
    "requests.memory": "memory request of {}",
    "requests.cpu": "cpu request of {}",
    "image": "image of {}",
}
_NAMES = {"HorizontalPodAutoscaler": "HPA ", "Node": "node ", "CronJob": "CronJob ", "Job": "Job "}
_PARTS = re.compile(r"(?P<list>containers|initContainers)\[(?P<name>[^\]]*)\]\.(?P<rest>.+)")


def title(ref: Ref, puts: Sequence[Put]) -> str:
    """``auth-service: memory limit of auth-container 64Mi → 512Mi``."""
    return f"{_NAMES.get(ref.kind, '')}{ref.name}: {', '.join(map(change, puts))}"


def change(put: Put) -> str:
    """``memory limit of auth-container 64Mi → 512Mi``."""
    return f"{field(put.path)} {in_words(put.seen)} → {in_words(put.want)}"


def field(path: str) -> str:
    """A field in plain words: ``memory limit of auth-container``."""
    name, rest = container_of(path)
    return _RESOURCES[rest].format(name) if name and rest in _RESOURCES else path


def in_words(value: Any) -> str:
    """A field's value as people write it."""
    if value is None:
        return "not set"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


def count(number: int, what: str) -> str:
    """``1 field``, ``2 fields``."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def command(ref: Ref, puts: Sequence[Put]) -> str:
    """The kubectl command that does the same."""
    where = ["-n", ref.namespace] if ref.namespace else []
    if ref.kind == "Node":
        return "; ".join(_node(ref.name, put) for put in puts)
    target = f"{ref.kind.lower()}/{ref.name}"
    if [put.path for put in puts] == ["replicas"] and ref.kind != "Job":
        return kubectl(*where, "scale", names=[target], options=[f"--replicas={puts[0].want}"])
    resources = _set_resources(puts)
    if resources:
        return kubectl(*where, "set", "resources", names=[target], options=resources)
    body = json.dumps(_body(ref.kind, puts), separators=(",", ":"))
    return kubectl(*where, "patch", names=[target], options=["--type=strategic", "-p", body])


def _set_resources(puts: Sequence[Put]) -> list[str]:
    """The options of ``kubectl set resources``, which knows containers, and can take nothing away."""
    names = {container_of(put.path)[0] for put in puts}
    parts = [container_of(put.path)[1].split(".") for put in puts]
    fits = all(put.path.startswith("containers[") and put.want is not None for put in puts)
    if len(names) != 1 or not fits or any(part[0] not in {"limits", "requests"} for part in parts):
        return []
    found: dict[str, list[str]] = {}
    for (group, name), put in zip(parts, puts, strict=True):
        found.setdefault(group, []).append(f"{name}={put.want}")
    return ["-c", *names, *(f"--{group}={','.join(values)}" for group, values in sorted(found.items()))]


def _node(name: str, put: Put) -> str:
    if put.path == "unschedulable":
        return kubectl("cordon" if put.want else "uncordon", names=[name])
    seen, want = put.seen or [], put.want or []
    off = [
        f"{text.partition('=')[0].partition(':')[0]}:{text.rpartition(':')[2]}-" for text in seen if text not in want
    ]
    return kubectl("taint", "node", names=[name], last=[*off, *(text for text in want if text not in seen)])


def _body(kind: str, puts: Sequence[Put]) -> dict[str, Any]:
    """A strategic merge patch: containers are merged by their names."""
    spec: dict[str, Any] = {}
    pod: dict[str, Any] = {}
    for put in puts:
        match = _PARTS.fullmatch(put.path)
        if match is None:
            spec["parallelism" if (kind, put.path) == ("Job", "replicas") else put.path] = put.want
            continue
        containers = pod.setdefault(match["list"], [])
        named = next((each for each in containers if each["name"] == match["name"]), None)
        if named is None:
            containers.append(named := {"name": match["name"]})
        *parents, last = match["rest"].split(".")
        for part in parents:
            named = named.setdefault(part, {})
        named[last] = put.want
    if pod:
        template = {"template": {"spec": pod}}
        spec |= {"jobTemplate": {"spec": template}} if kind == "CronJob" else template
    return {"spec": spec}
