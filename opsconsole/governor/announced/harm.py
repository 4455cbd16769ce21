"""What a line of the log tells of harm to what serves, and of its end: by what that is called wherever it runs.

Harm is what is seen: killed for want of memory, in a crash loop, none ready, no leader, one request in twenty that
fails. A pod that starts fails its readiness probe, and a few wait for a node, on any day. What a setting is called
(``readinessProbe``), what is none ("0 not ready") or only thought of is no harm.
"""

from __future__ import annotations

import re
from functools import lru_cache

from opsconsole.patterns import late
from opsconsole.records import Decision, Mood

_LONGEST = 2_000
"""So much of a document is looked at; its words stand in front."""

_SIGNS = (
    "oom", "crash", "leader", "quorum", "split", "ready", "health", "probe", "fail", "50", "5xx", "error", "success",
    "kubelet", "fallen", "analysis",
    "starterror", "back-off", "quota", "replication", "unavail", "pending", "endpoint", "137",
)  # fmt: skip
"""Parts of words: most lines have none, and cost no more than that."""

_HARM = late(
    r"\boom[-_ ]?kill(?:ed|s|ing)?\b(?![\"' ]*(?:[=:]|count)?[\"' ]*(?:0|false|none)\b)|\bexit (?:code )?137\b|"
    r"\bcrash[- ]?loop(?:s|ing|back-?off)?\b|\bback-?off restarting\b|\bstarterror\b|"
    r"\b(?:no|without(?: an?)?|lost (?:the |its )?) ?(?:raft )?(?:leader|quorum)\b(?! (?:election|change))|"
    r"\bleaderless\b|"
    r"\bquorum (?:is |was |has been )?lost\b|\bsplit[- ]brain\b|\breplication[ =:\"]{1,3}(?:is )?broken\b|"
    r"\bno (?:healthy|ready|live) (?:upstreams?|endpoints?|backends?|hosts?|replicas?|pods?)\b|\bhas no endpoints\b|"
    r"\bkubelet (?:has )?stopped posting\b|\bfallen off the bus\b|"
    r"\bnotready\b(?![\"' ]*[=:][\"' ]*(?:0|false|\[\]))|"
    r"\b(?:liveness|health)(?: probe| checks?)s? (?:has |have |is |are |now )?fail(?:ed|s|ing)\b|"
    r"\b(?:readiness|startup)(?: probe| checks?)s? (?:has |have |is |are |now )?"
    r"fail(?:ed(?!:| (?:for|on|of)\b)|s|ing)\b|"
    r"\b(?:is|are|still|pods|nodes|statefulset|deployment|workload)(?: is| are)? not (?:yet )?ready\b|"
    r"(?<![\d./:])0(?:/| of )[1-9]\d{0,4} (?:[a-z-]{1,20} ){0,2}?(?:ready|available|healthy|running)\b|"
    r"\b(?:ready|available|healthy)[\"']?[=:] ?[\"']?0(?:/[1-9]\d{0,4}\b|[\"']?[ ,;]{1,3}[\"']?"
    r"(?:desired|want(?:ed)?|of|replicas|total|expected)[\"']?[=: ]{1,2}[\"']?[1-9])|"
    r"\b(?:workload|service|deployment|statefulset) (?:is )?unavailable\b|\bexceeded quota\b|"
    r"\b[1-9]\d{0,5} (?:[a-z-]{1,20} ){0,2}?(?:pods?|nodes?|members?|brokers?|replicas?) (?:are |is |still |now |in )*"
    r"(?:crashing|unhealthy|unschedulable|down|lost|failing|unready)\b|"
    r"\b[1-9]\d{1,5} (?:[a-z-]{1,20} ){0,2}?(?:pods?|replicas?) (?:are |is |still |now |in )*pending\b|"
    r"\banalysis ?(?:run|result)?s?\b[^.,;]{0,60}?[ =:](?:failed|error)\b|"
    r"\brestarted (?P<times>\d{1,4}) times\b",
)
_FAILS = late(
    r"\b(?:rate[_ ]?)?(?:5xx|50[0234]s?|errors?)(?:[ _-](?:errors?|code|uo))?(?:[ _-](?:rate|ratio|share))?[\"']?"
    r"(?: (?:is|at|now|up to|of|rose to|ratio)|[=:]| ratio[=:])? ?[\"']?(?P<bad>\d{1,3}(?:\.\d{1,6})?)(?P<percent> ?%)?"
    r"(?![\d.]|[/a-z])|"
    r"\bcode=50[0234] ratio=(?P<ratio>[01](?:\.\d{1,6})?)|"
    r"\b(?P<share>\d{1,3}(?:\.\d{1,6})?) ?% (?:of (?:all |the )?)?(?:requests|calls|responses) "
    r"(?:fail|with 5|are 5|return 5)|"
    r"\bsuccess[ _-]?(?:rate|ratio)[\"']?(?: (?:is|at|now|down to|fell to))?[ =:]{1,2}[\"']?"
    r"(?P<good>\d{1,3}(?:\.\d{1,6})?)(?P<good_percent> ?%)?(?![\d.])",
)
_FEW_FAIL, _MOST_PASS = 0.05, 0.9
"""One request in twenty that fails is no ordinary hour of any service; a budget of 99.9 % is gone in minutes."""

