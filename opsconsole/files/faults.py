"""The log of our own defects: what failed, with its traceback, in a file and never on the screen.

Nothing is imported or opened until the first fault: a night without one pays nothing.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from opsconsole.files.folders import make_private, state_folder
from opsconsole.files.trust import open_own

MAX_BYTES = 4 << 20
"""Size at which the file is put aside (one older file is kept)."""

_lock = threading.Lock()


def log_file(environ: Mapping[str, str] = os.environ) -> Path:
    """Where faults are written: ``$XDG_STATE_HOME/opsconsole/opsconsole.log``."""
    return state_folder(environ) / "opsconsole.log"


def record_fault(words: str, error: BaseException, file: Path | None = None) -> None:
    """Append one JSON line: time, ``words``, and the traceback of ``error``. Never raises: the console goes on.

    Args:
        words: what was being done, cleaned.
        error: what came of it.
        file: where to write; by default :func:`log_file`.
    """
    target = file or log_file()
    try:
        with _lock:
            make_private(target.parent)
            _put_aside(target)
            descriptor = open_own(target, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            with os.fdopen(descriptor, "a", encoding="utf-8", errors="backslashreplace") as stream:
                _logger(stream).error(words, exc_info=error)
    except OSError:
        return


def _put_aside(file: Path) -> None:
    if file.exists() and file.stat().st_size > MAX_BYTES:
        file.replace(file.with_suffix(".log.1"))


def _logger(stream: Any) -> Any:
    import structlog  # noqa: PLC0415 - 28 ms that only a fault pays

    return structlog.wrap_logger(
        structlog.WriteLogger(stream),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
    )
