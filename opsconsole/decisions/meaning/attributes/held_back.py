"""A change that a message says no more of than that it is held back, where the attributes tell what was wanted."""

from __future__ import annotations

import re

from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.prose import other_deeds
from opsconsole.decisions.meaning.targets import choice
from opsconsole.decisions.meaning.values.in_attributes import in_attributes
from opsconsole.decisions.message.document import Leaves
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late
from opsconsole.records import Mood

_HELD = late(
    r"(?:(?:the )?(?:request|change|update|patch|action|decision) (?:is |was )?)?"
    r"(?:skipp(?:ed|ing)|refus(?:ed|ing)|reject(?:ed|ing)|denied|blocked|vetoed|deferred|postponed|held back|"
    r"not appl(?:ied|ying)|dropped)"
    r"(?P<why>\W*|(?:[:,;] ?| (?:(?P<by>by|due to|because of)|for|during) )[^,;:.]{1,80}\W*)",
    re.IGNORECASE,
)
"""``Skipped, change freeze``, ``blocked by policy``: all of a message."""
_HOLDS = late(
    r"\b(?:freezes?|frozen|windows?|cool-?downs?|cooling down|outside|too (?:soon|early)|weekends?|holidays?)\b",
    re.IGNORECASE,
)
_HOLDS_UP = late(
    rf"{_HOLDS.pattern}|\b(?:polic(?:y|ies)|quotas?|budgets?|guard(?:rail)?s?|limits?|pdb)\b", re.IGNORECASE
)
"""Why a change is held back: behind "by" whatever forbids it, which behind a colon may be what was skipped itself."""
_SAFEGUARD = late(
    r"check|approv|review|\bgate|grace|confirm|valid|backup|snapshot|hook|test|probe|simulat|analys|sign-?off|\b(?:no|not|none|without)\b",
    re.IGNORECASE,
)
"""Words of what holds a change up, and may be what was skipped: ``skipped: pre-flight checks``."""
_ALL_THE_SAME = late(
    r"overr|bypass|forc|ignor|anyway|regardless|disabled|audit|execut|\bdone\b|appli|retr|succe|\bonly\b|"
    r"\bok(?:ay)?\b|complet|finish|proceed|went",
    re.IGNORECASE,
)
_WANTED = wordset("wanted desired target requested proposed new to recommended")
"""Words of a key for what somebody wants."""


def read(message: str, pairs: Leaves) -> Act | None:
    """The change of a named object that is held back; ``None`` where the entry may tell anything else."""
    match = _HELD.fullmatch(message)
    if (
        match is None
        or not _is_a_reason(match["why"], forbids=bool(match["by"]))
        or other_deeds.told_beside(match["why"])
    ):
        return None
    wanted = any(path and not _WANTED.isdisjoint(verbs.parts(str(path[-1]))) for path, _ in pairs)
    if not wanted or any(_ALL_THE_SAME.search(f"{path[-1:]} {leaf}") for path, leaf in pairs):
        return None
    targets = choice.choose(choice.candidates(pairs), "scale", "")
    fields = tuple(in_attributes(pairs, "scale"))
    if not fields or not any(ref.name and ref.kind for ref in targets):
        return None
    verb = "scale" if all(field.path == "replicas" for field in fields) else "patch"
    return Act(verb, verb, Mood.REFUSED, targets, None, fields, f"failed: {message}")


def _is_a_reason(why: str, *, forbids: bool) -> bool:
    """Is what a message says behind the refusal why the change is held back, and not what was skipped of its checks?"""
    holds = _HOLDS_UP if forbids else _HOLDS
    return not why.strip(" .,;:!") or (holds.search(why) is not None and _SAFEGUARD.search(why) is None)


_KEPT = late(
    r"(?:guard[- ]?rails?|guard|polic(?:y|ies)|admission|webhook|gatekeeper|kyverno|opa|gate|approver|firewall) "
    r"(?:has |have )?(?:denied|rejected|refused|blocked|vetoed)(?: (?:it|this|that|the (?:request|change|action)))?",
    re.IGNORECASE,
)
"""A message that says no more than that a safeguard has refused what stands beside it."""
_OF_A_REFUSAL = wordset(
    "ts time timestamp at actor who level severity msg message logger caller ns namespace kind name resource target "
    "object replicas from to reason policy rule guard webhook error err cause code status user by agent source id "
    "trace_id request_id cycle step score confidence"
)
"""Keys beside a refusal that do not say that it is done all the same, as ``overridden_by`` and ``mode`` may."""
_DONE_YET = late(
    r"overr|bypass|forc|ignor|anyway|regardless|disabled|audit|execut|\bdone\b|appli|deleted|retr|succe|\bonly\b",
    re.IGNORECASE,
)


def by_safeguard(message: str, pairs: Leaves, actions: frozenset[str]) -> Mood | None:
    """That a safeguard has refused what stands beside it, unless that may say that it is done all the same.

    ``actions``: the keys, in small letters, that may name the action.
    """
    if _KEPT.fullmatch(message) is None:
        return None
    known = all(
        (key := str(path[-1]).lower()) in _OF_A_REFUSAL or key in actions or kinds.of_word(key) for path, _ in pairs
    )
    return Mood.REFUSED if known and not any(_DONE_YET.search(str(leaf)) for _, leaf in pairs) else None
