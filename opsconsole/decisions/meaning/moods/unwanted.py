"""Whether a verb tells of an action that was refused, given up, hindered or left, or that is denied altogether."""

from __future__ import annotations

import re

from opsconsole.decisions.meaning.moods.signs import DRY_WORDS, GOES_ON, IN_NAME, NO_SAFEGUARD, REASON
from opsconsole.decisions.words import verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late
from opsconsole.records import Mood

REFUSED_BEFORE = late(
    rf"{IN_NAME}\b(?:fail(?:ed|s|ing|ure)?|could ?n[o']t|(?:not|n't) able|cannot|can't|can not|unable|refus\w+|"
    rf"skip\w*(?! \w+ and $){NO_SAFEGUARD}|error|errors|denied|den(?:y|ies)(?= $)|forbidden|"
    r"(?:gave|giving) up|abandon\w*|(?<!to )avoid\w*(?!.* by $)|declin\w+|"
    r"(?<!to )(?<!nothing )(?<!no longer )prevent\w*(?!.* by $)|block\w*|"
    r"(?:decid|vot|opt|advis|argu|rul|recommend)(?:ed|es|ing|s)? against(?= $)|"
    r"not allowed|no longer (?:allowed|permitted|able) to(?= $)|"
    r"(?:not|n't) (?:allow|permit)\w*|reject\w*|abort\w*|too many|cancel\w*|"
    r"(?:hold(?:ing)?|held) (?:off|back)|(?:(?<![^;] )(?<!\w)|(?<=^I )|(?<=^We ))"
    r"(?:refrain|abstain|desist)\w*(?= from $)|"
    r"(?:nobody|no one) (?:has )?(?:approved|confirmed)|"
    r"(?<![^;] )(?<!\w)tried to(?= $)|"
    r"(?:never|did(?: not|n't)|has not|have not) (?:got|get|gotten|managed) (?:a?round )?to(?= $)|"
    r"not (?:applying|executing|performing|enacting)(?=: $)|"
    r"ignor(?:ed|es|ing) (?:(?:the|a|an|this|that|its|any|every|further|scale) ){0,2}"
    r"(?:requests?|recommendations?|suggestions?|proposals?|advice|signals?|decisions?|wish) to(?= $)|"
    r"(?:ran out of|had no|no) time (?:to|for|before)(?= $)|"
    r"(?:timeout|timed out|interrupted|crashed) (?:while|when)(?= (?:\w+ly )?$)|"
    rf"problem (?:while|when))\b{GOES_ON}",
    re.IGNORECASE,
)
NEGATED = late(
    r"\b(?:not|no|never|won't|wouldn't|don't|didn't|without|nothing)\b(?: [\w-]+){0,3}$|\bneither(?: [a-z]+ed nor)?$",
    re.IGNORECASE,
)
OF_NONE = late(
    r"(?:^|[,;:.] )\W*(?:no|neither|none of(?: the| these| its)?)(?: [\w-]+){1,2} "
    r"(?:was|were|is|are|must|should|(?:needs?|has|have|had|ought) to)(?: be)?$",
    re.IGNORECASE,
)
"""What stands before a deed that ends its sentence and is done to nothing: ``No node needs to be drained``."""
_REFUSED_AFTER = late(
    rf"{IN_NAME}(?<!\bon )(?<!\bphase )\b(?:fail(?:ed|s|ure)(?! (?:checks?|health|probes?|pods?|nodes?|jobs?|attempts|"
    rf"replicas?|"
    r"machines?|volumes?|instances?|containers?|tasks?|releases?|deployments?|domains?|zones?|budget|modes?|"
    r"rates?|thresholds?)\b(?!=))|"
    rf"reject\w*|denied|skipp(?:ed|ing){NO_SAFEGUARD}|blocked(?! (?:the|a|an|its) )|forbidden|"
    r"conflict(?! (?:resolv|solv|clear))|aborted|not allowed|infeasible|timed out|"
    r"(?:dropped|discarded)(?=\W*$|[,;:(])|"
    r"postponed|deferred|gave up|giving up|was refused|(?:was|were|been) turned down(?= by\b|\W*$)|"
    r"(?<!connection )refused(?=\W*$| by (?:the )?api ?server \(4\d\d\))|declined|"
    r"cancell?ed|vetoed|not (?:be )?(?:applied|executed|performed|sent|carried out)|"
    r"(?<!, )(?:ignored|suppressed)(?=\W*$|[,;:.(]| (?:by|because|as|due|since|while|during|for)\b)|"
    r"(?:did|could) not (?:complete|finish|succeed|go through|take effect|come through)|"
    r"(?:4\d\d|50\d) (?:bad ?request|unauthorized|forbidden|not ?found|conflict|gone|unprocessable(?: ?entity)?|"
    r"too ?many ?requests|internal ?server ?error|service ?unavailable|gateway ?timeout)|"
    rf"not permitted|not supported|not possible|disallowed)\b{GOES_ON}",
    re.IGNORECASE,
)


