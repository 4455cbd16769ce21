"""A guard's turns on the real API server, one by one: a thaw is a person's, in whatever order it comes to be known."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.clock import SystemClock
from opsconsole.cluster.transport.connection import Connection
from opsconsole.cluster.transport.errors import Unreachable
from opsconsole.feeds.protocol import Inbox
from opsconsole.guard.guard import Guard
from opsconsole.guard.report import Word
from opsconsole.records import Finding, Kind, Severity
from opsconsole.settings import ClusterSettings, GuardSettings
from opsconsole.store import Delta
from opsconsole.switches.engine.board import Switchboard
from opsconsole.switches.freeze.drift import Drift
from tests.govern.conftest import BINDINGS, GovernBoard, do

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster

pytestmark = pytest.mark.cluster
BINDING = f"{BINDINGS}/opsconsole-freeze"


class Watched:
    """A guard over a switchboard, what it told, and a feed that watches what governs; nothing runs by itself."""

    def __init__(self, board: Switchboard, cluster: TestCluster) -> None:
        self.board = board
        self.told: list[Word] = []
        settings = ClusterSettings(kubeconfig=str(cluster.admin_kubeconfig))
        self.connection = Connection(settings, read_only=True, clock=SystemClock())
        self._drift, self._inbox = Drift(self.connection, SystemClock()), Inbox()
        console: Any = SimpleNamespace(switchboard=board)
        self.guard = Guard(console, GuardSettings(), SystemClock(), lambda: True, self.told.append)

    def kinds(self) -> list[str]:
        return [word.kind for word in self.told]

    def drift(self) -> None:
        """Let the feed look, and the guard see what it found."""
        self._drift._round(self._inbox)
        self.observe(*self._inbox.drain().latest.get(Kind.FINDING, {}).values())

    def observe(self, *findings: Finding) -> None:
        store: Any = SimpleNamespace(findings={each.key: each for each in findings})
        self.guard.observe(store, Delta({Kind.FINDING: {each.key for each in findings}}, {}, [], set()))


@pytest.fixture
def watched(cluster: TestCluster, account: str, board_for: GovernBoard) -> Any:
    made = Watched(board_for(account), cluster)
    yield made
    made.connection.close()


def frozen(cluster: TestCluster) -> bool:
    return cluster.api.exists(BINDING)


@pytest.mark.parametrize("first", ["the feed", "the guard"])
def test_a_person_s_thaw_is_not_overruled_by_the_alarm_that_it_raises(
    cluster: TestCluster, watched: Watched, first: str
) -> None:
    do(watched.board, "freeze")
    watched.drift()
    watched.guard._turn()
    assert (watched.guard.state.frozen, watched.kinds()) == (True, [])
    cluster.api.delete(BINDING)
    steps: list[Callable[[], object]] = [watched.drift, watched.guard._turn]
    for step in steps if first == "the feed" else [*reversed(steps), watched.guard._turn]:
        step()
    assert watched.kinds() == ["Thawed"]
    assert not frozen(cluster)


def test_a_thaw_behind_a_look_that_failed_is_told(
    cluster: TestCluster, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    do(watched.board, "freeze")
    watched.guard._turn()
    with monkeypatch.context() as broken:
        for way in ("gather", "gather_at_once"):
            broken.setattr(watched.board.switch("freeze"), way, _unreachable)
        cluster.api.delete(BINDING)
        watched.observe(Finding("governing-changed/x", "governing-changed", Severity.CRITICAL, "thawed", at=_soon()))
        watched.guard._turn()
        assert (watched.guard.state.frozen, watched.kinds()) == (None, ["NotActing"])
    watched.guard._turn()
    assert watched.kinds() == ["NotActing", "Thawed"]
    assert not frozen(cluster)


def test_an_identity_that_the_freeze_does_not_cover_is_frozen_too_and_is_no_thaw(
    cluster: TestCluster, watched: Watched, account: str, board_for: GovernBoard
) -> None:
    do(watched.board, "freeze")
    watched.guard._turn()
    grown = board_for(account, named={"users": ("aura-s-other-hand",)})
    watched.guard._console.switchboard = grown  # type: ignore[misc]
    watched.guard._turn()
    assert watched.kinds()[0] == "Outgrown"
    assert "Thawed" not in watched.kinds()
    watched.guard._turn()
    assert watched.guard.state.frozen is True
    assert watched.guard.state.standing_down_until == 0.0


def _unreachable() -> None:
    raise Unreachable("503")


def _soon() -> float:
    return SystemClock().now() + 1.0
