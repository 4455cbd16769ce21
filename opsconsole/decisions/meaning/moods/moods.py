"""How an action is meant: done, planned, proposed, simulated, refused or somebody else's. Tables of words and keys."""

from __future__ import annotations

import re

from opsconsole.records import Mood

_REASON = (
    r"as|since|because|while|when|where|whose|that|which|after|before|although|though|due|following|owing|if|until"
)
"""Words that begin a reason or a description, which is no word about the deed before it."""
_NOT_FALSE = r"(?![\"']?\s*[=:]\s*[\"']?(?:false|0|no|off|none|disabled)\b)"
_NOT_OVER = r"(?! (?:is |was |has (?:been )?)?(?:pass|succe|complet|finish|over|ok|done|show|agree)\w*)"
"""A simulation that is over and went well is no word about what is done after it."""
_NOT_ENDED = r"(?! (?:from )?(?:true|on|yes|enabled) (?:to|->|=>|→) (?:false|off|no|disabled))"
"""A dry run that is switched off is the opposite of one: ``dry_run true -> false``."""
IN_NAME, GOES_ON = r"(?<![/.])(?<!\w-)", r"(?!-\w|/\w|\.\w)"
"""What tells a word of a sentence from one in a name: ``failed-login-svc``, ``shop/suggest-api``."""

