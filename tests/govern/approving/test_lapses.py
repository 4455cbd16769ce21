"""Who gave an approval looks after it until it is gone: which those are, and what is told when that fails."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from opsconsole.clock import Clock, ClusterClock
from opsconsole.cluster.transport.errors import Denied
from opsconsole.cluster.transport.server_clock import ServerClock
from opsconsole.feeds.protocol import Inbox
from opsconsole.journal.entry import Who
from opsconsole.journal.runs import Run
from opsconsole.records import Outcome, Plan, Proof, Ref, Step, StepOutcome, StepState
from opsconsole.switches.approve.facts import ApproveFacts
from opsconsole.switches.approve.plan import (
    GRANT,
    LIST,
    NAME,
    TAKE,
    UNLIST,
    WITHDRAW,
    ApprovalPlace,
    Given,
    WithdrawFacts,
    approving,
    place_of,
    withdrawing,
)
from opsconsole.switches.approve.requests import ApprovalAsk, ApprovalRequest
from opsconsole.switches.withdraw.lapse import Lapses
from opsconsole.switches.withdraw.switch import WithdrawSwitch, remembered
from tests.support.clock import ManualClock
from tests.support.waiting import DEADLINE, eventually

WEB, DB = Ref("Deployment", "shop", "web", "u1"), Ref("Deployment", "shop", "db", "u2")
POD, SHOP = Ref("Pod", "shop", "p", "u3"), Ref("Namespace", "", "shop", "u4")
OVER = Given(WEB, "g", until=1.0, mine=True)


def executed(
    switch: str, effect: str, *targets: Ref, grant: str = "g", state: StepState = StepState.DONE, used: bool = False
) -> Run:
    """An execution about ``targets``; what is listed is listed by the Namespace."""
    listed = effect in {LIST, UNLIST}
    steps = tuple(
        Step(
            str(each),
            "t",
            effect,
            SHOP if listed else each,
            msgspec.json.encode({"grant": grant, "used": used} | ({"about": each} if listed else {})),
        )
        for each in targets
    )
    done = tuple(StepOutcome(str(each), state, after=msgspec.json.encode({"value": grant})) for each in targets)
    return Run("r", Plan(switch, "t", 0.0, "", steps), Who(), Outcome(switch, 0.0, 1.0, done))


def test_an_approval_that_was_taken_off_is_looked_for_no_more_and_a_newer_one_is() -> None:
    given = executed(NAME, GRANT, WEB, DB)
    taken = executed(WITHDRAW, TAKE, WEB)
    assert standing(given) == [WEB, DB]
    assert standing(given, taken) == [DB]
    assert standing(given, executed(WITHDRAW, TAKE, WEB, state=StepState.FAILED)) == [WEB, DB]
    again = executed(NAME, GRANT, WEB, grant="newer")
    assert standing(given, again, taken) == [WEB, DB]


def standing(*runs: Run) -> list[Ref]:
    return [step.target for step, _ in remembered(runs)[0]]


def itself(target: Ref) -> ApprovalPlace:
    return ApprovalPlace(target, target)


@pytest.mark.parametrize("order", [(GRANT, LIST), (LIST, GRANT)])
@pytest.mark.parametrize("target", [WEB, POD], ids=["limits and replicas", "values and delete"])
def test_an_approval_on_the_object_and_one_on_its_namespace_s_list_do_not_hide_each_other(
    target: Ref, order: tuple[str, str]
) -> None:
    given = [executed(NAME, effect, target, grant=effect) for effect in order]
    assert {step.effect for step, _ in remembered(given)[0]} == {GRANT, LIST}
    for taking, giving, left in ((TAKE, GRANT, LIST), (UNLIST, LIST, GRANT)):
        off = executed(WITHDRAW, taking, target, grant=giving, used=True)
        known, taken = remembered([*given, off])
        assert [step.effect for step, _ in known] == [left]
        assert taken == ((place_of(off.plan.steps[0]), True),)


@pytest.mark.parametrize("over", [0, 1], ids=["the object's", "the list's"])
def test_of_two_approvals_of_one_object_only_the_one_that_is_over_is_taken_off_and_the_other_ends_too(
    over: int,
) -> None:
    both = [
        Given(POD, grant, until=1.0 if at == over else 150.0, mine=True, listed_by=by)
        for at, (grant, by) in enumerate((("g", None), ("l", SHOP)))
    ]
    clock, told, taken = ManualClock(100.0), list[str](), list[list[int]]()

    def execute(plan: Plan) -> Any:
        off = [step.target for step in plan.steps if step.chosen]
        taken.append([at for at, each in enumerate((POD, SHOP)) if each in off])
        both[:] = [each for each in both if each.place.on not in off]
        done = tuple(StepOutcome(step.key, StepState.DONE) for step in plan.steps if step.chosen)
        outcome = Outcome(WITHDRAW, 0.0, 1.0, done, proofs=(Proof("off", holds=True),))
        return SimpleNamespace(result=lambda: outcome)

    board: Any = Board(lambda: WithdrawFacts(tuple(both)))
    board.make_plan = lambda _: withdrawing(board.gather(), clock.now())
    board.execute = execute
    Lapses(board, clock, clock.passes).watch(told.append)
    assert taken == [[over], [1 - over]]
    assert sorted(words.partition(" is gone")[0] for words in told) == [str(POD), f"{POD} (listed by {SHOP})"]


@pytest.mark.parametrize(("effect", "words"), [(TAKE, "Pod/p -n shop itself"), (UNLIST, "the list of Namespace/shop")])
def test_the_proof_of_a_withdrawal_claims_no_more_than_the_one_place_that_it_looked_at(effect: str, words: str) -> None:
    run = executed(WITHDRAW, effect, POD)
    api: Any = SimpleNamespace(request=lambda *_, **__: b"{}")
    place: Any = None
    switch = WithdrawSwitch(api, list, place, ManualClock(100.0))
    (proof,) = next(iter(switch.verify(run.plan, run.outcome)))
    assert proof.holds
    assert proof.claim.endswith(words)


def test_what_was_taken_off_is_told_as_such_and_not_as_an_object_that_is_gone() -> None:
    given = executed(NAME, GRANT, WEB, DB)
    taken = remembered([given, executed(WITHDRAW, TAKE, WEB, used=True), executed(WITHDRAW, TAKE, DB)])[1]
    told: list[str] = []
    board: Any = Board(lambda: WithdrawFacts(taken=taken))
    Lapses(board, ManualClock(100.0), lambda _: None).watch(told.append, just=[itself(each) for each in (WEB, DB, POD)])
    assert sorted(told) == [
        f"{DB}: not used; the approval is taken off",
        f"{WEB}: used; the approval is taken off",
        "Pod/p -n shop is gone, and the approval with it",
    ]
    assert remembered([given, executed(WITHDRAW, TAKE, WEB), given])[1] == ()


class Board:
    """A switchboard whose approvals can be had one look after the other."""

    def __init__(self, look: Callable[[], WithdrawFacts]) -> None:
        self.gather = look

    def switch(self, name: str) -> Any:
        return self

    def make_plan(self, name: str) -> Plan:
        raise Denied('403: deployments "web" is forbidden: User "ann" cannot patch it', status=403)


def test_an_approval_that_another_console_takes_off_first_is_no_trouble() -> None:
    facts = [WithdrawFacts(given=(OVER,)), WithdrawFacts(taken=((itself(WEB), True),))]
    board: Any = Board(lambda: facts.pop(0))
    board.make_plan = lambda _: Plan(WITHDRAW, "t", 0.0, "", blocked="no approval stands", nothing=True)
    told: list[str] = []
    Lapses(board, ManualClock(100.0), lambda _: None).watch(told.append)
    assert told == [f"{WEB}: used; the approval is taken off"]


def test_an_approval_that_is_given_while_the_last_look_goes_on_is_looked_after() -> None:
    looking, go_on = threading.Event(), threading.Event()
    looks: list[int] = []

    def look() -> WithdrawFacts:
        looks.append(1)
        looking.set()
        go_on.wait(DEADLINE)
        return WithdrawFacts()

    board: Any = Board(look)
    lapses = Lapses(board, ManualClock(0.0), lambda _: None)
    run = executed(NAME, GRANT, WEB)
    lapses.finished(run.plan, run.outcome)
    assert looking.wait(DEADLINE)
    lapses.finished(run.plan, run.outcome)
    go_on.set()
    eventually(lambda: len(looks) == 2, "it looks again")
    eventually(lambda: not lapses._looking, "it is over")
    lapses.finished(run.plan, run.outcome)
    eventually(lambda: len(looks) == 3, "a later one is looked after too")


def test_a_console_that_starts_looks_after_what_an_earlier_one_left() -> None:
    looks = iter([WithdrawFacts((OVER,)), WithdrawFacts()])
    seen: list[WithdrawFacts] = []

    def look() -> WithdrawFacts:
        seen.append(next(looks))
        return seen[-1]

    board: Any = Board(look)
    lapses = Lapses(board, ManualClock(100.0), lambda _: None)
    lapses.start(Inbox())
    eventually(lambda: not lapses._looking, "it is over")
    assert [facts.given for facts in seen] == [(OVER,), ()]


def test_of_a_delete_the_plan_says_that_no_clock_ends_it() -> None:
    asks = [ApprovalAsk(WEB, 0.0, deletes=deletes) for deletes in (True, False)]
    plans = [approving(ApproveFacts((ApprovalRequest("r", WEB, ask),), me="ann"), 5.0, 0.0) for ask in asks]
    assert [any("stands until it is taken off" in words for words in plan.warnings) for plan in plans] == [True, False]


def test_why_an_approval_can_t_be_taken_off_is_told_once() -> None:
    """Without it whoever signed waits for ever, and nobody says for what."""
    looks = iter([WithdrawFacts((OVER,)), WithdrawFacts((OVER,)), WithdrawFacts(gaps=("no route to host",))])
    board: Any = Board(lambda: next(looks, WithdrawFacts()))
    told: list[str] = []
    Lapses(board, ManualClock(100.0), lambda _: None).watch(told.append, just=[itself(WEB)])
    assert [words for words in told if "forbidden" in words] == told[:1]
    assert "no route to host" in told[1]
    assert len(told) == 3
    assert "is gone" in told[2]


def takes_off(standing: list[Given], clock: Clock, taken: Callable[[], object] = bool) -> Any:
    """A board that takes every approval off which stands, and tells when."""

    def execute(plan: Plan) -> Any:
        taken()
        standing.clear()
        done = tuple(StepOutcome(each.key, StepState.DONE) for each in plan.steps)
        outcome = Outcome(WITHDRAW, 0.0, 1.0, done, proofs=(Proof("off", holds=True),))
        return SimpleNamespace(result=lambda: outcome)

    board: Any = Board(lambda: WithdrawFacts(tuple(standing)))
    board.make_plan = lambda _: withdrawing(board.gather(), clock.now())
    board.execute = execute
    return board


@pytest.mark.parametrize("step", [3600.0, -3600.0], ids=["forward", "back"])
def test_a_clock_that_is_set_while_an_approval_stands_neither_shortens_nor_prolongs_it(step: float) -> None:
    """The console goes by the API server's time, and by the seconds that have gone by."""
    own = ManualClock(100.0)
    server, clock = ServerClock(own), ClusterClock(own)
    clock.follow(lambda: server.ahead)
    server.note("Thu, 01 Jan 1970 00:01:40 GMT", own.monotonic(), own.monotonic())
    standing = [Given(WEB, "g", until=140.0, mine=True)]
    seconds: list[float] = []
    taken: list[float] = []

    def pause(wait: float) -> None:
        own.passes(wait)
        seconds.append(wait)
        if sum(seconds) == 10.0:
            own.is_set(step)

    board = takes_off(standing, clock, lambda: taken.append(sum(seconds)))
    Lapses(board, clock, pause).watch()
    assert len(taken) == 1
    assert 40.0 < taken[0] < 50.0


def test_where_the_api_server_tells_no_time_a_clock_that_is_set_back_prolongs_no_approval() -> None:
    clock = ManualClock(100.0)
    standing = [Given(WEB, "g", until=140.0, mine=True)]
    seconds: list[float] = []

    def pause(wait: float) -> None:
        clock.passes(wait)
        seconds.append(wait)
        if len(seconds) == 5:
            clock.is_set(-3600.0)

    Lapses(takes_off(standing, clock), clock, pause).watch()
    assert 40.0 < sum(seconds) < 50.0
