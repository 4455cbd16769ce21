"""How fast a freeze holds and what gets through meanwhile; what the guard costs, and how fast it is, with nobody there.

A process of its own writes as the optimizer, with its own token, as fast as it can. First it tries its writes
(``dryRun=All``), which tells when the freeze holds; then it makes them, which tells what got through until then. Not
both at once: writes that are made keep etcd's disk busy, and the flip waits for that like any write.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection as PipeEnd
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import psutil

from opsconsole.clock import Clock, SystemClock
from opsconsole.cluster.transport.connection import Connection
from opsconsole.govern.names import FREEZE, FROZEN_WORDS
from opsconsole.settings import ClusterSettings, JournalSettings, OptimizerSettings, Settings
from opsconsole.switches.build import build_switchboard
from opsconsole.switches.engine.board import Switchboard
from opsconsole.switches.govern.build import governor_switches
from scripts.bench.table import Row
from tests.support.waiting import eventually
from tests.testbed import aura
from tests.testbed.api import STRATEGIC_PATCH, Api, ApiError
from tests.testbed.aura import AuraWorld
from tests.testbed.cluster import TestCluster
from tests.testbed.guarding import Guarding
from tests.testbed.population import aura_objects

ROUNDS = 5
BEFORE = 30
"""Writes before the key, of which it is known how long one takes."""


class Through(NamedTuple):
    """Seconds to the first refused write, writes that got through meanwhile, seconds that one takes just now.

    ``leaves``: seconds until the console's own first write leaves it; ``last``: until its last one was answered.
    """

    seconds: float
    writes: int
    one: float
    leaves: float
    last: float


class WriteAnswer(NamedTuple):
    """When an answer came, and whether the freeze refused the write."""

    at: float
    frozen: bool


class TimedConnection(Connection):
    """Knows when the writes that freeze left, and when they were answered."""

    def __init__(self, settings: ClusterSettings, *, read_only: bool, clock: Clock) -> None:
        super().__init__(settings, read_only=read_only, clock=clock)
        self.left: list[float] = []
        self.answered: list[float] = []

    def request(self, method: str, path: str, **more: Any) -> bytes:
        writes = method != "GET" and "review" not in path and "dryRun" not in (more.get("query") or {})
        if not writes:
            return super().request(method, path, **more)
        self.left.append(time.monotonic())
        try:
            return super().request(method, path, **more)
        finally:
            self.answered.append(time.monotonic())


def rows(cluster: TestCluster) -> Iterator[Row]:
    """Measure the freeze, the Aura night and the change of leaders on a small cluster."""
    with tempfile.TemporaryDirectory() as folder, _world(cluster) as world:
        connection, board = _board(cluster, world, Path(folder))
        yield from _rows("not installed", cluster, world, (connection, board), "≤ 1.5 s")
        board.execute(board.make_plan("install-governor")).result()
        yield from _rows("installed", cluster, world, (connection, board), "≤ 50 ms")
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


Timed: TypeAlias = tuple[TimedConnection, Switchboard]


def _rows(how: str, cluster: TestCluster, world: AuraWorld, timed: Timed, goal: str) -> Iterator[Row]:
    for kind, query in (("tried", "?dryRun=All"), ("made", "")):
        found = _freezes(cluster, world, timed, query)
        times = sorted(each.seconds for each in found)
        one = _middle(each.one for each in found)
        figure = f"{_middle(times) * 1000:.0f} ms (worst {times[-1] * 1000:.0f} ms)"
        figure += f"; {_middle(each.writes for each in found):.0f} writes got through"
        ratio = _middle(each.seconds / each.one for each in found)
        here = f"here one takes {one * 1000:.0f} ms: as long as {ratio:.1f} of the same round"
        yield Row(f"key → first refused write that is {kind}, {how}, of {len(found)}", figure, f"{goal}; {here}")
        leaves, last = _middle(each.leaves for each in found), _middle(each.last - each.leaves for each in found)
        after = _middle(each.seconds - each.last for each in found)
        parts = f"{leaves * 1000:.1f} + {last * 1000:.0f} + {after * 1000:.0f} ms"
        least = f"of its own {min(each.leaves for each in found) * 1000:.1f} ms at least"
        yield Row("  until its own write leaves + is answered + another's is refused", parts, least)


def _middle(figures: Iterable[float]) -> float:
    every = sorted(figures)
    return every[len(every) // 2]


@contextmanager
def _world(cluster: TestCluster) -> Iterator[AuraWorld]:
    world = aura.make_aura_world(cluster, suffix=f"-{os.urandom(3).hex()}", night=False)
    try:
        yield world
    finally:
        world.remove(cluster)


def _board(cluster: TestCluster, world: AuraWorld, folder: Path) -> Timed:
    settings = Settings(
        cluster=ClusterSettings(kubeconfig=str(cluster.admin_kubeconfig)),
        optimizer=OptimizerSettings(name=f"Deployment/{world.ops}/{world.optimizer}"),
        journal=JournalSettings(folder=str(folder)),
    )
    connection = TimedConnection(settings.cluster, read_only=False, clock=SystemClock())
    further = governor_switches(settings, connection, SystemClock())
    return connection, build_switchboard(settings, connection, None, SystemClock(), further=further)


def _freezes(cluster: TestCluster, world: AuraWorld, timed: Timed, query: str) -> list[Through]:
    found = []
    connection, board = timed
    for _ in range(ROUNDS):
        plan = board.make_plan("freeze")
        with _writing(cluster, world, query) as answers:
            eventually(lambda: len(answers) > BEFORE, "it writes", 20)
            connection.left.clear()
            connection.answered.clear()
            begun = time.monotonic()
            done = board.execute(plan)
            eventually(lambda: _first(answers, begun), "it was told of a refusal", 60)  # noqa: B023 - at once
        done.result()
        leaves, last = connection.left[0] - begun, connection.answered[len(plan.steps) - 1] - begun
        through = sum(not each.frozen and each.at > begun for each in answers)
        seconds, one = _first(answers, begun) - begun, _one_write(answers, begun)
        found.append(Through(seconds, through, one, leaves, last))
        board.execute(board.make_plan("thaw")).result()
    return found


def _first(answers: Sequence[WriteAnswer], begun: float) -> float:
    """When the first refusal after ``begun`` came; 0 if none has."""
    return min((each.at for each in answers if each.frozen and each.at > begun), default=0.0)


def _one_write(answers: Sequence[WriteAnswer], begun: float) -> float:
    before = [each.at for each in answers if each.at < begun]
    return (before[-1] - before[0]) / (len(before) - 1)


@contextmanager
def _writing(cluster: TestCluster, world: AuraWorld, query: str = "") -> Iterator[list[WriteAnswer]]:
    """Write as the optimizer, as fast as it goes, from a process of its own: it shares no interpreter with the switch.

    The times are of the machine's one monotonic clock.
    """
    token = cluster.identities.service_account_token(cluster.api, world.ops, world.service_account, 3600)
    place = f"/apis/apps/v1/namespaces/{world.production}/deployments/auth-service{query}"
    spawning = multiprocessing.get_context("spawn")
    ours, theirs = spawning.Pipe(duplex=False)
    process = spawning.Process(target=_write, args=(cluster.server, cluster.layout.pki("ca.crt"), token, place, theirs))
    process.start()
    theirs.close()
    answers: list[WriteAnswer] = []
    thread = threading.Thread(target=_gather, args=(ours, answers), daemon=True)
    thread.start()
    try:
        yield answers
    finally:
        process.terminate()
        process.join(10)
        thread.join(10)


def _write(server: str, ca_file: Path, token: str, place: str, answers: PipeEnd) -> None:
    its_own = Api(server, ca_file, token=token)
    while True:
        frozen = _refused(its_own, place, {"metadata": {"annotations": {"beat": str(time.monotonic())}}})
        answers.send((time.monotonic(), frozen))


def _gather(answers: PipeEnd, into: list[WriteAnswer]) -> None:
    with contextlib.suppress(EOFError, OSError):
        while True:
            into.append(WriteAnswer(*answers.recv()))


def _refused(api: Api, place: str, patch: dict[str, object]) -> bool:
    try:
        api.patch(place, patch)
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
    place = f"/apis/apps/v1/namespaces/{world.production}/deployments/auth-service"
    eventually(lambda: _refused(its_own, place, {"metadata": {"annotations": {"beat": "x"}}}), "frozen", 120)
    its_own.close()
    return time.monotonic() - begun


def _thaw(cluster: TestCluster) -> None:
    group = "/apis/admissionregistration.k8s.io/v1"
    for kind in ("validatingadmissionpolicybindings", "validatingadmissionpolicies"):
        for item in cluster.api.get(f"{group}/{kind}")["items"]:
            if item["metadata"]["name"].startswith(FREEZE):
                cluster.api.delete(f"{group}/{kind}/{item['metadata']['name']}")
