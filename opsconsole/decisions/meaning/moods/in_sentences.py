"""How a sentence means its verb: done, planned, proposed, simulated, refused or somebody else's."""

from __future__ import annotations

import re
from functools import lru_cache

from opsconsole.decisions.meaning.moods import for_people
from opsconsole.decisions.meaning.moods.others import is_anothers
from opsconsole.decisions.meaning.moods.signs import DRY_WORDS, GOES_ON, IN_NAME, REASON
from opsconsole.decisions.meaning.moods.unwanted import (
    FORCED,
    HINDERED,
    NEGATED,
    NOT_HINDERED,
    NOTHING_DONE,
    OF_NONE,
    ON_PURPOSE,
    REFUSED_BEFORE,
    RETRIED,
    WAITS,
    is_left,
    is_refused,
    negated,
)
from opsconsole.decisions.words import kinds
from opsconsole.patterns import late
from opsconsole.records import Mood

_PROPOSED = late(
    rf"{IN_NAME}\b(?:recommend\w*|propos\w*|suggest\w*|advis\w+|should|could|may|might|consider\w*|please|pending|awaiting|"
    r"(?<!without )(?<!after )(?<!than )(?<!instead of )(?<!not )(?<!while )"
    r"waiting for (?:(?:a|an|the) )?(?:[\w']{1,20} )?approval(?! (?:is|was|has)\b)|"
    r"(?:waiting for|ask(?:ed|ing)|needs?) (?:\S+ ){1,3}to (?:approve|confirm|review|sign off)|"
    r"needs? (?:sign-off|approval|confirmation)|"
    r"(?<!no )(?<!no human )(?<!no manual )(?<!no further )(?<!without )"
    r"(?:sign-off|approval|confirmation) (?:is )?(?:needed|required)|shall i|do you want|candidate|whether to|"
    r"(?:option|alternative|possibility|idea) (?:is|was|would be|might be)(?: to)?(?= $))\b"
    rf"{GOES_ON}",
    re.IGNORECASE,
)
_YES_OR_NO = late(
    r"(?:^|[.:\]] )(?:approve|confirm|allow|authori[sz]e|okay? to|proceed with|go ahead with|go ahead and) (?:the )?$",
    re.IGNORECASE,
)
"""What begins a question to a person: ``Approve scaling web to 5? [y/N]``."""
_UNANSWERED = late(r"\?\s*(?:[\[(]y(?:es)?/no?[\])]:?)?\s*$", re.IGNORECASE)
_AWAITS = late(
    r"(?: (?!(?:and|without|after|instead|than|not|while)\b)['\"\w./-]+){0,4}?(?: \([^()]{1,120}\))? (?:is |are )?"
    r"(?:still |now )?"
    r"(?:awaiting|pending|waiting for|needs?|requires?) (?:[\w']+ ){0,3}?(?:approval|confirmation|review|sign-off)\b|"
    r"[^;:]{1,200}?(?:,| -) (?:but |which |this |it |that |and ){0,3}(?:still )?"
    r"(?:needs?|requires?|awaits|waits for|is (?:awaiting|pending|waiting for)|"
    r"(?:(?:i |we )?(?:will |am |are )?|i'll |i'm |we'll |we're )(?:wait(?:ing)?|hold(?:ing)?) for) "
    r"(?:(?:your|a|an|the|one|human|manual|explicit|operator|second|another|more) ){0,3}"
    r"(?:approval|confirmation|review|sign-off|go-ahead|consent|approver|reviewer|pair of eyes|opinion)\b"
    r"(?! (?:was|is|has been) (?:skipped|bypassed|ignored|waived|disabled|dropped|off)\b)",
    re.IGNORECASE,
)
_REQUEST = r"(?:PR|MR|(?:pull|merge|change) request|ticket|issue)"
_ASKS_FIRST = late(
    rf"\b(?:opened|created|filed|raised|drafted|submitted) (?:a |an |the |draft )*{_REQUEST}\b[^:;]{{0,80}}: $|"
    rf"\b{_REQUEST} ?[#!]?\S{{0,20}} (?:is |still |was )?(?:open(?:ed)?|created|filed|raised|submitted|"
    r"awaits|awaiting|waits for|waiting for|needs|pending)\b[^:;]{0,80}: $|"
    r"\b(?:approval|sign-off|review|confirmation) (?:was |is )?"
    r"(?:requested|asked for|pending|outstanding)\b[^:;]{0,80}: $|"
    r"\brequests? for (?:approval|sign-off|confirmation|review)\b[^:;]{0,80}: $|"
    rf"\b(?:opened|created|filed|raised|drafted|submitted) (?:a |an |the |draft )*{_REQUEST} ?[#!]?[^\s,:;]{{0,20}} "
    r"(?:(?:asking|requesting|proposing|suggesting|which asks|that asks) )?(?:for somebody )?to $",
    re.IGNORECASE,
)
"""What stands before a deed that a person is asked for: ``Opened PR #12: scale deployment web to 2``."""
_IF_IT_WERE = late(
    r"\b(?<!as )if (?:(?:[^,;:]{1,80} )?(?:were|was)|(?:[^\s,;:]+ ){1,5}(?:is|are|gets?)) $", re.IGNORECASE
)
"""What stands before a deed that is only reckoned with: ``if node pool web were resized``, ``if web is deleted``."""
_WOULD_PROPOSE = late(
    r"\bwould (?:\w+ )?(?:recommend|propose|suggest|advise|prefer|like)\b|"
    r"\b(?:would|might|may) (?:make sense|"
    r"be (?:\w+ )?(?:best|better|good|wise|sensible|safer?|prudent|advisable|worthwhile))\b(?= to (?:[a-z]+ )?$)",
    re.IGNORECASE,
)
_WOULD = late(r"\bwould\b|\bpretend(?:ed|ing|s)? to (?:have )?$", re.IGNORECASE)
_ID = late(r"\b(?:i|we)'d (?:[a-z]+ly )?$", re.IGNORECASE)
_ADVICE = late(r" (?:hint|advice|tip|recommendation|suggestion|proposal)s? for\b", re.IGNORECASE)
"""What follows a deed that is only the title of advice: ``rightsizing hint for web``."""
_HAD_TO = late(
    r"^(?!.*\b(?:if|unless|whether|nobody|no one|nothing|would have|until|before)\b).*\bhad to $",
    re.IGNORECASE | re.DOTALL,
)
"""What stands before a deed that was not wanted, and done: ``we had to restart web``."""
_SUPPOSED = late(
    rf"(?: (?:the|a|an|this|these|those|any|all|its)(?: (?!(?:{REASON})\b)[a-z]+)?)?"
    rf" (?!(?:{REASON}|nobody|who|they|it|we|users?|customers?)\b)[a-z]+ (?:would|could|might) "
)
"""What follows a deed that is only thought about: ``deleting the pod would lose its logs``."""
_MAY_LEAD = late(
    r"(?: (?!and\b|so\b|which\b)[^\s,;:.]{1,60}){1,4}? (?:may|might|can|could) "
    r"(?:lead|cause|result|break|lose|drop|disrupt|interrupt|slow|trigger|"
    r"be (?:slow|dangerous|risky|unsafe|harmful|costly))\b",
    re.IGNORECASE,
)
"""What follows a deed of which only the danger is told: ``force-deleting pods may lead to data loss``."""
_LABEL = late(
    r"(?P<kind> (?!to |for |on |and )[A-Za-z]{3,24})? \S+: (?:(?:evicted|drained|deleted|removed|scaled|restarted)\b"
    r"(?! (?:0|no|none|nothing)\b)|(?(kind)(?!)|(?P<refused>.*\b(?:giving up|gave up|timed out)\b)))"
)
"""What follows a deed that is its title: ``drain n-1: evicted 14 pods``; one "denied" may be done in the next words."""
_INSTEAD = late(r"\b(?:instead of|rather than) (?:[a-z]+ly )?$", re.IGNORECASE)
_STAYS = late(
    r"\b(?:(?:leav|keep|stay|hold|remain)(?:ing|s)?|left|kept|stayed|held)\b(?! (?:no|none|nothing|nobody|0)\b)",
    re.IGNORECASE,
)
_KEEPS_NONE = late(r"\b(?:leav|keep|left|kept)\w* (?:no|none|nothing|0)\b", re.IGNORECASE)
"""What stands before a deed in whose place another one is done, or nothing: ``leaving web at 4 instead of``."""
_CAN = late(r"\bcan (?:now |only |also )?(?:be )?$", re.IGNORECASE)
"""What stands before something that is possible, and not done: ``can scale up to 40 replicas``."""
_MAY_PREVENT = late(
    r"\b(?:can|may|might|could) (?:also |still )?(?:prevent|block|delay|hinder|stop|slow) "
    r"(?:(?:the|its|any|node|pod) ){0,2}$",
    re.IGNORECASE,
)
"""What stands before a deed that something may stand in the way of: ``which can prevent consolidation``."""
_SENT = late(
    r"\b(?:(?:sent|issued|submitted)(?: \w+)?|(?:executed|performed|completed|finished)(?: the| a)?|"
    r"took (?:about )?\d[\d.]{0,8} ?[a-z]{1,8} to|(?:done|finished) with(?: the)?|"
    r"(?:api ?server|cluster|kubernetes|kubelet|cloud|provider) (?:has )?"
    r"(?:confirmed|acknowledged|completed)(?: the)?) $",
    re.I,
)
_SUCCESS = late(r"\bsuccess(?:ful|fully)?\b|\bsucceed(?:ed|s)?\b|\bcomplete[d]?\b|\bfinished\b", re.IGNORECASE)
_CLAUSES = late(r", [^,]*: ")
"""Where a deed begins behind what was over before it: ``finished 3d ago, TTL expired: deleting``."""
_OVER = late(
    r"^(?:[^.,;:]|\.(?! ))*?(?<!not )(?<!not yet )\b(?:is |was |has (?:been )?)?"
    r"(?:(?:completed?|succeeded|finished|successful|done|went (?:through|fine|well|smoothly))\W*$|"
    r"took (?:about |only )?\d[\d.]{0,8} ?[a-z]{1,8}\W*$|"
    r"accepted by (?:the )?(?:kubernetes )?(?:api ?server|kube-apiserver|cluster|control plane)\b|"
    r"(?:completed|succeeded|finished|successful|executed|went (?:through|fine|well|smoothly))"
    r"(?: [-–(]| (?:after|in|within|at|on|for|because|since|with|by)\b|[,;:]))",
    re.IGNORECASE,
)
"""What follows a deed that is over: ``drain of node n-1 is complete``."""

