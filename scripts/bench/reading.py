"""How fast the decision stream is read: the corpus, and a log of text of a million lines' kind, on one core."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterable, Iterator
from pathlib import Path

from opsconsole.decisions.envelopes import decode
from opsconsole.decisions.stream import DecisionStream
from scripts.bench.table import Row

CORPUS = Path(__file__).resolve().parents[2] / "tests" / "corpus"
GOAL = "≥ 20,000 lines/s"
LINES = 10_000
"""Lines of the long log."""


def rows() -> Iterator[Row]:
    """Measure; the second time over the corpus counts, so that no import is in it."""
    logs = [_lines(path) for path in sorted(CORPUS.glob("*/*.log*"))]
    for log in logs:
        _read(log)
    began = time.process_time()
    for log in logs:
        _read(log)
    spent = time.process_time() - began
    yield Row("reading the corpus, one core", f"{sum(map(len, logs)) / spent:,.0f} lines/s", GOAL)
    began = time.process_time()
    _read(_long())
    yield Row("reading a log of states and actions", f"{LINES / (time.process_time() - began):,.0f} lines/s", GOAL)
    tracemalloc.start()
    _read(_long())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    yield Row(f"most memory while {LINES:,} lines are read", f"{peak / 2**20:.1f} MB", "")


def _lines(path: Path) -> list[str]:
    with path.open("rb") as file:
        return list(decode.lines(file))


def _long() -> Iterator[str]:
    """Nine states to one action, as a busy controller logs."""
    for at in range(LINES):
        if at % 10:
            yield f"2026-05-12T02:41:07.318Z INFO scaler: evaluated 57 workloads in {at} ms, nothing to change"
        else:
            yield f"2026-05-12T02:41:07.318Z INFO scaler: Scaling deployment shop/web-{at} from 3 to 4 replicas"


def _read(lines: Iterable[str]) -> None:
    stream = DecisionStream(today=1.8e9)
    for line in lines:
        stream.feed("log", line, 0.0)
    stream.flush(0.0, force=True)
