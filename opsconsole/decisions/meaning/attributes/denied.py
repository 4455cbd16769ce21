"""What an admission webhook denied, where only the attributes beside its words tell of whom: ``namespace=a name=b``."""

from __future__ import annotations

import re

from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.targets import choice
from opsconsole.decisions.meaning.values.in_attributes import in_attributes
from opsconsole.decisions.message.document import Leaves
from opsconsole.patterns import late
from opsconsole.records import Mood

_DENIED = late(r"admission webhook \"[^\"]{1,253}\" denied the request")
_REPLICAS = late(r"\breplicas?\b", re.IGNORECASE)
_NAMED_BARE = 5
"""The rank of a bare name here: what a webhook denied is a write, and its object stands beside it."""


def read(message: str, pairs: Leaves) -> Act | None:
    """The write that a webhook denied; ``None`` where the message tells of none, or nothing tells of what."""
    match = _DENIED.search(message) if "admission webhook" in message else None
    if match is None:
        return None
    targets = choice.choose(choice.candidates(pairs, _NAMED_BARE), "patch", "")
    if not any(ref.name and (ref.kind or ref.namespace) for ref in targets):
        return None
    verb = "scale" if _REPLICAS.search(message, match.end()) else "patch"
    fields = tuple(in_attributes(pairs, verb))
    return Act(verb, verb, Mood.REFUSED, targets, None, fields, f"failed: {message[match.start() :]}")