_NO_NAME = r"(?!-(?!mode\b|only\b|run\b|enabled\b)\w|/\w)"
DRY_WORDS = re.compile(
    rf"\b(?=[dsw]){IN_NAME}"  # first what most places lack
    r"(?<!no )(?<!not a )(?<!without )(?<!after )(?<!after a )(?<!after the )"
    rf"(?:dry[- _]?run|simulat(?:ed|ion|ing)|shadow mode|what-if)\b{_NO_NAME}{_NOT_FALSE}{_NOT_OVER}{_NOT_ENDED}|"
    r"\b(?:apply|execute|enforce)=false\b|(?:^|[\[(])recommend(?:ation)?s?-only(?: mode)?(?=[,:\])])",
    re.IGNORECASE,
)
_REFUSED_BEFORE = re.compile(
    rf"{IN_NAME}\b(?:fail(?:ed|s|ing|ure)?|could ?n[o']t|(?:not|n't) able|cannot|can't|can not|unable|refus\w+|"
    r"skip\w*(?! \w+ and $)|error|errors|denied|forbidden|"
    r"(?:gave|giving) up|abandon\w*|(?<!to )avoid\w*(?!.* by $)|declin\w+|(?<!to )prevent\w*(?!.* by $)|block\w*|"
    r"not allowed|(?:not|n't) (?:allow|permit)\w*|reject\w*|abort\w*|too many|cancel\w*|"
    r"(?:hold(?:ing)?|held) (?:off|back)|(?:nobody|no one) (?:has )?(?:approved|confirmed)|"
    r"(?<![^;] )(?<!\w)tried to(?= $)|"
    rf"problem (?:while|when))\b{GOES_ON}",
    re.IGNORECASE,
)
_NEGATED = re.compile(
    r"\b(?:not|no|never|won't|wouldn't|don't|didn't|without|nothing)\b(?: [\w-]+){0,3}$", re.IGNORECASE
)
_REFUSED_AFTER = re.compile(
    rf"{IN_NAME}(?<!\bon )\b(?:fail(?:ed|s|ure)(?! (?:checks?|health|probes?|pods?|nodes?|jobs?|attempts|replicas?|"
    r"machines?|volumes?|instances?|containers?|tasks?|releases?|deployments?)\b(?!=))|"
    r"reject\w*|denied|skipp\w+|blocked(?! (?:the|a|an|its) )|forbidden|conflict(?! (?:resolv|solv|clear))|aborted|"
    r"not allowed|infeasible|timed out|"
    r"(?:dropped|discarded)(?=\W*$|[,;:(])|"
    r"postponed|deferred|gave up|giving up|was refused|(?<!connection )refused(?=\W*$)|declined|"
    r"cancell?ed|vetoed|not (?:be )?(?:applied|executed|performed|sent|carried out)|"
    r"(?<!, )(?:ignored|suppressed)(?=\W*$|[,;:.(]| (?:by|because|as|due|since|while|during|for)\b)|"
    rf"not permitted|not supported|not possible|disallowed)\b{GOES_ON}",
    re.IGNORECASE,
)
_PROPOSED = re.compile(
    rf"{IN_NAME}\b(?:recommend\w*|propos\w*|suggest\w*|advis\w+|should|could|may|might|consider\w*|please|pending|awaiting|"
    r"waiting for approval|(?:waiting for|ask(?:ed|ing)|needs?) (?:\S+ ){1,3}to (?:approve|confirm|review|sign off)|"
    r"needs? (?:sign-off|approval|confirmation)|"
    r"(?<!no )(?<!no human )(?<!no manual )(?<!no further )(?<!without )"
    r"(?:sign-off|approval|confirmation) (?:is )?(?:needed|required)|shall i|do you want|candidate|whether to)\b"
    rf"{GOES_ON}",
    re.IGNORECASE,
)
_AWAITS = re.compile(
    r"(?: (?!and\b)[\w./-]+){0,4}?(?: \([^()]{1,120}\))? (?:is |are )?(?:still |now )?"
    r"(?:awaiting|pending|waiting for|needs?|requires?) (?:[\w']+ ){0,3}?(?:approval|confirmation|review|sign-off)\b|"
    r"[^;:]{1,200}?(?:,| -) (?:but |which |this |it |that |and ){0,3}(?:still )?"
    r"(?:needs?|requires?|awaits|waits for|is (?:awaiting|pending|waiting for)|"
    r"(?:(?:i |we )?(?:will |am |are )?|i'll |i'm |we'll |we're )(?:wait(?:ing)?|hold(?:ing)?) for) "
    r"(?:(?:your|a|an|the|human|manual|explicit|operator) ){0,2}"
    r"(?:approval|confirmation|review|sign-off|go-ahead|consent)\b",
    re.IGNORECASE,
)
_REQUEST = r"(?:PR|MR|(?:pull|merge|change) request|ticket|issue)"
_ASKS_FIRST = re.compile(
    rf"\b(?:opened|created|filed|raised|drafted|submitted) (?:a |an |the |draft )*{_REQUEST}\b[^:;]{{0,80}}: $|"
    rf"\b{_REQUEST} ?[#!]?\S{{0,20}} (?:is |still )?"
    r"(?:awaits|awaiting|waits for|waiting for|needs|pending|open)\b[^:;]{0,80}: $|"
    r"\b(?:approval|sign-off|review|confirmation) (?:was |is )?"
    r"(?:requested|asked for|pending|outstanding)\b[^:;]{0,80}: $",
    re.IGNORECASE,
)
"""What stands before a deed that a person is asked for: ``Opened PR #12: scale deployment web to 2``."""
_IF_IT_WERE = re.compile(r"\b(?<!as )if (?:[^,;:]{1,80} )?(?:were|was) $", re.IGNORECASE)
"""What stands before a deed that is only reckoned with: ``saves 9 % if node pool web were resized``."""
_WOULD_PROPOSE = re.compile(r"\bwould (?:\w+ )?(?:recommend|propose|suggest|advise|prefer|like)\b", re.IGNORECASE)
_WOULD = re.compile(r"\bwould\b", re.IGNORECASE)
_OTHER = (
    r"(?:a |an |the )?(?:person|human|user|operator|admin|someone|somebody|kubectl|"
    r"(?:cloud )?provider)"
)
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
_WILL_BE = re.compile(
    r"\b(?:node|instance|vm|machine|capacity)s?\b[^,;:]* (?:will be|is being|are being|to be) $", re.I
)
_SUPPOSED = re.compile(
    rf"(?: (?:the|a|an|this|these|those|any|all|its)(?: (?!(?:{_REASON})\b)[a-z]+)?)?"
    rf" (?!(?:{_REASON}|nobody|who|they|it|we|users?|customers?)\b)[a-z]+ (?:would|could|might) "
)
"""What follows a deed that is only thought about: ``deleting the pod would lose its logs``."""
_MAY_LEAD = re.compile(
    r"(?: (?!and\b|so\b|which\b)[^\s,;:.]{1,60}){1,4}? (?:may|might|can|could) "
    r"(?:lead|cause|result|break|lose|drop|disrupt|interrupt|slow|trigger|"
    r"be (?:slow|dangerous|risky|unsafe|harmful|costly))\b",
    re.IGNORECASE,
)
"""What follows a deed of which only the danger is told: ``force-deleting pods may lead to data loss``."""
_LABEL = re.compile(
    r" \S+: (?:(?:evicted|drained|deleted|removed|scaled|restarted)\b(?! (?:0|no|none|nothing)\b)|"
    r"(?P<refused>.*\b(?:giving up|gave up|timed out)\b))"
)
"""What follows a deed that heads the sentence as its title: ``drain n-1: evicted 14 pods``."""
_CAN = re.compile(r"\bcan (?:now |only |also )?(?:be )?$", re.IGNORECASE)
"""What stands before something that is possible, and not done: ``can scale up to 40 replicas``."""
_SENT = re.compile(
    r"\b(?:(?:sent|issued|submitted)(?: \w+)?|(?:executed|performed|completed|finished)(?: the| a)?|"
    r"took (?:about )?\d[\d.]{0,8} ?[a-z]{1,8} to) $",
    re.I,
)
_SUCCESS = re.compile(r"\bsuccess(?:ful|fully)?\b|\bsucceed(?:ed|s)?\b|\bcomplete[d]?\b|\bfinished\b", re.IGNORECASE)
_CLAUSES = re.compile(r", [^,]*: ")
"""Where a deed begins behind what was over before it: ``finished 3d ago, TTL expired: deleting``."""
_OVER = re.compile(
    r"^(?:[^.,;:]|\.(?! ))*?(?<!not )(?<!not yet )\b(?:is |was |has (?:been )?)?"
    r"(?:(?:completed?|succeeded|finished|successful|done)\W*$|"
    r"(?:completed|succeeded|finished|successful|executed)"
    r"(?: [-–(]| (?:after|in|within|at|on|for|because|since|with|by)\b|[,;:]))",
    re.IGNORECASE,
)
"""What follows a deed that is over: ``drain of node n-1 is complete``."""

