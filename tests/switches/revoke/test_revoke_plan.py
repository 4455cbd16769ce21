"""Tables of cases for the planner of the revocation and for what rights mean."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from opsconsole.cluster.questions.rbac import Grant, PolicyRule, Rbac, Role, Subject
from opsconsole.cluster.questions.reviews import Access
from opsconsole.records import Ref
from opsconsole.switches.revoke.plan import DELETE, REMOVE, cases, plan
from opsconsole.switches.revoke.proofs import decode_matrix
from opsconsole.switches.target import gitops
from opsconsole.switches.target.facts import PodFact, Reviewed, RevokeFacts
from opsconsole.switches.target.left.planted import planted
from opsconsole.switches.target.matrix import FEW, sample
from opsconsole.switches.target.rights import Account, Principal, dangers, powers, questions

ACCOUNT = Account("ops", "aura")
ME = Subject("ServiceAccount", "aura", "ops")
USER = Subject("User", "system:serviceaccount:ops:aura")
EVE = Subject("User", "eve")
DEFAULTS = (("kubernetes.io/bootstrapping", "rbac-defaults"),)
EVERYTHING = PolicyRule(("*",), ("*",), ("*",))


def rule(verbs: str, resources: str, groups: str = "", **more: Any) -> PolicyRule:
    return PolicyRule(tuple(verbs.split()), tuple(groups.split()) or ("",), tuple(resources.split()), **more)


def role(*rules: PolicyRule, name: str = "power", aggregated: tuple[str, ...] | None = None) -> Role:
    return Role(Ref("ClusterRole", "", name, f"uid-{name}"), rules, aggregated)


def grant(
    *subjects: Subject, name: str = "binding", role_name: str = "power", namespace: str = "", **more: Any
) -> Grant:
    kind = "RoleBinding" if namespace else "ClusterRoleBinding"
    manifest = {
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace, "uid": f"uid-{name}"},
        "subjects": [{"kind": s.kind, "name": s.name, "namespace": s.namespace} for s in subjects],
    }
    return Grant(
        ref=Ref(kind, namespace, name, f"uid-{name}"),
        role=Ref("ClusterRole", "", role_name),
        subjects=subjects,
        manifest=json.dumps(manifest).encode(),
        **more,
    )


def facts(*grants: Grant, roles: tuple[Role, ...] = (role(EVERYTHING),), **more: Any) -> RevokeFacts:
    return RevokeFacts(ACCOUNT, grants, roles, **more)


@pytest.mark.parametrize(
    ("given", "does"),
    [
        (grant(ME), DELETE),
        (grant(USER), DELETE),
        (grant(ME, USER), DELETE),
        (grant(ME, EVE), REMOVE),
        (grant(EVE, USER, ME), REMOVE),
        (grant(Subject("Group", "system:serviceaccounts")), DELETE),
        (grant(Subject("Group", "system:serviceaccounts:ops"), EVE), REMOVE),
        (grant(Subject("Group", "system:authenticated")), DELETE),
        (grant(ME, namespace="prod"), DELETE),
        (grant(ME, name="system:node-proxier"), DELETE),
        (grant(ME, name="system:mine", role_name="system:mine"), DELETE),
        (grant(ME, name="mine", labels=DEFAULTS), DELETE),
        (grant(ME, name="system:evil", labels=DEFAULTS), DELETE),
        (grant(ME, name="system:own", role_name="system:own", labels=DEFAULTS), REMOVE),
        (grant(ME, name="cluster-admin", role_name="cluster-admin", labels=DEFAULTS), REMOVE),
        (grant(ME, role_name="absent"), DELETE),
        (grant(ME, EVE, role_name="absent"), REMOVE),
        (grant(Subject("Group", "system:serviceaccounts"), role_name="absent"), "leave"),
    ],
    ids=lambda each: str(each)[:60],
)
def test_whole_binding_or_one_subject_or_hands_off(given: Grant, does: str) -> None:
    roles = [role(EVERYTHING, name=name) for name in ("power", "cluster-admin", "system:own", "system:mine")]
    (case,) = cases(facts(given, roles=tuple(roles)))
    assert case.does == does


@pytest.mark.parametrize(
    ("given", "writes"),
    [
        (rule("get list watch", "pods deployments configmaps"), False),
        (rule("get list watch", "secrets"), True),
        (rule("patch", "deployments", "apps"), True),
        (rule("get", "nodes/proxy"), True),
        (rule("get", "pods/exec"), True),
        (rule("get", "*/exec"), True),
        (rule("get", "virtualmachineinstances/console", "subresources.kubevirt.io"), True),
        (rule("get", "virtualmachineinstances/guestosinfo", "subresources.kubevirt.io"), False),
        (rule("get", "*/log */status"), False),
        (rule("create", "selfsubjectaccessreviews", "authorization.k8s.io"), False),
        (rule("create", "tokenreviews", "authentication.k8s.io"), False),
        (rule("create", "subjectaccessreviews deployments", "authorization.k8s.io apps"), True),
        (rule("bind", "clusterroles", "rbac.authorization.k8s.io"), True),
        (rule("impersonate", "users"), True),
        (rule("update", "deployments", "apps", names=("one",)), True),
        (PolicyRule(("get",), urls=("/metrics",)), False),
        (PolicyRule(("post",), urls=("*",)), True),
        (EVERYTHING, True),
    ],
    ids=lambda each: str(each)[:70],
)
def test_what_counts_as_a_right_to_change(given: PolicyRule, writes: bool) -> None:
    assert bool(powers(role(given))) is writes
    (case,) = cases(facts(grant(ME), roles=(role(given),)))
    assert case.does == (DELETE if writes else "leave")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (rule("bind", "clusterroles", "rbac.authorization.k8s.io"), "bind, escalate"),
        (rule("escalate", "roles", "rbac.authorization.k8s.io"), "bind, escalate"),
        (rule("impersonate", "groups"), "impersonate"),
        (rule("create", "serviceaccounts/token"), "makes tokens"),
        (rule("create", "*/token"), "makes tokens"),
        (rule("get", "nodes/proxy"), "nodes/proxy"),
        (rule("patch", "mutatingwebhookconfigurations", "admissionregistration.k8s.io"), "webhooks"),
        (rule("create", "pods"), "creates pods"),
        (rule("list", "secrets"), "reads Secrets"),
        (EVERYTHING, "everything"),
    ],
    ids=lambda each: str(each)[:60],
)
def test_dangerous_rights_are_named(given: PolicyRule, words: str) -> None:
    assert any(words in found for found in dangers(role(given)))
    shown = plan(facts(grant(ME), roles=(role(given),)), 0.0).shows
    assert words in shown[0].detail


def test_a_role_that_may_not_be_read_counts_as_dangerous() -> None:
    (case,) = cases(facts(grant(ME), roles=(), blind=frozenset({"ClusterRole"})))
    assert case.does == DELETE
    assert "unknown" in case.rights[0]


def test_the_dangerous_come_first_and_those_that_hit_others_last() -> None:
    small = role(rule("patch", "deployments", "apps"), name="small")
    everyone = grant(Subject("Group", "system:authenticated"), name="a-everyone")
    made = plan(
        facts(
            everyone,
            grant(ME, name="b-small", role_name="small"),
            grant(ME, name="c-all"),
            roles=(small, role(EVERYTHING)),
        ),
        0.0,
    )
    assert [step.target.name for step in made.steps] == ["c-all", "b-small", "a-everyone"]


def test_who_else_is_hit_and_that_it_may_be_oneself_is_said() -> None:
    sharing = (PodFact(Ref("Pod", "ops", "x"), owner=Ref("ReplicaSet", "ops", "trainer-1")),)
    everyone = grant(Subject("Group", "system:authenticated"))
    made = plan(facts(everyone, sharing=sharing, user="ripley", groups=("system:authenticated",)), 0.0)
    words = " | ".join(made.warnings)
    assert "everybody who is logged in" in words
    assert "YOU (ripley)" in words
    assert "ReplicaSet/trainer-1" in words


def test_a_name_that_begins_with_system_saves_no_binding() -> None:
    (step,) = plan(facts(grant(ME, name="system:controller:extra")), 0.0).steps
    assert step.effect == DELETE
    assert step.chosen


def test_a_subject_put_into_the_api_servers_own_binding_is_taken_out_and_the_binding_stays() -> None:
    own = grant(ME, EVE, name="cluster-admin", role_name="cluster-admin", labels=DEFAULTS)
    made = plan(facts(own, roles=(role(EVERYTHING, name="cluster-admin"),)), 0.0)
    assert [step.effect for step in made.steps] == [REMOVE]
    assert any("API server's own" in words for words in made.warnings)


def test_a_grant_to_a_group_of_many_waits_to_be_chosen() -> None:
    everyone = grant(Subject("Group", "system:authenticated"), name="everyone")
    mixed = grant(ME, Subject("Group", "system:serviceaccounts"), name="mixed")
    made = plan(facts(everyone, mixed), 0.0)
    assert [(step.target.name, step.effect, step.chosen) for step in made.steps] == [
        ("mixed", REMOVE, True),
        ("everyone", DELETE, False),
        ("mixed", DELETE, False),
    ]
    assert any("unless it is chosen" in words for words in made.notes)


def test_a_group_that_was_named_as_its_own_is_taken_at_once() -> None:
    own = Principal("oidc:aura", ("oidc:bots", "system:authenticated"), ("oidc:bots",))
    given = RevokeFacts(None, (grant(Subject("Group", "oidc:bots")),), (role(EVERYTHING),), who=(own,))
    (step,) = plan(given, 0.0).steps
    assert step.chosen
    assert step.effect == DELETE


@pytest.mark.parametrize(("role_name", "chosen"), [("power", True), ("absent", False)])
def test_a_shared_binding_that_may_not_be_changed_can_be_deleted_whole_if_that_is_chosen(
    role_name: str, chosen: bool
) -> None:
    """A role that is not there too: RBAC answers a change of its binding with 404 where one lacks ``bind``."""
    kept = frozenset({("ClusterRole", role_name)})
    change, whole = plan(facts(grant(ME, EVE, role_name=role_name), unbindable=kept), 0.0).steps
    assert (change.effect, change.chosen) == (REMOVE, chosen)
    assert (whole.effect, whole.chosen) == (DELETE, False)
    assert "User eve loses it too" in whole.title
    assert {subject["name"] for subject in json.loads(whole.arguments)["subjects"]} == {"aura", "eve"}


def review(allowed: bool | None, **more: Any) -> Reviewed:
    return Reviewed(ACCOUNT.user, Access("patch", "deployments", "apps", "", "prod"), allowed, **more)


def test_nothing_to_revoke_is_only_said_where_the_authorizer_was_asked_and_everything_was_read() -> None:
    asked = plan(facts(reviews=(review(allowed=False),)), 0.0)
    assert asked.nothing
    assert "1 question in 1 namespace (prod)" in asked.blocked
    for unknown in (
        facts(),
        facts(reviews=(review(None, reason="503"),)),
        facts(reviews=(review(allowed=False),), blind=frozenset({"RoleBinding"}), gaps=("RoleBindings: 403",)),
    ):
        made = plan(unknown, 0.0)
        assert not made.nothing
        assert "unknown" in made.blocked


def test_rights_that_no_binding_explains_are_not_called_nothing() -> None:
    made = plan(facts(reviews=(review(allowed=True, reason="the webhook says so", foreign=True),)), 0.0)
    assert not made.nothing
    assert made.blocked.startswith("NOT REVOKED")
    assert any("RBAC is not the only authorizer" in words for words in made.warnings)


def test_a_second_authorizer_is_known_by_the_words_of_its_denials() -> None:
    other = plan(facts(grant(ME), reviews=(review(allowed=False, reason="No policy matched."),)), 0.0)
    assert any("RBAC is not the only authorizer" in words for words in other.warnings)
    own = plan(facts(grant(ME), reviews=(review(allowed=False, reason="RBAC: clusterrole not found"),)), 0.0)
    assert not any("authorizer" in words for words in own.warnings)


def test_a_console_that_runs_as_the_optimizer_is_told() -> None:
    made = plan(facts(grant(ME), user=ACCOUNT.user), 0.0)
    assert any(words.startswith("YOU act as") for words in made.warnings)


@pytest.mark.parametrize("name", ["basic-users", "self-access-reviewers", "system:scope-impersonation"])
def test_what_openshift_gives_to_everybody_is_harmless(name: str) -> None:
    rules = {
        "basic-users": (
            rule("get", "users", "user.openshift.io", names=("~",)),
            rule("list", "projectrequests", "project.openshift.io"),
            rule("create", "selfsubjectrulesreviews", " authorization.openshift.io"),
            rule("create", "selfsubjectaccessreviews", "authorization.k8s.io"),
        ),
        "self-access-reviewers": (
            rule("create", "selfsubjectaccessreviews selfsubjectrulesreviews", "authorization.openshift.io"),
        ),
        "system:scope-impersonation": (
            rule("impersonate", "userextras/scopes.authorization.openshift.io", "authentication.k8s.io"),
        ),
    }
    everyone = grant(Subject("Group", "system:authenticated"), name=name)
    assert not plan(facts(everyone, roles=(role(*rules[name]),)), 0.0).steps


def test_tokens_are_told_apart_from_unknown() -> None:
    assert "aura-token" in " ".join(plan(facts(grant(ME), tokens=("aura-token",)), 0.0).warnings)
    assert "unknown" in " ".join(plan(facts(grant(ME), tokens=None), 0.0).notes)
    assert "unknown" not in " ".join(plan(facts(grant(ME), tokens=()), 0.0).notes)


def test_a_hostile_name_is_clean_in_the_plan_and_true_on_the_wire() -> None:
    made = plan(facts(grant(ME, name="evil\x1b]0;x")), 0.0)
    assert "\x1b" not in made.steps[0].command + made.steps[0].title
    assert json.loads(made.steps[0].arguments)["name"] == "evil\x1b]0;x"


def test_the_matrix_asks_everywhere_it_had_rights_and_with_what_it_had() -> None:
    special = role(rule("delete", "jobs", "batch"), name="special")
    made = plan(facts(grant(ME, namespace="prod", role_name="special"), roles=(special,)), 0.0)
    matrix = decode_matrix(made)
    assert matrix.account == ACCOUNT
    asked = {str(access) for access in matrix.asked}
    assert {
        "patch deployments",
        "patch deployments/scale -n prod",
        "delete jobs -n prod",
        "create pods/eviction",
    } <= asked
    assert {"patch nodes", "create serviceaccounts/token", "create rolebindings -n prod"} <= asked


def test_with_bindings_in_hundreds_of_namespaces_each_is_asked_in_and_the_questions_stay_few() -> None:
    given = role(rule("create delete patch update", "jobs deployments pods services secrets", "batch apps core"))
    places = [f"shop-{number}" for number in range(300)]
    made = plan(facts(*(grant(ME, name=f"b-{each}", namespace=each) for each in places), roles=(given,)), 0.0)
    asked = decode_matrix(made).asked
    assert {each.namespace for each in asked} == {"", *places}
    assert len(asked) < 5000
    last = [each for each in asked if each.namespace == places[-1]]
    assert len(last) == len(sample(places[-1])) + FEW


def test_what_it_may_have_given_others_is_told_by_writer_and_by_age() -> None:
    power = role(EVERYTHING)
    writer = {"metadata": {"name": "b", "managedFields": [{"manager": "aura"}]}}
    by_it = msgspec.structs.replace(grant(EVE, name="by-it", created=5.0), manifest=json.dumps(writer).encode())
    old, new = grant(EVE, name="old", created=5.0), grant(EVE, name="new", created=20.0)
    rbac = Rbac((grant(ME, created=20.0), by_it, old, new), (power,))
    told = planted(rbac, [rbac.grants[0]], ("aura",), since=10.0)
    assert [words.split(":")[0] for words in told] == [
        "left, and written by its own field manager",
        "1 binding for others is younger than it, and may be its doing",
    ]
    assert "ClusterRoleBinding/by-it gives User eve power" in told[0]
    assert "ClusterRoleBinding/new gives User eve power" in told[1]
    assert planted(rbac, [rbac.grants[0]], (), since=None) == ()


@pytest.mark.parametrize("group", ["apps", "metrics.k8s.io"])
def test_reading_all_of_another_api_group_is_no_danger(group: str) -> None:
    assert powers(role(rule("get list watch", "*", group))) == ()
    assert powers(role(rule("get list watch", "*", "*")))


def test_questions_leave_out_what_everybody_may() -> None:
    harmless = rule("create", "selfsubjectaccessreviews", "authorization.k8s.io")
    assert questions(role(harmless, rule("patch", "nodes")), "")[0].resource == "nodes"
    assert len(questions(role(harmless, rule("patch", "nodes")), "")) == 1


def test_equal_facts_make_equal_plans_and_other_facts_do_not() -> None:
    assert plan(facts(grant(ME)), 1.0).facts == plan(facts(grant(ME)), 2.0).facts
    assert plan(facts(grant(ME)), 1.0).facts != plan(facts(grant(ME, EVE)), 1.0).facts


def test_the_patch_tests_what_it_removes_from_the_end_on() -> None:
    (step,) = plan(facts(grant(ME, EVE, USER)), 0.0).steps
    patch = json.loads(step.command.partition("-p ")[2].strip("'"))
    assert [(each["op"], each["path"]) for each in patch] == [
        ("test", "/metadata/uid"),
        ("test", "/subjects/2"),
        ("remove", "/subjects/2"),
        ("test", "/subjects/0"),
        ("remove", "/subjects/0"),
    ]


@pytest.mark.parametrize(
    ("marks", "words"),
    [
        ({"argocd.argoproj.io/tracking-id": "aura:apps/Deployment:ops/x"}, "Argo CD (application aura)"),
        ({"argocd.argoproj.io/instance": "aura"}, "argocd app set aura --sync-policy none"),
        (
            {"kustomize.toolkit.fluxcd.io/name": "k", "kustomize.toolkit.fluxcd.io/namespace": "f"},
            "flux suspend kustomization k -n f",
        ),
        ({"helm.toolkit.fluxcd.io/name": "h"}, "flux suspend helmrelease h"),
        ({"meta.helm.sh/release-name": "r"}, "Helm (release r)"),
        ({"app.kubernetes.io/managed-by": "Helm"}, "Helm (release unknown)"),
        ({"olm.owner": "op"}, "Operator Lifecycle Manager (op)"),
        ({"app.kubernetes.io/managed-by": "pulumi"}, "pulumi manages it"),
        ({"app.kubernetes.io/name": "x"}, ""),
    ],
    ids=str,
)
def test_who_puts_it_back(marks: dict[str, str], words: str) -> None:
    found = gitops.managers(tuple(marks.items()), ())
    assert (words in found[0]) if words else not found
    assert gitops.managers((), tuple(marks.items())) == found
