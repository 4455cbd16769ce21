"""What a decision parser gets and what it is: the contract that built-in and plugin parsers share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from opsconsole.records import Decision, JsonObject, Ref


class EventHead(msgspec.Struct, frozen=True):
    """What a Kubernetes event says beside its message: whom it is about, why it came, ``Normal`` or ``Warning``."""

    about: Ref
    reason: str
    type: str


class Entry(msgspec.Struct, frozen=True):
    """One whole entry of a log: a line, or a JSON object however many lines it was printed on.

    ``text`` and every string of ``document`` have been cleaned. ``document`` is ``None`` for a line of text; in it
    ``NaN`` and ``Infinity`` are floats and integers are exact. ``received`` is our time, ``logged`` the time that the
    kubelet (or the container runtime) put on the line; both in seconds since the epoch.
    """

    source: str
    text: str
    received: float
    logged: float | None = None
    today: float | None = None
    """Tells the year of a time that has none, in seconds since the epoch."""
    document: JsonObject | None = None
    level: str = ""
    """The level that an envelope says; counts where the entry says none itself."""
    origin: str = ""
    """Namespace, pod and container that an envelope names, as ``a/b/c``. They are where it was said, not whom about."""
    duplicates: tuple[str, ...] = ()
    """Paths of keys that the document gives more than once; the last one is in ``document``."""
    optimizer: str = ""
    """The configured optimizer whose entry it is, by its name; empty where that is not known."""
    event: EventHead | None = None
    """Set where the entry is a Kubernetes event; ``text`` is its message then."""


class DecisionParser(Protocol):
    """Understands one format of an optimizer's log. It keeps no state between entries."""

    name: str

    def parse(self, entry: Entry) -> Decision | Sequence[Decision] | None:
        """Return the entry as a decision, or ``None`` when it is not in this format (the next parser is asked).

        An entry that names several actions is several decisions, in a sequence. The stream sets ``key``, ``seq``,
        ``received`` and ``source`` and cleans every string again; leave them as they come. A parser that raises is
        named on screen and skipped for that entry.
        """
        ...


def plain(entry: Entry) -> Decision:
    """The entry as the line that it is, understood by nobody."""
    return Decision(
        key="", seq=0, received=entry.received, at=entry.logged, message=entry.text.strip(), body=entry.text
    )
