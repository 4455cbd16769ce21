"""``opsconsole node``: look at and clean up one node's GPUs. JSON in, JSON out; no rights in the cluster are needed."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import click
import msgspec

from opsconsole.clock import Clock, SystemClock
from opsconsole.commands.output import print_json, print_line
from opsconsole.containment import contained
from opsconsole.decoding import decode_as
from opsconsole.gpu.feed import observe_host
from opsconsole.gpu.nvml.probe import ProbeError
from opsconsole.gpu.observe import GpuObserver
from opsconsole.gpu.request import Asked, Request, RequestError, RequestPods, decode
from opsconsole.gpu.signals import Cleaner
from opsconsole.journal.folder import journal_folder
from opsconsole.journal.who import whoami
from opsconsole.journal.writer import Journal, JournalError
from opsconsole.permit import Mint
from opsconsole.records import GpuProcess, JsonObject, Outcome, Plan, State, StepState
from opsconsole.settings import Settings, SettingsError
from opsconsole.switches.engine.executor import ReservedExecutor
from opsconsole.switches.engine.gate import Gate
from opsconsole.switches.gpu.plan import GpuFacts
from opsconsole.switches.gpu.switch import GpuSwitch, Terminate

DONE, FAILED, BAD_INPUT, NOT_EXECUTED = 0, 1, 2, 3


class Host(NamedTuple):
    """This node as one run of the command sees it."""

    settings: Settings
    clock: Clock
    observer: GpuObserver


@click.group()
def node() -> None:
    """Look at and clean up this node's GPUs; JSON in, JSON out.

    A node has no rights in the cluster, so the pods come from outside:

    \b
        kubectl get pods -A -o json | ssh NODE opsconsole node report --pods -
    """  # noqa: D301 - click's mark for a paragraph that is not wrapped


_pods = click.option(
    "--pods", type=click.Path(allow_dash=True), metavar="FILE|-", help="All pods, as kubectl get pods -A -o json."
)


@node.command()
@_pods
@click.pass_obj
def report(settings: Settings, pods: str | None) -> None:
    """Print devices, the processes that hold their memory, and who of them may be cleaned up, and why.

    Without --pods nobody may. A process whose pod is gone may be cleaned up when that has been so for 60 s: run the
    report again with the first one's "over_since" beside "items".

    Exit code 0: the GPUs were read, or there are none. 1: they can't be read. 2: the input is not as it should be.
    """
    request = _request(pods, ())
    host = _host(settings, request, SystemClock())
    found = report_on(host)
    host.observer.probe.close()
    _print(found)
    sys.exit(DONE if found["state"] in (State.LIVE, State.ABSENT) else FAILED)


@node.command()
@_pods
@click.option(
    "--target", "targets", multiple=True, metavar="PID:START_TICKS", help="A process of a report; repeatable."
)
@click.option("--yes", is_flag=True, help="Do it. Without this, only the plan is printed.")
@click.option("--without-journal", is_flag=True, help="Act even if the journal can't be written.")
@click.pass_obj
def clean(settings: Settings, pods: str | None, targets: tuple[str, ...], *, yes: bool, without_journal: bool) -> None:
    """End processes that a report listed as candidates, after checking each again; proves that their memory is free.

    The processes are given with --target, or as "targets" beside "items" in --pods.

    Exit code 0: all of them ended and NVML says that their memory is free. 1: one was refused, survived or could not
    be proved. 2: the input is not as it should be, or the settings say read-only. 3: not done, for want of --yes.
    """
    if settings.read_only:
        _stop("read-only: this console signals nothing (settings: read_only)", BAD_INPUT)
    request = _request(pods, targets)
    if not request.targets:
        _stop("no target: give --target PID:START_TICKS, from a report's targets", BAD_INPUT)
    host = _host(settings, request, SystemClock())
    try:
        done = clean_up(host, request.targets, execute=yes, without_journal=without_journal)
    except (ProbeError, JournalError) as error:
        _stop(f"nothing was done: {error}", FAILED)
    finally:
        host.observer.probe.close()
    _print(done)
    sys.exit(_exit_code(done))


def report_on(host: Host) -> JsonObject:
    """What this node's GPUs hold, as JSON."""
    head = {"at": host.clock.now(), "state": State.LIVE, "detail": "", "source": host.observer.probe.source}
    try:
        look = host.observer.look()
    except ProbeError as error:
        return head | {"state": error.state, "detail": str(error), "devices": [], "processes": [], "targets": []}
    targets = {(one.pid, one.start_ticks) for one in look.processes if one.candidate}
    return head | {
        "detail": look.note,
        "devices": msgspec.to_builtins(look.devices),
        "processes": msgspec.to_builtins(look.processes),
        "targets": [{"pid": pid, "start_ticks": ticks} for pid, ticks in sorted(targets, key=str)],
        "over_since": host.observer.pods.over_since,
    }


