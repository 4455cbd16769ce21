"""Documents in a list of another one: printed on many lines by ``aws logs filter-log-events``, exported by OTel."""

from __future__ import annotations

import json
from typing import Any

from opsconsole.decisions.envelopes.documents import find
from opsconsole.decoding import loads
from opsconsole.patterns import late
from opsconsole.records import JsonObject

_OPENS = late(r'[ \t]+"(?:events|logEvents|records|entries|logs|hits|items|results|data)": ?\[')
"""The key under which tools list events, as the first of a document."""

LONGEST = 256 * 1024
"""Characters of one event; CloudWatch takes as many bytes."""


def apart(text: str) -> list[str]:
    """Each record of an export of OpenTelemetry's as an export of its own; none where it holds a single one."""
    try:
        document = loads(text)
    except ValueError:
        return []
    found = [
        {"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]} | _without(resource, "scopeLogs")]}
        for resource in _dicts(document, "resourceLogs")
        for scope in _dicts(resource, "scopeLogs")
        for record in _dicts(scope, "logRecords")
    ]
    return [json.dumps(each) for each in found] if len(found) > 1 else []


def _dicts(document: Any, key: str) -> list[JsonObject]:
    found = document.get(key) if isinstance(document, dict) else None
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _without(document: JsonObject, key: str) -> JsonObject:
    return {name: value for name, value in document.items() if name != key}


class Listing:
    """Puts the documents of one source's list together.

    Only a list of what collectors put around lines is one: a program's own document that begins so stays whole.
    """

    def __init__(self) -> None:
        self._open = self._closed = False
        self._indent = ""
        self._lines: list[str] = []
        self._held: list[str] = []
        self._length = 0

    @property
    def waiting(self) -> bool:
        """Is there the beginning of a document whose rest is to come?"""
        return bool(self._lines or self._held)

    def begins(self, text: str) -> bool:
        """Does a line after a lone ``{`` begin a list of events?"""
        if _OPENS.fullmatch(text.rstrip()) is None:
            return False
        self._open, self._closed, self._indent, self._length = True, False, "", 0
        self._held = ["{", text]
        return True

    def take(self, text: str) -> list[str] | None:
        """Take a line: the documents that it ends, or the lines of what is no list; ``None`` outside of one."""
        if not self._open:
            return None
        if self._held:
            self._held.append(text)
        bare = text.strip()
        if bare == "}" and not text[:1].isspace():
            return self._given_up()
        self._closed = self._closed or (not self._lines and bare in ("]", "],"))
        if self._closed or not (self._lines or bare == "{"):
            return []  # what else stands in the document: ``"nextToken": "…"``
        self._indent = self._indent or text[: len(text) - len(text.lstrip())]
        self._lines.append(bare)
        self._length += len(bare)
        return self._ended(text)

    def _ended(self, text: str) -> list[str]:
        if self._length > LONGEST:
            return self._given_up()
        if text.rstrip() not in (f"{self._indent}}}", f"{self._indent}}},"):
            return []
        whole = "".join(self._lines).removesuffix(",")
        if self._held and not _is_envelope(whole):
            return self._given_up()
        self._lines, self._held, self._length = [], [], 0
        return [whole]

    def _given_up(self) -> list[str]:
        left = self._held or self._lines
        self._open, self._lines, self._held = False, [], []
        return left

    def rest(self) -> list[str]:
        """The lines of a document that has no end."""
        return self._given_up()


def _is_envelope(text: str) -> bool:
    try:
        document = loads(text)
    except ValueError:
        return False
    return isinstance(document, dict) and find(document) is not None
