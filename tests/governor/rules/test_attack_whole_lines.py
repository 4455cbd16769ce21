"""A form or a phrase that reads a whole line: every deed that stands beside it in the line is still judged."""

from __future__ import annotations

import pytest

from opsconsole.records import Severity
from tests.governor.judged_lines import alarms, severities, words

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


@pytest.mark.parametrize("said", BESIDE_NO_DATA + BESIDE_A_FORM)
def test_a_deed_beside_a_form_of_a_program_is_a_disaster(said: str):
    assert Severity.CRITICAL in severities(words(said)).values()


@pytest.mark.parametrize("said", BESIDE_NO_DATA)
def test_a_metric_without_data_is_told_beside_a_deed(said: str):
    assert "empty-metric" in alarms(words(said))


NOT_DONE = [
    "not deleting namespace prod: no metrics available",
    "skipped scaling deployment shop/web to 0, prometheus query yielded no rows",
    "would delete statefulset shop/db, no metrics available",
]


@pytest.mark.parametrize("said", NOT_DONE)
def test_what_is_left_alone_for_want_of_data_is_no_disaster(said: str):
    assert Severity.CRITICAL not in severities(words(said)).values()
