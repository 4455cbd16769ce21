"""Logs: followed through everything, nothing twice, nothing without end."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.cluster.questions import logs
from opsconsole.cluster.questions.loglines import LogLine, Place
from opsconsole.cluster.questions.logs import ContainerLog
from opsconsole.cluster.transport.errors import ClusterError, Denied, NotFound, Unreachable
from opsconsole.feeds.backoff import Backoff
from opsconsole.text import LINE_GOES_ON
from tests.cluster import faults as answers
from tests.cluster.conftest import Connect
from tests.cluster.faults import Exchange, FaultServer

PATH = "/api/v1/namespaces/ops/pods/aura/log"


def stamped(second: int, nanos: int, text: str) -> bytes:
    return f"2026-11-21T22:36:{second:02}.{nanos:09}Z {text}\n".encode()


def chunks(*data: bytes, then: answers.Answer | None = None) -> answers.Answer:
    def answer(exchange: Exchange) -> None:
        exchange.begin_stream()
        for each in data:
            exchange.chunk(each)
        if then is None:
            exchange.chunk(b"")
        else:
            then(exchange)

    return answer


@pytest.fixture
def follow(faults: FaultServer, connect_to: Connect) -> Iterator[Callable[..., ContainerLog]]:
    opened: list[ContainerLog] = []

    def make(**options: Any) -> ContainerLog:
        given = {"follow": True, "backoff": Backoff(random.Random(1), 0.01, 0.05), "denied_pause": 0.02, **options}
        log = ContainerLog(connect_to(faults.url), "ops", "aura", "optimizer", **given)
        opened.append(log)
        return log

    yield make
    for log in opened:
        log.close()


def take(log: ContainerLog, count: int) -> list[str]:
    """Return the next lines of a log that goes on, or fail after a while."""
    stop = threading.Timer(60, log.close)
    stop.start()
    found = []
    for line in log:
        found.append(line.text)
        if len(found) == count:
            break
    stop.cancel()
    assert len(found) == count, found
    return found


def test_a_log_is_asked_for_as_kubectl_does(faults: FaultServer, connect_to: Connect) -> None:
    faults.on(PATH, answers.body(stamped(1, 5, "one") + stamped(2, 0, "two  words") + b"no time\n"))
    log = ContainerLog(connect_to(faults.url), "ops", "aura", "optimizer", tail=50, previous=True)
    assert list(log) == [LogLine("one", 1795300561.0), LogLine("two  words", 1795300562.0), LogLine("no time", None)]
    (asked,) = faults.asked
    assert asked.query == {"container": "optimizer", "previous": "true", "timestamps": "true", "tailLines": "50"}


def test_a_cut_follow_goes_on_without_repeating(faults: FaultServer, follow: Callable[..., ContainerLog]) -> None:
    faults.on(
        PATH,
        chunks(stamped(1, 1, "a"), stamped(1, 2, "b"), stamped(1, 2, "b"), then=answers.hang_up),
        answers.status(503, "starting"),
        chunks(
            *(stamped(1, 1, "a"), stamped(1, 2, "b"), stamped(1, 2, "b"), stamped(1, 2, "b"), stamped(2, 0, "c")),
            then=answers.silence,
        ),
    )
    troubles: list[str] = []
    log = follow(tail=7, trouble=lambda error: troubles.append(str(error)))
    assert take(log, 5) == ["a", "b", "b", "b", "c"]
    assert [asked.query.get("sinceTime") for asked in faults.asked] == [None, *["2026-11-21T22:36:01.000000002Z"] * 2]
    assert [asked.query.get("tailLines") for asked in faults.asked] == ["7", None, None]
    assert "cut" in troubles[1]
    assert "starting" in troubles[2]
    assert troubles[0] == troubles[3] == "None"


def test_a_quiet_log_is_opened_again_without_a_word(
    faults: FaultServer, follow: Callable[..., ContainerLog], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "SILENCE", 1.5)  # more than an answer takes on a busy machine
    first = chunks(stamped(1, 0, "a"), then=answers.silence)
    faults.on(PATH, chunks(), first, chunks(stamped(1, 0, "a"), stamped(9, 0, "b")))
    troubles: list[ClusterError | None] = []
    assert take(follow(trouble=troubles.append), 2) == ["a", "b"]
    assert troubles == [None, None, None]


def test_a_log_that_has_no_line_yet_is_no_trouble_while_the_server_answers(
    faults: FaultServer, follow: Callable[..., ContainerLog], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "SILENCE", 1.5)  # more than an answer takes on a busy machine
    faults.on("/livez", answers.body("ok"), answers.hang_up)
    first = chunks(stamped(1, 0, "first words"), then=answers.silence)
    faults.on(PATH, chunks(), answers.silence, answers.silence, first)
    troubles: list[ClusterError | None] = []
    assert take(follow(trouble=troubles.append), 1) == ["first words"]
    assert [type(each).__name__ for each in troubles] == ["NoneType", "TimedOut", "NoneType"]


def test_the_end_of_the_history_is_told_once_and_nothing_of_it_comes_twice(
    faults: FaultServer, follow: Callable[..., ContainerLog]
) -> None:
    past = (stamped(1, 0, "a"), stamped(1, 0, "b"))
    faults.on(PATH, answers.status(503, "starting"), chunks(*past), chunks(*past, stamped(2, 0, "c")), chunks())
    told: list[str] = []
    log = follow(tail=7, read=lambda: told.append("read"))
    for line in log:
        told.append(line.text)
        if line.text == "c":
            break
    assert told == ["a", "b", "read", "c"]
    assert [asked.query.get("follow") for asked in faults.asked] == [None, None, "true"]


def test_a_history_that_does_not_come_is_trouble_though_the_server_answers(
    faults: FaultServer, connect_to: Connect
) -> None:
    """Of a log that is followed silence is normal; of its history it means that what it tells is not known."""
    faults.on("/livez", answers.body("ok"))
    faults.on(PATH, answers.silence, chunks(stamped(1, 0, "a")), chunks(stamped(2, 0, "b")))
    told: list[str] = []
    log = ContainerLog(
        connect_to(faults.url, read_timeout=1.5),
        "ops",
        "aura",
        follow=True,
        trouble=lambda error: told.append(type(error).__name__),
        read=lambda: told.append("read"),
        backoff=Backoff(random.Random(1), 0.01, 0.05),
    )
    assert take(log, 2) == ["a", "b"]
    log.close()
    assert told == ["TimedOut", "NoneType", "read", "NoneType"]


def test_a_container_that_restarts_is_read_on(faults: FaultServer, follow: Callable[..., ContainerLog]) -> None:
    first, second = stamped(1, 0, "first life"), stamped(9, 0, "second life")
    waiting = answers.status(400, 'container "optimizer" in pod "aura" is waiting to start: CrashLoopBackOff')
    faults.on(PATH, chunks(first), chunks(first), waiting, chunks(second))
    assert take(follow(), 2) == ["first life", "second life"]


def test_a_finished_pod_ends_its_log(faults: FaultServer, follow: Callable[..., ContainerLog]) -> None:
    faults.on(PATH, chunks(stamped(1, 0, "done")))
    assert [line.text for line in follow(over=lambda: True)] == ["done"]


def test_a_pod_that_is_gone_ends_its_log(faults: FaultServer, follow: Callable[..., ContainerLog]) -> None:
    faults.on(PATH, chunks(stamped(1, 0, "last")), answers.status(404, 'pods "aura" not found'))
    found = []
    with pytest.raises(NotFound):
        found.extend(line.text for line in follow())
    assert faults.requests(PATH)


def test_a_forbidden_log_names_the_right_and_is_asked_again(
    faults: FaultServer, follow: Callable[..., ContainerLog]
) -> None:
    faults.on(PATH, answers.status(403, "no"), chunks(stamped(1, 0, "granted"), then=answers.silence))
    troubles: list[ClusterError | None] = []
    assert take(follow(trouble=troubles.append), 1) == ["granted"]
    assert isinstance(troubles[0], Denied)
    assert "get pods/log aura -n ops" in str(troubles[0])


def test_what_trouble_returns_is_given_out(faults: FaultServer, follow: Callable[..., ContainerLog]) -> None:
    faults.on(PATH, answers.status(500, "x"), chunks(stamped(1, 0, "a"), then=answers.silence))
    log = follow(trouble=lambda error: LogLine("trouble" if error else "fine", None))
    assert take(log, 3) == ["trouble", "fine", "a"]


def test_without_follow_a_failure_is_raised(faults: FaultServer, connect_to: Connect) -> None:
    faults.on(PATH, chunks(stamped(1, 0, "a"), then=answers.hang_up))
    with pytest.raises(Unreachable):
        list(ContainerLog(connect_to(faults.url), "ops", "aura"))


def test_an_endless_line_is_cut_and_that_is_said(
    faults: FaultServer, connect_to: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "MAX_LINE", 1000)
    faults.on(PATH, answers.body(stamped(1, 0, "x" * 500_000) + stamped(2, 0, "next")))
    first, note, second = list(ContainerLog(connect_to(faults.url), "ops", "aura"))
    assert len(first.text) < 1000
    assert note == LogLine(LINE_GOES_ON, None)
    assert second.text == "next"


def test_a_cut_line_that_comes_again_is_not_said_again(
    faults: FaultServer, follow: Callable[..., ContainerLog], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "MAX_LINE", 1000)
    long = stamped(1, 0, "x" * 5_000)
    faults.on(PATH, chunks(long, then=answers.hang_up), chunks(long, stamped(2, 0, "next")))
    _, note, second = take(follow(), 3)
    assert (note, second) == (LINE_GOES_ON, "next")


def test_a_container_that_logs_megabytes_without_a_newline_costs_no_memory_and_is_said_before_it_ends(
    faults: FaultServer, follow: Callable[..., ContainerLog]
) -> None:
    cut = threading.Event()

    def endless(exchange: Exchange) -> None:
        exchange.begin_stream()
        exchange.chunk(stamped(1, 0, "x").removesuffix(b"\n"))
        piece = b"x" * (1 << 20)
        for number in range(200):
            exchange.chunk(piece)
            if number == 100:
                cut.wait(60)
        exchange.chunk(b"\n" + stamped(2, 0, "next"))
        answers.silence(exchange)

    faults.on(PATH, endless)
    log = follow()
    lines = iter(log)
    before = psutil.Process().memory_info().rss
    assert len(next(lines).text) < logs.MAX_LINE
    assert next(lines).text == LINE_GOES_ON
    cut.set()
    assert next(lines).text == "next"
    assert psutil.Process().memory_info().rss - before < 40 << 20, "of 200 MiB"


def test_bytes_that_are_no_text_are_shown_as_such(faults: FaultServer, connect_to: Connect) -> None:
    faults.on(PATH, answers.body(b"2026-11-21T22:36:01Z \xff\xfe caf\xc3\xa9\r\n"))
    assert [line.text for line in ContainerLog(connect_to(faults.url), "ops", "aura")] == ["\ufffd\ufffd café"]


def test_closing_wakes_a_follower(faults: FaultServer, follow: Callable[..., ContainerLog]) -> None:
    faults.on(PATH, chunks(stamped(1, 0, "a"), then=answers.silence))
    log = follow()
    found: list[str] = []
    seen = threading.Event()

    def read() -> None:
        for line in log:
            found.append(line.text)
            seen.set()

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    assert seen.wait(60)
    log.close()
    thread.join(60)
    assert not thread.is_alive()
    assert found == ["a"]


@given(
    lines=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=12).map(sorted),
    read=st.integers(0, 12),
    history=st.integers(0, 12),
)
def test_resuming_gives_every_line_exactly_once(lines: list[tuple[int, int]], read: int, history: int) -> None:
    """Whatever was read before the cut, and however much of that second the kubelet repeats."""
    raw = [stamped(second, nanos, str(index)).rstrip(b"\n") for index, (second, nanos) in enumerate(lines)]
    read = min(read, len(raw))
    place = Place()
    before = [line for line in map(place.read, raw[:read]) if line]
    place.resume()
    since = lines[read - 1][0] if read else 0
    again = [each for each, (second, _) in zip(raw, lines, strict=True) if second >= since]
    after = [line for line in map(place.read, again) if line]
    assert [int(line.text) for line in before + after] == list(range(len(raw)))
