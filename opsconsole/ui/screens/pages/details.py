"""The page of one record, live as long as it is open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsconsole.ui.details import subject
from opsconsole.ui.screens.pages.text import SideScreen
from opsconsole.ui.text.buffer import TextBuffer

if TYPE_CHECKING:
    from opsconsole.store import Delta


class DetailScreen(SideScreen):
    """Shows everything that is known of a record. When it is gone, its last state stays and the title says so."""

    covers = "details"

    def __init__(self, record: Any) -> None:
        super().__init__(TextBuffer(words=True), record)
        self._gone = False

    @property
    def heading(self) -> str:
        return subject.title(self.record)

    @property
    def state(self) -> str:
        return "GONE: last known state" if self._gone else ""

    def on_mount(self) -> None:
        """Fill the page before it is first painted."""
        self.sync()

    def absorb(self, delta: Delta) -> None:
        """Renew the page when its own record has changed; all else can wait for the next beat."""
        if any(self.record.key in keys for keys in (*delta.changed.values(), *delta.gone.values())):
            self.sync_in_front()

    def sync(self) -> None:
        """Make the page anew and repaint what differs."""
        newest = subject.newest(self.record, self.ops.core.store)
        self._gone = newest is None
        if newest is not None:
            self.record = newest
        self.buffer.replace(subject.page(self.record, self.ops.look()))
        super().sync()
