"""Who is frozen or governed and could end that: asked of the real authorizer, and shown by doing it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.commands.looking.status import standings
from opsconsole.containment import ContainmentState, exit_code, verdict, why_not
from opsconsole.govern.names import FROZEN_WORDS
from opsconsole.journal.reader import read_checked
from opsconsole.journal.runs import runs
from opsconsole.records import Outcome
from opsconsole.switches.freeze.around.proof import frozen_all_the_same
from tests.govern.conftest import BINDINGS, POLICIES, GovernBoard, config_map, refused
from tests.support.waiting import eventually
from tests.switches.conftest import details, run
from tests.switches.rbac import Rbac, group, user
from tests.testbed import objects
from tests.testbed.rights import wait_for_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.testbed.api import Api
    from tests.testbed.cluster import TestCluster

ADMISSION = "admissionregistration.k8s.io"
WRITES: list[dict[str, Any]] = [
    {"apiGroups": ["", "apps"], "resources": ["configmaps", "pods", "deployments", "deployments/scale", "nodes"],
     "verbs": ["get", "list", "watch", "create", "update", "patch", "delete"]},
]  # fmt: skip
"""What an optimizer needs for its work, and nothing by which it could get round a freeze."""


@pytest.fixture
def make(cluster: TestCluster, namespace: str, clean: None) -> Iterator[Callable[..., str]]:
    """Makes a ServiceAccount that may do its work and what else is given; returns ``namespace/name``."""
    made: list[Rbac] = []

    def account(name: str, *rules: dict[str, Any]) -> str:
        cluster.api.post(f"/api/v1/namespaces/{namespace}/serviceaccounts", objects.service_account(name))
        rbac = Rbac(cluster, namespace, name)
        made.append(rbac)
        rbac.binding(name, [rbac.me], role=rbac.role(name, [*WRITES, *rules]))
        return f"{namespace}/{name}"

    yield account
    for rbac in made:
        rbac.remove()


def freeze(board_for: GovernBoard, account: str) -> Outcome:
    board = board_for(account)
    return run(board, board.make_plan("freeze"))


def test_an_optimizer_that_may_only_write_is_frozen_and_proved(
    make: Callable[..., str], board_for: GovernBoard
) -> None:
    board = board_for(make("tame"))
    plan = board.make_plan("freeze")
    assert plan.warnings == ()
    outcome = run(board, plan)
    assert verdict(outcome) is ContainmentState.PROVED, details(outcome)
    assert len(outcome.proofs) == 4


def test_a_freeze_that_the_frozen_can_take_away_is_not_proved_and_it_does_take_it_away(
    cluster: TestCluster, namespace: str, account: str, optimizer: Api, board_for: GovernBoard, tmp_path: Path
) -> None:
    board = board_for(account)
    warnings = " ".join(board.make_plan("freeze").warnings)
    outcome = run(board, board.make_plan("freeze"))
    assert frozen_all_the_same(outcome.proofs), details(outcome)
    assert (verdict(outcome), exit_code(outcome)) == (ContainmentState.UNPROVED, 1)
    for words in (warnings, why_not(outcome)):
        assert "may delete validatingadmissionpolicybindings opsconsole-freeze" in words
        assert 'ClusterRoleBinding "govern-' in words
        assert "kill revoke" in words
    entries, doubted = read_checked(tmp_path / "journal")
    (standing,) = standings(runs(entries, doubted, []))
    assert standing.state == ContainmentState.UNPROVED.value
    place = f"/api/v1/namespaces/{namespace}/configmaps"
    assert FROZEN_WORDS in refused(lambda: optimizer.post(place, config_map("mine")))
    optimizer.delete(f"{BINDINGS}/opsconsole-freeze")
    eventually(lambda: not refused(lambda: optimizer.post(place, config_map("mine"))), "it writes again")


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"apiGroups": [ADMISSION], "resources": ["validatingadmissionpolicies"], "verbs": ["patch"],
          "resourceNames": ["opsconsole-freeze"]}, "patch validatingadmissionpolicies opsconsole-freeze"),
        ({"apiGroups": [ADMISSION], "resources": ["validatingadmissionpolicybindings"],
          "verbs": ["deletecollection"]}, "deletecollection validatingadmissionpolicybindings"),
        ({"apiGroups": [ADMISSION], "resources": ["mutatingadmissionpolicies"], "verbs": ["create"]},
         "create mutatingadmissionpolicies"),
        ({"apiGroups": [ADMISSION], "resources": ["mutatingadmissionpolicybindings"], "verbs": ["deletecollection"]},
         "deletecollection mutatingadmissionpolicybindings"),
        ({"apiGroups": [""], "resources": ["serviceaccounts"], "verbs": ["impersonate"]},
         "impersonate serviceaccounts"),
        ({"apiGroups": [""], "resources": ["secrets"], "verbs": ["list"]}, "list secrets"),
        ({"apiGroups": [""], "resources": ["nodes/proxy"], "verbs": ["get"]}, "get nodes/proxy"),
        ({"apiGroups": [""], "resources": ["nodes/proxy"], "verbs": ["create"], "resourceNames": ["node-a"]},
         "create nodes/proxy node-a"),
        ({"apiGroups": [""], "resources": ["users"], "verbs": ["impersonate"], "resourceNames": ["admin"]},
         "impersonate users admin"),
        ({"apiGroups": [ADMISSION], "resources": ["*"], "verbs": ["update"], "resourceNames": ["istio"]},
         "update validatingadmissionpolicybindings istio"),
        ({"apiGroups": [ADMISSION], "resources": ["mutatingadmissionpolicies"], "verbs": ["*"],
          "resourceNames": ["istio"]}, "delete mutatingadmissionpolicies istio"),
        ({"apiGroups": ["*"], "resources": ["secrets"], "verbs": ["get"], "resourceNames": ["token-of-admin"]},
         "get secrets token-of-admin"),
    ],
)  # fmt: skip
def test_each_way_round_is_found_by_its_right_alone(
    make: Callable[..., str], board_for: GovernBoard, rule: dict[str, Any], words: str
) -> None:
    outcome = freeze(board_for, make("sly", rule))
    assert verdict(outcome) is ContainmentState.UNPROVED
    open_ones = [proof for proof in outcome.proofs if not proof.holds]
    assert len(open_ones) == 1, details(outcome)
    assert words in open_ones[0].detail


def test_webhook_configurations_are_no_way_round_since_a_freeze_refuses_them_too(
    cluster: TestCluster, namespace: str, make: Callable[..., str], board_for: GovernBoard
) -> None:
    kinds = ("mutatingwebhookconfigurations", "validatingwebhookconfigurations")
    account = make("hooks", {"apiGroups": [ADMISSION], "resources": list(kinds), "verbs": ["*"]})
    outcome = freeze(board_for, account)
    assert verdict(outcome) is ContainmentState.PROVED, details(outcome)
    its_own = cluster.service_account_api(namespace, "hooks")
    for kind in kinds:
        words = refused(lambda: its_own.post(f"/apis/{ADMISSION}/v1/{kind}?dryRun=All", {"metadata": {"name": "x"}}))  # noqa: B023
        assert FROZEN_WORDS in words


@pytest.mark.parametrize(
    "name", ["https://issuer.example/#aura:prod", "oidc:aura@example.com", "impersonate-bot", "jörg 愛"]
)
def test_of_a_user_only_the_groups_that_were_asked_about_are_claimed(
    cluster: TestCluster, namespace: str, board_for: GovernBoard, clean: None, name: str
) -> None:
    """Kubernetes keeps no list of a user's groups: what he may by others than these is not known."""
    rbac = Rbac(cluster, namespace, "outside")
    rbac.binding("outside", [user(name)], role=rbac.role("outside", WRITES))
    board = board_for("", named={"users": (name,), "groups": ("none",)})
    outcome = run(board, board.make_plan("freeze"))
    assert outcome.success, details(outcome)
    ways = [proof.claim for proof in outcome.proofs if not proof.claim.startswith("writes of")]
    assert len(ways) == 3
    assert all(claim.startswith(f"{name} (in no other group than system:authenticated) ") for claim in ways)
    rbac.remove()


