"""A copy of the optimizer that runs elsewhere, as somebody who may change something: never proved, never deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.containment import exit_code
from opsconsole.journal.reader import read_entries
from opsconsole.present.choice import chosen
from opsconsole.settings import OptimizerEntry, Settings
from opsconsole.settings.sources import choose_optimizers
from opsconsole.switches.delete.copies import keys
from tests.support.waiting import eventually
from tests.switches.conftest import ACCOUNT, BoardMaker, details, run
from tests.switches.delete.test_optimizer_cluster import APPS, BATCH, make, selector
from tests.switches.rbac import GROUP, Rbac
from tests.testbed import objects

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from opsconsole.records import Plan
    from opsconsole.switches.engine.board import Switchboard
    from tests.testbed.cluster import TestCluster

Object = dict[str, Any]
CLAIM = "no copy of it runs as somebody who may change something"


def copy_of(kind: str, image: str, account: str = "helper") -> Object:
    """A workload of another name, with other labels and another container's name, that runs ``image``."""
    pod: Object = {"serviceAccountName": account, "containers": [{"name": "web", "image": image}]}
    lives = {f"pod-complete.stage.kwok.x-k8s.io/{name}": "1h" for name in ("delay", "jitter-delay")}
    made = {"metadata": {"labels": {"app": "helper"}, "annotations": lives}, "spec": pod}
    labels = {"matchLabels": {"app": "helper"}}
    spec: Object = {"selector": labels, "template": made}
    if kind in {"Job", "CronJob"}:
        pod["restartPolicy"] = "Never"
        spec = {"template": made}
    if kind == "CronJob":
        spec = {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": spec}}
    if kind == "StatefulSet":
        spec["serviceName"] = "helper"
    version = "batch/v1" if kind in {"Job", "CronJob"} else "apps/v1"
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "helper"}, "spec": spec}


@pytest.fixture
def elsewhere(cluster: TestCluster, namespace: str) -> Iterator[str]:
    name = f"{namespace}-elsewhere"
    cluster.create_namespace(name)
    cluster.api.post(f"/api/v1/namespaces/{name}/serviceaccounts", objects.service_account("helper"))
    yield name
    cluster.remove_namespaces(name)


def runs(image: str, *beside: Object) -> Object:
    """What a Deployment of the optimizer's is made of, with an image of the test's own: other tests run copies, too."""
    made = selector()
    main = made["template"]["spec"]["containers"][0] | {"image": image}
    made["template"]["spec"]["containers"] = [main, *beside]
    return made


def make_copy(cluster: TestCluster, place: str, kind: str, image: str) -> None:
    path = BATCH if kind in {"Job", "CronJob"} else APPS
    cluster.api.post(path.format(place, f"{kind.lower()}s"), copy_of(kind, image))
    if kind != "CronJob":
        eventually(lambda: cluster.pods(place, "app=helper"), "its pods are there")


def plan_with_copy(board: Switchboard, switch: str) -> Plan:
    """The plan once everything that runs is listed, which no plan waits for."""
    plans: list[Plan] = []

    def told() -> bool:
        plans[:] = [board.make_plan(switch)]
        return any("runs its image as" in words for words in plans[0].warnings)

    eventually(told, "the copy is found")
    return plans[0]


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    ("kind", "image"),
    [
        ("Deployment", "registry.example/{}:1"),
        ("StatefulSet", "registry.example/{}:2"),
        ("DaemonSet", "mirror.example:5000/{}@sha256:" + "0" * 64),
        ("Job", "{}"),
        ("CronJob", "registry.example/{}:1"),
    ],
)
def test_a_copy_that_runs_as_another_admin_leaves_the_proof_open_until_it_is_stopped(
    cluster: TestCluster,
    namespace: str,
    elsewhere: str,
    rbac: Rbac,
    board_for: BoardMaker,
    journal_dir: Path,
    kind: str,
    image: str,
) -> None:
    name = make(cluster, namespace, "Deployment", replicas=1, **runs(f"registry.example/{namespace}:1"))
    cluster.wait_for_pods(namespace, "app=aura", 1)
    rbac.binding("own", [rbac.me])
    rbac.binding("helper", [{"kind": "ServiceAccount", "name": "helper", "namespace": elsewhere}])
    make_copy(cluster, elsewhere, kind, image.format(namespace))
    board = board_for(name)
    plan = plan_with_copy(board, "all")
    steps = [step for step in plan.steps if step.target.namespace == elsewhere]
    assert steps, plan
    assert not any(step.chosen for step in steps)
    outcome = run(board, plan)
    assert (outcome.success, exit_code(outcome)) == (False, 1), details(outcome)
    (proof,) = [each for each in outcome.proofs if each.claim == CLAIM]
    assert proof.holds is None
    assert f"runs its image as {elsewhere}/helper, which may " in proof.detail
    assert any(CLAIM in str(entry) for entry in read_entries(journal_dir))
    again = plan_with_copy(board, "optimizer")
    assert not again.nothing
    wanted = {step.key for step in again.steps if step.chosen or step.target.name == "helper"}
    outcome = run(board, chosen(again, wanted))
    assert outcome.success, details(outcome)
    if kind != "CronJob":
        eventually(lambda: not cluster.pods(elsewhere, "app=helper"), "its pods are gone")


