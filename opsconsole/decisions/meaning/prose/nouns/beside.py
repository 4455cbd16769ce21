"""The object behind a verb: the kind, the name or the number of them that stand after it."""

from __future__ import annotations

import re
from itertools import takewhile

from opsconsole.decisions.meaning.prose.basics import naming
from opsconsole.decisions.meaning.prose.basics.grammar import (
    BESIDE,
    FIELD_WORDS,
    FILL,
    NOT_NAMES,
    OBJECT_PARTS,
    STOPS,
    SpokenObject,
    SpokenToken,
)
from opsconsole.decisions.meaning.prose.nouns import adjoined, by_words
from opsconsole.decisions.meaning.targets import references
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late
from opsconsole.records import Ref

MOST_OTHERS = 100
"""Objects told beside the first one."""

_BOUNDS = wordset("bounds limits range")
"""What an autoscaler has two ends of."""
_PARTS = _BOUNDS | wordset("annotation annotations label labels taint taints tolerations spec manifest finalizers")
_QUANTITY = late(r"[+-]?\d+(?:\.\d+)?[A-Za-z]{0,3}%?|nan|inf(?:inity)?|null|none", re.IGNORECASE)
_SIZE = late(r"\d+(?:\.\d+)?(?:m|[KMGT]i?)")
_COUNT = late(r"(\d{1,7})(?:/\d{1,7})?")
"""``12``, and the first of ``3/12``."""

BETWEEN = (",", "and", "&")
_AFTER_NAMES = wordset("by : ( , . ; because due since -> => → ⇒ with")
_NOUNS_TOO = ("scaling", "update", "set", "limit", "replace")
THINGS = wordset("model models batch process processes buffer heap jvm dataframe tensor program thread threads host")
"""Things that have a memory or a size and are no objects of the cluster."""

