"""RBAC that really decides: bindings, groups, revoking, reviews, tokens, escalation."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from tests.contract.target import MERGE, Target, deployment
from tests.support.waiting import eventually

RBAC = "/apis/rbac.authorization.k8s.io/v1"
REVIEWS = "/apis/authorization.k8s.io/v1"
GROUP = "rbac.authorization.k8s.io"


class Bob(NamedTuple):
    """A ServiceAccount without rights."""

    target: Target
    ns: str
    token: str

    @property
    def name(self) -> str:
        return f"system:serviceaccount:{self.ns}:bob"

    @property
    def groups(self) -> list[str]:
        return ["system:serviceaccounts", f"system:serviceaccounts:{self.ns}", "system:authenticated"]

    def lists_pods(self) -> bool:
        return self.target.get(f"/api/v1/namespaces/{self.ns}/pods", token=self.token).status == 200

    def bind(self, role: str, subjects: list[Any] | None = None, name: str = "b") -> None:
        subjects = subjects or [{"kind": "ServiceAccount", "name": "bob", "namespace": self.ns}]
        ref = {"apiGroup": GROUP, "kind": "ClusterRole", "name": role}
        body = {"metadata": {"name": name}, "roleRef": ref, "subjects": subjects}
        assert self.target.post(f"{RBAC}/namespaces/{self.ns}/rolebindings", body).status == 201


@pytest.fixture
def bob(target: Target, ns: str) -> Bob:
    return Bob(target, ns, target.account(ns, "bob"))


def test_without_rights_every_verb_is_refused_in_the_servers_words(bob: Bob) -> None:
    who, ns = bob.name, bob.ns
    refused = {
        ("GET", f"/api/v1/namespaces/{ns}/pods"): (
            f'pods is forbidden: User "{who}" cannot list resource "pods" in API group "" in the namespace "{ns}"'
        ),
        ("GET", "/api/v1/nodes"): (
            f'nodes is forbidden: User "{who}" cannot list resource "nodes" in API group "" at the cluster scope'
        ),
        ("GET", f"/apis/apps/v1/namespaces/{ns}/deployments/a"): (
            f'deployments.apps "a" is forbidden: User "{who}" cannot get resource "deployments" in API group "apps" '
            f'in the namespace "{ns}"'
        ),
        ("DELETE", f"/api/v1/namespaces/{ns}/pods/p"): (
            f'pods "p" is forbidden: User "{who}" cannot delete resource "pods" in API group "" in the namespace "{ns}"'
        ),
        ("GET", f"/api/v1/namespaces/{ns}/pods/p/log"): (
            f'pods "p" is forbidden: User "{who}" cannot get resource "pods/log" in API group "" '
            f'in the namespace "{ns}"'
        ),
        ("GET", "/metrics"): f'forbidden: User "{who}" cannot get path "/metrics"',
    }
    for (method, path), message in refused.items():
        reply = bob.target.send(method, path, token=bob.token)
        assert (reply.status, reply.reason, reply.message) == (403, "Forbidden", message)


def test_a_subresource_is_named_in_the_refusal(bob: Bob) -> None:
    path = f"/apis/apps/v1/namespaces/{bob.ns}/deployments/a/scale"
    reply = bob.target.patch(path, {"spec": {"replicas": 3}}, MERGE, token=bob.token)
    assert 'cannot patch resource "deployments/scale" in API group "apps"' in reply.message
    assert reply.body["details"] == {"name": "a", "group": "apps", "kind": "deployments"}


def test_access_is_asked_before_existence(bob: Bob) -> None:
    path = "/apis/apps/v1/namespaces/a-namespace-that-is-not-there/deployments/x"
    assert bob.target.get(path, token=bob.token).status == 403


@pytest.mark.parametrize("subject", ["account", "own namespace's accounts", "all accounts", "everybody"])
def test_every_way_to_be_bound_counts_and_revoking_it_ends_it(bob: Bob, subject: str) -> None:
    group = {"own namespace's accounts": bob.groups[1], "all accounts": bob.groups[0], "everybody": bob.groups[2]}
    subjects = [{"kind": "Group", "apiGroup": GROUP, "name": group[subject]}] if subject in group else None
    assert not bob.lists_pods()
    bob.bind("view", subjects)
    eventually(bob.lists_pods)
    bob.target.delete(f"{RBAC}/namespaces/{bob.ns}/rolebindings/b")
    eventually(lambda: not bob.lists_pods())


def test_taking_one_subject_out_leaves_the_others(bob: Bob, target: Target) -> None:
    eve = target.account(bob.ns, "eve")
    subjects = [{"kind": "ServiceAccount", "name": name, "namespace": bob.ns} for name in ("bob", "eve")]
    bob.bind("view", subjects)
    eventually(bob.lists_pods)
    target.patch(f"{RBAC}/namespaces/{bob.ns}/rolebindings/b", {"subjects": subjects[1:]}, MERGE)
    eventually(lambda: not bob.lists_pods())
    assert target.get(f"/api/v1/namespaces/{bob.ns}/pods", token=eve).status == 200


def test_revoking_stops_writes_of_a_token_that_stays_good(bob: Bob, target: Target) -> None:
    path = f"/apis/apps/v1/namespaces/{bob.ns}/deployments"
    target.post(path, deployment("a", replicas=0))
    bob.bind("edit")

    def patches(value: str) -> int:
        return target.patch(f"{path}/a", {"metadata": {"labels": {"k": value}}}, MERGE, token=bob.token).status

    eventually(lambda: patches("1") == 200)
    target.delete(f"{RBAC}/namespaces/{bob.ns}/rolebindings/b")
    eventually(lambda: patches("2") == 403)
    who = target.post(
        "/apis/authentication.k8s.io/v1/selfsubjectreviews", _review("SelfSubjectReview", None), token=bob.token
    )
    assert (who.status, who.body["status"]["userInfo"]["username"]) == (201, bob.name)


def test_a_role_in_the_namespace_binds_like_a_cluster_role(bob: Bob, target: Target) -> None:
    rules = [{"apiGroups": [""], "resources": ["pods"], "resourceNames": ["one"], "verbs": ["get"]}]
    target.post(f"{RBAC}/namespaces/{bob.ns}/roles", {"metadata": {"name": "r"}, "rules": rules})
    ref = {"apiGroup": GROUP, "kind": "Role", "name": "r"}
    subjects = [{"kind": "ServiceAccount", "name": "bob", "namespace": bob.ns}]
    target.post(
        f"{RBAC}/namespaces/{bob.ns}/rolebindings", {"metadata": {"name": "b"}, "roleRef": ref, "subjects": subjects}
    )
    pods = f"/api/v1/namespaces/{bob.ns}/pods"
    eventually(lambda: target.get(f"{pods}/one", token=bob.token).status == 404)
    assert target.get(f"{pods}/two", token=bob.token).status == 403


def test_a_role_ref_can_not_change(bob: Bob, target: Target) -> None:
    bob.bind("view")
    reply = target.patch(f"{RBAC}/namespaces/{bob.ns}/rolebindings/b", {"roleRef": {"name": "edit"}}, MERGE)
    shown = f'{{"APIGroup":"{GROUP}","Kind":"ClusterRole","Name":"edit"}}'
    assert (reply.status, reply.message) == (
        422,
        f'RoleBinding.{GROUP} "b" is invalid: roleRef: Invalid value: {shown}: cannot change roleRef',
    )


# --- reviews -----------------------------------------------------------------------------------------------------


def _review(kind: str, spec: Any) -> Any:
    group = "authentication" if kind == "SelfSubjectReview" else "authorization"
    return {"apiVersion": f"{group}.k8s.io/v1", "kind": kind} | ({"spec": spec} if spec is not None else {})


def test_who_am_i(bob: Bob) -> None:
    reply = bob.target.post(
        "/apis/authentication.k8s.io/v1/selfsubjectreviews", _review("SelfSubjectReview", None), token=bob.token
    )
    info = reply.body["status"]["userInfo"]
    assert (reply.status, info["username"], info["groups"]) == (201, bob.name, bob.groups)


def test_may_i(bob: Bob) -> None:
    def allowed(verb: str, resource: str) -> Any:
        wanted = {"verb": verb, "resource": resource, "namespace": bob.ns}
        spec = {"resourceAttributes": wanted}
        path = f"{REVIEWS}/selfsubjectaccessreviews"
        return bob.target.post(path, _review("SelfSubjectAccessReview", spec), token=bob.token).body["status"]

    assert allowed("list", "pods") == {"allowed": False}
    bob.bind("view")
    eventually(lambda: allowed("list", "pods")["allowed"] is True)
    reason = f'RBAC: allowed by RoleBinding "b/{bob.ns}" of ClusterRole "view" to ServiceAccount "bob/{bob.ns}"'
    assert allowed("list", "pods")["reason"] == reason
    assert allowed("delete", "pods") == {"allowed": False}


def test_may_they_knows_only_the_groups_that_it_is_told(bob: Bob) -> None:
    bob.bind("view", [{"kind": "Group", "apiGroup": GROUP, "name": bob.groups[1]}])
    eventually(bob.lists_pods)
    wanted = {"verb": "list", "resource": "pods", "namespace": bob.ns}

    def allowed(**who: Any) -> Any:
        spec = {"resourceAttributes": wanted, **who}
        reply = bob.target.post(f"{REVIEWS}/subjectaccessreviews", _review("SubjectAccessReview", spec))
        return reply.body["status"]["allowed"]

    assert allowed(user=bob.name) is False
    assert allowed(user=bob.name, groups=bob.groups) is True


def test_a_review_must_ask_something_of_somebody(bob: Bob) -> None:
    nobody = _review("SubjectAccessReview", {"resourceAttributes": {"verb": "get"}})
    reply = bob.target.post(f"{REVIEWS}/subjectaccessreviews", nobody)
    assert (reply.status, reply.reason) == (422, "Invalid")
    assert reply.message.endswith('spec.user: Invalid value: "": at least one of user or group must be specified')
    nothing = bob.target.post(f"{REVIEWS}/selfsubjectaccessreviews", _review("SelfSubjectAccessReview", {}))
    assert nothing.message.endswith("exactly one of nonResourceAttributes or resourceAttributes must be specified")


def test_asking_about_others_needs_a_right(bob: Bob) -> None:
    spec = {"user": "eve", "resourceAttributes": {"verb": "get", "resource": "pods"}}
    reply = bob.target.post(f"{REVIEWS}/subjectaccessreviews", _review("SubjectAccessReview", spec), token=bob.token)
    assert (reply.status, reply.message) == (
        403,
        f'subjectaccessreviews.authorization.k8s.io is forbidden: User "{bob.name}" cannot create resource '
        '"subjectaccessreviews" in API group "authorization.k8s.io" at the cluster scope',
    )


def test_what_may_i(bob: Bob) -> None:
    bob.bind("view")
    eventually(bob.lists_pods)
    path, body = f"{REVIEWS}/selfsubjectrulesreviews", _review("SelfSubjectRulesReview", {"namespace": bob.ns})
    rules = bob.target.post(path, body, token=bob.token).body["status"]["resourceRules"]
    assert any("pods" in rule["resources"] and "list" in rule["verbs"] for rule in rules)


# --- who is who --------------------------------------------------------------------------------------------------


def test_a_token_that_nobody_knows_is_unauthorized(target: Target, ns: str) -> None:
    reply = target.get(f"/api/v1/namespaces/{ns}/pods", token="nonsense")
    assert (reply.status, reply.reason, reply.message) == (401, "Unauthorized", "Unauthorized")


def test_without_a_token_one_is_anonymous(target: Target, ns: str) -> None:
    reply = target.get(f"/api/v1/namespaces/{ns}/pods", token="")
    assert reply.status == 403
    assert 'User "system:anonymous" cannot list' in reply.message


def test_a_deleted_accounts_token_is_no_good(bob: Bob) -> None:
    bob.target.delete(f"/api/v1/namespaces/{bob.ns}/serviceaccounts/bob")
    eventually(lambda: bob.target.get(f"/api/v1/namespaces/{bob.ns}/pods", token=bob.token).status == 401)


def test_nobody_grants_what_they_do_not_hold(bob: Bob, target: Target) -> None:
    rules = [{"apiGroups": [GROUP], "resources": ["rolebindings", "roles"], "verbs": ["create", "get"]}]
    target.post(f"{RBAC}/namespaces/{bob.ns}/roles", {"metadata": {"name": "manager"}, "rules": rules})
    ref = {"apiGroup": GROUP, "kind": "Role", "name": "manager"}
    me = [{"kind": "ServiceAccount", "name": "bob", "namespace": bob.ns}]
    target.post(f"{RBAC}/namespaces/{bob.ns}/rolebindings", {"metadata": {"name": "m"}, "roleRef": ref, "subjects": me})
    eventually(lambda: target.get(f"{RBAC}/namespaces/{bob.ns}/roles/manager", token=bob.token).status == 200)
    admin = {"apiGroup": GROUP, "kind": "ClusterRole", "name": "cluster-admin"}
    body = {"metadata": {"name": "boom"}, "roleRef": admin, "subjects": me}
    reply = target.post(f"{RBAC}/namespaces/{bob.ns}/rolebindings", body, token=bob.token)
    assert reply.status == 403
    groups = " ".join(f'"{group}"' for group in bob.groups)
    assert reply.message == (
        f'rolebindings.{GROUP} "boom" is forbidden: user "{bob.name}" (groups=[{groups}]) is attempting to grant RBAC '
        'permissions not currently held:\n{APIGroups:["*"], Resources:["*"], Verbs:["*"]}\n'
        '{NonResourceURLs:["*"], Verbs:["*"]}'
    )


def test_impersonation_needs_a_right_and_then_is_the_other(bob: Bob, target: Target) -> None:
    as_eve = {"Impersonate-User": "eve"}
    path, body = "/apis/authentication.k8s.io/v1/selfsubjectreviews", _review("SelfSubjectReview", None)
    info = target.post(path, body, headers=as_eve).body["status"]["userInfo"]
    assert (info["username"], info["groups"]) == ("eve", ["system:authenticated"])
    assert target.post(path, body, headers=as_eve, token=bob.token).status == 403


def test_a_pod_needs_its_account(target: Target, ns: str) -> None:
    body = {
        "metadata": {"name": "p"},
        "spec": {"serviceAccountName": "ghost", "containers": [{"name": "c", "image": "x"}]},
    }
    reply = target.post(f"/api/v1/namespaces/{ns}/pods", body)
    why = f'error looking up service account {ns}/ghost: serviceaccount "ghost" not found'
    assert (reply.status, reply.message) == (403, f'pods "p" is forbidden: {why}')


def test_a_token_for_nobody_is_not_found(target: Target, ns: str) -> None:
    reply = target.post(f"/api/v1/namespaces/{ns}/serviceaccounts/ghost/token", {"spec": {}})
    assert (reply.status, reply.message) == (404, 'serviceaccounts "ghost" not found')
