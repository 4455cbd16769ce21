"""Remembers what entries told: a busy controller writes the same ones all day, with another time and other ids in them.

What an entry tells is told by its text alone. So it tells what an entry told whose text is the same but for values that
nobody asks: when it was written, how long something took, by which id its traces are found. Such a value is left out of
the text that is remembered, where it stands under its own key; wherever else it stands, it counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from opsconsole.decisions.entry import Entry
from opsconsole.decisions.layers import EntryParts
from opsconsole.decisions.meaning.deeds import Told
from opsconsole.decisions.words.sets import wordlist
from opsconsole.patterns import late

LONGEST = 600
"""Characters of an entry that is remembered."""

MOST = 2_048
"""Entries remembered before those are forgotten that were not written again meanwhile; twice as many at most."""

MOST_TOLD = 8
"""Actions of an entry that is remembered, with their objects and values."""

UNASKED = wordlist(
    "time timestamp ts @timestamp asctime datetime "
    "reconcileID reconcileId reconcile_id command-id trace_id traceId trace.id span_id spanId span.id correlation_id "
    "correlationId "
    "resourceVersion generation duration duration_ms durationMs elapsed elapsed_ms latency_ms time_ms took took_ms "
    "confidence confidence_score"
)
"""Keys at the top of an entry whose values no layer of meaning looks at, where they are numbers, times or ids."""

_VALUE = late(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16,64}|\d[\d:.,TZ+ -]{0,40}(?:[num]?s|m|h)?", re.ASCII
)
_STAMP = late(
    r"(?:\[|(?:time|ts)=\"?)?(?P<time>\d{4}[-/]\d\d[-/]\d\d(?:[T ]|, )\d\d:\d\d:\d\d(?:[.,]\d{1,9}(?!\d)|(?![.,]?\d)))|"
    r"[IWEF](?P<klog>\d{4} \d\d:\d\d:\d\d\.\d{6})"
)
"""The date and the time with which most lines begin."""

_LEFT_OUT = "\0"
"""Stands for a value; no text that was cleaned has one."""

_LEADS = {key: (f'"{key}":"', f'"{key}": "', f'"{key}":', f'"{key}": ', f"{key}=", f'{key}="') for key in UNASKED}

_young: dict[str, Told] = {}
_old: dict[str, Told] = {}


def shape(entry: Entry, parts: EntryParts) -> str:
    """The text of an entry without what nobody asks. Empty: it can't be remembered.

    Args:
        entry: the entry.
        parts: its only part.
    """
    text = entry.text
    if len(text) > LONGEST or not text.isascii():
        return ""
    if entry.document is not None:  # a row of a table says what its header does, too
        return _without(text, entry.document.items()) if text.startswith("{") else ""
    if stamp := _STAMP.match(text):
        if parts.at is None:
            return ""  # no time: the layers read the line otherwise
        start, end = stamp.span(stamp.lastgroup or 0)
        text = f"{text[:start]}{_LEFT_OUT}{text[end:]}"
    return _without(text, [(path[0], leaf) for path, leaf in parts.attributes if len(path) == 1])


def _without(text: str, given: Iterable[tuple[object, object]]) -> str:
    for key, value in given:
        if key not in _LEADS or isinstance(value, bool) or not isinstance(value, str | int | float):
            continue
        said = value if isinstance(value, str) else repr(value)
        if _VALUE.fullmatch(said) is None:
            continue
        # The first place counts, whoever's it is: two texts that are one without it have the same value elsewhere.
        for lead in _LEADS[str(key)]:
            start = text.find(lead + said) + len(lead)
            if start >= len(lead):
                text = f"{text[:start]}{_LEFT_OUT}{text[start + len(said) :]}"
                break
    return text


def told(shape: str) -> Told | None:
    """What an entry of this shape told; ``None``: not known."""
    found = _young.get(shape)
    if found is None and (found := _old.get(shape)) is not None:
        _keep(shape, found)
    return found


def remember(shape: str, told: Told) -> None:
    """An entry of this shape told this."""
    size = sum(1 + len(act.targets) + len(act.fields) for act in told.acts)
    if shape and size <= MOST_TOLD and not _sets_one(told):
        _keep(shape, told)


def _sets_one(told: Told) -> bool:
    """Is one of those values set? A patch behind a message sets all that is in it: ``{"spec": …, "generation": 2}``."""
    paths = [field.path for act in told.acts for field in act.fields]
    return any(path in _LEADS or path.rpartition(".")[2] in _LEADS for path in paths)


def _keep(shape: str, told: Told) -> None:
    global _young, _old
    if len(_young) >= MOST:
        _young, _old = {}, _young
    _young[shape] = told


def forget() -> None:
    """Know nothing, as at the start."""
    _young.clear()
    _old.clear()
