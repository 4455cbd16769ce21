"""Deeds that a line tells in its own words, without an object that could be read from it."""

from __future__ import annotations

import re

from opsconsole.governor.rules.common import clause_of
from opsconsole.patterns import late

_ONLY_SAID = late(
    r"\b(?:would|dry|not|never(?! expires)|without(?! expiry)|could|should|may|if|instead|refus\w*|skip\w*|"
    r"orphan\w*|zombie|defunct|stale|left-?overs?|left behind)\b",
    re.IGNORECASE,
)
"""In the clause of the deed, up to its end: other words are about something else ("saved instead of …", "skipping the
drain")."""

_WHERE = late(r"(?: (?:on|of|from|in) [^\s,;()]+){0,2}")
_LEFT = late(
    r" ?\(?(?:(?:was|were|is|are|has been|that were|which were) )?"
    r"(?:(?:orphan\w*|zombies?|defunct|stale|left-?overs?|left behind)\b|(?:skipped|refused)\b(?! ?\w))",
    re.IGNORECASE,
)
"""What stands behind the deed, and is about it: nobody owned these, or they were left."""

_DRY = late(r"(?:[ ,]+[-–—]?| ?[(\[]) ?dry[- ]?run(?: only| mode)?\W*$", re.IGNORECASE)
_WOULD = late(
    r"(?: [-–—])? would\b(?!.*\b(?:anyway|but|still|done|did|now|yet|so|though|however)\b)[^,;:]*$", re.IGNORECASE
)
_DOING = late(r"ing\b", re.IGNORECASE)
"""``terminating them would end the training``; who has killed one has done it, whatever that would have needed."""

_SPOKEN_OF = late(
    r"(?:proposed?|proposal|proposing|suggest(?:ed|ing|ion)|recommend(?:ed|ing|ation)|dry[- ]?run|"
    r"simulat(?:ed|ing|ion)|draft)(?: (?:#?\d+|only|mode|for [\w./-]{1,80}))?:[^,.;:]*$|"
    r"(?:observed|detected|noticed|saw)(?: (?:that|how))? ?$",
    re.IGNORECASE,
)
"""What stands before a deed that nobody has done yet, or somebody else; "detected idle GPUs, killed" is none."""

_HAS_DONE = late(r"[a-z]+ed\b", re.IGNORECASE)
"""``proposal: DROP TABLE`` has done nothing; of "proposal: killed 8" nobody can tell."""

TEACHERS = frozenset({"tip", "hint", "docs", "help"})
"""What a line begins with that tells how something is done, ``hint: pg_resetwal -f loses …``."""


def deed(words: re.Pattern[str], text: str) -> re.Match[str] | None:
    """Where a line tells of such a deed as done; ``None`` where it does not, or only thinks of it."""
    match = words.search(text)
    if match is None or (_HAS_DONE.match(match[0]) is None and _SPOKEN_OF.match(text[: match.start()]) is not None):
        return None
    whom = _WHERE.match(text, match.end())
    end = whom.end() if whom is not None else match.end()
    if _LEFT.match(text, end) or is_thought(match[0], text, end):
        return None
    return None if _ONLY_SAID.search(text, clause_of(text, match.start()), match.end()) else match


def is_thought(said: str, text: str, end: int) -> bool:
    """Whether what ends there, said in such words, is but a dry run, or what would be if it were done."""
    if _DRY.match(text, end) is not None:
        return True
    return _DOING.search(said) is not None and _WOULD.match(text, end) is not None
