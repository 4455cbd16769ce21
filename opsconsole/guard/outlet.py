"""One way to tell people: a short queue and a thread of its own, so that one that hangs holds up nothing else."""

from __future__ import annotations

import threading
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
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def put(self, thing: _Thing) -> None:
        """Hand it over soon. Returns at once."""
        self._waiting.append(thing)
        self._more.set()
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=f"guard-{self.name}", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            self._more.wait()
            self._more.clear()
            while self._waiting:
                thing = self._waiting.popleft()
                try:
                    self._hand_over(thing)
                except Exception as error:  # noqa: BLE001 - whatever it is, the other ways tell it
                    self._failed(thing, error)
