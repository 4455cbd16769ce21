"""How much of a log was understood: entries that name an action, that name none, and that stay unclear."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from opsconsole.decisions.meaning.programs.tools import unread
from opsconsole.patterns import late
from opsconsole.records import Decision, EntryReading

MOST_TEMPLATES = 1_000
"""Templates that are told apart; the entries of further ones are counted alone."""

_LONGEST = 300
_PARTS = late(r"\"[^\"]*\"|'[^']*'|\{[^{}]*\}|[\w.:@%+-]*\d[\w./:@%+-]*|(?<![./])\b[\w-][\w.-]*/[\w./-]+")
_BLANKS = late(r"\s+")


class LineTemplate(NamedTuple):
    """Entries that are alike but for names and numbers: how many, and one of them."""

    template: str
    number: int
    sample: str


def template(text: str) -> str:
    """A text with its names and numbers left out: ``Frobbing pod a/b-1 (3)`` → ``Frobbing pod … (…)``."""
    return _BLANKS.sub(" ", _PARTS.sub("…", text[:_LONGEST])).strip()


@dataclass(slots=True)
class _Unclear:
    """Entries of one template that were not understood; ``verb`` where they name a tool, but not what it is told."""

    sample: str
    verb: str
    number: int = 0


class Understood:
    """Counts entries. Several decisions of one entry count once.

    A line that only names a tool (``Function Cluster-ScaleDeployment invoking.``) counts as not understood where no
    action with its verb was read from the log: else the line beside it tells what was called, and with what.
    """

    def __init__(self) -> None:
        self.actions = 0
        self._others = self._untold = 0
        self._last: tuple[str, float | None] | None = None
        self._verbs: set[str] = set()
        self._templates: dict[str, _Unclear] = {}
        self._calls: Counter[str] = Counter()

    def add(self, decision: Decision) -> None:
        """Count an entry by its decision."""
        this = (decision.body, decision.at)
        again, self._last = this == self._last and decision.verb != "", this
        if again and decision.key:
            return
        if decision.verb:
            self.actions += 1
            self._verbs.add(decision.verb)
        elif decision.reading == EntryReading.UNCLEAR:
            self._add_unclear(decision)
        else:
            self._others += 1

    @property
    def unclear(self) -> int:
        """Entries that may name an action, and of which none was read."""
        return self._untold + self._calls.total() - self._known_calls

    @property
    def others(self) -> int:
        """Entries that name no action, or a tool whose call is told in another one."""
        return self._others + self._known_calls

    @property
    def share(self) -> float:
        """How much of what may be an action was understood: 1 where there is nothing of the kind."""
        asked = self.actions + self.unclear
        return self.actions / asked if asked else 1.0

    def not_understood(self) -> list[LineTemplate]:
        """What stayed unclear, by template, the most frequent first."""
        left = [(text, each) for text, each in self._templates.items() if each.verb not in self._verbs]
        found = [LineTemplate(text, each.number, each.sample) for text, each in left]
        return sorted(found, key=lambda each: (-each.number, each.template))

    @property
    def _known_calls(self) -> int:
        return sum(number for verb, number in self._calls.items() if verb in self._verbs)

    def _add_unclear(self, decision: Decision) -> None:
        verb = unread.verb_of_call(decision.body) or unread.verb_named(decision.message)
        if verb:
            self._calls[verb] += 1
        else:
            self._untold += 1
        text = template(decision.message or decision.body)
        if text in self._templates or len(self._templates) < MOST_TEMPLATES:
            self._templates.setdefault(text, _Unclear(decision.message or decision.body, verb)).number += 1
