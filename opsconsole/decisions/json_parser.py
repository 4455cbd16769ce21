"""JSON documents → decisions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from opsconsole.decisions import fields, targets, times
from opsconsole.decisions.document import constant, dotted, leaves, reindent
from opsconsole.decisions.entry import Entry
from opsconsole.records import Decision, JsonObject, Ref

MAX_PROBLEMS = 20
"""Problems listed of one document; the rest is counted."""

_TIME = ("timestamp", "time", "ts", "@timestamp", "asctime")
_LEVEL = ("level", "severity", "levelname", "lvl")
_MODULE = ("module", "logger", "name", "component")
_MESSAGE = ("message", "msg", "event", "reason", "text")
_ACTION = ("action", "operation", "verb", "decision")
_TARGET = ("target", "object", "resource", "deployment", "workload")
_NAMESPACE = ("namespace", "target_namespace", "ns")
_QUERY = ("query", "promql", "expr")
_CONFIDENCE = ("confidence_score", "confidence")


class JsonParser:
    """The optimizers' JSON: ``action``, ``target``, ``patch``, ``message`` and the names others use for them."""

    name = "json"

    def parse(self, entry: Entry) -> Decision | None:
        document = entry.document
        if document is None:
            return None
        action = _string(document, _ACTION)
        message = _string(document, _MESSAGE)
        found = fields.fields_of(document)
        return Decision(
            key="",
            seq=0,
            received=entry.received,
            at=_time(document, entry.logged),
            form="json",
            level=_string(document, _LEVEL).upper(),
            module=_string(document, _MODULE),
            message=message or action or " ".join(entry.text.split()),
            action=action,
            target=_target(document, action, message),
            fields=tuple(found[: fields.MAX_FIELDS]),
            confidence=_confidence(document),
            problems=tuple(_problems(entry, document, left_out=len(found) > fields.MAX_FIELDS)),
            query=_string(document, _QUERY),
            body=reindent(entry.text),
        )


def _string(document: JsonObject, keys: tuple[str, ...]) -> str:
    for key in keys:
        value = document.get(key)
        if isinstance(value, str) and value:
            return value
    return ""


def _time(document: JsonObject, logged: float | None) -> float | None:
    for key in _TIME:
        value = document.get(key)
        if isinstance(value, str | int | float) and (at := times.parse(value)) is not None:
            return at
    return logged


def _confidence(document: JsonObject) -> float | None:
    for key in _CONFIDENCE:
        value = document.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and not constant(value):
            return float(value)
    return None


def _target(document: JsonObject, action: str, message: str) -> Ref | None:
    namespace = _string(document, _NAMESPACE) or targets.namespace_in(message)
    kind = targets.kind_of(_string(document, ("kind", "target_kind"))) or targets.kind_from_action(action)
    for key in _TARGET:
        value: Any = document.get(key)
        if isinstance(value, str) and value.strip():
            return targets.reference(value, kind or targets.kind_of(key), namespace)
        if isinstance(value, dict) and isinstance(value.get("name"), str):
            kind = targets.kind_of(str(value.get("kind", ""))) or kind
            own = value.get("namespace")
            return targets.reference(value["name"], kind, own if isinstance(own, str) and own else namespace)
    return None


def _problems(entry: Entry, document: JsonObject, *, left_out: bool) -> Iterator[str]:
    bad = [f"{word} at {dotted(path)}" for path, leaf in leaves(document) if (word := constant(leaf))]
    bad += [f"{path} is given more than once" for path in entry.duplicates]
    yield from bad[:MAX_PROBLEMS]
    if len(bad) > MAX_PROBLEMS:
        yield f"and {len(bad) - MAX_PROBLEMS} more of these"
    if left_out:
        yield f"more than {fields.MAX_FIELDS} fields; the rest is in the document"
