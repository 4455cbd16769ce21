"""A word about a deed and the report of it are one finding; what only the report tells is another."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from opsconsole.records import Severity
from tests.governor.judged_lines import at, judged, zap_at


def count(rule: str, *lines: str) -> int:
    return sum(each.rule == rule and each.severity is not Severity.INFO for each in judged(lines))


def in_turn(texts: Iterable[str], apart: int = 1) -> list[str]:
    return [at(n * apart, text) for n, text in enumerate(texts)]


DEEDS = [
    ("safety-off", "Patching canary shop/web: skipAnalysis false -> true",
     "Patched canary shop/web: skipAnalysis false -> true"),
    ("safety-off", "updating nodepool gpu (expireAfter 720h -> 2m)", "updated nodepool gpu (expireAfter 720h -> 2m)"),
    ("safety-off", "removing annotation ops/paused from deployment shop/web",
     "removed annotation ops/paused from deployment shop/web"),
    ("setting-absurd", "updating virtualservice shop/web retries.attempts 3 -> 100",
     "updated virtualservice shop/web retries.attempts 3 -> 100"),
    ("setting-absurd", "patching configmap gpu/cards: timeSlicing: resources: - name: nvidia.com/gpu replicas: 64",
     "patched configmap gpu/cards: timeSlicing: resources: - name: nvidia.com/gpu replicas: 64"),
    ("alerts-silenced", "silencing all alerts for 30 days", "silenced all alerts for 30 days"),
    ("alerts-silenced", "creating silence of alert ShopDown for 5 weeks",
     "created silence of alert ShopDown for 5 weeks"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "word", "report"), DEEDS)
def test_a_deed_and_its_report_are_one_finding(rule: str, word: str, report: str) -> None:
    assert count(rule, *in_turn((word, report))) == 1
    assert count(rule, at(0, report)) == 1, "the report alone tells it as well"


@pytest.mark.parametrize(
    ("rule", "message", "report", "more"),
    [
        ("safety-off", "patching", "patched", {"deployment": "shop/web", "revisionHistoryLimit": {"old": 5, "new": 0}}),
        ("setting-absurd", "updating", "updated", {"vpa": "shop/web", "minAllowed": "memory=480Gi,cpu=4"}),
        ("alerts-silenced", "creating silence", "created silence", {"alertname": "ShopDown", "duration": "8760h"}),
    ],
)
def test_a_deed_and_its_report_with_values_beside_them(
    rule: str, message: str, report: str, more: dict[str, object]
) -> None:
    assert count(rule, zap_at(0, message, **more), zap_at(1, report, **more, took="80ms")) == 1


@pytest.mark.parametrize(
    ("rule", "word", "report", "found"),
    [
        ("safety-off", "patching canary shop/web", "patched canary shop/web: skipAnalysis false -> true", 1),
        ("safety-off", "Scaling deployment shop/web from 2 to 3",
         "Patched deployment shop/web: maxUnavailable 25% -> 100%", 1),
        ("safety-off", "patching rollout shop/web failureLimit from 3 to 1000",
         "patched rollout shop/web failureLimit from 3 to 1000, autoRollback: true -> false", 2),
        ("safety-off", "would patch canary shop/web: skipAnalysis false -> true",
         "patched canary shop/web: skipAnalysis false -> true", 1),
        ("safety-off", "removing label ops/owner from deployment shop/web",
         "removed annotation ops/paused from deployment shop/web", 1),
        ("setting-absurd", "updating virtualservice shop/web retries.attempts 3 -> 100",
         "updated virtualservice lab/web retries.attempts 3 -> 100", 2),
        ("setting-absurd", "updating virtualservice shop/web retries.attempts 3 -> 100",
         "updated virtualservice shop/web retries.attempts 3 -> 900", 2),
        ("alerts-silenced", "silencing alert ShopDown for 30 days", "silenced alert NodeDown for 30 days", 2),
        ("alerts-silenced", "silencing all alerts for 30 m", "silenced all alerts for 30 days", 1),
        ("alerts-silenced", "would silence all alerts for 30 days", "silenced all alerts for 30 days", 1),
    ],
)  # fmt: skip
def test_what_the_word_did_not_tell_is_news(rule: str, word: str, report: str, found: int) -> None:
    assert count(rule, *in_turn((word, report))) == found


@pytest.mark.parametrize(("rule", "word", "report"), DEEDS)
def test_long_after_it_is_another_deed(rule: str, word: str, report: str) -> None:
    assert count(rule, *in_turn((word, report), apart=50)) == 2


@pytest.mark.parametrize("other", [{"alertname": "NodeDown"}, {"duration": "17520h"}, {"env": "prod"}])
def test_another_silence_by_what_stands_beside_it(other: dict[str, object]) -> None:
    first: dict[str, object] = {"alertname": "ShopDown", "duration": "8760h", "env": "test"}
    assert count("alerts-silenced", zap_at(0, "creating silence", **first), zap_at(1, "created silence", **first)) == 1
    second = zap_at(1, "created silence", **first | other)
    assert count("alerts-silenced", zap_at(0, "creating silence", **first), second) == 2
