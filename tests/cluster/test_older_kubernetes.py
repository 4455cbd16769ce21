"""On the oldest Kubernetes that is supported, a real control plane of it: what differs by version, kubectl the witness.

Its world is the Aura night; the tests stand in the order of an incident, and each leaves it as the next one needs it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import Result

from opsconsole.cluster.objects.resources import EVENTS, NODES, PODS
from opsconsole.records import Kind, State
from tests.cluster.conftest import Reflect
from tests.support.console import run_console
from tests.support.waiting import eventually
from tests.testbed import objects
from tests.testbed.aura import AuraWorld, let_it_optimize, make_aura_world
from tests.testbed.guarding import guard_of
from tests.testbed.plane.build import OLDER_KUBERNETES_VERSION as VERSION
from tests.testbed.population.aura_objects import CUTS

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster

pytestmark = pytest.mark.cluster

Run = Callable[..., Result]
NO_POLICIES = "this API server has no ValidatingAdmissionPolicy (v1): it needs Kubernetes 1.30 or newer"


@pytest.fixture(scope="module")
def night(older_cluster: TestCluster) -> AuraWorld:
    """The Aura night; it goes with its cluster."""
    world = make_aura_world(older_cluster, night=False)
    time.sleep(3.0)  # a revision is "before" only where it is older than the first word by more than its whole second
    let_it_optimize(older_cluster, world)
    return world


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the console keeps: undo in one test knows what was done in another."""
    return tmp_path_factory.mktemp("older")


