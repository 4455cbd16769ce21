"""The alarm when what governs is changed: by tables, and on the real API server."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.clock import SystemClock
from opsconsole.cluster.transport.connection import Connection
from opsconsole.feeds.protocol import Inbox
from opsconsole.records import Kind
from opsconsole.settings import ClusterSettings
from opsconsole.switches.freeze.drift import Drift, Governing, changes
from tests.govern.conftest import BINDINGS, FROZEN, PARAMETER, GovernBoard, do

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster

POLICY = ("ValidatingAdmissionPolicy", "opsconsole-freeze", "u1", 1)
OTHER = ("ValidatingAdmissionPolicyBinding", "opsconsole-freeze", "u2", 1)


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        (Governing((POLICY, OTHER)), Governing((POLICY, OTHER)), []),
        (Governing((POLICY, OTHER)), Governing((POLICY,)), ["is gone"]),
        (Governing((POLICY,)), Governing((POLICY, OTHER)), []),
        (Governing((POLICY,)), Governing(((*POLICY[:3], 2),)), ["was changed"]),
        (Governing((POLICY,)), Governing(((*POLICY[:2], "u9", 1),)), ["was changed"]),
        (Governing((), "true"), Governing((), "false"), ["was thawed"]),
        (Governing((), "true"), Governing((), ""), ["makes no sense"]),
        (Governing((), "false"), Governing((), "true"), ["was frozen"]),
        (Governing(), Governing((), "false"), []),
    ],
)
def test_every_change_has_its_words(before: Governing, now: Governing, words: list[str]) -> None:
    found = changes(before, now)
    assert len(found) == len(words)
    assert all(word in said for word, (_, said) in zip(words, found, strict=True))


def test_on_the_real_api_server_a_change_from_elsewhere_is_an_alarm_and_one_from_here_is_not(
    cluster: TestCluster, account: str, board_for: GovernBoard
) -> None:
    told: list[dict[str, Any]] = []
    connection = Connection(
        ClusterSettings(kubeconfig=str(cluster.admin_kubeconfig)), read_only=True, clock=SystemClock()
    )
    drift, inbox = Drift(connection, SystemClock(), told.append), Inbox()
    board = board_for(account)
    board.on_finished(drift.finished)
    drift._round(inbox)
    do(board, "install-governor")
    drift._round(inbox)
    do(board, "freeze")
    drift._round(inbox)
    assert told == []
    cluster.api.patch(PARAMETER, {"metadata": {"annotations": {FROZEN: "false"}}})
    drift._round(inbox)
    cluster.api.patch(f"{BINDINGS}/opsconsole-governor-deletes", {"spec": {"validationActions": ["Audit"]}})
    drift._round(inbox)
    cluster.api.delete(f"{BINDINGS}/opsconsole-governor-freeze")
    drift._round(inbox)
    assert ["thawed" in told[0]["text"], "changed" in told[1]["text"], "gone" in told[2]["text"]] == [True] * 3
    assert len(inbox.drain().latest[Kind.FINDING]) == 3
    connection.close()


def test_an_api_server_without_policies_is_said_and_asked_again() -> None:
    from opsconsole.cluster.transport.errors import NotFound
    from opsconsole.records import State

    class Old:
        def request(self, *_: Any, **__: Any) -> bytes:
            raise NotFound("404", status=404)

    drift, inbox = Drift(Old(), SystemClock()), Inbox()
    drift.start(inbox)
    try:
        for _ in range(100):
            health = {each.feed: each for each in inbox.drain().health.values()}
            if "governing" in health:
                break
            threading.Event().wait(0.05)
        assert health["governing"].state is State.ABSENT
    finally:
        drift.stop()
