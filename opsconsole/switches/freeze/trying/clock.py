"""Asks the API server whether the clock runs that ends approvals, by a dry run that rule ``lapsed`` refuses if so."""

from __future__ import annotations

from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import ClusterError
from opsconsole.govern.names import PARAMETER
from opsconsole.govern.rules.lapsed import RUNS, SINCE, question
from opsconsole.records import Record
from opsconsole.switches.freeze.trying.probe import ImpersonatingApi

STANDS_STILL = (
    "rule lapsed is not in force, API servers keep no Leases, or the rules were uninstalled and installed again since "
    "the API server was started"
)
"""Why a clock that was asked for does not run: from outside these can't be told apart."""

UNENDED = "approved deletes, evictions and scalings through /scale may stand until they are taken off"
"""What it comes to where the clock does not run, or may not."""

_TIMEOUT = 5.0


class ClockAnswer(Record, frozen=True):
    """What came of the question. ``runs`` is ``None`` where that is not known; ``why`` says why it does not run."""

    runs: bool | None
    why: str = ""

    def __str__(self) -> str:
        if self.runs:
            return f"runs: an API server's Lease was seen renewed within {SINCE:g} s"
        return f"STANDS STILL: {self.why}" if self.runs is False else f"unknown: {self.why}"


def ask_clock(api: ImpersonatingApi, now: float) -> ClockAnswer:
    """Ask whichever API server answers. ``now`` is in seconds since the epoch, by its clock. Blocks; never raises."""
    try:
        api.request(
            "PATCH",
            paths.of_kind("Namespace", "", PARAMETER),
            query={"dryRun": "All"},
            body=question(now),
            content_type="application/merge-patch+json",
            timeout=_TIMEOUT,
        )
    except ClusterError as error:
        words = str(error)
        return ClockAnswer(runs=True) if RUNS in words else ClockAnswer(None, words)
    return ClockAnswer(runs=False, why=STANDS_STILL)
