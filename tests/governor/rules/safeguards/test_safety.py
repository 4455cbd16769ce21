"""What protects somebody and is set to where it protects nobody, in several formats; and what only looks like it."""

from __future__ import annotations

import pytest

from opsconsole.records import Severity
from tests.governor.judged_lines import AT, alarms, judged, severities, words, zap

MAD = [
    # all at once
    words("patched deployment shop/web: maxUnavailable 25% -> 100%"),
    zap("patched", deployment="shop/web", max_unavailable="100%", was="1"),
    f'time="{AT}" level=info msg="updated poddisruptionbudget shop/web" field=spec.maxUnavailable old=1 new=100%',
    zap("nodepool updated", nodepool="gpu", field="disruption.budgets[0].nodes", old="10%", new="100%"),
    # no way back
    words("updated Deployment shop/web: revisionHistoryLimit 10 -> 0"),
    zap("patched", deployment="web", namespace="shop", revisionHistoryLimit={"old": 5, "new": 0}),
    'I0630 09:15:01.000000       1 x.go:1] "Deployment patched" deployment="shop/web" revisionHistoryLimit="0"',
    # no check of what goes out
    words("patched Canary shop/web: spec.skipAnalysis false -> true"),
    zap("Rollout patched", rollout="shop/web", skip_analysis=True),
    words("patched canary shop/web (analysis.threshold: 5 -> 100000)"),
    words("updated rollout shop/web failureLimit from 3 to 1000"),
    words("patched rollout shop/web autoRollback: true -> false"),
    # nodes
    zap("nodepool patched", nodepool="web", field="spec.template.spec.expireAfter", old="720h", new="5m"),
    words("updated nodepool web: expireAfter 336h -> 90s"),
    words("patched nodepool web: karpenter.sh/capacity-type [on-demand] -> [spot]"),
    # autoscalers
    words("patched hpa shop/web behavior.scaleDown.stabilizationWindowSeconds 300 -> 0"),
    zap("hpa patched", hpa="shop/web", scaleDown={"stabilizationWindowSeconds": 0}),
    words('scaledobject.keda.sh/web annotated (autoscaling.keda.sh/paused-replicas="0")'),
    # those who are asked
    zap("patched configmap", configmap="ops/agent", require_approval={"from": "true", "to": "false"}),
    words("updated configmap ops/tuner: safety_checks true -> false"),
    words("patched configmap ops/tuner max_evictions_per_hour 10 -> 50000"),
    # who gets in
    zap("deployment patched", deployment="shop/web", securityContext={"privileged": True}),
    words("patched deployment shop/web runAsNonRoot: true -> false"),
    words("patched validatingwebhookconfiguration policy failurePolicy Fail -> Ignore"),
    # queues
    zap("ClusterQueue updated", clusterQueue="serving", nominalQuota={"old": "16", "new": "0"}),
    words("patched clusterqueue bio stopPolicy None -> Hold"),
    zap("clusterqueue patched", clusterqueue="bio", field="spec.stopPolicy", old="None", new="HoldAndDrain"),
]
UNREAD = [
    words("orders/ledger numberOfInstances 3 -> 1"),
    words("raising the bar: skipAnalysis false -> true"),
    f'time="{AT}" level=info msg="revisionHistoryLimit 10 -> 0" app=web',
]
THOUGHT = [
    words("orders/ledger numberOfInstances 3 -> 1 would save 40 %"),
    words("plan: skipAnalysis false -> true"),
    words("observed revisionHistoryLimit 10 -> 0 by helm"),
    words("rejected: fsync on -> off"),
]
HARMLESS = [
    words("patched deployment shop/web: maxUnavailable 0 -> 25%"),
    words("patched deployment shop/web: maxSurge 25% -> 100%"),
    zap("patched", deployment="shop/web", minReadySeconds=0),
    words("updated Deployment shop/web: revisionHistoryLimit 0 -> 10"),
    words("would patch Canary shop/web: spec.skipAnalysis false -> true"),
    words("patched Canary shop/web: spec.skipAnalysis true -> false"),
    words("patched canary shop/web (analysis.threshold: 5 -> 10)"),
    zap("patched", deployment="shop/web", rollback=False, analysis=False, backup=False),
    zap("nodepool patched", nodepool="web", field="spec.template.spec.expireAfter", old="720h", new="336h"),
    words("updated nodepool web: expireAfter 720h -> Never"),
    words("patched nodepool web: karpenter.sh/capacity-type [spot] -> [spot on-demand]"),
    zap("created nodeclaim", nodeclaim="web-x1", **{"capacity-type": "spot"}),
    words("patched hpa shop/web behavior.scaleUp.stabilizationWindowSeconds 60 -> 0"),
    words("patched hpa shop/web behavior.scaleDown.stabilizationWindowSeconds 0 -> 300"),
    words("patched hpa shop/web minReplicas 2 -> 3"),
    zap("clusterqueue updated", clusterQueue="lab", nominalQuota={"old": "0", "new": "8"}),
]


