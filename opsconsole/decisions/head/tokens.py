"""Reads the head of a line token by token: what is no time, level, logger, caller or thread begins the message."""

from __future__ import annotations

import re
from typing import NamedTuple

from opsconsole.decisions.head import levels, openings, times
from opsconsole.decisions.head.openings import HeadState
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.heads import NO_LOGGERS
from opsconsole.patterns import late

MOST_TOKENS = 12
"""Tokens of one head; a line of a Spring program has six."""

_TIME = late(
    rf"[\[(]?(?P<time>{times.STAMP}|{times.SLASHED}|{times.ACCESS}"
    r"|(?:[A-Z][a-z]{2} )?[A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d(?:\.\d{1,9})?(?: (?:UTC|GMT))? \d{4}"
    r"|\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d(?:[.,]\d{1,9})?"
    r"|[A-Z][a-z]{2} {1,2}\d{1,2}(?:,? \d{4})?(?: @|,)? \d{1,2}:\d\d:\d\d(?:[.,]\d{1,9})?(?: [AP]M)?"
    r"|\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?"
    r"|1\d{9}(?:\d{3}|\d{6}|\d{9})?(?:\.\d{1,9})?(?![\w.])|1\.\d{1,12}e\+?09)"
    r"(?: #\d+|(?: [A-Z]{3,5})? m=[+-]\d[\d.]{0,24})?(?:[\])](?=\[)|[\])]?:?(?=[\s|]|$))"
)
_TIMED_AND_LEVELLED = late(rf"(?P<time>{times.STAMP})\s+(?P<level>[A-Z]{{3,11}})\s+(?=[^\s|\]>):])")
"""How most lines begin: a time and a level in capitals, with nothing around either. They are read at once."""
_CLOCK = late(r"\[?\d\d:\d\d:\d\d(?:[.,]\d{1,9})?\]?(?=\s)|\[ *\d{1,9}\.\d{1,9}s?\](?=\s)")
"""A time of day, or the seconds since the start, as ``[    0.118203s]``: no date is told."""
_KLOG = late(
    r"(?P<level>[IWEFD])(?P<time>(?:\d{4})?\d{4} \d\d:\d\d:\d\d\.\d{1,9}) +(?P<thread>\d+) (?P<caller>[^\]\s]+:\d+)\] ?"
)
_LEVEL = late(r"(?P<open>[\[<(|]?) *(?P<level>[A-Za-z]{3,13}) *(?P<close>[\]>)|]?)(?P<colon>:?)(?=[\s|\]\[]|$)")
_MARKS = late(r"(?:[|]|--+|-(?=\s)|:(?=\s)|>(?=\s)|:[a-z_]{2,30}:(?=[A-Z]))\s*")
_CALLER = late(
    r"[({]?(?P<caller>[\w./$@-]+\.(?:go|py|rs|cc|cpp|c|js|ts|java|kt|rb|cs|php|sh|jl|ex):\d+)(?: in [\w.]+)?[)}]?:?"
    r"(?: (?P<function>[\w.<>]+\(\)))?"
    r"(?: -(?=\s))?(?=\s|$)"
)
_PLACE = late(r"(?P<logger>[\w.]+):(?P<function>[\w<>.]+):(?P<line>\d+) - ")
_CLASS = late(r"(?P<logger>[A-Z][a-z]+(?:[A-Z]\w*)?):(?P<line>\d{1,6}) +- ")
"""A class and a line of it, as log4j's pattern ``%c{1}:%L -`` writes them."""
_THREAD = late(r"(?:\d{1,10} (?=---)|\[(?:id=)?(?:[ \w.#:/-]{1,64})\](?=[\s\[])|#?\d{1,10} (?=---))")
_LOGGER = late(
    r"(?P<logger>[A-Za-z_][\w.$/-]*(?:::[\w]+)*(?:#[A-Za-z_]\w*(?=:))?(?:\[\d+\])?)"
    r"(?P<mark>:(?=\s)| +-(?=\s)| +:(?=\s)|\](?=\s)|\t| {3,}|(?=\s\")|(?=\s))"
)
_LEVEL_COMES = late(
    rf"(?P<logger>[\w.$/-]{{2,90}})(?:\[\d{{1,10}}\]|:\d{{1,6}})?[ \t|]+(?:- +)?(?=[\[(]?(?:{openings.LEVELS})\b)"
)
_MODULE = late(
    r"\[(?P<logger>[\w-]{1,40}):(?P<level>[a-z]{3,8})\](?=\s)|(?P<module>[\w.]{2,60}):(?P<name>[A-Z]{4,8})(?=\s)"
)
_CAPITALS = {
    word.upper(): word.upper() if word.upper() in levels.WORDS.values() else level
    for word, level in levels.WORDS.items()
}
"""Levels in capitals, to what they are called here."""


