"""One action as the layers hand it on, before it becomes a record."""

from __future__ import annotations

from typing import NamedTuple

from opsconsole.records import FieldValue, Mood, Ref


class Act(NamedTuple):
    """An action that an entry names. ``said`` is the optimizer's own word for it, ``problem`` how it failed."""

    verb: str
    said: str = ""
    mood: str = Mood.PLANNED
    targets: tuple[Ref, ...] = ()
    number: int | None = None
    fields: tuple[FieldValue, ...] = ()
    problem: str = ""
    query: str = ""
