"""What the words beside a command or a call say of how it is meant; what they say of anything else says nothing of it.

``Health check failed, executing: kubectl delete …`` is done: a probe failed, and not the command. A remark that may be
about something else is none, for a disaster that is read as refused is never seen.
"""

from __future__ import annotations

import itertools
import re

from opsconsole.decisions.key_memory import SentenceMemory
from opsconsole.decisions.meaning.moods import signs
from opsconsole.decisions.words import verbs
from opsconsole.patterns import late
from opsconsole.records import Mood

_REFUSED = (
    r"(?:rejected|denied|refused|forbidden|blocked|aborted|vetoed|disallowed|not allowed|not permitted|failed|"
    rf"could not|cannot|skipp(?:ed|ing){signs.NO_SAFEGUARD}|cancell?ed|suppressed|"
    r"postponed|deferred|dropped|discarded|withheld|masked|timed out waiting|"
    r"not (?:applied|executed|performed|carried out|sent)|"
    r"not (?:be |been )?(?:run|called|invoked|dispatched)(?! (?:as|in|on|with|from|by|before|since|for|until)\b))"
)
_PROPOSED = (
    r"(?:(?:(?<!timed out )waiting for|pending|awaiting|(?:interrupted|paused|stopped|held) for) "
    r"(?:(?:a |the )?(?:human|manual|person|user|operator|admin)(?:'s)? ?)?"
    r"(?:approval|confirmation|review|sign-off)|"
    r"(?:waiting for|awaiting|needs?) (?:(?:a|an|the|another|second|first|human) ){0,3}(?:approvers?|reviewers?)|"
    r"(?<!no )(?<!no human )(?<!no manual )(?<!without )(?:approval|confirmation) (?:is |was )?(?:requested|required)|"
    r"(?<!as )propos(?:e|es|ed|ing|al)|"
    r"(?:change|action|call|command|deletion|scaling) (?:is |was )?(?:parked|queued) for (?:human )?approval(?=\W*$)|"
    r"(?:needs?|requires?) (?:(?:your|a|human|manual|explicit) ){0,2}(?:sign-off|approval|confirmation)|"
    r"(?<!as )recommend(?:s|ed|ing|ation)?|(?<!as )suggest(?:s|ed|ing|ion)?)\b(?! (?:by|earlier)\b)"
)
_CALL = (
    r"(?:tool|function|command|call|action|operation|execution|invocation|patch|plan|run|change|apply|update|"
    r"decision|step|mutation)"
)
_RUN = r"(?:run|running|execute|executing|apply|applying|call|calling|perform|invoke|invoking|issue|do)"
_BOUNDARY = late(
    r"[,;!?] |\. |\n| - | – | — ?| ?[-=]+> ?|: (?=\w)| (?:so|therefore|hence|now) |"
    r"(?<!ed)(?<!end)(?<!est)(?<!ose)(?<!ing)(?<!while)(?<!when)(?<!error) (?=(?:execut|runn|call|invok)ing\b)",
    re.IGNORECASE,
)
"""Where another clause begins, or the deed itself: ``probe failed so executing …``, but not ``failed executing …``."""
_PROPOSES = late(rf"{signs.IN_NAME}\b{_PROPOSED}{signs.GOES_ON}", re.IGNORECASE)
_REFUSES = late(rf"{signs.IN_NAME}\b{_REFUSED}\b{signs.GOES_ON}", re.IGNORECASE)
_ACCEPTED = late(
    r"(?<!not )(?<!nothing )(?<!must be )(?<!should be )(?<!to be )"
    r"\b(?:accepted|approved|applied|granted|confirmed|passed|earlier)\b",
    re.IGNORECASE,
)
_ONLY = late(rf"\W*(?:{_CALL} )?(?:is |was |has been |were )?(?P<said>{_REFUSED})\b(?P<more>.*)", re.IGNORECASE)
"""A remark that begins with the refusal: ``blocked by policy``, ``command was rejected``."""
_MORE = late(
    rf"\W*$|:| ?\(| (?:by|because|due|after|as|since|with)\b| (?:to |be )?{_RUN}\b| (?:to |be )?(?P<verb>[a-z]+)\b",
    re.IGNORECASE,
)
_OF_CALL = late(
    rf"\b(?:{_CALL}|permission)\b[^,;:.]*\b{_REFUSED}\b|\brequest (?:was )?(?:rejected|denied|forbidden|blocked)\b|"
    rf"\b{_REFUSED} by (?:\S+ ){{0,2}}(?:polic(?:y|ies)|guard\w*|user|admin|human|reviewer|approver|webhook|rbac)\b|"
    rf"\b{_REFUSED} (?:to |the |this )?(?:{_RUN}|{_CALL}|request)\b",
    re.IGNORECASE,
)
_NEVER = late(
    r"\b(?:(?:do|did|does|will|would|must|should|could|can|shall) ?(?:not|n't)|won't|can't|never|avoid|"
    r"avoiding|instead of|rather than|without|no need to|not going to|"
    rf"not allowed to|not permitted to|not(?= (?:use|using|{_RUN}) $)) "
    rf"(?:(?:ever|just|simply|blindly|directly) )?(?:(?:use|using|type|typing|have to|need to|{_RUN}) )?$",
    re.IGNORECASE,
)
"""What stands right before a command that is not run: ``I would never run``, ``we must avoid``, ``instead of``."""
_BARRED = late(
    r"(?:user |role |group )?(?!(?:I|we|you|it|they|agents?|that|this|he|she) )@?[\w.@-]{2,60} "
    r"(?:is|was|are|were) not (?:allowed|permitted|authori[sz]ed) to (?:run|use|execute|issue|call)",
    re.IGNORECASE,
)
"""All that stands before a command that somebody wanted to run and may not: ``bob is not permitted to run``."""
_WOULD = late(r"\bwould (?:(?:have|be|now|you|only) )*(?P<verb>[a-z]+)", re.IGNORECASE)
_AFTER = late(
    rf"[`'\"]?\)?,? ?(?:- |– |— |[-=]> |→ )?\(?(?:is |was |has been )?(?P<said>{_REFUSED}|{_PROPOSED})"
    r"(?=\W*$|:(?! ?(?:false|none|0)\b)|[;.)]| [-–—(]|, (?:asking|waiting for|requesting) |"
    r",? (?:by|with|because|due|after|since|as|on|in|at|for)\b)"
    r"(?!.*\b(?:retrying|forcing|forced|again|anyway|overrid\w+|bypass\w*|instead|--force)\b)",
    re.IGNORECASE | re.DOTALL,
)
"""What is said right behind a command of the command itself: ``failed: timeout``, but not ``failed pods are next``."""


