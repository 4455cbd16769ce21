"""Calls into somebody else's code that must not keep us waiting."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

_Result = TypeVar("_Result")


class HungError(Exception):
    """The call is not back in time; its thread is left behind."""


class Bounded:
    """Runs calls on threads of their own and waits for each so many seconds.

    Args:
        seconds: the longest wait. While a call that was given up still hangs, further ones are refused at once, so that
            threads don't pile up.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._hanging: list[Future[Any]] = []

    def __call__(self, call: Callable[[], _Result]) -> _Result:
        """Return what ``call`` returns, or raise what it raises.

        Raises:
            HungError: it, or one before it, does not come back.
        """
        self._hanging = [future for future in self._hanging if not future.done()]
        if self._hanging:
            raise HungError("still hangs in an earlier call")
        future: Future[_Result] = Future()

        def run() -> None:
            try:
                future.set_result(call())
            except BaseException as error:  # noqa: BLE001 - it belongs to whoever waits
                future.set_exception(error)

        threading.Thread(target=run, name="plugin-call", daemon=True).start()
        try:
            return future.result(self._seconds)
        except TimeoutError as error:
            if future.done():
                raise
            self._hanging.append(future)
            raise HungError(f"does not answer within {self._seconds:g} s") from error
