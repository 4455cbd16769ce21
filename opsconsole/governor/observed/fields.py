"""Which fields of an object count, what they say, and what differs between two states of it.

Paths are those that decisions use, so that words and deeds can be compared: ``replicas``,
``containers[auth].resources.limits.memory``, ``taints``. Only what a controller or a person *wants* is compared, never
status: ten thousand pods that restart change nothing here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TypeAlias

from opsconsole.patterns import late
from opsconsole.records import (
    AnyRecord,
    Autoscaler,
    ChangeField,
    Container,
    ContainerSpec,
    Hpa,
    Node,
    Pdb,
    Pod,
    Resources,
    Workload,
)

UNSET = "unset"
"""Text of a field that is known not to be set; an empty text means unknown."""

NO_TAINTS = "none"

Value: TypeAlias = tuple[str, float | None]
"""A field's text and, where it is a quantity or a count, its number in base units."""

Rows: TypeAlias = Sequence[tuple[str, str, float | None]]
"""Path, text and number of some fields, in a fixed order."""

_BINARY = ((1 << 60, "Ei"), (1 << 50, "Pi"), (1 << 40, "Ti"), (1 << 30, "Gi"), (1 << 20, "Mi"), (1 << 10, "Ki"))
_RESOURCES = (
    ("limits.cpu", "cpu_limit"),
    ("limits.memory", "memory_limit"),
    ("requests.cpu", "cpu_request"),
    ("requests.memory", "memory_request"),
)
_ATTRIBUTES = {f"resources.{path}": attribute for path, attribute in _RESOURCES}
_CONTAINER = late(r"(?P<list>containers|initContainers)\[(?P<name>[^\]]*)\]\.(?P<rest>.+)")


@lru_cache(maxsize=2048)
def memory_text(number: float | None) -> str:
    """Bytes as Kubernetes writes them: ``64Mi``, ``1.5Gi``; :data:`UNSET` for ``None``."""
    if number is None:
        return UNSET
    if not math.isfinite(number):
        return number_text(number)
    for unit, suffix in _BINARY:
        if abs(number) >= unit:
            return f"{number / unit:.1f}".removesuffix(".0") + suffix
    return f"{number:g}"


@lru_cache(maxsize=2048)
def cpu_text(number: float | None) -> str:
    """Cores as Kubernetes writes them: ``100m``, ``2``; :data:`UNSET` for ``None``."""
    if number is None:
        return UNSET
    if not math.isfinite(number) or number == int(number):
        return number_text(number)
    return f"{number * 1000:.6g}m"


def number_text(number: float | None) -> str:
    """A count: ``4``, ``18446744073709551616``, ``NaN``; :data:`UNSET` for ``None``."""
    if number is None:
        return UNSET
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    return str(int(number)) if number == int(number) else f"{number:g}"


def text_of(path: str, number: float | None) -> str:
    """The number in the words of the field that ``path`` names."""
    if path.endswith("memory"):
        return memory_text(number)
    return cpu_text(number) if path.endswith("cpu") else number_text(number)


@lru_cache(maxsize=4096)
def container_of(path: str) -> tuple[str, str]:
    """``containers[auth].resources.limits.memory`` → ``("auth", "limits.memory")``; no container: ``("", path)``."""
    match = _CONTAINER.fullmatch(path)
    name, rest = (match["name"], match["rest"]) if match else ("", path)
    return name, rest.removeprefix("resources.")


_COUNTED = frozenset({
    "replicas", "minReplicas", "maxReplicas", "minReplicaCount", "maxReplicaCount", "parallelism", "completions",
})  # fmt: skip


BY_SHARES = " (by shares)"
"""How the path of what is told by shares ends: ``memory limit (by shares)``; its values are parts of the first."""


@lru_cache(maxsize=4096)
def resource_of(path: str) -> str:
    """``memory`` for a limit of it, ``memory request``, ``maxReplicas``; empty for what is no amount of a service."""
    if path.endswith(BY_SHARES):
        return path
    _, rest = container_of(path)
    kind, _, resource = rest.rpartition(".")
    if kind == "limits":
        return resource
    if kind == "requests":
        return f"{resource} request"
    return rest if rest in _COUNTED else ""


@lru_cache(maxsize=4096)
def is_limit(path: str, resource: str = "") -> bool:
    """Whether ``path`` is a limit, of ``resource`` (``memory``, ``cpu``) or of either."""
    _, rest = container_of(path)
    return rest in ("limits.memory", "limits.cpu") if not resource else rest == f"limits.{resource}"


