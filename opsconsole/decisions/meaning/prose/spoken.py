"""What the words of a sentence tell of deeds by themselves, whatever attributes stand beside them. It is remembered."""

from __future__ import annotations

import re
from typing import NamedTuple

from opsconsole.decisions.key_memory import SentenceMemory
from opsconsole.decisions.meaning.moods import in_sentences, mentioned
from opsconsole.decisions.meaning.prose import refusals
from opsconsole.decisions.meaning.prose.basics import naming, placed
from opsconsole.decisions.meaning.prose.basics.counts import in_digits
from opsconsole.decisions.meaning.prose.basics.grammar import (
    ARTICLES,
    COUNTED,
    LONGEST,
    OBJECT_PARTS,
    PASSIVE,
    SpokenObject,
    SpokenToken,
    goes_on_passive,
    tokens_of,
)
from opsconsole.decisions.meaning.prose.nouns import adjoined, ahead, beside, outcomes, titles
from opsconsole.decisions.meaning.prose.verbs import apart, everyday
from opsconsole.decisions.meaning.prose.verbs.verb_words import MAY_NAME, verb_at
from opsconsole.decisions.meaning.values.in_text import in_text, tags, taints
from opsconsole.decisions.words import verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late
from opsconsole.records import FieldValue, Mood

MOST_VERBS = 6
"""Verbs of one message that are tried."""


class SpokenDeed(NamedTuple):
    """A deed as the words of its sentence tell it, whatever attributes stand beside them; ``at`` is its token."""

    at: int
    verb: verbs.Verb
    near: SpokenObject | None
    name: str
    fields: tuple[FieldValue, ...]
    mood: Mood | None


class SpokenDeeds(NamedTuple):
    """A sentence with its numbers in digits, its tokens, and the deeds that it may tell, the likeliest first."""

    message: str
    tokens: list[SpokenToken]
    deeds: tuple[SpokenDeed, ...]


@SentenceMemory
def deeds_of(said: tuple[str, bool]) -> SpokenDeeds:
    """What a message tells by its words: programs that write attributes write the same few messages beside them.

    Args:
        said: the message, and whether it stands alone.
    """
    message, alone = in_digits(placed.placed_first(said[0][:LONGEST])), said[1]
    tokens = tokens_of(message)
    places = [
        at
        for at, token in enumerate(tokens)
        if (token.low in MAY_NAME or "-" in token.low) and not token.quoted and verb_at(tokens, at) is not None
    ]
    last = places[-1] if places else 0
    places.sort(key=lambda at: (titles.is_title(tokens, at, last), _is_noun(tokens[at]), at))
    deeds = (_deed(message, tokens, at, alone=alone) for at in places[:MOST_VERBS])
    return SpokenDeeds(message, tokens, tuple(deed for deed in deeds if deed is not None))


def _is_noun(token: SpokenToken) -> bool:
    return token.low in verbs.NOUNS or (verbs.WORDS.get(token.low) is None and not token.low.startswith("roll"))


_DEED_BEGINS = r"(?=(?:scal|delet|restart|evict|drain|cordon|patch|updat|creat|remov|taint)(?:ed|ing)\b)"
AND = rf" and {_DEED_BEGINS}"
THEN = rf" (?:and )?(?:then|while|so|before|by|via) {_DEED_BEGINS}"
"""Where another deed begins that is meant as the one before it: ``would restart a, then delete b`` is all a dry run."""
_BY_ITSELF = wordset("grew grown shrank shrunk")
"""What is told of a thing that did it by itself, where the thing stands before: ``memory of web grew``."""
_PARTS = wordset("limit limits request requests resources")
"""Parts of an object that may be taken from it."""
_TAGS = wordset("annotation annotations label labels")
_LOADS = wordset(
    "shards partitions connections leaders leadership replicas indices data ranges messages slots tasks segments "
    "requests traffic sessions queries tablets regions"
)
"""What a node of a database or a broker is drained of, and no node of the cluster."""
_BELONGING = wordset("ConfigMap Secret Ingress PodDisruptionBudget NetworkPolicy ServiceAccount")
"""Kinds of what an object has, and which is not itself: ``ConfigMap updated for deployment web``."""
_NEEDS = ("requires", "require", "needs", "need")
_WAITS = ("back-off", "backoff")
_TO, _PRONOUNS = ("to", "from", "down", "up", "back"), ("it", "them")
SIZED = wordset("Deployment StatefulSet ReplicaSet NodeGroup NodePool MachineDeployment PersistentVolumeClaim CloneSet")
"""Kinds that nothing but a deed makes grow or shrink."""
_ENDS = wordset(
    "successful cancelled canceled failed completed finished succeeded aborted skipped blocked rejected denied refused"
)
_STARTS = wordset(
    "requested starting initiating beginning performing requesting triggering started initiated triggered"
)


