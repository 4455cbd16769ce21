"""What it decides by, as it says itself: a model or data that is old, a confidence that is no probability."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from opsconsole.governor.announced.line_kinds import said_at
from opsconsole.governor.rule import Verdict, View, rule
from opsconsole.governor.rules.common import OPTIMIZER
from opsconsole.records import Decision, Kind, Severity

_DAY = 86_400.0
_AGE = re.compile(r"(?:^|[._-])(?:age|lag|staleness)(?:_?(?P<unit>seconds|secs|s|minutes|hours|days))?$", re.IGNORECASE)
_TRAINED = re.compile(r"trained|model.*(?:built|created|date|timestamp)|(?:built|created).*model", re.IGNORECASE)
_OLD = re.compile(r"\b(?P<number>\d+(?:\.\d+)?) ?(?P<unit>s|seconds?|m|min|minutes?|h|hours?|d|days?) old\b", re.I)
_DATE = re.compile(r"\btrained (?:on |at |in )?(?P<date>\d{4}-\d{2}-\d{2})")
_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": _DAY}


@rule("stale-input", Severity.WARNING, Kind.DECISION)
def stale_input(subject: Decision, view: View) -> Iterable[Verdict]:
    """It acts by data older than governor.data_seconds (15 min) or a model older than governor.model_days (90).

    By its own words. The SmartScaler write-up: stale embeddings and drift; what was learned of a world that is gone.
    """
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
    if model > view.settings.model_days * _DAY:
        yield Verdict(
            f"acts on {subject.target.name if subject.target else 'something'} by a model that is {_long(model)} old",
            f"A model older than {view.settings.model_days} days knows a cluster that is gone.",
            part="model",
            switch=OPTIMIZER,
        )


@rule("confidence-absurd", Severity.WARNING, Kind.DECISION)
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
                    f"its confidence is {text}: no probability", "It does not check what it computes.", switch=OPTIMIZER
                )
                return


def _data_ages(decision: Decision) -> Iterator[float]:
    for key, text in decision.attributes.items():
        match, number = _AGE.search(key), _number(text)
        if match is not None and number is not None and math.isfinite(number) and not _TRAINED.search(key):
            yield number * _UNITS[(match["unit"] or "")[:1].lower()]
    for match in _OLD.finditer(decision.message):
        yield float(match["number"]) * _UNITS[match["unit"][0].lower()]


def _model_ages(decision: Decision) -> Iterator[float]:
    dates = [text for key, text in decision.attributes.items() if _TRAINED.search(key)]
    dates += [match["date"] for match in _DATE.finditer(decision.message)]
    for text in dates:
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            continue
        yield said_at(decision) - (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _number(text: str) -> float | None:
    try:
        return float(text.strip().removesuffix("%"))
    except ValueError:
        return None


def _long(seconds: float) -> str:
    for unit, word in ((_DAY, "days"), (3600.0, "h"), (60.0, "min")):
        if seconds >= unit * (2 if word == "days" else 1):
            return f"{seconds / unit:.0f} {word}"
    return f"{seconds:.0f} s"