def diff(before: AnyRecord, after: AnyRecord) -> tuple[ChangeField, ...]:
    """What differs between two states of one object, in a fixed order; empty where nothing that counts does."""
    if isinstance(before, Workload) and isinstance(after, Workload):
        found = _workload(before, after)
    elif isinstance(before, Autoscaler) and isinstance(after, Autoscaler):
        found = _differing(_autoscaler_values(before), _autoscaler_values(after))
    elif isinstance(before, Pod) and isinstance(after, Pod):
        found = _pod(before, after)
    elif isinstance(before, Node) and isinstance(after, Node):
        found = _node(before, after)
    elif isinstance(before, Hpa) and isinstance(after, Hpa):
        found = _hpa(before, after)
    elif isinstance(before, Pdb) and isinstance(after, Pdb):
        found = _texts((("selector", _selector(before.selector), _selector(after.selector)),))
    else:
        return ()
    return tuple(found)


def values(record: AnyRecord) -> dict[str, Value]:
    """Every field of ``record`` that counts, by path."""
    if isinstance(record, Workload):
        found = _whole_values(record)
        for spec in record.containers:
            found.update(_container_values(spec))
        return found
    if isinstance(record, Autoscaler):
        return {path: (text, number) for path, text, number in _autoscaler_values(record)}
    if isinstance(record, Pod):
        return {path: value for each in record.containers for path, value in _resource_values(each)}
    if isinstance(record, Node):
        return {"taints": (_taints(record), None), "unschedulable": (_yes(record.unschedulable), None)}
    if isinstance(record, Hpa):
        return {path: (text, number) for path, text, number in _hpa_values(record)}
    return {"selector": (_selector(record.selector), None)} if isinstance(record, Pdb) else {}


def _whole_values(record: Workload) -> dict[str, Value]:
    """What is set of a workload itself, and not of one of its containers."""
    found: dict[str, Value] = {"suspend": (_yes(record.suspended), None)}
    if record.kind != "DaemonSet":  # its number is no one's wish: it follows the nodes
        found["replicas"] = (number_text(record.replicas), _float(record.replicas))
    return found


def value_of(record: AnyRecord, path: str) -> Value | None:
    """What :func:`values` has for that path, without the others: each line that sets something asks for a few."""
    if not isinstance(record, Workload):
        return values(record).get(path)
    place = _place_of(path)
    if place is None:
        return _whole_values(record).get(path)
    init, name, rest = place
    found: Value | None = None
    for spec in record.containers:
        if spec.init is not init or spec.name != name:
            continue
        if rest == "image":
            found = spec.image or UNSET, None
        elif (attribute := _ATTRIBUTES.get(rest)) is not None:
            number = getattr(spec.resources, attribute)
            found = text_of(path, number), number
    return found


@lru_cache(maxsize=4096)
def _place_of(path: str) -> tuple[bool, str, str] | None:
    """Of a container's field whether it is of an init container, the container's name, and the rest of its path."""
    match = _CONTAINER.fullmatch(path)
    return (match["list"] == "initContainers", match["name"], match["rest"]) if match is not None else None


def unpack(path: str, record: AnyRecord | None) -> str:
    """A decision's path as this module writes it: positions and a missing container become the container's name."""
    path = path.removeprefix("spec.template.spec.").removeprefix("template.spec.").removeprefix("spec.")
    if not isinstance(record, Workload):
        return path
    name, rest = container_of(path)
    if name and not name.isdecimal():
        return path
    specs = [spec for spec in record.containers if spec.init == path.startswith("initContainers")]
    if name.isdecimal() and int(name) < len(specs) and all(spec.name != name for spec in specs):
        return _container_path(specs[int(name)], _with_resources(rest))
    if not name and len(specs) == 1 and rest.startswith(("limits.", "requests.", "image")):
        return _container_path(specs[0], _with_resources(rest))
    return path


def _with_resources(rest: str) -> str:
    return f"resources.{rest}" if rest.startswith(("limits.", "requests.")) else rest


def _workload(before: Workload, after: Workload) -> Iterator[ChangeField]:
    if before.replicas != after.replicas and after.kind != "DaemonSet":
        yield _number("replicas", before.replicas, after.replicas)
    if before.suspended != after.suspended:
        yield ChangeField("suspend", _yes(before.suspended), _yes(after.suspended))
    if before.containers == after.containers:
        return
    old = {(spec.init, spec.name): spec for spec in before.containers}
    new = {(spec.init, spec.name): spec for spec in after.containers}
    for key, spec in new.items():
        was = old.get(key)
        if was is None:
            yield ChangeField(_container_path(spec, "image"), UNSET, spec.image or UNSET)
        elif was != spec:
            yield from _container(was, spec)
    for key, spec in old.items():
        if key not in new:
            yield ChangeField(_container_path(spec, "image"), spec.image or UNSET, UNSET)


