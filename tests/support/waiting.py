"""One way of waiting for what other threads, processes and servers do."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

DEADLINE = 150.0
"""Seconds. Far more than anything takes on a busy machine: a test waits for a condition and never for a time.

Half of what a whole test may take (``timeout`` in pyproject.toml); client-go alone waits up to 60 s between two tries.
"""
_POLL_SECONDS = 0.02


def eventually(holds: Callable[[], T], what: str = "", seconds: float = DEADLINE) -> T:
    """Ask ``holds`` until it answers with something true, and return that.

    Raises:
        TimeoutError: it has not within ``seconds``; names ``what`` was waited for.
    """
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what or holds}: not so after {seconds:g} s")
        time.sleep(_POLL_SECONDS)
    return found
