"""Nodes that hang, doors that are slow: what waits for them, for how long, and what does not."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection

import pytest

from opsconsole.clock import Clock, SystemClock
from opsconsole.feeds.protocol import Inbox
from opsconsole.gpu.fleet.door import DoorError
from opsconsole.gpu.fleet.feed import FleetFeed, NodeNames
from opsconsole.gpu.fleet.nodes import named
from opsconsole.gpu.fleet.watch import NodeLook
from opsconsole.gpu.nvml.probe import ProbeError
from opsconsole.gpu.pods import PodView
from opsconsole.records import State
from opsconsole.settings import GpuSettings, Settings
from opsconsole.store import Store
from opsconsole.switches.gpu.plan import plan
from opsconsole.switches.gpu.switch import GpuSwitch
from tests.gpu.fleet.answering import AnsweringDoor, report
from tests.gpu.fleet.scene import Pods
from tests.support.clock import ManualClock
from tests.support.waiting import DEADLINE, eventually


class HangingDoor:
    """Some nodes never answer in time; all others say at once that they have no GPU. Counts who was asked."""

    name = "ssh"

    def __init__(self, hanging: set[str]) -> None:
        self.hanging = hanging
        self.asked: list[str] = []
        self.free = threading.Event()

    def run(self, node: str, program: bytes, seconds: float) -> bytes:
        self.asked.append(node)
        if node in self.hanging:
            self.free.wait(seconds)
            raise DoorError(State.DOWN, f"ssh {node}: no answer in {seconds:g} s")
        raise DoorError(State.ABSENT, "no GPU on this node")

    def close(self) -> None:
        self.free.set()


def test_more_nodes_that_hang_than_there_are_places_do_not_starve_the_others() -> None:
    hanging = {f"bad-{n}" for n in range(12)}
    door = HangingDoor(hanging)
    gpu = GpuSettings(nodes="ssh", nodes_at_once=8, node_interval=0.05, node_timeout=0.5)
    pods = Pods()
    feed = FleetFeed(Settings(gpu=gpu), SystemClock(), door, named((*sorted(hanging), "good")), pods)
    inbox, store = Inbox(), Store()
    feed.start(inbox)
    try:

        def all_known() -> bool:
            store.apply(inbox.drain())
            return len(store.gpu_nodes) == 13 and all(one.state != "starting" for one in store.gpu_nodes.values())

        eventually(all_known, f"{door.asked}")
        before = door.asked.count("good")
        eventually(lambda: door.asked.count("good") > before + 20)
        slow = [node for node in door.asked[-20:] if node in hanging]
        assert len(slow) < 20
    finally:
        feed.stop()
        door.close()


def test_nodes_that_hang_and_those_that_answer_take_no_more_places_together_than_the_settings_say() -> None:
    door = CountingDoor({f"bad-{n}" for n in range(8)})
    gpu = GpuSettings(nodes="ssh", nodes_at_once=4, node_interval=0.01, node_timeout=0.1)
    names = (*sorted(door.hanging), *(f"good-{n}" for n in range(8)))
    feed = FleetFeed(Settings(gpu=gpu), SystemClock(), door, named(names), Pods())
    feed.start(Inbox())
    try:
        eventually(lambda: len(door.asked) > 200 and door.most >= 4)
    finally:
        feed.stop()
    assert door.most == 4


class CountingDoor(HangingDoor):
    """Counts how many were asked at once."""

    def __init__(self, hanging: set[str]) -> None:
        super().__init__(hanging)
        self._lock = threading.Lock()
        self._now = self.most = 0

    def run(self, node: str, program: bytes, seconds: float) -> bytes:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        try:
            time.sleep(0.005)
            return super().run(node, program, seconds)
        finally:
            with self._lock:
                self._now -= 1


def test_the_pods_are_not_copied_every_second_once_they_are_known() -> None:
    asked: list[float] = []
    pods = Pods()

    def source(uids: frozenset[str]) -> PodView:
        if not uids:
            asked.append(time.monotonic())
        return pods(uids)

    door = HangingDoor(set())
    names = iter(range(1000))
    rounds: list[int] = []

    def which() -> NodeNames:
        rounds.append(next(names))
        return NodeNames(frozenset({"a"}))

    feed = FleetFeed(Settings(gpu=GpuSettings(nodes="ssh", node_interval=600.0)), SystemClock(), door, which, source)
    feed.start(Inbox())
    try:
        eventually(lambda: len(rounds) >= 4)
    finally:
        feed.stop()
    assert len(asked) == 1


class OnceHangingDoor(AnsweringDoor):
    """``bad`` hangs, all others have a GPU; counts who was asked."""

    def __init__(self) -> None:
        super().__init__({name: report() for name in ("a", "b", "bad")})
        self.asked: list[str] = []
        self.free = threading.Event()

    def run(self, node: str, program: bytes, seconds: float) -> bytes:
        self.asked.append(node)
        if node == "bad":
            self.free.wait(seconds)
            raise DoorError(State.DOWN, f"ssh bad: no answer in {seconds:g} s")
        return super().run(node, program, seconds)


def hanging_fleet(door: OnceHangingDoor, timeout: float, clock: Clock | None = None) -> FleetFeed:
    gpu = GpuSettings(nodes="ssh", node_timeout=timeout, node_interval=600.0)
    fleet = named(("a", "b", "bad"))
    return FleetFeed(Settings(gpu=gpu), clock or SystemClock(), door, fleet, Pods(), host_pids=True)


class AskedClock(SystemClock):
    """Tells when a thread that was marked has asked for the time: that thread has its beginning then."""

    def __init__(self) -> None:
        super().__init__()
        self.marked = threading.local()
        self.asked = threading.Event()

    def monotonic(self) -> float:
        now = super().monotonic()
        if getattr(self.marked, "it_is", False):
            self.asked.set()
        return now


def test_a_plan_does_not_wait_again_for_a_node_that_did_not_answer_moments_ago() -> None:
    door = OnceHangingDoor()
    feed = hanging_fleet(door, 0.2)
    for _ in range(3):
        look = feed.look()
        assert {device.node for device in look.devices} == {"a", "b"}
        assert look.unseen == (("bad", "ssh bad: no answer in 0.2 s"),)
    assert door.asked.count("bad") == 1
    assert door.asked.count("a") == 3, "what answers is looked at anew"
    with pytest.raises(ProbeError):
        feed.look({"bad"})
    assert door.asked.count("bad") == 2, "a proof asks it again"


def test_who_waits_for_a_look_that_fails_does_not_wait_for_another_one() -> None:
    door, clock = OnceHangingDoor(), AskedClock()
    feed = hanging_fleet(door, 60.0, clock)
    first = threading.Thread(target=feed.look, daemon=True)
    first.start()
    eventually(lambda: "bad" in door.asked)
    watch = feed.watch_of("bad")
    assert watch is not None
    look = watch.look

    def marked(also: Collection[int] = ()) -> NodeLook:
        clock.marked.it_is = True
        return look(also)

    watch.look = marked  # type: ignore[method-assign]
    found: list[object] = []
    second = threading.Thread(target=lambda: found.append(feed.look({"a", "bad"}).unseen), daemon=True)
    second.start()
    assert clock.asked.wait(DEADLINE), "the second one has begun to look at the node that hangs"
    door.free.set()
    first.join(DEADLINE)
    second.join(DEADLINE)
    assert found == [(("bad", "ssh bad: no answer in 60 s"),)]
    assert door.asked.count("bad") == 1


def test_a_plan_to_revoke_waits_no_longer_than_it_says_for_a_node_that_hangs() -> None:
    door = OnceHangingDoor()
    feed = hanging_fleet(door, 60.0)
    try:
        look = feed.look(patience=3.0)
        assert {device.node for device in look.devices} == {"a", "b"}
        assert look.unseen == (("bad", "no answer yet in 3 s"),)
    finally:
        door.free.set()


def test_the_first_looks_wait_until_the_pods_are_known_but_not_for_ever() -> None:
    door, pods = HangingDoor(set()), Pods()
    pods.complete = False
    clock = ManualClock()
    feed = FleetFeed(Settings(gpu=GpuSettings(nodes="ssh", node_interval=600.0)), clock, door, named(("a",)), pods)
    feed.start(Inbox())
    try:
        time.sleep(0.3)
        assert door.asked == []
        clock.passes(60.0)
        eventually(lambda: door.asked == ["a"])
    finally:
        feed.stop()


def test_nodes_that_are_not_known_are_not_none() -> None:
    feed = FleetFeed(
        Settings(gpu=GpuSettings(nodes="ssh")),
        SystemClock(),
        OnceHangingDoor(),
        lambda: NodeNames(None, "which nodes have GPUs is not known now"),
        Pods(),
    )
    with pytest.raises(ProbeError, match="not known now") as caught:
        feed.look()
    assert caught.value.state is State.DOWN
    made = plan(GpuSwitch(feed, [], 10.0, SystemClock()).gather(), 10.0, 0.0)
    assert not made.nothing