@pytest.mark.usefixtures("account")
def test_a_copy_that_may_change_nothing_keeps_nothing_from_being_proved(
    cluster: TestCluster, namespace: str, elsewhere: str, board_for: BoardMaker
) -> None:
    image = f"registry.example/{namespace}:1"
    name = make(cluster, namespace, "Deployment", replicas=1, **runs(image))
    make_copy(cluster, elsewhere, "Deployment", image)
    board = board_for(name)
    outcome = run(board, board.make_plan("optimizer"))
    assert outcome.success, details(outcome)
    assert cluster.pods(elsewhere, "app=helper")


@pytest.mark.usefixtures("account")
def test_an_image_that_many_run_raises_nothing_whatever_one_of_them_may(
    cluster: TestCluster, namespace: str, elsewhere: str, rbac: Rbac, board_for: BoardMaker
) -> None:
    """A sidecar beside the optimizer, and beside an administrator of somebody else's."""
    shared = {"name": "istio-proxy", "image": f"docker.io/{namespace}/proxyv2:1.20"}
    name = make(cluster, namespace, "Deployment", replicas=1, **runs(f"registry.example/{namespace}:1", shared))
    rbac.binding("helper", [{"kind": "ServiceAccount", "name": "helper", "namespace": elsewhere}])
    make_copy(cluster, elsewhere, "Deployment", f"{namespace}/proxyv2:1.21")
    board = board_for(name)
    plan_with_copy(board, "optimizer")  # while nobody else runs it, it may be its own
    for number in range(24):
        core = f"/api/v1/namespaces/{elsewhere}"
        cluster.api.post(f"{core}/serviceaccounts", objects.service_account(f"a-{number}"))
        body = objects.pod(f"a-{number}", image=shared["image"], labels={"app": "many"})
        body["spec"]["serviceAccountName"] = f"a-{number}"
        cluster.api.post(f"{core}/pods", body)
    board = board_for(name)
    outcome = run(board, board.make_plan("optimizer"))
    assert outcome.success, details(outcome)


@pytest.mark.usefixtures("account")
def test_an_image_of_its_name_from_another_repository_is_told_as_that_and_leaves_the_proof_open(
    cluster: TestCluster, namespace: str, elsewhere: str, rbac: Rbac, board_for: BoardMaker
) -> None:
    """Built anew it has another digest."""
    name = make(cluster, namespace, "Deployment", replicas=1, **selector())
    rbac.binding("helper", [{"kind": "ServiceAccount", "name": "helper", "namespace": elsewhere}])
    make_copy(cluster, elsewhere, "Deployment", "ghcr.example/somebody/aura:9")
    outcome = run(board := board_for(name), board.make_plan("optimizer"))
    (proof,) = [each for each in outcome.proofs if each.claim == CLAIM]
    assert proof.holds is None, details(outcome)
    assert f"runs an image of its name as {elsewhere}/helper, which may " in proof.detail


@pytest.mark.usefixtures("account")
def test_another_optimizer_that_is_named_and_not_chosen_is_no_copy(
    cluster: TestCluster, namespace: str, elsewhere: str, rbac: Rbac, board_for: BoardMaker
) -> None:
    name = make(cluster, namespace, "Deployment", replicas=1, **selector())
    cluster.wait_for_pods(namespace, "app=aura", 1)
    rbac.binding("helper", [{"kind": "ServiceAccount", "name": "helper", "namespace": elsewhere}])
    make_copy(cluster, elsewhere, "Deployment", "registry.example/aura:1")
    entries = (OptimizerEntry("aura", workloads=(name,)), OptimizerEntry("other", workloads=(f"{elsewhere}/helper",)))
    chosen_one = choose_optimizers(Settings(optimizers=entries), ["aura"])
    board = board_for(optimizer=name, unchosen=chosen_one.optimizer.unchosen)
    told = f"left running: {elsewhere}/helper, another optimizer that is named and not chosen"
    plans: list[Plan] = []

    def is_told() -> bool:
        plans[:] = [board.make_plan("optimizer")]
        return told in plans[0].notes

    eventually(is_told, "the other optimizer is told of")
    assert not any(step.target.namespace == elsewhere for step in plans[0].steps)
    outcome = run(board, plans[0])
    assert outcome.success, details(outcome)
    assert cluster.pods(elsewhere, "app=helper")


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    ("named", "forged", "left"),
    [("{}/helper", "CronJob", 0), ("{}/helper", "Job", 0), ("deploy/{}/helper", "CronJob", 1)],
)
def test_a_copy_that_took_the_name_of_another_optimizer_is_none_of_it(
    cluster: TestCluster,
    namespace: str,
    elsewhere: str,
    rbac: Rbac,
    board_for: BoardMaker,
    named: str,
    forged: str,
    left: int,
) -> None:
    """Where no kind is named two of a name are ambiguous, and neither is taken for the other optimizer."""
    image = f"registry.example/{namespace}:1"
    name = make(cluster, namespace, "Deployment", replicas=1, **runs(image))
    cluster.wait_for_pods(namespace, "app=aura", 1)
    rbac.binding("helper", [{"kind": "ServiceAccount", "name": "helper", "namespace": elsewhere}])
    make_copy(cluster, elsewhere, "Deployment", image)
    make_copy(cluster, elsewhere, forged, image)
    board = board_for(optimizer=name, unchosen=(named.format(elsewhere),), patience_seconds=1.0)
    plan = plan_with_copy(board, "optimizer")
    steps = [step.target.kind for step in plan.steps if step.target.namespace == elsewhere]
    assert forged in steps
    assert ("Deployment" in steps) is not bool(left)
    assert len([each for each in plan.notes if "another optimizer that is named and not chosen" in each]) == left
    assert any("say which one" in words for words in plan.warnings) is not bool(left)
    assert exit_code(run(board, plan)) == 1


