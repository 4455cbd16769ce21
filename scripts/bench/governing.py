"""How fast a freeze holds and what gets through meanwhile; what the guard costs, and how fast it is, with nobody there.

The writer is a thread that writes as the optimizer, with its own token, as fast as it can.
"""

from __future__ import annotations

import json
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil

from opsconsole.clock import SystemClock
from opsconsole.cluster.transport.connection import Connection
from opsconsole.govern.names import FREEZE, FROZEN_WORDS
from opsconsole.settings import ClusterSettings, JournalSettings, OptimizerSettings, Settings
from opsconsole.switches.build import build_switchboard
from opsconsole.switches.engine.board import Switchboard
from opsconsole.switches.govern.build import governor_switches
from scripts.bench.table import Row
from tests.support.waiting import eventually
from tests.testbed import aura, aura_objects
from tests.testbed.api import STRATEGIC_PATCH, Api, ApiError
from tests.testbed.aura import AuraWorld
from tests.testbed.cluster import TestCluster
from tests.testbed.guarding import Guarding

ROUNDS = 5


class Through(NamedTuple):
    """Seconds to the first refused write, writes that got through meanwhile, seconds that one write takes just now."""

    seconds: float
    writes: int
    one_write: float


def rows(cluster: TestCluster) -> Iterator[Row]:
    """Measure the freeze, the Aura night and the change of leaders on a small cluster."""
    with tempfile.TemporaryDirectory() as folder, _world(cluster) as world:
        board = _board(cluster, world, Path(folder))
        yield _row("key → first refused write, not installed", _freezes(cluster, world, board), "≤ 1.5 s")
        board.execute(board.make_plan("install-governor")).result()
        yield _row("key → first refused write, installed", _freezes(cluster, world, board), "≤ 50 ms")
        board.execute(board.make_plan("uninstall-governor")).result()
    with _world(cluster) as world, _guard(cluster, world):
        yield Row("Aura night, nobody there: first mad write → frozen", f"{_night(cluster, world):.1f} s", "≤ 15 s")
        _thaw(cluster)
    with _world(cluster) as world, _guard(cluster, world) as first:
        eventually(lambda: first.metric("opsconsole_guard_leader") == 1.0, "it leads", 60)
        with _guard(cluster, world):
            first.process.kill()
            yield Row("leader killed, a mad write at once → frozen", f"{_night(cluster, world):.1f} s", "≤ 15 s")
            _thaw(cluster)


def guard_at_rest(cluster: TestCluster, pods: int, seconds: float) -> Iterator[Row]:
    """Measure a guard that watches a large cluster in which nothing happens."""
    with _world(cluster) as world, _guard(cluster, world) as guard:
        process = psutil.Process(guard.process.pid)
        eventually(lambda: guard.metric('opsconsole_guard_feed_live{feed="pods"}') == 1.0, "it has the pods", 180)
        time.sleep(15.0)
        before = process.cpu_times()
        time.sleep(seconds)
        after = process.cpu_times()
        share = (after.user + after.system - before.user - before.system) / seconds * 100.0
        yield Row(f"guard at rest, {pods:,} pods: memory", f"{process.memory_info().rss / 1e6:.0f} MB", "≤ 70 MB")
        yield Row(f"guard at rest, {pods:,} pods: share of a core", f"{share:.1f} %", "≤ 1 %")


