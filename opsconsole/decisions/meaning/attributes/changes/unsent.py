"""A change that is told and stays where it is: ``not sending: cpu request 400m instead of 650m`` beside its object."""

from __future__ import annotations

import re

from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.prose import sentences
from opsconsole.decisions.meaning.prose.forms import changes
from opsconsole.decisions.meaning.targets import choice
from opsconsole.decisions.meaning.values.in_text import in_text
from opsconsole.patterns import late
from opsconsole.records import Mood

_UNSENT = late(r"(?:not|(?P<would>would|dry[ -]run)) (?:be )?(?:send|apply|writ|sett?|execut)\w{0,4}: ", re.IGNORECASE)


def read(message: str, context: sentences.SentenceContext) -> Act | None:
    """The change; ``None`` where a message tells of none, or without the values before it, or nothing tells of what."""
    match = _UNSENT.match(message)
    fields = tuple(in_text(message[match.end() :], "")) if match else ()
    targets = choice.choose(context.found, "patch", "") if changes.is_whole(fields) else ()
    if match is None or not targets:
        return None
    verb = "scale" if all(field.path == "replicas" for field in fields) else "patch"
    mood = Mood.DRY_RUN if context.mood is Mood.DRY_RUN or match["would"] else Mood.REFUSED
    return Act(verb, verb, mood, targets, None, fields)
