"""The chassis of every feed: a thread that asks its source again and again and can't die silently.

Whatever a step raises ends as words on the screen and is tried again with back-off. There is no exception that is not
caught here: a thread that ended would leave its pane "live" for ever.
"""

from __future__ import annotations

import random
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable

from opsconsole.clock import Clock
from opsconsole.feeds.backoff import Backoff
from opsconsole.feeds.health_reporter import HealthReporter
from opsconsole.feeds.protocol import Sink
from opsconsole.files.faults import record_fault
from opsconsole.text import clean_line

LONGEST_WORDS = 300
"""Characters kept of what an exception says."""

_HARDEST = 5.0
"""Seconds to wait where even the answer to a failure failed, as without memory."""


class Loop:
    """Runs a step again and again on a daemon thread of its own until it is stopped.

    Args:
        name: of the thread.
        step: one round; returns the seconds until the next.
        trouble: told what a step raised, whatever it is; returns the seconds until the next try.
        last: called once on the thread behind the last step.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], float],
        trouble: Callable[[BaseException], float],
        last: Callable[[], None] = lambda: None,
    ) -> None:
        self._name = name
        self._step = step
        self._trouble = trouble
        self._last = last
        self._hurry = threading.Event()
        self.stopping = threading.Event()
        """Set when the thread shall end; long steps look at it."""

    def start(self) -> None:
        """Begin. Returns at once."""
        threading.Thread(target=self._run, name=self._name, daemon=True).start()

    def stop(self) -> None:
        """Ask the thread to end. Returns at once."""
        self.stopping.set()
        self._hurry.set()

    def hurry(self) -> None:
        """Make the next round now."""
        self._hurry.set()

    def _run(self) -> None:
        while not self.stopping.is_set():
            self._hurry.clear()
            delay = self._round()
            if not self.stopping.is_set():
                self._hurry.wait(delay)
        self._round(self._end)

    def _end(self) -> float:
        self._last()
        return 0.0

    def _round(self, step: Callable[[], float] | None = None) -> float:
        try:
            return (step or self._step)()
        except BaseException as error:  # noqa: BLE001 - SystemExit of a library ends a thread as surely as a defect
            try:
                return self._trouble(error)
            except BaseException:  # noqa: BLE001 - the sink failed too, or there is no memory for words
                return _HARDEST


class PollingFeed(ABC):
    """A feed on the chassis. Subclasses say what one round does, and may say what their own errors mean.

    Args:
        name: of the feed, as its health and its pane call it.
        clock: the time.
        backoff: how to wait after failures.
    """

    sentences: tuple[type[Exception], ...] = ()
    """Errors of the source whose text is a sentence for the operator; any other is told as a defect of ours."""

    def __init__(self, name: str, clock: Clock, backoff: Backoff | None = None) -> None:
        self.name = name
        self._clock = clock
        self._backoff = backoff or Backoff(random.Random(), base=1.0, cap=30.0)  # noqa: S311 - jitter, no secret
        self._loop = Loop(f"feed-{name}", self._step, self._trouble, self.end)
        self._stopping = self._loop.stopping
        self._sink: Sink | None = None
        self._reporter: HealthReporter | None = None

    @abstractmethod
    def poll(self, sink: Sink, health: HealthReporter) -> float:
        """Ask the source once, put what it says, and say how it is. Runs on the feed's thread.

        Returns:
            Seconds until the next round.

        Raises:
            Exception: anything; :meth:`failed` puts it in words, and the next round comes after a back-off.
        """

    def failed(self, error: BaseException, health: HealthReporter) -> float:
        """Say what a failed round means and return the seconds until the next. May be overridden for known errors."""
        health.failed(clean_line(str(error)) if isinstance(error, self.sentences) else in_words(error))
        return self._backoff.next()

    def end(self) -> None:  # noqa: B027 - most feeds hold nothing
        """Let go of what the feed holds; called on its thread behind the last round."""

    def start(self, sink: Sink) -> None:
        """Begin to read. Returns at once."""
        self._sink = sink
        self._reporter = HealthReporter(self.name, self._clock, sink)
        self._loop.start()

    def stop(self) -> None:
        """Ask the thread to end. Returns at once; one that hangs in a read is left behind as a daemon."""
        self._loop.stop()

    def retry(self) -> None:
        """Ask now, however long the back-off would still last: the operator wants it."""
        self._backoff.reset()
        self._loop.hurry()

    def _step(self) -> float:
        assert self._sink is not None  # noqa: S101 - for the type checker: start() sets both
        assert self._reporter is not None  # noqa: S101
        return self.poll(self._sink, self._reporter)

    def _trouble(self, error: BaseException) -> float:
        assert self._reporter is not None  # noqa: S101 - as above
        if self._stopping.is_set():
            return 0.0
        try:
            return self.failed(error, self._reporter)
        except BaseException as second:  # noqa: BLE001 - the feed's own words for it failed
            self._reporter.failed(in_words(second))
            return self._backoff.next()


def in_words(error: BaseException) -> str:
    """Return a sentence for an exception that nobody expected, and keep its traceback in the log of our faults.

    An ``OSError`` is the system's word, and not a defect: it is told by what the system calls it.
    """
    if isinstance(error, OSError) and error.strerror:
        return clean_line(f"{error.strerror.lower()}; trying again", LONGEST_WORDS)
    try:
        said = clean_line(str(error), LONGEST_WORDS)
    except BaseException:  # noqa: BLE001 - an exception whose text can't be made
        said = ""
    name = type(error).__name__
    record_fault(f"a feed failed: {name}", error)
    return f"a defect in opsconsole: {name}{f': {said}' if said else ''}; trying again"
