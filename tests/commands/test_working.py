"""The line that says how far a long command is: on a terminal alone, not before a second, gone at the end."""

from __future__ import annotations

import io
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from opsconsole.cli import main
from opsconsole.commands.working import EVERY, FIRST, Working
from tests.support.clock import ManualClock


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_what_is_quick_is_not_spoken_of() -> None:
    terminal, clock = Terminal(), ManualClock()
    working = Working(terminal, clock.monotonic, {"TERM": "xterm"})
    clock.passes(FIRST / 2)
    working.note(lambda: "half")
    working.clear()
    assert terminal.getvalue() == ""


def test_the_line_is_drawn_in_its_place_and_taken_away() -> None:
    terminal, clock = Terminal(), ManualClock()
    working = Working(terminal, clock.monotonic, {"TERM": "xterm"})
    clock.passes(FIRST)
    working.note(lambda: "1,000 entries")
    working.note(lambda: "not yet again")
    clock.passes(EVERY)
    working.note(lambda: "2,000")
    working.clear()
    assert terminal.getvalue() == "\r1,000 entries\r2,000        \r     \r"


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_terminal_without_a_cursor_is_left_alone(term: str) -> None:
    terminal, clock = Terminal(), ManualClock()
    working = Working(terminal, clock.monotonic, {"TERM": term})
    clock.passes(FIRST)
    working.note(lambda: "words")
    assert terminal.getvalue() == ""


@pytest.mark.parametrize("is_terminal", [False, True])
def test_a_pipe_hears_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_terminal: bool) -> None:
    monkeypatch.setattr("opsconsole.commands.working.FIRST", 0.0)  # nothing is too quick to be told
    monkeypatch.setattr("opsconsole.commands.looking.judge.Working", lambda: Working(Told() if is_terminal else None))
    monkeypatch.setenv("TERM", "xterm")
    log = tmp_path / "log"
    log.write_text("2026-11-21T22:36:49Z INFO scaling deployment web to 3 replicas\n" * 5)
    result = CliRunner().invoke(main, ["judge", "--flagged", str(log)], env={"HOME": str(tmp_path)})
    assert ("\r" in result.output) == is_terminal
    assert ("entries read" in result.output) == is_terminal


class Told(Terminal):
    """A terminal that shows what it is told on standard error."""

    def write(self, text: str) -> int:
        click.echo(text, err=True, nl=False)
        return len(text)
