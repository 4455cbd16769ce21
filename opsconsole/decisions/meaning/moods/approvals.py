"""Records of approvals: a command in one is only asked for, while nobody has said yes."""

from __future__ import annotations

import re

from opsconsole.decisions.meaning.moods import states
from opsconsole.decisions.message.document import Leaves
from opsconsole.patterns import late
from opsconsole.records import Mood

_ASKING = frozenset({"approval", "approvals", "approval_request", "approval-request", "approvalrequest"})
_SORT = frozenset({("role",), ("type",), ("event",), ("kind",)})


def asked_of_somebody(pairs: Leaves, command: str) -> Mood | None:
    """How the record of an approval means the command in it, while nobody has said yes: ``"state": "pending"``.

    Args:
        pairs: the record.
        command: what it is asked for, as it is written.
    """
    if not any(path in _SORT and str(leaf).lower() in _ASKING for path, leaf in pairs):
        return None
    if _ANSWERED.search(command) or is_answered(pairs):
        return None  # whatever its state says
    mood = states.in_attributes(pairs)
    return mood if mood in (Mood.PROPOSED, Mood.REFUSED) else None


def is_answered(pairs: Leaves) -> bool:
    """Do attributes tell that it has been run, or allowed?"""
    return any(
        _is_result(str(path[-1]), leaf) or states.in_attributes([(path, leaf)]) is Mood.DONE for path, leaf in pairs
    )


def may_be_over(pairs: Leaves) -> bool:
    """Do attributes tell that it has been run or allowed, or of a state that is neither waiting nor a refusal?"""
    told = (states.in_attributes([each]) for each in pairs if str(each[0][-1]).lower() in _STATES)
    return is_answered(pairs) or any(mood not in (Mood.PROPOSED, Mood.REFUSED) for mood in told)


_STATES = ("status", "state", "outcome", "phase", "stage")
_RESULTS = late(
    r"result|outcome|output|execut|exit|finish|complet|appli|done|stdout|duration|approved|allowed|granted|\bran\b",
    re.IGNORECASE,
)
_UNSAID = ("", "false", "none", "null", "no")


def _is_result(key: str, leaf: object) -> bool:
    """Is it an attribute that only what has been run or allowed has?"""
    return _RESULTS.search(key) is not None and str(leaf).lower() not in _UNSAID


_ANSWERED = late(r"(?:: |\n)[^\n]*\b\w+ed\b")
"""What a command has printed, behind itself."""
