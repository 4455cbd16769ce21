"""The kill switches from the command line, as a process of its own against a real control plane."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from opsconsole.journal.reader import read_entries, verify
from opsconsole.journal.runs import runs
from opsconsole.records import StepState
from tests.support.waiting import eventually
from tests.switches.rbac import RBAC
from tests.testbed.plane.logs import append_log
from tests.testbed.population import aura_objects as made

if TYPE_CHECKING:
    from tests.testbed.aura import AuraWorld
    from tests.testbed.cluster import TestCluster


HISTORY_SECONDS = 6.0
"""A line this old when the console first looks is about the time before."""


@pytest.fixture
def environment(cluster: TestCluster, tmp_path: Path) -> dict[str, str]:
    return {
        **os.environ,
        "KUBECONFIG": str(cluster.admin_kubeconfig),
        "HOME": str(tmp_path),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "OPSCONSOLE_SWITCHES_QUIET_SECONDS": "1",
        "OPSCONSOLE_SWITCHES_GRACE_SECONDS": "2",
        "OPSCONSOLE_SWITCHES_PATIENCE_SECONDS": "20",
        "OPSCONSOLE_GPU_ENABLED": "false",
        "SUDO_USER": "ripley",
        "SSH_CONNECTION": "192.0.2.7 50022 198.51.100.1 22",
    }


def command(aura: AuraWorld, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "opsconsole", "--optimizer", f"{aura.ops}/{aura.optimizer}", *arguments]


def call(environment: dict[str, str], arguments: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        arguments, env=environment, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL, check=False
    )


def journal(environment: dict[str, str]) -> Path:
    return Path(environment["XDG_STATE_HOME"]) / "opsconsole"


def test_a_dry_run_prints_the_plan_and_changes_nothing(
    cluster: TestCluster, aura: AuraWorld, environment: dict[str, str]
) -> None:
    since = cluster.audit.position()
    done = call(environment, command(aura, "kill", "all", "--dry-run"))
    assert done.returncode == 0, done.stderr
    assert f"kubectl delete clusterrolebinding {aura.binding}" in done.stdout
    assert f"kubectl scale deployment/{aura.optimizer}" in done.stdout
    writes = [r for r in cluster.audit.requests(since, user="admin") if r.verb not in {"get", "list", "watch"}]
    assert all("reviews" in each.resource for each in writes)
    assert not journal(environment).exists()


def test_without_yes_and_without_a_terminal_nothing_is_executed(
    cluster: TestCluster, aura: AuraWorld, environment: dict[str, str]
) -> None:
    done = call(environment, command(aura, "kill", "revoke"))
    assert done.returncode == 3
    assert "--yes" in done.stderr
    assert cluster.api.exists(f"{RBAC}/clusterrolebindings/{aura.binding}")


def test_yes_executes_all_three_and_undo_takes_them_back_and_the_journal_tells(
    cluster: TestCluster, aura: AuraWorld, environment: dict[str, str]
) -> None:
    done = call(environment, command(aura, "kill", "all", "--yes", "--output", "json"))
    assert done.returncode == 0, done.stdout + done.stderr
    answer = json.loads(done.stdout)
    assert answer["executed"]
    assert answer["outcome"]["contained"]
    assert not cluster.api.exists(f"{RBAC}/clusterrolebindings/{aura.binding}")
    undone = call(environment, command(aura, "kill", "all", "--undo", "--yes"))
    assert undone.returncode == 0, undone.stdout + undone.stderr
    assert cluster.api.exists(f"{RBAC}/clusterrolebindings/{aura.binding}")
    shown = call(environment, command(aura, "journal", "show"))
    assert "ripley from 192.0.2.7 as admin" in shown.stdout
    assert "CONTAINED" in shown.stdout
    verified = call(environment, command(aura, "journal", "verify", "--head", answer["outcome"]["head"]))
    assert verified.returncode == 0, verified.stdout
    file = journal(environment) / "journal.jsonl"
    file.write_bytes(file.read_bytes().replace(b'"contained":true', b'"contained":null', 1))
    verified = call(environment, command(aura, "journal", "verify", "-o", "json"))
    assert verified.returncode == 1
    assert json.loads(verified.stdout)["status"] == "broken"


def test_nothing_to_do_and_no_such_switch_and_read_only_have_exit_codes_of_their_own(
    cluster: TestCluster, aura: AuraWorld, environment: dict[str, str]
) -> None:
    gpu = call(environment, command(aura, "kill", "gpu", "--yes"))
    assert gpu.returncode == 4
    assert "gpu.enabled" in gpu.stderr
    assert call(environment, command(aura, "kill", "everyone", "--yes")).returncode == 2
    read_only = call(environment, command(aura, "--read-only", "kill", "revoke", "--yes"))
    assert read_only.returncode == 2
    assert "read-only" in read_only.stderr
    unreachable = environment | {"KUBECONFIG": "/nonexistent/kubeconfig"}
    lost = call(unreachable, command(aura, "kill", "optimizer", "--yes"))
    assert lost.returncode == 5
    assert "Traceback" not in lost.stderr


def test_a_full_journal_stops_it_and_without_journal_goes_on(
    cluster: TestCluster, aura: AuraWorld, environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    done = call(environment, command(aura, "kill", "revoke", "--yes"))
    assert done.returncode == 5
    assert "--without-journal" in done.stderr
    assert cluster.api.exists(f"{RBAC}/clusterrolebindings/{aura.binding}")
    done = call(environment, command(aura, "kill", "revoke", "--yes", "--without-journal"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the journal could not be written" in done.stdout
    assert not cluster.api.exists(f"{RBAC}/clusterrolebindings/{aura.binding}")


@pytest.mark.parametrize(("typed", "code"), [("y\n", 3), ("\n", 3), ("revoke\n", 0)])
def test_on_a_terminal_only_the_switches_name_confirms(
    cluster: TestCluster, aura: AuraWorld, environment: dict[str, str], typed: str, code: int
) -> None:
    master, slave = pty.openpty()
    try:
        process = subprocess.Popen(
            command(aura, "kill", "revoke"),
            env=environment,
            stdin=slave,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        os.write(master, typed.encode())
        out, err = process.communicate(timeout=120)
    finally:
        os.close(slave)
        os.close(master)
    assert process.returncode == code, out + err
    assert cluster.api.exists(f"{RBAC}/clusterrolebindings/{aura.binding}") == (code != 0)


def test_kill_9_in_the_middle_leaves_a_journal_that_tells_what_was_begun_and_undo_knows(
    cluster: TestCluster, aura: AuraWorld, environment: dict[str, str]
) -> None:
    slow = environment | {"OPSCONSOLE_SWITCHES_QUIET_SECONDS": "600", "OPSCONSOLE_SWITCHES_PATIENCE_SECONDS": "600"}
    process = subprocess.Popen(
        command(aura, "kill", "all", "--yes"), env=slow, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    folder = journal(environment)
    try:
        # Not the pod's deletion: once nothing makes pods, the controller may have deleted it before the switch can.
        eventually(lambda: _has_begun(folder, "workload.set"), "that the optimizer is scaled down is in the journal")
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
    assert verify(folder).status in {"intact", "torn"}
    (run,) = runs(read_entries(folder))
    assert not run.finished
    assert "interrupted" in run.outcome.error
    done = {step.step for step in run.outcome.steps if step.state is StepState.DONE}
    assert any(step.startswith("revoke:") for step in done)
    undone = call(environment, command(aura, "kill", "all", "--undo", "--yes"))
    assert undone.returncode == 0, undone.stdout + undone.stderr
    assert cluster.api.exists(f"{RBAC}/clusterrolebindings/{aura.binding}")
    assert verify(folder).status in {"intact", "torn"}


def _has_begun(folder: Path, effect: str) -> bool:
    return any(entry.kind == "begin" and f":{effect}" in entry.body["step"] for entry in read_entries(folder))


def test_the_help_lists_the_exit_codes() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "opsconsole", "kill", "--help"], capture_output=True, text=True, check=True, timeout=60
    )
    for code in range(6):
        assert f"{code}  " in done.stdout


def test_restore_puts_back_what_the_log_tells_and_undo_takes_that_back(
    cluster: TestCluster, aura: AuraWorld, environment: dict[str, str]
) -> None:
    """Opened when the harm is done: the log's history and the revision history are all that is known."""
    revisions = cluster.api.get(f"/apis/apps/v1/namespaces/{aura.production}/replicasets")["items"]
    made_at = sorted(
        dt.datetime.fromisoformat(each["metadata"]["creationTimestamp"])
        for each in revisions
        if "auth" in each["metadata"]["name"]
    )
    # A revision is "before" only where it is older than the first word by more than its own whole second.
    spoke = max(made_at[-1], made_at[0] + dt.timedelta(seconds=2))
    moment, at = f"{spoke:%Y-%m-%dT%H:%M:%SZ}", spoke.timestamp()
    record = made.decision("auth-service", "auth-container", made.CUTS["auth-service"], moment)
    record |= {"message": "Reducing resource allocation.", "namespace": aura.production}
    append_log(aura.sidecar_log, json.dumps(record))
    eventually(lambda: time.time() > at + HISTORY_SECONDS, "what it said is history, and not of the moment")
    dry = call(environment, command(aura, "kill", "restore", "--dry-run"))
    assert dry.returncode == 0, dry.stdout + dry.stderr
    assert (
        "auth-service: cpu limit of auth-container 100m → 1, memory limit of auth-container 64Mi → 1000Mi" in dry.stdout
    )
    assert "IT MAY WRITE AGAIN: it still has its rights" in dry.stdout
    assert "OpenAPI-Generator wrote it last" in dry.stdout
    assert "dry run: the API server would take" in dry.stdout
    place = f"/apis/apps/v1/namespaces/{aura.production}/deployments/auth-service"
    quick = environment | {"OPSCONSOLE_SWITCHES_READY_SECONDS": "1", "OPSCONSOLE_SWITCHES_PATIENCE_SECONDS": "1"}
    done = call(quick, command(aura, "kill", "restore", "--yes", "-o", "json"))
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    fields = [proof for proof in json.loads(done.stdout)["outcome"]["proofs"] if "good values" in proof["claim"]]
    assert fields
    assert all(proof["holds"] for proof in fields)
    assert _limits(cluster, place) == {"cpu": "1", "memory": "1000Mi"}
    undone = call(environment, command(aura, "kill", "restore", "--undo", "--yes"))
    assert undone.returncode == 0, undone.stdout + undone.stderr
    assert _limits(cluster, place) == {"cpu": "100m", "memory": "64Mi"}


