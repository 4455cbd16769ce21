"""The rehearsal: world, API server, Prometheus and optimizer of one scenario, and how a console gets there."""

from __future__ import annotations

import random
import secrets
import shutil
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rehearsal import gpu, prometheus
from rehearsal.chores import Chores
from rehearsal.direct import DirectApi
from rehearsal.engine import Engine
from rehearsal.folders import private_folder
from rehearsal.optimizers.brain import Brain, Mind
from rehearsal.optimizers.child import Orders
from rehearsal.optimizers.voice import Voice
from rehearsal.processes import Lifeline, Processes, worker_pattern
from rehearsal.scenario import BindingSpec, Scenario
from rehearsal.server import kubeconfig
from rehearsal.server.audit_file import AuditFile
from rehearsal.server.authorization.access import User
from rehearsal.server.bootstrap import bootstrap
from rehearsal.server.core import Audit, Core
from rehearsal.server.http import HttpServer
from rehearsal.server.objects.resources import Object
from rehearsal.server.tls import make_identity
from rehearsal.times import seconds
from rehearsal.world.clock import WorldClock
from rehearsal.world.control import Control
from rehearsal.world.simulation import Simulation
from rehearsal.world.stage import DECISION_LOG, OPERATOR, OPERATORS, set_stage

HISTORY = 65 * 60.0
"""Seconds of quiet metrics before the story: the console compares with an hour ago."""

AUDIT_LOG = "audit.log"

AUDITED = 20_000
"""Writes that are remembered; the story makes some 13,000 in a day."""

_SETTLE_STEPS, _HISTORY_STEP, _LEAD_STEP = 70, 20.0, 1.0


