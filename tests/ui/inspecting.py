"""An inspector that answers from memory, and log streams that a test writes into."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import count

from opsconsole.optimizer import OptimizerMatch, Optimizers
from opsconsole.present.marks import UNICODE
from opsconsole.present.panes.context import FindingIndex, RowContext
from opsconsole.records import Pod, Ref
from tests.ui import aura


class Stream:
    """A log stream that a test writes into."""

    def __init__(self, lines: list[str], *, ends: bool) -> None:
        self.lines = lines
        self.ends = ends
        self.changed = threading.Condition()
        self.closed = False

    def __iter__(self) -> Iterator[str]:
        for sent in count():
            with self.changed:
                self.changed.wait_for(lambda sent=sent: self.closed or sent < len(self.lines) or self.ends)
                if self.closed or sent >= len(self.lines):
                    return
                line = self.lines[sent]
            yield line

    def write(self, *lines: str) -> None:
        with self.changed:
            self.lines.extend(lines)
            self.changed.notify_all()

    def close(self) -> None:
        with self.changed:
            self.closed = True
            self.changed.notify_all()


class Inspector:
    """Answers from memory; remembers what it was asked."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.asked: list[tuple] = []
        self.streams: list[Stream] = []
        self.threads: set[str] = set()

    def manifest(self, ref: Ref) -> str:
        self._note("manifest", ref)
        return f"kind: {ref.kind}\nmetadata:\n  name: {ref.name}\n  labels: {{}}\n# end"

    def logs(self, pod: Pod, container: str, *, previous: bool, follow: bool, tail: int) -> Stream:
        self._note("logs", pod.name, container, previous, follow)
        self.streams.append(Stream([f"{container} line {n}" for n in range(100)], ends=previous))
        return self.streams[-1]

    def _note(self, *what) -> None:
        self.asked.append(what)
        self.threads.add(threading.current_thread().name)
        if self.error:
            raise self.error


def console_with(inspector, feed=None):
    core = aura.console(feed)
    core.inspector = inspector
    return core


def look_at(core) -> RowContext:
    index = FindingIndex()
    core.start()
    index.absorb(core.store, core.pump())
    return RowContext(aura.NOW, index, OptimizerMatch(Optimizers.of(core.settings)), core.store, UNICODE)