def _deed(message: str, tokens: list[SpokenToken], at: int, *, alone: bool) -> SpokenDeed | None:
    verb = verb_at(tokens, at)
    if verb is None:
        return None
    token = tokens[at]
    left = outcomes.left_alone(tokens, at)
    near = left or _near(tokens, at, verb, alone=alone)
    if _is_no_deed(message, tokens, at, verb, near):
        return None
    emptied = ahead.emptied(tokens, at, near) if verb.verb in ("evict", "delete") else None
    if emptied is not None:
        near, verb = emptied, verb._replace(verb="drain")
    if near is not None and near.ref is None and near.number is None and verb.mood is Mood.DONE:
        near = near._replace(number=titles.counted_behind(tokens, at))
    clause = _clause(message, token.start)
    noun = near.noun or adjoined.tag_before(tokens, at) if near else adjoined.noun_beside(tokens, at)
    name, fields = _fields(_told_of_values(message, tokens, at), verb, noun)
    said = Mood.DONE if token.low == "set" and any(field.before for field in fields) else verb.mood
    mood = in_sentences.in_text(
        clause,
        token.start - _offset(message, clause, token.start),
        _end(message, clause, token),
        said,
        has_value=bool(fields) or left is not None or _is_declined(message, token, near, verb),
    )
    if alone and mood is Mood.PLANNED and refusals.is_told_off(message, token.start, token.end):
        mood = Mood.REFUSED
    if mood is Mood.REFUSED and at and tokens[at - 1].low == "not" and in_sentences.is_dry(message):
        mood = Mood.DRY_RUN  # "Dry run was set. Not creating …"
    return SpokenDeed(at, verb, near, name, tuple(fields), mood)


def _told_of_values(message: str, tokens: list[SpokenToken], at: int) -> str:
    """The part of a message that tells the values of the deed at a place: of ``applying it`` what it stands behind."""
    behind = at + 1 < len(tokens) and tokens[at + 1].low in _PRONOUNS and tokens[at].low.startswith("apply")
    if behind:
        return message[: tokens[at].start]
    clause = _clause(message, tokens[at].start, _PART_END)
    seen = _SEEN.match(clause) if " from " in clause else None
    return clause if seen is None or tokens[at].text not in clause[seen.end() :] else clause[seen.end() :]


_SEEN = late(
    r"(?![^,;]*\b(?:replicas?|limits?|requests?|image|pods|nodes|memory|cpu)\b)"
    r"(?=[^,;]*(?:\b|_)(?:metric|p\d{2,3}|latency|rates?|usage|utili[sz]ation|lag|throughput|errors?|load|scores?|costs?|"
    r"accuracy|loss|reward|qps|rps|depth|backlog|ratio|percentile)(?:\b|_))[^,;]{1,160}\b"
    r"(?:went|rose|fell|jumped|climbed|dropped|spiked|grew|moved|increased|decreased|regressed|degraded|improved) "
    r"(?:up |down )?from \S{1,40} to [^\s,;]{1,40}(?: [A-Za-z%]{1,12})?[,;] ",
    re.IGNORECASE,
)
"""``metric p99_ms went from 182 to 261, ``: what was seen before a deed, whose values are none of the deed's."""


def _is_declined(message: str, token: SpokenToken, near: SpokenObject | None, verb: verbs.Verb) -> bool:
    return near is not None and near.named and refusals.is_declined(message, token.start, token.end, verb)


