"""The words of the header, the alarm banner and the panes' states. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from opsconsole.records import Finding, Health, Identity, Severity, State
from opsconsole.settings import Settings
from opsconsole.ui.look import SEVERITY_MARK
from opsconsole.ui.spans import Span
from opsconsole.ui.words import plural

Part = tuple[int, Span]


def is_production(settings: Settings, identity: Identity) -> bool:
    """Whether the context or cluster is named like production."""
    names = f"{identity.context} {identity.cluster}".lower()
    return any(word.lower() in names for word in settings.cluster.production if word)


def header(settings: Settings, identity: Identity, namespace: str, alarms: Sequence[Finding]) -> list[Part]:
    """Return the header's parts with their importance."""
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
    return parts


def _alarms(alarms: Sequence[Finding]) -> Span:
    if not alarms:
        return "  no alarms", "dim"
    critical = sum(finding.severity is Severity.CRITICAL for finding in alarms)
    words = f"  {plural(len(alarms), 'alarm')}"
    return (f"{words}, {critical} critical", "bad") if critical else (words, "warn")


SWITCH_KEYS = {"revoke": "1", "optimizer": "2", "gpu": "3", "all": "0"}
"""The keys of the built-in kill switches, as the banner names them."""


def banner(alarms: Sequence[Finding], read_only: bool) -> list[Part]:
    """Return the alarm banner: the worst finding and the switch to use; nothing without a critical alarm."""
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
        key = SWITCH_KEYS.get(worst.switch)
        use = f"press {key}: {worst.switch}" if key and not read_only else f"kill switch: {worst.switch}"
        parts.append((0, (f" {use} ", "notice")))
    if len(alarms) > 1:
        parts.append((3, (f" n: next of {len(alarms)} ", "banner")))
    return parts


def brief(health: Health | None) -> str:
    """Return a pane's state in one word."""
    if health is None:
        return "starting"
    return "none" if health.state is State.ABSENT else _BRIEF.get(health.state, str(health.state))


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
