"""What decoding into Go's types does to numbers and quantities: it refuses most nonsense, and changes some of it.

A strategic merge patch is converted field by field, and there a number too large for an int32 is cut to its low 32 bits
without a word (one too large for an int64 becomes 0): a "scale to 18446744073709551615" by ``kubectl patch`` scales to
zero. A merge patch or a JSON patch goes through the JSON decoder, which refuses it. Seen on a real 1.36.3.
"""

from __future__ import annotations

import json
import math
from typing import Any, NamedTuple

from rehearsal import quantity
from rehearsal.server.objects import errors
from rehearsal.server.objects.resources import Object, ServedResource

_INT32, _INT64 = 2**31, 2**63

COUNTS = {
    "deployments": ("replicas", "revisionHistoryLimit", "progressDeadlineSeconds", "minReadySeconds"),
    "replicasets": ("replicas", "minReadySeconds"),
    "statefulsets": ("replicas", "revisionHistoryLimit", "minReadySeconds"),
    "jobs": ("parallelism", "completions", "backoffLimit"),
    "horizontalpodautoscalers": ("minReplicas", "maxReplicas"),
    "scale": ("replicas",),
}
"""The int32 fields of each resource's spec that an optimizer may want to set."""

TEMPLATES = {
    "pods": ("spec",),
    "deployments": ("spec", "template", "spec"),
    "replicasets": ("spec", "template", "spec"),
    "statefulsets": ("spec", "template", "spec"),
    "daemonsets": ("spec", "template", "spec"),
    "jobs": ("spec", "template", "spec"),
    "cronjobs": ("spec", "jobTemplate", "spec", "template", "spec"),
}
"""Where each resource has its pod's spec."""


class Origin(NamedTuple):
    """Where an object comes from: ``body`` (a create or an update), ``merge`` (or JSON patch), ``strategic``."""

    how: str = "body"
    patch: Any = None


def fit(resource: ServedResource, obj: Object, origin: Origin, kind: str = "") -> None:
    """Fit ``obj`` into its Go type, in place. ``kind`` is ``Scale`` for the subresource.

    Raises:
        ApiError: 400 or 422, as the real server's decoders refuse it.
    """
    spec = obj.get("spec")
    if isinstance(spec, dict):
        for field in COUNTS.get("scale" if kind else resource.plural, ()):
            if spec.get(field) is not None:
                spec[field] = _number(kind or resource.kind, field, spec[field], obj, origin)
    for value in _quantities(resource, obj):
        try:
            quantity.parse(value)
        except ValueError as error:
            raise _refused(kind or resource.kind, str(error), obj, origin) from error


def _number(kind: str, field: str, value: Any, obj: Object, origin: Origin) -> Any:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if origin.how == "strategic":
        return _converted(kind, value, obj, origin, whole=whole)
    if whole and -_INT32 <= value < _INT32:
        return value
    what = f"json: cannot unmarshal {_json_type(value)} into Go struct field {kind}Spec.spec.{field} of type int32"
    raise _refused(kind, what, obj, origin)


def _converted(kind: str, value: Any, obj: Object, origin: Origin, *, whole: bool) -> int:
    if isinstance(value, float) and not math.isfinite(value - int(value) if math.isfinite(value) else value):
        raise _refused(kind, "cannot convert float64 to int32", obj, origin)
    if isinstance(value, float):
        if value != int(value):
            raise _refused(kind, "cannot convert float64 to int32", obj, origin)
        return _low_bits(int(value))
    if not whole:
        raise _refused(kind, "unrecognized type: int32", obj, origin)
    return _low_bits(value)


def _low_bits(value: int) -> int:
    if not -_INT64 <= value < _INT64:
        return 0
    return (value + _INT32) % 2**32 - _INT32


def _json_type(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return f"number {value}"
    if isinstance(value, str):
        return "string"
    return "object" if isinstance(value, dict) else "array"


def _quantities(resource: ServedResource, obj: Object) -> list[Any]:
    spec: Any = obj if resource.plural in TEMPLATES else {}
    for name in TEMPLATES.get(resource.plural, ()):
        spec = spec.get(name) or {}
    found: list[Any] = []
    for container in [*(spec.get("containers") or []), *(spec.get("initContainers") or [])]:
        resources = container.get("resources") or {}
        for each in ("limits", "requests"):
            found += (resources.get(each) or {}).values()
    return found


def _refused(kind: str, why: str, obj: Object, origin: Origin) -> errors.ApiError:
    if origin.how == "body":
        return errors.bad_request(f'{kind} in version "v1" cannot be handled as a {kind}: {why}')
    shown = go_words(origin.patch) if origin.how == "strategic" else json.dumps(obj, separators=(",", ":"))
    return invalid_patch(f"Invalid value: {json.dumps(shown, ensure_ascii=False)}: {why}")


def invalid_patch(message: str) -> errors.ApiError:
    """422 for a patch whose outcome is no object of its type."""
    causes = [{"reason": "FieldValueInvalid", "message": message, "field": "patch"}]
    return errors.ApiError(422, "Invalid", f' "" is invalid: patch: {message}', {"causes": causes})


def go_words(value: Any) -> str:
    """A decoded JSON value as Go's ``%v`` prints it: ``map[spec:map[replicas:3]]``."""
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{go_words(value[key])}" for key in sorted(value)) + "]"
    if isinstance(value, list):
        return "[" + " ".join(go_words(item) for item in value) + "]"
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
