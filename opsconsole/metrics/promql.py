"""As much of PromQL as is needed to look into somebody else's query: its selectors and its ranges."""

from __future__ import annotations

import re
from typing import NamedTuple

_STRING = r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|`[^`]*`"
_MATCHER = re.compile(rf"\s*(?P<label>[a-zA-Z_]\w*)\s*(?P<operator>=~|!~|!=|=)\s*(?P<value>{_STRING})\s*(?:,|$)")
_SELECTOR = re.compile(
    rf"(?P<skip>{_STRING})|(?P<name>[a-zA-Z_:][\w:]*)?\s*\{{(?P<matchers>(?:{_STRING}|[^{{}}\"'`])*)\}}"
)
_NOT_METRICS = re.compile(
    rf"{_STRING}|\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)|\[[^\]]*\]|"
    r"\b(?:by|without|on|ignoring|group_left|group_right|offset|bool|and|or|unless|atan2|inf|nan)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<![\w.:])(?P<name>[a-zA-Z_:][\w:]*)(?!\s*\()(?![\w:])")
_AGGREGATIONS = frozenset(
    {
        *("sum", "min", "max", "avg", "group", "stddev", "stdvar", "count", "count_values"),
        *("bottomk", "topk", "quantile", "limitk", "limit_ratio"),
    }
)
_RANGE = re.compile(rf"(?P<skip>{_STRING})|\[(?P<range>\s*(?:\d+(?:ms|[smhdwy]))+\s*)(?P<step>:[^\]]*)?\]")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


class Matcher(NamedTuple):
    """One ``label="value"``; ``operator`` is one of ``= != =~ !~``."""

    label: str
    operator: str
    value: str

    def __str__(self) -> str:
        value = self.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'{self.label}{self.operator}"{value}"'


class Selector(NamedTuple):
    """``name{matchers}``; the name is empty where the selector has none."""

    name: str
    matchers: tuple[Matcher, ...] = ()

    def __str__(self) -> str:
        inside = ",".join(str(matcher) for matcher in self.matchers)
        return f"{self.name}{{{inside}}}" if inside or not self.name else self.name


def selectors(query: str) -> list[Selector]:
    """The vector selectors of ``query``, each once: those with braces first, then the metrics that stand bare."""
    found = [
        Selector(match["name"] or "", tuple(_matchers(match["matchers"])))
        for match in _SELECTOR.finditer(query)
        if match["skip"] is None
    ]
    rest = _NOT_METRICS.sub(" ", _SELECTOR.sub(" ", query))
    bare = (match["name"] for match in _NAME.finditer(rest))
    return list(dict.fromkeys([*found, *(Selector(name) for name in bare if name not in _AGGREGATIONS)]))


def _matchers(inside: str) -> list[Matcher]:
    return [
        Matcher(match["label"], match["operator"], _unquoted(match["value"])) for match in _MATCHER.finditer(inside)
    ]


def _unquoted(text: str) -> str:
    return text[1:-1] if text.startswith("`") else _ESCAPE.sub(r"\1", text[1:-1])


def has_range(query: str) -> bool:
    """Does ``query`` look back over a range such as ``[5m]``?"""
    return any(match["range"] for match in _RANGE.finditer(query))


def with_range(query: str, window: str) -> str:
    """``query`` with every range exchanged for ``window``: ``rate(x[5m])`` → ``rate(x[1h])``."""
    return _RANGE.sub(lambda match: match.group() if match["skip"] else f"[{window}{match['step'] or ''}]", query)
