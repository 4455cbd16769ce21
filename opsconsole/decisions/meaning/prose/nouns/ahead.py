"""The object ahead of a verb: ``pod "x" evicted``, ``memory limit of web``, ``1 pods evicted``."""

from __future__ import annotations

from opsconsole.decisions.meaning.prose.basics import naming
from opsconsole.decisions.meaning.prose.basics.grammar import (
    BEING,
    COUNTED,
    FIELD_WORDS,
    FILL,
    NOT_NAMES,
    STOPS,
    SpokenObject,
    SpokenToken,
)
from opsconsole.decisions.meaning.prose.nouns import adjoined
from opsconsole.decisions.meaning.prose.nouns.beside import BETWEEN, MOST_OTHERS, THINGS, is_another
from opsconsole.decisions.meaning.targets import references
from opsconsole.decisions.words import kinds, verbs
from opsconsole.records import Ref


def before(tokens: list[SpokenToken], at: int) -> SpokenObject | None:
    """The object before a participle: ``pod "x" evicted``, ``1 pods evicted``, ``deployment.apps/x scaled``."""
    place, noun, seen = at - 1 - adjoined.told_off(tokens, at), "", 0
    while place >= 0 and seen < 7:
        place = adjoined.before_brackets(tokens, place)
        token = tokens[place]
        seen += 1
        if token.low in FIELD_WORDS or token.low.removesuffix("s") in FIELD_WORDS:
            noun = noun or token.low
        elif length := adjoined.of_place(tokens, place):
            place -= length - 1
        elif token.quoted or naming.is_reference(token):
            return _named_before(tokens, place, at, noun)
        else:
            kind, start = kind_before(tokens, place + 1)
            if kind is not None:
                return _of_kind(tokens, start, at, kind, noun)
            if (named := owner(tokens, place) or _placed_by_dot(tokens, place, noun)) is not None:
                return named._replace(end=at)
            known = _says_nothing(tokens, place)
            if (
                not known
                and token.low not in NOT_NAMES
                and place
                and (name := kind_before(tokens, place)[0]) is not None
                and token.low.replace("-", "").isalnum()
                and not naming.is_participle(token.low)
            ):
                many = _counted(tokens, place - 1) if token.low.isalpha() else None
                ref = Ref(name, "", token.text) if many is None else None  # "9 pods huérfanos deleted"
                return SpokenObject(name, ref, many, at, named=ref is not None, noun=noun)
            if not known:
                return None
        place -= 1
    return None


def _placed_by_dot(tokens: list[SpokenToken], place: int, noun: str) -> SpokenObject | None:
    """The object in ``Canary web.shop deleted``, by its kind, its name and its namespace."""
    kind = kind_before(tokens, place)[0] if place and "." in tokens[place].low else None
    ref = references.reference(tokens[place].text, kind) if kind else None
    placed = ref is not None and ref.namespace and ref.kind
    return SpokenObject(ref.kind, ref, None, place, named=True, noun=noun) if ref is not None and placed else None


def emptied(tokens: list[SpokenToken], at: int, near: SpokenObject | None) -> SpokenObject | None:
    """The node in ``all pods evicted from node n-1``, of which no pod is left."""
    if near is None or near.kind != "Pod" or near.ref is not None or near.number is not None or at + 2 >= len(tokens):
        return None
    if tokens[at + 1].low != "from" or all(token.low != "all" for token in tokens[max(0, at - 4) : at]):
        return None
    place = at + 2 + (tokens[at + 2].low == "the")
    kind, length = naming.kind_at(tokens, place) if place < len(tokens) else (None, 0)
    place += length if kind == "Node" else 0
    if place >= len(tokens) or not (naming.is_called(tokens, place) or (kind and naming.is_name(tokens, place))):
        return None
    ref = references.reference(tokens[place].text, kind if kind == "Node" else "")
    return SpokenObject("Node", ref, None, place + 1, named=True) if ref is not None and ref.kind == "Node" else None


