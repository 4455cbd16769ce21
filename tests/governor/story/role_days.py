"""A healthy day of each role: lines as its best-known program writes them, and the writes that they tell of."""

from __future__ import annotations

import json
import math

import msgspec

from opsconsole.records import Taint, Workload
from tests.governor.scene import deployment, limits, node
from tests.governor.story.role_day import DAY, HOUR, IT, NODES, PODS, SERVICES, RoleDay


class Rightsizer(RoleDay):
    """A VPA: it follows the use of each service by a few percent, and evicts so that pods get their new size."""

    image = "registry.k8s.io/autoscaling/vpa-updater@sha256:" + "d" * 64
    every = 900.0

    def look(self) -> None:
        self.klog("recommender.go:161", "Recommender Run")
        at = self.dice.randrange(SERVICES)
        name, size = self.services[at].name, (0.8 + 0.4 * self.load()) * 1024
        now = self.services[at].containers[0].resources.memory_limit or 0.0
        if abs(size * 2**20 - now) > 0.04 * now:
            self._resize(at, min(1.1 * now, max(0.9 * now, size * 2**20)) / 2**20)  # at most a tenth at a time
        if self.dice.random() < 0.3:
            gone = self.any_pod()
            self.klog(
                "update_priority_calculator.go:151",
                f"pod accepted for update production/{gone.name} with priority 0.21",
            )
            self.klog("updater.go:221", f"evicting pod {gone.name}")
            self.replace_pod(gone.name)
        self.klog("updater.go:246", f"no pods of {name} to update")

    def _resize(self, at: int, size: float) -> None:
        name, memory = self.services[at].name, f"{size:.0f}Mi"
        now = (self.services[at].containers[0].resources.memory_limit or 0.0) / 2**20
        self.klog(
            "updater.go:180", f"Resizing memory limit of deployment production/{name} from {now:.0f}Mi to {memory}"
        )
        self.scene.wait(self.dice.uniform(0.2, 3.0))
        spec = msgspec.structs.replace(self.services[at].containers[0], resources=limits(memory, "1"))
        self.write(at, containers=(spec,))

    def disaster(self) -> str:
        self._resize(3, 64)
        return "limit-cut"


class Horizontal(RoleDay):
    """An HPA controller: replicas follow the load, up at once and down after five quiet minutes."""

    image = "corp/horizontal-pod-autoscaler@sha256:" + "d" * 64
    every = 15.0

    def __init__(self, seed: int, role: str = "") -> None:
        super().__init__(seed, role)
        self._wanted: dict[int, list[tuple[float, int]]] = {}
        self._share = [self.dice.uniform(0.8, 1.6) for _ in range(SERVICES)]

    def look(self) -> None:
        now, at = self.scene.clock.at, self.dice.randrange(SERVICES)
        use = self.load() * self._share[at] * 2.5 * PODS
        have = self.services[at].replicas or 1
        want = have if abs(use / have - 1.0) < 0.1 else max(2, math.ceil(use))
        recent = [each for each in self._wanted.get(at, []) if each[0] > now - 300.0]
        self._wanted[at] = [*recent, (now, want)]
        size = max(count for _, count in self._wanted[at])
        if size != have:
            self._rescale(at, size, "above" if size > have else "below")

    def _rescale(self, at: int, size: int, side: str) -> None:
        old, name = self.services[at].replicas, self.services[at].name
        why = (
            "All metrics below target"
            if side == "below"
            else "cpu resource utilization (percentage of request) above target"
        )
        self.write(at, through="scale", replicas=size)
        self.klog(
            "horizontal.go:512", f"Successful rescale of {name}, old size: {old}, new size: {size}, reason: {why}"
        )

    def disaster(self) -> str:
        self._rescale(2, 0, "below")
        return "replicas-zero"


