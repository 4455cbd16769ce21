"""A Deployment's revision history, from its ReplicaSets: which template was in force before the first word. Pure.

Revisions are ordered by the number that the Deployment's controller gives them. Dates can't order them: a ReplicaSet
keeps whole seconds, and one that is used again (a rollback) keeps its date and gets a new number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from opsconsole.records import Record, Workload

NUMBER = "deployment.kubernetes.io/revision"
EARLIER_NUMBERS = "deployment.kubernetes.io/revision-history"
"""Annotation of a ReplicaSet that is used again: the numbers that it had before, with commas between."""

SLACK_SECONDS = 1.0
"""A revision must be older than the first word by more than this: its date has whole seconds, the log has fractions."""


LATE_SECONDS = 5.0
"""A line may be written this much after the write that it tells of."""

REACH_SECONDS = 60.0
"""A write may come this much later than the line that announces it: attempts with back-off take their time."""


class Revision(Record, frozen=True):
    """One number of the history.

    ``made`` is when that number was given (epoch seconds); ``None`` where that can't be told: a ReplicaSet's date is
    that of its first number. ``newest`` is true of the number in force.
    """

    number: int
    made: float | None
    template: Workload
    newest: bool = False


def history(sets: Iterable[Workload]) -> list[Revision]:
    """Every number of the ReplicaSets, in the order in which they were in force. One without a number sorts by date."""
    found: list[Revision] = []
    for each in sorted(sets, key=lambda one: one.created or 0.0):
        numbers = _numbers(each) or [0]
        found += [Revision(number, each.created if at == 0 else None, each) for at, number in enumerate(numbers)]
    found.sort(key=lambda one: one.number)
    return [
        Revision(each.number, each.made, each.template, newest=at == len(found) - 1) for at, each in enumerate(found)
    ]


def in_force_before(
    revisions: Sequence[Revision], first_word: float, is_cut: Callable[[Workload], bool] = lambda _: False
) -> Revision | None:
    """The revision that was in force when the optimizer spoke first; ``None`` if none is known to be older.

    What comes after the first one that is not older by more than a second is the incident's, whatever its date says.

    Args:
        revisions: in the order in which they were in force.
        first_word: when it spoke of the object first (epoch seconds).
        is_cut: whether a template has a value that it announced; such a one is its own doing if it is hardly older.
    """
    good = None
    for each in revisions:
        if each.made is not None and each.made >= first_word - SLACK_SECONDS:
            break
        if each.made is not None and each.made >= first_word - LATE_SECONDS and is_cut(each.template):
            break
        good = each
    return good


def _numbers(each: Workload) -> list[int]:
    """The numbers that a ReplicaSet has and had, the earliest first."""
    annotations = dict(each.annotations)
    texts = [*annotations.get(EARLIER_NUMBERS, "").split(","), annotations.get(NUMBER, "")]
    return sorted(int(text) for text in texts if text.isdecimal())
