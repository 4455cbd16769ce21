"""Reads a journal back, and says whether it is as it was written: edits, cuts, reorderings, torn lines."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from opsconsole.files.trust import check_folder, read_own
from opsconsole.journal.entry import GENESIS, JournalEntry, line_digest, parse
from opsconsole.journal.writer import FILE, HEAD, JournalError, read_head
from opsconsole.records import Record


class Problem(Record, frozen=True):
    """What is wrong at one line (1-based; 0: not at a line). ``torn``: a write that was cut short, and no more."""

    line: int
    text: str
    torn: bool = False

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}" if self.line else self.text


class Report(Record, frozen=True):
    """What :func:`verify` found. ``head`` is the newest entry's hash, to be compared with one noted elsewhere."""

    entries: int
    seq: int
    head: str
    problems: tuple[Problem, ...] = ()

    @property
    def status(self) -> str:
        """``intact``; ``torn``: some write was cut short, everything else is intact; ``broken``: it was changed."""
        if not self.problems:
            return "intact"
        return "torn" if all(problem.torn for problem in self.problems) else "broken"


def read_entries(folder: Path) -> list[JournalEntry]:
    """Every entry that can be read, oldest first; lines that are none are left out (:func:`verify` tells of them).

    Raises:
        JournalError: there is a journal but it can't be read.
    """
    data = _read(folder)
    found = [entry for _, _, entry in _lines(data) if entry is not None]
    _refuse_junk(folder, data, found)
    return found


def read_checked(folder: Path) -> tuple[list[JournalEntry], dict[int, str]]:
    """Every entry that can be read, and what is wrong with those that must not be acted on, by their number.

    What is wrong with the journal itself (lines that are no entries, an end that was cut off) stands under 0.

    Raises:
        JournalError: there is a journal but it can't be read.
    """
    check, entries, data = _Check(), [], _read(folder)
    for number, raw, entry in _lines(data):
        check.line(number, raw, entry)
        if entry is not None:
            entries.append(entry)
    _refuse_junk(folder, data, entries)
    check.end(read_head(folder), (folder / HEAD).exists())
    broken = [str(problem) for problem in check.problems if not problem.torn]
    if broken and not check.doubted:
        check.doubted[0] = f"{broken[0]} (`opsconsole journal verify` says more)"
    return entries, check.doubted


def verify(folder: Path, expected: str = "") -> Report:
    """Check every line, the chain, and the end.

    A chain without a secret proves that nothing was changed *by something that did not make the chain anew*. Whoever
    can write the folder can do that; hence ``expected``: the hash of any entry that was noted elsewhere (the screen
    and the command line show it after each action).

    Raises:
        JournalError: there is a journal but it can't be read.
    """
    check = _Check()
    for number, raw, entry in _lines(_read(folder)):
        check.line(number, raw, entry)
    check.end(read_head(folder), (folder / HEAD).exists())
    if expected and expected not in check.hashes.values():
        check.problems.append(Problem(0, f"the noted entry {expected} is not in the journal: it was written anew"))
    return Report(len(check.hashes), check.seq, check.prev, tuple(check.problems))


class _Check:
    """The state of one verification."""

    def __init__(self) -> None:
        self.seq = 0
        self.prev = GENESIS
        self.hashes: dict[int, str] = {}
        self.problems: list[Problem] = []
        self.doubted: dict[int, str] = {}
        self._junk = bytearray()
        self._junk_line = 0

    def line(self, number: int, raw: bytes, entry: JournalEntry | None) -> None:
        if entry is None:
            self._junk_line = self._junk_line or number
            self._junk += raw
            return
        self._explain_junk(number, entry)
        if line_digest(raw) != entry.hash:
            self._doubt(number, f"entry {entry.seq} was edited: its hash does not fit it", entry.seq)
        elif entry.seq != self.seq + 1:
            words = f"entry {entry.seq} follows entry {self.seq}: entries were cut, added or reordered"
            self._doubt(number, words, entry.seq, self.seq)
        elif entry.prev != self.prev:
            words = f"entry {entry.seq} does not follow from entry {self.seq}: that one was exchanged"
            self._doubt(number, words, self.seq)
        if not raw.endswith(b"\n"):
            self.problems.append(Problem(number, "the last line lacks its end", torn=True))
        if "lost_up_to" in entry.body:
            self._broken(
                number, f"entries up to {entry.body['lost_up_to']} had been cut off when entry {entry.seq} came"
            )
        self.seq, self.prev = entry.seq, entry.hash
        self.hashes[entry.seq] = entry.hash

    def _explain_junk(self, number: int, entry: JournalEntry) -> None:
        junk, line = self._junk, self._junk_line
        self._junk, self._junk_line = bytearray(), 0
        size = entry.body.get("bytes", 0) if entry.kind == "recovered" else 0
        if not junk and not size:
            return
        digests = {hashlib.sha256(junk).hexdigest(), hashlib.sha256(junk.removesuffix(b"\n")).hexdigest()}
        if size and entry.body.get("sha256") in digests:
            words = f"a torn line of {size} bytes (a crash or a full disk), which entry {entry.seq} tells of"
            self.problems.append(Problem(line, words, torn=True))
        else:
            self._broken(line or number, "this is not an entry as it was written: it was edited or damaged")

    def end(self, head: tuple[int, str] | None, head_exists: bool) -> None:
        cut = head is not None and head[0] > self.seq
        if self._junk and (cut or b"\n" in self._junk):
            self._broken(self._junk_line, "this is not an entry as it was written: it was edited or cut")
        elif self._junk:
            words = (
                f"a torn last line of {len(self._junk)} bytes: the console died, or the disk was full, in the middle"
            )
            self.problems.append(Problem(self._junk_line, words, torn=True))
        if head is None and (self.hashes or self._junk or head_exists):
            self._broken(0, f"{HEAD} is missing or unreadable: nothing says whether the end was cut off")
        elif head is not None and cut:
            self._broken(0, f"the end was cut off: entry {head[0]} was written, the last one here is {self.seq}")
        elif head is not None and self.hashes.get(head[0]) != head[1]:
            self._doubt(0, f"entry {head[0]} is not the one that {HEAD} knows", head[0])

    def _doubt(self, line: int, text: str, *numbers: int) -> None:
        self._broken(line, text)
        self.doubted |= {number: text for number in numbers if number not in self.doubted}

    def _broken(self, line: int, text: str) -> None:
        self.problems.append(Problem(line, text))


def _read(folder: Path) -> bytes:
    path = folder / FILE
    try:
        if folder.exists():
            check_folder(folder, reading=True)
        return read_own(path)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise JournalError(f"the journal {path} can't be read: {error.strerror or error}") from error


def _refuse_junk(folder: Path, data: bytes, found: list[JournalEntry]) -> None:
    """A journal in which nothing is an entry is none that says that nothing was done."""
    if data and not found:
        words = f"none of its {len(data)} bytes is an entry"
        raise JournalError(f"the journal {folder / FILE} can't be read: {words}; what was done from here is not known")


def _lines(data: bytes) -> Iterator[tuple[int, bytes, JournalEntry | None]]:
    for number, raw in enumerate(_split(data), 1):
        yield number, raw, parse(raw.removesuffix(b"\n"))


def _split(data: bytes) -> list[bytes]:
    parts = data.split(b"\n")
    return [part + b"\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])
