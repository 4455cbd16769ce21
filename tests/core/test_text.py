from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.text import MAX_MARKS, clean, clean_line

HOSTILE = {
    "escape": ("\x1b[2J", "␛[2J"),
    "operating system command": ("\x1b]52;c;AAAA\x07", "␛]52;c;AAAA␇"),
    "eight-bit CSI": ("\x9b31m", "<U+009B>31m"),
    "carriage return overwrites": ("safe\revil", "safe␍evil"),
    "delete": ("a\x7f", "a␡"),
    "right-to-left override": ("abc\u202etxt.exe", "abc<U+202E>txt.exe"),
    "bidi isolate": ("\u2066x\u2069", "<U+2066>x<U+2069>"),
    "zero width joiner": ("a\u200db", "a<U+200D>b"),
    "byte order mark": ("\ufeffx", "<U+FEFF>x"),
    "line separator": ("a\u2028b", "a<U+2028>b"),
    "lone surrogate": ("a\udc80", "a<U+DC80>"),
    "tag characters": ("\U000e0041", "<U+E0041>"),
    "markup stays as it is": ("[@click=app.kill]X[/]", "[@click=app.kill]X[/]"),
}


@pytest.mark.parametrize(("raw", "shown"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_made_visible(raw: str, shown: str) -> None:
    assert clean(raw) == shown


@pytest.mark.parametrize("text", ["api-gateway", "Größe 漢字 🚀", "two\nlines\tand a tab", ""])
def test_harmless_text_stays(text: str) -> None:
    assert clean(text) == text


def test_newlines_become_spaces_in_a_cell() -> None:
    assert clean_line("a\nb\tc") == "a b c"


def test_length_is_capped() -> None:
    assert clean("x" * 10, limit=4) == "xxxx…"


@given(st.text(alphabet=st.characters(), max_size=200))
def test_nothing_a_terminal_obeys_survives(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode("utf-8")
    assert not [c for c in cleaned if c not in "\n\t" and unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"}]
    assert not [c for c in cleaned if unicodedata.bidirectional(c) in {"RLO", "LRO", "RLE", "LRE", "PDF", "LRI", "RLI"}]
    assert clean(cleaned) == cleaned


@given(st.text(max_size=200))
def test_a_cell_is_one_line(text: str) -> None:
    assert len(clean_line(text).splitlines()) <= 1


@given(st.text(alphabet=st.sampled_from("a\u0301\u0300\u20dd\u0e31漢e"), max_size=200))
def test_no_character_carries_more_marks_than_a_script_needs(text: str) -> None:
    cleaned = clean(text)
    marks = longest = 0
    for each in cleaned:
        marks = marks + 1 if unicodedata.category(each) in {"Mn", "Me"} else 0
        longest = max(longest, marks)
    assert longest <= MAX_MARKS
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize("text", ["Việt", "שָׁלוֹם", "ที่นี่", "e\u0301\u0323"])
def test_the_marks_of_a_script_stay(text: str) -> None:
    assert clean(text) == text
