"""``kill freeze --yes``: nobody reads its plan, so the freeze is made first, and asked about afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from opsconsole.switches.freeze.plan import UNASKED
from tests.govern.conftest import GovernBoard, config_map, do, wait_governed, wait_refused
from tests.govern.rules.evasions.writes import at
from tests.testbed.api import Api

if TYPE_CHECKING:
    from tests.testbed.audit import Request

    from tests.testbed.cluster import TestCluster

pytestmark = pytest.mark.cluster

FEW = 25
"""Requests before the write that freezes, those of the watch for changes among them; there were 164 once."""


@pytest.mark.parametrize("installed", [True, False], ids=["by the governor", "made on the spot"])
def test_nothing_is_asked_about_the_freeze_before_it_is_made_and_all_of_it_afterwards(
    *,
    installed: bool,
    cluster: TestCluster,
    namespace: str,
    account: str,
    optimizer: Api,
    board_for: GovernBoard,
    tmp_path: Path,
) -> None:
    if installed:
        do(board_for(account), "install-governor")
        wait_governed(optimizer, namespace)
    kubeconfig = cluster.kubeconfig_for_user("bea", ["system:masters"])
    since = cluster.audit.position()
    done = _run(kubeconfig, account, tmp_path, "--yes")
    assert done.returncode == 1, "an optimizer with cluster-admin could end it"
    assert UNASKED in done.stdout
    assert "may not take away or change what refuses its writes" in done.stdout
    requests = cluster.audit.requests(since, user="bea")
    first = next(place for place, each in enumerate(requests) if _freezes(each))
    before = requests[:first]
    assert not [each.uri for each in before if each.resource in {"subjectaccessreviews", "selfsubjectaccessreviews"}]
    assert len(before) < FEW, [f"{each.verb} {each.uri}" for each in before]
    assert [each for each in requests[first:] if each.resource == "subjectaccessreviews"], "the proof asks"
    wait_refused(lambda: optimizer.post(at(namespace, "configmaps"), config_map("m")), "frozen")


def test_a_plan_that_somebody_looks_at_tells_who_could_end_the_freeze(
    cluster: TestCluster, account: str, tmp_path: Path
) -> None:
    done = _run(cluster.admin_kubeconfig, account, tmp_path, "--dry-run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "it will hold, and not be proved" in done.stdout
    assert UNASKED not in done.stdout


def test_a_thaw_asks_nobody_who_could_end_the_freeze(
    cluster: TestCluster, account: str, board_for: GovernBoard
) -> None:
    do(board_for(account), "freeze")
    board = board_for(account, kubeconfig=cluster.kubeconfig_for_user("bea", ["system:masters"]))
    since = cluster.audit.position()
    assert len(board.make_plan("thaw").steps) == 2
    asked = [each.uri for each in cluster.audit.requests(since, user="bea") if each.resource == "subjectaccessreviews"]
    assert asked == []


def _freezes(request: Request) -> bool:
    """Whether it flips the parameter, or makes what a freeze is made of on the spot."""
    if "dryRun" in request.uri:
        return False
    flips = request.verb == "patch" and request.resource == "namespaces"
    return flips or (request.verb == "create" and request.resource.startswith("validatingadmissionpolic"))


def _run(kubeconfig: Path, account: str, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "KUBECONFIG": str(kubeconfig),
        "HOME": str(folder),
        "XDG_STATE_HOME": str(folder),
        "OPSCONSOLE_OPTIMIZER_SERVICE_ACCOUNT": account,
        "OPSCONSOLE_GPU_ENABLED": "false",
    }
    command = [sys.executable, "-m", "opsconsole", "kill", "freeze", *options]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)
