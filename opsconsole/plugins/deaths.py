"""Tells of threads that an exception ends: plugins start their own, and Python would write to the screen and go on."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import Any

from opsconsole.files.faults import record_fault

Told = Callable[[BaseException], None]


class Deaths:
    """Stands in for ``threading.excepthook`` from the first watched thread on."""

    def __init__(self) -> None:
        self._watched: weakref.WeakKeyDictionary[threading.Thread, Told] = weakref.WeakKeyDictionary()
        self._beginning: list[_Beginning] = []
        self._before: Callable[[Any], Any] | None = None
        self._lock = threading.Lock()

    def watch(self, begin: Callable[[], object], told: Told) -> None:
        """Call ``begin``, and ``told`` when an exception ends a thread that was started meanwhile, however soon.

        ``told`` is called on the thread that ends; for one that has ended before ``begin`` is over, on ours behind it.

        Raises:
            BaseException: what ``begin`` raises.
        """
        if threading.excepthook != self._ended:
            self._before, threading.excepthook = threading.excepthook, self._ended
        ours = _Beginning()
        with self._lock:
            self._beginning.append(ours)
        began = False
        try:
            begin()
            began = True
        finally:
            with self._lock:
                self._beginning.remove(ours)
                if began:
                    self._watched.update(dict.fromkeys(set(threading.enumerate()) - ours.before, told))
        for error in ours.errors:
            told(error)

    def _ended(self, about: threading.ExceptHookArgs) -> None:
        error = about.exc_value or about.exc_type()
        told = self._told(about.thread, error)
        if told is not None:
            record_fault("a plugin's thread ended", error)
            told(error)
        elif self._before is not None:
            self._before(about)

    def _told(self, thread: threading.Thread | None, error: BaseException) -> Told | None:
        """Who is told of a thread's end; ``None``: it is nobody's. Of one that begins just now its starter is told."""
        if thread is None:
            return None
        with self._lock:
            beginning = [each for each in self._beginning if thread not in each.before]
            if thread not in self._watched and beginning:
                beginning[-1].errors.append(error)
                return _nobody
            return self._watched.pop(thread, None)


def _nobody(_: BaseException) -> None:
    """The starter looks at what is noted for it."""


class _Beginning:
    """What happens while something begins: which threads were there before, and what has ended new ones."""

    def __init__(self) -> None:
        self.before = set(threading.enumerate())
        self.errors: list[BaseException] = []


DEATHS = Deaths()
