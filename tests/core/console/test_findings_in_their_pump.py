"""What a judge finds is applied in the pump that caused it, and observers see it there."""

from __future__ import annotations

from collections.abc import Sequence

from opsconsole.alarms import Alarms, Groups, group_key
from opsconsole.clock import SystemClock
from opsconsole.console import Console
from opsconsole.records import Decision, Finding, Kind, Severity
from opsconsole.settings import Settings
from opsconsole.store import Delta, Store


class FlagsEveryDecision:
    """A judge that finds one thing on each decision, and takes the one before back."""

    def __init__(self) -> None:
        self.looks = 0
        self._before: list[str] = []

    def judge(self, store: Store, delta: Delta) -> tuple[Sequence[Finding], Sequence[str]]:
        del store
        self.looks += 1
        new = [
            Finding(key, "each", Severity.WARNING, f"{key} is wrong") for key in delta.changed.get(Kind.DECISION, ())
        ]
        over, self._before = self._before, [finding.key for finding in new]
        return new, over

    def next_due(self) -> float | None:
        return None


class Sees:
    """An observer that remembers the findings that it was shown."""

    def __init__(self) -> None:
        self.findings: list[set[str]] = []

    def observe(self, store: Store, delta: Delta) -> None:
        self.findings.append({key for key in delta.touched(Kind.FINDING) if key in store.findings})

    def next_due(self) -> float | None:
        return None


def test_a_finding_is_there_after_the_pump_that_caused_it() -> None:
    judge, seen = FlagsEveryDecision(), Sees()
    console = Console(Settings(), [], SystemClock(), judges=[judge])
    console.add_observer(seen)
    console.inbox.put(Kind.DECISION, [Decision("a", 1, 0.0)])

    delta = console.pump()

    assert delta.changed == {Kind.DECISION: {"a"}, Kind.FINDING: {"a"}}
    assert set(console.store.findings) == {"a"}
    assert seen.findings == [{"a"}]


def test_what_is_over_goes_in_the_pump_that_ended_it() -> None:
    console = Console(Settings(), [], SystemClock(), judges=[FlagsEveryDecision()])
    for key in ("a", "b"):
        console.inbox.put(Kind.DECISION, [Decision(key, 1, 0.0)])
        delta = console.pump()
    assert delta.gone == {Kind.FINDING: {"a"}}
    assert set(console.store.findings) == {"b"}


def test_findings_alone_make_nobody_judge_again() -> None:
    judge = FlagsEveryDecision()
    console = Console(Settings(), [], SystemClock(), judges=[judge])
    console.inbox.put(Kind.DECISION, [Decision("a", 1, 0.0)])
    console.pump()
    assert not console.pump()
    assert judge.looks == 1


def test_changes_of_one_key_after_another_are_one_change() -> None:
    gone, back = Delta({}, {Kind.POD: {"x", "y"}}, [], set()), Delta({Kind.POD: {"x"}}, {}, [], set())
    assert gone.merged(back) == Delta({Kind.POD: {"x"}}, {Kind.POD: {"y"}}, [], set())
    assert back.merged(gone) == Delta({}, {Kind.POD: {"x", "y"}}, [], set())


def test_no_warning_hides_a_critical_finding_on_the_screen_or_in_judge() -> None:
    old = Finding("1", "pace", Severity.CRITICAL, "same words", at=1.0)
    new = Finding("2", "pace", Severity.WARNING, "same words", at=2.0)
    screen, command = Alarms(), Groups()
    for finding in (old, new):
        screen.learn(finding)
        command.add(finding)
    for groups in (screen.groups(), command.worst_first()):
        assert [group_key(group.finding) for group in groups] == [group_key(old), group_key(new)]
