"""Kubernetes events (``v1``; the ``events.k8s.io`` ones are the same objects) → records."""

from __future__ import annotations

from msgspec import field

from opsconsole.cluster.objects.meta import WORDS, Metadata, Wire
from opsconsole.cluster.transport.times import seconds
from opsconsole.records import Event, Ref
from opsconsole.text import clean, clean_line

MAX_MESSAGE = 2048
"""Characters kept of a message; the API server takes 1,024, aggregated ones were longer in older versions."""


class _About(Wire):
    kind: str = ""
    namespace: str = ""
    name: str = ""
    uid: str = ""


class _Source(Wire):
    component: str = ""
    host: str = ""


class _Series(Wire):
    count: int = 0
    last_observed_time: str | None = None


class EventWire(Wire):
    """An event. Which of its times are set depends on the client library that wrote it."""

    metadata: Metadata = field(default_factory=Metadata)
    involved_object: _About = field(default_factory=_About)
    type: str | None = ""
    reason: str | None = ""
    message: str | None = ""
    count: int | None = None
    first_timestamp: str | None = None
    last_timestamp: str | None = None
    event_time: str | None = None
    series: _Series | None = None
    source: _Source | None = None
    reporting_component: str | None = ""


def to_record(event: EventWire) -> Event:
    """Return the record. Its key is the event object's: a repeated event is one object that is updated."""
    metadata, about, series = event.metadata, event.involved_object, event.series
    source = event.source.component if event.source and event.source.component else event.reporting_component
    created = seconds(metadata.creation_timestamp)
    first = seconds(event.first_timestamp) or seconds(event.event_time) or created
    newest = seconds(series.last_observed_time) if series else None
    return Event(
        key=clean_line(f"{metadata.namespace}/{metadata.name}"),
        namespace=WORDS[metadata.namespace],
        type=WORDS[event.type or ""],
        reason=WORDS[event.reason or ""],
        message=clean(event.message or "", MAX_MESSAGE),
        about=Ref(
            kind=WORDS[about.kind],
            namespace=WORDS[about.namespace],
            name=WORDS[about.name],
            uid=WORDS[about.uid],
        ),
        count=(series.count if series else event.count) or 1,
        first=first,
        last=newest or seconds(event.last_timestamp) or first,
        source=WORDS[source or ""],
    )
