"""Signals at each phase of an undo and of a restore: what was confirmed is carried through, the journal whole."""

from __future__ import annotations

import datetime as dt
import json
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from opsconsole.journal.reader import read_entries, verify
from opsconsole.journal.runs import runs
from tests.support.waiting import eventually
from tests.switches.acting.test_kill_command import HISTORY_SECONDS, call, command, environment, journal
from tests.switches.rbac import RBAC, Rbac
from tests.testbed.plane.logs import append_log
from tests.testbed.population import aura_objects as made

if TYPE_CHECKING:
    from tests.testbed.aura import AuraWorld
    from tests.testbed.cluster import TestCluster

__all__ = ["environment"]

BINDINGS = 25
At = Callable[[], bool]


def signalled(environ: dict[str, str], arguments: list[str], number: int, at: At) -> subprocess.CompletedProcess[str]:
    """Run the command as a shell in front of a terminal does, and send it the signal once ``at`` holds."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in a shell's background ignores it
    try:
        process = subprocess.Popen(
            arguments,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
    finally:
        signal.signal(signal.SIGINT, before)
    eventually(lambda: at() or process.poll() is not None, "it is as far as that", 60)
    process.send_signal(number)  # it may just have ended by itself
    out, err = process.communicate(timeout=120)
    return subprocess.CompletedProcess(arguments, process.returncode, out, err)


def entries(folder: Path, kind: str) -> int:
    return sum(entry.kind == kind for entry in read_entries(folder)) if folder.exists() else 0


def is_whole(folder: Path, switch: str) -> None:
    """The last execution is over and has its outcome, and nothing in the journal is torn."""
    last = runs(read_entries(folder))[-1]
    assert last.finished
    assert last.outcome is not None
    assert (last.outcome.switch, last.outcome.success) == (switch, True), last.outcome
    assert verify(folder).status == "intact"


@pytest.mark.parametrize(
    ("number", "phase"),
    [
        (signal.SIGINT, "the intent is written"),
        (signal.SIGTERM, "some are back"),
        (signal.SIGHUP, "some are back"),
    ],
)
def test_an_undo_is_carried_through(
    cluster: TestCluster,
    rbac: Rbac,
    aura: AuraWorld,
    environment: dict[str, str],
    number: int,
    phase: str,
) -> None:
    account = {"kind": "ServiceAccount", "namespace": aura.ops, "name": aura.service_account}
    names = [rbac.binding(f"back-{each}", [account], role="edit") for each in range(BINDINGS)]
    done = call(environment, command(aura, "kill", "revoke", "--yes"))
    assert done.returncode == 0, done.stdout + done.stderr
    folder = journal(environment)
    before = entries(folder, "intent")

    def there() -> list[str]:
        return [name for name in names if cluster.api.exists(f"{RBAC}/clusterrolebindings/{name}")]

    reached: dict[str, At] = {
        "the intent is written": lambda: entries(folder, "intent") > before,
        "some are back": lambda: bool(there()),
    }
    result = signalled(environment, command(aura, "kill", "revoke", "--undo", "--yes"), number, reached[phase])
    assert there() == names, result.stderr
    assert result.returncode in {0, -number}, (result.stdout, result.stderr)
    is_whole(folder, "undo")


@pytest.mark.parametrize(
    ("number", "phase"),
    [
        (signal.SIGINT, "the values are back"),
        (signal.SIGTERM, "the intent is written"),
        (signal.SIGHUP, "the intent is written"),
    ],
)
def test_a_restore_is_carried_through(
    cluster: TestCluster,
    aura: AuraWorld,
    environment: dict[str, str],
    number: int,
    phase: str,
) -> None:
    revisions = cluster.api.get(f"/apis/apps/v1/namespaces/{aura.production}/replicasets")["items"]
    made_at = sorted(
        dt.datetime.fromisoformat(each["metadata"]["creationTimestamp"])
        for each in revisions
        if "auth" in each["metadata"]["name"]
    )
    spoke = max(made_at[-1], made_at[0] + dt.timedelta(seconds=2))
    record = made.decision("auth-service", "auth-container", made.CUTS["auth-service"], f"{spoke:%Y-%m-%dT%H:%M:%SZ}")
    append_log(aura.sidecar_log, json.dumps(record | {"namespace": aura.production}))
    eventually(lambda: time.time() > spoke.timestamp() + HISTORY_SECONDS, "what it said is history")
    place = f"/apis/apps/v1/namespaces/{aura.production}/deployments/auth-service"
    folder = journal(environment)

    def limits() -> object:
        return cluster.api.get(place)["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]

    reached: dict[str, At] = {
        "the intent is written": lambda: entries(folder, "intent") > 0,
        "the values are back": lambda: limits() == {"cpu": "1", "memory": "1000Mi"},
    }
    quick = environment | {"OPSCONSOLE_SWITCHES_READY_SECONDS": "2", "OPSCONSOLE_SWITCHES_PATIENCE_SECONDS": "2"}
    result = signalled(quick, command(aura, "kill", "restore", "--yes"), number, reached[phase])
    assert limits() == {"cpu": "1", "memory": "1000Mi"}, result.stderr
    # It may end by the signal in its last instant, when all is done and said.
    assert result.returncode in {0, 1, -number}, (result.stdout, result.stderr)
    last = runs(read_entries(folder))[-1]
    assert last.finished
    assert verify(folder).status == "intact"
