"""PromQL as a tree: a tokenizer and a parser by precedence."""

from __future__ import annotations

import re
from typing import NamedTuple, TypeAlias

_STRING = r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|`[^`]*`"
_TOKEN = re.compile(
    rf"\s*(?:#[^\n]*\s*)*(?:(?P<string>{_STRING})"
    r"|(?P<duration>(?:\d+(?:ms|[smhdwy]))+)(?![\w.])"
    r"|(?P<number>0x[0-9a-fA-F]+|\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+|(?:NaN|Inf)\b)"
    r"|(?P<name>[a-zA-Z_][\w:]*)"
    r"|(?P<operator>=~|!~|!=|==|<=|>=|[-+*/%^<>=(){}\[\],:@]))"
)
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0, "y": 31536000.0}
_PRECEDENCE = {"or": 1, "and": 2, "unless": 2, "==": 3, "!=": 3, "<": 3, ">": 3, "<=": 3, ">=": 3,
               "+": 4, "-": 4, "*": 5, "/": 5, "%": 5, "^": 6}  # fmt: skip
COMPARISONS = frozenset({"==", "!=", "<", ">", "<=", ">="})
AGGREGATIONS = frozenset({"sum", "avg", "min", "max", "count", "group", "topk", "bottomk", "quantile"})


class PromqlError(ValueError):
    """The query can't be read, or asks for something that this PromQL doesn't have."""


class NumberLiteral(NamedTuple):
    """A literal."""

    value: float


class Text(NamedTuple):
    """A string literal."""

    value: str


class Match(NamedTuple):
    """One ``label="value"``."""

    label: str
    operator: str
    value: str


class Select(NamedTuple):
    """A vector selector; ``window`` seconds make it a range vector."""

    name: str
    matches: tuple[Match, ...]
    window: float = 0.0
    offset: float = 0.0


class FunctionCall(NamedTuple):
    """A function call."""

    name: str
    arguments: tuple[Node, ...]


class Aggregate(NamedTuple):
    """An aggregation; ``labels`` are kept (``by``) or dropped (``without``)."""

    name: str
    of: Node
    labels: tuple[str, ...]
    without: bool
    parameter: Node | None = None


class Binary(NamedTuple):
    """A binary operation; ``on`` are the labels to match by, ``None``: all."""

    operator: str
    left: Node
    right: Node
    on: tuple[str, ...] | None = None
    ignoring: tuple[str, ...] = ()
    as_bool: bool = False


class Negative(NamedTuple):
    """A unary minus."""

    of: Node


Node: TypeAlias = NumberLiteral | Text | Select | FunctionCall | Aggregate | Binary | Negative


class PromqlToken(NamedTuple):
    """One word of a query."""

    kind: str
    text: str


def tokens(query: str) -> list[PromqlToken]:
    """Cut a query into words.

    Raises:
        QueryError: there is something that is no word.
    """
    found, place = [], 0
    query = query.rstrip()
    while place < len(query):
        match = _TOKEN.match(query, place)
        if match is None or match.lastgroup is None:
            raise PromqlError(f"1:{place + 1}: parse error: unexpected character: {query[place : place + 1]!r}")
        found.append(PromqlToken(match.lastgroup, match[match.lastgroup]))
        place = match.end()
    return found


def parse(query: str) -> Node:
    """Read a query.

    Raises:
        QueryError: it is no PromQL, or more than this one knows.
    """
    parser = _Parser(tokens(query))
    node = parser.expression(0)
    parser.end()
    return node


class _Parser:
    def __init__(self, words: list[PromqlToken]) -> None:
        self._words = words
        self._at = 0

    def expression(self, least: int) -> Node:
        left = self._unary()
        while (operator := self._peek().text) in _PRECEDENCE and _PRECEDENCE[operator] >= least:
            if self._peek().kind == "string":
                break
            self._next()
            as_bool = self._take("bool")
            on, ignoring = self._matching()
            level = _PRECEDENCE[operator]
            right = self.expression(level if operator == "^" else level + 1)
            left = Binary(operator, left, right, on, ignoring, as_bool)
        return left

    def end(self) -> None:
        if self._at < len(self._words):
            raise PromqlError(f"parse error: unexpected {self._peek().text!r}")

    def _peek(self) -> PromqlToken:
        return self._words[self._at] if self._at < len(self._words) else PromqlToken("end", "")

    def _next(self) -> PromqlToken:
        word = self._peek()
        self._at += 1
        return word

    def _take(self, text: str) -> bool:
        if self._peek().text == text and self._peek().kind in ("name", "operator"):
            self._at += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise PromqlError(f"parse error: unexpected {self._peek().text or 'end of input'!r}, expected {text!r}")

    def _matching(self) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
        on: tuple[str, ...] | None = None
        ignoring: tuple[str, ...] = ()
        if self._take("on"):
            on = self._labels()
        elif self._take("ignoring"):
            ignoring = self._labels()
        if self._peek().text in ("group_left", "group_right"):
            raise PromqlError("group_left and group_right are not known in the rehearsal")
        return on, ignoring

    def _unary(self) -> Node:
        if self._take("-"):
            return Negative(self._unary())
        self._take("+")
        return self._postfix(self._primary())

    def _primary(self) -> Node:
        word = self._next()
        if word.kind == "number":
            return NumberLiteral(float(int(word.text, 16) if word.text.startswith("0x") else word.text))
        if word.kind == "string":
            return Text(_unquoted(word.text))
        if word.text == "(":
            inner = self.expression(0)
            self._expect(")")
            return inner
        if word.text == "{":
            return Select("", self._matches())
        if word.kind == "name":
            return self._named(word.text)
        raise PromqlError(f"parse error: unexpected {word.text or 'end of input'!r}")

    def _named(self, name: str) -> Node:
        if name in AGGREGATIONS and self._peek().text in ("(", "by", "without"):
            return self._aggregate(name)
        if self._take("("):
            return FunctionCall(name, self._arguments())
        return Select(name, self._matches() if self._take("{") else ())

    def _arguments(self) -> tuple[Node, ...]:
        found: list[Node] = []
        while not self._take(")"):
            found.append(self.expression(0))
            if self._peek().text != ")":
                self._expect(",")
        return tuple(found)

    def _aggregate(self, name: str) -> Node:
        labels, without = self._grouping()
        self._expect("(")
        arguments = self._arguments()
        if not labels and not without:
            labels, without = self._grouping()
        if not arguments:
            raise PromqlError(f"parse error: {name} of nothing")
        parameter = arguments[0] if len(arguments) > 1 else None
        return Aggregate(name, arguments[-1], labels, without, parameter)

    def _grouping(self) -> tuple[tuple[str, ...], bool]:
        if self._take("by"):
            return self._labels(), False
        if self._take("without"):
            return self._labels(), True
        return (), False

    def _labels(self) -> tuple[str, ...]:
        self._expect("(")
        found = []
        while not self._take(")"):
            found.append(self._next().text)
            self._take(",")
        return tuple(found)

    def _matches(self) -> tuple[Match, ...]:
        found = []
        while not self._take("}"):
            label, operator, value = self._next(), self._next(), self._next()
            if operator.text not in ("=", "!=", "=~", "!~") or value.kind != "string":
                raise PromqlError(f"parse error: unexpected {operator.text!r} in label matching")
            found.append(Match(label.text, operator.text, _unquoted(value.text)))
            self._take(",")
        return tuple(found)

    def _postfix(self, node: Node) -> Node:
        if self._take("["):
            window = _seconds(self._next())
            if self._take(":"):
                raise PromqlError("subqueries are not known in the rehearsal")
            self._expect("]")
            if not isinstance(node, Select):
                raise PromqlError("parse error: ranges only allowed for vector selectors")
            node = node._replace(window=window)
        if self._take("offset"):
            sign = -1.0 if self._take("-") else 1.0
            if not isinstance(node, Select):
                raise PromqlError("parse error: offset modifier must be preceded by an instant vector selector")
            node = node._replace(offset=sign * _seconds(self._next()))
        return node


def _seconds(word: PromqlToken) -> float:
    if word.kind != "duration":
        raise PromqlError(f"parse error: bad duration {word.text!r}")
    parts = re.findall(r"(\d+)(ms|[smhdwy])", word.text)
    return sum(int(number) * _UNITS[unit] for number, unit in parts)


def _unquoted(text: str) -> str:
    return text[1:-1] if text.startswith("`") else re.sub(r"\\(.)", r"\1", text[1:-1])
