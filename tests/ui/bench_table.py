"""Measures the screen in a real pseudo-terminal: ``python -m tests.ui.bench_table [rows]``. Prints one JSON line.

CPU in ms of the child's process, to a settled paint of a 200 x 60 terminal; bytes as the terminal receives them. The
child drives its own app; the parent is the terminal, reads all it is sent, and in the last phase reads at 20 KB/s.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import pty
import random
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from itertools import pairwise
from typing import ClassVar

import msgspec

from opsconsole.clock import SystemClock
from opsconsole.records import Health, Kind, Pod, State
from opsconsole.ui.app import OpsConsoleApp
from opsconsole.ui.text.filter import parse
from tests.ui import aura

SIZE = (200, 60)
IDLE_SECONDS = 10.0
TICK_SECONDS = 5.0
SLOW = 20_000
"""Bytes a second of a thin SSH line."""


def pods(count: int) -> list[Pod]:
    dice = random.Random(1)
    states = ["Running"] * 17 + ["CrashLoopBackOff", "Pending", "OOMKilled"]
    return [
        Pod(
            namespace=f"team-{n % 50}",
            name=f"service-{n % 400}-7f8d9b6c5-{n:05}",
            uid=str(n),
            status=(status := dice.choice(states)),
            ready=int(status == "Running"),
            containers_total=1,
            is_ready=status == "Running",
            restarts=dice.randrange(4),
            created=time.time() - dice.randrange(10, 1_000_000),
            node=f"node-{n % 100}",
        )
        for n in range(count)
    ]


class Bench(OpsConsoleApp):
    """The app, driving itself."""

    rows = 10_000
    result: ClassVar[dict[str, float]] = {}
    marks_fd = -1

    def on_ready(self) -> None:
        self.driving = asyncio.ensure_future(self.guarded_drive())

    async def guarded_drive(self) -> None:
        try:
            await self.drive()
        except Exception as error:  # noqa: BLE001 - told in the result, for the terminal is taken
            self.result["error"] = repr(error)
            self.exit()

    async def settled(self) -> None:
        """Wait until everything is painted and the terminal has taken it."""
        await asyncio.sleep(0.05)
        while True:
            screen = self.screen
            dirty = screen._dirty_widgets or screen._repaint_required or screen._layout_required
            if not dirty and not self._driver.busy and not self._pacer._waiting:
                await asyncio.sleep(0.03)
                return
            await asyncio.sleep(0.005)

    async def measure(self, name: str, work) -> None:
        await self.settled()
        before = time.process_time()
        work()
        await self.settled()
        self.result[name] = round((time.process_time() - before) * 1000, 1)

    def mark(self, phase: str) -> None:
        """Tell the parent that a phase begins: it counts bytes, and CPU is read here."""
        os.write(self.marks_fd, f"{phase} {time.process_time()}\n".encode())

    async def drive(self) -> None:
        dice = random.Random(2)
        all_pods = pods(self.rows)
        put = self.core.inbox.put
        self.cockpit.action_maximise()
        pane = self.cockpit.panes[0]
        await self.measure("nothing_ms", lambda: None)
        await self.measure("fill_ms", lambda: put(Kind.POD, all_pods))
        some = dice.sample(all_pods, 1000)
        changed = [msgspec.structs.replace(pod, restarts=pod.restarts + 1) for pod in some]
        await self.measure("update_1000_ms", lambda: put(Kind.POD, changed))
        moved = [
            msgspec.structs.replace(pod, status="Error", ready=0, is_ready=False) for pod in dice.sample(all_pods, 1000)
        ]
        await self.measure("move_1000_ms", lambda: put(Kind.POD, moved))
        await self.measure("sort_ms", pane.next_sort)
        await self.measure("filter_ms", lambda: pane.set_filter(parse("service-7")))
        pane.set_filter(None)
        await self.measure("remove_100_ms", lambda: self.core.inbox.drop(Kind.POD, [pod.key for pod in all_pods[:100]]))
        for _ in range(3):
            pane.next_sort()
        await self.settled()
        self.mark("idle")
        await asyncio.sleep(IDLE_SECONDS)
        self.mark("cells")
        await self.ten_cells_ten_times_a_second(pane)
        self.mark("slow")
        await self.keys_on_a_slow_terminal(pane)
        self.mark("end")
        self.exit()

    async def ten_cells_ten_times_a_second(self, pane) -> None:
        end = time.monotonic() + TICK_SECONDS
        while time.monotonic() < end:
            visible = [record for _, record in pane.model.window(pane.view.top, pane.view.top + 50)]
            for pod in random.Random(time.monotonic()).sample(visible, 10):
                self.core.inbox.put(Kind.POD, [msgspec.structs.replace(pod, restarts=(pod.restarts + 1) % 9)])
            await asyncio.sleep(0.1)

    async def keys_on_a_slow_terminal(self, pane) -> None:
        """Repaint everything again and again while the terminal takes 20 KB/s; how late does the loop come?"""
        late, end = 0.0, time.monotonic() + TICK_SECONDS
        while time.monotonic() < end:
            pane.view.page(1)
            pane.repaint()
            before = time.monotonic()
            await asyncio.sleep(0.01)
            late = max(late, time.monotonic() - before - 0.01)
        self.result["worst_stall_at_20KB_s_ms"] = round(late * 1000, 1)


def child(rows: int, marks: int) -> None:
    now = time.time()
    words = [Health(name, State.LIVE, now, now) for name in ("pods", "events", "decisions", "gpu")]
    app = Bench(aura.console(aura.MemoryFeed(health=words), clock=SystemClock()))
    app.rows, app.marks_fd, app.result = rows, marks, {}
    app.run()
    os.write(marks, f"result {json.dumps(app.result)}\n".encode())


class Watcher:
    """The terminal's side: reads what is drawn, and the child's marks from a pipe."""

    def __init__(self, rows: int) -> None:
        self.marks, write_end = os.pipe()
        os.set_inheritable(write_end, True)  # noqa: FBT003 - the standard library's own signature
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", LANG="C.UTF-8")
            os.execv(sys.executable, [sys.executable, "-m", "tests.ui.bench_table", str(rows), str(write_end)])
        os.close(write_end)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", SIZE[1], SIZE[0], 0, 0))
        self.phase, self.got, self.text = "", 0, b""
        self.phases: dict[str, tuple[float, int, float]] = {}
        self.result: dict[str, float] | None = None

    def watch(self) -> dict[str, float]:
        """Read to the end; returns the child's figures and ours."""
        while self.result is None:
            ready = select.select([self.master, self.marks], [], [], 1.0)[0]
            if self.marks in ready:
                self.read_marks()
            elif self.master in ready:
                self.read_screen()
        os.waitpid(self.pid, 0)
        return self.result | summary(self.phases)

    def read_screen(self) -> None:
        slow = self.phase == "slow"
        try:
            self.got += len(os.read(self.master, 1000 if slow else 65536))
        except OSError:  # the child has left the terminal; its result is on the way
            time.sleep(0.01)
        if slow:
            time.sleep(1000 / SLOW)

    def read_marks(self) -> None:
        self.text += os.read(self.marks, 65536)
        while b"\n" in self.text:
            line, _, self.text = self.text.partition(b"\n")
            name, _, value = line.decode().partition(" ")
            if name == "result":
                self.result = json.loads(value)
            else:
                self.phase = name
                self.phases[name] = (time.monotonic(), self.got, float(value))


