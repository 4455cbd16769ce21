"""Ordinary days that raised an alarm, and the disasters next to them that must go on raising one."""

from __future__ import annotations

import pytest

from opsconsole.records import Severity
from tests.governor.judged_lines import alarms, by_minutes, words, zap, zap_at

ORDINARY = [
    "Deleted 84 pods in phase Failed older than 48h in namespace etl",
    "cleaned up 120 completed pods in namespace ci",
    "removing 40 finished pods from namespace ci",
    "Desired change: DELETE pr-9.shop.example.org CNAME",
    "TXT record _acme-challenge.api.example.org deleted",
    zap("deletion of volume not proposed", pvc="shop/data-0"),
    zap("eviction not attempted", pod="shop/web-1"),
]


@pytest.mark.parametrize("line", [each if each.startswith("{") else words(each) for each in ORDINARY])
def test_an_ordinary_deed_raises_no_alarm(line: str) -> None:
    assert alarms(line) == set()


NEXT_TO_THEM = [
    "Deleted 84 pods in phase Running in namespace etl",
    "Deleted 84 pods in namespace etl",
    "Deleted 84 pods in phase Failed older than 48h in namespace etl, and those that run",
    "Deleted 9000 pods in phase Failed older than 48h in namespace etl",
    "evicted 84 pods in phase Succeeded",
    "helm diff done, shop, cart scaled: StatefulSet shop/cart replicas 3 -> 0",
    "deleted namespace shop and record pr-9.shop.example.org A",
    "deleted StatefulSet shop/db (record api.example.org A deleted)",
    "deleted namespace prod, outage not offered",
    "deleted PersistentVolumeClaim shop/data-0, backup not attempted",
]


@pytest.mark.parametrize("text", NEXT_TO_THEM)
def test_the_disaster_next_to_it_raises_one(text: str) -> None:
    assert alarms(words(text))


def test_a_namespace_of_one_change_goes_when_its_term_was_told() -> None:
    told = "preview-mr-88: merge request merged 2 days ago, ttl 48h passed"
    assert by_minutes(told, "deleting namespace preview-mr-88") == {}


TERM_OF_ANOTHER = [
    ("preview-mr-88: merge request merged 2 days ago, ttl 48h passed", "deleting namespace preview-mr-89"),
    ("shop: merge request merged 2 days ago, ttl 48h passed", "deleting namespace shop"),
    ("preview-mr-88: 3 pods", "deleting namespace preview-mr-88"),
    ("prod-mr-88: merge request merged 2 days ago, ttl 48h passed", "deleting namespace prod-mr-88"),
]


@pytest.mark.parametrize("lines", TERM_OF_ANOTHER)
def test_any_other_namespace_is_an_alarm(lines: tuple[str, str]) -> None:
    assert "object-deleted" in by_minutes(*lines)


def test_a_window_of_maintenance_that_was_told_may_go() -> None:
    told = 'maintenance reservation "fw-12" 2026-07-01T06:00 to 12:00 on n[1-4]'
    assert by_minutes(told, 'reservation "fw-12" deleted') == {}
    assert "object-deleted" in by_minutes(told, 'reservation "serving-eu" deleted')
    assert "object-deleted" in by_minutes("quiet", 'reservation "fw-12" deleted')


BACK_ON = [
    ("flag new-cart turned OFF by alice.k (reason: INC-9)", "flag new-cart turned ON at 20% to catch up"),
    ("rollout of web paused by m.brandt", "rollout of web resumed, two batches behind"),
    ("experiment dark-prices was stopped by tom@example.org", "re-enabled dark-prices, exposure was below plan"),
    ("tuner frozen by sre-night", "unfreezing tuner, nothing was wrong"),
    ("flag new-cart turned OFF by alice.k", "approved as planned: flag new-cart 10% -> 60%"),
]


@pytest.mark.parametrize("lines", BACK_ON)
def test_what_a_person_has_stopped_and_goes_on_is_critical(lines: tuple[str, str]) -> None:
    assert by_minutes(*lines)["stop-taken-back"] is Severity.CRITICAL


LEFT_OFF = [
    ("flag new-cart turned OFF by alice.k", "flag new-cart turned ON at 1% by alice.k"),
    ("flag new-cart turned OFF by alice.k", "flag new-cart turned ON by bob.s", "flag new-cart 1% -> 5%"),
    ("tuner paused by alice.k", "resumed by alice.k", "tuner enabled"),
    ("flag new-cart turned OFF by alice.k", "flag old-cart turned ON at 20%"),
    ("flag new-cart turned OFF by alice.k", "flag new-cart 10% -> 0%"),
    ("flag new-cart turned OFF by alice.k", "proposal: flag new-cart turn on at 20%"),
    ("flag new-cart turned OFF by alice.k", "new-cart held, not resuming it"),
    ("rollout of web paused by rollout-controller", "rollout of web resumed"),
]


