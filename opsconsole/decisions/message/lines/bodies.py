"""What stands below a line that tells of a change: the patch as YAML, or a diff of what is with what is wanted."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import Any

from opsconsole.decisions.message.lines import own_lines
from opsconsole.decisions.words import kinds
from opsconsole.patterns import late
from opsconsole.records import JsonObject

MOST = 300
"""Lines of such a text."""
_DEEPEST = 40


def _without_names(pattern: re.Pattern[str]) -> str:
    """A pattern that may stand twice in another one."""
    return re.sub("[?]P<[a-z]+>", "?:", pattern.pattern)


BEGINS = late(
    r".{0,300}\b(?:patch|appl[iy]|updat|chang|diff|manifest|sett)\w*\b.{0,300}(?:\bwith:?|:|\(dry[- ]?run\):?)\s*$",
    re.IGNORECASE,
)
"""How such a line ends."""
_PATH = (
    r"(?:(?:spec|template|resources|limits|requests|containers?(?:\[[\w-]{1,63}\])?)\.){0,6}"
    r"(?:replicas|memory|cpu|image|minReplicas|maxReplicas|weight|(?:memory|cpu) (?:limit|request))"
)
_ONE = r"[\"']?[\w./:@%-]{1,200}[\"']?"
_MARKED = late(rf"[-+]\s+[\"']?(?P<path>{_PATH})[\"']?: (?P<value>{_ONE})\s*$")
"""A field of a diff that has no head: ``- replicas: 8``, and right below it ``+ replicas: 2``."""
_CHANGED = late(rf"\s+(?:[-*•] )?(?P<path>{_PATH})(?::| =)? (?P<before>{_ONE}) ?(?:[-=]>|→|➜|⇒) ?(?P<after>{_ONE})\s*$")
"""A field with both of its values: ``  limits.memory: 2Gi -> 1Gi``."""
_SHORT = late(f"{_without_names(_MARKED)}|{_without_names(_CHANGED)}")
"""What a head that says nothing else may have below it."""
_OBJECT = (
    r"(?P<kind>[A-Za-z]{2,40})(?:[ /][\"']?[a-z0-9][\w.-]*/[a-z0-9][\w.-]*[\"']?|/[a-z0-9][\w.-]*|"
    r" [\"']?[a-z0-9][\w.-]*[\"']? in namespace [\"']?[a-z0-9][\w.-]*[\"']?)"
)
_HEAD = late(
    r"(?:\d[\dT:.,Z+/ -]{5,40}\s)?(?:\[?(?:INFO|DEBUG|WARN|WARNING|NOTICE)\]?:?\s+)?(?:[a-z]\w*(?:\.\w+)+:? (?:- )?)?"
    rf"(?:(?:[Ww]ould )?(?:[Pp]atch|[Uu]pdat|[Cc]hang|[Aa]pply)(?:e|ed|ing)?(?: (?:patch )?to)? (?:the )?{_OBJECT}"
    rf"|{_OBJECT.replace('?P<kind>', '?P<changed>')} (?:was |has been )?(?:changed|updated|patched))"
    r"(?:\s+with)?(?: \(dry[- ]run\))?:?\s*$"
)
"""What such a head is: one change of one object, and no word besides."""
_FIRST = late(rf"--- \S|(?:spec|metadata|data):\s*$|{_SHORT.pattern}")
"""What its text begins with."""
GOES_ON = late(
    r"(?:---|\+\+\+) \S|@@ |[ +-]\s*$|(?:(?:apiVersion|kind|metadata|spec|data|stringData|status|type):|"
    r"[ +-]\s*(?:- +)?[\"']?[A-Za-z][\w./-]{0,250}[\"']?:)(?:\s|$)|[ +-]\s*(?:- +\S|#)|"
    rf"{_SHORT.pattern}"
)
"""A field, an item, or a comment, below the first line: indented, or marked as a diff marks its lines."""
_COMMENT = late(r"(?<=: )(?P<value>\S+) +#.*")

_PAIR = late(r"(?P<indent> *)(?P<item>- )?(?P<key>[\"']?[A-Za-z][\w./-]{0,250}[\"']?):(?: +(?P<value>\S.*?))?\s*$")
_ITEM = late(r"(?P<indent> *)(?P<item>- +)(?P<value>\S.*?)\s*(?P<key>)$")
"""An item that is no mapping: a word, a number, or one in brackets."""
_TOLD = ("replicas", "memory", "cpu", "image", "minReplicas", "maxReplicas", "weight")
_SIDES = ("limits", "requests")
_REMOVED = frozenset((*_TOLD, *_SIDES, "resources"))
"""Keys of which no value at the end of a patch means that there is none any more; of others the rest was not read."""
_WORD = late(r"[A-Za-z]{2,40}")
_END = late(r"(?:\s+with)?:?\s*$")


def may_follow(message: str, text: str) -> bool:
    """Is a line the first one of a patch below a message that names a kind of object, whose it may be?"""
    if _SHORT.match(text) is not None:
        return not text.startswith("+") and _is_plain(message)
    named = any(kinds.of_word(word) for word in _WORD.findall(message))
    return named and _FIRST.match(text) is not None and not own_lines.done(text, but="patch")


def _is_plain(message: str) -> bool:
    """Is a message one change of one object? Any other word may be about another deed, or about when and whether."""
    head = _HEAD.match(message)
    return head is not None and bool(kinds.of_word(head["kind"] or head["changed"]))


def goes_on(lines: list[str], text: str) -> bool:
    """Does a line go on with a patch? None that may tell of a deed does; in YAML all but a few keys are indented."""
    if len(lines) == 1:
        return may_follow(lines[0], text)
    if len(lines) > MOST:
        return False
    if _SHORT.match(lines[1]):
        return _goes_on_shortly(lines[1:], text)
    is_diff = lines[1].startswith("--- ")
    if is_diff and text.startswith(("--- ", "+++ ")):
        return not own_lines.done(text, but="patch")
    marked = text[:1] in ("-", "+", "@")
    return (marked or text[:1] == " " if is_diff else not marked) and not own_lines.tells(
        _COMMENT.sub(r"\g<value>", text)
    )


def _goes_on_shortly(rest: list[str], text: str) -> bool:
    """Of a diff each two lines are a field, and no field is told twice: which of two values is set can't be known."""
    last, match = _MARKED.match(rest[-1]), _MARKED.match(text)
    if last is not None and rest[-1].startswith("-"):
        return match is not None and text.startswith("+") and match["path"] == last["path"]
    match = match if last is not None else _CHANGED.match(text)
    return match is not None and not text.startswith("+") and _field(match) not in map(_field, map(_told, rest))


