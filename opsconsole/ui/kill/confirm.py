"""Whether an Enter was meant: one fresh key press by somebody who could see the plan. Pure.

A key that repeats, a paste, and what was typed ahead before the plan could be read never confirm. Times are those at
which the terminal's bytes came in, not those at which the event loop got round to them.
"""

from __future__ import annotations

ARM = 0.4
"""Seconds that a plan must have been on the screen: nobody reads and decides faster."""

QUIET = 0.7
"""Seconds without any other key before the Enter. Keys repeat every 30 ms, after a first pause of up to 660 ms."""

UNANSWERED = 1.0
"""Seconds after which a plan counts as shown on a terminal that does not answer where its cursor is."""


class Confirmation:
    """Decides about each Enter. ``why`` says in words what was wrong with the last one, empty if nothing was."""

    def __init__(self) -> None:
        self.why = ""
        self._handed_over: float | None = None
        self._seen: float | None = None
        self._last_key = float("-inf")

    def changed(self) -> None:
        """What is to be confirmed is another plan by now: it has not been shown yet."""
        self._handed_over = self._seen = None

    def painted(self, at: float) -> None:
        """The plan was handed to the terminal, which may be slow or far away."""
        if self._handed_over is None:
            self._handed_over = at

    def answered(self, at: float) -> None:
        """The terminal answered a question that was asked behind the plan: it has drawn it."""
        if self._handed_over is not None and self._seen is None:
            self._seen = at

    def key(self, at: float) -> None:
        """Some other key, or a paste, came in."""
        self._last_key = max(self._last_key, at)

    def ready_at(self) -> float | None:
        """When an Enter can count at the earliest; ``None`` while the plan is not on the screen."""
        if self._handed_over is None:
            return None
        seen = self._handed_over + UNANSWERED if self._seen is None else self._seen
        return max(seen + ARM if self._seen is not None else seen, self._last_key + QUIET)

    def enter(self, at: float, *, burst: bool = False) -> bool:
        """Whether this Enter confirms. ``burst``: it came in the same read as other keys."""
        ready, quiet_since = self.ready_at(), self._last_key
        self._last_key = max(self._last_key, at)
        if burst:
            self.why = "that Enter came together with other keys (a paste?): not counted"
        elif ready is None:
            self.why = "the plan was not on the screen yet: not counted, press Enter again"
        elif at - quiet_since < QUIET:
            self.why = "that Enter came too soon after another key (a repeat?): not counted, pause and press it again"
        elif at < ready:
            self.why = "that Enter was typed before the plan could be read: not counted, press it again"
        else:
            self.why = ""
        return not self.why
