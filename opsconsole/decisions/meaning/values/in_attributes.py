"""The values that attributes set, by their keys."""

from __future__ import annotations

import re
from collections.abc import Iterator

from opsconsole.decisions.key_memory import KeyMemory
from opsconsole.decisions.meaning.values import patches, shifts, turns
from opsconsole.decisions.meaning.values.vocabulary import (
    FOREIGN_ROLES,
    NUMBER,
    SIDES,
    WHATS,
    ValueKey,
    by_key,
    path_of,
    with_before,
)
from opsconsole.decisions.message.document import Leaf, Leaves, Path
from opsconsole.decisions.words import verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late
from opsconsole.quantity import number
from opsconsole.records import FieldValue

_NAMING = wordset("what resource field metric path key property attribute parameter param setting dimension")
"""Keys that say what the values beside them are of."""


def is_side(path: Path) -> bool:
    """Does the key say no more than that its value is the one before or the one after: ``from``, ``old_value``?"""
    _, key = _key_of[path]
    return key is not None and bool(key.role) and not key.what


def is_before(path: Path) -> bool:
    """Does the key say that its value was the one before?"""
    _, key = _key_of[path]
    return key is not None and key.role == "before"


def measured_before(path: Path) -> str:
    """The path of the field of which a key says what it was: ``previousReplicas``; empty for every other key."""
    _, key = _key_of[path]
    return path_of(key.what, key.side) if key is not None and key.what and key.role == "before" else ""


def in_attributes(leaves: Leaves, verb: str) -> list[FieldValue]:
    """The values that attributes set, each with the one before: ``from_replicas``/``to_replicas``, ``old``/``new``."""
    telling = [each for each in leaves if _tells[each[0]]]
    found = _in_telling(telling, verb) if telling else []
    return found or (_only_change(leaves) if verb == "scale" else [])


def _in_telling(leaves: Leaves, verb: str) -> list[FieldValue]:
    told: dict[tuple[str, str], dict[str, Leaf]] = {}
    leaves = _expanded(leaves)
    named = _named(leaves)
    container = next((str(leaf) for path, leaf in leaves if path and path[-1] == "container"), "")
    was: Leaf = None
    leaves = _without_others(leaves, verb) if named is None else leaves
    shifted = [(path, leaf) for path, leaf in leaves if shifts.is_shift(path, leaf)]
    for path, leaf in leaves:
        if shifted and (path, leaf) in shifted:
            continue
        words, key = _meant(path, leaf, leaves, verb, named)
        if key is None or not isinstance(leaf, int | float | str) or isinstance(leaf, bool) or leaf == "":
            continue
        change = _change_in(leaf) if isinstance(leaf, str) else None
        if change is None and isinstance(leaf, str) and not _is_value(leaf, key.what):
            continue
        if named is not None and not key.what and key.role:
            key = key._replace(what=named.what, side=key.side or named.side)
        what = key.what or (_sized(leaf) if verb == "scale" and key.role else "")
        was = leaf if key == _WAS and not what else was
        if what and change is not None:
            told[what, key.side] = {"before": change["before"], "after": change["after"]}
        elif what:
            turns.tell(told.setdefault((what, key.side), {}), key.role or "is", leaf, words)
    _settle(told, leaves, shifted)
    if was is not None and len(told) == 1:
        next(iter(told.values())).setdefault("before", was)  # limits.memory="700Mi" was="1Gi"
    _pair_sides(told)
    return [field for (what, side), roles in told.items() for field in _told(what, side, roles, container)]


