"""The help: every key there is, made from the bindings, and what the signs on the screen mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from opsconsole.ui.drawing.spans import EMPTY, StyledLine, fit, line
from opsconsole.ui.screens.actions import HelpSection
from opsconsole.ui.screens.pages.text import TextScreen
from opsconsole.ui.text.buffer import TextBuffer

SIGNS = (
    ("OPT", "optimizer", "the optimizer's pods, pinned on top"),
    ("!!", "bad", "a critical finding"),
    ("!", "warn", "a warning"),
    ("i", "info", "a remark"),
    ("~", "dim", "known only by the server's table so far: owner and limits follow"),
    ("?", "dim", "unknown (not zero)"),
    ("live <1s", "good", "up to date; how long ago its source sent something"),
    ("STALE 41s", "warn", "its source has been silent for so long, and why; the rows (dim) are the last known state"),
    ("DENIED", "bad", "you have no right to read this; the verb and resource that are missing"),
    ("DOWN", "bad", "the source can't be reached, and why"),
    ("PAUSED (+12)", "", "the stream is paused; this many changes wait"),
)


class HelpScreen(TextScreen):
    """Lists every key.

    Args:
        sections: titles with their keys.
        notes: what else must be known, such as why the kill switches are not bound.
    """

    covers = "help"

    def __init__(self, sections: Sequence[HelpSection], notes: Sequence[str]) -> None:
        super().__init__(TextBuffer(words=True))
        self.buffer.replace(_page(sections, notes))

    @property
    def heading(self) -> str:
        return "Help"


def _page(sections: Sequence[HelpSection], notes: Sequence[str]) -> Iterator[StyledLine]:
    for note in notes:
        yield line((f" {note}", "notice"))
    for section in sections:
        yield EMPTY
        yield line((f" {section.title}", "strong"))
        for words in section.words:
            yield line((f"   {words}", ""))
        for key in section.keys:
            yield line((f"   {fit(key.keys, 18)} ", "key"), key.does)
    yield EMPTY
    yield line((" Signs", "strong"))
    for sign, style, meaning in SIGNS:
        yield line((f"   {fit(sign, 18)} ", style), meaning)
    yield EMPTY
    yield line((" A filter is plain text or a regular expression; ! in front inverts it. Times are UTC.", "dim"))
    yield line((" Ages are rounded down. Select text with Shift and the mouse, as in any terminal program.", "dim"))
