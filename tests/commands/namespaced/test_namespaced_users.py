"""Users of one and of two namespaces on a real control plane: what they see, with kubectl as the witness."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from click.testing import Result

from tests.support.console import run_console
from tests.support.waiting import eventually
from tests.testbed import objects
from tests.testbed.rights import wait_for_role

if TYPE_CHECKING:
    from tests.testbed.aura import AuraWorld
    from tests.testbed.cluster import TestCluster

pytestmark = pytest.mark.cluster

RBAC = "rbac.authorization.k8s.io"


class Teams(NamedTuple):
    """Two namespaces with a pod each, and who may ``view`` what."""

    cluster: TestCluster
    blue: str
    red: str

    def user(self, *namespaces: str, own: str = "default", role: str = "view") -> Path:
        """A kubeconfig of a user who has ``role`` in these namespaces; its context names ``own``."""
        name = f"u-{secrets.token_hex(4)}"
        for namespace in namespaces:
            subjects = [{"apiGroup": RBAC, "kind": "User", "name": name}]
            self.cluster.api.post(
                f"/apis/{RBAC}/v1/namespaces/{namespace}/rolebindings",
                {
                    "kind": "RoleBinding",
                    "metadata": {"name": name},
                    "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": role},
                    "subjects": subjects,
                },
            )
            wait_for_role(self.cluster.api, subjects, role, namespace)
        return self.cluster.kubeconfig_for_user(name, namespace=own)

    def kubectl(self, kubeconfig: Path, *arguments: str) -> list[str]:
        """Names that kubectl lists for the same user, or nothing where it may not."""
        listed = self.cluster.kubectl("get", *arguments, "-o", "name", kubeconfig=kubeconfig, check=False)
        return sorted(line.partition("/")[2] for line in listed.splitlines() if line.startswith(("pod/", "event/")))


def _is_told_of(cluster: TestCluster, namespace: str) -> bool:
    events = cluster.api.get(f"/api/v1/namespaces/{namespace}/events")["items"]
    return "Scheduled" in {each["reason"] for each in events}


@pytest.fixture(scope="module")
def teams(cluster: TestCluster) -> Iterator[Teams]:
    names = [f"team-{colour}-{secrets.token_hex(3)}" for colour in ("blue", "red")]
    cluster.create_namespaces(names)
    for name in names:
        cluster.api.post(f"/api/v1/namespaces/{name}/pods", objects.pod(f"web-{name}"))
        cluster.wait_for_pods(name, "", 1)
        eventually(partial(_is_told_of, cluster, name), "the scheduler's event of its pod")
    yield Teams(cluster, *names)
    cluster.remove_namespaces(*names)


def shown(result: Result) -> list[str]:
    return sorted(json.loads(line)["name"] for line in result.stdout.splitlines())


def test_the_contexts_own_namespace_is_read_where_the_cluster_is_denied(teams: Teams) -> None:
    kubeconfig = teams.user(teams.blue, own=teams.blue)
    result = run_console(kubeconfig, "show", "pods", "-o", "json")
    assert shown(result) == teams.kubectl(kubeconfig, "pods") == [f"web-{teams.blue}"]
    assert result.exit_code == 0
    assert f"namespace {teams.blue} alone" in result.stderr
    assert "403: may not list pods" in result.stderr


def test_two_namespaces_are_shown_as_one_list(teams: Teams) -> None:
    kubeconfig = teams.user(teams.blue, teams.red)
    for given in ([f"-n{teams.blue},{teams.red}"], ["-n", teams.red, "--namespace", teams.blue]):
        result = run_console(kubeconfig, *given, "show", "pods", "-o", "json")
        witness = teams.kubectl(kubeconfig, "pods", "-n", teams.blue) + teams.kubectl(
            kubeconfig, "pods", "-n", teams.red
        )
        assert shown(result) == sorted(witness)
        assert len(witness) == 2
        assert (result.exit_code, result.stderr) == (0, "")


def test_events_of_two_namespaces_are_those_that_kubectl_lists(teams: Teams) -> None:
    kubeconfig = teams.user(teams.blue, teams.red)
    result = run_console(kubeconfig, "show", "events", "-o", "json", "-n", f"{teams.blue},{teams.red}")
    about = {(line["namespace"], line["reason"]) for line in map(json.loads, result.stdout.splitlines())}
    assert {(teams.blue, "Scheduled"), (teams.red, "Scheduled")} <= about
    assert {namespace for namespace, _ in about} == {teams.blue, teams.red}
    assert result.exit_code == 0


def test_a_namespace_that_is_denied_costs_only_itself_and_is_said(teams: Teams) -> None:
    kubeconfig = teams.user(teams.blue)
    result = run_console(kubeconfig, "-n", f"{teams.blue},{teams.red}", "show", "pods", "-o", "json")
    assert shown(result) == [f"web-{teams.blue}"]
    assert teams.kubectl(kubeconfig, "pods", "-n", teams.red) == []
    assert result.exit_code == 1
    assert f"namespace {teams.red} DENIED: 403: may not list pods -n {teams.red}" in result.stderr


@pytest.mark.parametrize("what", ["pods", "events"])
def test_a_namespace_that_does_not_exist_is_said(teams: Teams, what: str) -> None:
    result = run_console(teams.cluster.admin_kubeconfig, "-n", "no-such-place", "show", what)
    assert result.exit_code == 1
    assert "there is no namespace no-such-place" in result.stderr


def test_a_mistyped_namespace_beside_a_real_one_is_said(teams: Teams) -> None:
    result = run_console(teams.cluster.admin_kubeconfig, "-n", f"{teams.red},typo", "show", "pods", "-o", "json")
    assert shown(result) == [f"web-{teams.red}"]
    assert result.exit_code == 1
    assert "namespace typo DOWN: there is no namespace typo" in result.stderr


def test_an_empty_namespace_that_exists_is_live_and_empty(teams: Teams, namespace: str) -> None:
    result = run_console(teams.cluster.admin_kubeconfig, "-n", namespace, "show", "pods", "-o", "json")
    assert (result.stdout, result.stderr, result.exit_code) == ("", "", 0)


def test_somebody_without_any_namespace_is_told_both_refusals(teams: Teams) -> None:
    result = run_console(teams.user(own=teams.red), "show", "pods")
    assert result.exit_code == 1
    assert "may not list pods (" in result.stderr
    assert f"nor in namespace {teams.red}" in result.stderr
    assert "--namespace" in result.stderr


@pytest.mark.parametrize("name", ["Blue", "a b", "-x", "x" * 64, "ns/one"])
def test_what_can_be_no_namespace_is_refused_with_words(teams: Teams, name: str) -> None:
    result = run_console(teams.cluster.admin_kubeconfig, f"--namespace={name}", "show", "pods")
    assert result.exit_code == 2
    assert "can't be a namespace's name" in result.stderr


def checks(result: Result) -> dict[str, dict[str, str]]:
    return {check["name"]: check for check in map(json.loads, result.stdout.splitlines())}


def test_check_asks_in_every_namespace_that_is_named(teams: Teams) -> None:
    kubeconfig = teams.user(teams.blue)
    found = checks(run_console(kubeconfig, "-n", f"{teams.blue},{teams.red}", "check", "-o", "json"))
    assert found["read pods"]["verdict"] == "FAIL"
    assert teams.red in found["read pods"]["words"]
    assert teams.blue not in found["read pods"]["words"]
    found = checks(run_console(kubeconfig, "-n", teams.blue, "check", "-o", "json"))
    assert found["read pods"]["verdict"] == "ok"
    assert found[f"namespace {teams.blue}"]["verdict"] == "ok"
    witness = teams.cluster.kubectl(
        "auth", "can-i", "list", "pods", "-n", teams.red, kubeconfig=kubeconfig, check=False
    )
    assert witness.strip().endswith("no")


def test_check_without_names_asks_in_the_contexts_own_namespace(teams: Teams) -> None:
    found = checks(run_console(teams.user(teams.blue, own=teams.blue), "check", "-o", "json"))
    assert found["read pods"]["verdict"] == "note"
    assert f"in namespace {teams.blue} alone, the context's own" in found["read pods"]["words"]
    found = checks(run_console(teams.user(teams.blue, own=teams.red), "check", "-o", "json"))
    assert found["read pods"]["verdict"] == "FAIL"
    assert teams.red in found["read pods"]["words"]


def test_check_says_that_a_namespace_does_not_exist(teams: Teams) -> None:
    result = run_console(teams.cluster.admin_kubeconfig, "-n", "no-such-place", "check", "-o", "json")
    assert checks(result)["namespace no-such-place"]["verdict"] == "FAIL"
    assert result.exit_code == 1


@pytest.fixture
def owner(teams: Teams, aura: AuraWorld) -> Callable[..., Result]:
    """Runs the console as somebody who has ``admin`` in the optimizer's namespace and nothing else."""
    kubeconfig = teams.user(aura.ops, own=aura.ops, role="admin")
    return partial(run_console, kubeconfig, optimizer=f"{aura.ops}/{aura.optimizer}")


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def test_decisions_are_read_by_who_may_read_the_optimizers_namespace_alone(owner: Callable[..., Result]) -> None:
    result = owner("show", "decisions", "-o", "json")
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) > 3


