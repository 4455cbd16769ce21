"""Machines that go with their nodes, and old ReplicaSets over a limit: one for each that was told, and no more."""

from __future__ import annotations

from tests.governor.judged_lines import alarms

RULE = "object-deleted"
_NODE = 'I0305 19:00:12.160441       1 actuator.go:205] Scale-down: removing empty node "{}"'
_INSTANCE = "I0305 19:01:40.221840       1 auto_scaling_groups.go:311] Terminating EC2 instance: {}"
_AUTOSCALER = "I0305 19:00:12.118204       1 static_autoscaler.go:598] Calculating unneeded nodes"


def test_the_instance_of_a_node_that_has_gone() -> None:
    node, instance = _NODE.format("ip-10-9-4-19.internal"), _INSTANCE.format("i-0b81f2c77b90d1e44")
    assert RULE not in alarms(_AUTOSCALER, node, instance)
    assert RULE in alarms(_AUTOSCALER, node, instance, _INSTANCE.format("i-0b81f2c77b90d1e45"))
    assert RULE in alarms(_AUTOSCALER, instance)
    assert RULE in alarms(_AUTOSCALER, node, _INSTANCE.format("prod-ledger"))
    assert RULE in alarms(_AUTOSCALER, node, instance.replace("EC2", "RDS"))


def _said(second: int, words: str, owner: str = "cart") -> str:
    return f'time="2026-03-18T08:20:{second:02}Z" level=info msg="{words}" namespace=shop rollout={owner}'


def test_old_replica_sets_over_their_limit() -> None:
    told = _said(40, "Cleaning up 1 old replicasets from revision history limit 10")
    one, two = (_said(41, f'Trying to cleanup replica set \\"cart-6f7b8d4c{end}\\"') for end in "56")
    assert RULE not in alarms(told, one)
    assert RULE in alarms(told, one, two)
    assert RULE in alarms(one)
    assert RULE in alarms(told.replace("rollout=cart", "rollout=web"), one)
    assert RULE in alarms(_said(40, "Cleaning up 1 old replicasets from revision history limit 0"), one)
