"""The simulated cluster as a whole: one :meth:`Simulation.step` moves everything on by some seconds."""

from __future__ import annotations

import random
from collections.abc import Callable

from rehearsal.behaviour import Behaviour
from rehearsal.scenario import Scenario, ServiceSpec
from rehearsal.server.core import Core
from rehearsal.server.objects.resources import Object
from rehearsal.world.clock import WorldClock
from rehearsal.world.controllers.budgets import Autoscalers, Budgets
from rehearsal.world.controllers.deployments import Deployments
from rehearsal.world.controllers.garbage import Garbage
from rehearsal.world.controllers.jobs import CronJobs, Jobs
from rehearsal.world.controllers.nodes import Nodes
from rehearsal.world.controllers.replicasets import DaemonSets, ReplicaSets, StatefulSets
from rehearsal.world.controllers.scheduler import Scheduler
from rehearsal.world.events import Expiry
from rehearsal.world.kubelet.kubelet import Kubelets, PodProcess
from rehearsal.world.metrics import traffic
from rehearsal.world.metrics.scrape import Scraper
from rehearsal.world.metrics.series import Database

OPTIMIZER_NATURE = Behaviour(warm_up=1.0, stop=3.0, memory_start=900, memory_ready=6200, cpu_idle=2.4)
"""The optimizer takes more than all that it "optimizes" together."""

_EXPIRY_SECONDS = 60.0


class Simulation:
    """Everything behind the API: controllers, scheduler, kubelets, traffic, metrics.

    Args:
        core: the API server.
        scenario: what is where and how it behaves.
        clock: the time that :meth:`step` moves.
        rng: every chance in this world; the same seed makes the same story.
        process_for: the real processes behind a pod, if it has any.
    """

    def __init__(
        self,
        core: Core,
        scenario: Scenario,
        clock: WorldClock,
        rng: random.Random,
        process_for: Callable[[Object], PodProcess | None] = lambda _: None,
    ) -> None:
        self.core = core
        self.scenario = scenario
        self.clock = clock
        self.database = Database()
        self.began = clock.now()
        """When the story begins; moves of traffic and optimizer count from here."""
        self.moment = traffic.Moment({}, {})
        self._rng = rng
        self._specs = {(spec.namespace, spec.name): spec for spec in scenario.services}
        self._crons = {(cron.namespace, cron.name): cron for cron in scenario.crons}
        self.kubelets = Kubelets(core, self._behaviour_of, process_for)
        self._controllers = (Garbage(core), Jobs(core), Deployments(core), ReplicaSets(core), StatefulSets(core),
                             DaemonSets(core), Scheduler(core, rng), Budgets(core))  # fmt: skip
        self._crontab = CronJobs(core)
        self._nodes = Nodes(core, self.kubelets)
        self._autoscalers = Autoscalers(core)
        self._scraper = Scraper(self.database, scenario.services, scenario.optimizer)
        self._expiry, self._next_expiry = Expiry(core), 0.0
        self._settled = -1

    @property
    def elapsed(self) -> float:
        """Seconds since the story began."""
        return self.clock.now() - self.began

    def step(self, seconds: float) -> None:
        """Move on by ``seconds``. Nobody else writes meanwhile: requests wait for the storage's lock."""
        with self.core.storage.lock:
            self.clock.advance(seconds)
            self._crontab.step()
            self._reconcile()
            self.moment = traffic.flow(
                self.scenario.services, self.scenario.traffic, self.kubelets.sandboxes, self.elapsed, self._rng
            )
            self.kubelets.step(self.moment.rates)
            self._nodes.step()
            self._measure(seconds)
            if self.clock.now() >= self._next_expiry:
                self._next_expiry = self.clock.now() + _EXPIRY_SECONDS
                self._expiry.step()

    def leap(self, seconds: float) -> None:
        """Let much time pass in which nothing happens."""
        with self.core.storage.lock:
            self.clock.advance(seconds)
            for sandbox in self.kubelets.sandboxes.values():
                for one in sandbox.containers.values():
                    one.since = min(one.since, self.clock.now())
            self._crontab = CronJobs(self.core)
            self._expiry.step()

    def _reconcile(self) -> None:
        if self.core.storage.version == self._settled:
            return
        before = self.core.storage.version
        for controller in self._controllers:
            controller.step()
        if self.core.storage.version == before:
            self._settled = before

    def _measure(self, seconds: float) -> None:
        cpu = {uid: self._cpu(uid) for uid in self.kubelets.sandboxes}
        self._autoscalers.step({uid: used / wanted for uid, (used, wanted) in cpu.items() if wanted})
        self._scraper.count(self.moment.flows, seconds)
        self._scraper.use({uid: used for uid, (used, _) in cpu.items()}, seconds)
        if self._scraper.due(self.clock.now()):
            name = self.scenario.optimizer.name
            sandboxes = self.kubelets.sandboxes
            alive = any(each.pod["metadata"]["name"].startswith(name) for each in sandboxes.values())
            self._scraper.scrape(self.clock.now(), sandboxes, alive=alive)

    def _cpu(self, uid: str) -> tuple[float, float]:
        """Cores in use and cores asked for."""
        sandbox = self.kubelets.sandboxes[uid]
        first = next(iter(sandbox.containers.values()))
        used = first.behaviour.cpu_idle + first.behaviour.cpu_per_request * self.moment.rates.get(uid, 0.0)
        limit = first.limits.cpu or 0.0
        return (min(used, limit) if limit else used), limit

    def _behaviour_of(self, pod: Object, container: str) -> Behaviour:
        spec = self._spec_of(pod)
        if spec is not None:
            return spec.behaviour
        labels, namespace = pod["metadata"].get("labels") or {}, pod["metadata"]["namespace"]
        cron = self._crons.get((namespace, labels.get("app", "")))
        if cron is not None:
            return cron.behaviour
        if self.is_optimizer(pod) and container == "optimizer":
            return OPTIMIZER_NATURE
        return Behaviour()

    def _spec_of(self, pod: Object) -> ServiceSpec | None:
        labels = pod["metadata"].get("labels") or {}
        return self._specs.get((pod["metadata"]["namespace"], labels.get("app", "")))

    def is_optimizer(self, pod: Object) -> bool:
        """Whether a pod is the optimizer's: by its ServiceAccount."""
        spec = self.scenario.optimizer
        return (
            bool(pod["metadata"]["namespace"] == spec.namespace)
            and pod["spec"].get("serviceAccountName") == spec.account
        )
