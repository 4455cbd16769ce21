"""Requests follow ready pods; errors and latency follow requests; autoscalers follow load."""

from __future__ import annotations

import pytest

from rehearsal.promql.evaluate import evaluate
from rehearsal.scenario import Scaler, Surge, Traffic
from rehearsal.world.metrics.traffic import total
from tests.rehearsal.builders import Stage, scenario, service


def value(stage: Stage, query: str) -> float:
    found = evaluate(stage.world.database, query, stage.clock.now())
    assert not isinstance(found, float)
    (sample,) = found
    return sample.value


@pytest.mark.parametrize(("at", "rate"), [(0, 100), (9, 100), (10, 100), (25, 150), (40, 200), (400, 200)])
def test_scrapers_come_up_over_their_ramp(at: float, rate: float) -> None:
    assert total(Traffic(100.0, (Surge(10.0, 100.0, ramp=30.0),)), at) == rate


def test_nobody_ready_means_everything_fails() -> None:
    stage = Stage(scenario(service(share=1.0), rate=50.0))
    stage.run(1)
    assert stage.world.moment.flows["web"].failed == 1.0
    stage.run(20)
    assert stage.world.moment.flows["web"].failed == 0.0
    stage.scale(0)
    stage.run(10)
    assert stage.world.moment.flows["web"].failed == 1.0


def test_too_much_traffic_fails_in_part_and_takes_longer() -> None:
    calm = Stage(scenario(service(share=1.0), rate=50.0))
    rushed = Stage(scenario(service(share=1.0), rate=400.0))
    for stage in (calm, rushed):
        stage.run(30)
    assert calm.world.moment.flows["web"].failed == 0.0
    assert rushed.world.moment.flows["web"].failed == pytest.approx(0.5, abs=0.05)
    assert rushed.world.moment.flows["web"].latency_ms > 5 * calm.world.moment.flows["web"].latency_ms


def test_a_failing_dependency_fails_its_callers_as_far_as_they_call_it() -> None:
    gateway = service("gateway", share=1.0, calls={"auth": 0.5})
    stage = Stage(scenario(gateway, service("auth"), rate=50.0))
    stage.run(20)
    assert stage.world.moment.flows["gateway"].failed == 0.0
    stage.scale(0, "auth")
    stage.run(10)
    assert stage.world.moment.flows["auth"].failed == 1.0
    assert stage.world.moment.flows["gateway"].failed == pytest.approx(0.5)


def test_prometheus_sees_what_users_see() -> None:
    stage = Stage(scenario(service(share=1.0), rate=50.0))
    stage.run(120)
    assert value(stage, "sum(rate(http_requests_total[1m]))") == pytest.approx(50.0, rel=0.05)
    assert value(stage, 'sum(rate(http_requests_total{code="502"}[1m]))') == 0.0
    stage.scale(0)
    stage.run(120)
    assert value(stage, 'sum(rate(http_requests_total{code="502"}[1m]))') == pytest.approx(50.0, rel=0.05)


def test_prometheus_knows_the_working_set_that_a_cut_would_break() -> None:
    stage = Stage()
    stage.run(120)
    query = 'max(max_over_time(container_memory_working_set_bytes{container="web"}[1h]))'
    assert value(stage, query) == pytest.approx(60 * 2**20)


def test_an_autoscaler_adds_pods_under_load_and_is_slow_to_take_them() -> None:
    scaled = service(share=1.0, scaler=Scaler(2, 6, 50), cpu="500m")
    stage = Stage(scenario(scaled, rate=20.0, surges=(Surge(60.0, 160.0, ramp=1.0),)))
    stage.run(50)
    assert stage.deployment()["spec"]["replicas"] == 2
    stage.run(120)
    assert stage.deployment()["spec"]["replicas"] >= 4
    assert stage.events("SuccessfulRescale")
    stage.scale(0)
    stage.run(60)
    assert stage.deployment()["spec"]["replicas"] == 0, "0 switches an autoscaler off"
