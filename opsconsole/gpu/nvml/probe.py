"""Keeps the worker process that asks NVML: time-out, SIGKILL, restart with back-off; and what a probe is."""

from __future__ import annotations

import os
import random
import select
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Protocol

import msgspec

from opsconsole.clock import Clock
from opsconsole.decoding import decode_as
from opsconsole.gpu.nvml.snapshot import Answer, Snapshot
from opsconsole.gpu.nvml.words import LIBRARY_NOT_FOUND, error_in_words, state_of_error
from opsconsole.records import State
from opsconsole.text import clean_line

FIRST_ANSWER = 15.0
"""Seconds the first answer may take: without nvidia-persistenced, NVML starts each GPU up, some seconds each."""

ABSENT_RETRY = 60.0
"""Seconds until a host without a GPU is asked again; a driver may be loaded in the meantime."""

REAP_SECONDS = 1.0
"""How long a worker may take to end after SIGKILL before it counts as stuck in the kernel."""

_FIRST_DELAY, _LONGEST_DELAY = 1.0, 60.0
_LONGEST_LINE = 16 << 20


class ProbeError(Exception):
    """There is no snapshot. ``state`` is how the feed stands now; the text is for the person at the screen."""

    def __init__(self, state: State, text: str) -> None:
        super().__init__(text)
        self.state = state


class Probe(Protocol):
    """Where snapshots come from: NVML, or a simulation. ``source`` is empty for NVML, else its label."""

    source: str

    def snapshot(self) -> Snapshot:
        """Look once. Blocks for a bounded time.

        Raises:
            ProbeError: nothing can be seen now, and why.
        """
        ...

    def close(self) -> None:
        """Let go of everything; a look under way fails. Returns soon, from any thread."""
        ...


def start_worker(limit: float) -> subprocess.Popen[bytes]:
    """Start a worker of which one answer may take ``limit`` seconds.

    ``-P`` keeps the working directory off its import path; a session of its own keeps Ctrl-C and SIGHUP off it.
    """
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "opsconsole.gpu.nvml.worker", str(limit)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        bufsize=0,
    )


