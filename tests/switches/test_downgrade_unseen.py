"""What a downgrade leaves is told by what was seen of the optimizer's writes: a feed that never spoke has seen none."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from opsconsole.records import Health, State
from opsconsole.switches.downgrade.needs import PLURALS
from opsconsole.switches.downgrade.spec import SPEC
from opsconsole.switches.downgrade.switch import unwatched

LIVE = {feed: Health(feed, State.LIVE, 0.0) for feed in SPEC.waits_for}


def told(known: dict[str, Health]) -> list[str]:
    console: Any = SimpleNamespace(health=lambda: known)
    return list(unwatched(console))


def test_all_that_it_may_be_left_to_write_is_waited_for() -> None:
    assert {plural for _, plural in PLURALS.values()} == set(SPEC.waits_for)


@pytest.mark.parametrize("feed", SPEC.waits_for)
@pytest.mark.parametrize(
    ("health", "why"),
    [
        (None, "not read yet"),
        ((State.STARTING, {}), "starting"),
        ((State.DENIED, {"detail": "you may not list them"}), "you may not list them"),
        ((State.STALE, {"detail": "no answer"}), "no answer"),
        ((State.LIVE, {"detail": "bank: no", "failing": ("bank",)}), "bank: no"),
        ((State.LIVE, {"detail": "namespace bank alone", "namespaces": ("bank",)}), "namespace bank alone"),
        ((State.LIVE, {}), ""),
        ((State.ABSENT, {"detail": "not served"}), ""),
    ],
)
def test_where_it_may_have_written_unseen(feed: str, health: tuple[State, dict[str, Any]] | None, why: str) -> None:
    known = {name: each for name, each in LIVE.items() if name != feed}
    if health is not None:
        known[feed] = Health(feed, health[0], 0.0, **health[1])
    assert told(known) == ([f"whether it wrote {feed} elsewhere was not seen: {why}"] if why else [])


def test_what_a_judge_missed_is_said_too() -> None:
    missed = Health("judges", State.DOWN, 0.0, detail="KeyError", unread=1)
    assert told({**LIVE, "judges": missed}) == ["what it wrote was not wholly seen: KeyError"]
