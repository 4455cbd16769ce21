"""Sentences of several objects, each with a change of its own: ``scaled shop/a from 2 to 4 and shop/b from 3 to 5``.

So are several deeds with commas between them: ``cordoned 2 nodes, evicted 14 pods, deleted namespace shop``. Each is
put as a sentence of its own, with the words that stand before the first one.
"""

from __future__ import annotations

import itertools
import re

from opsconsole.decisions.meaning.moods.signs import DRY_WORDS
from opsconsole.decisions.meaning.prose.basics.grammar import FIELD_WORDS, words_of
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late
from opsconsole.records import Mood

LONGEST = 2_000
"""Characters of such a sentence."""
_MOST = 50

_VALUE = r"[+-]?\d[\w.]{0,20}"
_ITEM = late(
    rf"(?<![\w./-])(?:(?P<kind>[A-Za-z]{{2,30}}) )?['\"`]?(?P<name>[a-z0-9][a-z0-9.-]{{0,99}}(?:/[a-z0-9.-]{{1,99}})?)"
    rf"['\"`]?"
    rf"(?P<did>(?: (?:was )?[a-z]{{3,12}}ed)?)"
    rf"(?P<values> \(?(?:from )?{_VALUE}(?: [a-zA-Z]{{1,9}})? ?(?:to|[-=]>|→) ?{_VALUE}(?: replicas?\b)?\)?)"
)
_BETWEEN = late(r"(?:,|;)?(?: and)?(?: (?:of|for|on|the))? ?")
_SIGNS = (" to ", "->", "=>", "→")
_PARTS = wordset("limit limits request requests memory cpu min max replicas replica weight bound")


def each_of(text: str) -> list[str]:
    """The sentences that a list of deeds, or of objects with their changes, comes to; the text alone where none."""
    if ", " in text and len(text) <= LONGEST and (deeds := _deeds(text)):
        return deeds
    if len(text) > LONGEST or sum(text.count(sign) for sign in _SIGNS) < 2:
        return [text]
    items = [match for match in _ITEM.finditer(text) if _names(match)]
    if not 1 < len(items) <= _MOST or any(
        _BETWEEN.fullmatch(text, one.end(), two.start()) is None for one, two in itertools.pairwise(items)
    ):
        return [text]
    first = items[0]
    before, behind = text[: first.start()], text[items[-1].end() :]
    kind = first["kind"] or ""
    if kind and not kinds.of_word(kind):
        before, kind = f"{before}{kind} ", ""  # "scaling shop/a": the verb
    return [
        f"{before}{_kind(each, kind)}{each['name']}{each['did'] or first['did']}{each['values']}{behind}"
        for each in items
    ]


_DEED = late(
    r"(?:(?<=, )|^|(?<=[: ]))(?P<did>[A-Za-z][a-z]{3,13}ed) "
    r"(?:\d{1,6} (?P<many>[a-z]{2,24})\b(?: (?P<more>[a-z]{2,24})\b)?|"
    r"(?P<kind>[A-Za-z]{2,24}) ['\"]?[a-z0-9][\w.-]{0,62}(?:/[a-z0-9][\w.-]{0,252})?\b)"
)


def _deeds(text: str) -> list[str]:
    """The deeds in earnest of a list, each with an object that it names or counts; none where fewer than two are."""
    found = [match for match in _DEED.finditer(text) if _is_deed(match)]
    if not found or DRY_WORDS.search(text, found[0].start()):
        return []
    head = text[: found[0].start()]
    own = head.endswith(", ") and _tells_own(head)
    later = [match for match in found[not own : _MOST] if text.endswith(", ", 0, match.start())]
    if not later or "(" in head or not (own or _only_opens(head)) or _ENDS.search(text, later[-1].end()):
        return []
    starts = [*([] if own else [found[0].start()]), *(match.start() for match in later)]
    ends = [*(start - len(", ") for start in starts[1:]), len(text)]
    parts = [text[start:end] for start, end in zip(starts, ends, strict=True)]
    values = own and any(sign in head for sign in _SIGNS)
    values = values or not all(map(_holds_own_values, parts, [*found[own:1], *later]))
    parts = [head.removesuffix(", "), *parts] if own else [head + part for part in parts]
    return [*parts, text] if values else parts


def _only_opens(head: str) -> bool:
    """Is what stands before the list nothing, or a title that says neither that nothing is done nor who does it?"""
    words = words_of(head)
    if _WOULD.search(head):
        return True
    opens = not head.strip() or head.endswith(": ") or _PAIRS.fullmatch(head) is not None
    if head.endswith(", "):
        return (_OPEN - _WHY | _TOLD_OF).isdisjoint(words)  # "probe failed, deleted pod shop/a-1, restarted …"
    return opens and (_OPEN | _TOLD_OF).isdisjoint(words)


def _holds_own_values(part: str, deed: re.Match[str]) -> bool:
    """Are the values in a part those of its deed? Behind another clause they may be those of any before it."""
    if not any(sign in part for sign in _SIGNS):
        return True
    verb = verbs.WORDS.get(deed["did"].lower())
    return verb is not None and verb.verb in ("scale", "patch") and _CLAUSE.search(part) is None


_CLAUSE = late(r"[,;.:] ")
_WOULD = late(r"(?:^|[:,] )(?:(?:i|we) )?would have $", re.IGNORECASE)
_PAIRS = late(r"(?:\w{1,40}=[^\s=]{1,100} ){1,8}")
_WHY = frozenset(("failed", "fails"))
_TOLD_OF = wordset("event events done skip history previously earlier yesterday last example docs help admin user")
"""Words of a title over what somebody else does, or did at another time."""
_ENDS = late(
    r"(?:, |\. |; | - )(?:(?:but|and|then|all|everything|it was|they were) ){0,2}"
    r"(?:rolled back|reverted|undone|nothing|not |never |no |none |dry|simulated|aborted|cancel+ed|in theory)",
    re.IGNORECASE,
)
"""A last clause that counts for the whole list."""


def _tells_own(head: str) -> bool:
    """Does what stands before the first object with a kind tell a deed that is done, and nothing that is not?"""
    words = words_of(head)
    done = any(word in verbs.WORDS and verbs.WORDS[word].mood is Mood.DONE for word in words)
    return done and _OPEN.isdisjoint(words)


_OPEN = wordset(
    "would could should might may if when unless until not never no nobody nothing without cannot failed fail fails "
    "failing refused refusing skipped skipping rejected blocked denied by because since after before while instead"
)
"""Words by which what is told may be no deed, or that of another."""


def _is_deed(match: re.Match[str]) -> bool:
    verb = verbs.WORDS.get(match["did"].lower())
    whom = (word for word in match.group("many", "more", "kind") if word)
    return verb is not None and not verb.loose and any(kinds.of_word(word) for word in whom)


def _names(match: re.Match[str]) -> bool:
    """Is it a name, and neither a field nor a plain word?"""
    name, kind = match["name"], match["kind"] or ""
    if set(re.split(r"[-./]", name)) <= FIELD_WORDS | _PARTS | verbs.WORDS.keys():
        return False
    return "/" in name or "-" in name or bool(kinds.of_word(kind))


def _kind(match: re.Match[str], first: str) -> str:
    own = match["kind"] or ""
    own = own if kinds.of_word(own) else first
    return f"{own} " if own else ""