def _told(line: str) -> re.Match[str] | None:
    return _MARKED.match(line) or _CHANGED.match(line)


def _field(match: re.Match[str] | None) -> tuple[str, str]:
    """``memory`` and whether a limit or a request is meant, wherever it stands."""
    path = "" if match is None else match["path"]
    side = next((each for each in ("limit", "request") if each in path), "")
    return re.split(r"[. ]", path)[-1 if "." in path else 0], side


def below(message: str, rest: list[str]) -> tuple[str, list[Any]] | None:
    """A message with the changes that stand below it, and the patch there as a document; ``None`` where none is."""
    message = _END.sub("", message)
    if not rest or len(rest) > MOST or not may_follow(message, rest[0]):
        return None
    if rest[0].startswith("--- ") or _SHORT.match(rest[0]):
        told = _changes(rest) if rest[0].startswith("--- ") else _short_changes(rest)
        told.sort(key=_is_replicas)
        return (f"{message}: {', '.join(told)}" if told else message), []
    patch = _yaml(rest)
    return None if patch is None else (message, [patch] if patch else [])


def _is_replicas(told: str) -> bool:
    """Is it of replicas? These are told last: right behind their object they would be all that is read."""
    return told.startswith("replicas")


def _short_changes(lines: list[str]) -> list[str]:
    """``replicas 14 -> 10``: each field with its values. One that is marked and alone is an item of a list."""
    told = [f"{each['path']} {each['before']} -> {each['after']}" for each in map(_CHANGED.match, lines) if each]
    marked = [each for each in map(_MARKED.match, lines) if each]
    for taken, put in zip_longest(marked[::2], marked[1::2]):
        told.append(f"{taken['path']} {taken['value']}{'' if put is None else ' -> ' + put['value']}")
    return told


def _changes(lines: list[str]) -> list[str]:
    """``replicas 14 -> 10``: the values of a diff that are known, each with the one before it."""
    taken: dict[str, str] = {}
    told: list[str] = []
    side, depth = "", 0
    for line in lines:
        match = (
            _PAIR.fullmatch(line[1:]) if line[:1] in {" ", "-", "+"} and not line.startswith(("---", "+++")) else None
        )
        if match is None:
            continue
        key, indent = match["key"].strip("\"'"), len(match["indent"])
        side = "" if indent <= depth else side
        if key in _SIDES:
            side, depth = key, indent
        name = f"{side}.{key}" if side and key in ("memory", "cpu") else key
        if key.rpartition(".")[2] not in _TOLD or not match["value"]:
            continue
        if line[0] == "-":
            taken[name] = match["value"]
        elif line[0] == "+" and name in taken:
            told.append(f"{name} {taken.pop(name)} -> {match['value']}")
    return told


def _yaml(lines: list[str]) -> JsonObject | None:
    """YAML of mappings, scalars and lists of mappings as a document; ``None`` where something else is in it."""
    lines = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    rows = [_PAIR.fullmatch(line) or _ITEM.fullmatch(line) for line in lines]
    told = [row for row in rows if row is not None]
    if len(told) != len(rows):
        return None
    found, end = _mapping(told, 0, 0)
    return found if end == len(told) else None


def _mapping(rows: list[re.Match[str]], at: int, depth: int) -> tuple[JsonObject, int]:
    """The mapping that begins at a row, and the row behind it."""
    found: JsonObject = {}
    column = _column(rows[at])
    first = at
    while at < len(rows) and _column(rows[at]) == column and (at == first or not rows[at]["item"]):
        key, value, at = rows[at]["key"].strip("\"'"), rows[at]["value"], at + 1
        inside = at < len(rows) and (_column(rows[at]) > column)
        if value is None and at == len(rows) and key not in _REMOVED:
            continue
        if value is not None or not inside or depth > _DEEPEST:
            found[key] = None if value is None else _scalar(value)
        elif rows[at]["item"]:
            found[key], at = _list(rows, at, depth + 1)
        else:
            found[key], at = _mapping(rows, at, depth + 1)
    return found, at


def _list(rows: list[re.Match[str]], at: int, depth: int) -> tuple[list[Any], int]:
    found: list[Any] = []
    column = _column(rows[at])
    while at < len(rows) and rows[at]["item"] and _column(rows[at]) == column:
        if not rows[at]["key"]:
            found.append(_scalar(rows[at]["value"]))
            at += 1
            continue
        item, at = _mapping(rows, at, depth)
        found.append(item)
    return found, at


def _column(row: re.Match[str]) -> int:
    """Where the key of a row stands; an item's is behind its dash."""
    return len(row["indent"]) + (2 if row["item"] else 0)


def _scalar(text: str) -> Any:
    text = text.partition(" #")[0].strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    return (
        int(text) if re.fullmatch(r"-?\d{1,18}", text) else {"true": True, "false": False, "null": None}.get(text, text)
    )
