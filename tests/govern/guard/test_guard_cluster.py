"""The guard as a process of its own on a real API server, with nobody at the keyboard."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from opsconsole.cli import main
from opsconsole.govern.names import FROZEN_WORDS
from tests.govern.conftest import BINDINGS, POLICIES, config_map, refused, wait_refused
from tests.support.waiting import eventually
from tests.testbed import aura as aura_world
from tests.testbed.api import STRATEGIC_PATCH
from tests.testbed.guarding import Guarding
from tests.testbed.population import aura_objects as made_objects

if TYPE_CHECKING:
    from tests.testbed.aura import AuraWorld
    from tests.testbed.cluster import TestCluster

pytestmark = pytest.mark.cluster
LEASE = "/apis/coordination.k8s.io/v1/namespaces/{}/leases/opsconsole-guard"


@pytest.fixture
def quiet_aura(cluster: TestCluster, clean: None) -> Iterator[AuraWorld]:
    """The Aura world before its night."""
    world = aura_world.make_aura_world(cluster, suffix=f"-{os.urandom(3).hex()}", night=False)
    yield world
    world.remove(cluster)


@pytest.fixture
def guard_for(cluster: TestCluster, tmp_path: Path) -> Iterator[Callable[..., Guarding]]:
    made: list[Guarding] = []

    def start(world: AuraWorld, namespace: str = "", ahead: float = 0.0, **guard: Any) -> Guarding:
        folder = tmp_path / f"guard-{len(made)}"
        folder.mkdir()
        file = folder / "opsconsole.toml"
        table = "\n".join(f"{key} = {json.dumps(value)}" for key, value in guard.items())
        file.write_text(
            f'[cluster]\nkubeconfig = "{cluster.admin_kubeconfig}"\n'
            f'[optimizer]\nname = "Deployment/{world.ops}/{world.optimizer}"\n'
            f'[govern]\nnamespace = "{namespace or world.ops}"\n[guard]\n{table}\n',
            encoding="utf-8",
        )
        guarding = Guarding(folder, file, ahead)
        made.append(guarding)
        eventually(lambda: guarding.watches, "the guard watches", 120)
        return guarding

    yield start
    for each in made:
        each.close()


def mad(cluster: TestCluster, world: AuraWorld) -> None:
    """Do what the optimizer did that night, as far as it is let."""
    with contextlib.suppress(Exception):
        aura_world.let_it_optimize(cluster, world)


def writes(cluster: TestCluster, world: AuraWorld) -> str:
    its_own = cluster.service_account_api(world.ops, world.service_account)
    try:
        place = f"/api/v1/namespaces/{world.production}/configmaps?dryRun=All"
        return refused(lambda: its_own.post(place, config_map("probe")))
    finally:
        its_own.close()


def live_status(guard: Guarding) -> str:
    """What somebody else's console says of it."""
    done = CliRunner().invoke(main, ["--config", str(guard.settings), "status", "--live"])
    assert done.exit_code == 0, done.output
    return done.output


def cut(cluster: TestCluster, world: AuraWorld, service: str = "api-gateway") -> None:
    """One mad write of the optimizer."""
    its_own = cluster.service_account_api(world.ops, world.service_account, user_agent="OpenAPI-Generator/37/python")
    patch = made_objects.limits_patch(made_objects.container_of(service), made_objects.CUTS[service])
    its_own.patch(f"/apis/apps/v1/namespaces/{world.production}/deployments/{service}", patch, STRATEGIC_PATCH)
    its_own.close()


