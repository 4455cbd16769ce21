"""A healthy day: an optimizer that changes little, says what it does, and backs off; people and controllers beside it.

Everything comes from one seed. The day is as ordinary as a day is: rollouts, autoscaling, conflicts, crashes of pods
that nobody cut, nodes that come and go.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from opsconsole.governor.observed.cluster_index import working_set_key
from opsconsole.records import Container, ContainerSpec, FieldManager, Hpa, Metric, Node, Pdb, Pod, Workload
from tests.governor.scene import Scene, deployment, limits, node, pod

SERVICES = 12
CYCLE = 300.0
DAY = 86_400.0
MI = 2.0**20
IT = "aura-optimizer"


class HealthyDay:
    """Plays the day onto a scene, one event after the other."""

    def __init__(self, scene: Scene, seed: int) -> None:
        self.scene = scene
        self.dice = random.Random(seed)
        self.workloads = {f"service-{i}": deployment(f"service-{i}", memory="1Gi", replicas=4) for i in range(SERVICES)}
        self.born = dict.fromkeys(self.workloads, scene.clock.at - DAY)
        self.decisions = self.pods = self.others = 0

    def play(self, hours: float = 24.0) -> None:
        self._set_the_stage()
        end = self.scene.clock.at + hours * 3600
        for step, pause in self._steps():
            self.scene.wait(pause)
            if self.scene.clock.at >= end:
                return
            step()

    def _set_the_stage(self) -> None:
        digest = "aura/optimizer@sha256:" + "b" * 64
        spec = ContainerSpec("optimizer", digest, resources=limits("512Mi", "1"), env=(("AUTONOMY_LEVEL", "BOUNDED"),))
        own = msgspec.structs.replace(deployment("aura-optimizer-v2", namespace="ops-tools"), containers=(spec,))
        self.scene.live("deployments", "pods", "nodes", "decisions", "poddisruptionbudgets", "horizontalpodautoscalers")
        self.scene.put(own, *(node(f"node-{i}", memory="256Gi", cpu="64") for i in range(8)), *self.workloads.values())
        for name, workload in self.workloads.items():
            self.scene.put(Pdb("production", name, selector=(("app", name),), allowed=1, healthy=4, desired=3))
            self.scene.put(Hpa("production", name, workload.ref, minimum=2, maximum=8, metric="cpu 70 %"))
            self.scene.put(Metric(working_set_key(workload.ref, "auth-container"), "", "", 500 * MI, "B"))
            self.scene.put(*(self._pod(workload, i) for i in range(4)))

    def _steps(self) -> Iterator[tuple[object, float]]:
        while True:
            yield self._cycle, self.dice.uniform(0.9, 1.1) * CYCLE / 4
            for step in (self._autoscale, self._restart_a_pod, self._someone_rolls_out, self._node_blinks):
                if self.dice.random() < 0.25:
                    yield step, self.dice.uniform(1, CYCLE / 4)

    # --- what the optimizer does -----------------------------------------------------------------------------------

    def _cycle(self) -> None:
        """Look, think, announce, do: at most a tenth more or less, and never under what is used."""
        self._say("INFO", "cycle begins", loss=round(self.dice.random(), 4), skipped=None)
        name = self.dice.choice(list(self.workloads))
        if self.dice.random() < 0.3:
            self._say("INFO", f"{name} is well as it is")
            return
        limit = self.workloads[name].containers[0].resources.memory_limit or 0.0
        wanted = min(2048 * MI, max(768 * MI, limit * self.dice.uniform(0.9, 1.1))) // MI
        self._announce(name, f"{wanted:.0f}Mi")
        if self.dice.random() < 0.1:
            self._conflict(name)
            self._announce(name, f"{wanted:.0f}Mi")
        self.scene.wait(self.dice.uniform(0.2, 4.0))
        spec = msgspec.structs.replace(self.workloads[name].containers[0], resources=limits(f"{wanted:.0f}Mi", "1"))
        self._write(name, IT, containers=(spec,))
        self._roll_out(name)

    def _announce(self, name: str, memory: str) -> None:
        container = {"name": "auth-container", "resources": {"limits": {"memory": memory}}}
        self._say(
            "INFO",
            f"Adjusting {name} to its working set",
            action="patch_deployment",
            target=f"production/{name}",
            confidence_score=round(self.dice.random(), 3),
            patch={"spec": {"template": {"spec": {"containers": [container]}}}},
        )

    def _conflict(self, name: str) -> None:
        stamp = datetime.fromtimestamp(self.scene.clock.at, UTC).strftime("%Y-%m-%d %H:%M:%S")
        self.scene.say(f"[{stamp}] WARNING: Failed to patch deployment '{name}': 409 Conflict")
        self.scene.wait(2.0 + self.dice.random())

    def _say(self, level: str, message: str, **more: object) -> None:
        self.decisions += 1
        stamp = datetime.fromtimestamp(self.scene.clock.at, UTC).isoformat()
        self.scene.say(json.dumps({"timestamp": stamp, "level": level, "message": message, **more}))

    # --- what everybody else does ----------------------------------------------------------------------------------

    def _autoscale(self) -> None:
        name = self.dice.choice(list(self.workloads))
        count = self.dice.randint(2, 8)
        self.others += count != self.workloads[name].replicas
        self._write(name, "kube-controller-manager", replicas=count)

    def _someone_rolls_out(self) -> None:
        name, tag = self.dice.choice(list(self.workloads)), self.dice.getrandbits(128)
        spec = msgspec.structs.replace(self.workloads[name].containers[0], image=f"registry/{name}@sha256:{tag:064x}")
        self.others += 1
        self._write(name, self.dice.choice(["helm", "kubectl-set", "argocd-controller"]), containers=(spec,))
        for i in range(4):
            self.scene.put(self._pod(self.workloads[name], i, deleted_at=self.scene.clock.at))
            self.scene.put(self._pod(self.workloads[name], i))
        self._roll_out(name)

    def _roll_out(self, name: str) -> None:
        """New pods, none of which is ready at once."""
        workload, self.born[name] = self.workloads[name], self.scene.clock.at
        starts = Container("auth-container", state="waiting", reason="ContainerCreating")
        for i in range(4):
            self.scene.put(self._pod(workload, i, containers=(starts,), is_ready=False, ready=0, phase="Pending"))
        self.scene.put(*(self._pod(workload, i) for i in range(4)))

    def _restart_a_pod(self) -> None:
        workload = self.dice.choice(list(self.workloads.values()))
        reason = self.dice.choice(["Error", "Completed"])
        container = Container("auth-container", restarts=1, last_reason=reason, last_finished_at=0.0, ready=False)
        self.scene.put(self._pod(workload, 0, containers=(container,), restarts=1, is_ready=False))
        waits = msgspec.structs.replace(container, restarts=2, state="waiting", reason="CrashLoopBackOff")
        self.scene.put(self._pod(workload, 0, containers=(waits,), restarts=2, status=waits.reason, is_ready=False))
        self.scene.put(self._pod(workload, 0))

    def _node_blinks(self) -> None:
        index = self.dice.randrange(8)
        self.scene.put(msgspec.structs.replace(self._node(index), ready=False, pressures=("MemoryPressure",)))
        self.scene.put(self._node(index))

    def _node(self, index: int) -> Node:
        return node(f"node-{index}", memory="256Gi", cpu="64")

    def _pod(self, workload: Workload, index: int, **more: object) -> Pod:
        self.pods += 1
        its = {"node": f"node-{index}", "created": self.born[workload.name]}
        return pod(f"{workload.name}-7f8d9b6c5-{index}", workload, **(its | more))

    def _write(self, name: str, by: str, **what: object) -> None:
        old = self.workloads[name]
        at = float(int(self.scene.clock.at))  # the API server keeps whole seconds
        through = "scale" if "replicas" in what else ""
        managers = (*(each for each in old.managers if each.manager != by), FieldManager(by, "Update", through, at))
        record = msgspec.structs.replace(old, managers=managers, generation=old.generation + 1, **what)
        self.workloads[name] = record
        self.scene.put(record)
