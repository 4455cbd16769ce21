"""The corpus is read as well as its floors ask, by the reader alone; ``make corpus`` asks the whole program."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import msgspec
import pytest

from opsconsole.clock import SystemClock
from opsconsole.decisions.envelopes import decode
from opsconsole.decisions.stream import DecisionStream
from opsconsole.decisions.understood import Understood
from opsconsole.settings import DecisionSettings
from tests.corpus import score

HERE = Path(__file__).parent


def read(path: Path) -> tuple[list[dict[str, Any]], Understood]:
    stream = DecisionStream(on_broken=lambda name, error: pytest.fail(f"{name}: {error!r}"), today=SystemClock().now())
    with path.open("rb") as file:
        decisions = [decision for line in decode.lines(file) for decision in stream.feed("log", line, 0.0)]
    decisions += stream.flush(0.0, force=True)
    understood = Understood()
    for decision in decisions:
        understood.add(decision)
    return [{"decision": json.loads(msgspec.json.encode(each)), "findings": []} for each in decisions], understood


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    tally: dict[str, list[bool]] = defaultdict(list)
    wrong: list[str] = []
    counts: dict[str, list[bool]] = defaultdict(list)
    for folder in score.FOLDERS:
        for expectation in sorted((HERE / folder).glob("*.expect.json")):
            path, header, entries = score.load(expectation)
            found, understood = read(path)
            result = score.score(header, entries, found)
            for column in score.COLUMNS:
                tally[column] += result["tally"][column]
            wrong += [f"{path.name}:{line}: {claim}" for line, claim in result["wrong"]]
            clean = understood.share >= DecisionSettings().understood
            counts["files with exit 0 although deeds were missed"].append(clean and bool(result["missed"]))
            if folder == "envelopes":
                for door in score.ALL_RIGHT:
                    counts[door].append(result["read"])
    return {"tally": tally, "wrong": wrong, "counts": counts}


def test_the_corpus_is_read_as_well_as_its_floors_ask(results: dict[str, Any]) -> None:
    assert score.below(results["tally"], len(results["wrong"]), results["counts"]) == [], results["wrong"]


def test_a_reader_that_reads_nothing_is_below_every_floor() -> None:
    nothing = {column: [False] * 10 for column in score.FLOORS}
    failed = score.below(nothing, 1, defaultdict(lambda: [False]))
    assert len(failed) == len(score.FLOORS) + 1 + len(score.ALL_RIGHT)
