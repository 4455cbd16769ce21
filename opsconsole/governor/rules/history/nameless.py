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
_SHARP, _SHARP_TURNS, _SHARP_SECONDS = 3.0, 2, 180.0
"""Up, down and up again within three minutes by three times each: no load does that, and nothing is warm by then."""

_COUNT = "replicas"


def turns_of_nobody(subject: Decision, view: View) -> int:
    """How often replicas of what no line names were doubled and halved in ten minutes, where each follows the last.

    Values of several objects do not follow on each other, so that these are of one; a line told twice is one.
    """
    return _turns(subject, view, TEN_MINUTES, _SWING)


def flaps(subject: Decision, view: View, turns: int) -> bool:
    """Whether so many turns are no load's doing, or fewer are, that are sharp."""
    return turns >= MOST_TURNS or (
        turns >= _SHARP_TURNS and _turns(subject, view, _SHARP_SECONDS, _SHARP) >= _SHARP_TURNS
    )


def _turns(subject: Decision, view: View, seconds: float, swing: float) -> int:
    newest = _swing(subject, swing)
    if newest is None or targets_of(subject):
        return 0
    chain = [newest]
    for line in reversed(view.said(Note.ANNOUNCEMENT, subject, seconds)):
        earlier = _swing(line, swing) if not targets_of(line) else None
        if earlier is None or earlier == chain[-1]:
            continue
        if earlier[1] != chain[-1][0]:
            break
        chain.append(earlier)
    rises = [after > before for before, after in chain]
    return sum(one is not other for one, other in pairwise(rises))


def _swing(decision: Decision, times: float) -> tuple[float, float] | None:
    """Replicas before and after, where one is so many times the other at least."""
    field: FieldValue | None = next((each for each in decision.fields if each.path == _COUNT), None)
    if field is None or field.before_number is None or field.number is None:
        return None
    less, more = sorted((field.before_number, field.number))
    return (field.before_number, field.number) if more >= times * less and more > less >= 0 else None
