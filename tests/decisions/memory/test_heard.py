"""What an entry tells is known from one like it, and is what would be read; all that is asked of it is in its shape."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole.decisions import heard
from opsconsole.decisions.meaning.deeds import Told
from opsconsole.decisions.meaning.targets.keyplaces import place_of
from opsconsole.decisions.stream import DecisionStream
from opsconsole.records import Decision, EntryReading, Ref
from tests.decisions.held_out import heldout
from tests.decisions.memory.memories import forget

HELD = [held.line for held in (*heldout.NOTHING, *heldout.DEEDS) if "\n" not in held.line]
VALUES: tuple[tuple[str | float, str | float], ...] = (
    ("2026-05-12T02:41:07.318Z", "2025-01-02 03:04:05,999"),
    ("61ms", "9s"),
    ("0", "41"),
    ("b09105f5-1410-4d52-a95a-b9e6c0047f51", "40e194db-6a00-494b-aeab-091d50dbb751"),
    ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"),
    (0, 7),
    (0.25, 12.75),
    (1_775_124_000, 1_775_124_001.5),
)


def read(text: str) -> list[Decision]:
    stream = DecisionStream(today=1.8e9)
    found = [decision for line in text.split("\n") for decision in stream.feed("log", line, 0.0)]
    return found + stream.flush(0.0, force=True)


def with_pair(line: str, key: str, value: str | float) -> str:
    """The line with one more pair, as its format writes them."""
    said = json.dumps(value)
    if line.endswith("}") and '{"' in line:
        return f'{line[:-1]}, "{key}": {said}}}'
    return f"{line} {key}={said if isinstance(value, str) and ' ' in value else value}"


@settings(deadline=None)
@given(st.sampled_from(HELD), st.sampled_from(heard.UNASKED), st.sampled_from(VALUES))
def test_value_that_nobody_asks_changes_nothing_that_is_told(
    line: str, key: str, values: tuple[str | float, str | float]
) -> None:
    one, other = (with_pair(line, key, value) for value in values)
    forget()
    fresh = repr(read(other))
    forget()
    read(one)
    assert repr(read(other)) == fresh


def test_no_key_whose_value_nobody_asks_names_an_object() -> None:
    places = [place_of((key,)) for key in heard.UNASKED]
    assert not [each for each in places if each.names or each.tells_space or each.tells_kind]


AGAIN = [
    ("2026-05-12T02:41:07Z INFO x: Evicted pod shop/web-1", "2026-05-13T09:00:59Z INFO x: Evicted pod shop/web-1"),
    (
        'I0512 02:41:07.318204       1 a.go:1] "Successfully rescaled" HPA="shop/web" desiredReplicas=3',
        'I0513 22:00:00.000001       1 a.go:1] "Successfully rescaled" HPA="shop/web" desiredReplicas=3',
    ),
    (
        'time="2026-05-12T02:41:07Z" level=info msg="Scaled up ReplicaSet web from 0 to 1" generation=4 time_ms=0.25',
        'time="2026-05-13T02:41:08Z" level=info msg="Scaled up ReplicaSet web from 0 to 1" generation=512 time_ms=9.1',
    ),
    (
        '{"ts": "2026-05-12T02:41:07Z", "msg": "scaling deployment", "target": "web", "replicas": 3, "took": "61ms"}',
        '{"ts": "2026-05-13T02:41:07Z", "msg": "scaling deployment", "target": "web", "replicas": 3, "took": "9s"}',
    ),
    (
        '2026-05-12T02:41:07Z INFO scaled {"target": "web", "replicas": 3, "traceId": "4bf92f3577b34da6a3ce929d0e0e"}',
        '2026-05-13T02:41:07Z INFO scaled {"target": "web", "replicas": 3, "traceId": "00f067aa0ba902b700f067aa0ba9"}',
    ),
]


@pytest.mark.parametrize(("first", "then"), AGAIN)
def test_entry_with_another_time_and_other_ids_is_known(first: str, then: str, monkeypatch: pytest.MonkeyPatch) -> None:
    forget()
    fresh = read(then)
    forget()
    (told,) = read(first)
    monkeypatch.setattr("opsconsole.decisions.meaning.read.read", lambda *_: pytest.fail("read again"))
    (known,) = read(then)
    assert [known] == fresh
    assert (known.verb, known.targets, known.fields) == (told.verb, told.targets, told.fields)
    assert (known.at, known.body) != (told.at, told.body)


OTHERS = [
    # What only looks like a time is none, and its line has no head.
    (
        "2026-05-12T02:41:10Z INFO x: recommendation applied: scaled web to 0",
        "2026-05-12T02:41:107Z INFO x: recommendation applied: scaled web to 0",
    ),
    (
        "2026-05-12 02:41:10 INFO x: evict: pod shop/web-1 evicted",
        "2026-13-12 02:41:10 INFO x: evict: pod shop/web-1 evicted",
    ),
    (
        "I0512 02:41:07.318204       1 a.go:1] evict: pod shop/web-1 evicted",
        "I9912 02:41:07.318204       1 a.go:1] evict: pod shop/web-1 evicted",
    ),
    # The same value elsewhere: there it counts.
    ('{"time": "41", "msg": "scaled", "deployment": "web", "replicas": 41}', '{"time": "3", "replicas": 3}'),
    (
        '{"msg": "patch", "patch": {"generation": 7}, "deployment": "web", "generation": 7}',
        '{"msg": "patch", "patch": {"generation": 0}, "deployment": "web", "generation": 7}',
    ),
    (
        'Request Body: {"spec": {"replicas": 3}, "generation": 7}',
        'Request Body: {"spec": {"replicas": 3}, "generation": 8}',
    ),
    ("scaled deployment web generation=7 replicas=3", "scaled deployment web generation=7 replicas=0"),
    ("2026-05-12T02:41:07Z INFO x: Evicted 5 pods", "2026-05-12T02:41:07Z INFO x: Evicted 0 pods"),
    ('{"time": "1", "msg": "evicted", "pod": "web-1"}', '{"time": "2", "msg": "evicted", "pod": "web-2"}'),
    # Words are asked, whatever they stand under.
    (
        '{"msg": "x", "deployment": "web", "took": "1"}',
        '{"msg": "x", "deployment": "web", "took": "delete_deployment"}',
    ),
    ('{"ts": 1, "msg": "a", "dryRun": true, "pod": "web-1"}', '{"ts": 2, "msg": "a", "dryRun": false, "pod": "web-1"}'),
    ('{"action": "delete", "pod": "a", "n": 1}', '{"action": "delete", "pod": "a", "n": true}'),
]


@pytest.mark.parametrize(("first", "then"), OTHERS)
def test_entry_that_differs_in_what_is_asked_is_read_for_itself(first: str, then: str) -> None:
    for one, other in ((first, then), (then, first)):
        forget()
        fresh = read(other)
        forget()
        read(one)
        assert read(other) == fresh


def test_rows_of_two_tables_are_not_taken_for_each_other() -> None:
    rows = "web  shop  3  done"
    one, other = f"deployment  namespace  replicas  status\n{rows}", f"pod  namespace  count  status\n{rows}"
    forget()
    fresh = read(other)
    forget()
    read(one)
    assert read(other) == fresh


def test_records_of_one_document_keep_what_each_tells() -> None:
    records = [{"body": {"stringValue": f"Evicted pod shop/web-{at}"}} for at in (1, 2)]
    document = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]})
    for _ in range(2):
        assert [each.target for each in read(document)] == [Ref("Pod", "shop", "web-1"), Ref("Pod", "shop", "web-2")]


def known(line: str, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Is what a line tells known, or would it be read?"""
    asked: list[str] = []

    def told(*given: str) -> Told:
        asked.append(given[-1])
        return Told([], EntryReading.NONE)

    with monkeypatch.context() as patched:
        patched.setattr("opsconsole.decisions.meaning.read.read", told)
        patched.setattr(heard, "remember", lambda *_: None)
        read(line)
    return not asked


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heard, "MOST", 3)
    forget()
    lines = [f"Evicted pod shop/web-{word}" for word in "abcdefgh"]
    long = f"Evicted pod shop/web {'x' * heard.LONGEST}"
    many = json.dumps({"changes": [{"target": f"web-{at}", "replicas": 1} for at in range(heard.MOST_TOLD + 1)]})
    for line in (long, many, *lines):
        read(line)
        read(lines[0])
    assert len({**heard._young, **heard._old}) <= 2 * heard.MOST
    assert [known(line, monkeypatch) for line in (lines[-1], lines[0], lines[1])] == [True, True, False]
    assert not known(long, monkeypatch)
    assert not known(many, monkeypatch)
