"""What sort of line a decision is: the few sorts that later lines are judged by."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence

from opsconsole.governor.announced.line_kinds import had_no_data, is_conflict, precedes, said_at
from opsconsole.governor.rule import Note
from opsconsole.records import Decision

KEPT = 64
"""Lines kept of one sort and target; rules look back a minute."""

TARGETS = 2_000


class LineHistory:
    """The newest lines of each sort, all together and by target."""

    def __init__(self) -> None:
        self._lines: OrderedDict[tuple[Note, str], deque[Decision]] = OrderedDict()

    def heard(self, decision: Decision, *, announces: bool) -> None:
        """Sort a line, and keep it if it is of a sort that is looked back on."""
        for note in _notes(decision, announces=announces):
            self._keep(note, "", decision)
            if decision.target is not None and decision.target.name:
                self._keep(note, decision.target.name, decision)

    def said(self, note: Note, before: Decision, seconds: float, target: str = "") -> Sequence[Decision]:
        """See :meth:`opsconsole.governor.rule.View.said`."""
        earliest, lines = said_at(before) - seconds, self._lines.get((note, target), ())
        found = [line for line in lines if said_at(line) >= earliest and precedes(line, before)]
        return sorted(found, key=said_at)

    def _keep(self, note: Note, target: str, decision: Decision) -> None:
        key = (note, target)
        self._lines.setdefault(key, deque(maxlen=KEPT)).append(decision)
        self._lines.move_to_end(key)
        if len(self._lines) > TARGETS:
            self._lines.popitem(last=False)


def _notes(decision: Decision, *, announces: bool) -> Iterator[Note]:
    if had_no_data(decision):
        yield Note.NO_DATA
    if is_conflict(decision):
        yield Note.CONFLICT
    if announces:
        yield Note.ANNOUNCEMENT
