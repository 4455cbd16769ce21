"""What kind of problem a decision's line tells of: no valid value, a belief, missing data, a failed write. Pure."""

from __future__ import annotations

import re

from opsconsole.records import Decision
from opsconsole.ui.details.parts import heading
from opsconsole.ui.drawing.spans import StyledLine, line

_KINDS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (
        re.compile(r"^(?:NaN|-?Infinity|null) at |is given more than once$|^and \d+ more of these$"),
        "Invalid values",
        "bad",
    ),
    (re.compile(r"\breturned nan$", re.IGNORECASE), "Its input is not a number", "bad"),
    (re.compile(r"\breturned |\bis empty$"), "Its input has no data", "warn"),
    (re.compile(r"^appears "), "Its claims about its target (not checked)", "warn"),
    (re.compile(r"^failed\b"), "Errors that it reports", "warn"),
    (re.compile(r"^more than \d+ fields"), "List cut short", "dim"),
)
"""The words that the parsers write into :attr:`Decision.problems`, what kind each is, and its style."""

_OTHER = "Notes of the log reader"
"""For what a plugin's parser found."""


def kind_of(problem: str) -> tuple[str, str]:
    """Return what kind of problem this is, in words, and its style."""
    return next(((words, style) for pattern, words, style in _KINDS if pattern.search(problem)), (_OTHER, "warn"))


def section(decision: Decision) -> list[StyledLine]:
    """Return the problems under a heading for each kind; nothing where there are none."""
    kinds: dict[tuple[str, str], list[str]] = {}
    for problem in decision.problems:
        kinds.setdefault(kind_of(problem), []).append(problem)
    rows: list[StyledLine] = []
    for (words, style), problems in kinds.items():
        rows += [*heading(words), *(line((f"   {problem}", style)) for problem in problems)]
    return rows
