"""What admission never judges: writes of what configures it, and whoever a request says that it is.

The governed can do these as long as RBAC lets them, frozen or not. So each is one that the proofs ask the authorizer
about, and what a revocation takes away.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import pytest

from opsconsole.cluster.questions.reviews import Access
from opsconsole.govern.names import BINDING, FREEZE, GROUP, INSTALLED_FREEZE, POLICY
from opsconsole.switches.freeze.around.ways import ways
from tests.govern.conftest import (
    ADMISSION,
    BINDINGS,
    FROZEN,
    PARAMETER,
    POLICIES,
    GovernBoard,
    config_map,
    do,
    refused,
    wait_governed,
    wait_refused,
)
from tests.govern.rules.evasions.reach import hook, hooks
from tests.govern.rules.evasions.world import Trying
from tests.govern.rules.evasions.writes import APPLY, CERTIFICATE, Object, at
from tests.switches.conftest import ACCOUNT, details, run
from tests.switches.rbac import Rbac
from tests.testbed import objects
from tests.testbed.api import MERGE_PATCH, Api, ApiError

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster

pytestmark = pytest.mark.cluster

_SCOPE: Object = {
    "resourceRules": [
        {"apiGroups": ["apps"], "apiVersions": ["*"], "operations": ["CREATE", "UPDATE"], "resources": ["deployments"]}
    ]
}
REWRITES: Object = {"failurePolicy": "Ignore", "reinvocationPolicy": "Never", "matchConstraints": _SCOPE, "mutations": [
    {"patchType": "ApplyConfiguration", "applyConfiguration": {
        "expression": "Object{spec: Object.spec{replicas: 0}}"}}]}  # fmt: skip


class Unjudged(NamedTuple):
    """A write that no admission judges, and the right that it takes, as the authorizer is asked about it."""

    what: str
    right: Access
    write: Callable[[Api, str], object]


def _make(plural: str, kind: str, **body: object) -> Callable[[Api, str], object]:
    whole = {"apiVersion": f"{GROUP}/v1", "kind": kind, "metadata": {"name": "aura.example.com"}, **body}
    return lambda api, _: api.post(f"{ADMISSION}/{plural}", whole)


def _apply(plural: str, kind: str, **body: object) -> Callable[[Api, str], object]:
    whole = {"apiVersion": f"{GROUP}/v1", "kind": kind, "metadata": {"name": "aura.example.com"}, **body}
    place = f"{ADMISSION}/{plural}/aura.example.com?fieldManager=aura&force=true"
    return lambda api, _: api.request("PATCH", place, whole, APPLY)


def _right(verb: str, plural: str, name: str = "") -> Access:
    return Access(verb, plural, GROUP, name=name)


CONFIGURES = [
    Unjudged("the binding of its own freeze, deleted", _right(
        "delete", "validatingadmissionpolicybindings", INSTALLED_FREEZE),
        lambda api, _: api.delete(f"{BINDINGS}/{INSTALLED_FREEZE}")),
    Unjudged("its own freeze told to warn", _right("patch", "validatingadmissionpolicybindings", INSTALLED_FREEZE),
        lambda api, _: api.patch(f"{BINDINGS}/{INSTALLED_FREEZE}", {"spec": {"validationActions": ["Audit"]}})),
    Unjudged("its own freeze about nobody", _right("patch", "validatingadmissionpolicies", INSTALLED_FREEZE),
        lambda api, _: api.patch(f"{POLICIES}/{INSTALLED_FREEZE}", {
            "spec": {"matchConditions": [{"name": "governed", "expression": "false"}]}})),
    Unjudged("its own freeze, deleted", _right("delete", "validatingadmissionpolicies", INSTALLED_FREEZE),
        lambda api, _: api.delete(f"{POLICIES}/{INSTALLED_FREEZE}")),
    *(Unjudged(f"all {place.rpartition('/')[2]}", _right("deletecollection", place.rpartition("/")[2]),
        lambda api, _, place=place: api.delete(place)) for place in (POLICIES, BINDINGS)),
    Unjudged("a policy that refuses people's writes", _right("create", "validatingadmissionpolicies"), _make(
        "validatingadmissionpolicies", POLICY, spec={
            "failurePolicy": "Fail", "matchConstraints": _SCOPE, "validations": [{"expression": "false"}]})),
    Unjudged("its binding", _right("create", "validatingadmissionpolicybindings"), _make(
        "validatingadmissionpolicybindings", BINDING, spec={"policyName": "aura", "validationActions": ["Deny"]})),
    Unjudged("a policy that rewrites others' objects", _right("create", "mutatingadmissionpolicies"), _make(
        "mutatingadmissionpolicies", "MutatingAdmissionPolicy", spec=REWRITES)),
    Unjudged("the same by server-side apply", _right("patch", "mutatingadmissionpolicies"), _apply(
        "mutatingadmissionpolicies", "MutatingAdmissionPolicy", spec=REWRITES)),
    Unjudged("what puts it into force", _right("create", "mutatingadmissionpolicybindings"), _make(
        "mutatingadmissionpolicybindings", "MutatingAdmissionPolicyBinding", spec={"policyName": "aura.example.com"})),
    *(Unjudged(f"all {plural}", _right("deletecollection", plural),
        lambda api, _, plural=plural: api.delete(f"{ADMISSION}/{plural}"))
      for plural in ("mutatingadmissionpolicies", "mutatingadmissionpolicybindings")),
]  # fmt: skip
"""Of the policies' parameter there is none: the governor's is an annotation of a Namespace, which admission judges."""

THAW = {"metadata": {"annotations": {FROZEN: "false"}}}


def _as(who: dict[str, str]) -> Callable[[Api, str], object]:
    """Thaws as somebody else, by the headers of impersonation."""

    def write(api: Api, _: str) -> object:
        return api.request("PATCH", PARAMETER, THAW, MERGE_PATCH, who)

    return write


def _reads_tokens(api: Api, space: str) -> object:
    return api.get(at(space, "secrets"))


OTHERS = [
    Unjudged("as a person", Access("impersonate", "users"), _as({
        "Impersonate-User": "ann", "Impersonate-Group": "system:masters"})),
    Unjudged("as a member of a group", Access("impersonate", "groups"), _as({
        "Impersonate-User": "nobody", "Impersonate-Group": "system:masters"})),
    Unjudged("as an account of the control plane", Access("impersonate", "serviceaccounts"), _as({
        "Impersonate-User": "system:serviceaccount:kube-system:generic-garbage-collector",
        "Impersonate-Group": "system:masters"})),
    Unjudged("with a token that a Secret holds", Access("list", "secrets"), _reads_tokens),
]  # fmt: skip
EVERY = [*CONFIGURES, *OTHERS]


@pytest.fixture
def governed(namespace: str, account: str, optimizer: Api, board_for: GovernBoard) -> Trying:
    do(board_for(account), "install-governor")
    wait_governed(optimizer, namespace)
    return Trying(optimizer)


@pytest.mark.parametrize("frozen", [False, True], ids=["governed", "frozen"])
def test_who_may_configure_admission_or_be_somebody_else_is_refused_nothing_of_it(
    governed: Trying, account: str, namespace: str, optimizer: Api, board_for: GovernBoard, *, frozen: bool
) -> None:
    if frozen:
        do(board_for(account), "freeze")
        wait_refused(lambda: optimizer.post(at(namespace, "configmaps"), config_map("m")), "frozen")
    wrong = [f"{each.what}: {words}" for each in EVERY if (words := _said(each, governed, namespace))]
    assert not wrong, "\n".join(wrong)


def test_the_parameter_itself_is_judged(governed: Trying, account: str, board_for: GovernBoard) -> None:
    do(board_for(account), "freeze")
    assert "opsconsole:" in refused(lambda: governed.patch(PARAMETER, THAW))


@pytest.mark.parametrize("whose", ["its own", "somebody else's"])
def test_an_operator_renews_the_certificate_of_its_own_webhook_alone(
    cluster: TestCluster, namespace: str, governed: Trying, *, whose: str
) -> None:
    """Whoever changes another's takes away what that refuses: nobody believes the answers then."""
    service = {"name": "hook", "namespace": namespace if whose == "its own" else f"{namespace}-2"}
    place = f"{ADMISSION}/mutatingwebhookconfigurations"
    made = hooks(hook(clientConfig={"service": service}), name=namespace)
    cluster.api.post(place, made)
    made["webhooks"][0]["clientConfig"]["caBundle"] = CERTIFICATE
    words = refused(lambda: governed.patch(f"{place}/{namespace}", {"webhooks": made["webhooks"]}))
    cluster.api.delete(f"{place}/{namespace}")
    assert words == "" if whose == "its own" else "opsconsole: escapes:" in words