class WorkerProbe:
    """Asks NVML through a worker process.

    A worker that does not answer in ``timeout`` seconds is killed with SIGKILL and started anew, after a pause that
    doubles from 1 s to 60 s. One that survives SIGKILL (state D) is the only one: no second is started beside it.
    """

    source = ""

    def __init__(
        self,
        timeout: float,
        clock: Clock,
        rng: random.Random | None = None,
        start: Callable[[float], subprocess.Popen[bytes]] = start_worker,
    ) -> None:
        self._timeout = timeout
        self._clock = clock
        self._rng = rng or random.Random()  # noqa: S311 - jitter, no secret
        self._start = start
        self._lock = threading.Lock()
        self._worker: subprocess.Popen[bytes] | None = None
        self._stuck: subprocess.Popen[bytes] | None = None
        self._failures = 0
        self._again_at = 0.0
        self._why: ProbeError | None = None
        self._closed = False

    def snapshot(self) -> Snapshot:
        with self._lock:
            if self._closed:
                raise ProbeError(State.DOWN, "closed")
            if self._why and self._clock.monotonic() < self._again_at:
                raise ProbeError(self._why.state, str(self._why))
            try:
                found = self._look()
            except ProbeError as error:
                self._end_worker()
                self._note(error)
                raise
            self._failures, self._why = 0, None
            return found

    def close(self) -> None:
        self._closed = True
        worker = self._worker
        if worker is not None:
            worker.kill()
        # A look under way ends now that its worker is dead, and gives the lock back.
        if self._lock.acquire(timeout=REAP_SECONDS):
            try:
                self._end_worker()
            finally:
                self._lock.release()

    @property
    def pid(self) -> int | None:
        """The worker's PID while there is one."""
        worker = self._worker
        return None if worker is None else worker.pid

    def _look(self) -> Snapshot:
        first = self._worker is None
        worker = self._worker or self._new_worker()
        try:
            line = self._ask(worker, max(FIRST_ANSWER, self._timeout) if first else self._timeout)
            answer = decode_as(line, Answer)
        except (OSError, msgspec.DecodeError) as error:
            raise ProbeError(State.DOWN, f"the process that asks NVML broke off: {clean_line(str(error))}") from error
        return snapshot_of(answer)

    def _new_worker(self) -> subprocess.Popen[bytes]:
        if self._stuck is not None and self._stuck.poll() is None:
            raise _stuck(self._stuck.pid)
        self._stuck = None
        try:
            # The alarm in the worker is for when we are not there to kill it: later than our own time-outs.
            self._worker = self._start(2 * max(FIRST_ANSWER, self._timeout))
        except OSError as error:
            raise ProbeError(State.DOWN, f"the process that asks NVML can't be started: {error}") from error
        if self._closed:
            self._worker.kill()
        return self._worker

    def _ask(self, worker: subprocess.Popen[bytes], seconds: float) -> bytes:
        """One line of the worker. Raises :class:`ProbeError` when it is silent for ``seconds`` or ends."""
        assert worker.stdin is not None  # noqa: S101 - both are pipes
        assert worker.stdout is not None  # noqa: S101
        deadline = self._clock.monotonic() + seconds
        worker.stdin.write(b"\n")
        ready = select.poll()
        ready.register(worker.stdout, select.POLLIN)
        line = b""
        while not line.endswith(b"\n") and len(line) < _LONGEST_LINE:
            left = deadline - self._clock.monotonic()
            if left <= 0 or not ready.poll(left * 1000):
                raise ProbeError(State.DOWN, f"NVML did not answer in {seconds:g} s: asked again soon")
            chunk = os.read(worker.stdout.fileno(), 1 << 16)
            if not chunk:
                raise ProbeError(State.DOWN, "the process that asks NVML crashed: started again soon")
            line += chunk
        return line

    def _end_worker(self) -> None:
        worker, self._worker = self._worker, None
        if worker is None:
            return
        worker.kill()
        for pipe in (worker.stdin, worker.stdout):
            if pipe is not None:
                pipe.close()
        try:
            worker.wait(REAP_SECONDS)
        except subprocess.TimeoutExpired:
            self._stuck = worker

    def _note(self, error: ProbeError) -> None:
        """Remember the failure, and when to try again."""
        if error.state is State.ABSENT:
            delay = ABSENT_RETRY
        else:
            delay = min(_LONGEST_DELAY, _FIRST_DELAY * 2 ** min(self._failures, 10))
            self._failures += 1
        self._why, self._again_at = error, self._clock.monotonic() + delay * self._rng.uniform(0.8, 1.2)


def snapshot_of(answer: Answer, where: str = "on this host") -> Snapshot:
    """The snapshot in ``answer``.

    Raises:
        ProbeError: there is none, or no device in it.
    """
    if answer.snapshot is None:
        raise _no_snapshot(answer, where)
    if not answer.snapshot.devices:
        raise ProbeError(State.ABSENT, f"no GPU {where}: the NVIDIA driver is loaded and sees none")
    return answer.snapshot


def _no_snapshot(answer: Answer, where: str) -> ProbeError:
    state, text = state_of_error(answer.code), error_in_words(answer.code, answer.call)
    if answer.code == LIBRARY_NOT_FOUND and answer.detail:
        return ProbeError(State.DOWN, f"the NVIDIA library does not load: {clean_line(answer.detail)}")
    return ProbeError(state, f"no GPU {where}: {text}" if state is State.ABSENT else text)


def _stuck(pid: int) -> ProbeError:
    return ProbeError(
        State.DOWN,
        f"NVML hangs in the kernel (worker {pid}, state D, outlives SIGKILL): drain the node and reset the GPU or "
        "reboot; not asked again until it ends",
    )
