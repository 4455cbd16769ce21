"""The chassis of every feed: whatever is raised, wherever, ends as words on the screen and is tried again."""

from __future__ import annotations

import builtins
import random
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from opsconsole.clock import ClockWatch, SystemClock
from opsconsole.console import Console
from opsconsole.feeds.backoff import LONGEST_ASKED, Backoff
from opsconsole.feeds.health_reporter import HealthReporter
from opsconsole.feeds.polling import PollingFeed, in_words
from opsconsole.feeds.protocol import Inbox, Sink
from opsconsole.plugins.deaths import Deaths
from opsconsole.plugins.guards import GuardedFeed
from opsconsole.records import Health, Kind, State
from opsconsole.settings import Settings
from opsconsole.store import STARTING_SECONDS, Store
from tests.support.clock import ManualClock
from tests.support.waiting import DEADLINE, eventually


def _every_exception() -> Iterator[type[BaseException]]:
    for kind in vars(builtins).values():
        if isinstance(kind, type) and issubclass(kind, BaseException):
            yield kind
    yield msgspec.DecodeError
    yield _WordlessError


class _WordlessError(Exception):
    """One whose text can't be made."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


EVERY = sorted(set(_every_exception()), key=lambda kind: kind.__name__)


def _make(kind: type[BaseException]) -> BaseException:
    special: dict[type[BaseException], tuple[Any, ...]] = {
        UnicodeDecodeError: ("utf-8", b"\xff", 0, 1, "why"),
        UnicodeEncodeError: ("utf-8", "x", 0, 1, "why"),
        UnicodeTranslateError: ("x", 0, 1, "why"),
        BaseExceptionGroup: ("several", [ValueError("one")]),
        ExceptionGroup: ("several", [ValueError("one")]),
    }
    return kind(*special.get(kind, ("why",)))


def _quick() -> Backoff:
    return Backoff(random.Random(1), base=0.001, cap=0.005)


class _Failing(PollingFeed):
    """Fails at one hook until it is told to be well."""

    def __init__(self, hook: str, error: BaseException) -> None:
        super().__init__("toy", SystemClock(), _quick())
        self.hook = hook
        self.error = error
        self.ended = threading.Event()

    def poll(self, sink: Sink, health: HealthReporter) -> float:
        self._maybe("poll")
        if self.hook == "failed":
            raise ValueError("a first failure")
        sink.put(Kind.EVENT, [])
        health.live()
        return 0.001

    def failed(self, error: BaseException, health: HealthReporter) -> float:
        self._maybe("failed")
        return super().failed(error, health)

    def end(self) -> None:
        self.ended.set()
        self._maybe("end")

    def _maybe(self, hook: str) -> None:
        if hook == self.hook:
            raise self.error


class _Screen:
    """A sink that can be broken for a while, and waits for what is expected of it."""

    def __init__(self, broken: str = "", error: BaseException | None = None) -> None:
        self.inbox = Inbox()
        self.store = Store()
        self.broken = broken
        self.error = error
        self.has_raised = threading.Event()

    def put(self, kind: Kind, records: Any) -> None:
        self._maybe("put")
        self.inbox.put(kind, records)

    def drop(self, kind: Kind, keys: Any) -> None:
        self.inbox.drop(kind, keys)

    def health(self, health: Health) -> None:
        self._maybe("health")
        self.inbox.health(health)

    def wait(self, condition: Callable[[Health], bool], feed: str = "toy") -> Health:
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline:
            self.store.apply(self.inbox.drain())
            found = self.store.health.get(feed)
            if found is not None and condition(found):
                return found
            time.sleep(0.002)  # there are hundreds of these
        raise AssertionError(f"waited in vain; {self.store.health}")

    def _maybe(self, what: str) -> None:
        if what == self.broken and self.error is not None:
            self.has_raised.set()
            raise self.error


@pytest.fixture(autouse=True)
def _own_log(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


@pytest.mark.parametrize("hook", ["poll", "failed", "put", "health"])
@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)
def test_whatever_is_raised_is_said_and_the_feed_comes_alive_again(kind: type[BaseException], hook: str) -> None:
    error = _make(kind)
    feed, screen = _Failing(hook, error), _Screen()
    feed.start(screen)
    if hook in {"put", "health"}:
        screen.wait(lambda health: health.state is State.LIVE)
        screen.broken, screen.error = hook, error
        assert screen.has_raised.wait(DEADLINE)
    if hook != "health":
        health = screen.wait(lambda health: health.state in {State.DOWN, State.STALE})
        assert health.detail
    feed.hook, screen.broken = "", ""
    since = screen.store.health["toy"].seen or 0.0
    feed.retry()
    screen.wait(lambda health: health.state is State.LIVE and (health.seen or 0.0) > since)
    feed.stop()
    assert feed.ended.wait(DEADLINE)


def test_what_fails_at_the_end_leaves_no_thread() -> None:
    feed = _Failing("end", SystemExit(3))
    before = set(threading.enumerate())
    feed.start(_Screen())
    (thread,) = (each for each in set(threading.enumerate()) - before if each.name == "feed-toy")
    feed.stop()
    thread.join(DEADLINE)
    assert not thread.is_alive()


def test_the_system_s_errors_are_told_in_its_words_and_others_as_defects() -> None:
    assert in_words(OSError(5, "Input/output error")) == "input/output error; trying again"
    assert in_words(ValueError("x\x1b[31m")).startswith("a defect in opsconsole: ValueError: x␛[31m")
    assert in_words(_WordlessError()) == "a defect in opsconsole: _WordlessError; trying again"


def test_retry_after_is_capped() -> None:
    assert Backoff(random.Random(1)).next(600.0) < LONGEST_ASKED + 1.0


def test_the_operator_s_retry_ends_the_wait() -> None:
    class Slow(PollingFeed):
        rounds = 0

        def poll(self, sink: Sink, health: HealthReporter) -> float:
            self.rounds += 1
            raise OSError(5, "Input/output error")

        def failed(self, error: BaseException, health: HealthReporter) -> float:
            health.failed("no")
            return 3600.0

    feed, screen = Slow("toy", SystemClock()), _Screen()
    console = Console(Settings(), [feed], SystemClock())
    feed.start(screen)
    screen.wait(lambda health: health.state is State.DOWN)
    console.retry()
    eventually(lambda: feed.rounds > 1, "it asks again")
    feed.stop()


# --- the end of starting, and ages -----------------------------------------------------------------------------------


def test_starting_has_an_end_though_the_feed_hangs() -> None:
    class Hanging:
        name = "toy"

        def start(self, sink: Sink) -> None:
            sink.health(Health("toy", State.STARTING, clock.now(), detail="reading"))

        def stop(self) -> None:
            """Hangs."""

    clock = ManualClock(1_000_000.0, ticks=50.0)
    console = Console(Settings(), [Hanging()], clock)
    console.start()
    console.pump()
    clock.passes(STARTING_SECONDS - 1)
    console.pump()
    assert console.health()["toy"].state is State.STARTING
    clock.passes(2)
    assert console.pump().health == {"toy"}
    assert console.health()["toy"].state is State.DOWN
    assert "no answer in the first 30 s" in console.health()["toy"].detail
    console.inbox.health(Health("toy", State.LIVE, clock.now(), clock.now()))
    console.pump()
    assert console.health()["toy"].state is State.LIVE


@pytest.mark.parametrize("step", [-7200.0, 7200.0])
def test_ages_stay_what_they_are_when_the_clock_is_set(step: float) -> None:
    clock, screen = ManualClock(1_000_000.0, ticks=50.0), _Screen()
    console = Console(Settings(), [], clock)
    reporter = HealthReporter("toy", clock, console.inbox)
    reporter.live()
    console.pump()
    clock.passes(10)
    clock.is_set(step)
    console.pump()
    kept = console.health()["toy"]
    assert clock.now() - kept.since == pytest.approx(10)
    assert clock.now() - (kept.seen or 0) == pytest.approx(10)
    clock.passes(5)
    reporter.failed("gone")  # told after the step, of what was heard before it
    console.pump()
    told = console.health()["toy"]
    assert clock.now() - (told.seen or 0) == pytest.approx(15)
    assert clock.now() - told.since == pytest.approx(0)
    assert screen.store.health == {}


def test_a_slewing_clock_is_not_a_step() -> None:
    clock = ManualClock(1_000_000.0, ticks=50.0)
    watch = ClockWatch(clock)
    clock.is_set(0.2)
    assert watch.look().step == 0.0
    clock.is_set(60)
    assert watch.look().step == pytest.approx(60.2)
    assert watch.look().step == 0.0


def test_doubt_makes_live_stale_until_it_is_taken_back() -> None:
    clock, screen = ManualClock(1_000_000.0, ticks=50.0), _Screen()
    reporter = HealthReporter("toy", clock, screen)
    reporter.doubt("the server is silent")
    assert screen.wait(lambda health: True).state is State.STARTING
    reporter.live("fine")
    health = screen.wait(lambda health: health.state is State.STALE)
    assert health.detail == "the server is silent"
    reporter.doubt("")
    assert screen.wait(lambda health: health.state is State.LIVE).detail == "fine"


# --- plugins' feeds ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [ValueError, MemoryError, GeneratorExit], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("where", ["start", "thread", "thread that ends before the start is over"])
def test_a_plugin_s_feed_that_dies_is_down_and_started_again(kind: type[BaseException], where: str) -> None:
    class Dying:
        name = "toy"
        starts = 0

        def start(self, sink: Sink) -> None:
            self.starts += 1
            if self.starts > 2:
                sink.health(Health("toy", State.LIVE, 1.0, 1.0))
                return
            if where == "start":
                raise kind("why")
            thread = threading.Thread(target=self._die, daemon=True)
            thread.start()
            if where != "thread":
                thread.join()

        def stop(self) -> None:
            """Nothing runs any more."""

        def _die(self) -> None:
            raise kind("why")

    said: list[str] = []
    plugin, screen = Dying(), _Screen()
    feed = GuardedFeed(plugin, SystemClock(), said.append, _quick())
    feed.start(screen)
    screen.wait(lambda health: health.state is State.LIVE and plugin.starts == 3)
    feed.stop()
    assert [kind.__name__ in words for words in said] == [True, True]


def test_a_thread_of_somebody_else_that_dies_meanwhile_is_told_to_whoever_was_told_before() -> None:
    heard: list[str] = []
    may_end = threading.Event()

    def die() -> None:
        may_end.wait()
        raise ValueError("why")

    thread = threading.Thread(target=die, daemon=True)
    before = threading.excepthook
    threading.excepthook = lambda about: heard.append(str(about.exc_value))
    try:
        thread.start()

        def begin() -> None:
            may_end.set()
            thread.join()

        Deaths().watch(begin, lambda error: heard.append(f"ours: {error}"))
    finally:
        threading.excepthook = before
    assert heard == ["why"]
