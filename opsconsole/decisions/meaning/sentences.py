"""Actions in plain sentences: a verb in one of its forms, and the object beside it, before it or in the attributes.

``Scaling down Deployment a/b from 3 to 1``, ``pod "x" evicted``, ``Failed to patch deployment 'x'``. What is done to a
cache, a queue or a batch is no action on the cluster: the noun after the verb must be a kind, or a name.
"""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from typing import NamedTuple

from opsconsole.decisions.meaning import moods, objects, values
from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.objects import Candidate, Leaves
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.records import FieldValue, Mood, Ref

LONGEST = 2_000
"""Characters of a sentence that are read, so that no line can hold up the stream."""

MOST_VERBS = 6
"""Verbs of one message that are tried."""

_TOKEN = re.compile(
    r"\"(?P<double>[^\"\n]{1,300})\"|'(?P<single>[^'\n]{1,300})'|`(?P<tick>[^`\n]{1,300})`"
    r"|(?P<brace>\{[a-z0-9-]{1,63} [\w.-]{1,253}\})"
    r"|(?P<word>[A-Za-z0-9](?:[\w./:@%-]*[\w%])?(?:\(s\))?)|(?P<mark>->|=>|\S)"
)
_WORD_RUN = re.compile(r"[a-z]+")

_FILL = wordset(
    "the a an all up down out in back new old empty idle own its this that these those healthy unhealthy worker "
    "pending running evicted failing underutilized overutilized expired spot stuck unneeded following another "
    "other some more each every both single selected affected drifted broken completed orphaned for of on to and "
    "following"
)
_FIELD_WORDS = wordset(
    "memory mem cpu limit limits request requests replica replicas count size image weight minreplicas "
    "maxreplicas resources resource min max number desired scale"
)
_NOT_NAMES = wordset(
    "metrics metric pressure pool pools cache status list count counts autoscaler lister selector template "
    "affinity name names usage object objects mode mean unit variance entries entry keys key config configuration "
    "session sessions queue queues index table rows lock lease leases features weights embeddings patches "
    "controller controllers handler informer informers watcher events event labels readiness liveness requests "
    "timer timers loop interval"
)
_STOPS = wordset(
    "to from in on for of by with at as because since until after before due via using is are was were has have "
    "had be been will would and or but if when while that which not it so into than per is being within during "
    "against under over above below according based targeted failed successfully now again already only just "
    "requested started set"
)
_ELSEWHERE = re.compile(
    r"\b(?:from|in|into|to) (?:the |its |our )?(?:[\w-]+ ){0,2}(?:cache|queue|index|store|registry|list|"
    r"history|memory|tracker|"
    r"informer|snapshot|database|map|heap|backlog|buffer)\b",
    re.IGNORECASE,
)
_PROCESS = re.compile(r"\s+(?:with |by |on )?(?:signal|SIG[A-Z]{2,5}|exit|code)\b")
"""What ends with a signal or an exit code is a process."""

_COUNTED = re.compile(r"\d{1,7}")


_VALUE = re.compile(r"[+-]?\d|nan|inf|[+-]$")


class _Token(NamedTuple):
    text: str
    low: str
    quoted: bool
    start: int
    end: int


class _Object(NamedTuple):
    """What stands beside a verb: a kind, a name, a number of them; ``end`` is the token after it."""

    kind: str
    ref: Ref | None
    number: int | None
    end: int
    named: bool
    noun: str = ""


@lru_cache(maxsize=4)
def _tokens(message: str) -> list[_Token]:
    found = []
    for match in _TOKEN.finditer(message):
        group = match.lastgroup or "mark"
        text = match.group(group)
        found.append(_Token(text, text.lower(), group in ("double", "single", "tick"), match.start(), match.end()))
    return found


def hints(message: str) -> bool:
    """Does the message hold a word that names an action at all?"""
    return not verbs.WORDS.keys().isdisjoint(_WORD_RUN.findall(message[:LONGEST].lower()))


