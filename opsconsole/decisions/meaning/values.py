"""From which value to which: in words, token by token, and by the keys of attributes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from opsconsole.decisions.key_memory import KeyMemory
from opsconsole.decisions.meaning import patches
from opsconsole.decisions.meaning.objects import Leaves
from opsconsole.decisions.message.document import Leaf, Path
from opsconsole.decisions.words import verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.records import FieldValue

WHATS = {
    "replicas": "replicas",
    "replica": "replicas",
    "replicacount": "replicas",
    "size": "replicas",
    "memory": "memory",
    "mem": "memory",
    "ram": "memory",
    "cpu": "cpu",
    "image": "image",
    "weight": "weight",
    "minreplicas": "minReplicas",
    "maxreplicas": "maxReplicas",
    "minreplicacount": "minReplicas",
    "maxreplicacount": "maxReplicas",
    "concurrency": "concurrency",
    "desiredcapacity": "replicas",
}
"""What a value may be of, by its words put together."""

_REPLICAS = ("replicas", "replica", "replicacount")
_BOUNDS = {"max": "max", "maximum": "max", "min": "min", "minimum": "min"}
SIDES = {"limit": "limits", "limits": "limits", "request": "requests", "requests": "requests"}
_COUNTED = wordset("replicas replica pods pod instances instance servers nodes node copies workers machines")
_UNITS = {"kb": "k", "mb": "M", "gb": "G", "kib": "Ki", "mib": "Mi", "gib": "Gi", "millicores": "m", "millicpu": "m"}
"""Units that stand apart from their number."""

ARROW = re.compile(r"[-=~]+>|[→⇒➜⟶⟹⇢]")
BEFORE = wordset(
    "from was old before previous previously prev current currently original originally existing actual were "
    "instead formerly"
)
AFTER = wordset(
    "to new now after desired target wanted recommended proposed goal final next updated requested becomes become "
    "suggested recommendation recommending proposing suggesting"
)
_NUMBER = r"[+-]?\d[\d,]*(?:\.\d+)?(?:[eE][+-]?\d+)?(?:[KMGTPE]i|[numkMGTPE])?B?|nan|[+-]?inf(?:inity)?|null|none"
_TOKEN = re.compile(
    rf"(?P<number>(?<!\d:)(?<![\w./-])(?:{_NUMBER})(?![\w/]|\.\w|-(?!>)|:\d))|(?P<arrow>[-=~]+>|[→⇒➜⟶⟹⇢])|(?P<word>[A-Za-z][\w-]*)|(?P<mark>[=:,;()%.]|\S)",
    re.IGNORECASE,
)


_HOLDS_ONE = re.compile(r"\d|nan|inf|null|none", re.IGNORECASE)
"""What every text with a value in it holds; most texts hold none."""


class _Scan:
    """What is known while a sentence is gone through."""

    __slots__ = ("after", "before", "cue", "found", "led", "side", "what")

    def __init__(self) -> None:
        self.what = self.side = self.cue = ""
        self.before = self.after = ""
        self.led = False
        self.found: list[tuple[str, str, str, str]] = []

    def flush(self) -> None:
        if self.after:
            self.found.append((self.what, self.side, self.before, self.after))
        self.before = self.after = self.cue = ""


def in_text(text: str, verb: str) -> list[FieldValue]:
    """The values that a sentence sets: ``memory limit from 8Gi to 512Mi``, ``replicas 3 -> 1``, ``512Mi (was 8Gi)``."""
    if not _HOLDS_ONE.search(text):
        return []
    scan = _Scan()
    tokens = [(match.lastgroup or "", match.group()) for match in _TOKEN.finditer(text)]
    for at, (group, token) in enumerate(tokens):
        if group == "number":
            _number(scan, token, tokens, at)
        elif group == "arrow":
            scan.before, scan.after, scan.cue = scan.after or scan.before, "", "after"
        elif group == "word":
            _word(scan, token.lower(), tokens, at)
        elif token in {"=", ":"}:
            before = verbs.parts(tokens[at - 1][1]) if at else ()
            of_value = bool(before) and (before[-1] in WHATS or before[-1] in SIDES or before[-1] in ("count", "size"))
            first = not scan.after and at + 1 < len(tokens) and tokens[at + 1][0] == "number"  # "limit of web: 2Gi"
            if scan.what and (of_value or first):
                scan.cue = scan.cue or "is"
        elif token in {";"}:
            scan.flush()
            scan.what = scan.side = ""
            scan.led = False
    scan.flush()
    return [
        field
        for what, side, before, after in scan.found
        if (field := _field(what or ("replicas" if verb == "scale" else ""), side, before, after)) is not None
    ]


def _word(scan: _Scan, word: str, tokens: list[tuple[str, str]], at: int) -> None:
    joined = word.replace("-", "").replace("_", "")
    following = tokens[at + 1][1].lower() if at + 1 < len(tokens) else ""
    if joined in _REPLICAS and at and (bound := _BOUNDS.get(tokens[at - 1][1].lower())):
        _named(scan, f"{bound}Replicas")
    elif joined in WHATS and following not in ("set", "sets", "controller"):
        _named(scan, WHATS[joined])
    elif joined in SIDES:
        if following == "." and scan.after:  # "requests.cpu 1→2, requests.memory …"
            scan.flush()
            scan.what = ""
        scan.led = not scan.what  # "requests cpu 1→2, memory …": the side is that of all that follow
        scan.side = SIDES[joined]
    elif word == "now" and scan.after and at and tokens[at - 1][1] == "(":
        scan.cue = "before"  # "to 300Mi (now 1Gi)"
    elif word in BEFORE or word in AFTER:
        scan.cue = "before" if word in BEFORE else "after"
    elif "_" in word or "-" in word:
        compound = _by_key(verbs.parts(word))
        if compound is not None:
            scan.what, scan.side = compound.what, compound.side or scan.side
            scan.cue = compound.role or "is"
    elif word not in ("count", "be", "a", "at") and not (word == "of" and scan.cue == "before"):
        scan.cue = ""


def _named(scan: _Scan, what: str) -> None:
    """A value's noun: ``memory``. After a value it tells what that was; else it begins the next one."""
    if scan.after and scan.what and what != scan.what:
        scan.flush()
        scan.side = scan.side if scan.led else ""
    scan.what = what
    scan.cue = scan.cue or "is"


