"""When a line is signed that is good for one resource version: once the controller has seen the change before it."""

from __future__ import annotations

import random

import pytest

from opsconsole.cluster.writes import Writer
from opsconsole.permit import Mint
from opsconsole.records import Ref
from opsconsole.switches.approve.listing import seen_by_its_controller
from tests.switches.fakeapi import FakeApi

CASES = [
    ("seen", {"observedGeneration": 4}, True),
    ("seen, with a newer one meanwhile", {"observedGeneration": 5}, True),
    ("not seen yet", {"observedGeneration": 3}, False),
    ("never seen", {}, False),
    ("no number", {"observedGeneration": "4"}, False),
]


@pytest.mark.parametrize(("status", "seen"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_change_is(status: dict[str, object], seen: bool) -> None:
    assert seen_by_its_controller({"metadata": {"generation": 4}, "status": status}) is seen


@pytest.mark.parametrize("late", [0, 1, 5, 10**6])
def test_what_is_about_to_change_is_waited_for_and_not_for_ever(late: int) -> None:
    """``late``: so many pauses go by until the controller writes."""
    api, pauses = FakeApi(), []
    made = api.add("Deployment", "prod", "web", status={"observedGeneration": 1})
    made["metadata"]["generation"] = 2

    def controller(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == late:
            made["status"]["observedGeneration"] = 2
            api.touch(made)

    if not late:
        made["status"]["observedGeneration"] = 2
    writer = Writer(api, Mint(), controller, random.Random(1))
    found = writer.read_once(Ref("Deployment", "prod", "web", made["metadata"]["uid"]), seen_by_its_controller, 3.0)
    assert found["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]
    assert len(pauses) == min(late, 30)
