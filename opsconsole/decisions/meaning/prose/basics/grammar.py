"""The words of a sentence: its tokens, and the tables that tell names from everyday words."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from opsconsole.decisions.key_memory import SentenceMemory
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late
from opsconsole.records import Ref

LONGEST = 2_000
"""Characters of a sentence that are read, so that no line can hold up the stream."""

_ROOT = r"/(?:bin|boot|dev|etc|home|lib|lib64|mnt|opt|proc|root|run|sbin|srv|sys|tmp|usr|var)"
"""What a path on a machine begins with; no object of the cluster is called so."""
_TOKEN = late(
    r"\"(?P<double>[^\"\n]{1,300})\"|(?:(?<![A-Za-z])|(?<=[^\w'][bu])|(?<=[a-z])(?='[a-z0-9][a-z0-9.-]{1,62}'(?:[\s,;:.)]|$)))'(?P<single>[^'\n]{1,300})'"
    r"|`(?P<tick>[^`\n]{1,300})`"
    r"|(?P<brace>\{[a-z0-9-]{1,63} [\w.-]{1,253}\})"
    rf"|(?P<path>{_ROOT}/[\w./-]*\w)"
    r"|(?P<word>[A-Za-z0-9](?:[\w./:@%-]*[\w%])?(?:\(s\)|\[\d[\d,-]*\])?)|(?P<mark>->|=>|\S)"
)
"""An apostrophe behind a letter opens no quotes, but around a name: ``I'm deleting pod web-1, it's old``."""

FILL = wordset(
    "the a an all up down out in back new old empty idle own its this that these those healthy unhealthy worker "
    "pending running remaining evicted failing underutilized overutilized expired spot stuck unneeded following "
    "another other some more each every both single selected affected drifted broken completed orphaned for of on to "
    "and server-side instead last latest recent temporary blocking dedicated missing"
)
FIELD_WORDS = wordset(
    "memory mem vmem cpu vcpu limit limits request requests replica replicas count size image weight minreplicas "
    "parallelism maxreplicas minavailable maxunavailable resources resource min max number desired scale"
)
NOT_NAMES = wordset(
    "metrics metric pressure pool pools cache status list count counts autoscaler lister selector template "
    "affinity name names usage object objects mode mean unit variance entries entry keys key config configuration "
    "session sessions queue queues index table rows lock lease leases features weights embeddings patches "
    "controller controllers handler informer informers watcher events event labels readiness liveness requests "
    "timer timers loop interval filter filters endpoint endpoints strategy timeout info data phase "
    "bound bounds maximum minimum setting settings parameter parameters "
    "recommendation recommendations suggestion suggestions proposal proposals forecast "
    "history snapshot snapshots log logs "
    "manager managers owner finalizer finalizers port ports state condition conditions topology result results"
)
STOPS = wordset(
    "to from in on for of by with at as because since until after before due via using is are was were has have "
    "had be been will would and or but if when while that which not it so into than per is being within during "
    "against under over above below according based targeted may might must should "
    "can shall could cannot failed successfully now again already only just "
    "requested started set requires require needs associated "
    "belonging matching owned hosting related in-place inplace"
)
BESIDE = wordset(
    "failed failure started complete completed rejected denied would container containers action workload successfully "
    "error could not cannot unable skipped done succeeded finished dry run mode would-be triggered requested in- "
    "sent posted submitted place operation blocked ignored deferred postponed aborted cancelled canceled refused "
    "forbidden suppressed prevented timed not applied executed performed in-place ok okay vetoed"
)
BEING = wordset("is are was were")
PASSIVE = wordset("was were been being be")
ARTICLES = wordset("the a an its their our my")
OBJECT_PARTS = wordset(
    "selector selectors template strategy affinity toleration tolerations requirements probe probes environment env "
    "finalizer finalizers schedule settings configuration config"
)
"""Parts of an object that are changed, where a word says whose they are."""
COUNTED = late(r"\d{1,7}")


_LETTERS = late(r"[a-z]+")


class SpokenToken(NamedTuple):
    """A word, a quoted text or a mark, as it is written and in lower case, and where it stands."""

    text: str
    low: str
    quoted: bool
    start: int
    end: int


class SpokenObject(NamedTuple):
    """What stands beside a verb: a kind, a name, a number of them; ``end`` is the token after it."""

    kind: str
    ref: Ref | None
    number: int | None
    end: int
    named: bool
    noun: str = ""
    others: tuple[Ref, ...] = ()


@lru_cache(maxsize=4)
def tokens_of(message: str) -> list[SpokenToken]:
    """The tokens of a message: quoted texts, words with what names have in them, marks. Do not change the list."""
    found = []
    if "b'" in message or 'b"' in message:
        message = _OF_BYTES.sub(" ", message)
    if "/" in message and ("zone " in message or ":" in message):
        message = _ZONE.sub(_blank, message)
    for match in _TOKEN.finditer(message):
        group = match.lastgroup or "mark"
        text = match.group(group)
        found.append(SpokenToken(text, text.lower(), group in ("double", "single", "tick"), match.start(), match.end()))
    return found


_OF_BYTES = late(r"(?<![^\s:=(,\[])b(?=['\"][^\s'\"])")
"""What Python prints before the quotes of bytes, which is no name."""


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


_AREA = r"(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)"
_ZONE = late(rf"(?:(?<=\d:\d\d )|(?<=zone )){_AREA}/[A-Z][a-z]+(?:[_/-][A-Z][a-z]+)*(?=[,;)]|$)")
"""A time zone, behind a time or a word for it: ``07:00-19:00 Europe/Sofia, …``."""


@lru_cache(maxsize=4)
def words_of(text: str) -> frozenset[str]:
    """The runs of letters in a text, in lower case: what a text holds no word of, it does not tell."""
    return frozenset(_LETTERS.findall(text.lower()))


def goes_on_passive(tokens: list[SpokenToken], at: int) -> bool:
    """``was detached and terminated``."""
    return (
        at > 2 and tokens[at - 1].low == "and" and tokens[at - 2].low.endswith("ed") and tokens[at - 3].low in PASSIVE
    )


@SentenceMemory
def in_words(text: str) -> str:
    """``pod_evicted``, ``pod.evicted`` as words, and ``running action delete_pod on`` as what the action does."""
    if text[:1] == "[" and (tag := _TAG.match(text)):
        text = _untagged(text, tag)
    text = _of_action(text) if "[" in text or "ction " in text else text
    if (" for " in text or " on " in text) and (asked := _ASKED_FOR.search(text) or _CALL_OF.search(text)) is not None:
        text = _of_tool(text, asked)
    if "amespaced" in text:
        text = _CLIENT.sub(_of_client, text)
    if "_" not in text and "." not in text:
        return text
    if _SNAKE.fullmatch(text):
        return text.replace("_", " ").replace(".", " ")
    if (
        "_" in text
        and (called := _CALLED_FOR.search(text)) is not None
        and _LEADS_TO_CALL.search(text[: called.start()])
        and not called["name"].endswith("s")  # "drain_nodes of pool-a": more than the one that is named
        and (told := _of_tool(text, called)) != text
    ):
        return told
    if (match := _LEADS.match(text)) and verbs.of_name(match["name"]):
        return match["name"].replace("_", " ") + text[match.end() :]
    if (match := _CAPS.search(text)) and verbs.of_name(match[0]):
        return text[: match.start()] + match[0].replace("_", " ").lower() + text[match.end() :]
    match = _RUN.search(text)
    named = verbs.of_name(match["name"]) if match else None
    return text[: match.start()] + named.stem + text[match.end() :] if match and named else text


def _untagged(text: str, tag: re.Match[str]) -> str:
    """A text without the tag before it, or the tag where that is all that names a deed: ``[DRAIN_NODE - END]``."""
    rest = text[tag.end() :].lstrip()
    named = verbs.of_name(tag["name"])
    if named is None or not verbs.WORDS.keys().isdisjoint(words_of(rest)):
        return rest if named is not None else text
    if named.loose and "_" not in tag["name"]:
        return text
    said = tag["name"].replace("_", " ").lower()
    how = _STAGES.get(tag["stage"] or "", "")
    if (whom := _WHOM.match(rest)) is not None and said.split()[-1] in (
        whom["kind"] or "",
        "node",
        "pod",
        "deployment",
    ):
        said = said if whom["kind"] is None else said.rpartition(" ")[0] + f" {whom['kind']}"
        return f"{said} {whom['name']} {how}{rest[whom.end() :]}".replace(" :", ":").strip()
    return f"{said} {how} {rest}".strip() if how else f"{said}: {rest}" if rest else said


_TAG = late(r"\[(?P<name>[A-Z]{2,20}(?:_[A-Z]{2,20}){0,3})(?: ?[-:|] ?(?P<stage>[A-Z]{2,12}))?\](?=\s|$)")
"""``[EVICT_POD - EVENT] ``: the step of a program that a message belongs to."""
_STAGES = {
    **dict.fromkeys(("END", "DONE", "COMPLETE", "COMPLETED", "FINISHED", "SUCCESS", "OK"), "completed"),
    **dict.fromkeys(("FAIL", "FAILED", "FAILURE", "ERROR", "ABORTED"), "failed"),
}


_WHOM = late(
    r"(?:(?P<kind>node|pod|deployment|statefulset|job|namespace) )?(?P<name>(?=[^\s:]*[-/\d])[a-z0-9][\w./-]{0,252})"
    r"(?=$|[\s:,;(])"
)
"""Whom a step is about, right behind its tag: ``[DRAIN_NODE - END] node n-1``."""


def _of_tool(text: str, asked: re.Match[str]) -> str:
    """``Blocked KubeOps-DeleteNamespace for namespace 'a'`` as ``Blocked deleting namespace 'a'``."""
    named, kind = verbs.of_call(asked["name"]), kinds.in_words(verbs.parts(asked["name"]))
    behind = text[asked.end() :]
    beside = any(verbs.tells_done(word) or (word.endswith("ing") and word in verbs.WORDS) for word in words_of(behind))
    if named is None or beside:
        return text  # what is done beside it must be heard of
    if not kind or kind == "Rollout":  # "rollout_restart" may be for each kind
        known = asked["name"] in _OF_ANY_KIND
        return f"{text[: asked.start()]}{named.verb} of {behind}" if known else text
    own = kinds.of_word(behind.partition(" ")[0].partition("/")[0].strip("'\"`:,"))
    whom = behind if own == kind else f"{kind} in {behind}" if own == "Namespace" else f"{kind} {behind}"
    how = f"{asked['how']} to " if "how" in asked.re.groupindex else ""
    return f"{text[: asked.start()]}{how}{named.stem} {whom}"


_OF_ANY_KIND = ("rollout_restart", "rollout_undo", "rolling_restart", "RolloutRestart", "RolloutUndo")
"""Calls whose object may be of each kind; ``restart_count`` and ``drain_timeout`` call nothing."""

_NAME = r"(?P<name>(?:[A-Z][a-z]{1,20}){2,4}|[a-z]{1,20}(?:_[a-z]{1,20}){1,3}|[a-z]{1,20}(?:[A-Z][a-z]{1,20}){1,3})"
_CALL_OF = late(
    r"\b(?:[Ii]nvocation|[Cc]all|[Ee]xecution|[Rr]un|[Uu]se) of (?:the )?(?:(?:tool|function|plugin|action)s? ){0,2}"
    rf"['\"`]?(?:[A-Za-z]\w{{1,40}}[-.:])?{_NAME}(?:\(\))?['\"`]? (?:for|on) "
)
"""A tool by its name, and for whom it is called: ``Invocation of Ops-DeletePod for 'web-1' held back``."""
_ASKED_FOR = late(
    r"\b(?P<how>(?:[Bb]lock|[Dd]eni|[Rr]eject|[Rr]efus|[Vv]eto|[Dd]isallow|[Ii]ntercept|[Ff]ail|[Ss]kipp|[Cc]ancell?)ed"
    r"|[Aa]llow(?:ed|ing)|[Pp]ermitt(?:ed|ing)) "
    r"(?:the )?(?:(?:tool|function|plugin|call|action)s? ){0,2}(?:to )?['\"`]?(?:[A-Za-z]\w{1,40}[-.:])?"
    rf"{_NAME}(?:\(\))?['\"`]? (?:for|on) "
)
"""A tool by its name, whose call for an object was refused, or allowed."""


def _of_action(text: str) -> str:
    """``Action RESIZE for pod a/b succeeded``, ``begin to deletePod[a/b]`` in words, where nothing else is told."""
    match = _ACTION_FOR.search(text) or _CALLED_IN.search(text)
    named = verbs.of_call(match["name"]) if match is not None else None
    if match is None or named is None:
        return text
    behind = text[match.end() :]
    if any(verbs.tells_done(word) or (word.endswith("ing") and word in verbs.WORDS) for word in words_of(behind)):
        return text
    kind = match["kind"] or kinds.in_words(verbs.parts(match["name"])).lower()
    kind = "" if kind == "container" else f"{kind} "
    return f"{text[: match.start()]}{named.stem} {kind}{match['whom']}{behind}"


_ACTION_FOR = late(
    r"\b[Aa]ction (?P<name>[A-Z]{4,16}(?:_[A-Z]{2,16}){0,2}) (?:for|on) (?:(?P<kind>[a-z]{3,20}) )?"
    r"(?P<whom>[a-z0-9][\w.-]{0,252}[/-][\w./-]{1,253})(?=$|[ ,;:])"
)
_CALLED_IN = late(
    r"(?:^|(?<= ))(?P<name>[a-z]{3,12}(?:Pod|Deployment|StatefulSet|DaemonSet|ReplicaSet)) ?"
    r"\[(?P<whom>[a-z0-9][\w.-]{0,252}/[\w.-]{1,253})\](?P<kind>)"
)
"""What is done, or called, and for whom."""
_CALLED_FOR = late(
    r"\b(?P<name>[a-z]{3,20}(?:_[a-z]{2,20}){1,3})(?:\(\))? (?:of|for|on) "
    r"(?=(?:[A-Za-z]{3,24} )?['\"`]?[a-z0-9][\w.-]{0,252}[/-]\w)"
)
_LEADS_TO_CALL = late(
    r"(?:^|[,;:] |\b(?:approve|allow|authori[sz]e|confirm|permit|run|execute) (?:the )?)$", re.IGNORECASE
)
"""A tool by its name and the object that it is called for, at the head of a clause or behind what asks for it."""


def _of_client(match: re.Match[str]) -> str:
    """``PatchNamespacedDeploymentAsync`` in words: ``patch deployment``."""
    words = [word for word in verbs.parts(match["what"]) if word not in _CALLS]
    part = _PARTS.get(words[-1]) if len(words) > 1 else None
    return f"{part} {' '.join(words[:-1])}" if part else f"{match['verb'].lower()} {' '.join(words)}"


_CLIENT = late(
    r"\b(?:\w{1,40}\.){0,4}(?P<verb>patch|replace|delete|create)_?[Nn]amespaced_?(?P<what>[A-Za-z]\w{1,60})(?:\(\))?",
    re.IGNORECASE,
)
"""A method of a client of the API server."""
_CALLS = wordset("async with http messages info call execute raw response")
_PARTS = {"scale": "scale", "eviction": "evict"}

_RUN = late(
    r"\b(?:running|executing|calling|invoking|triggering) (?:the )?(?:action|tool|function|playbook|step|task) "
    r"['\"`]?(?P<name>[a-z]+(?:_[a-z]+){1,4})['\"`]?(?= (?:on|for|of) )",
    re.IGNORECASE,
)
_LEADS = late(r"(?P<name>[a-z]{3,20}(?:_[a-z]{2,20}){1,3})(?= [\w./-]+(?:$|[ :,(]))")
"""``restart_pod web-1``: what the message begins with is the action."""

_CAPS = late(r"\b[A-Z]{2,20}(?:_[A-Z]{2,20}){1,3}\b")
"""``SCALE_IN``, as decisions are called."""
_SNAKE = late(r"[a-z]{2,20}(?:[_.][a-z]{2,20}){1,4}")
