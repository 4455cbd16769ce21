"""The alarm when what governs is changed: by tables, and on the real API server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.clock import SystemClock
from opsconsole.cluster.transport.connection import Connection
from opsconsole.cluster.transport.errors import ClusterError, Denied, ReadOnlyError, Rejected, Unreachable
from opsconsole.feeds.protocol import Inbox
from opsconsole.govern.rules.lapsed import RUNS
from opsconsole.records import Kind, Outcome, Plan, Ref, State, Step, StepOutcome, StepState
from opsconsole.settings import ClusterSettings
from opsconsole.switches.freeze.drift import CLOCK_DOUBTED, CLOCK_KEPT, Drift, Governing, changes
from opsconsole.switches.freeze.plan import DELETE
from tests.govern.conftest import BINDINGS, FROZEN, PARAMETER, GovernBoard, do
from tests.support.clock import ManualClock
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster

POLICY = ("ValidatingAdmissionPolicy", "opsconsole-freeze", "u1", 1)
INSTALLED = ("ValidatingAdmissionPolicy", "opsconsole-governor-freeze", "u3", 1)
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
        (Governing((INSTALLED,)), Governing((INSTALLED,), "false"), ["was thawed"]),
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


class Flaky:
    """The real API server, that can't be reached when it is told so."""

    def __init__(self, api: Connection) -> None:
        self._api = api
        self.down = False

    def request(self, method: str, path: str, **options: Any) -> bytes:
        if self.down:
            raise Unreachable("no route to host")
        return self._api.request(method, path, **options)


@pytest.fixture
def watched(cluster: TestCluster) -> Iterator[tuple[Drift, Flaky, list[dict[str, Any]]]]:
    told: list[dict[str, Any]] = []
    settings = ClusterSettings(kubeconfig=str(cluster.admin_kubeconfig))
    connection = Connection(settings, read_only=True, clock=SystemClock())
    api = Flaky(connection)
    yield Drift(api, SystemClock(), told.append), api, told
    connection.close()


Watched = tuple[Drift, Flaky, list[dict[str, Any]]]


def test_a_thaw_from_here_is_no_news_though_the_look_after_it_failed(
    account: str, board_for: GovernBoard, watched: Watched
) -> None:
    drift, api, told = watched
    board, inbox = board_for(account), Inbox()
    board.on_finished(drift.finished)
    do(board, "freeze")
    drift._round(inbox)
    api.down = True
    do(board, "thaw")
    with pytest.raises(Unreachable):
        drift._round(inbox)
    api.down = False
    drift._round(inbox)
    assert told == []


def test_what_others_change_in_the_moment_after_an_own_execution_is_told(
    cluster: TestCluster, account: str, board_for: GovernBoard, watched: Watched
) -> None:
    """They were taken for its own: whatever changed between two looks was, if it had executed anything."""
    drift, _, told = watched
    board, inbox = board_for(account), Inbox()
    board.on_finished(drift.finished)
    do(board, "install-governor")
    drift._round(inbox)
    do(board, "freeze")
    cluster.api.patch(PARAMETER, {"metadata": {"annotations": {FROZEN: "false"}}})
    cluster.api.patch(f"{BINDINGS}/opsconsole-governor-deletes", {"spec": {"validationActions": ["Audit"]}})
    drift._round(inbox)
    assert ["was changed" in told[0]["text"], "was thawed" in told[1]["text"]] == [True, True]
    assert len(told) == 2


def test_a_look_in_the_middle_of_an_own_execution_tells_nothing_and_the_next_tells_what_others_did() -> None:
    plan = Plan("thaw", "t", 0.0, "", (Step("d", "t", DELETE, Ref(*POLICY_REF)),))
    shown = [Governing((POLICY, OTHER)), Governing((OTHER,)), Governing(())]
    under_way: list[Plan] = []
    told: list[dict[str, Any]] = []
    drift, inbox = Drift(Nothing(), SystemClock(), told.append, lambda: under_way), Inbox()
    drift.look = lambda: shown.pop(0)  # type: ignore[method-assign]
    drift._round(inbox)
    under_way.append(plan)
    drift._round(inbox)
    assert told == []
    under_way.clear()
    drift.finished(plan, Outcome("thaw", 0.0, 1.0, (StepOutcome("d", StepState.DONE),)))
    drift._round(inbox)
    assert [each["about"] for each in told] == ["ValidatingAdmissionPolicyBinding/opsconsole-freeze"]