_DONE_AFTER = re.compile(
    r"\W*(?:was |has )?(?:succeeded|completed|finished|successful|done|applied|ok)\b"
    r"(?=\W*$|[.,;:!)]| (?:in|after|for|on|at|with|by|to|from|within|successfully)\b| [-–(])"
)
_WELL = re.compile(r"^ (?:\S+ ){0,3}successfully\b|[^:;]{0,80}: (?:success|done|ok)\b", re.IGNORECASE)
_APPLIED = re.compile(r"\bapplied (?:the |a |an )?$", re.IGNORECASE)
_BEGINS = re.compile(
    r"\b(?:will|going to|about to|to be|start(?:ed|ing)?|begin\w*|plan\w*|scheduled|trying|attempting)\b", re.IGNORECASE
)

_CONDITION = re.compile(r"\W*(?:if|whenever|in case)\b[^:]*$", re.IGNORECASE)
"""What stands before a deed in an instruction: ``if the node is unhealthy, drain it``."""

_BEFORE_IT = re.compile(
    r"\b(?:before|until|after|prior to) (?:trying|attempting|having|starting|it tries|we try) to $|"
    r"\b(?:safe|unsafe|possible|okay|ok|eligible|enough) to $",
    re.IGNORECASE,
)
"""What stands before a deed that is thought of: ``waiting 5s before trying to delete nodes``, ``safe to drain``."""
_STILL = re.compile(r"\b(?:that|which|who) (?:still )?(?:have|has|need|needs) to be $")
"""What stands before a deed that is yet to come, of things only described: ``pods that have to be drained``."""