@pytest.fixture
def insider(cluster: TestCluster, namespace: str) -> Path:
    """Somebody who is the admin of the optimizer's namespace, and nobody elsewhere."""
    user = {"apiGroup": GROUP, "kind": "User", "name": f"insider-{namespace}"}
    Rbac(cluster, namespace, ACCOUNT).role_binding("insider", [user], role="admin")
    return cluster.kubeconfig_for_user(user["name"], namespace=namespace)


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("named", [False, True])
def test_who_may_look_in_one_namespace_proves_nothing_of_copies_elsewhere_and_is_not_kept_from_acting(
    cluster: TestCluster,
    namespace: str,
    elsewhere: str,
    rbac: Rbac,
    board_for: BoardMaker,
    insider: Path,
    *,
    named: bool,
) -> None:
    image = f"registry.example/{namespace}:1"
    name = make(cluster, namespace, "Deployment", replicas=1, **runs(image))
    cluster.wait_for_pods(namespace, "app=aura", 1)
    rbac.binding("helper", [{"kind": "ServiceAccount", "name": "helper", "namespace": elsewhere}])
    make_copy(cluster, elsewhere, "Deployment", image)
    board = board_for(name, kubeconfig=insider, places=(namespace,) if named else ())
    outcome = run(board, board.make_plan("optimizer"))
    assert cluster.pods(namespace, "app=aura") == []
    assert CLAIM not in [each.claim for each in outcome.proofs if each.holds]
    (proof,) = [each for each in outcome.proofs if each.claim.startswith(CLAIM)]
    if named:
        assert (proof.claim, proof.holds) == (f"{CLAIM} in {namespace}", True)
        assert proof.detail == "not looked for elsewhere"
        assert exit_code(outcome) == 0, details(outcome)
    else:
        assert proof.holds is None
        assert "403: may not list pods" in proof.detail
        assert "--namespace names those in which it is to be proved" in proof.detail
        assert exit_code(outcome) == 1, details(outcome)
        again = board.make_plan("optimizer")
        assert not again.nothing
        assert "whether copies of it run is not known: 403" in again.blocked


@pytest.mark.usefixtures("account")
def test_a_copy_in_a_namespace_that_may_be_looked_in_is_found_where_not_all_may_be(
    cluster: TestCluster, namespace: str, rbac: Rbac, board_for: BoardMaker, insider: Path
) -> None:
    image = f"registry.example/{namespace}:1"
    name = make(cluster, namespace, "Deployment", replicas=1, **runs(image))
    cluster.wait_for_pods(namespace, "app=aura", 1)
    cluster.api.post(f"/api/v1/namespaces/{namespace}/serviceaccounts", objects.service_account("helper"))
    rbac.role_binding("helper", [rbac.me | {"name": "helper"}], role="edit")
    make_copy(cluster, namespace, "Deployment", image)
    board = board_for(name, kubeconfig=insider, places=(namespace,))
    outcome = run(board, board.make_plan("optimizer"))
    (proof,) = [each for each in outcome.proofs if each.claim.startswith(CLAIM)]
    assert proof.holds is None, details(outcome)
    assert f"runs its image as {namespace}/helper" in proof.detail


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("aura", "aura:2"),
        ("docker.io/library/aura", "aura"),
        ("registry.example:5000/team/aura:1", "team/aura@sha256:00"),
        ("localhost/aura:1", "mirror.example/aura"),
        ("a/b@sha256:11", "c/d@sha256:11"),
        ("registry.example/team/aura:1", "mirror.example/others/aura:2"),
    ],
)
def test_a_mirror_another_tag_and_the_same_digest_are_the_same_image(one: str, other: str) -> None:
    assert keys(one) & keys(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("team/operator", "others/operator"), ("aura", "aura-ui"), ("a:1", "b:1"), ("a/x-controller", "b/y-controller")],
)
def test_other_repositories_are_other_images(one: str, other: str) -> None:
    assert not keys(one) & keys(other)
