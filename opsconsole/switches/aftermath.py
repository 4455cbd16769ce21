"""Tells the console what became of an execution that nobody saw end: a finding from the start on."""

from __future__ import annotations

import os
import socket

from opsconsole.clock import Clock
from opsconsole.feeds.protocol import Sink
from opsconsole.journal.aftermath import LeftAlone, left_alone
from opsconsole.journal.entry import Who
from opsconsole.journal.reader import read_checked
from opsconsole.journal.writer import Journal, JournalError
from opsconsole.records import Finding, Kind, Severity

RULE = "left-alone"


def aftermath(journal: Journal, now: float) -> LeftAlone:
    """What became of the newest execution if nobody saw it end, or that the journal can't say; else nothing."""
    try:
        entries, doubted = read_checked(journal.folder)
    except JournalError as error:
        return LeftAlone(str(error))
    found = left_alone(entries, now, _is_there)
    return found if found.words else LeftAlone(doubted.get(0, ""))


class Aftermath:
    """A feed of at most one finding."""

    name = "aftermath"

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock

    def start(self, sink: Sink) -> None:
        now = self._clock.now()
        words, proved = aftermath(self._journal, now)
        if words:
            severity = Severity.WARNING if proved else Severity.CRITICAL
            detail = "opsconsole journal show tells every step; u takes back what was done"
            sink.put(Kind.FINDING, [Finding(RULE, RULE, severity, words, detail, at=now)])

    def stop(self) -> None:
        """There is nothing to stop."""


def _is_there(who: Who) -> bool:
    if who.host != socket.gethostname() or who.pid == os.getpid() or who.pid <= 0:
        return False
    try:
        os.kill(who.pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
