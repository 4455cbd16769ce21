"""Command lines within a line of text: the passwords among their words, and those that ``echo`` gives to the next one.

Words are told apart as a shell does, and as lists of them are written: ``["curl", "-u", "me:X"]``. Each is looked at
once.
"""

from __future__ import annotations

import re
import sys

from opsconsole.masking.looks import MASK
from opsconsole.masking.names import listed
from opsconsole.masking.programs import PROGRAMS, CommandWords
from opsconsole.masking.wrappers import Wrapped, is_shells

_TOKEN = re.compile(r"\\++[\"'`]?|[\"'`]|\s++|[^\s\"'`\\]++")
_OPENS, _CLOSES = "[({,$#", ",;)]}"
_OPENED_BY = frozenset(",[({=:")
_SEPARATES = frozenset("|;&")
_LISTS = frozenset(",[]")
_ASSIGNED = frozenset(":[{")
_HERE = "<<<"
_BEFORE = frozenset(
    listed(
        """sudo env exec time nohup xargs then do run running ran executing executed command cmd $ # > + -- -c sh bash
        if while timeout watch"""
    )
)
"""Words behind which a command may begin."""

_BEGINS = frozenset(":[#$!")
"""Ends of words behind which one may: ``root@host:~#``, ``Cmd:["vault" "login"``."""

_PROSE = frozenset(
    listed(
        """a an and are as at attempt attempts by denied did does done down error failed failing failure finished for
        from has have in is it needed not of ok on or page please progress ready request requests required
        running succeeded successful successfully the timed to token unreachable up user was were when will
        with"""
    )
)
"""Words of a sentence about a program, rather than arguments of it: ``vault login failed``."""

_TAKES_INPUT = tuple(
    map(
        frozenset,
        (
            ("chpasswd",), ("kinit",), ("smbpasswd", "-s"), ("passwd", "--stdin"), ("sudo", "-S"), ("htpasswd", "-i"),
            ("--password-stdin",), ("vault", "login", "-"), ("gh", "--with-token"), ("su", "-c"), ("--passphrase-fd",),
        ),
    )
)  # fmt: skip
"""Words of commands that read a password from what is piped into them."""

_NAME = re.compile(r"[\w+-]++(?:\.\w++)*+")
_TELLING = {*PROGRAMS, *(word.lower() for each in _TAKES_INPUT for word in each), "-p", "--from-literal"}
"""One of these stands in a line, or nothing here is found in it."""

_MOST_WORDS = 64
"""Words of one ``echo`` that may be passwords, and of one command that are remembered."""

_LONGEST_WORD = 4096
"""Tokens of a flag with a quote: its end is looked for anew for each, and no further."""


def mask_commands(line: str) -> str:
    """``line`` without the passwords that are arguments of known programs."""
    if _TELLING.isdisjoint(_NAME.findall(line.lower())):
        return line
    return _Commands(_TOKEN.findall(line)).run()


