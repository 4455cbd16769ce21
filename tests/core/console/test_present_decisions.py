"""What the columns DECISION and FINDING say."""

from __future__ import annotations

import pytest

from opsconsole.decisions.stream import DecisionStream
from opsconsole.governor.decision_view import FieldRow
from opsconsole.present.decisions import label, labels, substance
from opsconsole.records import Decision, Finding, Ref, Severity


def said(line: str) -> Decision:
    return DecisionStream(today=1.79e9).feed("log", line, 0.0)[0]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("INFO: Patching deployment auth memory limit from 1Gi to 64Mi", "auth  mem 1Gi → 64Mi  -94 %"),
        ("INFO: Scaling deployment web from 2 to 400 replicas", "web  replicas 2 → 400  x200"),
        ("INFO: evicting 12 pods in namespace shop", "evict ×12 in shop"),
        ("INFO: Deleting namespace shop", "delete Namespace/shop"),
        ("INFO: Evicting pod shop/web-1", "evict web-1"),
        ("INFO: [dry-run] Scaling deployment web to 0 replicas", "web  replicas → 0 (dry run)"),
        ("INFO: Failed to patch deployment 'web': 409 Conflict", "patch Deployment/web (refused)"),
        (
            '{"level": "INFO", "action": "delete_pod", "target": "web-1", "namespace": "shop", "reason": "stalled"}',
            "delete Pod/web-1",
        ),
        ("INFO: cycle finished", "cycle finished"),
    ],
)
def test_a_decision_says_its_substance(line: str, words: str) -> None:
    assert substance(said(line)) == words


def test_the_value_before_is_the_governors_where_the_line_tells_none() -> None:
    decision = said("INFO: Scaling deployment web to 1 replicas")
    row = FieldRow("replicas", "4", "1", -75.0)
    assert substance(decision, (row,)) == "web  replicas 4 → 1  -75 %"


def test_a_finding_fits_its_column() -> None:
    cut = Finding("a", "limit-cut", Severity.CRITICAL, "a sentence that is far too long for any column", about=None)
    row = FieldRow("containers[a].resources.limits.memory", "1Gi", "64Mi", -93.75)
    assert label(cut, (row,)) == "-94 % mem"
    oom = Finding("b", "will-oom", Severity.CRITICAL, "x", about=Ref("Pod", "a", "b"))
    assert labels((cut, oom, oom), (row,)) == "-94 % mem, will OOM"
    assert label(Finding("c", "sample.odd-thing", Severity.WARNING, "x")) == "odd thing"
