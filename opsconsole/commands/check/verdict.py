"""How one check came out."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class CheckVerdict(StrEnum):
    """How a check came out. Only ``FAIL`` makes the command's exit code 1."""

    OK = "ok"
    NOTE = "note"
    FAIL = "FAIL"


class Check(NamedTuple):
    """One line of the answer: what was looked at, how it is, and what to do about it."""

    name: str
    verdict: CheckVerdict
    words: str
    advice: str = ""