_OUTCOMES = wordset(
    "autoscaling scaling reconciliation successful successfully complete completed failure requested sent "
    "started pending denied change changes update executed triggered initiated issued queued begun"
)
_HAS_BEEN = wordset("has have had was were is been being already now")
_OF_WHOM = ("of", "for", "on", "in", "from")
_TAGGED = wordset("annotation annotations label labels taint taints finalizer")
_TAG_KEY = late(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+/[\w.-]+(?:=\S*)?")
"""The key of a tag, which is no object: ``trim.example.io/paused``."""
_TAINTS = ("taint", "untaint")
_TAGS = wordset("taint taints label labels annotation annotations")
_COUNTED_AS = wordset("instances instance copies copy")  # "30 instances of web"


def after(tokens: list[SpokenToken], at: int, verb: str) -> SpokenObject | None:
    """The object after a verb."""
    noun, count, seen = "", None, 0
    while at < len(tokens) and seen < 9:
        token = tokens[at]
        seen += 1
        following = tokens[at + 1].low if at + 1 < len(tokens) else ""
        if length := _of_tag(tokens, at, noun) or _of_image(tokens, at, noun):
            noun = noun or (following if length > 1 else "")  # "'deadline' annotation on 'web-1'"
            at += length
            continue
        if token.quoted or token.text.startswith("{"):
            return _with_others(_quoted(tokens, at, noun), tokens)
        at += adjoined.of_component(tokens, at)
        kind, length = naming.kind_at(tokens, at)
        if kind is not None and not (token.low == "resources" and adjoined.is_of(tokens, at + 1)):
            if lead := adjoined.leads_to_kind(tokens, at + length, "Rollout" if _restarts(kind, verb) else kind):
                at += length + lead - 1
                continue
            found = _of_kind(tokens, at + length, kind, count, noun)
            return None if _is_group(tokens[at], verb) else _with_others(_with_name(found, tokens, at), tokens)
        if _is_noun(token, verb, count) or (token.low in OBJECT_PARTS and following in _OF_WHOM):
            count = None if token.low in ("replicas", "replica") else count  # "3 replicas for web": a value
            noun = noun or token.low.removesuffix("s" if token.low == "taints" else "")
        elif naming.is_reference(token) and not adjoined.only_describes(tokens, at):
            return _referred(tokens, at, verb, count, noun)
        elif number := _COUNT.fullmatch(token.text):
            counted = at + 1 < len(tokens) and bool(naming.kind_at(tokens, at + 1)[0])
            count = int(number[1]) if counted or not noun else None  # "set replicas=0 on web": a value
        elif step := _stepped_over(tokens, at, noun) or adjoined.of_machine(tokens, at, verb):
            at += step - 1
        else:
            return _plain_name(tokens, at, noun) if not noun or tokens[at - 1].low in ("of", "for", "on") else None
        at += 1
    tagged = noun in _TAGGED and any(adjoined.ends_as_key(tokens, place) for place in (at - 1, at - 3) if place > 0)
    # "removed taint example.io/avoid": what of an object, not which
    whole = tagged or (noun == "image" and any(_IMAGE.fullmatch(token.text) for token in tokens))
    return SpokenObject("", None, None, at, named=False, noun=noun) if whole else None


def _of_image(tokens: list[SpokenToken], at: int, noun: str) -> int:
    """How many tokens at a place are the images that are changed, up to whose they are: they are no objects."""
    if noun != "image" or not _IMAGE.fullmatch(tokens[at].text):
        return 0
    return next((place for place in range(at, len(tokens)) if tokens[place].low in _OF_WHOM), len(tokens)) - at


_IMAGE = late(r"[\w.-]{1,100}(?::\d{1,5})?(?:/[\w.-]{1,100}){1,8}(?::[\w.-]{1,128}|@sha256:[0-9a-f]{6,64}\S?)")


def _referred(tokens: list[SpokenToken], at: int, verb: str, count: int | None, noun: str) -> SpokenObject | None:
    """The object of a name alone; none of a taint's key: ``node/n-1 tainted example.io/avoid=true:NoExecute``."""
    if verb in _TAINTS and _TAG_KEY.fullmatch(tokens[at].text):
        return None
    ref = references.reference(adjoined.without_container(tokens, at))
    behind, length = naming.kind_at(tokens, at + 1) if at + 1 < len(tokens) else (None, 0)
    if behind and ref is not None and not ref.kind and (own := adjoined.name_before(tokens, at + 1, behind)):
        return SpokenObject(behind, own, count, at + 1 + length, named=True, noun=noun)  # "the web-api deployment"
    noun = noun or _noun_after(tokens, at + 1)
    ref = ref if ref is None or ref.kind else adjoined.of_printed_kind(ref, tokens, at + 1)
    found = SpokenObject(ref.kind, ref, count, at + 1, named=True, noun=noun) if ref else None
    return _with_others(found, tokens)


def _of_tag(tokens: list[SpokenToken], at: int, noun: str) -> int:
    """How many tokens at a place are a tag's key: ``'deadline' annotation``, ``annotation a.example.io/paused``."""
    tagged = at + 2 < len(tokens) and tokens[at + 1].low in _TAGGED and naming.is_called(tokens, at)
    of_kind = tokens[at].quoted and at + 2 < len(tokens) and tokens[at + 2].low in _TAGGED
    if of_kind and naming.kind_at(tokens, at + 1)[0]:
        return 1  # "the 'example.io/pool' node label"
    place = at + 2 < len(tokens) and tokens[at + 1].low in ("from", "on", "of") and tokens[at - 1].low in _TAGGED
    key = place or _TAG_KEY.fullmatch(tokens[at].text) is not None or adjoined.ends_as_key(tokens, at)
    return 2 if tagged else int(noun in _TAGGED and key)


def _restarts(kind: str, verb: str) -> bool:
    """``restarting all pods of deployment web``: is it their owner that is restarted?"""
    return kind == "Pod" and verb == "restart"


def _is_group(token: SpokenToken, verb: str) -> bool:
    """Is it some group of which nothing says that it is one of nodes?"""
    return token.low in ("group", "groups") and verb not in ("scale", "patch")


def _with_name(found: SpokenObject | None, tokens: list[SpokenToken], at: int) -> SpokenObject | None:
    """The object with the name that stands before its kind, where none stands behind it."""
    if found is None or found.ref is not None:
        return found
    ref = adjoined.name_before(tokens, at, found.kind)
    return found if ref is None else found._replace(ref=ref, named=True)


def _is_noun(token: SpokenToken, verb: str, count: int | None) -> bool:
    """Does the word say what of the object, or how many of it, is meant? Not so ``delete request``."""
    if token.low in ("request", "requests"):
        return verb not in kinds.OF_VERB and verb not in ("delete", "restart")
    counted = count is not None and token.low in _COUNTED_AS
    return counted or token.low in FIELD_WORDS or token.low in _TAGS or token.low in _BOUNDS


def _stepped_over(  # noqa: PLR0911 - one return for each thing that says nothing
    tokens: list[SpokenToken], at: int, noun: str
) -> int:
    """How many tokens at a place say nothing of the object: an article, a mark, ``container app of``."""
    token = tokens[at]
    if token.low in ("container", "containers") and at + 2 < len(tokens) and tokens[at + 2].low in ("of", "in"):
        return 1 if by_words.is_own_container(tokens, at + 1) else 3
    if token.low.endswith("ly") and at + 2 < len(tokens) and tokens[at + 1].low in _OUTCOMES:
        return 1  # "termination successfully executed for web"
    if length := _outcome_for(tokens, at):
        return length
    if naming.is_applied(tokens, at) and (length := adjoined.advised(tokens, at + 1)):
        return 1 + length
    if noun in ("taint", "label", "labels", "annotation", "annotations") or (
        noun == "image" and (":" in token.text or token.low in ("with", "from", "by"))
    ):
        return 1  # which taint, which image
    if token.low in verbs.WORDS and token.low not in _NOUNS_TOO:
        described = token.low in FILL and at + 1 < len(tokens) and naming.kind_at(tokens, at + 1)[0]
        return int(bool(described))  # "3/14 evicted pods"
    if _SIZE.fullmatch(token.text) and at + 1 < len(tokens) and tokens[at + 1].low in ("to", "on", "for"):
        return 2  # "apply 512Mi to container app of web-1"
    if noun and (_QUANTITY.fullmatch(token.text) or token.low == "from" or adjoined.is_sign(tokens, at)):
        return 1  # "cpu request 300m for web", "removing the limit from web"
    if token.low == "by" and at + 2 < len(tokens) and tokens[at + 1].low.isdecimal():
        return int(bool(naming.kind_at(tokens, at + 2)[0]))  # "shrunk by 3 nodes"
    return (
        adjoined.called_by(tokens, at)
        or adjoined.described(tokens, at)
        or int(
            (token.low in FILL and not (token.low == "a" and at + 1 < len(tokens) and tokens[at + 1].text in ":;"))
            or token.low in ("cloud", "provider")
            or adjoined.only_describes(tokens, at)
            or (
                at + 1 < len(tokens)
                and tokens[at + 1].low in _TAGGED
                and token.low.isalpha()
                and token.low not in STOPS
            )
            or token.low in ("request", "requests", "failed")
            or (token.low == "container" and at + 1 < len(tokens) and tokens[at + 1].low.count("/") == 2)
            or token.text in ":#'\"×<="
            or (token.text == "/" and _is_path(tokens, at))
            or (token.low == "not" and _is_adjective(tokens, at + 1))
            or (at > 0 and tokens[at - 1].low == "not" and _is_adjective(tokens, at))
            or _is_adjective(tokens, at)
        )
    )


def _outcome_for(tokens: list[SpokenToken], at: int) -> int:
    """How many words lead from a noun's deed to whom it is for: ``drain has been triggered for node n-1``; else 0."""
    end = min(at + 3, len(tokens))
    place = next((each for each in range(at, end) if tokens[each].low not in _HAS_BEEN), end)
    told = place + 1 < len(tokens) and tokens[place].low in _OUTCOMES and tokens[place + 1].low in ("for", "of", "on")
    return place + 2 - at if told else 0


def _is_path(tokens: list[SpokenToken], at: int) -> bool:
    """``/feeds/parser``: is a slash that of the name behind it?"""
    return at + 1 < len(tokens) and tokens[at + 1].start == tokens[at].end and "/" in tokens[at + 1].text


def _is_adjective(tokens: list[SpokenToken], at: int) -> bool:
    """``Deleting stale pod x``: one unknown word before a kind."""
    if at + 1 >= len(tokens):
        return False
    low, behind = tokens[at].low, tokens[at + 1]
    return (low == "garbage" and behind.low == "collected") or (
        low.replace("/", "").isalnum()
        and low[0].isalpha()
        and (low not in STOPS or low == "failed")
        and (naming.kind_at(tokens, at + 1)[0] is not None or _is_typed(behind))
        and not _compound(tokens, at + 1)
    )


def _is_typed(token: SpokenToken) -> bool:
    """``VPA/web``: is it a reference that says its kind?"""
    kind, slash, _ = token.text.partition("/")
    return bool(slash and kinds.of_word(kind)) and naming.is_reference(token)


def _compound(tokens: list[SpokenToken], at: int) -> bool:
    _, length = naming.kind_at(tokens, at)
    return at + length < len(tokens) and tokens[at + length].low in NOT_NAMES


def _plain_name(tokens: list[SpokenToken], at: int, noun: str) -> SpokenObject | None:
    """``Scaling api to -1``: a plain word is a name only where a value follows, and nothing after the value."""
    token = tokens[at]
    if (
        not token.low.replace("-", "").isalnum()
        or token.low in verbs.WORDS
        or token.low in STOPS
        or token.low in NOT_NAMES | THINGS
        or token.low.endswith("s")
        or token.low in _HOLDERS
    ):
        return None
    rest = [
        each.low
        for each in takewhile(
            lambda each: each.text not in "(,;:.!" and each.low not in _REASONS,
            tokens[_after_brackets(tokens, at + 1) :],
        )
    ]
    rest = rest[1:] if len(rest) > 1 and rest[0] in ("up", "down", "back") and rest[1] in ("to", "from") else rest
    owned = at > 0 and tokens[at - 1].low in ("of", "for", "on") and token.low not in FILL | THINGS
    if noun and (not rest or rest[0] in ("to", "from") or (owned and rest[0] in _AFTER_NAMES)):
        return SpokenObject("", Ref("", "", token.text), None, at + 1, named=True, noun=noun)
    if not rest and at > 1 and tokens[at - 1].low in _OF_WHOM and tokens[at - 2].low in naming.ADVICE:
        return SpokenObject("", Ref("", "", token.text), None, at + 1, named=True)  # "applied suggestion for web"
    digits = [word for word in rest if word not in _AROUND_DIGITS]
    if rest[:1] == ["to"] and rest[1:2] in (["revision"], ["version"]):
        return SpokenObject("", Ref("", "", token.text), None, at + 1, named=True, noun=noun)  # "rolling back web to …"
    if (
        rest
        and rest[0] in ("to", "from")
        and len(digits) in (1, 2)
        and all(re.fullmatch(r"[\d,]+|nan|inf", word) for word in digits)
    ):
        return SpokenObject("", Ref("", "", token.text), None, at + 1, named=True, noun=noun)
    return None


_HOLDERS = ("release", "chart")
"""Words for what holds objects, and for no one of them: ``resources of release``."""
_AROUND_DIGITS = wordset("to from - + replicas replica pods pod instances instance copies nodes workers")
_REASONS = wordset(
    "but because since as while until after before due so failed timed rejected denied refused blocked aborted "
    "succeeded"
)
"""Words that begin what is told behind a value: why it is done, or how it went."""


def _after_brackets(tokens: list[SpokenToken], at: int) -> int:
    """The place behind a word in brackets: ``(storefront)``."""
    return at + 3 if at + 2 < len(tokens) and (tokens[at].text, tokens[at + 2].text) == ("(", ")") else at


def _with_others(found: SpokenObject | None, tokens: list[SpokenToken]) -> SpokenObject | None:
    """The object with those that are told with it: ``pods a-1, b-2 and c-3``."""
    if found is None or found.ref is None:
        return found
    if not found.kind and (other := adjoined.beside_machine(tokens, found.end)) is not None:
        return found._replace(kind=other.kind, ref=other)
    others: list[Ref] = []
    at = found.end
    while len(others) < MOST_OTHERS:
        place = at
        while place < len(tokens) and tokens[place].low in BETWEEN:
            place += 1
        if place == at or place >= len(tokens) or not is_another(tokens[place]):
            break
        ref = references.reference(tokens[place].text, found.ref.kind or found.kind)
        if ref is None:
            break
        others.append(ref)
        at = place + 1
    return found._replace(others=tuple(others), end=at)


def is_another(token: SpokenToken) -> bool:
    """Can a word stand for one more object of a list?"""
    return (token.quoted and " " not in token.text) or (not token.quoted and naming.is_reference(token))


def _quoted(tokens: list[SpokenToken], at: int, noun: str) -> SpokenObject | None:
    token = tokens[at]
    if token.text == "STDIN" or token.low.endswith(naming.FILES):
        return None  # error when creating "quota.yaml"
    ref = references.reference(token.text) if " " not in token.text or token.text.startswith("{") else None
    ref = ref if ref is None or ref.kind else adjoined.typed(ref, tokens, at + 1)
    return SpokenObject(ref.kind, ref, None, at + 1, named=True, noun=noun) if ref else None


def _is_part(tokens: list[SpokenToken], at: int, kind: str) -> bool:
    """Does the word behind a kind make it another thing's name? ``pod metrics``, ``node upgrade state``."""
    low = tokens[at].low
    if kind in _NUMBERED and low.isalpha() and low.endswith("s") and low not in STOPS and low not in verbs.WORDS:
        return True  # "PV snapshots", "pod logs"
    following = tokens[at + 1].low if at + 1 < len(tokens) else ""
    return tokens[at].low in NOT_NAMES or (tokens[at].low in verbs.WORDS and following in NOT_NAMES)


_NUMBERED = wordset("Pod Node Job ReplicaSet Machine NodeClaim PersistentVolume PersistentVolumeClaim")
"""Kinds whose objects have names with digits or dashes, and no plain word in the plural."""


def _of_kind(  # noqa: PLR0911 - one return for each way to write it
    tokens: list[SpokenToken], at: int, kind: str, count: int | None, noun: str
) -> SpokenObject | None:
    """The object of a kind that was just read: the name after it, if one is there."""
    start = at = adjoined.after_mode(tokens, at)
    while (
        at < len(tokens)
        and tokens[at].text in (":=#/<" if kind else ":=#/[<")
        and not by_words.is_why(tokens, at + 1, kind)
    ):
        at += 1
    at += kind != "" and adjoined.opens_names(tokens, at)
    if at >= len(tokens):
        return SpokenObject(kind, None, count, at, named=False, noun=noun)
    if (ref := adjoined.further(tokens, at, kind)) is not None:
        return SpokenObject(ref.kind, ref, count, at + 1, named=True, noun=noun)
    token = tokens[at]
    if token.quoted or token.text.startswith("{"):
        ref = references.reference(token.text, kind) if " " not in token.text or token.text.startswith("{") else None
        noun = noun or _noun_after(tokens, at + 1)
        return SpokenObject(kind, ref, count, at + 1, named=True, noun=noun) if ref else None
    if token.low in FIELD_WORDS or token.low in _PARTS:
        noun = noun or ("" if token.low in ("spec", "manifest") else token.low)
        return SpokenObject(kind, None, count, at, named=False, noun=noun)
    if _is_part(tokens, at, kind):
        return None
    if token.low == "with" and (found := by_words.by_id(tokens, at + 1, kind, noun)) is not None:
        return found
    if not kind and token.low in ("for", "of") and (found := by_words.whose(tokens, at + 1, noun)) is not None:
        return found
    name = token.text.rstrip(".,:")
    if naming.is_name(tokens, at):
        ref = references.reference(name, kind)
        noun = noun or _noun_after(tokens, at + 1)
        ref = ref if ref is None or ref.kind else adjoined.typed(ref, tokens, at + 1)
        kind = ref.kind if ref is not None else kind
        return SpokenObject(kind, ref, count, at + 1, named=True, noun=noun)
    ends = (
        (kind and (at > start or adjoined.is_of_many(tokens, at)))
        or token.low in STOPS
        or token.low in verbs.WORDS
        or not token.low[:1].isalnum()
        or token.low in BESIDE
        or token.low in naming.WHICH_DOES
    )
    return SpokenObject(kind, None, count, at, named=False, noun=noun) if ends or count is not None else None


def _noun_after(tokens: list[SpokenToken], at: int) -> str:
    """``Deleting node n-1 annotation x``: what of the object it is."""
    if at < len(tokens) and tokens[at].low in ("annotation", "label", "taint", "annotations", "labels", "image"):
        return tokens[at].low
    return ""
