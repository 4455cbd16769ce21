"""The manifests under deploy/, as the real API server takes them, and the guard with exactly their rights."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner

from opsconsole.cli import main
from opsconsole.govern.rules.builtin import NAMES
from tests.support.waiting import eventually
from tests.testbed.roles import wait_for_manifests

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster

DEPLOY = Path(__file__).parents[4] / "deploy"
IDENTITY = "system:serviceaccount:ops-tools:aura-optimizer"


def applied(cluster: TestCluster, *arguments: str) -> str:
    """What kubectl says, warnings included; it must not fail."""
    command, environment = cluster.kubectl_command("apply", *arguments), cluster.kubectl_environment()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def manifests(file: Path) -> list[Any]:
    """The objects of a file."""
    return list(yaml.safe_load_all(file.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def space(cluster: TestCluster) -> object:
    """The guard's namespace, with Pod Security at restricted."""
    eventually(lambda: not cluster.api.exists("/api/v1/namespaces/opsconsole"), "an earlier one is gone", 180)
    applied(cluster, "-f", str(DEPLOY / "guard" / "namespace.yaml"))
    eventually(
        lambda: cluster.api.exists("/api/v1/namespaces/opsconsole/serviceaccounts/default"), "its account is there"
    )
    yield
    cluster.remove_namespaces("opsconsole")


@pytest.mark.cluster
def test_the_guard_s_manifests_are_taken_and_keep_to_pod_security_restricted(
    cluster: TestCluster, space: object
) -> None:
    said = applied(cluster, "-k", str(DEPLOY / "guard"), "--dry-run=server")
    assert "deployment.apps/opsconsole-guard created" in said
    assert "would violate" not in said


@pytest.mark.cluster
def test_the_governor_s_manifests_are_taken(cluster: TestCluster) -> None:
    said = applied(cluster, "-k", str(DEPLOY / "governor"), "--dry-run=server")
    assert (
        said.count("validatingadmissionpolicy.admissionregistration.k8s.io/") == len(NAMES) + 3
    )  # freeze, protect, lapsed


@pytest.mark.cluster
def test_the_guard_has_every_right_that_it_needs_and_none_to_change_what_runs(
    cluster: TestCluster, space: object
) -> None:
    applied(cluster, "-f", str(DEPLOY / "guard" / "rbac.yaml"))
    me = ("--as", "system:serviceaccount:opsconsole:opsconsole-guard")

    def can(*what: str) -> bool:
        return "yes" in cluster.kubectl("auth", "can-i", *what, *me, check=False).splitlines()

    try:
        wait_for_manifests(cluster, manifests(DEPLOY / "guard" / "rbac.yaml"))
        assert can("create", "validatingadmissionpolicies")
        assert can("create", "validatingadmissionpolicybindings")
        assert can("delete", "validatingadmissionpolicybindings/opsconsole-freeze")
        assert can("patch", "namespaces/kube-system")
        assert can("update", "leases/opsconsole-guard", "-n", "opsconsole")
        assert can("create", "events.events.k8s.io", "-n", "opsconsole")
        for refused in (
            ("delete", "validatingadmissionpolicybindings/somebody-elses"),
            ("patch", "deployments", "-A"),
            ("delete", "pods", "-A"),
            ("get", "secrets", "-A"),
            ("patch", "namespaces/default"),
            ("create", "clusterrolebindings"),
            ("impersonate", "users"),
        ):
            assert not can(*refused), refused
    finally:
        for kind in ("clusterrolebindings", "clusterroles"):
            cluster.api.delete(f"/apis/rbac.authorization.k8s.io/v1/{kind}/opsconsole-guard")


def test_the_governor_s_manifests_are_what_the_command_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPSCONSOLE_CONFIG", "/dev/null")
    done = CliRunner().invoke(main, ["govern", "install", "--dry-run", "--identity", IDENTITY])
    assert done.exit_code == 0, done.output
    kept = (DEPLOY / "governor" / "governor.yaml").read_text(encoding="utf-8")
    assert list(yaml.safe_load_all(kept)) == list(yaml.safe_load_all(done.output))


def test_the_settings_and_alerts_of_the_guard_can_be_read() -> None:
    from opsconsole.settings.sources import load

    settings = load(str(DEPLOY / "guard" / "opsconsole.toml"), environ={})
    assert settings.guard.switches == ("freeze",)
    rules = yaml.safe_load((DEPLOY / "guard" / "alerts.yaml").read_text(encoding="utf-8"))["groups"][0]["rules"]
    assert {"OpsconsoleGuardAbsent", "OpsconsoleOptimizerFrozen"} <= {rule["alert"] for rule in rules}