class SentenceContext:
    """What the attributes of an entry bring to its sentences; each is looked for when it is first asked for."""

    def __init__(self, leaves: Leaves) -> None:
        self.leaves = leaves

    @cached_property
    def found(self) -> list[Candidate]:
        """The objects that they name, likeliest first."""
        return objects.candidates(self.leaves) if self.leaves else []

    @cached_property
    def namespace(self) -> str:
        """The namespace that they name."""
        return objects.namespace_of(self.leaves) if self.leaves else ""

    @cached_property
    def mood(self) -> Mood | None:
        """What they say of how it is meant."""
        return moods.in_attributes(self.leaves) if self.leaves else None


def read(message: str, context: SentenceContext) -> list[Act]:
    """The actions of a message, at most one a clause."""
    message = message[:LONGEST]
    tokens = _tokens(message)
    places = [at for at, token in enumerate(tokens) if not token.quoted and _verb(tokens, at) is not None]
    places.sort(key=lambda at: (verbs.WORDS.get(tokens[at].low) is None or tokens[at].low in verbs.NOUNS, at))
    acts: list[tuple[int, Act]] = []
    for at in places[:MOST_VERBS]:
        act = _act(message, tokens, at, context)
        if act is not None and not any(_same_clause(message, tokens[at].start, start) for start, _ in acts):
            acts.append((tokens[at].start, act))
    found = [act for _, act in sorted(acts, key=lambda each: each[0])][:2]
    return [act._replace(mood=_mood(act, found, context.mood)) for act in found]


def _mood(act: Act, acts: list[Act], told: Mood | None) -> Mood:
    """The sentence's mood, unless the attributes know better: an error makes a plan a failure, a state a proposal."""
    own = Mood(act.mood)
    if told is None or (told is Mood.DONE and own is not Mood.PLANNED):
        return own
    if told is Mood.REFUSED:
        spoken = own is not Mood.PLANNED or any(each.mood == Mood.REFUSED for each in acts)
        return own if spoken else told
    return told


_CLAUSE = re.compile(r"; |\. (?=[A-Z])|, (?:falling|then|and then|restarting|deleting|evicting)\b")


def _same_clause(message: str, one: int, other: int) -> bool:
    first, last = min(one, other), max(one, other)
    return _CLAUSE.search(message, first, last + 12) is None


def _verb(tokens: list[_Token], at: int) -> verbs.Verb | None:
    low = tokens[at].low
    found = verbs.WORDS.get(low)
    if found is None and "-" in low:
        found = verbs.WORDS.get(low.replace("-", ""))
    if found is not None and found.stem in ("rollback",) and at + 1 < len(tokens) and tokens[at + 1].low == "lock":
        return None
    return found


def _act(message: str, tokens: list[_Token], at: int, context: SentenceContext) -> Act | None:  # noqa: PLR0911 - one return for each way to write it
    verb = _verb(tokens, at)
    if verb is None:
        return None
    token = tokens[at]
    if at and tokens[at - 1].low == "for" and verb.mood is not Mood.DONE:
        return None  # what something is for: "not suitable for removal"
    beside = _after(tokens, at + 1, verb.verb)
    if beside is None and (verb.mood is Mood.DONE or token.low in ("set", "cut") or token.low in verbs.NOUNS):
        beside = _before(tokens, at)
    if _PROCESS.search(message, token.end, min(len(message), token.end + 60)):
        return None
    if _ELSEWHERE.search(message, token.start, min(len(message), token.start + 300)):
        return None
    clause = _clause(message, token.start)
    noun = beside.noun if beside else ""
    name, fields = _fields(clause, verb, noun)
    targets, count = _targets(beside, name, message, context)
    if not _is_action(verb, beside, targets, fields, tokens, at):
        return None
    mood = moods.in_text(
        clause,
        token.start - _offset(message, clause, token.start),
        _end(message, clause, token),
        verb.mood,
        has_value=bool(fields),
    )
    if mood is None:
        return None
    return Act(
        name,
        said=_said(name, beside, targets),
        mood=mood,
        targets=targets,
        number=count,
        fields=tuple(fields),
        problem=_problem(message, token.end) if mood is Mood.REFUSED else "",
    )