class LineHead(NamedTuple):
    """What stands before the message. ``named`` says whether anything of it was found at all."""

    message: str
    at: float | None = None
    level: str = ""
    logger: str = ""
    caller: str = ""
    klog: bool = False
    named: bool = False


def read(text: str, now: float | None = None) -> LineHead:
    """Read the head of a line; ``now`` is when it was read, in seconds since the epoch."""
    state = HeadState(text.strip(), now)
    for _ in range(MOST_TOKENS - _begin(state)):
        start = state.end
        if not _step(state) or state.end <= start:
            break
        while state.text[state.end : state.end + 1].isspace():
            state.end += 1
    named = bool(state.end) and bool(state.timed or state.level or state.logger)
    message = state.text[state.end :] if named else state.text
    return LineHead(message, state.at, state.level, state.logger, state.caller, state.klog, named)


def _begin(state: HeadState) -> int:
    """Take the two tokens with which most lines begin at once; 0: the line begins otherwise, and none is taken."""
    match = _TIMED_AND_LEVELLED.match(state.text)
    if match is None or match["level"] not in _CAPITALS:
        return 0
    state.at, state.timed, state.end = times.parse(match["time"], state.now), True, match.end()
    state.level = _CAPITALS[match["level"]]
    return 2


def _step(state: HeadState) -> bool:  # noqa: PLR0911 - one return for each sort of token
    """Take one token; false where the message begins."""
    text, end = state.text, state.end
    if end >= len(text):
        return False
    first = text[end]
    if first in levels.KLOG and (end == 0 or state.timed) and _klog(state):
        return True
    if end == 0 and openings.first(state):
        return True
    if (not state.timed and (first.isdigit() or first in "[(" or first.isupper())) and _time(state):
        return True
    if not state.level and _level(state):
        return True
    if not (state.timed or state.level):
        return False
    if first in "|-:>" and (match := _MARKS.match(text, end)):
        state.end = match.end()
        return True
    return not state.klog and (
        _place(state)
        or (_may_be_thread(first) and _thread(state))
        or (first == "(" and _thread_in_parens(state))
        or _logger(state)
    )


def _klog(state: HeadState) -> bool:
    if state.klog or state.level or not (match := _KLOG.match(state.text, state.end)):
        return False
    state.level, state.at = levels.KLOG[match["level"]], times.klog(match["time"], state.now)
    state.caller, state.klog, state.timed, state.end = match["caller"], True, True, match.end()
    return True


def _time(state: HeadState) -> bool:
    if match := _TIME.match(state.text, state.end):
        end = match.end()
        if state.text[state.end] == "[" and state.text[end - 1] not in "]:":
            # "[2026-04-02T10:00:00Z WARN  mover::drain] text": the bracket holds the whole head
            state.text = state.text[:end] + state.text[end:].replace("]", " ", 1)
        state.at, state.timed, state.end = times.parse(match["time"], state.now), True, end
        return True
    if match := _CLOCK.match(state.text, state.end):
        state.timed, state.end = True, match.end()
        return True
    return False


_SIGNED = late(r"\[(?P<sign>[\u2139✔✓!✖✗])\]\s+")
_OF_SIGNS = {"\u2139": "INFO", "✔": "INFO", "✓": "INFO", "!": "WARNING", "✖": "ERROR", "✗": "ERROR"}


def _signed_level(state: HeadState) -> bool:
    """``2026-10-03 19:00:02 [!]  pod eviction error``: the signs for levels of command lines, as eksctl prints them."""
    match = _SIGNED.match(state.text, state.end) if state.timed and state.text[state.end] == "[" else None
    if match is None:
        return False
    state.level, state.end = _OF_SIGNS[match["sign"]], match.end()
    return True


def _level(state: HeadState) -> bool:
    match = _LEVEL.match(state.text, state.end)
    if match is None:
        return _signed_level(state) or _numbered_level(state) or _dotted_level(state) or _level_beside(state)
    word = match["level"]
    level = levels.WORDS.get(word.lower())
    closed = match["open"] and match["close"]
    if level is None:
        return _level_beside(state)
    spelt = word.isupper() or (closed or match["colon"] or state.timed)
    if not spelt or (match["open"] in ("[", "<", "(") and not closed):
        return False
    if word.lower() in ("error", "system", "alert", "success", "panic", "fine", "notice") and not (
        word.isupper() or closed or match["colon"] or state.text[match.end() : match.end() + 2] == "  "
    ):
        return False
    state.level, state.end = _CAPITALS[word.upper()], match.end()
    return True