NOT_HINDERED = late(
    r"\b(?:nothing|nobody|no one|none|no [\w-]+)(?: [\w-]+){0,3}? "
    r"(?:prevent|stop|block|hinder|forb[ai]d|den(?:y|ie)|reject|veto|refus)\w*(?: (?:it|us|me) from| the)? $|"
    r"\b(?:did not|didn't|without) (?:(?:hesitat|wait|delay|forget|forgot|refrain|shy)\w*)"
    r"(?: away)?(?: (?:to|from|with|before))? $",
    re.IGNORECASE,
)
"""What stands before a deed that nothing stands in the way of: ``nothing prevented deleting statefulset a/b``.

And what says "not" and means none: ``did not hesitate to delete namespace a``.
"""
ON_PURPOSE = late(
    r"[^.,;:]{0,160}?(?: by (?:accident|mistake|chance)| accidentally| in error| for nothing| without (?:a )?reason)\b",
    re.IGNORECASE,
)
"""What follows a deed that is done, though "not" stands before it: ``was not deleted by accident``."""


def negated(text: str, before: str, start: int, end: int, *, has_value: bool) -> Mood | None:
    """How a deed is meant that is not done: ``not deleting web: dry run``, ``budget exhausted, not rebooting``."""
    if before.lower().endswith("not ") and DRY_WORDS.search(text):
        return Mood.DRY_RUN
    left = _NOT_DOING.search(before) if text[end - 3 : end] == "ing" else None
    if text.endswith("ed", start, end) and _NOT_DONE.search(before):
        left = _WHY_NOT.match(text, end)
        left = left or _SO_NOT.search(before)
    if (
        text.endswith("ing", start, end)
        and not text[: start - 4].strip()
        and (text[start:end].lower() not in _OF_PARTS or _ONE_OBJECT.match(text, end))
    ):
        left = left or _WHY_NOT.match(text, _behind_way(text, end))  # "not scaling down: protected by annotation"
        left = left or _left_for(_OBJECT_BECAUSE.match(text, end))
    if not left and _NOT_AT_FIRST.fullmatch(before):
        left = _left_for(_OBJECT_WHY.match(text, end)) or _left_for(_OBJECT_BECAUSE.match(text, end))
    if _HAVE_NOT.search(before) and not _is_told_again(
        text, start, end
    ):  # "I have not deleted the namespace"; "I did not drain any node" tells of no deed
        idle = _OF_ANY.match(text, end) if not has_value else None
        idle = idle or (_DECIDED.fullmatch(before) if _NO_MORE.fullmatch(text, end) else None)
        return None if idle or _NEEDLESS.fullmatch(text, end) else Mood.REFUSED
    wanted = _FOR_A_REASON.match(text, end) if _WONT.search(before) else None
    if text.endswith("ing", start, end) and _NOT_FIRST.fullmatch(before):
        wanted = wanted or _left_for(_WHY.match(text, end))
    return Mood.REFUSED if has_value or left or wanted else None


def _is_told_again(text: str, start: int, end: int) -> bool:
    """``I haven't deleted it yet, deleting it now``: is the same told behind it as done, or being done?"""
    own = verbs.WORDS.get(text[start:end].lower())
    behind = (verbs.WORDS.get(word) for word in re.findall(r"[a-z]+(?:ed|ing)\b", text[end : end + 400].lower()))
    return own is not None and any(other is not None and other.verb == own.verb for other in behind)


def _left_for(reason: re.Match[str] | None) -> re.Match[str] | None:
    """The match up to a reason that tells of no deed; a deed that is done in place of another must still be read."""
    if reason is None:
        return None
    before = ""
    for word in re.findall(r"[a-z]+", _SWITCHED_OFF.sub("", reason.string[reason.end() :].lower())):
        if word in _BY_FORCE or (word in verbs.WORDS and before not in _ARTICLES):
            return None
        before = word
    return reason


