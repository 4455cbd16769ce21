"""Setting an annotation of an object by a JSON patch. Pure."""

from __future__ import annotations

from typing import Any

from opsconsole.records import JsonObject


def notes_of(found: JsonObject) -> dict[str, Any]:
    """The object's annotations; none where they are missing or make no sense."""
    notes = (found.get("metadata") or {}).get("annotations")
    return notes if isinstance(notes, dict) else {}


def setting(found: JsonObject, key: str, value: str | None) -> list[JsonObject]:
    """The patch that gives ``found`` the annotation; ``None`` takes it off. Empty where it is so already."""
    notes, path = notes_of(found), f"/metadata/annotations/{key.replace('~', '~0').replace('/', '~1')}"
    if notes.get(key) == value:
        return []
    if value is None:
        return [{"op": "remove", "path": path}]
    if not notes:
        return [{"op": "add", "path": "/metadata/annotations", "value": {key: value}}]
    return [{"op": "add", "path": path, "value": value}]
