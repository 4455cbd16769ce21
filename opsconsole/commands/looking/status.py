"""``opsconsole status``: what is in force of what was done from this machine, by whom, and since when.

It reads the journal and asks no cluster: what others did elsewhere, or undid by hand, is not in it, and that is said.
With ``--live`` the cluster is asked too: whether the optimizer is frozen now, whether a guard is there, and what the
optimizer is for, by its image.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from opsconsole.clock import SystemClock
from opsconsole.commands.output import print_json, print_line
from opsconsole.containment import verdict
from opsconsole.governor.roles import RoleGuess
from opsconsole.journal.folder import journal_folder
from opsconsole.journal.reader import read_checked
from opsconsole.journal.runs import Run, runs
from opsconsole.journal.writer import JournalError
from opsconsole.optimizer import Optimizers
from opsconsole.present.units import age, date_time
from opsconsole.records import Record
from opsconsole.settings import Settings
from opsconsole.switches.registry import spec_of
from opsconsole.switches.spec import UNDO
from opsconsole.switches.undo.items import undone_steps

if TYPE_CHECKING:
    from opsconsole.cluster.transport.connection import Connection

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
        meant = _changed(run)
        taken = (_changed(each) for each in later if each.plan.switch == spec.undone_by)
        return _words(len(meant & frozenset().union(*taken)), len(meant))
    done = [f"{run.id}/{step.step}" for step in run.begun if step.before]
    back = [name for name in done if name in taken_back]
    return _words(len(back), len(done))


def _words(back: int, done: int) -> str:
    return "" if not back else "UNDONE" if back == done else "PARTLY UNDONE"


def _changed(run: Run) -> frozenset[tuple[str, str]]:
    """Kind and key of what an execution changed, or may have: a thaw knows UIDs that the freeze did not have yet."""
    begun = {step.step for step in run.begun}
    return frozenset((step.target.kind, step.target.key) for step in run.plan.steps if step.key in begun)


class LiveStatus(Record, frozen=True):
    """How the cluster says that the freeze stands, who guards and what each optimizer is for, in words.

    What can't be read is called unknown; a role that is guessed is called guessed.
    """

    freeze: str
    guard: str
    roles: tuple[str, ...] = ()


def _live(settings: Settings) -> LiveStatus:
    from opsconsole.cluster.feeds.guard_lease import guard_in_words  # noqa: PLC0415 - the journal needs no cluster
    from opsconsole.cluster.transport.connection import Connection  # noqa: PLC0415
    from opsconsole.cluster.transport.errors import ClusterError  # noqa: PLC0415
    from opsconsole.switches.freeze.plan import frozen_in_words  # noqa: PLC0415
    from opsconsole.switches.freeze.switch import freeze_reader  # noqa: PLC0415

    clock = SystemClock()
    connection = Connection(settings.cluster, read_only=True, clock=clock)
    try:
        facts = freeze_reader(settings, connection, clock)()
        doubt = f", NOT PROVED: {facts.holes[0]}" if facts.stands and facts.holes else ""
        known = f"{facts.identities}: {frozen_in_words(facts)}{doubt}"
        freeze = f"unknown: {facts.problem}" if facts.problem else known
    except ClusterError as error:
        freeze = f"unknown: {error}"
    try:
        guard = guard_in_words(connection, clock, namespace=settings.govern.namespace, name=settings.guard.lease)
        roles = _roles(settings, connection)
    finally:
        connection.close()
    return LiveStatus(freeze, guard, roles)


def _roles(settings: Settings, connection: Connection) -> tuple[str, ...]:
    """What each optimizer is for: as the settings say, else by the images that its workloads run now."""
    from opsconsole.cluster.questions.optimizer import find  # noqa: PLC0415 - the journal needs no cluster
    from opsconsole.cluster.transport.errors import ClusterError  # noqa: PLC0415

    optimizers = Optimizers.of(settings)
    try:
        workloads = find(connection, optimizers).workloads if optimizers.workloads else ()
    except ClusterError:
        workloads = ()
    told = []
    for each in optimizers.each:
        guess = RoleGuess(each.name, each.role)
        names = {(name.namespace, name.name) for name in each.workloads}
        for found in workloads:
            for image in found.images if (found.ref.namespace, found.ref.name) in names else ():
                guess.image(image)
        told.append(f"{each.name}: {guess.known.words}")
    return tuple(told)


@click.command()
@click.option("--live", is_flag=True, help="Ask the cluster too: is it frozen, is a guard there, what is its role?")
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_obj
def status(settings: Settings, output: str, *, live: bool) -> None:
    """Say who was revoked, deleted or frozen from this machine, by whom, since when, and what was undone since.

    Reads the journal alone, unless --live is given. Exit code 0: printed, what is not known as unknown. 2: there is a
    journal, and it can't be read.
    """
    found = standings(_runs(journal_folder(settings.journal)))
    now_there = _live(settings) if live else None
    if output == "json":
        for one in found:
            print_json(one)
        if now_there is not None:
            print_json(now_there)
        return
    if now_there is not None:
        print_line(f"Freeze: {now_there.freeze}")
        print_line(f"Guard:  {now_there.guard}")
        for role in now_there.roles:
            print_line(f"Role:   {role}")
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
