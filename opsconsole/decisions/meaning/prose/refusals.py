"""Deeds that a sentence refuses by more than a word beside them."""

from __future__ import annotations

import re

from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.moods.in_sentences import SUBJECT
from opsconsole.decisions.meaning.moods.signs import REASON
from opsconsole.decisions.meaning.prose.basics.grammar import LONGEST
from opsconsole.decisions.words import verbs
from opsconsole.patterns import late
from opsconsole.records import Mood

_CHAINED = late(r", (?:cannot|failed to|unable to|could not|couldn't) (?P<verb>[a-z]+)", re.IGNORECASE)


def in_chain(message: str, acts: list[Act]) -> list[Act]:
    """The actions of a chain of errors, which ends in why: ``deleting node, evicting pods, Cannot evict pod as …``."""
    if _only_says_why(acts):
        return acts[:1]
    match = _CHAINED.search(message) if acts and all(act.mood == Mood.PLANNED for act in acts) else None
    verb = verbs.WORDS.get(match["verb"].lower()) if match else None
    if match is None or verb is None or verb.verb not in [act.verb for act in acts]:
        return []
    return [act._replace(mood=Mood.REFUSED, problem=f"failed: {message[match.start() + 2 :]}") for act in acts]


def hides(refused: Act, other: Act) -> bool:
    """Is another deed than the refused one beside it told: ``pod a/b will not be evicted, namespace prod deleted``?"""
    if refused.mood is not Mood.REFUSED or other.mood not in (Mood.DONE, Mood.PLANNED):
        return False
    if refused.verb == other.verb and other.mood is not Mood.DONE and not _of_other_kinds(refused, other):
        return False
    named = {ref.name for ref in other.targets if ref.name}
    return bool(named) and named.isdisjoint(ref.name for ref in refused.targets)


def _only_says_why(acts: list[Act]) -> bool:
    """``Drain failed for node "n-1". Error: "evicting pods: …"``: is the second refusal why the first one is?"""
    if len(acts) != 2 or any(act.mood is not Mood.REFUSED for act in acts):
        return False
    first, other = acts
    known = {ref.name for ref in first.targets} if other.verb == "patch" else {""}  # "pod a cannot be updated now"
    told = any(ref.name not in known and ref.name for ref in other.targets) or other.number or other.fields
    return any(ref.name for ref in first.targets) and not told


def _of_other_kinds(one: Act, other: Act) -> bool:
    """Are two deeds done to objects of kinds that are told, and not the same?"""
    both = [{ref.kind for ref in act.targets} for act in (one, other)]
    return all(both) and "" not in both[0] | both[1] and both[0].isdisjoint(both[1])


def is_of_another(message: str, start: int, known: Act, act: Act) -> bool:
    """``node a drained, namespace prod deleted``: is a deed behind a comma that of an object which stands before it?"""
    if known.mood is Mood.REFUSED or act.mood is not Mood.DONE:
        return False
    named = {ref.name for ref in act.targets if ref.name}
    known_names = {ref.name for ref in known.targets}
    return named.isdisjoint(known_names) and bool(named) and SUBJECT.search(message[:start][-160:]) is not None


def is_declined(message: str, start: int, end: int, verb: verbs.Verb) -> bool:
    """Is what somebody wanted to do to a named object not done: ``will not scale web down: only 1 replica is ready``?

    What has "not changed" is a state, and no refusal, so a passive is one of the cluster's own verbs alone.

    Args:
        message: the whole sentence.
        start: where the verb begins.
        end: where it ends.
        verb: what it is.
    """
    if _is_told_again(message[end:], verb):
        return False
    strict = not verb.loose or verb.stem == "patch"
    before = message[max(0, start - 80) : start]
    if _WILL_NOT.search(before):
        return True
    passive = strict and message.endswith("ed", start, end) and _WAS_NOT.search(before)
    return bool(passive) and _ENDS.match(message, end) is not None


def _is_told_again(after: str, verb: verbs.Verb) -> bool:
    """``namespace a was not removed, so I deleted it``: is the same told as done, or being done, behind it?"""
    words = re.findall(r"[a-z]+(?:ed|ing)\b", after.lower())
    return any((other := verbs.WORDS.get(word)) is not None and other.verb == verb.verb for word in words)


_WILL_NOT = late(
    r"\b(?:(?:will not|won't|not going to)|(?:i|we) (?:would not|wouldn't|will not|won't|am not|are not) (?:yet )?) ?$",
    re.IGNORECASE,
)
_WAS_NOT = late(
    r"^(?!.*\b(?:if|unless|until|because|since|when|while|why|whether|that|which)\b)"
    r".*(?<!may )\b(?:(?:was|were|is|has been|have been|will|can|could) )?(?:not|never) (?:yet )?(?:be |been )?$|"
    r".*\b(?:won't|wasn't|hasn't been|can't) (?:be )?$",
    re.IGNORECASE | re.DOTALL,
)
"""What stands before a participle of what has not been done: ``node n-1 was not ``."""
_ENDS = late(
    r"(?:\W*$|(?: now| yet)?(?:[.,;:]| -| \()|(?: now)? (?:because|due to|as)\b)"
    r"(?!.*\b(?:already|no (?:change|need)|unchanged|up[ -]to[ -]date|nothing|not found|does not exist)\b)",
    re.IGNORECASE | re.DOTALL,
)
"""What may follow it."""


