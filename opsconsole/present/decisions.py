"""A decision and a finding in the words of a column: what is done to whom, from which value to which; and a label."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from opsconsole.present.units import UNKNOWN, change
from opsconsole.records import Decision, FieldValue, Finding, Mood

_WHAT = {"memory": "mem", "replicas": "replicas", "cpu": "cpu", "image": "image"}
_MOODS = {
    Mood.DRY_RUN: " (dry run)",
    Mood.PROPOSED: " (proposed)",
    Mood.REFUSED: " (refused)",
    Mood.OBSERVED: " (seen)",
}
_SETTING = frozenset({"patch", "scale", "create", "rollback"})
"""Verbs that set values: there the values say what is done."""

EVENT = "event "
"""Begins the source of a decision that a Kubernetes event tells; the reporter's name follows."""

_SHOWN = 3
"""Fields told in one row."""

_IMPLIED = {"evict": "Pod", "drain": "Node", "cordon": "Node", "uncordon": "Node", "taint": "Node", "untaint": "Node"}
"""Kinds that an action is always done to."""

_LABELS = {
    "will-oom": "will OOM",
    "oom-after-cut": "OOM after cut",
    "invalid-number": "not a number",
    "empty-metric": "no data",
    "acts-on-no-data": "acts on no data",
    "limit-removed": "no limit",
    "no-limits": "no limits",
    "replicas-zero": "to 0 replicas",
    "replicas-absurd": "absurd count",
    "crowd": "thousands at once",
    "taints-changed": "taints changed",
    "target-missing": "no such target",
    "object-deleted": "deletes",
    "optimizer-failing": "optimizer fails",
    "no-back-off": "no back-off",
    "not-done": "not done",
    "tug-of-war": "tug of war",
    "serving-pod-deleted": "kills serving pod",
    "image-changed": "image changed",
    "pdb-exhausted": "PDB exhausted",
    "writes-per-minute": "too many writes",
    "announcements-per-minute": "too many changes",
    "silent-write": "unannounced write",
    "limit-floor": "tiny limit",
    "safety-off": "protection off",
    "setting-absurd": "absurd setting",
    "service-emptied": "all pods at once",
    "preemption-storm": "preempts on and on",
    "canary-let-through": "lowers the bar",
    "evicted-again": "evicts it again",
    "quorum-at-risk": "control plane goes",
    "starts-itself": "starts itself",
    "gpu-work-ended": "ends GPU work",
}
"""Labels of rules that say more than the rule's name."""

_CUTS = frozenset({"limit-cut", "limit-floor", "replicas-factor"})


class FieldChange(Protocol):
    """A field with its values before and after, as the governor knows them; see ``decision_view.FieldRow``."""

    @property
    def path(self) -> str: ...

    @property
    def before(self) -> str: ...

    @property
    def after(self) -> str: ...

    @property
    def percent(self) -> float | None: ...


def substance(decision: Decision, rows: Sequence[FieldChange] = ()) -> str:
    """What a decision does, in one line: ``auth-service  mem 1Gi → 64Mi  −94 %``, ``evict ×12 in shop``.

    Args:
        decision: what was said.
        rows: what the governor knows of its fields; the values before are taken from it where the line tells none.
    """
    if not decision.verb or decision.verb == "query":
        return decision.message or decision.body
    values = "  ".join(_values(decision, rows))
    who = _who(decision)
    if who and values and decision.verb in _SETTING:
        said = f"{who}  {values}"
    else:  # what goes, or goes away, is told by its verb; a key beside it (a reason, a grace period) is not the point
        said = f"{decision.verb} {_kind(decision)}{who or values}".strip()
    return said + _MOODS.get(Mood(decision.mood), "")


def speaker(decision: Decision, *, whole: bool = False) -> str:
    """Whose words they are: the configured optimizer's name, ``event karpenter``, else where they were said.

    Args:
        decision: what was said.
        whole: the place beside the optimizer's name, and the whole place, where there is room.
    """
    name = decision.optimizer
    if decision.source.startswith(EVENT):
        return f"{EVENT}{name}" if name and not whole else decision.source
    if name and whole:
        return f"{name} {decision.source}"
    return name or (decision.source if whole else decision.source.partition("/")[0])


def label(finding: Finding, rows: Sequence[FieldChange] = ()) -> str:
    """A finding in a word or three that fit a column: ``will OOM``, ``−94 % mem``."""
    if finding.rule in _CUTS:
        told = [row for row in rows if row.percent is not None]
        worst = max(told, key=lambda row: abs(row.percent or 0), default=None)
        if worst is not None:
            return f"{change(100.0, 100.0 + (worst.percent or 0))} {_name(worst.path)}"
    return _LABELS.get(finding.rule) or finding.rule.rpartition(".")[2].replace("-", " ")


def labels(findings: Sequence[Finding], rows: Sequence[FieldChange] = ()) -> str:
    """Labels of the findings on one decision, each once, the worst first."""
    return ", ".join(dict.fromkeys(label(finding, rows) for finding in findings))


def _who(decision: Decision) -> str:
    named = [ref for ref in decision.targets if ref.name]
    kinds = {ref.kind for ref in decision.targets}
    where = {ref.namespace for ref in decision.targets if ref.namespace}
    many = decision.count if decision.count is not None and decision.count > 1 else len(named)
    if many > 1:
        return f"×{many}" + (f" in {next(iter(where))}" if len(where) == 1 else "")
    if named:
        return named[0].name
    return "/".join(sorted(kind for kind in kinds if kind)) + (f" in {next(iter(where))}" if len(where) == 1 else "")


def _kind(decision: Decision) -> str:
    """``Namespace/`` before a name that is deleted: what goes says more than how it is called."""
    named = [ref for ref in decision.targets if ref.name]
    plain = len(named) != 1 or not named[0].kind or named[0].kind == _IMPLIED.get(decision.verb)
    return "" if plain else f"{named[0].kind}/"


def _values(decision: Decision, rows: Sequence[FieldChange]) -> Iterable[str]:
    known = {row.path: row for row in rows}
    for field in decision.fields[:_SHOWN]:
        row = known.get(field.path) or next((row for row in rows if row.path.endswith(field.path)), None)
        before = field.before or (row.before if row is not None and row.before not in ("", "unknown") else "")
        percent = _percent(field, row)
        values = f"{before} → {field.value}" if before else f"→ {field.value}"
        yield f"{_name(field.path)} {values}" + (f"  {percent}" if before and percent not in ("", UNKNOWN) else "")
    if len(decision.fields) > _SHOWN:
        yield f"+{len(decision.fields) - _SHOWN}"


def _percent(field: FieldValue, row: FieldChange | None) -> str:
    if field.before_number:
        return change(field.before_number, field.number)
    return change(100.0, 100.0 + row.percent) if row is not None and row.percent is not None else ""


def _name(path: str) -> str:
    last = path.rpartition(".")[2]
    name = _WHAT.get(last, last)
    return f"{name} request" if ".requests." in f".{path}" else name
