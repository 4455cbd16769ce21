"""One measurement each: a program in a pty against a server, as a person would see it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from scripts.bench.terminal import Terminal, Usage

CONSOLE = [str(Path(sys.executable).with_name("opsconsole"))]
IMPORT = [sys.executable, "-c", "import textual.app; print('imported')"]


class Start(NamedTuple):
    """Seconds from the start to what the screen shows, CPU seconds until then, peak resident memory in MB."""

    frame: float
    rows: float
    everything: float
    records: float
    cpu: float
    peak_mb: float


class Rest(NamedTuple):
    """What the running console uses of a core (percent) and writes to the terminal (bytes a second)."""

    cpu_percent: float
    bytes_per_second: float

    @classmethod
    def of(cls, usage: Usage) -> Rest:
        return cls(usage.cpu_percent, usage.bytes_per_second)


def text_import() -> float:
    """Seconds until a bare interpreter has imported what draws, in a pty as the others."""
    with Terminal(IMPORT) as terminal:
        return terminal.wait_for("imported", 30)


def all_of(pods: int) -> str:
    """The pattern of the pane's title once it shows that many pods."""
    return rf"Pods {pods:,}\b"


def all_live(pods: int) -> str:
    """The same once their full records are there."""
    return all_of(pods) + ".* live"


def console_start(kubeconfig: Path, pods: int, optimizer: str) -> Start:
    """Start the console and wait until every one of ``pods`` is there, then until the records are."""
    arguments = ["--optimizer", optimizer] if optimizer else []
    with Terminal([*CONSOLE, *arguments], environment={"KUBECONFIG": str(kubeconfig)}) as terminal:
        frame = terminal.wait_for("Pods", 30)
        rows = terminal.wait_for("Pods [1-9]", 60)
        everything = terminal.wait_for(all_of(pods), 120)
        records = terminal.wait_for(all_live(pods), 180)
        cpu = terminal.sample()
        return Start(frame, rows, everything, records, cpu, terminal.peak_rss / 1e6)


def console_rest(kubeconfig: Path, pods: int, seconds: float, settle: float = 12.0) -> tuple[Rest, float]:
    """What it uses once everything is there. The second figure is the peak resident memory in MB."""
    with Terminal(CONSOLE, environment={"KUBECONFIG": str(kubeconfig)}) as terminal:
        terminal.wait_for(all_live(pods), 180)
        terminal.use(settle)
        rest = Rest.of(terminal.use(seconds))
        return rest, terminal.peak_rss / 1e6


def kubectl_get(kubectl: Sequence[str], kubeconfig: Path, last: str) -> tuple[float, float]:
    """Seconds until ``kubectl get pods -A`` has printed its last line, and its peak resident memory in MB."""
    command = [*kubectl, "get", "pods", "-A"]
    with Terminal(command, environment={"KUBECONFIG": str(kubeconfig)}) as terminal:
        seconds = terminal.wait_for(last, 180)
        return seconds, terminal.peak_rss / 1e6
