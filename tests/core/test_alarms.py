"""Which alarm comes first: the worst, and of these what is done to whom before why."""

from __future__ import annotations

from opsconsole.alarms import grouped
from opsconsole.records import Finding, Ref, Severity

AUTH = Ref("Deployment", "production", "auth-service")


def finding(rule: str, at: float, severity: Severity = Severity.CRITICAL) -> Finding:
    return Finding(f"{rule}/{at}", rule, severity, f"title of {rule}", about=AUTH, at=at)


def test_what_is_done_to_whom_comes_before_why_however_new_the_reason_is() -> None:
    found = [finding("acts-on-no-data", 9.0), finding("will-oom", 1.0), finding("empty-metric", 8.0)]
    assert [group.finding.rule for group in grouped(found)] == ["will-oom", "acts-on-no-data", "empty-metric"]


def test_a_critical_reason_still_comes_before_a_warning() -> None:
    found = [finding("limit-cut", 9.0, Severity.WARNING), finding("acts-on-no-data", 1.0)]
    assert [group.finding.rule for group in grouped(found)] == ["acts-on-no-data", "limit-cut"]


def test_among_deeds_the_newest_comes_first() -> None:
    found = [finding("will-oom", 1.0), finding("replicas-zero", 2.0)]
    assert [group.finding.rule for group in grouped(found)] == ["replicas-zero", "will-oom"]
