"""From a writer to the program: facts where the audit log gives them, guesses that say so where not."""

from __future__ import annotations

from opsconsole.governor.observed.attribution import GENERIC
from opsconsole.records import ClusterWriter, Container, Pod, Ref, Workload, WriterClass
from opsconsole.settings import WriterSettings
from opsconsole.writers.candidates import WriterCandidate, candidates

AURA = "system:serviceaccount:ops:aura"


def pod(name: str, owner: str, account: str = "default", namespace: str = "ops", image: str = "") -> Pod:
    above = Ref("ReplicaSet", namespace, f"{owner}-5d4f8c7b9", "r")
    labels = (("pod-template-hash", "5d4f8c7b9"),)
    containers = (Container("main", image),)
    return Pod(namespace, name, "u", owner=above, service_account=account, labels=labels, containers=containers)


PODS = (
    pod("brain-1", "aura-optimizer", "aura"),
    pod("brain-2", "aura-optimizer", "aura"),
    pod("web-1", "web", namespace="shop"),
    pod("dns", "coredns", namespace="kube-system"),
)
WORKLOADS = {
    f"ReplicaSet/{each.owner.key}": Workload(
        "ReplicaSet", each.namespace, each.owner.name, "r",
        owner=Ref("Deployment", each.namespace, each.owner.name.rpartition("-")[0], "d"),
    )
    for each in PODS if each.owner
}  # fmt: skip


def found(user: str = "", *managers: str, pods: tuple[Pod, ...] = PODS) -> list[WriterCandidate]:
    writer = ClusterWriter("k", user or managers[0], WriterClass.SUSPECT, user=user, managers=managers)
    return candidates(writer, pods, WORKLOADS, WriterSettings(), GENERIC)


def test_a_service_account_is_a_fact_with_what_runs_as_it() -> None:
    (only,) = found(AURA, "aura-brain")
    assert only.known
    assert only.entry.service_accounts == ("ops/aura",)
    assert only.entry.workloads == ("Deployment/ops/aura-optimizer",)
    assert only.entry.field_managers == ("aura-brain",)


def test_a_service_account_that_nothing_runs_as_is_still_one_that_can_be_revoked() -> None:
    (only,) = found(AURA, "x", pods=())
    assert (only.known, only.entry.workloads, only.entry.service_accounts) == (True, (), ("ops/aura",))
    assert "no pod" in only.why


def test_a_pod_of_which_only_the_table_is_known_says_nothing_of_its_account() -> None:
    partial = Pod("ops", "brain-1", service_account="aura", partial=True)
    assert found(AURA, "x", pods=(partial,))[0].entry.workloads == ()


def test_a_user_that_is_no_service_account_is_the_user_alone() -> None:
    (only,) = found("ci-bot", "kubectl")
    assert (only.known, only.entry.users, only.entry.workloads) == (True, ("ci-bot",), ())


def test_a_manager_alone_is_a_guess_and_the_likeliest_comes_first() -> None:
    guesses = found("", "aura-brain")
    assert [each.known for each in guesses] == [False] * 3
    assert guesses[0].entry.workloads == ("Deployment/ops/aura-optimizer",)
    assert guesses[1].entry.workloads == ("Deployment/shop/web",)
    assert all("a guess" in each.why for each in guesses[:2])
    assert guesses[2].entry.workloads == ()


def test_the_clusters_own_namespaces_are_no_candidates() -> None:
    assert not any("kube-system" in name for each in found("", "coredns-tool") for name in each.entry.workloads)


def test_a_name_that_everybody_uses_marks_nobody() -> None:
    for manager in ("OpenAPI-Generator", "kubectl-edit", "kube-controller-manager", "python-requests"):
        assert all(each.entry.field_managers == () for each in found("", manager))
    assert found(AURA, "kubectl-edit")[0].entry.field_managers == ()
