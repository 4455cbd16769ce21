"""What the plan to install the governor tells before anything is installed."""

from __future__ import annotations

import msgspec
import pytest

from opsconsole.govern.identities import Identities
from opsconsole.records import Plan
from opsconsole.settings import Settings
from opsconsole.switches.freeze.facts import FreezeFacts
from opsconsole.switches.govern.facts import GovernFacts, wanted_by
from opsconsole.switches.govern.plan import installing

AURA = "system:serviceaccount:ops:aura"


def planned(identities: Identities) -> Plan:
    freeze = FreezeFacts(identities)
    return installing(GovernFacts(wanted_by(msgspec.convert({}, Settings), freeze), freeze), 0.0)


@pytest.mark.parametrize("named", [(), (AURA,)], ids=["nobody is named", "the optimizer is named too"])
def test_rules_for_everybody_but_a_group_are_said_to_refuse_operators_their_work(named: tuple[str, ...]) -> None:
    plan = planned(Identities(named, break_glass="sre"))
    assert any("everybody who is not in group sre: operators" in each for each in plan.warnings)
    assert "everybody who is not in group sre are judged" in plan.notes[0]


def test_rules_for_the_optimizer_alone_warn_of_nobody_else_s_work() -> None:
    plan = planned(Identities((AURA,)))
    assert plan.warnings == ()
    assert plan.notes[0].startswith(f"writes of {AURA} are judged")
