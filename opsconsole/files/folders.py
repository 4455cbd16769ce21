"""Where opsconsole keeps its state (the journal, the log of our own faults, rehearsals), and that it stays private."""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping
from pathlib import Path

from opsconsole.files.trust import check_above, check_folder


def state_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """``$XDG_STATE_HOME/opsconsole``, else ``~/.local/state/opsconsole``. Nothing is made.

    The XDG Base Directory Specification has relative paths ignored; taken at its word, one would put the journal into
    whatever folder the console was started in.
    """
    state = Path(environ.get("XDG_STATE_HOME", ""))
    return (state if state.is_absolute() else _home(environ) / ".local" / "state") / "opsconsole"


def make_private(folder: Path) -> None:
    """Make ``folder`` with each folder above it that is missing, for this user alone (0700); leave what is there.

    Raises:
        UntrustedPathError: it was there, and others may write it, it is theirs, or a link; or a folder above it is such
            that they may put another in its place.
        OSError: it can't be made, or is there and no folder.
    """
    missing = [folder, *(parent for parent in folder.parents if not parent.exists())]
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)
    check_above(folder)
    check_folder(folder)


def _home(environ: Mapping[str, str]) -> Path:
    """``$HOME``, else as the user database has it, else ``/`` (a container whose user is in no database)."""
    home = Path(environ.get("HOME", ""))
    if home.is_absolute():
        return home
    try:
        return Path("/", pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:
        return Path("/")
