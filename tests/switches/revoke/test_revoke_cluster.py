"""Revoking on a real API server: each trap of RBAC, with a real optimizer's ServiceAccount."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsconsole.journal.reader import read_entries, verify
from opsconsole.present.choice import chosen
from opsconsole.records import StepState
from tests.support.waiting import eventually
from tests.switches.conftest import ACCOUNT, IMPATIENT, BoardMaker, bindings, details, run
from tests.switches.rbac import RBAC, Rbac, group, user
from tests.testbed.api import ApiError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.testbed.cluster import TestCluster


def test_two_bindings_of_both_kinds_go_and_the_reviews_say_so(
    cluster: TestCluster, account: str, rbac: Rbac, board_for: BoardMaker, journal_dir: Path
) -> None:
    first, second = rbac.binding("one", [rbac.me]), rbac.role_binding("two", [rbac.me])
    board = board_for(account=account)
    plan = board.make_plan("revoke")
    assert {step.target.name for step in bindings(plan)} == {first, second}
    assert all(step.target.uid and step.command.startswith("kubectl delete") for step in plan.steps)
    its_own = cluster.service_account_api(*account.split("/"))
    its_own.get("/api/v1/nodes")
    outcome = run(board, plan)
    assert outcome.success, details(outcome)
    assert not cluster.api.exists(f"{RBAC}/clusterrolebindings/{first}")
    with pytest.raises(ApiError, match="403"):
        its_own.get("/api/v1/nodes")
    assert verify(journal_dir).status == "intact"
    kinds = [e.kind for e in read_entries(journal_dir)]
    assert (kinds[0], kinds[-1]) == ("intent", "outcome")
    assert sorted(kinds[1:-1]) == ["begin", "begin", "end", "end", "end"], "what was not chosen ends as that"


def test_a_subject_among_several_is_taken_out_and_the_others_stay(
    cluster: TestCluster, account: str, rbac: Rbac, board_for: BoardMaker
) -> None:
    name = rbac.binding("shared", [user("eve"), rbac.me, user("adam")])
    board = board_for(account=account)
    plan = board.make_plan("revoke")
    assert [step.effect for step in bindings(plan)] == ["rbac.remove-subject"]
    outcome = run(board, plan)
    assert outcome.success, details(outcome)
    left = cluster.api.get(f"{RBAC}/clusterrolebindings/{name}")["subjects"]
    assert [subject["name"] for subject in left] == ["eve", "adam"]


def test_subjects_that_move_between_plan_and_act_are_found_again(
    cluster: TestCluster, account: str, rbac: Rbac, board_for: BoardMaker
) -> None:
    name = rbac.binding("moving", [user("eve"), rbac.me])
    board = board_for(account=account)
    plan = board.make_plan("revoke")
    cluster.api.patch(f"{RBAC}/clusterrolebindings/{name}", {"subjects": [rbac.me, user("eve"), user("new")]})
    outcome = run(board, plan)
    assert outcome.success, details(outcome)
    left = cluster.api.get(f"{RBAC}/clusterrolebindings/{name}")["subjects"]
    assert [subject["name"] for subject in left] == ["eve", "new"]


def test_a_binding_that_got_another_subject_meanwhile_is_not_deleted(
    cluster: TestCluster, account: str, rbac: Rbac, board_for: BoardMaker
) -> None:
    name = rbac.binding("grown", [rbac.me])
    board = board_for(account=account)
    plan = board.make_plan("revoke")
    assert [step.effect for step in bindings(plan)] == ["rbac.delete"]
    cluster.api.patch(f"{RBAC}/clusterrolebindings/{name}", {"subjects": [rbac.me, user("eve")]})
    outcome = run(board, plan)
    assert outcome.success, details(outcome)
    assert [s["name"] for s in cluster.api.get(f"{RBAC}/clusterrolebindings/{name}")["subjects"]] == ["eve"]


def test_a_group_grant_is_found_and_who_else_loses_it_is_said(
    cluster: TestCluster, namespace: str, account: str, rbac: Rbac, board_for: BoardMaker
) -> None:
    name = rbac.binding("group", [group(f"system:serviceaccounts:{namespace}")], role="edit")
    board = board_for(account=account)
    plan = board.make_plan("revoke")
    assert [step.target.name for step in bindings(plan)] == [name]
    assert any(f"every ServiceAccount of namespace {namespace}" in words for words in plan.warnings)
    outcome = run(board, chosen(plan, only=["1"]))
    assert outcome.success, details(outcome)


def test_the_account_as_a_user_name_is_found(account: str, rbac: Rbac, board_for: BoardMaker) -> None:
    rbac.binding("as-user", [user(f"system:serviceaccount:{account.replace('/', ':')}")])
    board = board_for(account=account)
    plan = board.make_plan("revoke")
    assert len(bindings(plan)) == 1
    assert run(board, plan).success


def test_an_aggregated_role_loses_its_binding_and_is_not_emptied(
    cluster: TestCluster, namespace: str, account: str, rbac: Rbac, board_for: BoardMaker
) -> None:
    label = {f"aggregate-to-{namespace}": "true"}
    rbac.role("part", [{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["patch"]}], labels=label)
    whole = rbac.role("whole", [], aggregationRule={"clusterRoleSelectors": [{"matchLabels": label}]})
    eventually(lambda: cluster.api.get(f"{RBAC}/clusterroles/{whole}").get("rules"), "its controller has filled it")
    name = rbac.binding("aggregated", [rbac.me], role=whole)
    board = board_for(account=account)
    plan = board.make_plan("revoke")
    assert [step.target.name for step in bindings(plan)] == [name]
    assert any("aggregated" in words for words in plan.notes)
    outcome = run(board, plan)
    assert outcome.success, details(outcome)
    assert cluster.api.exists(f"{RBAC}/clusterroles/{whole}")


def test_the_default_binding_of_cluster_admin_keeps_its_own_subject(
    cluster: TestCluster, account: str, rbac: Rbac, board_for: BoardMaker
) -> None:
    path = f"{RBAC}/clusterrolebindings/cluster-admin"
    own = cluster.api.get(path)["subjects"]
    cluster.api.patch(path, {"subjects": [*own, rbac.me]})
    board = board_for(account=account)
    plan = board.make_plan("revoke")
    assert [(step.effect, step.target.name) for step in bindings(plan)] == [("rbac.remove-subject", "cluster-admin")]
    outcome = run(board, plan)
    assert outcome.success, details(outcome)
    assert cluster.api.get(path)["subjects"] == own


def test_a_reading_binding_is_left(cluster: TestCluster, account: str, rbac: Rbac, board_for: BoardMaker) -> None:
    name = rbac.binding("reader", [rbac.me], role="view")
    board = board_for(account=account)
    plan = board.make_plan("revoke")
    assert plan.blocked.startswith("nothing to revoke")
    assert any(name in words and "only reads" in words for words in plan.notes)


def test_a_vanished_binding_is_fine_and_said(
    cluster: TestCluster, account: str, rbac: Rbac, board_for: BoardMaker
) -> None:
    name = rbac.binding("vanishing", [rbac.me])
    board = board_for(account=account)
    plan = board.make_plan("revoke")
    cluster.api.delete(f"{RBAC}/clusterrolebindings/{name}")
    outcome = run(board, plan)
    assert outcome.success, details(outcome)
    assert "not there any more" in outcome.steps[0].detail


def test_a_binding_made_anew_under_the_same_name_is_not_the_planned_one_and_goes_as_one_that_came_anew(
    cluster: TestCluster, account: str, rbac: Rbac, board_for: BoardMaker
) -> None:
    name = rbac.binding("anew", [rbac.me])
    board = board_for(account=account)
    plan = board.make_plan("revoke")
    path = f"{RBAC}/clusterrolebindings/{name}"
    body = cluster.api.get(path)
    cluster.api.delete(path)
    body["metadata"] = {"name": name}
    cluster.api.post(f"{RBAC}/clusterrolebindings", body)
    outcome = run(board, plan)
    assert outcome.steps[0].state is StepState.FAILED
    assert "not touched" in outcome.steps[0].detail
    assert any(f"came anew: Delete ClusterRoleBinding/{name}" in note for note in outcome.notes)
    assert not cluster.api.exists(path)
    assert not outcome.success, "a step failed"


def test_undo_puts_both_kinds_of_change_back(
    cluster: TestCluster, account: str, rbac: Rbac, board_for: BoardMaker
) -> None:
    whole = rbac.binding("whole", [rbac.me], labels={"team": "ml"})
    shared = rbac.binding("part", [user("eve"), rbac.me])
    board = board_for(account=account)
    assert run(board, board.make_plan("revoke")).success
    undo = board_for(account=account).undo_plan()  # another console: it only has the journal
    assert {step.effect for step in undo.steps} == {"rbac.recreate", "rbac.return-subject"}
    outcome = run(board, undo)
    assert outcome.success, details(outcome)
    back = cluster.api.get(f"{RBAC}/clusterrolebindings/{whole}")
    assert back["metadata"]["labels"] == {"team": "ml"}
    assert back["subjects"] == [rbac.me]
    left = cluster.api.get(f"{RBAC}/clusterrolebindings/{shared}")["subjects"]
    assert {subject["name"] for subject in left} == {"eve", ACCOUNT}
    assert board.undo_plan().blocked.startswith("nothing to undo")


def test_secret_tokens_are_listed_by_name_and_never_read(
    cluster: TestCluster, namespace: str, account: str, rbac: Rbac, board_for: BoardMaker, journal_dir: Path
) -> None:
    rbac.binding("with-token", [rbac.me])
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/service-account-token",
        "metadata": {"name": "aura-token", "annotations": {"kubernetes.io/service-account.name": ACCOUNT}},
    }
    cluster.api.post(f"/api/v1/namespaces/{namespace}/secrets", secret)
    board = board_for(account=account)
    plan = board.make_plan("revoke")
    assert any("aura-token" in words for words in plan.warnings)
    run(board, plan)
    token = cluster.api.get(f"/api/v1/namespaces/{namespace}/secrets/aura-token").get("data", {}).get("token", "?")
    assert token not in (journal_dir / "journal.jsonl").read_text()


def test_argo_marks_are_warned_of(account: str, rbac: Rbac, board_for: BoardMaker) -> None:
    rbac.binding(
        "tracked", [rbac.me], annotations={"argocd.argoproj.io/tracking-id": "aura:rbac/ClusterRoleBinding:x/y"}
    )
    plan = board_for(account=account).make_plan("revoke")
    assert any("Argo CD (application aura)" in words for words in plan.warnings)


def test_what_rbac_would_refuse_is_said_before_and_fails_alone(
    cluster: TestCluster, account: str, rbac: Rbac, board_for: BoardMaker
) -> None:
    name = rbac.binding("guarded", [rbac.me])
    reader = rbac.role(
        "reads-rbac",
        [
            {"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["*"], "verbs": ["get", "list"]},
            {"apiGroups": ["authorization.k8s.io"], "resources": ["subjectaccessreviews"], "verbs": ["create"]},
        ],
    )
    rbac.binding("reader", [user("weak")], role=reader)
    board = board_for(account=account, kubeconfig=cluster.kubeconfig_for_user("weak"), patience_seconds=IMPATIENT)
    plan = board.make_plan("revoke")
    assert f"you may not delete clusterrolebindings {name}" in plan.steps[0].refused
    outcome = run(board, plan)
    assert outcome.steps[0].state is StepState.FAILED
    assert "403" in outcome.steps[0].detail
    assert any("still allowed" in proof.detail for proof in outcome.proofs)
    assert not outcome.success
    assert cluster.api.exists(f"{RBAC}/clusterrolebindings/{name}")


def test_each_of_many_bindings_costs_one_read_and_one_write(
    cluster: TestCluster, account: str, rbac: Rbac, board_for: BoardMaker
) -> None:
    """A hundred of them must be gone in 1.5 s where a request takes 54 ms; the write itself tests what was read."""
    names = [rbac.binding(f"many-{number}", [rbac.me]) for number in range(30)]
    board = board_for(account=account)
    plan = board.make_plan("revoke")
    since = cluster.audit.position()
    outcome = run(board, plan)
    assert outcome.success, details(outcome)
    asked = [each for each in cluster.audit.requests(since, user="admin") if each.name in names]
    assert sorted(each.verb for each in asked) == ["delete"] * 30 + ["get"] * 30
