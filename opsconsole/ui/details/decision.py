"""The page of a decision: what it wants, what that would change against what is there now, what we think. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.governor import fields
from opsconsole.records import AnyRecord, Decision, FieldValue, Hpa, Node, Pdb, Ref, Workload
from opsconsole.ui.details.parts import Comparison, comparison, events_about, field, findings, heading, paragraph
from opsconsole.ui.look import Look
from opsconsole.ui.spans import Line, Span, line
from opsconsole.ui.words import UNKNOWN, change, date_time, memory

if TYPE_CHECKING:
    from opsconsole.store import Store

_ALARMING_CUT = -20
"""Percent: the write-up's limit for a cut that must wait for a human."""


def page(decision: Decision, look: Look) -> list[Line]:
    """Return everything known of a decision."""
    target = find_target(decision.target, look.store)
    rows = [
        field("Said at", date_time(decision.at) if decision.at is not None else ""),
        field("Read at", date_time(decision.received)),
        field("Level", decision.level),
        field("From", decision.source),
        field("Module", decision.module),
        field("Action", decision.action or "none"),
        field("Target", str(decision.target) if decision.target else "none"),
        field("Confidence", "" if decision.confidence is None else f"{decision.confidence:g} (counts for nothing)"),
    ]
    deed = look.governor.deed(decision.key) if look.governor is not None else None
    if deed is not None:
        rows.append(field("What became of it", str(deed.state)))
    if decision.query:
        rows.append(field("Query", decision.query))
    if decision.message:
        rows += [*heading("Message"), *paragraph(decision.message)]
    if decision.problems:
        rows += [*heading("What is wrong with it"), *(line((f"   {problem}", "bad")) for problem in decision.problems)]
    rows += findings(look.findings.of_decision(decision.key), look.now)
    rows += _effect(decision, target, look)
    if decision.body:
        rows += [*heading("As it was written"), *paragraph(decision.body)]
    return rows + (events_about(look, _ref(target) or decision.target) if decision.target else [])


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


def _effect(decision: Decision, target: AnyRecord | None, look: Look) -> list[Line]:
    if not decision.fields:
        return []
    ref = _ref(target)
    if ref is None:
        where = "its target is not among the workloads seen here, so what it is now is unknown"
    else:
        where = f"against {ref} as it is now"
    now = fields.values(target) if target is not None else {}
    rows = [Comparison("FIELD", "NOW", "WANTED", ("CHANGE", "dim"))]
    for wanted in decision.fields:
        path = fields.unpack(wanted.path, target)
        value, number = now.get(path, (UNKNOWN, None))
        words, style = _change(number, wanted)
        used = _working_set(path, ref, look)
        if used is not None:
            words += f"; used {memory(used)} in the last hour"
            if wanted.number is not None and wanted.number < used:
                words, style = f"{words}: WILL BE OOM-KILLED", "bad"
        rows.append(Comparison(wanted.path, value, wanted.value, (words, style)))
    return [*heading(f"What it would change, {where}"), *comparison(rows, look.marks.arrow)]


def _working_set(path: str, ref: Ref | None, look: Look) -> float | None:
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
        return words, "bad" if percent < _ALARMING_CUT or percent >= 900 else ""
    return words, "dim" if words == UNKNOWN else ""
