"""Lists: whole, decoded while they come; or in pages, where a whole one does not get through.

A whole list comes from the API server's memory. Of a list in pages that is the first page alone; the others are read
from etcd, which for 10,000 pods cost a server of 1.36 four times the CPU (3.5 s instead of 0.8 s) and four times the
wait. So pages are for lines on which the whole does not arrive within the minute that the server allows it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from opsconsole.cluster.objects.codec import Codec, Head, Objects, Page, head_of
from opsconsole.cluster.transport.errors import BadAnswer, Unreachable

if TYPE_CHECKING:
    from opsconsole.cluster.transport.connection import Connection, Query
    from opsconsole.cluster.transport.streams import Stream

    _Ask = Callable[[Query], Callable[[], bytearray]]

BLOCK = 1 << 18
"""Bytes decoded at once: what is held of a list, however long it is. A megabyte takes a quarter longer to decode."""

_HEAD = 1 << 16
"""Bytes within which the objects must begin; the API server writes the list's metadata before them."""

_OBJECTS = b'"items":['
MAX_OBJECTS = 200_000
"""Objects of one list; four times the largest cluster that Kubernetes is tested with."""

MAX_WITHOUT_HEAD = 64 << 20
"""Bytes of a list that can't be decoded while it comes, and is held whole."""

_OF_AN_OBJECT = 10 << 10
"""Bytes of a page for each object that was asked for, at the least; a pod has some eight thousand."""

_LARGEST_OBJECT = 16 << 20
"""Bytes within which an object must end. One in etcd has at most 1.5 MB."""

_BETWEEN = b'},{"metadata":{'
"""How an object ends and the next begins. Quotes within strings are escaped, so this can't be text of an object; if it
stands inside an object, what is before it is no JSON, and more is waited for."""


def whole(stream: Stream, codec: Codec) -> Iterator[Page]:
    """Yield a list's objects while they come, a block at a time.

    Raises:
        BadAnswer: it is no list, or one without an end.
        ClusterError: the answer broke off.
    """
    parts = stream.parts()
    held, head = _head(parts)
    if head is None:
        yield codec.page(held)
        return
    enough, count = BLOCK, 0
    for part in parts:
        held += part
        if len(held) < enough:
            continue
        end = held.rfind(_BETWEEN) + 1
        found = codec.objects(held[:end]) if end else None
        if found is None:
            enough = 2 * len(held)
            if enough > 2 * _LARGEST_OBJECT:
                raise BadAnswer(f"a list came with an object of more than {_LARGEST_OBJECT >> 20} MiB")
            continue
        enough, count = BLOCK, count + len(found.records) + len(found.unread)
        if count > MAX_OBJECTS:
            raise BadAnswer(f"a list of more than {MAX_OBJECTS:,} objects came: it is not read on")
        del held[: end + 1]
        yield Page(*found, *head)
    yield Page(*_last(held, codec), *head)


def _head(parts: Iterator[bytes]) -> tuple[bytearray, Head | None]:
    """Read up to the objects. Returns what was read of them; without a head, all that came."""
    held, looking = bytearray(), True
    for part in parts:
        held += part
        if len(held) > MAX_WITHOUT_HEAD:
            raise BadAnswer(f"more than {MAX_WITHOUT_HEAD >> 20} MiB came that begin like no list of the API")
        begin = held.find(_OBJECTS, 0, _HEAD) if looking else -1
        if begin >= 0:
            head = head_of(held[: begin + len(_OBJECTS)] + b"]}")
            if head is not None and head.resource_version:
                return held[begin + len(_OBJECTS) :], head
        looking = looking and begin < 0 and len(held) < _HEAD
    return held, None


def _last(held: bytearray, codec: Codec) -> Objects:
    rest = held.rstrip()
    found = codec.objects(rest[:-2]) if rest.endswith(b"]}") else None
    if found is None:
        raise Unreachable("the list broke off before its end")
    return found


def pages(connection: Connection, path: str, size: int, codec: Codec, token: str = "") -> Iterator[Page]:
    """Yield a list's pages of ``size`` objects, each asked for while the one before is decoded.

    No more than one page's bytes are held at a time: of 50,000 pods a page of 500 is a hundredth.

    Raises:
        Gone: the continue token has expired on the way; begin again.
        ClusterError: a request failed.
    """
    most = max(MAX_WITHOUT_HEAD, size * _OF_AN_OBJECT)
    ask = partial(connection.ask, path, accept=codec.resource.accept[0], most=most)
    coming: _Ahead | None = _Ahead(ask, {"limit": size, "continue": token or None})
    count = 0
    while coming is not None:
        body = coming.result()
        head = head_of(body)
        token = head.more if head is not None else ""
        coming = _Ahead(ask, {"limit": size, "continue": token}) if token else None
        page = codec.page(body)
        del body
        count += max(1, len(page.records) + page.skipped)  # empty pages without an end come to one too
        if count > MAX_OBJECTS:
            raise BadAnswer(f"a list of more than {MAX_OBJECTS:,} objects came: it is not read on")
        yield page


class _Ahead:
    """A page that was asked for on a daemon thread, so that a program that ends does not wait for it."""

    def __init__(self, ask: _Ask, query: Query) -> None:
        self._read: Callable[[], bytearray] | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._ask, args=(ask, query), name="page", daemon=True)
        self._thread.start()

    def result(self) -> bytearray:
        """Wait for the answer, read it, and return it or raise what was raised."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        assert self._read is not None  # noqa: S101 - for the type checker
        return self._read()

    def _ask(self, ask: _Ask, query: Query) -> None:
        try:
            self._read = ask(query)
        except BaseException as error:  # noqa: BLE001 - raised again where the page is wanted
            self._error = error
