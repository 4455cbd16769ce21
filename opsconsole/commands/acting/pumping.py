"""Pumps a console where no screen does."""

from __future__ import annotations

from opsconsole.console import Console
from opsconsole.files.faults import record_fault


class Pumping:
    """Goes on whatever a judge or an observer raises: a kill switch is at work, or about to be.

    The console itself says what was missed (:data:`opsconsole.console.JUDGES`), and plans read that.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._failed = ""

    def once(self) -> None:
        """Bring the store up to date. Never raises; the same failure is kept in the log of our faults once."""
        try:
            self._console.pump()
        except Exception as error:  # noqa: BLE001 - whatever it is, what is confirmed is carried through
            said = repr(error)
            if said != self._failed:
                self._failed = said
                record_fault("taking in what changed", error)