_NONE = late(
    r"\b(?:no|not|never|without|zero|0|if|would|could|may|might|should|until|unless|once|avoids?|avoiding|prevents?|"
    r"fewer|threshold|max[a-z]*|limit|last week|yesterday|yesterday's)(?: (?:more|new|further|longer|single|any))?"
    r"(?: [a-z-]{1,20}){0,2} $"
)
"""What stands before it in its clause, and says that it is none."""

_LONG_AGO = late(r"[^.,;]{0,40}?\b(?:last (?:week|month|year)|yesterday|(?:days|weeks|months) ago)\b")
_ONE_POD = late(r"\bpod [\w/-]{1,120} $")
"""One that is not ready has just begun, or ends."""

_OF_A_MODEL = late(
    r"\b(?:training|replay buffer|epochs?|episodes?|validation set|test set|split=|loss of|"
    r"(?:train|test|eval)[_ ]loss)\b"
)
"""A rate of errors of its own predictions is no request that fails."""

_OVER = late(
    r"\b(?:recovered|recovers|healthy again|ready again|back to normal|back to ready|resolved|cleared|stabili[sz]ed|"
    r"(?:all|every) [^,;]{0,60}\b(?:ready|healthy|up)|(?:is|are|became|now) (?:ready|healthy)|passed|no oom\w* since|"
    r"finished|(?<!\d)(?P<all>[1-9]\d{0,4})/(?P=all) (?:pods? |replicas? )?(?:are )?(?:ready|available|healthy|up))\b"
)
_HOLDS = late(
    r"(?<!not )(?<!never )(?<!no )(?<!without )\b(?:block(?:ed|ing)|skip(?:ped|ping|s)?|hold(?:s|ing)?|held|"
    r"paus(?:ed|ing|es)|abort(?:ed|ing|s)?|halt(?:ed|ing|s)?|stopp(?:ed|ing)(?! posting)|stops|waiting|waits|"
    r"suspend(?:ed|ing)|deferr(?:ed|ing)|postpon(?:ed|ing)|backing off|"
    r"(?:roll(?:s|ed|ing)?|rollback|fall(?:s|ing)?|went|go(?:es|ing)) ?back|revert(?:s|ed|ing)?|"
    r"restor(?:ed|ing|es)|no (?:reduction|change)s?\b|leav(?:es|ing) (?:it|them) alone|give(?:s|n|ing)? up)\b"
)
_ONLY_THOUGHT = frozenset({Mood.PROPOSED, Mood.DRY_RUN})


def harm_in(decision: Decision) -> str:
    """The words by which a line tells of harm; empty where it tells of none, or that it stops because of it."""
    if decision.mood in _ONLY_THOUGHT:
        return ""
    text = text_of(decision)
    if not any(sign in text for sign in _SIGNS) or not (told := harm_told(text)):
        return ""
    return "" if _HOLDS.search(text) is not None else told


def text_of(decision: Decision) -> str:
    """What a line says, with what stands beside it, in small letters."""
    body = decision.body or decision.message
    return body[:_LONGEST].lower()


def is_relief(decision: Decision) -> bool:
    """Whether a line tells that what was wrong is over, or that nothing is done because of it."""
    return _OVER.search(text_of(decision)) is not None or holds(decision)


def holds(decision: Decision) -> bool:
    """Whether a line tells that it stops, waits or goes back."""
    return _HOLDS.search(text_of(decision)) is not None


@lru_cache(maxsize=512)
def harm_told(text: str) -> str:
    """The words of harm in a text of small letters."""
    for match in _HARM.finditer(text):
        clause = _clause(text, match.start())
        if _NONE.search(clause) or _LONG_AGO.match(text, match.end()):
            continue
        if match[0].endswith("not ready") and _ONE_POD.search(clause) is not None:
            continue
        if match["times"] is None or int(match["times"]) > 1:
            return match[0].strip(" \"'")
    for match in _FAILS.finditer(text) if _OF_A_MODEL.search(text) is None else ():
        if _is_much(match) and not _NONE.search(_clause(text, match.start())):
            return match[0].strip(" \"'")
    return ""


def _clause(text: str, at: int) -> str:
    begin = max(text.rfind(each, 0, at) for each in ',;:.="(')
    return text[begin + 1 : at]


def _is_much(match: re.Match[str]) -> bool:
    """Whether so many requests fail that it is harm: a bare count of errors is no share of them."""
    if match["good"] is not None:
        good = float(match["good"])
        share = good / 100.0 if match["good_percent"] or good > 1.0 else good
        return share < _MOST_PASS
    if match["ratio"] is not None:
        return float(match["ratio"]) >= _FEW_FAIL
    if match["share"] is not None:
        return float(match["share"]) >= _FEW_FAIL * 100
    bad = float(match["bad"])
    if match["percent"]:
        return bad >= _FEW_FAIL * 100
    return bad <= 1.0 and "." in match["bad"] and bad >= _FEW_FAIL and "rat" in match[0]
