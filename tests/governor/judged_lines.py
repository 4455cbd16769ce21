"""What ``judge`` finds in lines."""

from __future__ import annotations

from collections.abc import Iterable

from opsconsole.commands.looking.judge import LogClock, judgements
from opsconsole.plugins.host import Plugins
from opsconsole.records import Finding
from opsconsole.settings import Settings


def judged(lines: Iterable[str], settings: Settings | None = None) -> list[Finding]:
    """Every finding, remarks too, in the order of the lines."""
    clock = LogClock()
    return [each for one in judgements(lines, settings or Settings(), clock, Plugins(clock)) for each in one.findings]
