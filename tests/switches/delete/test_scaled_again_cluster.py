"""Whoever scales the optimizer up again through ``/scale`` is named, or nobody: managedFields note little of that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.repeating import repeating
from tests.switches.conftest import BoardMaker, details, run
from tests.switches.delete.test_optimizer_cluster import APPS, make, selector

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster


@pytest.mark.usefixtures("account")
def test_whoever_scales_it_up_through_scale_is_named_or_nobody_and_not_who_made_it(
    cluster: TestCluster, namespace: str, board_for: BoardMaker
) -> None:
    name = make(cluster, namespace, "Deployment", replicas=1, **selector())
    cluster.wait_for_pods(namespace, "app=aura", 1)
    path = APPS.format(namespace, "deployments/aura")

    def keep() -> None:
        if not cluster.api.get(path)["spec"]["replicas"]:
            cluster.api.patch(f"{path}/scale?fieldManager=keeper", {"spec": {"replicas": 1}})

    board = board_for(name, patience_seconds=2.0)
    plan = board.make_plan("optimizer")
    with repeating(keep, 0.2):
        outcome = run(board, plan)
    assert not outcome.success, details(outcome)
    told = [proof.detail for proof in outcome.proofs if "it wants 1 again" in proof.detail]
    assert told, details(outcome)
    assert any(each in told[0] for each in ("(last written by keeper)", "(by whom is not noted")), told