def _clause(message: str, place: int) -> str:
    """The sentence around a place."""
    start = max((match.end() for match in _CLAUSE_END.finditer(message, 0, place)), default=0)
    end = _CLAUSE_END.search(message, place)
    return message[start : end.start() if end else len(message)]


_CLAUSE_END = re.compile(r"; |\. (?=[A-Z])|, (?=falling |then )")


def _offset(message: str, clause: str, place: int) -> int:
    return max(0, message.rfind(clause, 0, place + len(clause)) if clause else 0)


def _end(message: str, clause: str, token: _Token) -> int:
    return token.end - _offset(message, clause, token.start)


def _said(verb: str, beside: _Object | None, targets: tuple[Ref, ...]) -> str:
    kind = beside.kind if beside and beside.kind else ""
    if not kind and targets and targets[0].kind != kinds.OF_VERB.get(verb, "-"):
        kind = ""
    return f"{verb}_{kind.lower()}" if kind else verb


def _problem(message: str, end: int) -> str:
    _, _, why = message[end:].partition(": ")
    return f"failed: {why.strip()}" if why.strip() else "failed"


def _targets(
    beside: _Object | None, verb: str, message: str, context: SentenceContext
) -> tuple[tuple[Ref, ...], int | None]:
    kind = beside.kind if beside else ""
    if beside is not None and beside.ref is not None:
        ref = beside.ref
        space = ref.namespace or objects.namespace_in(message) or context.namespace
        kind = ref.kind or kinds.OF_VERB.get(verb, "")
        if not ref.kind:
            same = next((each.ref for each in context.found if each.ref.name == ref.name), None)
            kind = same.kind if same and same.kind else kind
        return (Ref(kind, "" if kind in kinds.CLUSTER_WIDE else space, ref.name),), beside.number
    count = beside.number if beside else None
    generic = beside is not None and not kind
    chosen = objects.choose(context.found, "" if generic else verb, kind)
    if chosen:
        return chosen, count
    if kind:
        space = objects.namespace_in(message) or context.namespace
        return (Ref(kind, "" if kind in kinds.CLUSTER_WIDE else space, ""),), count
    return (), count


def _is_action(  # noqa: PLR0917 - all that tells an action from a word
    verb: verbs.Verb,
    beside: _Object | None,
    targets: tuple[Ref, ...],
    fields: list[FieldValue],
    tokens: list[_Token],
    at: int,
) -> bool:
    if not targets:
        return False
    if beside is None:
        # the attributes alone name the object: the message must be about it, such as "scaling" or "patch failed"
        return _is_bare(tokens, at, loose=verb.loose)
    if beside.ref is None and beside.kind and not targets[0].name:
        bare = beside.number is not None or bool(fields) or not verb.loose or bool(beside.noun)
        return bare and (
            beside.number is not None or bool(fields) or verb.mood is not Mood.DONE or verb.verb != "create"
        )
    return True


def _is_bare(tokens: list[_Token], at: int, *, loose: bool) -> bool:
    """Is the verb all that the message says, but for adverbs, states and the words for fields?"""
    for place, token in enumerate(tokens):
        if place == at or token.low in _BESIDE or not token.low[0].isalpha():
            continue
        if token.low in _FIELD_WORDS or token.low.endswith("ly") or token.low in _FILL or verbs.WORDS.get(token.low):
            continue
        if loose or token.low in _NOT_NAMES or (place > at and token.low not in _STOPS and place == at + 1):
            return False
    return True


