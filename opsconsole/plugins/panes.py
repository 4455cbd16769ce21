"""Plugins' panes with every function in them guarded: a cell that can't be made reads ``?``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from opsconsole.plugin import Pane, PaneColumn, Tone
from opsconsole.plugins.loading import in_words
from opsconsole.text import clean_line

MAX_CELL = 500
"""Characters of one cell; no terminal is wider."""

TONES: tuple[Tone, ...] = ("", "good", "warn", "bad", "dim")

_Result = TypeVar("_Result")


def guarded(pane: Pane, broken: Callable[[str], None]) -> Pane:
    """The same pane, whose functions never raise and give what they should.

    Args:
        pane: the plugin's.
        broken: told, in words, when one of its functions raises.
    """

    def safely(call: Callable[[], _Result], instead: _Result) -> _Result:
        try:
            return call()
        except Exception as error:  # noqa: BLE001 - a plugin's function may raise anything
            broken(f"pane {pane.name} fails: {in_words(error)}")
            return instead

    def column(given: PaneColumn) -> PaneColumn:
        def cell(record: Any, now: float) -> str:
            return safely(lambda: clean_line(str(given.cell(record, now)), MAX_CELL), "?")

        def tone(record: Any) -> Tone:
            return safely(lambda: TONES[TONES.index(given.tone(record))], "")

        return given._replace(title=clean_line(str(given.title), 40), cell=cell, tone=tone)

    def accepts(record: Any) -> bool:
        return safely(lambda: bool(pane.accepts(record)), instead=False)

    return pane._replace(
        title=clean_line(str(pane.title), 40),
        nothing=clean_line(str(pane.nothing), 200),
        columns=tuple(column(each) for each in pane.columns),
        accepts=accepts,
    )
