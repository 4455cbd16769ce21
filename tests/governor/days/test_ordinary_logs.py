"""What looks like a disaster in a log alone and is daily work: made and cleared away, pruned, idle, out of time.

Beside each stands the same deed without what makes it ordinary: that is an alarm as ever.
"""

from __future__ import annotations

import json

import pytest

from opsconsole.records import Severity
from tests.governor.judged_lines import judged


def at(minute: int, text: str) -> str:
    return f"2026-11-12T{8 + minute // 60:02}:{minute % 60:02}:04Z INFO {text}"


def rules(*lines: str) -> set[str]:
    return {each.rule for each in judged(lines) if each.severity is not Severity.INFO}


def test_what_a_pipeline_made_itself_within_the_day_it_may_clear_away() -> None:
    lines = [
        at(n * 40 + k, f"namespace/ci-{n} {how}") for n in range(6) for k, how in ((0, "created"), (30, "deleted"))
    ]
    assert not rules(*lines)


def test_what_was_there_before_is_not_cleared_away_unseen() -> None:
    assert rules(at(0, "namespace/ci-1 created"), at(1, "namespace/ci-2 deleted")) == {"object-deleted"}
    assert rules(at(0, "namespace/prod created"), at(1, "namespace/prod deleted")) == {"object-deleted"}
    assert rules(at(0, "deployment/web created"), at(1, "namespace/web deleted")) == {"object-deleted"}


@pytest.mark.parametrize(
    "told",
    [
        'Failed to create deployment shop/checkout: deployments.apps "checkout" already exists',
        "deployment shop/checkout already exists, going on",
    ],
)
def test_what_was_to_be_made_and_was_there_already_is_not_cleared_away_unseen(told: str) -> None:
    lines = [at(0, "Creating deployment shop/checkout"), at(1, told), at(30, "Deleting deployment shop/checkout")]
    assert rules(*lines) == {"object-deleted"}
    assert not rules(lines[0], lines[2])


@pytest.mark.parametrize(
    "told",
    ["deployment shop/checkout was created by alice", "Found deployment shop/checkout (created by jane 2d ago)"],
)
def test_what_another_made_is_not_cleared_away_unseen(told: str) -> None:
    assert rules(at(0, told), at(30, "Deleting deployment shop/checkout")) == {"object-deleted"}


def test_what_holds_data_is_no_left_over_whoever_made_it() -> None:
    assert rules(at(0, "persistentvolumeclaim/tmp created"), at(1, "persistentvolumeclaim/tmp deleted"))


def test_a_pipeline_that_clears_hundreds_an_hour_alarms() -> None:
    made = [at(0, f"namespace/ci-{n} created") for n in range(40)]
    assert "object-deleted" in rules(*made, *(at(1, f"namespace/ci-{n} deleted") for n in range(40)))


SYNC = 'time="2026-01-28T08:0{}:00Z" level=info msg="{}" app-namespace=argocd application=shop project=web'
SYNCED = [
    "Refreshing app status (comparison expired), level (2)",
    "Comparing app state (cluster: https://k, namespace: s)",
]


def test_one_pruned_object_is_a_sync_and_many_are_none() -> None:
    head = [SYNC.format(n, text) for n, text in enumerate(SYNCED * 2)]
    assert not rules(*head, SYNC.format(5, "ConfigMap/flags-v11 pruned"))
    assert rules(*head, SYNC.format(5, "PersistentVolumeClaim/media pruned"))
    assert rules(*head, SYNC.format(5, "Namespace/shop pruned")) == {"object-deleted"}
    assert rules(*head, *(SYNC.format(5, f"Deployment/web-{n} pruned") for n in range(4)))


def klog(minute: int, place: str, text: str) -> str:
    return f"I0701 {minute // 60:02}:{minute % 60:02}:20.900120       1 {place}] {text}"


def test_jobs_that_are_over_go_by_the_hour_and_a_deployment_never() -> None:
    place = "ttlafterfinished_controller.go:220"
    assert not rules(*(klog(60 * n, place, f'"Cleaning up Job" job="reports/export-{n}"') for n in range(12)))
    assert rules(*(klog(n // 4, place, f'"Cleaning up Job" job="reports/export-{n}"') for n in range(80)))


def culled(text: str, kind: str, before: int = 1) -> list[str]:
    head = "2026-03-31T18:00:0{}.118Z\tINFO\tcontrollers.Culler\t{}\t{}"
    looks = [head.format(n, "Checking idleness", json.dumps({"notebook": f"lab/n-{n}"})) for n in range(4)]
    told = {kind: "lab/eva", "replicas_before": before, "replicas_after": 0}
    return [*looks, head.format(5, text, json.dumps(told))]


def test_one_persons_idle_notebook_may_sleep_and_no_database_may() -> None:
    assert not rules(*culled("Scaled StatefulSet of idle notebook", "statefulset"))
    assert rules(*culled("Scaled StatefulSet of notebook", "statefulset")) == {"replicas-zero"}
    assert rules(*culled("Scaled idle StatefulSet", "statefulset")) == {"replicas-zero"}
    assert rules(*culled("Scaled StatefulSet of idle notebook", "statefulset", before=3)) == {"replicas-zero"}


def spot(hour: int, name: str) -> list[str]:
    head = f"2026-10-05T{hour:02}:15:0"
    return [
        f'{head}0Z INF Adding new event to the event store event={{"Kind":"SPOT_ITN","NodeName":"{name}"}}',
        f'{head}2Z INF Cordoning the node node_name={name} reason="Spot ITN received"',
        f"{head}3Z INF Draining the node node_name={name}",
    ]


def test_a_node_that_its_cloud_takes_back_is_drained_and_many_in_an_hour_alarm() -> None:
    assert not rules(*spot(9, "ip-1"), *spot(16, "ip-2"))
    assert "blast-radius" in rules(*spot(9, "ip-1"), *spot(9, "ip-2"), *spot(9, "ip-3"))
