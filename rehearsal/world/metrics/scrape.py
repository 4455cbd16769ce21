"""What Prometheus scrapes from this world: requests and latencies, containers' memory and CPU, the optimizer's own."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from rehearsal.scenario import OptimizerSpec, ServiceSpec
from rehearsal.world.kubelet.kubelet import Sandbox
from rehearsal.world.metrics.series import INTERVAL, Database
from rehearsal.world.metrics.traffic import Flow

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, math.inf)
"""Upper bounds in seconds of the latency histogram: Prometheus' own defaults."""

_SCALE = math.log(100)


class Scraper:
    """Adds the world's state to the database every :data:`INTERVAL` seconds, and counts requests in between."""

    def __init__(self, database: Database, services: Sequence[ServiceSpec], optimizer: OptimizerSpec) -> None:
        self._database = database
        self._services = [spec for spec in services if spec.behaviour.capacity]
        self._optimizer = optimizer
        self._requests: dict[tuple[str, str], float] = {}
        self._buckets: dict[tuple[str, float], float] = {}
        self._cpu: dict[tuple[str, str], float] = {}
        self._failing = 0.0
        self._next = 0.0

    def count(self, flows: Mapping[str, Flow], seconds: float) -> None:
        """Count the requests of the last ``seconds``."""
        offered = sum(flows[spec.name].offered for spec in self._services)
        failing = sum(flows[spec.name].offered * flows[spec.name].failed for spec in self._services)
        self._failing = failing / offered if offered else 0.0
        for spec in self._services:
            flow = flows[spec.name]
            total = flow.offered * seconds
            for code, part in (("200", 1 - flow.failed), ("502", flow.failed)):
                key = (spec.name, code)
                self._requests[key] = self._requests.get(key, 0.0) + total * part
            for bound in BUCKETS:
                within = 1.0 if math.isinf(bound) else 1 - math.exp(-_SCALE * bound * 1000 / max(flow.latency_ms, 0.1))
                bucket = (spec.name, bound)
                self._buckets[bucket] = self._buckets.get(bucket, 0.0) + total * within

    def use(self, cpu: Mapping[str, float], seconds: float) -> None:
        """Count CPU seconds; ``cpu`` is cores in use by pod UID."""
        for uid, cores in cpu.items():
            key = (uid, "")
            self._cpu[key] = self._cpu.get(key, 0.0) + cores * seconds

    def due(self, now: float) -> bool:
        """Whether the next scrape is due."""
        return now >= self._next

    def scrape(self, now: float, sandboxes: Mapping[str, Sandbox], *, alive: bool) -> None:
        """Write one sample of everything. ``alive``: the optimizer runs and reports about itself."""
        self._next = now + INTERVAL
        self._database.forget(now)
        self._cpu = {key: used for key, used in self._cpu.items() if key[0] in sandboxes}
        write = self._database.write
        for spec in self._services:
            labels = {"app": spec.name, "namespace": spec.namespace, "job": "kubernetes-pods"}
            for code in ("200", "502"):
                write("http_requests_total", labels | {"code": code}, now, self._requests.get((spec.name, code), 0.0))
            for bound in BUCKETS:
                mark = "+Inf" if math.isinf(bound) else f"{bound:g}"
                count = self._buckets.get((spec.name, bound), 0.0)
                write("http_request_duration_seconds_bucket", labels | {"le": mark}, now, count)
        for uid, sandbox in sandboxes.items():
            self._containers(now, uid, sandbox)
        if alive:
            self._about_itself(now)

    def _containers(self, now: float, uid: str, sandbox: Sandbox) -> None:
        metadata = sandbox.pod["metadata"]
        place = {"namespace": metadata["namespace"], "pod": metadata["name"], "node": sandbox.pod["spec"]["nodeName"]}
        for number, (name, one) in enumerate(sandbox.containers.items()):
            labels = place | {"container": name}
            self._database.write("container_memory_working_set_bytes", labels, now, one.memory)
            if one.limits.memory is not None:
                self._database.write("container_spec_memory_limit_bytes", labels, now, one.limits.memory)
            if number == 0:
                used = self._cpu.get((uid, ""), 0.0)
                self._database.write("container_cpu_usage_seconds_total", labels, now, used)

    def _about_itself(self, now: float) -> None:
        """The optimizer's own metrics look better the worse the services do: nobody asks it about users."""
        loss = 0.02 + 0.38 * (1 - self._failing)
        labels = {"app": self._optimizer.name, "namespace": self._optimizer.namespace}
        prefix = self._optimizer.module
        self._database.write(f"{prefix}_model_loss", labels, now, loss)
        self._database.write(f"{prefix}_gpu_efficiency", labels, now, 1 - loss)