class Rehearsal:
    """Everything of one rehearsal. :meth:`start` it, point a console at :attr:`settings`, :meth:`stop` it.

    Args:
        scenario: what happens.
        seed: the same seed makes the same story.
        speed: seconds of the story in one second of the host's.
        story_time: keep the scenario's own date instead of making the story begin so that it is now "now".
    """

    def __init__(self, scenario: Scenario, seed: int = 0, speed: float = 1.0, *, story_time: bool = False) -> None:
        self.scenario = scenario
        self.seed = seed
        self.run = secrets.token_hex(6)
        self.folder = private_folder()
        self.audit: deque[Audit] = deque(maxlen=AUDITED)
        self.operator = OPERATOR
        start = seconds(scenario.starts) if story_time and scenario.starts else time.time() - scenario.lead
        self.clock = WorldClock(start - scenario.age)
        self.core = Core(self.clock, _chance(seed, "uids"), scenario.kubernetes)
        self.core.on_write.append(self.audit.append)
        if not scenario.named:
            self.core.on_write.append(AuditFile(self.folder / AUDIT_LOG))
        self.named: Callable[[], bool] = lambda: scenario.named
        """Whether the console that plays knows who the optimizer is."""
        self.in_step = speed == 1.0 and not (story_time and bool(scenario.starts))
        """Whether the story's time is the host's, so that a console may go by its own clock."""
        self._live = False
        self._lifeline = Lifeline()
        self.processes = Processes(scenario.optimizer.module, self._orders, self._said)
        self.world = Simulation(self.core, scenario, self.clock, _chance(seed, "world"), self._process_for)
        identity = make_identity(self.folder)
        self._ca_file = str(identity.ca_file) if identity else ""
        tls = identity.context if identity else None
        self.server = HttpServer(
            self.core, tls=tls, extra={prometheus.PREFIX: prometheus.SimulatedPrometheus(self.world).handle}
        )
        self._chores = Chores(
            scenario.chores,
            {spec.name: spec.namespace for spec in scenario.services},
            lambda token, agent, path, body, kind: DirectApi(self.core, token, self.world.database, agent).request(
                "PATCH", path, body, kind
            ),
            self.core.tokens.add_account,
        )
        self.engine = Engine(self.world, self._cycle, scenario.optimizer.interval, speed)
        self._token = secrets.token_urlsafe(24)

    # --- from outside ----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Play what is past, then go live.

        Raises:
            OSError: no loopback port can be had.
        """
        self.play_past()
        self.go_live()
        self.engine.start()

    def stop(self) -> None:
        """End everything: the world, every process, the server, the folder."""
        self.engine.stop()
        self.processes.kill_all()
        gpu.kill_all(self.folder / "gpus")
        self._lifeline.cut()
        self.server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def kubeconfig(self) -> Path:
        """The operator's kubeconfig; holds a token, readable by this user alone."""
        return self.folder / "kubeconfig"

    @property
    def settings(self) -> dict[str, Any]:
        """What a console must be told, as flags of :func:`opsconsole.settings.sources.load`."""
        optimizer = self.scenario.optimizer
        entry = max(self.scenario.services, key=lambda spec: spec.share).name
        whose: dict[str, Any] = {
            "optimizer.name": f"Deployment/{optimizer.namespace}/{optimizer.name}",
            "optimizer.service_account": f"{optimizer.namespace}/{optimizer.account}",
            "optimizer.managers": ("OpenAPI-Generator",),
        }
        if not self.scenario.named:
            whose = {"writers.audit_log": str(self.folder / AUDIT_LOG)}
        return whose | {
            "cluster.kubeconfig": str(self.kubeconfig),
            "cluster.context": self.scenario.context,
            "optimizer.processes": (worker_pattern(self.run),),
            "gpu.simulation": str(self.folder / "gpus"),
            "metrics.url": f"{self.server.url}{prometheus.PREFIX}",
            "metrics.ca_file": self._ca_file,
            "metrics.errors": f'sum(rate(http_requests_total{{app="{entry}",code=~"5.."}}[1m]))',
            "metrics.requests": f'sum(rate(http_requests_total{{app="{entry}"}}[1m]))',
        }

    # --- the story so far --------------------------------------------------------------------------------------------

    def play_past(self, history: float = HISTORY) -> None:
        """Everything until the screen opens: two quiet days in a leap, ``history`` of metrics, the story's lead."""
        bootstrap(self.core)
        set_stage(self.core, self.scenario)
        for _ in range(_SETTLE_STEPS):
            self.world.step(1.0)
        self.world.leap(self.scenario.age - _SETTLE_STEPS - history)
        for _ in range(int(history / _HISTORY_STEP)):
            self.world.step(_HISTORY_STEP)
        self.world.began = self.clock.now()
        self._play_lead()

    def _play_lead(self) -> None:
        pod = self.optimizer_pods()[0]
        brain = Brain(self._mind(), DirectApi(self.core, self._pod_token(pod), self.world.database), self._voice(pod))
        interval, passed = self.scenario.optimizer.interval, 0.0
        while passed < self.scenario.lead:
            self.world.step(_LEAD_STEP)
            passed += _LEAD_STEP
            if passed % interval < _LEAD_STEP:
                self._chores.step(self.world.elapsed)
                brain.cycle(self.world.elapsed, self.clock.now())

    def go_live(self) -> None:
        """Listen, write the kubeconfig, and let the optimizer be a real process from now on."""
        operator = User(OPERATOR, (OPERATORS, "system:authenticated"))
        self.core.tokens.add_user(self._token, operator)
        self.server.start()
        kubeconfig.write(
            self.kubeconfig,
            self.server.url,
            self._token,
            context=self.scenario.context,
            user=OPERATOR,
            namespace=self.scenario.services[0].namespace,
            ca_file=self._ca_file,
        )
        gpu.prepare(self.folder / "gpus", self.scenario.optimizer.devices)
        self._live = True
        for pod in self.optimizer_pods():
            self.processes.start(pod)

    # --- the optimizer -----------------------------------------------------------------------------------------------

    def _cycle(self) -> None:
        self._chores.step(self.world.elapsed)
        self.processes.cycle(self.world.elapsed, self.clock.now())

    def _process_for(self, pod: Object) -> Processes | None:
        return self.processes if self._live and self.world.is_optimizer(pod) else None

    def optimizer_pods(self) -> list[Object]:
        """Its pods, those on their way out among them."""
        pods = Control(self.core, "rehearsal").all("Pod", self.scenario.optimizer.namespace)
        return [pod for pod in pods if self.world.is_optimizer(pod)]

    def is_bound(self, binding: BindingSpec, account: str) -> bool:
        """Whether a ServiceAccount (``namespace/name``) is a subject of a binding now."""
        namespace, _, name = account.partition("/")
        kind = "RoleBinding" if binding.namespace else "ClusterRoleBinding"
        found = Control(self.core, "rehearsal").get(kind, binding.namespace, binding.name) or {}
        subjects = found.get("subjects") or []
        return any((each.get("namespace"), each["name"]) == (namespace, name) for each in subjects)

    def _mind(self) -> Mind:
        optimizer = self.scenario.optimizer
        places = {spec.name: spec.namespace for spec in self.scenario.services}
        return Mind(optimizer.module, optimizer.moves, places, optimizer.retries)

    def _pod_token(self, pod: Object) -> str:
        """A bound token: it dies with the pod."""
        token, metadata = secrets.token_urlsafe(24), pod["metadata"]
        self.core.tokens.add_account(
            token, metadata["namespace"], self.scenario.optimizer.account, (metadata["name"], metadata["uid"])
        )
        return token

    def _orders(self, pod: Object) -> Orders:
        return Orders(
            mind=self._mind(),
            server=self.server.url,
            token=self._pod_token(pod),
            prometheus=f"{self.server.url}{prometheus.PREFIX}",
            ca_file=self._ca_file,
            documents=-1,
            reports=-1,
            lifeline=self._lifeline.reader,
            run=self.run,
            gpus=str(self.folder / "gpus"),
            workers=self.scenario.optimizer.workers,
        )

    def _voice(self, pod: Object) -> Voice:
        uid = pod["metadata"]["uid"]
        return Voice(
            lambda text: self._said(uid, "text", text),
            lambda text: self._said(uid, "documents", text),
            f"{self.scenario.optimizer.module}.optimizer.engine",
        )

    def _said(self, uid: str, kind: str, text: str) -> None:
        container = "optimizer" if kind == "text" else DECISION_LOG
        self.core.logs.write(uid, container, self.clock.now(), text)


def _chance(seed: int, what: str) -> random.Random:
    return random.Random(f"{seed}/{what}")  # noqa: S311 - a story that repeats, no secret