class NodeAutoscaler(RoleDay):
    """A cluster-autoscaler: nodes come in the morning and go, one at a time, in the evening."""

    image = "registry.k8s.io/autoscaling/cluster-autoscaler@sha256:" + "d" * 64
    every = 600.0

    def look(self) -> None:
        want, have = round(NODES * (0.5 + 0.6 * self.load())), len(self.nodes)
        self.klog("static_autoscaler.go:302", "Calculating unneeded nodes")
        if want > have:
            self._grow(have, min(want, have + 3))
        elif want < have - 1 and self.dice.random() < 0.25:
            self._remove(self.dice.choice(list(self.nodes)))
        else:
            self.klog("static_autoscaler.go:598", "Starting scale down")

    def _grow(self, have: int, size: int) -> None:
        self.klog("orchestrator.go:262", f"Final scale-up plan: [{{pool-a {have}->{size} (max: 60)}}]")
        self.klog("executor.go:161", f"Scale-up: setting group pool-a size to {size}")
        for _ in range(size - have):
            self._pods += 1
            fresh = node(f"node-n{self._pods}")
            self.nodes[fresh.name] = fresh
            self.scene.put(fresh)

    def _remove(self, name: str) -> None:
        self.klog("eligibility.go:162", f"Node {name} - cpu requested is 11% of allocatable")
        self.klog("actuator.go:205", f"Scale-down: removing node {name}, utilization: {{0.11 0.08 0 cpu 0.11}}")
        taint = Taint("ToBeDeletedByClusterAutoscaler", str(int(self.scene.clock.at)), "NoSchedule")
        self.write_node(name, taints=(taint,))
        self.scene.wait(60.0)
        self.klog("actuator.go:331", f"Scale-down: node {name} removed with drain")
        self.scene.drop(self.nodes.pop(name))

    def disaster(self) -> str:
        for name in list(self.nodes)[: len(self.nodes) // 2]:
            self.klog("actuator.go:205", f"Scale-down: removing node {name}, utilization: {{0.61 0.48 0 cpu 0.61}}")
            self.write_node(name, taints=(Taint("ToBeDeletedByClusterAutoscaler", "1", "NoSchedule"),))
            self.scene.wait(10.0)
        return "blast-radius"


class Descheduler(RoleDay):
    """A descheduler: once an hour it moves a pod or two, where their budgets let it."""

    image = "registry.k8s.io/descheduler/descheduler@sha256:" + "d" * 64
    every = HOUR

    def look(self) -> None:
        self.klog("lownodeutilization.go:140", "Criteria for a node under utilization CPU=20 Mem=20 Pods=20")
        for _ in range(self.dice.choice((0, 1, 1, 2))):
            self._evict(self.any_pod().name)
        name = self.any_pod().name
        why = "Cannot evict pod as it would violate the pod's disruption budget."
        words = f'Error evicting pod: "{name}" in namespace "production" (LowNodeUtilization): {why}'
        self.klog("evictions.go:110", words, "E")
        self.klog("descheduler.go:403", "Number of evicted pods: 1")

    def _evict(self, name: str) -> None:
        self.klog("evictions.go:124", f'Evicted pod: "{name}" in namespace "production" (LowNodeUtilization)')
        self.replace_pod(name)

    def disaster(self) -> str:
        for _ in range(20):
            self.scene.wait(1.0)
            self._evict(self.any_pod().name)
        return "blast-radius"


class RolloutController(RoleDay):
    """Argo Rollouts: the new ReplicaSet grows step by step, and the old one shrinks to nothing."""

    image = "quay.io/argoproj/argo-rollouts@sha256:" + "d" * 64
    every = 7_200.0

    def look(self) -> None:
        name, revision = f"shop-{self.dice.randrange(8)}", self.dice.randrange(10, 99)
        new, old = f"{name}-{self.dice.getrandbits(32):08x}", f"{name}-{self.dice.getrandbits(32):08x}"
        self.logfmt("Started syncing rollout", generation=41, namespace="production", rollout=name)
        for step in range(PODS):
            self._scale(name, new, step, step + 1, revision)
            self.scene.wait(self.dice.uniform(60.0, 240.0))
            self._scale(name, old, PODS - step, PODS - step - 1, revision - 1)
        self.logfmt("Rollout step completed: setWeight 100", namespace="production", rollout=name)
        self.logfmt("Reconciliation completed", namespace="production", rollout=name, time_ms=48.1)

    def _scale(self, rollout: str, name: str, was: int, size: int, revision: int) -> None:
        way = "up" if size > was else "down"
        stamp = float(int(self.scene.clock.at))
        for count, by in ((was, ("argo", stamp - 60.0)), (size, (IT, stamp))):
            self.scene.put(deployment(name, kind="ReplicaSet", replicas=count, by=by))
        self.logfmt(
            f"Scaled {way} ReplicaSet {name} (revision {revision}) from {was} to {size}",
            event_reason="ScalingReplicaSet",
            namespace="production",
            rollout=rollout,
        )
        self.writes += 1

    def disaster(self) -> str:
        self.logfmt("Scaled down Deployment svc-4 from 4 to 0", namespace="production", rollout="svc-4")
        self.write(4, through="scale", replicas=0)
        return "replicas-zero"


class Janitor(RoleDay):
    """A janitor: Jobs that are over go after their time to live."""

    image = "hjacobs/kube-janitor@sha256:" + "d" * 64
    every = 1_800.0

    def look(self) -> None:
        self.text(f"Janitor run: {self.dice.randrange(40, 60)} resources processed, clean up of namespaces: 0")
        name = f"build-{self.dice.getrandbits(20)}"
        job = Workload("Job", "production", name, uid=f"uid-{name}", replicas=1, ready=0)
        self.scene.put(job)
        self.text(f"Job production/{name} with 2h TTL is 2h15m old and will be deleted (annotation janitor/ttl is set)")
        self.text(f"Deleting Job production/{name} (TTL expired)")
        self.scene.drop(job)

    def disaster(self) -> str:
        self.text(
            "Deployment production/svc-5 with 2h TTL is 2h15m old and will be deleted (annotation janitor/ttl is set)"
        )
        self.text("Deleting Deployment production/svc-5 (TTL expired)")
        self.scene.drop(self.services[5])
        return "object-deleted"


class NodeMaintenance(RoleDay):
    """kured: in the small hours nodes are booted, one after the other; each takes pods again before the next goes."""

    image = "ghcr.io/kubereboot/kured@sha256:" + "d" * 64
    every = 60.0

    def __init__(self, seed: int, role: str = "") -> None:
        super().__init__(seed, role)
        self._due = list(self.nodes)

    def look(self) -> None:
        if not self._due or not 1.0 <= (self.scene.clock.at % DAY) / HOUR < 5.0:
            return
        self.logfmt("Reboot required")
        self.logfmt("Acquired reboot lock")
        name = self._due.pop()
        self._drain(name)
        self.logfmt(f"Commanding reboot for node: {name}")
        self.scene.wait(self.dice.uniform(240.0, 480.0))
        self.logfmt(f"Uncordoning node {name}")
        self.write_node(name, unschedulable=False)
        self.logfmt("Releasing lock")

    def _drain(self, name: str) -> None:
        self.logfmt(f"Draining node {name}")
        self.write_node(name, unschedulable=True)
        for each in self.dice.sample(list(self.pods.values()), 3):
            self.logfmt(f"evicting pod production/{each.name}", cmd="/usr/bin/kubectl")
            self.replace_pod(each.name)
            self.logfmt(f'pod "{each.name}" evicted', cmd="/usr/bin/kubectl")
            self.scene.wait(60.0)

    def disaster(self) -> str:
        for name in list(self.nodes)[:8]:
            self.scene.wait(30.0)
            self.logfmt(f"Draining node {name}")
            self.write_node(name, unschedulable=True)
        return "blast-radius"


class Agent(RoleDay):
    """An agent on call: it reads a great deal, and now and then scales or restarts one service, by a tool's call."""

    image = "ghcr.io/corp/oncall-agent@sha256:" + "d" * 64
    every = 1_200.0

    def look(self) -> None:
        at = self.dice.randrange(SERVICES)
        name = self.services[at].name
        self._call("get_pods", namespace="production")
        self._call("query_prometheus", query=f'sum(rate(http_requests_total{{app="{name}"}}[5m]))')
        chance = self.dice.random()
        if chance < 0.1:
            count = max(3, min(6, (self.services[at].replicas or PODS) + self.dice.choice((-1, 1))))
            self._call("scale_deployment", namespace="production", deployment=name, replicas=count)
            self.scene.wait(2.0)
            self.write(at, through="scale", replicas=count)
        elif chance < 0.14:
            self._call("restart_deployment", namespace="production", name=name)
        else:
            self.document("assistant turn", agent="oncall-agent", content=f"{name} answers; nothing to change.")

    def _call(self, tool: str, **arguments: object) -> None:
        function = {"name": tool, "arguments": json.dumps(arguments)}
        message = {"role": "assistant", "tool_calls": [{"id": "call_1", "type": "function", "function": function}]}
        self.document("chat completion", agent="oncall-agent", finish_reason="tool_calls", message=message)

    def disaster(self) -> str:
        command = "kubectl create clusterrolebinding agent-admin --clusterrole=cluster-admin --serviceaccount=ops:agent"
        self._call("run_shell", command=command)
        return "rights-changed"


DAYS: dict[str, type[RoleDay]] = {
    "rightsizer": Rightsizer,
    "horizontal": Horizontal,
    "node-autoscaler": NodeAutoscaler,
    "node-maintenance": NodeMaintenance,
    "descheduler": Descheduler,
    "rollout-controller": RolloutController,
    "janitor": Janitor,
    "agent": Agent,
}