def test_the_guard_freezes_the_aura_night_with_nobody_at_the_keyboard(
    cluster: TestCluster, quiet_aura: AuraWorld, guard_for: Callable[..., Guarding]
) -> None:
    guard = guard_for(quiet_aura)
    assert writes(cluster, quiet_aura) == ""
    token = cluster.service_account_api(quiet_aura.ops, quiet_aura.service_account)
    cut(cluster, quiet_aura)
    place = f"/api/v1/namespaces/{quiet_aura.production}/configmaps?dryRun=All"
    eventually(lambda: FROZEN_WORDS in refused(lambda: token.post(place, config_map("p"))), "frozen", 60)
    eventually(lambda: guard.said("Frozen"), "it says so")
    eventually(lambda: guard.metric("opsconsole_guard_trips_total") == 1.0, "it is counted")
    place_of_events = f"/apis/events.k8s.io/v1/namespaces/{quiet_aura.ops}/events"
    eventually(
        lambda: {"Tripped", "Frozen"} <= {event["reason"] for event in cluster.api.get(place_of_events)["items"]},
        "its events are there",
    )
    assert guard.get("/healthz") == "ok"
    eventually(lambda: "TRIPPED at" in live_status(guard), "consoles see that it has tripped")
    assert "leads" in live_status(guard)
    # It dies, and nothing is thawed by that.
    guard.close()
    assert FROZEN_WORDS in refused(lambda: token.post(place, config_map("p")))


def test_the_leader_is_killed_and_the_other_trips(
    cluster: TestCluster, quiet_aura: AuraWorld, guard_for: Callable[..., Guarding]
) -> None:
    first = guard_for(quiet_aura)
    eventually(lambda: first.metric("opsconsole_guard_leader") == 1.0, "it leads")
    second = guard_for(quiet_aura)
    assert second.metric("opsconsole_guard_leader") == 0.0
    first.close()
    cut(cluster, quiet_aura)
    eventually(lambda: FROZEN_WORDS in writes(cluster, quiet_aura), "the other freezes", 90)
    eventually(lambda: second.said("Frozen"), "it says so")
    assert cluster.api.get(LEASE.format(quiet_aura.ops))["spec"]["leaseTransitions"] == 1


def test_a_leader_that_is_stopped_and_goes_on_does_not_act_as_the_leader_over_a_thaw_that_it_did_not_see(
    cluster: TestCluster, quiet_aura: AuraWorld, guard_for: Callable[..., Guarding]
) -> None:
    first = guard_for(quiet_aura, lease_seconds=3.0)
    eventually(lambda: first.metric("opsconsole_guard_leader") == 1.0, "it leads", 30)
    second = guard_for(quiet_aura, lease_seconds=3.0)
    first.process.send_signal(signal.SIGSTOP)
    eventually(lambda: second.metric("opsconsole_guard_leader") == 1.0, "the other leads", 30)
    cut(cluster, quiet_aura)
    eventually(lambda: second.said("Frozen"), "the other freezes", 60)
    eventually(lambda: second.metric("opsconsole_guard_frozen") == 1.0, "it sees it", 30)
    cluster.api.delete(f"{BINDINGS}/opsconsole-freeze")
    eventually(lambda: second.said("Thawed"), "a person's thaw is seen", 30)
    eventually(lambda: writes(cluster, quiet_aura) == "", "it may write", 30)
    cut(cluster, quiet_aura, "auth-service")
    first.process.send_signal(signal.SIGCONT)
    goes_on = time.monotonic()
    eventually(lambda: first.said("NotLeading"), "it knows that it leads no more", 30)
    # By then it would have stood in for an idle leader; one that was away can't know that this one is not idle.
    eventually(lambda: time.monotonic() - goes_on > 4 * 3.0, "its time has come", 30)
    assert first.said("Tripped") == first.said("Frozen") == []
    assert writes(cluster, quiet_aura) == ""


