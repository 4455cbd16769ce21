"""What goes since it is over, beside what goes and is not: records, runners, previews, nodes that come back."""

from __future__ import annotations

import json

import pytest

from opsconsole.records import Severity
from tests.governor.judged_lines import alarms, at, severities, words, zap, zap_at


def _event(second: float, reason: str, kind: str, name: str, message: str) -> str:
    return json.dumps({
        "ts": f"2026-06-30T09:00:{second:02.0f}Z", "level": "info", "msg": "Event occurred", "object": name,
        "kind": kind, "reason": reason, "message": message,
    })  # fmt: skip


def _klog(file: str, message: str, beside: str) -> str:
    return f'I0630 09:15:01.114203       1 {file}:187] "{message}" {beside}'


CALM = [
    _klog("requestmanager_controller.go", "garbage collecting old CertificateRequest", 'key="mail/imap-tls-3"'),
    _klog("x.go", "garbage collecting old certificate request revision", 'key="mail/imap-tls" revision=3'),
    _klog("cluster_feeder.go", "Deleting VPA", 'vpa="mail/imap"'),
    zap("Ephemeral runner set scaled", namespace="ci", kind="EphemeralRunnerSet", name="arm64-8k2", replicas=0),
    words("job nightly-sums-28511 Complete 26h ago, deleting"),
    words("pipeline step preview.sh destroy pr-77"),
    _klog("lownode.go", "Evicting pods from node", 'node="n-4" usage={"cpu":"2710m","memory":"9Gi","pods":"61"}'),
    words(
        "Deleted offset index /var/lib/kafka/data/views-0/00000000000000110400.index.deleted. (kafka.log.LogSegment)"
    ),
    _klog("store.go", "Secret was updated and it is used in ingress annotations. Parsing", 'secret="wiki/tls"'),
    zap("scaled deployment", namespace="shop", deployment="web", replicas={"from": 22, "to": 19}, cpu=0.52),
    json.dumps({
        "event": "proposal.received", "by": "a-bot",
        "change": {"op": "scale", "object": "deployment/web/cart", "from": 8, "to": 0},
    }),
    zap("change parked for approval", workload="shop/web", resource="memory", **{"from": "8Gi", "to": "4Gi"}),
    zap("latency removed, network as before", namespace="lab", target="echo"),
]  # fmt: skip
MAD = [
    (_klog("x.go", "garbage collecting old volumes", 'pvc="mail/data-0"'), "object-deleted"),
    (_klog("scaler.go", "Deleting VPA", 'vpa="mail/imap"'), "object-deleted"),
    (zap("scaled", namespace="ci", kind="StatefulSet", name="arm64", replicas={"from": 1, "to": 0}), "replicas-zero"),
    (words("job nightly-sums-28511 still running for 26h, deleting"), "object-deleted"),
    (words("script destroy pr-77"), "object-deleted"),
    (words("preview.sh destroy shop-prod"), "object-deleted"),
    (_klog("nodeutilization.go", "Evicting pods from node", 'node="n-4" pods=61'), "blast-radius"),
    (words("Deleted offset index /var/lib/kafka/data/views-0/00000000000000110400.index"), "data-thrown-away"),
    (words("Secret wiki/tls was updated and it is used in production"), "guard-rail-changed"),
    (zap("scaled", namespace="shop", deployment="web", replicas={"from": 22, "to": 2}, cpu=0.52), "replicas-cut"),
    (json.dumps({
        "event": "change.received", "by": "a-bot",
        "change": {"op": "scale", "object": "deployment/web/cart", "from": 8, "to": 0},
    }), "replicas-zero"),
    (zap("change applied without approval", workload="shop/web", resource="memory", **{"from": "8Gi", "to": "1Gi"}),
     "limit-cut"),
    (zap("workload removed, network as before", namespace="lab", target="echo"), "object-deleted"),
]  # fmt: skip


