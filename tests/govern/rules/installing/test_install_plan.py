"""What the plan to install the governor tells before anything is installed."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from opsconsole.govern.identities import Identities
from opsconsole.govern.names import APPROVED, LAPSED, LISTED
from opsconsole.records import Plan
from opsconsole.settings import Settings
from opsconsole.switches.freeze.facts import FreezeFacts
from opsconsole.switches.govern.facts import GovernFacts, wanted_by
from opsconsole.switches.govern.plan import installing

AURA = "system:serviceaccount:ops:aura"


def planned(identities: Identities, **govern: Any) -> Plan:
    freeze = FreezeFacts(identities)
    return installing(GovernFacts(wanted_by(msgspec.convert({"govern": govern}, Settings), freeze), freeze), 0.0)


@pytest.mark.parametrize("named", [(), (AURA,)], ids=["nobody is named", "the optimizer is named too"])
def test_rules_for_everybody_but_a_group_are_said_to_refuse_operators_their_work(named: tuple[str, ...]) -> None:
    plan = planned(Identities(named, break_glass="sre"))
    assert any("everybody who is not in group sre: operators" in each for each in plan.warnings)
    assert "everybody who is not in group sre are judged" in plan.notes[0]


def test_rules_for_the_optimizer_alone_warn_of_nobody_else_s_work() -> None:
    plan = planned(Identities((AURA,)))
    assert plan.warnings == ()
    assert plan.notes[0].startswith(f"writes of {AURA} are judged")


OTHERS = {
    "deny": "nobody else's are, but for approvals (self-approval)",
    "warn": "nobody else's are, and rule self-approval only warns",
    "off": "nobody else's are, and rule self-approval is off",
}


@pytest.mark.parametrize("mode", OTHERS)
def test_what_the_plan_says_of_approvals_is_how_their_rule_stands(mode: str) -> None:
    plan = planned(Identities((AURA,)), rules={"self-approval": mode})
    assert OTHERS[mode] in plan.notes[0]
    given = {"rules": {"self-approval": mode}, "break_glass": "sre", "except_users": ["ci"]}
    glass = planned(Identities((), break_glass="sre"), **given)
    (covers,) = [each for each in glass.warnings if "cover that user all the same" in each]
    assert ("protect and self-approval cover" in covers) is (mode == "deny")


@pytest.mark.parametrize("mode", OTHERS)
@pytest.mark.parametrize("identities", [Identities((AURA,)), Identities((AURA,), break_glass="sre")])
def test_an_approval_that_anybody_could_write_lets_nothing_through(mode: str, identities: Identities) -> None:
    """The governed itself could: no rule asks for an annotation that nothing keeps it from writing."""
    plan = planned(identities, rules={"self-approval": mode})
    asking = {
        each.target.name
        for each in plan.steps
        if (APPROVED in each.arguments.decode() or LISTED in each.arguments.decode())
        and not each.target.name.endswith("-self-approval")
    }
    assert {name.removeprefix("opsconsole-governor-") for name in asking} == (
        {"limit-cuts", "replicas", "deletes", "taints", "images", "lapsed"} if mode == "deny" else set()
    )
    assert any(each.target.name == LAPSED for each in plan.steps) is (mode == "deny")
