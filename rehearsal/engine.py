"""What drives the world: ticks as fast as asked, and the optimizer's cycles between them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from rehearsal.world.simulation import Simulation

TICK = 0.5
"""Seconds of the rehearsal's time in one step of the world."""

_WATCH_SECONDS = 1.0
_FURTHEST_BEHIND = 5.0
"""Seconds of the host's time that the engine tries to make up for when the machine was busy (or asleep)."""


class Engine:
    """Moves a world on a thread of its own.

    Args:
        world: what to move.
        cycle: lets the optimizer run one cycle, and returns when it is done; the world stands still meanwhile.
        interval: seconds of the rehearsal's time between two cycles.
        speed: seconds of the rehearsal's time in one second of the host's.
    """

    def __init__(self, world: Simulation, cycle: Callable[[], None], interval: float, speed: float = 1.0) -> None:
        self.world = world
        self.speed = speed
        self._cycle = cycle
        self._interval = interval
        self.failure = ""
        """Why the world stands still, if a defect stopped it; the coach's line says so."""
        self.watchers: list[Callable[[], None]] = []
        """Called about every second of the story, on the engine's thread."""
        self._next_cycle: float | None = None
        self._next_watch = 0.0
        self._stop = threading.Event()
        self._resume = threading.Event()
        self._resume.set()
        self._thread = threading.Thread(target=self._run, name="rehearsal-world", daemon=True)

    def start(self) -> None:
        """Let it go."""
        self._thread.start()

    def stop(self) -> None:
        """Stop for good, and wait until the step under way is done."""
        self._stop.set()
        self._resume.set()
        if self._thread.is_alive():
            self._thread.join()

    def pause(self) -> None:
        """Let time stand still; requests are answered all the same."""
        self._resume.clear()

    def resume(self) -> None:
        """Let time go on."""
        self._resume.set()

    def step(self, seconds: float = TICK) -> None:
        """Move on by hand, in ticks. Only while paused, or before :meth:`start`."""
        for _ in range(max(round(seconds / TICK), 1)):
            self._tick()

    def _run(self) -> None:
        due = time.monotonic()
        while not self._stop.is_set():
            if not self._resume.is_set():
                self._resume.wait()
                due = time.monotonic()
                continue
            try:
                self._tick()
            except Exception as error:  # noqa: BLE001 - a defect here must not end as a traceback on the screen
                self.failure = f"the rehearsal's world stopped: {type(error).__name__}: {error}"
                return
            due = max(due + TICK / self.speed, time.monotonic() - _FURTHEST_BEHIND)
            self._stop.wait(max(due - time.monotonic(), 0))

    def _tick(self) -> None:
        self.world.step(TICK)
        now = self.world.clock.now()
        if self._next_cycle is None:
            self._next_cycle = now + self._interval
        elif now >= self._next_cycle:
            self._next_cycle += self._interval
            self._cycle()
        if now >= self._next_watch:
            self._next_watch = now + _WATCH_SECONDS
            for watcher in self.watchers:
                watcher()
