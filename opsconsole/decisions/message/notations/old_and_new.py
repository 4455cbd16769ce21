"""Two documents in a line that a word tells apart: ``Actual: {…} New: {…}``, ``changed spec from {…} to {…}``."""

from __future__ import annotations

import re
from typing import Any

from opsconsole.decisions.message import pairs
from opsconsole.decisions.words import verbs
from opsconsole.patterns import late
from opsconsole.records import JsonObject

_OLD = r"(?:actual|current|old|previous|prior|before|existing|was|from|live|have)"
_NEW = r"(?:new|desired|target|after|wanted|recommended|proposed|expected|now|to|want|next)"
_SIGN = r"(?: (?:resources|values|spec|limits|requests|settings|config))?(?: ?[:=]| is| was)? ?"
_OPENS = r"(?=\{\s?[\"']|\{\w{1,40}:map\[)"
_BEFORE = late(rf"(?:^|[\s,;:.(\[])(?P<word>{_OLD}){_SIGN}{_OPENS}", re.IGNORECASE)
_AFTER = late(rf"[\s,;.]*(?:and |-> ?|=> ?)?(?P<word>{_NEW}){_SIGN}{_OPENS}", re.IGNORECASE)
_OF_GO = late(r"\{(?:\w{1,40}:map\[[^\[\]{}]{0,400}\] ?){1,6}\}")
_MAP = late(r"(?P<key>\w{1,40}):map\[(?P<items>[^\[\]{}]{0,400})\]")


_DEEDS = frozenset(
    ("action", "actions", "operation", "verb", "op", "tool", "tool_name", "function", "command", "cmd", "patch", "name")
)
"""Keys of documents that tell a deed of their own, and not what an object was like before and after one."""


def find(text: str) -> tuple[str, JsonObject] | None:
    """A message without its two documents, and these as one: what was, and what is to be; ``None`` where it has not."""
    if text.count("{") < 2:
        return _in_pairs(text) if text.count("=") > 1 and any(sign in text for sign in _SIGNS) else None
    if "{i:{value:" in text:
        text = _QUANTITY.sub(_amount, text)
    first = _BEFORE.search(text)
    if first is None:
        return None
    old, end = _document_at(text, first.end())
    second = _AFTER.match(text, end) if old is not None else None
    new, last = _document_at(text, second.end()) if second is not None else (None, 0)
    rest = text[last:].lstrip(" .,;)]")
    if old is None or new is None or _may_tell(rest) or not _DEEDS.isdisjoint((*old, *new)):
        return None
    said = f"{text[: first.start()].rstrip(' :,;.([')}. {rest}".rstrip(" .")
    return said, {"before": _sided(old, new), "after": _sided(new, old)}


_QUANTITY = late(
    r"\{i:\{value:(?P<value>\d{1,19})(?: scale:(?P<scale>0|-3))?\}(?: d:\{Dec:<nil>\})?(?: s:(?P<said>[\w.]{0,30}))?"
    r"(?: Format:\w{1,20})?\}"
)
"""A quantity of Kubernetes as Go prints what it holds: ``{i:{value:83886080}}``."""


def _amount(match: re.Match[str]) -> str:
    return match["said"] or match["value"] + ("m" if match["scale"] == "-3" else "")


_SIGNS = ("ctual: ", "urrent: ", "revious: ", "xisting: ", "ld: ", "efore: ")
"""What is in every text that tells what was in pairs."""
_SIDE = r"[a-z][\w.]{1,30}=[^\s,;=]{1,40}(?:[,;]? [a-z][\w.]{1,30}=[^\s,;=]{1,40}){0,5}"
_SIDES = late(
    rf"(?:^|[\s,;:.(\[])(?i:{_OLD}): (?P<before>{_SIDE})[,;.]?(?: (?:and|[-=]>))? (?i:{_NEW}): (?P<after>{_SIDE})"
)


def _in_pairs(text: str) -> tuple[str, JsonObject] | None:
    """``Actual: cpu=100m memory=300Mi Expected: cpu=102m memory=328Mi``: the same pairs on both sides."""
    match = _SIDES.search(text)
    if match is None or "{" in text[: match.start()]:
        return None  # a call's arguments are no part of the words
    old, new = (dict(each.split("=") for each in re.split(r"[,;]? ", match[side])) for side in ("before", "after"))
    old, new = ({key: value.rstrip(".)]") for key, value in side.items()} for side in (old, new))
    rest = text[match.end() :].lstrip(" .,;)]")
    if old.keys() != new.keys() or _may_tell(rest) or not _DEEDS.isdisjoint(old):
        return None
    said = f"{text[: match.start()].rstrip(' :,;.([')}. {rest}".rstrip(" .")
    return said, {"before": _sided(old, new), "after": _sided(new, old)}


def _document_at(text: str, place: int) -> tuple[JsonObject | None, int]:
    """The document at a place, as JSON, as Python or as Go prints it, and where it ends."""
    printed = _OF_GO.match(text, place)
    if printed is None:
        return pairs.document_at(text, place)
    told = {
        match["key"].lower(): dict(item.partition(":")[::2] for item in match["items"].split())
        for match in _MAP.finditer(printed[0])
    }
    return told, printed.end()


def _may_tell(rest: str) -> bool:
    """May what stands behind the two documents tell a deed, whose values are not theirs?"""
    if _AS_SAID.fullmatch(rest):
        return False
    words = (word.strip(".,").lower() for word in _OF_TIMERS.sub("", rest).split())
    return _FEW_WORDS.fullmatch(rest) is None or any(word in verbs.WORDS for word in words)


_AS_SAID = late(
    r"(?:the )?(?:resources?|object|workload) (?:will be|is being|are being|was|were) updated\W*", re.IGNORECASE
)
_OF_TIMERS = late(r"\bresetting (?:the )?(?:timer|delay|back-?off|clock)\b", re.IGNORECASE)
"""What a program does for itself."""
_FEW_WORDS = late(r"[A-Za-z0-9 .,]{0,60}")


def _sided(one: JsonObject, other: JsonObject) -> Any:
    """What of one differs from the other, where both have the same keys: the rest has not been changed."""
    return {key: value for key, value in one.items() if other.get(key) != value}
