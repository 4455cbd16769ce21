"""The patch types: JSON merge patch (RFC 7386), JSON patch (RFC 6902) and strategic merge patch."""

from __future__ import annotations

import functools
from typing import Any

from rehearsal.server.objects import errors
from rehearsal.server.objects.resources import Object, clone

MERGE = "application/merge-patch+json"
JSON = "application/json-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"

MERGE_KEYS: dict[str, str] = {
    "containers": "name",
    "initContainers": "name",
    "ephemeralContainers": "name",
    "env": "name",
    "volumes": "name",
    "volumeMounts": "mountPath",
    "ports": "containerPort",
    "conditions": "type",
    "ownerReferences": "uid",
    "imagePullSecrets": "name",
    "secrets": "name",
    "hostAliases": "ip",
    "addresses": "type",
    "topologySpreadConstraints": "topologyKey",
}
"""Lists whose elements a strategic merge patch finds by a key. Others (taints, tolerations, subjects) are replaced."""

_PRIMITIVE_SETS = frozenset({"finalizers"})


def merge(target: Any, patch: Any) -> Any:
    """JSON merge patch: ``null`` deletes, objects merge, everything else replaces."""
    if not isinstance(patch, dict):
        return clone(patch)
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge(result.get(key), value)
    return result


def strategic(target: Any, patch: Any) -> Any:
    """Strategic merge patch, with ``$patch: delete|replace`` and ``$deleteFromPrimitiveList`` as kubectl sends them."""
    if not isinstance(patch, dict):
        return clone(patch)
    directive = patch.get("$patch")
    if directive == "replace":
        return {key: clone(value) for key, value in patch.items() if key != "$patch"}
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if key.startswith("$"):
            _directive(result, key, value)
        elif value is None:
            result.pop(key, None)
        elif isinstance(value, list):
            result[key] = _strategic_list(key, result.get(key) or [], value)
        else:
            result[key] = strategic(result.get(key), value)
    return result


def _directive(result: Object, key: str, value: Any) -> None:
    name, _, field = key.partition("/")
    if name == "$deleteFromPrimitiveList":
        result[field] = [item for item in result.get(field) or [] if item not in value]
    elif name == "$retainKeys":
        for gone in set(result) - set(value):
            del result[gone]


def _strategic_list(field: str, target: list[Any], patch: list[Any]) -> list[Any]:
    key = _merge_key(field, [*target, *patch])
    if field in _PRIMITIVE_SETS:
        return target + [item for item in patch if item not in target]
    if key is None:
        return clone(patch)
    if any(isinstance(item, dict) and item == {"$patch": "replace"} for item in patch):
        return [clone(item) for item in patch if item != {"$patch": "replace"}]
    result = list(target)
    for item in patch:
        if key not in item:
            raise errors.bad_request(f"map: {item} does not contain declared merge key: {key}")
        place = next((index for index, old in enumerate(result) if old.get(key) == item[key]), None)
        if item.get("$patch") == "delete":
            result = [old for old in result if old.get(key) != item[key]]
        elif place is None:
            result.append(strategic({}, item))
        else:
            result[place] = strategic(result[place], item)
    return result


def _merge_key(field: str, items: list[Any]) -> str | None:
    if field == "ports" and not any("containerPort" in item for item in items if isinstance(item, dict)):
        return "port"
    return MERGE_KEYS.get(field)


def json_patch(target: Any, operations: Any) -> Any:
    """JSON patch. Raises the real server's 422 when an operation can't be done or a ``test`` fails."""
    if not isinstance(operations, list):
        raise errors.bad_request("json: cannot unmarshal object into Go value of type jsonpatch.Patch")
    document = clone(target)
    for operation in operations:
        document = _operate(document, operation)
    return document


def _operate(document: Any, operation: Object) -> Any:
    kind, path = operation.get("op"), str(operation.get("path", ""))
    match kind:
        case "test":
            if _lookup(document, path) != operation.get("value"):
                raise _refused()
        case "add":
            _put(document, path, clone(operation.get("value")), insert=True)
        case "replace":
            _lookup(document, path)
            _put(document, path, clone(operation.get("value")), insert=False)
        case "remove":
            _take(document, path)
        case "move":
            _put(document, path, _take(document, str(operation.get("from"))), insert=True)
        case "copy":
            _put(document, path, clone(_lookup(document, str(operation.get("from")))), insert=True)
        case _:
            raise _refused()
    return document


def _refused() -> errors.ApiError:
    message = "the server rejected our request due to an error in our request"
    return errors.ApiError(422, "Invalid", message, {})


def _tokens(path: str) -> list[str]:
    return [token.replace("~1", "/").replace("~0", "~") for token in path.split("/")[1:]]


def _step(found: Any, token: str) -> Any:
    try:
        return found[int(token)] if isinstance(found, list) else found[token]
    except (KeyError, IndexError, ValueError, TypeError) as error:
        raise _refused() from error


def _lookup(document: Any, path: str) -> Any:
    return functools.reduce(_step, _tokens(path), document)


def _holder(document: Any, path: str) -> tuple[Any, str]:
    """What holds the place that ``path`` names, and the name of that place in it."""
    *parents, last = _tokens(path)
    return functools.reduce(_step, parents, document), last


def _put(document: Any, path: str, value: Any, *, insert: bool) -> None:
    holder, last = _holder(document, path)
    if isinstance(holder, dict):
        holder[last] = value
    elif isinstance(holder, list) and last == "-":
        holder.append(value)
    elif isinstance(holder, list) and last.isdigit() and int(last) <= len(holder):
        if insert:
            holder.insert(int(last), value)
        else:
            holder[int(last)] = value
    else:
        raise _refused()


def _take(document: Any, path: str) -> Any:
    value = _lookup(document, path)
    holder, last = _holder(document, path)
    if isinstance(holder, list):
        del holder[int(last)]
    else:
        del holder[last]
    return value
