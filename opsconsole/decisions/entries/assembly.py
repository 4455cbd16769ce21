"""Puts pretty-printed JSON together again, line by line; what is no JSON comes out as the line it was.

A document may begin at the end of a line, behind its head: ``… tool result: {``. It becomes one line with that head.

No string of JSON spans lines, so each line of a document is a row of whole tokens. A line that is not, or whose tokens
can't go on from where the document stands, was written between the document's lines by someone else: it is given on at
once and the document goes on waiting.
"""

from __future__ import annotations

from typing import NamedTuple

from opsconsole.decisions.entries.tables import HeadedTable
from opsconsole.decisions.entries.tracebacks import Tracebacks
from opsconsole.decisions.message.document import BLANKS, MAX_CHARACTERS, MAX_DEPTH, TOKEN, DocumentError, load
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late
from opsconsole.records import JsonObject

MAX_LINES = 5_000
"""Most lines of one document; a patch of a whole Deployment, pretty-printed, has some 300."""

MAX_LINE = 16 * 1024
"""Longest plain line in one piece: container runtimes cut there too. Longer ones come out in several pieces."""

QUIET_SECONDS = 2.0
"""A document that gets no line for so long will not be finished: it is written in one go, or its writer died."""

MAX_SECONDS = 10.0
"""A document that takes longer than this from its first line is given up, whatever still comes."""


MAX_HEAD = 500
"""Characters before the brace that opens a document at the end of a line."""


_BLANK_REST = late(r"\s*\Z")


_BETWEEN = wordset(", ] ], ,]")
"""What may stand after a document that is one of an array."""


class Chunk(NamedTuple):
    """One line as it came, or a whole document with what it says; ``logged`` is the time put on its first line."""

    text: str
    document: JsonObject | None
    received: float
    logged: float | None


class _Row(NamedTuple):
    """How far the tokens of a line go: up to ``end``, and whether they complete the document or break off."""

    end: int
    complete: bool
    broken: bool


class _Grammar:
    """A push-down automaton over JSON tokens: what is open, and what may come next."""

    def __init__(self) -> None:
        self.open: list[str] = []
        self.expect = "value"

    def copy(self) -> _Grammar:
        twin = _Grammar()
        twin.open, twin.expect = self.open.copy(), self.expect
        return twin

    @property
    def done(self) -> bool:
        return not self.open and self.expect == "end"

    def take(self, lexeme: str) -> bool:
        """Go on by one lexeme; false when JSON does not allow it here."""
        first = lexeme[0]
        if first == '"' or first not in "{}[]:,":
            return self._scalar(is_string=first == '"')
        if first in ":,":
            return self._separate(lexeme)
        return self._begin(lexeme) if first in "{[" else self._end(lexeme)

    def _begin(self, lexeme: str) -> bool:
        if lexeme == "[" and not self.open:
            return False  # a decision is an object; a line that begins with a bracket begins with a time
        if not self.expect.startswith("value") or len(self.open) >= MAX_DEPTH:
            return False
        self.open.append(lexeme)
        self.expect = "key or end" if lexeme == "{" else "value or end"
        return True

    def _end(self, lexeme: str) -> bool:
        if not self.open or self.open[-1] + lexeme not in ("{}", "[]") or not self.expect.endswith("end"):
            return False
        self.open.pop()
        self.expect = "comma or end" if self.open else "end"
        return True

    def _separate(self, lexeme: str) -> bool:
        if lexeme == ":" and self.expect == "colon":
            self.expect = "value"
            return True
        if lexeme == "," and self.expect == "comma or end":
            self.expect = "key" if self.open[-1] == "{" else "value"
            return True
        return False

    def _scalar(self, *, is_string: bool) -> bool:
        if self.expect.startswith("key") and is_string:
            self.expect = "colon"
            return True
        if self.expect.startswith("value") and self.open:
            self.expect = "comma or end"
            return True
        return False


