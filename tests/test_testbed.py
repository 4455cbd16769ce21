"""The test bed itself: what the real-cluster tests stand on is really there."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import urllib3
import yaml

from tests.support.waiting import eventually
from tests.testbed import kubelet, objects
from tests.testbed.api import ApiError
from tests.testbed.plane import build
from tests.testbed.plane.logs import append_log, rotate_log

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.testbed.api import Object
    from tests.testbed.aura import AuraWorld
    from tests.testbed.cluster import TestCluster


def run_pod(cluster: TestCluster, namespace: str, name: str) -> None:
    cluster.api.post(f"/api/v1/namespaces/{namespace}/pods", objects.pod(name, labels={"app": name}))
    cluster.wait_for_pods(namespace, f"app={name}", 1)


def get_pod(cluster: TestCluster, namespace: str, name: str) -> Object:
    return cluster.api.get(f"/api/v1/namespaces/{namespace}/pods/{name}")


def test_server_reports_the_pinned_version(cluster: TestCluster) -> None:
    assert cluster.api.get("/version")["gitVersion"] == "v1.36.3"
    assert "Server Version: v1.36.3" in cluster.kubectl("version")


def test_rbac_denies_a_user_without_rights_and_the_audit_log_says_so(cluster: TestCluster, namespace: str) -> None:
    nobody = cluster.kubeconfig_for_user("nobody@example", ["on-call"])
    since = cluster.audit.position()
    answer = cluster.kubectl("get", "pods", "-n", namespace, kubeconfig=nobody, check=False)
    assert 'User "nobody@example" cannot list resource "pods"' in answer
    (request, *_) = cluster.audit.wait_for(lambda seen: seen.resource == "pods", since)
    assert (request.user, request.verb, request.status) == ("nobody@example", "list", 403)
    assert "on-call" in request.groups
    assert request.user_agent.startswith("kubectl/")


def test_service_account_kubeconfig_logs_in_as_that_account(cluster: TestCluster, namespace: str) -> None:
    cluster.api.post(f"/api/v1/namespaces/{namespace}/serviceaccounts", objects.service_account("robot"))
    for seconds in (3600, 60):
        path = cluster.kubeconfig_for_service_account(namespace, "robot", seconds)
        assert f"system:serviceaccount:{namespace}:robot" in cluster.kubectl("auth", "whoami", kubeconfig=path)


def test_expired_token_is_refused(cluster: TestCluster, namespace: str) -> None:
    path = cluster.kubeconfig_for_service_account(namespace, "default", -1)
    assert "Unauthorized" in cluster.kubectl("auth", "whoami", kubeconfig=path, check=False)


def test_pods_are_scheduled_and_run_and_end(cluster: TestCluster, namespace: str) -> None:
    run_pod(cluster, namespace, "web")
    pod = get_pod(cluster, namespace, "web")
    assert pod["spec"]["nodeName"].startswith("node-")
    assert pod["status"]["phase"] == "Running"
    path = f"/api/v1/namespaces/{namespace}/pods/web"
    cluster.api.delete(path)
    eventually(lambda: not cluster.api.exists(path), "the pod is gone")


@contextlib.contextmanager
def following(cluster: TestCluster, *arguments: str) -> Iterator[list[str]]:
    """Run ``kubectl logs -f`` and give the list that its lines are put into as they come."""
    command = cluster.kubectl_command("logs", "-f", *arguments)
    lines: list[str] = []
    with subprocess.Popen(command, env=cluster.kubectl_environment(), stdout=subprocess.PIPE, text=True) as process:
        stream = process.stdout
        assert stream is not None
        reader = threading.Thread(target=lambda: lines.extend(line.rstrip("\n") for line in stream), daemon=True)
        reader.start()
        try:
            yield lines
        finally:
            process.kill()
            reader.join(10)


def test_logs_follow_tail_and_rotate(cluster: TestCluster, namespace: str) -> None:
    run_pod(cluster, namespace, "talker")
    log = cluster.log_file(namespace, "talker", "main")
    append_log(log, "one\ntwo\nthree")
    assert cluster.kubectl("logs", "talker", "-n", namespace, "--tail=2") == "two\nthree\n"
    with following(cluster, "talker", "-n", namespace, "--tail=1") as lines:
        eventually(lambda: lines == ["three"], "the last line")
        append_log(log, "four")
        eventually(lambda: lines == ["three", "four"], "the new line")
        rotate_log(log)
        append_log(log, "x" * 40_000)
        eventually(lambda: lines[2:] == ["x" * 40_000], "a line in the new file")


def test_previous_log_is_there_after_a_restart(cluster: TestCluster, namespace: str) -> None:
    run_pod(cluster, namespace, "crasher")
    log = cluster.log_file(namespace, "crasher")
    append_log(log, "java.lang.OutOfMemoryError")
    refusal = cluster.kubectl("logs", "crasher", "-n", namespace, "--previous", check=False)
    assert "Error from server" in refusal
    kubelet.end_container(cluster.api, namespace, "crasher", kubelet.Death("OOMKilled", 137))
    cluster.logs.restart(namespace, "crasher")
    kubelet.start_container(cluster.api, namespace, "crasher")
    append_log(log, "starting again")
    assert cluster.kubectl("logs", "crasher", "-n", namespace) == "starting again\n"
    assert "OutOfMemory" in cluster.kubectl("logs", "crasher", "-n", namespace, "--previous")


def test_oom_kill_is_in_the_status_as_a_kubelet_writes_it(cluster: TestCluster, namespace: str) -> None:
    run_pod(cluster, namespace, "victim")
    kubelet.end_container(cluster.api, namespace, "victim", kubelet.Death("OOMKilled", 137))
    row = cluster.kubectl("get", "pod", "victim", "-n", namespace)
    assert "0/1" in row
    assert "OOMKilled" in row
    pod = kubelet.start_container(cluster.api, namespace, "victim")
    (status,) = pod["status"]["containerStatuses"]
    assert status["lastState"]["terminated"]["exitCode"] == 137
    assert status["restartCount"] == 1
    cluster.wait_for_pods(namespace, "app=victim", 1)


def test_chaos_labels_make_a_container_fail_as_asked(cluster: TestCluster, namespace: str) -> None:
    body = objects.pod("doomed", labels={"pod-container-running-failed.stage.kwok.x-k8s.io": "true"})
    prefix = "pod-container-running-failed.stage.kwok.x-k8s.io"
    body["metadata"]["annotations"] = {f"{prefix}/reason": "OOMKilled", f"{prefix}/exit-code": "137"}
    cluster.api.post(f"/api/v1/namespaces/{namespace}/pods", body)
    path = f"/api/v1/namespaces/{namespace}/pods/doomed"
    eventually(lambda: cluster.api.get(path)["status"]["phase"] == "Failed", "the pod has failed")
    (status,) = cluster.api.get(path)["status"]["containerStatuses"]
    assert status["state"]["terminated"]["exitCode"] == 137


def test_exec_runs_on_this_machine(cluster: TestCluster, namespace: str) -> None:
    run_pod(cluster, namespace, "shell")
    answer = cluster.kubectl("exec", "shell", "-n", namespace, "--", "cat", f"/proc/{os.getpid()}/comm")
    assert answer == Path("/proc/self/comm").read_text()


def test_killed_api_server_comes_back_on_its_port_with_its_data(cluster: TestCluster, namespace: str) -> None:
    cluster.api.post(f"/api/v1/namespaces/{namespace}/pods", objects.pod("survivor"))
    uid = get_pod(cluster, namespace, "survivor")["metadata"]["uid"]
    server = cluster.server
    cluster.kill_apiserver()
    try:
        with pytest.raises(urllib3.exceptions.HTTPError):
            cluster.api.get("/version")
    finally:
        cluster.restart_apiserver()
    assert cluster.server == server
    assert get_pod(cluster, namespace, "survivor")["metadata"]["uid"] == uid


def test_removed_namespaces_are_gone_with_what_a_finalizer_held_and_their_neighbours_stay(
    cluster: TestCluster, namespace: str
) -> None:
    gone, stays = f"{namespace}-gone", f"{namespace}-gone-not"
    cluster.create_namespaces([gone, stays])
    for name in (gone, stays):
        run_pod(cluster, name, gone)
        cluster.api.patch(f"/api/v1/namespaces/{name}/pods/{gone}", {"metadata": {"finalizers": ["example.org/mine"]}})
        cluster.api.post(f"/apis/apps/v1/namespaces/{name}/deployments", objects.deployment("web"))
        cluster.wait_for_pods(name, "app=web", 1)
    cluster.remove_namespaces(gone)
    eventually(lambda: not cluster.api.exists(f"/api/v1/namespaces/{gone}"), "the namespace is gone")
    pods = "/api/v1/pods"
    eventually(lambda: gone not in {pod["metadata"]["namespace"] for pod in cluster.api.get(pods)["items"]}, "its pods")
    assert len(cluster.pods(stays)) == 2
    cluster.create_namespace(gone)
    assert cluster.api.get(f"/apis/apps/v1/namespaces/{gone}/deployments")["items"] == []
    run_pod(cluster, gone, "anew")
    cluster.remove_namespaces(gone, stays)


def test_paused_api_server_is_silent_until_it_goes_on(cluster: TestCluster) -> None:
    cluster.pause_apiserver()
    try:
        assert not cluster.api.healthy()
    finally:
        cluster.resume_apiserver()
    eventually(cluster.api.healthy, "the server answers again")


def test_aura_night_looks_as_in_the_write_up(cluster: TestCluster, aura: AuraWorld) -> None:
    rows = [line.split() for line in cluster.kubectl("get", "pods", "-n", aura.production).splitlines()[1:]]
    states = {(row[0].rsplit("-", 2)[0], row[2]) for row in rows}
    assert states == {
        ("api-gateway", "Terminating"),
        ("api-gateway", "OOMKilled"),
        ("auth-service", "Pending"),
        ("vector-proxy", "Error"),
    }
    (killer,) = [line.split() for line in cluster.kubectl("get", "pods", "-n", aura.ops).splitlines()[1:]]
    assert killer == [aura.optimizer_pod, "2/2", "Running", "0", "2d"]
    assert "returned no data" in cluster.kubectl("logs", aura.optimizer_pod, "-n", aura.ops, "-c", "optimizer")
    account = f"--as=system:serviceaccount:{aura.ops}:{aura.service_account}"
    assert cluster.kubectl("auth", "can-i", "*", "*", account).strip() == "yes"


def test_api_error_carries_status_and_words(cluster: TestCluster) -> None:
    with pytest.raises(ApiError, match="not found") as caught:
        cluster.api.get("/api/v1/namespaces/there-is-none")
    assert caught.value.status == 404


@pytest.mark.cluster
def test_nothing_is_left_when_the_starting_process_is_killed() -> None:
    code = (
        "from tests.testbed.cluster import TestCluster\n"
        "c = TestCluster(nodes=0); c.start()\n"
        "print(c.directory, *(c.component(n).pid for n in ('etcd', 'kube-apiserver', 'kwok')), flush=True)\n"
        "import signal; signal.pause()\n"
    )
    root = Path(__file__).parents[1]
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdout is not None
        directory, *pids = process.stdout.readline().split()
        assert len(pids) == 3
        process.send_signal(signal.SIGKILL)
    eventually(lambda: not any(_alive(int(pid)) for pid in pids), "the children are gone")
    eventually(lambda: not Path(directory).exists(), "the folder is gone")


def _alive(pid: int) -> bool:
    # Killed children are init's to reap; where init is slow they linger as zombies, which hold nothing.
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


WITHOUT_GO = """
import sys, pytest
from tests.testbed.plane import build
build.find_go = build.cached = lambda: None
sys.exit(pytest.main(["-q", "-rs", "tests/test_testbed.py", "-k", "pinned_version"]))
"""


@pytest.mark.parametrize(
    ("required", "code", "words"),
    [("", 0, "SKIPPED [1]"), ("1", 1, "Go 1.26 or newer is needed to build the test bed")],
)
def test_without_go_the_cluster_tests_are_left_out_or_fail_as_asked(required: str, code: int, words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_GO],
        env=os.environ | {"OPSCONSOLE_REQUIRE_CLUSTER": required},
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert words in done.stdout
    assert done.returncode == code


def test_an_older_control_plane_takes_the_place_of_the_newer_and_the_rest_is_shared(tmp_path: Path) -> None:
    older = tmp_path / "older"
    older.mkdir()
    (older / "kube-apiserver").touch()
    binaries = build.Binaries(tmp_path / "bin", tmp_path / "kwok", older)
    assert binaries.path("kube-apiserver") == str(older / "kube-apiserver")
    assert binaries.path("etcd") == str(tmp_path / "bin" / "etcd")


@pytest.mark.parametrize(("program", "instead"), [("kube-apiserver", True), ("kubectl", False), ("etcd", False)])
def test_programs_of_another_version_take_the_place_of_those_that_were_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, instead: bool
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "kube-apiserver").touch()
    monkeypatch.setattr(build, "_is_whole", lambda _: True)
    monkeypatch.setenv("OPSCONSOLE_TESTBED_BIN", str(other))
    found = build.ensure_built().path(program)
    assert (found == str(other / program)) is instead
    monkeypatch.delenv("OPSCONSOLE_TESTBED_BIN")
    assert build.ensure_built().path(program) != str(other / program)


@pytest.mark.cluster
def test_module_starts_prints_its_kubeconfig_and_ends_on_a_signal() -> None:
    command = [sys.executable, "-m", "tests.testbed", "--aura"]
    root = Path(__file__).parents[1]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=root) as process:
        assert process.stdout is not None
        name, _, path = process.stdout.readline().strip().partition("=")
        assert name == "KUBECONFIG"
        assert yaml.safe_load(Path(path).read_text())["current-context"] == "admin@testbed"
        process.terminate()
        assert process.wait(30) == 0
    assert not Path(path).parent.exists()
