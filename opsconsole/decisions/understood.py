"""How much of a log was understood: entries that name an action, that name none, and that stay unclear."""

from __future__ import annotations

import re
from typing import NamedTuple

from opsconsole.records import Decision, EntryReading

MOST_TEMPLATES = 1_000
"""Templates that are told apart; the entries of further ones are counted alone."""

_LONGEST = 300
_PARTS = re.compile(r"\"[^\"]*\"|'[^']*'|\{[^{}]*\}|[\w.:@%+-]*\d[\w./:@%+-]*|(?<![./])\b[\w-][\w.-]*/[\w./-]+")
_BLANKS = re.compile(r"\s+")


class LineTemplate(NamedTuple):
    """Entries that are alike but for names and numbers: how many, and one of them."""

    template: str
    number: int
    sample: str


def template(text: str) -> str:
    """A text with its names and numbers left out: ``Frobbing pod a/b-1 (3)`` → ``Frobbing pod … (…)``."""
    return _BLANKS.sub(" ", _PARTS.sub("…", text[:_LONGEST])).strip()


class Understood:
    """Counts entries. Several decisions of one entry count once."""

    def __init__(self) -> None:
        self.actions = self.others = self.unclear = 0
        self._last: tuple[str, float | None] | None = None
        self._templates: dict[str, list[str | int]] = {}

    def add(self, decision: Decision) -> None:
        """Count an entry by its decision."""
        this = (decision.body, decision.at)
        again, self._last = this == self._last and decision.verb != "", this
        if again and decision.key:
            return
        if decision.verb:
            self.actions += 1
        elif decision.reading == EntryReading.UNCLEAR:
            self.unclear += 1
            self._keep(decision)
        else:
            self.others += 1

    @property
    def share(self) -> float:
        """How much of what may be an action was understood: 1 where there is nothing of the kind."""
        asked = self.actions + self.unclear
        return self.actions / asked if asked else 1.0

    def not_understood(self) -> list[LineTemplate]:
        """What stayed unclear, by template, the most frequent first."""
        found = [LineTemplate(text, int(count), str(sample)) for text, (count, sample) in self._templates.items()]
        return sorted(found, key=lambda each: (-each.number, each.template))

    def _keep(self, decision: Decision) -> None:
        text = template(decision.message or decision.body)
        if text in self._templates:
            self._templates[text][0] = int(self._templates[text][0]) + 1
        elif len(self._templates) < MOST_TEMPLATES:
            self._templates[text] = [1, decision.message or decision.body]
