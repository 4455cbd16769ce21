"""``opsconsole`` without a command: the console on the screen."""

from __future__ import annotations

import gc
from collections.abc import Sequence

from opsconsole.commands import terminal
from opsconsole.composition import build_console
from opsconsole.files.shared import shared_file_findings
from opsconsole.records import Kind
from opsconsole.settings import Settings


def open_cockpit(settings: Settings, remarks: Sequence[str] = ()) -> int:
    """Open the console and stay until it is closed. Returns the exit code.

    Args:
        settings: everything that can be set.
        remarks: what is to be said of the settings file.
    """
    terminal.require()
    gc.disable()  # a fifth of the import's CPU; the app turns it on again behind the first frame
    from opsconsole.ui.app import OpsConsoleApp  # noqa: PLC0415 - the other commands draw nothing

    console = build_console(settings)
    console.inbox.put(Kind.FINDING, shared_file_findings(remarks, console.clock.now()))
    app = OpsConsoleApp(console)
    app.run(mouse=settings.ui.mouse)
    if console.switchboard is None:
        return app.return_code or 0
    from opsconsole.commands.acting.carry import carry_through  # noqa: PLC0415

    return carry_through(console, app.return_code or 0, app.left_at_work)