_OFF = r"(?:is|are) (?:\w+ )?(?:disabled|turned off|switched off|not enabled)\b"
_IS_OFF = re.compile(
    rf"(?: (?:up|down|in|out))?(?:(?: (?:of|for)(?: (?!(?:{_REASON})\b)[^\s,;:(]+){{1,4}}?)|"
    rf"(?: (?!(?:{_REASON})\b)[a-z]+){{0,2}}) (?:{_OFF}|(?:was|happened) \d+ ?\w{{1,8}} ago\b)|"
    r"(?: [^\s,;:(]{1,253}){0,4}? (?:is |becomes )?possible (?:again )?(?:in|after|at|from|not before)\b|"
    r" (?:is )?not (?:yet )?(?:completed?|finished|done)\b| (?:\w+ ){1,2}not found\b"
)
"""What follows a deed that is told of as switched off, or as not over: ``drain of node n-1 is disabled``."""


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
    refused = None if _RETRIED.search(before) else _REFUSED_BEFORE.search(before)
    if refused is None and _NEGATED.search(before.rstrip()):
        return _negated(text, before, start, end, has_value=has_value)
    if _CAN.search(before):
        return None
    if said is Mood.PLANNED and not has_value and (_SUPPOSED.match(after) or _MAY_LEAD.match(after)):
        return None
    if _WOULD_PROPOSE.search(before) or _is_asked_for(text, start, end):
        return Mood.PROPOSED
    asked = _AWAITS.match(after)
    if DRY_WORDS.search(text) or (not refused and not asked and _WOULD.search(before)):
        return Mood.DRY_RUN
    if refused or (said is Mood.PLANNED and _is_left(before, after)):
        return Mood.REFUSED
    if asked or _PROPOSED.search(before):
        return Mood.PROPOSED
    if _is_refused(after, said) or (said is Mood.PLANNED and _HINDERED.match(after)):
        return Mood.REFUSED
    if _is_anothers(text[start:end], before, after, said):
        return Mood.OBSERVED
    return _plain(before, after, said)


def _is_asked_for(text: str, start: int, end: int) -> bool:
    """Is a deed only asked for, or reckoned with? What is being done, or has been, is no request any more."""
    before = text[max(0, start - 160) : start]
    if text.endswith(("ed", "en"), start, end):
        return _IF_IT_WERE.search(before) is not None
    return not text.endswith("ing", start, end) and _ASKS_FIRST.search(before) is not None


def _negated(text: str, before: str, start: int, end: int, *, has_value: bool) -> Mood | None:
    """How a deed is meant that is not done: ``not deleting web: dry run``, ``budget exhausted, not rebooting``."""
    if DRY_WORDS.search(text, end) and before.lower().endswith("not "):
        return Mood.DRY_RUN
    left = _NOT_DOING.search(before) if text[end - 3 : end] == "ing" else None
    if text.endswith("ed", start, end) and _NOT_DONE.search(before):
        left = _WHY_NOT.match(text, end)
    wanted = _WONT.search(before) and _FOR_A_REASON.match(text, end)
    return Mood.REFUSED if has_value or left or wanted else None


def _is_left(before: str, after: str) -> bool:
    """Is a deed told as one that was wanted and then left: ``wanted to restart web but it has no budget``?"""
    return _LEFT.search(after) is not None or (_WANTED.search(before) is not None and _BUT.search(after) is not None)


