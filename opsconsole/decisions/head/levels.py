"""Levels as logging libraries name and number them."""

from __future__ import annotations

from opsconsole.patterns import late

_NAMES = {
    "DEBUG": "debug dbg dbug deb fine finer verbose verb",
    "TRACE": "trace trc trce finest silly",
    "INFO": "info inf information informational success config",
    "NOTICE": "notice",
    "WARN": "warn wrn",
    "WARNING": "warning",
    "ERROR": "error err fail eror severe",
    "CRITICAL": "critical crit crt",
    "FATAL": "fatal ftl fat dpanic",
    "PANIC": "panic pnc",
    "ALERT": "alert",
    "EMERGENCY": "emergency emerg",
    "SYSTEM": "system",
}
WORDS = {word: level for level, words in _NAMES.items() for word in words.split()}
"""Words that are levels, in lower case, to what they are called here."""

del WORDS["success"], WORDS["config"], WORDS["verb"], WORDS["fat"]
WORDS["success"] = "SUCCESS"

KLOG = {"I": "INFO", "W": "WARNING", "E": "ERROR", "F": "FATAL", "D": "DEBUG"}
"""The first letter of a line of klog or glog, and of Ruby's logger."""

_PINO = {10: "TRACE", 20: "DEBUG", 30: "INFO", 40: "WARN", 50: "ERROR", 60: "FATAL"}
_MONOLOG = dict(
    zip(
        (100, 200, 250, 300, 400, 500, 550, 600),
        ("DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY"),
        strict=True,
    )
)
_SYSLOG = ("EMERGENCY", "ALERT", "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFO", "DEBUG")
_OTEL = ((4, "TRACE"), (8, "DEBUG"), (12, "INFO"), (16, "WARN"), (20, "ERROR"), (24, "FATAL"))


def of_text(word: str) -> str:
    """``warn``, ``WARNING``, `` info `` → the level; an unknown word stays, in capitals; long text is no level."""
    word = word.strip().lower()
    if word.isdecimal() and len(word) < 3:
        return of_number(int(word))
    return WORDS.get(word) or (word.upper() if len(word) <= 16 and word.isalpha() else "")


def of_word(word: str) -> str:
    """A level's name in capitals, without the number that libraries put to it: ``DEBUG-4``, ``Level(-2)``."""
    name = word.strip().upper()[:32]
    if name[-1:].isdigit() and (match := _OFFSET.fullmatch(name)):
        return match["name"]
    return "DEBUG" if name.endswith(")") and _VERBOSITY.fullmatch(name) else _LONG.get(name, name)


_OFFSET = late(r"(?P<name>TRACE|DEBUG|INFO|WARN|ERROR)[+-]\d{1,3}")
"""How Go's slog writes a level between two that have names."""
_VERBOSITY = late(r"LEVEL\(-\d{1,3}\)")
"""How zap writes a level below debug."""
_LONG = {"INFORMATION": "INFO", "INFORMATIONAL": "INFO", "VERBOSE": "DEBUG"}
"""Names that nobody else gives to a level."""


def of_priority(priority: int) -> str:
    """The level in a priority of syslog, whose other part is the facility."""
    return _SYSLOG[priority % 8]


def of_number(number: float, *, otel: bool = False) -> str:
    """A level's number: pino's and bunyan's tens (Python's too, but for its 50), OTel's 1–24, syslog's 0–7.

    Monolog's are hundreds.
    """
    if isinstance(number, bool) or number != number or number < 0:  # noqa: PLR0124 - NaN is no level
        return ""
    if otel:
        return next((name for most, name in _OTEL if 0 < number <= most), "")
    if number in _MONOLOG:
        return _MONOLOG[int(number)]
    if number in _PINO:
        return _PINO[int(number)]
    return _SYSLOG[int(number)] if number < len(_SYSLOG) else ""