def _level_beside(state: HeadState) -> bool:
    """``[mpm_event:notice]``, a logger before the level, after a time: ``openai.agents DEBUG``; pairs before it."""
    if state.timed and (pairs := _METADATA.match(state.text, state.end)) and pairs["level"] in levels.WORDS:
        # They go behind the message, as others write them.
        state.text = f"{state.text[: state.end]}{state.text[pairs.end() :]} {pairs['pairs'].rstrip()}"
        state.level = _CAPITALS[pairs["level"].upper()]
        return True
    match = _MODULE.match(state.text, state.end)
    level = levels.WORDS.get(match["level"] or match["name"].lower()) if match else None
    if match and level:
        state.level, state.logger, state.end = level, match["logger"] or match["module"], match.end()
        return True
    match = _LEVEL_COMES.match(state.text, state.end) if state.timed else None
    if match is None:
        return False
    state.logger, state.end = match["logger"], match.end()
    return True


_METADATA = late(r"(?P<pairs>(?:[a-z_]\w{0,40}=\S{1,200} ){1,10})\[(?P<level>[a-z]{4,9})\] +(?=\S)")
"""``module=Pool.Scaler pid=<0.8.0> [info] text``, as Elixir's logger writes its metadata."""
_DOTTED = late(r"(?P<logger>[A-Za-z_][\w-]*)\.(?P<level>[A-Z]{4,9}):(?=\s)")


_NUMBERED = late(r"LEVEL\(-?\d{1,3}\)(?=\s)|(?P<letter>[DIWENC]) (?=\| )")


def _numbered_level(state: HeadState) -> bool:
    """``LEVEL(-2)``, as zap writes a verbosity that has no name; ``I | `` of capnslog."""
    match = _NUMBERED.match(state.text, state.end)
    if match is None:
        return False
    state.level, state.end = openings.LETTERS[match["letter"]] if match["letter"] else "DEBUG", match.end()
    return True


def _dotted_level(state: HeadState) -> bool:
    """``scaler.INFO: text``, as monolog writes it."""
    match = _DOTTED.match(state.text, state.end)
    if match is None or match["level"].lower() not in levels.WORDS:
        return False
    state.level, state.logger, state.end = match["level"], match["logger"], match.end()
    return True


def _place(state: HeadState) -> bool:
    dashed = " - " in state.text
    match = _PLACE.match(state.text, state.end) if dashed else None
    if dashed and (place := _CLASS.match(state.text, state.end)) and not kinds.of_word(place["logger"]):
        state.logger, state.caller = place["logger"], place["line"]
        state.end = place.end()
        return True
    if match:
        state.logger, state.caller = match["logger"], f"{match['function']}:{match['line']}"
    elif match := _CALLER.match(state.text, state.end):
        state.caller = match["caller"]
    else:
        return False
    state.end = match.end()
    return True


_OBJECT = late(r"\[[a-z0-9][a-z0-9-]{0,62}/[a-z0-9][a-z0-9.-]{0,252}\] (?=[A-Z>])")
"""``[shop/web] Patching with …``: whom the message is about, as Kopf and Flink's operator write it."""


def _may_be_thread(first: str) -> bool:
    return first in "[#" or first.isdecimal()


_IN_PARENS = late(
    r"\((?:main|(?:[\w.:-]{1,60}-)?(?:thread|worker|executor|scheduler|timer)(?:-[a-z]{1,20}){0,2}-\d{1,6})\) +(?=\S)"
)
"""A thread's name in parentheses, behind the logger: ``(executor-thread-1)``, as Quarkus and WildFly write it."""


def _thread_in_parens(state: HeadState) -> bool:
    match = _IN_PARENS.match(state.text, state.end) if state.logger else None
    state.end = match.end() if match is not None else state.end
    return match is not None


def _thread(state: HeadState) -> bool:
    match = _THREAD.match(state.text, state.end)
    inside = match.group().strip("[] ") if match is not None else ""
    told = match is not None and openings.tells_deed(match.group(), state.text[match.end() :])
    if match is None or told or (state.level and _OBJECT.match(state.text, state.end)):
        return False
    if inside.startswith("id="):
        state.end = match.end()
        return True
    if match.group().startswith("[") and not state.logger and not inside.isdecimal() and "-run" not in inside:
        if not state.level and levels.WORDS.get(inside.lower()):
            return False
        state.logger = inside if re.fullmatch(r"[A-Za-z_][\w.:/-]*", inside) else ""
        if not state.logger:
            return False
    elif "dry" in inside.lower():
        return False
    state.end = match.end()
    return True