def test_gpus_are_shown_whoever_asks(owner: Callable[..., Result]) -> None:
    result = owner("show", "gpu")
    assert "pods" not in result.stderr


def test_revoke_says_by_which_binding_it_is_out_of_reach(owner: Callable[..., Result], aura: AuraWorld) -> None:
    result = owner("kill", "revoke", "--dry-run")
    assert result.exit_code != 0
    assert f"kubectl delete clusterrolebinding {aura.binding}" in result.output
    assert "403: may not list clusterrolebindings" in result.output


def test_freeze_is_denied_with_the_verb_and_the_resource(owner: Callable[..., Result]) -> None:
    result = owner("kill", "freeze", "--dry-run")
    assert result.exit_code != 0
    assert "403: may not get validatingadmissionpolicies" in result.output


def test_restore_needs_no_more_than_its_namespace_to_say_that_there_is_nothing(owner: Callable[..., Result]) -> None:
    result = owner("kill", "restore", "--dry-run")
    assert "nothing known to restore" in result.output


def test_the_optimizer_is_deleted_by_who_may_in_its_namespace_alone(
    owner: Callable[..., Result], aura: AuraWorld, teams: Teams
) -> None:
    planned = owner("kill", "optimizer", "--dry-run")
    assert planned.exit_code == 0
    words = f"whether copies of it run elsewhere but in {aura.ops} can't be told: 403: may not list pods"
    assert words in planned.output
    assert teams.cluster.pods(aura.ops), "a dry run deletes nothing"
    owner("kill", "optimizer", "--yes")
    scale = f"/apis/apps/v1/namespaces/{aura.ops}/deployments/{aura.optimizer}"
    assert teams.cluster.api.get(scale)["spec"]["replicas"] == 0
    left = [pod for pod in teams.cluster.pods(aura.ops) if "deletionTimestamp" not in pod["metadata"]]
    assert all(aura.optimizer not in pod["metadata"]["name"] for pod in left)
