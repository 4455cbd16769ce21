"""The word that is typed to confirm: that word and nothing else, and only where a person can type it."""

from __future__ import annotations

import io

import pytest

from opsconsole.commands.acting.confirm import confirmed


class Keyboard(io.StringIO):
    """Standard input, with what is typed on it."""

    def __init__(self, typed: str, *, terminal: bool = True) -> None:
        super().__init__(typed)
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("freeze\n", True),
        ("  freeze \n", True),
        ("\n", False),
        ("y\n", False),
        ("yes\n", False),
        ("Freeze\n", False),
        ("freeze!\n", False),
        ("revoke\n", False),
        ("", False),  # the window is closed, or Ctrl-D
    ],
)
def test_that_word_alone_confirms(typed: str, expected: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Keyboard(typed))
    assert confirmed("freeze", "Execute these 2 steps?") is expected


def test_what_is_piped_in_confirms_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Keyboard("freeze\n", terminal=False))
    assert not confirmed("freeze")


@pytest.mark.parametrize(
    ("question", "expected"),
    [("", "Type undo to confirm"), ("Execute these 2 steps?", "Execute these 2 steps? Type undo to confirm")],
)
def test_the_question_names_the_word(
    question: str, expected: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", Keyboard("undo\n"))
    assert confirmed("undo", question)
    told = capsys.readouterr()
    assert f"{expected}: " in told.out + told.err
