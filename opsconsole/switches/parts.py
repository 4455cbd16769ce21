"""What the switches share: the one writer, the journal, the mint of permits, who reads the target."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from opsconsole.clock import Clock
from opsconsole.cluster.transport.connection import Connection
from opsconsole.cluster.writes import Writer
from opsconsole.console import Console
from opsconsole.journal.entry import Who
from opsconsole.journal.folder import journal_folder
from opsconsole.journal.who import whoami
from opsconsole.journal.writer import Journal
from opsconsole.optimizer import Optimizers
from opsconsole.permit import Mint
from opsconsole.records import Identity
from opsconsole.settings import Settings
from opsconsole.switches.engine.executor import ReservedExecutor
from opsconsole.switches.engine.place import ClusterPlace
from opsconsole.switches.engine.switch import Switch
from opsconsole.switches.target.reader import TargetReader
from opsconsole.text import clean_line

if TYPE_CHECKING:
    from opsconsole.gpu.feed import GpuFeed
    from opsconsole.gpu.fleet.feed import FleetFeed


class Parts:
    """What the switches share. ``built`` are those that were made before, by name."""

    def __init__(
        self,
        settings: Settings,
        connection: Connection,
        console: Console | None,
        clock: Clock,
        *,
        gpu: GpuFeed | FleetFeed | None = None,
        mint: Mint | None = None,
        pause: Callable[[float], object] | None = None,
    ) -> None:
        self.built: dict[str, Switch] = {}
        self.settings = settings
        self.clock = clock
        self.console = console
        self.gpu = gpu
        self.mint = mint or Mint()
        self.executor = ReservedExecutor()
        self.pause: Callable[[float], object] = pause or threading.Event().wait
        self.world = TargetReader(
            connection, Optimizers.of(settings), pause=self.pause, places=settings.cluster.namespaces
        )
        self.connection = connection
        self.journal = Journal(journal_folder(settings.journal), clock, self.who)
        self.place = ClusterPlace(connection, clock, self.who, _named(Optimizers.of(settings)))
        self.writer = Writer(connection, self.mint, self.pause, random.SystemRandom())

    def who(self) -> Who:
        """Who acts; what the API server calls us is known once it has been asked (it never is from here)."""
        known = self.console.identity if self.console else Identity()
        if not known.user and self.world.me:
            access = getattr(self.connection, "known_access", None)
            known = Identity(
                user=self.world.me[0],
                groups=self.world.me[1],
                context=access.context if access else self.settings.cluster.context,
                server=clean_line(access.server, 253) if access else "",
            )
        return whoami(known)


def _named(optimizers: Optimizers) -> str:
    """The optimizers that the settings name, in one order: what tells one console's executions from another's."""
    names = [*map(str, optimizers.workloads), *map(str, optimizers.accounts), *optimizers.users, *optimizers.groups]
    return ", ".join(sorted(set(names)))