_BESIDE = wordset(
    "failed failure started completed rejected denied would container containers action workload successfully "
    "error could not cannot unable skipped done succeeded finished dry run mode would-be triggered requested in- "
    "place"
)


def _after(tokens: list[_Token], at: int, verb: str) -> _Object | None:  # noqa: PLR0911 - one return for each way to write it
    """The object after a verb."""
    noun, count, seen = "", None, 0
    while at < len(tokens) and seen < 9:
        token = tokens[at]
        seen += 1
        if token.quoted or token.text.startswith("{"):
            return _quoted(token, at, noun)
        kind, length = _kind_at(tokens, at)
        if kind is not None:
            if kind == "NodeGroup" and tokens[at].low in ("group", "groups") and verb not in ("scale", "patch"):
                return None
            return _of_kind(tokens, at + length, kind, count, noun)
        if token.low in _FIELD_WORDS:
            noun = noun or token.low
        elif _is_reference(token):
            ref = objects.reference(token.text)
            return _Object(ref.kind if ref else "", ref, count, at + 1, named=True, noun=noun) if ref else None
        elif _COUNTED.fullmatch(token.text):
            count = int(token.text)
        elif token.low in verbs.WORDS and token.low not in ("scaling", "update", "set", "limit", "replace"):
            return None
        elif token.low not in _FILL and token.text not in ":#'\"" and not _is_adjective(tokens, at):
            return _plain_name(tokens, at, noun) if not noun or tokens[at - 1].low in ("of", "for", "on") else None
        at += 1
    return None


def _is_adjective(tokens: list[_Token], at: int) -> bool:
    """``Deleting stale pod x``: one unknown word before a kind."""
    return (
        at + 1 < len(tokens)
        and tokens[at].low.isalpha()
        and tokens[at].low not in _STOPS
        and _kind_at(tokens, at + 1)[0] is not None
        and not _compound(tokens, at + 1)
    )


def _compound(tokens: list[_Token], at: int) -> bool:
    _, length = _kind_at(tokens, at)
    return at + length < len(tokens) and tokens[at + length].low in _NOT_NAMES


def _plain_name(tokens: list[_Token], at: int, noun: str) -> _Object | None:
    """``Scaling api to -1``: a plain word is a name only where a value follows, and nothing after the value."""
    token = tokens[at]
    if not token.low.isalnum() or token.low in _STOPS or token.low in _NOT_NAMES or token.low.endswith("s"):
        return None
    rest = [each.low for each in tokens[at + 1 :]]
    if noun and (not rest or rest[0] in ("to", "from")):
        return _Object("", Ref("", "", token.text), None, at + 1, named=True, noun=noun)
    digits = [word for word in rest if word not in ("to", "from", "-", "+", "replicas", "replica")]
    if (
        rest
        and rest[0] in ("to", "from")
        and len(digits) in (1, 2)
        and all(re.fullmatch(r"[\d,]+|nan|inf", word) for word in digits)
    ):
        return _Object("", Ref("", "", token.text), None, at + 1, named=True, noun=noun)
    return None


def _quoted(token: _Token, at: int, noun: str) -> _Object | None:
    ref = objects.reference(token.text) if " " not in token.text or token.text.startswith("{") else None
    return _Object(ref.kind, ref, None, at + 1, named=True, noun=noun) if ref else None


def _kind_at(tokens: list[_Token], at: int) -> tuple[str | None, int]:  # noqa: PLR0911 - one return for each way to write it
    """The kind at a place and how many tokens it takes; empty for ``workload`` and the like, ``None`` for no kind."""
    token = tokens[at]
    if token.quoted or not token.low[:1].isalpha():
        return None, 0
    word = token.low.replace("(s)", "")
    if at + 1 < len(tokens) and not tokens[at + 1].quoted and (kind := kinds.of_word(word + tokens[at + 1].low)):
        return kind, 2
    if at + 1 < len(tokens) and word in ("node", "instance", "scaling") and tokens[at + 1].low in ("group", "groups"):
        return "NodeGroup", 2
    if "/" in word or "." in word:
        return None, 0
    if word in ("group", "groups"):
        return "NodeGroup", 1
    if kind := kinds.of_word(word):
        return kind, 1
    if word in kinds.GENERIC or word.removesuffix("s") in kinds.GENERIC:
        return "", 1
    return None, 0


