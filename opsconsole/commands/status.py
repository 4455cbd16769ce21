"""``opsconsole status``: what is in force of what was done from this machine, by whom, and since when.

It reads the journal and asks no cluster: what others did elsewhere, or undid by hand, is not in it, and that is said.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click

from opsconsole.commands.output import print_json, print_line
from opsconsole.containment import verdict
from opsconsole.journal.folder import journal_folder
from opsconsole.journal.reader import read_checked
from opsconsole.journal.runs import Run, runs
from opsconsole.journal.writer import JournalError
from opsconsole.present.units import age, date_time
from opsconsole.records import Record
from opsconsole.settings import Settings
from opsconsole.switches.registry import spec_of
from opsconsole.switches.spec import UNDO
from opsconsole.switches.undo.undo import undone_steps

UNREADABLE = 2
_ONLY = "From the journal of this machine: what was done elsewhere or by hand is not in it."


class SwitchStatus(Record, frozen=True):
    """The newest execution of one switch on one cluster and one optimizer, and what has become of it since.

    ``state`` is what came of it in the words of every other place, followed by ``UNDONE`` or ``PARTLY UNDONE`` where it
    was taken back; ``at`` is when it began, in seconds since the epoch.
    """

    cluster: str
    switch: str
    state: str
    title: str
    at: float
    who: str
    run: str


def standings(known: Sequence[Run]) -> list[SwitchStatus]:
    """What is in force, by cluster, switch and optimizer, the newest first."""
    taken_back = undone_steps(known)
    newest: dict[tuple[str, str, str], SwitchStatus] = {}
    for run in known:
        if run.plan.switch != UNDO.name:
            newest[run.plan.cluster, run.plan.switch, run.plan.optimizer] = _standing(run, taken_back, known)
    return sorted(newest.values(), key=lambda one: -one.at)


def _standing(run: Run, taken_back: frozenset[str], known: Sequence[Run]) -> SwitchStatus:
    state = verdict(run.outcome).value if run.finished else "INTERRUPTED"
    undone = _undone(run, taken_back, known)
    words = f"{state}, since {undone}" if undone else state
    plan, outcome = run.plan, run.outcome
    return SwitchStatus(plan.cluster, plan.switch, words, plan.title, outcome.started, str(run.who), run.id)


def _undone(run: Run, taken_back: frozenset[str], known: Sequence[Run]) -> str:
    """Whether a later execution took it back: ``UNDONE``, ``PARTLY UNDONE`` or nothing."""
    spec = spec_of(run.plan.switch)
    if spec is not None and spec.undone_by:
        about = run.plan.cluster, run.plan.optimizer
        later = (each for each in known if each.seq > run.seq and (each.plan.cluster, each.plan.optimizer) == about)
        return "UNDONE" if any(each.plan.switch == spec.undone_by and each.begun for each in later) else ""
    done = [f"{run.id}/{step.step}" for step in run.begun if step.before]
    back = [name for name in done if name in taken_back]
    if not back:
        return ""
    return "UNDONE" if len(back) == len(done) else "PARTLY UNDONE"


@click.command()
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_obj
def status(settings: Settings, output: str) -> None:
    """Say who was revoked, deleted or frozen from this machine, by whom, since when, and what was undone since.

    Reads the journal alone. Exit code 0: printed. 2: there is a journal, and it can't be read.
    """
    found = standings(_runs(journal_folder(settings.journal)))
    if output == "json":
        for one in found:
            print_json(one)
        return
    now = time.time()
    for one in found:
        print_line(f"{one.title}: {one.state}")
        when = f"{date_time(one.at)}, {age(max(0.0, now - one.at))} ago"
        print_line(f"    {when}, by {one.who}; cluster {one.cluster or 'unknown'}; run {one.run}")
    if not found:
        print_line("Nothing was done from here yet.")
    print_line(_ONLY, err=True)


def _runs(folder: Path) -> list[Run]:
    told: list[str] = []
    try:
        entries, doubted = read_checked(folder)
        found = runs(entries, doubted, told)
    except JournalError as error:
        print_line(f"opsconsole status: {error}", err=True)
        sys.exit(UNREADABLE)
    for words in [*doubted.values(), *told]:
        print_line(f"opsconsole status: {words}", err=True)
    return found
