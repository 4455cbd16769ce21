"""Label and field selectors, as list and watch take them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from opsconsole.rehearsal.server import errors
from opsconsole.rehearsal.server.resources import Object, Resource

Matcher = Callable[[Object], bool]

_SET_BASED = re.compile(r"^(?P<key>[^\s!=,()]+)\s+(?P<op>in|notin)\s*\((?P<values>[^)]*)\)$")
_FIELDS = {
    "pods": {"spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "status.phase"},
    "events": {
        "involvedObject.kind",
        "involvedObject.namespace",
        "involvedObject.name",
        "involvedObject.uid",
        "reason",
        "type",
    },
    "nodes": {"spec.unschedulable"},
    "secrets": {"type"},
    "namespaces": {"status.phase"},
    "replicasets": {"status.replicas"},
    "jobs": {"status.successful"},
}
_ALWAYS = {"metadata.name", "metadata.namespace"}


def matcher(resource: Resource, labels: str, fields: str) -> Matcher | None:
    """What both selectors let through; ``None`` for everything.

    Raises:
        ApiError: 400, a selector that can't be read or a field that this resource has no selector for.
    """
    checks = [*label_checks(labels), *_field_checks(resource, fields)]
    if not checks:
        return None
    return lambda obj: all(check(obj) for check in checks)


def matches_labels(selector: Object, labels: dict[str, str]) -> bool:
    """Whether a ``LabelSelector`` object selects ``labels``. An empty selector selects everything."""
    if any(labels.get(key) != value for key, value in (selector.get("matchLabels") or {}).items()):
        return False
    return all(_expression(each, labels) for each in selector.get("matchExpressions") or [])


def _expression(each: Object, labels: dict[str, str]) -> bool:
    value, values = labels.get(each["key"]), each.get("values") or []
    match each["operator"]:
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case _:
            return value is None


def label_checks(text: str) -> list[Matcher]:
    """One check for each requirement of a label selector such as ``app=api,tier!=web,env in (a,b),!old``."""
    return [_label_check(part) for part in _split(text)]


def _split(text: str) -> list[str]:
    return [part.strip() for part in re.split(r",(?![^()]*\))", text) if part.strip()]


def _labels(obj: Object) -> dict[str, str]:
    return obj["metadata"].get("labels") or {}


def _label_check(part: str) -> Matcher:
    found = _SET_BASED.match(part)
    if found:
        values = {value.strip() for value in found["values"].split(",")}
        key, wanted = found["key"], found["op"] == "in"
        return lambda obj: (_labels(obj).get(key) in values) == wanted
    for operator, equal in (("!=", False), ("==", True), ("=", True)):
        key, sep, value = (piece.strip() for piece in part.partition(operator))
        if sep:
            return _equality(_key(key, part), value, equal=equal)
    if part.startswith("!"):
        absent = _key(part[1:].strip(), part)
        return lambda obj: absent not in _labels(obj)
    present = _key(part, part)
    return lambda obj: present in _labels(obj)


def _equality(key: str, value: str, *, equal: bool) -> Matcher:
    return lambda obj: (_labels(obj).get(key) == value) == equal


def _key(key: str, part: str) -> str:
    if not re.fullmatch(r"([a-z0-9.-]+/)?[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?", key):
        raise errors.bad_request(f'unable to parse requirement: <nil>: Invalid value: "{part}"')
    return key


def _field_checks(resource: Resource, text: str) -> list[Matcher]:
    return [_field_check(resource, part) for part in _split(text)]


def _field_check(resource: Resource, part: str) -> Matcher:
    for operator, equal in (("!=", False), ("==", True), ("=", True)):
        path, sep, value = (piece.strip() for piece in part.partition(operator))
        if not sep:
            continue
        if path not in _ALWAYS | _FIELDS.get(resource.plural, set()):
            raise errors.bad_request(f"field label not supported: {path}")
        return _field_equality(tuple(path.split(".")), value, equal=equal)
    raise errors.bad_request(f"invalid selector: '{part}'; can't understand '{part}'")


def _field_equality(path: tuple[str, ...], value: str, *, equal: bool) -> Matcher:
    return lambda obj: (_at(obj, path) == value) == equal


def _at(obj: Object, path: tuple[str, ...]) -> str:
    found: Any = obj
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    if isinstance(found, bool):
        return "true" if found else "false"
    return "" if found is None else str(found)
