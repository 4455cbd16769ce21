"""What a watch says that can't be read, or is no event: it takes no row away and adds none."""

from __future__ import annotations

import pytest

from opsconsole.records import State
from tests.cluster import faults as answers
from tests.cluster.conftest import Reflect
from tests.cluster.faults import FaultServer, LiveWatch
from tests.cluster.helpers import event, pod, pod_list

PODS = "/api/v1/pods"
WATCH = f"{PODS}?watch"


def test_an_object_that_a_watch_makes_unreadable_is_counted_and_stays(faults: FaultServer, reflect: Reflect) -> None:
    broken = pod("a")
    broken["status"] = {"phase": ["not", "a", "string"]}
    watch = LiveWatch()
    faults.on(PODS, answers.body(pod_list("a", "b")))
    faults.on(WATCH, watch)
    sink = reflect(faults.url)
    assert watch.opened.wait(30)
    watch.send(event("MODIFIED", broken))
    sink.wait(lambda s: s.healths[-1].state is State.LIVE and s.healths[-1].unread == 1)
    assert sorted(sink.pods) == ["production/a", "production/b"]


@pytest.mark.parametrize("kind", ["EATEN", "", "added", "ERROR "])
def test_an_event_of_no_known_type_is_no_row(faults: FaultServer, reflect: Reflect, kind: str) -> None:
    watch = LiveWatch()
    faults.on(PODS, answers.body(pod_list("a")))
    faults.on(WATCH, answers.events(event(kind, pod("x"))), watch)
    sink = reflect(faults.url)
    assert watch.opened.wait(30)
    sink.wait(lambda s: any("no event that is known" in each.detail for each in s.healths))
    assert sorted(sink.pods) == ["production/a"]
