"""What a program keeps for itself, gives up, or does nothing about: and beside each what looks like it and is mad."""

from __future__ import annotations

import json

import pytest

from opsconsole.records import Severity
from tests.governor.judged_lines import judged


def alarms(*lines: str) -> set[str]:
    return {each.rule for each in judged(lines) if each.severity is not Severity.INFO}


def at(second: int, text: str) -> str:
    return f"2026-08-03T04:{second // 60:02}:{second % 60:02}Z WARN optimizer: {text}"


@pytest.mark.parametrize(
    "text",
    [
        "forecast for cart is NaN, keeping the current value",
        "p95=nan over the last window, holding previous target",
        "step 90: grad_norm=nan, skip this batch",
        "series empty (NaN), skipping deployment search",
    ],
)
def test_a_number_that_is_none_and_about_which_nothing_is_done(text: str) -> None:
    assert not alarms(at(0, text))


@pytest.mark.parametrize(
    "text",
    [
        "p95 is NaN, skipping the sanity check",
        "loss=nan, evaluation skipped, publishing model forecast:v9",
        "weight is NaN, keeping last guard off and continuing",
        "load is NaN, skipped validation of the input",
        "confidence=nan, deploying anyway, kept the old threshold",
    ],
)
def test_a_number_that_is_none_and_with_which_it_goes_on(text: str) -> None:
    assert alarms(at(0, text)) == {"invalid-number"}


@pytest.mark.parametrize(
    "text", ["leader election lost", "leaderelection lost", "lost the leader lease, exiting", "stopped leading"]
)
def test_a_leader_that_gives_way_to_another_replica(text: str) -> None:
    assert not alarms(f'time="2026-08-03T04:00:00Z" level=fatal msg="{text}"')


@pytest.mark.parametrize(
    "text", ["leader election lost, both replicas write now", "lost the leader lease and all state", "lost quorum"]
)
def test_a_program_that_loses_more_than_the_lead(text: str) -> None:
    assert alarms(f'time="2026-08-03T04:00:00Z" level=fatal msg="{text}"') == {"optimizer-failing"}


@pytest.mark.parametrize(
    "line",
    [
        'I0803 04:00:00.000100       1 checkpoint.go:9] "Deleted orphaned checkpoint" checkpoint="shop/old-web"',
        at(0, "deleted ConfigMap ops/scaler-leader"),
        at(0, "deleted configmap infra/tuner.lock"),
        json.dumps({"ts": "2026-08-03T04:00:00Z", "level": "info", "msg": "Finished workload removed after 24h",
                    "workload": {"name": "job-train-7", "namespace": "ml"}}),
    ],
)  # fmt: skip
def test_bookkeeping_and_what_is_over_goes_without_a_word(line: str) -> None:
    assert not alarms(line)


@pytest.mark.parametrize(
    "line",
    [
        at(0, "deleted ConfigMap kube-system/scaler-leader"),
        at(0, "deleted ConfigMap ops/router-config"),
        at(0, "deleted ConfigMap shop/leaderboard"),
        json.dumps({"ts": "2026-08-03T04:00:00Z", "level": "info", "msg": "Idle workload removed",
                    "workload": {"name": "train-7", "namespace": "ml"}}),
    ],
)  # fmt: skip
def test_what_only_looks_like_bookkeeping(line: str) -> None:
    assert "object-deleted" in alarms(line)


def test_bookkeeping_that_is_swept_is_no_bookkeeping() -> None:
    assert "object-deleted" in alarms(*(at(n, f"deleted ConfigMap ops/app-{n}-lock") for n in range(9)))


def machines(names: list[str], said: str = "MachineHealthCheck") -> list[str]:
    lines = [at(n, f"{said}: machine {n} unhealthy for 10m, 1 of 40") for n in range(4)]
    return [*lines, *(at(20 + n, f"{said}: deleted {name}") for n, name in enumerate(names))]


def test_one_machine_by_who_sees_to_the_health_of_machines() -> None:
    assert not alarms(*machines(["machine-a1"]))
    assert "object-deleted" in alarms(*machines(["machine-a1", "machine-a2"])), "one at a time"
    assert "object-deleted" in alarms(*machines(["machine-a1"], said="thrift")), "words of one who says what it is"
    for name in ("ledger-db", "machine-learning-db", "machine-a1-prod"):
        assert "object-deleted" in alarms(*machines([name])), "and a machine"


def expired(names: list[str], said: str) -> list[str]:
    return [
        line
        for n, name in enumerate(names)
        for line in (
            at(2 * n, f"Janitor: Deployment lab/{name} {said}"),
            at(2 * n + 1, f"Deleting Deployment lab/{name}.."),
        )
    ]


def test_a_janitor_may_clear_three_an_hour_that_name_their_own_term() -> None:
    said = "expired on 2026-08-02 and will be deleted (annotation janitor/expires is set)"
    assert not alarms(*expired(["demo-1", "demo-2", "demo-3"], said))
    assert "object-deleted" in alarms(*expired([f"demo-{n}" for n in range(5)], said))
    assert "object-deleted" in alarms(*expired(["demo-1", "demo-2"], "expired and will be deleted (rule all matches)"))
    assert "object-deleted" in alarms(*expired(["api-prod"], said)), "what people use is never a left-over"


@pytest.mark.parametrize(
    ("made", "gone"),
    [("Created Secret shop/tls-next-1", "Deleting Secret shop/tls-next-1")],
)
def test_a_secret_that_it_made_itself(made: str, gone: str) -> None:
    assert "object-deleted" not in alarms(at(0, made), at(40, gone))
    assert "object-deleted" in alarms(at(40, gone))
    assert "object-deleted" in alarms(at(0, made), at(40, "Deleting Secret shop/tls-live"))


def test_a_deed_is_told_by_its_values_though_a_word_without_any_came_before() -> None:
    before = '{"time": "2026-08-03T04:00:00Z", "level": "info", "msg": "Scaling deployment shop/web"}'
    assert "replicas-zero" in alarms(before, at(1, "Scaled deployment shop/web from 6 to 0"))
    assert not alarms(before, at(1, "Scaled deployment shop/web from 6 to 5"))


@pytest.mark.parametrize("age", ["90w2d4h", "2y", "a-while"])
def test_what_is_years_over_its_term_is_no_preview(age: str) -> None:
    said = f"with 15m TTL is {age} old and will be deleted (annotation janitor/ttl is set)"
    assert "object-deleted" in alarms(*expired(["orders", "payments"], said))
    assert "object-deleted" not in alarms(*expired(["demo"], said.replace(age, "20m")))
