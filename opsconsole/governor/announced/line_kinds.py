"""What a line of the optimizer's log is: a word about a write, a report of one, a refusal, a metric without data."""

from __future__ import annotations

import re
from enum import StrEnum

from opsconsole.patterns import late
from opsconsole.records import Decision, Mood, Ref

_WRITES = late(
    r"(?<![a-z])(?:patch|scale|update|set|apply|delete|evict|taint|untaint|cordon|uncordon|drain|restart|replace|resize|"
    r"reduce|increase|rollout)(?![a-z])"
)
_DELETES = late(r"(?<![a-z])(?:delete|evict)(?![a-z])")
_REPORTS = late(
    r"(?:successfully |now |has |have )?(?:patched|scaled|updated|set|applied|deleted|evicted|tainted|untainted|"
    r"cordoned|uncordoned|drained|restarted|replaced|resized|reduced|increased)\b",
    re.IGNORECASE,
)
_FAILED = late(r"\b(?:fail(?:ed|ure)?|refused|rejected|denied|forbidden|conflict|timed out)\b", re.IGNORECASE)
_CONFLICT = late(r"\b409\b|\bconflict\b", re.IGNORECASE)
_DENIED = late(r"\b40[13]\b|\bforbidden\b|\bdenied\b|\bunauthorized\b|\badmission\b", re.IGNORECASE)
_NO_DATA = late(r"returned (?:no data|nothing|an empty result|nan)|is empty|\bno data\b", re.IGNORECASE)


_VERBS = (
    ("evict", late(r"(?<![a-z])evict")),
    ("delete", late(r"(?<![a-z])(?:delete|remove|terminate|kill)")),
    ("drain", late(r"(?<![a-z])drain")),
    ("uncordon", late(r"(?<![a-z])uncordon")),
    ("cordon", late(r"(?<![a-z])cordon")),
    ("untaint", late(r"(?<![a-z])untaint")),
    ("taint", late(r"(?<![a-z])taint")),
    ("scale", late(r"(?<![a-z])scale")),
    ("create", late(r"(?<![a-z])create")),
    ("patch", late(r"(?<![a-z])(?:patch|update|set|apply|resize|reduce|increase|replace)")),
)
_NEEDS_NO_NAME = frozenset({"delete", "drain", "cordon", "taint", "evict", "scale", "rollback"})
"""What is done even to whatever fits a label: ``kubectl cordon -l pool=gpu``."""

EXISTS = "already exists"
"""How the API server says that there is nothing to create."""

STARTS_ANEW = frozenset({"restart", "rollback", "drain", "delete"})
"""What sets no value, and is done again and again all the same."""

_NOT_DONE = frozenset({Mood.PROPOSED, Mood.DRY_RUN, Mood.REFUSED, Mood.OBSERVED})


def verb_of(decision: Decision) -> str:
    """What the action comes to: as it was read, else by its own words; empty where it names none."""
    if decision.verb or not decision.action:
        return decision.verb
    action = decision.action.lower()
    return next((verb for verb, words in _VERBS if words.search(action)), "")


def targets_of(decision: Decision) -> tuple[Ref, ...]:
    """Every object that the action is done to."""
    return decision.targets or ((decision.target,) if decision.target is not None else ())


def only_told(decision: Decision) -> bool:
    """Whether what the line tells is not done by it: proposed, simulated, refused, or somebody else's."""
    return decision.mood in _NOT_DONE


_APART = frozenset({"create", "restart", "rollback"})
"""Verbs of which no other tells; one and the same write is a patch, a scaling or an update."""


def same_work(verb: str, other: str) -> bool:
    """Whether both may tell of one deed: "created" is no report of a patch."""
    return verb == other or _APART.isdisjoint((verb, other))


class Refusal(StrEnum):
    """How a write came to nothing."""

    CONFLICT = "refused: 409 Conflict"
    DENIED = "denied"
    FAILED = "failed"


def said_at(decision: Decision) -> float:
    """The line's own time, else ours."""
    return decision.received if decision.at is None else decision.at


def precedes(line: Decision, other: Decision) -> bool:
    """Whether ``line`` was written before ``other``: by their order in one log, by their times in two.

    One log's order is sure; its lines of text have whole seconds and look earlier than they are. Several containers'
    logs come one after the other when they are opened.
    """
    if line.source == other.source:
        return line.seq < other.seq
    return (said_at(line), line.seq) < (said_at(other), other.seq)


def refusal(decision: Decision) -> tuple[Refusal, str] | None:
    """How and in which words the line reports a failed write; ``None`` for any other line."""
    words = ""
    if decision.problems:  # few lines have any, and each is asked half a dozen times
        words = next((each for each in decision.problems if each.startswith("failed")), "")
    if decision.mood == Mood.REFUSED:
        return _refusal_of(words or decision.message)
    if decision.mood or decision.fields or decision.action == "query":
        return None
    if not words and (decision.target is None or not _FAILED.search(decision.message)):
        return None
    return _refusal_of(words or decision.message)


def _refusal_of(text: str) -> tuple[Refusal, str]:
    if _CONFLICT.search(text):
        return Refusal.CONFLICT, text
    return (Refusal.DENIED if _DENIED.search(text) else Refusal.FAILED), text


def is_conflict(decision: Decision) -> bool:
    """Whether the line reports a 409 Conflict."""
    failed = refusal(decision)
    return failed is not None and failed[0] is Refusal.CONFLICT


def announces(decision: Decision) -> bool:
    """Whether the line is a word about a write to come (or just made), and not a refusal or a thought."""
    if only_told(decision) or refusal(decision) is not None or decision.action.startswith(("query", "retry")):
        return False
    if decision.mood in (Mood.DONE, Mood.PLANNED):
        named = decision.fields or decision.target or decision.count
        return decision.verb not in ("", "query") and bool(named or decision.verb in _NEEDS_NO_NAME)
    return bool(decision.fields) or (decision.target is not None and bool(_WRITES.search(decision.action.lower())))


def reports(decision: Decision) -> bool:
    """Whether the line tells of a write as done: ``Scaled deployment 'checkout' to 0 replicas``."""
    if decision.mood:
        return decision.mood == Mood.DONE
    return decision.form == "text" and _REPORTS.match(decision.message) is not None


def deletes(decision: Decision) -> bool:
    """Whether the write that the line is about takes its target away."""
    return decision.verb in ("delete", "evict") or bool(_DELETES.search(decision.action.lower()))


def had_no_data(decision: Decision) -> bool:
    """Whether the line says that a metric came back empty."""
    if decision.action == "query":
        return True
    return bool(decision.query) and any(_NO_DATA.search(words) for words in (*decision.problems, decision.message))