def is_told_off(message: str, start: int, end: int) -> bool:
    """Do the words around a planned deed tell that it is not done: forbidden, broken off, put off?

    Only where the message says nothing else: what is told behind it may undo it, and a disaster must be heard of.

    Args:
        message: the whole message, with nothing beside it.
        start: where the verb begins.
        end: where it ends.
    """
    raised = _RAISED.match(message, end)
    if len(message) >= LONGEST:
        return False
    put_off = _PUT_OFF.fullmatch(message, 0, start) is not None and _UNTIL.fullmatch(message, end) is not None
    in_vain = _IN_VAIN.fullmatch(message, 0, start) is not None and _ATTEMPT.fullmatch(message, end) is not None
    if raised is not None or put_off or in_vain:
        return _ALL_THE_SAME.search(message, raised.end() if raised else end) is None
    asked = _ASKED.search(message, max(0, start - 60), start) is not None
    return asked and not message.endswith("ing", start, end) and _FORBIDS.match(message, end) is not None


_NO_NAME = rf"(?!(?:{REASON}|once|as|it|they|them|that|who|and|or|but|so|for|from|with|by|to|of|in)\b)"
_OBJECT = (
    rf" (?:the )?(?:{_NO_NAME}[A-Za-z]{{2,30}} )?{_NO_NAME}['\"]?[\w./-]{{1,253}}['\"]?"
    rf"(?: (?:in|of|from) (?:the )?(?:namespace |ns )?{_NO_NAME}['\"]?[\w.-]{{1,63}}['\"]?(?: namespace)?)?"
)
_RAISED = late(
    rf"(?: (?:of|for))?{_OBJECT}(?: (?:from \d{{1,6}} )?to \d{{1,6}}(?: replicas)?)? "
    r"(?:(?:returned|got|answered)(?: with)?(?: an?)?(?: HTTP| status| code| error){0,2} [45]\d\d(?=\W*$|[:;,(])|"
    r"(?:raised|raises|threw|throws|ran into|ended (?:in|with)|died with|met|hit) (?:an? )?"
    r"(?:[\w.:]{0,80}(?:Error|Exception|Timeout)|error|exception|timeout)(?=\W*$|:))",
)
"""What follows a deed that broke off, right behind its object: ``patching deployment web raised HttpError: code 409``.

An error elsewhere is why something is done: ``deleting namespace shop because web threw an exception``.
"""


_PUT_OFF = late(
    r"(?:the |an? )?(?:unsuccessful|(?:delay|postpon|deferr)(?:ed|ing)"
    r"(?: (?:the|an?))?(?: (?:scheduled|planned|pending|next))?) ",
    re.IGNORECASE,
)
"""All that stands before a deed that is put off, or did not come about: ``unsuccessful eviction of pod a``."""
_IN_VAIN = late(r"(?:[\w.-]{1,63}/[\w.-]{1,253}: )?(?:an? )?unsuccessful ", re.IGNORECASE)
_ATTEMPT = late(r" attempt(?:: [a-z]{2,20}(?: [a-z]{2,20}){0,4})?\W*")
"""What stands before and behind a deed in ``shop/web: Unsuccessful scaling attempt: quota exceeded``: all of it."""
_ALL_THE_SAME = late(
    r"\b(?:(?:by|for) (?:0[a-z]{0,7}|no|zero|nothing)|"
    r"done|complet\w+|finish\w+|execut\w+|succe\w+|over|overr\w+|through|took|takes|"
    r"taking|carried|perform\w+|happen\w+|ran|runs?|running|now|gone|went|made|start\w*|began|begun|begin\w*|anyway|"
    r"regardless|forc\w+|repeat\w+|retr\w+|again|ok|applied|proceed\w*|nevertheless|resum\w+|but|and|so|then|later|"
    r"finally|follow\w*|ignor\w+|bypass\w+|disabl\w+|is|was|has|were|have|came|"
    r"(?:delet|remov|drain|evict|scal|kill|patch|restart|terminat|wip|purg)ed)\b",
    re.IGNORECASE,
)
"""Words behind it that may say that it is done all the same."""
_UNTIL = late(
    rf"(?: (?:up|down|in|out))?(?: (?:of|for))?{_OBJECT}(?: to \d{{1,6}}(?: replicas)?)?"
    r"(?: (?:by|for) \d[\w.]{0,12}(?: [a-z]{1,8})?| (?:until|till) [\w:.]{1,30}(?: [\w:.]{1,12})?)?\W*"
)
"""All that stands behind it: whose deed it is, and until when."""
_ASKED = late(r"\b(?:asked|asks|want(?:ed|s)|told|ordered|instructed|requested|request(?! for\b)) to $", re.IGNORECASE)
_FORBIDS = late(
    r"(?!.*\b(?:did|done|and|so|then|forced|executed|anyway|\w+ly)\b)"
    r"[^,;:.]{1,300}(?:[;,.:]| -| –) (?:but )?(?:"
    r"(?:(?:the|our|its|this) )?(?:(?:cluster|safety|admission|security|platform) )?"
    r"(?:polic(?:y|ies)|guard(?:rail)?s?|webhooks?|pdbs?|gatekeeper|kyverno|opa) (?:"
    r"(?:do|does|will) not (?:permit|allow|accept|approve)|(?:doesn't|don't|won't) (?:permit|allow|accept|approve)|"
    r"forbids?|forbade|rejects?|rejected|den(?:y|ies|ied)|blocks?|blocked|veto(?:es|ed)|refuse[sd]?|disallows?|"
    r"prevents?|prevented) (?:that|this|it)|"
    r"(?:this|that|it) is (?:not (?:allowed|permitted)|forbidden))\W*$",
    re.IGNORECASE,
)
"""What follows a deed that is asked for: another subject forbids nothing (``nothing in the policy forbids that``)."""