def test_a_user_whose_groups_nobody_named_is_frozen_and_not_proved_and_his_certificate_ends_the_freeze(
    cluster: TestCluster, namespace: str, board_for: GovernBoard, clean: None, tmp_path: Path
) -> None:
    """A certificate may say ``O=system:masters``, which no binding and no question shows."""
    masters = cluster.kubeconfig_for_user("robot", ["system:masters"])
    rbac = Rbac(cluster, namespace, "outside")
    rbac.binding("outside", [user("robot")], role=rbac.role("outside", WRITES))

    def as_robot(*words: str) -> str:
        return cluster.kubectl(*words, kubeconfig=masters, check=False)

    board = board_for("", named={"users": ("robot",)})
    plan = board.make_plan("freeze")
    outcome = run(board, plan)
    assert (verdict(outcome), exit_code(outcome)) == (ContainmentState.UNPROVED, 1), details(outcome)
    assert frozen_all_the_same(outcome.proofs)  # to a guard it is frozen: it does not try again for ever
    for words in (" ".join(plan.warnings), why_not(outcome)):
        assert "robot may be in" in words
        assert "system:masters" in words
        assert "name the groups in the table [optimizer]" in words
    entries, doubted = read_checked(tmp_path / "journal")
    (standing,) = standings(runs(entries, doubted, []))
    assert standing.state == ContainmentState.UNPROVED.value
    assert "created" not in as_robot("create", "configmap", "mine", "-n", namespace)
    assert "deleted" in as_robot("delete", "validatingadmissionpolicybinding", "opsconsole-freeze")
    eventually(lambda: "created" in as_robot("create", "configmap", "mine", "-n", namespace), "it writes again")
    rbac.remove()