def _of_kind(tokens: list[_Token], at: int, kind: str, count: int | None, noun: str) -> _Object | None:
    """The object of a kind that was just read: the name after it, if one is there."""
    while at < len(tokens) and tokens[at].text in ":=#":
        at += 1
    if at >= len(tokens):
        return _Object(kind, None, count, at, named=False, noun=noun)
    token = tokens[at]
    if token.quoted or token.text.startswith("{"):
        ref = objects.reference(token.text, kind) if " " not in token.text or token.text.startswith("{") else None
        noun = noun or _noun_after(tokens, at + 1)
        return _Object(kind, ref, count, at + 1, named=True, noun=noun) if ref else None
    if token.low in _FIELD_WORDS or token.low in ("annotation", "label", "taint"):
        return _Object(kind, None, count, at, named=False, noun=noun or token.low)
    if token.low in _NOT_NAMES:
        return None
    name = token.text.rstrip(".,:")
    if _is_name(tokens, at):
        ref = objects.reference(name, kind)
        noun = noun or _noun_after(tokens, at + 1)
        return _Object(kind, ref, count, at + 1, named=True, noun=noun)
    ends = token.low in _STOPS or token.low in verbs.WORDS or not token.low[:1].isalnum() or token.low in _BESIDE
    return _Object(kind, None, count, at, named=False, noun=noun) if ends or count is not None else None


def _noun_after(tokens: list[_Token], at: int) -> str:
    """``Deleting node n-1 annotation x``: what of the object it is."""
    if at < len(tokens) and tokens[at].low in ("annotation", "label", "taint", "annotations", "labels", "image"):
        return tokens[at].low
    return ""


def _is_name(tokens: list[_Token], at: int) -> bool:
    token = tokens[at]
    low = token.low
    last = at + 1 >= len(tokens) or tokens[at + 1].text == ":"
    if low in _STOPS or (low in _FILL and not last) or low in verbs.WORDS or not low[0].isalnum() or "%" in low:
        return False
    if re.fullmatch(r"\d+(?:\.\d+)?(?:ms|s|m|h|%)?", low):
        return False
    if any(char in low for char in "-/.") or any(char.isdigit() for char in low):
        return True
    following = [each.low for each in tokens[at + 1 : at + 3]] + ["", ""]
    if following[0] in ("to", "from"):
        return bool(_VALUE.match(following[1]))
    if following[0] == "in":
        return following[1] in ("namespace", "the")
    ends = not following[0] or not following[0][0].isalnum() or following[0] in ("with", "because", "due", "and", "of")
    return ends or following[0] in _FIELD_WORDS or following[0] in verbs.WORDS or following[0] == "namespace"


def _is_reference(token: _Token) -> bool:
    """A bare word that can only be a name: ``storefront/tsdb-1``, ``invoice-worker-d7snr-7ppsq``, ``deploy/a``."""
    low = token.low
    if "%" in low or low.startswith(("http:", "https:", "/")) or re.fullmatch(r"[\d.:,/x-]+", low):
        return False
    if "/" in low:
        return re.fullmatch(r"[a-z0-9.-]+(?:/[a-z0-9.-]+){1,2}", low) is not None
    if "-" in low and low not in _FILL and re.fullmatch(r"[a-z0-9]+(?:[-.][a-z0-9]+)+", low):
        parts = re.split(r"[-.]", low)
        english = sum(part in verbs.WORDS or part in _FILL or part in _STOPS or part in _NOT_NAMES for part in parts)
        return english < len(parts) - 1 or any(part.isdigit() for part in parts)
    return False


