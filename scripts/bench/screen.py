"""How live the screen is: from a write in the cluster to its cell, from a key to its effect, and the bytes of it."""

from __future__ import annotations

import contextlib
import itertools
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.bench.measure import CONSOLE, all_live
from scripts.bench.terminal import Terminal
from tests.testbed.population import churn

if TYPE_CHECKING:
    from tests.testbed.plane.store import Store
    from tests.testbed.population.populate import Population

_CURSOR = "▸"
_MARKED = 5000
"""Restarts that no other pod has: with them a pod is on top of those sorted by restarts."""


@contextlib.contextmanager
def live_console(kubeconfig: Path, pods: int) -> Iterator[Terminal]:
    """A console that has everything on its screen."""
    with Terminal(CONSOLE, environment={"KUBECONFIG": str(kubeconfig)}) as terminal:
        terminal.wait_for(all_live(pods), 180)
        terminal.use(3.0)
        yield terminal


def event_to_cell(terminal: Terminal, store: Store, population: Population, times: int) -> list[float]:
    """Seconds from writing a pod's new state into etcd to the cell that shows it, sorted.

    The API server's own part is in it.
    """
    terminal.send("s")
    terminal.use(0.3)
    terminal.send("s")
    terminal.wait_for("restarts", 10)
    terminal.send("g")
    pod = population.running[0]
    found: list[float] = []
    for number in itertools.count(_MARKED):
        if len(found) == times:
            return sorted(found)
        entry = churn.restarted(pod, number)
        found.append(terminal.after(lambda entry=entry: store.put_all([entry]), rf" {number} "))  # type: ignore[misc]
        terminal.use(0.35)
    raise AssertionError("itertools.count ends")


def visible_cells(terminal: Terminal, store: Store, population: Population, rate: float, seconds: float) -> float:
    """Bytes a second to the terminal while ``rate`` cells a second change that are to be seen."""
    terminal.send("s")
    terminal.use(0.3)
    terminal.send("m")
    terminal.use(1.0)
    shown = set(re.findall(r"\S+", terminal.text()))
    pods = [entry for entry in population.running if entry[0].rpartition("/")[2] in shown]
    if not pods:
        raise RuntimeError(f"no pod that runs is to be seen:\n{terminal.text()}")
    with churn.Churn(store, churn.restarts(pods), rate, seconds=seconds + 60):
        terminal.use(1.0)
        return terminal.use(seconds).bytes_per_second


def key_to_cursor(terminal: Terminal, presses: int) -> list[float]:
    """Seconds from a key to the cursor's move on the screen, sorted: how long the event loop lets a key wait."""
    return sorted(_press(terminal, number) for number in range(presses))


def key_to_cursor_while_listing(kubeconfig: Path, pods: int) -> list[float]:
    """The same from the first rows until every record is there."""
    found: list[float] = []
    with Terminal(CONSOLE, environment={"KUBECONFIG": str(kubeconfig)}) as terminal:
        terminal.wait_for("Pods [1-9]", 60)
        complete = re.compile(all_live(pods))
        for number in itertools.count():
            if complete.search(terminal.text()):
                return sorted(found)
            found.append(_press(terminal, number))
    raise AssertionError("itertools.count ends")


def _press(terminal: Terminal, number: int) -> float:
    before = _cursor_line(terminal)
    other = f"(?s)\\A(?!(?:[^\\n]*\\n){{{before}}}{_CURSOR}).*^{_CURSOR}"
    taken = terminal.after(lambda: terminal.send("jk"[number % 2]), other)
    time.sleep(0.02)
    return taken


def _cursor_line(terminal: Terminal) -> int:
    lines = terminal.text().splitlines()
    return next((y for y, line in enumerate(lines) if line.startswith(_CURSOR)), 0)
