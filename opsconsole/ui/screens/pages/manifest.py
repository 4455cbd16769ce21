"""An object's manifest as YAML."""

from __future__ import annotations

from typing import Any

from opsconsole.records import Ref
from opsconsole.ui.drawing.spans import StyledLine, line
from opsconsole.ui.screens.pages.text import SideScreen
from opsconsole.ui.terminal.background import ask
from opsconsole.ui.text.buffer import TextBuffer
from opsconsole.ui.text.wrap import split_lines


class ManifestScreen(SideScreen):
    """Reads the object whole, once, on a thread of its own.

    Args:
        ref: the object.
        record: what was opened, for its other sides.
    """

    covers = "YAML"

    def __init__(self, ref: Ref, record: Any) -> None:
        super().__init__(TextBuffer(wrapped=False), record)
        self._ref = ref
        self._state = "reading …"

    @property
    def heading(self) -> str:
        return f"YAML {self._ref}"

    @property
    def state(self) -> str:
        return self._state

    def on_mount(self) -> None:
        """Begin to read."""
        inspector, ref = self.ops.core.inspector, self._ref
        if inspector is None:
            self._failed("there is no cluster to read it from")
            return
        ask(str(ref), lambda: inspector.manifest(ref), self._read, self._failed, self.ops.soon)

    def _read(self, manifest: str) -> None:
        self._state = "as it was when this was opened"
        self.buffer.replace(_coloured(text) for text in split_lines(manifest))
        if self.is_mounted:
            self.sync()

    def _failed(self, why: str) -> None:
        self._state = "NOT READ"
        self.buffer.wrapped = True
        self.buffer.replace(line((f" {text}", "bad")) for text in split_lines(why))
        if self.is_mounted:
            self.sync()


def _coloured(text: str) -> StyledLine:
    key, colon, value = text.partition(":")
    if colon and (not value or value.startswith(" ")) and not key.lstrip(" -").startswith(("'", '"', "#", "|")):
        return line((key + colon, "info"), (value, ""))
    return line((text, "dim" if text.lstrip().startswith("#") else ""))
