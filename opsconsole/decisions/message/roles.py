"""What each key of a document is for: its time, level, logger, message; the rest are attributes. All are tables."""

from __future__ import annotations

import json
import re
from typing import Any

from opsconsole.decisions.head import levels, times
from opsconsole.decisions.message.document import DocumentError, load
from opsconsole.decisions.words.sets import wordlist, wordset
from opsconsole.patterns import late
from opsconsole.records import JsonObject

TIME = wordlist(
    "timestamp time ts @timestamp asctime when @t datetime created_at eventTime date t timeUnixNano "
    "time_unix_nano observedTimeUnixNano observed_timestamp dt Timestamp lastTimestamp firstTimestamp "
    "startTime StartTime start_time created instant timeMillis stageTimestamp requestReceivedTimestamp "
    "start_timestamp startTimestamp startTimeUnixNano start_time_unix_nano logged_at loggedAt event_time "
    "eventTimestamp event_timestamp timestampMs timestamp_ms _time"
)
LEVEL = wordlist(
    "level severity levelname lvl log.level severity_text severityText loglevel log_level @l at severityNumber "
    "severity_number levelno priority syslog.level Level "
    "LogLevel logLevel @level level_name levelName severityLevel sev s"
)
_SETTINGS = wordset("logLevel severityLevel")
"""What a program's setting is called as well: the level of a line that tells its time, too."""
_TIMES = frozenset(TIME)
LOGGER = wordlist(
    "module logger log.logger logger_name loggerName component name SourceContext source @module Category c"
)
_LOGGERS = frozenset(LOGGER)
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
    "detail-type",
)
"""Keys of further words, read where the message names no action."""

_RECORDS = ("record", "fields", "entry")
"""Keys under which libraries nest what another one prints at the top: loguru, Rust's tracing."""


def unwrapped(document: JsonObject) -> list[JsonObject]:
    """The entries in a document: OTel's export holds many, other wrappings one. Else the document itself."""
    if isinstance(document.get("resourceLogs"), list):
        return _otel(document["resourceLogs"]) or [document]
    if _is_otel(document):
        return [_otel_record(document)]
    if _is_printed(document):
        return [_otel_printed(document)]
    for key in _RECORDS:
        inner = document.get(key)
        if isinstance(inner, dict) and (_string(inner, ("message", "msg")) or "level" in inner):
            rest = {name: value for name, value in document.items() if name not in (key, "text")}
            if isinstance(module := rest.get("target"), str) and "::" in module:
                rest["logger"] = rest.pop("target")  # Rust's tracing tells its module so
            return [rest | _flat_record(inner)]
    return [document]


def _is_otel(document: JsonObject) -> bool:
    """Is it one record of OpenTelemetry, whose attributes are a list of keys with their values?"""
    pairs = document.get("attributes")
    return isinstance(pairs, list) and all(isinstance(each, dict) and {"key", "value"} == each.keys() for each in pairs)


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
    if isinstance(flat["body"], dict):
        flat |= flat.pop("body")
    for pair in _list(record, "attributes"):
        if isinstance(pair, dict) and isinstance(pair.get("key"), str):
            flat[pair["key"]] = _otel_value(pair.get("value"))
    return flat


_PRINTED = {"Timestamp": "timestamp", "SeverityText": "severity_text", "Severity": "severityNumber"}
_PRINTED |= {"SeverityNumber": "severityNumber"}
"""Keys of OpenTelemetry's records as its library for Go and its data model write them, and what others call them."""


def _is_printed(document: JsonObject) -> bool:
    """Is it one record with the names of OpenTelemetry's data model: ``{"Body": …, "SeverityText": …}``?"""
    if isinstance(document.get("Body"), dict) and "Severity" in document:
        return True
    levelled = "SeverityText" in document or "SeverityNumber" in document
    return levelled and isinstance(document.get("Body"), str | dict) and isinstance(document.get("Attributes"), dict)


def _otel_printed(record: JsonObject) -> JsonObject:
    """A record of OpenTelemetry as its library for Go prints it: ``{"Body":{"Type":"String","Value":…},…}``."""
    flat = {name: record[key] for key, name in _PRINTED.items() if record.get(key) not in (None, "")}
    flat |= {"logger": scope["Name"]} if isinstance(scope := record.get("Scope"), dict) and "Name" in scope else {}
    body = _printed_value(record["Body"])
    flat |= body if isinstance(body, dict) else {"body": body}
    return flat | _printed_pairs(record.get("Attributes"))


def _printed_value(value: Any) -> Any:
    """The value itself; a map's is a list of pairs."""
    value = value.get("Value") if isinstance(value, dict) and "Type" in value else value
    return _printed_pairs(value) if isinstance(value, list) and value and isinstance(value[0], dict) else value


