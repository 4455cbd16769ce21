from __future__ import annotations

import threading

import pytest

from opsconsole import store as stores
from opsconsole.feeds.protocol import Inbox
from opsconsole.records import Decision, Event, FieldValue, Health, Kind, Pod, Ref, State, Workload
from opsconsole.store import Store


def pod(name: str, status: str = "Running") -> Pod:
    return Pod(namespace="production", name=name, status=status)


def workload(replicas: int) -> Workload:
    return Workload(kind="Deployment", namespace="production", name="auth", replicas=replicas)


def event(number: int) -> Event:
    return Event(key=str(number), namespace="a", type="Normal", reason="r", message="m", about=Ref("Pod", "a", "b"))


def test_the_last_write_per_key_wins() -> None:
    inbox, store = Inbox(), Store()
    inbox.put(Kind.POD, [pod("a", "Pending")])
    inbox.put(Kind.POD, [pod("a"), pod("b")])
    delta = store.apply(inbox.drain())
    assert delta.changed == {Kind.POD: {"production/a", "production/b"}}
    assert store.pods["production/a"].status == "Running"


def test_an_equal_record_is_no_change() -> None:
    inbox, store = Inbox(), Store()
    for _ in range(2):
        inbox.put(Kind.POD, [pod("a")])
        delta = store.apply(inbox.drain())
    assert not delta


def test_gone_pods_go_and_gone_events_stay() -> None:
    inbox, store = Inbox(), Store()
    inbox.put(Kind.POD, [pod("a")])
    inbox.put(Kind.EVENT, [event(1)])
    store.apply(inbox.drain())
    inbox.drop(Kind.POD, ["production/a", "production/never-seen"])
    inbox.drop(Kind.EVENT, ["1"])
    delta = store.apply(inbox.drain())
    assert delta.gone == {Kind.POD: {"production/a"}}
    assert not store.pods
    assert list(store.events) == ["1"]


def test_a_tug_of_war_within_one_pump_is_seen() -> None:
    inbox, store = Inbox(), Store()
    for replicas in (3, 0, 3):
        inbox.put(Kind.WORKLOAD, [workload(replicas)])
    delta = store.apply(inbox.drain())
    seen = [(t.before and t.before.replicas, t.after and t.after.replicas) for t in delta.transitions]  # type: ignore[union-attr]
    assert seen == [(None, 3), (3, 0), (0, 3)]


def test_fifty_thousand_events_are_bounded() -> None:
    inbox, store = Inbox(), Store({Kind.EVENT: 100})
    inbox.put(Kind.EVENT, [event(n) for n in range(50_000)])
    store.apply(inbox.drain())
    assert list(store.events) == [str(n) for n in range(49_900, 50_000)]


def test_wake_is_called_once_until_drained() -> None:
    calls: list[str] = []
    inbox = Inbox(lambda: calls.append(threading.current_thread().name))
    inbox.put(Kind.POD, [pod("a")])
    inbox.put(Kind.POD, [pod("b")])
    inbox.health(Health(feed="pods", state=State.LIVE, since=1.0))
    assert len(calls) == 1
    inbox.drain()
    inbox.put(Kind.POD, [])
    assert len(calls) == 1
    inbox.drop(Kind.POD, ["production/a"])
    assert len(calls) == 2


def decision(number: int, body: int, fields: int = 0) -> Decision:
    found = tuple(FieldValue(f"spec.{each}", "1") for each in range(fields))
    return Decision(f"d#{number}", number, 0.0, body="x" * body, fields=found)


def test_decisions_of_many_kilobytes_go_before_there_are_too_many_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "KEPT_CHARACTERS", 10_000)
    inbox, store = Inbox(), Store()
    for number in range(50):
        inbox.put(Kind.DECISION, [decision(number, 1_000)])
        inbox.put(Kind.DECISION, [decision(number, 1_000)])  # told again: counted once
        store.apply(inbox.drain())
    assert list(store.decisions) == [f"d#{number}" for number in range(40, 50)]
    inbox.put(Kind.DECISION, [decision(50, 0, fields=40)])
    delta = store.apply(inbox.drain())
    assert len(store.decisions) < 5, "fields count too"
    assert "d#40" in delta.gone[Kind.DECISION]
    inbox.put(Kind.DECISION, [decision(51, 20_000)])
    store.apply(inbox.drain())
    assert list(store.decisions) == ["d#51"], "the newest is kept, whatever it weighs"


def test_a_decision_that_becomes_another_weighs_what_it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "KEPT_CHARACTERS", 10_000)
    inbox, store = Inbox(), Store()
    for body in (9_000, 10, 9_000, 10):
        inbox.put(Kind.DECISION, [decision(0, body)])
        store.apply(inbox.drain())
    inbox.put(Kind.DECISION, [decision(1, 9_000)])
    store.apply(inbox.drain())
    assert list(store.decisions) == ["d#0", "d#1"]
