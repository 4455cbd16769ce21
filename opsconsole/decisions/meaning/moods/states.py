"""How attributes say that an action is meant: a status, a mode, a flag for a dry run, an error."""

from __future__ import annotations

from opsconsole.decisions.key_memory import KeyMemory
from opsconsole.decisions.message.document import Leaves, Path
from opsconsole.decisions.words import verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late
from opsconsole.records import Mood

_STATES = {
    Mood.PROPOSED: "proposed pending pendingapproval awaitingapproval suggested recommended draft waiting "
    "needsapproval waitingforapproval approvalrequired awaitingreview pendingreview needsreview inreview underreview "
    "notexecuted awaitingconfirmation pendingconfirmation",
    Mood.REFUSED: "rejected denied failed refused forbidden error skipped blocked aborted "
    "conflict cancelled canceled "
    "vetoed discarded abandoned held hold suppressed postponed deferred disallowed notallowed declined",
    Mood.DRY_RUN: "dryrun simulated shadow simulation preview whatif noop",
    Mood.DONE: "done applied succeeded success successful ok completed executed responsecomplete "
    "deleted evicted scaled patched restarted cordoned drained",
}
_STATE = {word: mood for mood, words in _STATES.items() for word in words.split()}
_MODES = {
    "dryrun": Mood.DRY_RUN,
    "shadow": Mood.DRY_RUN,
    "simulate": Mood.DRY_RUN,
    "simulation": Mood.DRY_RUN,
    "observe": Mood.DRY_RUN,
    "off": Mood.DRY_RUN,
    "advisory": Mood.PROPOSED,
    "recommendonly": Mood.PROPOSED,
    "recommend": Mood.PROPOSED,
    "recommendation": Mood.PROPOSED,
    "manual": Mood.PROPOSED,
}
_TRUE = ("true", "1", "yes", "on", "enabled", "server", "client", "all")


def in_attributes(leaves: Leaves) -> Mood | None:
    """How attributes say that it is meant; ``None`` where they say nothing."""
    found: Mood | None = None
    for path, leaf in leaves:
        joined = _key_in[path]
        if not joined:
            continue
        mood = _of_pair(joined, _state_in(leaf) if isinstance(leaf, str) else leaf)
        if mood is Mood.DRY_RUN:
            return mood
        if found is None or (found is Mood.DONE and mood is Mood.REFUSED):
            found = mood
    return found


def ended_well(leaves: Leaves) -> bool:
    """Do attributes tell of a command that it ended with nothing wrong: ``"rc": 0``?"""
    return any(
        str(leaf) == "0" and len(path) == 1 and "".join(verbs.parts(str(path[0]))) in _EXIT_KEYS
        for path, leaf in leaves
    )


def ended_badly(leaves: Leaves) -> bool:
    """Do attributes tell that the server took nothing of a command: ``"rc": 1`` beside its refusal?

    The code alone tells no such thing: one of several objects was not found, or only the waiting timed out.
    """
    coded = any(
        str(leaf).isdecimal() and str(leaf) != "0"
        for path, leaf in leaves
        if len(path) == 1 and "".join(verbs.parts(str(path[0]))) in _EXIT_KEYS
    )
    said = [leaf for path, leaf in leaves if coded and path[-1:] == ("stderr",) and isinstance(leaf, str)]
    return any(map(_OF_THE_SERVER.fullmatch, said))


_OF_THE_SERVER = late(
    r"\s*(?:Error from server \((?:Forbidden|NotFound|Unauthorized|BadRequest|MethodNotAllowed)\): [^\n]{1,600}|"
    r"error: You must be logged in to the server[^\n]{0,200})\s*"
)
"""All that kubectl says of a command of which the server has taken nothing."""


def tells_dry(path: Path) -> bool:
    """Is the key of an attribute one by which a dry run is told?"""
    return _key_in[path] in _DRY_KEYS


