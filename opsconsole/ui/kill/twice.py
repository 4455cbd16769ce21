"""Whether ``0`` asks a second time: in k9s that key shows all namespaces, here it stops the optimizer."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opsconsole.settings import SwitchSettings

SWITCH = "all"
"""The switch on the key ``0``."""

WORDS = "0 stops the optimizer here; all namespaces are at N. If you mean it: Enter once more"


def asks_twice(name: str, settings: SwitchSettings, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the plan of the switch ``name`` takes two Enters.

    Args:
        name: of the switch; only the one on ``0`` ever does.
        settings: may say always or never; by default it is asked where k9s is installed.
        environ: where k9s is looked for.
    """
    if name != SWITCH or settings.twice == "never":
        return False
    return settings.twice == "always" or _knows_k9s(environ)


def _knows_k9s(environ: Mapping[str, str]) -> bool:
    if environ.get("K9S_CONFIG_DIR") or environ.get("K9SCONFIG") or shutil.which("k9s", path=environ.get("PATH", "")):
        return True
    home = environ.get("HOME", "")
    folders = [Path(home, ".k9s"), Path(environ.get("XDG_CONFIG_HOME") or Path(home, ".config"), "k9s")] if home else []
    return any(folder.is_dir() for folder in folders)
