"""``opsconsole show``: what a pane holds, without a screen."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import click

from opsconsole.commands.looking.cells import context, print_cells
from opsconsole.commands.output import print_json, print_line
from opsconsole.composition import build_console
from opsconsole.console import Console
from opsconsole.present.panes import decisions, events, gpu, pods
from opsconsole.present.panes.context import RowContext
from opsconsole.present.panes.spec import Whole
from opsconsole.records import AnyRecord, Health, Kind, State, gpu_order
from opsconsole.settings import Settings

QUIET_SECONDS = 0.4
"""A source that has said nothing more for this long has given its history."""

SETTLE_SECONDS = 2.0
"""A source that goes on talking is not waited for any longer than this."""

BESIDE_SECONDS = 5.0
"""What the cells say of a row besides its record (what was found, whose it is) is waited for no longer than this."""

JUDGED = frozenset({"pods", "events", "cluster", "decisions", "metrics", "judges"})
"""Parts that findings come from: with fewer of them a cell would be empty where the pane's says what was found."""


class ShownRecords(NamedTuple):
    """What one name shows: the feeds it waits for, the kinds it prints, and the columns of its pane.

    How the first feed is decides the exit code. The pods tell whose processes on a GPU are leftovers.
    """

    feeds: tuple[str, ...]
    kinds: tuple[Kind, ...]
    columns: Whole
    order: Callable[[Any], Any] | None = None
    """Sorts the records; ``None``: as they came, kind by kind."""
    beside: frozenset[str] = frozenset()
    """Parts of the console that the cells look at besides the records; JSON, which has no cells, needs none."""


VIEWS = {
    "pods": ShownRecords(("pods",), (Kind.POD,), pods.WHOLE, beside=JUDGED),
    "events": ShownRecords(("events",), (Kind.EVENT,), events.WHOLE),
    "gpu": ShownRecords(
        ("gpu", "pods"), (Kind.GPU_NODE, Kind.GPU, Kind.GPU_PROCESS), gpu.WHOLE, gpu_order, frozenset({"judges"})
    ),
    "decisions": ShownRecords(("decisions", "events"), (Kind.DECISION,), decisions.WHOLE, beside=JUDGED),
}


@click.command()
@click.argument("what", type=click.Choice(list(VIEWS)))
@click.option("-o", "--output", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("-w", "--watch", is_flag=True, help="Go on and print each change (JSON: one object a line).")
@click.option("--timeout", type=click.FloatRange(min=0.1), default=15.0, show_default=True, help="Seconds to wait.")
@click.pass_obj
def show(settings: Settings, what: str, output: str, watch: bool, timeout: float) -> None:
    """Print what a pane holds, for scripts, pipes and terminals that can't draw.

    The table waits a few seconds for what a pane's cells look at besides its rows: workloads, decisions and metrics,
    where findings come from. MARK is the column without a title on the screen. What a screen saw change while it was
    up is not known here. JSON prints the records alone and waits for nothing else.

    Exit code 0: printed, and live. 1: the source, or a namespace of it, is stale, denied, down or not there; standard
    error says which.
    """
    view = VIEWS[what]
    parts = _parts(view, settings, cells=output == "table")
    console = build_console(settings, only=parts)
    woken = threading.Event()
    console.on_wake(woken.set)
    console.start()
    try:
        health = wait_for_feeds(console, [name for name in view.feeds if name in parts], woken, timeout)
        _wait_for_the_rest(console, woken, min(timeout, BESIDE_SECONDS))
        records = [r for kind in view.kinds for r in console.store.table(kind).values()]
        if view.order is not None:
            records.sort(key=view.order)
        emit(view, records, output, context(console), header=True)
        while watch:
            _print_changes(console, view, output, woken)
    except (KeyboardInterrupt, BrokenPipeError):
        sys.exit(0)
    finally:
        console.stop()
    sys.exit(_told(what, health, timeout))


def _parts(view: ShownRecords, settings: Settings, *, cells: bool) -> frozenset[str]:
    """The parts of the console that are needed: those that bring the records, and for ``cells`` those beside them."""
    if settings.decisions.log and Kind.DECISION in view.kinds:
        return frozenset({"decisions", "judges"})  # a log that is named is shown by itself, as `judge` reads it
    return frozenset(view.feeds) | (view.beside if cells else frozenset())


def _wait_for_the_rest(console: Console, woken: threading.Event, seconds: float) -> None:
    """Wait until every feed has said how it is; then let those look again that looked before the others had spoken."""
    deadline = time.monotonic() + seconds
    while console.silent() and (left := deadline - time.monotonic()) > 0:
        woken.clear()
        console.pump()
        woken.wait(min(left, 0.5))
    console.retry()
    _settle(console, woken, time.monotonic() + SETTLE_SECONDS)


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
    view: ShownRecords, records: Iterable[AnyRecord], output: str, look: RowContext, *, header: bool = False
) -> None:
    """Print ``records`` as an aligned table or as JSON, one object a line."""
    if output == "json":
        for record in records:
            print_json(record)
        return
    print_cells(view.columns, records, look, header=header)


def _print_changes(console: Console, view: ShownRecords, output: str, woken: threading.Event) -> None:
    woken.wait(0.5)
    woken.clear()
    delta = console.pump()
    for kind in view.kinds:
        table: Mapping[str, AnyRecord] = console.store.table(kind)
        changed = [table[key] for key in delta.changed.get(kind, ()) if key in table]
        emit(view, changed, output, context(console))
