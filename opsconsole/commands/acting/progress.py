"""What ``opsconsole kill`` shows while it works: on a terminal one live line for each proof, to a pipe what changed."""

from __future__ import annotations

import contextlib
import re
import sys
import threading
from collections.abc import Callable, Iterator

from rich.console import Console as Terminal
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Column
from rich.text import Text

from opsconsole.commands.output import print_line
from opsconsole.present import plans
from opsconsole.present.plans import PROOF_WORDS, new_steps
from opsconsole.records import Outcome, Plan, Proof
from opsconsole.text import clean_line

Tell = Callable[[Outcome], None]

_COUNTED = re.compile(r"(?P<done>\d+)(?: s)? of (?P<all>\d+)\b")
_REFRESHES = 4.0
"""A second; the proofs are looked at once a second."""


@contextlib.contextmanager
def progress(plan: Plan, *, to_stderr: bool) -> Iterator[Tell]:
    """Show how the execution of ``plan`` goes on; the function that is yielded takes the outcome as it stands.

    Args:
        plan: what is executed.
        to_stderr: write to standard error, since standard output is for a program.
    """
    terminal = Terminal(file=sys.stderr if to_stderr else sys.stdout, highlight=False, markup=False)
    if not terminal.is_terminal or terminal.is_dumb_terminal:
        yield _changes(plan, to_stderr=to_stderr)
        return
    live = LiveProofs(plan, terminal)
    with live.bars:
        yield live.tell


def _changes(plan: Plan, *, to_stderr: bool) -> Tell:
    shown: dict[str, str] = {}
    lock = threading.Lock()

    def tell(outcome: Outcome) -> None:
        with lock:
            for words in plans.progress(plan, outcome, shown):
                print_line(words, err=to_stderr)

    return tell


class LiveProofs:
    """Steps as they end, above one line for each proof, which is drawn anew in its place.

    Args:
        plan: what is executed.
        terminal: where it is drawn. Text from the cluster is drawn as plain text, never as markup.
    """

    def __init__(self, plan: Plan, terminal: Terminal) -> None:
        self.bars = Progress(
            TextColumn("{task.fields[state]:<9}", markup=False),
            BarColumn(bar_width=12),
            TextColumn(
                "{task.description}", markup=False, table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis")
            ),
            console=terminal,
            refresh_per_second=_REFRESHES,
            expand=True,
        )
        self._plan = plan
        self._terminal = terminal
        self._lock = threading.Lock()
        self._shown: dict[str, str] = {}
        self._lines: dict[str, TaskID] = {}

    def tell(self, outcome: Outcome) -> None:
        """Take the outcome in as it stands. May be called from any thread."""
        with self._lock:
            for words in new_steps(self._plan, outcome, self._shown):
                self._terminal.print(Text(words))
            for proof in outcome.proofs:
                self._draw(proof)

    def _draw(self, proof: Proof) -> None:
        detail = f": {proof.detail}" if proof.detail else ""
        done, total = _count(proof)
        fields = {"description": clean_line(f"{proof.claim}{detail}"), "completed": done, "total": total}
        state = PROOF_WORDS[proof.holds] if proof.holds is not None else "…"
        if proof.claim not in self._lines:
            self._lines[proof.claim] = self.bars.add_task("", total=total, state=state)
        self.bars.update(self._lines[proof.claim], **fields, state=state)  # type: ignore[arg-type]


def _count(proof: Proof) -> tuple[float, float | None]:
    """How far a proof is: done, and of how much; the latter is ``None`` where that can't be told."""
    if proof.holds is not None:
        return (1.0, 1.0) if proof.holds else (0.0, 1.0)
    found = _COUNTED.search(proof.detail)
    return (float(found["done"]), float(found["all"])) if found and float(found["all"]) else (0.0, None)
