"""PromQL evaluated at one moment over the series of the world."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from rehearsal.promql import syntax
from rehearsal.promql.functions import RANGE_FUNCTIONS, VECTOR_FUNCTIONS, histogram_quantile
from rehearsal.promql.syntax import Match, Node, PromqlError, Select
from rehearsal.world.metrics.series import Database, Series

LOOKBACK = 300.0
"""How old a sample an instant selector still gives: Prometheus' own default."""


class EvaluatedSample(NamedTuple):
    """One element of an instant vector."""

    labels: dict[str, str]
    value: float
    at: float


Vector: TypeAlias = list[EvaluatedSample]
Value: TypeAlias = Vector | float


def evaluate(database: Database, query: str, at: float) -> Value:
    """The value of ``query`` at a moment: a vector, or a scalar.

    Raises:
        QueryError: it can't be read or evaluated.
    """
    return _Evaluator(database, at).value(syntax.parse(query))


def select(database: Database, matches: Sequence[Match], name: str = "") -> list[Series]:
    """Every series that a selector selects, whatever its age."""
    found = database.named(name) if name else database.everything()
    tests = [_test(match) for match in matches]
    return [series for series in found if all(test(series.labels) for test in tests)]


def _test(match: Match) -> Callable[[dict[str, str]], bool]:
    label, value = match.label, match.value
    if match.operator in ("=", "!="):
        equal = match.operator == "="
        return lambda labels: (labels.get(label, "") == value) == equal
    try:
        pattern = re.compile(value)
    except re.error as error:
        raise PromqlError(f"parse error: {error}") from error
    wanted = match.operator == "=~"
    return lambda labels: bool(pattern.fullmatch(labels.get(label, ""))) == wanted


class _Evaluator:
    def __init__(self, database: Database, at: float) -> None:
        self._database = database
        self._at = at

    def value(self, node: Node) -> Value:
        match node:
            case syntax.NumberLiteral():
                return node.value
            case syntax.Select():
                return self._instant(node)
            case syntax.FunctionCall():
                return self._call(node)
            case syntax.Aggregate():
                return self._aggregate(node)
            case syntax.Binary():
                return self._binary(node)
            case syntax.Negative():
                return _map(self.value(node.of), lambda number: -number)
            case _:
                raise PromqlError("parse error: a string is no value")

    def vector(self, node: Node) -> Vector:
        found = self.value(node)
        if isinstance(found, float):
            raise PromqlError("parse error: expected type instant vector, got scalar")
        return found

    def scalar(self, node: Node) -> float:
        found = self.value(node)
        if not isinstance(found, float):
            raise PromqlError("parse error: expected type scalar, got instant vector")
        return found

    def _instant(self, node: Select) -> Vector:
        if node.window:
            raise PromqlError("invalid expression type: a range vector has no single value")
        at, found = self._at - node.offset, []
        for series in select(self._database, node.matches, node.name):
            place = bisect_right(series.times, at) - 1
            if place >= 0 and at - series.times[place] <= LOOKBACK:
                found.append(EvaluatedSample(series.labels, series.values[place], series.times[place]))
        return found

    def _call(self, node: syntax.FunctionCall) -> Value:
        if node.name in RANGE_FUNCTIONS:
            return self._over_range(node)
        special = {"time": 0, "vector": 1, "scalar": 1, "timestamp": 1, "absent": 1, "histogram_quantile": 2}
        if special.get(node.name) == len(node.arguments):
            return self._special(node.name, node.arguments)
        if node.name in VECTOR_FUNCTIONS and node.arguments:
            further = [self.scalar(each) for each in node.arguments[1:]]
            return _map(self.value(node.arguments[0]), lambda number: VECTOR_FUNCTIONS[node.name](number, *further))
        raise PromqlError(f"the rehearsal does not know {node.name}() with {len(node.arguments)} argument(s)")

    def _special(self, name: str, arguments: tuple[Node, ...]) -> Value:
        if name == "time":
            return self._at
        if name == "vector":
            return [EvaluatedSample({}, self.scalar(arguments[0]), self._at)]
        found = self.vector(arguments[-1])
        if name == "scalar":
            return found[0].value if len(found) == 1 else math.nan
        if name == "timestamp":
            return [EvaluatedSample(_bare(each.labels), each.at, self._at) for each in found]
        if name == "absent":
            return [] if found else [EvaluatedSample(_asked_for(arguments[0]), 1.0, self._at)]
        quantiles = histogram_quantile(self.scalar(arguments[0]), [(each.labels, each.value) for each in found])
        return [EvaluatedSample(labels, value, self._at) for labels, value in quantiles]

    def _over_range(self, node: syntax.FunctionCall) -> Vector:
        if len(node.arguments) != 1 or not isinstance(node.arguments[0], Select) or not node.arguments[0].window:
            raise PromqlError(f"parse error: expected type range vector in call to function {node.name!r}")
        chosen = node.arguments[0]
        end = self._at - chosen.offset
        found = []
        for series in select(self._database, chosen.matches, chosen.name):
            first, last = bisect_right(series.times, end - chosen.window), bisect_right(series.times, end)
            value = RANGE_FUNCTIONS[node.name](series.times[first:last], series.values[first:last], chosen.window)
            if value is not None:
                found.append(EvaluatedSample(_bare(series.labels), value, self._at))
        return found

    def _aggregate(self, node: syntax.Aggregate) -> Vector:
        groups: dict[tuple[tuple[str, str], ...], Vector] = {}
        for each in self.vector(node.of):
            kept = {name: value for name, value in _bare(each.labels).items() if (name in node.labels) != node.without}
            groups.setdefault(tuple(sorted(kept.items())), []).append(each)
        parameter = self.scalar(node.parameter) if node.parameter is not None else 0.0
        if node.name in ("topk", "bottomk"):
            return [each for group in groups.values() for each in _extremes(node.name, group, int(parameter))]
        return [
            EvaluatedSample(dict(key), _fold(node.name, sorted(each.value for each in group), parameter), self._at)
            for key, group in groups.items()
        ]

    def _binary(self, node: syntax.Binary) -> Value:
        left, right = self.value(node.left), self.value(node.right)
        if node.operator in ("and", "or", "unless"):
            return self._set_operation(node, left, right)
        if isinstance(left, float):
            if isinstance(right, float):
                return float(_OPERATORS[node.operator](left, right))
            return _filtered(node, [(each, left, each.value) for each in right])
        if isinstance(right, float):
            return _filtered(node, [(each, each.value, right) for each in left])
        partners = {_key(node, each.labels): each for each in right}
        pairs = [(each, partners.get(_key(node, each.labels))) for each in left]
        matched = [(each._replace(labels=_kept(node, each.labels)), each.value, other.value)
                   for each, other in pairs if other is not None]  # fmt: skip
        return _filtered(node, matched)

    def _set_operation(self, node: syntax.Binary, left: Value, right: Value) -> Vector:
        if isinstance(left, float) or isinstance(right, float):
            raise PromqlError(f"parse error: set operator {node.operator!r} not allowed in binary scalar expression")
        there = {_key(node, each.labels) for each in right}
        if node.operator == "or":
            known = {_key(node, each.labels) for each in left}
            return left + [each for each in right if _key(node, each.labels) not in known]
        return [each for each in left if (_key(node, each.labels) in there) == (node.operator == "and")]