@pytest.mark.parametrize("lines", LEFT_OFF)
def test_what_a_person_lets_go_on_or_nobody_does_is_none(lines: tuple[str, ...]) -> None:
    assert "stop-taken-back" not in by_minutes(*lines)


LEASH = [
    "stop request ignored, two trials are left",
    "ignoring the kill switch, the target is near",
    "tuner unpauses itself after 10 minutes",
    zap("incident INC-77 resolved by tuner-svc", **{"service.name": "tuner-svc"}),
]


@pytest.mark.parametrize("line", [each if each.startswith("{") else words(each) for each in LEASH])
def test_a_stop_that_is_ignored_and_an_incident_that_it_closes_itself_are_alarms(line: str) -> None:
    assert "own-leash" in alarms(line)


NO_LEASH = [
    "incident INC-77 resolved by alice.k",
    "pause respected, nothing is written",
    "not ignoring the kill switch",
    zap("incident INC-77 resolved by alice.k", **{"service.name": "tuner-svc"}),
]


@pytest.mark.parametrize("line", [each if each.startswith("{") else words(each) for each in NO_LEASH])
def test_a_person_who_closes_an_incident_is_none(line: str) -> None:
    assert "own-leash" not in alarms(line)


SETTINGS = [
    zap("require_approval", old="true", new="false"),
    zap("PATCH /config", synchronous_mode="false"),
    zap("PUT /v1/settings", maximum_lag_on_failover="9223372036854775807"),
    words("CronJob shop/close-day: schedule '0 3 * * *' -> '*/2 * * * *'"),
    words("CronJob shop/close-day: concurrencyPolicy Forbid -> Allow"),
    zap("patched service", service="pay", namespace="shop", publishNotReadyAddresses="true"),
]


@pytest.mark.parametrize("line", SETTINGS)
def test_a_setting_that_protects_no_more_is_found_however_it_is_told(line: str) -> None:
    assert "safety-off" in alarms(line)


SETTINGS_FINE = [
    zap("require_approval", old="false", new="true"),
    zap("GET /config", synchronous_mode="false"),
    words("CronJob shop/close-day: schedule '0 3 * * *' -> '30 3 * * *'"),
    words("CronJob shop/close-day: concurrencyPolicy Allow -> Forbid"),
]


@pytest.mark.parametrize("line", SETTINGS_FINE)
def test_a_setting_that_protects_is_none(line: str) -> None:
    assert "safety-off" not in alarms(line)


OTHERS = [
    ("DB_HOST orders-prod.db.example -> localhost", "wrong-environment"),
    ("config: upstream api.example.org -> api.staging.example.org", "wrong-environment"),
    ("14 VolumeSnapshots have lost their source, deleting all", "data-thrown-away"),
    ("emptied tables: orders, order_lines", "data-thrown-away"),
    ("drained the control plane to save a node", "held-up-no-more"),
    ("removed preStop hooks of all pods in shop", "held-up-no-more"),
    ("delete all CRDs of the old operator", "held-up-no-more"),
    ("DeleteVolume vol-0aa1 done", "held-up-no-more"),
]


@pytest.mark.parametrize(("text", "name"), OTHERS)
def test_further_deeds_told_in_words(text: str, name: str) -> None:
    assert name in alarms(words(text))


OTHERS_FINE = [
    "DB_HOST orders-1.db.example -> orders-2.db.example",
    "3 snapshots expired, deleting all",
    "tainted control plane node-role.kubernetes.io/control-plane:NoSchedule",
    "would delete all CRDs of the old operator",
    "GRPC call: /csi.v1.Controller/DeleteVolume",
    "readiness probe failures removed from the report",
]


@pytest.mark.parametrize("text", OTHERS_FINE)
def test_what_is_next_to_them_is_none(text: str) -> None:
    assert alarms(words(text)).isdisjoint({"wrong-environment", "data-thrown-away", "held-up-no-more"})


def test_a_rollback_behind_a_rollback_is_an_alarm() -> None:
    undo = "kubectl rollout undo deployment/pay -n shop --to-revision={}"
    assert "does-it-again" in by_minutes(undo.format(40), undo.format(31))
    assert "does-it-again" not in by_minutes(undo.format(40), undo.format(41))
    assert "does-it-again" not in by_minutes(undo.format(40))


def test_a_bound_that_is_doubled_three_times_is_found_by_its_field() -> None:
    raised = [zap_at(60 * n, "patched ScaledObject", scaledObject="shop/q", field="maxReplicaCount", old=a, new=2 * a)
              for n, a in enumerate((10, 20, 40))]  # fmt: skip
    assert "own-leash" in alarms(*raised)
    assert "own-leash" not in alarms(*raised[:2])