class Assembler:
    """Assembles the lines of one source. Give every line to :meth:`feed`; call :meth:`flush` when time has passed."""

    def __init__(self) -> None:
        self._pending: list[Chunk] = []
        self._head = 0
        self._characters = 0
        self._grammar = _Grammar()
        self._tracebacks = Tracebacks()
        self._table = HeadedTable()
        self._traced: list[Chunk] = []

    @property
    def waiting(self) -> bool:
        """Is there an unfinished document or traceback?"""
        return bool(self._pending) or self._tracebacks.waiting

    def feed(self, text: str, received: float, logged: float | None = None) -> list[Chunk]:
        """Take one line (without its line break) and return what is whole now; blank lines outside documents go.

        Args:
            text: the line.
            received: when it came, in seconds that do not go back.
            logged: the time that the kubelet put on it, handed through.
        """
        # What goes on is one entry however far the times of a log are apart: in an archive they are all that passes.
        chunks = self.flush(received) if self._pending and not self._traced else []
        line = Chunk(text, None, received, logged)
        if self._head and len(self._pending) == 1 and not self._goes_on(text):
            chunks += self._give_up()
        if not self._pending and self._is_traced(line, chunks):
            return chunks
        if len(text) + self._characters > MAX_CHARACTERS:
            return chunks + self.flush(received, force=True) + _plain(line)
        if not self._pending:
            if not text.lstrip(BLANKS).startswith("{"):
                if text[-1:] == "{" and self._opens(line):
                    return chunks
                row = self._table.row(text)
                return chunks + (_plain(line) if row is None else [line._replace(document=row)])
            if whole := _single(line):
                return [*chunks, whole]
        start = 0
        while start < len(text) and not _BLANK_REST.match(text, start):
            end, found = self._step(line, start)
            chunks += found
            start = end
            if found and not self._pending and text[start:].strip() in _BETWEEN:
                break
        return chunks

    def flush(self, now: float, *, force: bool = False) -> list[Chunk]:
        """Give an unfinished document up once it is too old (or at once, by ``force``): its lines, as they came."""
        if self._traced and (force or now - self._traced[-1].received >= QUIET_SECONDS):
            return self._trace()
        if not self._pending:
            return []
        first, last = self._pending[0].received, self._pending[-1].received
        if force or now - last >= QUIET_SECONDS or now - first >= MAX_SECONDS or len(self._pending) >= MAX_LINES:
            return self._give_up()
        return []

    def _is_traced(self, line: Chunk, chunks: list[Chunk]) -> bool:
        """Whether the line goes on with a traceback or begins one; the one that it ends is added to the chunks."""
        takes = self._tracebacks.takes(line.text)
        if not takes and self._traced:
            chunks += self._trace()
            takes = self._tracebacks.takes(line.text)
        if takes:
            self._traced.append(line)
        return takes

    def _trace(self) -> list[Chunk]:
        """The traceback that was collected, as one entry."""
        if not self._traced:
            return []
        first, self._traced = self._traced[0], []
        return [Chunk(self._tracebacks.take(), None, first.received, first.logged)]

    def _opens(self, line: Chunk) -> bool:
        """Does a document begin at the end of a line? Then it waits for the rest of it."""
        if len(line.text) > MAX_HEAD or line.text[-2:-1] not in _BEFORE_OPENING or len(line.text) < _SHORTEST_HEAD:
            return False
        if _HEAD.search(line.text, 0, len(line.text) - 1) is None:
            return False
        grammar = _Grammar()
        grammar.take("{")
        self._wait(line, grammar)
        self._head = len(line.text) - 1
        return True

    def _goes_on(self, text: str) -> bool:
        """Does a line go on with a document that a head stands before? Nothing is held up by what only looks so."""
        return text.lstrip(BLANKS)[:1] == '"' and not _read(text, 0, self._grammar.copy()).broken

    def _step(self, line: Chunk, start: int) -> tuple[int, list[Chunk]]:
        """Use ``line`` up from ``start`` to the place that is returned."""
        grammar = self._grammar.copy() if self._pending else _Grammar()
        row = _read(line.text, start, grammar)
        if row.complete and self._head:
            return len(line.text), self._complete(line, line.text[row.end :])
        if row.complete:
            return row.end, self._complete(_part(line, start, row.end))
        if not row.broken:
            self._wait(_part(line, start, len(line.text)), grammar)
            return row.end, []
        return self._interleaved(line, start)

    def _interleaved(self, line: Chunk, start: int) -> tuple[int, list[Chunk]]:
        """A line that does not go on from the unfinished document: someone else's, or the document broke off."""
        grammar = _Grammar()
        row = _read(line.text, start, grammar) if self._pending else _Row(start, complete=False, broken=True)
        if row.complete:
            other = _part(line, start, row.end)
            whole = _single(other)
            return row.end, [whole] if whole else _plain(other)
        rest = _part(line, start, len(line.text))
        if row.broken:
            return len(line.text), _plain(rest)
        chunks = self._give_up()
        self._wait(rest, grammar)
        return row.end, chunks

    def _wait(self, line: Chunk, grammar: _Grammar) -> None:
        self._pending.append(line)
        self._characters += len(line.text) + 1
        self._grammar = grammar

    def _complete(self, last: Chunk, behind: str = "") -> list[Chunk]:
        first = self._pending[0] if self._pending else last
        text = "\n".join(line.text for line in (*self._pending, last))
        try:
            document = load(text[self._head : len(text) - len(behind)])
        except DocumentError:
            self._pending.append(last)
            return self._give_up()
        headed = self._head > 0
        if headed and _COMMANDS.search(text):
            self._pending.append(last)
            return self._give_up()  # each command of a list is read by itself
        self._pending, self._head, self._characters = [], 0, 0
        text = _in_one_line(text) if headed else text
        return [Chunk(text, None if headed else document, first.received, first.logged)]

    def _give_up(self) -> list[Chunk]:
        lines, self._pending, self._head, self._characters = self._pending, [], 0, 0
        return [chunk for line in lines for chunk in _plain(line)]


