"""Whom else the optimizer can act as, on a real API server, with ``kubectl auth can-i`` as the witness."""

from __future__ import annotations

import base64
import json
import ssl
import subprocess
import threading
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from opsconsole.clock import SystemClock
from opsconsole.cluster.questions.reviews import Access, may
from opsconsole.cluster.transport.connection import Connection
from opsconsole.present.choice import chosen
from opsconsole.settings import OptimizerSettings
from opsconsole.switches.build import build_switchboard
from opsconsole.switches.target.rights import Account
from tests.support.waiting import eventually
from tests.support.webhook import Webhook
from tests.switches.conftest import ACCOUNT, IMPATIENT, BoardMaker, bindings, details, run, settings_for
from tests.switches.rbac import RBAC, group, user
from tests.testbed import objects
from tests.testbed.plane.certificates import CertificateAuthority

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.switches.rbac import Rbac
    from tests.testbed.cluster import TestCluster

Object = dict[str, Any]
HOOKS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"


class _Rewriter(Webhook):
    """Answers each admission review with a patch that makes the question one about somebody harmless."""

    def answer(self, review: dict[str, Any]) -> dict[str, Any]:
        patch = json.dumps([{"op": "replace", "path": "/spec/user", "value": "nobody"}]).encode()
        response = {"uid": review["request"]["uid"], "allowed": True, "patchType": "JSONPatch"}
        response["patch"] = base64.b64encode(patch).decode()
        return {k: review[k] for k in ("apiVersion", "kind")} | {"response": response}


