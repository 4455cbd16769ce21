"""Lists and watch events of one resource, from bytes to records. One bad object never costs the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from opsconsole.cluster.objects.meta import Wire
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import BadAnswer, RequestWords, ServerError, from_status
from opsconsole.decoding import decode_as, decoder_of
from opsconsole.records import AnyRecord, Kind

_Shape = TypeVar("_Shape")

_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Resource(NamedTuple):
    """One resource of the API that records are made of."""

    plural: str
    kind: Kind
    shape: type[Wire]
    """Of one object's JSON."""
    convert: Callable[[Any], AnyRecord]
    """From that shape to the record."""
    group: str = ""
    version: str = "v1"
    namespaced: bool = True
    newest: int = 0
    """Of a kind that only grows: how many records of a list to keep, newest last; 0: all, and the gone are dropped."""
    accept: tuple[str, str] = ("application/json", "application/json")
    """What the answer to a list and to a watch may be."""
    optional: bool = False
    """A custom kind, which not every cluster has."""

    def path(self, namespace: str = "") -> str:
        """Where it is listed and watched."""
        return paths.collection(self.group, self.version, self.plural, namespace if self.namespaced else "")


class Page(NamedTuple):
    """One page of a list; an empty ``more`` means that this is the last one. For ``unread`` see :class:`Objects`."""

    records: list[AnyRecord]
    unread: tuple[str, ...]
    resource_version: str
    more: str

    @property
    def skipped(self) -> int:
        """How many objects could not be read."""
        return len(self.unread)


class Objects(NamedTuple):
    """Some objects of a list, and the keys of those that are there and could not be read (empty: not even the name)."""

    records: list[AnyRecord]
    unread: tuple[str, ...] = ()


class Head(NamedTuple):
    """A list's metadata; an empty ``more`` means that nothing follows this page."""

    resource_version: str
    more: str


_CHANGES = frozenset({"ADDED", "MODIFIED", "DELETED", "BOOKMARK"})


class WatchEvent(NamedTuple):
    """One watch event: ``ADDED``, ``MODIFIED``, ``DELETED`` or ``BOOKMARK`` (then without a record).

    ``unread`` is the key of an object that could not be read; ``None`` of one that could.
    """

    type: str
    record: AnyRecord | None
    resource_version: str
    unread: str | None = None


class _ListMeta(Wire):
    resource_version: str = ""
    more: str = msgspec.field(default="", name="continue")


class _List(msgspec.Struct, Generic[_Shape], gc=False):
    metadata: _ListMeta
    items: list[_Shape] | None = None


class _Event(msgspec.Struct, Generic[_Shape], gc=False):
    type: str
    object: _Shape


class _Name(Wire):
    name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""


class _Named(msgspec.Struct, gc=False):
    metadata: _Name


class _Status(Wire):
    code: int = 0


class _Head(msgspec.Struct, gc=False):
    metadata: _ListMeta


_NAMED = decoder_of(_Named)
_HEAD = decoder_of(_Head)

_HEAD_BYTES = 4096
"""The API server writes a list's metadata before its objects; a continue token has a few hundred bytes."""


def head_of(body: bytes | bytearray) -> Head | None:
    """Return a list's metadata without decoding its objects; ``None`` where there is none (or no list)."""
    start, objects, _ = bytes(body[:_HEAD_BYTES]).partition(b',"items":[')
    for text in (start + b"}", body) if objects else (body,):
        try:
            metadata = _HEAD.decode(text).metadata
        except _UNREADABLE:
            continue
        return Head(metadata.resource_version, metadata.more)
    return None


class Codec:
    """Decodes what a resource's list and watch send. Its own thread's alone."""

    def __init__(self, resource: Resource) -> None:
        shape: Any = resource.shape
        self.resource = resource
        self._list = decoder_of(_List[shape])
        self._objects = decoder_of(list[shape])
        self._event = decoder_of(_Event[shape])
        self._one = decoder_of(shape)

    def page(self, body: bytes | bytearray) -> Page:
        """Decode one page of a list.

        Raises:
            BadAnswer: it is no list at all.
        """
        convert = self.resource.convert
        try:
            found = self._list.decode(body)
            records = [convert(each) for each in found.items or ()]
        except Exception:  # noqa: BLE001 - whatever one object does, the others are read one by one
            return self._page_one_by_one(body)
        return Page(records, (), found.metadata.resource_version, found.metadata.more)

    def objects(self, block: bytes | bytearray) -> Objects | None:
        """Decode some objects of a list with commas between them; ``None`` if they don't end where the block does."""
        array = b"[" + block + b"]"
        convert = self.resource.convert
        try:
            return Objects([convert(each) for each in self._objects.decode(array)])
        except Exception:  # noqa: BLE001 - as for a page
            try:
                return self._one_by_one(decode_as(array, list[msgspec.Raw]))
            except _UNREADABLE:
                return None

    def event(self, line: bytes) -> WatchEvent:
        """Decode one watch event.

        Raises:
            Gone: the watch's resource version is too old.
            ServerError: another error that the server sent as an event.
            BadAnswer: it is no watch event at all.
        """
        try:
            found = self._event.decode(line)
            if found.type not in _CHANGES:
                return self._unusual(line)
            record = None if found.type == "BOOKMARK" else self.resource.convert(found.object)
            if record is not None and not found.object.metadata.name:
                return self._unusual(line)
        except ServerError:
            raise
        except Exception:  # noqa: BLE001 - as for a page
            return self._unusual(line)
        return WatchEvent(found.type, record, found.object.metadata.resource_version)

    def _page_one_by_one(self, body: bytes | bytearray) -> Page:
        try:
            found = decode_as(body, _List[msgspec.Raw])
        except _UNREADABLE as error:
            raise BadAnswer(f"list {self.resource.plural}: what came is no list of the Kubernetes API") from error
        return Page(*self._one_by_one(found.items or ()), found.metadata.resource_version, found.metadata.more)

    def _one_by_one(self, objects: Iterable[msgspec.Raw]) -> Objects:
        records, unread = [], []
        for raw in objects:
            try:
                records.append(self.resource.convert(self._one.decode(raw)))
            except Exception:  # noqa: BLE001 - one bad object never costs the others
                unread.append(self._key(raw))
        return Objects(records, tuple(unread))

    def _key(self, raw: msgspec.Raw) -> str:
        """The key of an object that can't be read, by its name alone; empty where not even that can be."""
        try:
            named = msgspec.to_builtins(_NAMED.decode(raw).metadata)
            return self.resource.convert(self._one.decode(msgspec.json.encode({"metadata": named}))).key
        except Exception:  # noqa: BLE001 - then it counts as an object without a name
            return ""

    def _unusual(self, line: bytes) -> WatchEvent:
        try:
            found = decode_as(line, _Event[msgspec.Raw])
        except _UNREADABLE as error:
            raise BadAnswer(f"watch {self.resource.plural}: what came is no watch event") from error
        if found.type == "ERROR":
            raise self._error(bytes(found.object))
        if found.type not in _CHANGES:
            raise BadAnswer(f"watch {self.resource.plural}: what came is no event that is known")
        try:
            version = _NAMED.decode(found.object).metadata.resource_version
        except _UNREADABLE:
            version = ""
        return WatchEvent(found.type, None, version, self._key(found.object))

    def _error(self, status: bytes) -> ServerError:
        try:
            code = decode_as(status, _Status).code
        except _UNREADABLE:
            code = 0
        asked = RequestWords("GET", self.resource.path(), watching=True)
        return from_status(code if code >= 300 else 500, status, asked)
