"""Whether a deed is left to a person, who has to decide on it or to allow it by an answer."""

from __future__ import annotations

import re

from opsconsole.patterns import late

_PERSON = r"(?:(?:a|an|the|some) )?(?:human|person|operator|engineer|on-?call|sre|admin|you|somebody|someone|team)"
_WOULD = r"(?:[^,;:.]|\.(?! )){0,160}? (?:would|could|might|is (?:an option|possible|an alternative))\b[^,;:.]{0,80}?"
"""What a deed goes on with that is only thought of; one that is being done is left to nobody."""
_FOR_A_PERSON = late(
    rf"[^,;:]{{0,160}}? (?:would|could|might|is (?:an option|possible|an alternative))\b"
    rf"[^;:]{{0,80}}?(?:,| -) (?:but |and |so |though )?{_PERSON} "
    r"(?:should|must|has to|have to|needs? to|ought to|will have to) "
    r"(?:first )?(?:decide|approve|confirm|agree|sign (?:it )?off|choose)(?: on)?(?: (?:that|this|it|first))?\W*$|"
    rf"{_WOULD}(?:[,;.]| -) (?:(?:but|and|so|though|yet) )?(?:(?:i|we)(?:'m|'ll|'d| am| are| will| would)? )?"
    rf"(?:rather )?leav(?:e|ing) (?:that|this|it|the (?:decision|change|choice)|that (?:decision|choice))(?: up)? to "
    rf"{_PERSON}\W*$|"
    rf"{_WOULD}(?:[,;.]| -) (?:(?:but|and|so|though|yet) )?(?:(?:that|this|it)(?:'s| is| would be) )?"
    rf"(?:up to {_PERSON}|(?:your|the {_PERSON}'s) (?:call|decision|choice))\W*$|"
    r"[^;:,.(]{0,160}? (?<!not )(?<!never )(?<!n't )(?:held(?: back| up)?|"
    r"kept back|on hold|paused|parked|blocked|stopped|suspended|deferred|"
    r"postponed|waits|waiting|pending) (?:until|till) "
    r"(?:(?:the|an?|your|some) )?[\w-]{1,20} (?:has )?"
    r"(?:approve[sd]?|confirm(?:s|ed)?|agree[sd]?|sign(?:s|ed) (?:it )?off|"
    r"review(?:s|ed)|decide[sd]?|allow(?:s|ed)|okay(?:s|ed)|release[sd]?)\b",
    re.IGNORECASE,
)
"""What follows a deed that is left to a person: ``evicting it would help, but a human should decide that``."""
_ANSWER_TO_ALLOW = late(
    r"(?:(?![;,.] )[^;]){0,200}?(?:[,;.?]| [-–—]) (?:please )?"
    r"(?:react|reply|respond|vote|click|press|type|answer|comment|send|say)\b"
    r"[^;.]{0,60}? to (?:approve|confirm|allow|accept|authori[sz]e|proceed|go ahead)\W*$",
    re.IGNORECASE,
)
"""What follows a deed that waits for an answer in a chat: ``scale web to 8 - react with :+1: to approve``."""


def is_left_to_one(after: str) -> bool:
    """Do the words behind a deed that is planned leave it to a person?"""
    return _FOR_A_PERSON.match(after) is not None or _ANSWER_TO_ALLOW.match(after) is not None
