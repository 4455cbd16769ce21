"""Systems that no table of the reader names: time, level, deeds and no more than is said, line by line."""

from __future__ import annotations

import pytest

from opsconsole.records import EntryReading
from tests.decisions.strangers.tables import TABLES, Line, columns, read, table

LINES = [line for path in TABLES for line in table(path)]


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.text[:70])
def test_a_line_of_a_stranger_is_read_as_a_careful_person_reads_it(line: Line) -> None:
    assert [(column, told) for column, right, told in columns(line, read(line.text)) if not right] == []


@pytest.mark.parametrize("line", [line for line in LINES if line.must_be_told], ids=lambda line: line.text[:70])
def test_a_stranger_whose_deed_is_not_read_is_never_called_clean(line: Line) -> None:
    assert any(decision.reading != EntryReading.NONE for decision in read(line.text))


def test_a_reader_that_tells_nothing_fails_every_line_with_a_deed() -> None:
    nothing = [read("2026-08-12T09:14:02Z INFO scaler started")[0]]
    told = [line for line in LINES if line.must_be_told]
    assert told
    assert all(not all(right for _, right, _ in columns(line, nothing)) for line in told)