def _named(leaves: Leaves) -> ValueKey | None:
    """What keys name as that of which the values beside them are: ``resource=memory``, with ``field=request``."""
    named = [leaf for path, leaf in leaves if _names(path) and isinstance(leaf, str)]
    found = next((key for leaf in named if (key := _measure(leaf))), None)
    if found is None and (sided := next((each for each in leaves if _is_side_of_one(*each)), None)) is not None:
        return ValueKey(WHATS[str(sided[1]).lower()], SIDES[str(sided[0][-1])], "")  # limit=memory from=2Gi to=1Gi
    if found is None or found.side or len(named) == 1:
        return found
    return found._replace(side=next((SIDES[leaf.lower()] for leaf in named if leaf.lower() in SIDES), ""))


def _is_side_of_one(path: Path, leaf: Leaf) -> bool:
    return path[-1:] in _SIDE_KEYS and isinstance(leaf, str) and leaf.lower() in ("memory", "cpu")


_SIDE_KEYS = frozenset((key,) for key in SIDES)


def _change_in(text: str) -> re.Match[str] | None:
    """Both values, where a text is them: ``2Gi -> 1Gi``, ``1Gi (was 2Gi)``."""
    return _CHANGE.fullmatch(text) or (_WAS_ONE.fullmatch(text) if "(" in text else None)


_SIDES_ALONE = frozenset({("from",), ("to",), ("old",), ("new",), ("before",), ("after",)})
_PART = late(r"\d{1,4}\.(?!0+$)\d{1,4}")


def _without_others(leaves: Leaves, verb: str) -> Leaves:
    """The leaves without values that are of something else than what is set."""
    if _are_measured(leaves):
        return _without_foreign_roles(leaves)
    return leaves if verb == "scale" else without_versions(leaves)


def without_versions(leaves: Leaves) -> Leaves:
    """The leaves without two bare values that both have parts, as no count of anything: ``from=16.8 to=16.9``."""
    sides = [leaf for path, leaf in leaves if path in _SIDES_ALONE]
    versions = len(sides) == 2 and all(isinstance(leaf, str) and _PART.fullmatch(leaf) for leaf in sides)
    return [each for each in leaves if each[0] not in _SIDES_ALONE] if versions else leaves


def _without_foreign_roles(leaves: Leaves) -> Leaves:
    """The leaves without ``prima``, ``dopo`` and the like: a plain key tells what is set, ``replicas``."""
    words = ((each, _key_of[each[0]][0]) for each in leaves)
    return [each for each, said in words if len(said) != 1 or said[0] not in FOREIGN_ROLES]


def _are_measured(leaves: Leaves) -> bool:
    """Does a plain key tell what is set: ``replicas``, ``cpu``?"""
    keys = (_key_of[path][1] for path, _ in leaves)
    return any(key is not None and key.what and not key.role for key in keys)


@KeyMemory
def _tells(path: Path) -> bool:
    """May a key tell a value, or what the values beside it are of? Most keys do not, and are asked once."""
    words, key = _key_of[path]
    valued = path[-1:] in _VALUED or path[-1:] in (("container",), _TARGET, _DECISION)
    sided = bool(words) and SIDES.keys() >= {*words}  # limits="cpu=500m,memory=256Mi"
    bounded = words in _BOUNDS or path[-1:] in _BOUNDED or _end_of_bound(words) is not None
    known = key is not None or words == ("scale",) or (len(words) == 1 and words[0] in _RUNNING) or sided or bounded
    return known or valued or _names(path) or shifts.may_be_shift(path)


_TARGET, _DECISION = ("target",), ("decision",)
_RUNNING = ("instances", "replicas", "nodes", "workers", "pods", "size", "count", "running", "members")
"""What there is, where what is wanted stands beside it."""
_BECOMES = ValueKey("", "", "after")
_WAS = ValueKey("", "", "before")
_IMAGE = late(r"[a-z0-9][\w.:-]{0,100}(?:/[\w.-]{1,100}){0,4}(?::[\w.-]{1,128}|@sha256:[0-9a-f]{8,64})")


def is_of_registry(text: str) -> bool:
    """Is it an image with its registry and its tag, which nothing else looks like: ``ghcr.io/acme/web:1.4``?"""
    host, _, path = text.partition("/")
    return "." in host and bool(path) and len(text) < 400 and _IMAGE.fullmatch(text) is not None


