"""Clusters that are not like the test bed: grants, tokens and owners of other kinds, with kubectl as the witness."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from opsconsole.clock import SystemClock
from opsconsole.cluster.transport.connection import Connection
from opsconsole.containment import exit_code
from opsconsole.parallel import in_parallel
from opsconsole.settings import OptimizerSettings
from opsconsole.switches.build import build_switchboard
from tests.support.waiting import eventually
from tests.switches.conftest import ACCOUNT, IMPATIENT, BoardMaker, bindings, details, run, settings_for
from tests.switches.delete.test_optimizer_cluster import BATCH, template
from tests.switches.rbac import GROUP, RBAC, Rbac, group, user
from tests.switches.target.logins.test_acts_as_cluster import may_as
from tests.switches.target.owners.test_owners_cluster import owned_by
from tests.switches.target.rights.test_rights_cluster import Witness
from tests.testbed import objects
from tests.testbed.custom_kinds import custom_kind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from opsconsole.switches.engine.switchboard import Switchboard

    from tests.testbed.cluster import TestCluster

Object = dict[str, Any]
READ = ["get", "list", "watch"]


def test_a_binding_that_reads_all_of_an_api_group_is_left(
    cluster: TestCluster, account: str, rbac: Rbac, board_for: BoardMaker
) -> None:
    """``*`` of ``apps`` is not Secrets: they are of another API group."""
    rules = [{"apiGroups": ["apps", "metrics.k8s.io"], "resources": ["*"], "verbs": READ}]
    name = rbac.binding("reader", [rbac.me], role=rbac.role("reader", rules))
    witness = Witness(cluster, account)
    assert (witness.may("list", "deployments"), witness.may("get", "secrets")) == (True, False)
    plan = board_for(account=account).make_plan("revoke")
    assert plan.nothing, plan
    assert any(f"ClusterRoleBinding/{name} only reads" in words for words in plan.notes)


def test_who_may_approve_certificates_is_said_to_have_them_for_good(
    account: str, rbac: Rbac, board_for: BoardMaker
) -> None:
    requests = {"apiGroups": ["certificates.k8s.io"], "resources": ["certificatesigningrequests/approval"]}
    name = rbac.binding("approver", [rbac.me], role=rbac.role("approver", [requests | {"verbs": ["update"]}]))
    plan = board_for(account=account).make_plan("revoke")
    assert [step.target.name for step in bindings(plan)] == [name]
    assert any("client certificates made for any user" in words for words in plan.warnings), plan.warnings


@pytest.mark.parametrize("everybody", ["system:authenticated", "system:serviceaccounts", "system:masters"])
def test_a_group_that_everybody_is_in_is_not_its_own_whatever_the_settings_say(
    cluster: TestCluster, rbac: Rbac, journal_dir: Path, everybody: str
) -> None:
    rules = [{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["delete"]}]
    name = rbac.binding("everybody", [group(everybody)], role=rbac.role("everybody", rules))
    table = msgspec.convert({"users": ["robot"], "groups": [everybody]}, OptimizerSettings)
    settings = msgspec.structs.replace(settings_for(cluster.admin_kubeconfig, journal_dir, ""), optimizer=table)
    connection = Connection(settings.cluster, read_only=False, clock=SystemClock())
    try:
        plan = build_switchboard(settings, connection, None, SystemClock()).make_plan("revoke")
    finally:
        connection.close()
    assert {step.target.name: step.chosen for step in plan.steps}[name] is False
    assert not any(step.chosen for step in plan.steps), "they hit others"
    assert any(f"ClusterRoleBinding/{name} is given to Group {everybody}: every" in words for words in plan.warnings)


def test_of_a_user_who_may_be_in_a_group_that_is_not_named_nothing_is_called_known(
    cluster: TestCluster, namespace: str, rbac: Rbac, journal_dir: Path
) -> None:
    """A client certificate's ``O=`` is a group, and no cluster keeps a list of those."""
    team = f"team-{namespace}"
    name = rbac.binding("team", [group(team)])

    @contextlib.contextmanager
    def board_with(*groups: str) -> Iterator[Switchboard]:
        settings = settings_for(cluster.admin_kubeconfig, journal_dir, "", patience_seconds=IMPATIENT)
        table = OptimizerSettings(users=("robot",), groups=groups)
        settings = msgspec.structs.replace(settings, optimizer=table)
        with contextlib.closing(Connection(settings.cluster, read_only=False, clock=SystemClock())) as connection:
            yield build_switchboard(settings, connection, None, SystemClock())

    assert may_as(cluster, "robot", "patch", "nodes", groups=(team,))
    with board_with() as board:
        plan = board.make_plan("revoke")
        assert plan.blocked
        assert not plan.nothing
        assert "robot may be in group" in plan.blocked
        own = rbac.binding("own", [user("robot")])
        plan = board.make_plan("revoke")
        assert [step.target.name for step in plan.steps if step.chosen] == [own], "what is his own goes all the same"
        outcome = run(board, plan)
        assert not may_as(cluster, "robot", "patch", "nodes")
        assert not outcome.success
        assert [proof.holds for proof in outcome.proofs if "everybody that it acts as" in proof.claim] == [None]
    with board_with("none") as board:
        assert board.make_plan("revoke").nothing
    with board_with(team) as board:
        assert [step.target.name for step in board.make_plan("revoke").steps if step.chosen] == [name]


