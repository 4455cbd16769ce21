"""What the words beside a command or a call say of how it is meant; what they say of anything else says nothing of it.

``Health check failed, executing: kubectl delete …`` is done: a probe failed, and not the command. A remark that may be
about something else is none, for a disaster that is read as refused is never seen.
"""

from __future__ import annotations

import re

from opsconsole.decisions.meaning import moods
from opsconsole.decisions.words import verbs
from opsconsole.records import Mood

_REFUSED = (
    r"(?:rejected|denied|refused|forbidden|blocked|aborted|vetoed|disallowed|not allowed|not permitted|failed|"
    r"could not|cannot|skipp(?:ed|ing)|cancell?ed)"
)
_PROPOSED = (
    r"(?:(?:waiting for|pending|awaiting) (?:(?:a |the )?(?:human|manual|person|user|operator|admin)(?:'s)? ?)?"
    r"(?:approval|confirmation|review|sign-off)|"
    r"(?<!as )propos(?:e|es|ed|ing|al)|needs? (?:sign-off|approval|confirmation)|"
    r"(?<!as )recommend(?:s|ed|ing|ation)?|(?<!as )suggest(?:s|ed|ing|ion)?)\b(?! (?:by|earlier)\b)"
)
_CALL = r"(?:tool|function|command|call|action|operation|execution|invocation|patch|plan|run|change)"
_RUN = r"(?:run|running|execute|executing|apply|applying|call|calling|perform|invoke|invoking|issue|do)"
_BOUNDARY = re.compile(
    r"[,;!?] |\. |\n| - | – | — ?| ?[-=]+> ?|: (?=\w)| (?:so|therefore|hence|now) |"
    r"(?<!ed)(?<!end)(?<!est)(?<!ose)(?<!ing)(?<!while)(?<!when)(?<!error) (?=(?:execut|runn|call|invok)ing\b)",
    re.IGNORECASE,
)
"""Where another clause begins, or the deed itself: ``probe failed so executing …``, but not ``failed executing …``."""
_ACCEPTED = re.compile(r"\b(?:accepted|approved|applied|granted|confirmed|passed|earlier)\b", re.IGNORECASE)
_ONLY = re.compile(rf"\W*(?:{_CALL} )?(?:is |was |has been |were )?(?P<said>{_REFUSED})\b(?P<more>.*)", re.IGNORECASE)
"""A remark that begins with the refusal: ``blocked by policy``, ``command was rejected``."""
_MORE = re.compile(
    rf"\W*$|:| ?\(| (?:by|because|due|after|as|since|with)\b| (?:to |be )?{_RUN}\b| (?:to |be )?(?P<verb>[a-z]+)\b",
    re.IGNORECASE,
)
_OF_CALL = re.compile(
    rf"\b(?:{_CALL}|permission)\b[^,;:.]*\b{_REFUSED}\b|\brequest (?:was )?(?:rejected|denied|forbidden|blocked)\b|"
    rf"\b{_REFUSED} by (?:\S+ ){{0,2}}(?:polic(?:y|ies)|guard\w*|user|admin|human|reviewer|approver|webhook|rbac)\b|"
    rf"\b{_REFUSED} (?:to |the |this )?(?:{_RUN}|{_CALL})\b",
    re.IGNORECASE,
)
_WOULD = re.compile(r"\bwould (?:(?:have|be|now|you|only) )*(?P<verb>[a-z]+)", re.IGNORECASE)
_AFTER = re.compile(rf"[`'\"]?\)?,? ?\(?(?:is |was |has been )?(?P<said>{_REFUSED}|{_PROPOSED})\b", re.IGNORECASE)


def of_command(before: str, after: str = "") -> Mood | None:
    """How a command is meant, by the words right before and right after it: ``failed to run``, ``proposing: ``.

    Args:
        before: the text up to the command.
        after: the text behind it.
    """
    if behind := _AFTER.match(after):
        return Mood.REFUSED if re.fullmatch(_REFUSED, behind["said"], re.IGNORECASE) else Mood.PROPOSED
    clause = last_clause(before.rstrip(" `'\"$:>"))
    if moods.DRY_WORDS.search(clause) or _would(clause):
        return Mood.DRY_RUN
    if (only := _ONLY.match(clause)) and _speaks_of_a_deed(only["more"]):
        return Mood.REFUSED
    if _OF_CALL.search(clause):
        return Mood.REFUSED
    return Mood.PROPOSED if re.search(rf"\b{_PROPOSED}", clause, re.I) and not _ACCEPTED.search(clause) else None


def of_call(message: str, name: str = "") -> Mood | None:
    """How a call or an action is meant that stands beside a short message: ``waiting for approval``, ``rejected``.

    Args:
        message: what is said beside it.
        name: what is called, such as ``delete_deployment``.
    """
    if moods.DRY_WORDS.search(message) or _would(message):
        return Mood.DRY_RUN
    if any(_refuses(clause, name) for clause in _BOUNDARY.split(message)):
        return Mood.REFUSED
    proposed = re.search(rf"\b{_PROPOSED}", message, re.IGNORECASE) is not None
    return Mood.PROPOSED if proposed and not _ACCEPTED.search(message) else None


def last_clause(text: str) -> str:
    """What stands behind the last comma, colon, dash or full stop of a text, where a deed begins behind it."""
    ends = [match.end() for match in _BOUNDARY.finditer(text)]
    return text[ends[-1] :] if ends else text


def _refuses(clause: str, name: str) -> bool:
    if not re.search(rf"\b{_REFUSED}\b", clause, re.IGNORECASE):
        return False
    if (only := _ONLY.match(clause)) and _speaks_of_a_deed(only["more"]):
        return True
    return _OF_CALL.search(clause) is not None or _names(clause, name)


def _names(clause: str, name: str) -> bool:
    """Is the name of the call in a clause, or the deed that it names: ``scale-down failed``?"""
    if name and name.lower() in clause.lower():
        return True
    named = verbs.of_name(name) if name else None
    words = re.findall(r"[a-z]+", clause.lower())
    return named is not None and any(
        (verb := verbs.WORDS.get(word)) is not None and verb.verb == named.verb for word in words
    )


def _speaks_of_a_deed(more: str) -> bool:
    """Is what follows a refusal its reason, or a deed, and not a thing: ``failed to scale``, not ``failed probe``?"""
    match = _MORE.match(more)
    return match is not None and (match["verb"] is None or match["verb"].lower() in verbs.WORDS)


def _would(text: str) -> bool:
    match = _WOULD.search(text)
    return match is not None and (match["verb"].lower() in verbs.WORDS or re.fullmatch(_RUN, match["verb"]) is not None)
