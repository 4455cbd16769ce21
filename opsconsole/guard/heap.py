"""The guard's memory: what was needed for a moment (ten thousand pods as JSON) is given back to the system."""

from __future__ import annotations

import contextlib
import ctypes
import gc

COLLECT_AFTER = 20_000
"""Objects made between two looks of the garbage collector: a record is held by nothing that it holds."""

_LARGE = 128 * 1024
_SETTINGS = ((-8, 1), (-3, _LARGE), (-1, _LARGE))
"""``mallopt(3)`` of glibc: one heap for all threads; what is larger than this is mapped by itself, and so given back
when it is freed, as the end of the heap is. By default glibc raises that limit with each large piece that is freed."""


def settle() -> None:
    """Set the heap up. To be called before the first thread is started; another C library is left as it is."""
    gc.set_threshold(COLLECT_AFTER)
    with contextlib.suppress(AttributeError, OSError):
        libc = ctypes.CDLL(None)
        for setting, value in _SETTINGS:
            libc.mallopt(setting, value)


def give_back() -> None:
    """Give back what lies free amid the heap, too. Takes some milliseconds."""
    gc.collect()
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
