"""Rows of the pods pane."""

from __future__ import annotations

from opsconsole.present.decisions import labels
from opsconsole.present.lines import Span
from opsconsole.present.marks import SEVERITY_MARK, SEVERITY_STYLE
from opsconsole.present.panes.context import RowContext
from opsconsole.present.panes.spec import Column, PaneSpec, Sort, Whole
from opsconsole.present.units import age, age_at
from opsconsole.records import Kind, Pod

_FINE = frozenset({"Running", "Completed", "Succeeded"})
_COMING = frozenset({"Pending", "ContainerCreating", "PodInitializing", "Init", "SchedulingGated", "Terminating"})


def trouble(pod: Pod) -> int:
    """Return how much a pod wants looking at: 0 broken, 1 not ready, 2 fine, 3 done."""
    if pod.status in ("Completed", "Succeeded"):
        return 3
    # The Ready condition decides, since traffic goes by it: with a readiness gate open or the node lost it does not
    # hold though every container is ready. Where nobody has said, the containers are all there is to go by.
    counted = pod.containers_total > 0 and pod.ready >= pod.containers_total
    ready = pod.is_ready or (counted and pod.unready is None)
    if pod.status == "Running" and ready:
        return 2
    if pod.status in _FINE or pod.status in _COMING or pod.status.startswith("Init:"):
        return 1
    return 0


def _mark(pod: Pod, look: RowContext) -> Span:
    if look.optimizer(pod):
        return "OPT", "optimizer"
    findings = look.pod_findings(pod)
    if findings:
        return SEVERITY_MARK[findings[0].severity], SEVERITY_STYLE[findings[0].severity]
    return ("~", "dim") if pod.partial else ("", "")


def _name(pod: Pod, look: RowContext) -> Span:
    return pod.name, "optimizer" if look.optimizer(pod) else "dim" if pod.partial else ""


def _ready(pod: Pod, _look: RowContext) -> Span:
    if not pod.containers_total:
        return "?/?", "dim"
    style = "" if pod.ready >= pod.containers_total or trouble(pod) == 3 else "warn"
    return f"{pod.ready}/{pod.containers_total}", style


def _status(pod: Pod, _look: RowContext) -> Span:
    word = pod.status or pod.phase or "?"
    # kubectl's word alone would read as if all were well.
    hidden = pod.status == "Running" and pod.unready is not None and pod.ready >= pod.containers_total
    return f"{word} NotReady" if hidden else word, ("bad", "warn", "", "dim")[trouble(pod)]


def _restarts(pod: Pod, _look: RowContext) -> Span:
    return str(pod.restarts), "warn" if pod.restarts else "dim"


def _age(pod: Pod, look: RowContext) -> Span:
    return age(None if pod.created is None else look.now - pod.created), "dim"


def _finding(pod: Pod, look: RowContext) -> Span:
    findings = look.pod_findings(pod)
    return (labels(findings), SEVERITY_STYLE[findings[0].severity]) if findings else _why_not_ready(pod)


def _why_not_ready(pod: Pod) -> Span:
    resize = next(
        (each for each in pod.conditions if each.type.startswith("PodResize") and each.status == "True"), None
    )
    if resize is not None:
        return f"resize: {resize.reason or resize.type}", "warn"
    unready = pod.unready
    if unready is None or trouble(pod) == 3 or pod.status != "Running":
        return "", ""
    return f"not ready: {unready.reason or unready.message or 'no reason given'}", "warn"


COLUMNS = (
    Column("", 3, _mark),
    Column("NAMESPACE", 10, lambda pod, _: (pod.namespace, "dim"), flex=1, most=20, drop=2),
    Column("NAME", 29, _name, flex=4, most=60, name=True),
    Column("READY", 5, _ready, right=True),
    Column("STATUS", 16, _status, flex=1, most=22),
    Column("RST", 4, _restarts, right=True, drop=1),
    Column("AGE", 4, _age, right=True, drop=3),
    Column("NODE", 10, lambda pod, _: (pod.node or "-", "dim"), flex=1, most=30, drop=4),
    Column("FINDING", 16, _finding, flex=2, most=90, drop=5),
)

WHOLE: Whole = (
    ("NAMESPACE", lambda pod, _: (pod.namespace, "")),
    ("NAME", _name),
    ("READY", _ready),
    ("STATUS", _status),
    ("RESTARTS", _restarts),
    ("AGE", lambda pod, look: (age_at(look.now, pod.created), "")),
    ("NODE", lambda pod, _: (pod.node or "-", "")),
    ("MARK", _mark),
    ("FINDING", _finding),
)

SPEC: PaneSpec[Pod] = PaneSpec(
    name="pods",
    title="Pods",
    kinds=(Kind.POD,),
    feeds=("pods",),
    columns=COLUMNS,
    sorts=(
        Sort("not ready first", trouble),
        Sort("name", lambda _: 0),
        Sort("restarts", lambda pod: pod.restarts, reverse=True),
        Sort("youngest first", lambda pod: pod.created or 0.0, reverse=True),
        Sort("node", lambda pod: pod.node),
        Sort("status", lambda pod: pod.status),
    ),
    haystack=lambda pod: f"{pod.namespace}/{pod.name} {pod.status} {pod.node} {pod.service_account} {pod.ip}",
    namespace=lambda pod: pod.namespace,
    pinned=lambda look: look.optimizer,
    nothing="no pods",
    about="Every pod that is read, the optimizer's on top (OPT). READY counts containers, RST restarts; FINDING is the "
    "worst that the governor found on it. Enter opens it, l its log, p the log before its restart, y its YAML.",
)
