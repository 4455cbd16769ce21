"""What the API server refuses: the checks that an optimizer out of its mind runs into, in the real server's words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from rehearsal import quantity
from rehearsal.server.objects import errors
from rehearsal.server.objects.resources import Object, ServedResource
from rehearsal.server.objects.typed import COUNTS, TEMPLATES

Cause = tuple[str, str, str]

_NAME = re.compile(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")
_NAME_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)


def check(resource: ServedResource, obj: Object, before: Object | None, *, binding: bool = False) -> None:
    """Refuse what the API server's validation refuses. ``binding``: it is the scheduler that gives a pod its node.

    Raises:
        ApiError: 422 with every cause.
    """
    causes = [*_name(obj), *_counts(resource, obj), *_pod_template(resource, obj), *_immutable(resource, obj, before)]
    if before is not None and resource.plural == "pods" and not binding:
        causes += _pod_changes(before["spec"], obj["spec"])
    if causes:
        raise errors.invalid(resource, obj["metadata"].get("name", ""), causes)


def _bad(field: str, value: Any, why: str) -> Cause:
    shown = json.dumps(value, separators=(",", ":"))
    return "FieldValueInvalid", field, f"Invalid value: {shown}: {why}"


def _name(obj: Object) -> Iterator[Cause]:
    name = obj["metadata"].get("name", "")
    if not name:
        yield "FieldValueRequired", "metadata.name", "Required value: name or generateName is required"
    elif not obj["kind"].endswith(("Role", "Binding")) and not _NAME.match(name):
        yield _bad("metadata.name", name, _NAME_RULE)


def _counts(resource: ServedResource, obj: Object) -> Iterator[Cause]:
    spec = obj.get("spec") or {}
    for field in COUNTS.get(resource.plural, ()):
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
    if low < 1:
        why = "Forbidden: must specify at least one Object or External metric to support scaling to zero replicas"
        yield "FieldValueForbidden", "spec.metrics", why
    if high < low:
        yield _bad("spec.maxReplicas", high, "must be greater than or equal to `minReplicas`")


def _pod_template(resource: ServedResource, obj: Object) -> Iterator[Cause]:
    path = TEMPLATES.get(resource.plural)
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


def _immutable(resource: ServedResource, obj: Object, before: Object | None) -> Iterator[Cause]:
    if before is None:
        return
    if "roleRef" in before and obj["roleRef"] != before["roleRef"]:
        ref = obj["roleRef"]
        shown = {"APIGroup": ref.get("apiGroup", ""), "Kind": ref.get("kind", ""), "Name": ref.get("name", "")}
        yield _bad("roleRef", shown, "cannot change roleRef")
    selector = (before.get("spec") or {}).get("selector")
    if resource.group == "apps" and selector != obj["spec"].get("selector"):
        yield _bad("spec.selector", obj["spec"].get("selector"), "field is immutable")


_POD_RULE = (
    "Forbidden: pod updates may not change fields other than `spec.containers[*].image`,"
    "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing "
    "tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)


def _pod_changes(before: Object, after: Object) -> Iterator[Cause]:
    if _fixed(before) != _fixed(after):
        yield "FieldValueForbidden", "spec", _POD_RULE


def _fixed(spec: Object) -> Object:
    """What of a pod's spec may not change."""
    bare = {key: value for key, value in spec.items() if key not in ("activeDeadlineSeconds", "tolerations")}
    for field in ("containers", "initContainers"):
        if field in bare:
            bare[field] = [{key: value for key, value in each.items() if key != "image"} for each in bare[field]]
    return bare