def _before(tokens: list[_Token], at: int) -> _Object | None:
    """The object before a participle: ``pod "x" evicted``, ``1 pods evicted``, ``deployment.apps/x scaled``."""
    place, noun, seen = at - 1, "", 0
    while place >= 0 and seen < 7:
        token = tokens[place]
        seen += 1
        if token.low in _FIELD_WORDS:
            noun = noun or token.low
        elif token.quoted or _is_reference(token) or ("/" in token.low and _is_reference(token)):
            kind, _ = _kind_before(tokens, place)
            ref = objects.reference(token.text, kind or "") if " " not in token.text else None
            return _Object((ref.kind if ref else kind) or "", ref, None, at, named=True, noun=noun) if ref else None
        else:
            kind, length = _kind_at(tokens, place)
            if kind is not None and length == 1:
                if place > 0 and tokens[place - 1].low in ("replica", "stateful", "daemon", "node", "cron"):
                    kind = _kind_at(tokens, place - 1)[0] or kind
                counted = tokens[place - 1].text if place else ""
                count = int(counted) if _COUNTED.fullmatch(counted) else None
                return _Object(kind, None, count, at, named=False, noun=noun)
            known = token.low in _STOPS or token.low in _FILL or token.low in ("requirements", "was", "were")
            if not known and place and (name := _kind_before(tokens, place)[0]) is not None and token.low.isalnum():
                return _Object(name, Ref(name, "", token.text), None, at, named=True, noun=noun)
            if not known:
                return None
        place -= 1
    return None


def _kind_before(tokens: list[_Token], place: int) -> tuple[str | None, int]:
    for length in (2, 1):
        start = place - length
        if start >= 0:
            kind, taken = _kind_at(tokens, start)
            if kind is not None and taken == length:
                return kind, start
    return None, place


def _fields(clause: str, verb: verbs.Verb, noun: str) -> tuple[str, list[FieldValue]]:
    """The verb once its object is known, and the values that are told."""
    name = verb.verb
    if noun in ("annotation", "label", "annotations", "labels"):
        return "patch", []
    if noun == "taint":
        name = "untaint" if name == "delete" else "taint"
    found: list[FieldValue] = []
    if name in ("scale", "patch", "create", "taint"):
        found = values.in_text(clause, name)
    if name == "taint":
        found = taints(clause)
    if name == "patch" and (
        noun in ("replicas", "replica", "size", "scale")
        or (found and verb.loose and all(each.path == "replicas" for each in found))
    ):
        name = "scale"
    if name == "scale" and found and all("resources." in each.path for each in found):
        name = "patch"
    return name, found


def taints(text: str) -> list[FieldValue]:
    """The taints that a text names: ``dedicated=batch:NoSchedule``."""
    return [
        FieldValue(
            f"taints[{match['key']}]", f"{match['value']}:{match['effect']}" if match["value"] else match["effect"]
        )
        for match in _TAINT.finditer(text)
    ]


_TAINT = re.compile(
    r"(?P<key>[\w./-]{1,253})(?:=(?P<value>[\w.-]{0,63}))?:(?P<effect>NoSchedule|PreferNoSchedule|NoExecute)\b"
)


def looks_like_one(message: str) -> bool:
    """Does a strict verb stand near a kind or a name? Then an action may have been missed."""
    tokens = _tokens(message[:LONGEST])
    for at, token in enumerate(tokens):
        verb = verbs.WORDS.get(token.low) if not token.quoted else None
        if verb is None or verb.loose or token.low in verbs.NOUNS:
            continue
        for near in range(max(0, at - 4), min(len(tokens), at + 6)):
            if near != at and (_kind_at(tokens, near)[0] or _is_reference(tokens[near])):
                return _ELSEWHERE.search(message) is None
    return False
