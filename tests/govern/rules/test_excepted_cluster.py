"""Rules over everybody but one group and one operator, on the real API server: the operator works, nobody else may."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from opsconsole.govern.names import APPROVED, FROZEN_WORDS
from tests.govern.builders import Object, apps, core, deployment
from tests.govern.conftest import FROZEN, GovernBoard, config_map, do, refused, wait_governed
from tests.switches.rbac import Rbac
from tests.testbed import objects
from tests.testbed.api import JSON_PATCH, STRATEGIC_PATCH, Api
from tests.testbed.custom_kinds import custom_kind

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster

pytestmark = pytest.mark.cluster
DRY = "?dryRun=All"
CHANGE = {"spec": {"template": {"spec": {"containers": [{"name": "main", "args": ["--write-for=aura"]}]}}}}
ARGS = "/spec/template/spec/containers/0/args"


@pytest.fixture
def certs(cluster: TestCluster, namespace: str) -> Iterator[str]:
    """A namespace in which two operators with cluster-admin run, ``injector`` and ``other``, as Deployment ``web``."""
    space = f"certs-{namespace}"[:63]
    cluster.api.post("/api/v1/namespaces", {"metadata": {"name": space}})
    rbac = Rbac(cluster, space, "injector")
    for name in ("injector", "other"):
        cluster.api.post(core(space, "serviceaccounts"), objects.service_account(name))
        rbac.binding(name, [rbac.me | {"name": name}])
    body = deployment()
    body["spec"]["template"]["spec"]["serviceAccountName"] = "injector"
    cluster.api.post(apps(space)[:-4], body)
    cluster.api.post(core(space, "pods"), objects.pod("bare"))
    with custom_kind(cluster.api, ROLLOUT) as path:
        kind: Object = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "web"}}
        cluster.api.post(f"{path}/namespaces/{space}/rollouts", kind | {"spec": {"replicas": 2}})
        yield space
    rbac.remove()
    cluster.api.delete(f"/api/v1/namespaces/{space}")


def whole(api: Api, space: str) -> Object:
    body = api.get(apps(space))
    body["spec"]["template"]["spec"]["containers"][0]["args"] = ["--write-for=aura"]
    return body


def job(account: str) -> Object:
    template = objects.pod("x")["spec"] | {"serviceAccountName": account, "restartPolicy": "Never"}
    metadata = {"name": "new", "generateName": "new-"}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": {"template": {"spec": template}}}


def ephemeral(api: Api, _: str, space: str) -> object:
    patch = {"spec": {"ephemeralContainers": [{"name": "shell", "image": "sh"}]}}
    return api.patch(f"{core(space, 'pods', 'bare')}/ephemeralcontainers{DRY}", patch, STRATEGIC_PATCH)


Try = Callable[[Api, str, str], object]
"""A write by a client, in the governed's namespace and the operators'."""

DELETE: Try = lambda api, home, _: api.delete(f"{apps(home)}{DRY}")  # noqa: E731
FREE = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
ROLLOUT: Object = {
    "group": "argoproj.io", "scope": "Namespaced",
    "names": {"plural": "rollouts", "singular": "rollout", "kind": "Rollout"},
    "versions": [{"name": "v1alpha1", "served": True, "storage": True, "schema": FREE}],
}  # fmt: skip
ROLLOUTS = "/apis/argoproj.io/v1alpha1"
ADD_ARGS = [{"op": "add", "path": ARGS, "value": ["--write-for=aura"]}]
APPLY: Object = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, **CHANGE}

TRIES: list[tuple[str, str, Try, str]] = [
    ("injector", "deletes what the rules keep", DELETE, ""),
    ("other", "who is not excepted", DELETE, "deletes:"),
    ("aura", "the optimizer", DELETE, "deletes:"),
    ("injector", "tends itself", lambda a, _, s: a.patch(f"{apps(s)}{DRY}", CHANGE, STRATEGIC_PATCH), ""),
    ("injector", "approves", lambda a, h, _: a.patch(
        f"{apps(h)}{DRY}", {"metadata": {"annotations": {APPROVED: "x"}}}), "self-approval:"),
    ("injector", "thaws", lambda a, *_: a.patch(
        f"/api/v1/namespaces/kube-system{DRY}", {"metadata": {"annotations": {FROZEN: "false"}}}), "protect:"),
    ("injector", "writes the guard's", lambda a, *_: a.post(
        f"{core('kube-public', 'configmaps')}{DRY}", config_map("x")), "protect:"),
    ("aura", "its token", lambda a, _, s: a.post(
        f"{core(s, 'serviceaccounts', 'injector')}/token{DRY}", {"spec": {"expirationSeconds": 600}}), "escapes:"),
    ("aura", "a Secret with its token", lambda a, _, s: a.post(f"{core(s, 'secrets')}{DRY}", {
        "metadata": {"generateName": "t-", "annotations": {"kubernetes.io/service-account.name": "injector"}},
        "type": "kubernetes.io/service-account-token"}), "escapes:"),
    ("aura", "a pod as it", lambda a, _, s: a.post(f"{core(s, 'pods')}{DRY}", {
        **objects.pod("x"), "spec": objects.pod("x")["spec"] | {"serviceAccountName": "injector"}}), ""),
    ("aura", "a pod as nobody, beside it", lambda a, _, s: a.post(f"{core(s, 'pods')}{DRY}", objects.pod("x")),
     "protect:"),
    ("aura", "a Job as it", lambda a, _, s: a.post(
        f"/apis/batch/v1/namespaces/{s}/jobs{DRY}", job("injector")), ""),
    ("aura", "its Rollout", lambda a, _, s: a.patch(
        f"{ROLLOUTS}/namespaces/{s}/rollouts/web{DRY}", {"spec": {"note": "x"}}), "protect:"),
    ("injector", "tends its Rollout", lambda a, _, s: a.patch(
        f"{ROLLOUTS}/namespaces/{s}/rollouts/web{DRY}", {"spec": {"note": "x"}}), ""),
    ("aura", "a shell in its pod", ephemeral, ""),
    ("aura", "its arguments", lambda a, _, s: a.patch(f"{apps(s)}{DRY}", CHANGE, STRATEGIC_PATCH), "protect:"),
    ("aura", "by a JSON patch", lambda a, _, s: a.patch(f"{apps(s)}{DRY}", ADD_ARGS, JSON_PATCH), "protect:"),
    ("aura", "by an update", lambda a, _, s: a.put(f"{apps(s)}{DRY}", whole(a, s)), "protect:"),
    ("aura", "by server-side apply", lambda a, _, s: a.patch(
        f"{apps(s)}{DRY}&fieldManager=injector&force=true", APPLY, "application/apply-patch+yaml"), "protect:"),
    ("other", "its neighbour, too", lambda a, _, s: a.patch(f"{apps(s)}{DRY}", CHANGE, STRATEGIC_PATCH), "protect:"),
    ("aura", "its labels", lambda a, _, s: a.patch(f"{apps(s)}{DRY}", {"metadata": {"labels": {"a": "b"}}}),
     "protect:"),
    ("aura", "its replicas, within bounds", lambda a, _, s: a.patch(
        f"{apps(s)}/scale{DRY}", {"spec": {"replicas": 2}}), "free"),
    ("injector", "a note on its namespace", lambda a, _, s: a.patch(
        f"/api/v1/namespaces/{s}{DRY}", {"metadata": {"annotations": {"a": "b"}}}), ""),
    ("aura", "its namespace's labels", lambda a, _, s: a.patch(
        f"/api/v1/namespaces/{s}{DRY}", {"metadata": {"labels": {"a": "b"}}}), "rollouts:"),
    ("aura", "at home what no rule holds", lambda a, h, _: a.patch(f"{apps(h)}{DRY}", CHANGE, STRATEGIC_PATCH), "free"),
]  # fmt: skip
"""Who, what, how, and what refuses it: empty is nothing for the excepted, any rule for others; ``free`` is nothing."""


def test_an_operator_that_is_excepted_works_and_nobody_works_through_it(
    cluster: TestCluster, namespace: str, account: str, optimizer: Api, certs: str, board_for: GovernBoard
) -> None:
    cluster.api.post(apps(namespace)[:-4], deployment())
    person = Rbac(cluster, namespace, "oncall")
    person.binding("oncall", [{"kind": "User", "name": "ann", "apiGroup": "rbac.authorization.k8s.io"}])
    ann = cluster.kubeconfig_for_user("ann", ["oncall"])
    excepted = (f"system:serviceaccount:{certs}:injector", f"system:serviceaccount:{namespace}:aura")
    who = {"aura": optimizer, **{name: cluster.service_account_api(certs, name) for name in ("injector", "other")}}
    board = board_for(account, kubeconfig=ann, break_glass="oncall", except_users=excepted)
    try:
        do(board, "install-governor")
        wait_governed(optimizer, namespace)
        wrong = []
        for name, what, write, rule in TRIES:
            words = refused(lambda: write(who[name], namespace, certs))  # type: ignore[arg-type]  # noqa: B023
            let_through = rule == "free" or (not rule and name == "injector")
            if bool(words) is let_through or (not let_through and f"opsconsole: {rule}" not in words):
                wrong.append(f"{name}: {what}: {words or 'let through'}, not {rule or 'as it should'}")
        assert not wrong, "\n".join(wrong)
        do(board, "freeze")
        assert FROZEN_WORDS in refused(lambda: DELETE(who["injector"], namespace, certs)), "a freeze excepts nobody"
    finally:
        do(board, "uninstall-governor")
        person.remove()
