"""Settings that protect, in further shapes: how long is kept, who may reach it, how many are asked, what is counted."""

from __future__ import annotations

import pytest

from tests.governor.judged_lines import alarms, words, zap

TWINS = [
    ("safety-off", words("backup policy weekly: keep 20 -> 2"), words("backup policy weekly: keep 2 -> 20")),
    (
        "safety-off",
        words("shortened log retention of crm from 90d to 2d"),
        words("shortened log retention of crm from 90d to 80d"),
    ),
    (
        "safety-off",
        words("firewall rule db: source ranges 10.0.0.0/8 => 0.0.0.0/0"),
        words("firewall rule db: source ranges 10.0.0.0/8 => 10.1.0.0/16"),
    ),
    (
        "safety-off",
        words("branch protection main: required reviews 2 -> 0"),
        words("branch protection main: required reviews 0 -> 2"),
    ),
    ("safety-off", words("quota of namespace crm: pods 80 -> 0"), words("quota of namespace crm: pods 80 -> 70")),
    (
        "setting-absurd",
        words("mysql innodb_buffer_pool_size=96G on crm-1 (node memory 64 GiB)"),
        words("mysql innodb_buffer_pool_size=48G on crm-1 (node memory 64 GiB)"),
    ),
    (
        "setting-absurd",
        words("haproxy backend crm: maxconn 900 -> 60"),
        words("haproxy backend crm: maxconn 900 -> 800"),
    ),
    ("data-thrown-away", words("suspended versioning on bucket crm"), words("suspended sync on bucket crm")),
    (
        "data-thrown-away",
        words("deletion protection was lifted for crm-db"),
        words("deletion protection holds: crm-db stays"),
    ),
    ("data-thrown-away", words("emptying table crm.sessions"), words("emptying the trash of crm.sessions")),
    ("gpu-work-ended", words("sent SIGKILL to pid 4411 on GPU 3"), words("sent SIGHUP to pid 4411 on GPU 3")),
    (
        "safety-off",
        words("Altering topic bank.journal: retention.ms -1 -> 3600000"),
        words("Altering topic bank.journal: retention.ms 3600000 -> -1"),
    ),
    (
        "safety-off",
        words("firewall db-in: cidr 10.1.0.0/16 -> 0.0.0.0/0"),
        words("firewall db-in: cidr 0.0.0.0/0 -> 10.1.0.0/16"),
    ),
    (
        "safety-off",
        words("policy db.required_approvals changed 3 -> 1"),
        words("policy db.required_approvals changed 1 -> 3"),
    ),
    (
        "safety-off",
        words("updated BackupSchedule crm/nightly: paused false -> true"),
        words("updated BackupSchedule crm/nightly: paused true -> false"),
    ),
    (
        "safety-off",
        zap("updated ResourceQuota", namespace="shop", quota="main", pods="90 -> 0"),
        zap("updated ResourceQuota", namespace="shop", quota="main", pods="90 -> 80"),
    ),
    (
        "safety-off",
        zap("removed label", object="Deployment/live/x", label="acme.io/freeze"),
        zap("removed label", object="Deployment/live/x", label="acme.io/last-run"),
    ),
    (
        "safety-off",
        zap("removed label", object="Deployment/live/x", label="acme.io/freeze"),
        zap("would have removed label", object="Deployment/live/x", label="acme.io/freeze"),
    ),
    (
        "setting-absurd",
        words("[tuner] cluster cart: max_pending_requests 900 -> 100"),
        words("[tuner] cluster cart: max_pending_requests 900 -> 700"),
    ),
    (
        "setting-absurd",
        words("[tuner] cluster cart: max_ejection_percent 20 -> 100"),
        words("[tuner] cluster cart: max_ejection_percent 100 -> 20"),
    ),
    (
        "setting-absurd",
        words("[tuner] set innodb_buffer_pool_size 4GB -> 90GB on crm-db (machine memory 64 GB)"),
        words("[tuner] set innodb_buffer_pool_size 4GB -> 9GB on crm-db (machine memory 64 GB)"),
    ),
    (
        "data-thrown-away",
        words("Deleting topic audit.trail: consumer groups [legal]"),
        words("Deleting queue item 88 of the batch"),
    ),
    (
        "data-thrown-away",
        words("I truncated crm.sessions_2024 to speed queries up"),
        words("truncated response.body to 4096 bytes"),
    ),
    (
        "data-thrown-away",
        words("$ redis-cli -h sessions flushall"),
        words("$ redis-cli -h sessions info"),
    ),
    (
        "data-thrown-away",
        words("Deleted log /data/kafka/bank-1 and /data/kafka/bank-2"),
        words("Deleted log /data/kafka/bank-1/00000000000000812044.log.deleted."),
    ),
    (
        "gpu-work-ended",
        zap("Killing process to get memory back", gpu=3, pid=4411),
        zap("Killing process of the build", job=3, pid=4411),
    ),
    (
        "gpu-work-ended",
        zap("Applying MIG config", node="g-1", config="all-1g.10gb", runningJobs=2),
        zap("Applying MIG config", node="g-1", config="all-1g.10gb", runningJobs=0),
    ),
    (
        "invalid-number",
        words("step=88 loss=0.3 weights=[nan, nan]"),
        words("step=88 loss=0.3 weights=[0.4, 0.6]"),
    ),
    (
        "weights-absurd",
        words("PATCH VirtualService edge/cart: weights cart-v1=-5 cart-v2=0"),
        words("PATCH VirtualService edge/cart: weights cart-v1=95 cart-v2=5"),
    ),
]


@pytest.mark.parametrize(("rule", "mad", "calm"), TWINS)
def test_what_protects_ends_to_or_not(rule: str, mad: str, calm: str) -> None:
    assert rule in alarms(mad)
    assert rule not in alarms(calm)


def test_a_segment_beside_a_whole_log_hides_nothing() -> None:
    segment = "/data/kafka/bank-1/00000000000000812044.log.deleted"
    assert "data-thrown-away" in alarms(words(f"deleted {segment} and /data/kafka/bank-2"))
    assert "data-thrown-away" in alarms(words(f"deleted /data/kafka/bank-2 and {segment}"))
