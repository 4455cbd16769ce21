"""What a record that someone opens stands for: its page, its object in the cluster, its pod. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from opsconsole.present import writers as writer_words
from opsconsole.present.panes.context import RowContext
from opsconsole.records import (
    KIND_OF,
    ClusterWriter,
    Decision,
    Event,
    Finding,
    GpuDevice,
    GpuNode,
    GpuProcess,
    Pod,
    Ref,
    Workload,
)
from opsconsole.store import Store
from opsconsole.ui.details import decision, event, finding, gpu, pod, writer
from opsconsole.ui.details.parts import field
from opsconsole.ui.drawing.spans import StyledLine


def page(record: Any, look: RowContext) -> list[StyledLine]:
    """Return the page of any record that can be opened."""
    pages: dict[type, Any] = {
        Pod: pod.page,
        Event: event.page,
        GpuDevice: gpu.device_page,
        GpuProcess: gpu.process_page,
        GpuNode: gpu.node_page,
        Decision: decision.page,
        Finding: finding.page,
        ClusterWriter: writer.page,
    }
    make = pages.get(type(record), other_page)
    lines: list[StyledLine] = make(record, look)
    return lines


def other_page(record: Any, _look: RowContext) -> list[StyledLine]:
    """Return the page of a record that has none of its own: each of its fields."""
    rows = []
    for name in record.__struct_fields__:
        value = getattr(record, name)
        rows.append(field(name, "" if value is None else str(value)))
    return rows


_TITLES: dict[type, Callable[[Any], str]] = {
    Pod: lambda pod: f"Pod {pod.key}",
    Event: lambda event: f"Event {event.reason} on {event.about}",
    GpuDevice: lambda device: f"GPU{device.index} {device.name}",
    GpuProcess: lambda process: f"Process {process.pid} {process.name}",
    Finding: lambda finding: f"Finding: {finding.title}",
    ClusterWriter: lambda writer: f"Writer {writer_words.name(writer)}",
    Decision: lambda decision: f"Decision {decision.action or decision.level} {decision.target or ''}".rstrip(),
}


def title(record: Any) -> str:
    """Return what the page is called."""
    return _TITLES.get(type(record), lambda other: f"{type(other).__name__} {other.key}")(record)


def newest(record: Any, store: Store) -> Any | None:
    """Return the record as the store has it now; ``None`` if it is gone."""
    kind = KIND_OF.get(type(record))
    return record if kind is None else store.table(kind).get(record.key)


def object_of(record: Any, store: Store) -> Ref | None:
    """Return the object in the cluster whose manifest belongs to the record; ``None`` if there is none."""
    if isinstance(record, Pod):
        return record.ref
    if isinstance(record, Event):
        return record.about
    if isinstance(record, Decision):
        target = decision.find_target(record.target, store)
        return target.ref if isinstance(target, Workload) else record.target
    if isinstance(record, Finding):
        return record.about
    found = pod_of(record, store)
    return found.ref if found else None


def pod_of(record: Any, store: Store) -> Pod | None:
    """Return the pod whose logs belong to the record; ``None`` if there is none."""
    if isinstance(record, Pod):
        return record
    if isinstance(record, Event):
        return store.pods.get(record.about.key) if record.about.kind == "Pod" else None
    if isinstance(record, Finding):
        return store.pods.get(record.about.key) if record.about and record.about.kind == "Pod" else None
    if isinstance(record, GpuProcess):
        return store.pods.get(record.pod)
    return _speaker(record, store) if isinstance(record, Decision) else None


def _speaker(decision: Decision, store: Store) -> Pod | None:
    """Return the pod that said it: sources read ``pod/container`` or ``namespace/pod``."""
    named = store.pods.get(decision.source)
    first = decision.source.partition("/")[0]
    return named or next((pod for pod in store.pods.values() if first and pod.name == first), None)
