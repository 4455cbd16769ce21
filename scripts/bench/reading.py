"""How fast the decision stream is read: the corpus, and a log of text of a million lines' kind, on one core."""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from opsconsole.decisions import heard
from opsconsole.decisions.envelopes import decode
from opsconsole.decisions.key_memory import SentenceMemory
from opsconsole.decisions.meaning import repeats, silence
from opsconsole.decisions.stream import DecisionStream
from opsconsole.records import Decision, Kind
from opsconsole.store import KEPT
from scripts.bench.table import Row

CORPUS = Path(__file__).resolve().parents[2] / "tests" / "corpus"
GOAL = "≥ 20,000 lines/s"
LINES = 10_000
"""Lines of the long log."""

ROUNDS = 10
"""Times that the corpus is read: once is too short to be timed."""


def rows() -> Iterator[Row]:
    """Measure; the second time over the corpus counts, so that no import is in it."""
    logs = [_lines(path) for path in sorted(CORPUS.glob("*/*.log*"))]
    yield Row("reading the corpus, one core", f"{_pace(logs):,.0f} lines/s", GOAL)
    yield Row("the same, nothing said before", f"{_pace(logs, fresh=True):,.0f} lines/s", GOAL)
    long = list(_long())
    yield Row("reading a log of states and actions", f"{_pace([long], rounds=2):,.0f} lines/s", GOAL)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    kept = _read(long)
    peak = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    yield Row(f"most memory while {LINES:,} lines are read and {len(kept):,} kept", f"{peak / 2**20:.1f} MB", "")


def _pace(logs: list[list[str]], rounds: int = ROUNDS, *, fresh: bool = False) -> float:
    """Lines a second of one core; what the first reading imports and compiles is not in it.

    Args:
        logs: the lines of each log.
        rounds: times that all of them are read.
        fresh: forget the sentences of every log before the next, as of a program that reads one log.
    """
    for log in logs:
        _read(log)
    memories = [each for each in gc.get_objects() if isinstance(each, SentenceMemory)]
    began = time.process_time()
    for _ in range(rounds):
        for log in logs:
            if fresh:
                heard.forget()
                silence.forget()
                repeats.forget()
                for memory in memories:
                    memory.clear()
            _read(log)
    return rounds * sum(map(len, logs)) / (time.process_time() - began)


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


def _read(lines: Iterable[str]) -> Sequence[Decision]:
    """Read a log, and keep as many of its decisions as the store does."""
    stream, kept = DecisionStream(today=1.8e9), deque[Decision](maxlen=KEPT[Kind.DECISION])
    for line in lines:
        kept.extend(stream.feed("log", line, 0.0))
    kept.extend(stream.flush(0.0, force=True))
    return kept
