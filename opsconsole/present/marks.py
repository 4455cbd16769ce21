"""Symbols, with plain ASCII for terminals that may not draw others. No meaning hangs on a symbol's colour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from opsconsole.records import Severity

SEVERITY_MARK = {Severity.CRITICAL: "!!", Severity.WARNING: "!", Severity.INFO: "i"}
SEVERITY_STYLE = {Severity.CRITICAL: "bad", Severity.WARNING: "warn", Severity.INFO: "info"}


class Marks(NamedTuple):
    """One set of symbols; every one is a single cell wide."""

    focus: str
    cursor: str
    optimizer: str
    up: str
    down: str
    arrow: str
    rail: str
    thumb: str
    full: str
    empty: str
    dash: str
    more: str


UNICODE = Marks("▶", "▸", "◆", "▲", "▼", "→", "│", "┃", "█", "░", "—", "…")
ASCII = Marks(">", ">", "*", "^", "v", ">", "|", "#", "#", ".", "-", "~")


def choose(environ: Mapping[str, str]) -> Marks:
    """Return the symbols that the terminal's locale promises to draw.

    CPython itself sets ``LC_CTYPE=C.UTF-8`` when the locale is C (PEP 538), so that value proves nothing.
    """
    ctype = environ.get("LC_CTYPE", "")
    locale = environ.get("LC_ALL") or ("" if ctype == "C.UTF-8" else ctype) or environ.get("LANG", "")
    return UNICODE if "utf" in locale.lower() else ASCII
