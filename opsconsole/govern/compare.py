"""Tells whether an object in the cluster is ours, and whether it still says what we put there. Pure."""

from __future__ import annotations

from typing import Any

from opsconsole.govern.names import MANAGED_BY, OURS, PART_OF
from opsconsole.records import JsonObject

_DEFAULTS: dict[str, tuple[Any, ...]] = {
    "matchPolicy": ("Equivalent",),
    "namespaceSelector": ({},),
    "objectSelector": ({},),
    "scope": ("*",),
    "failurePolicy": ("Fail",),
    "matchResources": ({},),
}
"""Fields that the API server fills in, and the values that mean what their absence means."""


_AROUND = frozenset({"apiVersion", "kind", "metadata", "status"})
"""What of an object is not what it says."""


def is_ours(found: JsonObject, part: str = "") -> bool:
    """Whether the console (or its manifests) made ``found``; of somebody else's object nothing is changed."""
    metadata = found.get("metadata")
    marks = metadata.get("labels") if isinstance(metadata, dict) else None
    if not isinstance(marks, dict) or marks.get(MANAGED_BY) != OURS:
        return False
    return bool(marks.get(PART_OF)) and part in {"", marks.get(PART_OF)}


def same(wanted: JsonObject, found: JsonObject) -> bool:
    """Whether ``found`` says what ``wanted`` does: the same, but for what the API server fills in."""
    return bool(_body(wanted) == _body(found))


def _body(manifest: JsonObject) -> Any:
    return _plain({key: value for key, value in manifest.items() if key not in _AROUND})


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        shown = {key: _plain(each) for key, each in value.items()}
        return {key: each for key, each in shown.items() if each not in _DEFAULTS.get(key, ())}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value