def test_a_guard_that_can_t_keep_its_lease_says_so_is_not_healthy_and_leads_once_it_can(
    cluster: TestCluster, quiet_aura: AuraWorld, guard_for: Callable[..., Guarding]
) -> None:
    space = f"guardless-{os.urandom(3).hex()}"
    guard = guard_for(quiet_aura, namespace=space, lease_seconds=3.0)
    eventually(lambda: guard.said("NotLeading"), "it says so")
    words = guard.said("NotLeading")[0]
    for part in ("not leading", "because", f"kubectl create namespace {space}", "--alone"):
        assert part in words
    paths = ("/healthz", "/readyz", "/livez")
    eventually(lambda: [guard.status(path) for path in paths] == [503, 503, 200], "it is not healthy")
    eventually(lambda: guard.metric("opsconsole_guard_cannot_lead") == 1.0, "its metric says so")
    assert (guard.metric("opsconsole_guard_lease_failures_total") or 0.0) >= 1.0
    cut(cluster, quiet_aura)
    eventually(lambda: guard.said("NotActing"), "it says that it does not act", 60)
    assert (guard.metric("opsconsole_guard_failures_total") or 0.0) >= 1.0
    assert writes(cluster, quiet_aura) == ""
    cluster.api.post("/api/v1/namespaces", {"metadata": {"name": space}})
    eventually(lambda: guard.said("Leading"), "it leads")
    eventually(lambda: guard.status("/healthz") == 200, "it is healthy")
    eventually(lambda: guard.metric("opsconsole_guard_cannot_lead") == 0.0, "its metric says so")
    cluster.remove_namespaces(space)


@pytest.fixture
def stranger(cluster: TestCluster, quiet_aura: AuraWorld) -> Iterator[None]:
    """Somebody who is no guard holds the guards' Lease, and renews it all the time."""
    place, name = LEASE.format(quiet_aura.ops).rpartition("/")[::2]
    spec = {"holderIdentity": "stranger", "leaseDurationSeconds": 2**31 - 1}
    cluster.api.post(place, {"metadata": {"name": name}, "spec": spec})
    ended = threading.Event()

    def renew() -> None:
        while not ended.wait(0.5):
            now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            cluster.api.patch(f"{place}/{name}", {"spec": {**spec, "renewTime": now}})

    thread = threading.Thread(target=renew, daemon=True)
    thread.start()
    yield
    ended.set()
    thread.join(10)


@pytest.mark.usefixtures("stranger")
def test_a_stranger_who_holds_the_lease_does_not_keep_the_guard_from_freezing(
    cluster: TestCluster, quiet_aura: AuraWorld, guard_for: Callable[..., Guarding]
) -> None:
    guard = guard_for(quiet_aura, lease_seconds=3.0, stand_down_seconds=1.0)
    assert guard.metric("opsconsole_guard_leader") == 0.0
    cut(cluster, quiet_aura)
    eventually(lambda: FROZEN_WORDS in writes(cluster, quiet_aura), "it freezes all the same", 90)
    eventually(lambda: guard.said("NotActing"), "it has said why it did not at once")
    assert "whoever holds the Lease leaves it be" in guard.said("NotActing")[0]
    eventually(lambda: guard.said("Frozen"), "it says so")
    assert guard.metric("opsconsole_guard_leader") == 0.0


def test_a_lease_that_somebody_has_filled_up_is_kept_all_the_same(
    cluster: TestCluster, quiet_aura: AuraWorld, guard_for: Callable[..., Guarding]
) -> None:
    place, name = LEASE.format(quiet_aura.ops).rpartition("/")[::2]
    notes = {f"example.com/{number}": "x" * 65_000 for number in range(4)}
    cluster.api.post(place, {"metadata": {"name": name, "annotations": notes}, "spec": {}})
    guard = guard_for(quiet_aura, lease_seconds=3.0)
    eventually(lambda: guard.metric("opsconsole_guard_leader") == 1.0, "it leads", 30)
    assert not set(notes) & set(cluster.api.get(f"{place}/{name}")["metadata"]["annotations"])


