"""Requests to the API server in a client's log: ``"PATCH /apis/apps/v1/namespaces/a/deployments/b HTTP/1.1" 200``."""

from __future__ import annotations

import re

from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.words import kinds
from opsconsole.records import Mood, Ref

_REQUEST = re.compile(
    r"\b(?P<method>GET|HEAD|WATCH|LIST|PATCH|PUT|POST|DELETE)\b[\s\"':]{1,4}(?:https?://[^\s/]{1,255})?"
    r"(?P<path>/apis?/[\w./%:~-]{1,500})[^\s\"]*(?P<rest>.{0,120})",
    re.DOTALL,
)
_STATUS = re.compile(r"(?<![\d.])([1-5]\d\d)(?![\d.])")
_PATH = re.compile(
    r"/(?:api/[\w]+|apis/[\w.-]+/\w+)/(?:namespaces/(?P<namespace>[\w-]+)/)?(?P<resource>[a-z]+)"
    r"(?:/(?P<name>[\w.:-]+))?(?:/(?P<sub>[a-z]+))?/?"
)
_METHODS = {"PATCH": "patch", "PUT": "patch", "POST": "create", "DELETE": "delete"}
_PARTS = {"scale": "scale", "eviction": "evict", "resize": "patch", "ephemeralcontainers": "patch"}


def find(text: str) -> tuple[list[Act], bool]:
    """The action of a request in a text, and whether there was a request at all."""
    if "/api" not in text or (match := _REQUEST.search(text)) is None:
        return [], False
    path = _PATH.fullmatch(match["path"])
    verb = _METHODS.get(match["method"], "")
    if path is None or not verb:
        return [], True
    kind = kinds.of_word(path["resource"])
    if path["resource"] == "namespaces" and path["name"] is None and path["namespace"]:
        kind = "Namespace"
    if not kind or (path["sub"] and path["sub"] not in _PARTS):
        return [], True
    verb = _PARTS.get(path["sub"] or "", verb)
    status = _STATUS.search(match["rest"])
    mood = Mood.PLANNED if status is None else Mood.DONE if status[1] < "400" else Mood.REFUSED
    problem = f"failed: {status[1]}" if status and mood is Mood.REFUSED else ""
    target = Ref(kind, path["namespace"] or "", path["name"] or "")
    return [Act(verb, match["method"], mood, (target,), problem=problem)], True
