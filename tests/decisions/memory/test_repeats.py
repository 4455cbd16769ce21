"""A sentence is told by one like it that was read before, and what is told so is what would be read."""

from __future__ import annotations

import random
import re

import pytest

from opsconsole.decisions.meaning import repeats
from opsconsole.decisions.stream import DecisionStream
from opsconsole.records import Decision, Ref
from tests.decisions.held_out import heldout
from tests.decisions.memory.memories import forget

OTHER_DIGITS = str.maketrans("123456789", "978645312")
LINES = [held.line for held in heldout.DEEDS if "\n" not in held.line]
SCALED = "Scaling deployment shop/web-41 from 3 to 4 replicas"


def read(line: str) -> list[Decision]:
    stream = DecisionStream(today=1.8e9)
    return stream.feed("log", line, 0.0) + stream.flush(0.0, force=True)


def renamed(line: str) -> str:
    """The line with other digits in its names, its times left alone."""
    return re.sub(r"(?<![\w.:/-])[A-Za-z][\w.]*[/-][\w./-]*", lambda name: name[0].translate(OTHER_DIGITS), line)


@pytest.mark.parametrize("line", LINES)
def test_one_like_it_changes_nothing_that_is_read(line: str) -> None:
    forget()
    fresh = read(renamed(line))
    forget()
    read(line)
    assert read(renamed(line)) == fresh


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Scaling deployment shop/web-57 from 3 to 4 replicas", "web-57"),
        ("Scaling deployment shop/web-41 from 3 to 4 replicas", "web-41"),
    ],
)
def test_repeated_action_is_told_of_the_object_that_is_named(
    said: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget()
    read(SCALED)
    monkeypatch.setattr("opsconsole.decisions.meaning.prose.sentences.read", lambda *_: pytest.fail("read again"))
    (decision,) = read(said)
    assert (decision.verb, decision.target, decision.fields[0].value) == ("scale", Ref("Deployment", "shop", name), "4")


DIFFERENT = [
    (SCALED, "Scaling deployment shop/web-41 from 3 to 0 replicas"),
    (SCALED, "Scaling deployment shop/web-412 from 3 to 4 replicas"),
    (SCALED, "Scaling deployment shop/web-00 from 3 to 4 replicas"),
    ("Evicted pods web-1 and web-2", "Evicted pods web-3 and web-3"),
    ("Evicted pod web-1 from node web-2", "Evicted pod web-3 from node web-3"),
    ("Failed to evict pod web-1: node n-1 is gone", "Failed to evict pod web-2: node n-3 is gone"),
    ("Setting image of deployment web-1 to app-v12", "Setting image of deployment web-2 to app-v34"),
    ("Scaled shop/12 thousand to 4 replicas", "Scaled shop/34 thousand to 4 replicas"),
    ("Cordoned node n-1:2", "Cordoned node n-1:3"),
]


@pytest.mark.parametrize(("first", "then"), DIFFERENT)
def test_sentence_that_differs_in_more_than_names_is_read_for_itself(first: str, then: str) -> None:
    for one, other in ((first, then), (then, first)):
        forget()
        fresh = read(other)
        forget()
        read(one)
        assert read(other) == fresh


ZEROES = [
    ("Evicted pod shop/web-1", "Evicted pod shop/web-0"),
    ("Evicted pod shop/web-41", "Evicted pod shop/web-00"),
    ("Evicted pods shop/web-7 of pods/3", "Evicted pods shop/web-7 of pods/0"),
]


@pytest.mark.parametrize(("some", "none"), ZEROES)
def test_a_name_with_a_zero_is_like_none_with_another_number(some: str, none: str) -> None:
    """A zero may mean that nothing was done: what is remembered of three is no answer for none."""
    one, other = repeats.template(some), repeats.template(none)
    assert one is not None
    assert other is not None
    assert one.text != other.text
    ten, twenty = repeats.template("Evicted pod shop/web-10"), repeats.template("Evicted pod shop/web-29")
    assert ten is not None
    assert twenty is not None
    assert ten.text == twenty.text


MIXED = [
    "Scaling deployment shop/web-{} from 3 to 4 replicas",
    "Scaling deployment shop/web-{} from 3 to 0 replicas",
    "Would scale deployment shop/web-{} from 3 to 4 replicas",
    "Failed to scale deployment shop/web-{} from 3 to 4 replicas",
    "Not scaling deployment shop/web-{} from 3 to 4 replicas",
    "Dry run: scaling deployment shop/web-{} from 3 to 4 replicas",
    "Scaling statefulset shop/web-{} from 3 to 4 replicas",
    "Evicted pod shop/not-{} from node failed-{}",
    "Evicted pod shop/dry-run-{} from node node-{}",
    "Evicted {} pods from node n-{}",
    "Evicted 0 pods from node n-{}",
    "Set memory limit of deployment shop/web-{} from 8Gi to {}Mi",
    "Deleted node n-{} created {} hours ago",
    "Deleting namespace team-{} because p95-latency is low",
    "Deleting namespace team-{} because p{}-latency is low",
    "Restarted deployment shop/web-{} then deleted namespace team-{}",
]


def test_lines_of_several_sources_in_any_order_are_read_as_each_by_itself() -> None:
    chance = random.Random(7)
    lines = [re.sub(r"\{\}", lambda _: str(chance.randrange(30)), chance.choice(MIXED)) for _ in range(600)]
    fresh = []
    for line in lines:
        forget()
        fresh.append([_told(decision) for decision in read(line)])
    forget()
    stream = DecisionStream(today=1.8e9)
    for at, line in enumerate(lines):
        found = stream.feed(f"log-{at % 5}", line, 0.0) + stream.flush(0.0, force=True)
        assert [_told(decision) for decision in found] == fresh[at]


def _told(decision: Decision) -> tuple[object, ...]:
    return decision.verb, decision.mood, decision.targets, decision.fields, decision.count, decision.reading


def test_memory_of_actions_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats, "MOST", 3)
    forget()
    for at in range(2, 9):
        read(f"Scaling deployment shop/web-1 from 1 to {at} replicas")
    assert 0 < len(repeats._heard) <= 3
    forget()
    read(f"{SCALED} {'because it is busy ' * 20}")
    read("Deleted pods " + ", ".join(f"web-{at}" for at in range(1, 20)))
    assert not repeats._heard
