"""What became of the last execution, for whoever comes next: one that a lost terminal or a crash left alone. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from opsconsole.containment import ContainmentState
from opsconsole.journal.entry import JournalEntry, Who

RECALL = 86_400.0
"""Seconds for which it is told of one that was carried through. One that was not is told of until a later one is begun,
by somebody who has seen it: a clock that was wrong, then or now, must not hide what is half done."""


_PROVED = frozenset(each.value for each in ContainmentState if each.success)


class LeftAlone(NamedTuple):
    """What became of an execution, in words (empty: there is nothing to tell), and whether it is all proved."""

    words: str = ""
    proved: bool = False


def left_alone(entries: Sequence[JournalEntry], now: float, at_work: Callable[[Who], bool]) -> LeftAlone:
    """Return what became of the newest execution if nobody saw it end; nothing if somebody did, or there is none.

    Args:
        entries: of the journal, in its order.
        now: seconds since the epoch.
        at_work: whether the process that wrote an entry is still there.
    """
    newest = next((entry for entry in reversed(entries) if entry.kind == "intent"), None)
    if newest is None:
        return LeftAlone()
    run = str(newest.body.get("run", ""))
    later = [entry for entry in entries if entry.seq > newest.seq and str(entry.body.get("run", "")) == run]
    plan = newest.body.get("plan")
    title = str(plan.get("title", "?")) if isinstance(plan, dict) else "?"
    name = f"run {run} ({title})"
    outcome = next((entry for entry in later if entry.kind == "outcome"), None)
    if outcome is None:
        recent = abs(now - newest.at) <= RECALL
        return LeftAlone(_unfinished(name, newest, later, there=at_work(newest.who), recent=recent))
    unattended = str(outcome.body.get("unattended", "")) if now - newest.at <= RECALL else ""
    words = f"{name} was carried through though {unattended}: {_verdict(outcome)}" if unattended else ""
    return LeftAlone(words, str(outcome.body.get("verdict")) in _PROVED)


def _unfinished(name: str, intent: JournalEntry, later: Sequence[JournalEntry], *, there: bool, recent: bool) -> str:
    """``there``: a process of that number is. None executes for a day, and numbers are given to others after."""
    if there and recent:
        return f"{name} is still being executed, by process {intent.who.pid} of this host"
    plan = intent.body.get("plan")
    steps = plan.get("steps", ()) if isinstance(plan, dict) else ()
    begun = {str(entry.body.get("step")) for entry in later if entry.kind == "begin"}
    begun |= set(map(str, intent.body.get("at_once") or ()))
    ended = {str(entry.body.get("step")) for entry in later if entry.kind == "end"}
    words = f"{name} was INTERRUPTED: {len(ended)} of {len(steps)} steps are over"
    if open_steps := len(begun - ended):
        words += f", {open_steps} may be half done"
    return f"{words} (there is a process {intent.who.pid}, but it seems to be another one)" if there else words


def _verdict(outcome: JournalEntry) -> str:
    proofs = outcome.body.get("proofs", ())
    held = sum(isinstance(proof, dict) and proof.get("holds") is True for proof in proofs)
    words = str(outcome.body.get("verdict", "its end is not known"))
    return f"{words}, {held} of {len(proofs)} proofs hold"
