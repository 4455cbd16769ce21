"""The whole rehearsal with its real processes: revoking stops writes, deleting ends it, nothing is left behind."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import urllib3

from opsconsole.gpu.host.processes import parse_stat
from opsconsole.records import ProcessState
from rehearsal import gpu
from rehearsal.folders import private_folder
from rehearsal.gpu import Held, SimulatedProbe, SimulatedProcesses, register, registered, start_ticks
from rehearsal.rehearsal import Rehearsal
from rehearsal.scenario import Scenario
from tests.support.waiting import eventually

WORKERS = 3
RBAC = "/apis/rbac.authorization.k8s.io/v1"


class Live:
    """A rehearsal whose time is moved by hand, and requests to it as the operator."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        self.rehearsal = rehearsal
        config = json.loads(rehearsal.kubeconfig.read_text())
        self._token = config["users"][0]["user"]["token"]
        self.pool = urllib3.PoolManager(
            retries=False, ca_certs=config["clusters"][0]["cluster"]["certificate-authority"]
        )

    def send(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/merge-patch+json"}
        data = None if body is None else json.dumps(body)
        answer = self.pool.request(method, self.rehearsal.server.url + path, body=data, headers=headers)
        assert answer.status < 300, answer.data
        return answer.json()

    def step(self, seconds: float) -> None:
        self.rehearsal.engine.step(seconds)

    def said(self) -> list[str]:
        """Its log, through the API."""
        pod = self.rehearsal.optimizer_pods()[0]["metadata"]
        path = f"/api/v1/namespaces/{pod['namespace']}/pods/{pod['name']}/log?container=optimizer"
        headers = {"Authorization": f"Bearer {self._token}"}
        text = self.pool.request("GET", self.rehearsal.server.url + path, headers=headers).data.decode()
        return [line.partition("] ")[2] for line in text.splitlines()]

    def revoke(self) -> None:
        """Take both of its bindings away, the shared one by a patch."""
        optimizer = self.rehearsal.scenario.optimizer
        self.send("DELETE", f"{RBAC}/clusterrolebindings/{optimizer.bindings[0].name}")
        shared = f"{RBAC}/namespaces/production/rolebindings/{optimizer.bindings[1].name}"
        subjects = self.send("GET", shared)["subjects"]
        self.send("PATCH", shared, {"subjects": [each for each in subjects if each["name"] != optimizer.account]})

    def delete_optimizer(self) -> None:
        """Scale its Deployment to 0 and delete its pod."""
        optimizer = self.rehearsal.scenario.optimizer
        path = f"/apis/apps/v1/namespaces/{optimizer.namespace}/deployments/{optimizer.name}/scale"
        self.send("PATCH", path, {"spec": {"replicas": 0}})
        self.step(10)

    def workers(self) -> list[Held]:
        return list(registered(self.rehearsal.folder / "gpus"))


@pytest.fixture
def live(rehearse: Callable[..., Rehearsal], aura: Scenario) -> Live:
    rehearsal = rehearse(aura)
    rehearsal.play_past(history=60)
    rehearsal.go_live()
    found = Live(rehearsal)
    eventually(lambda: len(found.workers()) == WORKERS)
    return found


def state_of(pid: int) -> str:
    """The letter in ``/proc/PID/stat``, or nothing."""
    try:
        return parse_stat(Path(f"/proc/{pid}/stat").read_text()).state
    except OSError:
        return ""


def is_over(pid: int) -> bool:
    """Gone, or dead and only not reaped by whoever has it now."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return all(parse_stat((task / "stat").read_text()).state in "ZX" for task in tasks)
    except OSError:
        return True


def test_the_night_is_under_way_when_the_screen_opens(live: Live) -> None:
    pods = live.send("GET", "/api/v1/namespaces/production/pods")["items"]
    killed = [pod for pod in pods if pod["metadata"]["labels"]["app"] == "auth-service"]
    assert all(
        pod["status"]["containerStatuses"][0]["lastState"]["terminated"]["reason"] == "OOMKilled" for pod in killed
    )
    (optimizer,) = live.rehearsal.optimizer_pods()
    assert optimizer["status"]["phase"] == "Running"
    assert optimizer["status"]["containerStatuses"][0]["restartCount"] == 0
    assert {node["metadata"]["name"] for node in live.send("GET", "/api/v1/nodes")["items"] if tainted(node)} == {
        "prod-app-02",
        "prod-app-03",
    }


def tainted(node: Any) -> bool:
    return any(taint["key"] == "aura.ai/isolated" for taint in node["spec"].get("taints") or [])


def test_it_fights_the_humans_scale_within_one_cycle(live: Live) -> None:
    path = "/apis/apps/v1/namespaces/production/deployments/auth-service"
    live.send("PATCH", f"{path}/scale", {"spec": {"replicas": 7}})
    live.step(10.5)
    found = live.send("GET", path)
    assert found["spec"]["replicas"] == 3
    owner = [each for each in found["metadata"]["managedFields"] if "f:replicas" in each["fieldsV1"].get("f:spec", {})]
    assert [each["manager"] for each in owner] == ["OpenAPI-Generator"]


def test_revoking_really_stops_its_writes(live: Live) -> None:
    live.revoke()
    live.step(1)
    before = len(live.said())
    path = "/apis/apps/v1/namespaces/production/deployments/auth-service"
    live.send("PATCH", f"{path}/scale", {"spec": {"replicas": 7}})
    live.step(25)
    assert live.send("GET", path)["spec"]["replicas"] == 7
    eventually(lambda: any(line.endswith("403 Forbidden") for line in live.said()[before:]), "it says so")
    account = "system:serviceaccount:ops-tools:aura-optimizer"
    late = [each for each in live.rehearsal.audit if each.user == account and each.status < 300]
    assert all(each.at < live.rehearsal.clock.now() - 25 for each in late)


def test_half_a_revocation_does_not(live: Live) -> None:
    live.send("DELETE", f"{RBAC}/clusterrolebindings/aura-optimizer-admin-binding")
    path = "/apis/apps/v1/namespaces/production/deployments/auth-service"
    live.send("PATCH", f"{path}/scale", {"spec": {"replicas": 7}})
    live.step(11)
    assert live.send("GET", path)["spec"]["replicas"] == 3


def test_deleting_only_its_pod_brings_a_new_one(live: Live) -> None:
    (pod,) = live.rehearsal.optimizer_pods()
    (process,) = live.rehearsal.processes.running()
    live.send("DELETE", f"/api/v1/namespaces/ops-tools/pods/{pod['metadata']['name']}")
    live.step(15)
    assert is_over(process.pid)
    (successor,) = live.rehearsal.processes.running()
    assert successor.uid != pod["metadata"]["uid"]


def test_deleting_it_ends_its_process_and_leaves_its_workers(live: Live) -> None:
    (process,) = live.rehearsal.processes.running()
    before = {held.pid for held in live.workers()}
    live.delete_optimizer()
    assert live.rehearsal.processes.running() == []
    assert is_over(process.pid)
    assert {held.pid for held in live.workers()} == before
    reader = SimulatedProcesses(live.rehearsal.folder / "gpus")
    assert all(reader.read(pid).orphan for pid in before)


def test_a_pod_deleted_by_force_lives_on_until_the_kubelet_notices(live: Live) -> None:
    (process,) = live.rehearsal.processes.running()
    (pod,) = live.rehearsal.optimizer_pods()
    path = f"/api/v1/namespaces/ops-tools/pods/{pod['metadata']['name']}?gracePeriodSeconds=0"
    live.send("DELETE", path)
    live.step(0.5)
    assert not is_over(process.pid)
    live.step(3)
    assert is_over(process.pid)


def test_its_token_dies_with_its_pod(live: Live) -> None:
    pod = live.rehearsal.optimizer_pods()[0]
    token = live.rehearsal._pod_token(pod)  # what its process was given
    path = f"{live.rehearsal.server.url}/version"
    headers = {"Authorization": f"Bearer {token}"}
    assert live.pool.request("GET", path, headers=headers).status == 200
    live.delete_optimizer()
    assert live.pool.request("GET", path, headers=headers).status == 401


# --- the GPUs ----------------------------------------------------------------------------------------------------


def test_the_gpus_hold_what_the_workers_hold_until_each_has_ended(live: Live) -> None:
    probe = SimulatedProbe(live.rehearsal.folder / "gpus")
    before = probe.snapshot()
    assert probe.source == "simulated"
    assert all("simulated" in device.name for device in before.devices)
    assert len(before.processes) == WORKERS
    victim = next(each for each in live.workers() if each.memory == 12288 * 2**20)
    os.kill(victim.pid, signal.SIGTERM)
    eventually(lambda: len(probe.snapshot().processes) == WORKERS - 1)
    freed = before.devices[victim.device].memory_used - probe.snapshot().devices[victim.device].memory_used
    assert freed == victim.memory


def test_one_worker_heeds_no_sigterm_and_one_is_a_zombie_that_lives(live: Live) -> None:
    reader = SimulatedProcesses(live.rehearsal.folder / "gpus")
    by_memory = {held.memory // 2**20: held for held in live.workers()}
    stubborn, leaderless = by_memory[38912], by_memory[21504]
    eventually(lambda: reader.read(leaderless.pid).state is ProcessState.ZOMBIE_LEADER)
    os.kill(stubborn.pid, signal.SIGTERM)
    live.step(1)
    assert reader.read(stubborn.pid).state is ProcessState.RUNNING
    os.kill(stubborn.pid, signal.SIGKILL)
    eventually(lambda: is_over(stubborn.pid))


def test_dead_children_are_left_unreaped(live: Live) -> None:
    trainer = next(held for held in live.workers() if held.memory == 38912 * 2**20)
    children = Path(f"/proc/{trainer.pid}/task/{trainer.pid}/children").read_text().split()
    eventually(lambda: [state_of(int(pid)) for pid in children] == ["Z", "Z"], "both have ended")


def test_no_process_is_shown_that_the_rehearsal_did_not_start(live: Live, tmp_path: Path) -> None:
    reader = SimulatedProcesses(live.rehearsal.folder / "gpus")
    assert reader.read(os.getpid()).state is ProcessState.GONE
    gpu.prepare(tmp_path, ())
    register(tmp_path, Held(os.getpid(), (start_ticks(os.getpid()) or 0) - 1, os.getppid(), 0, 1))
    assert list(registered(tmp_path)) == [], "another process has that PID now"
    gpu.kill_all(tmp_path)


def test_the_clean_ups_pattern_matches_this_rehearsals_workers_alone(
    live: Live, rehearse: Callable[..., Rehearsal]
) -> None:
    (pattern,) = live.rehearsal.settings["optimizer.processes"]
    reader = SimulatedProcesses(live.rehearsal.folder / "gpus")
    assert all(re.search(pattern, reader.read(held.pid).command) for held in live.workers())
    other = rehearse(live.rehearsal.scenario).settings["optimizer.processes"]
    assert not any(re.search(other[0], reader.read(held.pid).command) for held in live.workers())


# --- the end -----------------------------------------------------------------------------------------------------


def test_stopping_leaves_nothing(live: Live) -> None:
    pids = [held.pid for held in live.workers()] + [each.pid for each in live.rehearsal.processes.running()]
    folder = live.rehearsal.folder
    live.rehearsal.stop()
    eventually(lambda: all(is_over(pid) for pid in pids))
    assert not folder.exists()


RUN = """
import sys, time
from rehearsal import scenario
from rehearsal.gpu import registered
from rehearsal.rehearsal import Rehearsal
rehearsal = Rehearsal(scenario.load("aura"))
rehearsal.play_past(history=60)
rehearsal.go_live()
while len(held := list(registered(rehearsal.folder / "gpus"))) < 3:
    time.sleep(0.05)
pids = [each.pid for each in held] + [each.pid for each in rehearsal.processes.running()]
print(rehearsal.folder, *pids, flush=True)
if sys.argv[1] == "deleted":
    rehearsal.processes.kill_all()
print("ready", flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("when", ["running", "deleted"])
def test_kill_9_of_the_console_leaves_no_process(when: str) -> None:
    console = subprocess.Popen([sys.executable, "-c", RUN, when], stdout=subprocess.PIPE, text=True)
    assert console.stdout is not None
    folder, *pids = console.stdout.readline().split()
    assert console.stdout.readline() == "ready\n"
    workers = [int(pid) for pid in pids[:WORKERS]]
    assert len(pids) == WORKERS + 1
    assert not any(is_over(pid) for pid in workers)
    console.kill()
    console.wait()
    console.stdout.close()
    eventually(lambda: all(is_over(int(pid)) for pid in pids))
    shutil.rmtree(folder)


def test_without_openssl_it_speaks_plain_http(
    rehearse: Callable[..., Rehearsal], aura: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    rehearsal = rehearse(aura)
    rehearsal.play_past(history=60)
    rehearsal.go_live()
    assert rehearsal.server.url.startswith("http://127.0.0.1:")
    (cluster,) = json.loads(rehearsal.kubeconfig.read_text())["clusters"]
    assert cluster["cluster"] == {"server": rehearsal.server.url}
    rehearsal.engine.step(12)
    (process,) = rehearsal.processes.running()
    assert any(entry.status == 200 and entry.at > rehearsal.clock.now() - 12 for entry in rehearsal.audit), process.pid


# --- time --------------------------------------------------------------------------------------------------------


def test_a_defect_in_the_world_is_said_and_not_thrown(rehearse: Callable[..., Rehearsal], aura: Scenario) -> None:
    rehearsal = rehearse(aura, speed=20.0)
    rehearsal.play_past(history=60)

    def break_down() -> None:
        raise KeyError("gone")

    rehearsal.engine.watchers.append(break_down)
    rehearsal.engine.start()
    assert eventually(lambda: rehearsal.engine.failure) == "the rehearsal's world stopped: KeyError: 'gone'"


def test_what_a_killed_rehearsal_left_is_removed_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    ended = subprocess.Popen(["true"])
    ended.wait()
    left, living, strange = (
        tmp_path / f"opsconsole-rehearsal-{name}" for name in (f"{ended.pid}-abc", f"{os.getpid()}-abc", "notes")
    )
    for each in (left, living, strange):
        each.mkdir()
    made = private_folder()
    assert sorted(tmp_path.iterdir()) == sorted([living, strange, made])
    assert oct(made.stat().st_mode)[-3:] == "700"