def _number(scan: _Scan, token: str, tokens: list[tuple[str, str]], at: int) -> None:
    following = tokens[at + 1][1].lower() if at + 1 < len(tokens) else ""
    if following == "%":
        scan.cue = ""
        return
    value = (
        token.replace(",", "").removesuffix("B") if token.endswith("B") and len(token) > 1 else token.replace(",", "")
    )
    counted = following in _COUNTED
    value += _UNITS.get(following, "") if value[-1].isdigit() else ""
    after_what = scan.cue == "is" and bool(scan.what)
    if following in _COUNTED and at + 2 < len(tokens) and ARROW.fullmatch(tokens[at + 2][1]):
        scan.what = scan.what or "replicas"  # "12 pods → 1 pod"
        following = tokens[at + 2][1]
    if ARROW.fullmatch(following):
        if scan.after:
            scan.flush()
        scan.before, scan.after = value, value
        return
    later = following == "to" and at + 2 < len(tokens) and tokens[at + 2][0] == "number"  # "limit of web 2Gi to 1Gi"
    if scan.cue == "before" or (later and scan.what and not scan.after and not scan.before):
        scan.before = value
    elif scan.cue == "after" or after_what:
        if scan.after and not (scan.cue == "after" and not scan.before):
            scan.flush()
        elif scan.after:
            scan.before = scan.before or scan.after
        scan.after = value
    scan.cue = ""
    if counted and scan.after == value and not scan.what:
        scan.what = "replicas"


class _Key(NamedTuple):
    """What a key's words say: what it is a value of, on which side, before or after."""

    what: str
    side: str
    role: str


def _by_key(words: tuple[str, ...]) -> _Key | None:
    said = {"what": WHATS.get("".join(words), ""), "side": "", "role": ""}
    for bound in ("min", "max"):
        if bound in words and ("replicas" in words or "replica" in words):
            said["what"] = f"{bound}Replicas"
    for word in words:
        part = _part(word, known=bool(said["what"]))
        if part is None:
            return None
        said |= part
    return _Key(**said) if said["what"] or said["role"] else None


def _part(word: str, *, known: bool) -> dict[str, str] | None:
    """What one word of a key says; ``None``: it is another sort of key."""
    if word in WHATS and not known:
        return {"what": WHATS[word]}
    if word in SIDES:
        return {"side": SIDES[word]}
    if word in BEFORE or word in AFTER:
        return {"role": "before" if word in BEFORE else "after"}
    return {} if word in _EMPTY_WORDS or word in WHATS else None


