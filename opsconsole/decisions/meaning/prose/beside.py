"""The object beside a verb: the kind, the name or the number of them that stand after or before it."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import NamedTuple

from opsconsole.decisions.meaning import objects
from opsconsole.decisions.meaning.prose import naming
from opsconsole.decisions.meaning.prose.grammar import BESIDE, COUNTED, FIELD_WORDS, FILL, NOT_NAMES, STOPS, SpokenToken
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.records import Ref

MOST_OTHERS = 100
"""Objects told beside the first one."""

_PARTS = wordset("annotation label taint spec manifest")
_QUANTITY = re.compile(r"[+-]?\d+(?:\.\d+)?[A-Za-z]{0,3}%?")
_COUNT = re.compile(r"(\d{1,7})(?:/\d{1,7})?")
"""``12``, and the first of ``3/12``."""

_BETWEEN = (",", "and", "&")
_AFTER_NAMES = wordset("by : ( , . ; because due since -> => → ⇒ with")
_NOUNS_TOO = ("scaling", "update", "set", "limit", "replace")
_THINGS = wordset("model models batch process processes buffer heap jvm dataframe tensor program thread threads host")
"""Things that have a memory or a size and are no objects of the cluster."""

_OUTCOMES = wordset(
    "autoscaling scaling reconciliation successful successfully complete completed failure requested sent "
    "started pending denied"
)
_TAGS = wordset("taint taints label labels annotation annotations")
_COUNTED_AS = wordset("instances instance copies copy")
"""What a number may be of: ``30 instances of web``."""


class SpokenObject(NamedTuple):
    """What stands beside a verb: a kind, a name, a number of them; ``end`` is the token after it."""

    kind: str
    ref: Ref | None
    number: int | None
    end: int
    named: bool
    noun: str = ""
    others: tuple[Ref, ...] = ()


def after(tokens: list[SpokenToken], at: int, verb: str) -> SpokenObject | None:
    """The object after a verb."""
    noun, count, seen = "", None, 0
    while at < len(tokens) and seen < 9:
        token = tokens[at]
        seen += 1
        if token.quoted or token.text.startswith("{"):
            return _with_others(_quoted(token, at, noun), tokens)
        kind, length = naming.kind_at(tokens, at)
        if kind is not None:
            if kind == "NodeGroup" and tokens[at].low in ("group", "groups") and verb not in ("scale", "patch"):
                return None
            if kind == "Rollout" and at + length < len(tokens) and tokens[at + length].low in ("of", "for"):
                at += length + 1  # "rollout of deployment web"
                continue
            return _with_others(_of_kind(tokens, at + length, kind, count, noun), tokens)
        if _is_noun(token, verb, count):
            count = None if token.low in ("replicas", "replica") else count  # "3 replicas for web": a value
            noun = noun or token.low.removesuffix("s" if token.low == "taints" else "")
        elif naming.is_reference(token):
            ref = objects.reference(_without_container(tokens, at))
            found = SpokenObject(ref.kind, ref, count, at + 1, named=True, noun=noun) if ref else None
            return _with_others(found, tokens)
        elif number := _COUNT.fullmatch(token.text):
            count = int(number[1]) if not noun else None  # "set replicas=0 on web": a value
        elif step := _stepped_over(tokens, at, noun):
            at += step - 1
        else:
            return _plain_name(tokens, at, noun) if not noun or tokens[at - 1].low in ("of", "for", "on") else None
        at += 1
    return None


def _without_container(tokens: list[SpokenToken], at: int) -> str:
    """``container shop/web/app``: the container's name is no part of its owner's."""
    text = tokens[at].text
    of_container = at > 0 and tokens[at - 1].low == "container" and text.count("/") == 2
    return text.rpartition("/")[0] if of_container else text


def _is_noun(token: SpokenToken, verb: str, count: int | None) -> bool:
    """Does the word say what of the object, or how many of it, is meant? Not so ``delete request``."""
    if token.low in ("request", "requests"):
        return verb not in kinds.OF_VERB and verb not in ("delete", "restart")
    counted = count is not None and token.low in _COUNTED_AS
    return counted or token.low in FIELD_WORDS or token.low in _TAGS


def _stepped_over(  # noqa: PLR0911 - one return for each thing that says nothing
    tokens: list[SpokenToken], at: int, noun: str
) -> int:
    """How many tokens at a place say nothing of the object: an article, a mark, ``container app of``."""
    token = tokens[at]
    if token.low in ("container", "containers") and at + 2 < len(tokens) and tokens[at + 2].low in ("of", "in"):
        return 3
    if token.low in _OUTCOMES and at + 1 < len(tokens) and tokens[at + 1].low in ("for", "of", "on"):
        return 2  # "drain successful for node n-1"
    if token.low in naming.ADVICE and (length := _advised(tokens, at + 1)):
        return 1 + length
    if token.low in verbs.WORDS and token.low not in _NOUNS_TOO:
        return 0
    if noun and _QUANTITY.fullmatch(token.text):
        return 1  # "cpu request 300m for web"
    if noun in ("taint", "label", "labels", "annotation", "annotations") or (
        noun == "image" and (":" in token.text or token.low in ("with", "from", "by"))
    ):
        return 1  # which taint, which image
    return int(
        token.low in FILL
        or token.low in ("request", "requests", "failed")
        or (token.low == "container" and at + 1 < len(tokens) and tokens[at + 1].low.count("/") == 2)
        or token.text in ":#'\"×<="
        or _is_adjective(tokens, at)
    )


def _advised(tokens: list[SpokenToken], at: int) -> int:
    """How many tokens lead from an advice to whom it is for; 0 where it is for nobody."""
    for place in (at, at + 1):
        if place + 1 < len(tokens) and tokens[place].low in ("for", "to", "on"):
            return place + 1 - at
    return 0


def _is_adjective(tokens: list[SpokenToken], at: int) -> bool:
    """``Deleting stale pod x``: one unknown word before a kind."""
    return (
        at + 1 < len(tokens)
        and tokens[at].low.isalnum()
        and tokens[at].low[0].isalpha()
        and (tokens[at].low not in STOPS or tokens[at].low == "failed")
        and naming.kind_at(tokens, at + 1)[0] is not None
        and not _compound(tokens, at + 1)
    )


def _compound(tokens: list[SpokenToken], at: int) -> bool:
    _, length = naming.kind_at(tokens, at)
    return at + length < len(tokens) and tokens[at + length].low in NOT_NAMES


def _plain_name(tokens: list[SpokenToken], at: int, noun: str) -> SpokenObject | None:
    """``Scaling api to -1``: a plain word is a name only where a value follows, and nothing after the value."""
    token = tokens[at]
    if (
        not token.low.isalnum()
        or token.low in verbs.WORDS
        or token.low in STOPS
        or token.low in NOT_NAMES | _THINGS
        or token.low.endswith("s")
    ):
        return None
    rest = [each.low for each in takewhile(lambda each: each.text not in "(,;", tokens[at + 1 :])]
    owned = at > 0 and tokens[at - 1].low in ("of", "for", "on") and token.low not in FILL | _THINGS
    if noun and (not rest or rest[0] in ("to", "from") or (owned and rest[0] in _AFTER_NAMES)):
        return SpokenObject("", Ref("", "", token.text), None, at + 1, named=True, noun=noun)
    digits = [word for word in rest if word not in ("to", "from", "-", "+", "replicas", "replica")]
    if (
        rest
        and rest[0] in ("to", "from")
        and len(digits) in (1, 2)
        and all(re.fullmatch(r"[\d,]+|nan|inf", word) for word in digits)
    ):
        return SpokenObject("", Ref("", "", token.text), None, at + 1, named=True, noun=noun)
    return None


def _with_others(found: SpokenObject | None, tokens: list[SpokenToken]) -> SpokenObject | None:
    """The object with those that are told with it: ``pods a-1, b-2 and c-3``."""
    if found is None or found.ref is None:
        return found
    others: list[Ref] = []
    at = found.end
    while len(others) < MOST_OTHERS:
        place = at
        while place < len(tokens) and tokens[place].low in _BETWEEN:
            place += 1
        if place == at or place >= len(tokens) or not _is_another(tokens[place]):
            break
        ref = objects.reference(tokens[place].text, found.ref.kind or found.kind)
        if ref is None:
            break
        others.append(ref)
        at = place + 1
    return found._replace(others=tuple(others), end=at)


def _is_another(token: SpokenToken) -> bool:
    return (token.quoted and " " not in token.text) or (not token.quoted and naming.is_reference(token))


def _quoted(token: SpokenToken, at: int, noun: str) -> SpokenObject | None:
    ref = objects.reference(token.text) if " " not in token.text or token.text.startswith("{") else None
    return SpokenObject(ref.kind, ref, None, at + 1, named=True, noun=noun) if ref else None


def _is_part(tokens: list[SpokenToken], at: int) -> bool:
    """Does the word behind a kind make it another thing's name? ``pod metrics``, ``node upgrade state``."""
    following = tokens[at + 1].low if at + 1 < len(tokens) else ""
    return tokens[at].low in NOT_NAMES or (tokens[at].low in verbs.WORDS and following in NOT_NAMES)