def _meant(
    path: Path, leaf: Leaf, leaves: Leaves, verb: str, named: ValueKey | None
) -> tuple[tuple[str, ...], ValueKey | None]:
    """The words of a key that count, and what they say beside the other keys."""
    words, key = _key_of[path]
    if words == ("scale",) and verb == "scale" and isinstance(leaf, int):
        key = ValueKey("replicas", "", "")
    if verb == "scale" and len(words) == 1 and words[0] in _RUNNING and _is_wanted(path, leaves):
        key = ValueKey("replicas", "", "before")  # "instances": 3, "desired": 2
    if _is_aimed_at(path, leaf, leaves):
        key = _BECOMES
    if named is not None and not words and path[-1:] in _VALUED:
        key = ValueKey("", "", "is")  # "field=requests.cpu previous=250m value=400m"
    if (bound := _end_of_bound(words)) is not None:
        key = bound if str(leaf).isdecimal() else None  # of replicas, and of nothing that is told in bytes
    if words in _BOUNDS and isinstance(leaf, str) and _CHANGE.fullmatch(leaf) and any(map(_bounded, leaves)):
        key = ValueKey(f"{words[0]}Replicas", "", "")
    if key == _WAS and isinstance(leaf, str) and _IMAGE.fullmatch(leaf):
        key = ValueKey("image", "", "before")  # "image=web:1.4 previous=web:1.3"
    elif key == _BECOMES and isinstance(leaf, str) and is_of_registry(leaf):
        key = ValueKey("image", "", "after")  # "from=ghcr.io/acme/web:1.3 to=ghcr.io/acme/web:1.4"
    if key is not None and isinstance(path[-1], int):
        key = _of_pair(key, path, leaves)
    return words, key


def _is_aimed_at(path: Path, leaf: Leaf, leaves: Leaves) -> bool:
    """``"current": 2, "target": 5``, ``"current": "768Mi", "target": "512Mi"``: does a key tell what becomes of it?"""
    if isinstance(leaf, int):
        return path[-1:] == _TARGET or (path[-1:] == _DECISION and _is_decided(leaves))
    return path == _TARGET and isinstance(leaf, str) and number(leaf) is not None


def _is_decided(leaves: Leaves) -> bool:
    """Does ``decision=4`` stand beside how many there are, and nothing that is set? Else it may number an action."""
    keys = [key for path, _ in leaves if (key := _key_of[path][1]) is not None and key.what in ("", "replicas")]
    return bool(keys) and all(key.role == "before" for key in keys)


def _is_wanted(path: Path, leaves: Leaves) -> bool:
    """Does a number stand beside that tells how many are wanted?"""
    wanted = dict(leaves).get((*path[:-1], "desired"))
    return isinstance(wanted, int | str) and not isinstance(wanted, bool) and str(wanted).isdecimal()


def _only_change(leaves: Leaves) -> list[FieldValue]:
    """Of a scaling the one change of a number that there is, whatever its key: ``act=scale r="4=>1"``."""
    found = [(path, match) for path, leaf in leaves if isinstance(leaf, str) and (match := _OF_NUMBERS.fullmatch(leaf))]
    if len(found) != 1:
        return []
    path, match = found[0]
    what = f"{path[-1]}Replicas" if path[-1:] in _BOUNDS else "replicas"
    return [with_before(patches.field(what, match["after"]), match["before"])]


_OF_NUMBERS = late(r"(?P<before>\d{1,6}) ?(?:[-=]+>|→) ?(?P<after>\d{1,6})")


_BOUNDS = (("min",), ("max",))


def _bounded(pair: tuple[Path, Leaf]) -> bool:
    """Does a key name an autoscaler, whose bounds are of replicas?"""
    return pair[0][-1:] in _BOUNDED


