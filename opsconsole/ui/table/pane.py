"""The widget of one pane: title, column header, visible rows, rail. What it shows is all in its spec and model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from textual.message import Message

from opsconsole.present.panes.context import RowContext
from opsconsole.present.panes.spec import PaneSpec
from opsconsole.records import Health, State
from opsconsole.ui.drawing.linewidget import LineWidget
from opsconsole.ui.drawing.spans import Span, StyledLine, fit, line, width_of
from opsconsole.ui.status import health as health_words
from opsconsole.ui.table.columns import Layout, header_line, lay_out, row_line
from opsconsole.ui.table.model import MANY, TableModel
from opsconsole.ui.table.viewport import Viewport
from opsconsole.ui.text.filter import Filter
from opsconsole.ui.text.wrap import wrap_words

if TYPE_CHECKING:
    from textual.events import Click, MouseScrollDown, MouseScrollUp

    from opsconsole.store import Delta

FIRST_ROW = 2
"""Lines above the rows: title and column header, and between the two what the title has no room for."""

NOTE_LINES = 3
"""Lines that a source which is not well may take from the rows to say why."""

WHEEL = 3

_TITLE_LEAST = 16
"""Cells that a pane's title keeps for itself, whatever there is to be said of its source."""

_CHIP = {"warn": "notice", "bad": "banner"}
"""How a state that is not well is drawn in a title: as readable on the focused title as on the others."""


