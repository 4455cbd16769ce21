"""In which order decisions stand: logs are read one after the other, times are rough, tracebacks have none."""

from __future__ import annotations

import random

from opsconsole.present.panes import decisions
from opsconsole.records import Decision, Kind
from opsconsole.ui.table.model import TableModel
from tests.ui import aura
from tests.ui.running import running, shows

NOW = aura.NOW


def said(seq: int, at: float | None, source: str = "a", received: float = NOW) -> Decision:
    return Decision(f"d{seq}", seq, received, at=None if at is None else NOW + at, source=source, message=f"line {seq}")


def order(*lines: Decision) -> list[int]:
    model = TableModel(decisions.spec().sorts[0])
    model.replace({line.key: line for line in lines})
    return [line.seq for _, line in model.window(0, len(lines))]


def test_two_logs_read_one_after_the_other_stand_by_their_times():
    first = [said(1, -50, "a"), said(2, -30, "a")]
    second = [said(3, -40, "b"), said(4, -20, "b")]
    assert order(*first, *second) == [4, 2, 3, 1]


def test_the_lines_of_a_traceback_stay_under_their_error():
    lines = [said(1, -50), said(2, None), said(3, None), said(4, -40), said(5, -45, "b")]
    assert order(*lines) == [4, 5, 3, 2, 1]


def test_whole_seconds_do_not_put_a_line_before_the_fraction_that_came_ahead_of_it():
    assert order(said(1, -10.0), said(2, -9.7), said(3, -10.0), said(4, -9.0)) == [4, 3, 2, 1]


def test_whole_seconds_of_one_log_and_fractions_of_another_stand_as_they_came_within_a_second():
    assert order(said(1, -10.0), said(2, -9.6, "b"), said(3, -10.0), said(4, -9.0)) == [4, 3, 2, 1]


def test_lines_of_one_time_stay_as_they_came():
    assert order(*(said(seq, -5) for seq in range(1, 6))) == [5, 4, 3, 2, 1]


def test_a_time_in_the_future_counts_as_now_and_holds_nothing_up():
    assert order(said(1, 9_999), said(2, -5), said(3, 1, "b", NOW + 10), said(4, 8, "b", NOW + 10)) == [4, 3, 2, 1]


def test_a_line_without_a_time_that_comes_much_later_is_new():
    assert order(said(1, -50), said(2, -40, "b"), said(3, None, "a", NOW + 60)) == [3, 2, 1]


def test_a_batch_in_any_order_ends_up_in_the_same_order():
    lines = [said(seq, None if seq % 3 else -100 + seq // 2) for seq in range(1, 40)]
    model = TableModel(decisions.spec().sorts[0])
    random.Random(4).shuffle(lines)
    for line in lines:
        model.update([(line.key, line)])
    assert [line.seq for _, line in model.window(0, 40)] == sorted((line.seq for line in lines), reverse=True)


def test_logs_that_come_at_once_in_any_order_stand_as_if_they_had_come_line_by_line():
    lines = [said(seq, -100 + seq, "ab"[seq % 2]) for seq in range(1, 41)]
    lines += [said(seq, -140 + seq, "c") for seq in range(41, 81)]  # read last, though it was said beside the others
    expected = order(*lines)
    shuffled = random.Random(7).sample(lines, len(lines))
    assert order(*shuffled) == expected == sorted(expected, key=lambda seq: (lines[seq - 1].at, seq), reverse=True)


def test_line_that_a_filter_hid_stands_where_it_was_said_once_it_is_shown():
    lines = [said(1, -50), said(2, -40), said(3, -45, "b"), said(4, -30), said(5, -20, "b")]
    model = TableModel(decisions.spec().sorts[0])
    model.restrict(lambda line: line.seq > 3)
    model.replace({line.key: line for line in lines})
    model.restrict(None)
    assert [line.seq for _, line in model.window(0, 5)] == order(*lines)


def test_what_is_remembered_is_bounded_and_a_changed_line_is_placed_anew():
    by_time = decisions.Said()
    for seq in range(decisions._REMEMBERED + 50):
        by_time(said(seq, -5))
    assert len(by_time._places) == decisions._REMEMBERED
    assert sum(map(len, by_time._logs.values())) == decisions._REMEMBERED
    place = by_time(said(20_000, -4))
    assert by_time(said(20_000, -4)) == place
    assert by_time(said(20_000, -1)) > place


async def test_the_pane_shows_the_newest_word_first_whichever_log_it_came_from():
    feed = aura.MemoryFeed({Kind.DECISION: [said(1, -5, "a"), said(2, -30, "b")]}, aura.health())
    async with running(aura.console(feed)) as pilot:
        await shows(pilot, "line 2")
        shown = [line.seq for _, line in pilot.app.cockpit.panes[1].model.window(0, 5)]
        assert shown == [1, 2]
