"""Lines in, decisions out: an assembler for each source, then the parsers in turn; the rest stay plain lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import tzinfo

import msgspec

from opsconsole.decisions.entries.assembly import Assembler, Chunk
from opsconsole.decisions.entry import DecisionParser, Entry, plain
from opsconsole.decisions.envelopes.peel import Line, Peeler
from opsconsole.decisions.head.local_time import LocalTimes
from opsconsole.decisions.message.document import dotted, duplicates
from opsconsole.decisions.reader import LayeredReader
from opsconsole.decisions.sources.source import OptimizerOf, nobody
from opsconsole.decisions.words import verbs
from opsconsole.records import Decision, EntryReading, FieldValue, Mood, Ref
from opsconsole.text import clean, clean_line

MAX_BODY = 64 * 1024
"""Characters kept of one decision's body; a longer document ends in ``…``."""

LONGEST_NAME = 253
"""Characters kept of a name, a kind, a logger: as many as a name of Kubernetes may have."""

LONGEST_LEVEL = 32
"""Characters kept of a level."""

MAX_SOURCES = 256
"""Sources with an assembler of their own; pods come and go, and the ones longest silent are finished first."""

MAX_ACTIONS = 100
"""Decisions of one entry."""

BUILT_IN: tuple[DecisionParser, ...] = (LayeredReader(),)
"""The parser that opsconsole brings; it reads every entry, if only as the line that it is."""


class _Source:
    """One source: its envelopes, and an assembler for each container whose lines they tell apart."""

    def __init__(self) -> None:
        self.peeler = Peeler()
        self.assemblers: dict[str, tuple[Assembler, Line]] = {}

    @property
    def waiting(self) -> bool:
        return self.peeler.waiting or any(assembler.waiting for assembler, _ in self.assemblers.values())


class DecisionStream:
    """Turns lines into decisions. Not safe for several threads; the feed holds a lock around it.

    Args:
        parsers: asked in turn; the first that understands an entry has the word.
        name: begins the key of every decision (``name#7``), so that two streams never share keys.
        on_broken: told the parser's name and the error when a parser raises; the next parser is asked then.
        today: tells the year of times that have none, in seconds since the epoch; ``None``: when a line is received.
        optimizer: tells the configured optimizer whose source it is by the source's name; empty: not known.
        zone: what times without a zone are in; ``None``: UTC, or what the kubelet's stamps tell.
    """

    def __init__(
        self,
        parsers: Sequence[DecisionParser] = BUILT_IN,
        name: str = "decisions",
        on_broken: Callable[[str, Exception], None] = lambda _name, _error: None,
        today: float | None = None,
        *,
        optimizer: OptimizerOf = nobody,
        zone: tzinfo | None = None,
    ) -> None:
        self._today = today
        self._optimizer = optimizer
        self._times = LocalTimes(zone)
        self._parsers = tuple(parsers)
        self._name = name
        self._on_broken = on_broken
        self._sources: dict[str, _Source] = {}
        self._seq = 0

    @property
    def waiting(self) -> bool:
        """Is an entry of any source unfinished? Then :meth:`flush` wants to be called later."""
        return any(source.waiting for source in self._sources.values())

    def feed(self, source: str, text: str, received: float, logged: float | None = None) -> list[Decision]:
        """Take one line and return the decisions that are whole now.

        Args:
            source: whose line it is; envelopes and documents are put together for each source by itself.
            text: the line as it came, with or without its line break.
            received: seconds since the epoch.
            logged: the kubelet's time of the line.
        """
        found: list[Decision] = []
        known = self._sources.pop(source, None) or _Source()
        self._sources[source] = known
        if len(self._sources) > MAX_SOURCES:
            oldest = next(iter(self._sources))
            found += self._end(oldest, self._sources.pop(oldest), received)
        for line in known.peeler.open(text.rstrip("\r\n"), self._now(received), logged):
            found += self._line(source, known, line, received)
        return found

    def flush(self, now: float, *, force: bool = False) -> list[Decision]:
        """Give up entries that will not be finished; ``force`` at the end of the input."""
        found: list[Decision] = []
        for name, source in self._sources.items():
            if force:
                found += self._end(name, source, now)
                continue
            for assembler, line in source.assemblers.values():
                found += self._all(name, line, assembler.flush(now))
        return found

    def take(self, entry: Entry) -> list[Decision]:
        """Take an entry that is whole as it comes, such as an event, and return its decisions."""
        found = self._parsed(entry)
        times = self._times.right(entry.source, [each.at for each in found], entry.logged, entry.text)
        return [self._numbered(decision, entry, at) for decision, at in zip(found, times, strict=True)]

    def _line(self, name: str, source: _Source, line: Line, received: float) -> list[Decision]:
        found: list[Decision] = []
        origin = line.origin
        known = source.assemblers.pop(origin, None)
        assembler = known[0] if known is not None else Assembler()
        source.assemblers[origin] = assembler, line
        if len(source.assemblers) > MAX_SOURCES:
            oldest, last = source.assemblers.pop(next(iter(source.assemblers)))
            found += self._all(name, last, oldest.flush(received, force=True))
        return found + self._all(name, line, assembler.feed(line.text, received, line.at))

    def _end(self, name: str, source: _Source, now: float) -> list[Decision]:
        found: list[Decision] = []
        for line in source.peeler.rest():
            found += self._line(name, source, line, now)
        for assembler, line in source.assemblers.values():
            found += self._all(name, line, assembler.flush(now, force=True))
        return found

    def _all(self, source: str, line: Line, chunks: Sequence[Chunk]) -> list[Decision]:
        return [decision for chunk in chunks for decision in self._decisions(source, line, chunk)]

    def _decisions(self, source: str, line: Line, chunk: Chunk) -> list[Decision]:
        entry = Entry(
            source=clean_line(source),
            optimizer=self._optimizer(source),
            text=clean(chunk.text, len(chunk.text)),
            received=chunk.received,
            logged=chunk.logged,
            today=self._now(chunk.received),
            document=chunk.document,
            level=line.level,
            origin=clean_line(line.origin),
            duplicates=tuple(dotted(path) for path in duplicates(chunk.document)) if chunk.document else (),
        )
        return self.take(entry)

    def _now(self, received: float) -> float:
        return received if self._today is None else self._today

    def _parsed(self, entry: Entry) -> Sequence[Decision]:
        for parser in self._parsers:
            try:
                found = parser.parse(entry)
            except Exception as error:  # noqa: BLE001 - a plugin's parser may do anything; no line is lost for it
                self._on_broken(parser.name, error)
                continue
            if found is None:
                continue
            decisions = [found] if isinstance(found, Decision) else list(found)[:MAX_ACTIONS]
            if decisions and all(isinstance(each, Decision) for each in decisions):
                return decisions
            self._on_broken(parser.name, TypeError(f"a parser returns decisions or None, not {type(found).__name__}"))
        return [plain(entry)]

    def _numbered(self, decision: Decision, entry: Entry, at: float | None) -> Decision:
        self._seq += 1
        decision = finished(decision, entry, f"{self._name}#{self._seq}", self._seq)
        return decision if at == decision.at else msgspec.structs.replace(decision, at=at)


