"""Lines that tell that a person has stopped something, or let it go on; and terms that an object was given."""

from __future__ import annotations

import re
from collections.abc import Iterable

from opsconsole.patterns import late
from opsconsole.records import Decision

_WHO = r"(?P<{0}>(?=[^\s,;:)]*[A-Za-z])[\w.@+-]{{2,60}})"
_STOPPED = late(
    r"(?P<what>[\w./-]{3,80}) (?:(?:was|has been|is|now) )*"
    r"(?:(?:turned|switched|set|flipped|put) (?:to )?off|disabled|paused|stopped|suspended|frozen|halted|held|rolled "
    r"back)"
    rf"(?: (?:again|here|at once))? by {_WHO.format('who')}",
    re.IGNORECASE,
)
_RELEASED = late(
    r"(?P<what>[\w./-]{3,80}) (?:(?:was|has been|is|now) )*"
    r"(?:(?:turned|switched|set|flipped|put) (?:back )?(?:to )?on|(?:re-?)?enabled|un-?paused|resumed|started|"
    r"restarted|"
    rf"un-?frozen|thawed|released)(?: (?!by\b)[\w.%-]{{1,20}}){{0,3}} by {_WHO.format('who')}",
    re.IGNORECASE,
)
_FREED = late(rf"^(?:resumed|un-?paused|re-?enabled|released|un-?frozen|thawed) by {_WHO.format('who')}", re.IGNORECASE)
"""Somebody lets go on what is not named: what was stopped last."""

_NO_PERSON = late(
    r"controller|operator|scaler|\bbot\b|-bot|agent|system|kube|argo|flux|cron|policy|guard|optimi[sz]er|service|"
    r"schedul|auto|hpa|karpenter|keda|timeout|default|watchdog|daemon|manager|runner|pipeline|admission|webhook|itself",
    re.IGNORECASE,
)
_NO_NAME = frozenset({
    "was", "been", "and", "the", "then", "has", "not", "rollout", "deployment", "experiment", "flag", "service", "job",
    "everything", "all", "itself", "they", "pods", "traffic", "writes", "run",
})  # fmt: skip
_MAY_BE_A_TERM = ("ttl ", "merge request", "pull request", "aintenance ")


def is_about_a_stop(decision: Decision) -> bool:
    """Whether a line tells that a person has stopped something, or let it go on."""
    if " by " not in decision.message:
        return False
    return stopped_in(decision) is not None or released_in(decision) is not None or frees_the_last(decision)


def stopped_in(decision: Decision) -> tuple[str, str] | None:
    """What a line says to have been stopped, and by which person; ``None`` where it says no such thing."""
    return _by_a_person(_STOPPED.search(decision.message))


def released_in(decision: Decision) -> tuple[str, str] | None:
    """What a line says to go on again, and by which person."""
    return _by_a_person(_RELEASED.search(decision.message))


def frees_the_last(decision: Decision) -> bool:
    """Whether a line says that a person lets go on what it does not name."""
    match = _FREED.match(decision.message)
    return match is not None and _NO_PERSON.search(match["who"]) is None


def stopped_by_people(lines: Iterable[Decision]) -> dict[str, str]:
    """What is stopped when these lines have been said, oldest first, and by whom."""
    stopped: dict[str, str] = {}
    for line in lines:
        if (told := stopped_in(line)) is not None:
            stopped.pop(told[0], None)
            stopped[told[0]] = told[1]
        elif (freed := released_in(line)) is not None:
            stopped.pop(freed[0], None)
        elif stopped and frees_the_last(line):
            stopped.popitem()
    return stopped


def _by_a_person(match: re.Match[str] | None) -> tuple[str, str] | None:
    if match is None or match["what"].casefold() in _NO_NAME or _NO_PERSON.search(match["who"]) is not None:
        return None
    return match["what"], match["who"].rstrip(".")


def may_tell_a_term(decision: Decision) -> bool:
    """Whether a line may tell of the term that an object was given, or of a window of maintenance."""
    return any(sign in decision.message for sign in _MAY_BE_A_TERM)
