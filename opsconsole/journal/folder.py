"""Where the journal is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from opsconsole.settings import JournalSettings


def journal_folder(settings: JournalSettings, environ: Mapping[str, str] = os.environ) -> Path:
    """The folder of the settings, else ``$XDG_STATE_HOME/opsconsole``, else ``~/.local/state/opsconsole``."""
    if settings.folder:
        return Path(settings.folder).expanduser()
    state = environ.get("XDG_STATE_HOME")
    return (Path(state) if state else Path.home() / ".local" / "state") / "opsconsole"
