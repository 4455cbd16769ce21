"""``opsconsole kill``: the kill switches for when no screen can be drawn, with the same plans and the same gate."""

from __future__ import annotations

import contextlib
import inspect
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, NoReturn

import click

from opsconsole.cluster.transport.errors import ClusterError
from opsconsole.commands.acting.advice import with_advice
from opsconsole.commands.acting.carry import Carrier, HalfWayError
from opsconsole.commands.acting.confirm import confirmed
from opsconsole.commands.acting.progress import progress
from opsconsole.commands.acting.switch_console import NoBoardError, switch_console
from opsconsole.commands.output import outlast_output, print_json, print_line, print_lines
from opsconsole.console import Console
from opsconsole.containment import exit_code
from opsconsole.feeds.polling import in_words
from opsconsole.files.faults import record_fault
from opsconsole.journal.runs import outcome_to_json, plan_to_json
from opsconsole.journal.writer import JournalError
from opsconsole.present.choice import ChoiceError, chosen
from opsconsole.present.plans import printed_outcome, printed_plan
from opsconsole.records import Outcome, Plan
from opsconsole.settings import Settings
from opsconsole.switches.aftermath import aftermath
from opsconsole.switches.engine.board import BusyError, StalePlanError, Switchboard
from opsconsole.switches.engine.gate import BlockedError
from opsconsole.switches.engine.switch import UnknownSwitchError
from opsconsole.switches.registry import SPECS, spec_of
from opsconsole.switches.undo.plan import NAME as UNDO
from opsconsole.switches.undo.undo import Undo

if TYPE_CHECKING:
    from opsconsole.records import JsonObject

PROVED, UNPROVED, USAGE, UNCONFIRMED, NOTHING, FAILED = 0, 1, 2, 3, 4, 5
"""The exit codes; the command's help lists them."""


@click.command(short_help="Revoke its rights, delete it, clean up GPUs, or all three; restore what it changed.")
@click.argument("switch", metavar="|".join(spec.name for spec in SPECS))
@click.option("--dry-run", is_flag=True, help="Print the plan and change nothing.")
@click.option("--yes", is_flag=True, help="Execute without asking.")
@click.option("--undo", is_flag=True, help="Take the last execution of this switch back instead.")
@click.option("--only", multiple=True, metavar="STEP", help="Execute this step alone (number or name); again: more.")
@click.option("--except", "without", multiple=True, metavar="STEP", help="Leave this step out; may be given again.")
@click.option("--without-journal", is_flag=True, help="Execute even if the journal can't be written.")
@click.option("--wait", type=click.FloatRange(min=0), default=0.0, help="Seconds to wait for something to execute.")
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_obj
def kill(
    settings: Settings,
    switch: str,
    *,
    dry_run: bool,
    yes: bool,
    undo: bool,
    only: tuple[str, ...],
    without: tuple[str, ...],
    without_journal: bool,
    wait: float,
    output: str,
) -> None:
    """Stop the optimizer from the command line: the same plans, the same journal, the same proof as on the screen.

    {switches}

    restore knows as much as a console that was opened a moment ago: values that the optimizer set by its own log and
    that still stand, their values before (from the revision history), and what changes while the command watches. A
    console that has watched all the time knows more.

    A step that hits others too (a grant to a group) is left out unless --only names it: by the number that the plan
    shows, or by its target's name.

    Without --yes it prints the plan and asks, on a terminal; elsewhere it changes nothing.

    \b
    Exit code 0  executed, and every proof holds; or --dry-run, and there is a plan
              1  executed, but a step failed or something is not proved
              2  wrong usage, or the console is read-only
              3  not executed: not confirmed
              4  nothing to execute, and that is known; standard error says why
              5  not executed: the cluster or the journal failed, or it can't be known what is to be done
    """  # noqa: D301 - click's mark for a paragraph that is not wrapped
    if settings.read_only:
        _stop("this console is read-only (--read-only, or read_only in the settings): it has no switches", USAGE)
    with _ready(settings, switch, undo=undo) as (console, board):
        if words := aftermath(board.journal, console.clock.now()).words:
            print_line(f"opsconsole kill: {words}", err=True)
        made = _plan(board, _named(board, switch, undo=undo), wait, at_once=yes and not dry_run)
        plan = _chosen(made, only, without)
        if yes:
            outlast_output()
        if output == "text":
            print_lines(printed_plan(plan, console.clock.now()))
        if plan.blocked:
            _finish(plan, None, output, NOTHING if plan.nothing else FAILED, plan.blocked)
        if dry_run:
            _finish(plan, None, output, PROVED)
        with Carrier(board).installed() as carrier:
            if not yes and not _confirmed(settings, plan, switch):
                _finish(plan, None, output, UNCONFIRMED, "not executed: not confirmed (--yes executes without asking)")
            carrier.confirm()
            outlast_output()
            outcome = _execute(board, plan, output, carrier, without_journal=without_journal)
            # A signal that comes late must not take the verdict with it, nor the exit code while the feeds end.
            console.stop()
            _finish(plan, outcome, output, exit_code(outcome))


