"""Tug-of-war, oscillation and warm-up: who writes over whom, and how fast."""

from __future__ import annotations

import pytest

from opsconsole.records import FieldManager, Severity
from tests.governor.scene import START, Scene, deployment

ME, IT, HPA, NOBODY = "kubectl", "aura-optimizer", "kube-controller-manager", "OpenAPI-Generator"


def scaled(*writes: tuple[float, int, str], start: int = 1) -> Scene:
    """Replica counts by second and writer, as the watch sees them."""
    scene = Scene().put(deployment(replicas=start))
    for second, count, by in writes:
        scene.clock.at = START + second
        managers = (FieldManager(by, "Update", "scale" if by == HPA else "", scene.clock.at),)
        scene.put(deployment(replicas=count, managers=managers))
    return scene


@pytest.mark.parametrize(
    ("writes", "expected"),
    [
        ([(10, 5, ME), (20, 1, IT)], Severity.CRITICAL),  # "I would kubectl scale, and ten seconds later …"
        ([(10, 5, IT), (20, 1, ME)], Severity.WARNING),  # a person takes the optimizer's change back
        ([(10, 5, ME), (40, 1, IT)], Severity.CRITICAL),
        ([(10, 5, ME), (41, 1, IT)], None),  # slower than 30 s
        ([(10, 5, ME), (20, 2, IT)], None),  # not taken back
        ([(10, 5, IT), (20, 1, IT)], None),  # one manager alone
        ([(10, 5, ME), (20, 1, HPA)], None),  # a person and a controller: not our business
        ([(10, 5, HPA), (20, 1, IT)], Severity.CRITICAL),
        ([(10, 5, ME), (20, 1, NOBODY)], Severity.CRITICAL),  # may be it
        ([(10, 5, ME), (15, 6, IT), (20, 5, ME), (25, 6, IT)], Severity.CRITICAL),
    ],
)
def test_one_field_by_two_managers(writes, expected):
    found = scaled(*writes).of("tug-of-war")
    assert [finding.severity for finding in found] == ([expected] if expected else [])


def test_a_tug_of_war_within_one_pump_is_seen():
    scene = Scene().put(deployment(replicas=1))
    scene.clock.at += 10
    for count, by, at in ((5, ME, 2.0), (1, IT, 5.0)):
        record = deployment(replicas=count, by=(by, START + at))
        scene.inbox.put("workload", [record])  # type: ignore[arg-type]
    scene.pump()
    assert scene.of("tug-of-war")


def test_the_api_servers_whole_seconds_put_nothing_in_the_wrong_order():
    """Kubectl scale leaves an entry without a time; the optimizer's says the second that had begun before it."""
    scene = Scene().put(deployment(replicas=1))
    scene.clock.at = START + 10.4
    people = (FieldManager("helm", "Update", "", START - 86_400), FieldManager(ME, "Update", "scale", None))
    scene.put(deployment(replicas=3, managers=people))
    scene.clock.at = START + 10.9
    scene.put(deployment(replicas=1, managers=(people[0], FieldManager(IT, "Update", "", START + 10))))
    assert [finding.severity for finding in scene.of("tug-of-war")] == [Severity.CRITICAL]


def test_a_long_tug_of_war_is_one_finding_that_ends_when_it_is_over():
    scene = scaled(*((10 * turn, 5 if turn % 2 else 1, ME if turn % 2 else IT) for turn in range(1, 21)))
    assert len(scene.of("tug-of-war")) == 1
    scene.wait(590).live("pods")
    assert scene.of("tug-of-war")
    scene.wait(20).live("pods", "nodes")
    assert not scene.of("tug-of-war")


@pytest.mark.parametrize(
    ("writes", "flagged"),
    [
        ([(60, 0, IT), (120, 3, ME), (180, 0, IT)], True),
        ([(60, 0, IT), (120, 3, IT), (180, 0, IT), (240, 3, IT)], True),
        ([(60, 0, IT), (120, 3, ME)], False),
        ([(60, 0, IT), (120, 3, ME), (661, 0, IT)], False),  # 601 s apart
        ([(60, 0, ME), (120, 3, ME), (180, 0, ME)], False),  # a person may
        ([(60, 1, IT), (120, 3, IT), (180, 1, IT)], False),  # never to zero
        ([(60, 0, "keda-operator"), (120, 3, "keda-operator"), (180, 0, "keda-operator")], False),
    ],
)
def test_oscillation_between_zero_and_some(writes, flagged):
    assert bool(scaled(*writes, start=3).of("oscillation")) is flagged


def test_an_oscillation_ends_when_its_window_has_passed():
    scene = scaled((60, 0, IT), (120, 3, ME), (180, 0, IT), start=3)
    scene.clock.at = START + 60 + 602
    scene.live("pods")
    assert not scene.of("oscillation")


@pytest.mark.parametrize(
    ("writes", "flagged"),
    [
        ([(10, 3, ME), (40, 0, IT)], True),
        ([(10, 3, ME), (40, 1, IT)], True),
        ([(10, 3, ME), (55, 0, IT)], False),  # 45 s: warm
        ([(10, 3, ME), (40, 5, IT)], False),
        ([(10, 3, IT), (40, 0, ME)], False),  # a person may
    ],
)
def test_scaled_down_while_cold(writes, flagged):
    scene = scaled(*writes, start=0)
    assert bool([finding for finding in scene.of("warm-up") if finding.severity is Severity.CRITICAL]) is flagged


def test_the_warm_up_counts_down_and_ends():
    scene = scaled((10, 3, ME), start=0)
    assert [finding.severity for finding in scene.of("warm-up")] == [Severity.INFO]
    assert scene.of("warm-up")[0].title == "auth-service warms up until 03:14:55 UTC"
    scene.wait(15)
    assert [(ref.name, left) for ref, left in scene.governor.warming()] == [("auth-service", 30.0)]
    scene.wait(31).live("pods")
    assert not scene.of("warm-up")
    assert not scene.governor.warming()
