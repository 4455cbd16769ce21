"""The reserved executor of the switches: daemon threads of their own, started before they are needed.

Not the event loop's default executor: six blocking log streams on a small bastion fill that, and a kill switch would
queue behind them. Daemon threads: one that hangs in a dead connection must not keep the console from ending.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

_Result = TypeVar("_Result")


class ReservedExecutor:
    """A few daemon threads that run what is submitted, first come first served.

    Args:
        threads: how many wait from the start; more are started whenever none of them is free.
        name: of the threads.
    """

    def __init__(self, threads: int = 4, name: str = "switch") -> None:
        self._name = name
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._free = 0
        self._threads = 0
        for _ in range(threads):
            self._start()

    def submit(self, call: Callable[[], _Result]) -> Future[_Result]:
        """Run ``call`` on one of the threads. Returns at once, whatever the others are doing.

        Where the machine gives no more threads, it waits for one of those that are there.

        Raises:
            RuntimeError: there is none.
        """
        future: Future[_Result] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(call())
            except BaseException as error:  # noqa: BLE001 - it belongs to whoever asks the future
                future.set_exception(error)

        with self._lock:
            if self._free <= 0:
                self._start_if_possible()
            self._free -= 1
        self._work.put(run)
        return future

    def close(self) -> None:
        """End the threads once they have done what was submitted. Nothing may be submitted after it."""
        with self._lock:
            for _ in range(self._threads):
                self._work.put(None)

    def _start(self) -> None:
        with self._lock:
            self._start_if_possible()

    def _start_if_possible(self) -> None:
        try:
            self._start_locked()
        except RuntimeError:
            if not self._threads:
                raise

    def _start_locked(self) -> None:
        threading.Thread(target=self._serve, name=self._name, daemon=True).start()
        self._free += 1
        self._threads += 1

    def _serve(self) -> None:
        while (call := self._work.get()) is not None:
            call()
            with self._lock:
                self._free += 1
