"""What sounds like an action on the cluster and is none, caches and processes, and what may be one that was missed."""

from __future__ import annotations

import re

from opsconsole.decisions.meaning.prose.basics import naming
from opsconsole.decisions.meaning.prose.basics.grammar import (
    BESIDE,
    FIELD_WORDS,
    FILL,
    NOT_NAMES,
    STOPS,
    SpokenToken,
    tokens_of,
)
from opsconsole.decisions.meaning.prose.forms.changes import MEASURED
from opsconsole.decisions.words import verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late
from opsconsole.records import Mood

_ELSEWHERE = late(
    r"\b(?:from|in|into|to) (?:the |its |our )?(?!namespace )(?!(?:cluster|local)[ -]?queue)(?:[\w-]+ ){0,2}(?:"
    r"cache|queue|index|store|registry|list|"
    r"history(?! limit)|memory|tracker|"
    r"informer|endpoint ?slices?|endpoints|balancer|snapshot|database|map|heap|backlog|buffer|"
    r"(?P<circle>placement|rotation|quorum|membership|allowlist))\b(?![./:-]| (?:namespace|node|pool|cluster)\b)",
    re.IGNORECASE,
)
_OTHER_CLAUSE = late(
    r"[(;]|[:.] | - | – | — |, (?!and\b)[a-z]+ |"
    r"\b(?:after|before|because|since|when|while|due|so|whose|that|which|where|until|if|using|via)\b|"
    r"\b(?!(?:indexed|embedded|unused|orphaned)\b)[a-z]+(?:ing|ed)(?: (?:up|out|down|back))? $|"
    r"\b(?:stuck|still|left|held|is|are|was|were|now) $",
    re.IGNORECASE,
)
"""What makes a place that of something else than of the object: ``deleted pod a (its image in the registry is gone)``,
``deleted 3 jobs waiting in the queue``."""
_PURPOSE = late(r"to (?:free|relieve|reclaim|save|clear|empty|shrink|reduce|protect|make|get|keep|drain)\b", re.I)
"""What something is done for, and no place: ``evicted pod a to free memory``."""
_PATH = late(r"\s+[\"']?/(?!apis?/)")
"""A path behind the method of a request to the program itself: ``DELETE "/sessions/expired"``."""

_SCOPE = late(r" namespaces?: [\w.-]{1,63}, target: ", re.IGNORECASE)
"""What an autoscaler tells of itself as it starts: ``Scaling Namespace: shop, Target: deployment/web``."""

_PROCESS = late(r"\s+(?:with |by |on )?(?:signal|SIG[A-Z]{2,5}|exit)\b|\s+(?:with|by|on) code\b")
"""What ends with a signal or an exit code is a process."""
_BY_NUMBER = late(
    r"\s+(?:(?:the )?(?:child|sub-?process|process|task|job|thread|pid) )?"
    r"(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|(?<=pid )\d{1,8}|(?<=process )\d{1,8})"
    r"(?: with| by| using|:)? \(?(?:signal|(?:Signals\.)?SIG[A-Z]{2,5})\b"
)
"""So is what has a number for a name, and a signal behind it: ``Terminating 7be0a0a3-… (Signals.SIGTERM)``."""


def is_apart(message: str, start: int, end: int, verb: verbs.Verb) -> bool:
    """Is the verb at a place about a process, or about what is in a cache, a queue, a ring?

    A named object that is deleted "from the allowlist" is gone all the same, and one that is scaled or drained is so
    wherever it stands.
    """
    if _PROCESS.search(message, end, min(len(message), end + 60)) or _BY_NUMBER.match(message, end):
        return True
    if " from Controller" in message and message.startswith("Removing Node ", start):
        return True  # what the controller of nodes forgets
    if verb.verb == "scale" and _SCOPE.match(message, end):
        return True
    if message[start:end].isupper() and _PATH.match(message, end):
        return True
    match = _ELSEWHERE.search(message, start, min(len(message), start + 300))
    if match is None or not _is_of(message[end : match.start()], match[0]):
        return False
    lasting = (match["circle"] and not verb.loose) or verb.verb in _ON_CLUSTER
    return not (lasting and _names(tokens_of(message[end : match.start()])))


def _is_of(between: str, place: str) -> bool:
    """Is the place that of the verb's object, with nothing between them that speaks of something else?"""
    return _OTHER_CLAUSE.search(between) is None and _PURPOSE.match(place) is None


_ON_CLUSTER = frozenset({"scale", "drain", "cordon", "taint", "restart", "rollback"})
"""What nobody does to an entry of a cache or a queue."""


def _names(tokens: list[SpokenToken]) -> bool:
    """Do they name an object, by its kind and its name?"""
    for at, token in enumerate(tokens):
        kind, length = naming.kind_at(tokens, at)
        if (kind and at + length < len(tokens) and naming.is_name(tokens, at + length)) or (
            not token.quoted and naming.is_reference(token)
        ):
            return True
    return False


