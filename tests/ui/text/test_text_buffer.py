from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole.text import clean_line
from opsconsole.ui.drawing.spans import StyledLine, line, plain, width_of
from opsconsole.ui.text import buffer as buffers
from opsconsole.ui.text.buffer import TextBuffer
from opsconsole.ui.text.wrap import shift, split_lines, wrap, wrap_words


def buffer_of(count: int, **options) -> TextBuffer:
    buffer = TextBuffer(**options)
    buffer.extend(line(f"line {n}") for n in range(count))
    return buffer


def seen(buffer: TextBuffer, width: int = 40, height: int = 10) -> list[str]:
    return [plain(row) for row in buffer.visible(width, height)]


@given(
    st.lists(st.tuples(st.text(max_size=40).map(clean_line), st.sampled_from(["", "dim"])), max_size=4),
    st.integers(2, 30),
)
def test_wrapping_loses_nothing_and_fits(spans, width):
    content = StyledLine(tuple(spans))
    rows = wrap(content, width)
    assert "".join(map(plain, rows)) == plain(content)
    assert all(width_of(plain(row)) <= width for row in rows)


@given(
    st.lists(st.tuples(st.text("ab c日-", max_size=40), st.sampled_from(["", "dim"])), max_size=4),
    st.integers(4, 30),
)
def test_wrapping_at_words_loses_no_letter_and_fits(spans, width):
    content = StyledLine(tuple(spans))
    rows = wrap_words(content, width)
    assert "".join("".join(map(plain, rows)).split()) == "".join(plain(content).split())
    assert all(width_of(plain(row)) <= width for row in rows)


@given(st.lists(st.text("abc", min_size=1, max_size=8), min_size=1, max_size=30), st.integers(16, 40))
def test_a_word_that_fits_on_a_line_is_never_broken(words, width):
    rows = wrap_words(line("  " + " ".join(words)), width)
    assert [word for row in rows for word in plain(row).split()] == words


def test_wrapped_prose_hangs_under_its_beginning_and_keeps_its_styles():
    rows = wrap_words(line(("  1. ", "key"), "Take it out of here and there"), 20)
    assert [plain(row) for row in rows] == ["  1. Take it out of", "    here and there"]
    assert rows[0].spans[0] == ("  1. ", "key")


def test_a_word_wider_than_the_line_is_cut_all_the_same():
    assert [plain(row) for row in wrap_words(line("ab " + "x" * 12), 8, hang=1)] == ["ab", " xxxxxxx", " xxxxx"]


def test_a_buffer_of_prose_moves_by_its_rows():
    buffer = TextBuffer(words=True)
    buffer.extend([line("one two three four"), line("end")])
    assert seen(buffer, 10, 2) == ["one two", "  three"]
    buffer.scroll(2)
    assert seen(buffer, 10, 2) == ["  four", "end"]


@given(st.text("ab日本", max_size=30), st.integers(0, 40))
def test_shifting_keeps_the_rest(text, by):
    rest = plain(shift(line(text), by))
    assert text.endswith(rest)
    assert width_of(rest) >= width_of(text) - by


def test_memory_is_bounded_and_what_is_left_out_is_counted():
    buffer = buffer_of(100, kept=30)
    assert len(buffer.lines) == 30
    assert buffer.dropped == 70
    assert plain(buffer.lines[0]) == "line 70"


def test_following_stays_at_the_end():
    buffer = buffer_of(50, follow=True)
    assert seen(buffer)[-1] == "line 49"
    buffer.extend([line("new")])
    assert seen(buffer)[-1] == "new"


def test_reading_further_up_is_not_disturbed_by_new_lines():
    buffer = buffer_of(50, follow=True)
    seen(buffer)
    buffer.scroll(-5)
    before = seen(buffer)
    buffer.extend(line(f"new {n}") for n in range(5))
    assert seen(buffer) == before
    assert not buffer.follow