def of_command(before: str, after: str = "") -> Mood | None:
    """How a command is meant, by the words right before and right after it: ``failed to run``, ``proposing: ``.

    ``Mood.NONE`` where it is only spoken of as what is not done.

    Args:
        before: the text up to the command.
        after: the text behind it.
    """
    if (said := _of_behind(before, after)) is not None:
        return said
    before = _before_list(before).rstrip(" `'\"$:>\n\t")
    if _BARRED.fullmatch(before):
        return Mood.REFUSED
    if _NEVER.search(f"{before[-80:]} "):
        return Mood.NONE
    clause = last_clause(before)
    if signs.DRY_WORDS.search(clause) or _would(clause):
        return Mood.DRY_RUN
    only = _ONLY.match(clause)
    if (only and _speaks_of_a_deed(only["more"])) or _OF_CALL.search(clause):
        return Mood.REFUSED
    proposed = _PROPOSES.search(clause) or _MUST_BE.fullmatch(clause)
    return Mood.PROPOSED if proposed and not _ACCEPTED.search(clause) else None


def _of_behind(before: str, after: str) -> Mood | None:
    """How a command is meant by what stands right behind it."""
    behind = _AFTER.match(after)
    if behind is None:
        unlisted = _UNLISTED.match(after)
        asked = _ASKED.match(after) or (unlisted and (unlisted["asks"] or _NEEDS_LEAVE.search(before)))
        return Mood.PROPOSED if asked else None
    if _UNDONE.match(behind["said"]) and _PROPOSES.search(last_clause(before.rstrip(" :`'\"\n"))):
        return Mood.PROPOSED  # "Recommended command: kubectl … (not executed)"
    return Mood.REFUSED if re.fullmatch(_REFUSED, behind["said"], re.IGNORECASE) else Mood.PROPOSED