@pytest.fixture
def against(cluster: TestCluster, quiet_aura: AuraWorld) -> Iterator[None]:
    """Somebody's own policy refuses every write of Leases in the guards' namespace."""
    name, leases = f"against-{quiet_aura.ops}", {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"]}
    rule = {**leases, "apiVersions": ["*"], "operations": ["*"]}
    condition = {"name": "there", "expression": f"request.namespace == '{quiet_aura.ops}'"}
    cluster.api.post(POLICIES, {"metadata": {"name": name}, "spec": {
        "matchConstraints": {"resourceRules": [rule]}, "matchConditions": [condition],
        "validations": [{"expression": "false", "message": "not for guards"}]}})  # fmt: skip
    cluster.api.post(
        BINDINGS, {"metadata": {"name": name}, "spec": {"policyName": name, "validationActions": ["Deny"]}}
    )
    probe = {"metadata": {"name": "probe"}, "spec": {}}
    place = LEASE.format(quiet_aura.ops).rpartition("/")[0]
    wait_refused(lambda: cluster.api.post(f"{place}?dryRun=All", probe), "not for guards")
    yield
    cluster.api.delete(f"{BINDINGS}/{name}")
    cluster.api.delete(f"{POLICIES}/{name}")


@pytest.mark.usefixtures("against")
def test_a_policy_against_the_guards_lease_does_not_keep_a_guard_from_freezing(
    cluster: TestCluster, quiet_aura: AuraWorld, guard_for: Callable[..., Guarding]
) -> None:
    guard = guard_for(quiet_aura, lease_seconds=3.0, stand_down_seconds=1.0)
    eventually(lambda: guard.said("NotLeading"), "it says that it can't keep its Lease")
    assert "not for guards" in guard.said("NotLeading")[0]
    cut(cluster, quiet_aura)
    eventually(lambda: FROZEN_WORDS in writes(cluster, quiet_aura), "it freezes all the same", 90)
    assert "not for guards" in guard.said("NotActing")[0]
    assert guard.metric("opsconsole_guard_leader") == 0.0


@pytest.mark.parametrize("ahead", [-600.0, 600.0], ids=["behind", "ahead"])
def test_a_guard_whose_clock_is_ten_minutes_off_freezes_what_is_mad_now(
    cluster: TestCluster, quiet_aura: AuraWorld, guard_for: Callable[..., Guarding], ahead: float
) -> None:
    guard = guard_for(quiet_aura, ahead=ahead)
    eventually(lambda: guard.metric("opsconsole_guard_leader") == 1.0, "it leads")
    assert not guard.said("Tripped")
    cut(cluster, quiet_aura)
    eventually(lambda: FROZEN_WORDS in writes(cluster, quiet_aura), "frozen", 60)


def test_a_thaw_is_left_to_whoever_thawed(
    cluster: TestCluster, quiet_aura: AuraWorld, guard_for: Callable[..., Guarding]
) -> None:
    guard = guard_for(quiet_aura, lease_seconds=3.0)
    cut(cluster, quiet_aura)
    eventually(lambda: guard.said("Frozen"), "frozen", 60)
    eventually(lambda: guard.metric("opsconsole_guard_frozen") == 1.0, "it sees it")
    cluster.api.delete(f"{BINDINGS}/opsconsole-freeze")
    eventually(lambda: guard.said("Thawed"), "it says so")
    eventually(lambda: writes(cluster, quiet_aura) == "", "it may write")
    cut(cluster, quiet_aura, "auth-service")
    eventually(lambda: guard.metric("opsconsole_guard_frozen") == 0.0, "it has looked")
    assert len(guard.said("Frozen")) == 1


def test_a_guard_that_watches_other_rules_leaves_it_alone(
    cluster: TestCluster, quiet_aura: AuraWorld, guard_for: Callable[..., Guarding]
) -> None:
    guard = guard_for(quiet_aura, rules=["invalid-number"])
    mad(cluster, quiet_aura)
    assert writes(cluster, quiet_aura) == ""
    assert guard.said("Tripped") == []
