"""Peels lines: takes off, layer by layer, what stands around them, and joins what a runtime cut.

Which envelope a source writes is found out once and then held; a line without it stays as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from opsconsole.decisions.envelopes import decode
from opsconsole.decisions.envelopes.documents import DocumentEnvelope, at, find
from opsconsole.decisions.envelopes.listing import Listing, apart
from opsconsole.decisions.envelopes.texts import ANY, TEXTS, TextEnvelope
from opsconsole.decisions.head import levels, times
from opsconsole.decisions.words import verbs
from opsconsole.decoding import loads
from opsconsole.patterns import late

MOST_LAYERS = 4
"""Envelopes around one line; ``kubectl logs --prefix --timestamps`` of a collector's output has three."""

LONGEST_DOCUMENT = 1024 * 1024
"""Characters of a document that may be an envelope; its line is a quarter of that at most."""

_WORTH_A_LOOK = late(
    r'"(?:podName|kubernetes|source_type|stream|labels|line|textPayload|jsonPayload|eventId|ingestionTime|content|attributes|'
    r'__REALTIME_TIMESTAMP|_raw|_source|LogMessage|LogEntry|log|operationName|@logStream|@log|sourcetype|_container_id|resourceLogs)"'
)
"""Keys without which a document is no envelope."""


_PRINTED = late(r"\[\d{1,9}\] [\w.*-]{1,300}: \[\[?(?P<time>1\d{9}\.\d{1,9})(?:, \{\}\])?, (?P<record>\{.*\})\]")
"""A record as Fluent Bit prints it to its standard output, with the arrows of a Ruby hash."""
_ARROW = late(r'("(?:[^"\\]|\\.)*")=>')


_ITEM = late(r"[ \t]*(?P<document>\{.*\}),?[ \t]*")
"""A document of a list on a line of its own."""


class Line(NamedTuple):
    """A line as its program wrote it, and what its envelopes say of it."""

    text: str
    at: float | None = None
    level: str = ""
    pod: str = ""
    namespace: str = ""
    container: str = ""
    stream: str = ""

    @property
    def origin(self) -> str:
        """Where it comes from, in one text; empty where no envelope says."""
        if not (self.namespace or self.pod or self.container):
            return ""
        return "/".join(part for part in (self.namespace, self.pod, self.container) if part)


