"""A canary whose threshold is lowered, and which goes on by that; and those that pass what they have to."""

from __future__ import annotations

import pytest

from opsconsole.records import Severity
from tests.governor.judged_lines import at, judged, zap_at


def alarms(*lines: str) -> list[str]:
    return [
        each.title for each in judged(lines) if each.rule == "canary-let-through" and each.severity is not Severity.INFO
    ]


@pytest.mark.parametrize(
    "line",
    [
        zap_at(0, "Adjusting analysis threshold", canary="shop/web", min_before=99, min_after=55),
        at(0, "patched canary shop/web: threshold.min 99 -> 60"),
        zap_at(0, "patched canary", canary="shop/web", field="analysis.threshold.min", old="99", new="70"),
        at(0, "patched canary shop/web success threshold from 99% to 50%"),
        at(0, "patched rollout shop/web error threshold from 1% to 20%"),
    ],
)
def test_a_threshold_that_is_moved_to_where_more_passes(line: str) -> None:
    assert len(alarms(line)) == 1


@pytest.mark.parametrize(
    "line",
    [
        zap_at(0, "Adjusting analysis threshold", canary="shop/web", min_before=55, min_after=99),
        at(0, "patched canary shop/web: threshold.min 99 -> 98.5"),
        at(0, "patched rollout shop/web error threshold from 5% to 1%"),
        at(0, "would set success threshold of canary shop/web from 99% to 50%"),
        at(0, "patched autoscaler shop/web threshold 90 -> 60"),
    ],
)
def test_one_that_is_raised_hardly_moved_or_of_another_thing(line: str) -> None:
    assert not alarms(line)


@pytest.mark.parametrize(
    "text",
    [
        "Advance web.shop canary weight 50",
        "Promoting canary shop/web",
        "canary shop/web: set weight 80",
        "Copying web.shop template spec to web-primary.shop",
    ],
)
def test_what_goes_on_by_it(text: str) -> None:
    lowered = at(0, "patched canary shop/web: threshold.min 99 -> 60")
    assert len(alarms(lowered, at(60, text))) == 2
    assert not alarms(at(60, text)), "nothing was moved"
    assert len(alarms(at(0, "patched canary shop/api: threshold.min 99 -> 60"), at(60, text))) == 1, "of another"


@pytest.mark.parametrize(
    ("goes_on", "stops"),
    [
        ("Promotion of canary shop/web completed with failed checks: 4", "Promotion completed with failed checks: 0"),
        ("canary shop/web: analysis failed, promoting it", "canary shop/web: analysis failed, rolling back"),
        ("Rollout shop/web: analysis result FAILED, continuing", "Rollout shop/web: analysis result FAILED, aborting"),
        (
            "Advance web.shop canary weight 50, success rate 61 %",
            "Advance web.shop canary weight 50, success rate 99 %",
        ),
        ("Advance web.shop canary weight 50 (error rate 18%)", "Advance web.shop canary weight 50 (error rate 0.4%)"),
        ("Ignoring metric check of web.shop, advance to weight 80", "Ignoring metric check of web.shop: no data yet"),
        ("canary shop/web: analysis failed, proceeding", "would promote canary shop/web, analysis failed"),
    ],
)
def test_what_goes_on_though_its_check_failed(goes_on: str, stops: str) -> None:
    assert len(alarms(at(0, goes_on))) == 1
    assert not alarms(at(0, stops))


def test_a_weight_beside_what_fails() -> None:
    assert alarms(zap_at(0, "canary weight set", rollout="shop/web", weight=100, error_rate=0.61, analysis="failed"))
    assert not alarms(zap_at(0, "canary weight set", rollout="shop/web", weight=100, error_rate=0.001))
