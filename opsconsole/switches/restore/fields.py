"""The fields that restore puts back: where they are in an object's JSON, what they say, and the patch that sets them.

Pure. A damage row names a field as the governor does (``containers[auth].resources.limits.memory``); quantities are
written exactly, never by way of a rounded text.
"""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

from opsconsole.cluster.writes import Patch
from opsconsole.governor.account.damage import Damage
from opsconsole.governor.account.prior_damage import taints_of
from opsconsole.governor.observed.fields import NO_TAINTS, UNSET
from opsconsole.quantity import QuantityError, exact
from opsconsole.records import JsonObject, Record
from opsconsole.text import clean_line

Pointer: TypeAlias = list[str | int]

_TEMPLATES: dict[str, Pointer] = {
    "Deployment": ["spec", "template", "spec"],
    "StatefulSet": ["spec", "template", "spec"],
    "DaemonSet": ["spec", "template", "spec"],
    "ReplicaSet": ["spec", "template", "spec"],
    "CronJob": ["spec", "jobTemplate", "spec", "template", "spec"],
}
_SIMPLE: dict[tuple[str, str], Pointer] = {
    **{(kind, "replicas"): ["spec", "replicas"] for kind in ("Deployment", "StatefulSet", "ReplicaSet")},
    ("Job", "replicas"): ["spec", "parallelism"],
    ("Job", "suspend"): ["spec", "suspend"],
    ("CronJob", "suspend"): ["spec", "suspend"],
    ("HorizontalPodAutoscaler", "minReplicas"): ["spec", "minReplicas"],
    ("HorizontalPodAutoscaler", "maxReplicas"): ["spec", "maxReplicas"],
    ("Node", "taints"): ["spec", "taints"],
    ("Node", "unschedulable"): ["spec", "unschedulable"],
}
_DEFAULTS: dict[str, Any] = {
    "replicas": 1,
    "minReplicas": 1,
    "suspend": False,
    "unschedulable": False,
    "taints": [],
}
"""What the API server takes an absent field for."""

_FLAGS = frozenset({"suspend", "unschedulable"})

_SYSTEM_TAINTS = "node.kubernetes.io/"
"""Taints that Kubernetes itself puts on a node that is ill: they come and go by its controllers alone."""

_CONTAINER = re.compile(
    r"(?P<list>containers|initContainers)\[(?P<name>[^\]]*)\]\.(?P<rest>image|resources\.(?:limits|requests)\.[a-z]+)"
)
_TAINT = re.compile(r"(?P<key>[^=:]+)(?:=(?P<value>[^:]*))?:(?P<effect>[A-Za-z]+)")
_BINARY = tuple((1024**power, f"{letter}i") for power, letter in zip(range(5, 0, -1), "PTGMK", strict=True))
_LARGEST = 2**31 - 1


_IMAGE = re.compile(r"[A-Za-z0-9._:/@+-]+")
"""What names of images are made of (the OCI distribution specification: names, tags, digests)."""


class UnfitError(Exception):
    """A field that is not put back; the text says why, for the person at the screen."""


class Put(Record, frozen=True):
    """One field of an object: what it was when the plan was made, and what it gets. ``None``: not set.

    ``path`` is the governor's. Taints are the sorted texts of those that people and programs put on a node.
    """

    path: str
    seen: Any = None
    want: Any = None


def wanted(row: Damage) -> Any:
    """The JSON value of what a field was before.

    Raises:
        UnfitError: it is not known, or is nothing that could be written.
    """
    if row.path == "taints":
        return sorted(taints_of(row.before))
    if row.before == "":
        raise UnfitError("what it was before is not known, and is never guessed")
    if row.path.endswith(".image"):
        return _image(row)
    return parsed(row.path, row.before, row.before_number)


def parsed(path: str, text: str, number: float | None) -> Any:
    """The JSON value that a text (and the number in it) stand for. What is unclear stands for none, never for another.

    Raises:
        UnfitError: it is none that the field could have.
    """
    name = path.rpartition(".")[2]
    if path == "taints":
        return _parsed_taints(text)
    if text == UNSET and name != "image":
        return False if name in _FLAGS else None
    if name in _FLAGS:
        if text.lower() not in {"true", "false"}:
            raise UnfitError(f"{text!r} is neither true nor false")
        return text.lower() == "true"
    if name == "image":
        if text == UNSET or _IMAGE.fullmatch(text) is None:
            raise UnfitError(f"{text!r} is no image's name")
        return text
    return quantity(number, binary=name == "memory") if name in {"cpu", "memory"} else _count(text, number)


