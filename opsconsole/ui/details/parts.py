"""The pieces that every detail page is made of: headings, named fields, paragraphs, findings, events. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from opsconsole.present.marks import SEVERITY_MARK, SEVERITY_STYLE
from opsconsole.present.panes.context import RowContext
from opsconsole.present.units import UNKNOWN, age, clock_time
from opsconsole.records import Event, Finding, Ref
from opsconsole.ui.drawing.spans import EMPTY, Span, StyledLine, fit, line, width_of
from opsconsole.ui.text.wrap import split_lines

NAME_WIDTH = 18


def heading(title: str) -> list[StyledLine]:
    """Return a section's title with a blank line before it."""
    return [EMPTY, line((f" {title}", "strong"))]


def field(name: str, value: str, style: str = "") -> StyledLine:
    """Return a named value; an unknown one says so."""
    return line((f"   {fit(name, NAME_WIDTH)} ", "dim"), (value or UNKNOWN, style if value else "dim"))


def paragraph(text: str, style: str = "", indent: int = 3) -> list[StyledLine]:
    """Return free text with its own line breaks."""
    return [line((" " * indent + row, style)) for row in split_lines(text)]


class Comparison(NamedTuple):
    """One field before and after, and what is to be said of it."""

    path: str
    before: str
    after: str
    verdict: Span


def comparison(rows: Sequence[Comparison], arrow: str) -> list[StyledLine]:
    """Return fields before and after as a table; the first row is its header."""
    paths = max(width_of(row.path) for row in rows)
    before = max(width_of(row.before) for row in rows)
    after = max(width_of(row.after) for row in rows)
    lines = []
    for number, row in enumerate(rows):
        style = "dim" if number == 0 else ""
        lines.append(
            line(
                (f"   {fit(row.path, paths)}  ", "dim"),
                (fit(row.before, before, right=True), style),
                (f" {arrow} " if number else "   ", "dim"),
                (fit(row.after, after), style or "strong"),
                (f"  {row.verdict[0]}", row.verdict[1]),
            )
        )
    return lines


def findings(found: Iterable[Finding], now: float) -> list[StyledLine]:
    """Return the section on what the rules say; nothing if they say nothing."""
    rows: list[StyledLine] = []
    for finding in found:
        style = SEVERITY_STYLE[finding.severity]
        mark = fit(SEVERITY_MARK[finding.severity], 2)
        rows.append(line((f"   {mark} {finding.severity.upper()}: {finding.title}", style)))
        if finding.detail:
            rows += paragraph(finding.detail, indent=6)
        since = f", {age(now - finding.at)} ago" if finding.at else ""
        helps = f"; kill switch that would help: {finding.switch}" if finding.switch else ""
        rows.append(line((f"      rule {finding.rule}{since}{helps}", "dim")))
    return [*heading("Findings"), *rows] if rows else []


def events_about(look: RowContext, *refs: Ref | None) -> list[StyledLine]:
    """Return the section of events on these objects, the newest first."""
    wanted = {(ref.kind, ref.namespace, ref.name) for ref in refs if ref is not None}
    found = [e for e in look.store.events.values() if (e.about.kind, e.about.namespace, e.about.name) in wanted]
    found.sort(key=lambda event: -(event.last or event.first or 0.0))
    title = f"Events ({len(found)})" if found else "Events: none seen"
    return [*heading(title), *(row for event in found for row in _event(event, look.now))]


def _event(event: Event, now: float) -> list[StyledLine]:
    at = event.last if event.last is not None else event.first
    when: Span = (f"   {clock_time(at)} {fit(age(None if at is None else now - at), 5, right=True)} ", "dim")
    style = "warn" if event.type == "Warning" else ""
    count = f" x{event.count}" if event.count > 1 else ""
    reason: Span = (f"{event.type} {event.reason}{count}: ", style)
    message, *more = split_lines(event.message)
    return [line(when, reason, message), *(line((" " * 18 + row, "")) for row in more)]