_WANTED = re.compile(
    r"\b(?:want(?:ed|s)|(?:was|were) (?:going|about|meant|supposed|due|set)|intended|meant|tried|hoped|attempted|"
    r"planned|would have liked|had) to $",
    re.IGNORECASE,
)
_BUT = re.compile(r"(?:,| -| –)? \bbut\b", re.IGNORECASE)
_LEFT = re.compile(
    r"[,;:] (?:so |therefore |hence )?(?:leaving|keeping|left|kept) (?:it|them|this|that|things|everything) "
    r"(?:alone|as (?:it is|they are|is)|untouched|unchanged|in place)\b",
    re.IGNORECASE,
)
"""What follows a deed that is left for now: ``, leaving it alone``."""
_WONT = re.compile(r"(?:^|[,;:] )(?:(?:we |i )?(?:won't|will not)) $", re.IGNORECASE)
_FOR_A_REASON = re.compile(r"(?::| -) |(?: [^\s,;:]{1,253}){1,4}? (?:because|due to)\b", re.IGNORECASE)
"""What makes of a deed that is not done one that was wanted: ``won't evict: budget exhausted``."""
_HINDERED = re.compile(
    r"[^,;]{0,80}, (?:its |the |a )?(?:pod ?disruption ?budget|pdb|budget|policy|webhook|lease|lock)\b[^,;.:]{0,80}? "
    r"(?:prevents?|blocks?|forbids?|disallows?|denies|rejects?) (?:the |its |this |any |all )?(?:\w+ )?"
    r"(?:evictions?|deletions?|disruptions?|drains?|removals?|terminations?|restarts?|changes?|updates?|it)\b",
    re.IGNORECASE,
)
"""What follows a deed that something stands in the way of: ``evicting pod, pdb web prevents pod evictions``."""
_NOT_DONE = re.compile(r"\b(?:not|never) $", re.IGNORECASE)
_WHY_NOT = re.compile(
    r"(?:: | - | because |, (?:because|as|since) | due to )(?!.*\b(?:already|no (?:change|need)|unchanged|"
    r"up[ -]to[ -]date|dry[- ]run|nothing)\b)",
    re.IGNORECASE,
)
"""What tells that a deed which is not done was wanted: ``pod web-1 not deleted: timeout``."""
_NOT_DOING = re.compile(r"[^,;:]{3}[,;:] (?:so |therefore )?not $", re.IGNORECASE)
"""What stands before a deed that is left for a reason: ``budget exhausted, not rebooting``."""
_DEED_BEGINS = re.compile(
    r"(?:, |; |[!?] | - | – | — ?|[-=]> ?| (?:so|therefore|hence|thus) )"
    r"(?:(?:so|and|now|then|therefore|thus|hence|instead|automatically|i am|i'm|we are|i|we|have|has) )*"
    r"(?:(?:the|its|memory|cpu|limits?|requests?|replicas?|count|weight|image|was|were) )*$",
    re.IGNORECASE,
)


_OF_A_THING = re.compile(
    r"(?:[^:;]* )?(?:too many (?:pods|replicas|nodes|requests|errors|restarts)|(?:avoiding|preventing) \w+|"
    r"(?:may|might|could|should) be (?:idle|stuck|broken|unused|dead|down|hung|unhealthy)|"
    r"(?:cannot|can't|could not|unable to) (?:be )?(?:reach|start|connect|respond|schedule|find|pull|serve)\w*|"
    r"(?:is|are|was) in (?:a|an) (?:failed|error|broken|bad) state|"
    r"(?:probes?|checks?|readiness|liveness|health|canary|tests?|build) (?:has |have |was |were )?"
    r"(?:fail\w+|blocked|denied))"
    r"[^:;]*: ",
    re.IGNORECASE,
)
"""A thing of which a head speaks, and not of the deed behind its colon: ``cannot reach n-1: draining node n-1``."""


def _own_clause(before: str, word: str) -> str:
    """What stands before a verb in its clause: nothing in ``probe failed, deleting web``."""
    doing = word.lower().partition(" ")[0].endswith(("ing", "ed"))
    match = _DEED_BEGINS.search(before) if doing else None
    if match is None and doing and (head := _OF_A_THING.match(before)):
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