@pytest.mark.parametrize("each", EVERY, ids=lambda each: each.what)
def test_each_of_it_is_a_right_that_the_proof_asks_about(each: Unjudged) -> None:
    asked = [access for way in ways((INSTALLED_FREEZE, FREEZE), ("kube-system",)) for access in way.questions]
    assert each.right in asked


def test_who_has_none_of_these_rights_is_refused_all_of_it_and_the_freeze_is_proved(
    cluster: TestCluster, namespace: str, board_for: GovernBoard, clean: None
) -> None:
    cluster.api.post(f"/api/v1/namespaces/{namespace}/serviceaccounts", objects.service_account(ACCOUNT))
    rbac = Rbac(cluster, namespace, ACCOUNT)
    verbs = ["get", "list", "watch", "create", "update", "patch", "delete"]
    rules = [{"apiGroups": ["", "apps"], "resources": ["configmaps", "pods", "deployments"], "verbs": verbs}]
    rbac.binding("works", [rbac.me], role=rbac.role("works", rules))
    board = board_for(f"{namespace}/{ACCOUNT}")
    outcome = run(board, board.make_plan("freeze"))
    assert outcome.success, details(outcome)
    trying = Trying(cluster.service_account_api(namespace, ACCOUNT))
    wrong = [each.what for each in EVERY if "403" not in refused(lambda: each.write(trying, namespace))]  # type: ignore[arg-type]  # noqa: B023
    rbac.remove()
    assert not wrong


def _said(each: Unjudged, trying: Trying, namespace: str) -> str:
    """What the API server said against the write; that there is nothing to delete is no refusal."""
    try:
        each.write(trying, namespace)  # type: ignore[arg-type]
    except ApiError as error:
        return "" if error.status == 404 else str(error)
    return ""
