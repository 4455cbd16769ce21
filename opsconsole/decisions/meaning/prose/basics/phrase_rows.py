"""The phrases that mean one verb, a row for each form: ``got rid of job a``, ``put deployment web to sleep``."""

from __future__ import annotations

import re
from typing import NamedTuple

from opsconsole.decisions.words import kinds
from opsconsole.patterns import late

_OBJECT = (
    r"(?P<object>(?:(?:the|all|\d{1,6}) )?(?!from\b)[^\s,;:()]{1,253}(?: (?!from\b|to\b|and\b)[^\s,;:()]{1,253}){0,3}?)"
)
"""What a phrase stands around: ``deployment shop/web``, ``14 deployments in lab``."""


class Phrase(NamedTuple):
    """A phrase by its forms: what must be in a text at all, the pattern, and the words that say the same.

    ``deeds`` are the words for deeds that may stand beside it, ``changes`` the changes of values, which are its own;
    where more do, the text is read as it is.
    """

    needs: frozenset[str]
    pattern: re.Pattern[str]
    plain: str
    deeds: int = 99
    changes: int = 0


def _rows(ways: str, tail: str, plain: str, deeds: int = 99) -> list[Phrase]:
    """A row for each tense: ``put/putting`` around an object and before ``tail``; ``plain`` in the same order."""
    return [
        Phrase(
            frozenset(words.split("|")),
            late(rf"\b(?P<what>{words}) {tail.replace('OBJECT', _OBJECT)}", re.IGNORECASE),
            said if "{" not in said else said.replace("{}", r"\g<object>"),
            deeds,
        )
        for words, said in zip(ways.split(), plain.split("; "), strict=True)
    ]


