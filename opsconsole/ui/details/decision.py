"""The page of a decision: what it wants, what that would change against what is there now, what we think. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from opsconsole.governor.decision_view import UNKNOWN as NOT_KNOWN
from opsconsole.governor.decision_view import FieldRow, decision_view
from opsconsole.governor.observed import fields
from opsconsole.present.decisions import speaker
from opsconsole.present.panes.context import RowContext
from opsconsole.present.units import UNKNOWN, change, clock_time, date_time, memory
from opsconsole.records import AnyRecord, Change, Decision, FieldValue, Hpa, Node, Pdb, Ref, Workload
from opsconsole.ui.details import problems
from opsconsole.ui.details.parts import Comparison, comparison, events_about, field, findings, heading, paragraph
from opsconsole.ui.drawing.spans import Span, StyledLine

if TYPE_CHECKING:
    from opsconsole.store import Store

_ALARMING_CUT = -20
"""Percent: the write-up's limit for a cut that must wait for a human."""

_MOST_TARGETS = 20
"""Targets listed; a storm of evictions has hundreds."""

_ALARMING_GROWTH = 900
"""Percent: ten times as much."""

_TOO_LITTLE = "WILL BE OOM-KILLED"


def page(decision: Decision, look: RowContext) -> list[StyledLine]:
    """Return everything known of a decision."""
    target = find_target(decision.target, look.store)
    view = decision_view(decision, look.governor) if look.governor is not None else None
    rows = [
        field("Said at", date_time(decision.at) if decision.at is not None else ""),
        field("Read at", date_time(decision.received)),
        field("Level", decision.level),
        field("From", speaker(decision, whole=True)),
        field("Module", decision.module),
        field("Action", decision.action or "none"),
        *_meaning(decision),
        field("Confidence", "" if decision.confidence is None else f"{decision.confidence:g} (counts for nothing)"),
    ]
    if view is not None and view.happened:
        rows.append(field("Outcome", view.happened))
    if decision.query:
        rows.append(field("Query", decision.query))
    if decision.message:
        rows += [*heading("Message"), *paragraph(decision.message)]
    rows += problems.section(decision)
    rows += findings(look.findings.of_decision(decision.key), look.now)
    rows += (
        _said(decision, view.rows, target, look) if view is not None and view.rows else _effect(decision, target, look)
    )
    if view is not None and view.change is not None:
        rows += _written(view.change, look)
    rows += _attributes(decision)
    if decision.body:
        rows += [*heading("Raw log entry"), *paragraph(decision.body)]
    return rows + (events_about(look, _ref(target) or decision.target) if decision.target else [])


def _meaning(decision: Decision) -> list[StyledLine]:
    """What the action comes to, how it is meant, and all that it is done to."""
    rows = [field("Verb", decision.verb), field("Mood", decision.mood)] if decision.verb else []
    targets = decision.targets or ((decision.target,) if decision.target is not None else ())
    shown = [str(ref) for ref in targets[:_MOST_TARGETS]] or ["none"]
    if len(targets) > _MOST_TARGETS:
        shown.append(f"and {len(targets) - _MOST_TARGETS} more")
    rows += [
        field("Target" if len(targets) < 2 else "Targets" if not at else "", name) for at, name in enumerate(shown)
    ]
    return rows + ([field("Count", str(decision.count))] if decision.count is not None else [])


def _attributes(decision: Decision) -> list[StyledLine]:
    """What stood beside the message."""
    told = [field(key, value) for key, value in decision.attributes.items()]
    return [*heading("Attributes"), *told] if told else []


def find_target(target: Ref | None, store: Store) -> AnyRecord | None:
    """Return the record that a decision is about; an empty kind or namespace matches any, if only one fits."""
    if target is None:
        return None
    if target.kind == "Node":
        return store.nodes.get(target.name)
    if target.kind == "HorizontalPodAutoscaler":
        return store.hpas.get(target.key)
    exact = store.workloads.get(f"{target.kind}/{target.namespace}/{target.name}")
    if exact is not None:
        return exact
    fitting = [
        workload
        for workload in store.workloads.values()
        if workload.name == target.name
        and target.kind in ("", workload.kind)
        and target.namespace in ("", workload.namespace)
    ]
    return fitting[0] if len(fitting) == 1 else None