class _Commands:
    """Goes over the tokens of a line, once."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0
        self._words = CommandWords()
        self._seen: set[str] = set()
        self._echoes = False
        self._echoed: list[int] = []
        self._piped: list[int] = []
        self._here = False
        self._begins = True
        self._wrapped = Wrapped()

    def run(self) -> str:
        """The line, masked."""
        while self._at < len(self._tokens):
            piece = self._tokens[self._at]
            if piece[-1] in "\"'`" and len(piece.lstrip("\\")) <= 1:
                self._quote(piece)
            elif not piece.isspace() and piece[0] != "\\":
                self._bare(piece)
            self._at += 1
        return "".join(self._tokens)

    def _quote(self, quote: str) -> None:
        """A quote: transparent, so that a command within it is read; unless what it holds is a password."""
        before = self._tokens[self._at - 1] if self._at else " "
        opens = before.isspace() or before[-1:] in _OPENED_BY
        if not opens or not (self._words.wants_password or self._here):
            self._begins = self._begins or quote == "`"
            return
        end = self._closing(self._at + 1, quote)
        inner = "".join(self._tokens[self._at + 1 : end])
        self._put(self._at + 1, end, self._judge(inner) or inner)
        self._at = end

    def _bare(self, piece: str) -> None:
        at, end = self._at, self._at + 1
        if piece[0] == ":" and at and self._tokens[at - 1][-1:] in {'"', "'"} and _ASSIGNED.issuperset(piece):
            self._separate(";")  # {"args":["redis-cli": what stands before it is a name
            return
        joined = piece[-1] == "=" and self._words.counts
        joined = joined or (piece[-1] in ":%" and self._words.wants_password)
        if piece[0] in "-/" or joined:  # -p'X', --user="me:X" and me:'X' are one word
            behind = self._tokens[end] if end < len(self._tokens) else ""
            if behind[-1:] in {'"', "'"} and (piece[-1] in "=:%" or not self._is_closing(at)):
                end = min(self._closing(end + 1, behind, _LONGEST_WORD) + 1, len(self._tokens))
        whole = "".join(self._tokens[at:end])
        bare = end == at + 1 and not self._words.wants_password and MASK not in whole
        word = whole.lstrip(_OPENS) if bare else whole
        lead = len(whole) - len(word)
        word = word.rstrip(_CLOSES) if bare else word
        if _SEPARATES.issuperset(whole) or not word or set(word) <= _LISTS:
            self._separate(whole)
            return
        masked = self._judge(word)
        if masked is not None:
            self._put(at, end, whole[:lead] + masked + whole[lead + len(word) :])
            self._at = end - 1
        if whole[-1] in _SEPARATES:
            self._separate(whole)

    def _is_closing(self, at: int) -> bool:
        """Whether the quote behind the word closes what one right before it has opened."""
        return at > 0 and self._tokens[at - 1] == self._tokens[at + 1]

    def _separate(self, mark: str) -> None:
        if not _SEPARATES & set(mark):
            return
        self._piped = self._echoed if mark[-1] == "|" else []
        self._words.ends()
        self._seen.clear()
        self._wrapped = Wrapped()
        self._echoes, self._echoed, self._here, self._begins = False, [], False, True

    def _judge(self, word: str) -> str | None:
        """The word, masked; ``None`` where it stays as it is."""
        name = word.rpartition("/")[2].lower()
        ours = name in PROGRAMS and bool(PROGRAMS[name].words)
        begins = self._wrapped.begins(word, known=ours, seen=self._seen) or self._begins
        self._begins = word.lower() in _BEFORE or word[-1:] in _BEGINS or "=" in word or is_shells(word)
        if self._here:
            self._here = False
            return _login(word)
        if word.startswith(_HERE) and self._takes_input():
            self._here = word == _HERE
            return None if self._here else _HERE + _login(word[len(_HERE) :])
        self._remember(word, begins=begins)
        if ours:
            if not begins and not self._words.counts:
                return None  # a sentence that speaks of it
            if begins and not self._words.has(name):  # git config
                self._words.ends()
                self._words.unsure, self._words.only_flags = self._wrapped.unsure, self._wrapped.hesitates
        found = self._words.secret(word)
        prose = found == (0, len(word)) and word.lower().rstrip(":,.") in _PROSE
        if found is None or prose or MASK[:-1] in word:
            return None
        begin, end = found
        if begin >= end:
            return None  # --password= and nothing behind it
        begin, end = begin + (word[begin] in "\"'"), end - (end - begin > 1 and word[end - 1] in "\"'")
        return word[:begin] + MASK + word[end:]

    def _remember(self, word: str, *, begins: bool) -> None:
        if self._echoes and word[:1] not in {"", "-"} and len(self._echoed) < _MOST_WORDS:
            self._echoed.append(self._at)
        self._echoes = self._echoes or (begins and word in {"echo", "printf"})
        if len(self._seen) < _MOST_WORDS:
            self._seen.add(word.rpartition("/")[2])
        if self._piped and self._takes_input():
            for at in self._piped:
                self._tokens[at] = _login(self._tokens[at])
            self._piped = []

    def _takes_input(self) -> bool:
        return any(each <= self._seen for each in _TAKES_INPUT)

    def _closing(self, at: int, quote: str, most: int = sys.maxsize) -> int:
        """Where the quote is that ends what begins at ``at``; the line's end, or ``most`` tokens on, if none is."""
        last = min(at + most, len(self._tokens))
        while at < last and self._tokens[at] != quote:
            at += 1
        return at

    def _put(self, begin: int, end: int, text: str) -> None:
        self._tokens[begin:end] = [text, *[""] * (end - begin - 1)]


def _login(word: str) -> str:
    """``user:password`` without its password; anything else is one."""
    user, colon, _ = word.partition(":")
    return word if word.startswith("%") else f"{user}:{MASK}" if colon else MASK
