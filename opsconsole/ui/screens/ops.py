"""What screens know of the app: a few members, so that no screen needs the app itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from opsconsole.console import Console
    from opsconsole.optimizer import OptimizerMatch
    from opsconsole.present.panes.context import FindingIndex, RowContext
    from opsconsole.records import Outcome
    from opsconsole.settings import OptimizerEntry
    from opsconsole.ui.status.containment import Containment


class Ops(Protocol):
    """The console as a screen sees it."""

    core: Console
    """The headless console: store, clock, settings, health."""

    optimizer: OptimizerMatch
    """Whose a pod or workload is, and whether anybody is named as the optimizer."""

    findings: FindingIndex
    """What the governor found, by object and decision."""

    @property
    def opened(self) -> Any | None:
        """What the person looks at: the record that is open, or the one under the cursor."""
        ...

    @property
    def containment(self) -> Containment | None:
        """What of the optimizer is proved to be stopped; ``None`` while nothing was executed from here."""
        ...

    @property
    def working(self) -> Outcome | None:
        """What has become so far of an execution that is under way."""
        ...

    @property
    def switch_keys(self) -> Mapping[str, str]:
        """Key by kill switch; empty where none may be used."""
        ...

    def look(self) -> RowContext:
        """What rows depend on besides their record, now."""
        ...

    def soon(self, work: Callable[[], None]) -> None:
        """Run ``work`` on the event loop; may be called from any thread."""
        ...

    def later(self, delay: float, work: Callable[[], None]) -> None:
        """Run ``work`` on the event loop after ``delay`` seconds."""
        ...

    def adopt(self, entry: OptimizerEntry) -> str:
        """Take ``entry`` for the optimizer for the rest of the session; returns what to say of it."""
        ...

    async def action_open_details(self) -> None:
        """Show everything known of what is looked at."""
        ...
