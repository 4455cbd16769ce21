"""What sort of line a decision is: the few sorts that later lines are judged by."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence

from opsconsole.governor.announced.harm import harm_in, is_relief
from opsconsole.governor.announced.line_kinds import (
    EXISTS,
    STARTS_ANEW,
    Refusal,
    had_no_data,
    precedes,
    refusal,
    said_at,
    targets_of,
    verb_of,
)
from opsconsole.governor.announced.stops import is_about_a_stop, may_tell_a_term
from opsconsole.governor.measures import HOUR
from opsconsole.governor.rule import Note
from opsconsole.records import Decision, Mood

KEPT = 64
"""Lines kept of one sort and target; rules look back a minute, on what starts something anew an hour."""

TARGETS = 2_000

_UNSORTED = 2_000
"""Lines between two deeds that harm is looked for in."""

_OF_HARM = frozenset({Note.HARM, Note.RELIEF})

_OF_SILENCES = ("ilenc", "uted ", "uting ", "ummgeschaltet")
"""Parts of words that stand in every line about a silence, whatever letter it begins with."""


class LineHistory:
    """The newest lines of each sort, all together and by target."""

    def __init__(self) -> None:
        self._lines: OrderedDict[tuple[Note, str], deque[Decision]] = OrderedDict()
        self._unsorted: deque[Decision] = deque(maxlen=_UNSORTED)

    def heard(self, decision: Decision, *, announces: bool) -> None:
        """Sort a line, and keep it if it is of a sort that is looked back on."""
        if not announces:
            self._unsorted.append(decision)
        for note in _notes(decision, announces=announces):
            self._keep(note, "", decision)
            every = targets_of(decision) if note is Note.STARTS_ANEW else (decision.target,)
            for name in {target.name for target in every if target is not None and target.name}:
                self._keep(note, name, decision)

    def _sort(self) -> None:
        """Look for harm, and the end of it, in what was heard since: most lines come where nobody asks for that."""
        while self._unsorted:
            line = self._unsorted.popleft()
            if harm_in(line):
                self._keep(Note.HARM, "", line)
            elif self._relieves(line):
                self._keep(Note.RELIEF, "", line)

    def _relieves(self, decision: Decision) -> bool:
        """Whether it ends harm that was told: of what no line has told none is looked for."""
        harms = self._lines.get((Note.HARM, ""))
        return harms is not None and said_at(decision) - said_at(harms[-1]) <= HOUR and is_relief(decision)

    def said(self, note: Note, before: Decision, seconds: float, target: str = "") -> Sequence[Decision]:
        """See :meth:`opsconsole.governor.rule.View.said`."""
        if note in _OF_HARM:
            self._sort()
        lines = self._lines.get((note, target))
        if not lines:
            return ()
        earliest = said_at(before) - seconds
        found = [line for line in lines if said_at(line) >= earliest and precedes(line, before)]
        return sorted(found, key=said_at)

    def _keep(self, note: Note, target: str, decision: Decision) -> None:
        key = (note, target)
        lines = self._lines.get(key)
        if lines is None:
            lines = self._lines[key] = deque(maxlen=KEPT)
        lines.append(decision)
        self._lines.move_to_end(key)
        if len(self._lines) > TARGETS:
            self._lines.popitem(last=False)


def _notes(decision: Decision, *, announces: bool) -> Iterator[Note]:
    if had_no_data(decision):
        yield Note.NO_DATA
    if (failed := refusal(decision)) is not None or EXISTS in decision.message:
        yield Note.REFUSAL
        if failed is not None and failed[0] is Refusal.CONFLICT:
            yield Note.CONFLICT
    if any(word in decision.message for word in _OF_SILENCES):
        yield Note.SILENCE
    if decision.mood == Mood.OBSERVED and decision.fields and decision.target is not None:
        yield Note.OTHERS
    if is_about_a_stop(decision):
        yield Note.STOPPED
    if not announces and may_tell_a_term(decision):
        yield Note.TERM
    if announces:
        yield Note.ANNOUNCEMENT
        if verb_of(decision) in STARTS_ANEW:  # apart: of what else is written in an hour there are hundreds of lines
            yield Note.STARTS_ANEW