_DONE_AFTER = late(
    r"\W*(?:was |has )?(?:succeeded|completed|finished|successful|done|applied|ok)\b"
    r"(?=\W*$|[.,;:!)]| (?:in|after|for|on|at|with|by|to|from|within|successfully)\b| [-–(])"
)
_WELL = late(r"^ (?:\S+ ){0,3}successfully\b|[^:;]{0,80}: (?:success|done|ok)\b", re.IGNORECASE)
_APPLIED = late(r"\bapplied (?:the |a |an )?$", re.IGNORECASE)
_BEGINS = late(
    rf"{IN_NAME}\b(?:will|going to|about to|to be|(?:must|shall) be|start(?:ed|ing)?|begin\w*|plan\w*|scheduled|"
    rf"trying|attempting)\b{GOES_ON}|"
    r"\b(?:applying|executing|performing|taking|running|issuing|sending) (?:the |an? |this |next )?"
    r"(?:(?:chosen|selected|greedy|next|best) )?(?:action|decision|step|change|command|plan)(?:[ #_]\d{1,6})?: $",
    re.IGNORECASE,
)
"""What stands before a deed that is yet to come, or is beginning, though its verb's form says that it is done."""


def in_text(text: str, start: int, end: int, said: Mood, *, has_value: bool) -> Mood | None:
    """How a sentence means its verb, which stands at ``start``–``end``; ``None``: that nothing is done.

    Args:
        text: the sentence.
        start: where the verb begins.
        end: where it ends.
        said: what the verb's form says by itself.
        has_value: whether a value is told: "not scaling X to 0" refuses a wish, "not scaling X" tells of none.
    """
    if (
        text.endswith("ing", start, end)
        and _INSTEAD.search(text[max(0, start - 40) : start])
        and (not _KEEPS_NONE.search(text[:start]))
    ):
        return Mood.REFUSED if has_value and _STAYS.search(text[max(0, start - 120) : start]) else None
    mood = _told(text, start, end, said, has_value=has_value)
    if mood is Mood.REFUSED and (forced := _forced(text[end : end + 400])) is not None:
        return forced
    return mood


