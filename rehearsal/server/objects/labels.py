"""The grammar of label selectors: ``app=api,tier!=web,env in (a,b),!old``."""

from __future__ import annotations

import re
from typing import NamedTuple

from rehearsal.server.objects import errors

_WORD = re.compile(r"\s*(?P<symbol>==|!=|[=!,()<>])|\s*(?P<word>[^\s=!,()<>]+)")
_KEY = re.compile(r"([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?")
_OPERATORS = ("in", "notin", "=", "==", "!=", ">", "<")
_OPERATORS_IN_WORDS = "in, notin, =, ==, !=, gt, lt"


class Requirement(NamedTuple):
    """One part of a selector; ``operator`` is ``in``, ``notin``, ``exists`` or ``absent``."""

    key: str
    operator: str
    values: frozenset[str] = frozenset()

    def met_by(self, labels: dict[str, str]) -> bool:
        """Whether ``labels`` meet it."""
        value = labels.get(self.key)
        match self.operator:
            case "in":
                return value in self.values
            case "notin":
                return value not in self.values
            case "exists":
                return value is not None
            case _:
                return value is None


def parse(text: str) -> list[Requirement]:
    """Read a selector.

    Raises:
        ApiError: 400 in the real parser's words.
    """
    words = [found["symbol"] or found["word"] for found in _WORD.finditer(text)]
    return _Parser(words).requirements()


class _Parser:
    def __init__(self, words: list[str]) -> None:
        self._words = words
        self._at = 0

    def requirements(self) -> list[Requirement]:
        found: list[Requirement] = []
        while self._peek():
            if self._peek() != "!" and not self._is_word(self._peek()):
                raise errors.bad_request(f"found '{self._peek()}', expected: !, identifier, or 'end of string'")
            found.append(self._requirement())
            separator = self._next()
            if not separator:
                break
            if separator != ",":
                raise errors.bad_request(f"found '{separator}', expected: ',' or 'end of string'")
            if self._peek() != "!" and not self._is_word(self._peek()):
                raise errors.bad_request(f"found '{self._peek()}', expected: identifier after ','")
        return found

    def _peek(self) -> str:
        return self._words[self._at] if self._at < len(self._words) else ""

    def _next(self) -> str:
        word = self._peek()
        self._at += 1
        return word

    @staticmethod
    def _is_word(word: str) -> bool:
        return bool(word) and word[0] not in "=!,()<>"

    def _requirement(self) -> Requirement:
        if self._peek() == "!":
            self._next()
            return Requirement(self._key(), "absent")
        key = self._key()
        operator = self._peek()
        if operator in (",", ""):
            return Requirement(key, "exists")
        if operator not in _OPERATORS:
            raise _unreadable(f"found '{operator}', expected: {_OPERATORS_IN_WORDS}")
        self._next()
        if operator in ("in", "notin"):
            return Requirement(key, operator, self._values())
        value = self._peek()
        if value and value != "," and not self._is_word(value):
            raise _unreadable(f"found '{value}', expected: identifier")
        if self._is_word(value):
            self._next()
        return Requirement(key, "notin" if operator == "!=" else "in", frozenset({value.strip(",")}))

    def _key(self) -> str:
        key = self._next()
        if not self._is_word(key):
            raise _unreadable(f"found '{key}', expected: identifier")
        if not _KEY.fullmatch(key):
            raise _unreadable(f'<nil>: Invalid value: "{key}"')
        return key

    def _values(self) -> frozenset[str]:
        opened = self._next()
        if opened != "(":
            raise _unreadable(f"found '{opened}' expected: '('")
        values = set()
        while (word := self._next()) != ")":
            if not self._is_word(word):
                raise _unreadable(f"found '{word}', expected: ',', ')' or identifier")
            values.add(word)
            after = self._next()
            if after == ")":
                break
            if after != ",":
                raise _unreadable(f"found '{after}', expected: ',' or ')'")
        return frozenset(values)


def _unreadable(why: str) -> errors.ApiError:
    return errors.bad_request(f"unable to parse requirement: {why}")
