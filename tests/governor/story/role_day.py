"""A day of an optimizer of any role: its cluster, its load, and how programs write their lines.

Everything comes from one seed: the load rises in the morning and falls in the evening, with some noise; people roll
out; pods come and go. The rates are those of a cluster of some fifty pods on twenty nodes.
"""

from __future__ import annotations

import json
import math
import random
from datetime import UTC, datetime

import msgspec

from opsconsole.records import ContainerSpec, FieldManager, Pdb, Pod, Workload
from tests.governor.scene import OPTIMIZER, Scene, deployment, limits, node, pod

SERVICES, PODS, NODES = 12, 4, 20
HOUR, DAY = 3600.0, 86_400.0
IT = "aura-optimizer"


class RoleDay:
    """Plays one day of an optimizer of one role onto a scene.

    Args:
        seed: what everything random comes from.
        role: its role in the settings; empty: it has to be guessed.
    """

    image = "corp/aura-optimizer:v2"
    every = 300.0
    """Seconds between two looks of the program at the cluster."""

    def __init__(self, seed: int, role: str = "") -> None:
        self.dice = random.Random(seed)
        self.scene = Scene(optimizer=msgspec.structs.replace(OPTIMIZER, role=role) if role else OPTIMIZER)
        self.services = [deployment(f"svc-{n}", replicas=PODS, memory="1Gi") for n in range(SERVICES)]
        self.nodes = {f"node-{n}": node(f"node-{n}") for n in range(NODES)}
        self.pods: dict[str, Pod] = {}
        self.lines = self.writes = self._pods = 0
        self._stage()

    def play(self, hours: float = 24.0) -> RoleDay:
        """Go on for so many hours."""
        end = self.scene.clock.at + hours * HOUR
        while self.scene.clock.at < end:
            self.scene.wait(self.every * self.dice.uniform(0.8, 1.2))
            self.look()
            if self.dice.random() < 4 * self.every / DAY:
                self._someone_rolls_out()
        return self

    def look(self) -> None:
        """What the program does each time it looks."""
        raise NotImplementedError

    def disaster(self) -> str:
        """What goes wrong; returns the rule that must say so."""
        raise NotImplementedError

    def load(self) -> float:
        """The load now, 0.4 at night and 1 in the afternoon, with a little noise."""
        hour = (self.scene.clock.at % DAY) / HOUR
        return (0.7 - 0.3 * math.cos((hour - 3.0) / 24.0 * 2.0 * math.pi)) * self.dice.uniform(0.97, 1.03)

    # --- how programs write ----------------------------------------------------------------------------------------

    def klog(self, place: str, text: str, level: str = "I") -> None:
        self._say(f"{level}{self._now():%m%d %H:%M:%S.%f}       1 {place}] {text}")

    def logfmt(self, text: str, **pairs: object) -> None:
        more = " ".join(f"{key}={value}" for key, value in pairs.items())
        self._say(f'time="{self._now():%Y-%m-%dT%H:%M:%SZ}" level=info msg="{text}" {more}'.rstrip())

    def document(self, text: str, **more: object) -> None:
        stamp = self._now().isoformat().replace("+00:00", "Z")
        self._say(json.dumps({"level": "info", "ts": stamp, "msg": text, **more}))

    def text(self, text: str) -> None:
        self._say(f"{self._now():%Y-%m-%d %H:%M:%S},114 INFO: {text}")

    def _say(self, line: str) -> None:
        self.lines += 1
        self.scene.say(line)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.scene.clock.at, UTC)

    # --- what it and others write ----------------------------------------------------------------------------------

    def write(self, at: int, by: str = IT, through: str = "", **what: object) -> None:
        """A write of one of the services."""
        self.writes += by == IT
        old = self.services[at]
        stamp = float(int(self.scene.clock.at))
        managers = (*(each for each in old.managers if each.manager != by), FieldManager(by, "Update", through, stamp))
        self.services[at] = msgspec.structs.replace(old, managers=managers, generation=old.generation + 1, **what)
        self.scene.put(self.services[at])

    def write_node(self, name: str, **what: object) -> None:
        self.writes += 1
        stamp = float(int(self.scene.clock.at))
        self.nodes[name] = msgspec.structs.replace(
            self.nodes[name], managers=(FieldManager(IT, "Update", "", stamp),), **what
        )
        self.scene.put(self.nodes[name])

    def replace_pod(self, name: str) -> None:
        """A pod goes, and its workload brings another."""
        gone = self.pods.pop(name)
        self.scene.put(msgspec.structs.replace(gone, deleted_at=self.scene.clock.at))
        self.scene.drop(gone)
        service = next(each for each in self.services if name.startswith(f"{each.name}-"))
        self._bring_pod(service)

    def any_pod(self) -> Pod:
        return self.dice.choice(list(self.pods.values()))

    def _bring_pod(self, service: Workload) -> None:
        self._pods += 1
        fresh = pod(
            f"{service.name}-7f8d9b6c5-{self._pods:05}",
            service,
            node=self.dice.choice(list(self.nodes)),
            is_ready=True,
        )
        self.pods[fresh.name] = fresh
        self.scene.put(fresh)

    def _someone_rolls_out(self) -> None:
        at, digest = self.dice.randrange(SERVICES), self.dice.getrandbits(128)
        spec = msgspec.structs.replace(self.services[at].containers[0], image=f"corp/app@sha256:{digest:064x}")
        self.write(at, by="helm", containers=(spec,))

    def _stage(self) -> None:
        spec = ContainerSpec("optimizer", self.image, resources=limits("512Mi", "1"))
        own = msgspec.structs.replace(deployment("aura-optimizer-v2", namespace="ops-tools"), containers=(spec,))
        feeds = ("deployments", "replicasets", "jobs", "pods", "nodes", "decisions", "poddisruptionbudgets")
        self.scene.live(*feeds).put(own, *self.nodes.values(), *self.services)
        for service in self.services:
            self.scene.put(
                Pdb("production", service.name, selector=(("app", service.name),), allowed=1, healthy=4, desired=3)
            )
            for _ in range(PODS):
                self._bring_pod(service)