def quantity(number: float | None, *, binary: bool) -> str:
    """A number in base units as the shortest exact quantity: ``1300Mi``, never ``1.3Gi``.

    Raises:
        UnfitError: there is no number, or none that a limit could be.
    """
    if number is None or not math.isfinite(number) or not 0 <= number < 2.0**60:
        raise UnfitError(f"{'what it is to be' if number is None else number} is no quantity")
    milli = round(Fraction(number) * 1000)
    whole, rest = divmod(milli, 1000)
    units = _BINARY if binary and whole else ()
    text = next((f"{whole // unit}{suffix}" for unit, suffix in units if whole % unit == 0), str(whole))
    text = f"{milli}m" if rest else text
    if float(exact(text)) != number:
        raise UnfitError(f"{number} is finer than a limit can be")
    return text


def place(kind: str, path: str, found: JsonObject) -> Pointer:
    """Where the field that ``path`` names is in the object.

    Raises:
        UnfitError: it is not there, or can't be changed.
    """
    if (kind, path) in _SIMPLE:
        return _SIMPLE[kind, path]
    match = _CONTAINER.fullmatch(path)
    if match is None:
        raise UnfitError(_WHY.get(path, "the console does not know how to put this field back"))
    if kind not in _TEMPLATES:
        raise UnfitError(f"a {kind}'s template can't be changed: delete it and create it anew")
    base: Pointer = [*_TEMPLATES[kind], match["list"]]
    containers = present(found, base)
    for index, each in enumerate(containers if isinstance(containers, list) else ()):
        if isinstance(each, dict) and clean_line(str(each.get("name", ""))) == match["name"]:
            return [*base, index, *match["rest"].split(".")]
    raise UnfitError(f"there is no container {match['name']} in it now")


def present(found: Any, pointer: Sequence[str | int]) -> Any:
    """What is at ``pointer``; ``None`` where there is nothing."""
    for part in pointer:
        if isinstance(part, int):
            found = found[part] if isinstance(found, list) and part < len(found) else None
        else:
            found = found.get(part) if isinstance(found, dict) else None
    return found


def value(kind: str, path: str, found: JsonObject) -> Any:
    """What the field says now, in the form of a :class:`Put`.

    Raises:
        UnfitError: it is not there, or can't be changed.
    """
    raw = present(found, place(kind, path, found))
    if path == "taints":
        return sorted(text for text in map(taint_text, raw or ()) if not text.startswith(_SYSTEM_TAINTS))
    return raw


def same(path: str, one: Any, other: Any) -> bool:
    """Whether two values mean the same: ``1`` and ``1000m``, absent and the default."""
    one, other = (_DEFAULTS.get(path) if each is None else each for each in (one, other))
    if one is None or other is None or not path.endswith((".cpu", ".memory")):
        return bool(one == other)
    try:
        return exact(str(one)) == exact(str(other))
    except QuantityError:
        return False


def says(row: Damage, raw: Any) -> bool:
    """Whether the live value is the one that the account calls ``now``."""
    if row.path == "taints":
        return taints_of(row.now) == frozenset(raw)
    if row.path.endswith((".cpu", ".memory")) and row.now_number is not None and raw is not None:
        try:
            return float(exact(str(raw))) == row.now_number
        except (QuantityError, OverflowError):
            return False
    raw = _DEFAULTS.get(row.path) if raw is None else raw
    return row.now == (UNSET if raw is None else "none" if raw == [] else clean_line(_plain(raw)))


def patch(kind: str, found: JsonObject, puts: Iterable[Put]) -> Patch:
    """The JSON patch that gives the fields their values, each with a test of what is there now.

    Raises:
        UnfitError: a field is not there.
    """
    draft, made, absent = copy.deepcopy(found), Patch(), False
    for put in puts:
        pointer = place(kind, put.path, draft)
        raw = present(draft, pointer)
        new = _taints(raw or [], put.want) or None if put.path == "taints" else put.want
        if raw is None and new is None:
            continue
        made += [test for test in _this_container(draft, pointer) if test not in made]
        absent = absent or raw is None
        made += _set(draft, pointer, raw, new)
    if made and absent:  # a patch can't test that something is not there: then nothing at all may have changed
        version = present(found, ["metadata", "resourceVersion"])
        made.insert(0, {"op": "test", "path": "/metadata/resourceVersion", "value": version})
    return made