def summary(phases: dict[str, tuple[float, int, float]]) -> dict[str, float]:
    names, figures = list(phases), {}
    for name, following in pairwise(names):
        (began, bytes_before, cpu_before), (ended, bytes_after, cpu_after) = phases[name], phases[following]
        seconds = ended - began
        if name != "slow":
            figures[f"{name}_bytes_s"] = round((bytes_after - bytes_before) / seconds)
            figures[f"{name}_cpu_percent"] = round(100 * (cpu_after - cpu_before) / seconds, 1)
    return figures


def start_up(times: int = 7) -> dict[str, float]:
    """Best wall time of the first frame against that of importing Textual, both in processes of their own."""
    imports, frames = [], []
    for _ in range(times):
        before = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import textual.app"], check=True)
        imports.append(time.perf_counter() - before)
        frames.append(first_frame())
    return {
        "import_textual_ms": round(min(imports) * 1000),
        "first_frame_ms": round(min(frames) * 1000),
        "first_frame_over_import": round(min(frames) / min(imports), 2),
    }


EMPTY_APP = """
from opsconsole.clock import SystemClock
from opsconsole.console import Console
from opsconsole.settings import Settings
from opsconsole.ui.app import OpsConsoleApp
OpsConsoleApp(Console(Settings(), [], SystemClock())).run()
"""


def first_frame() -> float:
    before = time.perf_counter()
    pid, master = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", LANG="C.UTF-8")
        os.execv(sys.executable, [sys.executable, "-c", EMPTY_APP])
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", SIZE[1], SIZE[0], 0, 0))
    seen = b""
    while b"Pods" not in seen:
        seen += os.read(master, 65536)
    seconds = time.perf_counter() - before
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(master)
    return seconds


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    if len(arguments) == 2:
        child(*arguments)
    else:
        print(json.dumps({"rows": (arguments or [10_000])[0]} | Watcher(*(arguments or [10_000])).watch() | start_up()))
