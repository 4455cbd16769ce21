"""``check`` and ``show`` on a real control plane, with the rights of examples/rbac and with none."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import pytest
from click.testing import Result

from tests.support.console import run_console
from tests.support.waiting import eventually
from tests.testbed.plane.logs import append_log
from tests.testbed.roles import example_roles

if TYPE_CHECKING:
    from tests.testbed.aura import AuraWorld
    from tests.testbed.cluster import TestCluster

pytestmark = pytest.mark.cluster

Run = Callable[..., Result]


@pytest.fixture
def run(aura: AuraWorld) -> Run:
    return partial(run_console, optimizer=f"{aura.ops}/{aura.optimizer}", environment={"HOME": "/nonexistent"})


@pytest.fixture
def granted(cluster: TestCluster) -> Iterator[None]:
    """The roles of the examples, bound to the groups that they name."""
    with example_roles(cluster, "read-only.yaml", "responder.yaml"):
        yield


@pytest.mark.usefixtures("granted")
def test_the_responder_role_has_every_right_that_check_asks_for(cluster: TestCluster, run: Run) -> None:
    groups = ["on-call", "incident-responders", "sre-approvers"]
    result = run(cluster.kubeconfig_for_user("ripley", groups), "check", "-o", "json")
    found = {check["name"]: check for check in map(json.loads, result.stdout.splitlines())}
    assert [check for check in found.values() if check["verdict"] == "FAIL"] == []
    assert result.exit_code == 0
    assert "v1.36.3" in found["API server"]["words"]
    assert found["identity"]["words"].startswith("ripley (groups: on-call, incident-responders, sre-approvers")
    assert "readable" in found["decision log"]["words"]
    assert found["switch freeze"]["verdict"] == found["switch approve"]["verdict"] == "ok"


@pytest.mark.usefixtures("granted")
def test_the_read_only_role_lacks_the_switches_and_check_says_so(cluster: TestCluster, run: Run) -> None:
    kubeconfig = cluster.kubeconfig_for_user("ada", ["on-call"])
    result = run(kubeconfig, "check")
    assert result.exit_code == 1
    assert "you may not delete/patch clusterrolebindings" in " ".join(result.stdout.split())
    assert "responder.yaml" in result.stdout
    read_only = run(kubeconfig, "--read-only", "check")
    assert read_only.exit_code == 0, read_only.stdout


def test_somebody_without_rights_is_told_verb_and_resource(cluster: TestCluster, run: Run) -> None:
    nobody = cluster.kubeconfig_for_user("nobody-at-all")
    checked = run(nobody, "check")
    assert checked.exit_code == 1
    assert "you may not list/watch pods" in " ".join(checked.stdout.split())
    shown = run(nobody, "show", "pods")
    assert shown.exit_code == 1
    assert "denied" in shown.stderr
    assert "list pods" in shown.stderr


def test_show_pods_as_a_table_and_as_json(cluster: TestCluster, aura: AuraWorld, run: Run) -> None:
    table = run(cluster.admin_kubeconfig, "show", "pods", "-n", aura.ops)
    assert table.exit_code == 0, table.stderr
    assert table.stdout.splitlines()[0].split() == [
        "NAMESPACE",
        "NAME",
        "READY",
        "STATUS",
        "RESTARTS",
        "AGE",
        "NODE",
        "MARK",
        "FINDING",
    ]
    (row,) = [line for line in table.stdout.splitlines() if aura.optimizer_pod in line]
    assert " OPT " in row
    lines = run(cluster.admin_kubeconfig, "show", "pods", "-n", aura.ops, "-o", "json").stdout.splitlines()
    pod = next(pod for pod in map(json.loads, lines) if pod["name"] == aura.optimizer_pod)
    assert pod["status"] == "Running"
    assert pod["service_account"] == aura.service_account


def test_show_decisions_has_both_formats_cleaned(cluster: TestCluster, aura: AuraWorld, run: Run) -> None:
    append_log(aura.optimizer_log, "[2023-10-27 03:14:05] ERROR: Failed to patch deployment 'auth-service': \x1b[2J")
    result = run(cluster.admin_kubeconfig, "show", "decisions", "-o", "json")
    decisions = [json.loads(line) for line in result.stdout.splitlines()]
    assert {"json", "text"} <= {decision["form"] for decision in decisions}
    assert "\x1b" not in result.stdout
    assert any("␛[2J" in decision["message"] for decision in decisions)


def test_show_events(cluster: TestCluster, aura: AuraWorld, run: Run) -> None:
    def is_shown() -> bool:  # the scheduler writes its events a moment later
        result = run(cluster.admin_kubeconfig, "show", "events", "-n", aura.production)
        assert result.exit_code == 0, result.stderr
        return "FailedScheduling" in result.stdout

    eventually(is_shown, "what the scheduler found")


def test_an_optimizer_that_is_not_there_is_said(cluster: TestCluster) -> None:
    nowhere = {"HOME": "/nonexistent"}
    result = run_console(cluster.admin_kubeconfig, "check", optimizer="ops/nothing", environment=nowhere)
    assert result.exit_code == 1
    assert "named nothing in ops" in " ".join(result.stdout.split())
