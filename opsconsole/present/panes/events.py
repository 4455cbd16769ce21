"""Rows of the events pane, the newest first."""

from __future__ import annotations

from opsconsole.present.lines import Span
from opsconsole.present.panes.context import RowContext
from opsconsole.present.panes.spec import Column, PaneSpec, Sort, Whole
from opsconsole.present.units import UNKNOWN, age, age_at
from opsconsole.records import Event, Kind


def _last(event: Event) -> float:
    return event.last if event.last is not None else event.first or 0.0


def _age(event: Event, look: RowContext) -> Span:
    at = event.last if event.last is not None else event.first
    return age(None if at is None else look.now - at), "dim"


def _type(event: Event, _look: RowContext) -> Span:
    return ("WARN", "warn") if event.type == "Warning" else (event.type or UNKNOWN, "dim")


def _count(event: Event, _look: RowContext) -> Span:
    return (f"x{event.count}", "") if event.count > 1 else ("", "")


def _about(event: Event, _look: RowContext) -> Span:
    return f"{event.about.kind}/{event.about.name}", ""


COLUMNS = (
    Column("LAST", 4, _age, right=True),
    Column("TYPE", 6, _type, drop=2),
    Column("REASON", 17, lambda event, _: (event.reason, "warn" if event.type == "Warning" else "")),
    Column("x", 4, _count, right=True, drop=3),
    Column("OBJECT", 24, _about, flex=2, most=50, drop=1, name=True),
    Column("MESSAGE", 16, lambda event, _: (event.message, ""), flex=4),
)

WHOLE: Whole = (
    ("LAST", lambda event, look: (age_at(look.now, event.first if event.last is None else event.last), "")),
    ("TYPE", lambda event, _: (event.type or UNKNOWN, "")),
    ("REASON", lambda event, _: (event.reason, "")),
    ("NAMESPACE", lambda event, _: (event.namespace, "")),
    ("OBJECT", _about),
    ("COUNT", lambda event, _: (str(event.count), "")),
    ("MESSAGE", lambda event, _: (event.message, "")),
)

SPEC: PaneSpec[Event] = PaneSpec(
    name="events",
    title="Events",
    kinds=(Kind.EVENT,),
    feeds=("events",),
    columns=COLUMNS,
    sorts=(
        Sort("newest first", _last, reverse=True),
        Sort("warnings first", lambda event: (event.type != "Warning", -_last(event))),
        Sort("count", lambda event: event.count, reverse=True),
        Sort("object", lambda event: (event.namespace, event.about.kind, event.about.name)),
        Sort("reason", lambda event: (event.reason, -_last(event))),
    ),
    haystack=lambda event: (
        f"{event.namespace} {event.about.kind}/{event.about.name} {event.type} {event.reason} {event.message}"
    ),
    namespace=lambda event: event.namespace,
    nothing="no events",
    about="What the cluster says happened; x is how often. They stay when the API server has forgotten them (1 h).",
    stream=True,
)