_KIND = (
    r"(?:(?:the|all|an?|\d{1,6}|idle|old|unused|stale|orphaned|whole|finished|completed|expired|dead) ){0,3}"
    r"(?:node group|node pool|(?:"
    + "|".join(kinds.NAMES)
    + r")s?)\b(?! (?:cache|table|queue|log|history|list|entries)\b)"
)
"""A kind, so that no cache, desk or log is what a nice word is said of."""
_SOME = r"(?:\d{1,6}|an?|one|two|three|four|five|six|seven|eight|nine|ten)"
_MORE = rf"{_SOME} (?:more|extra|additional|further) (?:replica|replicas|pods?|instances?|copies)\b"
_THEN = (
    r"(?:,? ?(?:=>|->|→|\(?(?:now|total|makes)(?: at)?:?)|"
    r"[;,.] (?:it|which|that|they) (?:now )?(?:runs?|has|have|is at|stands at)(?: now| at)?) ?"
    rf"(?P<after>{_SOME.replace('|an?', '')})(?: replicas)?(?: now)?\)?"
)
"""How many there are then: ``(now 5)``, ``; it runs five now``."""
_CHANGE = r"reduction|cut|bump|adjustment"
_FROM_TO = r"(?P<one>\d[\w.]{0,20}) ?(?:to|[-=]+>|→) ?(?P<two>\d[\w.]{0,20})"
"""What a change comes to that is only a noun: ``replica reduction for api: 8 to 3``."""
_BEHIND = late(r"\((?P<value>\d[\w.,]{0,20}) (?:before|earlier|previously)\)", re.IGNORECASE)
"""What was, with the word for it behind: ``now 900M (1.2G before)``."""
_VALUE = r"(?:\d[\w.]{0,20}|[\w./-]{1,200}:[\w.-]{1,100})"
_REPLACED = late(
    rf"(?<![\w./:-])(?P<one>{_VALUE}) (?:was |is |has been )?replaced (?:by|with) (?P<two>{_VALUE})(?![\w/:])",
    re.IGNORECASE,
)
"""``image web:1.4 replaced by web:1.5``."""
_SIDE_OF = late(r"\b(?P<side>limit|request)s\.(?P<what>cpu|memory)(?= (?:of|for|on|in) [a-z]| back to \d)")
"""``set limits.memory of deploy/web from 1Gi to 2Gi``."""
_OF_PART = late(
    r"\b(?P<what>(?:memory|cpu) (?:limit|request)s? (?:of|for|on)) (?:container )?['\"]?[a-z][a-z0-9-]{0,62}['\"]? "
    r"(?:in|of) (?=(?:deployment|statefulset|daemonset|deploy|sts|pod|cronjob|rollout)s?[ /]['\"]?[a-z0-9])"
)
"""``memory limit of app in deployment shop/web``: a container in its owner."""
_BACK_TO = late(
    r"(?:^|(?<=[:;,] ))(?P<what>(?:memory|cpu) (?:limit|request)) back to (?P<value>\d[\w.]{0,20}) (?:in|for|on|of) "
    r"(?P<object>(?:[A-Za-z]{2,24} )?[a-z0-9][\w.-]{0,99}/[a-z0-9][\w.-]{0,252})(?=$|[,;:.])"
)
"""``undoing it: memory request back to 2Gi in shop/web``."""
_WAS_PUT_ON = late(r"\b(?P<taint>[Tt]aint \S{1,200}) (?:has been|was|is) put on(?= node\b)")
_PUT_ON = late(
    r"\b[Pp]ut (?:the |a )?(?P<taint>(?:taint|label|annotation) \S{1,200}) on"
    rf"(?= (?:the )?(?:{'|'.join(kinds.NAMES)}) [^\s,;:]{{1,253}}\.?$)"
)
"""``put taint dedicated=gpu:NoSchedule on node n-1``."""
_EXECUTOR = late(
    r"\b(?:idle )?executor(?:\(s\)|s)? (?P<id>\d{1,6})(?:, \d{1,6})*"
    r"(?=\W*$| (?:for|because|due|as|since)\b|, (?:it|they) (?:was|were|is) )"
)
"""``Requesting to kill executor(s) 3, 7``: Spark's pods by their numbers."""
_HELM_OF = late(
    r"\b(?:[Hh]elm (?P<did>upgrade|rollback|uninstall) (?:of|for) (?:the )?(?:helm )?(?:release )?|"
    r"(?P<plain>[Uu]pgrade|[Rr]ollback|[Uu]ninstall) (?:of|for) (?:the )?release )(?=['\"]?[a-z0-9])"
)
"""``helm upgrade of release web in shop timed out``."""
_PART_OF = late(
    r"(?P<did>\b(?:can't|cannot|unable to) (?:scale (?:in|out|up|down)|restart|drain|evict|delete)) "
    r"(?:in )?[A-Za-z]{2,24}(?: replicas)? "
    r"(?:of|for) (?:[A-Za-z]\w{1,40} )?(?P<object>[a-z0-9][\w-]{0,62}/[a-z0-9][\w.-]{0,252})(?=:|$)"
)
"""``can't scale in TiKV of TidbCluster shop/db: …``: a part of an object that a controller works on."""
_NOT_ABLE = late(
    r"\b(?:is |are )?not (?P<stem>evict|drain|delet|remov|restart|disrupt|preempt|resiz|scal)e?able"
    r"(?=, (?:so )?(?:skipp|leav|keep|ignor)ing(?: (?:it|them|this|that))?\W*(?:$|; ))"
)
"""``pod not evictable, skipping``: what is left because it can't be done. What else follows is about another deed."""
_SORT = r"(?:LoadBalancer|ClusterIP|NodePort|ExternalName)"
_TYPE_OF = late(rf"\btype (?:was |has been )?(?:changed|switched|set|patched|updated)(?: from {_SORT})? to {_SORT}\b")
"""``Service shop/web type changed from LoadBalancer to ClusterIP``."""
_OF_TYPE = late(
    rf"\b(?P<did>(?:[Cc]hang|[Ss]witch|[Ss]ett?|[Pp]atch|[Uu]pdat)(?:ed|ing)?) (?:the )?type of "
    rf"(?P<object>(?:the )?[Ss]ervice \S{{1,253}}) (?:from {_SORT} )?to {_SORT}\b"
)
_WOULD_CHANGE = late(
    r"\b(?P<what>(?:replicas?|memory|cpu|image|m(?:in|ax)Replicas)(?: (?:count|limit|request)s?)?"
    r"(?: (?:of|for|in|on) [^,;:]{1,160}?)?) would (?:change|go|drop|fall|rise|shrink|grow|move) "
    r"(?:up |down )?(?=from \S{1,200} to [^\s,;]{1,200}(?: \((?:dry[- ]?run|no-?op)(?: mode)?\))?\W*$)",
    re.IGNORECASE,
)
"""``replicas of deployment shop/web would go from 5 to 2``: all that is said, for what follows may tell it done."""
_EVICTION_MADE = late(
    r"^(?:(?:an|the) )?eviction(?: request| object)? (?:was |has been )?(?:created|accepted)"
    r"(?=(?: (?:for|of) (?:[a-z]{2,24} )?[^\s,;:]{1,253})?\W*$)",
    re.IGNORECASE,
)
"""``eviction created for web-1``: it is the request by which a pod is evicted."""
_ERROR_WITHIN = late(
    r"^(?:pod |node )?(?:eviction|deletion|drain|scaling|restart|patch) (?:error|failed):? "
    r"\(\"(?P<why>(?:error|failed|could not|cannot|unable) [^\"]{4,400})\"\)"
    r"(?=(?: on (?:node )?[^\s,;:]{1,253})?\W*$)",
    re.IGNORECASE,
)
"""``pod eviction error ("error evicting pod: shop/web-1: …")``: what is in quotes names whom."""
_NO_DEED = (
    r"(?:(?:update )?conflict|time-?out|timed out|forbidden|not found|too many requests|throttled|"
    r"(?:context )?deadline exceeded|(?:quota|budget) exceeded|connection (?:refused|reset)|internal (?:server )?error)"
)
_DEED_ERROR = late(
    rf"^(?P<what>eviction|deletion|drain|scaling|scale|restart|patch|cordon|resize) error"
    rf"(?= (?:for|on) (?:{'|'.join(kinds.NAMES)}) [^\s,;:]{{1,253}}(?:: {_NO_DEED})?\W*$)",
    re.IGNORECASE,
)
"""``scale error for deployment shop/web: conflict``, and nothing else: a deed that is told beside it is no error."""
_INSTEAD = late(
    rf"^[Uu]s(?:ing|ed?) (?P<one>{_VALUE}) (?:instead of|in place of) (?P<two>{_VALUE}) (?:as|for) (?:the )?"
    r"(?P<what>(?:memory|cpu) (?:limit|request)|replicas|replica count) (?:of|for|on|in) "
    r"(?P<object>(?:[A-Za-z]{2,24} )?[a-z0-9][\w./-]{0,252})(?=\.?$)",
)
"""``Using 512Mi instead of 2Gi as memory request for deployment shop/web``."""
_SIDE_BY_SIDE = (
    r"(?P<head>^[A-Za-z]{2,24}[ /][a-z0-9][\w.-]{0,99}/[a-z0-9][\w.-]{0,252}:? "
    r"(?:(?:memory|cpu)(?: (?:limit|request)s?)?|replicas)):? "
    r"(?:old|previous|before|current):? (?P<one>\d[\w.]{0,20})[,;]? (?:and )?"
    r"(?:WORDS):? (?P<two>\d[\w.]{0,20})(?=$|[,;.] | \()"
)
"""``deployment shop/web memory limit: current 2Gi, proposed 640Mi``."""
_CAPACITY = late(
    r"\bdesired capacity\b(?= (?:of|for|on) |(?: was| is| has been)? "
    r"(?:updated|changed|set|raised|lowered|increased|decreased|reduced)\b)",
    re.IGNORECASE,
)
_LABELLED = late(
    r"(?<!to )\b(?P<one>\d[\w.]{0,20}(?: replicas| nodes)?) \((?:old|before|previously)\)"
    r"(?:,|;| /| and|,? ?[-=]>| to)? ?(?P<two>\d[\w.]{0,20}(?: replicas| nodes)?) \((?:new|after|now)\)"
)
"""``8 replicas (before), 2 replicas (after)``."""
_BEFORE_AFTER = late(_SIDE_BY_SIDE.replace("WORDS", "new|after|now"))
_OLD = frozenset({"old", "previous", "before", "current"})
_ADVISED = late(_SIDE_BY_SIDE.replace("WORDS", "proposed|recommended|suggested"))
_IMAGE_OF = late(r"^(?P<name>[a-z0-9][a-z0-9-]{0,252}): image (?=\S{1,300} (?:was |is )?replaced )")
"""``web: image a:1 replaced by a:2``, as a tool answers."""
_GETS_BACK = late(
    r"(?P<object>(?:\b[A-Za-z]{2,24} )?(?<![\w./-])['\"]?[a-z0-9][\w./-]{0,252}['\"]?) (?:will )?gets? (?:its|the) "
    r"(?P<count>\d{1,6}) replicas back\b",
)
"""``"shop/web" will get its 3 replicas back``."""
_INTO_DRAIN = late(r"\bstate (?:was |is |has been )?set to drain(?:ing|ed)?\b", re.IGNORECASE)
"""``node n-1 state set to DRAINING``, as Slurm's controller says it."""
_LISTED = late(
    r"\b(?P<kind>instances|nodes|pods|machines) \(x\d{1,6}\) \[(?P<names>['\"]?[\w][\w.'\", -]{0,2000})\]",
    re.IGNORECASE,
)
"""``Terminating instances (x2) ['i-1', 'i-2']``."""
_AGAINST = late(
    r"\b(?P<what>replicas|memory limit|cpu limit|memory request|cpu request)[ =](?P<value>\d[\w.]{0,20}) would "
    r"(?:break|violate|breach) (?:the )?[\w ]{1,40}? of (?P<object>(?:[a-z]{2,24} )?[a-z0-9][\w./-]{0,252})(?=,|;|$)",
    re.IGNORECASE,
)
"""``replicas=1 would break the minAvailable of shop/web, nothing was changed``."""
_ADVICE_IN = late(
    r"^(?P<head>(?:recommendation|suggestion|proposal) for) (?P<name>[a-z0-9][\w.-]{0,252}) "
    r"\((?:ns|namespace)[ :=]?(?P<space>[a-z0-9-]{1,63})\):",
    re.IGNORECASE,
)
"""``recommendation for web (ns shop): …``."""
_COUNT_OF = late(
    r"(?<=: )(?:node |instance |machine |vm )?count(?= (?:changed|increased|reduced|raised|lowered|set|now)\b)",
    re.IGNORECASE,
)
"""What a pool is changed in, behind its colon: ``Node pool a: count changed``."""
_ASIDE = late(
    r"\b(?P<changed>changed|altered|adjusted|resized|scaled)[,:;] (?P<one>\d[\w.]{0,20}) "
    r"(?:(?:nodes|replicas|pods|instances) )?(?:before|earlier|previously), (?P<two>\d[\w.]{0,20}) "
    r"(?:(?:nodes|replicas|pods|instances) )?(?:now|after(?:wards)?)\b",
    re.IGNORECASE,
)
"""What was and what is, each with the word for it behind: ``count changed, 5 before, 2 now``."""
_NUMBERS = r"(?P<one>\d{1,6}) ?(?:[-=~]+>|[→⇒➜]) ?(?P<two>\d{1,6})(?!\d| ?[%/]|[.,:]\d|[-=~]+>|[A-Za-z])"
_SETTING = (
    r"(?:\S{0,60}[^a-z0-9])?(?:\S{0,20}(?:version|level|verbosity|priority|weight|size|limit|threshold|factor|rate|batch|"
    r"concurrency|parallelism|timeout|interval|window|delay|budget|quota|max|min|ttl|epoch|score|percent|temperature|"
    r"step|cooldown|count|number|floor|ceiling|cap|target|generation|revision|lr|it|them|this|that))"
)
"""What a number may be of that counts no replicas, as the last word of its name."""
_WHOM = rf"(?P<object>(?:[a-z]{{3,24}} )?(?!{_SETTING}(?![\w./-]))[a-z0-9][\w./-]{{0,252}}(?<![s.]))"
_WAY_TO = late(rf"\b(?P<way>up|down|in|out):? {_NUMBERS}", re.IGNORECASE)
"""``scaled up: 4 => 9``."""
_SCALED_TO = late(
    rf"\b(?P<did>scal(?:e|ed|ing)(?: (?:up|down|in|out|back))?) {_WHOM}(?P<way> (?:up|down|in|out))?:? {_NUMBERS}",
    re.IGNORECASE,
)
"""``scaling web: 4 => 9``, ``scaling web up: 4 => 9``."""
_TURNED = (
    rf"{_WHOM} (?:up|down):? (?:from )?(?P<one>\d{{1,6}}) ?(?:[-=~]+>|[→⇒➜]|to\b) ?"
    r"(?P<two>\d{1,6})(?!\d| ?[%/]|[.,:]\d|[A-Za-z])(?: (?:replicas?|pods?|instances?))?"
)
"""``bumping web up: 4 => 9``."""
_SERVICE = r"(?:the )?(?:service|rotation|scheduling)\b"
_NEW_IMAGE = r"(?:the |a )?(?:new )?image (?:for|of|on|to|in)"
_TAG = r"[\w./:-]{1,200}:[\w.-]{1,100}(?:@sha256:\w{1,64})?"
ROWS = (
    *_rows(
        "bumped|turned|dialed|dialled|cranked|notched|nudged|stepped|ramped "
        "bumping|turning|dialing|dialling|cranking|notching|nudging|stepping|ramping "
        "bump|turn|dial|crank|notch|nudge|step|ramp",
        _TURNED,
        r"scaled {} from \g<one> to \g<two> replicas; scaling {} from \g<one> to \g<two> replicas; "
        r"scale {} from \g<one> to \g<two> replicas",
        0,
    ),
    Phrase(
        frozenset({"scale", "scaled", "scaling"}), _SCALED_TO, r"\g<did> \g<object>\g<way> from \g<one> to \g<two>", 0
    ),
    Phrase(
        frozenset({"scaled", "scaling", "scale", "resized", "shrunk", "grown"}),
        _WAY_TO,
        r"\g<way> from \g<one> to \g<two>",
        1,
    ),
    *_rows("put putting", r"OBJECT (?:back )?to (?:sleep|bed)\b", "stopped {}; stopping {}"),
    *_rows(
        "shut|took|turned|powered|tore|brought shutting|taking|turning|powering|tearing|bringing",
        r"OBJECT (?:down|off)\b(?! to\b)(?! node)",
        "stopped {}; stopping {}",
    ),
    *_rows("took|brought taking|bringing", r"down (?!to\b|from\b)(?=\S)", "stopped ; stopping "),
    *_rows("woke|spun waking|spinning", r"OBJECT (?:back )?up\b(?! to\b)", "woke up {}; waking up {}"),
    *_rows("started starting", r"OBJECT (?:again|back up)\b", "woke up {}; waking up {}"),
    *_rows("took taking take", rf"OBJECT out of {_SERVICE}", "cordoned {}; cordoning {}; cordon {}"),
    *_rows("taken", rf"out of {_SERVICE}", "cordoned"),
    *_rows(
        "put|brought|returned putting|bringing|returning",
        rf"OBJECT (?:back )?(?:in|into|to) {_SERVICE}",
        "uncordoned {}; uncordoning {}",
    ),
    *_rows("put|brought|returned", rf"(?:back )?(?:in|into|to) {_SERVICE}", "uncordoned"),
    *_rows(
        "corrected|fixed|healed correcting|fixing|healing",
        r"(?:(?:the|a|this|any|detected|found|configuration|config|spec|resource) ){0,3}drift"
        r"(?: (?:in|of|on|for|from)\b)?(?= |$|:|,)",
        "patched; patching",
    ),
    *_rows("drift", r"(?:(?:is|was|has been|now) ){0,2}(?:corrected|fixed|healed)\b", "patched"),
    *_rows("got getting get", r"rid of\b", "deleted; deleting; delete"),
    *_rows(
        "went going go",
        r"back to (?:the |its )?(?:previous|last|earlier|old|former) (?:revision|version|release) of\b",
        "rolled back; rolling back; roll back",
    ),
    *_rows(
        "tidied|swept|cleared tidying|sweeping|clearing tidy|sweep",
        rf"(?:up|away|out) (?={_KIND})",
        "deleted ; deleting ; delete ",
    ),
    *_rows("retired|sunset retiring|sunsetting retire", rf"(?={_KIND})", "deleted ; deleting ; delete "),
    *_rows(
        "swept|weeded|flushed sweeping|weeding|flushing",
        rf"(?P<some>{_KIND}(?: [^\s,;:]{{1,253}}){{0,3}}?) (?:out of|from)\b(?=[^.,;:]{{0,200}}$)(?!.* and )",
        r"deleted \g<some> from; deleting \g<some> from",
        0,
    ),
    *_rows("phased phasing phase", rf"out (?={_KIND})", "deleted ; deleting ; delete "),
    *_rows("disposed disposing dispose", r"of\b", "deleted; deleting; delete"),
    Phrase(
        frozenset({"proposed", "suggested", "recommended"}),
        late(rf"\b(?:change|update|patch)s? (?P<how>proposed|suggested|recommended) (?:for|to|on) (?={_KIND})", re.I),
        r"\g<how>: patching ",
    ),
    Phrase(frozenset({"sized"}), late(r"\bright-sized\b", re.IGNORECASE), "rightsized"),
    Phrase(frozenset({"sizing"}), late(r"\bright-sizing\b", re.IGNORECASE), "rightsizing"),
    *_rows("emptied emptying", r"(?=(?:the )?nodes?\b)", "drained ; draining "),
    *_rows(
        "added|removed|took|taken adding|removing|taking add|remove|take",
        rf"(?:away )?{_SOME} (?:more |extra |further )?(?:replicas?|copies) (?:away )?(?:to|from|of) OBJECT{_THEN}",
        r"scaled {} to \g<after> replicas; scaling {} to \g<after> replicas; scale {} to \g<after> replicas",
    ),
    *_rows(
        "added|removed|took|taken adding|removing|taking add|remove|take",
        rf"(?:away )?{_SOME} (?:more |extra |further )?(?:replicas?|copies) (?:away )?(?:to|from|of)\b",
        "scaled replicas of; scaling replicas of; scale replicas of",
    ),
    *_rows(
        "gave|given giving give",
        rf"OBJECT {_MORE}{_THEN}",
        r"scaled {} to \g<after> replicas; scaling {} to \g<after> replicas; scale {} to \g<after> replicas",
    ),
    *_rows(
        "gave|given giving give",
        rf"OBJECT {_MORE}",
        "scaled replicas of {}; scaling replicas of {}; scale replicas of {}",
    ),
    *_rows(
        "gave|given giving give",
        r"OBJECT (?P<two>\d[\w.]{0,20}) (?:of )?(?P<of>memory|cpu),? (?:instead of|rather than|up from|down from) "
        r"(?P<one>\d[\w.]{0,20})",
        r"changed \g<of> of {} from \g<one> to \g<two>; changing \g<of> of {} from \g<one> to \g<two>; "
        r"change \g<of> of {} from \g<one> to \g<two>",
        0,
    ),
    *_rows(
        "replicas",
        rf"of OBJECT{_THEN.replace('(?:,? ?(?:=>|->|→|', '(?:(?:')}",
        r"replicas of {} to \g<after> replicas",
    ),
    *_rows(
        "replica|replicas",
        rf"(?:count )?(?:{_CHANGE}|increase|decrease|change|raise) (?:for|of|on|in) OBJECT:? (?:from )?{_FROM_TO}",
        r"changing replicas of {} from \g<one> to \g<two>",
    ),
    *_rows(
        "memory|cpu|mem",
        rf"(?P<side>(?:limit|request)s? )(?:{_CHANGE}|increase|decrease|change|raise) (?:for|of|on|in) OBJECT:? "
        rf"(?:from )?{_FROM_TO}",
        r"changing \g<what> \g<side>of {} from \g<one> to \g<two>",
    ),
    Phrase(frozenset({"before", "earlier", "previously"}), _BEHIND, r"(was \g<value>)"),
    Phrase(frozenset({"count"}), _COUNT_OF, "size"),
    Phrase(frozenset({"limits", "requests"}), _SIDE_OF, r"\g<what> \g<side>"),
    Phrase(frozenset({"executor", "executors"}), _EXECUTOR, r"pod '\g<id>'", 1),
    Phrase(frozenset({"helm", "release"}), _HELM_OF, r"\g<did>\g<plain> of helm release ", 0),
    *_rows(
        "rolled|shipped rolling|shipping",
        rf"(?:out )?{_NEW_IMAGE} OBJECT:? (?:to )?(?={_TAG})",
        "updated image of {} to ; updating image of {} to ",
        0,
    ),
    *_rows(
        "rolled|shipped|deployed rolling|shipping|deploying",
        rf"(?:out )?(?:the )?(?:new )?image (?P<after>['\"]?{_TAG}['\"]?) (?:to|on|in|for) OBJECT(?=$|[,;:.(]| in\b)",
        r"updated image of {} to \g<after>; updating image of {} to \g<after>",
        0,
    ),
    *_rows(
        "left|kept|leaving|keeping|holding",
        r"OBJECT at (?P<one>\d{1,6})(?: replicas)? (?:instead of|rather than) scaling (?:it )?(?:up |down )?to "
        r"(?P<two>\d{1,6})\b",
        r"not scaling {} from \g<one> to \g<two>",
        0,
    ),
    Phrase(frozenset({"limit", "limits", "request", "requests"}), _OF_PART, r"\g<what> ", 1, 9),
    Phrase(frozenset({"back"}), _BACK_TO, r"reverting \g<what> of \g<object> to \g<value>"),
    Phrase(frozenset({"put"}), _WAS_PUT_ON, r"\g<taint> added to"),
    Phrase(frozenset({"put"}), _PUT_ON, r"added \g<taint> to", 0),
    Phrase(frozenset({"can", "cannot", "unable"}), _PART_OF, r"\g<did> \g<object>"),
    Phrase(frozenset({"skipping", "leaving", "keeping", "ignoring", "skipped"}), _NOT_ABLE, r"cannot be \g<stem>ed"),
    Phrase(frozenset({"would"}), _WOULD_CHANGE, r"\g<what> would be changed ", 0, 1),
    Phrase(frozenset({"using", "use", "used"}), _INSTEAD, r"setting \g<what> of \g<object> from \g<two> to \g<one>", 0),
    Phrase(frozenset({"capacity"}), _CAPACITY, "desired size", 1, 1),
    Phrase(frozenset({"old", "before", "previously"}), _LABELLED, r"\g<one> -> \g<two>", 1),
    Phrase(_OLD, _ADVISED, r"\g<head>: \g<one> -> \g<two> (proposed)", 0),
    Phrase(_OLD, _BEFORE_AFTER, r"\g<head>: \g<one> -> \g<two>", 0),
    Phrase(frozenset({"eviction"}), _EVICTION_MADE, "evicted", 0),
    Phrase(frozenset({"error", "failed"}), _ERROR_WITHIN, r"\g<why>", 0),
    Phrase(frozenset({"error"}), _DEED_ERROR, r"\g<what> failed", 0),
    Phrase(frozenset({"type"}), _TYPE_OF, r"patched"),
    Phrase(frozenset({"type"}), _OF_TYPE, r"\g<did> \g<object>"),
    Phrase(frozenset({"replaced"}), _IMAGE_OF, r"image of \g<name> "),
    Phrase(frozenset({"replaced"}), _REPLACED, r"changed from \g<one> to \g<two>"),
    Phrase(frozenset({"get", "gets"}), _GETS_BACK, r"scaling \g<object> to \g<count> replicas"),
    Phrase(frozenset({"drain", "draining", "drained"}), _INTO_DRAIN, "drained"),
    Phrase(frozenset({"instances", "nodes", "pods", "machines"}), _LISTED, r"\g<kind> \g<names>"),
    Phrase(frozenset({"break", "violate", "breach"}), _AGAINST, r"refused to set \g<what> of \g<object> to \g<value>"),
    Phrase(frozenset({"recommendation", "suggestion", "proposal"}), _ADVICE_IN, r"\g<head> \g<space>/\g<name>:"),
    Phrase(frozenset({"before", "earlier", "previously"}), _ASIDE, r"\g<changed> from \g<one> to \g<two>"),
)
