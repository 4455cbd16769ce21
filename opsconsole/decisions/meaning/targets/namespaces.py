"""The namespace that a message names: ``in namespace shop``, ``all pods in shop``, ``killing web-0 in shop``."""

from __future__ import annotations

import re

from opsconsole.decisions.key_memory import SentenceMemory
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late

_NAMESPACE = late(
    r"\b[Nn]amespace\b['\"]?\s*[:=/]?\s*['\"]?([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)\b|(?:^|\s)-n\s+['\"]?([\w.-]+)"
)
_SHORT = late(r"\(ns[ =:] ?([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)[,;)]")
_PAIR = late(r"(?:^|[\s(\[,])ns=['\"]?([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)(?![\w/.])")
"""``memory of deployment=web ns=shop``: a pair among the words."""
_IN_NS = late(r"\b(?:in|from|of) ns ['\"]?([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)(?![\w/])")
_NAMESPACE_AFTER = late(r"\bin (?:the )?['\"]?([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)['\"]? namespace\b")
_PLACE = late(
    r"\b(?:pods|deployments|statefulsets|daemonsets|jobs|services|workloads|replicas) in "
    r"([a-z][a-z0-9-]{1,62})(?=$|[,.;:)])"
)
"""``all pods in shop``: objects without a name, and where they are."""

_NAMED_PLACE = late(
    r"\b(?:[Pp]od|[Dd]eployment|[Ss]tateful ?[Ss]et|[Dd]aemon ?[Ss]et|[Jj]ob|[Ss]ervice)"
    r"(?:s?\.[\w.]{1,60}/| ['\"]?|/)[\w.-]{1,253}['\"]? in "
    r"['\"]?([a-z][a-z0-9-]{1,62})['\"]?(?=$|[,;:)?]| to \d| from \d| \d+ replicas?\b)"
)
"""``deployment web in shop to 3 replicas``."""

_BOTH_QUOTED = late(r"\w' in '([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)'")
"""``'web' in 'shop'``, as chats set names off."""

_NO_PLACES = wordset(
    "total parallel progress order batches sequence cluster place use queue cache memory error turn all rotation "
    "service quorum placement disk state storage backup git maintenance dry background foreground bulk vain"
)


@SentenceMemory
def namespace_in(message: str) -> str:
    """``… for namespace: production.`` → ``production``; empty when the message names none."""
    if match := _BOTH_QUOTED.search(message) if "' in '" in message else None:
        return match[1]
    if match := _SHORT.search(message) if "(ns" in message else None:
        return match[1]
    if match := _PAIR.search(message) if "ns=" in message else None:
        return match[1]
    if match := _IN_NS.search(message) if " ns " in message else None:
        return match[1]
    if "amespace" not in message and " -n " not in message:
        match = (_PLACE.search(message) or _NAMED_PLACE.search(message)) if " in " in message else None
        return match[1] if match and match[1] not in _NO_PLACES else ""
    match = _NAMESPACE_AFTER.search(message)
    match = match if match and match[1] not in ("the", "its", "this") else _NAMESPACE.search(message)
    found = next((group for group in match.groups() if group), "") if match else ""
    return "" if found in _NO_SPACES or (match and _is_done_to(message, match)) else found


def _is_done_to(message: str, match: re.Match[str]) -> bool:
    """``failed to delete pod web-1, namespace prod deleted``: is it no place, but what another deed is done to?"""
    apart = _APART.search(message, max(0, match.start() - 40), match.start())
    done = _DONE_BEHIND.match(message, match.end()) if apart is not None and not apart["said"] else None
    if apart is None or (done is None and not apart["said"]):
        return False
    word = (apart["said"] or (done["word"] if done is not None else "")).lower()
    told = (verbs.WORDS.get(each) for each in re.findall(r"[a-z]+", message[: apart.start()].lower()))
    gone = word.endswith(("ed", "ing")) and word in verbs.WORDS and verbs.WORDS[word].verb == "delete"
    return gone and any(verb and not verb.loose for verb in told)


_APART = late(r"(?:[,;] (?:(?:but|and|while) )?| (?:but|and|while) )(?:the )?(?:(?P<said>[A-Za-z]+) )?(?:the )?$")
_DONE_BEHIND = late(r"['\"]? (?:(?:was|were|is|has been|is being) )?(?P<word>[a-z]+ed)\b")


def placed(message: str, name: str) -> str:
    """The namespace that a message tells right behind a name: ``killing web-0 in shop (stuck)``; empty: none."""
    at = message.find(f"{name} in ") if " in " in message else -1
    at = message.find(f'{name}" in ') + 1 if at < 0 and '" in ' in message else at
    match = _BEHIND_NAME.match(message, at + len(name)) if at >= 0 else None
    if match is None and f"/{name} from " in message:  # "deleting replicaSet/web-1 from shop"
        match = _FROM.match(message, message.find(f"/{name} from ") + len(name) + 1)
    return match[1] if match and match[1] not in _NO_PLACES else _of_owner(message, name)


def _of_owner(message: str, name: str) -> str:
    """The namespace of whose an object is: ``pod web-7f9 of shop/web``; "for" may name one that it makes room for."""
    at = message.find(name) if "/" in message else -1
    titled = _TITLED.match(message) if " of " in message[:40] and ": " in message and at > 0 else None
    if titled is not None and titled.end() <= at and name.startswith(titled["owner"] + "-"):
        return "" if kinds.of_word(titled["namespace"]) else titled["namespace"]
    owner = _OWNER.match(message, at + len(name)) if at >= 0 else None
    own = owner is not None and (owner["of"] or name.startswith(owner["owner"] + "-"))
    return owner["namespace"] if owner is not None and own and not kinds.of_word(owner["namespace"]) else ""


_OWNER = late(
    r"['\"]? (?:(?P<of>of|belonging to|owned by)|for) "
    r"['\"]?(?P<namespace>[a-z][a-z0-9-]{0,62})/(?P<owner>[a-z0-9-]{1,253})(?![\w./-])"
)
_TITLED = late(
    r"(?:Rolling [a-z]{6,8}|Rollout|Restart|Upgrade) of (?:[A-Za-z]{3,30} )?"
    r"(?P<namespace>[a-z][a-z0-9-]{0,62})/(?P<owner>[a-z0-9-]{1,253}): [A-Za-z]{4,12} pods? "
)
"""``Rolling update of shop/web: deleting pod web-0``: a title that names whose the pod behind it is."""
_BEHIND_NAME = late(
    r" in ['\"]?([a-z][a-z0-9-]{1,62})['\"]?"
    r"(?=$|[,;:)]|\.(?= |$)| \(| to (?:\d|revision\b)| from \d| \d+ replicas?\b| "
    r"(?:because|due|after|since|as|now|was|were|is being|has been|raised|threw|failed|denied|refused|rejected|"
    r"ran into|ended|timed out|went|goes|would|will)\b)"
)
_FROM = late(r" from ['\"]?([a-z]+)['\"]?(?=$|[,;:]| \()")


_NO_SPACES = wordset(
    "is has was and to for postponed deferred refused skipped blocked deleted created failed suppressed"
)