@pytest.mark.parametrize("line", MAD + UNREAD)
def test_what_protects_is_set_to_nothing(line: str) -> None:
    assert severities(line).get("safety-off") is Severity.WARNING


@pytest.mark.parametrize("line", HARMLESS + THOUGHT)
def test_what_protects_is_set_to_something(line: str) -> None:
    assert "safety-off" not in severities(line)


@pytest.mark.parametrize(
    "line",
    [
        words("patched postgresql orders/ledger: fsync on -> off"),
        words("patched postgresql parameters: fsync=off synchronous_commit=off"),
        f'time="{AT}" level=info msg="reconfigured redis: appendonly=no" cluster=orders/cache',
        zap("patched", statefulset="orders/redis", appendonly={"old": "yes", "new": "no"}),
        words("updated cluster orders/ledger backup.enabled true -> false"),
        words("patched postgresql orders/ledger: enableLogicalBackup true -> false"),
    ],
)
def test_what_is_confirmed_may_be_lost(line: str) -> None:
    assert severities(line).get("safety-off") is Severity.CRITICAL


@pytest.mark.parametrize(
    "line",
    [
        words("patched postgresql orders/ledger: fsync off -> on"),
        words("patched postgresql parameters: fsync=on work_mem=64MB"),
        words("running with fsync=off is not recommended"),
        words("patched postgresql orders/ledger: enableLogicalBackup false -> true"),
        words("patched postgresql orders/ledger: numberOfInstances 1 -> 3"),
        words("patched postgresql orders/ledger: shared_buffers 1GB -> 2GB"),
    ],
)
def test_what_is_made_safer(line: str) -> None:
    assert "safety-off" not in severities(line)


@pytest.mark.parametrize(
    "line",
    [
        words("CronJob backup/nightly patched (suspend: false -> true)"),
        zap("cronjob patched", cronjob="backup/nightly", suspend={"old": False, "new": True}),
        zap("patched", cronjob="backup/nightly", field="spec.suspend", old="false", new="true"),
    ],
)
def test_what_works_by_schedule_is_suspended(line: str) -> None:
    assert "not-its-business" in severities(line)


@pytest.mark.parametrize(
    "line",
    [
        words("CronJob backup/nightly patched (suspend: true -> false)"),
        zap("job patched", job="ml/train-7", suspend={"old": False, "new": True}),
    ],
)
def test_what_goes_on_or_waits_in_a_queue(line: str) -> None:
    assert "not-its-business" not in severities(line)


@pytest.mark.parametrize(
    "line",
    [
        words("removed annotation ops/paused from deployment shop/web"),
        words("removed unmanaged label acme.io/do-not-disrupt from node pool-a-1"),
        words("removed annotation cluster-autoscaler.kubernetes.io/safe-to-evict from pod shop/web-1"),
        zap("deleting annotation tuner.io/opt-out of deployment", deployment="shop/web"),
    ],
)
def test_a_mark_that_keeps_programs_off_is_taken_off(line: str) -> None:
    assert "safety-off" in severities(line)