def _of_kind(  # noqa: PLR0911 - one return for each way to write it
    tokens: list[SpokenToken], at: int, kind: str, count: int | None, noun: str
) -> SpokenObject | None:
    """The object of a kind that was just read: the name after it, if one is there."""
    while at < len(tokens) and tokens[at].text in ":=#/":
        at += 1
    if at >= len(tokens):
        return SpokenObject(kind, None, count, at, named=False, noun=noun)
    token = tokens[at]
    if token.quoted or token.text.startswith("{"):
        ref = objects.reference(token.text, kind) if " " not in token.text or token.text.startswith("{") else None
        noun = noun or _noun_after(tokens, at + 1)
        return SpokenObject(kind, ref, count, at + 1, named=True, noun=noun) if ref else None
    if token.low in FIELD_WORDS or token.low in _PARTS:
        noun = noun or ("" if token.low in ("spec", "manifest") else token.low)
        return SpokenObject(kind, None, count, at, named=False, noun=noun)
    if _is_part(tokens, at):
        return None
    if not kind and token.low in ("for", "of") and (found := _whose(tokens, at + 1, noun)) is not None:
        return found
    name = token.text.rstrip(".,:")
    if naming.is_name(tokens, at):
        ref = objects.reference(name, kind)
        noun = noun or _noun_after(tokens, at + 1)
        return SpokenObject(kind, ref, count, at + 1, named=True, noun=noun)
    ends = token.low in STOPS or token.low in verbs.WORDS or not token.low[:1].isalnum() or token.low in BESIDE
    return SpokenObject(kind, None, count, at, named=False, noun=noun) if ends or count is not None else None


