"""`opsconsole approve`: what the optimizer asks for and a rule refuses it, listed, shown, signed off, denied."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

import click
import msgspec

from opsconsole.cluster.transport.errors import ClusterError
from opsconsole.commands.acting.carry import Carrier, HalfWayError, say
from opsconsole.commands.acting.confirm import confirmed
from opsconsole.commands.acting.switch_console import NoBoardError, switch_console
from opsconsole.commands.output import outlast_output, print_json, print_line, print_lines
from opsconsole.console import Console
from opsconsole.containment import exit_code
from opsconsole.endings import ENDINGS
from opsconsole.journal.writer import JournalError
from opsconsole.names import KINDS
from opsconsole.present.plans import printed_outcome, printed_plan
from opsconsole.quantity import number
from opsconsole.records import ChangeField, Outcome, Plan, Ref, StepState
from opsconsole.settings import Settings
from opsconsole.switches.approve.facts import ApproveFacts
from opsconsole.switches.approve.plan import NAME, ApprovalPlace, decode, in_words, place_of
from opsconsole.switches.approve.requests import ApprovalAsk, ApprovalRequest
from opsconsole.switches.approve.switch import ApproveSwitch
from opsconsole.switches.engine.board import BusyError, StalePlanError, Switchboard
from opsconsole.switches.engine.gate import BlockedError
from opsconsole.switches.withdraw.lapse import Lapses
from opsconsole.text import clean_line

DONE, UNPROVED, USAGE, UNCONFIRMED, NOTHING, FAILED = 0, 1, 2, 3, 4, 5
"""The exit codes, as those of ``opsconsole kill``."""

_BEAT = 0.1
"""Seconds until a signal ends the waiting at the latest."""


_WORDS = {word: each.kind for each in KINDS for word in each.words} | {
    **dict.fromkeys(("node", "nodes", "no"), "Node"),
    **dict.fromkeys(("hpa", "horizontalpodautoscaler", "horizontalpodautoscalers"), "HorizontalPodAutoscaler"),
    **dict.fromkeys(("svc", "service", "services"), "Service"),
    **dict.fromkeys(("ns", "namespace", "namespaces"), "Namespace"),
    **dict.fromkeys(("pdb", "poddisruptionbudget", "poddisruptionbudgets"), "PodDisruptionBudget"),
    **dict.fromkeys(("pvc", "persistentvolumeclaim", "persistentvolumeclaims"), "PersistentVolumeClaim"),
}
"""What kubectl takes for what a rule that may be approved looks at."""


@click.group(short_help="Sign off one write that a rule refuses the optimizer: list, show, sign, deny.")
def approve() -> None:
    """Let a person decide about a write that the governor in the API server refuses the optimizer.

    Each write that its log asks for is a request. It shows the object as it is now, the difference, a dry run as the
    optimizer, what the console's rules say, and who is hit. An approval is bound to the object, the values and a few
    minutes, and is used once. Only people in the group govern.approvers can give one.
    """


_on = click.option(
    "--on", metavar="KIND/[NAMESPACE/]NAME", help="Ask for this object, whatever the log says: with --set or --delete."
)
_set = click.option("--set", "sets", multiple=True, metavar="FIELD=VALUE", help="What is to be written; again: more.")
_delete = click.option("--delete", "deletes", is_flag=True, help="That it be deleted.")


@approve.command("list")
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_obj
def list_(settings: Settings, output: str) -> None:
    """List what is asked for, the newest first.

    \b
    Exit code 0  there is something
              4  there is nothing
              5  what it asks for can't be told: the cluster, or its log, can't be read
    """  # noqa: D301 - click's mark for a paragraph that is not wrapped
    with _board(settings) as (console, _, switch):
        facts = _facts(switch)
        if output == "json":
            print_json(facts.requests, indent=2)
        else:
            for request in facts.requests:
                print_line(next(in_words(request, console.clock.now())))
        _tell_gaps(facts)
    if not facts.requests and facts.unread:
        _stop("what the optimizer asks for can't be told", FAILED)
    if not facts.requests and not facts.problem:
        print_line("opsconsole approve: the optimizer's log asks for nothing that a rule refuses it", err=True)
    sys.exit(DONE if facts.requests else NOTHING)


@approve.command()
@click.argument("request", required=False, default="")
@_on
@_set
@_delete
@click.pass_obj
def show(settings: Settings, request: str, on: str | None, sets: tuple[str, ...], *, deletes: bool) -> None:
    """Show all that is known of a request: difference, dry run, findings, who is hit. Exit codes as for list."""
    with _board(settings) as (console, _, switch):
        asked = _asked(switch, console, on, sets, deletes=deletes)
        found = _chosen(_facts(switch), request, asked)
        for words in in_words(found, console.clock.now()):
            print_line(words)
    sys.exit(DONE)


@approve.command()
@click.argument("request", required=False, default="")
@_on
@_set
@_delete
@click.option("--minutes", type=click.FloatRange(0.1, 60), help="How long it is good (default: the settings').")
@click.option("--yes", is_flag=True, help="Execute without asking.")
@click.option("--no-wait", is_flag=True, help="Don't wait to take it off: opsconsole kill withdraw does so.")
@click.pass_obj
def sign(
    settings: Settings,
    request: str,
    on: str | None,
    sets: tuple[str, ...],
    minutes: float | None,
    *,
    deletes: bool,
    yes: bool,
    no_wait: bool,
) -> None:
    """Sign a request off; stay until the approval was used or is over, and take it off then.

    \b
    Exit code 0  approved, and proved by a dry run as the optimizer
              1  approved, but a step failed or it is not proved
              2  wrong usage, or the console is read-only
              3  not executed: not confirmed
              4  there is no such request, or you may not approve
              5  not executed: the cluster or the journal failed
    """  # noqa: D301 - click's mark for a paragraph that is not wrapped
    with _board(settings) as (console, board, switch):
        switch.minutes = minutes or switch.minutes
        asked = _asked(switch, console, on, sets, deletes=deletes)
        found = _chosen(_facts(switch), request, asked)
        plan = _plan_for(board, found)
        if yes:
            outlast_output()
        print_lines(printed_plan(plan, console.clock.now()))
        if plan.blocked:
            _stop(plan.blocked, NOTHING)
        with Carrier(board).installed() as carrier:
            if not yes and not confirmed(NAME):
                _stop("not executed: not confirmed (--yes executes without asking)", UNCONFIRMED)
            carrier.confirm()
            outlast_output()
            outcome = _execute(board, plan, carrier)
            print_lines(printed_outcome(outcome))  # a signal that comes late must not take the verdict with it
        done = {step.step for step in outcome.steps if step.state is StepState.DONE}
        given = [place_of(step) for step in plan.steps if step.key in done]
        if given and not no_wait:
            _look_after(board, console, given)
    sys.exit(exit_code(outcome))


def _look_after(board: Switchboard, console: Console, given: Sequence[ApprovalPlace]) -> None:
    """Wait until what was given is taken off, or a signal ends that: what is being taken off just now is finished."""
    left: list[int] = []

    def pause(seconds: float) -> None:
        over = time.monotonic() + seconds
        while not left and time.monotonic() < over:
            time.sleep(_BEAT)

    lapses = Lapses(board, console.clock, pause)

    def leave(number: int, _frame: FrameType | None) -> None:
        # A session's end sends several signals, one within another's: who waits for a lock here may hold it himself.
        if not left:
            left.append(number)
            lapses.stop()

    # A window that is gone already hangs up once more, and nobody is meant by that.
    heard = [each for each in (signal.SIGINT, *ENDINGS) if signal.getsignal(each) is not signal.SIG_IGN]
    before = {each: signal.signal(each, leave) for each in {*heard, signal.SIGINT, signal.SIGTERM}}
    try:
        print_line("waiting until it was used or is over (Ctrl-C leaves it as it is)")
        lapses.watch(print_line, just=given)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if left:
        say("the approval is left as it is: opsconsole kill withdraw takes it off, and so does the next console")


@approve.command()
@click.argument("request")
@click.option("--why", default="", help="Why; it is kept in the journal.")
@click.pass_obj
def deny(settings: Settings, request: str, why: str) -> None:
    """Deny a request: the journal keeps that, and the request is not shown again. Nothing is changed in the cluster."""
    with _board(settings) as (console, _, switch):
        found = _chosen(_facts(switch), request, None)
        words = next(in_words(found, console.clock.now()))
        try:
            switch.denials.deny(found.id, clean_line(words, 500), clean_line(why, 500))
        except JournalError as error:
            _stop(f"not denied: {error}", FAILED)
        print_line(f"denied: {words}")
    sys.exit(DONE)


@contextmanager
def _board(settings: Settings) -> Iterator[tuple[Console, Switchboard, ApproveSwitch]]:
    if settings.read_only:
        _stop("this console is read-only (--read-only, or read_only in the settings): it approves nothing", USAGE)
    try:
        with switch_console(settings, NAME) as (console, board):
            switch = board.switch(NAME)
            if not isinstance(switch, ApproveSwitch):
                raise NoBoardError("the switch that approves is another's")
            yield console, board, switch
    except NoBoardError as error:
        _stop(str(error), FAILED)


def _facts(switch: ApproveSwitch) -> ApproveFacts:
    try:
        return switch.gather()
    except ClusterError as error:
        _stop(str(error), FAILED)


def _asked(
    switch: ApproveSwitch, console: Console, on: str | None, sets: Sequence[str], *, deletes: bool
) -> ApprovalAsk | None:
    """What the command line asks for itself; it is put first among the requests."""
    if on is None:
        if sets or deletes:
            _stop("--set and --delete need --on KIND/[NAMESPACE/]NAME", USAGE)
        return None
    if bool(sets) == deletes:
        _stop("--on needs either --set FIELD=VALUE or --delete", USAGE)
    ask = ApprovalAsk(_object(on), console.clock.now(), deletes, tuple(map(_field, sets)))
    switch.reader.further = (ask,)
    return ask


def _object(text: str) -> Ref:
    kind, *namespace, name = text.split("/") if text.count("/") in (1, 2) else ("", "")
    known = _WORDS.get(kind.lower())
    if not known or not name:
        _stop(f"--on: {text!r} is no KIND/[NAMESPACE/]NAME of something that can be approved", USAGE)
    return Ref(known, namespace[0] if namespace else "", name)


def _field(text: str) -> ChangeField:
    path, equals, value = text.partition("=")
    if not equals or not path:
        _stop(f"--set: {text!r} is no FIELD=VALUE", USAGE)
    return ChangeField(path, "", value, None, number(value))


def _chosen(facts: ApproveFacts, request: str, asked: ApprovalAsk | None) -> ApprovalRequest:
    _tell_gaps(facts)
    fit = [each for each in facts.requests if (each.asked == asked if asked else each.id == request)]
    if asked is None and not request:
        _stop("which? name a request of `opsconsole approve list`, or an object with --on", USAGE)
    unread = [words for words in facts.unread if asked is None or words.startswith(f"{asked.about} can't")]
    if not fit and unread:
        _stop(f"whether {asked.about if asked else request!r} is to be approved can't be told", FAILED)
    if not fit:
        what = f"no request {request!r}" if asked is None else f"{asked.about} is so already, or is not there"
        _stop(f"{what}{'' if facts.requests else ': nothing is asked for'}", NOTHING)
    return fit[0]


def _plan_for(board: Switchboard, request: ApprovalRequest) -> Plan:
    """The plan of the switch, with this request's step chosen and no other, and with its own notes alone."""
    try:
        plan = board.make_plan(NAME)
    except ClusterError as error:
        _stop(f"no plan: {error}", FAILED)
    steps = tuple(msgspec.structs.replace(each, chosen=decode(each).id == request.id) for each in plan.steps)
    if not plan.blocked and not any(each.chosen for each in steps):
        _stop(f"{request.id} can't be approved: {request.problem or 'it is asked for no more'}", NOTHING)
    notes = tuple(each for each in plan.notes if each.startswith(request.id) or ":" not in each[:9])
    return msgspec.structs.replace(plan, steps=steps, notes=notes)


def _tell_gaps(facts: ApproveFacts) -> None:
    for words in filter(None, (facts.problem, *facts.gaps, *facts.unread)):
        print_line(f"opsconsole approve: {words}", err=True)


def _execute(board: Switchboard, plan: Plan, carrier: Carrier) -> Outcome:
    try:
        return carrier.result(board.execute(plan))
    except (JournalError, StalePlanError, BusyError, BlockedError) as error:
        _stop(f"NOT executed: {error}", FAILED)
    except HalfWayError:
        _stop("left half-way: what was begun is in the journal, and nothing was verified", 130)


def _stop(words: str, code: int) -> NoReturn:
    print_line(f"opsconsole approve: {words}", err=True)
    sys.exit(code)