@pytest.fixture
def rewriting(cluster: TestCluster, namespace: str, tmp_path: Path) -> Iterator[None]:
    """A mutating webhook that changes the questions that are asked about the optimizer."""
    authority = CertificateAuthority()
    pair = authority.serving("webhook")
    (tmp_path / "server.crt").write_bytes(pair.certificate)
    (tmp_path / "server.key").write_bytes(pair.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.crt", tmp_path / "server.key")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Rewriter)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    rule = {"apiGroups": ["authorization.k8s.io"], "apiVersions": ["v1"], "operations": ["CREATE"]}
    user = f"system:serviceaccount:{namespace}:{ACCOUNT}"
    hook = {
        "name": f"rewrite.{namespace}.example",
        "clientConfig": {
            "url": f"https://127.0.0.1:{server.server_address[1]}/",
            "caBundle": base64.b64encode(authority.certificate).decode(),
        },
        "rules": [rule | {"resources": ["subjectaccessreviews", "localsubjectaccessreviews"]}],
        "matchConditions": [{"name": "about-it", "expression": f"object.spec.user == '{user}'"}],
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "timeoutSeconds": 30,
    }
    cluster.api.post(HOOKS, {"metadata": {"name": f"rewrite-{namespace}"}, "webhooks": [hook]})
    yield
    cluster.api.delete(f"{HOOKS}/rewrite-{namespace}")
    server.shutdown()
    server.server_close()


@pytest.mark.usefixtures("account", "rewriting")
def test_a_webhook_that_changes_the_question_gets_no_denial_out_of_it(
    cluster: TestCluster, namespace: str, rbac: Rbac, tmp_path: Path
) -> None:
    """Admission sees access reviews too: who may write webhooks could have somebody else asked about."""
    rbac.binding("all", [rbac.me], known=False)  # the authorizer is never asked about it here
    who = Account(namespace, ACCOUNT)
    settings = settings_for(cluster.admin_kubeconfig, tmp_path / "journal", "")
    connection = Connection(settings.cluster, read_only=False, clock=SystemClock())
    try:
        asked = Access("patch", "nodes")
        eventually(lambda: may(connection, who.user, who.groups, asked).allowed is not True, "the webhook answers")
        answer = may(connection, who.user, who.groups, asked)
        assert answer.allowed is None, answer
        assert "an admission webhook changes SubjectAccessReviews" in answer.reason
    finally:
        connection.close()


def may_as(cluster: TestCluster, user_name: str, *question: str, groups: tuple[str, ...] = ()) -> bool:
    """What kubectl says of somebody."""
    who = [f"--as={user_name}", *(f"--as-group={each}" for each in groups)]
    command = cluster.kubectl_command("auth", "can-i", *question, *who)
    environment = cluster.kubectl_environment()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    if 'cannot create resource "selfsubjectaccessreviews"' in done.stderr:
        return False  # who is not logged in may not even ask, unless a binding lets him do everything
    answer = done.stdout.split() or [""]
    assert answer[0] in {"yes", "no"}, done.stderr
    return answer[0] == "yes"


@pytest.mark.parametrize("subject", [user("system:anonymous"), group("system:unauthenticated")], ids=["user", "group"])
def test_a_grant_to_whoever_shows_no_token_is_found_and_nothing_is_proved_until_it_is_chosen(
    cluster: TestCluster, account: str, rbac: Rbac, board_for: BoardMaker, subject: Object
) -> None:
    """An optimizer that was admin may have left that door: it only has to leave its token out."""
    rbac.binding("own", [rbac.me])
    door = rbac.binding("door", [subject])
    board = board_for(account=account, patience_seconds=IMPATIENT)
    plan = board.make_plan("revoke")
    assert [step.chosen for step in bindings(plan) if step.target.name == door] == [False]
    assert any("everybody who reaches the API server, without logging in" in words for words in plan.warnings)
    outcome = run(board, plan)
    assert may_as(cluster, "system:anonymous", "patch", "nodes")
    assert not outcome.success, details(outcome)
    board = board_for(account=account)
    plan = board.make_plan("revoke")
    outcome = run(board, chosen(plan, only=[step.key for step in bindings(plan)]))
    assert outcome.success, details(outcome)
    assert not may_as(cluster, "system:anonymous", "patch", "nodes")


@pytest.mark.parametrize("how", ["volume", "projected", "env", "envFrom"])
def test_an_account_whose_token_its_pods_have_from_a_secret_is_revoked_too(
    cluster: TestCluster, namespace: str, account: str, rbac: Rbac, board_for: BoardMaker, how: str
) -> None:
    del account
    rbac.account_of_a_secret("hidden", "key")
    body = objects.deployment("aura-optimizer", account=ACCOUNT)
    pods = body["spec"]["template"]["spec"]
    (main,) = pods["containers"]
    if how in {"volume", "projected"}:
        source: Object = {"secret": {"secretName": "key"}}
        projected: Object = {"projected": {"sources": [{"secret": {"name": "key"}}]}}
        pods["volumes"] = [{"name": "key", **(source if how == "volume" else projected)}]
        main["volumeMounts"] = [{"name": "key", "mountPath": "/key"}]
    elif how == "env":
        main["env"] = [{"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "key", "key": "token"}}}]
    else:
        main["envFrom"] = [{"secretRef": {"name": "key"}}]
    cluster.api.post(f"/apis/apps/v1/namespaces/{namespace}/deployments", body)
    cluster.wait_for_pods(namespace, "app=aura-optimizer", 1)
    hidden = f"system:serviceaccount:{namespace}:hidden"
    assert may_as(cluster, hidden, "patch", "nodes")
    board = board_for(f"{namespace}/aura-optimizer")
    plan = board.make_plan("revoke")
    assert any("has its token, Secret key" in words for words in plan.notes), plan
    outcome = run(board, plan)
    assert outcome.success, details(outcome)
    assert not may_as(cluster, hidden, "patch", "nodes")


@pytest.mark.parametrize("name", ["https://issuer.example/realm#bot:7@corp", "oidc:a b/../c?x=%2e", "sys\u200btem:bot"])
def test_users_and_groups_of_odd_names_are_revoked_as_they_are_called(
    cluster: TestCluster, namespace: str, rbac: Rbac, tmp_path: Path, name: str
) -> None:
    mine = f"{name}-group"
    rbac.binding("odd#1:a@b", [user(name)])
    rbac.binding("by-group", [group(mine), user("eve")])
    rbac.role_binding("here@#?", [user(name), group("others")], role="admin")
    cluster_settings = settings_for(cluster.admin_kubeconfig, tmp_path / "journal", "")
    settings = msgspec.structs.replace(cluster_settings, optimizer=OptimizerSettings(users=(name,), groups=(mine,)))
    connection = Connection(settings.cluster, read_only=False, clock=SystemClock())
    board = build_switchboard(settings, connection, None, SystemClock())
    try:
        assert may_as(cluster, name, "delete", "pods", "-n", namespace)
        outcome = run(board, board.make_plan("revoke"))
        assert outcome.success, details(outcome)
        assert "(in no other group than " in details(outcome)
        for who, groups in ((name, ()), (name, (mine,))):
            assert not may_as(cluster, who, "delete", "pods", "-n", namespace, groups=groups)
            assert not may_as(cluster, who, "patch", "nodes", groups=groups)
        assert may_as(cluster, "eve", "patch", "nodes")
        assert run(board, board.undo_plan()).success
        again = "the authorizer knows of it again"
        eventually(lambda: may_as(cluster, name, "patch", "nodes", groups=(mine,)), again)
    finally:
        connection.close()


def test_whoever_is_in_a_group_of_the_optimizer_is_told_that_he_loses_its_rights(
    cluster: TestCluster, namespace: str, rbac: Rbac, tmp_path: Path
) -> None:
    mine = f"team-{namespace}"
    name = rbac.binding("team", [group(mine)])
    kubeconfig = cluster.kubeconfig_for_user("ripley", (mine,))
    settings = settings_for(kubeconfig, tmp_path / "journal", "")
    settings = msgspec.structs.replace(settings, optimizer=OptimizerSettings(groups=(mine,)))
    connection = Connection(settings.cluster, read_only=False, clock=SystemClock())
    try:
        plan = build_switchboard(settings, connection, None, SystemClock()).make_plan("revoke")
        assert any(f"YOU (ripley) are in group {mine}" in words and name in words for words in plan.warnings), plan
    finally:
        connection.close()


def test_two_consoles_that_act_at_once_are_both_right_and_one_of_them_takes_it_back(
    cluster: TestCluster, namespace: str, account: str, rbac: Rbac, tmp_path: Path
) -> None:
    del account
    names = [rbac.binding(f"own-{number}", [rbac.me]) for number in range(6)]
    shared = rbac.binding("shared", [user("eve"), rbac.me])
    given = [
        settings_for(cluster.admin_kubeconfig, tmp_path / f"journal-{number}", "", f"{namespace}/{ACCOUNT}")
        for number in range(2)
    ]
    connections = [Connection(each.cluster, read_only=False, clock=SystemClock()) for each in given]
    try:
        boards = [
            build_switchboard(each, connection, None, SystemClock())
            for each, connection in zip(given, connections, strict=True)
        ]
        plans = [board.make_plan("revoke") for board in boards]
        running = [board.execute(plan) for board, plan in zip(boards, plans, strict=True)]
        for each in running:
            outcome = each.result(timeout=120)
            assert outcome.success, details(outcome)
        me = f"system:serviceaccount:{namespace}:{ACCOUNT}"
        assert not may_as(cluster, me, "patch", "nodes")
        assert may_as(cluster, "eve", "patch", "nodes")
        for board in boards:
            plan = board.undo_plan()
            if plan.steps:
                run(board, plan)
        there = {each["metadata"]["name"]: each for each in cluster.api.get(f"{RBAC}/clusterrolebindings")["items"]}
        assert set(names) <= set(there)
        assert [each["name"] for each in there[shared]["subjects"]] == ["eve", ACCOUNT]
    finally:
        for connection in connections:
            connection.close()