_SWITCHED_OFF = late(
    r"\b(?:[a-z]+ions?|[a-z]+als?|[a-z]+ings?|prunes?|restarts?|drains?|deletes?) (?:is|are) "
    r"(?:(?:turned|switched) )?(?:off|disabled|forbidden|frozen|not (?:enabled|allowed|permitted))\b"
)
"""A sort of deed that is not to be done at all: ``not deleting pvc a: deletion is off``."""
_ARTICLES = ("a", "an", "the", "its", "this", "that", "no", "for", "of", "under", "in")
"""Words before a noun: ``not deleting pod a: a restart is running``."""
_BY_FORCE = wordset("force forced forcing instead truncated truncating formatted formatting shredded rm kubectl helm")


def is_left(before: str, after: str) -> bool:
    """Is a deed told as one that was wanted and then left: ``wanted to restart web but it has no budget``?"""
    if _DELAYED.search(before) and (not after.strip(" .!") or _STAYING.fullmatch(after)):
        return True
    return _LEFT.search(after) is not None or (_WANTED.search(before) is not None and _BUT.search(after) is not None)


_DELAYED = late(r"^\W*(?:delay|postpon|deferr|hold)ing (?:the |a |off (?:the )?)?$", re.IGNORECASE)
WAITS = late(r"^\W*delaying (?:the |a )?$", re.IGNORECASE)
"""All that stands before a deed that comes in a moment, and is told then: ``Delaying drain`` beside ``delay=30s``."""
_STAYING = late(
    r"(?: (?:up|down|in|out))?(?: (?:of|for) [^\s,;:]{1,253}(?: [^\s,;:]{1,253})?)?(?: to \d{1,6}(?: replicas)?)?, "
    r"(?:stay|keep|hold|remain)(?:ing|s) (?:(?:it )?at )?\d{1,6}(?: replicas)?\W*",
    re.IGNORECASE,
)
"""All that follows a deed that is put off: ``delaying scale to 2, staying at 5``."""
_WANTED = late(
    r"\b(?:want(?:ed|s)|(?:was|were) (?:going|about|meant|supposed|due|set)|intended|meant|tried|hoped|attempted|"
    r"planned|would have liked|had) to $",
    re.IGNORECASE,
)
_BUT = late(r"(?:,| -| –)? \bbut\b", re.IGNORECASE)
_LEFT = late(
    r"[,;:] (?:so |therefore |hence )?(?:leaving|keeping|left|kept) (?:it|them|this|that|things|everything) "
    r"(?:alone|as (?:it is|they are|is)|untouched|unchanged|in place)\b",
    re.IGNORECASE,
)
"""What follows a deed that is left for now: ``, leaving it alone``."""
_WONT = late(r"(?:^|[,;:] )(?:(?:we |i )?(?:won't|will not)) $", re.IGNORECASE)
_FOR_A_REASON = late(r"(?::| -) |(?: [^\s,;:]{1,253}){1,4}? (?:because|due to)\b", re.IGNORECASE)
"""What makes of a deed that is not done one that was wanted: ``won't evict: budget exhausted``."""
_NOT_FIRST = late(r"(?:.*: )?not ", re.IGNORECASE)
_WHY = late(
    r"(?: [^\s,;:]{1,253}){1,4}? because (?!.*\b(?:already|no (?:change|need)|unchanged|up[ -]to[ -]date|nothing|"
    r"not found|does not exist|disabled|below|within)\b)",
    re.IGNORECASE,
)
"""What follows a deed that was wanted and is not done, with its object: ``not removing node n-1 because it is …``."""
HINDERED = late(
    r"[^,;]{0,80}, (?:its |the |a )?(?:pod ?disruption ?budget|pdb|budget|policy|webhook|lease|lock)\b[^,;.:]{0,80}? "
    r"(?:prevents?|blocks?|forbids?|disallows?|denies|rejects?) (?:the |its |this |any |all )?(?:\w+ )?"
    r"(?:evictions?|deletions?|disruptions?|drains?|removals?|terminations?|restarts?|changes?|updates?|it)\b",
    re.IGNORECASE,
)
"""What follows a deed that something stands in the way of: ``evicting pod, pdb web prevents pod evictions``."""
NOTHING_DONE = late(
    r"(?:[^;:,.()]|\.(?! )){0,200}? (?:is |was )?(?:clipped|capped|vetoed|blocked|stopped|held back)\b"
    r"(?:[^;:,.()]|\.(?! )){0,100}?, (?:so )?(?:nothing|no changes?) "
    r"(?:was |is |were |has been |have been )?"
    r"(?:applied|changed|done|executed|sent|written|made)\W*$",
    re.IGNORECASE,
)
"""What follows a deed that comes to nothing: ``scaling web to 9 clipped by the safety layer, nothing applied``."""
_HAVE_NOT = late(
    r"\b(?:i|we)(?:'ve| have| did) (?:deliberately |therefore |also )?not $|\b(?:i|we) (?:didn't|haven't) $|"
    r"\b(?:decided|chose|chosen|opted|elected|preferred|resolved|agreed|voted) (?:again |therefore )?not to $|"
    r"^(?:(?:was|were) )?(?:deciding|choosing|opting) not to $",
    re.IGNORECASE,
)
"""What somebody says of a deed that was asked for and is left: ``I did not delete it``."""
_DECIDED = late(r"\W*(?:decid|chos|choos|opt|elect)(?:e|ed|en|ing)? not to ", re.IGNORECASE)
_NO_MORE = late(r"(?: (?:up|down|in|out))?(?: (?:yet|now))?[ .]*")
"""All that stands around a deed that a program weighs each time and does not do: ``Decided not to scale``."""
_OF_ANY = late(
    r" (?:any(?:thing)?|a single)\b(?: (?:other|more|further|of) | )?"
    r"(?:(?:the )?[a-z]+(?: (?:at all|yet|today|so far|either|here))?)?(?:[.;,!]|$)",
    re.IGNORECASE,
)
"""What follows a deed that nobody asked for, as nothing is said of whom it was to be done to, nor why it is left."""
_NEEDLESS = late(
    r"[^.;:,]{0,160}?(?:[,;.]| [-–]| as| because| since|,? for) (?:(?:it|that|this|which) (?:was|is) "
    r"(?:not (?:needed|necessary|required)|unnecessary)|there(?:'s| is| was)? (?:no need|no reason)|"
    r"no need)(?: to| for (?:it|that|this)| to do (?:so|it)| any ?more| now| at all){0,2}\W*",
    re.IGNORECASE,
)
"""All that follows a deed of which nobody wanted anything: ``I have not restarted the pods, there is no need to``."""
_SO_NOT = late(
    r"\b(?:so|therefore|hence|thus) [^,;:]{0,120}\b(?:was|were|is|has been|have been)? ?not (?:been )?$", re.IGNORECASE
)
"""What stands before a deed that a reason before it kept from being done: ``nobody agreed, so it was not``."""


