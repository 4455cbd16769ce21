"""The console's own questions to Prometheus, answered by the rehearsal over HTTP."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from opsconsole.metrics.client import Prometheus
from opsconsole.metrics.inputs import check
from opsconsole.metrics.levels import ERROR_RATIO, ERROR_RATIO_HOUR_AGO, REQUESTS, burn_rate, service_levels
from opsconsole.metrics.memory import working_sets
from opsconsole.settings import MetricsSettings
from opsconsole.settings.sources import load
from rehearsal.rehearsal import Rehearsal
from rehearsal.scenario import Scenario


@pytest.fixture
def asked(rehearse: Callable[..., Rehearsal], aura: Scenario) -> tuple[Prometheus, MetricsSettings, float]:
    rehearsal = rehearse(aura)
    rehearsal.play_past()
    rehearsal.go_live()
    settings = load(None, rehearsal.settings, {}).metrics
    return Prometheus(settings), settings, rehearsal.clock.now()


def test_the_service_levels_tell_of_the_night(asked: tuple[Prometheus, MetricsSettings, float]) -> None:
    ask, settings, now = asked
    levels = {metric.key: metric for metric in service_levels(ask, settings, now)}
    assert levels[REQUESTS].value == pytest.approx(1320, rel=0.1)
    assert (levels[ERROR_RATIO].value or 0) > 50
    assert levels[ERROR_RATIO_HOUR_AGO].value == pytest.approx(0.0, abs=0.01)
    burning = burn_rate(ask, settings, now)
    assert (burning.state, (burning.value or 0) > 14.4) == ("burning", True)


def test_the_working_sets_are_those_of_the_good_days(asked: tuple[Prometheus, MetricsSettings, float]) -> None:
    ask, _, now = asked
    sets = {metric.key: metric.value for metric in working_sets(ask, now)}
    held = sets["working_set/Deployment/production/auth-service/auth-container"]
    assert held is not None
    assert held > 640 * 2**20


def test_the_optimizers_own_query_is_found_empty_and_the_real_label_is_suggested(
    asked: tuple[Prometheus, MetricsSettings, float],
) -> None:
    ask, _, now = asked
    found = check(ask, 'http_requests_total{service="api"}', now)
    assert found.state == "empty"
    assert any("api-gateway" in hint for hint in found.hints)
