"""Where the journal is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from opsconsole.files.folders import state_folder
from opsconsole.settings import JournalSettings


def journal_folder(settings: JournalSettings, environ: Mapping[str, str] = os.environ) -> Path:
    """The folder of the settings, else :func:`opsconsole.files.folders.state_folder`."""
    if settings.folder:
        return Path(settings.folder).expanduser()
    return state_folder(environ)