_OF_PARTS = ("pruning", "purging", "reaping", "culling")
"""What is done to things of an object, and not to itself."""
_ONE_OBJECT = late(r" [a-z][a-z.]{1,60}/[a-z0-9]")
"""An object by its kind and name: ``not pruning pvc/spool``."""


def _behind_way(text: str, end: int) -> int:
    """Where a way ends that stands behind a verb: ``scaling down``."""
    match = _WAY.match(text, end)
    return match.end() if match else end


_WAY = late(r" (?:up|down|in|out)\b")
_NOT_DONE = late(r"\b(?:not|never) $", re.IGNORECASE)
_WHY_NOT = late(
    r"(?:: | - | because |, (?:because|as|since) | due to )(?!.*\b(?:already|no (?:change|need)|unchanged|"
    r"up[ -]to[ -]date|dry[- ]run|nothing)\b)",
    re.IGNORECASE,
)
"""What tells that a deed which is not done was wanted: ``pod web-1 not deleted: timeout``."""
_NOT_AT_FIRST = late(r"(?:[^;,]{0,80}: )?(?:[Dd]id|[Ww]as|[Ii]s|[Dd]oes) not ")
_NO_NEED = (
    r"(?!.*\b(?:already|no (?:change|need)|unchanged|up[ -]to[ -]date|nothing|not found|"
    r"missing (?:the )?(?:field|value|key|timestamp)s?|"
    r"not needed|unnecessary|within (?:the |its )?(?:\w+ )?(?:range|bounds|limits|thresholds?|tolerance)|"
    r"does not exist|(?:is|are|looks?) (?:correct|fine|ok(?:ay)?|current|in sync|as (?:desired|expected))|"
    r"(?:delet|remov|scal|drain|evict|kill|restart|terminat|cordon|purg|wip|patch)(?:ed|ing))\b)"
)
_OBJECT_WHY = late(rf"(?: [^\s,;:]{{1,253}}){{1,4}}: {_NO_NEED}", re.IGNORECASE)
"""An object of which nothing is done, and why: ``Did not patch CronJob shop/sum: a run is active``."""
_OBJECT_BECAUSE = late(
    rf"(?: [^\s,;:()]{{1,253}}){{1,5}}?(?:[:,] | [-–] | \(| (?:because|since|as|due to) ){_NO_NEED}", re.IGNORECASE
)
"""The same where the deed is said first: ``not deleting pod shop/web-1: its owner is active``."""
_NOT_DOING = late(r"[^,;:]{3}[,;:] (?:so |therefore )?not $", re.IGNORECASE)
"""What stands before a deed that is left for a reason: ``budget exhausted, not rebooting``."""