class Peeler:
    """Opens the lines of one source. ``now`` tells the year of times that have none."""

    def __init__(self) -> None:
        self._held: list[TextEnvelope] = []
        self._cut: dict[str, Line] = {}
        self._array = False
        self._bracket: Line | None = None
        self._listing = Listing()
        self._brace: Line | None = None

    @property
    def waiting(self) -> bool:
        """Is there the beginning of a line whose rest is to come?"""
        return bool(self._cut or self._bracket or self._brace) or self._listing.waiting

    def open(self, text: str, now: float, logged: float | None = None) -> Iterable[Line]:
        """The lines that one physical line holds: mostly one, none while its rest is to come, many for an array."""
        line = Line(decode.plain(text), logged)
        if self._brace is not None:
            brace, self._brace = self._brace, None
            return () if self._listing.begins(line.text) else (brace, *self._opened(line, now))
        listed = self._listing.take(line.text)
        if listed is not None:
            return [each for text in listed for each in self._opened(line._replace(text=text), now)]
        if line.text.startswith('{"resourceLogs"') and (records := apart(line.text)):
            return [each for text in records for each in self._opened(line._replace(text=text), now)]
        if line.text == "{":
            self._brace = line
            return ()
        return self._opened(line, now)

    def _opened(self, line: Line, now: float) -> Iterable[Line]:
        """The lines in one that is a whole one of its own."""
        if (self._array or self._bracket is not None) and (item := _ITEM.fullmatch(line.text)):
            line = line._replace(text=item["document"])
            self._array, self._bracket = True, None
        for _ in range(MOST_LAYERS):
            opened = self._layer(line, now)
            if opened is None:
                return ()
            if opened is line:
                break
            line = opened
        listed = self._array or self._bracket is not None or line.text.startswith("[")
        return self._items(line) if listed else (line,)

    def rest(self) -> list[Line]:
        """What is still waiting for its end."""
        cut = [Line(text) for text in self._listing.rest()]
        left = [
            each for each in (*self._cut.values(), self._bracket, self._brace, *cut) if each is not None and each.text
        ]
        self._cut.clear()
        self._bracket = self._brace = None
        return left

    def _layer(self, line: Line, now: float) -> Line | None:
        first = line.text[:1]
        if first == "[" and (printed := _PRINTED.fullmatch(line.text)):
            return line._replace(
                text=_ARROW.sub(r"\1:", printed["record"]), at=times.parse(printed["time"], now) or line.at
            )
        if first == "{":
            return self._document(line, now)
        for row in self._held if first else ():
            if match := row.loose.match(line.text):
                return self._text(line, match, now)
        if not first or first in ' \t}]"':
            return line
        for row in TEXTS if ANY.match(line.text) else ():
            if match := row.pattern.match(line.text):
                self._held.append(row)
                del self._held[:-MOST_LAYERS]
                return self._text(line, row.loose.match(line.text) or match, now)
        return line

    def _text(self, line: Line, match: re.Match[str], now: float) -> Line | None:
        said = match.groupdict()
        text = decode.plain(line.text[match.end() :])
        if (sort := said.get("sort")) and verbs.of_name(sort):
            text = f"{said['sort']} {text}"  # syslog's sort of message is what is done
        priority = said.get("priority")
        if priority and not line.level:
            line = line._replace(level=levels.of_priority(int(priority)))
        opened = _merged(line, text, said, times.parse(said.get("time"), now))
        return self._join(opened, whole=said.get("tag") != "P")

    def _document(self, line: Line, now: float) -> Line | None:
        if len(line.text) > LONGEST_DOCUMENT or not _WORTH_A_LOOK.search(line.text):
            return line
        try:
            document = loads(line.text)
        except ValueError:
            return line
        row = find(document) if isinstance(document, dict) else None
        if row is None:
            return line
        text, whole = _inside(document, row)
        said = {key: _string(document, getattr(row, key)) for key in ("pod", "namespace", "container")}
        level = _string(document, row.level)
        when = next((found for path in row.time if (found := times.parse(_time(at(document, path)), now))), None)
        opened = _merged(line, decode.plain(text), said, when)
        return self._join(opened._replace(level=opened.level or levels.of_text(level)), whole=whole)

    def _join(self, line: Line, *, whole: bool) -> Line | None:
        if whole and not self._cut:
            return line
        key = f"{line.origin} {line.stream}"
        begun = self._cut.pop(key, None)
        if begun is not None:
            line = line._replace(text=begun.text + line.text, at=begun.at)
        if whole or len(line.text) > decode.LONGEST:
            return line
        self._cut[key] = line
        return None

    def _items(self, line: Line) -> Iterator[Line]:
        """The documents of an array, printed on one line or on many."""
        text = line.text.rstrip()
        if self._bracket is not None:
            bracket, self._bracket = self._bracket, None
            self._array = text.lstrip().startswith("{")
            if not self._array:
                yield bracket
        if text == "[" and not self._array:
            self._bracket = line
        elif text.startswith("[{") and len(text) <= LONGEST_DOCUMENT and (items := _array(text)):
            for item in items:
                yield line._replace(text=item)
        elif not self._array:
            yield line
        elif text == "]":
            self._array = False
        elif text != ",":
            yield line


def _array(text: str) -> list[str]:
    try:
        items = loads(text)
    except ValueError:
        return []
    return [json.dumps(item) for item in items] if all(isinstance(item, dict) for item in items) else []


def _merged(line: Line, text: str, said: Mapping[str, str | None], when: float | None) -> Line:
    """The inner line; what an inner envelope says goes before what an outer one says."""
    return Line(
        text,
        line.at if when is None else when,
        line.level,
        said.get("pod") or line.pod,
        said.get("namespace") or line.namespace,
        said.get("container") or line.container,
        said.get("stream") or line.stream,
    )


def _inside(document: dict[str, Any], row: DocumentEnvelope) -> tuple[str, bool]:
    value = at(document, row.document or row.line)
    text = value if isinstance(value, str) else json.dumps(value)
    return text.rstrip("\r\n"), not row.cut or text.endswith("\n")


def _string(document: dict[str, Any], paths: tuple[str, ...]) -> str:
    found = (at(document, path) for path in paths)
    return next((str(each) for each in found if isinstance(each, str | int) and each != ""), "")


def _time(value: Any) -> str | float | None:
    return value if isinstance(value, str | int | float) else None
