"""``opsconsole judge``: what the rules think of a decision log, without a cluster."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from functools import partial
from typing import BinaryIO, NamedTuple

import click
import msgspec

from opsconsole.alarms import Group, Groups, whole
from opsconsole.clock import SystemClock, zone_of
from opsconsole.commands.output import print_json, print_line, print_lines
from opsconsole.commands.working import Working
from opsconsole.decisions.envelopes import decode
from opsconsole.decisions.stream import DecisionStream
from opsconsole.decisions.understood import Understood
from opsconsole.feeds.protocol import Batch
from opsconsole.governor.decision_view import FieldRow, diff
from opsconsole.governor.governor import Governor
from opsconsole.governor.rule import worst_first
from opsconsole.optimizer import Optimizer, Optimizers
from opsconsole.plugins.host import Plugins, load_all
from opsconsole.present.units import stamp
from opsconsole.records import Decision, EntryReading, Finding, Kind, Severity
from opsconsole.settings import Settings
from opsconsole.store import Store

FLAGGED = 1
UNREADABLE = 2

MOST_SHOWN = 20
"""Kinds of lines that are named among those not understood."""


MOST_TARGETS = 5
"""Targets of one decision that are named."""


class Judgement(NamedTuple):
    """One decision with what it sets and what is wrong with it, worst first."""

    decision: Decision
    rows: tuple[FieldRow, ...]
    findings: list[Finding]

    @property
    def flagged(self) -> bool:
        """Whether anything worse than a remark was found."""
        return any(finding.severity is not Severity.INFO for finding in self.findings)


_DAY = 86_400.0


class LogClock:
    """The log's own time: that of its newest line."""

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return self._now

    def reached(self, at: float | None) -> None:
        """The log has come to ``at``; a line without a time, or from before, moves nothing.

        Unless it is from more than a day before: then a line that was ahead of its time is not believed, or another log
        begins here. What is judged by minutes and hours would see nothing of it.
        """
        if at is not None and (at > self._now or at < self._now - _DAY):
            self._now = at


@click.command()
@click.argument("log", type=click.File("rb"), metavar="FILE|-")
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--flagged", is_flag=True, help="Print only decisions that something is wrong with.")
@click.pass_obj
def judge(settings: Settings, log: BinaryIO, output: str, flagged: bool) -> None:
    """Print each decision of an optimizer's log with what is wrong with it.

    No cluster is asked: values from before are known only from earlier decisions. What the optimizer is for (its role)
    is as the settings say, else guessed by its words, and then said to be guessed. Text output ends with all that was
    found, worst first. JSON output is one object a line, {"decision": …, "findings": […]}.

    What was not understood is said, by what the lines have in common. Remarks of level info flag nothing.

    Exit code 0: nothing is flagged, and what may be an action was understood. 1: something is flagged. 2: the log can't
    be read, nothing in it reads like a log, or less than decisions.understood of its actions was understood.
    """
    clock = LogClock()
    plugins = load_all(settings, clock)
    decisions = alarms = 0
    understood = Understood()
    found, working = Groups(), Working()
    entries = 0
    try:
        for judgement in judgements(decode.lines(log), settings, clock, plugins):
            entries += 1
            working.note(partial(_so_far, entries, alarms))
            decisions += judgement.decision.form != "plain" or judgement.decision.reading is EntryReading.ACTION
            understood.add(judgement.decision)
            alarms += judgement.flagged
            for finding in judgement.findings:
                found.add(finding)
            if judgement.flagged or not flagged:
                working.clear()
                _print(judgement, output)
    except (OSError, UnicodeError) as error:
        if isinstance(error, BrokenPipeError):
            sys.exit(FLAGGED if alarms else 0)
        print_line(f"opsconsole: judge: the log can't be read: {error}", err=True)
        sys.exit(UNREADABLE)
    finally:
        working.clear()
    for name, words in plugins.problems.items():
        print_line(f"opsconsole: judge: plugin {name}: {words}", err=True)
    if not decisions:
        print_line("opsconsole: judge: nothing in it reads like a decision (JSON, or '[time] LEVEL: text')", err=True)
        sys.exit(UNREADABLE)
    if output == "text":
        _print_summary(found.worst_first(), found.left_out)
    _print_understood(understood, alarms)
    if alarms:
        sys.exit(FLAGGED)
    sys.exit(UNREADABLE if understood.share < settings.decisions.understood else 0)


