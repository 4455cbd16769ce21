"""Sentences that name no action are remembered by their shape, and what is remembered is what would be read."""

from __future__ import annotations

import pytest

from opsconsole.decisions.meaning import silence
from opsconsole.decisions.stream import DecisionStream
from opsconsole.records import Decision, EntryReading
from tests.decisions.held_out import heldout
from tests.decisions.memory.memories import forget

OTHER_DIGITS = str.maketrans("0123456789", "1034275869")
LINES = [held.line for held in (*heldout.NOTHING, *heldout.DEEDS) if "\n" not in held.line]


def read(line: str) -> list[Decision]:
    stream = DecisionStream(today=1.8e9)
    return stream.feed("log", line, 0.0) + stream.flush(0.0, force=True)


@pytest.mark.parametrize("line", LINES)
def test_remembered_shape_changes_nothing(line: str) -> None:
    words = line.translate(OTHER_DIGITS)
    forget()
    fresh = read(words)
    forget()
    read(line)
    assert read(words) == fresh


NONE_AND_SOME = [
    ("Evicted 0 pods", "Evicted 5 pods"),
    ("Removed 0 nodes", "Removed 10 nodes"),
    ("Evicted 00 pods", "Evicted 05 pods"),
    ("Drained 0/12 nodes", "Drained 3/12 nodes"),
]


@pytest.mark.parametrize(("none", "some"), NONE_AND_SOME)
def test_what_was_said_of_none_hides_nothing_that_is_said_of_some(none: str, some: str) -> None:
    forget()
    (fresh,) = read(some)
    assert fresh.verb
    forget()
    assert not read(none)[0].verb
    assert read(some) == [fresh]


MEASURED_AND_SET = [
    ("replicas of p95: 3 -> 9", "replicas of p41: 3 -> 9"),
    ("replicas of P99: 3 -> 9", "replicas of p12: 3 -> 9"),
    ("replicas of deployment p50: 4 => 0", "replicas of deployment p77: 4 => 0"),
]


@pytest.mark.parametrize(("measured", "change"), MEASURED_AND_SET)
def test_what_is_measured_hides_no_change_of_what_is_called_like_it(measured: str, change: str) -> None:
    forget()
    (fresh,) = read(change)
    assert fresh.verb
    forget()
    read(measured)
    assert read(change) == [fresh]


def test_unclear_stays_unclear_when_it_is_said_again() -> None:
    lines = [f"2026-04-02T10:00:00Z INFO x: quota {number} drained 3 stuck pods beyond" for number in range(3)]
    assert len({each.reading for line in lines for each in read(line)}) == 1


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(silence, "MOST", 3)
    forget()
    for word in ("a", "b", "c", "d", "e", "x" * (silence.LONGEST + 1)):
        silence.remember(silence.shape(word), unclear=False)
    assert [word for word in "abcde" if silence.known(word) is not None] == ["d", "e"]
    assert read("nothing")[0].reading == EntryReading.NONE


def test_identifier_says_nothing_of_the_same_words_in_a_sentence() -> None:
    forget()
    (fresh,) = read("retrying patch")
    assert fresh.verb
    forget()
    read("retrying_patch")
    assert read("retrying patch") == [fresh]
