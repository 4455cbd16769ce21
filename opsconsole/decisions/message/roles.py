"""What each key of a document is for: its time, level, logger, message; the rest are attributes. All are tables."""

from __future__ import annotations

import json
from typing import Any

from opsconsole.decisions.head import levels, times
from opsconsole.decisions.message.document import DocumentError, load
from opsconsole.decisions.words.sets import wordlist
from opsconsole.records import JsonObject

TIME = wordlist(
    "timestamp time ts @timestamp asctime when @t datetime created_at eventTime date t timeUnixNano "
    "time_unix_nano observedTimeUnixNano observed_timestamp dt Timestamp lastTimestamp firstTimestamp "
    "startTime StartTime start_time created"
)
LEVEL = wordlist(
    "level severity levelname lvl log.level severity_text severityText loglevel log_level @l at severityNumber "
    "severity_number levelno priority syslog.level Level "
    "LogLevel @level s"
)
LOGGER = wordlist(
    "module logger log.logger logger_name loggerName component name SourceContext source @module Category c"
)
MESSAGE = wordlist(
    "message msg Message @message RenderedMessage event body @m @mt short_message text summary log reason"
)
TEXTS = (
    "content",
    "output",
    "result",
    "text",
    "answer",
    "observation",
    "command",
    "thought",
    "rationale",
    "Description",
)
"""Keys of further words, read where the message names no action."""

_RECORDS = ("record", "fields", "entry")
"""Keys under which libraries nest what another one prints at the top: loguru, Rust's tracing."""


def unwrapped(document: JsonObject) -> list[JsonObject]:
    """The entries in a document: OTel's export holds many, other wrappings one. Else the document itself."""
    if isinstance(document.get("resourceLogs"), list):
        return _otel(document["resourceLogs"]) or [document]
    for key in _RECORDS:
        inner = document.get(key)
        if isinstance(inner, dict) and (_string(inner, ("message", "msg")) or "level" in inner):
            rest = {name: value for name, value in document.items() if name not in (key, "text")}
            return [rest | _flat_record(inner)]
    return [document]


def _flat_record(record: JsonObject) -> JsonObject:
    flat = dict(record)
    for key, part in (("level", "name"), ("time", "timestamp")):
        if isinstance(flat.get(key), dict):
            flat[key] = flat[key].get(part)
    extra = flat.pop("extra", None)
    for noise in ("file", "process", "thread", "module", "elapsed", "function", "line"):
        flat.pop(noise, None)
    return flat | (extra if isinstance(extra, dict) else {})


def _otel(resource_logs: list[Any]) -> list[JsonObject]:
    found: list[JsonObject] = []
    for resource in resource_logs:
        for scope in _list(resource, "scopeLogs"):
            found += [_otel_record(record) for record in _list(scope, "logRecords") if isinstance(record, dict)]
    return found


def _otel_record(record: JsonObject) -> JsonObject:
    flat = {key: value for key, value in record.items() if key != "attributes"}
    flat["body"] = _otel_value(record.get("body"))
    for pair in _list(record, "attributes"):
        if isinstance(pair, dict) and isinstance(pair.get("key"), str):
            flat[pair["key"]] = _otel_value(pair.get("value"))
    return flat


def _otel_value(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if "kvlistValue" in value:
        pairs = _list(value["kvlistValue"], "values")
        return {str(pair.get("key")): _otel_value(pair.get("value")) for pair in pairs if isinstance(pair, dict)}
    return next(iter(value.values()), None)


def _list(value: Any, key: str) -> list[Any]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []


def time_of(document: JsonObject, now: float | None) -> float | None:
    """The entry's own time."""
    for key in TIME:
        value = document.get(key)
        if isinstance(value, dict) and len(value) == 1:
            value = value.get("$date")  # MongoDB
        if isinstance(value, str | int | float) and (at := times.parse(value, now)) is not None:
            return at
    return None


def level_of(document: JsonObject) -> str:
    """The entry's level, in capitals, as it is spelt."""
    for key in LEVEL:
        value = document.get(key)
        if isinstance(value, str) and value.strip():
            if key == "at" and value.lower() not in levels.WORDS:
                continue
            if key == "s":
                value = levels.KLOG.get(value[0], "") if len(value) < 3 else ""  # MongoDB: I, W, E, F, D1 … D5
                if not value:
                    continue
            return value.strip().upper()[:32] if not value.strip().isdecimal() else levels.of_text(value)
        if isinstance(value, int | float) and (level := levels.of_number(value, otel="everity" in key)):
            return level
    inner = document.get("log")
    return level_of(inner) if isinstance(inner, dict) else ""


def logger_of(document: JsonObject) -> str:
    """The name of the logger or module."""
    for key in LOGGER:
        value = document.get(key)
        if isinstance(value, str) and value and (key != "name" or "kind" not in document):
            return value
    return ""


def message_of(document: JsonObject) -> str:
    """The entry's message, empty where no key holds one."""
    return _string(document, MESSAGE)


def texts_of(document: JsonObject) -> list[str]:
    """Further words of the entry: a tool's output, an agent's answer."""
    found: list[str] = []
    _gather(document, found, 0)
    return found[:20]


_HOLDERS = (
    "message",
    "content",
    "parts",
    "choices",
    "functionResponse",
    "toolResult",
    "response",
    "output",
    "detail",
    "result",
)
"""Keys under which messages hold their parts."""


def _gather(part: Any, found: list[str], depth: int) -> None:
    if isinstance(part, dict):
        found += [value for key in TEXTS if isinstance(value := part.get(key), str) and value]
        inner = [value for key in _HOLDERS if isinstance(value := part.get(key), dict | list)]
    else:
        inner = [item for item in part[:20] if isinstance(item, dict | list)]
    if depth < 8 and len(found) < 20:
        for each in inner:
            _gather(each, found, depth + 1)


def nested(text: str) -> JsonObject | None:
    """A document that a string holds; ``None`` where it holds none."""
    text = text.strip()
    if not text.startswith("{") or not text.endswith("}"):
        return None
    try:
        return load(text)
    except DocumentError:
        return None


def _string(document: JsonObject, keys: tuple[str, ...]) -> str:
    for key in keys:
        value = document.get(key)
        if isinstance(value, str) and value:
            return value
    return ""


def text(leaf: Any) -> str:
    """A leaf of a document as an attribute's text."""
    if isinstance(leaf, str):
        return leaf
    return str(leaf) if type(leaf) is int else json.dumps(leaf)
