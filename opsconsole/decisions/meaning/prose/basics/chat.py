"""What chats and lists put around words, taken off: ``*web*``, ``:warning: Scaled …``, ``- web: restarted``."""

from __future__ import annotations

import re

from opsconsole.decisions.meaning.prose.basics.grammar import FIELD_WORDS, FILL, NOT_NAMES, STOPS
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late
from opsconsole.records import Mood

LONGEST = 2_000
"""Characters of such a text."""

_EMOJI = late(r"(?::[a-z][a-z0-9_+-]{1,40}: ?){1,5}")
_STRONG = late(r"(?<![\w*./-])(\*{1,2})([\w./-]{1,253})\1(?![\w*/-])")
_APART = late(
    r"(?<![\w/\"'`])([\"'`])([A-Za-z0-9][\w.-]{0,252})\1/(?:\1([A-Za-z0-9][\w.-]{0,252})\1/)?"
    r"\1([A-Za-z0-9][\w.-]{0,252})\1(?!/)"
)
"""``"shop"/"web"``: a name with its namespace or its kind, as loggers quote each value that they put in a message."""
_SIGNS_APART = ('"/"', "'/'", "`/`")
_KIND_APART = late(r"\"([A-Za-z]{2,40})\" (?=\"[A-Za-z0-9][\w./-]{0,252}\")")
"""``"Deployment" "shop/web"``: a kind in quotes of its own before a name."""
_TICKED = late(r"`([\w./-]{1,253})`")
_ITEM = late(
    r"[*•+-] (?P<name>[a-z][a-z0-9-]{1,62}(?:/[a-z0-9.-]{1,253})?): "
    r"(?=(?:memory|mem|cpu|replicas?|image|[a-z]{2,14}ed)\b)"
)
_NO_NAMES = (
    STOPS
    | FILL
    | NOT_NAMES
    | FIELD_WORDS
    | wordset(
        "note done result summary todo action step total warning error reason plan status scaler agent bot optimizer "
        "controller system operator update change fix today yesterday"
    )
)


def plain(text: str) -> str:
    """The text without an emoji before it, with names in plain quotes, and an item's name as one."""
    if len(text) > LONGEST:
        return text
    if text[:1] == ":" and (emoji := _EMOJI.match(text)):
        text = text[emoji.end() :]
    if "*" in text:
        text = _STRONG.sub(r"\2", text)
    if "/" in text and any(sign in text for sign in _SIGNS_APART):
        text = _APART.sub(_joined, text)
    if '" "' in text:
        text = _KIND_APART.sub(_bare_kind, text)
    if "`" in text:
        text = _TICKED.sub(r"'\1'", text)
    if any(quote in text for quote in "\"'`") and any(sign in text for sign in _SIGNS_BARRED):
        text = _BARRED.sub(_barred, text)
    if text[1:2] == " " and (item := _ITEM.match(text)) is not None and _is_name(item["name"]):
        text = f"'{item['name']}' {text[item.end() :]}"
    return text


_SIGNS_BARRED = ("ed to ", "may not", "can not", "cannot", "must not", "denied", "rejected", "refused", "blocked")
_BARRED = late(
    r"\b(?:(?P<may>(?:(?:not|isn't|aren't|wasn't|weren't) (?:allowed|permitted|authori[sz]ed|entitled) to|"
    r"(?:may|can|must) ?not) "
    r"(?:run|use|execute|issue|call))|denied|rejected|refused|blocked)(?: (?:the )?command)?:? "
    r"([\"'`])[!/]?(?P<word>[a-z]{3,20})(?P<rest> [^\"'`]{2,200})\2",
    re.IGNORECASE,
)
"""A command of a chat that somebody may not give: ``bob is not allowed to run "!delete pod shop/web-1"``."""


def _barred(match: re.Match[str]) -> str:
    verb = verbs.WORDS.get(match["word"].lower())
    if verb is None or verb.mood is Mood.DONE:
        return match[0]
    return f"{'not allowed to' if match['may'] else 'refused to'} {match['word']}{match['rest']}"


def _joined(match: re.Match[str]) -> str:
    quote = match[1]
    return quote + "/".join(part for part in match.groups()[1:] if part) + quote


def _bare_kind(match: re.Match[str]) -> str:
    return f"{match[1]} " if kinds.of_word(match[1]) else match[0]


def _is_name(low: str) -> bool:
    return low not in _NO_NAMES and low not in verbs.WORDS and not kinds.of_word(low) and low not in kinds.GENERIC