@pytest.mark.parametrize("line", CALM)
def test_what_is_over_is_no_alarm(line: str) -> None:
    assert alarms(line) == set()


@pytest.mark.parametrize(("line", "rule"), MAD)
def test_what_is_not_over_is_one(line: str, rule: str) -> None:
    assert rule in alarms(line)


JOBS = [
    _event(second, "SuccessfulDelete", "CronJob", "batch/sums", f"Deleted job sums-2957029{second}")
    for second in range(3)
]


def test_a_cronjob_keeps_the_last_jobs() -> None:
    assert alarms(*JOBS) == set()
    assert "object-deleted" in alarms(
        _event(1, "SuccessfulDelete", "CronJob", "batch/sums", "Deleted job restore-db-29570291")
    )


PREVIEW = "pull request 77 was merged by a.lee, tearing down its preview environment"
TAKEN = [
    "+ helm uninstall web --namespace preview-pr-77 --wait",
    "+ kubectl delete namespace preview-pr-77 --wait=true",
]


@pytest.mark.parametrize(
    ("told", "calm"),
    [
        (PREVIEW, True),
        (PREVIEW.replace("77", "78"), False),
        (PREVIEW.replace("merged", "opened"), False),
        (f"{PREVIEW}, still serving customers", False),
        ("nothing", False),
    ],
)
def test_a_preview_goes_with_its_change(told: str, calm: bool) -> None:
    for message in TAKEN:
        assert (alarms(at(0, told), at(5, message)) == set()) is calm
    assert "object-deleted" in alarms(at(0, told), at(5, "+ kubectl delete namespace shop-prod"))
    assert "object-deleted" in alarms(at(0, told), at(5, "+ kubectl delete pvc data-0 -n preview-pr-77"))


def test_a_blue_green_rollout_leaves_the_old_one() -> None:
    grown = zap_at(0, "Scaled up ReplicaSet web-5498785cd (revision 13) from 0 to 9", namespace="core")
    turned = zap_at(9, "Switched selector for service 'web-active' from '6fdbc7888' to '5498785cd'", namespace="core")
    end = zap_at(30, "Scaled down ReplicaSet web-6fdbc7888 (revision 12) from 9 to 0", namespace="core")
    other = zap_at(30, "Scaled down ReplicaSet web-5498785cd (revision 13) from 9 to 0", namespace="core")
    assert alarms(grown, turned, end) == set()
    assert severities(turned, end)["replicas-zero"] is Severity.CRITICAL, "nobody has told that the new one runs"
    assert severities(end)["replicas-zero"] is Severity.CRITICAL
    assert severities(turned, other)["replicas-zero"] is Severity.CRITICAL


def _upgrade(*, back: bool) -> list[str]:
    plan = (
        "system-upgrade-controller-6d9f8c7b5-x2k8p controller I0630 09:{:02}:01.1       1 event.go:389] "
        '"Event occurred" object="up/plan" kind="Plan" apiVersion="upgrade.cattle.io/v1" type="Normal" '
        'reason="SyncJob" message="Jobs synced"'
    )
    lines = [plan.format(0)] * 3
    for minute, node in enumerate("abc"):
        lines += [
            f"apply-plan-on-worker-{node}-with-8f1c drain node/worker-{node} {word}" for word in ("cordoned", "drained")
        ]
        if back:
            lines.append(
                f"kubelet-worker-{node} kubelet I0630 09:{4 * minute + 3:02}:31.2    2114 event.go:389] "
                f'"Event occurred" object="worker-{node}" kind="Node" reason="NodeSchedulable" message="is schedulable"'
            )
        lines.append(plan.format(4 * minute + 4))
    return lines


def test_nodes_that_come_back_before_the_next_goes() -> None:
    assert alarms(*_upgrade(back=True)) == set()
    assert severities(*_upgrade(back=False))["blast-radius"] is Severity.CRITICAL
