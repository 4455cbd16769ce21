"""What is remembered of keys and sentences changes nothing that is read, and an optimizer can't fill the memory."""

from __future__ import annotations

import gc
import json
import tracemalloc
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole import quantity
from opsconsole.decisions import heard, key_memory
from opsconsole.decisions.key_memory import KeyMemory
from opsconsole.decisions.stream import DecisionStream
from opsconsole.records import Decision
from tests.decisions.held_out import heldout
from tests.decisions.memory import memories

HELD = [held.line for held in (*heldout.NOTHING, *heldout.DEEDS)]
KEYS = (
    *("kind", "name", "namespace", "target", "targetRef", "pod", "node", "resource", "deployment.name", "service.name"),
    *("replicas", "from_replicas", "newReplicas", "limits", "cpu", "memory", "spec", "metadata", "container", "patch"),
    *("action", "dryRun", "status", "mode", "error", "message", "old", "new", "count", "HPA.Namespace", "items"),
)
TEXTS = (
    *("Deployment", "shop/web", "web", "shop", "512Mi", "8Gi", "3", "true", "rejected", "scale_deployment", "node-1"),
    *("Scaling deployment shop/web from 3 to 1", "evicted pod web-1", "nothing to do", "", "reconcile took 12 ms"),
)
LEAVES = st.sampled_from(TEXTS) | st.integers(-5, 5000) | st.booleans() | st.none() | st.floats(allow_nan=False)
DOCUMENTS = st.dictionaries(
    st.sampled_from(KEYS),
    st.recursive(
        LEAVES,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
        max_leaves=8,
    ),
    min_size=1,
    max_size=6,
)
LINES = st.sampled_from(HELD) | DOCUMENTS.map(json.dumps)
DIGITS = st.permutations("123456789").map(lambda digits: str.maketrans("123456789", "".join(digits)))


MEMORIES: list[KeyMemory[str, object]] = [each for each in gc.get_objects() if isinstance(each, KeyMemory)]
"""Every memory of the reader."""


def forget() -> None:
    memories.forget()
    for each in MEMORIES:
        each.clear()


def read(text: str) -> list[Decision]:
    stream = DecisionStream(today=1.8e9)
    found = [decision for line in text.split("\n") for decision in stream.feed("log", line, 0.0)]
    return found + stream.flush(0.0, force=True)


@settings(deadline=None)
@given(st.lists(LINES, min_size=1, max_size=4), DIGITS)
def test_what_is_remembered_changes_nothing_that_is_read(lines: list[str], digits: dict[int, int]) -> None:
    for line in lines:
        forget()
        fresh = repr(read(line))
        read(line.translate(digits))
        assert repr(read(line)) == fresh
        heard.forget()
        assert repr(read(line)) == fresh


def test_long_key_is_not_remembered() -> None:
    longest: KeyMemory[str, int] = KeyMemory(len)
    assert [longest("a" * size) for size in (1, key_memory.LONGEST, key_memory.LONGEST + 1, 10**6)] == [
        *(1, key_memory.LONGEST, key_memory.LONGEST + 1, 10**6)
    ]
    assert list(map(len, longest)) == [1, key_memory.LONGEST]
    paths: KeyMemory[tuple[str | int, ...], int] = KeyMemory(len)
    assert paths[("a" * 150, 3, "b" * 150)] == 3
    assert not paths


def test_memory_that_is_full_is_emptied() -> None:
    asked: list[str] = []
    memory: KeyMemory[str, int] = KeyMemory(lambda key: asked.append(key) or len(key))  # type: ignore[func-returns-value]
    for number in range(key_memory.MOST + 1):
        memory(str(number))
    assert list(memory) == [str(key_memory.MOST)]
    memory(str(key_memory.MOST))
    assert len(asked) == key_memory.MOST + 1


def test_keys_and_values_without_end_do_not_fill_the_memory() -> None:
    assert len(MEMORIES) > 5
    forget()
    numbers = count()
    tracemalloc.start()
    try:
        for _ in range(300):
            key, value = (f"{next(numbers)}{'k' * 30_000}" for _ in range(2))
            read(
                json.dumps({"action": key, "kind": value, key: {"name": value}, "cpu": f"{value}Mi", "replicas": value})
            )
            quantity.number(value)
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert held < 10 * 2**20
    assert all(sum(map(len, map(str, key))) <= key_memory.LONGEST for each in MEMORIES for key in each)
