"""Rights that no binding gives: by ``system:masters``, and by a webhook that looks at what else a token carries."""

from __future__ import annotations

import contextlib
import threading
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from opsconsole.clock import SystemClock
from opsconsole.cluster.transport.connection import Connection
from opsconsole.containment import contained, exit_code
from opsconsole.journal.runs import outcome_to_json
from opsconsole.settings import OptimizerSettings
from opsconsole.switches.build import build_switchboard
from tests.support.waiting import eventually
from tests.support.webhook import Webhook
from tests.switches.conftest import ACCOUNT, bindings, details, run, settings_for
from tests.switches.rbac import Rbac, user
from tests.switches.target.logins.test_acts_as_cluster import may_as
from tests.testbed import objects
from tests.testbed.api import Api, ApiError
from tests.testbed.cluster import TestCluster

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from opsconsole.switches.engine.board import Switchboard

Object = dict[str, Any]
MASTERS = "system:masters"
POLICIES = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"
BINDINGS = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings"


@contextlib.contextmanager
def board_with(cluster: TestCluster, journal: Path, **optimizer: Any) -> Iterator[Switchboard]:
    settings = settings_for(cluster.admin_kubeconfig, journal, "", patience_seconds=1.0)
    settings = msgspec.structs.replace(settings, optimizer=OptimizerSettings(**optimizer))
    with contextlib.closing(Connection(settings.cluster, read_only=False, clock=SystemClock())) as connection:
        yield build_switchboard(settings, connection, None, SystemClock())


@pytest.mark.parametrize("named", [{"users": ("robot",), "groups": (MASTERS,)}, {"groups": (MASTERS,)}])
def test_what_masters_may_is_never_called_proved_and_what_helps_is_said(
    cluster: TestCluster, rbac: Rbac, journal_dir: Path, named: Object
) -> None:
    own = rbac.binding("own", [user("robot")]) if "users" in named else ""
    with board_with(cluster, journal_dir, **named) as board:
        plan = board.make_plan("revoke")
        assert not plan.nothing
        assert [step.target.name for step in plan.steps if step.chosen] == [own] * bool(own)
        (said,) = [words for words in plan.warnings if "which the API server refuses nothing" in words]
        assert "it may delete the freeze" in said
        assert "--client-ca-file" in said
        assert not any("RBAC is not the only authorizer" in words for words in plan.warnings), "it is no other one"
        outcome = run(board, plan)
    assert may_as(cluster, "robot", "patch", "nodes", groups=(MASTERS,)), "no binding ends that"
    assert (outcome.success, contained(outcome), exit_code(outcome)) == (False, False, 1)
    assert outcome_to_json(outcome)["contained"] is False
    assert "by group system:masters, whatever RBAC says" in details(outcome)


def test_a_user_without_groups_may_have_a_certificate_of_masters_and_nothing_is_proved_of_him(
    cluster: TestCluster, namespace: str, rbac: Rbac, journal_dir: Path
) -> None:
    """The groups of a client certificate are seen by nobody but the API server."""
    name = f"robot-{namespace}"
    kubeconfig = cluster.kubeconfig_for_user(name, (MASTERS,))
    with board_with(cluster, journal_dir, users=(name,)) as board:
        plan = board.make_plan("revoke")
        assert (bool(plan.blocked), plan.nothing) == (True, False)
        assert f"{name} may be in group" in plan.blocked
        assert "system:masters, which may do everything without a binding" in plan.blocked
        own = rbac.binding("own", [user(name)])
        plan = board.make_plan("revoke")
        assert [step.target.name for step in plan.steps if step.chosen] == [own]
        outcome = run(board, plan)
        assert not outcome.success, details(outcome)
        eventually(lambda: not may_as(cluster, name, "patch", "nodes"), "what a binding gave is gone")
    with board_with(cluster, journal_dir, users=(name,), groups=("none",)) as board:
        assert board.make_plan("revoke").nothing, "the operator says that there is no group"
    settings = settings_for(kubeconfig, journal_dir, "")
    with contextlib.closing(Connection(settings.cluster, read_only=False, clock=SystemClock())) as connection:
        connection.request("GET", "/api/v1/secrets")


