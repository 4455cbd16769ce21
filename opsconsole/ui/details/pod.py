"""The page of a pod: containers with their limits and last words, what hit it, its events. Pure."""

from __future__ import annotations

from opsconsole.present.panes.context import RowContext
from opsconsole.present.panes.pods import trouble
from opsconsole.present.units import UNKNOWN, age, cpu, date_time, memory
from opsconsole.records import Container, Pod, Resources
from opsconsole.text import clean_line
from opsconsole.ui.details.parts import events_about, field, findings, heading, paragraph
from opsconsole.ui.details.scaling import scaled_by
from opsconsole.ui.drawing.spans import StyledLine

_STYLE = ("bad", "warn", "good", "dim")


def page(pod: Pod, look: RowContext) -> list[StyledLine]:
    """Return everything that is known of a pod."""
    rows = [field("Status", pod.status or pod.phase, _STYLE[trouble(pod)])]
    if pod.message:
        rows += paragraph(pod.message, "warn", indent=22)
    if look.optimizer(pod):
        rows.append(field("This is", "the optimizer", "optimizer"))
    if pod.partial:
        rows.append(field("Known so far", "only the server's table row: containers, owner and limits follow", "dim"))
    rows += _facts(pod, look)
    rows += findings(look.pod_findings(pod), look.now)
    for container in pod.containers:
        rows += _container(container, look.now)
    owner = look.governor.owner(pod) if look.governor is not None else pod.owner
    return rows + scaled_by(look, owner, pod.ref) + events_about(look, pod.ref, pod.owner)


def _facts(pod: Pod, look: RowContext) -> list[StyledLine]:
    created = f"{date_time(pod.created)} ({_ago(pod.created, look.now)})" if pod.created is not None else ""
    rows = [
        field("Ready", f"{pod.ready}/{pod.containers_total}" if pod.containers_total else ""),
        field("Restarts", str(pod.restarts), "warn" if pod.restarts else ""),
        field("Node", pod.node or "none: not scheduled"),
        field("IP", pod.ip or "none"),
        field("Owner", _owner(pod)),
        field("ServiceAccount", pod.service_account),
        field("Created", created),
        field("UID", pod.uid),
    ]
    if pod.deleted_at is not None:
        since = _ago(pod.deleted_at, look.now)
        rows.insert(0, field("Being deleted", f"since {date_time(pod.deleted_at)} ({since})", "warn"))
    if pod.resources != Resources():
        rows += [field(f"Pod {name.lower()}", words) for name, words in _resource_words(pod.resources)]
    for each in pod.managers:
        when = f", {date_time(each.at)} ({_ago(each.at, look.now)})" if each.at is not None else ""
        rows.append(field("Resized by", f"{clean_line(each.manager, 128)}, in place{when}", "warn"))
    rows += _conditions(pod)
    if pod.labels:
        rows.append(field("Labels", ", ".join(f"{key}={value}" for key, value in pod.labels)))
    return rows


def _conditions(pod: Pod) -> list[StyledLine]:
    """Every condition: those that hold in one line, each other one with its reason and its words."""
    # A resize that waits or goes on is told by a condition that holds.
    wrong = [each for each in pod.conditions if each.status != "True" or each.type.startswith("PodResize")]
    fine = [each.type for each in pod.conditions if each not in wrong]
    rows = [field("Conditions", ", ".join(fine) or "none holds")] if pod.conditions else []
    for each in wrong:
        why = ": ".join(part for part in (each.reason, each.message) if part) or "no reason given"
        rows.append(field("", f"{each.type} is {each.status}: {why}", "dim" if trouble(pod) == 3 else "warn"))
    return rows


def _owner(pod: Pod) -> str:
    if pod.owner is not None:
        return f"{pod.owner.kind}/{pod.owner.name}"
    return "" if pod.partial else "none: nothing creates it again"


def _ago(at: float | None, now: float) -> str:
    return UNKNOWN if at is None else f"{age(now - at)} ago"


def _container(container: Container, now: float) -> list[StyledLine]:
    kind = "Init container" if container.init else "Ephemeral container" if container.ephemeral else "Container"
    state = container.state + (f": {container.reason}" if container.reason else "")
    if container.exit_code is not None:
        state += f", exit code {container.exit_code}"
    rows = heading(f"{kind} {container.name}")
    rows.append(field("State", state, _state_style(container)))
    if container.started_at is not None:
        rows.append(field("Started", f"{date_time(container.started_at)} ({_ago(container.started_at, now)})"))
    if not container.ephemeral:  # nothing probes one
        style = "" if container.ready or container.init else "warn"
        rows.append(field("Ready", "yes" if container.ready else "no", style))
    rows.append(field("Restarts", str(container.restarts), "warn" if container.restarts else ""))
    if container.last_reason or container.last_exit_code is not None:
        code = UNKNOWN if container.last_exit_code is None else str(container.last_exit_code)
        when = _ago(container.last_finished_at, now)
        rows.append(field("Before that", f"{container.last_reason or 'ended'}, exit code {code}, {when}", "warn"))
    rows += [field(name, words) for name, words in _resource_words(container.resources)]
    if container.actual is not None:
        rows += [field(f"{name} now", words, "warn") for name, words in _resource_words(container.actual)]
    rows.append(field("Image", container.image))
    if container.image_id:
        rows.append(field("Image ID", container.image_id))
    return rows


def _state_style(container: Container) -> str:
    if container.state == "running":
        return "good"
    if container.state == "terminated" and container.exit_code == 0:
        return "dim"
    return "warn" if container.state == "waiting" and not container.restarts else "bad"


def _resource_words(resources: Resources) -> list[tuple[str, str]]:
    limits = f"cpu {cpu(resources.cpu_limit, 'none')}, memory {memory(resources.memory_limit, 'none')}"
    requests = f"cpu {cpu(resources.cpu_request, 'none')}, memory {memory(resources.memory_request, 'none')}"
    return [("Limits", limits), ("Requests", requests)]
