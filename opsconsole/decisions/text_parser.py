"""Lines of text that have a time or a level in front, or say a thing that we know → decisions."""

from __future__ import annotations

import re
from typing import NamedTuple

from opsconsole.decisions import sentences, times
from opsconsole.decisions.entry import Entry, plain
from opsconsole.records import Decision

_LEVELS = "TRACE|DEBUG|INFO|NOTICE|WARNING|WARN|ERROR|CRITICAL|FATAL|ALERT|EMERGENCY|SYSTEM"

# The ways a line begins: [time] LEVEL: text · time - module - LEVEL - text (Python's logging) · time LEVEL module: text
# · LEVEL:module:text (its basicConfig) · LEVEL [time] text · LEVEL [module] text · LEVEL: text · [time] text.
_HEADS = tuple(
    re.compile(pattern, re.DOTALL)
    for pattern in (
        rf"\[(?P<time>{times.STAMP})\]\s*\[?(?P<level>{_LEVELS})\b\]?:?\s*(?P<message>.*)",
        rf"(?P<time>{times.STAMP})\s+-\s+(?P<module>\S+)\s+-\s+(?P<level>{_LEVELS})\s+-\s+(?P<message>.*)",
        rf"(?P<time>{times.STAMP})\s+\[?(?P<level>{_LEVELS})\b\]?:?\s+(?:\[?(?P<module>[\w.-]+)\]?:\s+)?(?P<message>.*)",
        rf"(?P<level>{_LEVELS}):(?P<module>[\w.-]+):(?P<message>.*)",
        rf"\[?(?P<level>{_LEVELS})\b\]?:?\s*\[(?P<time>{times.STAMP})\]:?\s*(?P<message>.*)",
        rf"(?P<level>{_LEVELS})\s+\[(?P<module>[^\]]*)\]:?\s*(?P<message>.*)",
        rf"(?P<level>{_LEVELS}):\s+(?P<message>.*)",
        rf"\[?(?P<time>{times.STAMP})\]?:?\s+(?P<message>.*)",
    )
)
_LOGFMT = re.compile(r'\b(?P<key>time|ts|level|msg|logger)=(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>\S+))')


class _Head(NamedTuple):
    message: str
    level: str = ""
    module: str = ""
    at: float | None = None


def read_line(entry: Entry) -> Decision:
    """A line of text as far as it is understood: time, level, message, sentence; a plain decision if not at all."""
    return TextParser().parse(entry) or plain(entry)


class TextParser:
    """``[2023-10-27 03:14:05] ERROR: …``, ``ERROR [..] …``, logfmt and their like, and what such lines tell."""

    name = "text"

    def parse(self, entry: Entry) -> Decision | None:
        if entry.document is not None:
            return None
        head = _head(entry.text)
        told = sentences.read(head.message if head else entry.text.strip())
        if head is None and told is None:
            return None
        head = head or _Head(entry.text.strip())
        told = told or sentences.Told()
        return Decision(
            key="",
            seq=0,
            received=entry.received,
            at=entry.logged if head.at is None else head.at,
            form="text",
            level=head.level,
            module=head.module,
            message=head.message,
            action=told.action,
            target=told.target,
            fields=told.fields,
            problems=told.problems,
            query=told.query,
            body=entry.text,
        )


def _head(text: str) -> _Head | None:
    stripped = text.strip()
    for pattern in _HEADS:
        if match := pattern.fullmatch(stripped):
            parts = match.groupdict()
            return _Head(
                parts["message"], parts.get("level") or "", parts.get("module") or "", times.parse(parts.get("time"))
            )
    return _logfmt(stripped)


def _logfmt(text: str) -> _Head | None:
    pairs = {match["key"]: match["quoted"] or match["bare"] or "" for match in _LOGFMT.finditer(text)}
    if "msg" not in pairs or not ("level" in pairs or "time" in pairs or "ts" in pairs):
        return None
    message = pairs["msg"].replace('\\"', '"')
    at = times.parse(pairs.get("time") or pairs.get("ts"))
    return _Head(message, pairs.get("level", "").upper(), pairs.get("logger", ""), at)
