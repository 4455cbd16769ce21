"""The row model: order, filter and pins stay right through any sequence of changes."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole.present.panes.spec import Sort
from opsconsole.ui.table.model import FEW, TableModel


class Row(NamedTuple):
    rank: int
    pinned: bool = False
    shown: bool = True


BY_RANK = Sort("rank", lambda row: row.rank)
FALLING = Sort("falling", lambda row: row.rank, reverse=True)


def model_of(rows: dict[str, Row], sort: Sort = BY_RANK) -> TableModel[Row]:
    model: TableModel[Row] = TableModel(sort, lambda row: row.pinned)
    model.restrict(lambda row: row.shown)
    model.replace(rows)
    return model


def keys_of(model: TableModel[Row]) -> list[str]:
    return [key for key, _ in model.window(0, len(model))]


def expected(rows: dict[str, Row], *, reverse: bool = False) -> list[str]:
    shown = sorted(((row.rank, key) for key, row in rows.items() if row.shown), reverse=reverse)
    return [key for _, key in shown if rows[key].pinned] + [key for _, key in shown if not rows[key].pinned]


names = st.text("abcdefgh", min_size=1, max_size=3)
rows_strategy = st.dictionaries(names, st.builds(Row, st.integers(0, 5), st.booleans(), st.booleans()), max_size=120)
changes = st.lists(
    st.tuples(st.dictionaries(names, st.builds(Row, st.integers(0, 5), st.booleans(), st.booleans())), st.sets(names)),
    max_size=4,
)


@given(rows_strategy, changes, st.booleans())
@settings(max_examples=150, deadline=None)
def test_any_sequence_of_changes_leaves_the_order_of_a_full_sort(rows, steps, falling):
    model = model_of(rows, FALLING if falling else BY_RANK)
    for changed, gone in steps:
        rows = {key: row for key, row in {**rows, **changed}.items() if key not in gone - changed.keys()}
        model.update(changed.items(), gone - changed.keys())
    assert keys_of(model) == expected(rows, reverse=falling)
    assert model.total == len(rows)
    assert [model.index_of(key) for key in keys_of(model)] == list(range(len(model)))


def test_more_moves_than_are_bisected_give_the_same_order():
    rows = {f"r{n:04}": Row(n % 7, pinned=n % 50 == 0) for n in range(FEW * 4)}
    model = model_of(rows)
    changed = {key: row._replace(rank=6 - row.rank) for key, row in list(rows.items())[: FEW * 3]}
    model.update(changed.items(), ["r0001"])
    rows = {**rows, **changed}
    del rows["r0001"]
    assert keys_of(model) == expected(rows)


def test_a_row_that_is_changed_and_then_gone_leaves_nothing_behind():
    model = model_of({"a": Row(1), "b": Row(2)})
    model.update([("a", Row(9))], ["a"])
    assert keys_of(model) == ["b"]
    assert model.index_of("a") is None


def test_a_key_that_was_never_there_can_go():
    model = model_of({"a": Row(1)})
    model.update((), ["nobody"])
    assert keys_of(model) == ["a"]


def test_pinned_rows_stay_on_top_when_the_order_is_turned():
    model = model_of({"a": Row(1), "p": Row(5, pinned=True), "z": Row(9)})
    model.turn()
    assert keys_of(model) == ["p", "z", "a"]


def test_outside_of_the_rows_there_is_no_key():
    model = model_of({"a": Row(1)})
    assert model.key_at(-1) is None
    assert model.key_at(1) is None
    assert model.window(-5, 100) == [("a", Row(1))]