def _forced(after: str) -> Mood | None:
    """How a refused deed is meant that is done all the same: ``ceiling reached, forced anyway``; ``None``: it stays."""
    match = FORCED.search(after) if "nyway" in after or "egardless" in after or "verr" in after else None
    return None if match is None else Mood.DONE if match["done"] or match["over"] else Mood.PLANNED


def _told(text: str, start: int, end: int, said: Mood, *, has_value: bool) -> Mood | None:  # noqa: PLR0911 - the strongest sign first
    """How a sentence means its verb, but for what is forced in the end."""
    after = text[end : end + 400]
    before = _own_clause(text[max(0, start - 120) : start], text[start:end])
    refused = _refusal(before, text[start:end])
    if refused is None and _is_negated(before, after):
        return negated(text, before, start, end, has_value=has_value)
    if _CAN.search(before) or _may_be_prevented(text[start:end], before) or _comes_later(before, after):
        return None
    if said is Mood.PLANNED and not has_value and not refused and (_SUPPOSED.match(after) or _MAY_LEAD.match(after)):
        return None
    if _WOULD_PROPOSE.search(before) or _is_asked_for(text, start, end):
        return Mood.PROPOSED
    thought = _is_thought(before, text[start:end], after)
    asked = (
        _AWAITS.match(after)
        or ("?" in after and _is_question(before, after))
        or (said is Mood.PLANNED and for_people.is_left_to_one(f" would{after}" if thought else after))
    )
    if is_dry(text) or (not refused and not asked and thought):
        return _would_be(text, after)
    if refused or (said is Mood.PLANNED and is_left(before, after)):
        return Mood.REFUSED
    if asked or _PROPOSED.search(before) or _is_advice(text[start:end], after):
        return Mood.PROPOSED
    if is_refused(after, said) or (said is Mood.PLANNED and (HINDERED.match(after) or NOTHING_DONE.match(after))):
        return Mood.REFUSED
    if is_anothers(text[start:end], before, after, said):
        return Mood.OBSERVED
    return _plain(before, after, said)


