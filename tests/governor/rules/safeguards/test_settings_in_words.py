"""Settings that protect, as programs tell them that name no verb: statements, passives, values with what they were."""

from __future__ import annotations

import pytest

from tests.governor.judged_lines import alarms, words, zap

TWINS = [
    # What is told to have been, behind the value or beside the message.
    (
        "Altered config of topic bank.journal: retention.ms=500 (was 604800000)",
        "Altered config of topic bank.journal: retention.ms=518400000 (was 604800000)",
    ),
    (
        "Altered config of topic stock-changelog: cleanup.policy=delete (was compact)",
        "Altered config of topic stock-changelog: cleanup.policy=compact (was delete)",
    ),
    (
        "Reassigned topic bank.v3: replication.factor 3 -> 1",
        "Reassigned topic bank.v3: replication.factor 1 -> 3",
    ),
    (
        "ALTER KEYSPACE series WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1} (was 3)",
        "ALTER KEYSPACE series WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 3} (was 1)",
    ),
    ("ALTER SYSTEM SET fsync = 'off'", "ALTER SYSTEM SET fsync = 'on'"),
    ("ALTER SYSTEM SET full_page_writes = off", "ALTER SYSTEM SET work_mem = '32MB'"),
    # Probes, time to end, and how many go at once.
    ("patched video/encoder, livenessProbe removed", "patched video/encoder, livenessProbe added"),
    (
        "patched video/encoder, terminationGracePeriodSeconds 60 -> 0",
        "patched video/encoder, terminationGracePeriodSeconds 60 -> 90",
    ),
    ("patched video/api, strategy RollingUpdate -> Recreate", "patched video/api, strategy Recreate -> RollingUpdate"),
    ("patched video/api, minReadySeconds 20 -> 0", "patched video/api, minReadySeconds 0 -> 20"),
    (
        "patched video/api, livenessProbe failureThreshold 5 -> 1",
        "patched video/api, livenessProbe failureThreshold 5 -> 6",
    ),
    # Machines.
    ("all nodes: kernel.pid_max 4194304 -> 256", "all nodes: kernel.pid_max 32768 -> 4194304"),
    ("node w-7: vm.panic_on_oom 0 -> 1", "node w-7: vm.panic_on_oom 1 -> 0"),
    ("node w-7: kubelet kubeReserved removed, allocatable +4%", "node w-7: kubelet kubeReserved checked"),
    ("set power limit 300W -> 50W on gpu-7", "set power limit 300W -> 250W on gpu-7"),
    # Doors.
    (
        "PeerAuthentication mesh/default mode changed from STRICT to PERMISSIVE",
        "PeerAuthentication mesh/default mode changed from PERMISSIVE to STRICT",
    ),
    (
        "Service bank/ledger type ClusterIP -> LoadBalancer, loadBalancerSourceRanges [0.0.0.0/0]",
        "Service bank/ledger type LoadBalancer -> ClusterIP, loadBalancerSourceRanges [10.0.0.0/8]",
    ),
    # Who is called, and who did what.
    (
        'receiver for severity=page changed from oncall-primary to "null"',
        "receiver for severity=page changed from oncall-primary to oncall-secondary",
    ),
    ("apiserver audit policy level Metadata -> None", "apiserver audit policy level None -> Metadata"),
]


@pytest.mark.parametrize(("mad", "calm"), TWINS)
def test_a_setting_that_protects_is_taken_away_or_given(mad: str, calm: str) -> None:
    assert {"safety-off"} <= alarms(words(mad))
    assert not alarms(words(calm)) - {"not-its-business"}


def test_values_beside_a_message_in_the_passive_or_one_that_names_the_setting() -> None:
    assert "safety-off" in alarms(
        zap("lowering ttl to save space", schedule="weekly", **{"from": "1440h", "to": "12h"})
    )
    assert not alarms(zap("lowering ttl to save space", schedule="weekly", **{"from": "60s", "to": "5s"}))
    assert "setting-absurd" in alarms(zap("retry policy changed", cluster="pay", per_try_timeout="2ms", was="900ms"))
    assert not alarms(zap("retry policy changed", cluster="pay", per_try_timeout="700ms", was="900ms"))
    memory = "ALTER SYSTEM SET shared_buffers = '{}GB'"
    assert "setting-absurd" in alarms(zap(memory.format(640), previous="32GB"))
    assert not alarms(zap(memory.format(48), previous="32GB"))


@pytest.mark.parametrize(
    "message",
    [
        "would set fsync: ALTER SYSTEM SET fsync = 'off'",
        'observed that receiver for severity=page changed from oncall-primary to "null"',
        "refused: set power limit 300W -> 50W on gpu-7",
        "proposed: kernel.pid_max 4194304 -> 256 on all nodes",
    ],
)
def test_what_is_only_thought_of_refused_or_seen(message: str) -> None:
    assert not alarms(words(message))
