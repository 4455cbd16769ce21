"""Actions as the layers hand them on, before they become records."""

from __future__ import annotations

from typing import NamedTuple

from opsconsole.records import EntryReading, FieldValue, Mood, Ref


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


class Told(NamedTuple):
    """The actions of an entry, how far it was understood, and what it calls where it calls tools.

    ``about`` is whom a document is about that names no action.
    """

    acts: list[Act]
    reading: EntryReading
    calls: str = ""
    about: Ref | None = None
