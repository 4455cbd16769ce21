"""`opsconsole govern`: the governor in the API server itself, installed, looked at and taken away."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

import click
import msgspec
import yaml

from opsconsole.clock import ClusterClock, SystemClock
from opsconsole.cluster.feeds.guard_lease import guard_in_words
from opsconsole.cluster.transport.connection import Connection
from opsconsole.cluster.transport.errors import ClusterError
from opsconsole.commands.acting.advice import with_advice
from opsconsole.commands.acting.carry import Carrier, HalfWayError
from opsconsole.commands.acting.confirm import confirmed
from opsconsole.commands.output import outlast_output, print_json, print_line, print_lines
from opsconsole.govern.governor import NOT_HELD, RuleState, manifests, parameter, states
from opsconsole.govern.identities import Identities
from opsconsole.govern.rules.lapsed import RULE as CLOCK
from opsconsole.journal.writer import JournalError
from opsconsole.present.plans import printed_outcome, printed_plan, progress
from opsconsole.records import Outcome, Plan
from opsconsole.settings import OptimizerSettings, Settings
from opsconsole.switches.build import build_switchboard
from opsconsole.switches.engine.board import StalePlanError, Switchboard
from opsconsole.switches.engine.gate import BlockedError
from opsconsole.switches.freeze.plan import frozen_in_words
from opsconsole.switches.freeze.trying.clock import STANDS_STILL, UNENDED, ClockAnswer, ask_clock
from opsconsole.switches.govern.build import governor_reader, governor_switches
from opsconsole.switches.govern.facts import GovernFacts, wanted_by
from opsconsole.switches.govern.plan import INSTALL, UNINSTALL, excepted, unknown_rules

DONE, UNPROVED, USAGE, UNCONFIRMED, NOTHING, FAILED = 0, 1, 2, 3, 4, 5
"""The exit codes, as those of ``opsconsole kill``."""

_identity = click.option(
    "--identity",
    "identities",
    multiple=True,
    metavar="USER",
    help="Govern this user (system:serviceaccount:NAMESPACE:NAME) instead of those found in the cluster.",
)


@click.group(short_help="The governor in the API server: install, status, uninstall.")
def govern() -> None:
    """Let the API server itself judge what the optimizer writes, even when nobody watches.

    The governor is a set of ValidatingAdmissionPolicies, one for each rule, and one that freezes the optimizer within
    milliseconds when its parameter is flipped (opsconsole kill freeze). It needs Kubernetes 1.30 or newer.
    """


@govern.command()
@click.option(
    "--dry-run", is_flag=True, help="Print the manifests and change nothing; with --identity no cluster is asked."
)
@click.option("--yes", is_flag=True, help="Execute without asking.")
@_identity
@click.pass_obj
def install(settings: Settings, *, dry_run: bool, yes: bool, identities: tuple[str, ...]) -> None:
    """Install the governor, or make it what the settings ask for.

    \b
    Exit code 0  executed and proved; or --dry-run
              1  executed, but a step failed or something is not proved
              2  wrong usage, or the console is read-only
              3  not executed: not confirmed
              4  nothing to execute, or an API server that can't take it; standard error says why
              5  not executed: the cluster or the journal failed
    """  # noqa: D301 - click's mark for a paragraph that is not wrapped
    if dry_run:
        manifests_as_yaml, problem = as_yaml(settings, identities)
        click.echo(manifests_as_yaml, nl=False)
        if problem:
            _stop(problem, NOTHING)
        return
    _run(settings, INSTALL, identities, yes=yes)


@govern.command()
@click.option("--yes", is_flag=True, help="Execute without asking.")
@click.option(
    "--keep-clock",
    is_flag=True,
    help="Leave rule lapsed, by which API servers keep sight of the clock that ends approvals: for installing again.",
)
@click.pass_obj
def uninstall(settings: Settings, *, yes: bool, keep_clock: bool) -> None:
    """Take the governor away; exit codes as for install."""
    _run(settings, UNINSTALL, (), yes=yes, keep_clock=keep_clock)


@govern.command()
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
@_identity
@click.pass_obj
def status(settings: Settings, *, output: str, identities: tuple[str, ...]) -> None:
    """Say how each rule stands, whether the optimizer is frozen, and who could get round it.

    Whether the clock runs that ends approved deletes, evictions and scalings is asked by a dry run (patch of Namespace
    kube-system); a read-only console does not ask, and does not know.

    \b
    Exit code 0  every rule is as the settings ask for, nobody who is governed can get round it, and the clock runs
              1  something is off, changed, or can be got round, or the clock stands still; or that is not known
              5  the cluster can't be read
    """  # noqa: D301 - click's mark for a paragraph that is not wrapped
    with _connection(settings, read_only=True) as connection:
        try:
            facts = governor_reader(_naming(settings, identities), connection, SystemClock())()
        except ClusterError as error:
            _stop(with_advice(error), FAILED)
        guard = guard_in_words(
            connection, SystemClock(), namespace=settings.govern.namespace, name=settings.guard.lease
        )
        found = {(each.ref.kind, each.ref.name): each.manifest for each in (*facts.there, *facts.surplus)}
        rules = [] if facts.freeze.problem else states(facts.wanted, found)
        clock = _clock(settings, rules, connection)
    good = is_as_wanted(facts, rules, clock)
    if output == "json":
        body = {
            "good": good,
            "problem": facts.freeze.problem or unknown_rules(facts.wanted),
            "frozen": facts.freeze.stands,
            "identities": facts.wanted.identities,
            "rules": rules,
            "holes": [{**msgspec.to_builtins(hole), "access": str(hole.access)} for hole in facts.freeze.holes],
            "surplus": [f"{each.ref.kind}/{each.ref.name}" for each in facts.surplus],
            "gaps": facts.freeze.gaps,
            "excepted": facts.wanted.excepted,
            "not_held": NOT_HELD,
            "guard": guard,
            "clock": clock,
        }
        print_json(body, indent=2)
    else:
        print_lines("\n".join(_in_words(facts, rules, guard, clock)))
    sys.exit(DONE if good else UNPROVED)


def _clock(settings: Settings, rules: Sequence[RuleState], reads: Connection) -> ClockAnswer | None:
    """Whether the clock runs that ends approvals; ``None`` where nothing needs one."""
    rule = next((each for each in rules if each.name == CLOCK), None)
    if rule is None:
        return None
    if rule.mode != "deny":
        return ClockAnswer(runs=False, why=STANDS_STILL)
    clock = ClusterClock(SystemClock())
    clock.follow(lambda: reads.server_clock.ahead)
    # A dry run is no GET, so that the connection that reads can't carry it.
    with _connection(settings, read_only=settings.read_only) as asks:
        return ask_clock(asks, clock.now())


def is_as_wanted(facts: GovernFacts, rules: Sequence[RuleState], clock: ClockAnswer | None) -> bool:
    """Whether all is as the settings ask for, nothing else of ours is there, and nothing is unknown. Pure."""
    modes = dict(facts.wanted.modes)
    right = all(each.mode == modes.get(each.name, "deny") and not each.changed for each in rules)
    unclear = facts.surplus or facts.freeze.holes or facts.freeze.gaps or unknown_rules(facts.wanted)
    ends = clock is None or clock.runs is True
    return bool(rules) and right and ends and not unclear


def _in_words(facts: GovernFacts, rules: list[RuleState], guard: str, clock: ClockAnswer | None) -> Iterator[str]:
    if facts.freeze.problem:
        yield facts.freeze.problem
        yield from (f"in the cluster all the same: {each.ref}" for each in facts.surplus)
        return
    yield f"Governed: {facts.wanted.identities}"
    yield from (f"Excepted: {words}" for words in excepted(facts))
    yield f"Freeze:   {frozen_in_words(facts.freeze)}"
    yield f"Guard:    {guard}"
    if clock is not None:
        yield f"Clock:    {clock}" + ("" if clock.runs else f"; {UNENDED}")
    for each in rules:
        changed = "  CHANGED: not as the settings ask for" if each.changed else ""
        yield f"  {each.name:14} {each.mode}{changed}"
    yield from (f"not asked for by the settings, and there: {each.ref}" for each in facts.surplus)
    yield from filter(None, [unknown_rules(facts.wanted)])
    for hole in facts.freeze.holes:
        yield f"{'BYPASSABLE' if hole.allowed else 'unknown'}: {hole}"
    yield from (f"unknown: {gap}" for gap in facts.freeze.gaps)
    if rules:
        yield "No rule refuses (a freeze does):"
        yield from (f"  {each}" for each in NOT_HELD)


def as_yaml(settings: Settings, identities: tuple[str, ...]) -> tuple[str, str]:
    """The governor's manifests, and why this API server can't take them: it is asked only where nobody is named."""
    named, problem = _naming(settings, identities), ""
    if identities:
        from opsconsole.switches.freeze.facts import FreezeFacts  # noqa: PLC0415 - where no cluster is needed

        wanted = wanted_by(named, FreezeFacts(Identities(identities, break_glass=settings.govern.break_glass)))
    else:
        with _connection(settings, read_only=True) as connection:
            try:
                facts = governor_reader(named, connection, SystemClock())()
            except ClusterError as error:
                _stop(f"{with_advice(error)}; with --identity USER no cluster is asked", FAILED)
        wanted, problem = facts.wanted, facts.freeze.problem
        if not wanted.identities.known:
            _stop("whom? name the optimizer (--optimizer) or give --identity", NOTHING)
    return yaml.safe_dump_all([parameter(), *manifests(wanted)], sort_keys=False, width=10_000), problem


def _naming(settings: Settings, identities: tuple[str, ...]) -> Settings:
    """``settings`` with the identities of the command line, and no others."""
    if not identities:
        return settings
    given = msgspec.structs.replace(OptimizerSettings(), users=identities)
    return msgspec.structs.replace(settings, optimizer=given, optimizers=())


@contextmanager
def _connection(settings: Settings, *, read_only: bool) -> Iterator[Connection]:
    connection = Connection(settings.cluster, read_only=read_only, clock=SystemClock())
    try:
        yield connection
    finally:
        connection.close()


def _run(
    settings: Settings, name: str, identities: tuple[str, ...], *, yes: bool, keep_clock: bool = False
) -> NoReturn:
    if settings.read_only:
        _stop("this console is read-only (--read-only, or read_only in the settings): it changes nothing", USAGE)
    settings, clock = _naming(settings, identities), SystemClock()
    if yes:
        outlast_output()
    with _connection(settings, read_only=False) as connection:
        further = governor_switches(settings, connection, clock, keep_clock=keep_clock)
        board = build_switchboard(settings, connection, None, clock, further=further)
        try:
            board.identify()
            plan = board.make_plan(name)
        except ClusterError as error:
            _stop(f"no plan: {with_advice(error)}", FAILED)
        print_lines(printed_plan(plan, clock.now()))
        if plan.blocked:
            _stop(plan.blocked, NOTHING)
        with Carrier(board).installed() as carrier:
            if not yes and not confirmed(name.partition("-")[0]):
                _stop("not executed: not confirmed (--yes executes without asking)", UNCONFIRMED)
            carrier.confirm()
            outlast_output()
            outcome = _execute(board, plan, carrier)
            print_lines(printed_outcome(outcome))  # a signal that comes late must not take the verdict with it
    sys.exit(DONE if outcome.success else UNPROVED)


def _execute(board: Switchboard, plan: Plan, carrier: Carrier) -> Outcome:
    shown: dict[str, str] = {}

    def tell(outcome: Outcome) -> None:
        for words in progress(plan, outcome, shown):
            print_line(words)

    try:
        return carrier.result(board.execute(plan, tell))
    except (JournalError, StalePlanError, BlockedError) as error:
        _stop(f"NOT executed: {error}", FAILED)
    except HalfWayError:
        _stop("left half-way: what was begun is in the journal, and nothing was verified", 130)


def _stop(words: str, code: int) -> NoReturn:
    print_line(f"opsconsole govern: {words}", err=True)
    sys.exit(code)
