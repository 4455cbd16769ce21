"""The cursor belongs to a row: whatever comes, goes or moves, it stays with it, on the same line of the screen."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole.present.panes.spec import Sort
from opsconsole.ui.table.model import TableModel
from opsconsole.ui.table.viewport import Viewport


def view_of(rows: int, height: int = 5) -> tuple[TableModel[int], Viewport]:
    model: TableModel[int] = TableModel(Sort("number", lambda row: row))
    model.replace({f"k{n:03}": n for n in range(rows)})
    view = Viewport(model)
    view.resize(height)
    return model, view


def test_untouched_it_sticks_to_the_top_when_rows_push_in_above():
    model, view = view_of(10)
    model.update([("new", -1)])
    view.settle()
    assert (view.key, view.top) == ("new", 0)


def test_moved_it_stays_with_its_row_and_the_row_on_its_line():
    model, view = view_of(100)
    view.go(50)
    line = view.index - view.top
    model.update([("new", -1), ("newer", -2)])
    view.settle()
    assert view.key == "k050"
    assert view.index == 52
    assert view.index - view.top == line


def test_a_row_that_goes_leaves_the_cursor_on_its_neighbour():
    model, view = view_of(3)
    view.go(1)
    model.update((), ["k001"])
    view.settle()
    assert view.key == "k002"
    model.update((), ["k002"])
    view.settle()
    assert view.key == "k000"


def test_when_every_row_goes_there_is_nothing_under_the_cursor_and_no_error():
    model, view = view_of(3)
    view.go(2)
    model.update((), ["k000", "k001", "k002"])
    view.settle()
    assert view.key is None
    view.move(1)
    view.page(1)
    assert view.key is None


def test_a_sort_keeps_the_row():
    model, view = view_of(100)
    view.go(10)
    model.turn()
    view.settle()
    assert view.key == "k010"
    assert view.top <= view.index < view.top + view.height


def test_paging_stops_at_the_ends():
    _, view = view_of(7)
    view.page(10)
    assert view.index == 6
    assert view.top == 2
    view.page(-10)
    assert (view.index, view.top) == (0, 0)


def test_a_row_that_is_filtered_out_is_not_found():
    model, view = view_of(5)
    model.restrict(lambda row: row < 3)
    assert view.find("k002")
    assert not view.find("k004")


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("go"), st.integers(-3, 60)),
            st.tuples(st.just("page"), st.integers(-3, 3)),
            st.tuples(st.just("resize"), st.integers(0, 40)),
            st.tuples(st.just("add"), st.integers(-50, 50)),
            st.tuples(st.just("drop"), st.integers(0, 30)),
            st.tuples(st.just("home"), st.just(0)),
        )
    )
)
@settings(max_examples=150, deadline=None)
def test_the_cursor_is_always_on_a_row_that_is_seen(steps):
    model, view = view_of(30)
    for what, number in steps:
        if what == "add":
            model.update([(f"n{number}", number)])
            view.settle()
        elif what == "drop":
            model.update((), [f"k{number:03}"])
            view.settle()
        elif what == "home":
            view.home()
        else:
            getattr(view, what)(number)
        assert 0 <= view.top <= view.index < max(len(model), 1)
        assert view.index < view.top + view.height
        assert (view.key is not None) == (len(model) > 0)
