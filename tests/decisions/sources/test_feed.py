"""The stream as a feed: nothing lost, nothing doubled, its health told."""

from __future__ import annotations

from opsconsole.decisions.feed import DecisionFeed
from opsconsole.decisions.sources.source import OnHealth, OnLine
from opsconsole.feeds.protocol import Inbox
from opsconsole.records import Health, Kind, State
from opsconsole.store import Store
from tests.decisions.lines import AURA_JSON, AURA_TEXT, Recorder
from tests.support.clock import ManualClock
from tests.support.waiting import eventually


class Hand:
    """A source whose lines the test gives."""

    def start(self, on_line: OnLine, on_health: OnHealth) -> None:
        self.line = on_line
        self.health = on_health
        self.stopped = False

    def stop(self) -> None:
        self.stopped = True


def running() -> tuple[Hand, Recorder, ManualClock, DecisionFeed]:
    source, sink, clock = Hand(), Recorder(), ManualClock(1_000_000.0)
    feed = DecisionFeed(source, clock)
    feed.start(sink)
    return source, sink, clock, feed


def test_keys_and_numbers_rise() -> None:
    source, sink, _, feed = running()
    for text in AURA_TEXT:
        source.line("pod/a", text, None)
    feed.stop()
    assert [(decision.key, decision.seq) for decision in sink.decisions] == [
        (f"decisions#{number}", number) for number in range(1, 5)
    ]
    assert sink.bodies == list(AURA_TEXT)
    assert source.stopped


def test_documents_of_two_sources_do_not_mix() -> None:
    source, sink, _, feed = running()
    for line in AURA_JSON.splitlines():
        source.line("pod/a", line, None)
        source.line("pod/b", line, None)
    feed.stop()
    assert [(decision.source, decision.form) for decision in sink.decisions] == [("pod/a", "json"), ("pod/b", "json")]


def test_document_that_nobody_finishes_comes_out_without_another_line() -> None:
    source, sink, clock, feed = running()
    torn = AURA_JSON.splitlines()[:5]
    for line in torn:
        source.line("pod/a", line, None)
    assert sink.decisions == []
    clock.at += 60.0
    eventually(lambda: sink.decisions)
    assert sink.bodies == torn
    feed.stop()


def test_unfinished_document_is_not_lost_at_the_end() -> None:
    source, sink, _, feed = running()
    source.line("pod/a", "{", None)
    feed.stop()
    assert sink.bodies == ["{"]
    source.line("pod/a", "after the end", None)
    assert sink.bodies == ["{"]


def test_lines_that_a_reopened_log_gives_again_are_not_doubled() -> None:
    source, sink, clock, feed = running()
    lines = [(100.0, "a"), (100.5, "b"), (100.5, "b"), (100.5, "c"), (101.0, "d")]
    for logged, text in lines:
        source.line("pod/a", text, logged)
    clock.at += 2.0
    for logged, text in [*lines[1:], (101.0, "new at the same time"), (101.5, "e")]:
        source.line("pod/a", text, logged)
    feed.stop()
    assert sink.bodies == ["a", "b", "b", "c", "d", "new at the same time", "e"]


def test_replay_within_the_second_is_not_doubled_either() -> None:
    source, sink, _, feed = running()
    for logged, text in [(100.0, "a"), (101.0, "b"), (100.0, "a")]:
        source.line("pod/a", text, logged)
    feed.stop()
    assert sink.bodies == ["a", "b"]


def test_same_words_again_and_again_are_all_kept() -> None:
    source, sink, clock, feed = running()
    for number in range(20):
        clock.at += 10.0
        source.line("pod/a", AURA_TEXT[2], 100.0 + number)
        source.line("file", AURA_TEXT[2], None)
    feed.stop()
    assert len(sink.decisions) == 40


def test_health_of_the_source_is_told_under_the_feeds_name() -> None:
    source, sink, clock, feed = running()
    assert sink.states[-1].state is State.STARTING
    source.health(Health(feed="whatever", state=State.LIVE, since=5.0, detail="following"))
    assert sink.states[-1] == Health(feed="decisions", state=State.LIVE, since=5.0, detail="following")
    source.line("pod/a", "x", None)
    assert sink.states[-1].seen == clock.at
    clock.at += 5.0
    source.health(Health(feed="x", state=State.STALE, since=6.0, detail="connection lost"))
    assert sink.states[-1] == Health("decisions", State.STALE, 6.0, clock.at - 5.0, "connection lost")
    feed.stop()


def test_a_busy_stream_tells_its_health_once_a_second() -> None:
    source, sink, _, feed = running()
    for number in range(1000):
        source.line("pod/a", f"line {number}", None)
    assert len(sink.states) <= 3
    feed.stop()


def test_store_keeps_what_the_feed_gives() -> None:
    source, clock, inbox, store = Hand(), ManualClock(1_000_000.0), Inbox(), Store()
    feed = DecisionFeed(source, clock)
    feed.start(inbox)
    for text in AURA_TEXT:
        source.line("pod/a", text, None)
    delta = store.apply(inbox.drain())
    assert len(delta.changed[Kind.DECISION]) == 4
    assert [decision.body for decision in store.decisions.values()] == list(AURA_TEXT)
    feed.stop()
