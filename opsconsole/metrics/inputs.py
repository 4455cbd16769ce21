"""Input health: the optimizer's own queries, run as it runs them. Empty, NaN and stale inputs make mad decisions."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Sequence

from opsconsole.metrics import promql
from opsconsole.metrics.asking import Asks, Reading
from opsconsole.metrics.errors import QueryError
from opsconsole.records import Metric

STALE_SECONDS = 120.0
"""A newest sample older than this is stale: eight scrapes missed at the usual 15 s. Prometheus itself gives a sample
for 5 minutes without a word."""

MAX_QUERY = 1_000
"""Longest query that is run; longer ones are not what an optimizer decides by."""

MAX_HINTS = 3

_USUAL = ("app", "service", "app_kubernetes_io_name", "job", "k8s_app", "deployment", "component", "name")
"""Labels that name a service, the usual ones first."""

_WORDS = re.compile(r"[^a-z0-9]+")


def key_of(query: str) -> str:
    """Key of the record on ``query``."""
    return f"input/{query}"


def check(ask: Asks, query: str, now: float) -> Metric:
    """Run one query of the optimizer and say how sound its answer is.

    The record's ``state`` is ``ok``, ``nan``, ``stale``, ``empty`` or ``failed``, ``problem`` says it in words, ``at``
    is when the newest sample came where that is known, and ``hints`` are matchers (or metric names) that exist and look
    like the ones asked for.

    Raises:
        UnreachableError: the server can't be asked.
    """
    try:
        readings = ask.query(query)
    except QueryError as error:
        return _record(query, "failed", f"the query fails: {error}")
    selectors = promql.selectors(query)
    if not readings:
        return _empty(ask, query, selectors, now)
    value = readings[0].value if len(readings) == 1 and math.isfinite(readings[0].value) else None
    bad = [reading for reading in readings if not math.isfinite(reading.value)]
    newest = _newest(ask, selectors)
    if bad:
        count = f" in {len(bad)} of {len(readings)} series" if len(readings) > 1 else ""
        return _record(query, "nan", f"gives {_words(bad)}{count}", at=newest)
    if newest is not None and now - newest > STALE_SECONDS:
        return _record(query, "stale", f"newest sample is {now - newest:.0f} s old", value=value, at=newest)
    return _record(query, "ok", "", value=value, at=newest)


def _record(
    query: str,
    state: str,
    problem: str,
    *,
    value: float | None = None,
    at: float | None = None,
    hints: Iterable[str] = (),
) -> Metric:
    return Metric(
        key=key_of(query),
        title="optimizer's input",
        query=query,
        value=value,
        at=at,
        state=state,
        problem=problem,
        hints=tuple(hints),
    )


def _words(bad: Sequence[Reading]) -> str:
    return "NaN" if any(math.isnan(reading.value) for reading in bad) else "Infinity"


def _newest(ask: Asks, selectors: Sequence[promql.Selector]) -> float | None:
    """When the oldest-fed of the selectors last got a sample; ``None`` where that can't be asked."""
    newest: list[float] = []
    for selector in selectors:
        try:
            stamps = ask.query(f"max(timestamp({selector}))")
        except QueryError:
            return None
        newest += [stamp.value for stamp in stamps[:1] if math.isfinite(stamp.value)]
    return min(newest, default=None)


def _empty(ask: Asks, query: str, selectors: Sequence[promql.Selector], now: float) -> Metric:
    """Nothing came: because a selector finds nothing, nothing any more, or the expression leaves nothing over?"""
    try:
        for selector in selectors:
            if ask.series(str(selector), now):
                if ask.query(f"count({selector})"):
                    continue
                return _record(query, "stale", f"{selector} had data within the hour and has none now")
            hints = suggestions(ask, selector, now)
            maybe = f"; there is {' or '.join(hints)}" if hints else ""
            return _record(query, "empty", f"returned no data: nothing matches {selector}{maybe}", hints=hints)
    except QueryError as error:
        return _record(query, "empty", f"returned no data (why can't be found out: {error})")
    return _record(query, "empty", "returned no data, though its selectors find some: it leaves nothing over")


def suggestions(ask: Asks, selector: promql.Selector, now: float) -> tuple[str, ...]:
    """Matchers of the same metric (or metric names) that exist and look like what ``selector`` asks for."""
    series = ask.series(selector.name, now) if selector.name else []
    if not series:
        return _names_like(ask, selector.name) if selector.name else ()
    pairs = {pair for labels in series for pair in labels.items() if pair[0] != "__name__"}
    wrong = [
        matcher
        for matcher in selector.matchers
        if matcher.operator in ("=", "=~") and (matcher.label, matcher.value) not in pairs
    ]
    return _alike(wrong, pairs)


def _alike(wrong: Sequence[promql.Matcher], pairs: set[tuple[str, str]]) -> tuple[str, ...]:
    ranked = sorted(
        (_distance(matcher, pair), str(promql.Matcher(pair[0], "=", pair[1])))
        for matcher in wrong
        for pair in pairs
        if _shares_words(matcher.value, pair[1])
    )
    return tuple(dict.fromkeys(text for _, text in ranked))[:MAX_HINTS]


def _shares_words(wanted: str, have: str) -> bool:
    """``api`` and ``api-gateway`` do, ``api`` and ``capital`` don't."""
    ours, theirs = ({word for word in _WORDS.split(text.lower()) if word} for text in (wanted, have))
    return bool(ours and theirs) and (ours <= theirs or theirs <= ours)


def _distance(matcher: promql.Matcher, pair: tuple[str, str]) -> tuple[bool, bool, int, int]:
    usual = _USUAL.index(pair[0]) if pair[0] in _USUAL else len(_USUAL)
    return matcher.value != pair[1], matcher.label != pair[0], usual, len(pair[1])


def _names_like(ask: Asks, name: str) -> tuple[str, ...]:
    names = ask.names()
    longer = sorted((each for each in names if each.startswith(f"{name}_") or name.startswith(f"{each}_")), key=len)
    return tuple(dict.fromkeys([*longer, *difflib.get_close_matches(name, names, MAX_HINTS, 0.75)]))[:MAX_HINTS]
