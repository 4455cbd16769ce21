"""What is not to be seen just now, and runs or will run all the same: never "nothing to delete", never proved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.clock import SystemClock
from opsconsole.cluster.questions.about.discovery import custom_scalables
from opsconsole.cluster.transport.connection import Connection
from opsconsole.cluster.transport.errors import ClusterError, RequestWords, from_status
from opsconsole.optimizer import Optimizers
from opsconsole.settings import OptimizerSettings
from opsconsole.switches.target.reader import TargetReader
from tests.support.waiting import eventually
from tests.switches.conftest import ACCOUNT, BoardMaker, bindings, details, run, settings_for
from tests.switches.delete.test_optimizer_cluster import APPS, BATCH, make, running, selector, template
from tests.switches.rbac import Rbac
from tests.switches.target.owners.test_owners_cluster import owned_by, replicas, rollout

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.testbed.cluster import TestCluster

Object = dict[str, Any]


@pytest.mark.usefixtures("account")
def test_a_cronjob_between_two_runs_is_stopped_though_its_account_alone_is_named(
    cluster: TestCluster, namespace: str, board_for: BoardMaker
) -> None:
    spec = template(restartPolicy="Never")
    make(cluster, namespace, "CronJob", schedule="0 0 29 2 *", jobTemplate={"spec": {"template": spec}})
    board = board_for("", f"{namespace}/{ACCOUNT}")
    plan = board.make_plan("optimizer")
    assert not plan.nothing, plan.blocked
    assert [step.title for step in plan.steps if step.effect == "workload.set"] == [
        f"Suspend CronJob/aura -n {namespace}"
    ]
    outcome = run(board, plan)
    assert outcome.success, details(outcome)
    suspended = cluster.kubectl("get", "cronjob/aura", "-n", namespace, "-o", "jsonpath={.spec.suspend}")
    assert suspended.strip() == "true"


@pytest.mark.usefixtures("account")
def test_a_deployment_whose_pods_can_not_be_made_just_now_is_stopped_though_its_account_alone_is_named(
    cluster: TestCluster, namespace: str, board_for: BoardMaker
) -> None:
    quota = {"metadata": {"name": "full"}, "spec": {"hard": {"pods": "0"}}}
    cluster.api.post(f"/api/v1/namespaces/{namespace}/resourcequotas", quota)
    make(cluster, namespace, "Deployment", replicas=1, **selector())
    board = board_for("", f"{namespace}/{ACCOUNT}")
    outcome = run(board, board.make_plan("optimizer"))
    assert outcome.success, details(outcome)
    assert replicas(cluster, namespace, "deployment/aura") == "0"


@pytest.mark.usefixtures("account")
def test_a_replicaset_that_outlived_its_deployment_is_not_called_gone(
    cluster: TestCluster, namespace: str, board_for: BoardMaker
) -> None:
    name = make(cluster, namespace, "Deployment", replicas=1, **selector())
    cluster.wait_for_pods(namespace, "app=aura", 1)
    cluster.kubectl("delete", "deployment/aura", "-n", namespace, "--cascade=orphan")
    eventually(lambda: not cluster.api.exists(APPS.format(namespace, "deployments/aura")), "it is gone")
    assert running(cluster, namespace)
    board = board_for(name)
    plan = board.make_plan("optimizer")
    assert not plan.nothing, plan.blocked
    assert plan.title.startswith("Delete the optimizer ReplicaSet/aura-")
    outcome = run(board, plan)
    assert outcome.success, details(outcome)
    assert not running(cluster, namespace)


@pytest.mark.usefixtures("account")
def test_pods_that_outlived_their_statefulset_are_named_and_nothing_is_called_known(
    cluster: TestCluster, namespace: str, board_for: BoardMaker
) -> None:
    name = make(cluster, namespace, "StatefulSet", replicas=1, serviceName="aura", **selector())
    cluster.wait_for_pods(namespace, "app=aura", 1)
    cluster.kubectl("delete", "statefulset/aura", "-n", namespace, "--cascade=orphan")
    pod = f"/api/v1/namespaces/{namespace}/pods/aura-0"
    eventually(lambda: not cluster.api.get(pod)["metadata"].get("ownerReferences"), "it is let go")
    plan = board_for(name).make_plan("optimizer")
    assert not plan.steps
    assert not plan.nothing
    assert f"--optimizer pod/{namespace}/aura-0" in plan.blocked


@pytest.mark.usefixtures("account")
def test_a_job_that_outlived_its_cronjob_is_not_called_gone(
    cluster: TestCluster, namespace: str, board_for: BoardMaker
) -> None:
    job = {"template": template(restartPolicy="Never")}
    body = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "aura-29012345"}, "spec": job}
    cluster.api.post(BATCH.format(namespace, "jobs"), body)
    cluster.wait_for_pods(namespace, "app=aura", 1)
    board = board_for(f"cronjob/{namespace}/aura")
    plan = board.make_plan("optimizer")
    assert not plan.nothing, plan.blocked
    outcome = run(board, plan)
    assert outcome.success, details(outcome)
    assert not running(cluster, namespace)


def test_the_account_default_is_not_revoked_for_an_owner_that_has_no_template(
    cluster: TestCluster, namespace: str, board_for: BoardMaker, rbac: Rbac, rollouts: str
) -> None:
    """A Rollout may take its template from a Deployment (``workloadRef``): it says nothing of an account then."""
    innocent = rbac.role_binding("innocent", [rbac.me | {"name": "default"}], role="edit")
    body: Object = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "aura"}}
    body["spec"] = {"replicas": 1, "workloadRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "aura"}}
    cluster.api.post(rollouts.format(namespace), body)
    plan = board_for(f"rollouts.argoproj.io/{namespace}/aura").make_plan("revoke")
    assert innocent not in {step.target.name for step in bindings(plan)}, plan
    assert not plan.nothing


@pytest.mark.usefixtures("account")
def test_pods_of_a_deployment_that_a_custom_owner_makes_go_with_it(
    cluster: TestCluster, namespace: str, board_for: BoardMaker, rollouts: str
) -> None:
    """The operator is dead: what was asked of the topmost owner alone would stop nothing."""
    owner = rollout(cluster, namespace, rollouts)
    cluster.api.delete(f"/api/v1/namespaces/{namespace}/pods/aura-5d9-x")
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "aura-below"}}
    body |= {"spec": {"replicas": 1, **selector()}}
    body["metadata"] = {"name": "aura-below", "labels": {"app": "aura"}, **owned_by(owner, "argoproj.io/v1alpha1")}
    cluster.api.post(APPS.format(namespace, "deployments"), body)
    eventually(lambda: any("below" in each for each in running(cluster, namespace)), "its pod runs")
    board = board_for(f"rollouts.argoproj.io/{namespace}/aura")
    outcome = run(board, board.make_plan("optimizer"))
    assert outcome.success, details(outcome)
    assert replicas(cluster, namespace, "deployment/aura-below") == "0"
    assert not running(cluster, namespace)


class WithoutAggregation:
    """The API server as one before 1.30 answers: no list of all groups with what they serve."""

    def __init__(self, connection: Connection, status: int) -> None:
        self._connection = connection
        self._status = status

    def request(self, method: str, path: str, **how: Any) -> bytes:
        if "apidiscovery" in how.get("accept", ""):
            if self._status != 200:
                raise from_status(self._status, b"", RequestWords(method, path))
            how["accept"] = "application/json"
        return self._connection.request(method, path, **how)


@pytest.fixture
def connection(cluster: TestCluster, tmp_path: Path) -> Iterator[Connection]:
    settings = settings_for(cluster.admin_kubeconfig, tmp_path / "journal", "")
    made = Connection(settings.cluster, read_only=False, clock=SystemClock())
    yield made
    made.close()


@pytest.mark.usefixtures("rollouts")
@pytest.mark.parametrize("status", [200, 406], ids=["the old list", "not acceptable"])
def test_custom_kinds_are_found_on_a_server_that_does_not_list_all_groups_at_once(
    connection: Connection, status: int
) -> None:
    whole = custom_scalables(connection, 5.0)
    assert "rollouts.v1alpha1.argoproj.io" in map(str, whole)
    assert set(custom_scalables(WithoutAggregation(connection, status), 5.0)) == set(whole)


@pytest.mark.parametrize("status", [403, 503])
def test_a_custom_workload_is_not_called_absent_while_discovery_is_not_answered(
    connection: Connection, namespace: str, status: int
) -> None:
    optimizers = Optimizers.of(OptimizerSettings(name=f"{namespace}/aura"))
    refusing = WithoutAggregation(connection, status)
    with pytest.raises(ClusterError):
        TargetReader(refusing, optimizers, pause=lambda _: None).optimizers()
