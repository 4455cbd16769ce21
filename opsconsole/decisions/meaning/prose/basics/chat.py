"""What chats and lists put around words, taken off: ``*web*``, ``:warning: Scaled …``, ``- web: restarted``."""

from __future__ import annotations

import re

from opsconsole.decisions.meaning.prose.basics.grammar import FIELD_WORDS, FILL, NOT_NAMES, STOPS
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordset

LONGEST = 2_000
"""Characters of such a text."""

_EMOJI = re.compile(r"(?::[a-z][a-z0-9_+-]{1,40}: ?){1,5}")
_STRONG = re.compile(r"(?<![\w*./-])(\*{1,2})([\w./-]{1,253})\1(?![\w*/-])")
_TICKED = re.compile(r"`([\w./-]{1,253})`")
_ITEM = re.compile(
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
    if "`" in text:
        text = _TICKED.sub(r"'\1'", text)
    if text[1:2] == " " and (item := _ITEM.match(text)) is not None and _is_name(item["name"]):
        text = f"'{item['name']}' {text[item.end() :]}"
    return text


def _is_name(low: str) -> bool:
    return low not in _NO_NAMES and low not in verbs.WORDS and not kinds.of_word(low) and low not in kinds.GENERIC
