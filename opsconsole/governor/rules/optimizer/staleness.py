"""What it decides by, as it says itself: a model or data that is old, a confidence that is no probability."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from opsconsole.governor.announced.line_kinds import only_told, said_at
from opsconsole.governor.interest import Interest
from opsconsole.governor.measures import DAY, HOUR, MINUTE
from opsconsole.governor.rule import Verdict, View, rule
from opsconsole.governor.rules.common import OPTIMIZER, name_of
from opsconsole.governor.rules.values.told_values import seconds_of
from opsconsole.patterns import late
from opsconsole.records import Decision, Kind, Severity

_AGE = late(r"(?:^|[._-])(?:age|lag|staleness)(?:_?(?P<unit>seconds|secs|s|minutes|hours|days))?$", re.IGNORECASE)
_TRAINED = late(r"trained|model.*(?:built|created|date|timestamp)|(?:built|created).*model", re.IGNORECASE)
_MODEL = late(r"(?<![a-z])(?:model|embedding|train)", re.IGNORECASE)
_INPUT = late(
    r"(?<![a-z])(?:metric|data|sample|feature|scrape|snapshot|forecast|input|query|signal|lag|staleness)", re.IGNORECASE
)
_WHEN = late(r"(?:timestamp|time|date|_at|as_of|_ts|last_sample|last_seen|newest|latest)$", re.IGNORECASE)
_OLD = late(
    r"\b(?P<what>metrics?|data|samples?|features?|forecasts?|snapshots?|scrapes?|values?|inputs?|predictions?|models?|"
    r"embeddings?|recommendations?)\b[^.;,\d]{0,40}"
    r"\b(?P<number>\d+(?:\.\d+)?) ?(?P<unit>s|seconds?|m|min|minutes?|h|hours?|d|days?) "
    r"(?:old|stale|behind|late|out of date)\b|"
    r"\b(?P<made>models?|embeddings?|forecasts?|metrics?|data|samples?|features?|snapshots?)\b[^.;,\d]{0,40}"
    r"\b(?:trained|built|fitted|scraped|collected|taken|updated|refreshed|computed|fetched) (?:about |over |some )?"
    r"(?P<since>\d+(?:\.\d+)?) ?(?P<in>s|seconds?|m|min|minutes?|h|hours?|d|days?|weeks?|w) ago\b",
    re.IGNORECASE,
)
_USES = late(
    r"\b(?:using|uses|used|falling back (?:to|on)|fell back (?:to|on)|acting (?:on|by)|deciding (?:on|by)) (?:the )?"
    r"(?:cached|stale|old|outdated|last[- ]known|previous) (?:samples?|metrics?|data|values?|readings?|snapshot)\b"
    r"(?P<lead>[^.;\d]{0,40}?)(?<![\w.])(?P<age>\d[\dhms. ]{0,20}[dhms])(?P<old> (?:old|ago)\b|(?=\W*$|[),;]))",
    re.IGNORECASE,
)
"""What it decides by for want of something newer, and how old that is: a span beside it may be how long it is kept."""
_BOUND = late(r"\b(?:up to|at most|no more than|less than|max(?:imum)?|ttl|until|refresh\w* (?:in|every))\b", re.I)
"""How old it may be at most."""
_AS_AGE = late(r"\bage ?[:=]? ?(?:of )?$", re.IGNORECASE)
_DATE = late(
    r"\b(?:trained (?:on |at |in )?|(?:model|embeddings) (?:of|from|dated|built on|as of) )(?P<date>\d{4}-\d{2}-\d{2})",
    re.IGNORECASE,
)
_BASED_ON = late(
    r"\b(?:data|metrics?|samples?|snapshot|forecast|recommendation) (?:from|of|as of|taken at|collected at|at) "
    r"(?P<at>20\d\d-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)?)",
    re.IGNORECASE,
)
_SPAN = late(r"(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+")
_SPAN_PART = late(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_AGED = (" old", " stale", " behind", " late", " ago", " out of date")
_TELLS_AGES = (
    Interest(words=("cached ", "stale ", "outdated ", "known ", "old data", "old samples", "old metrics")),
    Interest(announces=True, words=(*_AGED, "trained", "model", "embeddings", "data ", "metric", "sample", "snapsh")),
    Interest(announces=True, words=("forecast", "recommendation")),
    Interest(
        announces=True,
        keys=(
            "age", "lag", "staleness", "trained", "model", "metric", "data", "sample", "feature", "scrape", "snapshot",
            "forecast", "input", "query", "signal",
        ),
    ),
)  # fmt: skip
_UNITS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}


@rule("stale-input", Severity.WARNING, Kind.DECISION, lines=_TELLS_AGES)
def stale_input(subject: Decision, view: View) -> Iterable[Verdict]:
    """It acts by data older than governor.data_seconds (15 min) or a model older than governor.model_days (90).

    By its own words. The SmartScaler write-up: stale embeddings and drift; what was learned of a world that is gone.
    """
    if (used := _USES.search(subject.message)) is not None and not view.announces(subject):
        age = _age_used(used)
        if not only_told(subject) and age is not None and age > view.settings.data_seconds:
            yield Verdict(
                f"decides by data that is {_long(age)} old",
                f"Data older than {_long(view.settings.data_seconds)} say nothing of now.",
                part="data",
                switch=OPTIMIZER,
            )
        return
    if not view.announces(subject):
        return
    oldest = max(_data_ages(subject), default=0.0)
    if oldest > view.settings.data_seconds:
        yield Verdict(
            f"acts on {subject.target.name if subject.target else 'something'} by data that is {_long(oldest)} old",
            f"Data older than {_long(view.settings.data_seconds)} say nothing of now.",
            part="data",
            switch=OPTIMIZER,
        )
    model = max(_model_ages(subject), default=0.0)
    if model > view.settings.model_days * DAY:
        yield Verdict(
            f"acts on {subject.target.name if subject.target else 'something'} by a model that is {_long(model)} old",
            f"A model older than {view.settings.model_days} days knows a cluster that is gone.",
            part="model",
            switch=OPTIMIZER,
        )


def _age_used(used: re.Match[str]) -> float | None:
    """Seconds that what it uses is old; ``None`` where the span beside it tells something else, or a bound."""
    if not (used["old"] or _AS_AGE.search(used["lead"])) or _BOUND.search(used[0]):
        return None
    return seconds_of(used["age"].replace(" ", ""))


@rule("confidence-absurd", Severity.WARNING, Kind.DECISION, lines=(Interest(announces=True, keys=("confidence",)),))
def confidence_absurd(subject: Decision, view: View) -> Iterable[Verdict]:
    """A confidence that is no probability: NaN, below zero, over one (over a hundred percent).

    No number of ours: a probability is between 0 and 1. The SmartScaler write-up's script had no check of what it
    computed either. A confidence that is one counts for nothing.
    """
    for key, text in subject.attributes.items():
        if "confidence" in key.rpartition(".")[2].lower() and view.announces(subject):
            number = _number(text)
            if number is not None and not 0.0 <= number <= (100.0 if text.strip().endswith("%") else 1.0):
                yield Verdict(
                    f"decides about {name_of(subject.target)} with a confidence of {text}: no probability",
                    "It does not check what it computes.",
                    switch=OPTIMIZER,
                )
                return


class _Sort(NamedTuple):
    """What a key alone tells of an attribute: an age in ``unit`` seconds, a time; of a model, or of what it reads."""

    unit: float | None
    of_model: bool
    of_input: bool
    trained: bool
    is_time: bool


@lru_cache(maxsize=4_096)
def _sort(key: str) -> _Sort | None:
    """``None`` for a key that tells no age. A log has few keys, and each of its lines all of them."""
    age, model, reads = _AGE.search(key), bool(_MODEL.search(key)), bool(_INPUT.search(key))
    trained, is_time = bool(_TRAINED.search(key)), reads and bool(_WHEN.search(key))
    if age is None and not trained and not is_time:
        return None
    unit = _UNITS[(age["unit"] or "")[:1].lower()] if age is not None else None
    return _Sort(unit, model, reads, trained, is_time)


def _data_ages(decision: Decision) -> Iterator[float]:
    for key, text in decision.attributes.items():
        sort = _sort(key)
        if sort is None or sort.of_model:
            continue
        if (age := _age(sort, key, text)) is not None:
            yield age
        elif sort.is_time and (since := _since(decision, text)) is not None:
            yield since
    match = _BASED_ON.search(decision.message) if " 20" in decision.message else None
    if match is not None and (since := _since(decision, match["at"])) is not None:
        yield since
    yield from _told_ages(decision.message, of_model=False)


def _model_ages(decision: Decision) -> Iterator[float]:
    for key, text in decision.attributes.items():
        sort = _sort(key)
        if sort is None:
            continue
        found = _since(decision, text) if sort.trained else _age(sort, key, text) if sort.of_model else None
        if found is not None:
            yield found
    for match in _DATE.finditer(decision.message) if "20" in decision.message else ():
        if (since := _since(decision, match["date"])) is not None:
            yield since
    yield from _told_ages(decision.message, of_model=True)


def _told_ages(message: str, *, of_model: bool) -> Iterator[float]:
    """``Metrics are 6h old``, in seconds; of a model or of data."""
    if not any(word in message for word in _AGED):
        return
    for match in _OLD.finditer(message):
        if bool(_MODEL.search(match["what"] or match["made"])) is of_model:
            yield float(match["number"] or match["since"]) * _UNITS[(match["unit"] or match["in"])[0].lower()]


def _age(sort: _Sort, key: str, text: str) -> float | None:
    """Seconds of an attribute that is an age by its key: ``metrics_age_seconds=21640``, ``last_sample_age=5h32m``."""
    if sort.unit is None:
        return None
    if not (sort.of_input or sort.of_model) and ("." in key or not _number(text)):
        return None  # of a pod or a job, as a listing tells it
    if _SPAN.fullmatch(text.strip()):
        return sum(float(number) * _UNITS[unit] for number, unit in _SPAN_PART.findall(text))
    number = _number(text)
    return number * sort.unit if number is not None and math.isfinite(number) else None


def _since(decision: Decision, text: str) -> float | None:
    """Seconds from a date or time to the line's own."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return said_at(decision) - (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _number(text: str) -> float | None:
    try:
        return float(text.strip().removesuffix("%"))
    except ValueError:
        return None


def _long(seconds: float) -> str:
    for unit, word in ((DAY, "days"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= unit * (2 if word == "days" else 1):
            return f"{seconds / unit:.0f} {word}"
    return f"{seconds:.0f} s"
