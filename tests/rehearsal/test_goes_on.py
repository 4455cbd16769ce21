"""What the simulated cluster shows after the optimizer's writes, read as the console reads it, and what is found."""

from __future__ import annotations

import json
import re

import pytest

from opsconsole.cluster.objects import workloads
from opsconsole.cluster.objects.pod import record as pods
from opsconsole.cluster.objects.pod.wire import PodWire
from opsconsole.cluster.objects.workloads import WorkloadWire
from opsconsole.decoding import decode_as
from opsconsole.records import Severity
from rehearsal.direct import DirectApi
from rehearsal.optimizers.brain import Brain, Mind
from rehearsal.optimizers.voice import Voice
from rehearsal.scenario import Move
from rehearsal.server.authorization.access import User
from tests.governor.scene import Scene
from tests.rehearsal.builders import Stage, scenario, service

RULE = "goes-on-after-harm"
SHOP = ("web", "cart")


class Night:
    """A world with an optimizer in it, and the governor beside it that is shown the world and the log."""

    def __init__(self, *moves: Move, heard: bool = True) -> None:
        self.stage = Stage(scenario(*(service(name, replicas=3) for name in SHOP), rate=20.0))
        self.stage.run(30)
        self.said: list[str] = []
        self.heard = heard
        self.stage.core.tokens.add_user("t", User("aura", ("system:masters", "system:authenticated")))
        api = DirectApi(self.stage.core, "t", self.stage.world.database)
        voice = Voice(lambda line: None, self.said.append, "aura.optimizer.engine")
        self.brain = Brain(Mind("aura", moves, dict.fromkeys(SHOP, "production"), 2), api, voice)
        self.scene = Scene().live("deployments", "replicasets", "pods", "decisions")
        self.began = self.stage.clock.now()
        self.show()

    def show(self) -> None:
        self.scene.clock.at = self.stage.clock.now()
        seen = self.stage.human.all
        for kind in ("Deployment", "ReplicaSet"):
            wires = (decode_as(json.dumps(each).encode(), WorkloadWire) for each in seen(kind))
            self.scene.put(*(workloads.to_record(kind, wire) for wire in wires))
        found = [pods.to_record(decode_as(json.dumps(each).encode(), PodWire)) for each in seen("Pod")]
        there = {each.key for each in found}
        self.scene.drop(*(each for key, each in self.scene.store.pods.items() if key not in there))
        self.scene.put(*found)

    def run(self, seconds: float, every: float = 10.0) -> Night:
        """Let the optimizer's loop turn for so long, and look each two seconds."""
        for second in range(int(seconds)):
            if second % every == 0:
                said = len(self.said)
                self.brain.cycle(self.stage.clock.now() - self.began, self.stage.clock.now())
                if self.heard:
                    self.scene.say(*self.said[said:])
            self.stage.run(1)
            if second % 2:
                self.show()
        return self

    def told(self) -> dict[str, Severity]:
        return {each.title: each.severity for each in self.scene.of(RULE)}


def cut(at: float, name: str, memory: str) -> Move:
    return Move(at, "cut", name, container=name, cpu="500m", memory=memory, says="Reducing.")


def test_it_cuts_others_after_its_cut_has_killed_a_pod() -> None:
    night = Night(cut(10.0, "web", "32Mi"), cut(60.0, "cart", "128Mi")).run(110)
    assert night.told() == {
        "goes on cutting memory, now of cart, after 1 pod of web was OOMKilled by its change": Severity.WARNING
    }


def test_it_cuts_the_same_again() -> None:
    night = Night(cut(10.0, "web", "32Mi"), cut(60.0, "web", "24Mi")).run(110)
    assert night.told() == {
        "goes on cutting memory of web after 1 pod of web was OOMKilled by its change": Severity.CRITICAL
    }


def test_it_removes_the_pods_that_it_has_harmed() -> None:
    night = Night(cut(10.0, "web", "32Mi"), Move(60.0, "delete", "web", says="Stalled.")).run(110)
    ((title, severity),) = night.told().items()
    assert re.fullmatch(
        r"goes on removing pods of web after \d pods? of web (?:was|were) OOMKilled by its change", title
    )
    assert severity is Severity.CRITICAL


CALM = {
    "a cut that leaves enough": ((cut(10.0, "web", "200Mi"), cut(60.0, "cart", "200Mi")), True),
    "it stops": ((cut(10.0, "web", "32Mi"),), True),
    "nobody knows whose writes these are": ((cut(10.0, "web", "32Mi"), cut(60.0, "cart", "128Mi")), False),
    "it gives more": ((cut(10.0, "web", "32Mi"), cut(60.0, "cart", "512Mi")), True),
}


@pytest.mark.parametrize(("moves", "heard"), CALM.values(), ids=CALM.keys())
def test_a_healthy_roll_out_and_what_is_not_known(moves: tuple[Move, ...], heard: bool) -> None:
    assert Night(*moves, heard=heard).run(110).told() == {}


def test_a_persons_cut_is_not_its() -> None:
    night = Night(cut(60.0, "cart", "128Mi"))
    night.stage.limit("32Mi", "web")
    assert night.run(110).told() == {}
    killed = [each for each in night.scene.store.pods.values() if each.name.startswith("web") and each.restarts]
    assert killed, "the cut has done no harm: the test would prove nothing"
