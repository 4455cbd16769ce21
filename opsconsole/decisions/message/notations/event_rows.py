"""Rows of the events of a cluster as ``kubectl get events`` prints them: when, type, reason, object, message."""

from __future__ import annotations

import re
from typing import NamedTuple

from opsconsole.decisions.entry import EventHead
from opsconsole.decisions.head import times
from opsconsole.decisions.words import kinds
from opsconsole.patterns import late
from opsconsole.records import Ref

_ROW = late(
    r"\s*(?:(?P<namespace>[a-z0-9][a-z0-9-]{0,62})\s{2,})?(?P<when>\d\S{0,40}(?: \(x\d{1,9} over \S{1,20}\))?)\s{2,}"
    r"(?P<type>Normal|Warning)\s{2,}(?P<reason>[A-Z]\w{1,80})\s{2,}"
    r"(?P<kind>[a-z][a-z.]{1,80})/(?P<name>[a-z0-9][\w.:-]{0,252})\s{2,}(?P<message>\S.{0,2000})$"
)


_MORE = late(r"[={}]|\b(?:kubectl|oc|helm|curl) |/api|\btool\b", re.IGNORECASE)
"""What a controller's sentence does not have: a line that has it is read like any other, with all that it says."""
_ONLY_SAID = late(r"(?i)dry|propos|recommend|suggest|simulat|preview")
"""Reasons of what is only said."""


class EventRow(NamedTuple):
    """Whom an event is about and why it came, what it says, and when it was."""

    head: EventHead
    message: str
    at: float | None


def find(text: str, today: float | None) -> EventRow | None:
    """The event that a line is; ``None`` where it is none."""
    if "Normal  " not in text[:160] and "Warning  " not in text[:160]:
        return None
    match = _ROW.match(text)
    kind = kinds.of_word(match["kind"]) if match is not None else ""
    if match is None or not kind or _MORE.search(match["message"]) or _ONLY_SAID.search(match["reason"]):
        return None
    about = Ref(kind, "" if kind in kinds.CLUSTER_WIDE else match["namespace"] or "", match["name"])
    return EventRow(
        EventHead(about, match["reason"], match["type"]), match["message"], times.parse(match["when"], today)
    )
