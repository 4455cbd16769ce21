"""Kubernetes events that optimizers report: read as decisions, once for each time that they happened, in bounds."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from opsconsole.decisions import events
from opsconsole.decisions.events import EventReader, EventTap
from opsconsole.feeds.protocol import Sink
from opsconsole.optimizer import Optimizers
from opsconsole.present.decisions import speaker
from opsconsole.records import Event, Kind, Mood, Ref
from opsconsole.settings import OptimizerEntry, OptimizerSettings, Settings
from tests.support.clock import ManualClock

POD = Ref("Pod", "shop", "web-5d4f8c7b9-abcde", "u1")
NODE = Ref("Node", "", "ip-10-0-1-17.ec2.internal")
HPA = Ref("HorizontalPodAutoscaler", "shop", "web")


def event(
    about: Ref, source: str, reason: str, message: str, count: int = 1, kind: str = "Normal", last: float = 100.0
) -> Event:
    return Event(
        key=f"{about.namespace or 'default'}/{about.name}.{reason}",
        namespace=about.namespace or "default",
        type=kind,
        reason=reason,
        message=message,
        about=about,
        count=count,
        first=last,
        last=last,
        source=source,
    )


def reader(*optimizers: OptimizerEntry, name: str = "") -> EventReader:
    settings = Settings(optimizer=OptimizerSettings(name=name), optimizers=optimizers)
    return EventReader(lambda: Optimizers.of(settings), ManualClock())


CASES = [
    (
        event(POD, "vpa-updater", "EvictedByVPA", "Pod was evicted by VPA Updater to apply resource recommendation."),
        "evict",
        POD.name,
    ),
    (event(POD, "karpenter", "Evicted", "Evicted pod: Underutilized/Delete"), "evict", POD.name),
    (event(NODE, "karpenter", "DisruptionTerminating", "Disrupting Node: Underutilized/Delete"), "disrupt", NODE.name),
    (
        event(
            POD, "sigs.k8s.io/descheduler", "LowNodeUtilization", "pod evicted from n-1 node by sigs.k8s.io/descheduler"
        ),
        "evict",
        POD.name,
    ),
    (event(NODE, "cluster-autoscaler", "ScaleDown", "marked the node as toBeDeleted/unschedulable"), None, NODE.name),
    (
        event(
            Ref("ScaledObject", "shop", "web"),
            "keda-operator",
            "KEDAScaleTargetDeactivated",
            "Deactivated apps/v1.Deployment shop/web from 3 to 0",
        ),
        "scale",
        "web",
    ),
    (
        event(
            HPA,
            "horizontal-pod-autoscaler",
            "SuccessfulRescale",
            "New size: 9; reason: cpu resource utilization (percentage of request) above target",
        ),
        "scale",
        "web",
    ),
]


@pytest.mark.parametrize(("said", "verb", "name"), CASES)
def test_what_optimizers_report(said: Event, verb: str | None, name: str) -> None:
    (decision,) = reader().read([said])
    assert decision.source == f"event {said.source}"
    assert decision.at == 100.0
    assert decision.target is not None
    assert decision.target.name == name
    if verb is not None:
        assert (decision.verb, decision.mood) == (verb, Mood.OBSERVED)


def test_hpa_s_new_size_is_told() -> None:
    (decision,) = reader().read([CASES[-1][0]])
    assert [(field.path, field.value) for field in decision.fields] == [("replicas", "9")]


def test_others_events_are_no_decisions() -> None:
    others = [
        event(POD, source, "Killing", "Stopping container app") for source in ("kubelet", "default-scheduler", "")
    ]
    assert reader().read(others) == []


def test_reporter_that_is_the_configured_optimizer_means_what_it_says() -> None:
    mine = OptimizerEntry(name="night shift", workloads=("ops/sizer",))
    said = event(POD, "sizer", "Evicting", "Evicting pod shop/web-5d4f8c7b9-abcde")
    (decision,) = reader(mine).read([said])
    assert (decision.verb, decision.mood, decision.optimizer) == ("evict", Mood.PLANNED, "night shift")
    assert speaker(decision) == "event night shift"
    assert reader().read([said]) == []


def test_reporter_that_is_named_later_means_what_it_says_from_then_on() -> None:
    named = [Settings()]
    read = EventReader(lambda: Optimizers.of(named[-1]), ManualClock())
    said = event(POD, "sizer", "Evicting", "Evicting pod shop/web-5d4f8c7b9-abcde")
    assert read.read([said]) == []
    named.append(Settings(optimizers=(OptimizerEntry(name="night shift", workloads=("ops/sizer",)),)))
    (decision,) = read.read([said])
    assert (decision.mood, decision.optimizer) == (Mood.PLANNED, "night shift")
    named.append(Settings())
    assert read.read([event(POD, "sizer", "Evicting", said.message, count=2)]) == []


def test_repeated_event_is_read_once_for_each_increase_of_its_count() -> None:
    read = reader()
    first = event(POD, "karpenter", "Evicted", "Evicted pod")
    assert len(read.read([first])) == 1
    assert read.read([first]) == []  # a relist gives every event again
    again = read.read([event(POD, "karpenter", "Evicted", "Evicted pod", count=3)])
    assert len(again) == 1
    assert read.read([event(POD, "karpenter", "Evicted", "Evicted pod", count=2)]) == []


def test_long_list_gives_its_newest_events_in_their_order() -> None:
    many = [
        event(Ref("Pod", "shop", f"web-{number}"), "karpenter", "Evicted", "Evicted pod", last=float(number))
        for number in range(events.MAX_HISTORY + 100)
    ]
    found = reader().read(reversed(many))
    assert [found[0].at, found[-1].at, len(found)] == [100.0, events.MAX_HISTORY + 99.0, events.MAX_HISTORY]


def test_counts_remembered_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MAX_REMEMBERED", 10)
    read = reader()
    for number in range(50):
        read.read([event(Ref("Pod", "shop", f"web-{number}"), "karpenter", "Evicted", "Evicted pod")])
    assert len(read._counts) == 10


def test_hostile_message_is_one_clean_line() -> None:
    (decision,) = reader().read([event(POD, "karpenter", "Evicted", "Evicted pod\x1b[2J \u202e" + "x" * 5000)])
    assert "\x1b" not in decision.message
    assert "\u202e" not in decision.message


class _Given:
    name = "events"

    def __init__(self) -> None:
        self.retried = False

    def start(self, sink: Sink) -> None:
        self.sink = sink

    def stop(self) -> None:
        self.retried = False

    def retry(self) -> None:
        self.retried = True


class _Kept:
    def __init__(self) -> None:
        self.put_: list[tuple[Kind, int]] = []

    def put(self, kind: Kind, records: Iterable[object]) -> None:
        self.put_.append((kind, len(list(records))))

    def drop(self, kind: Kind, keys: Iterable[str]) -> None:
        self.put_.append((kind, -len(list(keys))))

    def health(self, health: object) -> None:
        del health


def test_events_go_on_as_events_too() -> None:
    given, kept = _Given(), _Kept()
    tap = EventTap(given, reader())
    tap.start(kept)
    given.sink.put(Kind.EVENT, [CASES[0][0], event(POD, "kubelet", "Killing", "Stopping container app")])
    given.sink.drop(Kind.EVENT, ["a"])
    tap.retry()
    assert kept.put_ == [(Kind.EVENT, 2), (Kind.DECISION, 1), (Kind.EVENT, -1)]
    assert given.retried