def _is_object(tokens: list[SpokenToken], place: int) -> bool:
    kind, length = naming.kind_at(tokens, place)
    if kind and place + length < len(tokens) and tokens[place + length].low in NOT_NAMES:
        return False  # "deleting pod logs"
    machine = tokens[place].low in ("instance", "instances", "vm", "vms")
    return bool(kind) or machine or naming.is_reference(tokens[place])


def looks_like_one(message: str, longest: int) -> bool:
    """Does a strict verb stand near a kind or a name? Then an action may have been missed."""
    tokens = tokens_of(message[:longest])
    for at, token in enumerate(tokens):
        verb = verbs.WORDS.get(token.low) if not token.quoted else None
        if verb is None or token.low in verbs.NOUNS or (verb.loose and not _is_done_to_one(tokens, at, verb)):
            continue
        if _is_negated(message, token) or any(each.low in ("image", "images") for each in tokens[at + 1 : at + 5]):
            continue
        for place in range(max(0, at - 8), min(len(tokens), at + 6)):
            if place != at and (_is_object(tokens, place)):
                match = _ELSEWHERE.search(message)
                return match is None or not _is_of(message[token.end : match.start()], match[0])
    return False


def _is_negated(message: str, token: SpokenToken) -> bool:
    before = message[max(0, token.start - 40) : token.start]
    return _NO.search(before) is not None or _NONE.match(message, token.end) is not None


_NO = late(r"\b(?:back-?off|not|no|nothing|never|without|nobody|0|cannot|can't)\b[^,;:.]*$", re.IGNORECASE)
_NONE = late(r" (?:no|none|nothing)\b", re.IGNORECASE)


def _is_done_to_one(tokens: list[SpokenToken], at: int, verb: verbs.Verb) -> bool:
    """``wiped namespace shop clean``: does an object with its name stand right beside an everyday verb?"""
    done = verb.mood is Mood.DONE or tokens[at].low.endswith("ing")
    if not done or not MEASURED.isdisjoint(token.low for token in tokens):
        return False
    for place in (at + 1, at - 2):
        kind, length = naming.kind_at(tokens, place) if 0 <= place < len(tokens) else (None, 0)
        if kind and place + length < len(tokens) and _may_be_name(tokens, place + length):
            return True
    return False


def _may_be_name(tokens: list[SpokenToken], at: int) -> bool:
    low = tokens[at].low
    plain = low.isalpha() and not any(
        low in known for known in (STOPS, FILL, NOT_NAMES, BESIDE, FIELD_WORDS, verbs.WORDS)
    )
    return plain or naming.is_called(tokens, at)


def is_whole(tokens: list[SpokenToken], at: int) -> bool:
    """``updating statefulset``: is the message a verb in its form of doing or done, and a kind, and nothing else?"""
    low = tokens[at].low
    return at == 0 and len(tokens) < 4 and low.endswith(("ing", "ed")) and "-" not in tokens[-1].low


def _end_of_refusal(tokens: list[SpokenToken], at: int) -> int:
    """Where the reason of a refusal begins: ``skipped resize: recommendation is older than 30m``; else the end."""
    end = next((place for place in range(at + 1, len(tokens)) if tokens[place].text in ":;,("), len(tokens))
    refused = any(token.low in _REFUSING for token in tokens[:end])
    return end if refused else len(tokens)


_REFUSING = wordset(
    "skip skipping skipped fail failed failure error blocked denied refused rejected aborted aborting deferred "
    "deferring ignored ignoring postponed postponing cancelled canceled cancelling suppressed cannot not unable"
)


def is_alone(tokens: list[SpokenToken], at: int, verb: verbs.Verb) -> bool:
    """``deleting``, ``failed to delete``: does nothing but a strict verb and how it went stand in a message?"""
    others = (token.low for token in tokens[: at + 3] if token is not tokens[at] and token.low not in _WAYS)
    return not verb.loose and at < 4 and all(low in BESIDE or low in STOPS or not low[0].isalpha() for low in others)


_WAYS = ("up", "down", "in", "out")


def goes_back(tokens: list[SpokenToken], at: int) -> bool:
    """``rolling back to the last successful release``: does a verb go back to what was there before, unnamed?"""
    words = [token.low for token in tokens[at + 1 : at + 9] if token.low not in ("back", "the", "its")]
    if words[:1] != ["to"]:
        return False
    place = next((place for place, word in enumerate(words) if word in _STATES), 0)
    described = all(word in _EARLIER for word in words[1:place])
    return place > 0 and described and words[place + 1 : place + 2] not in (["of"], ["for"])


def of_spec(tokens: list[SpokenToken], at: int) -> bool:
    """``pod template patched``, ``spec updated``: is what an object is made by all that a message says is changed?"""
    subject = [token.low for token in tokens[:at]]
    return subject[-1:] != [] and subject[-1] in _SPECS and set(subject[:-1]) <= _OF_SPECS and at + 1 == len(tokens)


