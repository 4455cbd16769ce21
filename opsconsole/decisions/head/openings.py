"""How a line may begin before its time and level stand where most have them: by what its program writes first."""

from __future__ import annotations

import re

from opsconsole.decisions.head import levels, times
from opsconsole.decisions.words import verbs
from opsconsole.decisions.words.heads import MODES, NO_LOGGERS
from opsconsole.patterns import late

_RUBY = late(r"(?P<letter>[DIWEFA]), (?=\[\d{4}-)")
_GLUED = late(rf"(?P<level>[A-Z]{{4,8}})\[(?:(?P<time>{times.STAMP})|\d{{1,10}}(?:\.\d{{1,9}})?)\]:?(?=\s)")
"""``INFO[0042]`` and ``WARN[2026-04-02T10:00:00Z]``, as logrus writes on a terminal."""
_BASIC = late(r"(?P<level>[A-Z]{4,8}):(?P<logger>[A-Za-z_][\w.]*):(?!:)")
_BASIC_TIMED = late(rf"(?P<level>[A-Z]{{4,8}}):(?P<time>{times.STAMP}):(?:(?P<logger>[A-Za-z_][\w.]*):(?!:))?\s*")
"""``INFO:2026-11-05 03:00:00:model:text``: Python's own order of a line, with a time in it."""
LEVELS = "TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL"
_THREAD_FIRST = late(
    r"\[ (?=(?:Debug|Info|Warning|Error): )|"  # as Julia begins an entry of one line
    rf"\[[A-Za-z][\w .#:/-]{{0,64}}\] +(?=(?:{LEVELS})\b|\[?\d{{4}}-\d\d-\d\d[T ]\d)"
)
_PROGRAM_FIRST = late(
    r"(?P<program>[a-z][\w./:-]{1,60}):?(?: +[a-z][\w-]{1,60})?(?: *\|)? +(?=\[?\d{4}-\d\d-\d\d[T ]\d\d:)"
)
"""A program's name before the time: ``spark-operator 2026-08-12T…``."""
_ACCESS_FIRST = late(r"(?P<program>[\w.:-]{3,80}) \S{1,80} \S{1,80} (?=\[\d\d/[A-Z][a-z]{2}/\d{4}:)")
"""Who asked, before the time of an access log's line."""
_TORNADO = late(
    rf"\[(?P<level>[DIWEC]|[A-Z]{{4,8}})(?: [-|])? (?P<time>{times.STAMP}|(?:\d{{6}}|\d\d[-/]\d\d) \d\d:\d\d:\d\d"
    r"(?:[.,]\d{1,9})?)(?: [^\]]{1,80})?\](?=\s)"
)
"""``[I 2026-08-12 09:14:02.118 JupyterHub spawner:2850]``, as Tornado writes it, and Optuna without the logger.

Ax writes no year: ``[INFO 08-12 09:14:02]``.
"""
_NAMED_TIME = late(rf"\[(?P<name>[A-Za-z][\w.-]{{1,60}}):? (?P<time>{times.STAMP})(?= [A-Z]{{3,8}}\]|\])")
"""``[tuner 2026-08-12T09:14:02Z]``: a program's name and the time in one bracket, perhaps a level behind them."""
_RULED = late(r"(?:[=#~*+-]{1,6}>?|>{1,6}|\[[+*]\]) +(?=\[?\d{4}-\d\d-\d\d[T ]\d\d:)")
"""What scripts draw before a time: ``==> 2026-08-12T…``, the ``+`` of a shell that shows when it ran what."""
_ACTOR = late(
    r"\((?:[A-Za-z][\w.:]{0,80}(?:\([^()]{0,80}\))? )?(?:pid=\d{1,10}(?:, ip=[\w.:]{3,40})?|ip=[\w.:]{3,40})\) +(?=\S)"
)
"""Which process of Ray's wrote a line: ``(RolloutWorker pid=2217, ip=10.8.3.14)``."""
_DRAWN = frozenset("(=#~*+->[")
_CELERY = late(r"\[(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}): (?P<level>[A-Z]{4,8})/[\w-]{1,60}\] (?=\S)")
"""``[2026-08-12 09:14:02,118: INFO/MainProcess] text``, as Celery writes it."""
_REDIS = late(r"[0-9]{1,7}:[MSCX] (?=\d{1,2} [A-Z])|\d{1,2}:\d\d[AP]M (?=(?:TRC|DBG|INF|WRN|ERR|FTL|PNC) )")
"""A process before its time, as Redis writes it; or an hour of no day, as zerolog does on a terminal."""
_FIRST = {"[": _THREAD_FIRST, **dict.fromkeys("DIWEFA", _RUBY), **dict.fromkeys("0123456789", _REDIS)}
"""What a line may begin with, by its first character."""
_NO_PROGRAMS = (NO_LOGGERS, verbs.WORDS, levels.WORDS)
"""Words that name no program: they tell what is done, or how it is meant."""
LETTERS = {**levels.KLOG, "N": "NOTICE", "C": "CRITICAL"}
"""Levels that are one letter."""
_CUT = {"TRAC": "TRACE", "DEBU": "DEBUG", "ERRO": "ERROR", "FATA": "FATAL", "PANI": "PANIC"}
"""Levels of which logrus prints four letters."""


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
    if begins in _DRAWN and (_drawn(state, begins) or (begins == "[" and _named(state))):
        return True
    return _program(state, begins) or _levelled(state, begins)


