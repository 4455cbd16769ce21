"""What is shown of a decision: its diff, what is wrong with it, whether it happened."""

from __future__ import annotations

from typing import Protocol

from opsconsole.governor.announced.announcements import Announcement, AnnouncementState
from opsconsole.governor.observed.fields import container_of, is_limit, memory_text
from opsconsole.governor.rule import worst_first
from opsconsole.records import Change, ChangeField, Decision, Finding, Record, Ref

UNKNOWN = "unknown"


class FieldRow(Record, frozen=True):
    """One row of the diff. ``percent`` is how much more (or, negative, less) it becomes; ``None``: can't be told.

    ``working_set`` is bytes, the highest of the last hour; only memory limits have one. ``words`` is the whole row.
    """

    path: str
    before: str
    after: str
    percent: float | None = None
    working_set: float | None = None
    words: str = ""


class DecisionView(Record, frozen=True):
    """A decision, opened.

    ``happened`` is what became of it in words, empty when it announces no write; ``confidence`` says what it is worth.
    """

    decision: Decision
    rows: tuple[FieldRow, ...] = ()
    findings: tuple[Finding, ...] = ()
    happened: str = ""
    change: Change | None = None
    confidence: str = ""


class Judged(Protocol):
    """What the view needs of the governor."""

    @property
    def findings(self) -> list[Finding]: ...

    def deed(self, decision: str) -> Announcement | None: ...

    def change(self, key: str) -> Change | None: ...

    def working_set(self, about: Ref, container: str) -> float | None: ...


def decision_view(decision: Decision, governor: Judged) -> DecisionView:
    """Everything that is known of a decision now. Call it on the pump's thread."""
    deed = governor.deed(decision.key)
    change = _change(deed, governor)
    return DecisionView(
        decision=decision,
        rows=diff(decision, governor),
        findings=tuple(worst_first(each for each in governor.findings if each.decision == decision.key)),
        happened=_happened(deed, change),
        change=change,
        confidence=_confidence(decision.confidence),
    )


def diff(decision: Decision, governor: Judged) -> tuple[FieldRow, ...]:
    """What the decision sets, against what was there when it was said (not what is there now: that may be its work)."""
    deed = governor.deed(decision.key)
    if deed is None:
        return ()
    change = _change(deed, governor)
    about = change.about if change is not None else deed.about
    return tuple(_row(field, about, governor) for field in deed.fields)


def _change(deed: Announcement | None, governor: Judged) -> Change | None:
    return governor.change(deed.change) if deed is not None and deed.change else None


def _row(field: ChangeField, about: Ref | None, governor: Judged) -> FieldRow:
    percent = _percent(field)
    before, after = field.before or UNKNOWN, field.after or UNKNOWN
    words = f"{field.path}: {before} → {after}" + (f" ({percent:+.0f} %)" if percent is not None else "")
    if about is None or not is_limit(field.path, "memory"):
        return FieldRow(field.path, before, after, percent, None, words)
    used = governor.working_set(about, container_of(field.path)[0])
    words += f", working set {memory_text(used) if used is not None else UNKNOWN}"
    return FieldRow(field.path, before, after, percent, used, words)


def _percent(field: ChangeField) -> float | None:
    before, after = field.before_number, field.after_number
    if before is None or after is None or not before > 0:
        return None
    return (after - before) / before * 100.0


def _happened(deed: Announcement | None, change: Change | None) -> str:
    if deed is None:
        return ""
    if deed.state is AnnouncementState.DONE and change is not None:
        lag = change.at - deed.said_at
        when = f"{lag:.0f} s later" if lag >= 1 else "at once"
        return f"done, {when}" + (f", by {change.manager}" if change.manager else "")
    return deed.state.value + (f" ({deed.detail})" if deed.detail else "")


def _confidence(confidence: float | None) -> str:
    return "" if confidence is None else f"{confidence:g} (its own word; counts for nothing)"