_AGAINST = late(
    r"[^;:]{0,160}? (?:exceeds?|violates?|breaks|breaches|is (?:above|below|over|outside|beyond)|"
    r"would (?:exceed|violate|break|breach|be (?:above|below|over|outside|beyond)))\b[^;:]{0,120}(?:,|;| -|:) (?:so )?"
    r"(?:ignor|dropp|skipp|refus|reject|discard|declin|suppress)(?:ed|ing(?: it)?)(?=\W*$)",
    re.IGNORECASE,
)
"""What follows a deed that a rule speaks against: ``scaling web to 60 exceeds the allowed factor, ignored``."""

_NOT_EVEN = late(
    r"(?: of)?(?: (?!(?:with|without|no|and|but|or|while)\b)[\w./-]{1,253}){0,3} not (?:offered|proposed|attempted)\W*",
    re.IGNORECASE,
)
"""All that follows a deed that is left: ``deletion of volume not proposed``."""

_PREDICATE_ENDS = late(
    r": |; |\. |, (?!(?:but |it |which |and )?(?:it )?(?:is |was |has |got )?(?:been )?"
    rf"{_REFUSED_AFTER.pattern})| (?:{REASON}) "
)
"""Where what is said of the verb itself ends: at a reason, and at a comma that no refusal follows."""


def is_refused(after: str, said: Mood) -> bool:
    """Does what follows a verb, in its own clause, tell that it was refused: ``scale of web rejected``?"""
    clause = _PREDICATE_ENDS.split(after, maxsplit=1)[0]
    left = said is Mood.PLANNED and (_AGAINST.match(after) is not None or _NOT_EVEN.fullmatch(after) is not None)
    if left or "not allowed" in clause:
        return True
    refused = _REFUSED_AFTER.search(clause)
    if refused is None:
        return False
    return said is not Mood.DONE or not (
        refused[0].lower().startswith(_NEVER_OF_DONE) or _OF_ANOTHER.search(clause, 0, refused.end() + 6)
    )


_OF_ANOTHER = late(
    r"(?:,| and| but| then| while| -|[;(]) ?(?:(?:then|also|it|we|i|the|a|an|its|has|have|was) )*"
    r"(?:fail(?:ed|ing|s) to [a-z]|"
    r"(?!(?:it|this|that|which|request|call|operation|attempt|command|action|change|api|server|patch|update|"
    r"[a-z]*(?:tion|ing|al|drain|restart|rollout|evict|delete))\b)[a-z][\w-]{2,40} (?:has |was |were )?fail(?:ed|ure))",
    re.IGNORECASE,
)
"""A failure of something else, behind a deed that is told as done: ``deleted namespace a and failed to restart b``."""


RETRIED = late(
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
    "did not",
    "could not",
    "4",
    "5",
)
"""What is no word about a deed that is told as done: ``scaled web from 9 to 0 not supported``."""


FORCED = late(
    r"\b(?:(?P<done>forced|applied|deleted|removed|evicted|drained|scaled|restarted|executed|performed|patched|sent|"
    r"done|did(?: it| so)|went ahead|continued|proceeded)|"
    r"(?:forcing|applying|deleting|removing|evicting|draining|scaling|restarting|executing|patching|sending|"
    r"doing (?:it|so)|proceeding|continuing|going ahead))(?: it| this| that| through| with it)? "
    r"(?:anyway|regardless)\b|"
    r"(?<!not )(?<!cannot be )(?<!can't be )\b(?P<over>overrid(?:den|ing)\b"
    r"(?! (?:is |was )?(?:not|denied|refused|failed)\b| (?:is |was )(?:disabled|forbidden|off|disallowed)\b)|"
    r"overruled\b|override (?:was )?used\b)",
    re.IGNORECASE,
)
"""What follows a deed that was refused and is done all the same."""
