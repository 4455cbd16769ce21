"""A feed that is made, and imported, only once there is something for it to do."""

from __future__ import annotations

import threading
from collections.abc import Callable

from opsconsole.feeds.protocol import Feed, Sink
from opsconsole.files.faults import record_fault

LOOK = 30.0
"""Seconds between two questions whether it is wanted by now."""


class LateFeed:
    """Stands in for a feed until that is wanted; then it is started, and stays.

    Args:
        name: of the feed.
        wanted: whether it has something to do. May block.
        make: makes it.
        look: see :data:`LOOK`.
    """

    def __init__(self, name: str, wanted: Callable[[], bool], make: Callable[[], Feed], look: float = LOOK) -> None:
        self.name = name
        self._wanted = wanted
        self._make = make
        self._look = look
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._feed: Feed | None = None

    def start(self, sink: Sink) -> None:
        """Begin to ask. Returns at once."""
        self._stop.clear()
        threading.Thread(target=self._run, args=(sink,), name=f"late-{self.name}", daemon=True).start()

    def stop(self) -> None:
        """Ask no more, and end the feed where it was made. Returns at once."""
        with self._lock:
            self._stop.set()
            feed = self._feed
        if feed is not None:
            feed.stop()

    def _run(self, sink: Sink) -> None:
        while not self._stop.is_set():
            if self._is_wanted():
                with self._lock:
                    if not self._stop.is_set():
                        self._feed = self._feed or self._make()
                        self._feed.start(sink)
                return
            self._stop.wait(self._look)

    def _is_wanted(self) -> bool:
        try:
            return self._wanted()
        except Exception as error:  # noqa: BLE001 - what can't be told may be something to do
            record_fault(f"asking whether {self.name} is wanted", error)
            return True
