"""The words of the alarm banner: why nothing works, the worst finding, or what is contained and what is new. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from opsconsole.alarms import whole
from opsconsole.present.marks import SEVERITY_MARK
from opsconsole.present.plans import verdict
from opsconsole.present.units import clock_time, plural
from opsconsole.records import Finding, Health, Outcome, Severity, State
from opsconsole.switches.registry import CONTAINING
from opsconsole.ui.drawing.spans import Span
from opsconsole.ui.status.containment import PARTS, Containment
from opsconsole.ui.status.header import Part

if TYPE_CHECKING:
    from opsconsole.alarms import Group

_SHORT = {spec.name: spec.proves for spec in CONTAINING}
_WANTS_A_NAME = frozenset({"revoke", "optimizer"})
_LOST = "CONTAINMENT LOST: "
_LONG = {spec.name: spec.proved for spec in CONTAINING}


class Alert(NamedTuple):
    """What the banner tells of.

    ``news`` are the alarms that came since the containment, ``doubt`` why nobody knows whether it still holds,
    ``working`` a switch that is at work, ``switch_keys`` the key by switch, for those that are bound. ``who_key`` is
    the key that shows who writes, where nobody is named as the optimizer: no switch on it would know whom to hit.
    """

    alarms: Sequence[Group] = ()
    console: Health | None = None
    containment: Containment | None = None
    news: Sequence[Group] = ()
    doubt: str = ""
    working: Outcome | None = None
    switch_keys: Mapping[str, str] = {}
    who_key: str = ""


def banner(alert: Alert) -> list[Part]:
    """Return the banner; empty when all is calm and nothing was executed."""
    own = alert.console
    if own is not None and own.state is State.DOWN:
        return [(0, (f" NOTHING IS LIVE: {own.detail} ", "banner"))]
    if alert.working is None:
        return list(_state(alert))
    return [(0, _working(alert, alert.working)), *((importance + 1, span) for importance, span in _state(alert))]


def _working(alert: Alert, outcome: Outcome) -> Span:
    words, style = verdict(outcome)
    return f" {_key(alert, outcome.switch)}{words} ", style


def _key(alert: Alert, switch: str) -> str:
    key = alert.switch_keys.get(switch)
    return f"{key} {switch}: " if key else f"{switch}: "


def _state(alert: Alert) -> Iterator[Part]:
    held = alert.containment
    if held is None or held.since is None:
        if held is not None and held.failed:
            yield 1, (f" NOT PROVED: {held.failed} ", "notice")
        yield from _worst(alert, alert.alarms)
        return
    lost = held.lost(group.finding for group in alert.alarms)
    if lost is not None:
        yield from _finding(alert, lost, _LOST)
    elif any(group.finding.severity is Severity.CRITICAL for group in alert.news):
        what = "CONTAINED" if held.complete else "PARTLY CONTAINED"
        yield from _worst(alert, _done_first(alert.news), f"SINCE {what} {clock_time(held.since)}: ")
    else:
        yield from _contained(alert, held)


def _worst(alert: Alert, groups: Sequence[Group], before: str = "") -> Iterator[Part]:
    worst = next((group for group in groups if group.finding.severity is Severity.CRITICAL), None)
    if worst is None:
        return
    title, about, *rest = _finding(alert, worst.finding, before, worst.count)
    yield from (title, about)
    if (total := whole(groups)) is not None:  # behind it: a narrow screen has room for what is worst alone
        yield 1, (f"— also {total.finding.title} ", "banner")
    yield from rest
    if before:
        yield 1, (f" {_news(groups)} ", "banner")
    if len(alert.alarms) > 1:
        yield 3, (f" n: next of {len(alert.alarms)} ", "banner")


def _done_first(groups: Sequence[Group]) -> list[Group]:
    """Of groups in their order those that were seen before those that are words alone, each severity by itself.

    Whoever is contained goes on to talk, and what it says is refused: what it has done since is worse than its newest
    word.
    """
    return sorted(groups, key=lambda group: (group.finding.severity.rank, not _was_seen(group.finding)))


def _was_seen(finding: Finding) -> bool:
    """Whether it is about a write or a state that was seen, and not about a line of the log alone."""
    return bool(finding.change) or not finding.decision


def _finding(alert: Alert, worst: Finding, before: str = "", count: int = 1) -> Iterator[Part]:
    times = f" (x{count:,})" if count > 1 else ""
    yield 0, (f" {SEVERITY_MARK[worst.severity]} {before}{worst.title}{times}", "banner")
    yield 2, (f" on {worst.about} " if worst.about else " ", "banner")
    if worst.detail:
        yield 3, (f" {worst.detail} ", "banner")
    switch = worst.switch if before.startswith(_LOST) else _helps(alert.containment, worst.switch)
    if switch in _WANTS_A_NAME and alert.who_key:
        yield 0, (f" press {alert.who_key}: who writes it ", "notice")
    elif switch:
        key = alert.switch_keys.get(switch)
        yield 0, (f" press {key}: {switch} " if key else f" kill switch: {switch} ", "notice")
    elif worst.switch:
        yield 0, (" D: damage ", "notice")  # nothing is left to be stopped; what it did is there to be mended


def _helps(held: Containment | None, switch: str) -> str:
    """The switch to use: not one that has done its work, then it is the next of the three."""
    if not switch or held is None or switch not in held.parts or not held.parts[switch].holds:
        return switch
    return next((name for name in PARTS if held.parts[name].holds is False), "")


def _contained(alert: Alert, held: Containment) -> Iterator[Part]:
    """What is proved and when, what is not, and what is new; never more than was proved, and said so if in doubt."""
    style = "safe" if held.complete and not alert.doubt else "notice"
    yield 0, (f" {'CONTAINED' if held.complete else 'PARTLY CONTAINED'}", style)
    yield 1, (f" {clock_time(held.since)} UTC", style)
    yield 0, (f": {_short(alert, held)}", style)
    if alert.doubt:
        yield 0, (f"; {alert.doubt}", style)
    yield 0, (f"; {_news(alert.news)} ", style)
    yield 4, (f" ({', '.join(_long(held))}) ", style)
    if alert.news:
        yield 2, (f" {alert.news[0].finding.title} ", "notice")


def _news(news: Sequence[Group]) -> str:
    return f"{plural(len(news), 'new alarm')} since" if news else "no new alarm"


def _short(alert: Alert, held: Containment) -> str:
    parts = held.parts
    words = [", ".join(_SHORT[n] for n in PARTS if parts[n].holds and parts[n].at is not None) + " proved"]
    for word, holds in (("NOT", False), ("UNKNOWN", None)):
        named = [_with_key(alert, name) for name in PARTS if parts[name].holds is holds]
        words += [f"{word} {', '.join(named)}"] if named else []
    return "; ".join(words)


def _with_key(alert: Alert, name: str) -> str:
    key = alert.switch_keys.get(name)
    return f"{_SHORT[name]} ({key})" if key else _SHORT[name]


def _long(held: Containment) -> Iterator[str]:
    for name in PARTS:
        part = held.parts[name]
        if part.holds and part.at is not None:
            yield f"{_LONG[name]} and proved {clock_time(part.at)}"
        elif part.why:
            yield part.why if part.holds else f"{_SHORT[name]} {part.why}"
