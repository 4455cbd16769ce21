"""A long list that is read beside the plans, and of which the last one is good until the next one is there."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

from opsconsole.clock import Clock
from opsconsole.switches.engine.executor import ReservedExecutor

KEPT_SECONDS = 60.0
"""A list is not asked for more often: that of ten thousand pods is 60 MB."""

_Listed = TypeVar("_Listed")


class Listed(Generic[_Listed]):
    """Lists at most once a minute.

    Args:
        clock: where the time comes from.
        executor: lists.
        waited: seconds that a plan waits for the list: what stops the optimizer must not wait for what is left of it.
    """

    def __init__(self, clock: Clock, executor: ReservedExecutor, waited: float) -> None:
        self._clock = clock
        self._executor = executor
        self._waited = waited
        self._about: Hashable = None
        self._asked: tuple[float, Future[_Listed]] | None = None
        self._last: Future[_Listed] | None = None

    def get(self, about: Hashable, read: Callable[[], _Listed]) -> _Listed | None:
        """The newest list that is there; ``None`` while the first one is being read.

        Args:
            about: what is listed; another list about something else is thrown away.
            read: lists it. What it raises is raised here, until it is listed anew.
        """
        if about != self._about:
            self._about, self._asked, self._last = about, None, None
        now = self._clock.monotonic()
        if self._asked is None or (self._asked[1].done() and now - self._asked[0] > KEPT_SECONDS):
            self._last = self._asked and self._asked[1]
            self._asked = (now, self._executor.submit(read))
        newest = self._asked[1]
        try:
            newest.exception(self._waited)
        except TimeoutError:
            return self._last.result() if self._last else None
        return newest.result()
