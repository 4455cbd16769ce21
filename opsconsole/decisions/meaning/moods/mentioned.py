"""Whether a text only speaks of an action: it is yet to come, switched off, not over, or a condition."""

from __future__ import annotations

import re

from opsconsole.decisions.meaning.moods.signs import REASON
from opsconsole.decisions.words import verbs
from opsconsole.patterns import late
from opsconsole.records import Mood

_CONDITION = late(r"\W*(?:if|whenever|in case)\b[^:]*$", re.IGNORECASE)
"""What stands before a deed in an instruction: ``if the node is unhealthy, drain it``."""

_BEFORE_IT = late(
    r"\b(?:before|until|after|prior to) (?:trying|attempting|having|starting|it tries|we try) to $|"
    r"\b(?:safe|unsafe|possible|okay|ok|eligible|enough) to $",
    re.IGNORECASE,
)
"""What stands before a deed that is thought of: ``waiting 5s before trying to delete nodes``, ``safe to drain``."""
_SKIPPED = late(r"\bskip(?:ping|ped) [^:]{1,60}: [^:;.]{0,40}\b(?:needs?|ha(?:s|ve|d)) to $", re.IGNORECASE)
"""What stands before a deed that is no more than why another one is left: ``skipping sync: need to prune``."""
_STILL = late(r"\b(?:that|which|who) (?:still )?(?:have|has|need|needs) to be $")
"""What stands before a deed that is yet to come, of things only described: ``pods that have to be drained``."""
_AWAITED = late(
    r"\W*waiting (?:for|until) (?:(?:(?:the|all|any) )?(?:pods?(?: (?!and\b|is\b|are\b)[\w./-]{1,253})?"
    r"(?: (?:of|in|on) (?:(?:the )?(?:namespace|node|job) )?[\w./-]{1,253})?)|(?P<node>node [\w./-]{1,253})) to be $",
    re.IGNORECASE,
)
"""All that stands before a deed that was told before and is not over: ``Waiting for pod web-1 to be deleted``.

A node is only drained so: what else goes may be told of in this line for the first time.
"""

_OFF = r"(?:is|are) (?:\w+ )?(?:disabled|turned off|switched off|not enabled)\b"
_IS_OFF = late(
    rf"(?: (?:up|down|in|out))?(?:(?: (?:of|for)(?: (?!(?:{REASON})\b)[^\s,;:(]+){{1,4}}?)|"
    rf"(?: (?!(?:{REASON})\b)[a-z]+){{0,2}}) (?:{_OFF}|(?:was|happened) \d+ ?\w{{1,8}} ago\b)|"
    r"(?: [^\s,;:(]{1,253}){0,4}? (?:is |becomes )?possible (?:again )?(?:in|after|at|from|not before)\b|"
    r" (?:is )?not (?:yet )?(?:completed?|finished|done)\b| (?:\w+ ){1,2}not found\b"
)
"""What follows a deed that is told of as switched off, or as not over: ``drain of node n-1 is disabled``."""
_TO_ANOTHER = (
    r"(?:[. ]*$|(?=, (?:deleted|removed|evicted|drained|scaled|restarted) (?!it\b|them\b|all\b)[a-z]+ [\w./-]+\W*$))"
)
"""Nothing else in the sentence, but for a deed that names itself what it is done to."""
_NEEDLESS = late(
    rf"(?: (?:up|down|in|out))?(?: (?:of|for)(?: (?!(?:{REASON})\b)[^\s,;:(]+){{1,3}}?)?"
    r" (?:(?:is|was) )?(?:[a-z]+ly )?(?:not|no longer) (?:required|needed|necessary|due)"
    rf"(?:{_TO_ANOTHER}|: \d+ (?:replicas|nodes|pods) suffice\W*$)"
)
"""All that follows a deed that is not needed, up to another one: ``Scaling down of web not needed``."""
_TURNS_OFF = late(
    r"\b(?:disabl|suspend|paus|forbid|forbidd|inhibit)(?:ing|ed|es|s) (?:(?:the|any|all) )?$", re.IGNORECASE
)
"""What stands before the name of a sort of deed that is turned off: ``disabling scale-up for node group web``."""
_TURNS_ON = late(r"\b(?:re-?)?enabl(?:ing|ed|es) (?:(?:the|any|all) )?$", re.IGNORECASE)
"""The same of scaling that is turned on; a deletion that is allowed may be one that happens."""
_VALUE = late(r" to |[-=]+>|→|\bfrom \d|: |\d [-–—] \d")
"""What tells that more is said of it than that it is on: ``enabled scale-down: web 40 -> 0``."""


_PERHAPS = late(r"\b(?:may|might|could) (?:already )?have (?:already )?been $", re.IGNORECASE)
"""What stands before a deed that somebody else may have done: ``it may have been deleted``."""


_WHO = r"(?:we|you|i|they|one|somebody|someone)(?: (?:now|just|also|had|have|were to|should|would)){0,3}"
_ASKED_IF = late(rf"\b(?:if|when|once|whether) {_WHO} $", re.IGNORECASE)
"""What stands before a deed that a question only supposes: ``what happens if we deleted web?``."""
_SUPPOSED = late(
    rf"\b(?:suppos(?:e|ing)|imagin(?:e|ing)|assum(?:e|ing)|hypothetically|let's say|what if),?(?: that)? {_WHO} $",
    re.IGNORECASE,
)


def _is_supposed(text: str, start: int, end: int) -> bool:
    """Does the text ask what a deed would come to, or only imagine it?"""
    before = text[max(0, start - 80) : start]
    if _SUPPOSED.search(before):
        return True
    asked = _ASKED_IF.search(before) if "?" in text[end : end + 200] else None
    return asked is not None and ". " not in text[end : text.index("?", end)]