@lru_cache(maxsize=4)
def is_dry(text: str) -> bool:
    """Does a text say anywhere that it is a dry run? Asked for each of its deeds, of which a long one has hundreds."""
    return DRY_WORDS.search(text) is not None


def _is_thought(before: str, word: str, after: str) -> bool:
    """Is a deed told as what somebody would do: ``I'd lower its limit``? ``I'd deleted it`` tells of one."""
    return _WOULD.search(before) is not None or (
        _ID.search(before) is not None
        and not word.lower().endswith(("ed", "ing", "set", "put", "cut"))
        and _AND_DID.search(after) is None
    )


_AND_DID = late(
    r"\b(?:did|do|done|doing|have|went|going|am|are|now|already|gone|finished|complete\w*|success\w*|"
    r"(?:and|then) (?:it|that))\b",
    re.IGNORECASE,
)
"""Behind what somebody would do: it may have been done."""


def _would_be(text: str, after: str) -> Mood:
    """How a deed is meant that would be done: it is a dry run, unless something stood in its way."""
    held = " but " in after and not is_dry(text) and _HELD_BACK.match(after) is not None
    return Mood.REFUSED if held else Mood.DRY_RUN


_HELD_BACK = late(
    r"[^;:.]{0,120}?,? but (?!.*\b(?:anyway|regardless|forc|overr|bypass|ignor))(?:(?!is |are )[\w'-]{1,60} ){0,3}"
    r"(?:(?:is|are|was|were|has|have|has been) (?:already |still |now )?"
    r"(?:exceeded|used up|reached|exhausted|spent|protected|pinned|exempt(?:ed)?|excluded|locked|frozen|blocked|"
    r"forbidden|denied|not allowed|set to never|opted out)|forbids|prevents|blocks|denies|does not allow)\b"
)
"""What follows a deed that would be done, if nothing stood in its way: ``would be drained but the budget is spent``."""


