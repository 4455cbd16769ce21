"""Restoring while the optimizer's log is not read: what it may tell is not known, and that is said."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from opsconsole.clock import SystemClock
from opsconsole.commands.acting.kill import FAILED, NOTHING
from opsconsole.composition import build_console
from opsconsole.console import Console
from opsconsole.feeds.protocol import Sink
from opsconsole.governor.account.damage import DamageState
from opsconsole.records import Health, State
from opsconsole.settings import GpuSettings, Settings, SwitchSettings
from opsconsole.store import STARTING_SECONDS
from opsconsole.switches.restore import plan as restore
from opsconsole.switches.restore.damage_source import DamageAccount
from opsconsole.switches.restore.plan import RestoreFacts
from opsconsole.switches.restore.spec import SPEC
from opsconsole.switches.restore.switch import RestoreSwitch
from tests.support.clock import ManualClock
from tests.support.waiting import eventually
from tests.switches.restore.damaged import plan, row

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
        (None, "not read yet"),
        (Health("decisions", State.LIVE, 0.0, detail="2 logs of 1 pod"), ""),
        (Health("decisions", State.ABSENT, 0.0, detail="no optimizer is named"), ""),
        (Health("decisions", State.STARTING, 0.0, detail="reading 2 logs of 1 pod"), "reading 2 logs of 1 pod"),
        (Health("decisions", State.STARTING, 0.0), "starting"),
        (Health("decisions", State.DENIED, 0.0, detail=DENIED), DENIED),
        (Health("decisions", State.STALE, 0.0, detail="no answer"), "no answer"),
        (Health("decisions", State.DOWN, 0.0, detail="there is no Deployment named aura in ops"), ""),
        (Health("decisions", State.DOWN, 0.0, detail="no answer in time", unread=1), "no answer in time"),
        (Health("decisions", State.LIVE, 0.0, detail="2 logs; 1 can't be read", unread=1), "2 logs; 1 can't be read"),
    ],
)
def test_whether_the_log_is_read_is_told_by_its_feed(health: Health | None, words: str) -> None:
    known = {} if health is None else {"decisions": health}
    assert DamageAccount(console_of(known)).unheard() == words


OBJECTS = [feed for feed in SPEC.waits_for if feed != "decisions"]
LIVE = {feed: Health(feed, State.LIVE, 0.0) for feed in SPEC.waits_for}


def console_of(known: Mapping[str, Health]) -> Any:
    return SimpleNamespace(health=lambda: known)


def exit_code_of(known: Mapping[str, Health]) -> int:
    """What ``opsconsole kill restore`` ends with where nothing is in the account."""
    account = DamageAccount(console_of(known))
    found = restore.plan(RestoreFacts(unheard=account.unheard(), unseen=account.unseen()), 1.0)
    assert found.blocked
    assert ("not known" in found.blocked) is not found.nothing
    return NOTHING if found.nothing else FAILED


def test_all_that_it_puts_back_is_waited_for() -> None:
    assert {right.resource for right in SPEC.rights if right.verb == "patch"} == set(OBJECTS)


def test_where_all_is_read_it_is_known_that_there_is_nothing() -> None:
    assert exit_code_of(LIVE) == NOTHING


@pytest.mark.parametrize("feed", SPEC.waits_for)
@pytest.mark.parametrize(
    "state",
    [
        None,
        (State.STARTING, {}),
        (State.DENIED, {"detail": "you may not list them"}),
        (State.STALE, {"detail": "no answer"}),
        (State.DOWN, {"detail": "can't be set up: no", "unread": 1}),
        (State.LIVE, {"detail": "2 could not be read", "unread": 2}),
    ],
    ids=["never spoke", "starting", "denied", "stale", "down", "partly"],
)
def test_what_is_not_read_is_not_known_to_be_fine(feed: str, state: tuple[State, dict[str, Any]] | None) -> None:
    known = {name: health for name, health in LIVE.items() if name != feed}
    if state is not None:
        known[feed] = Health(feed, state[0], 0.0, **state[1])
    assert exit_code_of(known) == FAILED


class Lost:
    """A source of decisions that can't be begun, or never says anything."""

    name = "decisions"

    def __init__(self, error: BaseException | None) -> None:
        self._error = error

    def start(self, sink: Sink) -> None:
        if self._error is not None:
            raise self._error
        sink.health(Health(self.name, State.STARTING, 0.0))

    def stop(self) -> None:
        pass


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (RuntimeError("can't start new thread"), "can't be started: can't start new thread"),
        (MemoryError(), "can't be started"),
        (OSError(24, "Too many open files"), "Too many open files"),
        (None, "no answer in the first 30 s"),
    ],
)
def test_a_log_that_was_never_begun_or_never_answered_is_not_one_that_is_not_there(
    error: BaseException | None, words: str
) -> None:
    clock = ManualClock()
    console = Console(Settings(), [Lost(error)], clock)
    console.start()
    console.pump()
    clock.at += STARTING_SECONDS + 1.0
    console.pump()
    assert console.health()["decisions"].state is State.DOWN
    assert words in DamageAccount(console).unheard()
    assert not restore.plan(RestoreFacts(unheard=DamageAccount(console).unheard()), 1.0).nothing


