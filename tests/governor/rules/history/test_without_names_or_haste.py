"""Harm without a name, without haste, or past what has just refused it; and how far the calm of each kind goes."""

from __future__ import annotations

from itertools import pairwise

import pytest

from opsconsole.records import Severity
from tests.governor.judged_lines import alarms, at, by_minutes, judged

WARNING, CRITICAL = Severity.WARNING, Severity.CRITICAL


ALONE: list[tuple[str, str, Severity]] = [
    ("Deleted 3 PersistentVolumeClaims in namespace shop", "object-deleted", CRITICAL),
    ("Removed 40 ConfigMaps in namespace shop", "object-deleted", CRITICAL),
    ("Deleting 2 namespaces", "object-deleted", CRITICAL),
    ("az aks nodepool scale --cluster-name east --name apps --node-count 0", "replicas-zero", CRITICAL),
    ("Scaling node group apps to 0", "replicas-zero", CRITICAL),
    ("Set memory limit of deployment shop/web to 5Mi", "resources-absurd", CRITICAL),
    ("Scaling deployment kube-system/kube-dns to 0 replicas", "guard-rail-changed", CRITICAL),
    ("Patching configmap ops/bot-config: max_changes 5 -> 500", "guard-rail-changed", WARNING),
    ("Updated configmap ops/limits: dry_run from true to false", "guard-rail-changed", WARNING),
    (
        'kubectl patch service api -n shop -p \'{"spec":{"externalIPs":["198.51.100.7"]}}\'',
        *("not-its-business", WARNING),
    ),
    ('kubectl patch service api -n shop -p \'{"spec":{"type":"NodePort"}}\'', "not-its-business", WARNING),
    ('kubectl patch cronjob dump -n shop -p \'{"spec":{"suspend":true}}\'', "not-its-business", WARNING),
    ("Suspended CronJob shop/dump", "not-its-business", WARNING),
    ("Patched cronjob shop/dump suspend=true", "not-its-business", WARNING),
    ("Suspending Kustomization flux/apps", "not-its-business", WARNING),
    ('kubectl patch kustomization apps -n flux -p \'{"spec":{"suspend":true}}\'', "not-its-business", WARNING),
    (
        'action=patch kind=HTTPRoute name=web msg="patched" patch={"spec":{"http":[{"route":[{"weight":250}]}]}}',
        *("weights-absurd", WARNING),
    ),
    ("Scaling deployment shop/web to 9 replicas score=nan", "invalid-number", WARNING),
    (
        "Eviction blocked by the disruption budget, deleting pod shop/db-0 directly",
        *("passes-checks-by", WARNING),
    ),
]


@pytest.mark.parametrize(("text", "rule", "severity"), ALONE)
def test_one_line_alone_is_found(text: str, rule: str, severity: Severity) -> None:
    assert by_minutes(text).get(rule) is severity


CALM = [
    "Deleted 0 PersistentVolumeClaims in namespace shop",
    "Deleted 5 Jobs in namespace ci",
    "Deleted 1 expired ConfigMap in namespace ci (kube_janitor)",
    "Set memory limit of deployment shop/web to 512Mi",
    'kubectl patch cronjob dump -n shop -p \'{"spec":{"suspend":false}}\'',
    'action=patch kind=VirtualService name=web msg="patched" patch={"spec":{"http":[{"route":[{"weight":90}]}]}}',
    "Patched cronjob shop/dump suspend=false",
    "Suspending job shop/train-1",
    "Updated configmap ops/bot-state: step 5 -> 6",
    "klogx.go:87] static_autoscaler.go:600] node group apps has no nodes",
]


@pytest.mark.parametrize("text", CALM)
def test_what_is_like_it_and_ordinary_is_none(text: str) -> None:
    found = by_minutes(text)
    assert found.keys().isdisjoint({"object-deleted", "not-its-business", "weights-absurd", "resources-absurd"})
    assert "guard-rail-changed" not in found


def test_a_pod_whose_eviction_was_refused_is_not_deleted_instead() -> None:
    refused = "Failed to evict pod shop/db-0: would violate the pod's disruption budget"
    assert by_minutes(refused, "Deleting pod shop/db-0")["passes-checks-by"] is WARNING
    assert "passes-checks-by" not in by_minutes(refused, "Deleting pod shop/db-1")
    assert "passes-checks-by" not in by_minutes("Failed to evict pod shop/db-0: timed out", "Deleting pod shop/db-0")
    assert "passes-checks-by" not in by_minutes("Cannot reach pod shop/db-0, deleting it instead")


def scaled(minutes: int, values: list[int], what: str = "deployment shop/web", head: str = "") -> set[str]:
    steps = pairwise(values)
    lines = [
        at(60 * number * minutes, f"{head}Scaled {what} from {before} to {after} replicas")
        for number, (before, after) in enumerate(steps)
    ]
    return alarms(*lines)


@pytest.mark.parametrize(
    ("minutes", "values", "flaps"),
    [
        (20, [4, 16] * 6, True),
        (20, [4, 5] * 6, False),  # less than half
        (90, [4, 16] * 6, False),  # as often as a day has meals
        (20, [1, 2] * 6, False),
    ],
)
def test_large_swings_for_hours_are_flapping_though_each_hour_has_few(
    minutes: int, values: list[int], *, flaps: bool
) -> None:
    assert ("flapping" in scaled(minutes, values)) is flaps


def test_an_autoscaler_follows_its_queue() -> None:
    assert "flapping" not in scaled(20, [4, 16] * 6, head="scaleexecutor: ")


@pytest.mark.parametrize(("steps", "severity"), [(4, WARNING), (9, CRITICAL)])
def test_a_limit_cut_by_steps_over_hours_is_critical_once_three_quarters_are_gone(
    steps: int, severity: Severity
) -> None:
    values = [round(4000 * 0.84**number) for number in range(steps + 1)]
    found = judged(
        at(60 * number * 50, f"Lowered memory limit of deployment shop/web from {before}Mi to {after}Mi")
        for number, (before, after) in enumerate(pairwise(values))
    )
    assert min((each.severity for each in found), key=lambda each: each.rank) is severity