_UNDONE = late(r"not (?:applied|executed|performed|carried out|sent)", re.IGNORECASE)
_MUST_BE = late(
    r"(?:next|following) (?:step|action|command|fix)s? \((?:needs?|requires?|awaiting) "
    r"(?:your |human |manual )?(?:ok|okay|approval|confirmation|go-ahead)\)|"
    rf"(?:(?:the|this|these|following|next) ){{0,2}}{_CALL}s? (?:must|needs? to|has to|have to) be "
    r"(?:approved|confirmed|reviewed|signed off)(?: first| before (?:they|it) runs?)?",
    re.IGNORECASE,
)
"""A head that is nothing but that of commands which a person has to allow: ``These actions must be confirmed:``."""
_ASKED = late(r"[`'\"]?\)? ?\?(?=\s|$)")
"""What stands behind a command that is only asked about: ``and kubectl delete node cp-3?``."""
_UNLISTED = late(
    r"[`'\"]? is not (?:in|on) (?:the|our|its) allow[- ]?list"
    r"(?P<asks>, asking (?:(?:the|a|an) )?(?:operator|user|human|person|admin))?\W*$",
    re.IGNORECASE,
)
"""All that stands behind a command for which a person is asked; a janitor deletes what is on no such list."""
_NEEDS_LEAVE = late(r"\b(?:approval|confirmation) required\. the command [`'\"]?$", re.IGNORECASE)


def _before_list(before: str) -> str:
    """The text that leads to a list, where a command is an item: ``these need approval:`` over ``* kubectl``."""
    match = _LIST.search(before)
    return before if match is None else before[: match.start() + 1]


_LIST = late(
    r":\n{1,3}(?:[ \t]*(?:[-*•+]|\d{1,3}[.)])[ \t][^\n]{1,500}\n){0,50}"
    r"[ \t]*(?:[-*•+]|\d{1,3}[.)])[ \t]*[`'\"$]{0,2}[ \t]*$"
)


def of_call(message: str, name: str = "") -> Mood | None:
    """How a call or an action is meant that stands beside a short message: ``waiting for approval``, ``rejected``.

    Args:
        message: what is said beside it.
        name: what is called, such as ``delete_deployment``.
    """
    return _beside_call[message, name]


@SentenceMemory
def _beside_call(said: tuple[str, str]) -> Mood | None:
    message, name = said
    if signs.DRY_WORDS.search(message) or _would(message):
        return Mood.DRY_RUN
    clauses = _BOUNDARY.split(message)
    if _ALL_THE_SAME.search(message) or any(map(_tells_of_another, clauses[1:])):
        return None
    if any(map(_refuses, clauses, itertools.repeat(name))) or _is_all_refused(message, name):
        return Mood.REFUSED
    asked = _PROPOSES.search(message) and not _ACCEPTED.search(message)
    return Mood.PROPOSED if asked or _ASKED_FOR.match(message) else None


def _is_all_refused(message: str, name: str) -> bool:
    """Is it all that a message says that what stands beside it is not allowed, not done or not wanted?"""
    if _NOTHING.match(message) or _DENIED.fullmatch(message) or ("_" in name and _CUT_SHORT.match(message)):
        return True
    named = verbs.of_name(name) if name and "change" in message else None
    of_replicas = named is not None and (named.verb == "scale" or "replica" in name.lower())
    if of_replicas and _AS_IT_WAS.fullmatch(message):
        return True
    negated, unwilling = _NOT.match(message), _UNWILLING.match(message)
    left = negated is not None and negated["verb"].lower() in verbs.WORDS
    return left or (unwilling is not None and _names(unwilling["verb"], name))


_DENIED = late(
    r"(?:approval|confirmation|sign-off|consent)(?: request)? (?:was |is |has been )?"
    r"(?:denied|rejected|refused|declined|not granted)(?: by \S{1,60})?\W*",
    re.I,
)
"""All that is said beside a call that nobody has allowed."""


_CUT_SHORT = late(
    r"(?:tool |function )?(?:call )?(?:was )?short-circuited by (?:the |a )?(?:guard(?:rail)?|policy|approver)\W*$",
    re.I,
)
"""All that is said beside a call of a tool, and of no command, that a guard has answered in its place."""


