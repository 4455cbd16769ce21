"""Requests to the API server in a client's log: ``"PATCH /apis/apps/v1/namespaces/a/deployments/b HTTP/1.1" 200``."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.values import patches
from opsconsole.decisions.message.document import Leaf, Path, dotted, leaves
from opsconsole.decisions.message.roles import nested
from opsconsole.decisions.words import kinds
from opsconsole.decoding import loads
from opsconsole.patterns import late
from opsconsole.records import FieldValue, JsonObject, Mood, Ref

_REQUEST = late(
    r"\b(?P<method>GET|HEAD|WATCH|LIST|PATCH|PUT|POST|DELETE)\b(?: at)?[\s\"':]{1,4}(?:https?://[^\s/]{1,255})?"
    r"(?P<path>/apis?/[\w./%:~-]{1,500})(?P<query>[^\s\"]*)(?P<rest>.{0,120})",
    re.DOTALL,
)
_REFUSED = late(
    r"\" is (?:invalid|forbidden): |\bHTTP status (?:code )?[45]\d\d\b|\bFailure executing: |"
    r"\bserver (?:rejected|denied) "
)
"""What the API server or its client said of a request, before it."""
_STATUS = late(r"(?<![\d.])([1-5]\d\d)(?![\d.])")
_PATH = late(
    r"/(?:api/[\w]+|apis/[\w.-]+/\w+)/(?:namespaces/(?P<namespace>[\w-]+)/)?(?P<resource>[a-z]+)"
    r"(?:/(?P<name>[\w.:-]+))?(?:/(?P<sub>[a-z]+))?/?"
)
_METHODS = {"PATCH": "patch", "PUT": "patch", "POST": "create", "DELETE": "delete"}
_LONGEST_BODY = 65_536
"""Characters after a path within which a body is looked for and read."""

_PARTS = {"scale": "scale", "eviction": "evict", "resize": "patch", "ephemeralcontainers": "patch"}


def find(text: str, extra: Sequence[Any] = ()) -> tuple[list[Act], bool]:
    """The action of a request in a text, and whether there was a request at all.

    Its body tells what is set: it stands behind the path, or was taken off the text's end already (``extra``).
    """
    if "/api" not in text or (match := _REQUEST.search(text)) is None:
        return [], False
    path = _PATH.fullmatch(match["path"].rstrip(".:"))
    verb = _METHODS.get(match["method"], "")
    if path is None or not verb:
        return [], True
    kind = kinds.of_word(path["resource"])
    if path["resource"] == "namespaces" and path["name"] is None and path["namespace"]:
        kind = "Namespace"
    if not kind or (path["sub"] and path["sub"] not in _PARTS):
        return [], True
    verb = _PARTS.get(path["sub"] or "", verb)
    body, rest = _body(text[match.start("rest") : match.start("rest") + _LONGEST_BODY], extra)
    status = _STATUS.search(rest[:120])  # not in the body: 500 replicas are no error
    mood = Mood.PLANNED if status is None else Mood.DONE if status[1] < "400" else Mood.REFUSED
    mood = Mood.REFUSED if _REFUSED.search(text, 0, match.start()) else mood
    mood = Mood.DRY_RUN if mood is not Mood.REFUSED and is_dry(match["query"]) else mood
    problem = f"failed: {status[1]}" if status and mood is Mood.REFUSED else ""
    target = Ref(kind, path["namespace"] or "", path["name"] or "")
    partly = match["method"] == "PATCH" or verb == "scale"  # a PUT says what stays as it is too
    fields = _fields(body) if partly else ()
    return [Act(verb, match["method"], mood, (target,), fields=fields, problem=problem)], True


def in_pairs(pairs: Sequence[tuple[Path, Leaf]]) -> list[Act]:
    """The request that OpenTelemetry's attributes of a line tell: ``http.method=PATCH http.url=https://…``."""
    said = {path[0]: leaf for path, leaf in pairs if len(path) == 1}
    return find(f"{said.get('http.method', '')} {said.get('http.url', '')}")[0]


def is_dry(query: str) -> bool:
    """Does the query of a request say that it is tried and not made: ``?dryRun=All``?"""
    return _DRY.search(query) is not None


_DRY = late(r"(?:^|[?&])dryRun=All(?![\w-])")


def sent(document: JsonObject) -> list[Act]:
    """The action of a request that a document tells by its keys: ``{"method": "DELETE", "path": "/api/v1/…"}``."""
    document = _plain(document)
    for part in (document, *(inner for key in _HOLDERS if isinstance(inner := document.get(key), dict))):
        method = part.get("method") or part.get("verb")
        path = next((value for key in _PATHS if isinstance(value := part.get(key), str)), "")
        if isinstance(method, str) and path:
            body = [each for key in ("body", "patch", "data") if isinstance(each := part.get(key), dict | list)]
            return find(f"{method.upper()} {path} {_code(document) or _code(part)}", body)[0]
    return []


def _plain(document: JsonObject) -> JsonObject:
    """A request by the keys of the Elastic Common Schema and of OpenTelemetry as one by plain keys."""
    said = {dotted(path): leaf for path, leaf in leaves(document, 60) if path[0] in _COMMON}
    if not said:
        return document
    told: JsonObject = {name: said[key] for key, name in _ECS.items() if said.get(key) not in (None, "")}
    body = told.get("body")
    if isinstance(body, str) and (sent := nested(body)) is not None:
        told["body"] = sent
    if isinstance(query := said.get("url.query"), str) and is_dry(query) and "?" not in str(told.get("path")):
        told["path"] = f"{told.get('path')}?{query}"
    return {**document, **told} if {"method", "path"} <= told.keys() else document


_COMMON = frozenset(
    ("http", "url", "http.request.method", "url.path", "url.full", "url.query", "http.response.status_code")
)
_ECS = {
    "http.request.method": "method",
    "http.method": "method",
    "url.full": "path",
    "url.path": "path",
    "http.target": "path",
    "http.response.status_code": "code",
    "http.request.body.content": "body",
}
"""Keys of a request there, and what they are called elsewhere."""


def _code(part: JsonObject) -> str:
    """The status that a document tells of a request, as text."""
    answer = part.get("response") or part.get("res")
    told = {**part, **answer} if isinstance(answer, dict) else part
    return next((str(value) for key in _CODES if isinstance(value := told.get(key), int)), "")


_HOLDERS = ("request", "req", "http", "httpRequest")
_PATHS = ("path", "url", "uri", "requestURI", "requestUrl")
_CODES = ("code", "status", "statusCode", "status_code", "responseCode")


def _body(rest: str, extra: Sequence[Any]) -> tuple[Any, str]:
    """The document that a request sends, and what is written around it."""
    begin = min((at for at in (rest.find("{"), rest.find("[{")) if at >= 0), default=-1)
    if begin >= 0:
        try:
            body, end = loads(rest[begin:], json.JSONDecoder().raw_decode)
        except ValueError:
            return None, rest[:begin]
        return body, f"{rest[:begin]} {rest[begin + end :]}"
    return next((each for each in extra if isinstance(each, dict | list)), None), rest


def _fields(body: Any) -> tuple[FieldValue, ...]:
    """What a patch or a JSON patch sets; of a whole object what stands in its specification."""
    if isinstance(body, dict) and "kind" in body:
        body = {"spec": body.get("spec")}
    return tuple(patches.fields_of({"patch": body}))[: patches.MAX_FIELDS] if isinstance(body, dict | list) else ()
