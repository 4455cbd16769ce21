"""``make soak``: a day of story in less than half an hour, and how the memory of console and rehearsal server goes.

The rehearsal runs in a process of its own, many times as fast as time; the console's whole core (feeds, store, rules,
metrics, the optimizer's log) runs here against it. Every hour of the story both are weighed. It fails where one of them
weighs more at the end than it did when everything that is kept for an hour was there.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import click
import psutil

from opsconsole.composition import build_console
from opsconsole.console import Console
from opsconsole.records import Kind
from opsconsole.settings.sources import load

MIB = 1 << 20
SLACK = 12.0
"""MiB and"""
SHARE = 1.15
"""times: what the last quarter may weigh more than the second one. The allocator gives little back."""

_BEAT = 0.1
_BEGINS = 120.0


class Weighing(NamedTuple):
    """Hours of the story, MiB of both processes, and what the console knows."""

    hours: float
    console: float
    server: float
    records: int
    decisions: int


@contextmanager
def serving(speed: float, scenario: str) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Serve a rehearsal in a process of its own; gives it and its settings file."""
    command = [sys.executable, "-m", "opsconsole", "rehearse", "--serve", "--speed", str(speed), "--scenario", scenario]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield server, Path(_settings_of(server))
        finally:
            server.send_signal(signal.SIGINT)


def _settings_of(server: subprocess.Popen[str]) -> str:
    assert server.stdout is not None
    for line in server.stdout:
        if found := re.search(r"opsconsole --config (\S+)", line):
            return found[1]
    raise SystemExit("soak: the rehearsal did not start")


def soak(hours: float, speed: float, scenario: str, weigh_every: float) -> Iterator[Weighing]:
    """Run the story and weigh both processes every so many of its hours."""
    with serving(speed, scenario) as (server, settings):
        console = build_console(load(str(settings), environ={"HOME": str(settings.parent)}))
        woken = threading.Event()
        console.on_wake(woken.set)
        console.start()
        try:
            began = time.monotonic()
            for turn in range(1, round(hours / weigh_every) + 1):
                _pump_until(console, woken, began + turn * weigh_every * 3600 / speed)
                yield _weigh(turn * weigh_every, console, server.pid)
        finally:
            console.stop()


def _pump_until(console: Console, woken: threading.Event, end: float) -> None:
    while (left := end - time.monotonic()) > 0:
        woken.wait(min(left, _BEAT))
        woken.clear()
        console.pump()


def _weigh(hours: float, console: Console, server: int) -> Weighing:
    tables = [console.store.table(kind) for kind in Kind]
    own, theirs = (psutil.Process(pid).memory_info().rss / MIB for pid in (os.getpid(), server))
    return Weighing(hours, own, theirs, sum(map(len, tables)), len(console.store.table(Kind.DECISION)))


def grown(weighed: Sequence[Weighing]) -> list[str]:
    """Say which of the two weighs more in its last quarter than it did in its second."""
    quarter = max(len(weighed) // 4, 1)
    second, last = weighed[quarter : 2 * quarter] or weighed[:1], weighed[-quarter:]
    found = []
    for name in ("console", "server"):
        before = max(getattr(each, name) for each in second)
        after = max(getattr(each, name) for each in last)
        if after > before * SHARE + SLACK:
            found.append(f"the {name} grew from {before:.0f} to {after:.0f} MiB")
    return found


@click.command()
@click.option("--hours", default=24.0, show_default=True, help="Hours of the story.")
@click.option("--speed", default=60.0, show_default=True, help="How many times as fast as time.")
@click.option("--scenario", default="aura", show_default=True)
@click.option("--every", default=1.0, show_default=True, help="Hours between two weighings.")
def main(hours: float, speed: float, scenario: str, every: float) -> None:
    """Weigh console and rehearsal server over a long story. Exit code 1: one of them grew."""
    weighed = []
    click.echo("story h  console MiB  server MiB  records  decisions")
    for each in soak(hours, speed, scenario, every):
        weighed.append(each)
        row = f"{each.hours:7.2f}  {each.console:11.1f}  {each.server:10.1f}  {each.records:7}  {each.decisions:9}"
        click.echo(row)
    problems = grown(weighed)
    for words in problems:
        click.echo(f"soak: {words}", err=True)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