def _ref(record: AnyRecord | None) -> Ref | None:
    if isinstance(record, Workload):
        return record.ref
    if isinstance(record, Node):
        return Ref("Node", "", record.name, record.uid)
    if isinstance(record, Hpa | Pdb):
        return Ref(type(record).__name__, record.namespace, record.name, record.uid)
    return None


def _said(decision: Decision, said: Sequence[FieldRow], target: AnyRecord | None, look: RowContext) -> list[StyledLine]:
    """What it wants against what was there when it said so; what is there now may be its own work."""
    now = fields.values(target) if target is not None else {}
    wanted = {fields.unpack(each.path, target): each for each in decision.fields}
    rows = [Comparison("FIELD", "WHEN SAID", "WANTED", ("CHANGE", "dim"))]
    for row in said:
        current = now.get(row.path, (UNKNOWN, None))[0]
        before = UNKNOWN if row.before == NOT_KNOWN else row.before
        rows.append(Comparison(row.path, before, row.after, _verdict(row, wanted.get(row.path), before, current)))
    title = "Announced change, against the values at that time"
    return [*heading(title), *comparison(rows, look.marks.arrow)]


def _verdict(row: FieldRow, wanted: FieldValue | None, before: str, current: str) -> Span:
    words, style = _percent(row.percent)
    if wanted is not None and wanted.problem:
        words, style = wanted.problem, "bad"
    if current != before:
        words += f"; now {current}"
    if row.working_set is not None:
        words += f"; used {memory(row.working_set)} in the last hour"
        if wanted is not None and wanted.number is not None and wanted.number < row.working_set:
            words, style = f"{words}: {_TOO_LITTLE}", "bad"
    return words, style


def _percent(percent: float | None) -> Span:
    if percent is None:
        return UNKNOWN, "dim"
    return change(100.0, 100.0 + percent), "bad" if percent < _ALARMING_CUT or percent >= _ALARMING_GROWTH else ""


def _written(written: Change, look: RowContext) -> list[StyledLine]:
    by = f" by {written.manager}" if written.manager else ""
    rows = [Comparison("FIELD", "BEFORE", "AFTER", ("CHANGE", "dim"))]
    for each in written.fields:
        verdict = change(each.before_number, each.after_number)
        rows.append(Comparison(each.path, each.before or UNKNOWN, each.after or UNKNOWN, (verdict, "")))
    where = f"Write seen at {clock_time(written.at)} UTC{by}: {written.about}"
    return [*heading(where), *comparison(rows, look.marks.arrow)]


def _effect(decision: Decision, target: AnyRecord | None, look: RowContext) -> list[StyledLine]:
    if not decision.fields:
        return []
    ref = _ref(target)
    if ref is None:
        told = any(wanted.before for wanted in decision.fields)
        where = "its target is not among the workloads seen here, so what it is now is " + (
            "as the line says" if told else "unknown"
        )
    else:
        where = f"against {ref} as it is now"
    now = fields.values(target) if target is not None else {}
    rows = [Comparison("FIELD", "NOW", "WANTED", ("CHANGE", "dim"))]
    for wanted in decision.fields:
        path = fields.unpack(wanted.path, target)
        value, number = now.get(path, (wanted.before or UNKNOWN, wanted.before_number))
        words, style = _change(number, wanted)
        used = _working_set(path, ref, look)
        if used is not None:
            words += f"; used {memory(used)} in the last hour"
            if wanted.number is not None and wanted.number < used:
                words, style = f"{words}: {_TOO_LITTLE}", "bad"
        rows.append(Comparison(wanted.path, value, wanted.value, (words, style)))
    return [*heading(f"Announced change, {where}"), *comparison(rows, look.marks.arrow)]


def _working_set(path: str, ref: Ref | None, look: RowContext) -> float | None:
    if look.governor is None or ref is None or not fields.is_limit(path, "memory"):
        return None
    used: float | None = look.governor.working_set(ref, fields.container_of(path)[0])
    return used


def _change(now: float | None, wanted: FieldValue) -> Span:
    if wanted.problem:
        return wanted.problem, "bad"
    words = change(now, wanted.number)
    if now and wanted.number is not None:
        percent = (wanted.number / now - 1) * 100
        return words, "bad" if percent < _ALARMING_CUT or percent >= _ALARMING_GROWTH else ""
    return words, "dim" if words == UNKNOWN else ""
