"""A rehearsal's private folder, and what a killed rehearsal left of its own."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

_PREFIX = "opsconsole-rehearsal-"
_OURS = re.compile(rf"{_PREFIX}(\d+)-\w+")


def private_folder() -> Path:
    """A new folder that only this user can look into; leftovers of rehearsals whose process is gone are removed."""
    parent = Path(tempfile.gettempdir())
    for left in parent.glob(f"{_PREFIX}*"):
        found = _OURS.fullmatch(left.name)
        if found and not Path(f"/proc/{found[1]}").exists() and _is_own(left):
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=parent))


def _is_own(folder: Path) -> bool:
    try:
        return not folder.is_symlink() and folder.is_dir() and folder.stat().st_uid == os.getuid()
    except OSError:
        return False