def _whose(tokens: list[SpokenToken], at: int, noun: str) -> SpokenObject | None:
    """``instance for agent ci-1``: the name behind a word that says nothing of it."""
    for place in (at, at + 1):
        if place < len(tokens) and naming.is_reference(tokens[place]):
            ref = objects.reference(tokens[place].text)
            return SpokenObject(ref.kind, ref, None, place + 1, named=True, noun=noun) if ref else None
    return None


def _noun_after(tokens: list[SpokenToken], at: int) -> str:
    """``Deleting node n-1 annotation x``: what of the object it is."""
    if at < len(tokens) and tokens[at].low in ("annotation", "label", "taint", "annotations", "labels", "image"):
        return tokens[at].low
    return ""


def before(tokens: list[SpokenToken], at: int) -> SpokenObject | None:
    """The object before a participle: ``pod "x" evicted``, ``1 pods evicted``, ``deployment.apps/x scaled``."""
    place, noun, seen = at - 1, "", 0
    while place >= 0 and seen < 7:
        token = tokens[place]
        seen += 1
        if token.low in FIELD_WORDS:
            noun = noun or token.low
        elif token.quoted or naming.is_reference(token) or ("/" in token.low and naming.is_reference(token)):
            if not _is_place(tokens, place):
                return _named_before(tokens, place, at, noun)
        else:
            kind, start = _kind_before(tokens, place + 1)
            if kind is not None:
                of_all = start > 2 and tokens[start - 2].low == "of"  # "3 of 14 nodes drained"
                counted = tokens[start - 3 if of_all else start - 1].text if start else ""
                count = int(counted) if COUNTED.fullmatch(counted) else None
                return SpokenObject(kind, None, count, at, named=False, noun=noun)
            if (named := owner(tokens, place)) is not None:
                return named._replace(end=at)
            known = (
                token.text in ":[]"
                or token.low in STOPS
                or token.low in FILL
                or token.low in ("requirements", "was", "were")
            )
            if (
                not known
                and token.low not in NOT_NAMES
                and place
                and (name := _kind_before(tokens, place)[0]) is not None
                and token.low.isalnum()
            ):
                return SpokenObject(name, Ref(name, "", token.text), None, at, named=True, noun=noun)
            if not known:
                return None
        place -= 1
    return None