def test_of_a_group_that_is_named_alone_what_its_members_may_do_besides_is_not_called_known(
    cluster: TestCluster, namespace: str, rbac: Rbac, journal_dir: Path
) -> None:
    """The group loses what it was given, and a member has a binding of his own."""
    team = f"team-{namespace}"
    name = rbac.binding("team", [group(team)])
    rbac.binding("member", [user("robot")])
    settings = settings_for(cluster.admin_kubeconfig, journal_dir, "", patience_seconds=IMPATIENT)
    settings = msgspec.structs.replace(settings, optimizer=OptimizerSettings(groups=(team,)))
    with contextlib.closing(Connection(settings.cluster, read_only=False, clock=SystemClock())) as connection:
        board = build_switchboard(settings, connection, None, SystemClock())
        plan = board.make_plan("revoke")
        assert [step.target.name for step in plan.steps if step.chosen] == [name]
        outcome = run(board, plan)
        assert not may_as(cluster, "somebody", "patch", "nodes", groups=(team,)), "the group's right is gone"
        assert may_as(cluster, "robot", "patch", "nodes", groups=(team,)), "a member's own is not"
        assert exit_code(outcome) == 1
        told = [proof.detail for proof in outcome.proofs if "everybody that it acts as" in proof.claim]
        assert f"who is in group {team} is in no cluster's list" in told[0]
        assert not board.make_plan("revoke").nothing