def test_a_user_s_groups_that_lead_round_a_freeze_are_named_with_their_binding(
    cluster: TestCluster, namespace: str, board_for: GovernBoard, clean: None
) -> None:
    rbac = Rbac(cluster, namespace, "outside")
    rule = {"apiGroups": [ADMISSION], "resources": ["validatingadmissionpolicies"], "verbs": ["delete"]}
    rbac.binding("hooks", [group("hook-team")], role=rbac.role("hooks", [rule]))
    named = {"users": ("robot",)}
    assert "robot may be in group hook-team" in " ".join(board_for("", named=named).make_plan("freeze").warnings)
    installing = board_for("", named=named).make_plan("install-governor")
    assert "robot may be in group hook-team" in " ".join(installing.warnings)
    named_too = board_for("", named={**named, "groups": ("none",)}).make_plan("freeze")
    assert "may be in group" not in " ".join(named_too.warnings)
    rbac.remove()


@pytest.mark.parametrize("name", [" eve", "eve\t", "eve\nImpersonate-Group: system:masters"])
def test_a_name_that_no_header_carries_is_unknown_and_nobody_else_is_tried_in_its_place(
    cluster: TestCluster, namespace: str, board_for: GovernBoard, clean: None, name: str
) -> None:
    """HTTP takes spaces off the ends: the write of `` eve`` would have been tried as ``eve``."""
    rbac = Rbac(cluster, namespace, "outside")
    rbac.binding("outside", [user(name)], role=rbac.role("outside", WRITES))
    board = board_for("", named={"users": (name,)})
    since = cluster.audit.position()
    outcome = run(board, board.make_plan("freeze"))
    assert outcome.proofs[0].holds is None, details(outcome)
    assert "no HTTP header can carry" in outcome.proofs[0].detail
    assert not [each for each in cluster.audit.requests(since) if "opsconsole-probe" in each.uri]
    rbac.remove()


def test_an_optimizer_that_is_called_like_the_refusal_is_governed_and_proved(
    cluster: TestCluster, namespace: str, board_for: GovernBoard, clean: None
) -> None:
    name = "impersonate-bot"
    board = board_for("", named={"users": (name,), "groups": ("none",)})
    outcome = run(board, board.make_plan("install-governor"))
    assert outcome.success, details(outcome)