_BOUNDED = (("hpa",), ("scaledobject",), ("wpa",), ("horizontalpodautoscaler",))


def _end_of_bound(words: tuple[str, ...]) -> ValueKey | None:
    """One end of an autoscaler's bounds, before or after: ``{"min": {"old": 4, "new": 3}}``, ``old_max``."""
    if len(words) != 2 or (words[:1] not in _BOUNDS and words[1:] not in _BOUNDS):
        return None
    bound, other = words if words[:1] in _BOUNDS else words[::-1]
    role = by_key((other,))
    return role._replace(what=f"{bound}Replicas") if role is not None and role.role and not role.what else None


def _sized(leaf: Leaf) -> str:
    """What a bare value of a scaling is of: ``from=100Gi to=50Gi`` is no count of replicas."""
    return "storage" if isinstance(leaf, str) and leaf[:1].isdigit() and leaf.endswith(_BYTES) else "replicas"


_BYTES = ("Ki", "Mi", "Gi", "Ti", "Pi", "GB", "TB", "MB", "G", "T")


def _expanded(leaves: Leaves) -> Leaves:
    """The leaves with ``limits="cpu=500m,memory=256Mi"`` as one leaf for each pair."""
    if not any(isinstance(leaf, str) and "=" in leaf and _GIVEN.fullmatch(leaf) for _, leaf in leaves):
        return leaves
    found: Leaves = []
    for path, leaf in leaves:
        if isinstance(leaf, str) and _GIVEN.fullmatch(leaf):
            pairs = (pair.strip().partition("=") for pair in leaf.split(","))
            found += [((*path, key), value) for key, _, value in pairs]
        else:
            found.append((path, leaf))
    return found


_GIVEN = late(r"(?:cpu|memory)=\w+(?:, ?(?:cpu|memory)=\w+)?")


def _pair_sides(told: dict[tuple[str, str], dict[str, Leaf]]) -> None:
    """``"limits": {"memory": "1Gi"}, "previous": {"memory": "2Gi"}``: what was is of the one side that is set."""
    for (what, side), roles in list(told.items()):
        sided = [key for key in told if key[0] == what and key[1]] if not side and set(roles) == {"before"} else []
        if len(sided) == 1 and "before" not in told[sided[0]]:
            told[sided[0]]["before"] = roles["before"]


def _becomes(told: dict[tuple[str, str], dict[str, Leaf]], leaves: Leaves) -> None:
    """``memoryRequest=32Gi to=120Gi``: a bare value is the one before, where the one after stands beside it alone."""
    if len(told) != 1 or set(roles := next(iter(told.values()))) != {"is"}:
        return
    after = [leaf for path, leaf in leaves if path == ("to",) and _VALUE.fullmatch(str(leaf))]
    if len(after) == 1:
        roles |= {"before": roles.pop("is"), "after": after[0]}


def _shift(told: dict[tuple[str, str], dict[str, Leaf]], path: Path, leaf: Leaf) -> None:
    """Tell what comes of the one value of which only is told what it was: ``was=9 delta=-2``."""
    before = [(what, roles) for (what, _), roles in told.items() if set(roles) == {"before"}]
    if len(before) == 1 and (value := shifts.after(before[0][1]["before"], path, leaf, before[0][0])):
        before[0][1]["after"] = value


def _names(path: Path) -> bool:
    """Does the value of a key say what the values beside it are of?"""
    return bool(path) and str(path[-1]).lower() in _NAMING and _NO_VALUES.isdisjoint(path[:-1])


_VALUED = (("value",), ("val",))


@KeyMemory
def _measure_of(text: str) -> ValueKey | None:
    """What a text names by which a value is meant: ``limits.memory``, ``spec.replicas``, ``cpu request``."""
    words = tuple(
        word for word in verbs.parts(text) if word not in _WRAPPERS and not word.isdecimal() and word != "template"
    )
    key = by_key(words)
    return key if key is not None and key.what and not key.role else None


