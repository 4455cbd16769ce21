"""What a program does to its one target, of which its log never tells the name: values that follow on each other."""

from __future__ import annotations

from itertools import pairwise

from opsconsole.governor.announced.line_kinds import targets_of
from opsconsole.governor.measures import TEN_MINUTES
from opsconsole.governor.rule import Note, View
from opsconsole.records import Decision, FieldValue

MOST_TURNS = 3
"""Up, down, up and down again within ten minutes."""

_SWING = 2.0
_COUNT = "replicas"


def turns_of_nobody(subject: Decision, view: View) -> int:
    """How often replicas of what no line names were doubled and halved in ten minutes, where each follows the last.

    Values of several objects do not follow on each other, so that these are of one; a line told twice is one.
    """
    newest = _swing(subject)
    if newest is None or targets_of(subject):
        return 0
    chain = [newest]
    for line in reversed(view.said(Note.ANNOUNCEMENT, subject, TEN_MINUTES)):
        earlier = _swing(line) if not targets_of(line) else None
        if earlier is None or earlier == chain[-1]:
            continue
        if earlier[1] != chain[-1][0]:
            break
        chain.append(earlier)
    rises = [after > before for before, after in chain]
    return sum(one is not other for one, other in pairwise(rises))


def _swing(decision: Decision) -> tuple[float, float] | None:
    """Replicas before and after, where one is twice the other at least."""
    field: FieldValue | None = next((each for each in decision.fields if each.path == _COUNT), None)
    if field is None or field.before_number is None or field.number is None:
        return None
    less, more = sorted((field.before_number, field.number))
    return (field.before_number, field.number) if more >= _SWING * less and more > less >= 0 else None
