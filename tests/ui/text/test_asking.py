"""The line that asks for text: every key goes there, in order, until it is answered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.ui.drawing.spans import StyledLine, plain
from opsconsole.ui.text.filter import LONGEST
from opsconsole.ui.text.prompt import Asking
from tests.ui.running import running, screen_text, shows, until


class Answers:
    def __init__(self, text: str = "") -> None:
        self.changes: list[str] = []
        self.answers: list[str | None] = []
        self.asking = Asking("/", text, "hint", done=self.answers.append, changed=self.changes.append)

    def type(self, *keys: str) -> None:
        for key in keys:
            self.asking.key(key, key if len(key) == 1 else None)


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ("abc", "abc"),
        (["a", "b", "backspace"], "a"),
        (["backspace"], ""),
        (["a", "b", "left", "x"], "axb"),
        (["a", "b", "home", "delete"], "b"),
        (["a", "b", "left", "ctrl+u"], "b"),
        ([*"one two", "ctrl+w"], "one"),
        (["a", "home", "end", "b"], "ab"),
        (["a", "f5", "tab", "ctrl+x"], "a"),
    ],
)
def test_editing(keys, text):
    answers = Answers()
    answers.type(*keys)
    assert answers.asking.text == text


def test_enter_answers_and_esc_does_not():
    answers = Answers("old")
    assert answers.asking.key("enter", "\r")
    assert answers.asking.key("escape", None)
    assert answers.answers == ["old", None]


def test_a_paste_is_one_cleaned_line_of_bounded_length():
    answers = Answers()
    answers.asking.paste("  first\x1b[31m\nsecond\n" + "x" * 1000)
    assert answers.asking.text == "first␛[31m"
    answers.asking.paste("y" * 1000)
    assert len(answers.asking.text) == LONGEST


@given(
    st.lists(
        st.sampled_from(
            ["a", "é", "日", " ", "backspace", "delete", "left", "right", "home", "end", "ctrl+u", "ctrl+w"]
        )
    )
)
def test_the_cursor_is_always_in_the_text(keys):
    answers = Answers()
    answers.type(*keys)
    asking = answers.asking
    assert 0 <= asking.at <= len(asking.text)
    assert asking.text in plain(StyledLine(tuple(asking.spans())))


async def test_what_is_typed_ahead_of_the_question_is_its_answer_and_no_command():
    async with running() as pilot:
        await shows(pilot, "OOMKilled")
        keys = ["slash", *"qsmNTdDny1"]
        from textual.events import Key

        for key in keys:
            pilot.app.post_message(Key(key, "/" if key == "slash" else key))
        await shows(pilot, "/qsmNTdDny1")
        assert pilot.app.screen is pilot.app.cockpit
        assert pilot.app.colours == "dark"


async def test_what_is_typed_ahead_of_a_picker_narrows_it_before_enter_takes():
    async with running() as pilot:
        await shows(pilot, "OOMKilled")
        from textual.events import Key

        for key in ["N", *"ops", "enter"]:
            pilot.app.post_message(Key(key, key if len(key) == 1 else "\r"))
        await shows(pilot, "ns:ops-tools")


async def test_keys_typed_ahead_of_a_screen_are_obeyed_by_that_screen():
    async with running() as pilot:
        await shows(pilot, "OOMKilled")
        from textual.events import Key

        for key in ("down", "enter", "w", "G", "escape", "down"):
            pilot.app.post_message(Key(key, key if len(key) == 1 else None))
        await until(pilot, lambda: pilot.app.cockpit.pane.view.index == 2)
        assert pilot.app.screen is pilot.app.cockpit
        assert "OOMKilled" in screen_text(pilot.app)
