"""The account of what the optimizer changed, live as long as it is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.ui.details import damage
from opsconsole.ui.screens.pages.text import TextScreen
from opsconsole.ui.text.buffer import TextBuffer

if TYPE_CHECKING:
    from opsconsole.store import Delta


class DamageScreen(TextScreen):
    """Every field that the optimizer changed: before against now."""

    covers = "the damage view"

    def __init__(self) -> None:
        super().__init__(TextBuffer(words=True))

    @property
    def heading(self) -> str:
        return "What the optimizer changed"

    def on_mount(self) -> None:
        """Fill the page before it is first painted."""
        self.sync()

    def absorb(self, delta: Delta) -> None:
        """Nothing is renewed at once: the account is summed up anew at each beat."""

    def sync(self) -> None:
        """Make the account anew and repaint what differs."""
        governor, restorable = self.ops.core.governor, not self.ops.core.settings.read_only
        rows = governor.damage() if governor is not None else []
        self.buffer.replace(damage.page(rows, self.ops.look(), restorable=restorable))
        super().sync()
