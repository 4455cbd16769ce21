"""The words of the header, the alarm banner and the panes' states. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from opsconsole.records import Finding, Health, Identity, Severity, State
from opsconsole.settings import Settings
from opsconsole.ui.health import is_old
from opsconsole.ui.look import SEVERITY_MARK
from opsconsole.ui.spans import Span
from opsconsole.ui.words import UNKNOWN, plural

Part = tuple[int, Span]


def is_production(settings: Settings, identity: Identity) -> bool:
    """Whether the context or cluster is named like production."""
    names = f"{identity.context} {identity.cluster}".lower()
    return any(word.lower() in names for word in settings.cluster.production if word)


class Situation(NamedTuple):
    """What the header tells of."""

    settings: Settings
    identity: Identity
    namespace: str
    alarms: Sequence[Finding]
    health: Mapping[str, Health] = {}
    shown_feeds: Sequence[str] = ()
    budget: Any = None
    switch_keys: Mapping[str, str] = {}
    """Key by kill switch, for those that are bound."""


def header(situation: Situation) -> list[Part]:
    """Return the header's parts with their importance."""
    settings, identity, namespace, alarms, *_ = situation
    parts: list[Part] = [(3, (" opsconsole ", "strong"))]
    if is_production(settings, identity):
        parts.append((0, (" PRODUCTION ", "prod")))
    if settings.read_only:
        parts.append((0, (" READ-ONLY ", "safe")))
    parts.append((1, (f" {identity.context or 'no context yet'}", "strong")))
    if identity.cluster and identity.cluster != identity.context:
        parts.append((4, (f" cluster {identity.cluster}", "")))
    parts.append((2, (f"  ns {namespace or 'all'}", "")))
    parts.append((3, (f"  as {identity.user or 'unknown user'}", "dim")))
    if identity.version:
        parts.append((5, (f"  {identity.version}", "dim")))
    parts.append((0, _alarms(alarms)))
    parts += [(1, part) for part in (_budget(situation.budget), _troubles(situation)) if part]
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


def _troubles(situation: Situation) -> Span | None:
    """Return which feeds without a pane are not well: what is judged by them may be missing."""
    ill = [
        f"{name} {brief(word)}"
        for name, word in sorted(situation.health.items())
        if is_old(word) and name.partition(":")[0] not in situation.shown_feeds
    ]
    return ("  " + ", ".join(ill), "warn") if ill else None


def _alarms(alarms: Sequence[Finding]) -> Span:
    if not alarms:
        return "  no alarms", "dim"
    critical = sum(finding.severity is Severity.CRITICAL for finding in alarms)
    words = f"  {plural(len(alarms), 'alarm')}"
    return (f"{words}, {critical} critical", "bad") if critical else (words, "warn")


def banner(situation: Situation) -> list[Part]:
    """Return the banner: why nothing works, or the worst finding and the switch to use; empty when all is calm."""
    own = situation.health.get("console")
    if own is not None and own.state is State.DOWN:
        return [(0, (f" NOTHING IS LIVE: {own.detail} ", "banner"))]
    alarms = situation.alarms
    worst = next((finding for finding in alarms if finding.severity is Severity.CRITICAL), None)
    if worst is None:
        return []
    about = f" on {worst.about}" if worst.about else ""
    parts: list[Part] = [
        (0, (f" {SEVERITY_MARK[worst.severity]} {worst.title}", "banner")),
        (1, (f"{about} ", "banner")),
    ]
    if worst.detail:
        parts.append((2, (f" {worst.detail} ", "banner")))
    if worst.switch:
        key = situation.switch_keys.get(worst.switch)
        use = f"press {key}: {worst.switch}" if key else f"kill switch: {worst.switch}"
        parts.append((0, (f" {use} ", "notice")))
    if len(alarms) > 1:
        parts.append((3, (f" n: next of {len(alarms)} ", "banner")))
    return parts


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


def alarm_words(finding: Finding) -> str:
    """Return an alarm in one line: how bad, what, on what."""
    about = f" on {finding.about}" if finding.about else ""
    return f"{finding.severity.upper()} {finding.title}{about}"
