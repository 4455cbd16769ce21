"""Rows of the decisions pane: what the optimizer says, with what we think of it beside. The newest first."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import TYPE_CHECKING

from opsconsole.present.decisions import labels, speaker, substance
from opsconsole.present.lines import Span
from opsconsole.present.marks import SEVERITY_MARK, SEVERITY_STYLE
from opsconsole.present.panes.context import RowContext
from opsconsole.present.panes.spec import Column, PaneSpec, Sort, Whole
from opsconsole.present.units import clock_time, stamp
from opsconsole.records import Decision, Kind

if TYPE_CHECKING:
    from opsconsole.governor.decision_view import FieldRow

_REMEMBERED = 10_000
"""Lines whose place is remembered: twice what the store keeps."""

_CONTINUES = 2.0
"""Seconds: a line without a time of its own that is read this soon after another of its log goes on with it."""

_LEVEL_STYLE = {"ERROR": "bad", "CRITICAL": "bad", "FATAL": "bad", "WARNING": "warn", "WARN": "warn"}


def at(decision: Decision) -> float:
    """Return when it was said: the line's own time where it has one, else when it was read."""
    return decision.received if decision.at is None else decision.at


class Said:
    """Puts decisions in the order in which they were said: by their own times between logs, as they came within one.

    Several logs are read one after the other, so arrival says little between them. Within a log it says all: its times
    are of whole seconds on some lines and of fractions on others, and the lines of a traceback have none, so a line is
    never taken for older than the one before it. For the same reason a second of several logs is as it came. A time
    that has not come yet counts as now.
    """

    def __init__(self) -> None:
        self._places: dict[str, tuple[tuple[str, float | None, float], int, float]] = {}
        self._logs: dict[str, list[tuple[int, float, float]]] = {}
        """Of each log the number of each line that is remembered, its place, and when it was last read from until then.

        A pane asks in any order: what comes at once is a set, and what a filter hides is asked for when it is shown.
        """

    def __call__(self, decision: Decision) -> tuple[float, int]:
        """Return what to sort by: the second in which it was said, then its place among all that came."""
        told, known = (decision.source, decision.at, decision.received), self._places.get(decision.key)
        if known is not None and known[0] == told:
            return known[2], decision.seq
        if known is not None:
            self._forget(decision.key)
        said = self._place(decision) // 1.0
        self._places[decision.key] = told, decision.seq, said
        while len(self._places) > _REMEMBERED:
            self._forget(next(iter(self._places)))
        return said, decision.seq

    def _forget(self, key: str) -> None:
        """Forget a line, but not the last one that is known of its log: the next one stands behind it."""
        (source, _, _), seq, _ = self._places.pop(key)
        log = self._logs[source]
        at = bisect_left(log, (seq,))
        if len(log) > 1 and at < len(log) and log[at][0] == seq:
            del log[at]

    def _place(self, decision: Decision) -> float:
        """Between the lines before and after it in its log, as far as those are known."""
        log = self._logs.setdefault(decision.source, [])
        at = bisect_left(log, (decision.seq,))
        _, place, read = log[at - 1] if at else (0, 0.0, float("-inf"))
        if decision.at is not None:
            place = max(place, min(decision.at, decision.received))
        elif decision.received - read > _CONTINUES:
            place = max(place, decision.received)
        if at < len(log) and log[at][0] == decision.seq:
            del log[at]
        if at < len(log):
            place = min(place, log[at][1])
        log.insert(at, (decision.seq, place, max(read, decision.received)))
        return place


def what(decision: Decision, look: RowContext | None = None) -> str:
    """Return in one line what the decision does: to whom, from which value to which; else its message."""
    return substance(decision, _rows(decision, look))


def _rows(decision: Decision, look: RowContext | None) -> Sequence[FieldRow]:
    """What the governor knows of the decision's fields."""
    if look is None or look.governor is None or not decision.fields:
        return ()
    from opsconsole.governor.decision_view import diff  # noqa: PLC0415 - a governor has come, behind the first frame

    return diff(decision, look.governor)


def _time(decision: Decision, _look: RowContext) -> Span:
    return clock_time(at(decision)), "dim" if decision.at is None else ""


def _level(decision: Decision, _look: RowContext) -> Span:
    level = decision.level.upper()
    return level or "-", _LEVEL_STYLE.get(level, "dim")


def _from(decision: Decision, _look: RowContext) -> Span:
    return speaker(decision), "dim"


def _confidence(decision: Decision, _look: RowContext) -> Span:
    return ("", "") if decision.confidence is None else (f"{decision.confidence:.3g}", "dim")


def _what(decision: Decision, look: RowContext) -> Span:
    if decision.form == "plain":
        return what(decision), "dim"
    return what(decision, look), "strong" if decision.verb else ""


def _mark(decision: Decision, look: RowContext) -> Span:
    findings = look.findings.of_decision(decision.key)
    if findings:
        return SEVERITY_MARK[findings[0].severity], SEVERITY_STYLE[findings[0].severity]
    return ("!", "warn") if decision.problems else ("", "")


def _finding(decision: Decision, look: RowContext) -> Span:
    findings = look.findings.of_decision(decision.key)
    if not findings:
        return ("; ".join(decision.problems), "warn") if decision.problems else ("", "")
    return labels(findings, _rows(decision, look)), SEVERITY_STYLE[findings[0].severity]


COLUMNS = (
    Column("", 2, _mark),
    Column("TIME", 8, _time),
    Column("LEVEL", 7, _level, drop=2),
    Column("FROM", 12, _from, flex=1, most=24, drop=4),
    Column("CONF", 5, _confidence, right=True, drop=3),
    Column("DECISION", 34, _what, flex=3),
    Column("FINDING", 20, _finding, flex=2, drop=1),
)


WHOLE: Whole = (
    ("TIME", lambda decision, _: (stamp(decision.at), "")),
    ("LEVEL", _level),
    ("FROM", lambda decision, _: (speaker(decision, whole=True), "")),
    ("CONF", _confidence),
    ("DECISION", _what),
    ("MARK", _mark),
    ("FINDING", _finding),
)


def spec() -> PaneSpec[Decision]:
    """Return the pane's spec. Each has a memory of its own of the order in which things were said."""
    return PaneSpec(
        name="decisions",
        title="Decisions",
        kinds=(Kind.DECISION,),
        feeds=("decisions",),
        columns=COLUMNS,
        sorts=(
            Sort("newest first", Said(), reverse=True),
            Sort("level", lambda decision: (decision.level.upper() not in _LEVEL_STYLE, -decision.seq)),
            Sort("target", lambda decision: (decision.target is None, str(decision.target or ""), -decision.seq)),
        ),
        haystack=lambda decision: (
            f"{decision.level} {decision.module} {decision.optimizer} {decision.source} "
            f"{what(decision)} {decision.message}"
        ),
        nothing="no decisions seen",
        about="What the optimizer's log says: targets with values before and after, CONF its own confidence. FINDING "
        "is what the rules hold against it. Enter opens the decision with its evidence.",
        stream=True,
    )
