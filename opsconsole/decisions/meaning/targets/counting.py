"""How many objects attributes say that an action is done to."""

from __future__ import annotations

from opsconsole.decisions.message.document import Leaves
from opsconsole.decisions.words import kinds, verbs

_TOTALS = frozenset({"count", "total", "number", "num"})
_COUNTING = _TOTALS | {"of", "the", "new"}
_MEASURED = frozenset({"usage", "used", "utilization", "capacity", "allocatable", "thresholds", "stats", "statistics"})
_RESOURCES = frozenset({"cpu", "memory", "pods", "CPU", "Mem", "Memory", "Pods"})
"""Keys of a map whose numbers are of what there is: ``usage={"cpu": "2710m", "pods": "41"}``."""


def amount(pairs: Leaves) -> int | None:
    """By how many instances a group grows or shrinks: ``increasing instances`` beside ``amount=3``."""
    return next((leaf for path, leaf in pairs if path == ("amount",) and type(leaf) is int), None)


def count_of(pairs: Leaves, verb: str, kind: str = "") -> int | None:
    """How many objects attributes such as ``evictedCount`` tell of, for one verb; ``None`` where none does.

    Args:
        pairs: the attributes of an entry.
        verb: what is done.
        kind: the kind of objects of which the words name no single one: then ``count`` and ``pods`` are theirs.
    """
    measured = False
    for path, leaf in pairs:
        if path and leaf == "" and path[-1] in _MEASURED:
            measured = True  # a map in braces stands behind it, one pair each
        elif len(path) > 1:
            measured = path[-2] in _MEASURED
        number = leaf
        if isinstance(leaf, str):
            number = int(leaf) if leaf.isdecimal() and len(leaf) < 7 else None
        if type(number) is not int or not path or not isinstance(path[-1], str):
            continue
        if measured and (path[-1] in _RESOURCES or len(path) > 1):
            continue
        words = verbs.parts(path[-1])
        of_kind = bool(kind and words) and kinds.of_word("".join(words[-1:])) == kind and words[-1].endswith("s")
        of_verb = any(word in verbs.WORDS and verbs.WORDS[word].verb == verb for word in words)
        if of_verb and (of_kind or not _TOTALS.isdisjoint(words)):
            return number
        rest = {*words} - _COUNTING - ({words[-1]} if of_kind else set())
        if kind and not rest and (of_kind or (len(path) == 1 and words != ("new",))):
            return number
    return None