def _refusal(before: str, word: str) -> re.Match[str] | None:
    """What refuses a deed before it; what is "ignoring any advice to deleting" is no wish "to delete"."""
    match = None if RETRIED.search(before) else REFUSED_BEFORE.search(before)
    return None if match and match[0].lower().startswith("ignor") and word.endswith("ing") else match


def _is_question(before: str, after: str) -> bool:
    """Is a person asked whether a deed may be done, and has nothing been answered yet?"""
    return _YES_OR_NO.search(before) is not None and _UNANSWERED.search(after) is not None


def _may_be_prevented(word: str, before: str) -> bool:
    """Is a deed a noun that something may stand in the way of? ``can delay deleting shop/web`` may tell of the deed."""
    return not word.lower().endswith(("ing", "ed")) and _MAY_PREVENT.search(before) is not None


def _comes_later(before: str, after: str) -> bool:
    """Is all that is told of a deed that it is waited with? It is told once more when it comes."""
    return not after.strip(" .") and WAITS.fullmatch(before) is not None


def _is_advice(word: str, after: str) -> bool:
    """Is a deed the title of advice, and no word for what is done with it: ``applying recommendation``?"""
    return word.endswith("ing") and not word.lower().startswith(("appl", "execut")) and _ADVICE.match(after) is not None


def _is_negated(before: str, after: str) -> bool:
    said = before.rstrip()
    of_none = not after.strip(" .!") and OF_NONE.search(said) is not None
    return (of_none or NEGATED.search(said) is not None) and ON_PURPOSE.match(after) is None


def _is_asked_for(text: str, start: int, end: int) -> bool:
    """Is a deed only asked for, or reckoned with? What is being done, or has been, is no request any more."""
    before = text[max(0, start - 160) : start]
    if text.endswith(("ed", "en"), start, end):
        return _IF_IT_WERE.search(before) is not None
    return not text.endswith("ing", start, end) and _ASKS_FIRST.search(before) is not None


_DEED_BEGINS = late(
    r"(?:, |; |[!?] | - | – | — ?|[-=]> ?| (?:so|therefore|hence|thus) )"
    r"(?:(?:so|and|now|then|therefore|thus|hence|instead|automatically|i am|i'm|we are|i|we|have|has) )*"
    r"(?:(?:the|its|memory|cpu|limits?|requests?|replicas?|count|weight|image|was|were) )*$",
    re.IGNORECASE,
)


_OF_A_THING = late(
    r"(?:[^:;]* )?(?:too many (?:pods|replicas|nodes|requests|errors|restarts)|(?:avoiding|preventing) \w+|"
    r"(?:may|might|could|should) be (?:idle|stuck|broken|unused|dead|down|hung|unhealthy)|"
    r"(?:cannot|can't|could not|unable to) (?:be )?(?:reach|start|connect|respond|schedule|find|pull|serve)\w*|"
    r"(?:is|are|was) in (?:a|an) (?:failed|error|broken|bad) state|"
    r"(?:errors?|failures?|failed|rejected|denied|blocked)\b(?: [\w./-]+){0,3}? (?:ratio|rate|share|count|budget)\b|"
    r"(?:errors|failures) (?:in|of|on|at|from|for)\b|"
    r"(?:errors?|failures?|rejections?|timeouts?)\b[^:;]*(?:\d ?%|[<>]=? ?\d|\d ?(?:x|times)\b|[45]xx)|"
    r"(?:probes?|checks?|readiness|liveness|health|canary|tests?|build) (?:has |have |was |were )?"
    r"(?:fail\w+|blocked|denied))"
    r"[^:;]*: ",
    re.IGNORECASE,
)
"""A thing of which a head speaks, and not of the deed behind its colon: ``cannot reach n-1: draining node n-1``."""


_AGREED = late(
    r"(?:as (?:recommended|proposed|suggested|advised)|"
    r"(?:the |a )?(?:recommendation|proposal|suggestion)s? (?:(?:was|were|has been|have been) )?"
    r"(?:applied|accepted|approved|executed|enacted)|"
    r"(?:appl(?:ied|ying)|execut(?:ed|ing)|enact(?:ed|ing)|accepted|approved) (?:the |a )?"
    r"(?:recommendation|proposal|suggestion)s?)(?: (?:by|for|of|to) [^:;,]{1,80})?: ",
    re.IGNORECASE,
)
"""A head that tells of a proposal no more than that it is carried out: ``recommendation applied: scaled web to 0``."""


