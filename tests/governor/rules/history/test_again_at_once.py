"""Restarts within seconds, values that flap though no line names whose, a person's correction and stop undone."""

from __future__ import annotations

import json

import pytest

from tests.governor.judged_lines import alarms, at


@pytest.mark.parametrize(
    "texts",
    [
        ["restarted deployment shop/web"] * 3,
        ["Restarting statefulset orders/consul (attempt {n})"] * 3,
        ["rolled back deployment shop/web"] * 3,
    ],
)
def test_again_within_the_minute(texts: list[str]) -> None:
    assert "does-it-again" in alarms(*(at(9 * n, text.replace("{n}", str(n))) for n, text in enumerate(texts)))


@pytest.mark.parametrize(
    "lines",
    [
        [
            at(0, "restarting deployment shop/web"),
            at(1, "restarted deployment shop/web"),
            at(3, "rollout finished"),
        ],
        [at(160 * n, "restarted deployment shop/web") for n in range(3)],
        [at(n, f"restarted deployment shop/web-{n}") for n in range(3)],
        [at(n, "deleted pod shop/web-0") for n in range(3)],
    ],
)
def test_once_or_slowly_or_of_several(lines: list[str]) -> None:
    assert "does-it-again" not in alarms(*lines)


@pytest.mark.parametrize(
    "texts",
    [
        ["restarted 40 deployments"] * 2,
        ["rolling restart of 12 statefulsets in namespace shop"] * 2,
        ["restarted 30 pods in namespace shop"] * 2,
        ["restarted 3 deployments in namespace shop"] * 3,
        ["restarted 40 deployments", "not ready after 60s, rollout restart again: 40 deployments"],
        ["restarted 40 deployments", "still failing, restarting everything again"],
    ],
)
def test_a_wave_of_restarts_that_begins_anew(texts: list[str]) -> None:
    lines = [at(90 * n, text) for n, text in enumerate(texts)]
    assert "does-it-again" in alarms(*lines)
    assert "does-it-again" not in alarms(*lines[:-1])
    assert "does-it-again" not in alarms(*(at(400 * n, text) for n, text in enumerate(texts)))


@pytest.mark.parametrize(
    "texts",
    [
        ["restarting 40 deployments", "restarted 40 deployments"],
        ["restarted 40 deployments in namespace a", "restarted 40 deployments in namespace b"],
        ["restarted 3 deployments in namespace shop"] * 2,
        ["restarted 40 deployments", "pod web-1 restarted again"],
        ["restarted 40 deployments", "not restarting anything again before all are ready"],
        ["evaluated 40 deployments", "rollout restart again: 40 deployments"],
    ],
)
def test_one_wave_or_several_places(texts: list[str]) -> None:
    assert "does-it-again" not in alarms(*(at(90 * n, text) for n, text in enumerate(texts)))


def nobody(*values: tuple[int, int], apart: int = 10) -> list[str]:
    return [at(apart * n, f"updating replicas from {before} to {after}") for n, (before, after) in enumerate(values)]


@pytest.mark.parametrize(
    "values",
    [
        [(12, 2), (2, 12), (12, 2), (2, 12)],
        [(4, 9), (9, 3), (3, 8), (8, 2)],
        [(1, 30), (30, 4), (4, 28), (28, 0)],
    ],
)
def test_replicas_of_nobody_flap(values: list[tuple[int, int]]) -> None:
    assert "flapping" in alarms(*nobody(*values))


def test_three_sharp_turns_within_minutes_are_enough() -> None:
    sharp = (6, 18), (18, 6), (6, 20)
    assert "flapping" in alarms(*nobody(*sharp, apart=60))
    assert "flapping" not in alarms(*nobody(*sharp, apart=120))
    assert "flapping" not in alarms(*nobody(*sharp[:2], apart=60))
    assert "flapping" not in alarms(*nobody((6, 12), (12, 6), (6, 12), apart=60))


@pytest.mark.parametrize(
    "lines",
    [
        nobody((2, 4), (4, 8), (8, 16), (16, 8)),
        nobody((12, 2), (3, 14), (9, 2), (5, 20)),  # of several
        nobody((12, 11), (11, 12), (12, 11), (11, 12)),
        nobody((12, 2), (2, 12), (12, 2), (2, 12), apart=290),
    ],
)
def test_replicas_of_nobody_that_follow_a_load_or_are_of_several(lines: list[str]) -> None:
    assert "flapping" not in alarms(*lines)


@pytest.mark.parametrize(
    "text",
    [
        "enforced Deployment live/board replicas 20 -> 6",
        "scaled deployment shop/web from 12 to 4",
        "patched deployment shop/web limits.memory 2Gi -> 1Gi",
    ],
)
def test_what_somebody_insists_on_is_undone_twice(text: str) -> None:
    assert "tug-of-war" in alarms(at(0, text), at(200, text))


@pytest.mark.parametrize(
    "lines",
    [
        [at(0, "scaled deployment shop/web from 12 to 4"), at(5, "scaled deployment shop/web from 12 to 4")],
        [at(0, "scaled deployment shop/web from 12 to 4"), at(200, "scaled deployment shop/web from 9 to 4")],
        [at(0, "scaled deployment shop/web from 12 to 9"), at(200, "scaled deployment shop/web from 12 to 9")],
        [at(0, "scaled deployment shop/web from 12 to 4"), at(90, "scaled deployment shop/web from 4 to 12"),
         at(200, "scaled deployment shop/web from 12 to 4")],
    ],
)  # fmt: skip
def test_what_is_told_twice_or_changed_by_itself(lines: list[str]) -> None:
    assert "tug-of-war" not in alarms(*lines)


def otel(message: str, name: str = "tidyplan") -> str:
    return json.dumps({"@timestamp": "2026-06-30T09:00:00Z", "message": message, "service.name": name})


@pytest.mark.parametrize(
    "message",
    [
        "watchdog: restoring Deployment tidyplan/tidyplan replicas 0 -> 3",
        "scaled deployment ops/tidyplan from 0 to 1",
        "patched cronjob ops/tidyplan suspend: true -> false",
    ],
)
def test_it_takes_back_that_it_was_stopped(message: str) -> None:
    assert "starts-itself" in alarms(otel(message))


@pytest.mark.parametrize(
    ("message", "name"),
    [
        ("scaled deployment ops/tidyplan from 0 to 1", "keda"),
        ("scaled deployment ops/tidyplan from 1 to 2", "tidyplan"),
        ("would scale deployment ops/tidyplan from 0 to 1", "tidyplan"),
    ],
)
def test_what_somebody_else_starts_or_was_not_stopped(message: str, name: str) -> None:
    assert "starts-itself" not in alarms(otel(message, name))


def test_reports_that_follow_on_one_word_are_deeds_of_their_own() -> None:
    said = [at(0, "restarting statefulset orders/consul")]
    assert "does-it-again" in alarms(*said, *(at(2 + n, "restarted statefulset orders/consul") for n in range(4)))
    assert "does-it-again" not in alarms(*said, at(2, "restarted statefulset orders/consul"))