@KeyMemory
def _key_in(path: Path) -> str:
    """The key of an attribute that may say how it is meant, in one word; empty: it is none of these."""
    if not path or not isinstance(path[-1], str) or len(path) > 3 or not _CONTENTS.isdisjoint(path[:-1]):
        return ""
    joined = "".join(verbs.parts(path[-1]))
    return joined if joined in _KEYS else ""


def _state_in(leaf: str) -> str:
    """``NeedsApproval`` in one word, and of ``failed: conflict`` the first one."""
    value = "".join(verbs.parts(leaf))
    first = _FIRST_WORD.match(leaf) if value not in _STATE else None
    return first[0].lower() if first else value


_FIRST_WORD = late(r"[A-Za-z]{2,12}(?=: | \()")
_CONTENTS = frozenset(
    {"patch", "patches", "manifest", "spec", "old", "new", "before", "after", "previous", "current", "desired"}
)
"""Keys of what is written: a mode in it is the object's, no word about the writing."""

_DRY_KEYS = wordset(
    "dry dryrun simulate simulated simulation shadow whatif drymode dryrunmode isdryrun noop simulationmode shadowmode"
)
_EXIT_KEYS = wordset("rc exitcode exitstatus returncode")
_STATE_KEYS = wordset("status state outcome approval result phase verdict stage resulttype")
_MODE_KEYS = wordset("mode autonomy updatemode")
_CODE_KEYS = wordset("code httpstatus statuscode responsecode grpccode")
_ALLOWED_KEYS = wordset("allowed permitted admitted")
_APPROVAL_KEYS = wordset("requiresapproval needsapproval")
_APPROVED_KEYS = wordset("approved confirmed")
_BY_FLAG = dict.fromkeys(((key, False) for key in _ALLOWED_KEYS), Mood.REFUSED)
_BY_FLAG |= dict.fromkeys(((key, True) for key in _APPROVAL_KEYS), Mood.PROPOSED)
_BY_FLAG |= dict.fromkeys(((key, False) for key in _APPROVED_KEYS), Mood.PROPOSED)
_WENT_KEYS = wordset("ok success succeeded done applied executed")
_BY_FLAG |= dict.fromkeys(((key, True) for key in _WENT_KEYS), Mood.DONE)
_BY_FLAG |= dict.fromkeys(((key, False) for key in ("ok", "success", "succeeded")), Mood.REFUSED)
_ERROR_KEYS = wordset("err error errormessage exception")
_UNLESS_KEYS = wordset("apply execute enforce")
"""Flags without which nothing is done: ``apply=false``."""
_KEYS = (
    _UNLESS_KEYS
    | _DRY_KEYS
    | _STATE_KEYS
    | _MODE_KEYS
    | _CODE_KEYS
    | _ALLOWED_KEYS
    | _APPROVAL_KEYS
    | _APPROVED_KEYS
    | _ERROR_KEYS
    | _WENT_KEYS
)


def _of_pair(joined: str, value: object) -> Mood | None:  # noqa: PLR0911 - one return for each sort of key
    if joined in _UNLESS_KEYS:
        return Mood.DRY_RUN if value is False or str(value).lower() == "false" else None
    if joined in _DRY_KEYS:
        return Mood.DRY_RUN if value is True or str(value).lower() in _TRUE else None
    if joined in _STATE_KEYS:
        if isinstance(value, int) and not isinstance(value, bool) and value >= 400:
            return Mood.REFUSED
        if str(value).isdecimal() and len(str(value)) == 3 and str(value) >= "400":
            return Mood.REFUSED
        return _STATE.get(str(value).lower())
    if joined in _MODE_KEYS:
        return _MODES.get(str(value).lower())
    if joined in _CODE_KEYS:
        bad = isinstance(value, int) and not isinstance(value, bool) and 400 <= value < 600
        return Mood.REFUSED if bad else _STATE.get(str(value).lower())
    if isinstance(value, bool) and (joined, value) in _BY_FLAG:
        return _BY_FLAG[joined, value]
    if joined in _ERROR_KEYS and value not in (None, "", False, "null", "nil", "none"):
        return Mood.REFUSED
    return None
