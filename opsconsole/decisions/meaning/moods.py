"""How an action is meant: done, planned, proposed, simulated, refused or somebody else's. Tables of words and keys."""

from __future__ import annotations

import re

from opsconsole.decisions.meaning.objects import Leaves
from opsconsole.decisions.words import verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.records import Mood

_REASON = (
    r"as|since|because|while|when|where|whose|that|which|after|before|although|though|due|following|owing|if|until"
)
"""Words that begin a reason or a description, which is no word about the deed before it."""
_NOT_FALSE = r"(?![\"']?\s*[=:]\s*[\"']?(?:false|0|no|off|none|disabled)\b)"
_NOT_OVER = r"(?! (?:is |was |has (?:been )?)?(?:pass|succe|complet|finish|over|ok|done|show|agree)\w*)"
"""A simulation that is over and went well is no word about what is done after it."""
DRY_WORDS = re.compile(
    r"(?<!no )(?<!not a )(?<!without )(?<!after )(?<!after a )(?<!after the )"
    rf"\b(?:dry[- _]?run|simulat(?:ed|ion|ing)|shadow mode|what-if)\b{_NOT_FALSE}{_NOT_OVER}",
    re.IGNORECASE,
)
_REFUSED_BEFORE = re.compile(
    r"\b(?:fail(?:ed|s|ing|ure)?|could ?n[o']t|cannot|can't|can not|unable|refus\w+|"
    r"skip\w*(?! \w+ and $)|error|errors|denied|forbidden|"
    r"abandon\w*|(?<!to )avoid\w*(?!.* by $)|declin\w+|(?<!to )prevent\w*(?!.* by $)|block\w*|"
    r"not allowed|reject\w*|abort\w*|too many|cancel\w*|"
    r"problem (?:while|when))\b",
    re.IGNORECASE,
)
_NEGATED = re.compile(
    r"\b(?:not|no|never|won't|wouldn't|don't|didn't|without|nothing)\b(?: [\w-]+){0,3}$", re.IGNORECASE
)
_REFUSED_AFTER = re.compile(
    r"(?<!\bon )\b(?:fail(?:ed|s|ure)(?! (?:checks?|health|probes?|pods?|nodes?|jobs?|attempts|replicas?|machines?|"
    r"volumes?|instances?|containers?|tasks?|releases?|deployments?)\b)|"
    r"reject\w*|denied|skipp\w+|blocked(?! (?:the|a|an|its) )|forbidden|conflict(?! (?:resolv|solv|clear))|aborted|"
    r"not allowed|infeasible|timed out|"
    r"was refused|declined|cancell?ed|vetoed|not permitted|not supported|not possible|disallowed)\b",
    re.IGNORECASE,
)
_PROPOSED = re.compile(
    r"\b(?:recommend\w*|propos\w*|suggest\w*|advis\w+|should|could|may|might|consider\w*|please|pending|awaiting|"
    r"waiting for approval|needs? (?:sign-off|approval|confirmation)|shall i|do you want|candidate|whether to)\b",
    re.IGNORECASE,
)
_WOULD_PROPOSE = re.compile(r"\bwould (?:\w+ )?(?:recommend|propose|suggest|advise|prefer|like)\b", re.IGNORECASE)
_OTHER = r"(?:a |an |the )?(?:person|human|user|operator|admin|someone|somebody|kubectl)"
_OBSERVED = re.compile(
    rf"(?! (?:\S+ )*?(?:{_REASON})\b)(?:[^,;:(]*?[^,;:(\s])??(?<!ed)(?<!wn) by {_OTHER}\b", re.IGNORECASE
)
"""Who did it, in the clause of its verb: ``scaled by a user``, but not ``deleted web, used by a user``."""
_MACHINE_DID = re.compile(r"(?: [^\s,;:(]+){0,5} by (?:the )?(?:kubelet|kernel|oom[ -]?killer)\b", re.IGNORECASE)
_OF_PODS = re.compile(r" (?:the |a |\d+ )?(?:pods?|containers?|process(?:es)?|tasks?)\b", re.IGNORECASE)
_MACHINE = re.compile(
    r"\bevent:? $|"
    r"\b(?:kubelet|kube-scheduler|kube-controller-manager|node[- ]lifecycle(?:[- ]controller)?|oom[- ]killer|kernel) "
    r"(?:has |had |just )?$",
    re.IGNORECASE,
)
"""What stands before the deed of a part of Kubernetes, which deals with pods alone: ``kubelet evicted pod x``."""
_OTHERS_BEFORE = re.compile(
    r"\bhad (?:been |already |just )?$|"
    rf"\b(?:yesterday|last (?:week|month|year|night))\b(?!.*(?:[,;:.]|\b(?:{_REASON}|so|and|now)\b))|\bmanually $|"
    r"\b(?:yesterday|last (?:week|month|year|night))(?:'s)? (?:report|summary|recap)[^,;.]*: $|"
    r"\bspot (?:instance|node|vm)s? \S+ (?:will be|is being|was) $|"
    r"\b(?:user|admin|engineer|human|person) (?!has\b|had\b|was\b|is\b)(?!\S*(?:optimi[sz]|bot|agent|scaler|system))"
    r"[\w.@-]+ (?:has |had |just )?$",
    re.IGNORECASE,
)
"""What stands before a deed of another time or another person: ``the optimizer had scaled``, ``user jane scaled``."""
_AGO = re.compile(r"(?: (?!before\b)\S+){0,2} \d+ ?(?:s|m|h|d|seconds?|minutes?|hours?|days?|weeks?) ago\b")
"""What follows a deed of another time: ``created 3 minutes ago``."""
_BEGUN = ("created", "started", "scheduled")
_SUPPOSED = re.compile(
    rf"(?: (?:the|a|an|this|these|those|any|all|its)(?: (?!(?:{_REASON})\b)[a-z]+)?)?"
    rf" (?!(?:{_REASON}|nobody|who|they|it|we|users?|customers?)\b)[a-z]+ (?:would|could|might) "
)
"""What follows a deed that is only thought about: ``deleting the pod would lose its logs``."""
_LABEL = re.compile(
    r" \S+: (?:(?:evicted|drained|deleted|removed|scaled|restarted)\b(?! (?:0|no|none|nothing)\b)|"
    r"(?P<refused>.*\b(?:giving up|gave up|timed out)\b))"
)
"""What follows a deed that heads the sentence as its title: ``drain n-1: evicted 14 pods``."""
_CAN = re.compile(r"\bcan (?:now |only |also )?(?:be )?$", re.IGNORECASE)
"""What stands before something that is possible, and not done: ``can scale up to 40 replicas``."""
_SENT = re.compile(r"\b(?:sent|issued|submitted)(?: \w+)? $", re.IGNORECASE)
_SUCCESS = re.compile(r"\bsuccess(?:ful|fully)?\b|\bsucceeded\b|\bcomplete[d]?\b|\bfinished\b", re.IGNORECASE)
_OVER = re.compile(
    r"^(?:[^.,;:]|\.(?! ))*?(?<!not )(?<!not yet )\b(?:is |was |has (?:been )?)?"
    r"(?:completed?|succeeded|finished|successful|done)\W*$",
    re.IGNORECASE,
)
"""What follows a deed that is over: ``drain of node n-1 is complete``."""