def test_a_policy_refuses_masters_a_write_until_they_delete_it(cluster: TestCluster, namespace: str) -> None:
    """What the plan says of a freeze."""
    masters = cluster.user_api("robot", (MASTERS,))
    rule = {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*/*"]}
    selector = {"matchLabels": {"kubernetes.io/metadata.name": namespace}}
    spec = {
        "matchConstraints": {"namespaceSelector": selector, "resourceRules": [rule]},
        "validations": [{"expression": "request.userInfo.username != 'robot'", "message": "frozen"}],
    }
    cluster.api.post(POLICIES, {"metadata": {"name": namespace}, "spec": spec})
    bound = {"policyName": namespace, "validationActions": ["Deny"]}
    cluster.api.post(BINDINGS, {"metadata": {"name": namespace}, "spec": bound})

    def refused() -> bool:
        try:
            masters.post(f"/api/v1/namespaces/{namespace}/configmaps?dryRun=All", {"metadata": {"name": "x"}})
        except ApiError as error:
            return "frozen" in str(error)
        return False

    try:
        eventually(refused, "the policy refuses it")
        masters.delete(f"{BINDINGS}/{namespace}")
        eventually(lambda: not refused(), "it took the policy's binding away")
    finally:
        cluster.api.delete(f"{POLICIES}/{namespace}")


class Authorizer(Webhook):
    """Allows what the test says, by the fields of the user that RBAC does not look at."""

    field, value = "", ""

    def answer(self, review: dict[str, Any]) -> dict[str, Any]:
        spec = review["spec"]
        carried = [spec.get("uid", "")] if self.field == "uid" else spec.get("extra", {}).get(self.field, [])
        allowed = bool(self.value) and self.value in carried
        return {"apiVersion": review["apiVersion"], "kind": review["kind"], "status": {"allowed": allowed}}


@pytest.fixture(scope="module")
def by_webhook() -> Iterator[TestCluster]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Authorizer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/authorize"
    with TestCluster(nodes=1, audit=False, authorization_webhook=url) as cluster:
        yield cluster
    server.shutdown()


@pytest.mark.cluster
@pytest.mark.parametrize("field", ["pod-name", "pod-uid", "node-name", "node-uid", "uid"])
def test_a_webhook_that_decides_by_what_a_pods_token_carries_is_seen(
    by_webhook: TestCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    cluster, namespace = by_webhook, f"by-{field}"
    cluster.create_namespace(namespace)
    core = f"/api/v1/namespaces/{namespace}"
    account = cluster.api.post(f"{core}/serviceaccounts", objects.service_account(ACCOUNT))
    body = objects.deployment("aura", account=ACCOUNT)
    cluster.api.post(f"/apis/apps/v1/namespaces/{namespace}/deployments", body)
    (pod,) = cluster.wait_for_pods(namespace, "app=aura", 1)
    node = cluster.api.get(f"/api/v1/nodes/{pod['spec']['nodeName']}")
    values = {
        "pod-name": pod["metadata"]["name"],
        "pod-uid": pod["metadata"]["uid"],
        "node-name": node["metadata"]["name"],
        "node-uid": node["metadata"]["uid"],
        "uid": account["metadata"]["uid"],
    }
    monkeypatch.setattr(Authorizer, "field", "uid" if field == "uid" else f"authentication.kubernetes.io/{field}")
    monkeypatch.setattr(Authorizer, "value", values[field])
    bound = {"apiVersion": "v1", "kind": "Pod", "name": values["pod-name"], "uid": values["pod-uid"]}
    token = cluster.api.post(f"{core}/serviceaccounts/{ACCOUNT}/token", {"spec": {"boundObjectRef": bound}})
    question = {"spec": {"resourceAttributes": {"verb": "patch", "resource": "nodes"}}}
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    with contextlib.closing(Api(cluster.server, cluster.layout.pki("ca.crt"), token=token["status"]["token"])) as it:
        assert it.post(path, question)["status"]["allowed"], "with its own token the webhook lets it"
    rbac = Rbac(cluster, namespace, ACCOUNT)
    name = rbac.binding("own", [rbac.me])
    with board_with(cluster, tmp_path / "journal", name=f"{namespace}/aura") as board:
        plan = board.make_plan("revoke")
        assert any(f"pod and node of {values['pod-name']}, as a token of it has" in words for words in plan.notes)
        assert [step.target.name for step in bindings(plan)] == [name]
        outcome = run(board, plan)
        assert not outcome.success, details(outcome)
        assert "another authorizer than RBAC" in details(outcome)
        left = board.make_plan("revoke")
        assert any("RBAC is not the only authorizer" in words for words in left.warnings), left
        assert "NOT REVOKED" in left.blocked
        freezing = board.make_plan("freeze")
        assert any("may delete validatingadmissionpolicybindings" in words for words in freezing.warnings), freezing
        frozen = run(board, freezing)
        (round_it,) = [each for each in frozen.proofs if "may not take away or change" in each.claim]
        assert (round_it.holds, frozen.success) == (False, False), details(frozen)
        run(board, board.make_plan("thaw"))
        monkeypatch.setattr(Authorizer, "value", "")
        assert board.make_plan("revoke").nothing, "the webhook lets it do nothing any more"
