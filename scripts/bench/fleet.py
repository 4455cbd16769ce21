"""The GPUs of many nodes: real ssh to a real server, each node behind a line that takes 25 ms each way.

The nodes' own part is simulated: a script that answers at once. A real one takes 0.13 s of a core there, and two
hundred of them on this machine would be what is measured.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from opsconsole.clock import SystemClock
from opsconsole.feeds.protocol import Inbox
from opsconsole.gpu.fleet.feed import FleetFeed
from opsconsole.gpu.fleet.nodes import named
from opsconsole.gpu.fleet.ssh import SshDoor
from opsconsole.gpu.pods import PodView
from opsconsole.records import State
from opsconsole.settings import GpuSettings, Settings
from opsconsole.store import Store
from scripts.bench.table import Row
from tests.gpu.fleet.sshd import SshNodes, why_not
from tests.nvml.build import build_library

ONE_WAY = 0.025
DEVICES = 5
_ANSWER = """#!/bin/sh
mark=$(grep -ao 'opsconsole [0-9a-f]\\{{32\\}} ' | tail -1)
printf '%s%s\\n' "$mark" '{answer}'
"""


class SlowLines:
    """Lets each node's connections through to the one server, every byte 25 ms late in each direction."""

    def __init__(self, count: int, server: tuple[str, int]) -> None:
        self.addresses = [f"127.0.{2 + number // 200}.{1 + number % 200}" for number in range(count)]
        self.port = 0
        self._server = server
        self._ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True).start()
        self._ready.wait()

    async def _serve(self) -> None:
        servers = []
        for address in self.addresses:
            servers.append(await asyncio.start_server(self._connected, address, self.port, backlog=64))
            self.port = self.port or servers[0].sockets[0].getsockname()[1]
        self._ready.set()
        await asyncio.gather(*(server.serve_forever() for server in servers))

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(*self._server)
        await asyncio.gather(_late(reader, back), _late(there, writer), return_exceptions=True)


async def _late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy with a delay that does not hold up what comes behind."""
    loop, last = asyncio.get_running_loop(), 0.0
    while data := await reader.read(1 << 16):
        last = max(loop.time() + ONE_WAY, last)
        loop.call_at(last, writer.write, data)
    loop.call_at(max(loop.time() + ONE_WAY, last), writer.close)


def rows(count: int) -> Iterator[Row]:
    """Look at ``count`` nodes for the first time, and again through the open connections."""
    why = why_not()
    if why:
        yield Row(f"{count} GPU nodes by ssh", "not measured", why)
        return
    with tempfile.TemporaryDirectory() as folder:
        nodes = SshNodes(Path(folder), build_library(), ("gpu",))
        nodes.start()
        try:
            yield from _measured(nodes, SlowLines(count, (nodes.addresses["gpu"], nodes.port)))
        finally:
            nodes.stop()


def _simulated(folder: Path) -> Path:
    """What stands for a node's Python: it answers with five devices."""
    devices = [{"index": n, "uuid": f"GPU-{n}", "name": "A100", "memory_total": 80 << 30} for n in range(DEVICES)]
    snapshot = {"driver": "550.54.15", "cuda": 12040, "devices": devices}
    script = folder / "python3"
    script.write_text(_ANSWER.format(answer=json.dumps({"version": 1, "boot_id": "b", "nvml": {"snapshot": snapshot}})))
    script.chmod(0o755)
    return script


def _measured(nodes: SshNodes, lines: SlowLines) -> Iterator[Row]:
    names = [f"gpu-{number}" for number in range(len(lines.addresses))]
    hosts = (f"Host {n}\n  HostName {a}\n  Port {lines.port}\n" for n, a in zip(names, lines.addresses, strict=True))
    nodes.config.write_text("".join(hosts) + nodes.config.read_text())
    key = (nodes.folder / "host.pub").read_text()
    nodes.known_hosts.write_text("".join(f"[{address}]:{lines.port} {key}" for address in lines.addresses))
    clock, store, inbox = SystemClock(), Store(), Inbox()
    door = SshDoor(clock, config=str(nodes.config), python=str(_simulated(nodes.folder)), connect_seconds=20.0)
    settings = Settings(gpu=GpuSettings(nodes="ssh", node_interval=3600.0, node_timeout=30.0))
    feed = FleetFeed(settings, clock, door, named(names), lambda _: PodView({}, complete=True))
    started = time.monotonic()
    feed.start(inbox)
    while sum(node.state is State.LIVE for node in store.gpu_nodes.values()) < len(names):
        time.sleep(0.05)
        store.apply(inbox.drain())
        if time.monotonic() - started > 300:
            break
    first = time.monotonic() - started
    seen = sum(node.state is State.LIVE for node in store.gpu_nodes.values())
    yield Row(
        f"first look at {len(names)} simulated GPU nodes, 50 ms a round trip", f"{first:.1f} s", f"{seen} seen; < 30 s"
    )
    started = time.monotonic()
    look = feed.look()
    again = time.monotonic() - started
    told = f"{len(look.devices)} devices, {len(look.unseen)} nodes unseen; < 30 s"
    yield Row("second look, connections open", f"{again:.1f} s", told)
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    seconds = sum(one.ru_utime + one.ru_stime for one in spent)
    yield Row("CPU of console, lines and ssh clients, both looks", f"{seconds:.1f} s", f"{os.getloadavg()[0]:.0f} load")
    feed.stop()
    door.close()
