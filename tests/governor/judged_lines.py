"""Lines of an optimizer's log, and what ``judge`` finds in them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from opsconsole.commands.looking.judge import LogClock, judgements
from opsconsole.plugins.host import Plugins
from opsconsole.records import Finding, Severity
from opsconsole.settings import Settings

AT = "2026-06-30T09:15:01Z"
"""When a line alone was written."""

_BEGIN = datetime(2026, 6, 30, 9, tzinfo=UTC)


def words(message: str) -> str:
    """A line alone that says so."""
    return f"{AT} INFO {message}"


def zap(message: str, **more: object) -> str:
    """A document alone, with attributes beside its message."""
    return json.dumps({"ts": AT, "level": "info", "msg": message} | more)


def at(second: float, message: str) -> str:
    """A line that says so, of some at their times."""
    return f"{(_BEGIN + timedelta(seconds=second)):%Y-%m-%dT%H:%M:%S.%fZ} INFO {message}"


def zap_at(second: float, message: str, **more: object) -> str:
    """A document of some at their times."""
    return json.dumps({"ts": _BEGIN.timestamp() + second, "level": "info", "msg": message} | more)


def judged(lines: Iterable[str], settings: Settings | None = None) -> list[Finding]:
    """Every finding, remarks too, in the order of the lines."""
    clock = LogClock()
    return [each for one in judgements(lines, settings or Settings(), clock, Plugins(clock)) for each in one.findings]


def alarms(*lines: str) -> set[str]:
    """The rules that have an alarm; a remark is none."""
    return set(severities(*lines))


def by_minutes(*messages: str) -> dict[str, Severity]:
    """The worst severity of each rule that has an alarm, of lines a minute apart."""
    return severities(*(at(60 * minute, message) for minute, message in enumerate(messages)))


def severities(*lines: str) -> dict[str, Severity]:
    """The worst severity of each rule that has an alarm."""
    worst: dict[str, Severity] = {}
    for each in judged(lines):
        if each.severity is not Severity.INFO:
            worst[each.rule] = min(worst.get(each.rule, each.severity), each.severity, key=lambda one: one.rank)
    return worst
