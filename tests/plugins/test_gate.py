"""A plugin's switch goes through the gate like any other, and nothing it does gets round the permit."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from opsconsole.cluster.transport.errors import ClusterError
from opsconsole.journal.entry import Who
from opsconsole.journal.writer import Journal
from opsconsole.permit import Mint, Permit, PermitError
from opsconsole.plugin import Tools
from opsconsole.plugins import switches as guards
from opsconsole.plugins.bounded import Bounded, HungError
from opsconsole.plugins.switches import BrokenPluginError, GuardedSwitch
from opsconsole.records import Outcome, Plan, Proof, Ref, Step, StepOutcome, StepState
from opsconsole.switches.engine.executor import ReservedExecutor
from opsconsole.switches.engine.gate import BlockedError, Gate
from tests.plugins.conftest import Workshop
from tests.plugins.test_hooks import SWITCH
from tests.support.clock import ManualClock

TARGET = Ref("Rollout", "n", "a")


class Stop:
    """A switch whose parts the test exchanges."""

    name, title, key, poll_seconds = "sample.stop", "Stop it", "4", 0.1

    def __init__(self, mint: Mint) -> None:
        self.effects: dict[str, Any] = {"sample.act": Act(mint)}
        self.gather: Any = lambda: "facts"
        self.verify: Any = lambda plan, outcome: iter([(Proof("it stopped", holds=True),)])
        self.step = Step("1", "stop", "sample.act", TARGET)

    def plan(self, facts: Any) -> Any:
        return Plan(self.name, self.title, 0.0, facts, (self.step,))


class Act:
    name = "sample.act"
    parallel = True

    def __init__(self, mint: Mint) -> None:
        self.mint = mint
        self.doing: Any = lambda step, permit: mint.redeem(permit, self.name, step.target)

    def needs(self, step: Step) -> tuple[()]:
        return ()

    def read(self, step: Step) -> bytes:
        return b"{}"

    def act(self, step: Step, permit: Permit, call: Any) -> StepOutcome:
        self.doing(step, permit)
        return StepOutcome(step.key, StepState.DONE)


class Stage:
    """A gate with a journal, and a guarded switch."""

    def __init__(self, folder: Path) -> None:
        self.mint = Mint()
        self.journal = Journal(folder, ManualClock(1_000_000.0), Who)
        self.gate = Gate(self.journal, self.mint, ManualClock(1_000_000.0), ReservedExecutor(1), lambda _: None)
        self.inner = Stop(self.mint)

    def run(self) -> tuple[Outcome, list[str]]:
        switch = GuardedSwitch(self.inner, self.mint)  # type: ignore[arg-type]
        outcome = self.gate.execute(switch, switch.plan(switch.gather()), switch.effects)
        kinds = [json.loads(line)["kind"] for line in self.journal.path.read_text().splitlines()]
        return outcome, kinds


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_effect_of_a_plugin_is_journalled_permitted_and_proved(stage: Stage) -> None:
    outcome, kinds = stage.run()
    assert outcome.success
    assert [step.state for step in outcome.steps] == [StepState.DONE]
    assert kinds == ["intent", "begin", "end", "outcome"]


def test_switch_loaded_from_a_file_does_the_same(workshop: Workshop, stage: Stage) -> None:
    workshop.sample(SWITCH)
    (switch,) = workshop.load().switches(Tools(writer=None, redeemer=stage.mint))  # type: ignore[arg-type]
    outcome = stage.gate.execute(switch, switch.plan(switch.gather()), switch.effects)
    assert outcome.success
    assert outcome.steps[0].detail == "paused"


def test_effect_that_goes_round_its_permit_counts_as_failed(stage: Stage) -> None:
    stage.inner.effects["sample.act"].doing = lambda step, permit: None
    outcome, _ = stage.run()
    assert outcome.steps[0].state is StepState.FAILED
    assert "not used its permit" in outcome.steps[0].detail


def test_permit_is_good_for_one_use_and_one_target(stage: Stage) -> None:
    act = stage.inner.effects["sample.act"]
    kept: list[Permit] = []

    def twice(step: Step, permit: Permit) -> None:
        kept.append(permit)
        stage.mint.redeem(permit, act.name, step.target)
        stage.mint.redeem(permit, act.name, step.target)

    act.doing = twice
    assert stage.run()[0].steps[0].state is StepState.FAILED
    act.doing = lambda step, permit: stage.mint.redeem(permit, act.name, Ref("Pod", "kube-system", "etcd"))
    outcome, _ = stage.run()
    assert "not for sample.act on Pod/etcd" in outcome.steps[0].detail
    act.doing = lambda step, permit: kept.append(permit)
    stage.run()
    with pytest.raises(PermitError):
        stage.mint.redeem(kept[-1], act.name, TARGET)


def test_effect_that_raises_or_hangs_fails_in_words(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    act = stage.inner.effects["sample.act"]
    act.doing = lambda step, permit: 1 / 0
    outcome, kinds = stage.run()
    assert "plugin's switch sample.stop failed: ZeroDivisionError" in outcome.steps[0].detail
    assert kinds[-1] == "outcome"
    monkeypatch.setattr(guards, "ACT_SECONDS", 0.05)
    forever = threading.Event()
    act.doing = lambda step, permit: forever.wait(60)
    outcome, _ = stage.run()
    assert "does not answer within 0.05 s" in outcome.steps[0].detail
    forever.set()


def test_plan_with_somebody_elses_effect_is_blocked(stage: Stage) -> None:
    stage.inner.step = Step("1", "delete", "delete-pod", TARGET)
    with pytest.raises(BlockedError, match="not its own: delete-pod"):
        stage.run()


def test_switch_without_effects_is_the_only_one_that_is_not_dangerous(stage: Stage) -> None:
    assert GuardedSwitch(stage.inner, stage.mint).dangerous  # type: ignore[arg-type]
    stage.inner.effects = {}
    switch = GuardedSwitch(stage.inner, stage.mint)  # type: ignore[arg-type]
    assert not switch.dangerous
    assert "not its own" in switch.plan("facts").blocked


def test_switch_that_plans_nonsense_raises_in_words(stage: Stage) -> None:
    switch = GuardedSwitch(stage.inner, stage.mint)  # type: ignore[arg-type]
    stage.inner.gather = lambda: 1 / 0
    with pytest.raises(BrokenPluginError, match=r"sample\.stop failed: ZeroDivisionError"):
        switch.gather()
    stage.inner.plan = lambda facts: "a plan"  # type: ignore[method-assign]
    with pytest.raises(BrokenPluginError, match="made no plan but a str"):
        switch.plan("facts")

    def unreachable() -> None:
        raise ClusterError("no answer from the API server")

    stage.inner.gather = unreachable
    with pytest.raises(ClusterError, match=r"^no answer from the API server$"):
        switch.gather()


def test_switch_that_hangs_does_not_keep_the_others_waiting(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guards, "LOOK_SECONDS", 0.05)
    switch = GuardedSwitch(stage.inner, stage.mint)  # type: ignore[arg-type]
    forever, before = threading.Event(), threading.active_count()
    stage.inner.gather = lambda: forever.wait(60)
    with pytest.raises(BrokenPluginError, match="does not answer within"):
        switch.gather()
    with pytest.raises(BrokenPluginError, match="still hangs"):
        switch.gather()
    assert threading.active_count() <= before + 1
    forever.set()


def test_proof_that_breaks_off_is_unknown_not_true(stage: Stage) -> None:
    def verify(plan: Plan, outcome: Outcome) -> Any:
        yield (Proof("it stopped", None),)
        raise RuntimeError("lost it")

    stage.inner.verify = verify
    outcome, _ = stage.run()
    assert [(proof.holds, proof.detail) for proof in outcome.proofs] == [
        (None, "the plugin can't tell: RuntimeError: lost it")
    ]
    assert not outcome.success


def test_call_that_hangs_is_given_up_and_the_next_refused_until_it_is_back() -> None:
    patient, bounded, forever = Bounded(60.0), Bounded(0.05), threading.Event()
    assert patient(lambda: 7) == 7
    with pytest.raises(KeyError):
        patient(lambda: {}["x"])
    with pytest.raises(TimeoutError):
        patient(lambda: (_ for _ in ()).throw(TimeoutError("its own")))
    with pytest.raises(HungError):
        bounded(lambda: forever.wait(60))
    with pytest.raises(HungError, match="still hangs"):
        bounded(lambda: 7)
    forever.set()
    from tests.support.waiting import eventually

    def back() -> bool:
        try:
            return bounded(lambda: 7) == 7
        except HungError:
            return False

    eventually(back)