def is_measure(text: str) -> bool:
    """Does a text name by its last words what a value is of: ``web.replicaCount``, ``resources.limits.memory``?"""
    parts = text.split(".")
    return any(_measure_of[".".join(parts[-length:])] is not None for length in (1, 2, 3))


def _measure(leaf: Leaf) -> ValueKey | None:
    return _measure_of(leaf) if isinstance(leaf, str) and 0 < len(leaf) < 200 else None


def _of_pair(key: ValueKey, path: Path, leaves: Leaves) -> ValueKey | None:
    """``"spec.replicas": [3, 5]``: of two values the first one was; of more of them none is told."""
    several = sum(other[:-1] == path[:-1] for other, _ in leaves)
    if several == 1 or key.role or not key.what:
        return key
    return key._replace(role="before" if path[-1] == 0 else "after") if several == 2 else None


def _settle(told: dict[tuple[str, str], dict[str, Leaf]], leaves: Leaves, shifted: Leaves) -> None:
    """Make of what keys say of values which of them are the ones before and after."""
    for roles in told.values():
        turns.taken(roles)
    for path, leaf in shifted:
        _shift(told, path, leaf)
    _becomes(told, leaves)


@KeyMemory
def _key_of(path: Path) -> tuple[tuple[str, ...], ValueKey | None]:
    """The words of an attribute's path that count, and what they say."""
    names = tuple(part for part in path if isinstance(part, str))
    if not names or not _NO_VALUES.isdisjoint(names) or len(names) > 4:
        return (), None
    words = tuple(word for name in names for word in verbs.parts(name) if word not in _WRAPPERS)
    if "containers" in words:
        words = tuple(word for word in words if not word.isdecimal())  # "spec.template.spec.containers[0].…"
    return words, by_key(words) or _prefixed(words)


def _prefixed(words: tuple[str, ...]) -> ValueKey | None:
    """A key behind a program's own word: ``tuner.replicas.before``; what it measures itself is none."""
    first = next((at for at, word in enumerate(words) if word in WHATS or word in SIDES), 0)
    own = words[:first]
    if first not in (1, 2) or words[-1] not in _SET or not _OTHERS.isdisjoint(own):
        return None
    return by_key(words[first:])


_SET = ("before", "after", "from", "to", "old", "new", "previous", "was", "becomes")
"""Words that end a key whose value somebody sets."""
_OTHERS = wordset(
    "cache shard queue buffer heap process host usage used metric metrics disk index pool table batch thread worker "
    "model session db database broker topic partition build test job gpu jvm rss file upload download"
)


_NO_VALUES = wordset("patch manifest usage changes requirements")
_WRAPPERS = wordset(
    "input inputs attributes record fields extra data json payload event resources parameters params args spec target "
    "action values value details detail context ctx metadata properties change diff delta chg chgs mod mods "
    "modification modifications template changed modified"
)
_CHANGE = late(rf"(?P<before>{NUMBER})\s*(?:[-=~]+>|[→⇒➜⟶⟹⇢])\s*(?P<after>{NUMBER})", re.IGNORECASE)
_WAS_ONE = late(
    rf"(?P<after>{NUMBER}) \((?:was|from|before|previously|formerly|old|prev|instead of):? (?P<before>{NUMBER})\)",
    re.IGNORECASE,
)
_VALUE = late(rf"(?:{NUMBER})", re.IGNORECASE)


def _is_value(text: str, what: str) -> bool:
    return what == "image" or _VALUE.fullmatch(text) is not None


def _told(what: str, side: str, roles: dict[str, Leaf], container: str) -> Iterator[FieldValue]:
    after = roles.get("after", roles.get("is"))
    if after is None:
        return
    before = roles.get("before", roles.get("is") if "after" in roles else None)
    path = path_of(what, side, container)
    yield with_before(patches.field(path, after), before)
