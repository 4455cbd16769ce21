"""What stands in brackets before an arrow: a call that a server answers, or a remark on what becomes another value."""

from __future__ import annotations

import pytest

from tests.governor.judged_lines import alarms, words

REMARKED = [
    ("replicas-factor", "deployment shop/web replicas: 2 (min) -> 500"),
    ("replicas-factor", "StatefulSet shop/queue replicas 4 (prod) => 500"),
    ("replicas-factor", "hpa shop/web maxReplicas 10 (old) -> 500"),
    ("replicas-factor", "scaling deployment shop/web from 4 replicas (prod) -> 500"),
    ("replicas-factor", "scaled deployment shop/web from 4 replicas (prod) → 500"),
    ("replicas-factor", "StatefulSet shop/queue replicas 2 (see set_replicas(4)) -> 404"),
    ("replicas-factor", "StatefulSet shop/queue replicas 4 f(name='x', body={x}) -> 500"),
    ("replicas-factor", "deployment shop/web replicas: 4 (name='x', body={x}) -> 500"),
    ("limit-cut", "deployment shop/web memory limit: 8192Mi (hard) -> 128"),
    ("limit-cut", "deployment shop/web memory limit 8Gi (requested) -> 128"),
    ("limit-cut", "deployment shop/web memory limit 8192Mi (hard) -> 200"),
]


@pytest.mark.parametrize(("rule", "text"), REMARKED)
def test_a_number_behind_a_remark_is_what_a_value_becomes(rule: str, text: str) -> None:
    assert rule in alarms(words(text))


CALLS = [
    "patch_namespaced_deployment_scale(name='a', namespace='b', body={'spec': {'replicas': 4}}) -> 200",
    "patch_namespaced_deployment_scale(name='a', namespace='b', body={'spec': {'replicas': 4}})->HTTP 201",
    "replace_namespaced_stateful_set_scale(name='a', namespace='b', body={'spec': {'replicas': 4}}) => 404 Not Found",
]


@pytest.mark.parametrize("text", CALLS)
def test_an_answer_of_the_server_is_no_value(text: str) -> None:
    assert alarms(words(text)) == set()
    assert "replicas-zero" in alarms(words(text.replace("4}}", "0}}")))
