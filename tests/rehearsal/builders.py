"""Small worlds, built step by step."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import msgspec

from rehearsal.behaviour import Behaviour
from rehearsal.scenario import NodeSpec, OptimizerSpec, Scenario, ServiceSpec, Surge, Traffic
from rehearsal.server.bootstrap import bootstrap
from rehearsal.server.core import Core
from rehearsal.server.objects.resources import Object
from rehearsal.world.clock import WorldClock
from rehearsal.world.control import Control
from rehearsal.world.simulation import Simulation
from rehearsal.world.stage import set_stage

START = 1_700_000_000.0
WEB = Behaviour(pull=1.0, warm_up=2.0, memory_start=20, memory_ready=60, capacity=100.0, cpu_per_request=0.005)
JVM = Behaviour(pull=1.0, warm_up=45.0, memory_start=80, memory_ready=640, capacity=100.0)


def service(name: str = "web", behaviour: Behaviour = WEB, **changes: Any) -> ServiceSpec:
    """A service with room for itself."""
    options: dict[str, Any] = {"replicas": 2, "cpu": "500m", "memory": "256Mi"} | changes
    return ServiceSpec(name=name, image=f"registry.example/{name}:1", behaviour=behaviour, **options)


def scenario(*services: ServiceSpec, rate: float = 0.0, surges: tuple[Surge, ...] = ()) -> Scenario:
    """A scenario with an optimizer that does nothing."""
    optimizer = OptimizerSpec("aura", "ops-tools", "aura-optimizer", "aura", "registry.example/aura:1", (), cpu="1")
    nodes = (NodeSpec("node-a", "4", "8Gi"), NodeSpec("node-b", "4", "8Gi"))
    return Scenario(
        "test", "", services, nodes, Traffic(rate, surges), msgspec.structs.replace(optimizer, memory="1Gi")
    )


class Stage:
    """One world and short ways to look at it."""

    def __init__(self, made: Scenario | None = None, seed: int = 0) -> None:
        self.clock = WorldClock(START)
        self.core = Core(self.clock, random.Random(seed))
        bootstrap(self.core)
        self.scenario = made or scenario(service())
        self.world = Simulation(self.core, self.scenario, self.clock, random.Random(seed))
        set_stage(self.core, self.scenario)
        self.human = Control(self.core, "kubectl")

    def run(self, seconds: float, step: float = 0.5) -> None:
        """Let time pass."""
        for _ in range(round(seconds / step)):
            self.world.step(step)

    def until(self, holds: Callable[[], bool], seconds: float = 600.0) -> float:
        """Let time pass until something holds; how long it took."""
        began = self.clock.now()
        while not holds():
            assert self.clock.now() - began < seconds, "it never came to hold"
            self.world.step(0.5)
        return self.clock.now() - began

    def pods(self, app: str = "web", namespace: str = "production") -> list[Object]:
        """The pods of a service."""
        pods = self.human.all("Pod", namespace)
        return [pod for pod in pods if (pod["metadata"].get("labels") or {}).get("app") == app]

    def deployment(self, name: str = "web") -> Object:
        """A Deployment as it is now."""
        found = self.human.get("Deployment", "production", name)
        assert found is not None
        return found

    def change(self, edit: Callable[[Object], None], name: str = "web") -> None:
        """Change a Deployment."""
        self.human.change(self.deployment(name), edit)

    def limit(self, memory: str, name: str = "web") -> None:
        """Set the memory limit of a Deployment's first container."""
        self.change(
            lambda each: each["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"].update(memory=memory),
            name,
        )

    def scale(self, replicas: int, name: str = "web") -> None:
        """Scale a Deployment."""
        self.change(lambda each: each["spec"].update(replicas=replicas), name)

    def events(self, reason: str) -> list[Object]:
        """Events with a reason."""
        return [event for event in self.human.all("Event") if event["reason"] == reason]

    def ready(self, name: str = "web") -> int:
        """Ready replicas of a Deployment."""
        return int(self.deployment(name).get("status", {}).get("readyReplicas", 0))