@pytest.mark.parametrize("by_name", [False, True])
def test_a_mounted_token_where_secrets_may_not_be_listed_is_asked_for_by_name_or_leaves_the_proof_open(
    cluster: TestCluster, namespace: str, account: str, rbac: Rbac, board_for: BoardMaker, *, by_name: bool
) -> None:
    del account
    rbac.account_of_a_secret("hidden", "key")
    rbac.binding("own", [rbac.me])
    body = objects.deployment("aura", account=ACCOUNT)
    body["spec"]["template"]["spec"]["volumes"] = [{"name": "key", "secret": {"secretName": "key"}}]
    cluster.api.post(f"/apis/apps/v1/namespaces/{namespace}/deployments", body)
    cluster.wait_for_pods(namespace, "app=aura", 1)
    rules = [
        {"apiGroups": ["", "apps"], "resources": ["pods", "namespaces", "deployments", "replicasets"], "verbs": READ},
        {"apiGroups": [""], "resources": ["serviceaccounts"], "verbs": READ},
        {"apiGroups": [GROUP], "resources": ["*"], "verbs": [*READ, "delete", "patch", "bind"]},
        {"apiGroups": ["authorization.k8s.io"], "resources": ["subjectaccessreviews"], "verbs": ["create"]},
        {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"], "resourceNames": ["key" if by_name else "-"]},
    ]
    rbac.binding("responder", [user("no-secrets")], role=rbac.role("responder", rules))
    board = board_for(f"{namespace}/aura", kubeconfig=cluster.kubeconfig_for_user("no-secrets"), patience_seconds=1.0)
    outcome = run(board, board.make_plan("revoke"))
    assert may_as(cluster, f"system:serviceaccount:{namespace}:hidden", "patch", "nodes") is not by_name
    assert outcome.success is by_name, details(outcome)
    if not by_name:
        assert any("its Secrets can't be read (key)" in proof.detail for proof in outcome.proofs), details(outcome)
        assert not board.make_plan("revoke").nothing


def test_a_binding_that_it_wrote_for_another_is_said_and_left(
    cluster: TestCluster, namespace: str, account: str, rbac: Rbac, journal_dir: Path
) -> None:
    """What it gave others while it could outlives it: a way back."""
    rbac.binding("own", [rbac.me])
    name = f"way-back-{namespace}"
    role = {"apiGroup": GROUP, "kind": "ClusterRole", "name": "cluster-admin"}
    body = {"metadata": {"name": name}, "roleRef": role, "subjects": [rbac.me | {"name": "helper"}]}
    cluster.api.post(f"{RBAC}/clusterrolebindings?fieldManager=aura-controller", body)
    table = msgspec.convert({"service_account": account, "managers": ["aura-controller"]}, OptimizerSettings)
    settings = msgspec.structs.replace(settings_for(cluster.admin_kubeconfig, journal_dir, ""), optimizer=table)
    connection = Connection(settings.cluster, read_only=False, clock=SystemClock())
    try:
        plan = build_switchboard(settings, connection, None, SystemClock()).make_plan("revoke")
        told = f"ClusterRoleBinding/{name} gives ServiceAccount {namespace}/helper cluster-admin"
        assert any(told in words and "its own field manager" in words for words in plan.notes), plan.notes
        assert name not in {step.target.name for step in plan.steps}
    finally:
        connection.close()
        cluster.api.delete(f"{RBAC}/clusterrolebindings/{name}")


def test_a_binding_whose_namespace_is_gone_is_not_offered_to_undo(
    cluster: TestCluster, namespace: str, account: str, rbac: Rbac, board_for: BoardMaker
) -> None:
    place = f"{namespace}-gone"
    cluster.create_namespace(place)
    name = Rbac(cluster, place, ACCOUNT).role_binding("there", [rbac.me])
    board = board_for(account=account)
    assert run(board, board.make_plan("revoke")).success
    cluster.api.delete(f"/api/v1/namespaces/{place}")
    eventually(lambda: not cluster.api.exists(f"/api/v1/namespaces/{place}"), "it is gone", 180)
    plan = board.undo_plan()
    assert plan.nothing, plan
    assert f"RoleBinding/{name} -n {place} is gone with its namespace: not undone" in plan.notes


@pytest.fixture(scope="module")
def cron_workflows(cluster: TestCluster) -> Iterator[str]:
    """A type without ``/scale``, whose objects make Jobs whenever they want; no operator: Jobs are made by hand."""
    free = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": free}}}
    version = {"name": "v1", "served": True, "storage": True, "schema": schema}
    names = {"plural": "cronworkflows", "singular": "cronworkflow", "kind": "CronWorkflow", "listKind": "CronWorkflows"}
    spec = {"group": "unlike.example", "scope": "Namespaced", "names": names, "versions": [version]}
    with custom_kind(cluster.api, spec) as path:
        yield f"{path}/namespaces/{{}}/cronworkflows"


@pytest.mark.usefixtures("account")
def test_an_owner_that_can_not_be_stopped_leaves_the_proof_open_until_it_is_gone(
    cluster: TestCluster, namespace: str, board_for: BoardMaker, cron_workflows: str
) -> None:
    """It makes a Job every hour, say: that no pod comes for half a minute proves nothing."""
    path = cron_workflows.format(namespace)
    body: Object = {"apiVersion": "unlike.example/v1", "kind": "CronWorkflow", "metadata": {"name": "boss"}}
    boss = cluster.api.post(path, body | {"spec": {}})

    def works() -> None:
        metadata = {"generateName": "aura-", **owned_by(boss, "unlike.example/v1")}
        spec = {"template": template(restartPolicy="Never")}
        cluster.api.post(BATCH.format(namespace, "jobs"), {"kind": "Job", "metadata": metadata, "spec": spec})
        cluster.wait_for_pods(namespace, "app=aura", 1)

    works()
    board = board_for(account=f"{namespace}/{ACCOUNT}", patience_seconds=900.0)  # nothing could change any more
    plan = board.make_plan("optimizer")
    removal = f"kubectl delete cronworkflows.v1.unlike.example boss -n {namespace}"
    assert any(removal in words for words in plan.warnings), plan.warnings
    outcome = run(board, plan)
    assert not outcome.success, details(outcome)
    (unproved,) = [proof for proof in outcome.proofs if not proof.holds]
    assert unproved.holds is None
    assert "its owner CronWorkflow.unlike.example/boss makes nothing anew" in unproved.claim
    works()
    board = board_for(account=f"{namespace}/{ACCOUNT}")
    plan = board.make_plan("optimizer")
    cluster.kubectl(*removal.split()[1:], "--cascade=orphan")
    outcome = run(board, plan)
    assert outcome.success, details(outcome)


@pytest.mark.usefixtures("account")
def test_a_pod_that_it_let_go_is_found_behind_more_than_a_page_of_others(
    cluster: TestCluster, namespace: str, board_for: BoardMaker
) -> None:
    """A list comes in pages of 500, by name: who may make pods can put any number before one."""
    pods = f"/api/v1/namespaces/{namespace}/pods"

    def stuff(number: int) -> None:
        cluster.api.post(pods, objects.pod(f"a-{number}", image="registry.example/other:1", scheduled=False))

    in_parallel(stuff, range(505))
    aura = objects.deployment("aura", account=ACCOUNT, scheduled=False)
    cluster.api.post(f"/apis/apps/v1/namespaces/{namespace}/deployments", aura)
    cluster.api.post(pods, objects.pod("z", scheduled=False))
    plan = board_for(f"{namespace}/aura").make_plan("optimizer")
    assert [step.chosen for step in plan.steps if step.target.name == "z"] == [False]
