"""One deed that a sentence names twice: ``Eviction of pod a deferred, will retry: Cannot evict pod as it would …``."""

from __future__ import annotations

from opsconsole.decisions.meaning.deeds import Act
from opsconsole.records import Mood


def named(known: Act, act: Act) -> Act | None:
    """The deed with its name, where a first telling has none and this one has; ``None``: the first one stands."""
    if act.verb != known.verb or _is_named(known) or not _is_named(act):
        return None
    return act._replace(mood=Mood(known.mood if act.mood == Mood.PLANNED else act.mood))


def _is_named(act: Act) -> bool:
    return any(ref.name for ref in act.targets)


def whole(acts: list[Act]) -> list[Act]:
    """The deeds without what is a part of another: ``Drain completed, remaining pods have been evicted`` is one."""
    if not any(act.verb == "drain" and act.mood == Mood.DONE for act in acts):
        return acts
    return [act for act in acts if not (act.verb == "evict" and act.mood == Mood.DONE and _are_pods(act))]


def _are_pods(act: Act) -> bool:
    return act.number is None and not _is_named(act) and all(ref.kind == "Pod" for ref in act.targets)