POLICY_REF = ("ValidatingAdmissionPolicy", "", "opsconsole-freeze", "u1")


def test_a_delete_whose_answer_was_lost_is_not_called_anothers() -> None:
    plan = Plan("thaw", "t", 0.0, "", (Step("d", "t", DELETE, Ref(*POLICY_REF)),))
    told: list[dict[str, Any]] = []
    shown = [Governing((POLICY,)), Governing()]
    drift = Drift(Nothing(), SystemClock(), told.append)
    drift.look = lambda: shown.pop(0)  # type: ignore[method-assign]
    drift._round(Inbox())
    drift.finished(plan, Outcome("thaw", 0.0, 1.0, (StepOutcome("d", StepState.FAILED, unsure=True),)))
    drift._round(Inbox())
    assert told == []


class Nothing:
    """An API server that is never asked."""

    def request(self, *_: Any, **__: Any) -> bytes:
        raise AssertionError


def test_an_api_server_without_policies_is_said_and_asked_again() -> None:
    from opsconsole.cluster.transport.errors import NotFound

    class Old:
        def request(self, *_: Any, **__: Any) -> bytes:
            raise NotFound("404", status=404)

    drift, inbox = Drift(Old(), SystemClock()), Inbox()
    drift.start(inbox)
    try:
        eventually(lambda: {each.state for each in inbox.drain().health.values()} == {State.ABSENT}, "it says so")
    finally:
        drift.stop()


CLOCKED = Governing((("ValidatingAdmissionPolicyBinding", "opsconsole-governor-lapsed", "u4", 1),))


class Answers:
    """An API server that answers the question whether the clock of approvals runs, and counts it."""

    def __init__(self, error: ClusterError | None) -> None:
        self.error = error
        self.asked = 0

    def request(self, method: str, path: str, **of: Any) -> bytes:
        assert (method, of["query"]) == ("PATCH", {"dryRun": "All"})
        self.asked += 1
        if self.error is not None:
            raise self.error
        return b"{}"


@pytest.mark.parametrize(
    ("governs", "answer", "words", "again"),
    [
        (CLOCKED, Denied(f"403: {RUNS}", status=403), "", CLOCK_KEPT),
        (CLOCKED, Rejected(f"422: {RUNS}", status=422), "", CLOCK_KEPT),
        (CLOCKED, None, "STANDS STILL", CLOCK_DOUBTED),
        (CLOCKED, Denied("403: you may not", status=403), "unknown: 403: you may not", CLOCK_DOUBTED),
        (CLOCKED, ReadOnlyError("read-only"), "unknown: read-only", CLOCK_DOUBTED),
        (CLOCKED, Unreachable("no route"), "unknown: no route", CLOCK_DOUBTED),
        (Governing((POLICY,)), None, "", None),
    ],
)
def test_a_clock_of_approvals_that_does_not_run_is_on_the_screen(
    governs: Governing, answer: ClusterError | None, words: str, again: float | None
) -> None:
    api, clock, inbox = Answers(answer), ManualClock(1000.0), Inbox()
    drift = Drift(api, clock)
    drift.look = lambda: governs  # type: ignore[method-assign]

    def detail() -> str:
        drift._round(inbox)
        (health,) = inbox.drain().health.values()
        assert health.state is State.LIVE
        return health.detail

    assert [words in detail(), "clock" in detail()] == [True, bool(words)]
    assert api.asked == (again is not None)  # and no more than once for all looks of a while
    clock.passes((again or 1000.0) + 1.0)
    detail()
    assert api.asked == (0 if again is None else 2)
