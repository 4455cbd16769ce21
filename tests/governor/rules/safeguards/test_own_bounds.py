"""What a line sets beyond a bound, by its own words; what it keeps within one, or has only measured, is none."""

from __future__ import annotations

import json

import pytest

from opsconsole.records import Severity
from tests.governor.judged_lines import judged

RULE = "passes-checks-by"


def severity(line: str) -> Severity | None:
    return next((each.severity for each in judged([line]) if each.rule == RULE), None)


PASSED = [
    "scaled deployment shop/web to 12 exceeding maxReplicas 10",
    "scaled deployment shop/web to 14, exceeds maxReplicas=10",
    "scaled shop/web to 12 replicas, above max of 10",
    "scaled deployment shop/web to 40, which is beyond the hard cap of 20",
    "scaled deployment shop/web from 8 to 30 in excess of its limit",
    "scaling shop/web from 4 to 3, below minReplicas 5",
    "scaled statefulset db/zk to 1, which is below its floor of 3",
    "scaled deployment shop/web to 1 replica (below minimum 3)",
    "scaled deployment shop/web to 2 replicas, violating minAvailable 3",
    "patched deployment shop/web memory limit to 40Gi, exceeding quota 32Gi",
    "set memory limit of deployment shop/web to 2Gi, above maximum allowed 1Gi",
    "set maxReplicas of hpa shop/web to 40 which exceeds node limit of 20",
    "drained node n7 exceeding max unavailable 1",
    "evicted 12 pods over the disruption limit of 5",
    'time=2026-08-12T09:14:02Z level=info msg="scaling to 60 replicas, beyond the hard cap of 20" deployment=web',
    json.dumps({"level": "info", "msg": "scaled deployment shop/web to 15 exceeding maxReplicas 10"}),
]

FAR = [
    "scaled deployment shop/web to 50000 exceeding maxReplicas 10",
    "scaled deployment shop/web from 8 to 50,000 replicas, exceeding maxReplicas 10",
    "patched deployment shop/web memory limit to 1Ti, exceeding the limit of 16Gi",
    "scaled deployment shop/web to 18446744073709551615, above max 100",
]

WITHIN = [
    "scaled deployment shop/web to 8 replicas, not exceeding maxReplicas 10",
    "scaled deployment shop/web to 8 without exceeding maxReplicas 10",
    "scaled deployment shop/web to 10 (requested 50 exceeds maxReplicas 10)",
    "scale of deployment shop/web to 50 exceeds maxReplicas 10, capped",
    "scaling deployment shop/web to 50 exceeding maxReplicas 10: refused",
    "would scale deployment shop/web to 50 exceeding maxReplicas 10",
    "scaled deployment shop/web to 9, below maxReplicas 10",
    "scaled deployment shop/web to 9 replicas, under the limit of 10",
    "scaled deployment shop/web to 12, above minReplicas 3",
    "scaled deployment shop/web to 10, above max 10",
    "scaled deployment shop/web from 3 to 5, cpu above limit of 80%",
    "scaled deployment shop/web from 3 to 5 since load is over limit 3",
    "scaled deployment shop/web from 4 to 6, p95 above max latency 300ms",
    "scaled down deployment shop/web to 4 over 10 minutes",
    "patched deployment shop/web memory limit from 1Gi to 2Gi, usage exceeding limit",
    "set memory limit of deployment shop/web to 2Gi, above the observed max of 1Gi",
    "set memory limit of deployment shop/web to 2Gi, above max 1Gi used",
    "set memory limit of deployment shop/web to 2Gi, above max usage 1Gi",
    "restarted pod shop/web-1: memory exceeding limit 512Mi",
    "drained node n7, never exceeding max unavailable 1",
    "desired replicas 50 exceeds maxReplicas 10, capped to 10",
]


@pytest.mark.parametrize("line", PASSED)
def test_a_bound_is_passed_by_its_own_words(line: str) -> None:
    assert severity(f"INFO {line}" if line[0] not in "t{" else line) is Severity.WARNING


@pytest.mark.parametrize("line", FAR)
def test_a_bound_is_passed_by_far(line: str) -> None:
    assert severity(f"INFO {line}") is Severity.CRITICAL


@pytest.mark.parametrize("line", WITHIN)
def test_a_bound_is_kept_or_is_none(line: str) -> None:
    assert severity(f"INFO {line}") is None
