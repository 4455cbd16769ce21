"""The words of the header, of the panes' states and of the service levels. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from opsconsole.govern.presence import NOBODY_GUARDS
from opsconsole.present.units import UNKNOWN, clock_time, plural
from opsconsole.records import Health, Identity, Severity, State
from opsconsole.settings import Settings
from opsconsole.ui.drawing.spans import Span
from opsconsole.ui.status.health import is_old

if TYPE_CHECKING:
    from opsconsole.alarms import Group

Part = tuple[int, Span]

_NAMES = 32
"""Cells that the names of several namespaces may take; more of them are counted, and named on the page of sources."""

_HOUR = 60
"""Minutes."""


def is_production(settings: Settings, identity: Identity) -> bool:
    """Whether the context or cluster is named like production."""
    names = f"{identity.context} {identity.cluster}".lower()
    return any(word.lower() in names for word in settings.cluster.production if word)


class HeaderFacts(NamedTuple):
    """What the header tells of."""

    settings: Settings
    identity: Identity
    namespace: str
    alarms: Sequence[Group]
    health: Mapping[str, Health] = {}
    shown_feeds: Sequence[str] = ()
    budget: Any = None


def header(situation: HeaderFacts) -> list[Part]:
    """Return the header's parts with their importance."""
    settings, identity, alarms = situation.settings, situation.identity, situation.alarms
    parts: list[Part] = [(5, (" opsconsole ", "strong"))]
    if is_production(settings, identity):
        parts.append((0, (" PRODUCTION ", "prod")))
    if settings.read_only:
        parts.append((0, (" READ-ONLY ", "safe")))
    parts.append((1, (f" {identity.context or 'no context yet'}", "strong")))
    if identity.cluster and identity.cluster != identity.context:
        parts.append((6, (f" cluster {identity.cluster}", "")))
    if identity.uid:
        parts.append((6, (f" uid {identity.uid.partition('-')[0]}", "dim")))
    parts += _scope(situation)
    parts.append((5, (f"  as {identity.who}", "dim")))
    if identity.version:
        parts.append((7, (f"  {identity.version}", "dim")))
    parts.append((0, _alarms(alarms)))
    clock = situation.health.get("server clock")
    if clock is not None and clock.detail:
        parts.append((1, (f"  {clock.detail}", "warn")))
    parts += _guard(situation.health.get("guard"))
    parts += _troubles(situation)
    parts += [(3, part) for part in [_budget(situation.budget)] if part]
    return parts


def _scope(situation: HeaderFacts) -> list[Part]:
    """Return which namespaces are shown; where that is not what was asked for, it stays longer than most."""
    if situation.namespace:
        return [(4, (f"  ns {situation.namespace}", ""))]
    named, pods = situation.settings.cluster.namespaces, situation.health.get("pods")
    read = pods.namespaces if pods is not None and pods.namespaces else named
    if not read:
        return [(4, ("  ns all", ""))]
    names = ", ".join(read)
    short = names if len(names) <= _NAMES else f"{read[0]} +{len(read) - 1}"
    if named:
        return [(2, (f"  ns {short}", ""))]
    return [(2, (f"  ns {short}", "warn")), (4, (" (all: DENIED)", "warn"))]


def _budget(budget: Any) -> Span | None:
    """Return the gauge of how much of the cluster the optimizer has moved in the last hour."""
    if budget is None:
        return None
    limit = f"of {budget.limit * 100:g} %/h"
    if budget.minutes < _HOUR:  # a nought that is only not seen must not read as one that was
        limit += f", {budget.minutes} min seen"
    if budget.share is None:
        return f"  budget {UNKNOWN} {limit}", "dim"
    moved = f"mem {_share(budget.memory_share)} cpu {_share(budget.cpu_share)}"
    if budget.crossed:
        return f"  BUDGET CROSSED {moved} {limit}", "bad"
    unsure = budget.share_with_unsure
    if unsure is not None and unsure > budget.limit:
        return f"  budget {moved} {limit}, CROSSED if unknown writers are the optimizer", "warn"
    return f"  budget {moved} {limit}", "dim"


def _share(share: float | None) -> str:
    return UNKNOWN if share is None else f"{share * 100:.1f} %"


def _troubles(situation: HeaderFacts) -> list[Part]:
    """Return which feeds without a pane are not well: what is judged by them may be missing.

    How many stays where their names do not fit; the page of sources has them whole.
    """
    ill: dict[str, list[str]] = {}
    for name, word in sorted(situation.health.items()):
        if (is_old(word) or word.failing) and name.partition(":")[0] not in situation.shown_feeds:
            ill.setdefault(brief(word), []).append(name)
    counts = ", ".join(f"{len(names)} {state}" for state, names in ill.items())
    named = "; ".join(f"{', '.join(names)} {state}" for state, names in ill.items())
    return [(0, (f"  {counts} (i)", "warn")), (8, (f": {named}", "warn"))] if ill else []


def _guard(word: Health | None) -> list[Part]:
    """Whether a guard watches beside us, and whether it has tripped; nothing where none was ever seen."""
    if word is None or word.state in (State.ABSENT, State.STARTING):
        return []
    if word.state is State.LIVE:
        return [(1, ("  guard TRIPPED", "warn"))] if "TRIPPED" in word.detail else [(4, ("  guarded", "good"))]
    if NOBODY_GUARDS in word.detail:
        return [(1, ("  guard SILENT", "bad"))]
    return [] if word.seen is None else [(1, (f"  guard {UNKNOWN}", "warn"))]


def _alarms(alarms: Sequence[Group]) -> Span:
    if not alarms:
        return "  no alarms", "dim"
    critical = sum(group.finding.severity is Severity.CRITICAL for group in alarms)
    words = f"  {plural(len(alarms), 'alarm')}"
    return (f"{words}, {critical} critical", "bad") if critical else (words, "warn")


def brief(word: Health | None) -> str:
    """Return a pane's state in one word."""
    if word is None:
        return "starting"
    if word.failing and word.state is State.LIVE:
        return "IN PART"
    return "none" if word.state is State.ABSENT else _BRIEF.get(word.state, str(word.state))


_BRIEF = {State.STALE: "STALE", State.DENIED: "DENIED", State.DOWN: "DOWN"}


def others(panes: Iterable[Any]) -> list[Part]:
    """Return the line that says how each pane is, where only one of them fits."""
    parts: list[Part] = []
    for pane in panes:
        style = "focus" if pane.current else "title"
        mark = ">" if pane.current else " "
        parts.append((0 if pane.current else 1, (f"{mark}{pane.spec.title} {pane.counted:,} ", style)))
        parts.append((0 if pane.current else 1, (f"{brief(pane.health)} ", style)))
    return parts


def alarm_words(group: Group) -> str:
    """Return an alarm in one line: how bad, what, on what, how often and since when."""
    finding = group.finding
    about = f" on {finding.about}" if finding.about else ""
    times = f" (x{group.count:,} since {clock_time(group.since)})" if group.count > 1 else ""
    return f"{finding.severity.upper()} {finding.title}{about}{times}"
