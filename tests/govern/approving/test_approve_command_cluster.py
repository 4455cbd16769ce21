"""`opsconsole approve` as a process on a real API server: the optimizer's log asks, a person signs, it is used once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from opsconsole.govern.names import LISTED
from opsconsole.journal.reader import read_entries, verify
from tests.govern.builders import apps, deployment
from tests.govern.conftest import BINDINGS, POLICIES, GovernBoard, do, refused, wait_approved, wait_governed
from tests.support.waiting import eventually
from tests.testbed.api import Api

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster

pytestmark = pytest.mark.cluster


class Approving:
    """The command with the settings of one operator."""

    def __init__(self, folder: Path, kubeconfig: Path, account: str) -> None:
        self.folder = folder
        self.log = folder / "decisions.log"
        self.log.touch()
        self.settings = folder / "opsconsole.toml"
        self.settings.write_text(
            f'[cluster]\nkubeconfig = "{kubeconfig}"\n[optimizer]\nservice_account = "{account}"\n'
            f'[decisions]\nlog = "{self.log}"\n[journal]\nfolder = "{folder / "journal"}"\n[gpu]\nenabled = false\n',
            encoding="utf-8",
        )

    def say(self, **body: object) -> None:
        """A line of the optimizer's log."""
        line = {"timestamp": datetime.now(UTC).isoformat(), "level": "INFO", **body}
        with self.log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "opsconsole", "--config", str(self.settings), "approve", *arguments]
        environment = {**os.environ, "XDG_STATE_HOME": str(self.folder)}
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)

    def run(self, *arguments: str) -> tuple[int, str]:
        process = self.start(*arguments)
        said, _ = process.communicate(timeout=240)
        return process.returncode, said


@pytest.fixture
def governed(cluster: TestCluster, namespace: str, account: str, optimizer: Api, board_for: GovernBoard) -> Api:
    cluster.api.post(apps(namespace)[:-4], deployment())
    do(board_for(account), "install-governor")
    wait_governed(optimizer, namespace)
    return optimizer


@pytest.fixture
def approver(cluster: TestCluster, tmp_path: Path, account: str) -> Approving:
    folder = tmp_path / "ann"
    folder.mkdir()
    return Approving(folder, cluster.kubeconfig_for_user("ann", ["sre-approvers", "system:masters"]), account)


def scales(approver: Approving, namespace: str, replicas: int) -> None:
    approver.say(action="scale_deployment", target=f"deployment/{namespace}/web", replicas=replicas)


def granted(cluster: TestCluster, namespace: str) -> str:
    """What approves replicas of the Deployment: the Namespace lists it, since it may be scaled too."""
    notes = cluster.api.get(f"/api/v1/namespaces/{namespace}")["metadata"].get("annotations", {})
    return str(notes.get(LISTED, ""))


def test_what_the_log_asks_for_is_shown_signed_used_once_and_taken_off(
    cluster: TestCluster, governed: Api, approver: Approving, namespace: str
) -> None:
    scales(approver, namespace, 0)
    code, said = approver.run("list")
    assert code == 0, said
    assert "replicas: 3 → 0" in said
    request = said.split(":")[0].split()[-1]
    code, said = approver.run("show", request)
    assert "dry run as the optimizer: refused: replicas: replicas must stay within 1 and 100" in said
    assert "hits 3 pods" in said
    signing = approver.start("sign", request, "--yes")
    eventually(lambda: granted(cluster, namespace), "it is approved", 60)
    wait_approved(lambda: governed.patch(f"{apps(namespace)}?dryRun=All", {"spec": {"replicas": 0}}))
    assert "replicas" in refused(lambda: governed.patch(apps(namespace), {"spec": {"replicas": 500}}))
    governed.patch(apps(namespace), {"spec": {"replicas": 0}})
    said, _ = signing.communicate(timeout=120)
    assert signing.returncode == 0, said
    assert ": used; the approval is taken off" in said
    assert not granted(cluster, namespace)
    cluster.api.patch(apps(namespace), {"spec": {"replicas": 3}})
    assert "replicas" in refused(lambda: governed.patch(apps(namespace), {"spec": {"replicas": 0}}))
    journal = approver.folder / "journal"
    assert verify(journal).status == "intact"
    who = {entry.who.user for entry in read_entries(journal) if entry.kind == "intent"}
    assert who == {"ann"}


def test_an_approval_that_nobody_uses_is_taken_off_when_it_is_over(
    cluster: TestCluster, governed: Api, approver: Approving, namespace: str
) -> None:
    code, said = approver.run(
        "sign", "--on", f"deploy/{namespace}/web", "--set", "replicas=0", "--minutes", "0.5", "--yes"
    )
    assert code == 0, said
    assert "not used; the approval is taken off" in said
    assert not granted(cluster, namespace)
    assert "replicas" in refused(lambda: governed.patch(apps(namespace), {"spec": {"replicas": 0}}))


