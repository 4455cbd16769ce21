"""Lists in pages, each asked for while the one before is being decoded."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from opsconsole.cluster.codec import Codec, Page, more

if TYPE_CHECKING:
    from opsconsole.cluster.connection import Connection, Query


def pages(connection: Connection, path: str, size: int, codec: Codec) -> Iterator[Page]:
    """Yield a list's pages of ``size`` objects.

    No more than one page's bytes are held at a time: of 50,000 pods a page of 500 is a hundredth.

    Raises:
        Gone: the continue token has expired on the way; begin again.
        ClusterError: a request failed.
    """
    coming: _Ahead | None = _Ahead(connection, path, {"limit": size})
    while coming is not None:
        body = coming.result()
        token = more(body)
        coming = _Ahead(connection, path, {"limit": size, "continue": token}) if token else None
        page = codec.page(body)
        del body
        yield page


class _Ahead:
    """A page that was asked for on a daemon thread, so that a program that ends does not wait for it."""

    def __init__(self, connection: Connection, path: str, query: Query) -> None:
        self._read: Callable[[], bytearray] | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._ask, args=(connection, path, query), name="page", daemon=True)
        self._thread.start()

    def result(self) -> bytearray:
        """Wait for the answer, read it, and return it or raise what was raised."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        assert self._read is not None  # noqa: S101 - for the type checker
        return self._read()

    def _ask(self, connection: Connection, path: str, query: Query) -> None:
        try:
            self._read = connection.ask(path, query)
        except BaseException as error:  # noqa: BLE001 - raised again where the page is wanted
            self._error = error
