"""Whole streams of a day: each mad one is flagged, in each line where that is asked; no harmless one is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from opsconsole.cli import main

STREAMS = Path(__file__).parents[1] / "data" / "streams"
MAD = sorted((STREAMS / "mad").glob("*.log"))
HARMLESS = sorted((STREAMS / "harmless").glob("*.log"))
EXPECTED = json.loads((STREAMS / "expected.json").read_text())
"""Of each mad stream the least severity, and whether each line of its own must get it."""

RANKS = {"info": 0, "warning": 1, "critical": 2}
AT_ONCE = "blast-radius"
"""What is said of many lines together says nothing of one."""


def judged(path: Path) -> list[dict[str, list[dict[str, str]]]]:
    runner = CliRunner(env={"HOME": "/proc/nowhere", "XDG_CONFIG_HOME": ""})
    result = runner.invoke(main, ["judge", str(path), "--output", "json"])
    return [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]


def worst(findings: list[dict[str, str]]) -> int:
    return max((RANKS[each["severity"]] for each in findings), default=-1)


@pytest.mark.parametrize("path", MAD, ids=lambda path: path.stem)
def test_what_is_mad_is_flagged(path: Path) -> None:
    least, each_line = EXPECTED[path.stem]
    entries = judged(path)
    assert entries
    if not each_line:
        assert worst([each for entry in entries for each in entry["findings"]]) >= RANKS[least]
        return
    own = [[each for each in entry["findings"] if each["rule"] != AT_ONCE] for entry in entries]
    missed = [entry["decision"] for entry, found in zip(entries, own, strict=True) if worst(found) < RANKS[least]]
    assert not missed


@pytest.mark.parametrize("path", HARMLESS, ids=lambda path: path.stem)
def test_what_is_harmless_is_not(path: Path) -> None:
    entries = judged(path)
    assert entries
    assert not [each for entry in entries for each in entry["findings"] if each["severity"] != "info"]


def test_there_are_streams() -> None:
    assert len(MAD) >= 40
    assert len(HARMLESS) >= 25
    assert {path.stem for path in MAD} == set(EXPECTED)
