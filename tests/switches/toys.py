"""A switchboard without a cluster: toy switches and effects behind the real gate, mint and journal."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from opsconsole.clock import Clock, SystemClock
from opsconsole.cluster.questions.reviews import Access
from opsconsole.cluster.transport.errors import Unreachable
from opsconsole.journal.entry import Who
from opsconsole.journal.writer import Journal
from opsconsole.optimizer import Optimizers
from opsconsole.permit import Mint, Permit
from opsconsole.records import Outcome, Plan, Proof, Ref, Step, StepOutcome, StepState, Target
from opsconsole.switches.engine.board import Switchboard
from opsconsole.switches.engine.executor import ReservedExecutor
from opsconsole.switches.engine.gate import Gate
from opsconsole.switches.engine.memory import Memory
from opsconsole.switches.engine.preflight import Preflight
from opsconsole.switches.engine.switch import Call, Registry
from opsconsole.switches.target.facts import fingerprint
from opsconsole.switches.target.reader import TargetReader
from opsconsole.switches.undo.undo import Undo


class NoApi:
    """An API server that is not there."""

    def request(self, method: str, path: str, **_: Any) -> bytes:
        raise Unreachable(f"{method} {path}: there is no server in this test")


class ToyEffect:
    """Redeems its permit and notes what it did; does what ``deed`` says."""

    parallel = False

    def __init__(self, name: str, mint: Mint, deed: Callable[[Step], str] = lambda _: "done") -> None:
        self.name = name
        self._mint = mint
        self._deed = deed
        self.done: list[str] = []
        self.permits: list[Permit] = []

    def needs(self, step: Step) -> tuple[Access, ...]:
        return ()

    def read(self, step: Step) -> bytes | StepOutcome:
        return b'{"was":1}'

    def act(self, step: Step, permit: Permit, call: Call) -> StepOutcome:
        self._mint.redeem(permit, self.name, step.target)
        self.permits.append(permit)
        words = self._deed(step)
        self.done.append(step.key)
        return StepOutcome(step.key, StepState.DONE, words)


class ToySwitch:
    """One step on each of its targets; proves what ``proves`` says."""

    poll_seconds = 0.01
    dangerous = False
    kept_ready = True

    def __init__(self, name: str, key: str, effect: ToyEffect, targets: list[str], clock: Clock) -> None:
        self.name = name
        self.title = f"Toy {name}"
        self.key = key
        self.effect = effect
        self.targets = targets
        self.warnings: tuple[str, ...] = ()
        self.blocked = ""
        self.proofs: list[tuple[Proof, ...]] = [(Proof("it is over", holds=True, detail="looked"),)]
        self._clock = clock

    @property
    def effects(self) -> Mapping[str, Any]:
        return {self.effect.name: self.effect}

    def gather(self) -> list[str]:
        return list(self.targets)

    def plan(self, facts: list[str]) -> Plan:
        refs = [Ref("Pod", "ops", name, f"uid-{name}") for name in facts]
        steps = tuple(
            Step(
                f"{self.name}/{ref.name}", f"End {ref}", self.effect.name, ref, command=f"kubectl delete pod {ref.name}"
            )
            for ref in refs
        )
        return Plan(
            switch=self.name,
            title=f"{self.title} plan",
            made_at=self._clock.now(),
            facts=fingerprint(steps, self.warnings, self.blocked),
            steps=steps,
            targets=tuple(refs),
            warnings=self.warnings,
            blocked=self.blocked,
            shows=tuple(Target(ref, self._clock.now() - 3600, "runs") for ref in refs),
        )

    def verify(self, plan: Plan, outcome: Outcome) -> Iterator[tuple[Proof, ...]]:
        yield from self.proofs


class Toys:
    """A whole board of them."""

    def __init__(
        self, folder: Path, clock: Clock | None = None, deed: Callable[[Step], str] = lambda _: "done"
    ) -> None:
        self.clock = clock or SystemClock()
        self.mint = Mint()
        self.journal = Journal(folder, self.clock, Who, lock_seconds=0.05)
        self.effect = ToyEffect("toy.end", self.mint, deed)
        self.registry = Registry()
        self.switches = {}
        for name, key in (("revoke", "1"), ("optimizer", "2"), ("gpu", "3"), ("all", "0")):
            self.switches[name] = ToySwitch(name, key, self.effect, ["aura-1"], self.clock)
            self.registry.add(self.switches[name])
        self.executor = ReservedExecutor()
        self.memory = Memory(self.journal)
        never = threading.Event()
        self.gate = Gate(
            self.journal, self.mint, self.clock, self.executor, lambda seconds: never.wait(min(seconds, 0.01))
        )
        api: Any = NoApi()
        self.board = Switchboard(
            self.registry,
            lambda: Undo(TargetReader(api, Optimizers()), self.memory, self.clock, told=lambda: self.memory.told),
            self.gate,
            Preflight(api, self.clock),
            self.memory,
            executor=self.executor,
            clock=self.clock,
        )
        self.random = random.Random(0)


def execute(toys: Toys, name: str = "revoke", **options: Any) -> Outcome:
    return toys.board.execute(toys.board.make_plan(name), **options).result(timeout=30)
