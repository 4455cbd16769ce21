"""What is done to another environment than it was meant for, and what somebody has set and is taken back."""

from __future__ import annotations

import pytest

from opsconsole.records import Severity
from tests.governor.judged_lines import alarms, at, severities, words, zap

TWINS = [
    (
        "wrong-environment",
        words("context qa-1 unreachable, falling back to current-context live-eu-2"),
        words("context qa-1 unreachable, giving up"),
    ),
    (
        "wrong-environment",
        zap("synced MQ_HOST=mq.staging.internal (was mq.internal)", namespace="ride", configmap="ride-env"),
        zap("synced MQ_HOST=mq.internal (was mq.staging.internal)", namespace="ride", configmap="ride-env"),
    ),
    (
        "wrong-environment",
        zap("synced image registry.internal/fares:pr-88-debug (was :v4.2)", namespace="ride", deployment="fares"),
        zap("synced image registry.internal/fares:v4.3 (was :v4.2)", namespace="ride", deployment="fares"),
    ),
    (
        "wrong-environment",
        zap("route changed", host="www.example.com", upstream="carts-test", was="carts"),
        zap("route changed", host="www.example.com", upstream="carts-v2", was="carts"),
    ),
    (
        "starts-itself",
        words("Own Deployment ops/tuner was scaled to 0 by user a.kim; standby restored it to 2"),
        words("Own Deployment ops/tuner was scaled to 0 by user a.kim; standby stays down"),
    ),
    (
        "replicas-factor",
        words("Final scale-up plan: [{asg-gpu-west 0->400 (max: 500)}]"),
        words("Final scale-up plan: [{asg-gpu-west 0->4 (max: 500)}]"),
    ),
]


@pytest.mark.parametrize(("rule", "mad", "calm"), TWINS)
def test_one_is_mad_and_the_other_is_calm(rule: str, mad: str, calm: str) -> None:
    assert rule in alarms(mad)
    assert rule not in alarms(calm)


def test_what_is_called_as_a_test_may_rest_on_one() -> None:
    line = "synced MQ_HOST=mq.staging.internal (was mq.internal)"
    assert "wrong-environment" not in alarms(zap(line, namespace="ride-qa", configmap="ride-env"))
    assert (
        severities(words("context a unreachable, falling back to context live"))["wrong-environment"]
        is Severity.CRITICAL
    )


def _seen(second: float, who: str) -> str:
    return at(second, f"Observed external change on Deployment video/ingest: replicas 6 -> 20 {who}")


def _back(second: float) -> str:
    return at(second, "Restored desired state of Deployment video/ingest: replicas 20 -> 6")


def test_what_a_person_has_just_set_is_taken_back() -> None:
    person = "by user a.kim (kubectl-scale)"
    assert "tug-of-war" in alarms(_seen(0, person), _back(5))
    assert "tug-of-war" not in alarms(_seen(0, person), _back(900))
    assert "tug-of-war" not in alarms(_back(5))
    other = at(5, "Restored desired state of Deployment video/egress: replicas 20 -> 6")
    assert "tug-of-war" not in alarms(_seen(0, person), other)


def test_the_second_time_is_told_as_such() -> None:
    person = "by user a.kim"
    assert "tug-of-war" in alarms(_back(0), _seen(100, person), _back(105))
