"""Server-side apply, as far as it is used: conflicts by owner, force, dropping what was owned."""

from __future__ import annotations

from rehearsal.server.objects import errors, managed, patches
from rehearsal.server.objects.resources import Object, clone
from rehearsal.server.objects.routes import Route


def merge(route: Route, before: Object | None, config: Object, manager: str, *, force: bool) -> Object:
    """``before`` with ``config`` applied by ``manager``.

    Raises:
        ApiError: 409 without ``force`` where another manager set another value.
    """
    config = clone(config)
    config.setdefault("metadata", {})["name"] = route.name
    config.get("metadata", {}).pop("managedFields", None)
    if before is None:
        return config
    if not force:
        _no_conflicts(before, config, manager)
    dropped = _no_longer_wanted(before, config, manager)
    return clone(patches.strategic(_without(before, dropped), config))


def unchanged(before: Object, after: Object) -> bool:
    """Whether an apply changed nothing but the times of its entry."""
    return _timeless(before) == _timeless(after)


def _timeless(obj: Object) -> Object:
    entries = obj["metadata"].get("managedFields") or []
    bare = [{key: value for key, value in entry.items() if key != "time"} for entry in entries]
    return obj | {"metadata": obj["metadata"] | {"managedFields": bare}}


def _no_conflicts(before: Object, config: Object, manager: str) -> None:
    current = managed.leaves(before)
    changed = [path for path, value in managed.leaves(config).items() if current.get(path, value) != value]
    clashes = [
        (owner["manager"], _dotted(path))
        for path in changed
        for owner in managed.owners(before, path, (manager, "Apply"))
    ]
    if not clashes:
        return
    by = ", ".join(sorted({f'"{owner}"' for owner, _ in clashes}))
    fields = sorted({field for _, field in clashes})
    noun = "conflict" if len(fields) == 1 else "conflicts"
    listing = f": {fields[0]}" if len(fields) == 1 else ":\n" + "\n".join(f"- {field}" for field in fields)
    message = f"Apply failed with {len(fields)} {noun}: {noun} with {by}{listing}"
    causes = [
        {"reason": "FieldManagerConflict", "message": f'conflict with "{owner}"', "field": field}
        for owner, field in clashes
    ]
    raise errors.ApiError(409, "Conflict", message, {"causes": causes})


def _dotted(path: managed.Path) -> str:
    words = ""
    for part in path:
        words += f".{part[2:]}" if part.startswith("f:") else f"[{part[3:-1].replace(':', '=')}]"
    return words


def _no_longer_wanted(before: Object, config: Object, manager: str) -> set[managed.Path]:
    """What this manager applied before, leaves out now, and nobody else owns."""
    wanted = set(managed.leaves(config))
    dropped: set[managed.Path] = set()
    for entry in before["metadata"].get("managedFields") or []:
        if (entry["manager"], entry["operation"]) != (manager, "Apply"):
            continue
        for path in managed.fields_of(entry) - wanted:
            if not managed.owners(before, path, (manager, "Apply")):
                dropped.add(path)
    return dropped


def _without(obj: Object, paths: set[managed.Path]) -> Object:
    result = clone(obj)
    for path in sorted(paths, key=len, reverse=True):
        _remove(result, path)
    return result


def _remove(holder: Object, path: managed.Path) -> None:
    if not all(part.startswith("f:") for part in path):
        return  # an element of a list that somebody else may have filled in stays
    for part in path[:-1]:
        holder = holder.get(part[2:]) or {}
    holder.pop(path[-1][2:], None)
