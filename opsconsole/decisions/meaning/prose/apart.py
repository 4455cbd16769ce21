"""What sounds like an action on the cluster and is none, caches and processes, and what may be one that was missed."""

from __future__ import annotations

import re

from opsconsole.decisions.meaning.prose import naming
from opsconsole.decisions.meaning.prose.grammar import (
    BESIDE,
    FIELD_WORDS,
    FILL,
    NOT_NAMES,
    STOPS,
    SpokenToken,
    tokens_of,
)
from opsconsole.decisions.words import verbs

_ELSEWHERE = re.compile(
    r"\b(?:from|in|into|to) (?:the |its |our )?(?!(?:cluster|local)[ -]?queue)(?:[\w-]+ ){0,2}(?:"
    r"cache|queue|index|store|registry|list|"
    r"history|memory|tracker|"
    r"informer|endpoint ?slices?|endpoints|balancer|snapshot|database|map|heap|backlog|buffer|"
    r"(?P<circle>placement|rotation|quorum|membership|allowlist))\b(?![./:])",
    re.IGNORECASE,
)
_PROCESS = re.compile(r"\s+(?:with |by |on )?(?:signal|SIG[A-Z]{2,5}|exit|code)\b")
"""What ends with a signal or an exit code is a process."""


def is_apart(message: str, start: int, end: int, verb: verbs.Verb) -> bool:
    """Is the verb at a place about a process, or about what is in a cache, a queue, a ring?

    A named object that is deleted "from the allowlist" is gone all the same, and one that is scaled or drained is so
    wherever it stands.
    """
    if _PROCESS.search(message, end, min(len(message), end + 60)):
        return True
    match = _ELSEWHERE.search(message, start, min(len(message), start + 300))
    if match is None:
        return False
    lasting = (match["circle"] and not verb.loose) or verb.verb in _ON_CLUSTER
    return not (lasting and _names(tokens_of(message[end : match.start()])))


_ON_CLUSTER = frozenset({"scale", "drain", "cordon", "taint", "restart", "rollback"})
"""What nobody does to an entry of a cache or a queue."""


def _names(tokens: list[SpokenToken]) -> bool:
    """Do they name an object, by its kind and its name?"""
    for at, token in enumerate(tokens):
        kind, length = naming.kind_at(tokens, at)
        if (kind and at + length < len(tokens) and naming.is_name(tokens, at + length)) or (
            not token.quoted and naming.is_reference(token)
        ):
            return True
    return False


def _is_object(tokens: list[SpokenToken], place: int) -> bool:
    kind = naming.kind_at(tokens, place)[0] or tokens[place].low in ("instance", "instances", "vm", "vms")
    return bool(kind) or naming.is_reference(tokens[place])


def looks_like_one(message: str, longest: int) -> bool:
    """Does a strict verb stand near a kind or a name? Then an action may have been missed."""
    tokens = tokens_of(message[:longest])
    for at, token in enumerate(tokens):
        verb = verbs.WORDS.get(token.low) if not token.quoted else None
        if verb is None or verb.loose or token.low in verbs.NOUNS:
            continue
        for place in range(max(0, at - 4), min(len(tokens), at + 6)):
            if place != at and (_is_object(tokens, place)):
                return _ELSEWHERE.search(message) is None
    return False


def is_whole(tokens: list[SpokenToken], at: int) -> bool:
    """``updating statefulset``: is the message a verb in its form of doing or done, and a kind, and nothing else?"""
    low = tokens[at].low
    return at == 0 and len(tokens) < 4 and low.endswith(("ing", "ed")) and "-" not in tokens[-1].low


def is_bare(tokens: list[SpokenToken], at: int, *, loose: bool) -> bool:
    """Is the verb all that the message says, but for adverbs, states and the words for fields?"""
    doing = tokens[at].low.endswith("ing")
    start = next((place + 1 for place in range(at - 1, 0, -1) if tokens[place].text in ",:"), 0) if doing else 0
    for place, token in enumerate(tokens[start:], start):  # "pod killed, raising memory limit": what is done about it
        if place == at or token.low in BESIDE or not token.low[0].isalpha():
            continue
        if token.low in FIELD_WORDS or token.low.endswith("ly") or token.low in FILL or verbs.WORDS.get(token.low):
            continue
        if loose or token.low in NOT_NAMES or (place > at and token.low not in STOPS and place == at + 1):
            return False
    return True
