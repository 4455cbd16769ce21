"""Puts the switchboard together: the one place that makes the writing halves, and only for a console that may write."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeAlias

from opsconsole.clock import Clock
from opsconsole.cluster.transport.connection import Connection
from opsconsole.cluster.writes import Writer
from opsconsole.console import Console
from opsconsole.gpu.feed import GpuFeed
from opsconsole.gpu.signals import Cleaner
from opsconsole.journal.entry import Who
from opsconsole.journal.folder import journal_folder
from opsconsole.journal.who import whoami
from opsconsole.journal.writer import Journal, JournalError
from opsconsole.optimizer import Optimizers
from opsconsole.permit import Mint, Redeemer
from opsconsole.records import Health, Identity, Plan, State
from opsconsole.settings import Settings
from opsconsole.switches.builtin import OptimizerSwitch, RevokeSwitch
from opsconsole.switches.delete.effects import DeletePod, ForcePod, SetField
from opsconsole.switches.delete.evidence import CollectEvidence
from opsconsole.switches.delete.proofs import Decisions
from opsconsole.switches.engine.board import Memory, Switchboard
from opsconsole.switches.engine.executor import ReservedExecutor
from opsconsole.switches.engine.gate import Gate
from opsconsole.switches.engine.preflight import Preflight
from opsconsole.switches.engine.switch import Effect, Registry, Switch
from opsconsole.switches.gpu import switch as gpu_switch
from opsconsole.switches.restore.damage_source import DamageAccount
from opsconsole.switches.restore.effects import PutFields
from opsconsole.switches.restore.switch import RestoreSwitch
from opsconsole.switches.revoke.effects import DeleteGrant, RecreateGrant, RemoveSubjects, ReturnSubjects
from opsconsole.switches.stop_all.switch import Everything
from opsconsole.switches.target.reader import World
from opsconsole.switches.undo.undo import Undo
from opsconsole.switches.watchdog import Watchdog

Further: TypeAlias = Callable[[Writer, Redeemer], Iterable[Switch]]


class ReadOnlyError(Exception):
    """A switchboard was asked for in a read-only console."""


def build_switchboard(
    settings: Settings,
    connection: Connection,
    console: Console | None,
    clock: Clock,
    *,
    gpu: GpuFeed | None = None,
    further: Further = lambda _writer, _redeemer: [],
    mint: Mint | None = None,
    pause: Callable[[float], object] | None = None,
) -> Switchboard:
    """Make the switchboard. Nothing is read and nothing started until it is asked for plans.

    Args:
        settings: everything that can be set.
        connection: one that can write.
        console: for the decision stream, the identity and the watchdog's findings; ``None`` on the command line.
        clock: where the time comes from.
        gpu: sees this host's GPUs; ``None``: the GPU switch says that there is nothing to see.
        further: plugins' switches, made with the one writer and what redeems permits. One that can't be had is told
            in the console's health and leaves the built-in ones alone.
        mint: makes the permits; its own by default.
        pause: waits for the seconds given; really, by default.

    Raises:
        ReadOnlyError: the settings or the connection are read-only.
    """
    if settings.read_only or connection.read_only:
        raise ReadOnlyError("this console is read-only: it has no switches")
    parts = Parts(settings, connection, console, clock, gpu=gpu, mint=mint, pause=pause)
    registry = parts.registry()
    parts.add_further(registry, further)
    memory = Memory(parts.journal)
    board = Switchboard(
        registry,
        Undo(parts.world, memory, clock),
        Gate(parts.journal, parts.mint, clock, parts.executor, parts.pause),
        Preflight(connection, clock),
        memory,
        executor=parts.executor,
        clock=clock,
        identify=parts.world.identify,
    )
    if console is not None:
        _watch(board, parts, console)
    return board


class Parts:
    """What the switches share."""

    def __init__(
        self,
        settings: Settings,
        connection: Connection,
        console: Console | None,
        clock: Clock,
        *,
        gpu: GpuFeed | None = None,
        mint: Mint | None = None,
        pause: Callable[[float], object] | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.console = console
        self.gpu = gpu
        self.mint = mint or Mint()
        self.executor = ReservedExecutor()
        self.pause: Callable[[float], object] = pause or threading.Event().wait
        self.world = World(connection, Optimizers.of(settings))
        self.connection = connection
        self.journal = Journal(journal_folder(settings.journal), clock, self.who)
        self.writer = Writer(connection, self.mint, self.pause, random.SystemRandom())

    def who(self) -> Who:
        """Who acts; what the API server calls us is known once it has been asked (it never is from here)."""
        known = self.console.identity if self.console else Identity()
        if not known.user and self.world.me:
            known = Identity(user=self.world.me[0], groups=self.world.me[1], context=self.settings.cluster.context)
        return whoami(known)

    def registry(self) -> Registry:
        """The built-in switches."""
        registry = Registry()
        gpu = gpu_switch.GpuSwitch(self.gpu, self._gpu_effects(), self.settings.gpu.term_seconds, self.clock)
        parts: list[Switch] = [
            RevokeSwitch(self.world, self._rbac_effects(), self.settings.switches, self.clock),
            self._optimizer(),
            gpu,
        ]
        replan = partial(_replan_gpu, self.settings.gpu.term_seconds, self.clock)
        everything = Everything(parts, self.clock.now, {gpu.name: replan})
        for switch in (*parts, everything, self._restore()):
            registry.add(switch)
        return registry

    def add_further(self, registry: Registry, further: Further) -> None:
        """Add the plugins' switches. Whatever is wrong with one, the built-in kill switches have to be there."""
        try:
            for switch in further(self.writer, self.mint):
                registry.add(switch)
        except Exception as error:  # noqa: BLE001 - code of somebody else's
            words = f"a plugin's switch can't be had: {type(error).__name__}: {error}"
            if self.console is not None:
                self.console.inbox.health(Health("switches", State.DOWN, self.clock.now(), detail=words))

    def _rbac_effects(self) -> list[Effect]:
        return [kind(self.writer) for kind in (DeleteGrant, RemoveSubjects, RecreateGrant, ReturnSubjects)]

    def _optimizer(self) -> OptimizerSwitch:
        evidence = CollectEvidence(
            self.connection,
            self.mint,
            self.journal.folder,
            executor=self.executor,
            clock=self.clock,
            pause=self.pause,
        )
        killed = self.gpu.optimizer_killed if self.gpu else lambda _: None
        effects: list[Effect] = [
            evidence,
            SetField(self.writer),
            DeletePod(self.writer, killed),
            ForcePod(self.writer, self.clock, self.pause),
        ]
        decisions = partial(_decisions, self.console) if self.console else None
        return OptimizerSwitch(self.world, effects, self.settings.switches, clock=self.clock, decisions=decisions)

    def _restore(self) -> RestoreSwitch:
        account = None
        if self.console is not None:
            judge = DamageAccount(self.console)
            self.console.add_judge(judge)
            account = judge.rows
        effects = [PutFields(self.writer)]
        return RestoreSwitch(self.world, account, effects, self.settings.switches, self.clock)

    def _gpu_effects(self) -> list[Effect]:
        if self.gpu is None:
            return []
        cleaner = Cleaner(
            self.mint, self.clock, self.gpu.reader, self.gpu.judge, term_seconds=self.settings.gpu.term_seconds
        )
        return [gpu_switch.Terminate(cleaner)]


def _replan_gpu(term_seconds: float, clock: Clock, facts: gpu_switch.GpuFacts, doomed: frozenset[str]) -> Plan:
    return gpu_switch.plan(facts, term_seconds, clock.now(), doomed)


def _decisions(console: Console) -> Decisions:
    """How the decision stream stands, from the console's store. A stream with nobody left to speak is read, too."""
    health = console.store.health.get("decisions")
    newest = max((decision.received for decision in list(console.store.decisions.values())[-50:]), default=None)
    return Decisions(health is not None and health.state in {State.LIVE, State.ABSENT}, newest)


def _watch(board: Switchboard, parts: Parts, console: Console) -> None:
    def alarm(body: dict[str, object]) -> None:
        try:
            parts.journal.append("alarm", body)
        except JournalError:
            return  # the finding itself is on the screen

    watchdog = Watchdog(parts.world, parts.clock, board.memory, alarm)
    board.on_finished(watchdog.finished)
    console.add_feed(watchdog)
