"""A fleet as the console sees it: the feed on a real OpenSSH server, a store, pods as the test tells them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from opsconsole.clock import SystemClock
from opsconsole.feeds.protocol import Inbox
from opsconsole.gpu.fleet.feed import FleetFeed, NodeNames
from opsconsole.gpu.fleet.nodes import named
from opsconsole.gpu.fleet.ssh import SshDoor
from opsconsole.gpu.pods import PodView
from opsconsole.records import GpuNode, GpuProcess, Health, Pod
from opsconsole.settings import GpuSettings, OptimizerSettings, Settings
from opsconsole.store import Store
from tests.gpu.fleet.sshd import SshNodes
from tests.support.waiting import eventually


class Pods:
    """The API server's pods, as a :data:`~opsconsole.gpu.pods.PodSource`; ``uids`` are alive, all others are not."""

    def __init__(self) -> None:
        self.uids: set[str] = set()
        self.complete = True

    def __call__(self, asked: frozenset[str]) -> PodView:
        pods = {uid: Pod(namespace="ml", name=f"train-{uid[:4]}", uid=uid, phase="Running") for uid in self.uids}
        why = "" if self.complete else "the API server can't be reached"
        return PodView({uid: pods[uid] for uid in asked & pods.keys()}, complete=self.complete, why=why)


class FleetScene:
    """Use it as a context: the feed is stopped at its end."""

    def __init__(
        self,
        nodes: SshNodes,
        names: Collection[str] | None = None,
        *,
        which: Callable[[], NodeNames] | None = None,
        **gpu: Any,
    ) -> None:
        known: dict[str, Any] = {
            "nodes": "ssh",
            "ssh_config": str(nodes.config),
            "node_interval": 0.2,
            "node_timeout": 60.0,
            "node_connect_timeout": 60.0,
            "terminal_seconds": 0.01,
            "term_seconds": 20.0,  # in which it ends on a busy machine too
        }
        self.settings = Settings(
            gpu=GpuSettings(**(known | gpu)), optimizer=OptimizerSettings(processes=("aura-worker",))
        )
        self.clock = SystemClock()
        self.door = SshDoor(
            self.clock, config=str(nodes.config), connect_seconds=self.settings.gpu.node_connect_timeout
        )
        self.pods = Pods()
        source = which or named(tuple(names if names is not None else nodes.addresses))
        self.feed = FleetFeed(self.settings, self.clock, self.door, source, self.pods, host_pids=True)
        self.inbox, self.store = Inbox(), Store()

    def __enter__(self) -> FleetScene:
        self.feed.start(self.inbox)
        return self

    def __exit__(self, *_: object) -> None:
        self.feed.stop()
        self.door.close()

    def pump(self) -> Store:
        self.store.apply(self.inbox.drain())
        return self.store

    def until(self, condition: Callable[[Store], object], what: str = "") -> None:
        """Pump until it holds."""
        eventually(lambda: condition(self.pump()), f"{what} {self.store.health} {self.store.gpu_nodes}")

    @property
    def health(self) -> Health:
        return self.pump().health["gpu"]

    def node(self, name: str) -> GpuNode:
        return self.pump().gpu_nodes[name]

    def process(self, pid: int) -> GpuProcess | None:
        return next((one for one in self.pump().gpu_processes.values() if one.pid == pid), None)