def _asked_for(node: Node) -> dict[str, str]:
    """The labels that a selector wants to be equal to something: what ``absent`` answers with."""
    if not isinstance(node, Select):
        return {}
    names = [match.label for match in node.matches]
    return {
        match.label: match.value for match in node.matches if match.operator == "=" and names.count(match.label) == 1
    }


def _kept(node: syntax.Binary, labels: dict[str, str]) -> dict[str, str]:
    """The labels of a pair's result."""
    if node.on is not None:
        return {name: value for name, value in labels.items() if name in node.on}
    return {name: value for name, value in labels.items() if name not in node.ignoring}


def _bare(labels: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in labels.items() if name != "__name__"}


def _map(value: Value, change: Callable[[float], float]) -> Value:
    if isinstance(value, float):
        return change(value)
    return [EvaluatedSample(_bare(each.labels), change(each.value), each.at) for each in value]


def _key(node: syntax.Binary, labels: dict[str, str]) -> tuple[tuple[str, str], ...]:
    bare = _bare(labels)
    if node.on is not None:
        return tuple((name, bare.get(name, "")) for name in node.on)
    return tuple(sorted((name, value) for name, value in bare.items() if name not in node.ignoring))


def _filtered(node: syntax.Binary, triples: list[tuple[EvaluatedSample, float, float]]) -> Vector:
    operator = _OPERATORS[node.operator]
    if node.operator in syntax.COMPARISONS and not node.as_bool:
        return [sample for sample, left, right in triples if operator(left, right)]
    return [
        EvaluatedSample(_bare(sample.labels), float(operator(left, right)), sample.at)
        for sample, left, right in triples
    ]


def _divide(left: float, right: float) -> float:
    if right:
        return left / right
    return math.nan if not left or math.isnan(left) else math.copysign(math.inf, left)


_OPERATORS: dict[str, Callable[[float, float], float]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": _divide,
    "%": lambda left, right: math.fmod(left, right) if right else math.nan,
    "^": lambda left, right: left**right,
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
    "<=": lambda left, right: left <= right,
    ">=": lambda left, right: left >= right,
}


def _extremes(name: str, group: Vector, count: int) -> Vector:
    return sorted(group, key=lambda each: each.value, reverse=name == "topk")[:count]


def _fold(name: str, values: list[float], parameter: float) -> float:
    """``values`` are sorted and not empty."""
    folds: dict[str, Callable[[], float]] = {
        "sum": lambda: math.fsum(values),
        "avg": lambda: math.fsum(values) / len(values),
        "min": lambda: values[0],
        "max": lambda: values[-1],
        "count": lambda: float(len(values)),
        "group": lambda: 1.0,
        "quantile": lambda: values[min(max(round(parameter * (len(values) - 1)), 0), len(values) - 1)],
    }
    return folds[name]()
