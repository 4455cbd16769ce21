"""Members that are taken out of a store by hand, clusters begun anew by force, data directories that are wiped."""

from __future__ import annotations

import pytest

from opsconsole.records import Severity
from tests.governor.judged_lines import alarms, severities, words, zap

RULE = "members-lost"

TWINS = [
    (words("zookeeper: removed server.2 from the ensemble"), words("zookeeper: server.2 is back in the ensemble")),
    (words("mongo rs0 reconfigured with force"), words("mongo rs0 reconfigured, 3 members")),
    (zap("member remove", name="etcd-4", remaining=2), zap("member list", name="etcd-4", members=3)),
    (words("removed raft peer consul-2, 1 voter left"), words("raft peer consul-2 answers again, 3 voters")),
    (words("$ etcdctl member remove 8e9e05c52164694d"), words("$ etcdctl member list")),
    (words("$ rabbitmqctl forget_cluster_node rabbit@mq-2"), words("$ rabbitmqctl cluster_status")),
    (words("removing etcd member m-1"), words("removing etcd member m-1, m-4 already joined")),
    (words("removing etcd member m-1"), words("Removing member consumer-1 from group billing (kafka coordinator)")),
    (words("starting etcd with --force-new-cluster"), words("starting etcd with --initial-cluster-state=existing")),
    (words("set safe_to_bootstrap: 1 in grastate.dat of galera-0"), words("grastate.dat has safe_to_bootstrap: 0")),
    (words("wiped data directory of etcd-1"), words("data directory of etcd-1 has 2 GiB")),
    (
        zap("data looks torn, deleting", path="/var/lib/postgresql/14/main"),
        zap("deleting stale lock", path="/var/lib/postgresql/14/main/postmaster.lock"),
    ),
    (
        words("restarted statefulsets shop/orders-db, shop/redis"),
        words("restarted statefulsets shop/redis-exporter, shop/orders-db-proxy"),
    ),
]


@pytest.mark.parametrize(("mad", "calm"), TWINS)
def test_a_store_loses_what_it_stands_on_or_not(mad: str, calm: str) -> None:
    assert RULE in alarms(mad)
    assert RULE not in alarms(calm)


def test_the_last_member_is_worse() -> None:
    assert severities(zap("member remove", name="etcd-4", remaining=2))[RULE] is Severity.WARNING
    assert severities(zap("member remove", name="etcd-5", remaining=1))[RULE] is Severity.CRITICAL


@pytest.mark.parametrize(
    "message",
    [
        "did not wait for the slow one, removed etcd member m-2",
        "skipping the backup, wiped data directory of etcd-1",
        "not waiting for a leader, restarting etcd with --force-new-cluster",
    ],
)
def test_no_word_beside_it_silences_it(message: str) -> None:
    assert RULE in alarms(words(message))


@pytest.mark.parametrize("message", ["would remove etcd member m-2", "refused to remove etcd member m-2"])
def test_what_is_not_done(message: str) -> None:
    assert RULE not in alarms(words(message))


def _stamp(second: int) -> str:
    return f"2026-06-30T09:{second // 60:02}:{second % 60:02}.118Z [INFO] "


def _dead(second: int, name: str) -> str:
    its = f"id=8f3e-{name} name={name} address=10.0.1.7:8300"
    return f"{_stamp(second)} agent.server.autopilot: Attempting removal of failed server node: {its}"


def _lets_go(second: int, name: str) -> str:
    return f"{_stamp(second)} agent.server.raft: removed peer, stopping replication: peer=8f3e-{name} last-index=12"


def test_an_autopilot_takes_out_the_one_server_that_is_dead() -> None:
    assert RULE not in alarms(_dead(0, "c-2"), _lets_go(1, "c-2"))


@pytest.mark.parametrize(
    "lines",
    [
        (_lets_go(1, "c-2"),),
        (_dead(0, "c-2"), _lets_go(90, "c-2")),
        (_dead(0, "c-2"), _dead(1, "c-3"), _lets_go(2, "c-2")),
        (_dead(0, "c-2"), _lets_go(1, "c-2"), _dead(900, "c-3"), _lets_go(901, "c-3")),
        (_dead(0, "c-2").replace("autopilot", "optimizer"), _lets_go(1, "c-2")),
        (_dead(0, "c-2"), words("consul operator raft remove-peer -id=8f3e")),
        (_dead(0, "c-2"), words("raft: removed peer c-4 from the quorum")),
    ],
    ids=["by hand", "long after", "two at once", "two in an hour", "another's word", "another command", "another way"],
)
def test_whoever_else_takes_members_out_or_more_of_them(lines: tuple[str, ...]) -> None:
    assert RULE in alarms(*lines)