_WELL = re.compile(r"^ (?:\S+ ){0,3}successfully\b|[^:;]{0,80}: (?:success|done|ok)\b", re.IGNORECASE)
_APPLIED = re.compile(r"\bapplied (?:the |a |an )?$", re.IGNORECASE)
_BEGINS = re.compile(
    r"\b(?:will|going to|about to|to be|start(?:ed|ing)?|begin\w*|plan\w*|scheduled|trying|attempting)\b", re.IGNORECASE
)

_STILL = re.compile(r"\b(?:that|which|who) (?:still )?(?:have|has|need|needs) to be $")
"""What stands before a deed that is yet to come, of things only described: ``pods that have to be drained``."""

_OFF = r"(?:is|are) (?:\w+ )?(?:disabled|turned off|switched off|not enabled)\b"
_IS_OFF = re.compile(
    rf"(?: (?:up|down|in|out))?(?:(?: (?:of|for)(?: (?!(?:{_REASON})\b)[^\s,;:(]+){{1,4}}?)|"
    rf"(?: (?!(?:{_REASON})\b)[a-z]+){{0,2}}) (?:{_OFF}|(?:was|happened) \d+ ?\w{{1,8}} ago\b)|"
    r" (?:is )?not (?:yet )?(?:completed?|finished|done)\b| (?:\w+ ){1,2}not found\b"
)
"""What follows a deed that is told of as switched off, or as not over: ``drain of node n-1 is disabled``."""