def headed(tokens: list[SpokenToken], at: int) -> SpokenObject | None:
    """The object that heads a message whose verb is all it says: ``node n-3: initiating drain``."""
    kind, length = naming.kind_at(tokens, 0)
    if kind and tokens[at - 1].text == "," and at + 1 == len(tokens) and naming.is_name(tokens, length):
        return SpokenObject(kind, objects.reference(tokens[length].text, kind), None, at, named=True)
    if not kind and naming.is_reference(tokens[0]):
        kind, length = "", 0  # "gpu-9 quarantined: cordoned"
        colon = next((place for place in (1, 2) if place < at and tokens[place].text == ":"), 0)
        ref = objects.reference(tokens[0].text)
        return SpokenObject(ref.kind, ref, None, at, named=True) if ref and colon == at - 1 else None
    colon = length + 1
    if not kind or colon >= at or tokens[colon].text != ":" or not naming.is_name(tokens, length):
        return None
    between = {token.low for token in tokens[colon + 1 : at]}
    if between - _BEGINNING or (at + 1 < len(tokens) and tokens[at + 1].text != "("):
        return None
    return SpokenObject(kind, objects.reference(tokens[length].text, kind), None, at, named=True)


_BEGINNING = wordset("initiating starting beginning now will")


def _named_before(tokens: list[SpokenToken], place: int, at: int, noun: str) -> SpokenObject | None:
    """The object whose name stands at a place before the verb at ``at``, with those that are told with it."""
    names = [tokens[place].text]
    while place > 1 and tokens[place - 1].low in _BETWEEN and len(names) < MOST_OTHERS:
        earlier = place - 2 if tokens[place - 2].low not in _BETWEEN else place - 3
        if earlier < 0 or not _is_another(tokens[earlier]):
            break
        names.insert(0, tokens[earlier].text)
        place = earlier
    kind, start = _kind_before(tokens, place)
    refs = [ref for name in names if " " not in name and (ref := objects.reference(name, kind or ""))]
    if not refs:
        return None
    noun = noun or _noun_of(tokens, start)
    return SpokenObject(refs[0].kind or kind or "", refs[0], None, at, named=True, noun=noun, others=tuple(refs[1:]))


def _noun_of(tokens: list[SpokenToken], place: int) -> str:
    """The field that the name at a place owns: ``memory limit of web``; empty if none."""
    if place > 1 and tokens[place - 1].low in ("of", "for") and tokens[place - 2].low in FIELD_WORDS:
        return tokens[place - 2].low
    return ""


def is_of_a_thing(tokens: list[SpokenToken], at: int, found: SpokenObject) -> bool:
    """``replication slot s-2 dropped``: does a word say that the name before a verb is that of some other thing?"""
    if found.kind or found.ref is None or found.noun or "/" in tokens[at - 1].text:
        return False
    word = tokens[at - 2] if at > 1 and naming.is_reference(tokens[at - 1]) else None
    return word is not None and word.low.isalpha() and not any(word.low in known for known in _SAYING_NOTHING)


_SAYING_NOTHING = (STOPS, FILL, FIELD_WORDS, verbs.WORDS, kinds.GENERIC)


def owner(tokens: list[SpokenToken], place: int) -> SpokenObject | None:
    """A plain word is a name where a field is said to be its: ``replicas of web were increased``."""
    low, noun = tokens[place].low, _noun_of(tokens, place)
    if (
        not noun
        or not low.isalnum()
        or low in STOPS
        or low in FILL
        or low in NOT_NAMES
        or low in verbs.WORDS
        or low in _THINGS
    ):
        return None
    return SpokenObject("", Ref("", "", tokens[place].text), None, place, named=True, noun=noun)


def _is_place(tokens: list[SpokenToken], place: int) -> bool:
    """``in Namespace/shop``: where something is, not what."""
    return place > 0 and tokens[place - 1].low == "in" and tokens[place].low.startswith(("namespace/", "ns/"))


def _kind_before(tokens: list[SpokenToken], place: int) -> tuple[str | None, int]:
    for length in (3, 2, 1):
        start = place - length
        if start >= 0:
            kind, taken = naming.kind_at(tokens, start)
            if kind is not None and taken == length:
                return kind, start
    return None, place