_SETTING = late(
    r"(?:spec|resources|limits|requests|lifecycle|securityContext|(?:readiness|liveness|startup)Probe)\.[a-z]"
)
"""What is set of an object, and no logger: ``livenessProbe.failureThreshold changed``."""


def _logger(state: HeadState) -> bool:
    if state.logger and not state.logger.startswith(("main", "pool")):
        return _second_logger(state)
    if state.text[state.end - 1] == "\t" and (match := _SPACED.match(state.text, state.end)):
        state.logger, state.end = match["logger"], match.end()
        return True
    match = _LOGGER.match(state.text, state.end)
    if match is not None and _SETTING.match(match["logger"]):
        return False
    if match is None or not _is_logger(match["logger"], match["mark"], state):
        return False
    state.logger, state.end = match["logger"], match.end()
    return True


def _second_logger(state: HeadState) -> bool:
    """``controllers.RayCluster reconcilePods: text``, ``[apply-1] INFO acme.Applier - text``: where in the logger."""
    match = _LOGGER.match(state.text, state.end)
    if match is None or not _is_logger(match["logger"], match["mark"], state):
        return False
    if _POD.search(match["logger"]):
        return False  # "scaler: web-5hx9r: terminating": whom it is done to
    if match["mark"] != ":" and not ("." in match["logger"] and match["mark"].strip() in ("-", ":")):
        return False
    state.end = match.end()
    return True


_POD = late(r"-[a-z]*\d[a-z0-9]*$")
"""How the names of pods and nodes end."""

_SPACED = late(r"(?P<logger>[A-Za-z_][\w-]*(?:\.[\w-]+)+(?: [\w-]+){1,3})\t")
"""A logger with a space in it, between the tabs of zap's console."""

_VALUES = late(
    r": +(?:(?:\d{1,9} )?(?:replicas|memory|mem|cpu|limits?|requests?|image)\b|\d{1,9} ?(?:[-=]+>|→) ?\d|"
    r"(?:[^;:]{0,100} )?(?:desired|wants?|target) \d{1,9}(?: (?:replicas|pods))?, (?:current|have|has|now|running) \d)",
    re.IGNORECASE,
)
"""What follows the name of an object, not that of a logger: ``web: replicas 3 => 1``, ``web: 4 -> 0 replicas``."""
_DONE_TO = late(
    r": +(?:was |is being |now )?(?:scal|restart|delet|evict|drain|patch|cordon|remov|resiz)(?:ed|ing)"
    r"(?: (?:up|down|out|in))?(?= (?:from |to )?\d| \(|[.,;!]|\s*$)|"
    r": +(?:unsuccessful|failed) (?:scal|restart|evict|drain|patch)ing attempt\b",
    re.IGNORECASE,
)
"""What is done to an object before the colon, as nothing follows that it is done to: ``shop/web: scaled to 0``."""


_PAIR = late(r"\s+[A-Za-z_][\w.]*=")


def _is_logger(word: str, mark: str, state: HeadState) -> bool:
    low = word.lower().partition("[")[0]
    if low in NO_LOGGERS or low in verbs.WORDS or kinds.of_word(low) or low in levels.WORDS:
        return False
    if not mark and state.text[state.end + len(word) : state.end + len(word) + 2] == ' "':
        return True
    if not mark:
        # a bare word is a logger only where nothing else can be: dotted or with colons, as programs name modules
        return ("." in word or "::" in word) and not word.endswith(".") and "/" not in word and bool(state.level)
    if (
        mark == ":"
        and "::" not in word
        and (_VALUES.match(state.text, state.end + len(word)) or _is_object(word, state))
    ):
        return False
    parts = verbs.parts(word)
    compound = "-" in word and any(part in verbs.WORDS for part in parts)
    if mark in ("\t",) or mark.startswith("   "):
        told = _PAIR.match(state.text, state.end + len(word)) is not None  # "replicas_adjusted    after=5": the message
        return " " not in word and not compound and not told
    return not compound


def _is_object(word: str, state: HeadState) -> bool:
    """``deployment/web: deleted``, ``shop/web: scaled to 0``: is the word with a slash whom something is done to?"""
    kind, slash, _ = word.partition("/")
    return bool(slash) and (
        bool(kinds.of_word(kind.lower())) or bool(_DONE_TO.match(state.text, state.end + len(word)))
    )
