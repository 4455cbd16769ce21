"""How the governor runs its rules: on what changed, late, broken, switched off."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from opsconsole.feeds.protocol import Batch
from opsconsole.governor.governor import Governor
from opsconsole.governor.rule import Again, Rule, Verdict, View, rule, worst_first
from opsconsole.governor.rules import BUILT_IN
from opsconsole.optimizer import Optimizers
from opsconsole.records import AnyRecord, Finding, Kind, Ref, Severity, Workload
from opsconsole.settings import GovernorSettings
from scripts.rules_doc import DISASTERS, PAGE, page
from tests.governor.scene import OPTIMIZER, START, Scene, deployment, node, patch, pod
from tests.support.clock import ManualClock


@rule("named-web", Severity.WARNING, Kind.WORKLOAD)
def named_web(subject: Workload, view: View) -> Iterable[Verdict]:
    """Test: the name is web."""
    ASKED.append(subject.key)
    if subject.name == "web":
        yield Verdict("it is \x1b[31mweb")


@rule("broken", Severity.INFO, Kind.WORKLOAD)
def broken(subject: Workload, view: View) -> Iterable[Verdict]:
    """Test: raises."""
    raise KeyError(subject.name)


@rule("for-a-minute", Severity.INFO, Kind.WORKLOAD)
def for_a_minute(subject: Workload, view: View) -> Iterable[Verdict | Again]:
    """Test: holds until a minute after the start."""
    if view.now < START + 60:
        yield Verdict("not yet")
        yield Again(START + 60)


ASKED: list[str] = []


def test_rules_run_only_on_what_changed():
    scene = Scene(rules=[named_web]).put(deployment("web"), deployment("auth"))
    ASKED.clear()
    scene.put(deployment("auth", replicas=9))
    assert ASKED == ["Deployment/production/auth"]
    scene.put(node("n1"))
    assert ASKED == ["Deployment/production/auth"]


def test_a_rules_text_is_cleaned():
    scene = Scene(rules=[named_web]).put(deployment("web"))
    assert [finding.title for finding in scene.held.values()] == ["it is ␛[31mweb"]


def test_a_finding_is_told_once_and_taken_back_when_its_record_is_gone():
    scene = Scene(rules=[named_web]).put(deployment("web"))
    before = dict(scene.held)
    delta = scene.store.apply(scene.inbox.drain())
    assert scene.governor.judge(scene.store, delta) == ([], [])
    scene.clock.at += 5
    scene.put(deployment("web", replicas=5))
    assert scene.held == before, "the same finding began when it began"
    scene.drop(deployment("web"))
    assert not scene.held


def test_a_broken_rule_is_named_and_costs_nothing_else():
    scene = Scene(rules=[broken, named_web]).put(deployment("web"))
    assert {finding.key.split("|")[0] for finding in scene.held.values()} == {"rule-broken", "named-web"}
    assert "KeyError" in next(iter(scene.held.values())).title


def test_a_rule_is_asked_again_though_nothing_changed():
    scene = Scene(rules=[for_a_minute]).put(deployment("web"))
    assert scene.held
    assert scene.governor.next_due() == START + 60
    scene.wait(59)
    assert scene.held
    scene.wait(2)
    assert not scene.held
    assert scene.governor.next_due() is None


def test_a_governor_that_comes_late_sees_everything_that_is_there():
    early = Scene().put(deployment("web", memory=None), pod("auth-1", deployment()), node("n1"))
    early.say(patch("1Gi", "NaN"))
    late = Governor(GovernorSettings(), Optimizers.of(OPTIMIZER), early.clock)
    found, _ = late.judge(early.store, early.store.apply(Batch({}, [], {})))
    assert {finding.key for finding in found} == {finding.key for finding in early.governor.findings}
    assert found


def test_switched_off_rules_are_said_and_misspelt_ones_too():
    scene = Scene(GovernorSettings(disabled=("limit-cut", "limit-cot"))).put(deployment()).wait(22)
    scene.say(patch())
    assert not scene.of("limit-cut")
    assert sorted(finding.title for finding in scene.of("disabled")) == [
        "rule limit-cut is switched off in the settings",
        "there is no rule limit-cot",
    ]
    assert scene.governor.switched_off == ("limit-cut", "limit-cot")


def test_a_governor_that_is_off_says_nothing():
    scene = Scene(GovernorSettings(enabled=False))
    assert Governor.judge(scene.governor, scene.store, scene.store.apply(Batch({}, [], {}))) == ((), ())


def test_a_decision_that_is_forgotten_takes_its_findings_along():
    scene = Scene().put(deployment()).wait(22)
    scene.store = type(scene.store)({Kind.DECISION: 3})
    scene.put(deployment())
    scene.say(*[patch() for _ in range(3)])
    assert scene.of("limit-cut")
    scene.say(*["[2023-10-27 03:14:22] INFO: fine" for _ in range(3)])
    assert not scene.of("limit-cut")
    assert scene.governor.deed("decisions#1") is None


def test_names_are_unique_and_every_rule_says_where_its_number_comes_from():
    names = [each.name for each in BUILT_IN]
    assert len(set(names)) == len(names) >= 30
    for each in BUILT_IN:
        assert len(each.doc) > 80, each.name
        assert any(
            word in each.doc for word in ("write-up", "The Aura log", "The SmartScaler log", "No number", "Kubernetes'")
        ), each.name


@pytest.mark.parametrize("kinds", [(), (Kind.POD,)])
def test_a_rule_without_kinds_or_words_is_refused(kinds):
    def check(subject: AnyRecord, view: View) -> Iterable[Verdict]:
        return ()

    with pytest.raises(ValueError, match="docstring"):
        rule("nothing", Severity.INFO, *kinds)(check)


def test_any_object_of_the_right_shape_is_a_rule():
    class Own:
        name, severity, kinds, doc = "own", Severity.INFO, frozenset({Kind.WORKLOAD}), "Test."

        def check(self, subject: AnyRecord, view: View, /) -> Iterable[Verdict]:
            yield Verdict("seen", about=Ref("Pod", "a", "b"), part="p")

    mine: Rule = Own()
    scene = Scene(rules=[mine]).put(deployment("web"))
    assert list(scene.held) == ["own|workload:Deployment/production/web|p"]


def test_worst_first():
    def found(key: str, severity: Severity, at: float) -> Finding:
        return Finding(key, "r", severity, key, at=at)

    given = [
        found("d", Severity.INFO, 9),
        found("b", Severity.WARNING, 1),
        found("a", Severity.CRITICAL, 1),
        found("c", Severity.WARNING, 5),
    ]
    assert [each.key for each in worst_first(given)] == ["a", "c", "b", "d"]


def test_findings_on_a_pod_are_those_of_its_workload():
    scene = Scene().put(deployment())
    assert scene.governor.owner(pod("auth-1", deployment())) == Ref("Deployment", "production", "auth-service")
    bare = pod("bare")
    assert scene.governor.owner(bare) is None


def test_without_an_optimizer_everything_still_runs():
    clock = ManualClock(START)
    governor = Governor(GovernorSettings(), Optimizers(), clock)
    scene = Scene()
    scene.governor, scene.clock = governor, clock
    scene.put(deployment(), node(), pod("auth-1", deployment())).wait(22)
    scene.say(patch())
    assert scene.of("limit-cut")


def test_the_page_of_rules_is_the_rules():
    """Made anew by ``python -m scripts.rules_doc``."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_rule_that_answers_a_disaster_is_there() -> None:
    known = {each.name for each in BUILT_IN} | {"budget"}
    assert {name for _, names in DISASTERS for name in names.split()} <= known
