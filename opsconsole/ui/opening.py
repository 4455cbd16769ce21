"""Opens what the person asks for: a record's details, its pod's log, its YAML, and the pages about everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsconsole.ui.screens.panes import PaneScreen

if TYPE_CHECKING:
    from opsconsole.ui.screens.base import OpsScreen


class Opening:
    """Mixed into the app: the keys that open a screen over the cockpit."""

    @property
    def opened(self) -> Any | None:
        """What the person looks at: the record that is open, or the one under the cursor."""
        app: Any = self
        screen = app.screen
        return screen.pane.selected if isinstance(screen, PaneScreen) else getattr(screen, "record", None)

    async def action_open_details(self) -> None:
        """Show everything known of it."""
        from opsconsole.ui.screens.pages.details import DetailScreen  # noqa: PLC0415 - not before it is asked for

        app: Any = self
        record = app.opened
        if record is None:
            app._say("nothing here to open")
        else:
            await self._show(DetailScreen(record))

    async def action_open_logs(self, previous: bool) -> None:
        """Show its pod's log."""
        from opsconsole.ui.details.subject import pod_of  # noqa: PLC0415 - as above
        from opsconsole.ui.screens.pages.logs import LogScreen  # noqa: PLC0415

        app: Any = self
        record = app.opened
        pod = pod_of(record, app.core.store)
        if pod is None:
            app._say("no pod belongs to this, so there is no log to show")
        else:
            await self._show(LogScreen(pod, record, previous=previous))

    async def action_open_manifest(self) -> None:
        """Show its object as YAML."""
        from opsconsole.ui.details.subject import object_of  # noqa: PLC0415 - as above
        from opsconsole.ui.screens.pages.manifest import ManifestScreen  # noqa: PLC0415

        app: Any = self
        record = app.opened
        ref = object_of(record, app.core.store)
        if ref is None:
            app._say("this is no object of the cluster")
        else:
            await self._show(ManifestScreen(ref, record))

    async def action_damage(self) -> None:
        """Show every field that the optimizer changed."""
        from opsconsole.ui.screens.pages.damage import DamageScreen  # noqa: PLC0415 - as above

        app: Any = self
        if app.core.governor is None:
            app._say("the governor is off: damage is not tracked")
        else:
            await self._show(DamageScreen())

    async def action_sources(self) -> None:
        """Show how every source is."""
        from opsconsole.ui.screens.pages.sources import SourcesScreen  # noqa: PLC0415 - as above

        await self._show(SourcesScreen())

    async def action_writers(self) -> None:
        """Show who writes to the cluster."""
        from opsconsole.ui.screens.writers import WritersScreen  # noqa: PLC0415 - as above

        app: Any = self
        app.core.watch_writers()
        await self._show(WritersScreen())

    async def _show(self, screen: OpsScreen) -> None:
        """Open a screen over the cockpit; sides of one thing take each other's place, so that Esc goes back."""
        app: Any = self
        if isinstance(app.screen, PaneScreen):
            await app.push_screen(screen)
        else:
            await app.switch_screen(screen)
