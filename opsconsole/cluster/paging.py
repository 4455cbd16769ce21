"""Lists in pages, each asked for while the one before is being decoded."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Generic, TypeVar

from opsconsole.cluster.codec import more

if TYPE_CHECKING:
    from opsconsole.cluster.connection import Connection

_Result = TypeVar("_Result")


def pages(connection: Connection, path: str, size: int) -> Iterator[bytes]:
    """Yield a list's pages of ``size`` objects, as they came.

    Raises:
        Gone: the continue token has expired on the way; begin again.
        ClusterError: a request failed.
    """
    body = connection.request("GET", path, query={"limit": size})
    while token := more(body):
        coming = _Ahead(_asking(connection, path, size, token))
        yield body
        body = coming.result()
    yield body


def _asking(connection: Connection, path: str, size: int, token: str) -> Callable[[], bytes]:
    return lambda: connection.request("GET", path, query={"limit": size, "continue": token})


class _Ahead(Generic[_Result]):
    """A call made on a daemon thread of its own, so that a program that ends does not wait for it."""

    def __init__(self, call: Callable[[], _Result]) -> None:
        self._call = call
        self._results: list[_Result] = []
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="next-page", daemon=True)
        self._thread.start()

    def result(self) -> _Result:
        """Wait for it, and return or raise what it returned or raised."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._results.pop()

    def _run(self) -> None:
        try:
            self._results.append(self._call())
        except BaseException as error:  # noqa: BLE001 - raised again where the result is wanted
            self._error = error
