"""The words of the header, of the panes' states and of the service levels. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from opsconsole.present.units import UNKNOWN, clock_time, plural
from opsconsole.records import Health, Identity, Severity, State
from opsconsole.settings import Settings
from opsconsole.ui.drawing.spans import Span
from opsconsole.ui.status.health import is_old

if TYPE_CHECKING:
    from opsconsole.alarms import Group

Part = tuple[int, Span]


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
    settings, identity, namespace, alarms, *_ = situation
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
    parts.append((4, (f"  ns {namespace or 'all'}", "")))
    parts.append((5, (f"  as {identity.who}", "dim")))
    if identity.version:
        parts.append((7, (f"  {identity.version}", "dim")))
    parts.append((0, _alarms(alarms)))
    clock = situation.health.get("server clock")
    if clock is not None and clock.detail:
        parts.append((1, (f"  {clock.detail}", "warn")))
    parts += [(2, part) for part in [_troubles(situation)] if part]
    parts += [(3, part) for part in [_budget(situation.budget)] if part]
    return parts


def _budget(budget: Any) -> Span | None:
    """Return the gauge of how much of the cluster the optimizer has moved in the last hour."""
    if budget is None:
        return None
    limit = f"of {budget.limit * 100:g} %/h"
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


def _troubles(situation: HeaderFacts) -> Span | None:
    """Return which feeds without a pane are not well: what is judged by them may be missing."""
    ill = [
        f"{name} {brief(word)}"
        for name, word in sorted(situation.health.items())
        if is_old(word) and name.partition(":")[0] not in situation.shown_feeds
    ]
    return ("  " + ", ".join(ill), "warn") if ill else None


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
    return "none" if word.state is State.ABSENT else _BRIEF.get(word.state, str(word.state))


_BRIEF = {State.STALE: "STALE", State.DENIED: "DENIED", State.DOWN: "DOWN"}


def others(panes: Iterable[Any]) -> list[Part]:
    """Return the line that says how each pane is, where only one of them fits."""
    parts: list[Part] = []
    for pane in panes:
        style = "focus" if pane.current else "title"
        mark = ">" if pane.current else " "
        parts.append((0 if pane.current else 1, (f"{mark}{pane.spec.title} {pane.model.total:,} ", style)))
        parts.append((0, (f"{brief(pane.health)} ", style)))
    return parts


def alarm_words(group: Group) -> str:
    """Return an alarm in one line: how bad, what, on what, how often and since when."""
    finding = group.finding
    about = f" on {finding.about}" if finding.about else ""
    times = f" (x{group.count:,} since {clock_time(group.since)})" if group.count > 1 else ""
    return f"{finding.severity.upper()} {finding.title}{about}{times}"
