"""How a guard tells people, also by ways that hang, fail or flood; and what it answers whoever asks for its health."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from opsconsole.cluster.transport.errors import Denied, NotFound
from opsconsole.guard.ability import Ability
from opsconsole.guard.leader import Leadership
from opsconsole.guard.outlet import MOST, Outlet
from opsconsole.guard.report import Reporter, WayHealth, Word
from opsconsole.guard.state import GuardState
from opsconsole.guard.trigger import Trigger
from opsconsole.guard.web import Vitals
from opsconsole.records import Finding, Plan, Ref, Severity, Step
from opsconsole.settings import GuardSettings
from tests.govern.guard.leading.test_guard_turns import TurnBoard
from tests.govern.guard.test_guard import LeaseApi, lease
from tests.support.clock import ManualClock
from tests.support.waiting import eventually


class Hanging:
    """Takes the first thing and keeps it until it is let go; ``taken`` is what it was given."""

    def __init__(self) -> None:
        self.go, self.taken = threading.Event(), list[int]()

    def __call__(self, thing: int) -> None:
        self.taken.append(thing)
        self.go.wait(30)


def test_a_way_that_hangs_holds_up_nobody_and_keeps_what_is_new() -> None:
    way = Hanging()
    outlet = Outlet[int]("slow", way, lambda *_: None)
    outlet.put(0)
    eventually(lambda: way.taken == [0], "it hangs")
    for thing in range(1, MOST + 11):
        outlet.put(thing)
    assert outlet.finish(0.0) == MOST + 1, "the one that hangs, and as many as wait"
    way.go.set()
    assert outlet.finish(20.0) == 0
    assert way.taken == [0, *range(11, MOST + 11)], "the oldest went"


def test_a_way_that_fails_is_said_and_tells_the_next() -> None:
    failed: list[tuple[int, str]] = []
    told: list[int] = []

    def way(thing: int) -> None:
        if thing == 1:
            raise OSError("down")
        told.append(thing)

    outlet = Outlet[int]("broken", way, lambda thing, error: failed.append((thing, str(error))))
    for thing in (1, 2):
        outlet.put(thing)
    assert outlet.finish(20.0) == 0
    assert (failed, told) == ([(1, "down")], [2])


@contextmanager
def webhook(status: int, hold: threading.Event | None = None) -> Iterator[tuple[str, list[Any]]]:
    """A server that answers each POST so, once ``hold`` is set; yields its address and what was posted."""
    got: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        """Answers POST."""

        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            if hold is not None:
                hold.wait(30)
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", got
    finally:
        server.shutdown()
        server.server_close()


def events(out: io.StringIO) -> list[str]:
    return [json.loads(line)["event"] for line in out.getvalue().splitlines()]


def test_a_webhook_is_told_the_text_without_what_a_terminal_obeys() -> None:
    out = io.StringIO()
    with webhook(200) as (address, got):
        reporter = Reporter(out, None, address)
        reporter.tell(Word(1.0, "Tripped", "a\x1b[2Jb"))
        reporter.finish(2.0, 60.0)
    assert (got[0]["event"], got[0]["at"]) == ("Tripped", 1.0)
    assert "\x1b" not in got[0]["text"]
    assert events(out) == ["Tripped"]


def test_a_webhook_that_answers_500_is_said_and_told_the_next_word() -> None:
    out = io.StringIO()
    with webhook(500) as (address, got):
        reporter = Reporter(out, None, address)
        for kind in ("Tripped", "Frozen"):
            reporter.tell(Word(1.0, kind, "t"))
        reporter.finish(2.0, 60.0)
    assert [each["event"] for each in got] == ["Tripped", "Frozen"]
    assert sorted(events(out)) == ["Frozen", "NotTold", "Tripped"], "that it fails is said once"
    assert reporter.ways() == {"webhook": WayHealth(works=False, not_told=2)}


def test_a_webhook_that_hangs_is_waited_for_no_longer_than_the_end_may_take(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opsconsole.guard.report.WEBHOOK_SECONDS", 60.0)
    out, hold = io.StringIO(), threading.Event()
    with webhook(200, hold) as (address, got):
        reporter = Reporter(out, None, address)
        for kind in ("Tripped", "Frozen"):
            reporter.tell(Word(1.0, kind, "t"))
        assert events(out) == ["Tripped", "Frozen"], "the lines do not wait for it"
        eventually(lambda: len(got) == 1, "it hangs")
        reporter.finish(2.0, 0.0)
        hold.set()
    last = json.loads(out.getvalue().splitlines()[2])
    assert (last["event"], "2 not told" in last["text"]) == ("NotTold", True)


def test_a_plugin_s_way_that_comes_later_is_told_from_then_on_beside_one_that_fails() -> None:
    class Way:
        """A plugin's way."""

        def __init__(self, name: str) -> None:
            self.name, self.told = name, list[str]()

        def tell(self, word: Word) -> None:
            self.told.append(word.kind)
            if self.name == "broken":
                raise ValueError("no such channel")

    broken, good = Way("broken"), Way("good")
    ways, out = [broken], io.StringIO()
    reporter = Reporter(out, None, "", lambda: ways)
    reporter.tell(Word(1.0, "Started", "t"))
    ways.append(good)
    reporter.tell(Word(1.0, "Tripped", "t"))
    reporter.finish(2.0, 60.0)
    assert (broken.told, good.told) == (["Started", "Tripped"], ["Tripped"])
    assert events(out).count("NotTold") == 1, "it fails as it did before"
    assert reporter.ways() == {"broken": WayHealth(works=False, not_told=2), "good": WayHealth(works=True)}