_RETRIED = re.compile(
    r"\b(?:retry(?:ing)?|retried|repeating) (?:the |a |this )?"
    r"(?:blocked|failed|rejected|denied|refused|aborted|skipped|cancell?ed) $",
    re.IGNORECASE,
)
"""What stands before a deed that is tried once more: ``retrying blocked deletion of node n-3``."""
_NEVER_OF_DONE = (
    "refused",
    "postponed",
    "deferred",
    "suppressed",
    "dropped",
    "ignored",
    "discarded",
    "gave up",
    "giving up",
    "not supported",
    "not possible",
    "not permitted",
    "disallowed",
    "timed out",
    "ignored",
    "suppressed",
)
"""What is no word about a deed that is told as done: ``scaled web from 9 to 0 not supported``."""


def _is_anothers(word: str, before: str, after: str, said: Mood) -> bool:
    """Did somebody else do it, or was it at another time?"""
    if word.lower() in _BEGUN and _AGO.match(after):
        return True
    if word.lower() == "reclaimed" and _WILL_BE.search(before):
        return True  # a cloud takes a machine back
    if said is not Mood.DONE:
        return False
    ended = word.lower() in _ENDED and _CONTAINER.search(before) is not None
    if ended or _OBSERVED.match(after) or _OTHERS_BEFORE.search(before):
        return True
    if word.lower() not in ("evicted", "killed", "deleted"):
        return False
    return _MACHINE_DID.match(after) is not None or (
        _MACHINE.search(before) is not None and _OF_PODS.match(after) is not None
    )


_ENDED = ("terminated", "killed", "restarted", "stopped")
_CONTAINER = re.compile(
    r"\bcontainers?(?: (?:['\"][^'\"]{1,253}['\"]|[\w./-]{1,253}))? (?:was |were |has been |got |is )?$", re.IGNORECASE
)
"""What stands before the end of a container, which comes by itself: ``Container app terminated``."""


def _plain(before: str, after: str, said: Mood) -> Mood:
    if said is Mood.PLANNED and (
        _SUCCESS.search(_CLAUSES.split(before[-40:])[-1]) or _APPLIED.search(before) or _SENT.search(before)
    ):
        return Mood.DONE
    if said is Mood.DONE and (_BEGINS.search(before[-24:]) or before.endswith("being ")):
        return Mood.PLANNED
    if said is Mood.PLANNED and not before.strip() and (label := _LABEL.match(after)):
        return Mood.REFUSED if label["refused"] else Mood.DONE
    if said is Mood.PLANNED and (_OVER.search(after) or _WELL.match(after)):
        return Mood.DONE
    if said is Mood.PLANNED and _DONE_AFTER.match(after):
        return Mood.DONE
    return said


_PERHAPS = re.compile(r"\b(?:may|might|could) (?:already )?have (?:already )?been $", re.IGNORECASE)
"""What stands before a deed that somebody else may have done: ``it may have been deleted``."""


def only_spoken_of(text: str, start: int, end: int, said: Mood) -> bool:
    """Is the deed at a place one that is yet to come, switched off or not over, of which the text only speaks?"""
    if said is Mood.DONE:
        if " have " in text and _PERHAPS.search(text[max(0, start - 40) : start]):
            return True
        return " to be " in text and _STILL.search(text[max(0, start - 40) : start]) is not None
    if _BEFORE_IT.search(text[max(0, start - 40) : start]):
        return True
    if not text.endswith("ing", start, end) and _CONDITION.match(text[:start]):
        return True
    if "already" in text and _ALREADY.search(text[max(0, start - 80) : start]):
        return True
    return _IS_OFF.match(text[end : end + 140]) is not None


_ALREADY = re.compile(r"\balready (?:at|in|on|has|have|within|below|above) (?:[\w-]+ ){0,4}$", re.IGNORECASE)
"""What stands before a deed that is there as a state: ``web is already at target scale down replicas``."""
