from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from opsconsole.ui.drawing.palette import NAMES, PALETTES, TEXTUAL_THEMES, THEMES
from opsconsole.ui.drawing.spans import StyledLine, changed_columns, fit, fit_name, line, plain, strip_of, width_of

PALETTE = PALETTES["ansi"]
texts = st.text(max_size=30)
styles = st.sampled_from(["", *NAMES])
lines = st.builds(
    StyledLine, st.lists(st.tuples(texts, styles), max_size=5).map(tuple), st.sampled_from(["", "cursor"])
)


def drawn(content: StyledLine, width: int) -> list[tuple[str, object]]:
    return [(char, segment.style) for segment in strip_of(content, width, PALETTE) for char in segment.text]


@given(lines, st.integers(0, 60))
def test_a_strip_is_exactly_as_wide_as_asked(content, width):
    strip = strip_of(content, width, PALETTE)
    assert sum(width_of(segment.text) for segment in strip) == width


@given(texts, st.integers(0, 40), st.booleans())
def test_fitted_text_is_exactly_as_wide_as_asked(text, width, right):
    assert width_of(fit(text, width, right=right)) == max(width, 0)
    assert width_of(fit_name(text, width)) == max(width, 0)


def test_a_name_keeps_its_end_when_it_is_cut():
    assert fit_name("api-gateway-7f8d9b6c5-5k9l2", 20) == "api-gateway-~5-5k9l2"


@given(st.lists(st.tuples(st.text("abc ", min_size=1, max_size=6), styles), min_size=1, max_size=6), st.data())
def test_outside_of_the_changed_columns_nothing_differs(spans, data):
    before = StyledLine(tuple(spans))
    after = StyledLine(
        tuple(
            (data.draw(st.text("abc ", min_size=1, max_size=6)), s) if data.draw(st.booleans()) else (t, s)
            for t, s in spans
        )
    )
    width = 40
    columns = changed_columns(before, after)
    old, new = drawn(before, width), drawn(after, width)
    if columns is None:
        assert old == new
        return
    first, last = columns
    assert old[:first] == new[:first]
    assert old[last:] == new[last:]


def test_one_changed_cell_is_one_small_region():
    before = line(("aaa ", ""), ("bbb ", "dim"), ("ccc ", ""))
    after = line(("aaa ", ""), ("bXb ", "dim"), ("ccc ", ""))
    assert changed_columns(before, after) == (4, 8)
    assert changed_columns(before, before) is None


def test_a_change_of_the_rows_style_is_the_whole_line():
    assert changed_columns(line("a"), line("a", row="cursor")) == (0, 1 << 16)


def test_every_theme_has_every_style_and_one_of_textuals_under_it():
    for theme in THEMES:
        assert all(PALETTES[theme][name] for name in NAMES)
        assert theme in TEXTUAL_THEMES


def test_the_ansi_theme_uses_nothing_beyond_sixteen_colours():
    for name in NAMES:
        style = PALETTES["ansi"][name]
        for colour in (style.color, style.bgcolor):
            assert colour is None or (colour.number is not None and colour.number < 16)


def test_no_style_says_in_colour_alone_what_a_bold_reversed_or_dim_text_does_not():
    for name in ("bad", "warn", "banner", "cursor", "focus", "optimizer", "prod", "safe", "match"):
        style = PALETTES["ansi"][name]
        assert style.bold or style.reverse or style.dim or style.underline, name


def test_plain_is_the_text_alone():
    assert plain(line("a", ("b", "bad"))) == "ab"
