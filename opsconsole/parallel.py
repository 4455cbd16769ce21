"""Does many things at once, with a bound on how many are under way."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

AT_ONCE = 16
"""Requests under way at most: as many as connections are kept, and few enough for the API server's fair queues."""

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def in_parallel(call: Callable[[_Item], _Result], items: Sequence[_Item], at_once: int = AT_ONCE) -> list[_Result]:
    """Return ``call(item)`` for each item, in the order of the items. Blocks until the last has returned.

    The threads are daemons: one that hangs in a dead connection must not keep the console from ending. Where the
    machine gives fewer of them, those do it all; where it gives none, the caller's own does, one after the other.

    Args:
        call: is called from several threads.
        items: what it is called with.
        at_once: calls under way at most.

    Raises:
        Exception: the first that a call raised, in the order of the items, once all have returned.
    """
    if len(items) <= 1:
        return [call(item) for item in items]
    found: dict[int, _Result] = {}
    failed: dict[int, BaseException] = {}
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for place in range(len(items)):
        waiting.put(place)

    def serve() -> None:
        while True:
            try:
                place = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                found[place] = call(items[place])
            except BaseException as error:  # noqa: BLE001 - it is raised again where the results are wanted
                failed[place] = error

    threads = _started(serve, min(at_once, len(items)))
    if not threads:
        serve()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[min(failed)]
    return [found[place] for place in range(len(items))]


def _started(serve: Callable[[], None], number: int) -> list[threading.Thread]:
    """Start as many threads as there may be: a limit of processes or of memory must not end what is asked."""
    threads: list[threading.Thread] = []
    for _ in range(number):
        thread = threading.Thread(target=serve, name="questions", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            break
        threads.append(thread)
    return threads


def beside(call: Callable[[], _Result]) -> Callable[[], _Result]:
    """Begin ``call`` on a daemon thread; what is returned waits for its result, or raises what it raised.

    Where the machine gives no thread, it is called once somebody waits for it.
    """
    kept = _Kept(call)
    threads = _started(kept, 1)

    def result() -> _Result:
        for thread in threads:
            thread.join()
        if not threads:
            kept()
        return kept.result()

    return result


def within(seconds: float, call: Callable[[], _Result]) -> _Result:
    """Return ``call()``, which goes on unheard on a daemon thread when it takes longer.

    Raises:
        TimeoutError: it has not returned in ``seconds``.
        Exception: what it raised.
    """
    kept = _Kept(call)
    thread = threading.Thread(target=kept, name="question", daemon=True)
    thread.start()
    thread.join(seconds)
    return kept.result()


class _Kept(Generic[_Result]):
    """A call of another thread, and what came of it."""

    def __init__(self, call: Callable[[], _Result]) -> None:
        self._call = call
        self._found: list[_Result] = []
        self._failed: list[BaseException] = []

    def __call__(self) -> None:
        try:
            self._found.append(self._call())
        except BaseException as error:  # noqa: BLE001 - it is raised again where the result is wanted
            self._failed.append(error)

    def result(self) -> _Result:
        """What it returned; raises what it raised, and ``TimeoutError`` where it has not ended."""
        if self._failed:
            raise self._failed[0]
        if not self._found:
            raise TimeoutError
        return self._found[0]