_NOTHING = late(
    r"(?:(?:[\w-]{1,40} ){0,2}(?:guard(?:rail)?s?|polic(?:y|ies)|safety layer|breaker|budget) "
    r"(?:tripped|refused|vetoed)|clipped by (?:the )?[\w -]{1,80}|"
    r"outside (?:of )?(?:the )?(?:change|maintenance) window), "
    r"(?:nothing|no changes?) (?:was |were |has been )?(?:applied|changed|done|made)\W*$",
    re.I,
)
"""All that is said beside an action that a guard lets come to nothing: ``clipped by the cap, nothing applied``."""
_AS_IT_WAS = late(
    r"(?:the )?(?:replicas?|(?:replica )?count|number of replicas) "
    r"(?:was |were |is |are |has been |have been )?(?:not changed|(?:left |kept )?unchanged)\W*",
    re.I,
)
"""All that is said beside a scaling of what it would have set: ``replicas left unchanged``. Its image may be as it was,
and its replicas gone.
"""
_ASKED_FOR = late(
    r"(?:tool )?(?:approval|confirmation|permission) request(?: (?:is |was |has been )?"
    r"(?:created|sent|opened|raised|filed|issued|submitted|queued|pending|open))?\W*$",
    re.I,
)
"""All that is said beside a call for which a person is asked."""


def is_of_what_comes(message: str) -> bool:
    """Does a message tell of a deed that is asked for, left or not wanted? What stands beside it as done is done."""
    return any(form.match(message) is not None for form in (_ASKED_FOR, _NOTHING, _UNWILLING))


def _tells_of_another(clause: str) -> bool:
    """``approval denied, deleted namespace a``: does a clause behind the first one begin with a deed that is done?"""
    word, _, whom = clause.strip().partition(" ")
    return verbs.tells_done(word.lower()) and bool(whom)


_ALL_THE_SAME = late(
    r"\b(?:anyway|regardless|forced|forcing|bypass(?:ed|ing)|overrid(?:den|ing)|overruled|proceeding|going ahead)\b",
    re.I,
)
"""Words of a message that tell that something is done all the same: ``approval expired, executing anyway``."""
_NOT = late(r"(?:will |is )?not (?:going to )?(?P<verb>[a-z]+)\b", re.IGNORECASE)
_UNWILLING = late(
    r"(?:(?:refus|declin)(?:ing|es|ed) to |won't |unwilling to |hold(?:ing|s)? (?:back|off)(?: on)? |"
    r"held (?:back|off)(?: on)? )(?P<verb>[a-z]+)(?: it| this| that)?"
    r"(?=\W*$|:| (?:because|as|since|due|below|beyond)\b)",
    re.IGNORECASE,
)
"""The same of the deed that stands beside it, and of no other object: ``refusing to scale``."""
"""A message that says what is not done: ``not scaling``."""


def last_clause(text: str) -> str:
    """What stands behind the last comma, colon, dash or full stop of a text, where a deed begins behind it."""
    ends = [match.end() for match in _BOUNDARY.finditer(text)]
    return text[ends[-1] :] if ends else text


def _refuses(clause: str, name: str) -> bool:
    if not _REFUSES.search(clause) or _AGAIN.match(clause) or _SAFEGUARD.search(clause):
        return False
    if (only := _ONLY.match(clause)) and _speaks_of_a_deed(only["more"]):
        return True
    return _OF_CALL.search(clause) is not None or _names(clause, name)


_SAFEGUARD = late(
    r"\b(?:approvals?|reviews?|confirmations?|(?:safety|policy|health|sanity|pre-?flight) checks?|checks?|hooks?|"
    r"guard(?:rail)?s?|validations?|validators?|backups?|snapshots?|dry[- ]?runs?|simulations?)"
    r"(?: (?:step|call|command|function|tool|action|request|phase|run))? (?:is |was |were |has been |being )?"
    r"(?:not (?:be |been )?(?:applied|executed|performed|carried out|sent|run|called|invoked|dispatched)|"
    r"skipp(?:ed|ing)|short-circuited|intercepted|suppressed)\b",
    re.IGNORECASE,
)
"""What is not done in a clause is what would have held the deed up: ``approval step not executed``."""
_AGAIN = late(r"\W*(?:retry|retries|retrying|trying again|repeating)\b", re.IGNORECASE)
"""What begins a clause of a deed that is tried once more: ``retrying blocked change``."""


def _names(clause: str, name: str) -> bool:
    """Is the name of the call in a clause, or the deed that it names: ``scale-down failed``?"""
    if name and name.lower() in clause.lower():
        return True
    named = verbs.of_name(name) if name else None
    words = re.findall(r"[a-z]+", clause.lower())
    return named is not None and any(
        (verb := verbs.WORDS.get(word)) is not None and (verb.verb == named.verb or {verb.verb, named.verb} == _SIZING)
        for word in words
    )


_SIZING = {"scale", "patch"}
"""Verbs of which either may tell that a size changes: what will not be shrunk is not patched."""


