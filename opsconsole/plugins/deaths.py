"""Tells of threads that an exception ends: plugins start their own, and Python would write to the screen and go on."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterable
from typing import Any

from opsconsole.files.faults import record_fault

Told = Callable[[BaseException], None]


class Deaths:
    """Stands in for ``threading.excepthook`` from the first watched thread on."""

    def __init__(self) -> None:
        self._watched: weakref.WeakKeyDictionary[threading.Thread, Told] = weakref.WeakKeyDictionary()
        self._before: Callable[[Any], Any] | None = None

    def watch(self, threads: Iterable[threading.Thread], told: Told) -> None:
        """Call ``told`` (on the thread that ends) when an exception ends one of ``threads``."""
        for thread in threads:
            self._watched[thread] = told
        if threading.excepthook != self._ended:
            self._before, threading.excepthook = threading.excepthook, self._ended

    def _ended(self, about: threading.ExceptHookArgs) -> None:
        told = self._watched.pop(about.thread, None) if about.thread is not None else None
        if told is None and self._before is not None:
            self._before(about)
            return
        error = about.exc_value or about.exc_type()
        record_fault("a plugin's thread ended", error)
        if told is not None:
            told(error)


DEATHS = Deaths()