def _of_kind(tokens: list[SpokenToken], start: int, at: int, kind: str, noun: str) -> SpokenObject:
    """The object of a kind that stands before a participle without a name behind it: how many, or its name before."""
    if (place := adjoined.placed_at(tokens, start, kind)) and (placed := before(tokens, place)) is not None:
        return placed._replace(end=at)  # "remaining pods on the node have been evicted"
    ref = adjoined.name_before(tokens, start, kind) if start else None
    if ref is not None:
        return SpokenObject(kind, ref, None, at, named=True, noun=noun)  # "the web-api deployment"
    while start > 1 and tokens[start - 1].low in FILL and tokens[start - 1].low not in ("of", "for", "to"):
        start -= 1  # "0 orphaned pods removed"
    of_all = start > 2 and tokens[start - 2].low == "of"  # "3 of 14 nodes drained"
    counted = tokens[start - 3 if of_all else start - 1].text if start else ""
    count = int(counted) if COUNTED.fullmatch(counted) else _counted_apart(tokens, start)
    return SpokenObject(kind, None, count, at, named=False, noun=noun)


def _counted_apart(tokens: list[SpokenToken], start: int) -> int | None:
    """How many, with one word of whatever language between: ``5 veraltete Jobs deleted``."""
    apart = start > 1 and COUNTED.fullmatch(tokens[start - 2].text) and tokens[start].low.endswith("s")
    low = tokens[start - 1].low if apart else ""
    plain = low.isalpha() and low not in STOPS and low not in verbs.WORDS and not kinds.of_word(low)
    return int(tokens[start - 2].text) if plain else None


def _counted(tokens: list[SpokenToken], place: int) -> int | None:
    """How many of a kind there are, by the number before it: ``9 VolumeSnapshots``; ``None``: it is told of one."""
    several = place > 0 and tokens[place].low.endswith("s") and COUNTED.fullmatch(tokens[place - 1].text)
    return int(tokens[place - 1].text) if several else None


def _says_nothing(tokens: list[SpokenToken], place: int) -> bool:
    """Is the word at a place none that the object could be told by?"""
    token = tokens[place]
    return (
        token.text in ":[](){}"
        or token.low.endswith("ly")
        or (place > 1 and tokens[place - 1].low == "in" and kinds.CUSTOM.fullmatch(token.text) is not None)
        or (token.low.endswith("ed") and (tokens[place + 1].low == "and" or tokens[place - 1].low in BEING))
        or token.low in STOPS
        or token.low in FILL
        or token.low in ("requirements", "was", "were")
    )


def _named_before(tokens: list[SpokenToken], place: int, at: int, noun: str) -> SpokenObject | None:
    """The object whose name stands at a place before the verb at ``at``, with those that are told with it."""
    names = [tokens[place].text]
    while place > 1 and tokens[place - 1].low in BETWEEN and len(names) < MOST_OTHERS:
        earlier = place - 2 if tokens[place - 2].low not in BETWEEN else place - 3
        if earlier < 0 or not is_another(tokens[earlier]):
            break
        names.insert(0, tokens[earlier].text)
        place = earlier
    opened = place > 1 and tokens[place - 1].text == "["  # "Deployment [shop/web] scaled"
    kind, start = kind_before(tokens, place - opened)
    if start > 1 and kind and tokens[start - 1].low in ("on", "in", "at"):  # "pod web-1 on node n-1 would be evicted"
        placed = before(tokens, start - 1)
        if placed is not None and placed.ref is not None and placed.kind:
            return placed._replace(end=at)
    if adjoined.is_only_linked(tokens, start) or (kind is None and adjoined.is_peer(tokens, place, at)):
        return None
    refs = [ref for name in names if " " not in name and (ref := references.reference(name, kind or ""))]
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
        or not low.replace("-", "").isalnum()
        or not low[0].isalpha()
        or low in STOPS
        or low in FILL
        or low in NOT_NAMES
        or low in verbs.WORDS
        or low in THINGS
        or low in ("container", "containers")
        or kinds.of_word(low)
    ):
        return None
    return SpokenObject("", Ref("", "", tokens[place].text), None, place, named=True, noun=noun)


def kind_before(tokens: list[SpokenToken], place: int) -> tuple[str | None, int]:
    """The kind that ends before a place, and where it begins; ``None`` for no kind."""
    for length in (3, 2, 1):
        start = place - length
        if start >= 0:
            kind, taken = naming.kind_at(tokens, start)
            if kind is not None and taken == length:
                return kind, start
    return None, place
