"""What ``/`` accepts: plain text or a regular expression, ``!`` in front to turn it round. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

_SPECIAL = re.compile(r"[\\^$.|?*+()\[\]{}]")
LONGEST = 200
"""Characters of a pattern that are used: nobody types more, and a paste may bring anything."""


class Filter(NamedTuple):
    """A pattern as typed, how it is applied, and what is wrong with it (empty: nothing)."""

    text: str
    matches: Callable[[str], bool]
    problem: str = ""


def parse(text: str) -> Filter | None:
    """Return the filter for what was typed; ``None`` for nothing. Case never matters.

    Text with special characters is a regular expression. One that is not valid is taken as plain text, and
    ``problem`` says so.
    """
    text = text.strip()[:LONGEST]
    wanted = text.removeprefix("!")
    if not wanted:
        return None
    if not _SPECIAL.search(wanted):
        return Filter(text, _turned(_contains(wanted), text))
    try:
        search = re.compile(wanted, re.IGNORECASE).search
    except (re.error, RecursionError, OverflowError) as error:
        problem = f"not a regular expression ({error}): taken as plain text"
        return Filter(text, _turned(_contains(wanted), text), problem)
    return Filter(text, _turned(lambda row: search(row) is not None, text))


def _contains(wanted: str) -> Callable[[str], bool]:
    folded = wanted.lower()
    return lambda row: folded in row.lower()


def _turned(matches: Callable[[str], bool], text: str) -> Callable[[str], bool]:
    return (lambda row: not matches(row)) if text.startswith("!") else matches
