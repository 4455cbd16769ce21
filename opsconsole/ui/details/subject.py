"""What a record that someone opens stands for: its page, its object in the cluster, its pod. Pure."""

from __future__ import annotations

from typing import Any

from opsconsole.records import Decision, Event, Finding, GpuDevice, GpuProcess, Kind, Pod, Ref, Workload
from opsconsole.store import Store
from opsconsole.ui.details import decision, event, finding, gpu, pod
from opsconsole.ui.look import Look
from opsconsole.ui.spans import Line

_KINDS: dict[type, Kind] = {
    Pod: Kind.POD,
    Event: Kind.EVENT,
    GpuDevice: Kind.GPU,
    GpuProcess: Kind.GPU_PROCESS,
    Decision: Kind.DECISION,
    Finding: Kind.FINDING,
}


def page(record: Any, look: Look) -> list[Line]:
    """Return the page of any record that can be opened."""
    pages: dict[type, Any] = {
        Pod: pod.page,
        Event: event.page,
        GpuDevice: gpu.device_page,
        GpuProcess: gpu.process_page,
        Decision: decision.page,
        Finding: finding.page,
    }
    lines: list[Line] = pages[type(record)](record, look)
    return lines


def title(record: Any) -> str:
    """Return what the page is called."""
    if isinstance(record, Pod):
        return f"Pod {record.key}"
    if isinstance(record, Event):
        return f"Event {record.reason} on {record.about}"
    if isinstance(record, GpuDevice):
        return f"GPU{record.index} {record.name}"
    if isinstance(record, GpuProcess):
        return f"Process {record.pid} {record.name}"
    if isinstance(record, Finding):
        return f"Finding: {record.title}"
    return f"Decision {record.action or record.level} {record.target or ''}".rstrip()


def newest(record: Any, store: Store) -> Any | None:
    """Return the record as the store has it now; ``None`` if it is gone."""
    return store.table(_KINDS[type(record)]).get(record.key)


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
    if isinstance(record, Decision):
        namespace, _, rest = record.source.partition("/")
        return store.pods.get(f"{namespace}/{rest.partition('/')[0]}")
    return None
