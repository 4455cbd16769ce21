"""Each decoder takes its seeds and some hundred mutations of them, in a process with a budget of time and memory."""

from __future__ import annotations

import contextlib
import subprocess
import sys

import pytest

from opsconsole.decisions.entry import Entry
from opsconsole.decisions.reader import LayeredReader
from tests.fuzz.__main__ import SEEDS, TakesTooLong, _too_long
from tests.fuzz.targets import TARGETS

COUNT = 250
LIMIT = 600
"""Seconds of a whole run: a slow machine's, and none that work which grows too fast would keep to."""


@pytest.mark.timeout(LIMIT + 60)
@pytest.mark.parametrize("target", TARGETS)
def test_a_decoder_raises_what_it_promises_within_its_budget(target: str) -> None:
    command = [sys.executable, "-m", "tests.fuzz", target, "--count", str(COUNT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)
    assert done.returncode == 0, done.stderr[-4000:]


def test_every_decoder_has_seeds() -> None:
    assert {path.name for path in SEEDS.iterdir()} == set(TARGETS)


def test_a_parser_that_raises_fails_its_target(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_reader: LayeredReader, _entry: Entry) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(LayeredReader, "parse", broken)
    with pytest.raises(ZeroDivisionError):
        TARGETS["decisions"](b"a line\n")


def test_nothing_that_suppresses_exceptions_hides_that_a_decoder_takes_too_long() -> None:
    with pytest.raises(TakesTooLong), contextlib.suppress(Exception):
        _too_long()