def _row(what: str, found: list[Through], goal: str) -> Row:
    times = sorted(each.seconds for each in found)
    writes = sorted(each.writes for each in found)
    figure = f"{times[len(times) // 2] * 1000:.0f} ms (worst {times[-1] * 1000:.0f} ms)"
    figure += f"; {writes[len(writes) // 2]} writes got through"
    one = sorted(each.one_write for each in found)[len(found) // 2]
    return Row(f"{what}, of {len(found)}", figure, f"{goal}; one write takes {one * 1000:.0f} ms here")


@contextmanager
def _world(cluster: TestCluster) -> Iterator[AuraWorld]:
    world = aura.make_aura_world(cluster, suffix=f"-{os.urandom(3).hex()}", night=False)
    try:
        yield world
    finally:
        world.remove(cluster)


def _board(cluster: TestCluster, world: AuraWorld, folder: Path) -> Switchboard:
    settings = Settings(
        cluster=ClusterSettings(kubeconfig=str(cluster.admin_kubeconfig)),
        optimizer=OptimizerSettings(name=f"Deployment/{world.ops}/{world.optimizer}"),
        journal=JournalSettings(folder=str(folder)),
    )
    connection = Connection(settings.cluster, read_only=False, clock=SystemClock())
    further = governor_switches(settings, connection, SystemClock())
    return build_switchboard(settings, connection, None, SystemClock(), further=further)


def _freezes(cluster: TestCluster, world: AuraWorld, board: Switchboard) -> list[Through]:
    found = []
    for _ in range(ROUNDS):
        plan = board.make_plan("freeze")
        with _writing(cluster, world) as writes:
            eventually(lambda: len(writes) > 5, "it writes", 20)
            begun = time.monotonic()
            board.execute(plan).result()
        refused = min(at for at, frozen in writes if frozen and at > begun)
        before = [at for at, _ in writes if at < begun]
        one = (before[-1] - before[0]) / (len(before) - 1)
        found.append(Through(refused - begun, sum(begun < at < refused for at, _ in writes), one))
        board.execute(board.make_plan("thaw")).result()
    return found


@contextmanager
def _writing(cluster: TestCluster, world: AuraWorld) -> Iterator[list[tuple[float, bool]]]:
    """Write as the optimizer, as fast as it goes: when each answer came, and whether the freeze refused it."""
    its_own = cluster.service_account_api(world.ops, world.service_account)
    answers: list[tuple[float, bool]] = []
    ended = threading.Event()

    def write() -> None:
        while not ended.is_set():
            frozen = _refused(its_own, world, {"metadata": {"annotations": {"beat": str(time.monotonic())}}})
            answers.append((time.monotonic(), frozen))

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    try:
        yield answers
    finally:
        ended.set()
        thread.join(10)
        its_own.close()


def _refused(api: Api, world: AuraWorld, patch: dict[str, object]) -> bool:
    try:
        api.patch(f"/apis/apps/v1/namespaces/{world.production}/deployments/auth-service", patch)
    except ApiError as error:
        return FROZEN_WORDS in str(error)
    return False


@contextmanager
def _guard(cluster: TestCluster, world: AuraWorld) -> Iterator[Guarding]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "opsconsole.toml"
        file.write_text(
            f"[cluster]\nkubeconfig = {json.dumps(str(cluster.admin_kubeconfig))}\n"
            f'[optimizer]\nname = "Deployment/{world.ops}/{world.optimizer}"\n'
            f'[govern]\nnamespace = "{world.ops}"\n[gpu]\nenabled = false\n',
            encoding="utf-8",
        )
        guard = Guarding(Path(folder), file)
        try:
            eventually(lambda: guard.watches, "the guard watches", 180)
            yield guard
        finally:
            guard.close()


def _night(cluster: TestCluster, world: AuraWorld) -> float:
    """Seconds from the optimizer's first cut until a write of it is refused by the freeze."""
    its_own = cluster.service_account_api(world.ops, world.service_account, user_agent="OpenAPI-Generator/37/python")
    begun = time.monotonic()
    for service, cut in aura_objects.CUTS.items():
        place = f"/apis/apps/v1/namespaces/{world.production}/deployments/{service}"
        try:
            its_own.patch(place, aura_objects.limits_patch(aura_objects.container_of(service), cut), STRATEGIC_PATCH)
        except ApiError:
            break
    eventually(lambda: _refused(its_own, world, {"metadata": {"annotations": {"beat": "x"}}}), "frozen", 120)
    its_own.close()
    return time.monotonic() - begun


def _thaw(cluster: TestCluster) -> None:
    group = "/apis/admissionregistration.k8s.io/v1"
    for kind in ("validatingadmissionpolicybindings", "validatingadmissionpolicies"):
        for item in cluster.api.get(f"{group}/{kind}")["items"]:
            if item["metadata"]["name"].startswith(FREEZE):
                cluster.api.delete(f"{group}/{kind}/{item['metadata']['name']}")
