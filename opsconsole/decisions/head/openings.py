"""How a line may begin before its time and level stand where most have them: by what its program writes first."""

from __future__ import annotations

import re

from opsconsole.decisions.head import levels, times
from opsconsole.decisions.words import verbs
from opsconsole.decisions.words.heads import MODES, NO_LOGGERS

_RUBY = re.compile(r"(?P<letter>[DIWEFA]), (?=\[\d{4}-)")
_GLUED = re.compile(rf"(?P<level>[A-Z]{{4,8}})\[(?:(?P<time>{times.STAMP})|\d{{1,10}}(?:\.\d{{1,9}})?)\]:?(?=\s)")
"""``INFO[0042]`` and ``WARN[2026-04-02T10:00:00Z]``, as logrus writes on a terminal."""
_BASIC = re.compile(r"(?P<level>[A-Z]{4,8}):(?P<logger>[A-Za-z_][\w.]*):(?!:)")
_BASIC_TIMED = re.compile(rf"(?P<level>[A-Z]{{4,8}}):(?P<time>{times.STAMP}):(?:(?P<logger>[A-Za-z_][\w.]*):(?!:))?\s*")
"""``INFO:2026-11-05 03:00:00:model:text``: Python's own order of a line, with a time in it."""
LEVELS = "TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL"
_THREAD_FIRST = re.compile(rf"\[[A-Za-z][\w .#:/-]{{0,64}}\] +(?=(?:{LEVELS})\b|\[?\d{{4}}-\d\d-\d\d[T ]\d)")
_PROGRAM_FIRST = re.compile(
    r"(?P<program>[a-z][\w./:-]{1,60}):?(?: +[a-z][\w-]{1,60})?(?: *\|)? +(?=\[?\d{4}-\d\d-\d\d[T ]\d\d:)"
)
"""A program's name before the time: ``spark-operator 2026-08-12T…``."""
_ACCESS_FIRST = re.compile(r"(?P<program>[\w.:-]{3,80}) \S{1,80} \S{1,80} (?=\[\d\d/[A-Z][a-z]{2}/\d{4}:)")
"""Who asked, before the time of an access log's line."""
_TORNADO = re.compile(
    rf"\[(?P<level>[DIWEC]|[A-Z]{{4,8}}) (?P<time>{times.STAMP}|\d{{6}} \d\d:\d\d:\d\d)(?: [^\]]{{1,80}})?\](?=\s)"
)
"""``[I 2026-08-12 09:14:02.118 JupyterHub spawner:2850]``, as Tornado writes it, and Optuna without the logger."""
_CELERY = re.compile(r"\[(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}): (?P<level>[A-Z]{4,8})/[\w-]{1,60}\] (?=\S)")
"""``[2026-08-12 09:14:02,118: INFO/MainProcess] text``, as Celery writes it."""
_REDIS = re.compile(r"[0-9]{1,7}:[MSCX] (?=\d{1,2} [A-Z])")
_FIRST = {"[": _THREAD_FIRST, **dict.fromkeys("DIWEFA", _RUBY), **dict.fromkeys("0123456789", _REDIS)}
"""What a line may begin with, by its first character."""
_NO_PROGRAMS = (NO_LOGGERS, verbs.WORDS, levels.WORDS)
"""Words that name no program: they tell what is done, or how it is meant."""
LETTERS = {**levels.KLOG, "N": "NOTICE", "C": "CRITICAL"}
"""Levels that are one letter."""


class HeadState:
    """A head while it is read."""

    __slots__ = ("at", "caller", "end", "klog", "level", "logger", "now", "text", "timed")

    def __init__(self, text: str, now: float | None) -> None:
        self.text = text
        self.now = now
        self.end = 0
        self.at: float | None = None
        self.timed = False
        self.level = self.logger = self.caller = ""
        self.klog = False


def first(state: HeadState) -> bool:
    """Take what a line begins with, where that is one of these; false where it is none."""
    begins = state.text[0]
    match = _FIRST[begins].match(state.text) if begins in _FIRST else None
    if match and match.group().strip("[] ").lower() not in levels.WORDS and not tells_deed(match.group()):
        state.end = match.end()
        return True
    match = _ACCESS_FIRST.match(state.text) if " [" in state.text[:120] else None
    match = match or _PROGRAM_FIRST.match(state.text)
    if match and not any(match["program"] in words for words in _NO_PROGRAMS):
        state.end = match.end()
        return True
    match = (
        _TORNADO.match(state.text) or _CELERY.match(state.text)
        if begins == "["
        else _GLUED.match(state.text)
        if begins.isupper()
        else None
    )
    level = (LETTERS.get(match["level"]) or match["level"]) if match else ""
    if match and level.lower() in levels.WORDS:
        state.level, state.at, state.timed = level, times.parse(match["time"], state.now), True
        state.end = match.end()
        return True
    if begins.isupper() and (match := _BASIC_TIMED.match(state.text)) and match["level"].lower() in levels.WORDS:
        state.level, state.at, state.timed = match["level"], times.parse(match["time"], state.now), True
        state.logger, state.end = match["logger"] or "", match.end()
        return True
    if begins.isupper() and (match := _BASIC.match(state.text)) and match["level"].lower() in levels.WORDS:
        state.level, state.logger, state.end = match["level"], match["logger"], match.end()
        return True
    return False


def tells_deed(bracket: str) -> bool:
    """``[Deleting deployment shop/web] INFO done``, ``[noop]``: no thread's name, but what is done, or how."""
    words = bracket.strip("[] ").lower().replace("_", " " if bracket.isupper() else "_").split()
    return (len(words) == 1 and words[0] in MODES) or (len(words) > 1 and not verbs.WORDS.keys().isdisjoint(words))
