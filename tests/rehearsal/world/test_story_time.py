"""The story's time: the same from the same seed, as fast as asked, stopped."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from rehearsal.engine import Engine
from rehearsal.rehearsal import Rehearsal
from rehearsal.scenario import Scenario
from rehearsal.server.objects.resources import BY_KIND
from rehearsal.times import seconds, stamp
from tests.support.waiting import eventually


def story(rehearsal: Rehearsal) -> list[tuple[Any, ...]]:
    """Every event, in the order of its making, without what may differ."""
    events = rehearsal.core.storage.all(BY_KIND["Event"])
    events.sort(key=lambda event: int(event["metadata"]["resourceVersion"]))
    began = rehearsal.world.began
    return [
        (event["reason"], event["message"], event["count"], seconds(event["lastTimestamp"]) - int(began))
        for event in events
    ]


def test_the_same_seed_makes_the_same_story(rehearse: Callable[..., Rehearsal], aura: Scenario) -> None:
    first, second, other = (rehearse(aura, seed, story_time=True) for seed in (7, 7, 8))
    for rehearsal in (first, second, other):
        rehearsal.play_past()
    assert story(first) == story(second)
    assert story(first) != story(other)


def test_the_same_seed_makes_the_same_story_with_real_processes_too(
    rehearse: Callable[..., Rehearsal], aura: Scenario
) -> None:
    stories = []
    for _ in range(2):
        rehearsal = rehearse(aura, 7, story_time=True)
        rehearsal.play_past(history=60)
        rehearsal.go_live()
        rehearsal.engine.step(45)
        stories.append(story(rehearsal))
        rehearsal.stop()
    assert stories[0] == stories[1]
    assert stories[0]


def test_the_story_can_keep_its_own_time(rehearse: Callable[..., Rehearsal], aura: Scenario) -> None:
    rehearsal = rehearse(aura, story_time=True)
    rehearsal.play_past()
    assert stamp(rehearsal.clock.now()) == "2023-10-27T03:14:05Z"
    assert not rehearsal.in_step


def test_time_runs_as_fast_as_asked_stops_and_goes_on(rehearse: Callable[..., Rehearsal], aura: Scenario) -> None:
    rehearsal = rehearse(aura, speed=20.0)
    rehearsal.play_past(history=60)
    engine: Engine = rehearsal.engine
    before = rehearsal.clock.now()
    engine.start()
    eventually(lambda: rehearsal.clock.now() - before > 5)
    engine.pause()
    eventually(lambda: is_still(rehearsal))
    engine.resume()
    stood = rehearsal.clock.now()
    eventually(lambda: rehearsal.clock.now() > stood)


def is_still(rehearsal: Rehearsal) -> bool:
    now = rehearsal.clock.now()
    time.sleep(0.2)
    return rehearsal.clock.now() == now