def test_edit_in_its_own_namespace_lets_it_act_as_its_neighbours(
    cluster: TestCluster, namespace: str, make: Callable[..., str], board_for: GovernBoard
) -> None:
    account = make("near")
    rbac = Rbac(cluster, namespace, "near")
    rbac.role_binding("near", [rbac.me], role="edit")
    outcome = freeze(board_for, account)
    (open_one,) = (proof for proof in outcome.proofs if not proof.holds)
    assert f"impersonate serviceaccounts -n {namespace}" in open_one.detail


def test_whoever_may_not_ask_the_authorizer_gets_unknown_and_no_proof(
    cluster: TestCluster, namespace: str, make: Callable[..., str], board_for: GovernBoard
) -> None:
    responder = Rbac(cluster, namespace, "blind")
    rules = [
        {"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list", "watch", "impersonate"]},
        {"apiGroups": [ADMISSION], "resources": ["*"], "verbs": ["create", "delete"]},
    ]
    responder.binding("blind", [user("bea")], role=responder.role("blind", rules))
    board = board_for(make("tame"), kubeconfig=cluster.kubeconfig_for_user("bea"))
    outcome = run(board, board.make_plan("freeze"))
    assert [proof.holds for proof in outcome.proofs] == [True, None, None, None], details(outcome)
    assert verdict(outcome) is ContainmentState.UNPROVED
    responder.remove()


def test_a_secret_that_a_role_of_its_own_namespace_names_is_found(
    cluster: TestCluster, namespace: str, make: Callable[..., str], board_for: GovernBoard
) -> None:
    account = make("near")
    role = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/roles"
    rule = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"], "resourceNames": ["kept"]}
    cluster.api.post(role, {"metadata": {"name": "kept"}, "rules": [rule]})
    binding: dict[str, Any] = {
        "metadata": {"name": "kept"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "kept"},
        "subjects": [{"kind": "ServiceAccount", "name": "near", "namespace": namespace}],
    }
    cluster.api.post(role.replace("/roles", "/rolebindings"), binding)
    wait_for_rules(cluster.api, binding["subjects"], [rule], namespace)
    outcome = freeze(board_for, account)
    (open_one,) = (proof for proof in outcome.proofs if not proof.holds)
    assert f"get secrets kept -n {namespace}" in open_one.detail


def test_where_rbac_can_t_be_read_rights_to_single_objects_are_unknown_and_that_is_said(
    cluster: TestCluster, namespace: str, make: Callable[..., str], board_for: GovernBoard
) -> None:
    responder = Rbac(cluster, namespace, "unread")
    rules = [
        {"apiGroups": ["", "apps", "batch"], "resources": ["*"], "verbs": ["get", "list", "watch", "impersonate"]},
        {"apiGroups": [ADMISSION], "resources": ["*"], "verbs": ["get", "list", "create", "delete"]},
        {"apiGroups": ["authorization.k8s.io"], "resources": ["*"], "verbs": ["create"]},
    ]
    responder.binding("unread", [user("una")], role=responder.role("unread", rules))
    rule = {"apiGroups": [""], "resources": ["users"], "verbs": ["impersonate"], "resourceNames": ["admin"]}
    board = board_for(make("sly", rule), kubeconfig=cluster.kubeconfig_for_user("una"))
    outcome = run(board, board.make_plan("freeze"))
    assert [proof.holds for proof in outcome.proofs] == [True, True, None, None], details(outcome)
    assert "not by a grant without a name" in outcome.proofs[-1].detail
    responder.remove()


def test_the_governor_over_an_identity_that_may_delete_its_rules_is_not_proved(
    account: str, board_for: GovernBoard
) -> None:
    board = board_for(account)
    outcome = run(board, board.make_plan("install-governor"))
    assert verdict(outcome) is ContainmentState.UNPROVED
    assert "may delete validatingadmissionpolicybindings opsconsole-governor" in why_not(outcome)


