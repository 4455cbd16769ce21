"""The page of a writer: what is known of it, and how surely. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from opsconsole.present import writers as words
from opsconsole.present.panes.context import RowContext
from opsconsole.present.units import UNKNOWN, clock_time, date_time
from opsconsole.records import ClusterWriter
from opsconsole.records.writers import Counts
from opsconsole.text import clean_line
from opsconsole.ui.details.parts import field, heading, paragraph
from opsconsole.ui.drawing.spans import StyledLine, line

_LONG = 20


def page(writer: ClusterWriter, _look: RowContext) -> list[StyledLine]:
    """Return everything that is known of a writer."""
    rows = [
        field("Taken for", f"{words.sort(writer)}: {clean_line(writer.why)}", "bad" if writer.doubt else ""),
        field("User", clean_line(writer.user) or "not known: no audit log tells"),
        field("Field managers", _named(writer.managers), "" if writer.user else "warn"),
        field("Writes", f"{writer.writes} seen, {words.rate(writer)} a minute"),
        field("Last", date_time(writer.last)),
        field("With people", words.quarrel(writer) or "no field taken from them or by them"),
        field("Rights", words.rights(writer, _LONG) if writer.user else f"{UNKNOWN} (they are a user's)"),
    ]
    if writer.user:
        rows += [
            field("User agents", _named(writer.agents)),
            field("Addresses", _named(writer.addresses)),
            field("Pods", _named(writer.pods) if writer.pods else "none told"),
            field("Refused", _counted(writer.refused) or "none"),
        ]
        rows += [field("Impersonates", _named(writer.acts_as), "warn")] if writer.acts_as else []
    else:
        note = "A field manager is a name that the writer chose. With the API server's audit log its user is a fact."
        rows += paragraph(note, "dim")
    return [*rows, *_takeovers(writer), *_lists(writer)]


def _takeovers(writer: ClusterWriter) -> list[StyledLine]:
    """The fields that changed hands between it and others, the newest first."""
    if not writer.takeovers:
        return []
    rows = [
        line(
            (f"   {clock_time(each.at)}  ", "dim"),
            (f"{clean_line(each.taker, 60)} took {clean_line(each.field, 120)} ", ""),
            (f"of {clean_line(str(each.about), 120)} from {clean_line(each.loser, 60)}", ""),
        )
        for each in writer.takeovers[:_LONG]
    ]
    return [*heading("Fields that changed hands"), *rows]


def _lists(writer: ClusterWriter) -> list[StyledLine]:
    rows: list[StyledLine] = []
    for title, counts in (
        ("How it writes", writer.verbs),
        ("Namespaces (objects)", writer.namespaces),
        ("Kinds (objects)", writer.kinds),
        ("Fields that it set (objects)", writer.fields),
    ):
        if counts:
            rows += heading(title)
            rows += [line((f"   {count:>6}  ", "dim"), (clean_line(name, 160), "")) for name, count in counts[:_LONG]]
    if writer.examples:
        rows += heading(f"Objects, the newest first ({writer.objects})")
        rows += [line((f"   {clean_line(str(ref), 200)}", "")) for ref in writer.examples]
    return rows


def _named(names: Iterable[str]) -> str:
    return ", ".join(clean_line(name, 120) for name in names)


def _counted(counts: Counts) -> str:
    return ", ".join(f"{clean_line(name, 40)}: {count}" for name, count in counts)
