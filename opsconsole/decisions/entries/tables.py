"""Rows of a table under its header: each is an entry with the header's cells as its keys. Tabs, wide gaps or bars."""

from __future__ import annotations

import re

from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.records import JsonObject

FEWEST, MOST = 4, 30
"""Cells of a row."""
LONGEST = 2_000
"""Characters of a row."""

_GAPS = {"\t": re.compile(r"\t"), "|": re.compile(r"\s*\|\s*"), " ": re.compile(r"\s{2,}"), ",": re.compile(r",\s*")}
_TITLE = re.compile(r"[#A-Za-z][A-Za-z0-9 _./()%-]{0,30}")
_EMPTY = ("", "-", "--", "n/a", "N/A", "<none>", "none")
_DRY = re.compile(r"\(dry[- ]?run\)\W*$|\bdry[- ]?run:\W*$", re.IGNORECASE)
"""How the title of a table ends whose rows are not carried out."""
_TELLING = wordset("namespace ns kind name workload target object resource verb action operation status result outcome")


class HeadedTable:
    """The table of one source that is being read: its header, and by what its cells are parted."""

    def __init__(self) -> None:
        self._keys: list[str] = []
        self._mode = ""
        self._said = ""
        self._gap = " "

    def row(self, text: str) -> JsonObject | None:
        """The row as a document; ``None`` for a header, and for a line that is no row."""
        if not self._keys or self._gap not in text or len(text) > LONGEST:
            self._begin(text)
            self._said = text
            return None
        cells = _cells(text, self._gap)
        if len(cells) != len(self._keys):
            self._begin(text)
            return None
        found = {key: cell for key, cell in zip(self._keys, cells, strict=True) if cell not in _EMPTY}
        if len(found) < 2:
            return None
        return {**found, "mode": self._mode} if self._mode else dict(found)

    def _begin(self, text: str) -> None:
        if len(text) > 400 or not (text[:1].isalpha() or text[:1] in "#| ") or text.count(":") > 0:
            return
        gap = "\t" if "\t" in text else "|" if "|" in text else " " if "  " in text else ","
        if gap not in text:
            return
        cells = [cell.lstrip("# ").lower() for cell in _cells(text, gap)]
        plain = FEWEST <= len(cells) <= MOST and len({*cells}) == len(cells) and all(map(_TITLE.fullmatch, cells))
        if plain and sum(_tells(cell) for cell in cells) > 1:
            self._keys, self._gap = cells, gap
            self._mode = "dry-run" if _DRY.search(self._said[-60:]) else ""


def _tells(cell: str) -> bool:
    words = verbs.parts(cell)
    return bool(words) and (words[-1] in _TELLING or bool(kinds.of_word(words[-1])))


def _cells(text: str, gap: str) -> list[str]:
    return [cell.strip() for cell in _GAPS[gap].split(text.strip("| ") if gap == "|" else text.strip(" \r\n"))]