@pytest.fixture
def run(older_cluster: TestCluster, night: AuraWorld, state: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The console's commands, as its user runs them."""
    monkeypatch.setenv("HOME", str(state))
    monkeypatch.setenv("XDG_STATE_HOME", str(state))
    monkeypatch.setenv("OPSCONSOLE_SWITCHES_QUIET_SECONDS", "3")
    monkeypatch.setenv("OPSCONSOLE_SWITCHES_PATIENCE_SECONDS", "30")
    return partial(run_console, older_cluster.admin_kubeconfig, optimizer=f"{night.ops}/{night.optimizer}")


def names(result: Result) -> list[str]:
    return sorted(json.loads(line)["name"] for line in result.stdout.splitlines())


def kubectl_names(cluster: TestCluster, *what: str) -> list[str]:
    listed = cluster.kubectl("get", *what, "-o", "name")
    return sorted(line.partition("/")[2] for line in listed.splitlines())


def test_the_server_is_of_that_version(older_cluster: TestCluster) -> None:
    assert older_cluster.api.get("/version")["gitVersion"] == f"v{VERSION}"
    assert f"Server Version: v{VERSION}" in older_cluster.kubectl("version")


def test_check_names_the_version_and_fails_nothing_but_what_it_has_not(run: Run) -> None:
    result = run("check", "-o", "json")
    found = {check["name"]: check for check in map(json.loads, result.stdout.splitlines())}
    assert f"v{VERSION}" in found["API server"]["words"]
    assert "readable" in found["decision log"]["words"]
    assert [check for check in found.values() if check["verdict"] == "FAIL"] == []
    lacking = {name for name, check in found.items() if check["words"] == NO_POLICIES}
    assert lacking == {"switch freeze", "switch approve"}
    assert all(found[name]["verdict"] == "note" for name in lacking)


def test_pods_and_events_are_those_that_kubectl_lists(older_cluster: TestCluster, night: AuraWorld, run: Run) -> None:
    shown = run("show", "pods", "-o", "json", "-n", night.production)
    assert names(shown) == kubectl_names(older_cluster, "pods", "-n", night.production)

    def reasons() -> list[set[str]]:
        """What we show, and what kubectl does: components write their events a moment later."""
        ours = run("show", "events", "-o", "json", "-n", night.production).stdout.splitlines()
        theirs = json.loads(older_cluster.kubectl("get", "events", "-n", night.production, "-o", "json"))["items"]
        return [{each["reason"] for each in found} for found in (map(json.loads, ours), theirs)]

    def are_the_same() -> bool:
        ours, theirs = reasons()
        return ours == theirs and "FailedScheduling" in ours

    eventually(are_the_same, "both show the same reasons")


def test_lists_and_watches_of_pods_nodes_and_events_follow(
    older_cluster: TestCluster, night: AuraWorld, reflect: Reflect
) -> None:
    cluster, place = older_cluster, night.production
    pods = reflect(cluster.admin_kubeconfig, namespace=place)
    nodes = reflect(cluster.admin_kubeconfig, NODES)
    events = reflect(cluster.admin_kubeconfig, EVENTS, namespace=place)
    for sink in (pods, nodes, events):
        sink.wait_state(State.LIVE)
    assert sorted(nodes.records[Kind.NODE]) == kubectl_names(cluster, "nodes")
    cluster.kubectl("cordon", night.tainted_node)
    nodes.wait(lambda sink: sink.records[Kind.NODE][night.tainted_node].unschedulable)
    cluster.kubectl("uncordon", night.tainted_node)
    nodes.wait(lambda sink: not sink.records[Kind.NODE][night.tainted_node].unschedulable)
    cluster.api.post(f"/api/v1/namespaces/{place}/pods", objects.pod("watched"))
    pods.wait(lambda sink: f"{place}/watched" in sink.pods and sink.pods[f"{place}/watched"].is_ready)
    events.wait(lambda sink: any(each.about.name == "watched" for each in sink.records[Kind.EVENT].values()))
    cluster.kubectl("delete", "pod", "watched", "-n", place)
    pods.wait(lambda sink: f"{place}/watched" not in sink.pods)


def test_a_server_that_is_killed_and_comes_back_is_read_again(
    older_cluster: TestCluster, night: AuraWorld, reflect: Reflect
) -> None:
    pods = reflect(older_cluster.admin_kubeconfig, PODS, namespace=night.ops)
    pods.wait_state(State.LIVE)
    older_cluster.kill_apiserver()
    pods.wait_state(State.STALE)
    assert pods.pods
    older_cluster.restart_apiserver()
    pods.wait_state(State.LIVE)


def test_in_place_resizes_are_not_there_and_nothing_asks_for_them(older_cluster: TestCluster, run: Run) -> None:
    resources = {each["name"] for each in older_cluster.api.get("/api/v1")["resources"]}
    assert "pods/resize" not in resources
    assert "resize" not in run("check").output


def memory_of_gateway(cluster: TestCluster, world: AuraWorld) -> str:
    path = "jsonpath={.spec.template.spec.containers[0].resources.limits.memory}"
    return cluster.kubectl("get", "deployment", "api-gateway", "-n", world.production, "-o", path)


def test_what_it_cut_is_restored_and_undo_cuts_it_again(older_cluster: TestCluster, night: AuraWorld, run: Run) -> None:
    assert memory_of_gateway(older_cluster, night) == CUTS["api-gateway"]["memory"]
    restored = run("kill", "restore", "--yes", "--only", "api-gateway")
    assert memory_of_gateway(older_cluster, night) == "1Gi", restored.output
    undone = run("kill", "restore", "--undo", "--yes")
    assert undone.exit_code == 0, undone.output
    assert memory_of_gateway(older_cluster, night) == CUTS["api-gateway"]["memory"]


@pytest.mark.parametrize(
    "arguments", [("kill", "freeze", "--yes"), ("kill", "thaw", "--yes"), ("govern", "install", "--yes")]
)
def test_what_needs_policies_says_which_version_has_them(run: Run, arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert NO_POLICIES in result.stderr
    assert result.exit_code in {4, 5}


def test_manifests_are_printed_and_said_to_be_of_no_use_here(run: Run, night: AuraWorld) -> None:
    result = run("govern", "install", "--dry-run")
    assert NO_POLICIES in result.stderr
    assert "ValidatingAdmissionPolicyBinding" in result.stdout
    assert result.exit_code == 4
    named = run("govern", "install", "--dry-run", "--identity", f"system:serviceaccount:{night.ops}:x")
    assert (named.exit_code, named.stderr) == (0, "")


def test_govern_status_says_that_nothing_can_be_installed_here(run: Run) -> None:
    result = run("govern", "status")
    assert NO_POLICIES in result.output
    assert result.exit_code != 0


def test_approve_says_that_nothing_is_governed_here(run: Run, night: AuraWorld) -> None:
    ask = ["--on", f"deploy/{night.production}/api-gateway", "--set", "replicas=2"]
    result = run("approve", "sign", "--yes", *ask)
    assert NO_POLICIES in result.stderr
    assert result.exit_code == 4


def test_a_guard_says_that_it_could_not_freeze_here(
    older_cluster: TestCluster, night: AuraWorld, tmp_path: Path
) -> None:
    with guard_of(tmp_path, older_cluster.admin_kubeconfig, night.ops, night.optimizer) as guard:
        eventually(lambda: guard.said("CantFreeze"), "it says so", 60)
        assert NO_POLICIES in guard.said("CantFreeze")[0]
        assert guard.status("/readyz") == 503


def may_delete_nodes(cluster: TestCluster, world: AuraWorld) -> bool:
    account = f"--as=system:serviceaccount:{world.ops}:{world.service_account}"
    words = cluster.kubectl("auth", "can-i", "delete", "nodes", account, check=False).split()
    return {"yes": True, "no": False}[next(word for word in words if word in {"yes", "no"})]


def test_its_rights_are_revoked_and_given_back(older_cluster: TestCluster, night: AuraWorld, run: Run) -> None:
    assert may_delete_nodes(older_cluster, night)
    revoked = run("kill", "revoke", "--yes")
    assert not may_delete_nodes(older_cluster, night)
    assert revoked.exit_code == 0, revoked.output
    undone = run("kill", "revoke", "--undo", "--yes")
    assert undone.exit_code == 0, undone.output
    eventually(lambda: may_delete_nodes(older_cluster, night), "the authorizer knows of its binding again")


def test_the_optimizer_is_deleted_and_started_again(older_cluster: TestCluster, night: AuraWorld, run: Run) -> None:
    deleted = run("kill", "optimizer", "--yes")
    assert deleted.exit_code == 0, deleted.output
    assert kubectl_names(older_cluster, "pods", "-n", night.ops, "-l", "app=aura-optimizer") == []
    undone = run("kill", "optimizer", "--undo", "--yes")
    assert undone.exit_code == 0, undone.output
    (pod,) = older_cluster.wait_for_pods(night.ops, "app=aura-optimizer", 1)
    assert kubectl_names(older_cluster, "pods", "-n", night.ops, "-l", "app=aura-optimizer") == [
        pod["metadata"]["name"]
    ]
