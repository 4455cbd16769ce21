"""``metadata.managedFields`` with its fields → Ownership records, of any kind of object.

Objects are asked for as ``PartialObjectMetadata``: without spec and status, so that the kinds that nobody looks at
otherwise (Services, ConfigMaps, roles, …) cost next to nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

import msgspec
from msgspec import field

from opsconsole.cluster.objects.codec import Resource
from opsconsole.cluster.objects.meta import Wire
from opsconsole.cluster.transport.times import seconds
from opsconsole.records import Kind, OwnedFields, Ownership, Ref

LIST_ACCEPT = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
WATCH_ACCEPT = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"

MAX_FIELDS = 500
"""Fields kept of one entry. A Deployment of ten containers has about 300; a ConfigMap may have thousands."""

MAX_ENTRIES = 64
"""Entries kept of one object; the API server itself caps those of updates at ten."""

MAX_PATH = 300
"""Characters of one path. Keys of a ConfigMap and annotations are the writer's own words."""

MAX_DEPTH = 60

_ODD = re.compile(r"[^A-Za-z0-9_-]")

_REMEMBERED = 1_000
"""Sets of fields that are remembered as they came. Pods of one owner come one after the other; a kubelet's set holds
the pod's address, and comes once."""

_REMEMBERED_BYTES = 4_096
"""Bytes of one such set; a pod's have some 2,000."""

_SHARED_PATHS = 20_000
_SHARED_LENGTH = 256
"""Paths that are held once, however many objects have them, and the characters that such a one has at most."""

_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError)


class _Entry(Wire):
    manager: str = ""
    operation: str = ""
    subresource: str = ""
    time: str | None = None
    fields_v1: msgspec.Raw = field(default_factory=msgspec.Raw)


class _OwnershipMetadata(Wire):
    name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    generation: int = 0
    managed_fields: list[_Entry] | None = None


class OwnershipWire(Wire):
    """Any object, its metadata alone."""

    metadata: _OwnershipMetadata = field(default_factory=_OwnershipMetadata)


def of_kind(kind: str) -> Callable[[OwnershipWire], Ownership]:
    """Return the conversion for one kind: a ``PartialObjectMetadata`` does not say what it is the metadata of."""

    def convert(wire: OwnershipWire) -> Ownership:
        metadata = wire.metadata
        entries = tuple(_owned(entry) for entry in (metadata.managed_fields or ())[:MAX_ENTRIES])
        ref = Ref(kind, metadata.namespace, metadata.name, metadata.uid)
        return Ownership(ref, metadata.resource_version, metadata.generation, entries)

    return convert


def resource(
    plural: str, kind: str, group: str = "", version: str = "v1", *, namespaced: bool = True, optional: bool = False
) -> Resource:
    """Return the resource whose ownership is listed and watched."""
    return Resource(
        plural,
        Kind.OWNERSHIP,
        OwnershipWire,
        of_kind(kind),
        group,
        version,
        namespaced,
        accept=(LIST_ACCEPT, WATCH_ACCEPT),
        optional=optional,
    )


def _owned(entry: _Entry) -> OwnedFields:
    found, cut = _fields(bytes(entry.fields_v1))
    return OwnedFields(entry.manager, entry.operation, entry.subresource, seconds(entry.time), found, cut)


def _fields(raw: bytes) -> tuple[tuple[str, ...], bool]:
    """Return :func:`paths_of`, remembered where it is short: the pods of one owner share it, and relists repeat it."""
    return _remembered(raw) if len(raw) <= _REMEMBERED_BYTES else paths_of(raw)


def paths_of(raw: bytes) -> tuple[tuple[str, ...], bool]:
    """Return the leaves of a ``fieldsV1`` as sorted paths, and whether there are more than are kept."""
    if not raw:
        return (), False
    try:
        tree = msgspec.json.decode(raw)
    except _UNREADABLE:
        return (), True
    found: list[str] = []
    for path in _leaves(tree, "", 0):
        if len(found) >= MAX_FIELDS:
            return tuple(sorted(found)), True
        found.append(path[:MAX_PATH])
    return tuple(sorted(found)), False


_remembered = lru_cache(_REMEMBERED)(paths_of)


def _leaves(tree: object, path: str, depth: int) -> Iterator[str]:
    """Yield the paths of what is owned: a field without fields below, or a whole item (``.``) of a list or map."""
    below = [(key, value) for key, value in tree.items() if key != "."] if isinstance(tree, dict) else []
    if not below or depth > MAX_DEPTH:
        if path:
            yield path
        return
    for key, value in below:
        short = len(path) + len(key) <= _SHARED_LENGTH
        yield from _leaves(value, _shared(path, key) if short else _joined(path, key), depth + 1)


def _joined(path: str, key: str) -> str:
    """``f:spec`` is a field, ``k:{"name":"web"}`` an item of a list by its keys, ``v:"x"`` one by its value.

    A key of a map that is no plain word (of a label, an annotation) stands in brackets, as the items of lists do.
    """
    kind, _, name = key.partition(":")
    if kind == "f" and not _ODD.search(name):
        return f"{path}.{name}" if path else name
    return f"{path}[{name if kind == 'f' else _item(kind, name)}]"


_shared = lru_cache(_SHARED_PATHS)(_joined)


def _item(kind: str, name: str) -> str:
    try:
        value = msgspec.json.decode(name)
    except _UNREADABLE:
        return name
    if kind == "k" and isinstance(value, dict):
        return ",".join(str(each) for each in value.values())
    return str(value)