@pytest.mark.parametrize(
    "line",
    [
        words("removed annotation tuner.io/last-run from deployment shop/web"),
        words("would remove annotation ops/paused from deployment shop/web"),
        words("annotation ops/paused=true set on live/board by dana"),
    ],
)
def test_a_mark_of_its_own_or_one_that_is_set(line: str) -> None:
    assert "safety-off" not in severities(line)


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("set image deployment/web web=docker.io/x/web:latest (was registry/web@sha256:5f)", Severity.WARNING),
        ("set image statefulset/redis redis=scratch (was redis:7)", Severity.CRITICAL),
        ("Set image of deployment/web to registry/web:2", Severity.WARNING),
    ],
)
def test_another_image_by_words(text: str, severity: Severity) -> None:
    assert severities(words(text)).get("image-changed") is severity


@pytest.mark.parametrize(
    "text",
    ["would set image deployment/web web=registry/web:2", "set image pull policy of deployment shop/web to Always"],
)
def test_no_other_image(text: str) -> None:
    assert "image-changed" not in severities(words(text))


@pytest.mark.parametrize("command", ["/bin/true", "sleep infinity", "tail -f /dev/null"])
def test_a_command_that_does_nothing(command: str) -> None:
    assert "safety-off" in severities(zap("patched deployment/web command", command=[command]))
    assert "safety-off" not in severities(zap("patched deployment/web", command=["/usr/bin/tuner", "--fast"]))


def test_a_namespace_that_is_finalized_by_hand() -> None:
    assert "not-its-business" in severities("+ kubectl replace --raw /api/v1/namespaces/rook/finalize -f /tmp/ns.json")
    assert "not-its-business" not in severities("+ kubectl get --raw /api/v1/namespaces/rook/finalize")


@pytest.mark.parametrize(
    "line",
    [
        zap("deleting nodeclaims to honour limit", nodepool="general", count=108),
        words("Deleted 40 machines of pool web"),
        words("deleting 12 nodeclaims"),
    ],
)
def test_nodes_that_go_by_their_claims_number(line: str) -> None:
    assert "blast-radius" in severities(line)


@pytest.mark.parametrize("line", [words("deleting 1 nodeclaim"), words("created 12 nodeclaims")])
def test_one_claim_or_new_ones(line: str) -> None:
    assert "blast-radius" not in severities(line)


def mig(second: int, node: str, config: str) -> str:
    return f'time="2026-06-30T09:15:{second:02}Z" level=info msg="Updating to MIG config: {config}" node={node}'


def test_partitions_of_gpus_that_change_node_after_node_or_back_again() -> None:
    assert "not-its-business" in alarms(mig(1, "dgx-1", "all-1g.10gb"), mig(9, "dgx-2", "all-1g.10gb"))
    assert "not-its-business" in alarms(mig(1, "dgx-1", "all-1g.10gb"), mig(9, "dgx-1", "all-disabled"))
    assert "not-its-business" not in alarms(mig(1, "dgx-1", "all-balanced"))
    assert "not-its-business" not in alarms(mig(1, "dgx-1", "all-balanced"), mig(9, "dgx-1", "all-balanced"))


@pytest.mark.parametrize(("old", "new"), [("before", "to"), ("old", "value"), ("previous", "new")])
def test_of_several_values_beside_a_message_the_surer_key_counts(old: str, new: str) -> None:
    """Whichever way sets are ordered in this process: one key says what was, others what else was thought of."""
    told = {"setting": "failurePolicy", old: "Fail", "from": "Ignore", "current": "Ignore", new: "Ignore"}
    assert "safety-off" in severities(zap("updated webhook", webhook="guard", **told))


def test_what_is_created_is_no_report_of_a_patch() -> None:
    before = "patching PriorityClass batch-low value -10 -> 5"
    made = judged([words(before), words("Created PriorityClass batch-low")])
    told = [each.title for each in made if each.rule == "guard-rail-changed"]
    assert [title.partition(" ")[0] for title in told] == ["changes", "creates"]
    patched = judged([words(before), words("Patched PriorityClass batch-low")])
    assert [each.rule for each in patched].count("guard-rail-changed") == 1, "that is a report"
