"""Plays the optimizer on a real cluster: its process runs here, its pod there, and the one ends with the other."""

from __future__ import annotations

import secrets
import shutil
import threading
import time
from pathlib import Path
from typing import Any

from opsconsole.clock import Clock
from opsconsole.cluster.transport.connection import Connection
from opsconsole.cluster.transport.errors import ClusterError
from rehearsal import gpu
from rehearsal.folders import private_folder
from rehearsal.guest.objects import Guest, mind
from rehearsal.guest.stage import GuestError, Stage
from rehearsal.optimizers.child import Orders
from rehearsal.processes import Lifeline, Processes, worker_pattern
from rehearsal.scenario import Scenario
from rehearsal.server.objects.resources import Object

LOOK_SECONDS = 1.0
"""How often the cluster is asked whether the optimizer's pod still lives."""


class GuestRehearsal:
    """One scenario in one namespace of a real cluster. :meth:`start` it, and :meth:`stop` it whatever happens.

    Args:
        connection: to the cluster, allowed to write.
        scenario: whose optimizer plays.
        namespace: where; it is created and removed again.
        image: what the containers run; it only has to stay up.
        clock: where the time comes from.
    """

    def __init__(self, connection: Connection, scenario: Scenario, namespace: str, image: str, clock: Clock) -> None:
        self.run = secrets.token_hex(6)
        self.folder = private_folder()
        self.guest = Guest(scenario, namespace, self.run, image)
        self.stage = Stage(connection, self.guest)
        self._connection = connection
        self._clock = clock
        self._lifeline = Lifeline()
        self.processes = Processes(scenario.optimizer.module, self._orders, self._said)
        self._log_lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._play, name="guest-optimizer", daemon=True)
        self._began = 0.0

    @property
    def log(self) -> Path:
        """What the optimizer says: the pods only stand in for it, and say nothing themselves."""
        return self.folder / "decisions.log"

    @property
    def settings(self) -> dict[str, Any]:
        """What a console must be told besides the cluster, as flags of :func:`opsconsole.settings.sources.load`."""
        optimizer = self.guest.scenario.optimizer
        return {
            "cluster.namespace": self.guest.namespace,
            "optimizer.name": f"Deployment/{self.guest.namespace}/{optimizer.name}",
            "optimizer.service_account": f"{self.guest.namespace}/{optimizer.account}",
            "optimizer.managers": ("OpenAPI-Generator",),
            "optimizer.processes": (worker_pattern(self.run),),
            "decisions.log": str(self.log),
            "gpu.simulation": str(self.folder / "gpus"),
        }

    def start(self) -> None:
        """Create everything and let the optimizer begin.

        Raises:
            GuestError: it may not play there.
            ClusterError: the cluster refuses or is away.
        """
        if self._connection.access.proxy:
            raise GuestError("the cluster is reached through a proxy: the optimizer's process can't do that")
        gpu.prepare(self.folder / "gpus", self.guest.scenario.optimizer.devices)
        self.log.touch()
        self.stage.set_up()
        self._began = self._clock.now()
        self._thread.start()

    def stop(self) -> list[str]:
        """End the processes and remove everything. Returns what could not be removed, in words."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self.processes.kill_all()
        gpu.kill_all(self.folder / "gpus")
        self._lifeline.cut()
        try:
            left = self.stage.remove()
        except ClusterError as error:
            selector = self.guest.selector
            left = [f"not everything labelled {selector} could be removed: {error}"]
        shutil.rmtree(self.folder, ignore_errors=True)
        return left

    def _play(self) -> None:
        due = 0.0
        while not self._stop.wait(LOOK_SECONDS):
            try:
                living = self.stage.optimizer_pods()
            except ClusterError:
                continue  # the cluster is away: the optimizer goes on, as a real one would
            self._match(living)
            if time.monotonic() >= due:
                due = time.monotonic() + self.guest.scenario.optimizer.interval
                now = self._clock.now()
                self.processes.cycle(now - self._began, now)

    def _match(self, living: list[str]) -> None:
        """One process for each pod that lives, none for one that is gone."""
        running = {process.uid for process in self.processes.running()}
        for uid in running - set(living):
            self.processes.kill(uid)
        for uid in set(living) - running:
            self.processes.start({"metadata": {"uid": uid}})

    def _orders(self, _pod: Object) -> Orders:
        access = self._connection.access
        ca_file = ""
        if access.tls.ca:
            place = self.folder / "ca.crt"
            place.write_bytes(access.tls.ca)
            ca_file = str(place)
        return Orders(
            mind=mind(self.guest),
            server=access.server,
            token=self.stage.token(),
            prometheus="",
            ca_file=ca_file,
            documents=-1,
            reports=-1,
            lifeline=self._lifeline.reader,
            run=self.run,
            gpus=str(self.folder / "gpus"),
            workers=self.guest.scenario.optimizer.workers,
        )

    def _said(self, _uid: str, _kind: str, text: str) -> None:
        with self._log_lock, self.log.open("a", encoding="utf-8") as file:
            file.write(text + "\n")
