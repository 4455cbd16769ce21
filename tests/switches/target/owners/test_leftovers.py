"""What an optimizer leaves behind: judged from lists, and looked for on a real API server."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.present.choice import chosen
from opsconsole.records import Ref
from opsconsole.switches.target.facts import OptimizerFacts, PodFact, WorkFact
from opsconsole.switches.target.left.leftovers import Answered, Installed, ServiceFact, left_behind
from tests.support.waiting import eventually
from tests.switches.conftest import ACCOUNT, BoardMaker, details, run
from tests.testbed import objects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.switches.rbac import Rbac
    from tests.testbed.cluster import TestCluster

ROOT = WorkFact(Ref("Deployment", "ops", "aura", "uid"), created=1000.0, selector="app=aura")
POD = PodFact(Ref("Pod", "ops", "aura-1", "uid-1"), labels=(("app", "aura"), ("pod-template-hash", "x")))
RUNS = OptimizerFacts("ops/aura", ROOT, (ROOT.ref,), pods=(POD,))
OWN = ServiceFact("ops", "hook", (("app", "aura"),))
HOOK = Installed(
    "ValidatingWebhookConfiguration",
    "validatingwebhookconfigurations",
    "guard",
    created=10.0,
    answered=(Answered("ops", "hook", "webhook pods.aura", "CREATE of pods", fails=True),),
)


@pytest.mark.parametrize(
    ("service", "workload", "found"),
    [
        (OWN, RUNS, True),
        (OWN, OptimizerFacts("ops/aura", ROOT, (ROOT.ref,)), True),
        (ServiceFact("ops", "hook", (("app", "other"),)), RUNS, False),
        (ServiceFact("ops", "hook"), RUNS, False),
        (ServiceFact("shop", "hook", (("app", "aura"),)), RUNS, False),
        (ServiceFact("ops", "hook", (("app", "aura"), ("pod-template-hash", "x"))), RUNS, True),
    ],
    ids=["its pods", "its pods once they run", "other pods", "no selector", "another namespace", "one pod alone"],
)
def test_a_webhook_breaks_where_its_service_is_the_optimizers(
    service: ServiceFact, workload: OptimizerFacts, *, found: bool
) -> None:
    left = left_behind([workload], [HOOK], [service], [])
    assert bool(left.breaks) is found
    if found:
        assert "CREATE of pods is REFUSED" in left.breaks[0]
        assert left.breaks[0].endswith("kubectl delete validatingwebhookconfigurations guard")


def test_what_its_manager_wrote_and_what_is_younger_are_told_apart() -> None:
    kinds = [
        Installed("CustomResourceDefinition", "crd", "mine", 10.0, ("aura-manager",)),
        Installed("ValidatingAdmissionPolicy", "policy", "later", 2000.0, ("kubectl",)),
        Installed("ValidatingAdmissionPolicy", "policy", "before", 10.0, ("kubectl",)),
    ]
    mine, later = left_behind([RUNS], kinds, [], ["aura-manager"]).rest
    assert "written by aura-manager: CustomResourceDefinition/mine" in mine
    assert later == "younger than the optimizer, whoever made it: ValidatingAdmissionPolicy/later"


# --- on a real API server --------------------------------------------------------------------------------------------

HOOKS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
POLICIES = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"
SERVICES = "/apis/apiregistration.k8s.io/v1/apiservices"


@pytest.fixture
def left(cluster: TestCluster, namespace: str, account: str) -> Iterator[str]:
    """An optimizer whose Service answers a webhook for one kind that nobody writes here, and an aggregated API."""
    del account
    cluster.api.post(f"/apis/apps/v1/namespaces/{namespace}/deployments", objects.deployment("aura", account=ACCOUNT))
    cluster.wait_for_pods(namespace, "app=aura", 1)
    service: dict[str, Any] = {"metadata": {"name": "hook"}}
    service["spec"] = {"selector": {"app": "aura"}, "ports": [{"port": 443}]}
    cluster.api.post(f"/api/v1/namespaces/{namespace}/services", service)
    where = {"namespace": namespace, "name": "hook"}
    rule = {"apiGroups": ["aura.example"], "apiVersions": ["*"], "operations": ["CREATE"], "resources": ["plans"]}
    hook = {
        "name": "plans.aura.example",
        "clientConfig": {"service": where},
        "rules": [rule],
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
    }
    made = [(HOOKS, {"metadata": {"name": f"hook-{namespace}"}, "webhooks": [hook]})]
    group = f"{namespace}.aura.example"
    spec = {"group": group, "version": "v1", "service": where, "groupPriorityMinimum": 10, "versionPriority": 10}
    spec["insecureSkipTLSVerify"] = True
    made.append((SERVICES, {"metadata": {"name": f"v1.{group}"}, "spec": spec}))
    policy = {"matchConstraints": {"resourceRules": [rule]}, "validations": [{"expression": "true"}]}
    made.append((POLICIES, {"metadata": {"name": f"policy-{namespace}"}, "spec": policy}))
    for path, body in made:
        cluster.api.post(path, body)
    yield f"{namespace}/aura"
    for path, body in made:
        cluster.api.delete(f"{path}/{body['metadata']['name']}")


def test_what_breaks_once_it_is_gone_and_what_stays_is_in_the_plan(
    cluster: TestCluster, namespace: str, left: str, board_for: BoardMaker
) -> None:
    cluster.create_namespace(f"{namespace}-other")
    board = board_for(left)
    board.make_plan("optimizer")
    eventually(lambda: "is being listed" not in " ".join(board.make_plan("optimizer").notes), "the lists")
    plan = board.make_plan("optimizer")
    [hook] = [words for words in plan.warnings if f"hook-{namespace}" in words and "webhook plans" in words]
    assert "CREATE of plans that it is asked about is REFUSED" in hook
    assert f"kubectl delete validatingwebhookconfigurations.admissionregistration.k8s.io hook-{namespace}" in hook
    [service] = [words for words in plan.warnings if f"v1.{namespace}.aura.example" in words]
    assert "a namespace that is deleted never ends" in service
    [younger] = [words for words in plan.notes if words.startswith("younger than the optimizer")]
    assert f"ValidatingAdmissionPolicy/policy-{namespace}" in younger


def test_its_service_account_is_deleted_only_where_that_was_chosen_and_its_tokens_end(
    cluster: TestCluster, namespace: str, account: str, rbac: Rbac, board_for: BoardMaker
) -> None:
    rbac.binding("admin", [rbac.me])
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{ACCOUNT}"
    made = cluster.api.post(f"{path}/token", {"spec": {"expirationSeconds": 3600}})
    board = board_for(account=account)
    plan = board.make_plan("revoke")
    [step] = [each for each in plan.steps if each.effect == "account.delete"]
    assert not step.chosen
    assert step.command == f"kubectl delete serviceaccount {ACCOUNT} -n {namespace}"
    outcome = run(board, plan)
    assert outcome.success, details(outcome)
    assert cluster.api.exists(path)
    assert logs_in(cluster, made["status"]["token"])
    rbac.binding("again", [rbac.me])
    plan = board.make_plan("revoke")
    outcome = run(board, chosen(plan, only=[each.key for each in plan.steps]))
    assert outcome.success, details(outcome)
    assert not cluster.api.exists(path)
    eventually(lambda: not logs_in(cluster, made["status"]["token"]), "the API server to have forgotten the token")
    claims = {proof.claim: proof.holds for proof in outcome.proofs}
    assert claims[f"ServiceAccount/{ACCOUNT} -n {namespace} is gone, and none of its name was made anew"] is True


def logs_in(cluster: TestCluster, token: str) -> bool:
    """Whether kubectl is let in with a token alone."""
    command = cluster.kubectl_command("--token", token, "auth", "whoami")
    config = {**cluster.kubectl_environment(), "KUBECONFIG": "/dev/null"}
    server = ["--server", cluster.api.server, "--insecure-skip-tls-verify"]
    done = subprocess.run([*command, *server], env=config, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0 or "Unauthorized" in done.stderr or "logged in" in done.stderr, done.stderr
    return done.returncode == 0


def test_nothing_to_revoke_stays_nothing_though_its_account_is_there(account: str, board_for: BoardMaker) -> None:
    plan = board_for(account=account).make_plan("revoke")
    assert plan.nothing
    assert not plan.steps


def test_tokens_of_others_that_it_may_have_made_are_said(account: str, rbac: Rbac, board_for: BoardMaker) -> None:
    rules = [{"apiGroups": [""], "resources": ["serviceaccounts/token"], "verbs": ["create"]}]
    rbac.role_binding("minter", [rbac.me], role=rbac.role("minter", rules))
    plan = board_for(account=account).make_plan("revoke")
    [words] = [each for each in plan.warnings if "may have made tokens" in each]
    assert f"in {rbac.me['namespace']}" in words