_NAMING = ("resource", "field", "metric")
"""Keys that say what the values beside them are of."""

_EMPTY_WORDS = wordset("count min max total container containers spec number of scale capacity")


def in_attributes(leaves: Leaves, verb: str) -> list[FieldValue]:
    """The values that attributes set, each with the one before: ``from_replicas``/``to_replicas``, ``old``/``new``."""
    told: dict[tuple[str, str], dict[str, Leaf]] = {}
    named = next(
        (low for path, leaf in leaves if path and path[-1] in _NAMING and (low := str(leaf).lower()) in WHATS), ""
    )
    container = next((str(leaf) for path, leaf in leaves if path and path[-1] == "container"), "")
    for path, leaf in leaves:
        words, key = _key_of[path]
        if words == ("scale",) and verb == "scale" and isinstance(leaf, int):
            key = _Key("replicas", "", "")
        if key is None or not isinstance(leaf, int | float | str) or isinstance(leaf, bool) or leaf == "":
            continue
        change = _CHANGE.fullmatch(leaf) if isinstance(leaf, str) else None
        if change is None and isinstance(leaf, str) and not _is_value(leaf, key.what):
            continue
        what = key.what or WHATS.get(named, "") or ("replicas" if verb == "scale" and key.role else "")
        if what and change is not None:
            told[what, key.side] = {"before": change["before"], "after": change["after"]}
        elif what:
            told.setdefault((what, key.side), {}).setdefault(key.role or "is", leaf)
    return [field for (what, side), roles in told.items() for field in _told(what, side, roles, container)]


@KeyMemory
def _key_of(path: Path) -> tuple[tuple[str, ...], _Key | None]:
    """The words of an attribute's path that count, and what they say."""
    names = tuple(part for part in path if isinstance(part, str))
    if not names or not _NO_VALUES.isdisjoint(names) or len(names) > 4:
        return (), None
    words = tuple(word for name in names for word in verbs.parts(name) if word not in _WRAPPERS)
    return words, _by_key(words)


_NO_VALUES = wordset("patch manifest usage changes requirements")
_WRAPPERS = wordset(
    "attributes record fields extra data json payload event resources parameters params args spec target action "
    "values value details"
)
_CHANGE = re.compile(rf"(?P<before>{_NUMBER})\s*(?:[-=~]+>|[→⇒➜⟶⟹⇢])\s*(?P<after>{_NUMBER})", re.IGNORECASE)
_VALUE = re.compile(rf"(?:{_NUMBER})", re.IGNORECASE)


def _is_value(text: str, what: str) -> bool:
    return what == "image" or _VALUE.fullmatch(text) is not None


def _told(what: str, side: str, roles: dict[str, Leaf], container: str) -> Iterator[FieldValue]:
    after = roles.get("after", roles.get("is"))
    if after is None:
        return
    before = roles.get("before", roles.get("is") if "after" in roles else None)
    path = _path(what, side, container)
    yield with_before(patches.field(path, after), before)


def _path(what: str, side: str, container: str = "") -> str:
    if what not in ("memory", "cpu"):
        return f"containers[{container}].{what}" if container and what == "image" else what
    place = f"resources.{side}.{what}" if side else f"resources.{what}"
    return f"containers[{container}].{place}" if container else place


def _field(what: str, side: str, before: str, after: str) -> FieldValue | None:
    if not what or (what in ("image", "weight") and not before):
        return None
    return with_before(patches.field(_path(what, side), after), before)


def with_before(field: FieldValue, before: Leaf) -> FieldValue:
    """The field with the value before it, where one is told."""
    if before is None or before == "":
        return field
    old = patches.field(field.path, before)
    return FieldValue(field.path, field.value, field.number, field.problem, old.value, old.number)


def taints(text: str) -> list[FieldValue]:
    """The taints that a text names: ``dedicated=batch:NoSchedule``."""
    return [
        FieldValue(
            f"taints[{match['key']}]", f"{match['value']}:{match['effect']}" if match["value"] else match["effect"]
        )
        for match in _TAINT.finditer(text)
    ]


_TAINT = re.compile(
    r"(?P<key>[\w./-]{1,253})(?:=(?P<value>[\w.-]{0,63}))?:(?P<effect>NoSchedule|PreferNoSchedule|NoExecute)\b"
)
