"""``metadata.managedFields``: who set which field last, kept as the real server keeps it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from rehearsal.server.objects.patches import MERGE_KEYS
from rehearsal.server.objects.resources import Object

Path = tuple[str, ...]
Leaves = dict[Path, Any]

_NOT_OWNED = frozenset(
    {"name", "namespace", "creationTimestamp", "uid", "generation", "managedFields", "resourceVersion", "generateName"}
    | {"deletionTimestamp", "deletionGracePeriodSeconds"}
)
_MAPS = frozenset({"labels", "annotations", "limits", "requests", "resources", "rollingUpdate", "data"})
_SETS = frozenset({"finalizers"})
_ATOMIC = frozenset({"selector", "roleRef", "involvedObject", "nodeSelector"})


def leaves(obj: Object) -> Leaves:
    """Every field that can have an owner, by its path in ``fieldsV1`` form (``f:spec``, ``k:{"name":"api"}`` …)."""
    found: Leaves = {}
    for name, value in obj.items():
        if name == "metadata":
            owned = {key: item for key, item in value.items() if key not in _NOT_OWNED}
            found.update(_walk(("f:metadata",), owned) if owned else ())
        elif name == "status" and not value:
            continue
        elif name not in ("kind", "apiVersion"):
            found.update(_walk((f"f:{name}",), value, name))
    return found


def _walk(path: Path, value: Any, field: str = "") -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict) and value and field not in _ATOMIC:
        if field in _MAPS:
            yield (*path, "."), True
        for name, item in value.items():
            yield from _walk((*path, f"f:{name}"), item, name)
    elif isinstance(value, list) and field in _SETS:
        yield (*path, "."), True
        for item in value:
            yield (*path, f"v:{json.dumps(item)}"), True
    elif isinstance(value, list) and _keyed(field, value):
        for item in value:
            inner = (*path, _key(field, item))
            yield (*inner, "."), True
            yield from _walk(inner, item)
    elif value != {} or field != "metadata":
        yield path, value


def _keyed(field: str, items: list[Any]) -> bool:
    key = MERGE_KEYS.get(field)
    return bool(key and items) and all(isinstance(item, dict) and (key in item or field == "ports") for item in items)


def _key(field: str, item: Object) -> str:
    names = [MERGE_KEYS[field]]
    if field == "ports":
        names = ["containerPort" if "containerPort" in item else "port", "protocol"]
    return "k:" + json.dumps({name: item.get(name, "TCP") for name in names}, separators=(",", ":"))


def fields_of(entry: Object) -> set[Path]:
    """The paths that one entry of ``managedFields`` owns."""
    return set(_paths(entry.get("fieldsV1") or {}, ()))


def _paths(tree: Object, path: Path) -> Iterator[Path]:
    for name, inner in tree.items():
        if inner:
            yield from _paths(inner, (*path, name))
        else:
            yield (*path, name)


def _tree(paths: set[Path]) -> Object:
    tree: Object = {}
    for path in sorted(paths):
        place = tree
        for name in path:
            place = place.setdefault(name, {})
    return tree


def record(before: Object | None, after: Object, manager: str, subresource: str, at: str) -> None:
    """Note in ``after`` that ``manager`` made it out of ``before``: it now owns what it changed, others lose that."""
    old, new = leaves(before or {}), leaves(after)
    changed = {path for path, value in new.items() if path not in old or old[path] != value}
    entries = _entries(before, changed | (set(old) - set(new)), keep=(manager, "Update", subresource))
    own = _entry(entries, manager, "Update", subresource, after["apiVersion"])
    own["fieldsV1"] = _tree((fields_of(own) | changed) & set(new))
    if changed:
        own["time"] = at
    _put(after, entries)


def record_apply(before: Object | None, after: Object, applied: Object, manager: str, at: str) -> None:
    """Note in ``after`` that ``manager`` applied ``applied``: it owns exactly those fields from now on."""
    wanted = {path for path in leaves(applied) if path[-1] != "." or path[-2].startswith("k:")}
    old = leaves(before or {})
    taken = {path for path in wanted if path in old and old[path] != leaves(after).get(path)}
    entries = _entries(before, taken | (set(old) - set(leaves(after))), keep=(manager, "Apply", ""))
    own = _entry(entries, manager, "Apply", "", after["apiVersion"])
    own["fieldsV1"] = _tree(wanted)
    own["time"] = at
    _put(after, entries)


def _put(obj: Object, entries: list[Object]) -> None:
    """Keep what owns anything: applies first, then the oldest, as the real server sorts them."""
    kept = [entry for entry in entries if any(path[-1] != "." for path in fields_of(entry))]
    kept.sort(key=lambda entry: (entry["operation"] != "Apply", entry.get("time", ""), entry["manager"]))
    if kept:
        obj["metadata"]["managedFields"] = kept
    else:
        obj["metadata"].pop("managedFields", None)


def owners(obj: Object, path: Path, but: tuple[str, str]) -> list[Object]:
    """Entries that own ``path``, other than the one of ``but`` (manager and operation)."""
    entries = obj["metadata"].get("managedFields") or []
    return [each for each in entries if (each["manager"], each["operation"]) != but and path in fields_of(each)]


def _entries(before: Object | None, lost: set[Path], keep: tuple[str, str, str]) -> list[Object]:
    entries = []
    for stored in (before or {}).get("metadata", {}).get("managedFields") or []:
        entry = dict(stored)
        if _identity(entry) != keep:
            entry["fieldsV1"] = _tree(fields_of(entry) - lost)
        entries.append(entry)
    return entries


def _identity(entry: Object) -> tuple[str, str, str]:
    return entry["manager"], entry["operation"], entry.get("subresource", "")


def _entry(entries: list[Object], manager: str, operation: str, subresource: str, api_version: str) -> Object:
    for entry in entries:
        if _identity(entry) == (manager, operation, subresource):
            return entry
    new: Object = {
        "manager": manager,
        "operation": operation,
        "apiVersion": api_version,
        "fieldsType": "FieldsV1",
        "fieldsV1": {},
    }
    if subresource:
        new["subresource"] = subresource
    entries.append(new)
    return new
