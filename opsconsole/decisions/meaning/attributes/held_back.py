"""A change that a message says no more of than that it is held back, where the attributes tell what was wanted."""

from __future__ import annotations

import re

from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.prose import other_deeds
from opsconsole.decisions.meaning.targets import choice
from opsconsole.decisions.meaning.values.in_attributes import in_attributes
from opsconsole.decisions.message.document import Leaves
from opsconsole.decisions.words import verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.records import Mood

_HELD = re.compile(
    r"(?:(?:the )?(?:request|change|update|patch|action|decision) (?:is |was )?)?"
    r"(?:skipp(?:ed|ing)|refus(?:ed|ing)|reject(?:ed|ing)|denied|blocked|vetoed|deferred|postponed|held back|"
    r"not appl(?:ied|ying)|dropped)(?P<why>\W*|(?:[:,;]| (?:by|due to|because of|for|during)\b).{1,120})",
    re.IGNORECASE,
)
"""``Skipped, change freeze``, ``blocked by policy``: all of a message."""
_ALL_THE_SAME = re.compile(
    r"overr|bypass|forc|ignor|anyway|regardless|disabled|audit|execut|\bdone\b|appli|retr|succe|\bonly\b", re.IGNORECASE
)
_WANTED = wordset("wanted desired target requested proposed new to recommended")
"""Words of a key for what somebody wants."""


def read(message: str, pairs: Leaves) -> Act | None:
    """The change of a named object that is held back; ``None`` where the entry may tell anything else."""
    match = _HELD.fullmatch(message)
    if match is None or other_deeds.told_beside(match["why"]):
        return None
    wanted = any(path and not _WANTED.isdisjoint(verbs.parts(str(path[-1]))) for path, _ in pairs)
    if not wanted or any(_ALL_THE_SAME.search(f"{path[-1:]} {leaf}") for path, leaf in pairs):
        return None
    targets = choice.choose(choice.candidates(pairs), "scale", "")
    fields = tuple(in_attributes(pairs, "scale"))
    if not fields or not any(ref.name and ref.kind for ref in targets):
        return None
    verb = "scale" if all(field.path == "replicas" for field in fields) else "patch"
    return Act(verb, verb, Mood.REFUSED, targets, None, fields, f"failed: {message}")
