"""``opsconsole show``: what a pane holds, without a screen."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, cast

import click

from opsconsole.commands.output import print_json, print_line
from opsconsole.composition import build_console
from opsconsole.console import Console
from opsconsole.governor.decision_view import FieldRow, diff
from opsconsole.governor.rule import worst_first
from opsconsole.present.decisions import labels, speaker, substance
from opsconsole.present.units import age_at, memory, stamp
from opsconsole.records import (
    AnyRecord,
    Decision,
    Event,
    Finding,
    GpuDevice,
    GpuNode,
    GpuProcess,
    Health,
    Kind,
    Pod,
    State,
    gpu_order,
)
from opsconsole.settings import Settings
from opsconsole.text import clean_line

Row = tuple[str, ...]

QUIET_SECONDS = 0.4
"""A source that has said nothing more for this long has given its history."""

SETTLE_SECONDS = 2.0
"""A source that goes on talking is not waited for any longer than this."""


class FoundSoFar:
    """What the rules have found so far, by decision and by object."""

    def __init__(self, console: Console) -> None:
        self._governor = console.governor
        self._found: dict[object, list[Finding]] = {}
        for finding in console.store.findings.values():
            keys = (finding.decision, (finding.about.kind, finding.about.key) if finding.about else "")
            for key in keys:
                if key:
                    self._found.setdefault(key, []).append(finding)

    def of(self, key: object) -> list[Finding]:
        """The findings on a decision (by its key) or an object (by kind and key), worst first."""
        return worst_first(self._found.get(key, ()))

    def rows(self, decision: Decision) -> Sequence[FieldRow]:
        """The fields of a decision with their values before."""
        return diff(decision, self._governor) if self._governor is not None and decision.fields else ()


class ShownRecords(NamedTuple):
    """What one name shows: the feeds it waits for, the kinds it prints, its columns and a row of each record.

    How the first feed is decides the exit code.
    """

    feeds: tuple[str, ...]
    kinds: tuple[Kind, ...]
    columns: Row
    row: Callable[[AnyRecord, float, FoundSoFar], Row]
    order: Callable[[Any], Any] | None = None
    """Sorts the records; ``None``: as they came, kind by kind."""


def _pod(record: AnyRecord, now: float, judged: FoundSoFar) -> Row:
    pod = cast(Pod, record)
    ready = f"{pod.ready}/{pod.containers_total}"
    found = labels(judged.of(("Pod", f"{pod.namespace}/{pod.name}")))
    return (pod.namespace, pod.name, ready, pod.status, str(pod.restarts), age_at(now, pod.created), pod.node, found)


def _event(record: AnyRecord, now: float, _judged: FoundSoFar) -> Row:
    event = cast(Event, record)
    about = f"{event.about.kind}/{event.about.name}"
    return (age_at(now, event.last), event.type, event.reason, event.namespace, about, str(event.count), event.message)


def _gpu(record: AnyRecord, _now: float, _judged: FoundSoFar) -> Row:
    if isinstance(record, GpuNode):
        size = f"{memory(record.memory_used)}/{memory(record.memory_total)}"
        gpus = "? GPUs" if record.gpus is None else f"{record.gpus} GPU{'' if record.gpus == 1 else 's'}"
        driver = f"{gpus}, driver {record.driver or '?'} CUDA {record.cuda or '?'}"
        why = "; ".join(filter(None, (record.detail, *record.problems)))
        return ("node", record.name, driver, size, record.state.value, why)
    if isinstance(record, GpuDevice):
        used, total = memory(record.memory_used), memory(record.memory_total)
        load = "?" if record.utilization is None else f"{record.utilization}%"
        heat = "?" if record.temperature is None else f"{record.temperature}C"
        return (
            f"GPU {record.index}{' MIG' if record.mig_parent else ''}",
            record.node or "-",
            record.name,
            f"{used}/{total}",
            f"{load} {heat}",
            record.error,
        )
    process = cast(GpuProcess, record)
    return (
        str(process.pid),
        process.node or "-",
        process.name,
        memory(process.memory),
        f"CLEAN UP: {process.state.value}" if process.candidate else process.state.value,
        process.why,
    )


def _decision(record: AnyRecord, _now: float, judged: FoundSoFar) -> Row:
    decision = cast(Decision, record)
    rows = judged.rows(decision)
    found = labels(judged.of(decision.key), rows) or "; ".join(decision.problems)
    said = clean_line(substance(decision, rows))
    return (stamp(decision.at), decision.level or "-", speaker(decision, whole=True), said, found)


VIEWS = {
    "pods": ShownRecords(
        ("pods",), (Kind.POD,), ("NAMESPACE", "NAME", "READY", "STATUS", "RESTARTS", "AGE", "NODE", "FINDING"), _pod
    ),
    "events": ShownRecords(
        ("events",), (Kind.EVENT,), ("LAST", "TYPE", "REASON", "NAMESPACE", "OBJECT", "COUNT", "MESSAGE"), _event
    ),
    "gpu": ShownRecords(
        ("gpu",),
        (Kind.GPU_NODE, Kind.GPU, Kind.GPU_PROCESS),
        ("WHAT", "NODE", "NAME", "MEMORY", "STATE", "WHY"),
        _gpu,
        gpu_order,
    ),
    "decisions": ShownRecords(
        ("decisions", "events"), (Kind.DECISION,), ("TIME", "LEVEL", "FROM", "DECISION", "FINDING"), _decision
    ),
}


@click.command()
@click.argument("what", type=click.Choice(list(VIEWS)))
@click.option("-o", "--output", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("-w", "--watch", is_flag=True, help="Go on and print each change (JSON: one object a line).")
@click.option("--timeout", type=click.FloatRange(min=0.1), default=15.0, show_default=True, help="Seconds to wait.")
@click.pass_obj
def show(settings: Settings, what: str, output: str, watch: bool, timeout: float) -> None:
    """Print what a pane holds, for scripts, pipes and terminals that can't draw.

    Exit code 0: printed, and live. 1: the source, or a namespace of it, is stale, denied, down or not there; standard
    error says which.
    """
    view = VIEWS[what]
    # A log that is named is shown by itself, as `judge` reads it.
    feeds = view.feeds[:1] if settings.decisions.log else view.feeds
    if what == "gpu" and settings.gpu.nodes:
        feeds = (*feeds, "pods")  # which tell whose processes are leftovers
    console = build_console(settings, only={*feeds, "judges"})
    woken = threading.Event()
    console.on_wake(woken.set)
    console.start()
    try:
        health = wait_for_feeds(console, feeds, woken, timeout)
        records = [r for kind in view.kinds for r in console.store.table(kind).values()]
        if view.order is not None:
            records.sort(key=view.order)
        emit(view, records, output, console.clock.now(), FoundSoFar(console), header=True)
        while watch:
            _print_changes(console, view, output, woken)
    except (KeyboardInterrupt, BrokenPipeError):
        sys.exit(0)
    finally:
        console.stop()
    sys.exit(_told(what, health, timeout))


def _told(what: str, health: Health | None, timeout: float) -> int:
    """Say on standard error what is to be said of the source, and return the exit code."""
    if health is None:
        words = f"no answer within {timeout:g} s"
    elif health.state is State.LIVE:
        words = health.detail if health.namespaces or health.unread else ""
    else:
        words = f"{health.state.value}: {health.detail}"
    if words:
        print_line(f"opsconsole: {what}: {words}", err=True)
    return 0 if health is not None and health.state is State.LIVE and not health.failing else 1


def wait_for_feeds(console: Console, feeds: Sequence[str], woken: threading.Event, timeout: float) -> Health | None:
    """Pump until all ``feeds`` have said how they are (their first lists are then in the store), or time is over.

    Args:
        console: runs the feeds.
        feeds: their names.
        woken: set when there is something to pump.
        timeout: seconds to wait at most.

    Returns:
        How the first of them is; ``None`` if it has said nothing.
    """
    deadline = time.monotonic() + timeout
    while (left := deadline - time.monotonic()) > 0:
        woken.clear()
        console.pump()
        if all(map(_has_spoken, map(console.store.health.get, feeds))):
            _settle(console, woken, time.monotonic() + SETTLE_SECONDS)
            break
        woken.wait(min(left, 0.5))
    return console.store.health.get(feeds[0])


def _has_spoken(health: Health | None) -> bool:
    return health is not None and health.state is not State.STARTING


def _settle(console: Console, woken: threading.Event, deadline: float) -> None:
    """Take in what is still coming: a log is live before its first lines are here."""
    while time.monotonic() < deadline:
        woken.clear()
        console.pump()
        if not woken.wait(QUIET_SECONDS):
            return


def emit(
    view: ShownRecords,
    records: Iterable[AnyRecord],
    output: str,
    now: float,
    judged: FoundSoFar,
    *,
    header: bool = False,
) -> None:
    """Print ``records`` as an aligned table or as JSON, one object a line."""
    if output == "json":
        for record in records:
            print_json(record)
        return
    rows = [tuple(map(clean_line, view.row(record, now, judged))) for record in records]
    if header:
        rows.insert(0, view.columns)
    widths = [min(60, max((len(row[i]) for row in rows), default=0)) for i in range(len(view.columns) - 1)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        print_line("  ".join([*cells, row[-1]]).rstrip())


def _print_changes(console: Console, view: ShownRecords, output: str, woken: threading.Event) -> None:
    woken.wait(0.5)
    woken.clear()
    delta = console.pump()
    for kind in view.kinds:
        table: Mapping[str, AnyRecord] = console.store.table(kind)
        changed = [table[key] for key in delta.changed.get(kind, ()) if key in table]
        emit(view, changed, output, console.clock.now(), FoundSoFar(console))
