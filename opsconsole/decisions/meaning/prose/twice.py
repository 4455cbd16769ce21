"""One deed that a sentence names twice: ``Eviction of pod a deferred, will retry: Cannot evict pod as it would …``."""

from __future__ import annotations

import re

from opsconsole.decisions.meaning.deeds import Act
from opsconsole.patterns import late
from opsconsole.records import Mood

_ITS_PODS = late(r"\b(?:remaining|its) pods\b|\bpods on (?:the|this|that) node\b", re.IGNORECASE)
_MORE_THAN_ITS = late(r"\b(?:namespaces?|cluster|grace|forc\w*|other)\b", re.IGNORECASE)
"""A whole namespace's pods are no part of one node's drain, and by force it is another deed."""


def named(known: Act, act: Act) -> Act | None:
    """The deed with its name, where a first telling has none and this one has; ``None``: the first one stands."""
    if act.verb != known.verb or _is_named(known) or not _is_named(act):
        return None
    return act._replace(mood=Mood(known.mood if act.mood == Mood.PLANNED else act.mood))


def _is_named(act: Act) -> bool:
    return any(ref.name for ref in act.targets)


def whole(acts: list[Act], message: str) -> list[Act]:
    """The deeds without what is a part of another: ``Drain completed, remaining pods have been evicted`` is one."""
    if not any(act.verb == "drain" and act.mood == Mood.DONE for act in acts):
        return acts
    if _ITS_PODS.search(message) is None or _MORE_THAN_ITS.search(message) is not None:
        return acts
    return [act for act in acts if not (act.verb == "evict" and act.mood == Mood.DONE and _are_pods(act))]


def _are_pods(act: Act) -> bool:
    return act.number is None and not _is_named(act) and all(ref.kind == "Pod" for ref in act.targets)
