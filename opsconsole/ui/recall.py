"""Shows the cockpit as it was left on this cluster, and keeps how it is left now."""

from __future__ import annotations

from typing import Any

from opsconsole.ui.remembered import Remembered, is_untouched, look_of


class Recall:
    """Mixed into the app."""

    remembered: Remembered | None = None
    """``None``: nothing is kept."""
    recalled = False

    def recall(self) -> None:
        """Once it is known which cluster this is: show it as it was left, unless somebody has chosen already."""
        app: Any = self
        uid = app.core.identity.uid
        if self.remembered is None or self.recalled or not uid:
            return
        self.recalled = True
        look = self.remembered.of(uid)
        if look is not None and is_untouched(app.cockpit.panes):
            app.cockpit.restore(look)

    def remember(self) -> None:
        """Keep how it is left. A cluster that never said which it is can't be known again."""
        app: Any = self
        if self.remembered is not None and app.cockpit.panes:
            self.remembered.keep(app.core.identity.uid, look_of(app.cockpit.panes, app.core.clock.now()))
