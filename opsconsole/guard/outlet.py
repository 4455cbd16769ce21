"""One way to tell people: a short queue and a thread of its own, so that one that hangs holds up nothing else."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

_Thing = TypeVar("_Thing")

MOST = 50
"""Words that wait for a way that hangs; the oldest goes then, since what is new matters more."""


class Outlet(Generic[_Thing]):
    """Hands things over one after the other, on a daemon thread that is started with the first.

    Args:
        name: of the way, for people.
        hand_over: may block and may raise anything.
        failed: is told what it raised.
    """

    def __init__(
        self, name: str, hand_over: Callable[[_Thing], object], failed: Callable[[_Thing, Exception], object]
    ) -> None:
        self.name = name
        self._hand_over = hand_over
        self._failed = failed
        self._waiting: deque[_Thing] = deque(maxlen=MOST)
        self._more = threading.Event()
        self._told = threading.Condition()
        self._open = 0
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._since: float | None = None
        self.lost = 0
        """Things that went while they waited, and were never tried."""

    def put(self, thing: _Thing) -> None:
        """Hand it over soon. Returns at once."""
        with self._told:
            full = len(self._waiting) == MOST  # the oldest goes then, and is not told
            self.lost += full
            self._open += not full
            self._waiting.append(thing)
        self._more.set()
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=f"guard-{self.name}", daemon=True)
                self._thread.start()

    def finish(self, seconds: float) -> int:
        """Wait until everything is handed over, for ``seconds`` at most; return how many things are not."""
        with self._told:
            self._told.wait_for(lambda: not self._open, seconds)
            return self._open

    def held(self) -> float:
        """Seconds for which the way has had what it is handing over; 0 while it hands over nothing."""
        since = self._since
        return 0.0 if since is None else time.monotonic() - since

    def _next(self) -> _Thing | None:
        with self._told:
            return self._waiting.popleft() if self._waiting else None

    def _run(self) -> None:
        while True:
            self._more.wait()
            self._more.clear()
            while (thing := self._next()) is not None:
                self._since = time.monotonic()
                try:
                    self._hand_over(thing)
                except Exception as error:  # noqa: BLE001 - whatever it is, the other ways tell it
                    self._failed(thing, error)
                self._since = None
                with self._told:
                    self._open -= 1
                    self._told.notify_all()
