"""Commands that govern, for somebody who may do little, or who is on the wrong cluster: each says what to do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from click.testing import CliRunner

from opsconsole.cli import main
from tests.testbed import objects
from tests.testbed.roles import example_roles

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster

pytestmark = pytest.mark.cluster

STATUS, INSTALL, PRINT = ("govern", "status"), ("govern", "install", "--yes"), ("govern", "install", "--dry-run")
FREEZE, THAW, UNINSTALL = ("kill", "freeze", "--yes"), ("kill", "thaw", "--yes"), ("govern", "uninstall", "--yes")
EVERY = pytest.mark.parametrize("command", [STATUS, INSTALL, PRINT, UNINSTALL, FREEZE, THAW], ids=" ".join)


@pytest.fixture
def worker(cluster: TestCluster, namespace: str) -> str:
    cluster.api.post(f"/api/v1/namespaces/{namespace}/serviceaccounts", objects.service_account("worker"))
    return f"{namespace}/worker"


def said(kubeconfig: Path, folder: Path, command: tuple[str, ...], **optimizer: object) -> tuple[int, str]:
    settings = folder / "opsconsole.toml"
    named = "".join(f"{key} = {value!r}\n" for key, value in optimizer.items())
    settings.write_text(
        f'[cluster]\nkubeconfig = "{kubeconfig}"\n[journal]\nfolder = "{folder}/journal"\n[gpu]\nenabled = false\n'
        f"[optimizer]\n{named}",
        encoding="utf-8",
    )
    done = CliRunner().invoke(main, ["--config", str(settings), *command])
    return done.exit_code, done.output


@EVERY
def test_who_may_nothing_is_told_which_roles_it_takes(
    cluster: TestCluster, worker: str, tmp_path: Path, command: tuple[str, ...]
) -> None:
    code, words = said(cluster.kubeconfig_for_user("eve", []), tmp_path, command, service_accounts=[worker])
    assert code == 5
    assert "403" in words
    assert "it takes a ClusterRoleBinding" in words
    assert "opsconsole check" in words
    assert ("with --identity USER no cluster is asked" in words) is (command == PRINT)


@EVERY
def test_who_can_t_reach_the_cluster_is_told_how_it_is_looked_for(
    cluster: TestCluster, tmp_path: Path, command: tuple[str, ...]
) -> None:
    known = yaml.safe_load(cluster.admin_kubeconfig.read_text(encoding="utf-8"))
    known["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    dead = tmp_path / "dead.kubeconfig"
    dead.write_text(yaml.safe_dump(known), encoding="utf-8")
    code, words = said(dead, tmp_path, command, service_accounts=["ops/worker"])
    assert code == 5
    assert "nothing was changed; opsconsole check says how the cluster is looked for" in words


@pytest.mark.parametrize("command", [INSTALL, FREEZE], ids=" ".join)
def test_on_a_cluster_without_the_optimizer_it_is_asked_for_by_its_accounts(
    cluster: TestCluster, namespace: str, tmp_path: Path, command: tuple[str, ...]
) -> None:
    code, words = said(cluster.admin_kubeconfig, tmp_path, command, name=f"{namespace}/elsewhere")
    assert code in {4, 5}
    assert "is not there, and nothing tells as whom it ran: name its service_account" in words
    assert "nothing to delete" not in words


def test_whoever_may_look_at_the_dashboard_sees_how_the_rules_stand(
    cluster: TestCluster, worker: str, tmp_path: Path
) -> None:
    with example_roles(cluster, "read-only.yaml"):
        eve = cluster.kubeconfig_for_user("eve", ["on-call"])
        code, words = said(eve, tmp_path, STATUS, service_accounts=[worker])
    assert code == 1, words
    assert "Freeze:   not frozen" in words
    assert "deletes        off" in words
