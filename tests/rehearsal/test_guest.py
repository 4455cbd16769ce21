"""The rehearsal as a guest: what it may touch, what it makes, and that it leaves nothing behind."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from opsconsole.cli import main
from opsconsole.clock import SystemClock
from opsconsole.cluster.transport.connection import connect
from opsconsole.settings import ClusterSettings
from rehearsal import scenario
from rehearsal.gpu import registered
from rehearsal.guest.objects import MANAGED_BY, RUN_LABEL, Guest, mind, objects
from rehearsal.guest.play import GuestRehearsal
from rehearsal.guest.stage import GuestError, may_play
from rehearsal.rehearsal import Rehearsal
from rehearsal.scenario import Scenario
from tests.rehearsal.test_live import is_over
from tests.support.waiting import eventually

MARKS = ("prod", "live")
IMAGE = "registry.example/pause:1"


@pytest.mark.parametrize(
    ("context", "namespace", "again", "word"),
    [
        ("eu-PROD-1", "x", None, "looks like production"),
        ("eu-prod-1", "x", "other", "looks like production"),
        ("kind", "default", None, "belongs to the cluster"),
        ("kind", "kube-system", None, "belongs to the cluster"),
        ("eu-prod-1", "kube-system", "eu-prod-1", "belongs to the cluster"),
    ],
)
def test_where_it_may_not_play(context: str, namespace: str, again: str | None, word: str) -> None:
    with pytest.raises(GuestError, match=word):
        may_play(context, namespace, MARKS, again)


@pytest.mark.parametrize(("context", "again"), [("kind", None), ("eu-prod-1", "eu-prod-1")])
def test_where_it_may(context: str, again: str | None) -> None:
    may_play(context, "game-day", MARKS, again)


@pytest.fixture
def guest(aura: Scenario) -> Guest:
    return Guest(aura, "game-day", "0123", IMAGE)


def test_everything_is_labelled_small_and_in_the_one_namespace(guest: Guest) -> None:
    made = objects(guest)
    assert {obj["kind"] for obj in made} == {"ServiceAccount", "Role", "RoleBinding", "Deployment"}
    for obj in made:
        assert guest.labels.items() <= obj["metadata"]["labels"].items()
        assert "namespace" not in obj["metadata"]
    containers = [
        container
        for obj in made
        if obj["kind"] == "Deployment"
        for container in obj["spec"]["template"]["spec"]["containers"]
    ]
    assert {container["image"] for container in containers} == {IMAGE}
    assert all(container["resources"]["requests"] == {"cpu": "10m", "memory": "16Mi"} for container in containers)
    assert not any("nvidia.com/gpu" in container["resources"].get("limits", {}) for container in containers)


def test_nobody_gets_cluster_admin(guest: Guest) -> None:
    (role,) = [obj for obj in objects(guest) if obj["kind"] == "Role"]
    (binding,) = [obj for obj in objects(guest) if obj["kind"] == "RoleBinding"]
    assert binding["roleRef"]["kind"] == "Role"
    assert binding["subjects"][0]["namespace"] == "game-day"
    assert {resource for rule in role["rules"] for resource in rule["resources"]} == {
        "deployments",
        "deployments/scale",
        "pods",
    }
    assert not any("*" in rule["verbs"] for rule in role["rules"])


def test_no_move_leaves_the_namespace(guest: Guest) -> None:
    found = mind(guest)
    assert {move.do for move in found.moves} <= {"cut", "scale", "spiral", "delete"}
    assert set(found.places.values()) == {"game-day"}


# --- on servers --------------------------------------------------------------------------------------------------


class Host:
    """A cluster to be a guest on."""

    def __init__(self, kubeconfig: Path, context: str) -> None:
        self.settings = ClusterSettings(kubeconfig=str(kubeconfig), context=context)
        self.connection = connect(self.settings, read_only=False, clock=SystemClock())

    def get(self, path: str) -> Any:
        return msgspec.json.decode(self.connection.request("GET", path))

    def names(self, path: str) -> set[str]:
        return {item["metadata"]["name"] for item in self.get(path)["items"]}


@pytest.fixture(params=["rehearsal", pytest.param("real", marks=pytest.mark.cluster)])
def host(request: pytest.FixtureRequest, rehearse: Callable[..., Rehearsal]) -> Host:
    if request.param == "rehearsal":
        embedded = rehearse(scenario.load("smartscaler"))
        embedded.start()
        return Host(embedded.kubeconfig, embedded.scenario.context)
    cluster = request.getfixturevalue("cluster")
    return Host(cluster.admin_kubeconfig, "")


@pytest.fixture
def playing(host: Host, aura: Scenario) -> Iterator[GuestRehearsal]:
    name = f"game-{secrets.token_hex(3)}"
    found = GuestRehearsal(host.connection, aura, name, IMAGE, SystemClock())
    found.start()
    yield found
    found.stop()


def test_it_plays_is_ended_by_its_pod_and_leaves_nothing(host: Host, playing: GuestRehearsal) -> None:
    namespace = playing.guest.namespace
    deployments = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    (process,) = eventually(playing.processes.running, seconds=60)
    workers = eventually(lambda: found if len(found := list(registered(playing.folder / "gpus"))) == 3 else [])
    assert {"aura-optimizer-v2", "auth-service", "checkout"} <= host.names(deployments)
    found = host.get(f"/api/v1/namespaces/{namespace}")["metadata"]["labels"]
    assert {RUN_LABEL: playing.run, **MANAGED_BY}.items() <= found.items()

    scale = b'{"spec":{"replicas":0}}'
    host.connection.request(
        "PATCH", f"{deployments}/aura-optimizer-v2/scale", body=scale, content_type="application/merge-patch+json"
    )
    eventually(lambda: is_over(process.pid), seconds=60)
    assert not any(is_over(held.pid) for held in workers)

    assert playing.stop() == []
    assert namespace not in host.names("/api/v1/namespaces")
    eventually(lambda: all(is_over(held.pid) for held in workers))
    assert not playing.folder.exists()


def test_it_does_what_the_story_says_with_its_own_token(host: Host, playing: GuestRehearsal) -> None:
    eventually(playing.processes.running, seconds=60)
    playing._began -= 60  # the cut of auth-service is due 40 s into the story
    path = f"/apis/apps/v1/namespaces/{playing.guest.namespace}/deployments/auth-service"

    def cut() -> bool:
        (container,) = host.get(path)["spec"]["template"]["spec"]["containers"]
        return bool(container["resources"]["limits"]["memory"] == "64Mi")

    eventually(cut, seconds=60)
    managers = [entry["manager"] for entry in host.get(path)["metadata"]["managedFields"]]
    assert "OpenAPI-Generator" in managers
    assert '"action": "patch_deployment"' in playing.log.read_text()


def test_a_namespace_that_is_there_is_left_alone(host: Host, aura: Scenario) -> None:
    host.connection.request(
        "POST", "/api/v1/namespaces", body={"metadata": {"name": (name := f"own-{secrets.token_hex(3)}")}}
    )
    intruder = GuestRehearsal(host.connection, aura, name, IMAGE, SystemClock())
    try:
        with pytest.raises(GuestError, match="there is a namespace"):
            intruder.start()
    finally:
        assert intruder.stop() == []
    assert name in host.names("/api/v1/namespaces")
    assert "auth-service" not in host.names(f"/apis/apps/v1/namespaces/{name}/deployments")
    host.connection.request("DELETE", f"/api/v1/namespaces/{name}")


def test_the_command_refuses_production_before_it_connects() -> None:
    done = CliRunner().invoke(main, ["rehearse", "--context", "live-eu", "--namespace", "x", "--headless", "1"])
    assert done.exit_code == 1
    assert done.output.startswith("Error: the context live-eu looks like production")
    alone = CliRunner().invoke(main, ["rehearse", "--context", "kind"])
    assert "a real cluster needs both --context and --namespace" in alone.output
    read_only = CliRunner().invoke(main, ["--read-only", "rehearse", "--context", "kind", "--namespace", "x"])
    assert "this console is read-only" in read_only.output
