"""How long a kill switch's key takes to become a request on the wire, with the screen and the API server under load."""

from __future__ import annotations

import datetime as dt
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.bench.terminal import Terminal

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster

RBAC = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"
_WRITES = frozenset({"delete", "patch", "update"})
ACCOUNT = {"kind": "ServiceAccount", "name": "default", "namespace": "default"}


def key_to_wire(cluster: TestCluster, command: list[str], presses: int, rate: int = 20_000) -> list[float]:
    """Seconds from each key press to the API server's receipt of the switch's first write, sorted.

    The cluster needs its audit log. ``1`` fires at once (``confirm = "none"``): the first write that names the binding
    is the effect's own, after the intent is on the disk. Plans and proofs read the binding too. The terminal takes
    ``rate`` bytes a second.
    """
    with tempfile.TemporaryDirectory() as state:
        environment = {
            "KUBECONFIG": str(cluster.admin_kubeconfig),
            "XDG_STATE_HOME": state,
            "OPSCONSOLE_SWITCHES_CONFIRM": "none",
            "OPSCONSOLE_SWITCHES_PATIENCE_SECONDS": "1",
            "OPSCONSOLE_OPTIMIZER_SERVICE_ACCOUNT": "default/default",
            "OPSCONSOLE_GPU_ENABLED": "false",
        }
        with Terminal(command, rate=rate, environment=environment) as terminal:
            terminal.wait_for("live", 60)
            names = [f"bench-{time.time_ns()}-{number}" for number in range(presses)]
            return sorted(_press(cluster, terminal, Path(state), name) for name in names)


def _press(cluster: TestCluster, terminal: Terminal, state: Path, name: str) -> float:
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "edit"}
    terminal.send("\x1b")
    terminal.wait_for("kill switches", 60)  # a key right behind Esc would be one with it: Alt+1
    terminal.use(1.0)
    terminal.send("1")  # there is nothing to revoke yet: it opens, and fires nothing
    terminal.wait_for("nothing to revoke", 60)
    cluster.api.post(RBAC, {"metadata": {"name": name}, "roleRef": role, "subjects": [ACCOUNT]})
    terminal.wait_for(name, 60)
    terminal.use(1.0)
    since = cluster.audit.position()
    pressed = time.time()
    terminal.send("1")
    _until(terminal, lambda: _received(cluster, since, name) is not None, "the request")
    received = _received(cluster, since, name)
    journal = state / "opsconsole" / "journal.jsonl"
    _until(terminal, lambda: b'"kind":"outcome"' in journal.read_bytes().rsplit(b'"kind":"intent"', 1)[-1], "its end")
    assert received is not None
    return received - pressed


def _received(cluster: TestCluster, since: int, name: str) -> float | None:
    for request in cluster.audit.requests(since):
        if request.name == name and request.verb in _WRITES:
            return dt.datetime.fromisoformat(request.at).timestamp()
    return None


def _until(terminal: Terminal, holds: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come:\n{terminal.text()}")
        terminal.use(0.1)
