"""Every source with its state and its words, live as long as it is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.ui.details import sources
from opsconsole.ui.screens.pages.text import TextScreen
from opsconsole.ui.text.buffer import TextBuffer

if TYPE_CHECKING:
    from opsconsole.store import Delta


class SourcesScreen(TextScreen):
    """What is read, what is denied, what fails, and why: nothing cut off."""

    covers = "the page of sources"

    def __init__(self) -> None:
        super().__init__(TextBuffer(words=True))

    @property
    def heading(self) -> str:
        return "Sources"

    @property
    def state(self) -> str:
        return sources.summary(self.ops.core.health().values())

    def on_mount(self) -> None:
        """Fill the page before it is first painted."""
        self.sync()

    def absorb(self, delta: Delta) -> None:
        """Nothing is renewed at once: the page is made anew at each beat."""

    def sync(self) -> None:
        """Make the page anew and repaint what differs."""
        self.buffer.replace(sources.page(self.ops.core.health(), self.ops.core.clock.now()))
        super().sync()
