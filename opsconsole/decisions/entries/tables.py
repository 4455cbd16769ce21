"""Rows of a table under its header: each is an entry with the header's cells as its keys. Tabs, wide gaps or bars."""

from __future__ import annotations

import re

from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late
from opsconsole.records import JsonObject

FEWEST, MOST = 4, 30
"""Cells of a row."""
LONGEST = 2_000
"""Characters of a row."""

_GAPS = {"\t": late(r"\t"), "|": late(r"\s*\|\s*"), " ": late(r"\s{2,}"), ",": late(r",\s*")}
_TITLE = late(r"[#A-Za-z][A-Za-z0-9 _./()%-]{0,30}")
_EMPTY = ("", "-", "--", "n/a", "N/A", "<none>", "none")
_DRY = late(r"\(dry[- ]?run\)\W*$|\bdry[- ]?run:\W*$", re.IGNORECASE)
"""How the title of a table ends whose rows are not carried out."""
_TELLING = wordset(
    "namespace ns kind name workload target object resource verb action operation status result outcome field setting "
    "parameter suggested recommended proposed recommendation"
)


_ADVICE = late(
    r"\s*(?:Recommend|Propos|Suggest)\w*(?!.*\b(?:applied|carried out|executed|done|finished)\b)", re.IGNORECASE
)
_DRAWN = "│┃┏┡├└┌╞╘╒┣┗"
_WITHIN = "┡├╞┣"
"""How the lines begin that are drawn within a table, between its head and its rows."""
_BORDER = late(r"[+=|: -]{3,400}")
"""A line drawn around a table."""
_FIELDS = ("field", "setting", "parameter")
_OLD = ("current", "old", "before", "from", "was", "actual")
_NEW = ("recommended", "proposed", "suggested", "new", "after", "to", "target", "wanted", "desired")
_ADVISED = _NEW[:3]
_SET = wordset("replicas replica memory mem cpu image limit limits request requests weight")
"""Words of fields that are set; nobody sets ``p99``."""


_WHATS = wordset("replicas replica memory mem cpu image limit limits request requests req reqs")
_ADVISING = wordset("suggested suggestion recommended recommendation proposed proposal advised advice")
_DEEDS = frozenset({"action", "verb", "operation"})
_SHORT = {"req": "request", "reqs": "request", "mem": "memory"}


_APPLIED = late(
    r"(?<!nothing )(?<!nothing is )(?<!nothing was )(?<!not )(?<!not be )(?<!not been )(?<!yet to be )(?<!never )"
    r"\b(?:appl(?:ied|ying)|carried out|execut(?:ed|ing)|enforc(?:ed|ing)|enacted|done)\b",
    re.IGNORECASE,
)
"""What a line above a table says where its rows are more than advice."""


def _advised(row: JsonObject, *, applied: bool) -> JsonObject | None:
    """A row whose heads name a setting and what is advised for it: ``CPU request``, ``Suggested``; else ``None``."""
    told = {key: {*verbs.parts(key)} for key in row}
    advised = [key for key, words in told.items() if words & _ADVISING]
    settings = [
        key for key, words in told.items() if words & _WHATS and not words & _ADVISING and words <= _WHATS | {*_OLD}
    ]
    if len(advised) != 1 or len(settings) != 1 or not _DEEDS.isdisjoint(row):
        return None
    (new,), (old,) = advised, settings
    if not told[new] <= _ADVISING | _WHATS or row[old] == row[new]:
        return None
    what = " ".join(_SHORT.get(word, word) for word in verbs.parts(old) if word not in _OLD)
    meant = {} if applied else {"status": "proposed"}  # a column that says more of it counts
    rest = {key: cell for key, cell in row.items() if key not in (new, old)}
    return {**meant, **rest, "action": "patch", f"new {what}": row[new], f"old {what}": row[old]}


def _change(row: JsonObject, mode: str, *, applied: bool) -> JsonObject:
    """The row; of a field with its values, as one that sets it: ``replicas``, ``6``, ``4``."""
    if (advised := _advised(row, applied=applied)) is not None:
        return advised
    key = next((key for key in _FIELDS if key in row), "")
    known = bool(key) and not _SET.isdisjoint(verbs.parts(row[key])) and not row.keys().isdisjoint(_NEW)
    if field := row.pop(key) if known else "":
        after = next(key for key in _NEW if key in row)
        before = next((key for key in _OLD if key in row), "")
        row |= {"action": "patch", f"new {field}": row.pop(after)}
        row |= {f"old {field}": row.pop(before)} if before else {}
        if after in _ADVISED or mode == "proposed":
            row.setdefault("status", "proposed")
    if mode and not (field and mode == "proposed"):
        row.setdefault("status" if mode == "proposed" else "mode", mode)
    return row


class HeadedTable:
    """The table of one source that is being read: its header, and by what its cells are parted."""

    def __init__(self) -> None:
        self._keys: list[str] = []
        self._mode = ""
        self._applied = False
        self._said = ""
        self._gap = " "

    def row(self, text: str) -> JsonObject | None:
        """The row as a document; ``None`` for a header, and for a line that is no row."""
        if text[:1] in _DRAWN and text[:1]:
            if text[0] not in "│┃":
                self._keys = self._keys if text[0] in _WITHIN else []
                return None  # a line between rows
            text = text.replace("┃", "|").replace("│", "|")
        if not self._keys or self._gap not in text or len(text) > LONGEST:
            self._begin(text)
            self._said = self._said if _BORDER.fullmatch(text) else text
            return None
        cells = _cells(text, self._gap)
        if len(cells) != len(self._keys):
            self._begin(text)
            return None
        found = {key: cell for key, cell in zip(self._keys, cells, strict=True) if cell not in _EMPTY}
        if len(found) < 2:
            return None
        return _change(dict(found), self._mode, applied=self._applied)

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
            self._applied = _APPLIED.search(self._said[:200]) is not None
            self._mode = "dry-run" if _DRY.search(self._said[-60:]) else ""
            self._mode = self._mode or ("proposed" if _ADVICE.match(self._said[:200]) else "")


def _tells(cell: str) -> bool:
    words = verbs.parts(cell)
    return bool(words) and (words[-1] in _TELLING or bool(kinds.of_word(words[-1])))


def _cells(text: str, gap: str) -> list[str]:
    return [cell.strip() for cell in _GAPS[gap].split(text.strip("| ") if gap == "|" else text.strip(" \r\n"))]
