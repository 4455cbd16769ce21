"""The damage: every field that the optimizer changed, before against now, object by object. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from opsconsole.governor.account.damage import Damage, DamageState
from opsconsole.present.panes.context import RowContext
from opsconsole.present.units import UNKNOWN, age, change, plural
from opsconsole.ui.details.parts import Comparison, comparison, heading
from opsconsole.ui.drawing.spans import Span, StyledLine, line

_STYLE = {
    DamageState.DAMAGED: "bad",
    DamageState.RESTORED: "good",
    DamageState.CHANGED_SINCE: "warn",
    DamageState.GONE: "warn",
}
_OPEN_FIRST = (DamageState.DAMAGED, DamageState.GONE, DamageState.CHANGED_SINCE, DamageState.RESTORED)

_NONE_SEEN = (
    " No change by the optimizer was seen since this console started watching.",
    " What was written under the name of kubectl, helm or a GitOps tool counts as theirs, not as the optimizer's,",
    " unless the audit log says otherwise. W lists who writes.",
)


def page(damage: Sequence[Damage], look: RowContext, *, restorable: bool = False) -> list[StyledLine]:
    """Return the account; objects with open damage come first. ``restorable``: this console has the key for it."""
    if not damage:
        return [line((text, "dim")) for text in _NONE_SEEN]
    still = sum(row.standing is not DamageState.RESTORED for row in damage)
    objects = {row.about for row in damage}
    summary = (
        f" {plural(still, 'field')} of {plural(len(objects), 'object')} not as before; {len(damage) - still} restored"
    )
    way_back: list[Span] = [("   R", "key"), (" puts them back", "dim")] if still and restorable else []
    lines = [line((summary, "bad" if still else "good"), *way_back)]
    for about, rows in groupby(sorted(damage, key=_order), key=lambda row: str(row.about)):
        lines += [*heading(about), *_object(list(rows), look)]
    lines += [*heading("Before"), line(("   is what this console saw last before the optimizer's first write.", "dim"))]
    return lines


def _order(row: Damage) -> tuple[str, int, str]:
    return str(row.about), _OPEN_FIRST.index(row.standing), row.path


def _object(rows: Iterable[Damage], look: RowContext) -> list[StyledLine]:
    table = [Comparison("FIELD", "BEFORE", "NOW", ("STATE", "dim"))]
    table += [Comparison(row.path, row.before or UNKNOWN, row.now or UNKNOWN, _verdict(row, look)) for row in rows]
    return comparison(table, look.marks.arrow)


def _verdict(row: Damage, look: RowContext) -> Span:
    words = row.standing.upper()
    if row.standing is not DamageState.RESTORED and row.before_number is not None:
        words += f" {change(row.before_number, row.now_number)}"
    words += f"; {plural(row.writes, 'write')}, last {age(look.now - row.last_at)} ago by {row.now_by or UNKNOWN}"
    if not row.certain:
        words += f"; {_doubt(row)}"
    if row.doubtful:
        words += "; BEFORE may be the optimizer's own value"
    if row.why:
        words += f"; BEFORE is not known: {row.why}"
    return words, _STYLE[row.standing]


def _doubt(row: Damage) -> str:
    return "from its log, not seen" if row.announced else "the writer can't be told for certain"
