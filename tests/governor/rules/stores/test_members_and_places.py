"""Members of stores that go, stores on spot nodes, traffic that goes one way, alerts and cards that nobody has now."""

from __future__ import annotations

import pytest

from opsconsole.records import Severity
from tests.governor.judged_lines import alarms, severities, words, zap


def moved(workload: str, to: str = "spot", **more: str) -> str:
    return zap("moved workload", workload=workload, **{"from": "on-demand", "to": to} | more)


def weights(message: str = "zone weights updated", **shares: int) -> str:
    return zap(message, backend="pay", **{key.replace("_", "-"): share for key, share in shares.items()})


TWINS = [
    ("quorum-at-risk", words("StatefulSet infra/zookeeper 5 -> 2"), words("StatefulSet infra/zookeeper 5 -> 3")),
    ("quorum-at-risk", words("StatefulSet infra/kafka 9 -> 6"), words("StatefulSet infra/kafka 9 -> 8")),
    (
        "quorum-at-risk",
        words("StatefulSet infra/scylla 6 -> 4 (decommission not waited for)"),
        words("StatefulSet infra/scylla 6 -> 4 (after decommission of both)"),
    ),
    (
        "quorum-at-risk",
        words("StatefulSet infra/elasticsearch 7 -> 4"),
        words("StatefulSet infra/elasticsearch-exporter 7 -> 4"),
    ),
    (
        "replicas-cut",
        words("synced replicas 30 -> 2 from profile small"),
        words("synced replicas 30 -> 28 from profile"),
    ),
    ("data-on-spot", moved("shop/orders", kind="StatefulSet"), moved("shop/orders", "on-demand", kind="StatefulSet")),
    ("data-on-spot", moved("shop/mysql-primary"), moved("ci/runner")),
    (
        "data-on-spot",
        words("Moved StatefulSet shop/ledger from on-demand nodes to spot nodes"),
        words("Moved StatefulSet shop/ledger from spot nodes to on-demand nodes"),
    ),
    ("weights-absurd", weights(zone_a=100, zone_b=0), weights(zone_a=55, zone_b=45)),
    ("weights-absurd", weights(zone_a=0, zone_b=0), weights("zone weights sampled", zone_a=0, zone_b=0)),
    (
        "alerts-silenced",
        zap("created silence 4a", matchers='[severity=~".*"]', endsAt="2026-09-30T00:00:00Z"),
        zap("created silence 4a", matchers='[alertname="DiskFull"]', endsAt="2026-06-30T11:00:00Z"),
    ),
    (
        "alerts-silenced",
        words("dropped 400 of 1000 scrape targets to save memory"),
        words("dropped 4 of 1000 scrape targets to save memory"),
    ),
    (
        "gpu-work-ended",
        words("gpu-12: applying mig config all-1g.5gb (4 GPUs busy: lab/train-7)"),
        words("gpu-12: applying mig config all-1g.5gb (4 GPUs idle)"),
    ),
    (
        "gpu-work-ended",
        words("gpu-12: device in use, sending SIGKILL to pids 811 812"),
        words("gpu-12: reshape refused, device in use by 2 clients"),
    ),
    (
        "gpu-work-ended",
        words("gpu-12: nvidia-smi --gpu-reset done, unsaved work of lab/train-7 lost"),
        words("gpu-12: nvidia-smi --gpu-reset done, no process was running"),
    ),
]


@pytest.mark.parametrize(("rule", "mad", "calm"), TWINS)
def test_one_is_mad_and_the_other_is_calm(rule: str, mad: str, calm: str) -> None:
    assert rule in alarms(mad)
    assert rule not in alarms(calm)


def test_a_majority_is_worse_than_shards() -> None:
    assert severities(words("StatefulSet infra/consul 3 -> 1"))["quorum-at-risk"] is Severity.CRITICAL
    assert severities(words("StatefulSet infra/cassandra 9 -> 6"))["quorum-at-risk"] is Severity.WARNING


def test_deployments_hold_no_vote() -> None:
    assert "quorum-at-risk" not in alarms(words("Deployment infra/consul 5 -> 2"))
