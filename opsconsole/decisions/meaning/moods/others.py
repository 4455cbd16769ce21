"""Whether somebody else did what a verb tells, or whether it was at another time."""

from __future__ import annotations

import re

from opsconsole.decisions.meaning.moods.signs import REASON
from opsconsole.patterns import late
from opsconsole.records import Mood

_OTHER = (
    r"(?:a |an |the )?(?:person|human|user|operator|admin|someone|somebody|kubectl|"
    r"(?:cloud )?provider)"
)
_OBSERVED = late(rf"(?! (?:\S+ )*?(?:{REASON})\b)(?:[^,;:(]*?[^,;:(\s])??(?<!ed)(?<!wn) by {_OTHER}\b", re.IGNORECASE)
"""Who did it, in the clause of its verb: ``scaled by a user``, but not ``deleted web, used by a user``."""
_MACHINE_DID = late(r"(?: [^\s,;:(]+){0,5} by (?:the )?(?:kubelet|kernel|oom[ -]?killer)\b", re.IGNORECASE)
_OF_PODS = late(r" (?:the |a |\d+ )?(?:pods?|containers?|process(?:es)?|tasks?)\b", re.IGNORECASE)
_MACHINE = late(
    r"\bevent:? $|"
    r"\b(?:kubelet|kube-scheduler|kube-controller-manager|node[- ]lifecycle(?:[- ]controller)?|oom[- ]killer|kernel) "
    r"(?:has |had |just )?$",
    re.IGNORECASE,
)
"""What stands before the deed of a part of Kubernetes, which deals with pods alone: ``kubelet evicted pod x``."""
_OTHERS_BEFORE = late(
    r"\bhad (?:been |already |just )?$|"
    rf"\b(?:yesterday|last (?:week|month|year|night))\b(?!.*(?:[,;:.]|\b(?:{REASON}|so|and|now)\b))|\bmanually $|"
    r"\b(?:yesterday|last (?:week|month|year|night))(?:'s)? (?:report|summary|recap)[^,;.]*: $|"
    r"\bspot (?:instance|node|vm)s? \S+ (?:will be|is being|was) $|"
    r"\b(?:user|admin|engineer|human|person) (?!has\b|had\b|was\b|is\b)(?!\S*(?:optimi[sz]|bot|agent|scaler|system))"
    r"[\w.@-]+ (?:has |had |just )?$",
    re.IGNORECASE,
)
"""What stands before a deed of another time or another person: ``the optimizer had scaled``, ``user jane scaled``."""
_RETOLD = late(
    r"\b[Aa]ccording to (?:the |our )?(?:[A-Z]{2,10}-\d{1,9}|incident|post-?mortem|timeline|(?:incident )?report)\b"
    r"[^.;]{0,80}\b(?:the|an?|some) [a-z][\w-]{1,40} (?:had |then )?$"
)
"""What stands before a deed of a story that is told again: ``According to INC-7, at 03:11 the optimizer scaled``."""
_AGO = late(r"(?: (?!before\b)\S+){0,2} \d+ ?(?:s|m|h|d|seconds?|minutes?|hours?|days?|weeks?) ago\b")
"""What follows a deed of another time: ``created 3 minutes ago``."""
_BEGUN = ("created", "started", "scheduled")
_WILL_BE = late(r"\b(?:node|instance|vm|machine|capacity)s?\b[^,;:]* (?:will be|is being|are being|to be) $", re.I)


def is_anothers(word: str, before: str, after: str, said: Mood) -> bool:
    """Did somebody else do it, or was it at another time?"""
    if word.lower() in _BEGUN and _AGO.match(after):
        return True
    if word.lower() == "reclaimed" and _WILL_BE.search(before):
        return True  # a cloud takes a machine back
    if said is not Mood.DONE:
        return False
    ended = word.lower() in _ENDED and _CONTAINER.search(before) is not None
    if ended or _OBSERVED.match(after) or _OTHERS_BEFORE.search(before) or _RETOLD.search(before):
        return True
    if word.lower() not in ("evicted", "killed", "deleted"):
        heard = not after.strip(" .") and word.lower() in _WRITTEN and _IS_ANOTHER_NOW.fullmatch(before) is not None
        again = word == "updated" and _A_SECRET.search(before) is not None and _READ_AGAIN.match(after) is not None
        return heard or again
    return _MACHINE_DID.match(after) is not None or (
        _MACHINE.search(before) is not None and _OF_PODS.match(after) is not None
    )


_WRITTEN = ("updated", "changed", "modified")
_IS_ANOTHER_NOW = late(
    r"(?:the )?(?:namespace|node)[ /:]{1,2}['\"]?[\w.-]{1,253}['\"]? (?:has been|was|is|got) ", re.IGNORECASE
)
"""What stands before all that a watch tells: ``Namespace/shop has been updated``. No program sets a namespace anew, and
who changes a node says how."""
_A_SECRET = late(r"(?:^|: )(?:Secret|ConfigMap)(?: \"?[\w./-]{1,253}\"?)? was $")
_READ_AGAIN = late(r" and it is used in [Ii]ngress annotations(?:\. (?:Parsing|Reloading)(?: it)?(?:\.{3})?)?$")
"""What ingress-nginx says of an object that it has seen to be another: ``Secret shop/tls was updated and …``."""
_ENDED = ("terminated", "killed", "restarted", "stopped")
_CONTAINER = late(
    r"\bcontainers?(?: (?:['\"][^'\"]{1,253}['\"]|[\w./-]{1,253}))? (?:was |were |has been |got |is )?$", re.IGNORECASE
)
"""What stands before the end of a container, which comes by itself: ``Container app terminated``."""
