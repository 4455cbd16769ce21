"""Watches: which writes a client hears of, and in what form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rehearsal.server.objects import errors, tables
from rehearsal.server.objects.resources import Object, ServedResource
from rehearsal.server.objects.selectors import Matcher
from rehearsal.server.objects.storage import Storage, Write


class Form(NamedTuple):
    """How objects are sent: whole, as metadata alone (``PartialObjectMetadata``), or as rows of a ``Table``."""

    kind: str = ""
    include: str = "Metadata"

    def one(self, resource: ServedResource, obj: Object, now: float, *, columns: bool = True) -> Object:
        """One object in this form."""
        if self.kind == "Table":
            return tables.table(resource, [obj], self.include, now, columns=columns)
        return tables.partial(obj) if self.kind.startswith("PartialObjectMetadata") else obj


def form_of(accept: str, include: str) -> Form:
    """What an ``Accept`` header asks for; what can't be served (protobuf) is passed over for JSON.

    Raises:
        ApiError: 406, nothing that it accepts can be served.
    """
    if not accept:
        return Form()
    for choice in accept.split(","):
        media, *parameters = (part.strip() for part in choice.split(";"))
        wanted = dict(part.partition("=")[::2] for part in parameters)
        if media in ("application/json", "*/*", "application/*"):
            return Form(wanted.get("as", ""), include or "Metadata")
    message = "406: Not Acceptable\n\nAvailable representations: application/json, application/json;stream=watch"
    raise errors.ApiError(406, "NotAcceptable", message, {})


class ServedWatch(NamedTuple):
    """One client's watch. ``start`` is sent first, then what happens after ``version``."""

    resource: ServedResource
    namespace: str
    match: Matcher | None
    version: int
    start: list[Object]
    form: Form
    bookmarks: bool
    ends_initial: bool
    timeout: float

    def first(self, now: float) -> Iterator[Object]:
        """Events for what is there already, if the client asked for it."""
        for number, obj in enumerate(self.start):
            yield {"type": "ADDED", "object": self.form.one(self.resource, obj, now, columns=number == 0)}
        if self.ends_initial:
            yield self.bookmark(self.version, {"k8s.io/initial-events-end": "true"})

    def events(self, writes: list[Write], now: float) -> Iterator[Object]:
        """The events that ``writes`` mean to this client: entering its selection is ADDED, leaving it DELETED."""
        for write in writes:
            if write.resource is not self.resource:
                continue
            event = self._event(write)
            if event:
                kind, obj = event
                yield {"type": kind, "object": self.form.one(self.resource, obj, now, columns=False)}

    def _event(self, write: Write) -> tuple[str, Object] | None:
        if self.namespace and write.last["metadata"].get("namespace") != self.namespace:
            return None
        was, now = self._selects(write.before), self._selects(write.after)
        if now:
            return ("MODIFIED" if was else "ADDED"), write.last
        if not was:
            return None
        gone = write.last if write.after is None else _with_version(write.before or {}, write.version)
        return "DELETED", gone

    def _selects(self, obj: Object | None) -> bool:
        return obj is not None and (self.match is None or self.match(obj))

    def bookmark(self, version: int, annotations: dict[str, str] | None = None) -> Object:
        """A bookmark: nothing happened up to ``version``."""
        metadata: Object = {"resourceVersion": str(version), "creationTimestamp": None}
        if annotations:
            metadata["annotations"] = annotations
        if self.form.kind == "Table":
            table: Object = {
                "kind": "Table",
                "apiVersion": "meta.k8s.io/v1",
                "metadata": metadata,
                "columnDefinitions": None,
                "rows": [],
            }
            return {"type": "BOOKMARK", "object": table}
        kind = self.resource.kind, self.resource.api_version
        if self.form.kind:
            kind = "PartialObjectMetadata", "meta.k8s.io/v1"
        return {"type": "BOOKMARK", "object": {"kind": kind[0], "apiVersion": kind[1], "metadata": metadata}}


def _with_version(obj: Object, version: int) -> Object:
    return obj | {"metadata": obj["metadata"] | {"resourceVersion": str(version)}}


def open_watch(
    storage: Storage,
    resource: ServedResource,
    namespace: str,
    match: Matcher | None,
    *,
    form: Form,
    query: dict[str, str],
) -> ServedWatch:
    """What ``?watch=1`` asks for.

    Raises:
        ApiError: 400, a resource version that is no number.
    """
    text = query.get("resourceVersion", "")
    if text and not text.isdigit():
        why = f'resourceVersion: Invalid value: "{text}": strconv.ParseUint: parsing "{text}": invalid syntax'
        raise errors.ApiError(500, "", why)
    initial = query.get("sendInitialEvents") == "true"
    start: list[Object] = []
    with storage.lock:
        version = int(text or 0)
        if not version or initial:
            version = storage.version
            start = [obj for obj in storage.all(resource, namespace) if match is None or match(obj)]
    bookmarks = query.get("allowWatchBookmarks") in ("true", "1")
    timeout = float(query.get("timeoutSeconds") or 1800)
    return ServedWatch(resource, namespace, match, version, start, form, bookmarks, initial and bookmarks, timeout)