def _near(tokens: list[SpokenToken], at: int, verb: verbs.Verb, *, alone: bool) -> SpokenObject | None:
    """The object beside the verb at a place: after it; before a passive, a participle or a noun; at the head."""
    low = tokens[at].low
    following = tokens[at + 1].low if at + 1 < len(tokens) else ""
    done = verb.mood is Mood.DONE
    passive = done and at > 0 and (tokens[at - 1].low in PASSIVE or following == "to")
    passive = passive or (done and goes_on_passive(tokens, at))
    placed = done and at > 0 and following in ("on", "from") and low not in _BY_ITSELF  # "slot s-2 dropped on pod db-1"
    placed = placed or (done and at > 1 and verb.verb == "create" and _is_created(tokens, at))
    passive = passive or (done and following == "for" and at > 0 and ahead.kind_before(tokens, at)[0] in _BELONGING)
    asked = low.endswith("ing") and titles.on_request(tokens, at)
    near = ahead.before(tokens, at) if passive or placed or asked or (done and following == ":") else None
    if near is not None and following == ":" and not (near.named and (near.kind or passive)):
        near = None  # "pods evicted: web-1, web-2"
    if near is not None and verb.loose and ahead.is_of_a_thing(tokens, at, near):
        near, placed = None, True
    advice = verb.verb == "create" and any(each.low in naming.ADVICE for each in tokens[at + 1 : at + 4])
    part = (tokens[at - 1].low if tokens[at - 1].low in _PARTS else adjoined.tag_before(tokens, at)) if placed else ""
    of_field = bool(part) and near is None  # "limit removed from deployment web"
    near = near or (None if (placed and not of_field) or advice else beside.after(tokens, at + 1 + of_field, verb.verb))
    near = near._replace(noun=part) if near is not None and of_field else near
    if near is None and at == 1 and done and verb.verb == "scale" and following in _TO:
        near = titles.subject(tokens)
    tag = next((each.low for each in tokens[at + 1 : at + 2 if done else at + 4] if each.low in _TAGS | {"taint"}), "")
    tagged = bool(tag) and alone and (not done or _is_tag_alone(tokens, at))
    if (near is None or not near.named) and tagged and (owner := titles.last_named(tokens, at)):
        # "web is at 3 replicas, clearing stale annotation x"
        near = owner._replace(noun="taint" if tag == "taint" else "annotation")
    if near is None and at and not done and (following in _PRONOUNS or (not following and tokens[at - 1].text == ",")):
        near = titles.last_named(tokens, at)  # "node n-1 is underutilized, draining"
    begins = at > 0 and tokens[at].text[0].isupper() and bool(following)  # "rightsizer Applied …": a name before it
    later = tokens[at + 2].low if at + 2 < len(tokens) else ""
    begins = begins or (done and COUNTED.fullmatch(following) is not None and later.isalpha())  # "deleted 2 files"
    if near is None and not begins and (done or low in ("set", "cut") or low in verbs.NOUNS):
        near = None if done and following in ARTICLES else ahead.before(tokens, at)
        if low in _BY_ITSELF and (near is None or near.kind not in SIZED or near.noun):
            near = None
        if near is not None and verb.loose and ahead.is_of_a_thing(tokens, at, near):
            near = None
    near = _behind_others(tokens, at, near, verb)
    started = (at > 1 and tokens[at - 2].low in _STARTS) or (at > 0 and following in _STARTS | _ENDS)
    if near is None and low == verb.stem and started:
        near = ahead.before(tokens, at)  # "starting node drain"
    return near if near is not None or (done and tokens[at - 1].text != ":") else titles.headed(tokens, at)


def _behind_others(
    tokens: list[SpokenToken], at: int, near: SpokenObject | None, verb: verbs.Verb
) -> SpokenObject | None:
    """The object as what stands further before the verb tells it: a name at the head, a reason, a title, a colon."""
    near = titles.headed_by_name(tokens, at, near) or titles.behind_reason(tokens, near) or near
    near = titles.behind_failure(tokens, at, near) or near
    if near is None and verb.mood is Mood.DONE:
        near = titles.led(tokens, at) or titles.behind_value(tokens, at, verb.verb)
    return (
        near
        or titles.behind_two(tokens, at)
        or titles.behind_colon(tokens, at)
        or titles.behind_outcome(tokens, at, verb.verb)
        or titles.behind_title(tokens, at, verb.verb)
    )


def _is_tag_alone(tokens: list[SpokenToken], at: int) -> bool:
    """``node n-1: removed taint a/b``: does a deed behind a colon tell of a tag, and of no more?"""
    behind = [token.text for token in tokens[at + 2 :] if token.text not in ("=", ".")]
    value = len(behind) == 2 and tokens[at + 3].text == "="
    return at > 1 and tokens[at - 1].text == ":" and (len(behind) == 1 or value) and "/" in behind[0]


def _is_created(tokens: list[SpokenToken], at: int) -> bool:
    """``pod web-1 created``: the name before it; of ``controller web created pod web-1`` the object behind it."""
    if not naming.is_called(tokens, at - 1):
        return False
    kind, length = naming.kind_at(tokens, at + 1) if at + 1 < len(tokens) else (None, 0)
    return not (kind and at + 1 + length < len(tokens) and naming.is_called(tokens, at + 1 + length))


_PAPERS = wordset("request approval ticket issue incident alert report event comment proposal pr mr branch")
"""What is made about an object, and is none."""
_VALUES = late(r"\d\w* ?(?:[-=]>|→|to) ?\d")
"""Two values: what stands beside the paper tells a change."""
_TAG = late(r"[: ] ?['\"]?[\w./-]{1,100}=")
"""What follows the noun before a label, of no object: ``job starts: label team=web``; not ``label node n-1 a=b``."""


_ERROR = late(r"(?:^(?:unexpected|exception|error)|Error|Exception|Timeout)$")
"""What a program raises, and nobody sets."""