_STATES = {
    Mood.PROPOSED: "proposed pending pendingapproval awaitingapproval suggested recommended draft waiting "
    "needsapproval",
    Mood.REFUSED: "rejected denied failed refused forbidden error skipped blocked aborted conflict cancelled canceled",
    Mood.DRY_RUN: "dryrun simulated shadow simulation preview whatif",
    Mood.DONE: "done applied succeeded success successful ok completed executed responsecomplete",
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
_TRUE = ("true", "1", "yes", "server", "client", "all")


def in_text(text: str, start: int, end: int, said: Mood, *, has_value: bool) -> Mood | None:  # noqa: PLR0911 - the strongest sign first
    """How a sentence means its verb, which stands at ``start``–``end``; ``None``: that nothing is done.

    Args:
        text: the sentence.
        start: where the verb begins.
        end: where it ends.
        said: what the verb's form says by itself.
        has_value: whether a value is told: "not scaling X to 0" refuses a wish, "not scaling X" tells of none.
    """
    before = _own_clause(text[max(0, start - 120) : start], text[start:end])
    after = text[end : end + 400]
    refused = _REFUSED_BEFORE.search(before)
    if refused is None and _NEGATED.search(before.rstrip()):
        return Mood.REFUSED if has_value else None
    if _CAN.search(before):
        return None
    if said is Mood.PLANNED and not has_value and _SUPPOSED.match(after):
        return None
    if _WOULD_PROPOSE.search(before):
        return Mood.PROPOSED
    if DRY_WORDS.search(text) or (not refused and re.search(r"\bwould\b", before, re.IGNORECASE)):
        return Mood.DRY_RUN
    if refused:
        return Mood.REFUSED
    if _PROPOSED.search(before):
        return Mood.PROPOSED
    if _is_refused(after, said):
        return Mood.REFUSED
    if _is_anothers(text[start:end], before, after, said):
        return Mood.OBSERVED
    return _plain(before, after, said)


_DEED_BEGINS = re.compile(
    r"(?:, |; | - | – | — ?|[-=]> ?| (?:so|therefore|hence|thus) )"
    r"(?:(?:so|and|now|then|therefore|thus|hence|instead|automatically|i am|i'm|we are|i|we|have|has) )*$",
    re.IGNORECASE,
)


_OF_A_THING = re.compile(
    r"(?:[^:;]* )?(?:too many (?:pods|replicas|nodes|requests|errors|restarts)|(?:avoiding|preventing) \w+|"
    r"(?:may|might|could|should) be (?:idle|stuck|broken|unused|dead|down|hung|unhealthy)|"
    r"(?:cannot|can't|could not|unable to) (?:be )?(?:reach|start|connect|respond|schedule|find|pull|serve)\w*|"
    r"(?:probes?|checks?|readiness|liveness|health|canary|tests?|build) (?:has |have |was |were )?"
    r"(?:fail\w+|blocked|denied))"
    r"[^:;]*: ",
    re.IGNORECASE,
)
"""A thing of which a head speaks, and not of the deed behind its colon: ``cannot reach n-1: draining node n-1``."""


def _own_clause(before: str, word: str) -> str:
    """What stands before a verb in its clause: nothing in ``probe failed, deleting web``."""
    match = _DEED_BEGINS.search(before) if word.lower().endswith(("ing", "ed")) else None
    if match is None and word.lower().endswith(("ing", "ed")) and (head := _OF_A_THING.match(before)):
        return before[head.end() :]
    return before if match is None else before[match.start() :]


_PREDICATE_ENDS = re.compile(
    r": |; |\. |, (?!(?:but |it |which |and )?(?:it )?(?:is |was |has |got )?(?:been )?"
    rf"{_REFUSED_AFTER.pattern})| (?:{_REASON}) "
)
"""Where what is said of the verb itself ends: at a reason, and at a comma that no refusal follows."""


def _is_refused(after: str, said: Mood) -> bool:
    clause = _PREDICATE_ENDS.split(after, maxsplit=1)[0]
    if "not allowed" in clause:
        return True
    refused = _REFUSED_AFTER.search(clause)
    return refused is not None and not (said is Mood.DONE and refused[0].lower() in _NEVER_OF_DONE)


_NEVER_OF_DONE = ("not supported", "not possible", "not permitted", "disallowed", "timed out")
"""What is no word about a deed that is told as done: ``scaled web from 9 to 0 not supported``."""


def _is_anothers(word: str, before: str, after: str, said: Mood) -> bool:
    """Did somebody else do it, or was it at another time?"""
    if word.lower() in _BEGUN and _AGO.match(after):
        return True
    if said is not Mood.DONE:
        return False
    if _OBSERVED.match(after) or _OTHERS_BEFORE.search(before):
        return True
    if word.lower() not in ("evicted", "killed", "deleted"):
        return False
    return _MACHINE_DID.match(after) is not None or (
        _MACHINE.search(before) is not None and _OF_PODS.match(after) is not None
    )


def _plain(before: str, after: str, said: Mood) -> Mood:
    if said is Mood.PLANNED and (_SUCCESS.search(before[-40:]) or _APPLIED.search(before) or _SENT.search(before)):
        return Mood.DONE
    if said is Mood.DONE and (_BEGINS.search(before[-24:]) or before.endswith("being ")):
        return Mood.PLANNED
    if said is Mood.PLANNED and not before.strip() and (label := _LABEL.match(after)):
        return Mood.REFUSED if label["refused"] else Mood.DONE
    if said is Mood.PLANNED and (_OVER.search(after) or _WELL.match(after)):
        return Mood.DONE
    if said is Mood.PLANNED and re.match(
        r"\W*(?:was |has )?(?:succeeded|completed|finished|successful|done|applied)\b", after
    ):
        return Mood.DONE
    return said


def only_spoken_of(text: str, start: int, end: int, said: Mood) -> bool:
    """Is the deed at a place one that is yet to come, switched off or not over, of which the text only speaks?"""
    if said is Mood.DONE:
        return " to be " in text and _STILL.search(text[max(0, start - 40) : start]) is not None
    return _IS_OFF.match(text[end : end + 140]) is not None


def in_attributes(leaves: Leaves) -> Mood | None:
    """How attributes say that it is meant; ``None`` where they say nothing."""
    found: Mood | None = None
    for path, leaf in leaves:
        if not path or not isinstance(path[-1], str) or len(path) > 3:
            continue
        joined = "".join(verbs.parts[path[-1]])
        if joined not in _KEYS:
            continue
        value = "".join(verbs.parts(leaf)) if isinstance(leaf, str) else leaf
        mood = _of_pair(joined, value)
        if mood is Mood.DRY_RUN:
            return mood
        if found is None or (found is Mood.DONE and mood is Mood.REFUSED):
            found = mood
    return found


_DRY_KEYS = wordset("dryrun simulate simulated shadow whatif")
_STATE_KEYS = wordset("status state outcome approval result phase verdict stage")
_MODE_KEYS = wordset("mode autonomy updatemode")
_CODE_KEYS = wordset("code httpstatus statuscode responsecode")
_ALLOWED_KEYS = wordset("allowed permitted admitted")
_APPROVAL_KEYS = wordset("requiresapproval needsapproval")
_ERROR_KEYS = wordset("err error errormessage exception")
_KEYS = _DRY_KEYS | _STATE_KEYS | _MODE_KEYS | _CODE_KEYS | _ALLOWED_KEYS | _APPROVAL_KEYS | _ERROR_KEYS


def _of_pair(joined: str, value: object) -> Mood | None:  # noqa: PLR0911 - one return for each sort of key
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
        return Mood.REFUSED if isinstance(value, int) and not isinstance(value, bool) and 400 <= value < 600 else None
    if joined in _ALLOWED_KEYS:
        return Mood.REFUSED if value is False else None
    if joined in _APPROVAL_KEYS:
        return Mood.PROPOSED if value is True else None
    if joined in _ERROR_KEYS and value not in (None, "", False, "null", "nil", "none"):
        return Mood.REFUSED
    return None


def of_identifier(name: str) -> Mood | None:
    """What the name of an event says: ``ScaleDownSkipped`` is refused; ``None`` where it says nothing."""
    words = {"skipped", "failed", "denied", "rejected", "refused", "blocked", "aborted", "cancelled", "canceled"}
    return Mood.REFUSED if words & set(verbs.parts(name)) else None


def of_form(message: str) -> Mood:
    """What the form of a message's verb says: ``memory limit lowered`` is done."""
    words = re.findall(r"[a-z]+", message.lower())
    done = any((verb := verbs.WORDS.get(word)) is not None and verb.mood is Mood.DONE for word in words)
    return Mood.DONE if done else Mood.PLANNED
