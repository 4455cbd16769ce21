"""Values, names and everyday words that are taken for others: what must be told all the same, and what must not."""

from __future__ import annotations

import pytest

from tests.governor.judged_lines import alarms, words


def line(text: str) -> str:
    return text if text.startswith("{") else words(text)


TOLD = [
    # Two numbers with parts are versions, but not of what is scaled.
    ("replicas-absurd", "scaling deployment=shop/web from=3.5 to=900.5"),
    ("replicas-absurd", '{"action":"scale","deployment":"shop/web","from":"10.5","to":"0.5"}'),
    ("replicas-absurd", '{"action":"scale","statefulset":"shop/db","old":"2.5","new":"7000.5"}'),
    # What became of something else is no value that is set.
    ("replicas-zero", "scaled statefulset shop/db to 0, ready pods became 0"),
    ("replicas-zero", "scaled deployment shop/web to 0, its errors became 0"),
    ("limit-floor", "set memory limit of deployment shop/web to 64Mi, usage became 64Mi"),
    ("limit-floor", "set memory limit of deployment shop/web to 64Mi (healthy became 2Gi later)"),
    ("replicas-zero", "scaled deployment shop/web to 0 replicas, errors: 40 became 2"),
    # A word beside it that is no number, and words of other languages beside the value itself.
    ("replicas-zero", '{"action":"scale_to","size":0,"desired":"ok","name":"shop/web","kind":"Deployment"}'),
    ("replicas-zero", '{"action":"scale_to","replicas":0,"desired":true,"name":"shop/web","kind":"Deployment"}'),
    ("replicas-zero", '{"action":"scale","deployment":"shop/web","prima":0,"dopo":3,"replicas":0}'),
    ("replicas-zero", '{"action":"scale","deployment":"shop/web","replicas":0,"nachher":6}'),
    # Names that begin as a field's do, or look like a rate.
    ("object-deleted", "deleted deployment requests.api in namespace shop"),
    ("object-deleted", "deleted secret limit.key in namespace shop"),
    ("object-deleted", "deleted service cpu.api in namespace shop"),
    ("object-deleted", "deleted statefulset memory.cache in namespace shop"),
    ("replicas-zero", "scaled deployment replicas.web in namespace shop to 0"),
    ("object-deleted", "delete statefulset ops/s"),
    ("object-deleted", "deleting statefulset ops/hour"),
    ("object-deleted", "deleting statefulset msgs/min"),
]
CALM = [
    # An agent's step on something of its own, and states of others.
    ("replicas-zero", "agent chose action 3 for env-1 (12 -> 0)"),
    ("replicas-zero", "applied step on layer-3 (64 -> 0)"),
    ("replicas-zero", "trainer: performed step 4 of epoch-1: 10 -> 0"),
    ("replicas-zero", "lr: applied decision on group-0 100 to 0"),
    ("replicas-zero", "executed action 2 on actor-7: 5 -> 0"),
    ("replicas-zero", "Prometheus: web-1 has 0 replicas, down from 3: KubeDown"),
    ("replicas-zero", "shop/web has 0 replicas, down from 3"),
    ("replicas-zero", "alert fired, shop/web now has 0 replicas, down from 3"),
    ("replicas-zero", "backlog/jobs fell from 30 to 0 pods waiting"),
    ("replicas-zero", "usage by web-2 fell from 5 pods to 0 pods"),
    ("replicas-zero", "yesterday's forecast: shop/web goes from 3 to 0 replicas"),
    # What became of errors is no count of replicas.
    ("replicas-cut", "scaled deployment shop/web to 0 replicas, errors: 40 became 2"),
    ("replicas-cut", "scaled deployment shop/web to 6 replicas, errors: 40 becomes 2"),
]


@pytest.mark.parametrize(("rule", "text"), TOLD)
def test_it_is_told(rule: str, text: str) -> None:
    assert rule in alarms(line(text))


@pytest.mark.parametrize(("rule", "text"), CALM)
def test_it_is_no_alarm(rule: str, text: str) -> None:
    assert rule not in alarms(line(text))


def test_what_an_agent_does_to_a_workload_is_told() -> None:
    assert "replicas-zero" in alarms(words("executed action -6 on deployment web: 6 -> 0"))
    assert "replicas-zero" in alarms(words("shop/web now has 0 replicas, down from 3"))
