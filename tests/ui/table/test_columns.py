from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from opsconsole.present.panes import decisions, events, gpu, pods
from opsconsole.present.panes.spec import Column
from opsconsole.ui.drawing.spans import plain, width_of
from opsconsole.ui.table.columns import GAP, header_line, lay_out, row_line

WIDE = Column("A", 10, lambda row, _: (row, ""), flex=1)
LESS = Column("B", 10, lambda row, _: (row, ""), drop=1)
LEAST = Column("C", 10, lambda row, _: (row, ""), drop=2)


def test_the_least_important_columns_go_first():
    assert [column.title for column, _ in lay_out([WIDE, LESS, LEAST], 32)] == ["A", "B", "C"]
    assert [column.title for column, _ in lay_out([WIDE, LESS, LEAST], 31)] == ["A", "B"]
    assert [column.title for column, _ in lay_out([WIDE, LESS, LEAST], 20)] == ["A"]


def test_a_column_that_never_goes_stays_in_the_narrowest_terminal():
    assert [column.title for column, _ in lay_out([WIDE], 1)] == ["A"]


@given(st.integers(1, 400))
def test_every_pane_fits_its_width_or_has_nothing_left_to_drop(width):
    for module in (pods, events, gpu, decisions):
        layout = lay_out(module.COLUMNS, width)
        used = sum(size for _, size in layout) + GAP * (len(layout) - 1)
        assert used <= width or not any(column.drop for column, _ in layout)
        assert all(size <= max(column.most, column.width) for column, size in layout)


@given(st.text(max_size=40), st.integers(1, 60))
def test_cells_keep_their_width_whatever_is_in_them(text, width):
    layout = lay_out([WIDE], width)
    cells = row_line(text, None, layout, "~")
    assert width_of(plain(cells)) == layout[0][1] + 1


def test_the_header_is_as_wide_as_the_table():
    layout = lay_out(pods.COLUMNS, 120)
    assert width_of(plain(header_line(layout, 120))) == 120
