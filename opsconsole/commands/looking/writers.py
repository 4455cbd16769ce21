"""``opsconsole writers``: who writes to the cluster, for when nobody knows which script it is."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Sequence
from typing import Any, cast

import click

from opsconsole.commands.looking.cells import context, print_cells
from opsconsole.commands.output import print_json, print_line
from opsconsole.composition import build_console
from opsconsole.console import Console
from opsconsole.present import writers as words
from opsconsole.present.panes.writers import WHOLE
from opsconsole.records import ClusterWriter, Health, Kind, State, WriterClass
from opsconsole.settings import Settings
from opsconsole.settings.sources import overlay
from opsconsole.writers.rows import rank

FIRST_ANSWER = 30.0
"""Seconds that the first lists may take before what is there is printed."""


@click.command()
@click.option("-o", "--output", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option(
    "--for",
    "seconds",
    type=click.FloatRange(min=0),
    default=15.0,
    show_default=True,
    help="Seconds to watch before printing; rates and conflicts are of this time.",
)
@click.option("-f", "--follow", is_flag=True, help="Print the list again each time that many seconds are over.")
@click.option("--audit-log", metavar="FILE", help="The API server's audit log: with it, whose a write is is a fact.")
@click.option(
    "--audit-webhook",
    metavar="HOST:PORT",
    help="Receive the API server's audit webhook here; 127.0.0.1 unless writers.audit_token_file names a token.",
)
@click.option("--all", "everything", is_flag=True, help="List the cluster's own parts too.")
@click.pass_obj
def writers(settings: Settings, /, output: str, seconds: float, **options: Any) -> None:
    """Rank everybody who writes to the cluster, suspects first.

    It lists and watches the metadata of what an optimizer changes, and reads who set which field and when. A field
    manager is a name that the writer chose itself: what is told by it alone has a question mark.

    Exit code 0: printed, and everything was read. 1: something could not be read; standard error says what.
    """
    follow, everything = bool(options["follow"]), bool(options["everything"])
    audit = {f"writers.{name}": options[name] for name in ("audit_log", "audit_webhook")}
    console = build_console(overlay(settings, audit), only={"writers"})
    woken = threading.Event()
    console.on_wake(woken.set)
    console.start()
    try:
        health = _watch(console, woken, seconds)
        _print(console, output, everything)
        while follow:
            health = _watch(console, woken, max(seconds, 1.0))
            if output == "table":
                print_line("")
            _print(console, output, everything)
    except (KeyboardInterrupt, BrokenPipeError):
        sys.exit(0)
    finally:
        console.stop()
    if health is None or health.state is not State.LIVE or health.detail:
        said = f"{health.state.value}: {health.detail}" if health else f"no answer within {FIRST_ANSWER:g} s"
        print_line(f"opsconsole: writers: {said}", err=True)
        sys.exit(1)


def _watch(console: Console, woken: threading.Event, seconds: float) -> Health | None:
    """Wait for the first whole picture, then for ``seconds`` more."""
    deadline = time.monotonic() + FIRST_ANSWER
    ready = False
    while (left := deadline - time.monotonic()) > 0:
        woken.clear()
        console.pump()
        health = console.store.health.get("writers")
        if not ready and health is not None and health.state is not State.STARTING:
            ready, deadline = True, time.monotonic() + max(seconds, 1.5)
        woken.wait(min(left, 0.5))
    console.pump()
    return console.store.health.get("writers")


def _print(console: Console, output: str, everything: bool) -> None:
    found = sorted(cast("Sequence[ClusterWriter]", console.store.table(Kind.WRITER).values()), key=rank)
    if output == "json":
        for each in found:
            print_json(each)
        return
    shown = [each for each in found if everything or each.sort is not WriterClass.SYSTEM]
    print_cells(WHOLE, shown, context(console), header=True)
    if not everything and (line := words.folded(found)):
        print_line(f"{line}; --all lists them")
    for each in found:
        if each.doubt:
            print_line(f"! {words.name(each)}: {each.doubt}")