def _print_understood(understood: Understood, alarms: int) -> None:
    """Say on standard error how far the log was understood, and what was not."""
    unclear = understood.not_understood()
    for each in unclear[:MOST_SHOWN]:
        print_line(f"not understood, {each.number} ×: {each.template}", err=True)
    if len(unclear) > MOST_SHOWN:
        print_line(f"and {len(unclear) - MOST_SHOWN} other kinds of lines", err=True)
    entries = f"{understood.actions} name an action, {understood.others} none, {understood.unclear} not understood"
    print_line(f"{entries}; {alarms} flagged", err=True)


def _so_far(entries: int, alarms: int) -> str:
    return f"{entries:,} entries read, {alarms:,} flagged …"


def judgements(lines: Iterable[str], settings: Settings, clock: LogClock, plugins: Plugins) -> Iterator[Judgement]:
    """Judge a log line by line, each decision in the light of those before it."""
    switched_on = msgspec.structs.replace(settings.governor, enabled=True)
    governor = Governor(switched_on, _whose(settings), clock, plugins.rules())
    stream = DecisionStream(
        plugins.decision_parsers(),
        on_broken=plugins.parser_broken,
        today=SystemClock().now(),
        zone=zone_of(settings.decisions.zone),
    )
    store = Store()
    for decision in _decisions(lines, stream, clock):
        clock.reached(decision.at)
        delta = store.apply(Batch({Kind.DECISION: {decision.key: decision}}, [], {}))
        found, _over = governor.judge(store, delta)
        yield Judgement(decision, diff(decision, governor), worst_first(found))


def _whose(settings: Settings) -> Optimizers:
    """The optimizers of the settings; in an archive a role alone is enough to say whose log it is."""
    optimizers = Optimizers.of(settings)
    role = settings.optimizer.role
    return Optimizers([Optimizer(role=role)]) if role and not optimizers.each else optimizers


def _decisions(lines: Iterable[str], stream: DecisionStream, clock: LogClock) -> Iterator[Decision]:
    for line in lines:
        yield from stream.feed("log", line, clock.now())
    yield from stream.flush(clock.now(), force=True)


def _print(judgement: Judgement, output: str) -> None:
    decision, rows, findings = judgement
    if output == "json":
        print_json({"decision": decision, "findings": findings})
        return
    targets = [str(each) for each in decision.targets if each.name] or (
        [str(decision.target)] if decision.target else []
    )
    more = f" and {len(targets) - MOST_TARGETS} more" if len(targets) > MOST_TARGETS else ""
    target = f" [{', '.join(targets[:MOST_TARGETS])}{more}]" if targets else ""
    print_line(f"{stamp(decision.at)} {decision.level or '-':8} {decision.message}{target}")
    for row in rows:
        print_line(f"    {row.words}")
    for finding in findings:
        print_line(f"    {finding.severity.value.upper():8} {finding.rule}: {finding.title}")
        if finding.detail:
            print_line(f"             {finding.detail}")


def _print_summary(groups: list[Group], left_out: int) -> None:
    if groups:
        print_lines("\nWhat was found, worst first:")
    total = whole(groups)
    for group in [total, *(each for each in groups if each is not total)] if total is not None else groups:
        about = f" [{group.about}]" if group.about else ""
        when = f"since {stamp(group.since)}" if group.since else "at a time that is not told"
        words = f"{group.finding.title}{about}"
        print_line(f"{group.finding.severity.value.upper():8} {group.count:>5} × {when}  {words}")
    if left_out:
        print_line(f"and {left_out:,} findings more, none of them worse")