def test_reading_further_up_is_not_disturbed_when_old_lines_go():
    buffer = buffer_of(50, kept=50)
    seen(buffer)
    buffer.scroll(20)
    before = seen(buffer)
    buffer.extend(line(f"new {n}") for n in range(7))
    assert seen(buffer) == before


def test_search_finds_the_next_match_and_goes_round_the_end():
    buffer = buffer_of(100)
    seen(buffer)
    buffer.search("line 9$")
    assert buffer.match == 9
    assert not buffer.next_match(1) or buffer.match == 9
    buffer.search("line .5$")
    first = buffer.match
    assert first == 15
    assert buffer.next_match(-1)
    assert buffer.match == 95
    assert "line 95" in seen(buffer)


def test_an_invalid_search_is_said_and_taken_as_plain_text():
    buffer = buffer_of(3)
    buffer.extend([line("call f(x")])
    buffer.search("f(")
    assert "not a regular expression" in buffer.problem
    assert buffer.match == 3


def test_what_is_not_there_is_not_found():
    buffer = buffer_of(3)
    buffer.search("nowhere")
    assert buffer.match is None
    assert not buffer.next_match(1)


def test_matches_are_marked():
    buffer = buffer_of(3)
    buffer.search("line 1")
    row = buffer.visible(40, 10)[1]
    assert ("line 1", "match") in row.spans
    assert row.row == "cursor"


def test_wrapped_lines_scroll_row_by_row():
    buffer = TextBuffer()
    buffer.extend([line("a" * 25), line("b" * 25)])
    assert seen(buffer, 10, 4) == ["a" * 10, "a" * 10, "a" * 5, "b" * 10]
    buffer.scroll(1)
    assert seen(buffer, 10, 4)[0] == "a" * 10
    buffer.scroll(100)
    assert seen(buffer, 10, 4)[-1] == "b" * 5
    buffer.toggle_wrap()
    assert seen(buffer, 10, 4) == ["a" * 25, "b" * 25]
    buffer.sideways(1)
    assert seen(buffer, 10, 4) == ["a" * 17, "b" * 17]


@given(
    st.lists(st.text("ab", max_size=50), max_size=40),
    st.lists(
        st.tuples(st.sampled_from(["scroll", "page", "home", "end", "wrap", "add", "size"]), st.integers(-9, 30)),
        max_size=12,
    ),
)
@settings(max_examples=150, deadline=None)
def test_whatever_is_pressed_the_window_is_full_or_shows_all(texts, steps):
    buffer = TextBuffer(kept=60)
    buffer.extend(line(text) for text in texts)
    width, height = 20, 8
    for what, number in steps:
        if what == "add":
            buffer.extend(line("c" * 30) for _ in range(abs(number)))
        elif what == "size":
            width, height = 5 + abs(number), 1 + abs(number)
        elif what == "wrap":
            buffer.toggle_wrap()
        elif what in ("home", "end"):
            getattr(buffer, what)()
        else:
            getattr(buffer, what)(number)
        rows = buffer.visible(width, height)
        total = sum(len(wrap(each, width)) if buffer.wrapped else 1 for each in buffer.lines)
        assert len(rows) == min(height, total)


def test_tabs_and_control_characters_are_spread_out_and_made_visible():
    assert split_lines("a\tb\nc\x1b[31m") == ["a   b", "c␛[31m"]


def test_long_lines_are_bounded_in_characters_the_oldest_first(monkeypatch):
    monkeypatch.setattr(buffers, "KEPT_CHARACTERS", 1_000)
    buffer = TextBuffer()
    for number in range(50):
        buffer.extend([line(f"{number:0>50}", f"{number:0>50}")])
    assert [plain(each)[-2:] for each in buffer.lines] == [str(number) for number in range(40, 50)]
    assert buffer.dropped == 40
    buffer.replace([line("new")])
    buffer.extend([line("z" * 5_000)])
    assert [len(plain(each)) for each in buffer.lines] == [5_000], "one line is never too long"
