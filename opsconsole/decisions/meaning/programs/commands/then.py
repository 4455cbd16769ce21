"""What a sentence goes on to tell behind a command: ``kubectl cordon n-1 and then deleted namespace shop``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.programs.commands import kubectl
from opsconsole.decisions.meaning.prose import sentences
from opsconsole.patterns import late
from opsconsole.records import Mood

_THEN = late(r"[` ]*(?:and|then|;|,)(?: then)? +(?P<rest>.+)", re.IGNORECASE | re.DOTALL)


def told(text: str, acts: Sequence[Act]) -> list[Act]:
    """What was done to something else, besides what the commands of a text do.

    Args:
        text: with at least one command.
        acts: what its commands do.
    """
    then = _THEN.match(kubectl.after_last(text))
    if then is None or not sentences.hints(then["rest"]):
        return []
    known = {ref.name for act in acts for ref in act.targets}
    more = sentences.read(then["rest"], sentences.SentenceContext([]))
    return [act for act in more if act.mood in _MEANT and _names_another(act, known)]


_MEANT = (Mood.DONE, Mood.PLANNED)


def _names_another(act: Act, known: set[str]) -> bool:
    names = {ref.name for ref in act.targets}
    return any(names) and known.isdisjoint(names)
