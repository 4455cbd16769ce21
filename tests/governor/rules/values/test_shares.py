"""Cuts and rises that are told by shares alone: "memory limit of web by 10 %", again and again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from opsconsole.commands.looking.judge import LogClock, judgements
from opsconsole.plugins.host import Plugins
from opsconsole.records import Finding, Severity
from opsconsole.settings import Settings

BEGIN = datetime(2026, 8, 12, 9, tzinfo=UTC)


def alarms(*texts: str, every: float = 60.0) -> list[Finding]:
    clock = LogClock()
    lines = [f"{BEGIN + timedelta(seconds=every * n):%Y-%m-%dT%H:%M:%SZ} INFO {text}" for n, text in enumerate(texts)]
    found = [each for one in judgements(lines, Settings(), clock, Plugins(clock)) for each in one.findings]
    return [each for each in found if each.severity is not Severity.INFO]


MANY_CUTS = [
    "Reduced memory limit of deployment shop/cart by 10%",
    "Lowering the cpu limit of deployment shop/cart by 8 percent",
    "memory limit of deployment shop/cart reduced by 12 %",
    "Adjusted memory request of deployment shop/cart by -10%",
    "patched deployment shop/cart: memory limit -10%",
    "Trimmed memory of statefulset shop/cart by 9.5 %",
    "action=reduce_memory_limit target=deployment/shop/cart change_percent=10",
    "action=patch_memory_limit target=deployment/shop/cart delta=-10%",
]


@pytest.mark.parametrize("text", MANY_CUTS)
def test_many_small_shares_come_to_a_large_cut(text: str) -> None:
    assert "cut-by-steps" not in {each.rule for each in alarms(*[text] * 3)}
    found = [each for each in alarms(*[text] * 12) if each.rule == "cut-by-steps"]
    assert found
    assert "by shares" in found[-1].title
    assert "by 12 writes" in found[-1].title


def test_replicas_that_fall_by_shares_to_a_fifth_are_found() -> None:
    texts = ["Decreased replicas of deployment shop/cart by 15 %"] * 11
    assert [each.rule for each in alarms(*texts)] == ["cut-by-steps"] * 2


def test_a_word_and_its_report_are_one_cut() -> None:
    pair = [
        "Reducing memory limit of deployment shop/cart by 10%",
        "Reduced memory limit of deployment shop/cart by 10%",
    ]
    found = [each for each in alarms(*pair * 6, every=10.0) if each.rule == "cut-by-steps"]
    assert any("by 6 writes" in each.title for each in found)
    assert not any("by 12 writes" in each.title for each in found)


def test_growth_by_shares_is_found() -> None:
    texts = ["Increased replicas of deployment shop/cart by 50%"] * 8
    assert "runaway-growth" in {each.rule for each in alarms(*texts)}


def test_many_services_cut_by_a_share_each_are_found() -> None:
    texts = [f"Reduced memory limit of deployment shop/svc-{n} by 10%" for n in range(14)]
    assert {each.rule for each in alarms(*texts, every=20.0)} == {"cut-across"}


CALM = [
    ("Reduced memory limit of deployment shop/cart by 10%", "Increased memory limit of deployment shop/cart by 11%"),
    ("Scaled up deployment shop/cart by 1 since cpu rose by 60%",),
    ("memory usage of deployment shop/cart decreased by 30%",),
    ("Would reduce memory limit of deployment shop/cart by 10%",),
    ("Recommendation: reduce memory request of deployment shop/cart by 10%",),
    ("Reduced memory limit of deployment shop/cart, error rate fell by 90%",),
]


@pytest.mark.parametrize("texts", CALM, ids=lambda texts: texts[0])
def test_what_comes_to_no_cut_is_calm(texts: tuple[str, ...]) -> None:
    found = alarms(*texts * 5)
    assert not [each for each in found if each.rule in ("cut-by-steps", "runaway-growth", "limit-cut")]


def test_a_share_that_is_planned_begun_and_reported_is_one_cut() -> None:
    words = ("Will reduce", "Reducing", "Reduced")
    thrice = [f"{each} memory limit of deployment shop/cart by 15%" for each in words]
    assert "cut-by-steps" not in {each.rule for each in alarms(*thrice, *["idle"] * 600, *thrice, every=1.0)}


def test_cuts_after_one_to_nothing_are_found_all_the_same() -> None:
    first = "Reduced memory limit of deployment shop/cart by 100%"
    idle = ["idle"] * 1_500
    found = alarms(first, *idle, *["Reduced memory limit of deployment shop/cart by 10%"] * 12)
    assert "by 12 writes" in [each.title for each in found if each.rule == "cut-by-steps"][-1]


@pytest.mark.parametrize(
    ("share", "severity"),
    [("80%", Severity.WARNING), ("90%", Severity.CRITICAL), ("100%", Severity.CRITICAL), ("60%", None)],
)
def test_most_of_the_replicas_taken_away_at_once_by_a_share_are_found(share: str, severity: Severity | None) -> None:
    found = alarms(f"Reducing replicas of deployment shop/cart by {share}")
    assert [(each.rule, each.severity) for each in found] == ([("replicas-cut", severity)] if severity else [])