def test_what_is_denied_is_asked_for_no_more(governed: Api, approver: Approving, namespace: str) -> None:
    scales(approver, namespace, 0)
    _, said = approver.run("list")
    request = said.split(":")[0].split()[-1]
    code, said = approver.run("deny", request, "--why", "shop is open")
    assert code == 0, said
    code, said = approver.run("list")
    assert (code, "asks for nothing that a rule refuses" in said) == (4, True), said
    denied = [entry for entry in read_entries(approver.folder / "journal") if entry.kind == "approval-denied"]
    assert [entry.body["why"] for entry in denied] == ["shop is open"]


def test_what_was_denied_can_be_signed_by_whoever_asks_for_it_himself(
    governed: Api, approver: Approving, namespace: str
) -> None:
    scales(approver, namespace, 0)
    _, said = approver.run("list")
    approver.run("deny", said.split(":")[0].split()[-1])
    mine = ("--on", f"deploy/{namespace}/web", "--set", "replicas=0")
    code, said = approver.run("show", *mine)
    assert (code, "replicas: 3 → 0" in said) == (0, True), said
    code, said = approver.run("sign", *mine, "--minutes", "5", "--yes", "--no-wait")
    assert code == 0, said


def test_services_are_listed_once_for_all_requests_of_a_look(
    cluster: TestCluster, governed: Api, approver: Approving, namespace: str
) -> None:
    for number in range(5):
        cluster.api.post(apps(namespace)[:-4], deployment(f"web-{number}"))
        approver.say(action="scale_deployment", target=f"deployment/{namespace}/web-{number}", replicas=0)
    since = cluster.audit.position()
    code, said = approver.run("list")
    assert code == 0, said
    assert said.count("replicas: 3 → 0") == 5
    lists = [
        each
        for each in cluster.audit.requests(since, user="ann")
        if (each.verb, each.resource) == ("list", "services") and each.namespace == namespace
    ]
    assert len(lists) == 1


def test_requests_that_are_too_many_to_be_looked_at_are_counted(
    governed: Api, approver: Approving, namespace: str
) -> None:
    for number in range(25):
        approver.say(action="scale_deployment", target=f"deployment/{namespace}/web-{number}", replicas=0)
    _, said = approver.run("list")
    assert "of 25 requests the newest 20 are looked at" in said


def test_who_is_no_approver_is_told_so_and_nothing_is_written(
    cluster: TestCluster, governed: Api, tmp_path: Path, account: str, namespace: str
) -> None:
    bob = Approving(tmp_path, cluster.kubeconfig_for_user("bob", ["system:masters"]), account)
    scales(bob, namespace, 0)
    code, said = bob.run("sign", "--on", f"deploy/{namespace}/web", "--set", "replicas=0", "--yes")
    assert code == 4, said
    assert "you (bob) are not in group sre-approvers" in said
    assert not granted(cluster, namespace)


def test_without_the_rule_against_self_approval_nothing_can_be_approved(
    cluster: TestCluster, namespace: str, approver: Approving
) -> None:
    cluster.api.post(apps(namespace)[:-4], deployment())
    code, said = approver.run("sign", "--on", f"deploy/{namespace}/web", "--set", "replicas=0", "--yes")
    assert code == 4, said
    assert "rule self-approval is not installed" in said


@pytest.mark.parametrize("part", ["policy", "binding"])
def test_where_the_rule_against_self_approval_was_changed_nothing_can_be_approved(
    cluster: TestCluster, governed: Api, namespace: str, approver: Approving, part: str
) -> None:
    """It stands there by name, and lets others than approvers write the annotation."""
    place = {"policy": POLICIES, "binding": BINDINGS}[part]
    change = {
        "policy": {"spec": {"validations": [{"expression": "true", "message": "x"}]}},
        "binding": {"spec": {"matchResources": {"namespaceSelector": {"matchLabels": {"a": "b"}}}}},
    }[part]
    cluster.api.patch(f"{place}/opsconsole-governor-self-approval", change)
    code, said = approver.run("sign", "--on", f"deploy/{namespace}/web", "--set", "replicas=0", "--yes")
    assert code == 4, said
    assert "rule self-approval is not as it would be installed" in said


@pytest.mark.parametrize(
    "arguments",
    [
        ("--on", "deploy/a/b"),
        ("--on", "secret/a/b", "--delete"),
        ("--on", "deploy/a/b", "--set", "replicas"),
        ("--set", "replicas=0"),
        ("--on", "deploy/a/b", "--set", "replicas=0", "--delete"),
    ],
)
def test_wrong_usage_is_named(approver: Approving, arguments: tuple[str, ...]) -> None:
    code, said = approver.run("sign", *arguments, "--yes")
    assert code == 2, said
