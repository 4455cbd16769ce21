"""What the API server refuses: the checks that an optimizer out of its mind runs into, in the real server's words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from opsconsole.rehearsal import quantity
from opsconsole.rehearsal.server import errors
from opsconsole.rehearsal.server.resources import Object, Resource

Cause = tuple[str, str, str]

_INT32 = 2**31 - 1
_NAME = re.compile(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")
_NAME_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
_TEMPLATES = {
    "pods": ("spec",),
    "deployments": ("spec", "template", "spec"),
    "replicasets": ("spec", "template", "spec"),
    "statefulsets": ("spec", "template", "spec"),
    "daemonsets": ("spec", "template", "spec"),
    "jobs": ("spec", "template", "spec"),
    "cronjobs": ("spec", "jobTemplate", "spec", "template", "spec"),
}
_COUNTS = {
    "deployments": ("replicas", "revisionHistoryLimit", "progressDeadlineSeconds", "minReadySeconds"),
    "replicasets": ("replicas", "minReadySeconds"),
    "statefulsets": ("replicas", "revisionHistoryLimit", "minReadySeconds"),
    "jobs": ("parallelism", "completions", "backoffLimit"),
    "horizontalpodautoscalers": ("minReplicas", "maxReplicas"),
}


def decode(resource: Resource, obj: Object) -> None:
    """Refuse numbers that the field's Go type can't hold, as decoding does.

    Raises:
        ApiError: 400.
    """
    spec = obj.get("spec")
    for field in _COUNTS.get(resource.plural, ()):
        value = spec.get(field) if isinstance(spec, dict) else None
        problem = _not_int32(value)
        if problem:
            raise errors.bad_request(
                f"json: cannot unmarshal {problem} into Go struct field {resource.kind}Spec.spec.{field} of type int32"
            )


def _not_int32(value: Any) -> str:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and -_INT32 - 1 <= value <= _INT32):
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"number {value}"
    return {str: "string", bool: "bool", dict: "object", list: "array"}[type(value)]


def check(resource: Resource, obj: Object, before: Object | None) -> None:
    """Refuse what the API server's validation refuses.

    Raises:
        ApiError: 422 with every cause.
    """
    causes = [*_name(obj), *_counts(resource, obj), *_pod_template(resource, obj), *_immutable(resource, obj, before)]
    if causes:
        raise errors.invalid(resource, obj["metadata"].get("name", ""), causes)


def _bad(field: str, value: Any, why: str) -> Cause:
    shown = f'"{value}"' if isinstance(value, str) else value
    return "FieldValueInvalid", field, f"Invalid value: {shown}: {why}"


def _name(obj: Object) -> Iterator[Cause]:
    name = obj["metadata"].get("name", "")
    if not name:
        yield "FieldValueRequired", "metadata.name", "Required value: name or generateName is required"
    elif not obj["kind"].endswith(("Role", "Binding")) and not _NAME.match(name):
        yield _bad("metadata.name", name, _NAME_RULE)


def _counts(resource: Resource, obj: Object) -> Iterator[Cause]:
    spec = obj.get("spec") or {}
    for field in _COUNTS.get(resource.plural, ()):
        value = spec.get(field)
        if value is not None and value < 0:
            yield _bad(f"spec.{field}", value, "must be greater than or equal to 0")
    if resource.plural == "horizontalpodautoscalers":
        yield from _hpa(spec)


def _hpa(spec: Object) -> Iterator[Cause]:
    low, high = spec.get("minReplicas", 1), spec.get("maxReplicas", 0)
    if high < 1:
        yield _bad("spec.maxReplicas", high, "must be greater than 0")
    if low < 1:
        yield _bad("spec.minReplicas", low, "must be greater than or equal to 1")
    if high < low:
        yield _bad("spec.maxReplicas", high, "must be greater than or equal to `minReplicas`")


def _pod_template(resource: Resource, obj: Object) -> Iterator[Cause]:
    path = _TEMPLATES.get(resource.plural)
    if not path:
        return
    spec: Object = obj
    for name in path:
        spec = spec.get(name) or {}
    if not spec.get("containers"):
        yield "FieldValueRequired", ".".join((*path, "containers")), "Required value"
    if resource.plural != "pods" and "selector" in obj["spec"]:
        yield from _selected(obj)
    for index, container in enumerate(spec.get("containers") or []):
        yield from _resources(f"{'.'.join(path)}.containers[{index}].resources", container.get("resources") or {})


def _selected(obj: Object) -> Iterator[Cause]:
    wanted = obj["spec"]["selector"].get("matchLabels") or {}
    labels = obj["spec"]["template"]["metadata"].get("labels") or {}
    if any(labels.get(key) != value for key, value in wanted.items()):
        shown = "{" + ",".join(f'"{key}":"{value}"' for key, value in sorted(labels.items())) + "}"
        yield (
            "FieldValueInvalid",
            "spec.template.metadata.labels",
            (f"Invalid value: {shown}: `selector` does not match template `labels`"),
        )


def _resources(place: str, resources: Object) -> Iterator[Cause]:
    limits = resources.get("limits") or {}
    for name, request in (resources.get("requests") or {}).items():
        limit = limits.get(name)
        if limit is not None and quantity.parse(request) > quantity.parse(limit):
            why = f"must be less than or equal to {name} limit of {limit}"
            yield _bad(f"{place}.requests", str(request), why)
    for name, limit in limits.items():
        if quantity.parse(limit) < 0:
            yield _bad(f"{place}.limits[{name}]", str(limit), "must be greater than or equal to 0")


def quantities(resource: Resource, obj: Object) -> None:
    """Refuse malformed quantities.

    Raises:
        ApiError: 400, as decoding does.
    """
    path = _TEMPLATES.get(resource.plural, ())
    spec: Any = obj if path else {}
    for name in path:
        spec = spec.get(name) or {}
    for container in spec.get("containers") or []:
        resources = container.get("resources") or {}
        for each in ("limits", "requests"):
            for value in (resources.get(each) or {}).values():
                _quantity(value)


def _quantity(value: Any) -> None:
    try:
        quantity.parse(value)
    except ValueError as error:
        raise errors.bad_request(str(error)) from error


def _immutable(resource: Resource, obj: Object, before: Object | None) -> Iterator[Cause]:
    if before is None:
        return
    if resource.plural.endswith("bindings") and obj["roleRef"] != before["roleRef"]:
        yield _bad("roleRef", _go(obj["roleRef"]), "cannot change roleRef")
    selector = (before.get("spec") or {}).get("selector")
    if resource.group == "apps" and selector != obj["spec"].get("selector"):
        yield _bad("spec.selector", _go(obj["spec"].get("selector")), "field is immutable")


def _go(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f'"{key}":{_go(item)}' for key, item in value.items()) + "}"
    return f'"{value}"'
