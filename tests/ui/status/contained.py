"""What a switch leaves behind, built for tests of the containment and of the banner that tells it."""

from __future__ import annotations

from opsconsole.records import Finding, Health, Outcome, Plan, Proof, Ref, Severity, State, Step, StepOutcome, StepState
from opsconsole.settings import GpuSettings
from opsconsole.ui.status import containment
from opsconsole.ui.status.containment import GPU, Containment, Executed
from tests.ui import aura

AT = aura.NOW
HOST = GpuSettings()


def executed(
    switch: str, *, holds: bool | None = True, at: float = AT, steps: tuple[Step, ...] = (), run: str = ""
) -> Executed:
    outcome = Outcome(
        switch,
        at - 30,
        at,
        steps=tuple(StepOutcome(step.key, StepState.DONE) for step in steps),
        proofs=(Proof("it is so"), Proof("nothing is left", holds, "seen"))
        if holds is None
        else (Proof("nothing is left", holds, "seen"),),
        run=run or switch,
    )
    return Executed(Plan(switch, switch, at - 40, "", steps=steps), outcome)


def step(key: str, undoes: str = "") -> Step:
    return Step(key, key, "effect", Ref("Thing", "", key), undoes=undoes)


def finding(key: str = "new", at: float = AT + 5, severity: Severity = Severity.CRITICAL, **more) -> Finding:
    given = {"title": f"{key} is wrong", "decision": "d", "switch": "revoke"} | more
    return Finding(key, given.pop("rule", "rule"), severity, at=at, **given)


def held(*done: Executed, processes=(), gpu_state: State = State.ABSENT) -> Containment:
    parts = containment.of_executions(done)
    parts[GPU] = containment.gpus(parts[GPU], processes, Health("gpu", gpu_state, AT), HOST)
    return Containment(parts, containment.unproved(done))