def _program(state: HeadState, begins: str) -> bool:
    """Who wrote the line, or asked, before its time."""
    match = _FIRST[begins].match(state.text) if begins in _FIRST else None
    if match and match.group().strip("[] ").lower() not in levels.WORDS and not tells_deed(match.group()):
        state.end = match.end()
        return True
    match = _ACCESS_FIRST.match(state.text) if " [" in state.text[:120] else None
    match = match or _PROGRAM_FIRST.match(state.text)
    if match and not any(match["program"] in words for words in _NO_PROGRAMS):
        state.end = match.end()
        return True
    return False


def _levelled(state: HeadState, begins: str) -> bool:
    """A level with what stands glued to it."""
    match = (
        _TORNADO.match(state.text) or _CELERY.match(state.text)
        if begins == "["
        else _GLUED.match(state.text)
        if begins.isupper()
        else None
    )
    level = (LETTERS.get(match["level"]) or _CUT.get(match["level"]) or match["level"]) if match else ""
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


def _drawn(state: HeadState, begins: str) -> bool:
    """What is drawn before a time, or the process that wrote the line."""
    match = _ACTOR.match(state.text) if begins == "(" else _RULED.match(state.text)
    state.end = match.end() if match else 0
    return match is not None


def _named(state: HeadState) -> bool:
    """A program's name with the time in one bracket.

    The name is the logger, unless it tells how the line is meant: ``[dry-run 2026-08-12T09:14:02Z] deleted web``.
    """
    match = _NAMED_TIME.match(state.text)
    if match is None:
        return False
    name, behind = match["name"], state.text[match.end() :].replace("]", " ", 1)
    state.at, state.timed, state.end = times.parse(match["time"], state.now), True, match.end()
    means = any(name.lower() in words for words in _NO_PROGRAMS)
    state.logger = "" if means else name
    state.text = f"{state.text[: state.end]}{f' [{name}]' if means else ''}{behind}"
    return True


def tells_deed(bracket: str, behind: str = "") -> bool:
    """``[Deleting deployment shop/web] INFO done``, ``[noop] deleting``: no thread's name, but what is done, or how.

    Args:
        bracket: what stands in brackets.
        behind: the message right behind it, if any. Threads may be called by the word of a mode too, so it is one only
            where no other word of the head follows, and nothing is told as done.
    """
    words = bracket.strip("[] ").lower().replace("_", " " if bracket.isupper() else "_").split()
    if len(words) != 1:
        return bool(words) and not verbs.WORDS.keys().isdisjoint(words)
    return words[0] == "scale" or (words[0] in MODES and bool(behind) and _TOLD.search(behind) is None)


_TOLD = late(rf"^\W*(?:\d|(?:{LEVELS})\b)|\b(?:\w+ed|done|did|shut|cut)\b", re.IGNORECASE)