def _printed_pairs(pairs: Any) -> JsonObject:
    if isinstance(pairs, dict):
        return pairs
    known = [pair for pair in pairs if isinstance(pair, dict)] if isinstance(pairs, list) else []
    return {pair["Key"]: _printed_value(pair.get("Value")) for pair in known if isinstance(pair.get("Key"), str)}


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
        if key not in document:
            continue
        value = document[key]
        if isinstance(value, dict):
            value = _parts_of_time(value)
        if isinstance(value, str | int | float) and (at := times.parse(value, now)) is not None:
            return at
    return None


def _parts_of_time(value: JsonObject) -> Any:
    """A time in an object: MongoDB's, log4j's instant, protobuf's timestamp."""
    seconds = value.get("epochSecond", value.get("seconds"))
    if isinstance(seconds, int):
        nanos = value.get("nanoOfSecond", value.get("nanos"))
        return seconds + (nanos / 1e9 if isinstance(nanos, int) else 0.0)
    return value.get("$date") if len(value) == 1 else None


def level_of(document: JsonObject) -> str:
    """The entry's level, in capitals, as it is spelt."""
    for key in LEVEL:
        if key not in document:
            continue
        value = document[key]
        if isinstance(value, str) and value.strip():
            if key == "at" and value.lower() not in levels.WORDS:
                continue
            if key in _SETTINGS and _TIMES.isdisjoint(document):
                continue
            if key == "s":
                value = levels.KLOG.get(value[0], "") if len(value) < 3 else ""  # MongoDB: I, W, E, F, D1 … D5
                if not value:
                    continue
            return levels.of_text(value) if value.strip().isdecimal() else levels.of_word(value)
        if isinstance(value, int | float) and (level := levels.of_number(value, otel="everity" in key)):
            return level
    inner = document.get("log")
    if isinstance(inner, dict):
        return level_of(inner)
    return _untold(document)


def _untold(document: JsonObject) -> str:
    """The level where no key of that name tells it."""
    if "@t" in document and ("@mt" in document or "@m" in document):
        return "INFO"  # Serilog's compact format leaves that one out
    if "involvedObject" in document or "reportingComponent" in document:  # an event of the cluster
        return _EVENT_LEVELS.get(str(document.get("type")), "")
    status = document.get("status")  # Datadog's
    return levels.WORDS.get(status.lower(), "") if isinstance(status, str) and status != "success" else ""


_EVENT_LEVELS = {"Normal": "INFO", "Warning": "WARNING"}


def logger_of(document: JsonObject) -> str:
    """The name of the logger or module."""
    for key in LOGGER if not _LOGGERS.isdisjoint(document) else ():
        value = document.get(key)
        if isinstance(value, str) and value and (key != "name" or "kind" not in document):
            return value
    return ""


def message_of(document: JsonObject) -> str:
    """The entry's message, empty where no key holds one; a template's blanks are filled in."""
    message = _string(document, MESSAGE)
    return _BLANK.sub(lambda blank: _filled(blank, document), message) if "{" in message else message


def message_key(document: JsonObject) -> str:
    """The key of the entry's message, empty where no key holds one."""
    return next((key for key in MESSAGE if isinstance(value := document.get(key), str) and value), "")


_BLANK = late(r"\{[@$]?(?P<key>[A-Za-z]\w{0,60})(?:,-?\d{1,3})?(?::[^{}]{1,40})?\}")
"""``{Replicas}``, ``{@Target}``, ``{Share:P1}``: a blank in a template of Serilog's and its like."""


def _filled(blank: re.Match[str], document: JsonObject) -> str:
    value = document.get(blank["key"])
    return str(value) if isinstance(value, str | int | float) else blank[0]


def texts_of(document: JsonObject) -> list[str]:
    """Further words of the entry: a tool's output, an agent's answer."""
    found: list[str] = []
    _gather(document, found, 0)
    return found[:20]


_HOLDERS = (
    "message",
    "content",
    "contents",
    "parts",
    "choices",
    "functionResponse",
    "toolResult",
    "response",
    "output",
    "detail",
    "result",
    "item",
    "rpc",
    "trace",
    "orchestrationTrace",
    "observation",
    "finalResponse",
    "rationale",
)
"""Keys under which messages hold their parts."""
INNER = ("message", "msg", "detail", "details", "stdout", *TEXTS)
"""Keys of words within a holder: ``detail.message``."""
_TELLING = frozenset((*INNER, *_HOLDERS))


def _gather(part: Any, found: list[str], depth: int) -> None:
    if isinstance(part, dict):
        if _TELLING.isdisjoint(part):
            return
        keys = INNER if depth or part.get("kind") == "Status" else TEXTS
        said = [value for key in keys if key in part and isinstance(value := part[key], str) and value]
        within = [(value, nested(value)) for value in said]
        found += [value for value, document in within if document is None]
        inner = [value for key in _HOLDERS if key in part and isinstance(value := part[key], dict | list)]
        inner += [document for _, document in within if document is not None]
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
    if leaf is None or isinstance(leaf, bool):
        return _CONSTANTS[leaf]
    return str(leaf) if type(leaf) is int else json.dumps(leaf)


_CONSTANTS = {True: "true", False: "false", None: "null"}