def clean_up(host: Host, asked: Sequence[Asked], *, execute: bool, without_journal: bool = False) -> JsonObject:
    """End the processes asked for, through the gate.

    Raises:
        ProbeError: NVML can't be asked; nothing was done.
        JournalError: the intent can't be written; nothing was done.
    """
    look = host.observer.look()
    wanted = {(one.pid, one.start_ticks) for one in asked}
    facts = GpuFacts(look.devices, tuple(_only(wanted, process) for process in look.processes))
    switch, gate = _gate(host)
    plan = switch.plan(facts)
    rest = _not_planned(wanted, look.processes)
    if not execute:
        return {"executed": False, "plan": _plan_in_json(plan), "results": rest}
    if plan.blocked:
        return {"executed": False, "plan": _plan_in_json(plan), "results": rest, "contained": _all_gone(rest)}
    outcome = gate.execute(switch, plan, switch.effects, without_journal=without_journal)
    return _outcome_in_json(plan, outcome, rest)


def _gate(host: Host) -> tuple[GpuSwitch, Gate]:
    """The same switch and gate as the console's, for this node alone."""
    mint, clock, seconds = Mint(), host.clock, host.settings.gpu.term_seconds
    observer = host.observer
    cleaner = Cleaner(mint, clock, observer.reader, observer.judge, term_seconds=seconds)
    switch = GpuSwitch(observer, [Terminate(cleaner)], seconds, clock)
    journal = Journal(journal_folder(host.settings.journal), clock, whoami)
    return switch, Gate(journal, mint, clock, ReservedExecutor(), time.sleep)


def _only(wanted: set[tuple[int, int]], process: GpuProcess) -> GpuProcess:
    """The process as it is if it was asked for; else one that nobody may touch."""
    if (process.pid, process.start_ticks) in wanted or not process.candidate:
        return process
    return msgspec.structs.replace(process, candidate=False, why="not asked for")


def _not_planned(wanted: set[tuple[int, int]], processes: Sequence[GpuProcess]) -> list[JsonObject]:
    """A result for each process asked for that gets no step."""
    there = {(one.pid, one.start_ticks): one for one in processes}
    results: list[JsonObject] = []
    for pid, ticks in sorted(wanted):
        one = there.get((pid, ticks))
        if one is None:
            state, detail = StepState.SKIPPED, "holds no GPU memory any more, or the PID is another process by now"
        elif one.candidate:
            continue
        else:
            state, detail = StepState.FAILED, f"no candidate: {one.why}"
        results.append({"pid": pid, "start_ticks": ticks, "state": state, "detail": detail})
    return results


def _all_gone(results: Sequence[JsonObject]) -> bool:
    return all(result["state"] == StepState.SKIPPED for result in results)


def _plan_in_json(plan: Plan) -> JsonObject:
    steps = [{"title": step.title, "command": step.command} for step in plan.steps]
    return {"title": plan.title, "blocked": plan.blocked, "steps": steps, "warnings": list(plan.warnings)}


def _outcome_in_json(plan: Plan, outcome: Outcome, rest: list[JsonObject]) -> JsonObject:
    ended = {step.step: step for step in outcome.steps}
    results: list[JsonObject] = []
    for step in plan.steps:
        process = decode_as(step.arguments, GpuProcess)
        done = ended[step.key]
        named = {"pid": process.pid, "start_ticks": process.start_ticks, "state": done.state, "detail": done.detail}
        results.append(named | {"seconds": round(done.seconds, 3)})
    return {
        "executed": True,
        "contained": contained(outcome) and all(each["state"] != StepState.FAILED for each in [*results, *rest]),
        "results": [*results, *rest],
        "proofs": msgspec.to_builtins(outcome.proofs),
        "error": outcome.error,
        "notes": list(outcome.notes),
        "journal": {"run": outcome.run, "head": outcome.head},
    }


def _exit_code(done: JsonObject) -> int:
    if "contained" not in done:
        return NOT_EXECUTED
    return DONE if done["contained"] else FAILED


def _request(pods: str | None, targets: Sequence[str]) -> Request:
    """What was given on the command line and in the file."""
    try:
        named = [_asked(text) for text in targets]
        request = Request() if pods is None else _read(pods)
    except (RequestError, OSError) as error:
        _stop(f"{pods or '--target'}: {error}", BAD_INPUT)
    return msgspec.structs.replace(request, targets=[*request.targets, *named])


def _read(pods: str) -> Request:
    if pods == "-":
        data = sys.stdin.buffer.read()
        return decode(data, time.time())
    path = Path(pods)
    return decode(path.read_bytes(), path.stat().st_mtime)


def _asked(text: str) -> Asked:
    pid, colon, ticks = text.partition(":")
    if not (colon and pid.isdecimal() and ticks.isdecimal()):
        raise RequestError(f"{text!r} is not PID:START_TICKS, such as 4711:325235")
    return Asked(int(pid), int(ticks))


def _host(settings: Settings, request: Request, clock: Clock) -> Host:
    try:
        observer = observe_host(settings, clock, RequestPods(request, clock))
    except SettingsError as error:
        _stop(str(error), BAD_INPUT)
    observer.pods.take_over(request.over_since)
    observer.pods.add_killed(request.killed)
    return Host(settings, clock, observer)


def _print(value: Any) -> None:
    print_json(value, indent=2)


def _stop(words: str, code: int) -> NoReturn:
    print_line(f"opsconsole node: {words}", err=True)
    sys.exit(code)
