"""What sort of line a decision is: the few sorts that later lines are judged by."""

from __future__ import annotations

import re
from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence

from opsconsole.governor.deeds import DeedState, announces, refusal, said_at
from opsconsole.governor.rule import Note
from opsconsole.records import Decision

KEPT = 64
"""Lines kept of one sort and target; rules look back a minute."""

TARGETS = 2_000

_NO_DATA = re.compile(r"returned (?:no data|nothing|an empty result|nan)|is empty|\bno data\b", re.IGNORECASE)


def had_no_data(decision: Decision) -> bool:
    """Whether the line says that a metric came back empty."""
    if decision.action == "query":
        return True
    return bool(decision.query) and any(_NO_DATA.search(words) for words in (*decision.problems, decision.message))


def is_conflict(decision: Decision) -> bool:
    """Whether the line reports a 409 Conflict."""
    failed = refusal(decision)
    return failed is not None and failed[0] is DeedState.CONFLICT


class Notebook:
    """The newest lines of each sort, all together and by target."""

    def __init__(self) -> None:
        self._lines: OrderedDict[tuple[Note, str], deque[Decision]] = OrderedDict()

    def heard(self, decision: Decision) -> None:
        """Sort a line, and keep it if it is of a sort that is looked back on."""
        for note in _notes(decision):
            self._keep(note, "", decision)
            if decision.target is not None and decision.target.name:
                self._keep(note, decision.target.name, decision)

    def said(self, note: Note, before: Decision, seconds: float, target: str = "") -> Sequence[Decision]:
        """See :meth:`opsconsole.governor.rule.View.said`."""
        earliest, found = said_at(before) - seconds, []
        for line in reversed(self._lines.get((note, target), ())):
            if line.seq < before.seq:
                if said_at(line) < earliest:
                    break
                found.append(line)
        return found[::-1]

    def _keep(self, note: Note, target: str, decision: Decision) -> None:
        key = (note, target)
        self._lines.setdefault(key, deque(maxlen=KEPT)).append(decision)
        self._lines.move_to_end(key)
        if len(self._lines) > TARGETS:
            self._lines.popitem(last=False)


def _notes(decision: Decision) -> Iterator[Note]:
    if had_no_data(decision):
        yield Note.NO_DATA
    if is_conflict(decision):
        yield Note.CONFLICT
    if announces(decision):
        yield Note.ANNOUNCEMENT