def test_a_log_whose_reader_could_not_be_built_is_not_one_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ValueError("no such zone")

    monkeypatch.setattr("opsconsole.composition._add_decisions", fails)
    console = build_console(Settings(gpu=GpuSettings(enabled=False)), only={"decisions"})
    console.start()
    try:
        told = eventually(lambda: (console.pump(), console.health().get("decisions"))[1], "it is told")
        assert told is not None
        assert (told.state, told.detail) == (State.DOWN, "can't be set up: no such zone")
        assert DamageAccount(console).unheard() == told.detail
    finally:
        console.stop()


@pytest.mark.parametrize(
    ("health", "words"),
    [
        (Health("replicasets", State.LIVE, 0.0, detail="quickly"), ""),
        (Health("replicasets", State.ABSENT, 0.0, detail="not asked for"), ""),
        (Health("replicasets", State.STARTING, 0.0), "replicasets: starting"),
        (Health("replicasets", State.DOWN, 0.0, detail="no answer"), "replicasets: no answer"),
        (Health("replicasets", State.STALE, 0.0, detail="no answer"), "replicasets: no answer"),
        (Health("replicasets", State.LIVE, 0.0, detail="2 of it unread", unread=2), "replicasets: 2 of it unread"),
        (Health("replicasets", State.LIVE, 0.0, detail="bank: no", failing=("bank",)), "replicasets: bank: no"),
        (Health("nodes", State.DENIED, 0.0, detail="you may not list them"), "nodes: you may not list them"),
        (Health("judges", State.DOWN, 0.0, detail="not wholly looked at", unread=1), "judges: not wholly looked at"),
    ],
)
def test_objects_that_are_not_read_are_no_objects_that_are_fine(health: Health, words: str) -> None:
    assert DamageAccount(console_of({**LIVE, health.feed: health})).unseen() == words


def test_what_is_unread_for_one_reason_is_said_in_one_go() -> None:
    assert DamageAccount(console_of({})).unseen() == f"{', '.join(OBJECTS)}: not read yet"


@pytest.mark.parametrize("health", [None, Health("nodes", State.DENIED, 0.0, detail="you may not list them")])
def test_who_reads_some_namespaces_alone_needs_no_nodes(health: Health | None) -> None:
    known = {feed: Health(feed, State.LIVE, 0.0, namespaces=("bank",)) for feed in LIVE if feed != "nodes"}
    if health is not None:
        known["nodes"] = health
    assert exit_code_of(known) == NOTHING


def test_what_is_not_read_yet_is_asked_before_the_account_and_never_behind_it() -> None:
    """What is read between the two is in the account; the other way round it is in neither."""
    asked: list[str] = []

    def ask(what: str, answer: Any) -> Any:
        asked.append(what)
        return answer

    world: Any = SimpleNamespace()
    switch = RestoreSwitch(
        world,
        lambda: ask("account", ()),
        [],
        SwitchSettings(),
        SystemClock(),
        unheard=lambda: ask("log", ""),
        unseen=lambda: ask("objects", ""),
    )
    switch.gather()
    assert asked == ["log", "objects", "account"]
