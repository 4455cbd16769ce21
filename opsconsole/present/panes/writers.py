"""Rows of the writers' pane: who writes to the cluster, suspects first."""

from __future__ import annotations

from opsconsole.present import writers as words
from opsconsole.present.lines import Span
from opsconsole.present.panes.context import RowContext
from opsconsole.present.panes.spec import Column, PaneSpec, Sort, Whole
from opsconsole.present.units import age, age_at
from opsconsole.records import ClusterWriter, Kind, WriterClass
from opsconsole.writers.rows import rank

_STYLE = {WriterClass.SUSPECT: "warn", WriterClass.SYSTEM: "dim", WriterClass.UNTRACED: "dim"}


def _what(writer: ClusterWriter, _look: RowContext) -> Span:
    return words.sort(writer), "bad" if writer.doubt else _STYLE.get(writer.sort, "")


def _people(writer: ClusterWriter, _look: RowContext) -> Span:
    quarrel = words.quarrel(writer)
    return quarrel, "bad" if quarrel else ""


def _last(writer: ClusterWriter, look: RowContext) -> Span:
    return age(None if writer.last is None else look.now - writer.last), "dim"


def _refused(writer: ClusterWriter, _look: RowContext) -> Span:
    count = sum(number for _, number in writer.refused)
    return (str(count), "warn") if count else ("", "")


COLUMNS = (
    Column("WHAT", 9, _what),
    Column("WRITER", 28, lambda writer, _: (words.name(writer), "strong"), flex=3, name=True),
    Column("/MIN", 6, lambda writer, _: (words.rate(writer), ""), right=True),
    Column("SEEN", 5, lambda writer, _: (str(writer.writes), ""), right=True, drop=4),
    Column("LAST", 4, _last, right=True, drop=3),
    Column("OBJ", 5, lambda writer, _: (str(writer.objects), ""), right=True, drop=6),
    Column("REFUSED", 7, _refused, right=True, drop=7),
    Column("PEOPLE", 16, _people, drop=2),
    Column("FIELDS", 18, lambda writer, _: (words.leaves(writer), ""), flex=2, drop=1),
    Column("NAMESPACES", 14, lambda writer, _: (words.some(writer.namespaces), ""), flex=1, drop=5),
    Column("RIGHTS", 14, lambda writer, _: (words.rights(writer), ""), flex=1, drop=8),
)

WHOLE: Whole = (
    ("WHAT", _what),
    ("WRITER", lambda writer, _: (words.name(writer), "")),
    ("WRITES/MIN", lambda writer, _: (words.rate(writer), "")),
    ("SEEN", lambda writer, _: (str(writer.writes), "")),
    ("LAST", lambda writer, look: (age_at(look.now, writer.last), "")),
    ("OBJECTS", lambda writer, _: (str(writer.objects), "")),
    ("REFUSED", _refused),
    ("NAMESPACES", lambda writer, _: (words.some(writer.namespaces), "")),
    ("FIELDS", lambda writer, _: (words.leaves(writer), "")),
    ("PEOPLE", _people),
    ("RIGHTS", lambda writer, _: (words.rights(writer), "")),
)

SPEC: PaneSpec[ClusterWriter] = PaneSpec(
    name="writers",
    title="Writers",
    kinds=(Kind.WRITER,),
    feeds=("writers",),
    columns=COLUMNS,
    sorts=(
        Sort("suspects first", rank),
        Sort("writes a minute", lambda writer: (-(writer.per_minute or 0.0), writer.key)),
        Sort("newest first", lambda writer: (-(writer.last or 0.0), writer.key)),
        Sort("name", lambda writer: (writer.name, writer.key)),
    ),
    haystack=lambda writer: (
        f"{words.sort(writer)} {words.name(writer)} {' '.join(writer.managers)} {' '.join(writer.agents)} "
        f"{words.some(writer.namespaces, 64)} {words.leaves(writer, 64)}"
    ),
    nothing="nobody has written yet",
    accepts=lambda writer: writer.sort is not WriterClass.SYSTEM,
)
"""The cluster's own parts are folded; :data:`WITH_SYSTEM` shows them."""

WITH_SYSTEM: PaneSpec[ClusterWriter] = SPEC._replace(title="Writers, the cluster's own parts too", accepts=None)
