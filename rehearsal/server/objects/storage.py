"""Where the API server keeps its objects: one resource version for every write, and a history for watches.

Objects in the storage are never changed in place, so that whoever holds one (a watch, a page of a list, the world)
may keep it. Every method may be called from any thread.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import NamedTuple

from rehearsal.server.objects import errors
from rehearsal.server.objects.resources import Object, ServedResource

HISTORY = 2_000
"""Writes kept for watches that come back, some minutes of them; one that asks for older gets 410 and lists again. Each
holds an object as it was and as it is: about 8 KB."""

SNAPSHOTS = 16
"""Lists kept that someone pages through; older continue tokens get 410."""


class Write(NamedTuple):
    """One write: ``before`` is ``None`` for a new object, ``after`` for one that is gone."""

    version: int
    resource: ServedResource
    before: Object | None
    after: Object | None
    last: Object
    """The newest state, of a deleted object too (then with the version of its deletion)."""


class StoragePage(NamedTuple):
    """A piece of a list: objects, the version that the whole list is from, a token for the next piece, what is left."""

    items: list[Object]
    version: int
    proceed: str = ""
    remaining: int = 0


class Storage:
    """All objects by resource, namespace and name."""

    def __init__(self, first_version: int = 1000) -> None:
        self.lock = threading.RLock()
        self._version = first_version
        self._tables: dict[ServedResource, dict[tuple[str, str], Object]] = {}
        self._history: deque[Write] = deque(maxlen=HISTORY)
        self._forgotten = first_version
        self._listeners: list[Callable[[], None]] = []
        self._snapshots: OrderedDict[str, tuple[list[Object], int]] = OrderedDict()
        self._snapshot_count = 0

    @property
    def version(self) -> int:
        """The newest resource version."""
        return self._version

    def get(self, resource: ServedResource, namespace: str, name: str) -> Object | None:
        """The newest state of one object. Do not change it."""
        return self._tables.get(resource, {}).get((namespace, name))

    def all(self, resource: ServedResource, namespace: str = "") -> list[Object]:
        """All objects of a resource (in one namespace, or everywhere), by namespace and name. Do not change them."""
        with self.lock:
            table = self._tables.get(resource, {})
            return [table[key] for key in sorted(table) if not namespace or key[0] == namespace]

    def put(self, resource: ServedResource, obj: Object) -> Object:
        """Write ``obj``, which must be the caller's own, and return it with its new resource version."""
        with self.lock:
            key = key_of(obj)
            before = self.get(resource, *key)
            self._stamp(obj)
            self._tables.setdefault(resource, {})[key] = obj
            self._record(Write(self._version, resource, before, obj, obj))
        self._tell()
        return obj

    def remove(self, resource: ServedResource, obj: Object) -> Object:
        """Take ``obj`` away and return its last state with the resource version of the deletion."""
        with self.lock:
            last = obj | {"metadata": dict(obj["metadata"])}
            self._stamp(last)
            before = self._tables.get(resource, {}).pop(key_of(obj), None)
            self._record(Write(self._version, resource, before or obj, None, last))
        self._tell()
        return last

    def since(self, version: int) -> list[Write]:
        """Every write after ``version``, oldest first.

        Raises:
            ApiError: 410, the history does not reach back that far.
        """
        with self.lock:
            if version < self._forgotten:
                raise errors.expired(f"too old resource version: {version} ({self._forgotten})")
            if not self._history or self._history[-1].version <= version:
                return []
            newer = []
            for write in reversed(self._history):
                if write.version <= version:
                    break
                newer.append(write)
        newer.reverse()
        return newer

    def forget(self) -> None:
        """Drop the whole history, as a compaction does: watches that come back get 410."""
        with self.lock:
            self._history.clear()
            self._forgotten = self._version
            self._snapshots.clear()

    def page(self, items: list[Object], limit: int) -> StoragePage:
        """The first ``limit`` of ``items`` (0: all); the rest is kept for :meth:`next_page`."""
        with self.lock:
            return self._cut(items, self._version, limit)

    def next_page(self, token: str, limit: int) -> StoragePage:
        """The piece that ``token`` stands for, from the same moment as the first.

        Raises:
            ApiError: 410, the list is not kept any more.
        """
        with self.lock:
            if not re.fullmatch(r"\d+-\d+", token):
                raise errors.bad_request("invalid continue token: continue key is not valid")
            kept = self._snapshots.get(token)
            if kept is None:
                raise errors.expired(
                    "The provided continue parameter is too old to display a consistent list result. "
                    "You can start a new list without the continue parameter."
                )
            return self._cut(kept[0], kept[1], limit)

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call ``listener`` after every write, on the writer's thread. Returns what takes it off again."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _cut(self, items: list[Object], version: int, limit: int) -> StoragePage:
        if not limit or len(items) <= limit:
            return StoragePage(items, version)
        self._snapshot_count += 1
        token = f"{version}-{self._snapshot_count}"
        self._snapshots[token] = (items[limit:], version)
        while len(self._snapshots) > SNAPSHOTS:
            self._snapshots.popitem(last=False)
        return StoragePage(items[:limit], version, token, len(items) - limit)

    def _stamp(self, obj: Object) -> None:
        self._version += 1
        obj["metadata"]["resourceVersion"] = str(self._version)

    def _record(self, write: Write) -> None:
        if len(self._history) == HISTORY:
            self._forgotten = self._history[0].version
        self._history.append(write)

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()


def key_of(obj: Object) -> tuple[str, str]:
    """Namespace and name."""
    metadata = obj["metadata"]
    return metadata.get("namespace", ""), metadata["name"]
