"""Puts the switchboard together: the one place that makes the writing halves, and only for a console that may write."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING, TypeAlias

from opsconsole.clock import Clock
from opsconsole.cluster.transport.connection import Connection
from opsconsole.cluster.writes import Writer
from opsconsole.console import Console
from opsconsole.feeds.late import LateFeed
from opsconsole.feeds.protocol import Feed
from opsconsole.journal.writer import JournalError
from opsconsole.permit import Mint, Redeemer
from opsconsole.records import Health, State
from opsconsole.settings import Settings
from opsconsole.switches.aftermath import Aftermath
from opsconsole.switches.approve.spec import SPEC as APPROVE
from opsconsole.switches.engine.board import Switchboard
from opsconsole.switches.engine.gate import Gate
from opsconsole.switches.engine.memory import Memory
from opsconsole.switches.engine.preflight import Preflight
from opsconsole.switches.engine.switch import Registry, Switch
from opsconsole.switches.freeze.drift import Drift
from opsconsole.switches.freeze.spec import SPEC as FREEZE
from opsconsole.switches.parts import Parts
from opsconsole.switches.registry import CONTAINING, UNDOABLE, build_all

if TYPE_CHECKING:
    from opsconsole.gpu.feed import GpuFeed
    from opsconsole.gpu.fleet.feed import FleetFeed

Further: TypeAlias = Callable[[Writer, Redeemer], Iterable[Switch]]


class NoSwitchesError(Exception):
    """A switchboard was asked for in a read-only console."""


def build_switchboard(
    settings: Settings,
    connection: Connection,
    console: Console | None,
    clock: Clock,
    *,
    gpu: GpuFeed | FleetFeed | None = None,
    further: Further = lambda _writer, _redeemer: [],
    mint: Mint | None = None,
    pause: Callable[[float], object] | None = None,
    stays: bool = False,
    only: Collection[str] = (),
) -> Switchboard:
    """Make the switchboard. Nothing is read and nothing started until it is asked for plans.

    Args:
        settings: everything that can be set.
        connection: one that can write.
        console: for the decision stream, the identity and the watchdog's findings; ``None`` on the command line.
        clock: where the time comes from.
        gpu: sees the GPUs of this host or of the fleet; ``None``: the GPU switch says that there is nothing to see.
        further: plugins' switches, made with the one writer and what redeems permits. One that can't be had is told
            in the console's health and leaves the built-in ones alone.
        mint: makes the permits; its own by default.
        pause: waits for the seconds given; really, by default.
        stays: the console stays for hours: it looks after approvals that an earlier one left, too.
        only: the built-in switches to make, by name; empty: all.

    Raises:
        ReadOnlyError: the settings or the connection are read-only.
    """
    if settings.read_only or connection.read_only:
        raise NoSwitchesError("this console is read-only: it has no switches")
    parts = Parts(settings, connection, console, clock, gpu=gpu, mint=mint, pause=pause)
    registry = registry_of(parts, only)
    _add_further(registry, parts, further)
    board = _board(registry, parts, Preflight(connection, clock))
    if console is not None:
        _watch(board, parts, console, stays=stays)
    return board


def _board(registry: Registry, parts: Parts, preflight: Preflight) -> Switchboard:
    memory = Memory(parts.journal)
    return Switchboard(
        registry,
        lambda: _undo(parts, memory),
        _gate(parts),
        preflight,
        memory,
        executor=parts.executor,
        clock=parts.clock,
        identify=parts.world.identify,
        place=parts.place,
        throttled=lambda: parts.world.api.throttled,
    )


def _undo(parts: Parts, memory: Memory) -> Switch:
    from opsconsole.switches.undo.undo import Undo  # noqa: PLC0415 - it knows the plans of all others

    return Undo(parts.world, memory, parts.clock, place=parts.place, told=lambda: memory.told)


def _gate(parts: Parts) -> Gate:
    return Gate(
        parts.journal,
        parts.mint,
        parts.clock,
        parts.executor,
        parts.pause,
        undoable=UNDOABLE,
        again=2 * parts.settings.switches.patience_seconds,
    )


def registry_of(parts: Parts, only: Collection[str] = ()) -> Registry:
    """The built-in switches (or ``only`` some of them), made of ``parts``."""
    registry = Registry()
    for switch in build_all(parts, only):
        registry.add(switch)
    return registry


def _add_further(registry: Registry, parts: Parts, further: Further) -> None:
    """Add the plugins' switches. Whatever is wrong with one, the built-in kill switches have to be there."""
    try:
        for switch in further(parts.writer, parts.mint):
            registry.add(switch)
    except Exception as error:  # noqa: BLE001 - code of somebody else's
        words = f"a plugin's switch can't be had: {type(error).__name__}: {error}"
        if parts.console is not None:
            parts.console.inbox.health(Health("switches", State.DOWN, parts.clock.now(), detail=words))


def _watch(board: Switchboard, parts: Parts, console: Console, *, stays: bool) -> None:
    def alarm(body: dict[str, object]) -> None:
        try:
            parts.journal.append("alarm", body)
        except JournalError:
            return  # the finding itself is on the screen

    drift = Drift(parts.connection, parts.clock, alarm, board.under_way)
    board.on_finished(drift.finished)
    console.add_feed(drift)
    console.add_feed(Aftermath(parts.journal, parts.clock))
    console.add_feed(_watchdog(board, parts, alarm))
    if APPROVE.name in parts.built:
        _watch_approvals(board, parts, console if stays else None)


def _watchdog(board: Switchboard, parts: Parts, alarm: Callable[[dict[str, object]], None]) -> Feed:
    """Watch that nothing comes back; where nothing is taken away from here, once another console has done so."""

    def make() -> Feed:
        from opsconsole.switches.watchdog import Watchdog  # noqa: PLC0415 - it knows the plans of what takes away

        watchdog = Watchdog(parts.world, parts.clock, board.memory, alarm, parts.place)
        board.on_finished(watchdog.finished)
        return watchdog

    if not parts.built.keys().isdisjoint(spec.name for spec in CONTAINING):
        return make()
    return LateFeed("watchdog", lambda: any(run.plan.switch != FREEZE.name for run in board.memory()), make)


def _watch_approvals(board: Switchboard, parts: Parts, console: Console | None) -> None:
    """Look after the approvals that are given from here; in a ``console`` that stays, after earlier ones, too."""
    from opsconsole.switches.withdraw.lapse import Lapses  # noqa: PLC0415 - a guard approves nothing

    lapses = Lapses(board, parts.clock, parts.pause)
    board.on_finished(lapses.finished)
    if console is not None:
        console.add_feed(lapses)
