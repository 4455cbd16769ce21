"""The watchdog is a feed like any other: no exception ends it, and none leaves it "live"."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from opsconsole.clock import SystemClock
from opsconsole.feeds.protocol import Inbox
from opsconsole.journal.runs import Run
from opsconsole.records import State
from opsconsole.store import Store
from opsconsole.switches import watchdog
from opsconsole.switches.watchdog import NAME, Watchdog
from tests.support.waiting import eventually

EXCEPTIONS = [
    RuntimeError,
    OSError,
    MemoryError,
    RecursionError,
    AssertionError,
    UnicodeError,
    StopIteration,
    ImportError,
]


@pytest.mark.parametrize("kind", EXCEPTIONS)
def test_whatever_it_raises_it_is_down_in_words_and_looks_again(
    kind: type[Exception], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(watchdog, "GLANCE", 0.02)
    monkeypatch.setattr(watchdog, "FULL_LOOK", 0.02)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    asked = []
    broken = True

    def recall() -> Sequence[Run]:
        asked.append(True)
        if broken:
            raise kind("nobody foresaw this")
        return []

    inbox, store = Inbox(), Store()
    dog = Watchdog(None, SystemClock(), recall)  # type: ignore[arg-type] - it never comes to read the cluster
    seen: set[State] = set()

    def states() -> set[State]:
        store.apply(inbox.drain())
        if NAME in store.health:
            seen.add(store.health[NAME].state)
        return seen

    dog.start(inbox)
    try:
        if kind is not UnicodeError:  # a ValueError, as broken entries raise: what was watched before is watched on
            eventually(lambda: State.DOWN in states(), "it is said to be down")
        eventually(lambda: len(asked) > 3, "it looks again while it is broken")
        broken, before = False, len(asked)
        eventually(lambda: len(asked) > before + 1 and State.ABSENT in states(), "it goes on")
    finally:
        dog.stop()
    assert State.LIVE not in seen
