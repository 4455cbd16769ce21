"""Deeds that a line tells in its own words, without an object that could be read from it."""

from __future__ import annotations

import re

from opsconsole.governor.rules.common import clause_of

_ONLY_SAID = re.compile(
    r"\b(?:would|dry|not|never(?! expires)|without(?! expiry)|could|should|may|if|instead|refus\w*|skip\w*|"
    r"orphan\w*|zombie|defunct|stale|left-?overs?|left behind)\b",
    re.IGNORECASE,
)
"""In the clause of the deed, up to its end: other words are about something else ("saved instead of …", "skipping the
drain")."""

_LEFT = re.compile(
    r"(?: (?:on|of|from|in) [^\s,;()]+){0,2} ?\(?(?:(?:was|were|is|are|has been|that were|which were) )?"
    r"(?:orphan\w*|zombies?|defunct|stale|left-?overs?|left behind|skipped|refused)\b",
    re.IGNORECASE,
)
"""What stands behind the deed, and is about it: nobody owned these, or they were left."""


_SPOKEN_OF = re.compile(
    r"(?:proposed?|proposal|proposing|suggest\w*|recommend\w*|dry[- ]?run|simulat\w*|draft)\b[^:]{0,40}:|"
    r"(?:observed|detected|noticed|saw)\b",
    re.IGNORECASE,
)
"""How a line begins that tells of what nobody has done yet, or somebody else."""


def deed(words: re.Pattern[str], text: str) -> re.Match[str] | None:
    """Where a line tells of such a deed as done; ``None`` where it does not, or only thinks of it."""
    match = words.search(text)
    if match is None or _SPOKEN_OF.match(text) is not None or _LEFT.match(text, match.end()):
        return None
    return None if _ONLY_SAID.search(text, clause_of(text, match.start()), match.end()) else match