def _speaks_of_a_deed(more: str) -> bool:
    """Is what follows a refusal its reason, or a deed, and not a thing: ``failed to scale``, not ``failed probe``?"""
    match = _MORE.match(more)
    return match is not None and (match["verb"] is None or match["verb"].lower() in verbs.WORDS)


def _would(text: str) -> bool:
    match = _WOULD.search(text)
    return match is not None and (match["verb"].lower() in verbs.WORDS or re.fullmatch(_RUN, match["verb"]) is not None)


def of_identifier(name: str) -> Mood | None:
    """What the name of an event says: ``ScaleDownSkipped`` is refused, ``ScaleDownEvaluated`` none at all.

    ``None`` where it says nothing.
    """
    words = set(verbs.parts(name))
    if words & {"skipped", "failed", "denied", "rejected", "refused", "blocked", "aborted", "cancelled", "canceled"}:
        return Mood.REFUSED
    if words & {"evaluated", "considered", "calculated", "computed", "checked"}:
        return Mood.NONE
    return Mood.DONE if words & {"completed", "succeeded", "finished", "applied"} else None


def of_word(message: str, verb: str) -> Mood | None:
    """What one word beside the name of an action says of it: ``"op": "scale"``, ``scaled``; ``None``: nothing."""
    told = verbs.WORDS.get(message.lower())
    if told is None and (
        message.lower() in (*_OVER, "done")
        or (verb in ("scale", "patch") and _FIELD_SET.fullmatch(message) is not None)
    ):
        return Mood.DONE
    return Mood.DONE if told is not None and told.verb == verb and told.mood is Mood.DONE else None


_FIELD_SET = late(
    r"(?:the )?(?:replicas?|(?:replica|container|pod) (?:count|image|resources|size)|image|resources|"
    r"(?:(?:memory|cpu|resource) )?limits?|(?:memory|cpu|resource) requests?) (?:was |were |has been |have been )?"
    r"(?:now )?(?:changed|set|updated|raised|lowered|adjusted|increased|decreased|reduced|bumped|patched|resized)\W*",
    re.IGNORECASE,
)
"""All that is said beside an action of what it sets, and that this is done: ``replicas changed``."""


def of_form(message: str) -> Mood:
    """What the form of a message's verb says: ``memory limit lowered`` is done."""
    words = re.findall(r"[a-z]+", message.lower())
    if (slept := of_sleep(message)) is not None:
        return slept
    done = any(
        word in _OVER or ((verb := verbs.WORDS.get(word)) is not None and verb.mood is Mood.DONE) for word in words
    )
    return Mood.DONE if done else Mood.PLANNED


def of_sleep(message: str) -> Mood | None:
    """What a message says that tells no more than that something sleeps, or is awake: ``hibernated``, ``woken up``."""
    match = _SLEEP.fullmatch(message) if len(message) < 40 else None
    return None if match is None else Mood.DONE if match["done"] else Mood.PLANNED


_OF_KIND = r"(?:workload|object|target|deployment|statefulset|replica ?set|environment|service|app|application)"
_SLEEP = late(
    rf"(?:{_OF_KIND} )?(?:is |was |now )?(?:(?P<done>hibernated|slept|asleep|woken(?: up)?|woke(?: up)?|"
    rf"(?:put|sent|went)(?: {_OF_KIND})? to sleep|parked|unparked|idled|unidled|awake(?: again)?)|"
    r"hibernating|sleeping|waking(?: up)?|wake(?: up)?|"
    rf"(?:putting|sending|going)(?: {_OF_KIND})? to sleep|parking|unparking|idling|unidling)(?: {_OF_KIND})?[.!]?",
    re.IGNORECASE,
)
_OVER = ("executed", "performed", "completed", "finished", "succeeded")
"""Words of a message that tell that what stands beside it has happened."""


def is_step(message: str) -> bool:
    """Is a message no more than a sleep's, or does an agent say that it takes a step: ``pulling arm cpu_down``?"""
    return _STEP.match(message) is not None or of_sleep(message) is not None


_STEP = late(
    r"(?:(?:pull|play|tak|execut|choos|chos|select|pick)(?:ing|ed|en|e|s)?|took) (?:the )?(?:\w{1,20} )?"
    r"(?:arm|action)\b|(?:arm|action) (?:was |is )?(?:chosen|selected|taken|pulled|played|picked)\b",
    re.IGNORECASE,
)