def finished(decision: Decision, entry: Entry, key: str, seq: int) -> Decision:
    """Give a parsed decision its key, number and source, and clean what its parser may have made up."""
    verb, mood = _verb_and_mood(decision)
    if not _is_clean(decision):
        decision = _cleaned(decision)
    return msgspec.structs.replace(
        decision,
        key=key,
        seq=seq,
        received=entry.received,
        source=entry.source,
        optimizer=clean_line(entry.optimizer, LONGEST_NAME),
        message=clean_line(decision.message),
        query=clean_line(decision.query),
        body=clean(decision.body, MAX_BODY),
        verb=verb,
        mood=mood,
        targets=decision.targets or ((decision.target,) if decision.target else ()),
        attributes=dict(decision.attributes),
        reading=EntryReading.ACTION if verb else decision.reading,
    )


def _is_clean(decision: Decision) -> bool:
    """Whether the short texts of a decision are clean already, as nearly all are: asked once for all of them."""
    texts = [decision.module, decision.action, *decision.problems, *decision.attributes, *decision.attributes.values()]
    for ref in decision.targets if decision.target is None else (decision.target, *decision.targets):
        texts += (ref.kind, ref.namespace, ref.name, ref.uid)
    for field in decision.fields:
        texts += (field.path, field.value, field.problem, field.before)
    together = decision.level + "".join(texts)
    short = len(decision.level) <= LONGEST_LEVEL and max(map(len, texts)) <= LONGEST_NAME
    return short and together.isascii() and together.isprintable()


def _cleaned(decision: Decision) -> Decision:
    target = decision.target
    return msgspec.structs.replace(
        decision,
        level=clean_line(decision.level, LONGEST_LEVEL),
        module=clean_line(decision.module, LONGEST_NAME),
        action=clean_line(decision.action, LONGEST_NAME),
        target=target and _ref(target),
        targets=tuple(_ref(each) for each in decision.targets),
        attributes={clean_line(key, LONGEST_NAME): clean_line(value) for key, value in decision.attributes.items()},
        fields=tuple(_field(field) for field in decision.fields),
        problems=tuple(clean_line(problem) for problem in decision.problems),
    )


def _ref(ref: Ref) -> Ref:
    return Ref(*(clean_line(part, LONGEST_NAME) for part in (ref.kind, ref.namespace, ref.name, ref.uid)))


def _verb_and_mood(decision: Decision) -> tuple[str, str]:
    """The verb and mood of a decision, told by its action and problems where its parser leaves them out."""
    verb = decision.verb or ("query" if decision.action == "query" else "")
    if not verb and (named := verbs.of_name(decision.action)):
        verb = named.verb
    mood = decision.mood
    if verb and verb != "query" and not mood:
        failed = any(problem.startswith("failed") for problem in decision.problems)
        mood = Mood.REFUSED if failed else Mood.PLANNED
    return verb, mood


def _field(field: FieldValue) -> FieldValue:
    return msgspec.structs.replace(
        field,
        path=clean_line(field.path, 512),
        value=clean_line(field.value),
        problem=clean_line(field.problem),
        before=clean_line(field.before),
    )