def taint_text(taint: Any) -> str:
    """``key=value:effect``, as the records have it."""
    given = taint if isinstance(taint, dict) else {}
    key, content, effect = (clean_line(str(given.get(name) or "")) for name in ("key", "value", "effect"))
    return f"{key}={content}:{effect}" if content else f"{key}:{effect}"


def _set(draft: JsonObject, pointer: Pointer, raw: Any, new: Any) -> Patch:
    """The operations for one field; they are done to ``draft`` too, so that the next one finds its parents."""
    if new is None:
        del present(draft, pointer[:-1])[pointer[-1]]
        return [_test(pointer, raw), {"op": "remove", "path": _path(pointer)}]
    if raw is not None:
        present(draft, pointer[:-1])[pointer[-1]] = new
        return [_test(pointer, raw), {"op": "replace", "path": _path(pointer), "value": new}]
    while present(draft, pointer[:-1]) is None:
        pointer, new = pointer[:-1], {pointer[-1]: new}
    present(draft, pointer[:-1])[pointer[-1]] = new
    return [{"op": "add", "path": _path(pointer), "value": copy.deepcopy(new)}]


def _this_container(draft: JsonObject, pointer: Pointer) -> Patch:
    """A test that the container at that place is still the one that is meant."""
    numbers = [index for index, part in enumerate(pointer) if isinstance(part, int)]
    named = [Pointer([*pointer[: index + 1], "name"]) for index in numbers]
    return [_test(each, present(draft, each)) for each in named]


def _test(pointer: Pointer, raw: Any) -> JsonObject:
    return {"op": "test", "path": _path(pointer), "value": copy.deepcopy(raw)}


def _path(pointer: Pointer) -> str:
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in pointer)


def _taints(raw: Sequence[Any], want: Sequence[str]) -> list[Any]:
    """The list of taints with those that are wanted, and Kubernetes' own as they are."""
    kept = [each for each in raw if taint_text(each) in want or taint_text(each).startswith(_SYSTEM_TAINTS)]
    there = {taint_text(each) for each in kept}
    return kept + [_taint(text) for text in want if text not in there]


def _taint(text: str) -> JsonObject:
    match = _TAINT.fullmatch(text)
    if match is None:
        raise UnfitError(f"{text} is no taint")
    found = {name: content for name, content in match.groupdict().items() if content}
    return dict(sorted(found.items()))


def _image(row: Damage) -> str:
    if row.before == UNSET:
        raise UnfitError("it was added since: a container is not taken out here")
    if row.now == UNSET:
        raise UnfitError("it was taken out since: kubectl rollout undo brings the whole template back")
    if _IMAGE.fullmatch(row.before) is None:  # the record was cleaned, and may be cut: then it is not what was there
        raise UnfitError("what it was before is no image's name as it stands here: kubectl rollout undo knows it")
    return row.before


def _parsed_taints(text: str) -> list[str]:
    taints = sorted(taints_of(text))
    unfit = [each for each in taints if _TAINT.fullmatch(each) is None]
    if unfit or not text:
        raise UnfitError(f"{(unfit or [text])[0]!r} is no taint (key=value:effect; {NO_TAINTS} for none at all)")
    return taints


def _count(text: str, number: float | None) -> int:
    if number is None or not math.isfinite(number) or number != int(number) or not 0 <= number <= _LARGEST:
        raise UnfitError(f"{text!r} is no count")
    return int(number)


def _plain(raw: Any) -> str:
    return str(raw).lower() if isinstance(raw, bool) else str(raw)


_WHY = {
    "object": "it was deleted, or made anew since: what is there now is another object",
    "selector": "the console keeps only matchLabels of a budget's selector, so that it can't put it back whole: "
    "kubectl edit pdb",
    "metric": "the console keeps a metric only in words: kubectl edit hpa",
    "scaleTargetRef": "the console does not point an autoscaler at another workload: kubectl edit hpa",
}
"""Fields that are shown as damage and not put back."""