kill.help = inspect.cleandoc(kill.help or "").replace(
    "{switches}", "\b\n" + "\n".join(f"{spec.name:<10} {spec.help}" for spec in SPECS)
)


@contextlib.contextmanager
def _ready(settings: Settings, switch: str, *, undo: bool) -> Iterator[tuple[Console, Switchboard]]:
    try:
        with switch_console(settings, switch, undo=undo) as ready:
            yield ready
    except NoBoardError as error:
        _stop(str(error), FAILED)


def _named(board: Switchboard, switch: str, *, undo: bool) -> str:
    try:
        board.switch(switch)
    except UnknownSwitchError as error:
        _stop(str(error), USAGE)
    if not undo:
        return switch
    spec = spec_of(switch)
    if spec is not None and spec.undone_by:
        return spec.undone_by
    undoing = board.switch(UNDO)
    if isinstance(undoing, Undo):
        undoing.of = switch
    return UNDO


def _plan(board: Switchboard, name: str, wait: float, *, at_once: bool) -> Plan:
    deadline = time.monotonic() + wait
    while True:
        try:
            plan = board.make_plan(name, at_once=at_once)
        except ClusterError as error:
            _stop(f"no plan: {with_advice(error) if name in {'freeze', 'thaw'} else error}", FAILED)
        except Exception as error:  # noqa: BLE001 - whatever it is, nothing was executed, and the exit code says so
            record_fault("a plan failed", error)
            _stop(f"no plan, nothing was executed: {in_words(error)}", FAILED)
        if not plan.blocked or time.monotonic() >= deadline:
            return plan
        time.sleep(min(1.0, max(0.0, deadline - time.monotonic())))


def _chosen(plan: Plan, only: tuple[str, ...], without: tuple[str, ...]) -> Plan:
    if plan.blocked:
        return plan  # why there is nothing to choose from is said instead
    try:
        return chosen(plan, only, without)
    except ChoiceError as error:
        _stop(str(error), USAGE)


def _confirmed(settings: Settings, plan: Plan, switch: str) -> bool:
    where = plan.where or settings.cluster.context or "the kubeconfig's current context"
    steps = sum(step.chosen for step in plan.steps)
    count = f"{steps} step{'' if steps == 1 else 's'}"
    word = "undo" if plan.switch == UNDO else switch
    return confirmed(word, f"Execute these {count} on {where}?")


def _execute(board: Switchboard, plan: Plan, output: str, carrier: Carrier, *, without_journal: bool) -> Outcome:
    try:
        with progress(plan, to_stderr=output == "json") as tell:
            return carrier.result(board.execute(plan, tell, without_journal=without_journal))
    except JournalError as error:
        _stop(f"NOT executed: {error}; --without-journal executes all the same, and leaves no record", FAILED)
    except (StalePlanError, BusyError, BlockedError) as error:
        _stop(f"NOT executed: {error}", FAILED)
    except HalfWayError:
        _stop("left half-way: what was begun is in the journal, and nothing was verified", 130)


def _finish(plan: Plan, outcome: Outcome | None, output: str, code: int, words: str = "") -> NoReturn:
    if output == "json":
        body: JsonObject = {"executed": outcome is not None, "exit_code": code, "plan": plan_to_json(plan)}
        body["outcome"] = outcome_to_json(outcome) if outcome is not None else None
        print_json(body, indent=2)
    elif outcome is not None:
        print_lines(printed_outcome(outcome))
    if words:
        print_line(f"opsconsole kill: {words}", err=True)
    sys.exit(code)


def _stop(words: str, code: int) -> NoReturn:
    print_line(f"opsconsole kill: {words}", err=True)
    sys.exit(code)