@pytest.mark.parametrize("choice", [(), ("--only", "web")], ids=["all of it", "a part of it"])
def test_restore_without_anything_known_says_so_and_what_to_do(
    namespace: str, environment: dict[str, str], choice: tuple[str, ...]
) -> None:
    nobody = [sys.executable, "-m", "opsconsole", "--optimizer", f"{namespace}/nobody", "--namespace", namespace]
    done = call(environment, [*nobody, "kill", "restore", "--yes", *choice])
    assert done.returncode == 4, done.stdout + done.stderr
    assert "nothing known to restore" in done.stderr
    assert "kubectl rollout history" in done.stderr


def _limits(cluster: TestCluster, place: str) -> object:
    return cluster.api.get(place)["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]


def test_on_a_terminal_a_proof_is_one_line_that_is_drawn_anew(
    cluster: TestCluster, aura: AuraWorld, environment: dict[str, str]
) -> None:
    slow = environment | {"OPSCONSOLE_SWITCHES_QUIET_SECONDS": "3", "TERM": "xterm-256color", "COLUMNS": "120"}
    master, slave = pty.openpty()
    process = subprocess.Popen(
        command(aura, "kill", "optimizer", "--yes"), env=slow, stdin=slave, stdout=slave, stderr=slave, close_fds=True
    )
    os.close(slave)
    shown = b""
    with contextlib.suppress(OSError):  # the terminal is gone when its last writer is
        while piece := os.read(master, 65536):
            shown += piece
    os.close(master)
    assert process.wait(timeout=60) in {0, 1}, shown.decode("utf-8", "replace")
    assert b"\x1b[1A" in shown, "lines are drawn in their place"
    assert shown.count(b"[done] Scale Deployment/") == 1
    assert b"proved" in shown
