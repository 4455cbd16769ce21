"""How many objects attributes say that an action is done to."""

from __future__ import annotations

from opsconsole.decisions.message.document import Leaves
from opsconsole.decisions.words import kinds, verbs

_TOTALS = frozenset({"count", "total", "number", "num"})
_COUNTING = _TOTALS | {"of", "the", "new"}
_MEASURED = frozenset({"usage", "used", "utilization", "capacity", "allocatable", "thresholds", "stats", "statistics"})
_BESIDE_PODS = frozenset({"cpu", "memory", "CPU", "Mem", "Memory"})
_PODS = frozenset({"pods", "Pods"})
_ON_A_NODE = 1_000
"""A map of what a node has, with fewer pods than any node can hold: ``usage={"cpu": "2710m", "pods": "41"}``."""


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
    for at, (path, leaf) in enumerate(pairs):
        number = leaf
        if isinstance(leaf, str):
            number = int(leaf) if leaf.isdecimal() and len(leaf) < 7 else None
        if type(number) is not int or not path or not isinstance(path[-1], str):
            continue
        if path[-1] in _PODS and number < _ON_A_NODE and _is_measured(pairs, at):
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


def _is_measured(pairs: Leaves, at: int) -> bool:
    """Is a number of pods what a node has, in a map with its processors and its memory? One pair each in some lines."""
    if not any(path[-1:] == ("node",) for path, _ in pairs):
        return False
    path = pairs[at][0]
    beside = [each for each, _ in pairs[max(at - 3, 0) : at]]
    if len(path) > 1:
        return path[-2] in _MEASURED and any(each[:-1] == path[:-1] and each[-1] in _BESIDE_PODS for each in beside)
    heads = [
        i for i in range(max(at - 3, 0), at) if pairs[i][1] == "" and pairs[i][0][-1:] and pairs[i][0][-1] in _MEASURED
    ]
    between = [each for each, _ in pairs[heads[-1] + 1 : at]] if heads else []
    return bool(between) and all(len(each) == 1 and each[0] in _BESIDE_PODS for each in between)
