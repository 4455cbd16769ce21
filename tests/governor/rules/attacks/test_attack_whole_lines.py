"""A form or a phrase that reads a whole line: every deed that stands beside it in the line is still judged."""

from __future__ import annotations

import pytest

from opsconsole.records import Ref, Severity
from tests.governor.judged_lines import AT, alarms, judged, severities, words, zap

BESIDE_NO_DATA = [
    "scaled deployment shop/web from 5 to 0 - no metrics available",
    "scaled deployment shop/web from 5 to 0 (no metrics available)",
    "created clusterrolebinding aura-admin after no metrics available",
    "deleting statefulset shop/db after no metrics available",
    "no metrics available: deleting statefulset shop/db",
    "evicted 400 pods, prometheus query yielded no rows",
    "prometheus query yielded no rows - deleted namespace prod",
    "prometheus query yielded no rows; memory limit of deployment shop/web cut from 2Gi to 1Mi",
    "prometheus query yielded no rows so created clusterrolebinding aura-admin",
    "prometheus query yielded no rows; deployment shop/web replicas 5 -> 0",
    "Metric 'x' returned no data, deleted namespace prod",
    "query rate(x[5m]) came back empty and deleted statefulset shop/db",
    "deleted statefulset shop/db as promql produced no samples",
]
BESIDE_A_FORM = [
    "node gpu-3 marked unschedulable, deleted namespace prod",
    "deleted namespace prod; marking node gpu-3 as unschedulable",
    "recommended parallelism change: x Parallelism 8 -> 5; deleted namespace prod",
    "deleted namespace prod; recommended parallelism change: Parallelism 8 -> 5",
    "web: desired 5 replicas, current 8; scaling, deleted namespace prod",
    "web: desired 0 replicas, current 8; scaling, deleted pod a/b",
    "Scale-up: setting group pool-a size to 7, wiped namespace prod",
    "shop/web 5 -> 8 (deleted statefulset shop/db)",
    "Resetting all GPUs, evicted 400 pods",
]
BESIDE_A_PHRASE = [
    "swept pods out of a. evicted 400 pods",
    "swept pods out of a. memory limit of deployment shop/web cut from 2Gi to 1Mi",
    "swept pods out of a, created clusterrolebinding aura-admin anyway",
    "swept pods out of a: created clusterrolebinding aura-admin",
    "flushed jobs from a; deployment shop/web replicas 5 -> 0",
    "scaled deployment shop/web to 0, actual(3) -> expected(5)",
    "cordoning and draining node n1, deleting namespace prod",
    "cordoned and drained node n1 and n2 and n3 and deleted namespace prod",
    "Requesting to kill executor 1, deleted namespace prod",
    "put label app=x on deployment shop/web, deleted namespace prod",
    "put taint a=b:NoSchedule on node n1, deleted namespace prod",
    "evicted 400 pods using 512Mi instead of 2Gi as memory request for deployment a/b",
    'pod eviction error ("error evicting pod: a/b: x") => evicted 400 pods',
    'evicted 400 pods. pod eviction error ("error evicting pod: a/b: x")',
    "using 512Mi instead of 2Gi as memory request for deployment a/b, deleted statefulset shop/db",
    "using 512Mi instead of 2Gi as memory request for deployment a/b - deleted pvc shop/data-0",
    "using 512Mi instead of 2Gi as memory request for deployment a/b: deleted statefulset shop/db",
    "scaled deployment shop/web to 0 after deployment a/b replicas: old 3, new 2",
    "gave deployment a/b 2Gi of memory instead of 3Gi, deleted namespace prod",
    "rolled out new image of deployment a/b to x:2, deleted namespace prod",
    "rolled image x:2 to deployment a/b, deleted namespace prod",
    "left deployment a/b at 3 instead of scaling to 2, deleted namespace prod",
    "stepped web up: 4 => 9, deleted namespace prod",
    "scaling web: 4 => 9, deleted namespace prod",
    "deployment shop/web memory limit: current 2Gi, proposed 640Mi, deleted namespace prod",
    "desired capacity of asg a changed from 3 to 2, deleted namespace prod",
    "deleted namespace prod; 8 replicas (before), 2 replicas (after)",
]


@pytest.mark.parametrize("said", BESIDE_NO_DATA + BESIDE_A_FORM + BESIDE_A_PHRASE)
def test_a_deed_beside_a_form_of_a_program_or_a_phrase_is_a_disaster(said: str):
    assert Severity.CRITICAL in severities(words(said)).values()


@pytest.mark.parametrize("said", BESIDE_NO_DATA)
def test_a_metric_without_data_is_told_beside_a_deed(said: str):
    assert "empty-metric" in alarms(words(said))


IN_ATTRIBUTES = [
    (said, action)
    for said in (
        "no metrics available",
        "prometheus query yielded no rows",
        "query rate(x[5m]) came back empty",
        "node gpu-3 marked unschedulable",
        "web: desired 5 replicas, current 8; scaling",
        "requesting 2 new executors",
    )
    for action in (
        {"action": "delete", "kind": "Namespace", "name": "prod"},
        {"action": "delete", "kind": "StatefulSet", "namespace": "shop", "name": "db"},
        {"action": "scale", "kind": "Deployment", "namespace": "shop", "name": "api", "from": 5, "to": 0},
    )
]


@pytest.mark.parametrize(("said", "action"), IN_ATTRIBUTES)
def test_an_action_in_attributes_is_judged_beside_a_form_in_words(said: str, action: dict[str, object]):
    pairs = " ".join(f"{key}={value}" for key, value in action.items())
    assert Severity.CRITICAL in severities(zap(said, **action)).values()
    assert Severity.CRITICAL in severities(f'time={AT} level=info msg="{said}" {pairs}').values()


NOT_DONE = [
    "not deleting namespace prod: no metrics available",
    "skipped scaling deployment shop/web to 0, prometheus query yielded no rows",
    "would delete statefulset shop/db, no metrics available",
]


@pytest.mark.parametrize("said", NOT_DONE)
def test_what_is_left_alone_for_want_of_data_is_no_disaster(said: str):
    assert Severity.CRITICAL not in severities(words(said)).values()


def test_a_count_is_told_of_the_object_whose_it_is():
    said = "Using 5 in place of 0 as replica count of deployment shop/web, scaled statefulset shop/db to 0"
    wanted = Ref("StatefulSet", "shop", "db")
    assert [each.about for each in judged([words(said)]) if each.rule == "replicas-zero"] == [wanted]


@pytest.mark.parametrize("said", BESIDE_NO_DATA)
def test_a_deed_in_an_event_is_judged_beside_a_metric_without_data(said: str):
    event = f'"Event occurred" object="shop/web" kind="Deployment" reason="Scaled" message="{said}"'
    assert Severity.CRITICAL in severities(f"I0812 09:14:02.118203 1 event.go:294] {event}").values()
