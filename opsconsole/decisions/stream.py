"""Lines in, decisions out: an assembler for each source, then the parsers in turn; the rest stay plain lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from opsconsole.decisions.assembly import Assembler, Chunk
from opsconsole.decisions.document import dotted, duplicates
from opsconsole.decisions.entry import DecisionParser, Entry, plain
from opsconsole.decisions.json_parser import JsonParser
from opsconsole.decisions.text_parser import TextParser
from opsconsole.records import Decision, FieldValue, Ref
from opsconsole.text import clean, clean_line

MAX_BODY = 64 * 1024
"""Characters kept of one decision's body; a longer document ends in ``…``."""

MAX_SOURCES = 256
"""Sources with an assembler of their own; pods come and go, and the ones longest silent are finished first."""

BUILT_IN: tuple[DecisionParser, ...] = (JsonParser(), TextParser())
"""The parsers that opsconsole brings, in the order they are asked."""


class DecisionStream:
    """Turns lines into decisions. Not safe for several threads; the feed holds a lock around it.

    Args:
        parsers: asked in turn; the first that understands an entry has the word.
        name: begins the key of every decision (``name#7``), so that two streams never share keys.
        on_broken: told the parser's name and the error when a parser raises; the next parser is asked then.
    """

    def __init__(
        self,
        parsers: Sequence[DecisionParser] = BUILT_IN,
        name: str = "decisions",
        on_broken: Callable[[str, Exception], None] = lambda _name, _error: None,
    ) -> None:
        self._parsers = tuple(parsers)
        self._name = name
        self._on_broken = on_broken
        self._assemblers: dict[str, Assembler] = {}
        self._seq = 0

    @property
    def waiting(self) -> bool:
        """Is a document of any source unfinished? Then :meth:`flush` wants to be called later."""
        return any(assembler.waiting for assembler in self._assemblers.values())

    def feed(self, source: str, text: str, received: float, logged: float | None = None) -> list[Decision]:
        """Take one line and return the decisions that are whole now.

        Args:
            source: whose line it is; documents are assembled for each source by itself.
            text: the line as it came, with or without its line break.
            received: seconds since the epoch.
            logged: the kubelet's time of the line.
        """
        found: list[Decision] = []
        assembler = self._assemblers.pop(source, None) or Assembler()
        self._assemblers[source] = assembler
        if len(self._assemblers) > MAX_SOURCES:
            oldest = next(iter(self._assemblers))
            found += self._all(oldest, self._assemblers.pop(oldest).flush(received, force=True))
        return found + self._all(source, assembler.feed(text.rstrip("\r\n"), received, logged))

    def flush(self, now: float, *, force: bool = False) -> list[Decision]:
        """Give up documents that will not be finished; ``force`` at the end of the input."""
        found: list[Decision] = []
        for source, assembler in self._assemblers.items():
            found += self._all(source, assembler.flush(now, force=force))
        return found

    def _all(self, source: str, chunks: Sequence[Chunk]) -> list[Decision]:
        return [self._decision(source, chunk) for chunk in chunks]

    def _decision(self, source: str, chunk: Chunk) -> Decision:
        entry = Entry(
            source=clean_line(source),
            text=clean(chunk.text, len(chunk.text)),
            received=chunk.received,
            logged=chunk.logged,
            document=chunk.document,
            duplicates=tuple(dotted(path) for path in duplicates(chunk.document)) if chunk.document else (),
        )
        self._seq += 1
        key = f"{self._name}#{self._seq}"
        for parser in self._parsers:
            try:
                decision = parser.parse(entry)
                if decision is not None:
                    return finished(decision, entry, key, self._seq)
            except Exception as error:  # noqa: BLE001 - a plugin's parser may do anything; no line is lost for it
                self._on_broken(parser.name, error)
        return finished(plain(entry), entry, key, self._seq)


def finished(decision: Decision, entry: Entry, key: str, seq: int) -> Decision:
    """Give a parsed decision its key, number and source, and clean what its parser may have made up."""
    target = decision.target
    return msgspec.structs.replace(
        decision,
        key=key,
        seq=seq,
        received=entry.received,
        source=entry.source,
        level=clean_line(decision.level, 32),
        module=clean_line(decision.module, 253),
        message=clean_line(decision.message),
        action=clean_line(decision.action, 253),
        target=target
        and Ref(*(clean_line(part, 253) for part in (target.kind, target.namespace, target.name, target.uid))),
        fields=tuple(_field(field) for field in decision.fields),
        problems=tuple(clean_line(problem) for problem in decision.problems),
        query=clean_line(decision.query),
        body=clean(decision.body, MAX_BODY),
    )


def _field(field: FieldValue) -> FieldValue:
    return FieldValue(clean_line(field.path, 512), clean_line(field.value), field.number, clean_line(field.problem))
