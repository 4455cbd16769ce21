"""Weights of one route that only fall, settings of Jobs and indices; and those that move as they should."""

from __future__ import annotations

import pytest

from tests.governor.judged_lines import alarms, zap_at


def moved(*moves: tuple[str, int, int], apart: int = 60) -> list[str]:
    return [
        zap_at(apart * n, "weight set", route="edge/pay", backend=backend, weight_from=before, weight_to=after)
        for n, (backend, before, after) in enumerate(moves)
    ]


@pytest.mark.parametrize(
    "moves",
    [
        [("a", 34, 20), ("b", 33, 10), ("c", 33, 5)],
        [("a", 50, 10), ("b", 50, 10), ("a", 10, 0)],
        [("a", 25, 24), ("a", 24, 6), ("b", 25, 18), ("b", 18, 0)],
    ],
)
def test_weights_that_only_fall(moves: list[tuple[str, int, int]]) -> None:
    assert "weights-absurd" in alarms(*moved(*moves))


def test_weights_that_only_fall_as_pairs_of_one_line() -> None:
    moves = (("v1", 50, 10), ("v2", 50, 10), ("v1", 10, 0))
    assert "weights-absurd" in alarms(*(
        f'time="2026-08-03T04:0{n}:00Z" level=info msg="backend updated" route="web" backend="{backend}" '
        f'weight="{before} -> {after}"'
        for n, (backend, before, after) in enumerate(moves)
    ))  # fmt: skip


@pytest.mark.parametrize(
    "moves",
    [
        [("a", 34, 20), ("b", 33, 47), ("c", 33, 20), ("a", 20, 10)],
        [("canary", 50, 30), ("canary", 30, 10), ("canary", 10, 0)],
        [("a", 34, 33), ("b", 33, 32), ("c", 33, 31), ("a", 33, 32)],
        [("v1", 90, 50), ("v2", 10, 50), ("v1", 50, 0), ("v2", 50, 100)],
    ],
)
def test_weights_that_move(moves: list[tuple[str, int, int]]) -> None:
    assert "weights-absurd" not in alarms(*moved(*moves))


def test_weights_that_fall_slowly() -> None:
    assert "weights-absurd" not in alarms(*moved(("a", 34, 20), ("b", 33, 10), ("c", 33, 5), apart=400))


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        ("setting-absurd", zap_at(0, "patched job etl/backfill parallelism 6 -> 6000")),
        ("setting-absurd", zap_at(0, "patched job", job="etl/backfill", field="parallelism", old=4, new=12000)),
        ("setting-absurd", zap_at(0, "patched job", job="etl/backfill", completions="10 -> 500000")),
        ("safety-off", zap_at(0, "patched quota", quota="shop/team", **{"hard.pods": "120 -> 0"})),
        ("safety-off", zap_at(0, "patched elasticsearch db/logs number_of_replicas 1 -> 0")),
        ("safety-off", zap_at(0, "patched elasticsearch db/logs", **{"index.number_of_replicas": "2 -> 0"})),
    ],
)
def test_settings_that_end_what_protects_or_any_bound(rule: str, line: str) -> None:
    assert rule in alarms(line)


@pytest.mark.parametrize(
    "line",
    [
        zap_at(0, "patched job etl/backfill parallelism 4 -> 6"),
        zap_at(0, "patched job", job="etl/backfill", completions="10 -> 20"),
        zap_at(0, "patched job", job="etl/backfill", completions="12000 -> 14000"),
        zap_at(0, "patched elasticsearch db/logs number_of_replicas 1 -> 2"),
        zap_at(0, "patched elasticsearch db/logs", **{"index.number_of_replicas": "0 -> 0"}),
    ],
)
def test_settings_that_change_as_they_do(line: str) -> None:
    assert not alarms(line) & {"setting-absurd", "safety-off"}
