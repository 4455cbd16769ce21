"""What a guard says of itself on its Lease, so that consoles see that there is one, and whether it has tripped. Pure.

Anybody who may write the Lease may write this: it is shown, and decides nothing.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from opsconsole.govern.names import PREFIX
from opsconsole.records import JsonObject, Record
from opsconsole.text import clean_line

NOBODY_GUARDS = "nobody guards"
"""Stands in what is told of a guard that has fallen silent, and in nothing else: the header looks for it."""

_FROZEN = f"{PREFIX}/guard-frozen"
_TRIPPED_AT = f"{PREFIX}/guard-tripped-at"
_TRIPPED_BY = f"{PREFIX}/guard-tripped-by"
_RESTS_UNTIL = f"{PREFIX}/guard-rests-until"
_LONGEST = 200
"""Characters of the reason that are kept."""


class GuardPresence(Record, frozen=True):
    """The guard that leads, by its own words.

    Attributes:
        holder: who holds the Lease; empty: nobody.
        seconds: how long the Lease is good without being renewed.
        renewed: when it was renewed, as the Lease says it: only to be compared for equality.
        frozen: whether it sees the optimizer frozen; ``None``: it does not know.
        tripped_at: when a guard tripped last, in seconds since the epoch; ``None``: none has.
        tripped_by: the rule and what it found.
        rests_until: until when it leaves a thaw alone.
    """

    holder: str
    seconds: float = 0.0
    renewed: str = ""
    frozen: bool | None = None
    tripped_at: float | None = None
    tripped_by: str = ""
    rests_until: float = 0.0

    @property
    def renewed_at(self) -> float | None:
        """When the Lease was renewed, by the holder's clock, in seconds since the epoch; ``None``: not readable."""
        return _seconds(f"{self.renewed[:19]}Z")


def annotations_of(
    *, frozen: bool | None, tripped_at: float | None, tripped_by: str, rests_until: float
) -> dict[str, str]:
    """The annotations in which a guard says this. What it does not know of an earlier guard's trip it leaves alone."""
    said = {_FROZEN: "unknown" if frozen is None else str(frozen).lower(), _RESTS_UNTIL: _time(rests_until)}
    if tripped_at is not None:
        said |= {_TRIPPED_AT: _time(tripped_at), _TRIPPED_BY: clean_line(tripped_by, _LONGEST)}
    return said


def read_presence(lease: JsonObject) -> GuardPresence:
    """What a Lease says of the guard that leads."""
    spec, metadata = lease.get("spec") or {}, lease.get("metadata") or {}
    notes = metadata.get("annotations")
    said: dict[str, Any] = notes if isinstance(notes, dict) else {}
    return GuardPresence(
        clean_line(str(spec.get("holderIdentity") or "")),
        _number(spec.get("leaseDurationSeconds")),
        str(spec.get("renewTime") or ""),
        {"true": True, "false": False}.get(str(said.get(_FROZEN))),
        _seconds(said.get(_TRIPPED_AT)),
        clean_line(str(said.get(_TRIPPED_BY) or ""), _LONGEST),
        _seconds(said.get(_RESTS_UNTIL)) or 0.0,
    )


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _time(at: float) -> str:
    return dt.datetime.fromtimestamp(at, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _seconds(text: Any) -> float | None:
    try:
        return dt.datetime.strptime(str(text), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC).timestamp()
    except ValueError:
        return None
