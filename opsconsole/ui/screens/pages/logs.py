"""A container's log: the one that runs, or the one before its last restart."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.binding import Binding, BindingType

from opsconsole.present.units import plural
from opsconsole.records import Pod
from opsconsole.ui.drawing.spans import StyledLine, line
from opsconsole.ui.screens.pages.text import SideScreen
from opsconsole.ui.terminal.background import LogReader
from opsconsole.ui.terminal.pacer import Pacer
from opsconsole.ui.text.buffer import TextBuffer
from opsconsole.ui.text.wrap import split_lines

TAIL = 2_000
"""Lines of history that are asked for."""


class LogScreen(SideScreen):
    """Follows a container's log.

    Args:
        pod: whose log.
        record: what was opened, for its other sides.
        previous: the log of the container before its last restart.
        container: which one; empty: the likeliest.
    """

    covers = "logs"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "follow", "follow the end"),
        Binding("c", "container", "next container"),
    ]

    def __init__(self, pod: Pod, record: Any, *, previous: bool, container: str = "") -> None:
        super().__init__(TextBuffer(follow=True), record)
        self.pod = pod
        self.previous = previous
        self._names = [each.name for each in pod.containers]
        self._container = container or likeliest(pod, previous=previous)
        self._reader: LogReader | None = None
        self._state = "opening …"
        self._pacer: Pacer | None = None

    @property
    def heading(self) -> str:
        which = "Previous log" if self.previous else "Log"
        of = f" ({self._names.index(self._container) + 1} of {len(self._names)})" if len(self._names) > 1 else ""
        return f"{which} {self.pod.key} {self._container}{of}"

    @property
    def state(self) -> str:
        return f"{self._state}{', following' if self.buffer.follow and self._state == 'open' else ''}"

    def on_mount(self) -> None:
        """Open the log."""
        self._pacer = Pacer(self._take, self.ops.core.clock.monotonic, self.ops.later)
        self._open()

    def on_unmount(self) -> None:
        """Close the log."""
        if self._reader is not None:
            self._reader.close()

    def _open(self) -> None:
        inspector, pod, container, previous = self.ops.core.inspector, self.pod, self._container, self.previous
        if inspector is None:
            self._state = "there is no cluster to read it from"
            return
        if self._reader is not None:
            self._reader.close()
        pacer = self._pacer
        self._reader = LogReader(
            f"{pod.key} {container}",
            lambda: inspector.logs(pod, container, previous=previous, follow=not previous, tail=TAIL),
            lambda: self.ops.soon(pacer.request) if pacer else None,
        )

    def _take(self) -> None:
        if self._reader is None or not self.is_mounted or self._state == "ended":
            return
        came = self._reader.take()
        if came.skipped:
            self.buffer.extend([line((f"… {plural(came.skipped, 'line')} came too fast to be shown", "warn"))])
        self.buffer.extend(_coloured(text) for raw in came.lines for text in split_lines(raw))
        if came.ended is None:
            self._state = "open"
        else:
            self._state = "ended"
            self.buffer.extend([line((f"— {came.ended}", "dim" if came.ended == "end of the log" else "bad"))])
        self.sync()

    def action_follow(self) -> None:
        """Stay at the end as lines come, or stay here."""
        self.buffer.toggle_follow()
        self.sync()

    def action_end(self) -> None:
        """Go to the end and stay there."""
        self.buffer.follow = True
        super().action_end()

    async def action_container(self) -> None:
        """Go to the next container of the pod."""
        if len(self._names) < 2:
            self.say("this pod has no other container")
            return
        following = self._names[(self._names.index(self._container) + 1) % len(self._names)]
        await self.app.switch_screen(LogScreen(self.pod, self.record, previous=self.previous, container=following))


def likeliest(pod: Pod, *, previous: bool) -> str:
    """Return the container whose log is likeliest wanted: one in trouble, else the first that is no init container.

    Of a pod known only by name the server picks (empty).
    """
    if not pod.containers:
        return ""
    candidates = list(pod.containers)
    troubled = [each for each in candidates if each.restarts or (each.state == "terminated" and each.exit_code)]
    if previous or not any(each.ready for each in candidates):
        chosen = max(troubled, key=lambda each: each.restarts, default=None)
        if chosen is not None:
            return chosen.name
    return next((each.name for each in candidates if not each.init), candidates[0].name)


_LEVELS = (("ERROR", "bad"), ("FATAL", "bad"), ("CRITICAL", "bad"), ("Traceback", "bad"), ("WARN", "warn"))


def _coloured(text: str) -> StyledLine:
    start = text[:80]
    return line((text, next((style for word, style in _LEVELS if word in start), "")))
