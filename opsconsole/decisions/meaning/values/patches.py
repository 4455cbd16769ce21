"""What a decision wants to set: every leaf of its patch under a readable path, numbers in base units."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from typing import Any

from opsconsole import quantity
from opsconsole.decisions.key_memory import KeyMemory
from opsconsole.decisions.message.document import Leaf, Path, constant, leaves
from opsconsole.decisions.words.sets import wordset
from opsconsole.decoding import loads
from opsconsole.patterns import late
from opsconsole.records import FieldValue, JsonObject

MAX_FIELDS = 200
"""Fields kept of one decision; a whole Deployment has some 60."""

_PREFIXES: tuple[Path, ...] = (("spec", "template", "spec"), ("spec",))
"""Left out of paths, so that words and deeds name a field alike: ``replicas``, ``containers[x].image``."""

_NAMES = ("name", "key", "type")
"""Keys by which Kubernetes merges lists: containers, taints, conditions."""

_QUANTITIES = wordset("cpu memory storage ephemeral-storage replicas minReplicas maxReplicas parallelism")
_PATCHES = ("patch", "changes", "manifest", "spec", "body", "patchData", "patch_data", "patchBody", "patch_body")
_COUNTS = ("replicas", "desired_replicas", "target_replicas", "new_replicas")
_ALSO = ("resources", "limits", "requests", "taints", "image")
_SETTING = frozenset((*_PATCHES, *_COUNTS, *_ALSO))
"""Keys of a document that sets something."""
_SIDES = wordset("before after old new from to current previous recommended desired target")
"""Keys of what something was and will be, which are no parts of a patch."""
_SIDE_WORDS = dict.fromkeys(wordset("0 old from before was previous prev orig original current oldvalue"), "was")
_SIDE_WORDS |= dict.fromkeys(wordset("1 new to after is now next desired target recommended proposed newvalue"), "is")
"""Keys of both values of one change, or their places in a list."""
_WORDS = {"nan": "NaN", "inf": "Infinity", "infinity": "Infinity", "null": "null", "none": "null"}
_WORDS |= {"<na>": "null", "<nil>": "null", "undefined": "null"}
_WORDS |= {f"-{word}": f"-{said}" for word, said in _WORDS.items() if said == "Infinity"}

_WRAPPED = 4
"""Times that a patch may be a string within a string."""

_UNSIGNED = ((2**64, 64), (2**32, 32))
_SHORTEST_CAST = len(str(2**31))
"""Digits of a number that may be such a one."""

_PLAIN = 2**31
"""Integers between its negative and it are no others that were cast, and are floats, too."""

_CAST_BELOW = 1_000_000
"""2**64 − n with n up to this is taken for −n cast to an unsigned integer."""


def fields_of(document: JsonObject) -> list[FieldValue]:
    """Every field that the document wants to set: those of its patch (merge, strategic, JSON), then those beside it.

    Returns:
        At most :data:`MAX_FIELDS` and one more, so that the caller can tell that some were left out.
    """
    found: list[FieldValue] = []
    for path, leaf in _wanted(document):
        found.append(field(path, leaf))
        if len(found) > MAX_FIELDS:
            break
    if isinstance(document.get("patch"), list) and (tested := dict(_tested(document["patch"]))):
        found = [_since(each, tested[each.path]) if each.path in tested else each for each in found]
    return _paired(found) if isinstance(document.get("changes"), dict) else found


def _tested(steps: list[Any]) -> Iterator[tuple[str, FieldValue]]:
    """What a JSON patch expects to be there before it sets anything."""
    tests = [step for step in steps if isinstance(step, dict) and step.get("op") == "test" and "path" in step]
    for step in tests:
        for path, leaf in _json_patch([{**step, "op": "replace"}]):
            yield path, field(path, leaf)


def _since(new: FieldValue, old: FieldValue) -> FieldValue:
    return FieldValue(new.path, new.value, new.number, new.problem, old.value, old.number)


def _paired(fields: list[FieldValue]) -> list[FieldValue]:
    """``"changes": {"limits.memory": ["2Gi", "1Gi"], "replicas": {"old": 5, "new": 2}}``: two values are one change."""
    sides: dict[str, dict[str, FieldValue]] = {}
    for each in fields:
        base, side = _side_of(each.path)
        sides.setdefault(base, {})[side] = each
    found: list[FieldValue] = []
    for each in fields:
        base, side = _side_of(each.path)
        told = sides[base]
        listed = each.path.endswith("]")
        if not {"was", "is"} <= told.keys() or (listed and (len(told) > 2 or not _is_quantity(base))):
            found.append(each)
        elif side == "is":
            found.append(_since(field(base, each.value), field(base, told["was"].value)))
    return found


def _side_of(path: str) -> tuple[str, str]:
    """The field that a path is of, and on which side of its change it stands: ``replicas``, ``was``."""
    base, _, last = path[:-1].rpartition("[") if path.endswith("]") else path.rpartition(".")
    side = _SIDE_WORDS.get(last.lower().replace("_", ""), "") if base else ""
    return (base, side or last) if base else (path, "")


def stepped(values: Iterable[Any]) -> list[FieldValue]:
    """What a JSON patch sets that stands in a line by itself: ``[{'op': 'replace', 'path': '/spec/replicas', …}]``."""
    steps = next((each for each in values if isinstance(each, list)), [])
    whole = all(isinstance(step, dict) and {"op", "path"} <= step.keys() for step in steps)
    return fields_of({"patch": steps}) if steps and whole else []


def field(path: str, leaf: Leaf) -> FieldValue:
    """One field with its value as text, as a number in base units where it is one, and what is wrong with it."""
    if type(leaf) is int and -_PLAIN < leaf < _PLAIN:
        return FieldValue(path=path, value=str(leaf), number=float(leaf))
    text = _text(leaf)
    measured = _is_quantity(path)
    number = _number(leaf, measured=measured)
    problem = constant(leaf) or (_WORDS.get(text.strip().lower(), "") if measured and isinstance(leaf, str) else "")
    return FieldValue(path=path, value=text, number=number, problem=problem or _cast(leaf))


def _wanted(document: JsonObject) -> Iterator[tuple[str, Leaf]]:
    if _SETTING.isdisjoint(document):
        return
    for key in [each for each in _PATCHES if each in document]:
        patch = _unpacked(document[key])
        if isinstance(patch, dict) and key in ("manifest", "spec", "body"):
            patch = _spec(patch, key)
        if isinstance(patch, list) and all(isinstance(step, dict) and "path" in step for step in patch):
            yield from _json_patch([step for step in patch if "op" in step or "value" in step])
        elif isinstance(patch, dict) or (isinstance(patch, list) and not all(isinstance(each, str) for each in patch)):
            yield from readable(patch)
    for key in _COUNTS:
        if key in document and not isinstance(document[key], dict | list):
            yield "replicas", document[key]
    for key in _ALSO:
        listed = key == "resources" and isinstance(document.get(key), list)  # names of objects, and no amounts
        if key in document and not listed and not _tells_sides(document[key]):
            yield from readable({key: document[key]})


def _tells_sides(value: Any, depth: int = 4) -> bool:
    """``{"cpu": {"old": "2", "new": "1"}}``: is it what was and what will be?"""
    if not isinstance(value, dict) or not depth:
        return False
    return bool(_SIDES.intersection(value)) or any(_tells_sides(inner, depth - 1) for inner in value.values())


def _spec(patch: JsonObject, key: str) -> JsonObject:
    """Of a whole object that is applied: its specification alone, or its counts where it is only parameters."""
    if key == "spec":
        return {"spec": patch}
    if "spec" in patch:
        return {"spec": patch["spec"]}
    return {name: patch[name] for name in (*_COUNTS, *_ALSO) if name in patch}


def _yaml(text: str) -> JsonObject | None:
    """A patch as YAML of nested mappings and scalars, as ``kubectl patch`` takes it; lists are left alone."""
    root: JsonObject = {}
    open_at: list[tuple[int, JsonObject]] = [(-1, root)]
    for line in text.splitlines()[:MAX_FIELDS]:
        match = _YAML.fullmatch(line)
        if match is None:
            return None
        indent = len(match["indent"])
        while len(open_at) > 1 and indent <= open_at[-1][0]:
            open_at.pop()
        if match["value"]:
            open_at[-1][1][match["key"]] = _scalar(match["value"])
        else:
            inner: JsonObject = {}
            open_at[-1][1][match["key"]] = inner
            open_at.append((indent, inner))
    return root or None


def _scalar(text: str) -> Any:
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    try:
        return loads(text)
    except ValueError:
        return text


_YAML = late(r"(?P<indent> *)(?P<key>[A-Za-z][\w./-]*):(?: (?P<value>[^{}\[\]]+))?\s*")


def _unpacked(patch: Any) -> Any:
    """A patch may come as a string of JSON, as ``kubectl patch -p`` takes it."""
    for _ in range(_WRAPPED):
        if not isinstance(patch, str):
            return patch
        try:
            patch = loads(patch)
        except ValueError:
            return _yaml(patch)
    return None


def _json_patch(steps: list[Any]) -> Iterator[tuple[str, Leaf]]:
    for step in steps:
        pointer = [part.replace("~1", "/").replace("~0", "~") for part in str(step["path"]).split("/") if part]
        where: Path = tuple(int(part) if part.isdecimal() and part.isascii() else part for part in pointer)
        if step.get("op") == "test":
            continue
        if step.get("op") == "remove":
            yield _readable_path(where, None), None
            continue
        for path, leaf in leaves(step.get("value")):
            yield _readable_path(where + path, None), leaf


def readable(patch: Any) -> Iterator[tuple[str, Leaf]]:
    """Every leaf of a patch with its path as a person would say it; the names that paths use are not leaves again."""
    for path, leaf in leaves(patch):
        if not _names_its_element(patch, path):
            yield _readable_path(path, patch), leaf


def _names_its_element(patch: Any, path: Path) -> bool:
    if len(path) < 2 or not isinstance(path[-2], int):
        return False
    element = path[:-1]
    return path[-1] == _naming_key(patch, element) and len(_at(patch, element)) > 1


def _naming_key(patch: Any, path: Path) -> str:
    item = _at(patch, path)
    return next((key for key in _NAMES if isinstance(item, dict) and isinstance(item.get(key), str)), "")


def _at(patch: Any, path: Path) -> Any:
    for part in path:
        patch = patch[part]
    return patch


def _readable_path(path: Path, patch: Any) -> str:
    spelt = _spelt[path]
    return _spelt_by(path, patch) if spelt is None else spelt


@KeyMemory
def _spelt(path: Path) -> str | None:
    """The path of a leaf; ``None`` where it leads through a list, whose elements have names."""
    return None if any(isinstance(part, int) for part in path) else _spelt_by(path, None)


def _spelt_by(path: Path, patch: Any) -> str:
    for prefix in _PREFIXES:
        if path[: len(prefix)] == prefix and len(path) > len(prefix):
            start = len(prefix)
            break
    else:
        start = 0
    text = ""
    for place in range(start, len(path)):
        part = path[place]
        if isinstance(part, str):
            text += f".{part}"
        else:
            text += f"[{_element(patch, path[: place + 1])}]"
    return text.removeprefix(".")


def _element(patch: Any, path: Path) -> str | int:
    name = _naming_key(patch, path) if patch is not None else ""
    return str(_at(patch, path)[name]) if name else path[-1]


@KeyMemory
def _is_quantity(path: str) -> bool:
    last = path.rpartition(".")[2]
    return last in _QUANTITIES or ".limits." in f".{path}" or ".requests." in f".{path}"


def _text(leaf: Leaf) -> str:
    if isinstance(leaf, str):
        return leaf
    return constant(leaf) or json.dumps(leaf)


def _number(leaf: Leaf, *, measured: bool) -> float | None:
    if isinstance(leaf, bool) or leaf is None:
        return None
    if isinstance(leaf, str):
        return _measured(leaf) if measured else None
    try:
        return float(leaf)
    except OverflowError:
        return math.inf if leaf > 0 else -math.inf


def _measured(text: str) -> float | None:
    word = _WORDS.get(text.strip().lower())
    if word is not None:
        return None if word == "null" else float(word)
    return quantity.number(text.strip())


def _cast(leaf: Leaf) -> str:
    if isinstance(leaf, str) and len(leaf) < _SHORTEST_CAST:
        return ""
    try:
        value = int(leaf) if isinstance(leaf, str) else leaf
    except ValueError:
        return ""
    if not isinstance(value, int) or isinstance(value, bool):
        return ""
    for size, bits in _UNSIGNED:
        if 0 < size - value <= _CAST_BELOW:
            return f"{value - size} cast to an unsigned {bits}-bit integer"
    return ""
