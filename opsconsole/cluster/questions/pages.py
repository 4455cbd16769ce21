"""A whole list, page by page: begun again where its continue token ends on the way (410), as on a busy etcd."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import msgspec

from opsconsole.cluster.questions.reviews import Api, decode
from opsconsole.cluster.transport.errors import Gone

PAGE = 500
"""Objects asked for at once: kubectl's ``--chunk-size``."""

_BEGUN = 3
"""How often a list is begun, at the most."""

_Kept = TypeVar("_Kept")


class _ListMeta(msgspec.Struct):
    more: str = msgspec.field(default="", name="continue")


class _Page(msgspec.Struct):
    items: list[msgspec.Raw] | None = None
    metadata: _ListMeta = msgspec.field(default_factory=_ListMeta)


def read_list(
    api: Api,
    path: str,
    keep: Callable[[bytes], Iterable[_Kept]],
    *,
    timeout: float | None,
    before_page: Callable[[int], None] = lambda _: None,
) -> list[_Kept]:
    """What ``keep`` makes of each object of the list at ``path``, each object once.

    Args:
        api: the connection.
        path: of the collection.
        keep: what is kept of one object (JSON): of a list of 50,000 pods no more than one page is held whole.
        timeout: seconds without a byte.
        before_page: is told before each further page how many were read, and raises where that is enough. What was
            read before the list had to be begun again counts.

    Raises:
        Gone: the continue token ended on the way each time.
        ClusterError: the list can't be read.
    """
    found: list[_Kept] = []
    more, begun, count = "", 1, 0
    while True:
        try:
            body = api.request("GET", path, query={"limit": PAGE, "continue": more or None}, timeout=timeout)
        except Gone:
            if not more or begun == _BEGUN:
                raise
            # What the new list shows is newer than all of the old one: half of each would show some twice.
            found, more, begun = [], "", begun + 1
        else:
            page = decode(body, _Page)
            found += [kept for raw in page.items or () for kept in keep(bytes(raw))]
            more = page.metadata.more
            if not more:
                return found
        count += 1
        before_page(count)
