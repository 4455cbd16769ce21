"""A Secret in the optimizer's pod that logs it in as somebody else: said, and nothing is proved until he is named."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from tests.switches.conftest import ACCOUNT, details, run
from tests.switches.target.logins.test_acts_as_cluster import may_as
from tests.switches.target.rights.test_no_binding_cluster import board_with
from tests.testbed import objects

if TYPE_CHECKING:
    from pathlib import Path

    from tests.switches.rbac import Rbac
    from tests.testbed.cluster import TestCluster

Object = dict[str, Any]


def pod_with(cluster: TestCluster, namespace: str, key: str, volume: Object) -> None:
    """An optimizer whose pod has the Secret ``kept`` with one key."""
    core = f"/api/v1/namespaces/{namespace}"
    cluster.api.post(f"{core}/secrets", {"metadata": {"name": "kept"}, "stringData": {key: "not a secret"}})
    body = objects.deployment("aura", account=ACCOUNT)
    body["spec"]["template"]["spec"]["volumes"] = [{"name": "kept", "secret": {"secretName": "kept", **volume}}]
    cluster.api.post(f"/apis/apps/v1/namespaces/{namespace}/deployments", body)
    cluster.wait_for_pods(namespace, "app=aura", 1)


@pytest.mark.parametrize(
    ("key", "volume"),
    [
        ("kubeconfig", {}),
        ("prod.kubeconfig", {}),
        ("kubeconfig", {"items": [{"key": "kubeconfig", "path": "config"}]}),
    ],
    ids=["whole", "a name of its own", "one key"],
)
def test_a_kubeconfig_in_its_pod_leaves_the_proof_open_until_whoever_it_logs_in_as_is_named(
    cluster: TestCluster, namespace: str, account: str, rbac: Rbac, journal_dir: Path, key: str, volume: Object
) -> None:
    hidden = f"hidden-{namespace}"
    rbac.binding("hidden", [{"kind": "User", "name": hidden}])
    pod_with(cluster, namespace, key, volume)
    with board_with(cluster, journal_dir, name=f"{namespace}/aura") as board:
        plan = board.make_plan("revoke")
        assert (bool(plan.blocked), plan.nothing) == (True, False)
        assert f"has Secret kept with {key}: whom it logs in as is not looked at" in plan.blocked
        rbac.binding("own", [rbac.me])
        outcome = run(board, board.make_plan("revoke"))
        assert not outcome.success, details(outcome)
        assert may_as(cluster, hidden, "patch", "nodes"), "it goes on as him"
    with board_with(
        cluster, journal_dir, name=f"{namespace}/aura", users=(hidden,), groups=(f"none-{namespace}",)
    ) as board:
        outcome = run(board, board.make_plan("revoke"))
        assert outcome.success, details(outcome)
        assert not may_as(cluster, hidden, "patch", "nodes")
    del account


def test_other_secrets_of_its_pod_are_said_and_keep_nothing_from_being_proved(
    cluster: TestCluster, namespace: str, account: str, rbac: Rbac, journal_dir: Path
) -> None:
    """Nearly every optimizer has an API key of some service."""
    del account
    pod_with(cluster, namespace, "api-key", {})
    with contextlib.ExitStack() as stack:
        board = stack.enter_context(board_with(cluster, journal_dir, name=f"{namespace}/aura"))
        assert board.make_plan("revoke").nothing
        rbac.binding("own", [rbac.me])
        plan = board.make_plan("revoke")
        assert any("is not looked at (kept): if one logs in as somebody else" in words for words in plan.notes), plan
        outcome = run(board, plan)
        assert outcome.success, details(outcome)
