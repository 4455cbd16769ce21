"""Restoring while the optimizer's log is not read: what it may tell is not known, and that is said."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from opsconsole.governor.account.damage import DamageState
from opsconsole.records import Health, State
from opsconsole.switches.restore import plan as restore
from opsconsole.switches.restore.damage_source import DamageAccount
from opsconsole.switches.restore.plan import RestoreFacts
from tests.switches.test_restore_plan import plan, row

DENIED = "you may not get pods/log"
MORE = f"its log is not read, and may tell of more: {DENIED}"


def test_a_log_that_is_not_read_is_no_log_that_tells_of_nothing() -> None:
    found = restore.plan(RestoreFacts(unheard=DENIED), 1.0)
    assert found.blocked == f"what is to be restored is not known: {MORE}"
    assert not found.nothing, "the exit code says that it is not known, too"


def test_that_there_may_be_more_is_said_beside_what_is_known() -> None:
    known = plan(row(), unheard=DENIED)
    assert known.steps
    assert MORE in known.notes
    fine = plan(row(standing=DamageState.RESTORED, now="512Mi"), unheard=DENIED)
    assert MORE in fine.notes
    assert not fine.nothing
    assert MORE not in plan(row()).notes


@pytest.mark.parametrize(
    ("health", "words"),
    [
        (None, ""),
        (Health("decisions", State.LIVE, 0.0, detail="2 logs of 1 pod"), ""),
        (Health("decisions", State.ABSENT, 0.0, detail="no optimizer is named"), ""),
        (Health("decisions", State.STARTING, 0.0, detail="reading 2 logs of 1 pod"), "reading 2 logs of 1 pod"),
        (Health("decisions", State.STARTING, 0.0), "starting"),
        (Health("decisions", State.DENIED, 0.0, detail=DENIED), DENIED),
        (Health("decisions", State.STALE, 0.0, detail="no answer"), "no answer"),
        (Health("decisions", State.DOWN, 0.0, detail="there is no Deployment named aura in ops"), ""),
    ],
)
def test_whether_the_log_is_read_is_told_by_its_feed(health: Health | None, words: str) -> None:
    console: Any = SimpleNamespace(health=lambda: {} if health is None else {"decisions": health})
    assert DamageAccount(console).unheard() == words
