"""The account ``default`` is every pod's that names none: named alone it stops nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.switches.conftest import BoardMaker

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster


def test_by_the_account_of_every_pod_no_innocent_is_stopped(
    cluster: TestCluster, namespace: str, board_for: BoardMaker
) -> None:
    container = {"name": "main", "image": "registry.example/innocent:1"}
    labels = {"app": "innocent"}
    body = {"metadata": {"name": "innocent", "labels": labels}, "spec": {"containers": [container]}}
    cluster.api.post(f"/api/v1/namespaces/{namespace}/pods", body)
    cluster.wait_for_pods(namespace, "app=innocent", 1)
    plan = board_for(account=f"{namespace}/default").make_plan("optimizer")
    assert (plan.steps, plan.nothing) == ((), False)
    assert "is the account of every pod that names none" in plan.blocked
    assert f"--optimizer pod/{namespace}/innocent" in plan.blocked
    for number in range(8):
        other = {"metadata": {"name": f"other-{number}", "labels": labels}, "spec": {"containers": [container]}}
        cluster.api.post(f"/api/v1/namespaces/{namespace}/pods", other)
    cluster.wait_for_pods(namespace, "app=innocent", 9)
    many = board_for(account=f"{namespace}/default").make_plan("optimizer").blocked
    assert (many.count("--optimizer"), many.endswith(" and 1 more")) == (8, True), many
    named = board_for(f"pod/{namespace}/innocent").make_plan("optimizer")
    assert any(step.target.name == "innocent" for step in named.steps), "named, it is stopped"
