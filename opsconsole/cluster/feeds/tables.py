"""The first picture of a large cluster: the server's own Tables, without objects, one namespace each.

A row has name, READY, STATUS, RESTARTS, AGE, IP and node. For 10,000 pods that costs the API server a thirteenth and
the line a fortieth of the whole objects. Rows carry no namespace: hence one request for each.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from opsconsole.cluster.objects.meta import WORDS
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import BadAnswer, ClusterError
from opsconsole.cluster.transport.times import age
from opsconsole.decoding import decoder_of
from opsconsole.records import Kind, Pod
from opsconsole.text import clean_line

if TYPE_CHECKING:
    from opsconsole.clock import Clock
    from opsconsole.cluster.transport.connection import Connection
    from opsconsole.feeds.protocol import Sink

AT_A_TIME = 6
MAX_NAMESPACES = 500
"""With more of them the requests cost more than they save."""

TIMEOUT = 5.0
"""Seconds for one Table; a server that can't do that in time is asked for the list alone."""

_ACCEPT = "application/json;as=Table;v=v1;g=meta.k8s.io"
_NEEDED = ("name", "ready", "status", "restarts")
_USEFUL = ("age", "node", "ip")
_EMPTY = frozenset({"<none>", "<unknown>"})


class _Column(msgspec.Struct, gc=False):
    name: str = ""


class _Row(msgspec.Struct, gc=False):
    cells: list[Any]


class _Table(msgspec.Struct, rename="camel", gc=False):
    kind: str
    column_definitions: list[_Column] | None = None
    rows: list[_Row] | None = None


_DECODER = decoder_of(_Table)


class TablePreview:
    """Puts a partial record of every pod into a sink, the optimizers' namespaces first.

    Args:
        connection: where to read.
        clock: turns ages into times.
        namespace: read this one alone; empty: all of them.
        first: the namespaces to begin with.
    """

    def __init__(self, connection: Connection, clock: Clock, *, namespace: str = "", first: Sequence[str] = ()) -> None:
        self._connection = connection
        self._clock = clock
        self._namespace = namespace
        self._first = first

    def __call__(self, sink: Sink) -> set[str]:
        """Read all Tables and return the keys of the pods that were put. Whatever fails is left to the list."""
        try:
            names = [self._namespace] if self._namespace else self._namespaces()
        except (ClusterError, IndexError):
            return set()
        if len(names) > MAX_NAMESPACES:
            return set()
        left = deque(sorted(names, key=lambda name: (name not in self._first, name)))
        keys: set[str] = set()
        helpers = [
            threading.Thread(target=self._work, args=(left, sink, keys), name="tables", daemon=True)
            for _ in range(min(AT_A_TIME, len(left)) - 1)
        ]
        for helper in helpers:
            helper.start()
        self._work(left, sink, keys)
        for helper in helpers:
            helper.join()
        return keys

    def _namespaces(self) -> list[str]:
        table = self._table(paths.collection("", "v1", "namespaces"))
        cells_of = _picker(table, ["name"])
        return [str(cells_of(row.cells)[0]) for row in table.rows or ()]

    def _work(self, left: deque[str], sink: Sink, keys: set[str]) -> None:
        while left:
            try:
                namespace = left.popleft()
                pods = to_records(self._table(paths.collection("", "v1", "pods", namespace)), namespace, self._clock)
            except IndexError:
                return
            except ClusterError:
                left.clear()
                return
            keys.update(pod.key for pod in pods)
            sink.put(Kind.POD, pods)

    def _table(self, path: str) -> _Table:
        body = self._connection.request("GET", path, query={"includeObject": "None"}, accept=_ACCEPT, timeout=TIMEOUT)
        return decode(body)


def decode(body: bytes) -> _Table:
    """Decode a Table.

    Raises:
        BadAnswer: the server does not make Tables and sent something else.
    """
    try:
        table = _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadAnswer("the API server sent no Table") from error
    if table.kind != "Table":
        raise BadAnswer("the API server sent no Table")
    return table


def to_records(table: _Table, namespace: str, clock: Clock) -> list[Pod]:
    """Return a partial record for each row; a row that can't be read is left to the list."""
    now, cells_of = clock.now(), _picker(table, _NEEDED, _USEFUL)
    records = []
    for row in table.rows or ():
        try:
            records.append(_record(cells_of(row.cells), WORDS[namespace], now))
        except (IndexError, ValueError):
            continue
    return records


def _picker(table: _Table, needed: Sequence[str], useful: Sequence[str] = ()) -> Callable[[list[Any]], list[Any]]:
    """Return what picks these columns from a row; a column that is useful and not there is ``None``.

    It raises ``IndexError`` where a needed one is not there.
    """
    names = [column.name.lower() for column in table.column_definitions or ()]
    found = [names.index(name) if name in names else len(names) for name in needed]
    more = [names.index(name) if name in names else None for name in useful]
    return lambda cells: [*[cells[at] for at in found], *[None if at is None else cells[at] for at in more]]


def _record(cells: list[Any], namespace: str, now: float) -> Pod:
    name, readiness, status, restarts, since, node, ip = cells
    ready, _, total = str(readiness).partition("/")
    old = age(str(since))
    status = str(status)
    return Pod(
        namespace=namespace,
        name=clean_line(str(name)),
        status=WORDS[status],
        ready=int(ready),
        containers_total=int(total),
        # Behind the number the server may say how long ago the last one was, in brackets.
        restarts=int(str(restarts).partition(" ")[0]),
        created=None if old is None else now - old,
        node=_word(node, WORDS.__getitem__),
        ip=_word(ip, clean_line),
        is_ready=status == "Running" and ready == total != "0",
        partial=True,
    )


def _word(cell: Any, cleaned: Callable[[str], str]) -> str:
    text = "" if cell is None else str(cell)
    return "" if text in _EMPTY else cleaned(text)
