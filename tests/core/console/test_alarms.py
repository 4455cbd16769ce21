"""Which alarm comes first: the worst, and of these what is done to whom before why."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole import alarms
from opsconsole.alarms import Alarms, Groups, grouped, whole
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


@pytest.mark.parametrize(
    ("rule", "at", "severity", "first"),
    [
        ("blast-radius", 9.0, Severity.CRITICAL, "blast-radius"),  # the same line's
        ("cut-across", 8.0, Severity.CRITICAL, "cut-across"),
        ("fleet-melts", -40.0, Severity.CRITICAL, "fleet-melts"),
        ("blast-radius", -90.0, Severity.CRITICAL, "object-deleted"),  # over: something else happens now
        ("blast-radius", 9.0, Severity.WARNING, "object-deleted"),
        ("will-oom", 8.0, Severity.CRITICAL, "object-deleted"),
    ],
)
def test_of_a_sweep_the_line_that_sums_it_up_comes_first(rule: str, at: float, severity: Severity, first: str) -> None:
    single = [finding("object-deleted", float(each)) for each in range(10)]
    found = [*single, finding(rule, at, severity)]
    assert grouped(found)[0].finding.rule == first
    held = Alarms()
    for each in found:
        held.learn(each)
    assert held.groups()[0].finding.rule == first


@pytest.mark.parametrize(
    ("rule", "at", "severity", "told"),
    [
        ("blast-radius", 9.0, Severity.WARNING, True),
        ("cut-across", -40.0, Severity.WARNING, True),
        ("blast-radius", -90.0, Severity.WARNING, False),  # over: something else happens now
        ("blast-radius", 9.0, Severity.CRITICAL, False),  # it comes first by itself
        ("limit-cut", 9.0, Severity.WARNING, False),
    ],
)
def test_a_sweep_that_goes_on_is_told_beside_a_worse_finding_of_one_object(
    rule: str, at: float, severity: Severity, *, told: bool
) -> None:
    found = grouped(
        [finding("object-deleted", 1.0), finding("will-oom", 9.0, Severity.WARNING), finding(rule, at, severity)]
    )
    total = whole(found)
    assert (total is not None and total.finding.rule == rule) is told


def test_nothing_found_has_no_whole() -> None:
    assert whole([]) is None


def drained(node: int, gone: int, severity: Severity = Severity.CRITICAL, *, scope: str = "nodes") -> Finding:
    """What a sweep's n-th line makes of it."""
    return Finding(
        f"blast-radius|{scope}|a minute",
        "blast-radius",
        severity,
        f"drains {gone} nodes in a minute",
        about=Ref("Node", "", f"n-{node}"),
        decision=f"decisions#{node}",
        at=float(node),
        scope=scope,
    )


def test_a_sweep_that_grows_is_one_line_of_judge_about_no_single_node() -> None:
    (group,) = grouped([drained(each, each) for each in range(3, 12)])
    assert (group.finding.title, group.count, group.since, group.about) == ("drains 11 nodes in a minute", 9, 3.0, None)


def test_a_cut_that_grows_is_one_line_about_its_object() -> None:
    steps = [
        Finding("steps|web|memory", "steps", Severity.WARNING, f"web memory −{each} %", about=AUTH, scope="web")
        for each in (40, 50, 60)
    ]
    (group,) = grouped(steps)
    assert (group.count, group.about) == (3, AUTH)


def test_what_grew_from_a_warning_hides_nothing_and_other_sweeps_stay_others() -> None:
    found = [
        drained(1, 3, Severity.WARNING),
        drained(2, 9),
        drained(3, 4, Severity.WARNING),
        drained(4, 5, scope="pods"),
    ]
    groups = grouped(found)
    assert [(each.finding.severity, each.count) for each in groups] == [
        (Severity.CRITICAL, 1),
        (Severity.CRITICAL, 1),
        (Severity.WARNING, 2),
    ]


def test_the_same_words_of_two_lines_are_of_their_objects() -> None:
    found = [
        Finding(f"deletes|decision:d{each}|", "deletes", Severity.CRITICAL, f"deletes web-{each}", decision=f"d{each}")
        for each in (1, 2)
    ]
    assert len(grouped(found)) == 2


FINDINGS = st.lists(
    st.builds(
        Finding,
        key=st.integers(0, 999).map(str),
        rule=st.sampled_from(["limit-cut", "acts-on-no-data"]),
        severity=st.sampled_from([Severity.CRITICAL, Severity.WARNING]),
        title=st.sampled_from(["cut to 64Mi", "cut to 32Mi"]),
        about=st.sampled_from([AUTH, Ref("StatefulSet", "production", "db"), None]),
        at=st.sampled_from([1.0, 2.0, 3.0]),
    ),
    unique_by=lambda each: each.key,
)


@given(FINDINGS)
def test_judge_and_the_screen_make_the_same_alarms_of_the_same_findings(found: list[Finding]) -> None:
    """``judge`` counts findings as they come, the screen keeps them: neither may hide what the other shows."""
    screen = Alarms()
    for each in found:
        screen.learn(each)
    assert screen.groups() == grouped(found)


def test_no_warning_hides_a_critical_finding_of_the_same_words() -> None:
    found = [finding("limit-cut", 9.0, Severity.WARNING), finding("limit-cut", 1.0)]
    screen = Alarms()
    for each in found:
        screen.learn(each)
    for groups in (screen.groups(), grouped(found)):
        assert [group.finding.severity for group in groups] == [Severity.CRITICAL, Severity.WARNING]


def test_log_that_names_another_object_in_each_line_fills_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarms, "MOST_GROUPS", 10)
    found = Groups()
    found.add(finding("will-oom", 0.0))
    for number in range(100):
        about = Ref("Pod", "shop", f"web-{number}")
        found.add(msgspec.structs.replace(finding("limit-cut", float(number), Severity.WARNING), about=about))
    groups = found.worst_first()
    assert len(groups) < 20
    assert groups[0].finding.rule == "will-oom"
    assert groups[1].finding.at == 99.0
    assert sum(group.count for group in groups) + found.left_out == 101