_IN_ORDER_TO = late(
    r"(?:^|[.;:] )(?:to|in order to|if you (?:want|wish|prefer|need) to) [a-z]+ [^,.;:]{1,80}, "
    r"(?:please |you can |just )?$",
    re.IGNORECASE,
)
_SWITCH = late(
    r" (?:the |an? |its )?(?:(?:argument|flag|option|environment variable|env var|keyword) [`'\"]?[\w-]+[`'\"]?|"
    r"[`'\"]?[\w-]+[`'\"]? (?:argument|flag|option|environment variable|env var|keyword))"
    r"\b(?= to [`'\"]?(?:true|false|none)[`'\"]?\W*$)",
    re.IGNORECASE,
)
"""A switch that takes a word of a program, and ends the sentence: a grant is no switch (``cluster-admin flag``)."""


def _is_usage(text: str, start: int, end: int) -> bool:
    """``To disable logging, set the `verbose` argument to False``: does a program tell how it is called?"""
    return _SWITCH.match(text, end) is not None and _IN_ORDER_TO.search(text[max(0, start - 120) : start]) is not None


_LOOKED_AT = late(r"\b(?:compar|evaluat|calculat|assess|estimat)ing (?:the )?$", re.IGNORECASE)
"""What stands before a deed that is only looked at: ``comparing scale``."""


_AND_DONE = late(r"[a-z](?:ed|ing)\b|\b(?:done|ok|did|now|gone|success\w*|complete\w*|over)\b|[=-]>|→", re.IGNORECASE)
"""Behind what is looked at: it may have been done as well."""


def only_spoken_of(text: str, start: int, end: int, said: Mood) -> bool:
    """Is the deed at a place one that is supposed, yet to come, switched off or not over?"""
    usage = text.startswith("set", start, end) and _is_usage(text, start, end)
    usage = usage or ("(use --" in text and _WHY_NO_DRAIN.match(text, end) is not None)
    return usage or _is_supposed(text, start, end) or _is_yet_to_come(text, start, end, said)


_WHY_NO_DRAIN = late(r" (?:[A-Za-z-]+ )?[Pp]ods\b[^:;,()]{0,60} \(use --[a-z-]{3,40} to (?:override|ignore|force)")
"""What a drain says of pods that keep it from being done: ``cannot delete Pods with local storage (use --…)``."""


def _is_yet_to_come(text: str, start: int, end: int, said: Mood) -> bool:
    """Is the deed at a place one that is yet to come, switched off or not over, of which the text only speaks?"""
    if said is Mood.DONE:
        return _is_awaited(text, start)
    skipped = "kip" in text and _SKIPPED.search(text[max(0, start - 80) : start])
    before = text[max(0, start - 40) : start]
    looked_at = _LOOKED_AT.search(before) and not _AND_DONE.search(text, end)
    if skipped or looked_at or _BEFORE_IT.search(before):
        return True
    if not text.endswith("ing", start, end) and _CONDITION.match(text[:start]):
        return True
    if "already" in text and _ALREADY.search(text[max(0, start - 80) : start]):
        return True
    sort = verbs.NOUNS.get(text[start:end].lower().replace("-", ""))
    on = sort == "scale" and not _VALUE.search(text, end)
    return (
        (on and _TURNS_ON.search(before) is not None)
        or (
            sort not in (None, "delete")
            and _TURNS_OFF.search(before) is not None
            and _OF_ALL.match(text, end) is not None
        )
        or _IS_OFF.match(text[end : end + 140]) is not None
        or _is_needless(text, start, end)
    )


_OF_ALL = late(
    r"(?: (?:of|for|on|in)(?: (?!(?:from|to|and|but|by|then|so|now|was|is)\b|[a-z]+(?:ed|ing)\b)"
    rf"[^\s,;:()=>]{{1,253}}){{1,4}})?{_TO_ANOTHER}"
)
"""All that follows a sort of deed that is turned off, up to another deed that names what it is done to."""


def _is_needless(text: str, start: int, end: int) -> bool:
    """Is a deed told as not needed, and nothing else of it? What goes is told so as well, and goes all the same."""
    told = verbs.WORDS.get(text[start:end].lower())
    return told is not None and told.verb != "delete" and _NEEDLESS.match(text, end) is not None


def _is_awaited(text: str, start: int) -> bool:
    """Is a deed by its participle one that may have been done, or that is yet to be over?"""
    before = text[max(0, start - 40) : start]
    if " have " in text and _PERHAPS.search(before):
        return True
    if " to be " not in text:
        return False
    awaited = _AWAITED.fullmatch(text, 0, start)
    told = awaited is not None and (awaited["node"] is None or text.startswith("drained", start))
    return told or _STILL.search(before) is not None


_ALREADY = late(r"\balready (?:at|in|on|has|have|within|below|above) (?:[\w-]+ ){0,4}$", re.IGNORECASE)
"""What stands before a deed that is there as a state: ``web is already at target scale down replicas``."""


_NOT_YET = late(
    r"\b(?:(?:not|never) yet (?:been )?|(?:yet|still) to be |still not (?:been )?)[a-z]{3,20}ed\b|"
    r"\bnot (?:been )?[a-z]{3,20}ed yet\b",
    re.IGNORECASE,
)


def is_yet_to_come(message: str) -> bool:
    """``target has not yet been scaled``: does a message tell of nothing but a deed that has not come about?"""
    match = _NOT_YET.search(message) if "yet" in message or "still" in message else None
    if match is None:
        return False
    words = re.findall("[a-z]+", f"{message[: match.start()]} {message[match.end() :]}".lower())
    return not any(verb.mood is Mood.DONE for word in words if (verb := verbs.WORDS.get(word)) is not None)
