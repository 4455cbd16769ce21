"""Who gave an approval looks after it until it is gone: which those are, and what is told when that fails."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import msgspec

from opsconsole.cluster.transport.errors import Denied
from opsconsole.feeds.protocol import Inbox
from opsconsole.journal.entry import Who
from opsconsole.journal.runs import Run
from opsconsole.records import Outcome, Plan, Ref, Step, StepOutcome, StepState
from opsconsole.switches.approve.facts import ApproveFacts
from opsconsole.switches.approve.plan import GRANT, NAME, TAKE, WITHDRAW, Given, WithdrawFacts, approving
from opsconsole.switches.approve.requests import ApprovalAsk, ApprovalRequest
from opsconsole.switches.withdraw.lapse import Lapses
from opsconsole.switches.withdraw.switch import remembered
from tests.support.clock import ManualClock
from tests.support.waiting import eventually

WEB, DB = Ref("Deployment", "shop", "web", "u1"), Ref("Deployment", "shop", "db", "u2")
OVER = Given(WEB, "g", until=1.0, mine=True)


def executed(
    switch: str, effect: str, *targets: Ref, grant: str = "g", state: StepState = StepState.DONE, used: bool = False
) -> Run:
    argument = msgspec.json.encode({"grant": grant, "used": used})
    steps = tuple(Step(str(each), "t", effect, each, argument) for each in targets)
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


def test_what_was_taken_off_is_told_as_such_and_not_as_an_object_that_is_gone() -> None:
    given = executed(NAME, GRANT, WEB, DB)
    taken = remembered([given, executed(WITHDRAW, TAKE, WEB, used=True), executed(WITHDRAW, TAKE, DB)])[1]
    told: list[str] = []
    board: Any = Board(lambda: WithdrawFacts(taken=taken))
    Lapses(board, ManualClock(100.0), lambda _: None).watch(told.append, just=[WEB, DB, Ref("Pod", "shop", "p")])
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
    facts = [WithdrawFacts(given=(OVER,)), WithdrawFacts(taken=((WEB, True),))]
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
        go_on.wait(10)
        return WithdrawFacts()

    board: Any = Board(look)
    lapses = Lapses(board, ManualClock(0.0), lambda _: None)
    run = executed(NAME, GRANT, WEB)
    lapses.finished(run.plan, run.outcome)
    looking.wait(10)
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
    Lapses(board, ManualClock(100.0), lambda _: None).watch(told.append, just=[WEB])
    assert [words for words in told if "forbidden" in words] == told[:1]
    assert "no route to host" in told[1]
    assert len(told) == 3
    assert "is gone" in told[2]
