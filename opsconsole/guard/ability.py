"""Whether the guard could freeze if it had to: asked before there is a reason to, and said while it could not."""

from __future__ import annotations

from opsconsole.clock import Clock
from opsconsole.cluster.transport.errors import ClusterError, Denied
from opsconsole.guard.trouble import GRANT
from opsconsole.switches.engine.board import Switchboard
from opsconsole.switches.freeze.plan import NAME as FREEZE

AGAIN = 60.0
"""Seconds until it is asked again, and said where it could not: who reads a log reads its end, and who cuts the guard's
rights in the night is not to be noticed only when they are needed. A question is a plan and its dry runs."""


class Ability:
    """Asks for a freeze's plan from time to time.

    Args:
        clock: tells when.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._due = float("-inf")
        self.why_not = ""
        """Why a freeze would fail, by the last answer; empty where it would not, and where there was none yet."""

    def look(self, board: Switchboard) -> bool:
        """Ask if it is time to, and return whether there was an answer. Blocks."""
        if self._clock.monotonic() < self._due:
            return False
        answer = _why_not(board)
        if answer is not None:
            self.why_not = answer
        self._due = self._clock.monotonic() + AGAIN
        return answer is not None


def _why_not(board: Switchboard) -> str | None:
    """Why a freeze would fail, empty if it would not; ``None`` if that can't be told now."""
    try:
        plan = board.make_plan(FREEZE)
    except Denied as error:
        return f"{error}; {GRANT}"
    except ClusterError:
        return None  # an API server that does not answer is told of by every feed
    if plan.blocked:
        return "" if plan.nothing else plan.blocked
    refused = next((step.refused for step in plan.steps if step.chosen and step.refused), "")
    return f"{refused}; {GRANT}" if refused else ""