class TablePane(LineWidget):
    """One pane of the cockpit.

    Args:
        spec: what it shows and how.
        look: what rows depend on besides their record; asked anew for each paint.
        namespace: show this namespace alone; empty: all.
    """

    what = "pane"

    class Chosen(Message):
        """The pane was clicked; ``open`` if it was on the row that the cursor was on already."""

        def __init__(self, pane: TablePane, open: bool) -> None:  # noqa: A002 - a message's plain fields
            super().__init__()
            self.pane = pane
            self.open = open

    def __init__(self, spec: PaneSpec[Any], look: Callable[[], RowContext], namespace: str = "") -> None:
        super().__init__(id=spec.name)
        self.spec = spec
        self._look = look
        self.model: TableModel[Any] = TableModel(spec.sorts[0], spec.pinned(look()) if spec.pinned else None)
        self.view = Viewport(self.model)
        self.filter: Filter | None = None
        self.folded: frozenset[str] = frozenset()
        self.namespace = namespace
        self.remark = ""
        self.current = False
        self.paused = False
        self._pending: set[str] = set()
        self._trouble: Exception | None = None
        self._layout: tuple[int, str, Layout] = (0, "", ())
        self._drawn: dict[str, tuple[Any, StyledLine]] = {}
        self._drawn_as: Layout = ()
        self._first_row = FIRST_ROW
        self._restrict()

    # --- what is shown ---------------------------------------------------------------------------------------------

    @property
    def health(self) -> Health | None:
        """The state of the pane's feeds."""
        return health_words.of_feeds(self._look().store.health, self.spec.feeds)

    @property
    def selected(self) -> Any | None:
        """The record under the cursor."""
        key = self.view.key
        return None if key is None else self.model.records[key]

    def lines(self, width: int, height: int) -> Sequence[StyledLine]:
        """Title, header, rows."""
        if self._trouble is not None:
            raise self._trouble
        look, state = self._look(), self.health
        note = self._note(state, look.now, width) if len(self.model) else []
        self._first_row = FIRST_ROW + len(note)
        self.view.resize(height - self._first_row)
        layout = self._lay_out(width - 3)
        said_below = bool(note) or not len(self.model)
        shown = [self._title(look, state, width, brief=said_below), *note, self._header(layout, width)]
        if not len(self.model):
            shown += self._nothing(state, width)
        visible = list(self.model.window(self.view.top, self.view.top + self.view.height))
        contents = zip(visible, self._contents(visible, look, layout), strict=True)
        shown += [
            self._row(content, y, look, "stale" if self._is_old(row, state, look) else "")
            for y, ((_, row), content) in enumerate(contents)
        ]
        blank = StyledLine(((" " * (width - 1), ""), (look.marks.rail, "rail")))
        return [*shown, *[blank] * (height - len(shown))]

    def _note(self, state: Health | None, now: float, width: int) -> list[StyledLine]:
        """The words of a source that is not well, in lines, where the title has no room for all of them."""
        words, style = health_words.words(state, now)
        if style not in _CHIP or width_of(words) + 2 <= width - _TITLE_LEAST:
            return []
        return [StyledLine(row.spans, row.row) for row in wrap_words(line((f"  {words}", style)), width)[:NOTE_LINES]]

    def _is_old(self, record: Any, state: Health | None, look: RowContext) -> bool:
        """Whether a row may no longer be true: its source is not well, or does not hear of its namespace or node."""
        if state is None or health_words.is_old(state):
            return state is not None
        if self.spec.old is not None and self.spec.old(record, look):
            return True
        return bool(state.failing) and self.spec.namespace is not None and self.spec.namespace(record) in state.failing

    def _contents(self, visible: Iterable[tuple[str, Any]], look: RowContext, layout: Layout) -> Iterator[StyledLine]:
        """The rows' cells; those of a record that has not changed are made once until :meth:`sync` makes all anew."""
        before, self._drawn = self._drawn if self._drawn_as is layout else {}, {}
        self._drawn_as = layout
        for key, row in visible:
            known = before.get(key)
            cells = known[1] if known is not None and known[0] is row else row_line(row, look, layout, look.marks.more)
            self._drawn[key] = row, cells
            yield cells

    def _lay_out(self, width: int) -> Layout:
        if self._layout[:2] != (width, self.namespace):
            columns = [c for c in self.spec.columns if not (self.namespace and c.title == "NAMESPACE")]
            self._layout = (width, self.namespace, lay_out(columns, width))
        return self._layout[2]

    def _row(self, content: StyledLine, y: int, look: RowContext, old: str) -> StyledLine:
        here = self.view.top + y == self.view.index
        cursor = ("cursor" if self.current else "rest") if here and (self.current or not self.view.at_home) else ""
        gutter: Span = (look.marks.cursor if here and self.current else " ", "strong")
        return StyledLine((gutter, *content.spans, self._rail(y, look)), f"{old} {cursor}".strip())

    def _rail(self, y: int, look: RowContext) -> Span:
        rows, height = len(self.model), self.view.height
        if rows <= height:
            return look.marks.rail, "rail"
        size = max(height * height // rows, 1)
        start = (height - size) * self.view.top // max(rows - height, 1)
        return (look.marks.thumb, "dim") if start <= y < start + size else (look.marks.rail, "rail")

    def _header(self, layout: Layout, width: int) -> StyledLine:
        return line((" ", ""), *header_line(layout, width - 2).spans)

    def _title(self, look: RowContext, state: Health | None, width: int, *, brief: bool) -> StyledLine:
        base = "focus" if self.current else "title"
        words, style = health_words.words(state, look.now)
        if brief and style in _CHIP and width_of(words) + 2 > width - _TITLE_LEAST:
            words = words.partition(": ")[0]
        right = f" {words} "
        room = max(width - width_of(right), min(width, _TITLE_LEAST))
        left = f"{look.marks.focus if self.current else ' '} {self._heading(look)}"
        return line((fit(left, room, more=look.marks.more), base), (fit(right, width - room), _CHIP.get(style, base)))

    def _heading(self, look: RowContext) -> str:
        parts = [self.spec.title, self._count()]
        if self.paused:
            parts.append(f"PAUSED (+{len(self._pending):,})")
        if self.filter:
            parts.append(f"/{self.filter.text}" + (" (plain text)" if self.filter.problem else ""))
        if self.folded:
            parts.append(f"{len(self.folded)} folded" + (" (not while a filter is on)" if self.filter else ""))
        if self.namespace and self.spec.namespace:
            parts.append(f"ns:{self.namespace}")
        turned = self.model.reverse != self.model.sort.reverse
        parts.append(f"{look.marks.dash} {self.model.sort.name}{', reversed' if turned else ''}")
        return " ".join(parts)

    @property
    def counted(self) -> int:
        """How many there are of what the title names; rows of other sorts are not among them."""
        counts = self.spec.counted
        return self.model.total if counts is None else sum(map(counts, self.model.records.values()))

    def _count(self) -> str:
        shown, rows = len(self.model), self.model.total
        if shown == rows:
            return f"{self.counted:,}"
        return f"{shown:,} of {rows:,}" + ("" if self.spec.counted is None else " rows")

    def _nothing(self, state: Health | None, width: int) -> list[StyledLine]:
        """Why there is no row, in as many lines as it takes."""
        words, style = self._why_nothing(state)
        return wrap_words(line((f"  {words}", style)), width - 2)

    def _why_nothing(self, state: Health | None) -> Span:
        words, style = health_words.words(state, self._look().now)
        live = state is not None and state.state is State.LIVE
        if self.namespace and self.spec.namespace is not None:
            if self.remark:
                return self.remark, "bad"
            if state is not None and live and not state.covers(self.namespace):
                return f"namespace {self.namespace} is not read now: {words}", "warn"
        if self.model.total:
            why = f"nothing matches; {self.model.total:,} hidden by"
            return (
                f"{why} {'the filter (Esc shows them)' if self.filter else 'the namespace (N chooses another)'}",
                "dim",
            )
        if state is None or state.state is State.STARTING:
            return f"{words} …", "dim"
        if live and not (state and (state.failing or state.detail)):
            return self.spec.nothing, "dim"
        return (f"{self.spec.nothing}; {words}" if live else words), "warn" if state and state.failing else style

    # --- what changes it -------------------------------------------------------------------------------------------

    def load(self) -> None:
        """Take every record from the store."""
        store, accepts = self._look().store, self.spec.accepts
        self._pending.clear()
        records: dict[str, Any] = {}
        for kind in self.spec.kinds:
            records.update(store.table(kind))
        if accepts is not None:
            records = {key: record for key, record in records.items() if accepts(record)}
        self.model.replace(records)
        self.view.settle()

    def absorb(self, delta: Delta) -> bool:
        """Take over what changed; true if the pane may look otherwise now.

        A pane that can't says so in its place, and tries again from the start next time.
        """
        touched = set().union(*(delta.touched(kind) for kind in self.spec.kinds))
        try:
            if self._trouble is not None:
                self._trouble = None
                self.load()
            if touched:
                self._absorb(touched)
        except Exception as error:  # noqa: BLE001 - one pane's defect must not cost the others
            self._trouble = error
        return bool(touched) or not delta.health.isdisjoint(self.spec.feeds)

    def _absorb(self, touched: set[str]) -> None:
        if self.paused:
            self._pending |= touched
        else:
            self._take(touched)

    def _take(self, keys: set[str]) -> None:
        tables = [self._look().store.table(kind) for kind in self.spec.kinds]
        if len(keys) > sum(map(len, tables)) // MANY:
            self.load()  # in the store's own order, which is quicker to sort than a set's
            return
        changed, gone = [], []
        for key in keys:
            record = next((table[key] for table in tables if key in table), None)
            if record is None or not (self.spec.accepts is None or self.spec.accepts(record)):
                gone.append(key)
            else:
                changed.append((key, record))
        self.model.update(changed, gone)
        self.view.settle()

    def sync(self) -> None:
        """Repaint what is no longer true, the passing of time included."""
        self._drawn.clear()
        super().sync()

    def sync_changed(self) -> None:
        """Repaint what the records changed; ages and what else rows depend on are as they were at the last sync."""
        super().sync()

    def repaint(self) -> None:
        """Draw everything anew."""
        self._drawn.clear()
        super().repaint()

    def pause(self, paused: bool) -> None:
        """Hold the pane still, or let it follow again and take over what was missed."""
        self.paused = paused
        if not paused:
            missed, self._pending = self._pending, set()
            self._take(missed)
            self.view.home()
        self.sync()

    def set_filter(self, new: Filter | None) -> None:
        """Show only rows whose text matches."""
        self.filter = new
        self._restrict()
        self.sync()

    def set_namespace(self, namespace: str, remark: str = "") -> None:
        """Show one namespace, or all with an empty name; ``remark`` says what is wrong with it."""
        self.namespace, self.remark = namespace, remark
        self._restrict()
        self.sync()

    def fold(self) -> bool:
        """Fold the rows of the cursor's group below its row, or show them again; false where there are no groups."""
        row, group_of = self.selected, self.spec.group
        name = "" if row is None or group_of is None else group_of(row) or str(row.key)
        if name not in self._groups():
            return False
        self._set_folded(self.folded ^ {name})
        if name in self.folded and name in self.model.records:
            self.view.find(name)
        self.sync()
        return True

    def fold_all(self) -> bool:
        """Fold every group, or show all of them again; false where there are no groups."""
        groups = self._groups()
        if groups:
            self._set_folded(frozenset() if self.folded else groups)
            self.sync()
        return bool(groups)

    def _groups(self) -> frozenset[str]:
        group_of = self.spec.group
        return frozenset() if group_of is None else frozenset(filter(None, map(group_of, self.model.records.values())))

    def _set_folded(self, groups: frozenset[str]) -> None:
        self.folded = groups
        self._restrict()

    def _restrict(self) -> None:
        # What a filter finds is shown, folded or not.
        folded = frozenset() if self.filter else self.folded
        self.model.restrict(_accepts(self.spec, self.filter, self.namespace, folded))
        self.view.settle()

    def next_sort(self) -> None:
        """Go to the next order."""
        sorts = self.spec.sorts
        self.model.order(sorts[(sorts.index(self.model.sort) + 1) % len(sorts)])
        self.view.settle()
        self.sync()

    def turn_sort(self) -> None:
        """Reverse the order."""
        self.model.turn()
        self.view.settle()
        self.sync()

    # --- the mouse -------------------------------------------------------------------------------------------------

    def on_click(self, event: Click) -> None:
        """Choose the pane and the row; a click on the cursor's row opens it."""
        event.stop()
        index = self.view.top + event.y - self._first_row
        on_row = event.y >= self._first_row and index < len(self.model)
        again = on_row and self.current and index == self.view.index
        if on_row:
            self.view.go(index)
        self.post_message(self.Chosen(self, again))

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Move down."""
        event.stop()
        self.view.move(WHEEL)
        self.sync()

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Move up."""
        event.stop()
        self.view.move(-WHEEL)
        self.sync()


def _accepts(
    spec: PaneSpec[Any], wanted: Filter | None, namespace: str, folded: frozenset[str]
) -> Callable[[Any], bool] | None:
    """Return the test that a row must pass; ``None`` if every row does."""
    tests: list[Callable[[Any], bool]] = []
    namespace_of, group_of = spec.namespace, spec.group
    if namespace and namespace_of is not None:
        tests.append(lambda record: namespace_of(record) == namespace)
    if folded and group_of is not None:
        tests.append(lambda record: group_of(record) not in folded)
    if wanted is not None:
        matches, haystack = wanted.matches, spec.haystack
        tests.append(lambda record: matches(haystack(record)))
    if len(tests) < 2:
        return tests[0] if tests else None
    return lambda record: all(test(record) for test in tests)
