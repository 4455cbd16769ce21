"""Taking approvals back on a real API server: some of several, and a delete that no clock ends."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import msgspec
import pytest

from opsconsole.clock import SystemClock
from opsconsole.feeds.protocol import Inbox
from opsconsole.govern.approvals.approval import read_grant
from opsconsole.govern.approvals.listed import lines
from opsconsole.records import ChangeField, Ref
from opsconsole.switches.approve.requests import ApprovalAsk
from opsconsole.switches.engine.board import Switchboard
from opsconsole.switches.withdraw.lapse import Lapses
from tests.govern.builders import apps
from tests.govern.conftest import GovernBoard, wait_refused
from tests.support.approving import approve, approve_switch, chosen, to_replicas
from tests.support.waiting import eventually
from tests.switches.conftest import details, run
from tests.testbed.api import Api

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster

pytestmark = pytest.mark.cluster


def granted(cluster: TestCluster, namespace: str, name: str) -> bool:
    """Whether an approval stands: of a delete on the object, of its replicas on the Namespace."""
    found = cluster.api.get(apps(namespace, name))
    listed = lines(cluster.api.get(f"/api/v1/namespaces/{namespace}"))
    return read_grant(found) is not None or any(found["metadata"]["uid"] in line for line in listed)


def test_taking_back_one_of_two_approvals_is_proved_by_that_one(
    cluster: TestCluster, namespace: str, ann: Switchboard
) -> None:
    approve(ann, to_replicas(0, namespace, "web"), to_replicas(0, namespace, "db"))
    plan = ann.make_plan("withdraw")
    assert len(plan.steps) == 2
    outcome = run(ann, chosen(plan, "/web"))
    assert outcome.success, details(outcome)
    assert [proof.claim.partition("/")[2].partition(" ")[0] for proof in outcome.proofs] == ["web"]
    assert [granted(cluster, namespace, name) for name in ("web", "db")] == [False, True]
    assert [shown.ref.name for shown in ann.make_plan("withdraw").shows] == ["db"]


def test_limits_and_replicas_of_one_deployment_are_two_approvals_and_withdrawing_takes_both(
    cluster: TestCluster, namespace: str, ann: Switchboard
) -> None:
    path = "containers[main].resources.limits.memory"
    web = to_replicas(0, namespace, "web")
    approve(ann, msgspec.structs.replace(web, fields=(ChangeField(path, "", "600Mi", None, 600.0 * 2**20),)))
    approve(ann, web)
    plan = ann.make_plan("withdraw")
    assert [step.effect for step in plan.steps] == ["approval.take", "approval.unlist"]
    outcome = run(ann, plan)
    assert outcome.success, details(outcome)
    assert len({proof.claim for proof in outcome.proofs}) == 2
    assert not granted(cluster, namespace, "web")


def test_a_delete_that_an_ended_console_left_approved_is_taken_off_by_the_next(
    cluster: TestCluster, namespace: str, ann: Switchboard, account: str, board_for: GovernBoard, optimizer: Api
) -> None:
    approve_switch(ann).minutes = 0.25
    approve(ann, ApprovalAsk(Ref("Deployment", namespace, "web"), 0.0, deletes=True))
    assert granted(cluster, namespace, "web")
    later = board_for(account, kubeconfig=cluster.kubeconfig_for_user("ann", ["sre-approvers", "system:masters"]))
    lapses = Lapses(later, SystemClock(), lambda _: threading.Event().wait(0.5))
    lapses.start(Inbox())
    eventually(lambda: not granted(cluster, namespace, "web"), "it is taken off", 120)
    eventually(lambda: not lapses._looking, "it is over")
    wait_refused(lambda: optimizer.delete(f"{apps(namespace)}?dryRun=All"), "deletes")


def test_an_approval_that_may_not_be_read_is_not_one_that_stands_no_more(
    cluster: TestCluster, namespace: str, account: str, ann: Switchboard, board_for: GovernBoard
) -> None:
    approve(ann, to_replicas(0, namespace, "web"))
    plan = board_for(account, kubeconfig=cluster.kubeconfig_for_user("stranger")).make_plan("withdraw")
    assert "stands can't be told" in plan.blocked
    assert f"Namespace/{namespace} can't be read: 403: may not get namespaces" in plan.blocked
    assert not plan.nothing
    assert granted(cluster, namespace, "web")
