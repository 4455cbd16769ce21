"""Help and palette: every key and every action, from the bindings themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsconsole.ui.screens.base import OpsScreen
from opsconsole.ui.screens.panes import PaneScreen

if TYPE_CHECKING:
    from textual.binding import Binding


class Guidance:
    """Mixed into the app: its keys ``?`` and ``:``."""

    async def action_help(self) -> None:
        """List every key, those of what is in front first."""
        from opsconsole.ui.screens import actions  # noqa: PLC0415 - not before it is asked for
        from opsconsole.ui.screens.help import HelpScreen  # noqa: PLC0415

        app: Any = self
        screen = app.screen
        if isinstance(screen, OpsScreen) and not isinstance(screen, HelpScreen):
            pane = screen.pane.spec if isinstance(screen, PaneScreen) else None
            notes = actions.notes(read_only=app.core.settings.read_only)
            await app.push_screen(HelpScreen(actions.sections(screen, self._kill_bindings(), pane), notes))

    async def action_palette(self) -> None:
        """Find an action by a part of what it does, and do it."""
        from opsconsole.ui.screens import actions  # noqa: PLC0415 - as above
        from opsconsole.ui.screens.picker import PickerScreen  # noqa: PLC0415

        app: Any = self
        screen = app.screen
        if isinstance(screen, OpsScreen):
            found = actions.choices(screen, self._kill_bindings())
            await app.push_screen(PickerScreen("Action:", found, lambda action: self._do(action, screen)))

    def _do(self, action: str, screen: OpsScreen) -> None:
        app: Any = self
        app._repeated = True  # an Enter in a list is no switch's one key: it opens, and never fires
        app.call_later(app.run_action, action, screen)

    def _kill_bindings(self) -> list[Binding]:
        app: Any = self
        return [binding for found in app._bindings.key_to_bindings.values() for binding in found]