DENIED = Denied("POST /apis/events.k8s.io/v1/namespaces/opsconsole/events: denied")
GONE = NotFound("the namespace opsconsole is not there")


@pytest.mark.parametrize(
    ("answers", "said", "health"),
    [
        pytest.param([None] * 3, [], WayHealth(works=True), id="it works"),
        pytest.param([DENIED] * 5, ["NotTold"], WayHealth(works=False, not_told=5), id="no right, each time"),
        pytest.param(
            [DENIED, DENIED, None, None],
            ["NotTold", "ToldAgain"],
            WayHealth(works=True, not_told=2),
            id="the right was granted",
        ),
        pytest.param(
            [DENIED, None, DENIED],
            ["NotTold", "ToldAgain", "NotTold"],
            WayHealth(works=False, not_told=2),
            id="granted, and taken away once more",
        ),
        pytest.param(
            [DENIED, GONE, GONE],
            ["NotTold", "NotTold"],
            WayHealth(works=False, not_told=3),
            id="another reason is another state",
        ),
        pytest.param(
            [OSError(f"port 4{n}: refused after 0.{n} s") for n in range(4)],
            ["NotTold"],
            WayHealth(works=False, not_told=4),
            id="numbers make no other state",
        ),
        pytest.param(
            [OSError(f"<Channel object at 0x7f3a{each}>: closed") for each in ("c0de", "beef", "12ab", "0000")],
            ["NotTold"],
            WayHealth(works=False, not_told=4),
            id="nor does where an object is in memory",
        ),
        pytest.param([], [], WayHealth(), id="nothing to tell: nobody knows"),
    ],
)
def test_that_a_way_fails_is_said_once_a_state_and_counted_each_time(
    answers: list[Exception | None], said: list[str], health: WayHealth
) -> None:
    left = iter(answers)

    def announce(*_: object) -> None:
        if (error := next(left)) is not None:
            raise error

    out = io.StringIO()
    reporter = Reporter(out, announce)
    for at, _ in enumerate(answers):
        reporter.tell(Word(float(at), "Tripped", "t"))
        reporter.finish(9.0, 60.0)
    assert [each for each in events(out) if each != "Tripped"] == said
    assert reporter.ways() == {"event": health}
    (lost,) = [each for each in _metrics(reporter) if "not_told_total{" in each]
    assert lost.endswith(f" {float(health.not_told)}")
    fails = [each.rpartition(" ")[2] for each in _metrics(reporter) if "way_fails{" in each]
    assert fails == ([] if health.works is None else [str(float(not health.works))])


def _metrics(reporter: Reporter) -> list[str]:
    registry = CollectorRegistry()
    registry.register(Vitals(GuardState(), Leadership(2.0, ManualClock(), lambda _: None), float, dict, reporter.ways))
    return generate_latest(registry).decode().splitlines()


def test_a_way_that_hangs_fails_until_it_is_through(monkeypatch: pytest.MonkeyPatch) -> None:
    go, out = threading.Event(), io.StringIO()
    reporter = Reporter(out, lambda *_: go.wait(60))
    reporter.tell(Word(0.0, "Tripped", "t"))
    way = reporter._ways["event"].outlet
    eventually(lambda: way.held() > 0, "it hangs")
    assert reporter.ways() == {"event": WayHealth()}, "it may take its time"
    monkeypatch.setattr("opsconsole.guard.report.HANGS", 0.0)
    assert reporter.ways() == {"event": WayHealth(works=False)}
    assert 'opsconsole_guard_way_fails{way="event"} 1.0' in _metrics(reporter)
    go.set()
    reporter.finish(1.0, 60.0)
    assert reporter.ways() == {"event": WayHealth(works=True)}


