"""The interpreter's memory, settled once the first frame is on the screen."""

from __future__ import annotations

import contextlib
import gc

COLLECT_AFTER = 20_000
"""Objects made between two looks of the garbage collector. Records are none of its business, and of 10,000 pods each
brings a few tuples, which cost a sixth of the CPU of reading them where every 700th is a reason to look."""

_M_ARENA_MAX = -8
"""``mallopt(3)`` of glibc."""


def settle() -> None:
    """Let the collector work again (who opened us may have switched it off to start sooner), and keep one heap.

    glibc gives each of two dozen threads a heap of its own, of which most stays unused: 4 MB of the whole.
    """
    gc.enable()
    gc.freeze()  # what is here now stays: the collector need not look at it again
    gc.set_threshold(COLLECT_AFTER)
    import ctypes  # noqa: PLC0415 - not before the first frame

    with contextlib.suppress(AttributeError, OSError):  # another C library
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