_DISMISSED = late(
    r"(?:.*[,;:.] )?(?:(?:i|we|it) )?(?:"
    r"(?:could not|couldn't|cannot|can't|did not|didn't|unable to|failed to) (?!be )[a-z]+ [^,;:]{0,80}|"
    r"(?:refused|ignored|rejected|skipped|declined|dismissed|overruled|overrode|denied|bypassed) "
    r"(?:(?:the|a|an|this|that|its|all|any|every) )?(?:\w+ )?"
    r"(?:advice|recommendations?|suggestions?|proposals?|requests?|warnings?|reviews?|approvals?|confirmations?|checks?|"
    r"dry[- ]runs?|simulations?|polic(?:y|ies)|guard(?:rail)?s?|budgets?|pdbs?|limits?|holds?|freezes?)\b"
    r"[^,;:]{0,80}) and "
    r"(?:(?:then|just|simply|now|instead) )?",
    re.IGNORECASE,
)
"""What a deed stands behind that was done against advice: ``refused the advice and deleted namespace shop``."""


SUBJECT = late(
    rf"(?:,(?P<apart>)| but) (?:(?:and|but|so|the) )*(?:{'|'.join(kinds.NAMES)})s? "
    r"['\"]?[a-z0-9][\w./-]{0,252}['\"]? (?:(?:was|were|(?(apart)is|has been)|has been) )?$",
    re.IGNORECASE,
)
"""Whom another deed is told of, apart from the first: ``could not restart deployment a/b, namespace c was ``."""
_JOINED = late(r", | but ")


def _own_clause(before: str, word: str) -> str:
    """What stands before a verb in its clause: nothing in ``probe failed, deleting web``."""
    if NOT_HINDERED.search(before) or (word.lower().endswith("ed") and _DISMISSED.fullmatch(before)):
        return ""
    doing = word.lower().partition(" ")[0].endswith(("ing", "ed"))
    match = _DEED_BEGINS.search(before) if doing else None
    if match is None and doing and word.lower().endswith("ed") and _JOINED.search(before):
        match = SUBJECT.search(before)
    if match is None and doing and (head := _AGREED.match(before) or _OF_A_THING.match(before)):
        return before[head.end() :]
    return before if match is None else before[match.start() :]


_IN_BEING = late(r"\bbeing $|^(?:\S+ ){1,4}wants? (?:\S+ ){1,3}(?:to be )?$", re.IGNORECASE)
"""What stands before a participle of what is yet to come about: ``the reconciler wants deployment web scaled``."""


_ENSURING = late(
    r"\b(?:ensur(?:ing|es?)|mak(?:ing|es?) sure)(?: that)?(?: [^\s,;:]{1,253}){1,5} (?:is|are|gets?|has been) $",
    re.IGNORECASE,
)
"""What stands before a participle of what is seen to: ``ensuring an instance is deleted``."""


def _plain(before: str, after: str, said: Mood) -> Mood:
    if said is Mood.PLANNED and (
        _SUCCESS.search(_CLAUSES.split(before[-40:])[-1])
        or _APPLIED.search(before)
        or _SENT.search(before)
        or ("had to " in before and _HAD_TO.search(before))
    ):
        return Mood.DONE
    begins = said is Mood.DONE and (_BEGINS.search(before, max(0, len(before) - 24)) or _IN_BEING.search(before))
    if begins or (said is Mood.DONE and "sur" in before and _ENSURING.search(before)):
        return Mood.PLANNED
    if said is Mood.PLANNED and not before.strip() and (label := _LABEL.match(after)):
        return Mood.REFUSED if label["refused"] else Mood.DONE
    if said is Mood.PLANNED and (_OVER.search(after) or _WELL.match(after)):
        return Mood.DONE
    if said is Mood.PLANNED and _DONE_AFTER.match(after):
        return Mood.DONE
    return said
