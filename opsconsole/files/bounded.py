"""Files that may be anything, read within bounds: a pipe hangs nobody, and ``/dev/zero`` fills no memory."""

from __future__ import annotations

import errno
import os
import select
import stat
import time
from pathlib import Path

PATIENCE = 5.0
"""Seconds that what is written into a pipe (``--config <(…)``) may take to come."""

_PIECE = 1 << 16


def read_bounded(path: Path, most: int) -> bytes:
    """Return what is in a file; one byte more than ``most`` where it has more.

    Raises:
        OSError: it can't be read; it is a pipe that nobody writes into, or in which nothing comes.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        found = _read(descriptor, most + 1)
        if not found and stat.S_ISFIFO(os.fstat(descriptor).st_mode):
            raise OSError(errno.ENODATA, "it is a pipe that nobody writes into", str(path))
        return found
    finally:
        os.close(descriptor)


def _read(descriptor: int, most: int) -> bytes:
    found = bytearray()
    waiting = select.poll()  # select takes no descriptor above 1,023
    waiting.register(descriptor, select.POLLIN)
    deadline = time.monotonic() + PATIENCE
    while len(found) < most:
        try:
            piece = os.read(descriptor, min(_PIECE, most - len(found)))
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise TimeoutError(errno.ETIMEDOUT, "it is a pipe in which nothing comes") from None
            waiting.poll(100)
            continue
        if not piece:
            break
        found += piece
    return bytes(found)
