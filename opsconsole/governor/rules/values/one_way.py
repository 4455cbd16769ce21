"""Traffic that all goes one way: into one zone, or to nobody, as a line tells it beside its message."""

from __future__ import annotations

import re

from opsconsole.governor.announced.line_kinds import only_told, refusal
from opsconsole.governor.rules.own_words import deed
from opsconsole.governor.rules.values.told_values import number_of
from opsconsole.patterns import late
from opsconsole.records import Decision

_OF_PLACES = late(r"locality|localities|zone|zonal|region", re.IGNORECASE)
_SET = late(
    r"\bweights? (?:of \S+ )?(?:were |was )?(?:updated|set|changed|applied|shifted|written)\b|"
    r"\b(?:updat|sett|chang|apply|shift)(?:ed|ing) (?:[\w-]{1,20} ){0,3}weights?\b",
    re.IGNORECASE,
)
_PLACE = late(r"(?:zone|region|az|locality)[\w.-]{0,40}|[a-z]{2}-[a-z]+-\d[a-z]?", re.IGNORECASE)

_SEVERAL = 2


def one_way(line: Decision) -> str:
    """How all traffic goes to one place, or to none, by the weights beside a message; empty for anything else."""
    if _OF_PLACES.search(line.message) is None or deed(_SET, line.message) is None:
        return ""
    if only_told(line) or refusal(line) is not None:
        return ""
    told = {key: number_of(text) for key, text in line.attributes.items() if _PLACE.fullmatch(key)}
    weights = {key: number for key, number in told.items() if number is not None}
    if len(weights) < _SEVERAL:
        return ""
    some = [key for key, number in weights.items() if number > 0]
    if not some:
        return "weights of all places are zero: nobody gets any traffic"
    return f"all traffic to {some[0]}, none to {len(weights) - 1} others" if len(some) == 1 else ""