def _in_one_line(text: str) -> str:
    """A head with its document as programs write both in one line."""
    found = ""
    for part in map(str.strip, text.split("\n")):
        found += part if not found or found[-1] in "{[" or part[:1] in ("}", "]") else f" {part}"
    return found


_HEAD = late(
    r"^[^a-z=>;]{0,60}(?:\[?[\w./-]{1,60}[\]:]{0,2}(?: [-|:])? )?"
    r"(?i:(?:(?:tool|function|action|step)[ _-])?(?:calls?[ _-])?(?:result|output|response|answer|observation|returned)"
    r"(?: [\w-]{1,60})?|"
    r"(?:calling|invoking|executing|running|using)(?: (?:the )?(?:tool|function))? "
    r"['\"`]?[a-z]{1,30}(?:_[a-z0-9]{1,30}){1,6}['\"`]?(?: with)?(?: (?:args|arguments|input|params|parameters))?)"
    r" ?[:=]? ?$"
)
"""All that may stand before the document: what a tool returned, or what it is called with; no deed in words."""
_COMMANDS = late(r"\b(?:kubectl|oc|helm|terraform|tofu|aws|az|gcloud|eksctl|curl|argocd|flux) ")
"""What begins a command in a string of a document."""


_BEFORE_OPENING = (" ", ":", "=")
_SHORTEST_HEAD = 12
"""What stands before a brace that opens a document; shorter lines are code, or a part of a document."""


def _read(text: str, start: int, grammar: _Grammar) -> _Row:
    """Move ``grammar`` over the tokens of a line until the document is complete, the line ends or does not fit."""
    position = start
    while position < len(text):
        match = TOKEN.match(text, position)
        if match is None or not grammar.take(lexeme := match[match.lastgroup or 0]):
            return _Row(position, complete=False, broken=True)
        position = match.end()
        if lexeme in ("}", "]") and grammar.done:
            return _Row(position, complete=True, broken=False)
    return _Row(position, complete=False, broken=False)


def _single(line: Chunk) -> Chunk | None:
    """The common case, read at the speed of C: one document on one line."""
    try:
        return Chunk(line.text, load(line.text), line.received, line.logged)
    except DocumentError:
        return None


def _part(line: Chunk, start: int, end: int) -> Chunk:
    """A part of a line, which mostly is the whole of it."""
    return line if not start and end == len(line.text) else line._replace(text=line.text[start:end])


def _plain(line: Chunk) -> list[Chunk]:
    if len(line.text) <= MAX_LINE:
        return [] if not line.text or line.text.isspace() else [line]
    pieces = [line.text[start : start + MAX_LINE] for start in range(0, len(line.text), MAX_LINE)]
    return [Chunk(piece, None, line.received, line.logged) for piece in pieces if not piece.isspace()]