def test_what_a_way_that_hangs_never_tried_is_counted_as_not_told() -> None:
    go, out = threading.Event(), io.StringIO()
    reporter = Reporter(out, lambda *_: go.wait(60))
    reporter.tell(Word(0.0, "Tripped", "t"))
    way = reporter._ways["event"].outlet
    eventually(lambda: not way._waiting, "it hangs with the first")
    for _ in range(MOST + 3):
        reporter.tell(Word(0.0, "Tripped", "t"))
    assert reporter.ways()["event"].not_told == 3
    go.set()
    reporter.finish(1.0, 60.0)


def found(key: str, at: float) -> Finding:
    return Finding(key, "cut", Severity.CRITICAL, "t", at=at)


def test_reasons_come_the_oldest_first_and_what_has_no_time_is_now() -> None:
    trigger = Trigger(GuardSettings(), since=100.0)
    assert [each.key for each in trigger.look([found("b", 120.0), found("a", 110.0), found("c", 0.0)], 121.0)] == [
        "c", "a", "b",
    ]  # fmt: skip


def test_what_happened_at_the_very_moment_of_the_start_is_history() -> None:
    assert not Trigger(GuardSettings(), since=100.0).look([found("a", 100.0)], 101.0)


def test_an_earlier_thaw_does_not_take_back_a_later_one() -> None:
    trigger = Trigger(GuardSettings(), since=100.0)
    for thawed in (120.0, 110.0):
        trigger.stand_down(thawed)
    assert not trigger.look([found("a", 115.0)], 121.0)


def test_a_lease_that_is_a_defect_of_ours_is_said_and_tended_on(clock: ManualClock) -> None:
    told: list[Word] = []
    leads = Leadership(2.0, clock, told.append)
    held = leads.lease = lease(LeaseApi(), clock, "a")
    leads._round(held)

    def broken() -> bool:
        raise KeyError("no such thing")

    good, held.tend = held.tend, broken  # type: ignore[method-assign]
    clock.passes(30.0)
    leads._round(held)
    assert ("KeyError" in leads.why_not(), leads.failures) == (True, 1)
    held.tend = good  # type: ignore[method-assign]
    leads._round(held)
    assert (leads.why_not(), [word.kind for word in told]) == ("", ["Leading", "NotLeading", "Leading"])


def test_a_lease_that_may_not_be_written_is_said_with_the_right_that_is_missing(clock: ManualClock) -> None:
    leads = Leadership(2.0, clock, lambda _: None)
    held = leads.lease = lease(LeaseApi(), clock, "a")

    def refused() -> bool:
        raise Denied("403", status=403)

    held.tend = refused  # type: ignore[method-assign]
    leads._round(held)
    assert "grant it get, create and update of leases" in leads.why_not()


def test_a_guard_that_never_led_is_not_told_to_have_lost_its_lead(clock: ManualClock) -> None:
    told: list[Word] = []
    api = LeaseApi()
    lease(api, clock, "another").tend()
    leads = Leadership(2.0, clock, told.append)
    held = leads.lease = lease(api, clock, "a")
    for _ in range(2):
        leads._round(held)
    assert told == []


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1000.0)


def plan(*, chosen: bool = True, refused: str = "", blocked: str = "", nothing: bool = False) -> Plan:
    step = Step("k", "t", "e", Ref("Namespace", "", "n"), chosen=chosen, refused=refused)
    return Plan("freeze", "t", 0.0, "", (step,), blocked=blocked, nothing=nothing)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (plan(), ""),
        (plan(refused="you may not patch namespaces"), "you may not patch namespaces; bind"),
        (plan(chosen=False, refused="you may not delete"), ""),
        (plan(blocked="nobody is named"), "nobody is named"),
        (plan(blocked="it stands", nothing=True), ""),
    ],
    ids=["it could", "a step is refused", "only what is not chosen is refused", "blocked", "it stands already"],
)
def test_whether_it_could_freeze_is_told_by_the_plan(clock: ManualClock, made: Plan, words: str) -> None:
    board, ability = TurnBoard(), Ability(clock)
    board.make_plan = lambda _: made  # type: ignore[method-assign, assignment]
    assert ability.look(board)
    assert ability.why_not.startswith(words) if words else ability.why_not == ""
