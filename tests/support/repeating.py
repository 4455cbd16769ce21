"""Something that goes on in the background while a test acts: a loop that takes away what was done."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def repeating(do: Callable[[], object], seconds: float) -> Iterator[None]:
    """``do`` again and again, with ``seconds`` between, until the block is left."""
    ended = threading.Event()

    def loop() -> None:
        while not ended.wait(seconds):
            do()

    looping = threading.Thread(target=loop, daemon=True)
    looping.start()
    try:
        yield
    finally:
        ended.set()
        looping.join()
