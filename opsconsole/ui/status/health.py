"""The state of a pane's feeds in words: ``live <1s``, ``STALE 41s: 403 list pods``. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from opsconsole.present.units import counted, silence
from opsconsole.records import Health, State
from opsconsole.ui.drawing.spans import Span, fit

MOST = 42
"""Cells that a pane which is well may take for what there is to be said of its source: its title needs the rest."""

_WORST_FIRST = (State.DOWN, State.DENIED, State.STALE, State.STARTING, State.LIVE, State.ABSENT)


def of_feeds(health: Mapping[str, Health], feeds: Iterable[str]) -> Health | None:
    """Return the worst health of ``feeds`` (``pods`` stands for ``pods:production`` too); ``None`` if none has spoken.

    Among equals it is the one heard of longest ago, since a pane is as old as its oldest part.
    """
    wanted = tuple(feeds)
    ours = [word for name, word in health.items() if name.partition(":")[0] in wanted]
    return min(ours, key=lambda word: (_WORST_FIRST.index(word.state), _heard(word)), default=None)


def _heard(word: Health) -> float:
    return word.since if word.seen is None else word.seen


def words(health: Health | None, now: float, *, whole: bool = False) -> Span:
    """Return the state as the pane's title shows it, with its style; ``whole``: where there is room for all of it."""
    if health is None:
        return "starting", "dim"
    detail = f": {health.detail}" if health.detail else ""
    if health.state is State.LIVE:
        return _live(health, detail, now, whole=whole)
    if health.state is State.ABSENT:
        return health.detail or "none here", "dim"
    if health.state is State.STARTING:
        return f"starting{detail}", "dim"
    if health.state is State.DENIED:
        return f"DENIED{detail}", "bad"
    age = counted(now - _heard(health))
    return f"{health.state.upper()} {age}{detail}", "warn" if health.state is State.STALE else "bad"


def _live(health: Health, detail: str, now: float, *, whole: bool) -> Span:
    live = f"live {silence(now - _heard(health))}"
    if health.failing:
        return f"{live} IN PART{detail}", "warn"
    if len(detail) > MOST and not whole:
        first = detail.partition("; ")[0]
        detail = fit(first, MOST) if len(first) > MOST else first
    return f"{live}{detail}", "good"


def is_old(health: Health | None) -> bool:
    """Whether the pane's rows may no longer be true and are drawn dim."""
    return health is not None and health.state in (State.STALE, State.DENIED, State.DOWN)
