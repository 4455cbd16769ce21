"""Puts the governor's switches together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from opsconsole.clock import Clock
from opsconsole.cluster.transport.connection import Connection
from opsconsole.cluster.writes import Writer
from opsconsole.permit import Redeemer
from opsconsole.settings import Settings
from opsconsole.switches.engine.switch import Switch
from opsconsole.switches.freeze.switch import freeze_reader
from opsconsole.switches.govern.effects import UpdateObject
from opsconsole.switches.govern.facts import GovernorReader
from opsconsole.switches.govern.switch import InstallSwitch, UninstallSwitch


def governor_reader(settings: Settings, connection: Connection, clock: Clock) -> GovernorReader:
    """Return what reads how the governor stands. It reads alone, so that a read-only console may have it."""
    return GovernorReader(connection, freeze_reader(settings, connection, clock), lambda: settings)


def governor_switches(
    settings: Settings, connection: Connection, clock: Clock, *, keep_clock: bool = False
) -> Callable[[Writer, Redeemer], Sequence[Switch]]:
    """Return what makes the two switches, for :func:`opsconsole.switches.build.build_switchboard`.

    ``keep_clock``: uninstalling leaves rule ``lapsed``.
    """

    def make(writer: Writer, redeemer: Redeemer) -> Sequence[Switch]:
        del redeemer
        read = governor_reader(settings, connection, clock)
        return (
            InstallSwitch(read, connection, [UpdateObject(writer)], clock),
            UninstallSwitch(read, connection, [], clock, keep_clock=keep_clock),
        )

    return make