def _pod(before: Pod, after: Pod) -> Iterator[ChangeField]:
    """What a running pod was resized to: its own resources, and those of its containers."""
    old = {each.name: each for each in before.containers}
    yield from _resources("", before.resources, after.resources)
    for each in after.containers:
        was = old.get(each.name)
        if was is not None:
            yield from _resources(_container_path(each, ""), was.resources, each.resources)


def _container(before: ContainerSpec, after: ContainerSpec) -> Iterator[ChangeField]:
    if before.image != after.image:
        yield ChangeField(_container_path(after, "image"), before.image or UNSET, after.image or UNSET)
    yield from _resources(_container_path(after, ""), before.resources, after.resources)


def _resources(place: str, before: Resources, after: Resources) -> Iterator[ChangeField]:
    if before == after:
        return
    for path, attribute in _RESOURCES:
        was, now = getattr(before, attribute), getattr(after, attribute)
        if was != now:
            yield _number(f"{place}resources.{path}", was, now)


def _container_values(spec: ContainerSpec) -> Iterator[tuple[str, Value]]:
    yield _container_path(spec, "image"), (spec.image or UNSET, None)
    yield from _resource_values(spec)


def _resource_values(spec: ContainerSpec | Container) -> Iterator[tuple[str, Value]]:
    resources: Resources = spec.resources
    for path, attribute in _RESOURCES:
        number = getattr(resources, attribute)
        yield _container_path(spec, f"resources.{path}"), (text_of(path, number), number)


def _container_path(spec: ContainerSpec | Container, rest: str) -> str:
    return f"{'initContainers' if spec.init else 'containers'}[{spec.name}].{rest}"


def _node(before: Node, after: Node) -> Iterator[ChangeField]:
    if before.taints != after.taints and (was := _taints(before)) != (now := _taints(after)):
        yield ChangeField("taints", was, now)
    if before.unschedulable != after.unschedulable:
        yield ChangeField("unschedulable", _yes(before.unschedulable), _yes(after.unschedulable))


def _hpa(before: Hpa, after: Hpa) -> Iterator[ChangeField]:
    yield from _differing(_hpa_values(before), _hpa_values(after))


def _differing(before: Rows, after: Rows) -> Iterator[ChangeField]:
    for (path, was, was_number), (_, now, now_number) in zip(before, after, strict=True):
        if was != now:
            yield ChangeField(path, was, now, was_number, now_number)


def _autoscaler_values(scaler: Autoscaler) -> Rows:
    """What is wished of a VPA or a ScaledObject. What a VPA recommends is its own word, and no write of anybody."""
    return (
        ("mode", scaler.mode or UNSET, None),
        ("minReplicas", number_text(scaler.minimum), _float(scaler.minimum)),
        ("maxReplicas", number_text(scaler.maximum), _float(scaler.maximum)),
        ("metric", scaler.metric or UNSET, None),
        ("scaleTargetRef", f"{scaler.target.kind}/{scaler.target.name}", None),
    )


def _hpa_values(hpa: Hpa) -> Rows:
    return (
        ("minReplicas", number_text(hpa.minimum), _float(hpa.minimum)),
        ("maxReplicas", number_text(hpa.maximum), _float(hpa.maximum)),
        ("metric", hpa.metric or UNSET, None),
        ("scaleTargetRef", f"{hpa.target.kind}/{hpa.target.name}", None),
    )


def _texts(rows: Sequence[tuple[str, str, str]]) -> Iterator[ChangeField]:
    return (ChangeField(path, was, now) for path, was, now in rows if was != now)


def _taints(node: Node) -> str:
    # What Kubernetes itself puts on a node that is ill comes and goes by its controllers alone.
    kept = sorted(str(taint) for taint in node.taints if not taint.key.startswith("node.kubernetes.io/"))
    return ", ".join(kept) or NO_TAINTS


def _selector(selector: tuple[tuple[str, str], ...]) -> str:
    return ",".join(f"{key}={value}" for key, value in selector) or UNSET


def _number(path: str, before: float | None, after: float | None) -> ChangeField:
    return ChangeField(path, text_of(path, before), text_of(path, after), _float(before), _float(after))


def _float(number: float | None) -> float | None:
    return None if number is None else float(number)


def _yes(value: bool) -> str:
    return "true" if value else "false"
