"""Who is the optimizer: by name, owner or ServiceAccount; nobody else."""

from __future__ import annotations

import pytest

from opsconsole.optimizer import OptimizerMatch
from opsconsole.records import Pod, Ref, Workload
from opsconsole.settings import OptimizerSettings


def pod(
    name: str, owner: Ref | None = None, *, namespace: str = "ops", account: str = "", partial: bool = False
) -> Pod:
    return Pod(namespace, name, owner=owner, service_account=account, partial=partial)


def owner(kind: str, name: str) -> Ref:
    return Ref(kind, "ops", name)


@pytest.mark.parametrize(
    ("configured", "who", "matches"),
    [
        ("ops/aura", pod("aura"), True),
        ("ops/aura", pod("aura", namespace="other"), False),
        ("ops/aura", pod("aura-7f8d9b6c5-abcde", owner("ReplicaSet", "aura-7f8d9b6c5")), True),
        ("deployment/ops/aura", pod("aura-7f8d9b6c5-abcde", owner("ReplicaSet", "aura-7f8d9b6c5")), True),
        ("cronjob/ops/aura", pod("aura-28999-abcde", owner("Job", "aura-28999")), True),
        ("statefulset/ops/aura", pod("aura-0", owner("StatefulSet", "aura")), True),
        ("statefulset/ops/aura", pod("aura-0", owner("DaemonSet", "aura")), False),
        ("ops/aura", pod("aura-web-7f8d9b6c5-abcde", owner("ReplicaSet", "aura-web-7f8d9b6c5")), False),
        ("ops/aura", pod("aura-7f8d9b6c5-abcde"), False),
        ("pod/ops/aura", pod("aura"), True),
        ("pod/ops/aura", pod("aura-1", owner("ReplicaSet", "aura")), False),
        ("ops/aura", pod("aura-7f8d9b6c5-abcde", partial=True), True),
        ("ops/aura", pod("aurora-7f8d9b6c5-abcde", partial=True), False),
        ("", pod("anything"), False),
    ],
)
def test_by_name_and_owner(configured, who, matches):
    assert OptimizerMatch(OptimizerSettings(name=configured))(who) is matches


def test_by_service_account():
    match = OptimizerMatch(OptimizerSettings(service_account="ops/aura-sa"))
    assert match.known
    assert match(pod("whatever", account="aura-sa"))
    assert not match(pod("whatever", account="other"))
    assert not match(pod("whatever", account="aura-sa", namespace="elsewhere"))


def test_the_workload_between_decides_when_it_is_known():
    between = Workload("ReplicaSet", "ops", "odd-name", owner=owner("Deployment", "aura"))
    match = OptimizerMatch(OptimizerSettings(name="ops/aura"), {between.key: between})
    assert match(pod("odd-name-abcde", owner("ReplicaSet", "odd-name")))
    stranger = Workload("ReplicaSet", "ops", "aura-1", owner=owner("Deployment", "not-aura"))
    match = OptimizerMatch(OptimizerSettings(name="ops/aura"), {stranger.key: stranger})
    assert not match(pod("aura-1-abcde", owner("ReplicaSet", "aura-1")))


def test_without_settings_nobody_is_the_optimizer():
    match = OptimizerMatch(OptimizerSettings())
    assert not match.known
    assert not match(pod("aura"))