_SPECS = ("template", "spec", "manifest", "podspec")
_OF_SPECS = frozenset({"pod", "the", "workload", "container", "resource", "deployment", "statefulset", "daemonset"})
_STATES = wordset("release revision version deployment image template manifest")
_EARLIER = wordset("last previous prior earlier latest known good successful stable working old older deployed")
_WHY = wordset("after because since due")
"""Words that begin why something is done."""


def is_bare(tokens: list[SpokenToken], at: int, *, loose: bool) -> bool:
    """Is the verb all that the message says, but for adverbs, states and the words for fields?"""
    if tokens[0].low in _INJECTED and [token.low for token in tokens[1:]] == _OVER:
        return False
    if not loose:  # "eviction refused, budget exhausted": what is told behind it is why
        ends = (
            place for place in range(at + 1, len(tokens)) if tokens[place].text in ",;:(" or tokens[place].low in _WHY
        )
        tokens = tokens[: next(ends, len(tokens))]
    doing = tokens[at].low.endswith("ing")
    start = next((place + 1 for place in range(at - 1, 0, -1) if tokens[place].text in ",:"), 0) if doing else 0
    start = start or (2 if at > 2 and "." in tokens[0].low and tokens[1].text == ":" else 0)  # "provider.kubernetes: …"
    for place, token in enumerate(
        tokens[start : _end_of_refusal(tokens, at)], start
    ):  # "pod killed, raising memory limit": what is done about it
        if place == at or token.low in BESIDE or not token.low[0].isalpha():
            continue
        if place + 1 < len(tokens) and tokens[place + 1].low in ("taint", "taints"):
            continue  # "out-of-service taint added"
        if place > at and token.low in naming.ADVICE and (not loose or tokens[at].low.startswith("appl")):
            continue
        if token.low in FIELD_WORDS or token.low.endswith("ly") or token.low in FILL or verbs.WORDS.get(token.low):
            continue
        if loose or token.low in NOT_NAMES or (place > at and token.low not in STOPS and place == at + 1):
            return False
    return True


_INJECTED = ("delay", "latency", "jitter")
_OVER = ["removed", ",", "network", "as", "before"]
"""``latency removed, network as before``: a trial of chaos that is over."""


def changes_what_is_not_told(message: str) -> bool:
    """``api: 512Mi -> 256Mi``: may it tell of a change to an object, though nothing says to which, or of what?"""
    return _UNTOLD.search(message) is not None


_AMOUNT = r"\d[\d.]{0,12} ?(?:[KMGT]i|m)B?"
_FIELD = r"(?:memory|cpu|replicas|limits?|requests?)"
_COPIES = r"(?:replicas?|réplicas?|réplique|replikate?n?|replik|repliche|repliek|реплик|レプリカ|副本|레플리카)"
_TO = r"(?:to|auf|a|à|naar|para|do|до|ila|から|到|至|为|에서)"
_FROM = "(?:de|von|da|van|z|ze|od|от|\u0441|dari)"
"""What stands before the value that was, in the languages of ``_TO`` but English, whose verbs are known."""
_UNTOLD = late(
    rf"{_COPIES}\W{{1,3}}(?:from )?(?P<before>\d{{1,6}}) ?(?:->|=>|→|{_TO}) ?(?!(?P=before)\b)\d|"
    rf"{_COPIES}[^\d\s]{{0,8}} ?[^\d\s]{{0,2}} ?(?P<was>\d{{1,6}}) ?(?:{_TO}) ?(?!(?P=was)\b)\d|"
    rf"\b(?P<first>\d{{1,6}}) ?{_TO} ?(?!(?P=first)\b)\d{{1,6}} ?{_COPIES}|"
    rf"^[a-z][a-z0-9-]{{1,60}}: {_AMOUNT} ?(?:->|=>|→) ?{_AMOUNT}(?= |$)|"
    rf"{_COPIES}[^\d\n]{{1,80}} {_FROM} (?P<of>\d{{1,6}}) {_TO} (?!(?P=of)\b)\d|"
    rf"\b{_FROM} {_AMOUNT} (?:à|a|auf|naar|para|do|до|na|su|ila) {_AMOUNT}|{_AMOUNT} ?(?:から|에서|を) ?{_AMOUNT}|"
    rf"[从從] ?{_AMOUNT} ?\S{{1,4}} ?{_AMOUNT}|"
    r"^[a-z][a-z0-9-]{1,60}: [^:]{0,120}, (?:restoring|reverting) |"
    rf"\b(?:halving|doubling|cutting|lowering|raising|trimming) (?:the )?{_FIELD} of [a-z]|"
    r"\b(?:bump|rais|lower|increas|decreas|reduc)(?:ing|ed) [a-z][a-z0-9-]{1,60} from \d{1,4} to \d{1,4}\b(?! ?%)"
)
