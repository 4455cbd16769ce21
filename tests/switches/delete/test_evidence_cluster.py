"""Evidence on a real control plane: the newest lines are kept, and what stops the optimizer never waits for it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.journal.reader import read_entries
from opsconsole.records import Outcome, StepState
from tests.support.waiting import eventually
from tests.switches.conftest import BoardMaker, details, run
from tests.switches.delete.test_optimizer_cluster import APPS, make, running, selector, template
from tests.testbed import objects
from tests.testbed.plane.logs import append_log

if TYPE_CHECKING:
    from pathlib import Path

    from tests.testbed.cluster import TestCluster


def log_of_its_pod(cluster: TestCluster, namespace: str) -> tuple[str, Path]:
    make(cluster, namespace, "Deployment", replicas=1, **selector())
    (pod,) = cluster.wait_for_pods(namespace, "app=aura", 1)
    name = pod["metadata"]["name"]
    return name, cluster.log_file(namespace, name, "main")


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(("lines", "wide"), [(12_000, 40), (9_000, 900)])
def test_of_a_long_log_the_newest_lines_are_kept_and_what_is_cut_is_said(
    cluster: TestCluster, namespace: str, board_for: BoardMaker, journal_dir: Path, lines: int, wide: int
) -> None:
    pod, log = log_of_its_pod(cluster, namespace)
    append_log(log, "\n".join(f"line {number} {'x' * wide}" for number in range(1, lines + 1)))
    board = board_for(f"{namespace}/aura", evidence_seconds=60.0)
    outcome = run(board, board.make_plan("optimizer"))
    assert outcome.success, details(outcome)
    kept = (journal_dir / "evidence" / outcome.run / f"pod-{namespace}_{pod}_main.log").read_text().splitlines()
    assert kept[0].startswith("# opsconsole: log of ")
    assert f" line {lines} " in kept[-1]
    numbers = [int(line.partition(" line ")[2].partition(" ")[0]) for line in kept[1:]]
    assert numbers == list(range(lines - len(numbers) + 1, lines + 1)), "no line is missing between"
    said = next(step.detail for step in outcome.steps if step.step == "evidence.collect")
    assert f"the newest {len(numbers)} lines are kept" in said
    entry = next(entry for entry in read_entries(journal_dir) if entry.kind == "evidence")
    assert list(entry.body["cut"]) == [f"pod-{namespace}_{pod}_main.log"]


@pytest.fixture
def silent_kubelet(cluster: TestCluster) -> Iterator[str]:
    """A node whose kubelet takes connections and says nothing."""
    name = "sick-node"
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        body = objects.node(name)
        body["metadata"]["labels"] = {"kubernetes.io/hostname": name}
        cluster.api.post("/api/v1/nodes", body)
        status = {
            "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": listening.getsockname()[1]}},
        }
        cluster.api.patch(f"/api/v1/nodes/{name}/status", {"status": status})
        yield name
        cluster.api.delete(f"/api/v1/nodes/{name}")


@pytest.mark.usefixtures("account")
def test_a_sick_kubelet_does_not_keep_the_owner_from_being_scaled_to_0(
    cluster: TestCluster, namespace: str, board_for: BoardMaker, silent_kubelet: str
) -> None:
    on_it = template(nodeName=silent_kubelet, tolerations=[{"operator": "Exists"}])
    make(cluster, namespace, "Deployment", replicas=1, selector={"matchLabels": {"app": "aura"}}, template=on_it)
    eventually(lambda: len(running(cluster, namespace)) == 1, "its pod is there")
    (pod,) = running(cluster, namespace)
    cluster.api.patch(f"/api/v1/namespaces/{namespace}/pods/{pod}/status", {"status": {"phase": "Running"}})
    board = board_for(f"{namespace}/aura", evidence_seconds=30.0, grace_seconds=0, patience_seconds=1.0)
    plan = board.make_plan("optimizer")
    seen: list[dict[str, StepState]] = []

    def watch(outcome: Outcome) -> None:
        seen.append({step.step.partition("/")[0]: step.state for step in outcome.steps})

    outcome = run(board, plan, on_progress=watch)
    stopped = {"workload.set": StepState.DONE, "pod.delete": StepState.DONE, "evidence.collect": StepState.RUNNING}
    assert stopped in seen, "all that stops it is done while the evidence is still waited for"
    evidence = next(step for step in outcome.steps if step.step == "evidence.collect")
    assert "main.log: not there within 30 s" in evidence.detail or "not had" in evidence.detail, details(outcome)
    scale: Any = cluster.api.get(APPS.format(namespace, "deployments/aura/scale"))
    assert not scale["spec"].get("replicas")
