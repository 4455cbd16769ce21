"""The optimizer as a process: told what it is on its first line of input, then one line for each cycle.

The end of its input means that the rehearsal is over, however it ended: then it ends too. What it says goes to its
standard output (its own log) and to a second descriptor (its sidecar's log); each finished cycle is told on a third.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import TextIO

import msgspec

from opsconsole.decoding import decode_as
from rehearsal.optimizers.api import HttpApi
from rehearsal.optimizers.brain import Brain, Mind
from rehearsal.optimizers.voice import Voice
from rehearsal.scenario import Worker

WORKER = "rehearsal.optimizers.worker"


class Orders(msgspec.Struct, frozen=True):
    """The first line of input: where everything is, and who it is."""

    mind: Mind
    server: str
    token: str
    prometheus: str
    ca_file: str
    documents: int
    """Descriptor of its sidecar's log."""
    reports: int
    """Descriptor on which a finished cycle is told."""
    lifeline: int
    """Descriptor that its workers watch: it closes when the rehearsal is over."""
    run: str
    """The rehearsal's own name, on the command line of every worker."""
    gpus: str = ""
    """Folder of the simulated GPUs."""
    workers: tuple[Worker, ...] = ()


class Turn(msgspec.Struct, frozen=True):
    """A further line of input: one cycle."""

    cycle: int
    elapsed: float
    now: float


def main() -> None:
    """Run until the input ends. No traceback: nobody reads it."""
    orders = decode_as(sys.stdin.buffer.readline(), Orders)
    documents = os.fdopen(orders.documents, "w", buffering=1)
    reports = os.fdopen(orders.reports, "w", buffering=1)
    voice = Voice(_writer(sys.stdout), _writer(documents), f"{orders.mind.module}.optimizer.engine")
    signal.signal(signal.SIGTERM, lambda *_: voice.say("WARNING", "SIGTERM received. Optimization in progress."))
    api = HttpApi(orders.server, orders.token, orders.prometheus, orders.ca_file)
    brain = Brain(orders.mind, api, voice)
    workers = [_start(orders, worker) for worker in orders.workers]
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        for line in sys.stdin.buffer:
            turn = decode_as(line, Turn)
            brain.cycle(turn.elapsed, turn.now)
            reports.write(f"{turn.cycle}\n")
    for worker in workers:
        worker.returncode = 0  # they are left behind on purpose: no warning about that
    os._exit(0)


def _writer(stream: TextIO) -> Callable[[str], None]:
    def write(text: str) -> None:
        stream.write(text + "\n")
        stream.flush()

    return write


def _start(orders: Orders, worker: Worker) -> subprocess.Popen[bytes]:
    """Start a GPU worker. It outlives this process: only the lifeline or a signal ends it."""
    command = [sys.executable, "-P", "-m", WORKER, "--run", orders.run, "--lifeline", str(orders.lifeline)]
    command += ["--gpus", orders.gpus, msgspec.json.encode(worker).decode()]
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=[orders.lifeline],
    )