def _is_no_deed(message: str, tokens: list[SpokenToken], at: int, verb: verbs.Verb, near: SpokenObject | None) -> bool:
    """Is the verb said of something else than the cluster, or of a deed that is only spoken of?"""
    done = verb.mood is Mood.DONE
    paper = near is None and at > 0 and verb.verb == "create" and tokens[at - 1].low in _PAPERS
    paper = paper and _VALUES.search(message) is None
    if paper or (done and titles.is_of_another(tokens, at)) or (near is None and titles.counts_on(tokens, at, verb)):
        return True  # "approval request created", "cache deleted: deployment web", "Deleting Machine (deleting 1 of 3)"
    raised = verb.stem == "raise" and done and at + 1 < len(tokens) and _ERROR.search(tokens[at + 1].text) is not None
    if raised or (verb.stem == "drop" and at + 1 < len(tokens) and tokens[at + 1].low in _PRONOUNS):
        return True  # "Task sweep raised unexpected: ApiException(403)", "nobody approved it, dropping it"
    if verb.stem == "drain" and at + 2 < len(tokens) and tokens[at + 1].low == "of" and tokens[at + 2].low in _LOADS:
        return True  # "node es-1 drained of shards"
    if at and (tokens[at - 1].low in _WAITS or (tokens[at - 1].low == "for" and not done)):
        return True  # "Back-off restarting failed container"; what something is for: "not suitable for removal"
    following = tokens[at + 1].low if at + 1 < len(tokens) else ""
    needed = at > 0 and tokens[at - 1].low in _NEEDS and following in ("", ")", ".", ",")
    if near is None and (needed or (done and following in ARTICLES)):
        return True  # "OutOfSync (requires pruning)", "broker-1 killed the connection"
    token = tokens[at]
    return (
        apart.is_apart(message, token.start, token.end, verb)
        or ((near is None or not near.kind) and token.low in _TAGS and _TAG.match(message, token.end) is not None)
        or mentioned.only_spoken_of(message, token.start, token.end, verb.mood)
    )


def _clause(message: str, place: int, ending: re.Pattern[str] | None = None) -> str:
    """The sentence around a place; with another ``ending`` the part of it that tells the values of one deed."""
    ending = ending or _CLAUSE_END
    # As many characters more than the place as the pattern looks ahead to.
    ends = (match.end() for match in ending.finditer(message, 0, place + (1 if ending is _CLAUSE_END else 12)))
    start = max((end for end in ends if end <= place), default=0)
    end = ending.search(message, place)
    return message[start : end.start() if end else len(message)]


_CLAUSE_END = late(
    r"; (?!(?:so |therefore )?not [a-z]|"
    r"(?:limits?|requests?|cpu|mem(?:ory)?|replicas)\b|(?:(?:it|which|that) )?(?:was|before|previously|had) )|"
    rf"{AND}|\. (?=[A-Z])|, (?=falling |then |(?:it|which) had )"
)

_PART_END = late(rf"{_CLAUSE_END.pattern}|{THEN}")


def _offset(message: str, clause: str, place: int) -> int:
    return max(0, message.rfind(clause, 0, place + len(clause)) if clause else 0)


def _end(message: str, clause: str, token: SpokenToken) -> int:
    return token.end - _offset(message, clause, token.start)


_OF_TAG = late(r"\b(annotation|label)s? (?=['\"]?[a-z0-9][\w.-]{0,252}/)")


def _fields(clause: str, verb: verbs.Verb, noun: str) -> tuple[str, list[FieldValue]]:
    """The verb once its object is known, and the values that are told."""
    name = verb.verb
    if noun in ("image", "images") and name in ("delete", "evict"):
        return "", []  # "removed image web:1.4 from node n-1"
    if noun in _TAGS or verb.stem in ("label", "annotate"):
        return "patch", tags(clause, "annotations" if noun[:1] == "a" or verb.stem == "annotate" else "labels")
    if (verb.verb == "delete" and noun in _PARTS) or (verb.verb in ("delete", "create") and noun in OBJECT_PARTS):
        return "patch", []
    if noun == "taint":
        name = "untaint" if name == "delete" or verb.stem == "clear" else "taint"
    found: list[FieldValue] = []
    if name in ("scale", "patch", "create", "taint", "rollback"):
        found = in_text(everyday.in_clause(clause), name)
    if name == "taint":
        found = taints(clause)
    if name == "patch" and not found and "/" in clause and (tag := _OF_TAG.search(clause)):
        found = tags(clause[tag.start() :], f"{tag[1]}s")
    if name == "patch" and (
        noun in ("replicas", "replica", "size", "scale")
        or (found and (verb.loose or verb.stem == "rightsize") and all(each.path == "replicas" for each in found))
    ):
        name = "scale"
    if name == "scale" and found and all("resources." in each.path for each in found):
        name = "patch"
    return name, found