def test_the_governor_over_an_identity_that_may_only_write_is_proved(
    make: Callable[..., str], board_for: GovernBoard
) -> None:
    board = board_for(make("tame"))
    outcome = run(board, board.make_plan("install-governor"))
    assert verdict(outcome) is ContainmentState.PROVED, details(outcome)


def test_a_governor_over_an_optimizer_that_is_gone_can_be_taken_away_and_nothing_is_left(
    cluster: TestCluster, make: Callable[..., str], board_for: GovernBoard
) -> None:
    governed = board_for(make("one"))
    for switch in ("install-governor", "freeze"):
        assert run(governed, governed.make_plan(switch)).success
    stranger = board_for("")
    plan = stranger.make_plan("uninstall-governor")
    assert ":one" in " ".join(plan.warnings)
    assert "thawed by this" in " ".join(plan.warnings)
    assert run(stranger, plan).success
    assert not [item for item in cluster.api.get(BINDINGS)["items"] if "opsconsole" in item["metadata"]["name"]]
    assert stranger.make_plan("uninstall-governor").blocked


def test_freezes_of_two_optimizers_add_up_and_each_is_thawed_alone(
    cluster: TestCluster, namespace: str, make: Callable[..., str], board_for: GovernBoard, tmp_path: Path
) -> None:
    names = [make("one"), make("two")]
    boards = [board_for(name) for name in names]
    apis = [cluster.service_account_api(*name.split("/")) for name in names]
    place = f"/api/v1/namespaces/{namespace}/configmaps"

    def frozen() -> list[bool]:
        return [
            FROZEN_WORDS in refused(lambda api=api: api.post(f"{place}?dryRun=All", config_map("x"))) for api in apis
        ]

    assert run(boards[0], boards[0].make_plan("freeze")).success
    plan = boards[1].make_plan("freeze")
    assert f"{namespace}:one" in " ".join(plan.notes)
    assert all(step.effect == "govern.create" for step in plan.steps)
    assert run(boards[1], plan).success
    assert frozen() == [True, True]
    entries, doubted = read_checked(tmp_path / "journal")
    states = {each.title.rpartition(":")[2]: each.state for each in standings(runs(entries, doubted, []))}
    assert states == {"one": "PROVED", "two": "PROVED"}
    assert run(boards[1], boards[1].make_plan("thaw")).success
    assert frozen() == [True, False]
    entries, doubted = read_checked(tmp_path / "journal")
    told = {each.title: each.state for each in standings(runs(entries, doubted, []))}
    assert told[f"Freeze system:serviceaccount:{namespace}:one"] == "PROVED"
    assert told[f"Freeze system:serviceaccount:{namespace}:two"] == "PROVED, since UNDONE"
    assert run(boards[0], boards[0].make_plan("thaw")).success
    assert not [item for item in cluster.api.get(POLICIES)["items"] if "freeze" in item["metadata"]["name"]]


def test_a_thaw_does_not_flip_the_governor_of_another_optimizer(
    make: Callable[..., str], board_for: GovernBoard
) -> None:
    governed, other = board_for(make("one")), board_for(make("two"))
    for switch in ("install-governor", "freeze"):
        assert run(governed, governed.make_plan(switch)).success
    assert other.make_plan("thaw").blocked
    assert run(other, other.make_plan("freeze")).success
    assert [step.effect for step in other.make_plan("thaw").steps] == ["govern.delete"] * 2
    assert "is not governed any more; it is frozen now" in " ".join(other.make_plan("install-governor").warnings)


def test_a_freeze_that_is_about_others_too_is_left_and_the_thaw_says_that_it_stays_frozen(
    make: Callable[..., str], board_for: GovernBoard
) -> None:
    one, two = make("one"), make("two")
    both = board_for(one, named={"users": (f"system:serviceaccount:{two.replace('/', ':')}",)})
    assert run(both, both.make_plan("freeze")).success
    alone = board_for(one).make_plan("thaw")
    assert "about these identities alone" in alone.blocked
    assert "it stays frozen by" in " ".join(alone.warnings)
