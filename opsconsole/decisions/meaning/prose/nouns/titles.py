"""What stands earlier in a sentence: an object that the rest is about, a deed that the rest tells in another word."""

from __future__ import annotations

from opsconsole.decisions.meaning.prose.basics import naming
from opsconsole.decisions.meaning.prose.basics.grammar import (
    COUNTED,
    FIELD_WORDS,
    FILL,
    NOT_NAMES,
    STOPS,
    SpokenObject,
    SpokenToken,
)
from opsconsole.decisions.meaning.prose.nouns import outcomes
from opsconsole.decisions.meaning.prose.nouns.ahead import kind_before
from opsconsole.decisions.meaning.prose.nouns.beside import after
from opsconsole.decisions.meaning.targets import references
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late
from opsconsole.records import Ref


def headed(tokens: list[SpokenToken], at: int) -> SpokenObject | None:
    """The object that heads a message whose verb is all it says: ``node n-3: initiating drain``."""
    if (left := _left_out(tokens, at) or _tried(tokens, at) or _pod_at_its_end(tokens, at)) is not None:
        return left
    kind, length = naming.kind_at(tokens, 0)
    if (
        kind
        and tokens[at - 1].text in (",", ":", ";", "-")
        and at + 1 == len(tokens)
        and length + 1 < at
        and naming.is_name(tokens, length)
    ):
        return SpokenObject(kind, references.reference(tokens[length].text, kind), None, at, named=True)
    if not kind and naming.is_reference(tokens[0]):
        kind, length = "", 0  # "gpu-9 quarantined: cordoned"
        colon = next((place for place in (1, 2) if place < at and tokens[place].text == ":"), 0)
        ref = references.reference(tokens[0].text)
        told = colon == at - 1 or (colon and _could_not(tokens, colon + 1, at))
        return SpokenObject(ref.kind, ref, None, at, named=True) if ref and told else None
    colon = length + 1
    if not kind or colon >= at or tokens[colon].text != ":" or not naming.is_name(tokens, length):
        return None
    between = {token.low for token in tokens[colon + 1 : at]}
    ends = at + 1 == len(tokens) or tokens[at + 1].text == "("
    if not (ends and between <= _BEGINNING) and not _could_not(tokens, colon + 1, at):
        return None
    return SpokenObject(kind, references.reference(tokens[length].text, kind), None, at, named=True)


def _pod_at_its_end(tokens: list[SpokenToken], at: int) -> SpokenObject | None:
    """``web-7f9c4d8b6-x2vbk has exceeded its TTL; terminating``; sessions and uploads have no such names."""
    if tokens[at - 1].text != ";" or at + 1 < len(tokens) or _OF_A_POD.search(tokens[0].text) is None:
        return None
    return SpokenObject("Pod", references.reference(tokens[0].text, "Pod"), None, at, named=True)


_OF_A_POD = late(r"^[a-z0-9][a-z0-9.-]{0,240}-[a-z0-9]{8,10}-[bcdfghjklmnpqrstvwxz2456789]{5}$")
"""What a Deployment's pods are called."""


def _could_not(tokens: list[SpokenToken], start: int, at: int) -> bool:
    """``shop/web: could not scale to 1``, ``shop/web: scale to 1 failed``: is it told of what is before the colon?"""
    behind = next((place for place in range(at + 1, len(tokens)) if tokens[place].text in ",;:(.-"), len(tokens))
    if any(verbs.tells_done(token.low) for token in tokens[at + 1 :]):
        return False  # what is done beside it must be heard of
    following = [token.low for token in tokens[at + 1 : behind]]
    plain = not following or following[0] in _GOING_ON or following[0] in FIELD_WORDS
    if at > start:
        return plain and {token.low for token in tokens[start:at]} <= _TRIED and tokens[at - 1].low not in _ENDS_OPEN
    return bool(following) and following[-1] in _OUTCOMES and plain


_TRIED = wordset("could not cannot can failed unable to would will must should may refusing refused")
_ENDS_OPEN = ("failed", "unable", "refusing", "refused")
"""Words behind which "to" must follow."""
_GOING_ON = wordset("to up down in out from back failed blocked refused rejected denied aborted skipped")


def _left_out(tokens: list[SpokenToken], at: int) -> SpokenObject | None:
    """``Skipped Deployment shop/web: scaling to 1 would …``: the object that a deed's refusal begins with."""
    if at < 4 or tokens[at - 1].text != ":" or tokens[0].low not in _LEAVING:
        return None
    kind, length = naming.kind_at(tokens, 1)
    if not kind or length + 3 != at or not (tokens[at - 2].quoted or naming.is_name(tokens, at - 2)):
        return None
    return SpokenObject(kind, references.reference(tokens[at - 2].text, kind), None, at, named=True)


def _tried(tokens: list[SpokenToken], at: int) -> SpokenObject | None:
    """``shop/orders: Unsuccessful scaling attempt: …``: whom a deed was tried on, before its colon."""
    if at < 3 or tokens[at - 1].low not in ("unsuccessful", "failed") or tokens[at - 2].text != ":":
        return None
    if at + 1 >= len(tokens) or tokens[at + 1].low not in _TRIES or not naming.is_reference(tokens[at - 3]):
        return None
    ref = references.reference(tokens[at - 3].text)
    return SpokenObject(ref.kind, ref, None, at, named=True) if ref is not None else None


_LEAVING = wordset(
    "skipped skipping ignored ignoring excluded excluding exempted exempting spared sparing rejected rejecting blocked "
    "blocking refused refusing denied denying"
)


def headed_by_name(tokens: list[SpokenToken], at: int, near: SpokenObject | None) -> SpokenObject | None:
    """``web-5hx9r: terminating unhealthy node``, ``CloneSet shop/web begins to scale out 3 pods``: the name before."""
    if near is None or near.ref is not None or not near.kind:
        return None
    if near.number is None:
        named = at > 1 and tokens[at - 1].text == ":" and naming.is_reference(tokens[at - 2])
        plain = named and "/" not in tokens[at - 2].text
        return near._replace(ref=references.reference(tokens[at - 2].text, near.kind), named=True) if plain else None
    kind, length = naming.kind_at(tokens, 0)
    if not kind or length >= at or not naming.is_called(tokens, length) or kind == near.kind:
        return None
    if {token.low for token in tokens[length + 1 : at]} - _BEGINS:
        return None
    return near._replace(kind=kind, ref=references.reference(tokens[length].text, kind), named=True)


def behind_outcome(tokens: list[SpokenToken], at: int, verb: str) -> SpokenObject | None:
    """Whom a noun's deed was to be done to, told apart from it and its outcome.

    ``giving up on node n-1: drain timed out``, ``eviction blocked by PDB for pod web-1``.
    """
    if at + 1 >= len(tokens) or tokens[at + 1].low not in _OUTCOMES:
        return None
    if at > 1 and tokens[at - 1].text == ":":
        return last_named(tokens, at)
    end = next((place for place in range(at + 2, len(tokens)) if tokens[place].text in ":;,("), len(tokens))
    place = next((place for place in range(at + 2, min(end, at + 9)) if tokens[place].low in ("for", "of", "on")), 0)
    noun = tokens[at].low in verbs.NOUNS
    found = (
        after(tokens, place + 1, verb)
        if place and noun
        else outcomes.last_behind_colon(tokens, end, verb)
        if noun
        else None
    )
    return found if found is not None and found.named else None


def behind_title(tokens: list[SpokenToken], at: int, verb: str) -> SpokenObject | None:
    """``starting scale operation: deployment web``: whom a deed is done to that is only the title of what follows."""
    place = at + 1 + (at + 1 < len(tokens) and tokens[at + 1].low in _WAYS)
    if place + 2 >= len(tokens) or tokens[place].low not in _STEPS or tokens[place + 1].text != ":":
        return None
    if not (naming.kind_at(tokens, place + 2)[0] or naming.is_reference(tokens[place + 2])):
        return None
    found = after(tokens, place + 2, verb)
    return found if found is not None and found.named else None


_STEPS = wordset("operation action request step command decision order task activity")
_OUTCOMES = wordset(
    "timed failed blocked refused rejected denied aborted skipped cancelled canceled deferred postponed"
)


def behind_value(tokens: list[SpokenToken], at: int, verb: str) -> SpokenObject | None:
    """``memory limit raised to 2Gi on statefulset shop/db``: whose field it is, behind its value."""
    if at < 1 or at + 4 >= len(tokens) or tokens[at + 1].low != "to" or tokens[at - 1].low not in FIELD_WORDS:
        return None
    place = next((place for place in (at + 3, at + 4) if tokens[place].low in ("on", "for", "of")), 0)
    found = after(tokens, place + 1, verb) if place else None
    return found._replace(noun=tokens[at - 1].low) if found is not None and found.named else None


def on_request(tokens: list[SpokenToken], at: int) -> bool:
    """``node n-1 rebooting by request``: does the object do what was asked for, and not by itself?"""
    words = [token.low for token in tokens[at + 1 : at + 4]]
    asked = words[:2] in (["as", "requested"], ["as", "instructed"], ["as", "ordered"])
    by = words[:1] != [] and words[0] in _BY and "request" in words and verbs.WORDS.keys().isdisjoint(words)
    return at > 1 and (asked or by)


_BY = ("by", "on", "upon", "per", "at")


def behind_two(tokens: list[SpokenToken], at: int) -> SpokenObject | None:
    """``cordoning and draining node n-1``: the object behind both deeds that are done to it."""
    if at + 3 >= len(tokens) or tokens[at + 1].low != "and":
        return None
    both = tokens[at].low.startswith("cordon") and tokens[at + 2].low.startswith("drain")
    more = any(verbs.tells_done(token.low) or _is_doing(token.low) for token in tokens[at + 3 :])
    return after(tokens, at + 3, "cordon") if both and not more else None


def _is_doing(word: str) -> bool:
    """``deleting``: a third deed behind two that are told together."""
    return word.endswith("ing") and word in verbs.WORDS


def behind_colon(tokens: list[SpokenToken], at: int) -> SpokenObject | None:
    """``creating managed object of ours: VPA/shop/web``: a reference with its kind, behind a colon at the end."""
    place = len(tokens) - 1
    if (
        at + 2 > place
        or tokens[place - 1].text != ":"
        or any(each.text in ",;.:(" for each in tokens[at + 1 : place - 1])
    ):
        return None
    ref = references.reference(tokens[place].text) if "/" in tokens[place].text else None
    if ref is None or not ref.kind or not naming.is_reference(tokens[place]):
        return None
    return SpokenObject(ref.kind, ref, None, place + 1, named=True)


def led(tokens: list[SpokenToken], at: int) -> SpokenObject | None:
    """``Namespace pr-9 is 4d old and will be deleted``: the object that heads a sentence, where "and" leads on."""
    kind, length = naming.kind_at(tokens, 0)
    if not kind or length >= at or not naming.is_name(tokens, length):
        return None
    first = next((place for place in range(at - 1, 0, -1) if tokens[place].low not in _HELPERS), 0)
    if tokens[first].low not in ("and", "so") or any(
        naming.kind_at(tokens, place)[0] for place in range(length + 1, at)
    ):
        return None
    return SpokenObject(kind, references.reference(tokens[length].text, kind), None, at, named=True)


_HELPERS = wordset("cannot can could not will be is was has been being must going to now therefore")
_BEGINS = wordset("begin begins began to is will be starts started starting now being must needs need has had wants -")
_BEGINNING = wordset("initiating starting beginning now will")
_TRIES = ("attempt", "attempts", "operation", "request")


def behind_reason(tokens: list[SpokenToken], near: SpokenObject | None) -> SpokenObject | None:
    """``deleting node since it is gone from the cloud: ip-10-0-1-9``: the name behind why it is done, at the end."""
    last = len(tokens) - 1
    if near is None or near.ref is not None or not near.kind or near.number is not None or near.end >= last - 2:
        return None
    if tokens[near.end].low not in _WHYS or tokens[last - 1].text != ":" or not naming.is_reference(tokens[last]):
        return None
    if any(token.text in ":;" for token in tokens[near.end : last - 1]):
        return None
    return near._replace(ref=references.reference(tokens[last].text, near.kind), end=last + 1, named=True)


_WHYS = wordset("since because as due after")


def behind_failure(tokens: list[SpokenToken], at: int, near: SpokenObject | None) -> SpokenObject | None:
    """``failed to delete nodes: node n-4 is in another group``: whom the error names of those that are meant."""
    if near is None or near.ref is not None or not near.kind or near.number is not None:
        return None
    behind = near.end + (near.end < len(tokens) and tokens[near.end].text == ":")
    if behind + 2 >= len(tokens) or tokens[behind - 1].text != ":":
        return None
    kind, length = naming.kind_at(tokens, behind)
    place = behind + length
    if kind != near.kind or place + 1 >= len(tokens) or not naming.is_called(tokens, place):
        return None
    if not any(token.low in _FAILED for token in tokens[max(0, at - 3) : at]) or any(
        t.text == "," for t in tokens[:at]
    ):
        return None
    if any(verbs.tells_done(token.low) for token in tokens[place:]):
        return None  # "failed to drain nodes: node n-4 was deleted"
    return near._replace(ref=references.reference(tokens[place].text, kind), end=place + 1, named=True)


_FAILED = wordset("failed failure fail unable cannot could error")


def is_title(tokens: list[SpokenToken], at: int, last: int) -> bool:
    """``Scale down: instance a was terminated``: does a verb only head what another one behind a colon tells?

    So does a tag in square brackets before it (``[scale down] Tainting node a``), and ``not applying: scale web to 2``.
    """
    if tokens[at].low in _APPLIES and at + 1 < last and tokens[at + 1].text == ":":
        return True
    if at > 1 or last <= at + 1 or counted_behind(tokens, at) is not None:
        return False
    colon = at + 1 + (tokens[at + 1].low in _WAYS)
    if tokens[colon].low in ("of", "for") and colon + 1 < last:  # "Rolling update of shop/web: …"
        colon += 2 + bool(naming.kind_at(tokens, colon + 1)[0])
    tag = at > 0 and tokens[at - 1].text == "[" and tokens[colon].text == "]"
    return colon < last and (tag or tokens[colon].text == ":")


_APPLIES = ("applying", "applied")
_WAYS = ("up", "down", "in", "out")
_OF_PROGRAMS = wordset(
    "cache caches entry entries record records series lock locks lease leases session sessions row rows key keys "
    "metric metrics token tokens file files document documents message messages cursor ticket comment alert alerts "
    "dashboard dashboards report reports checkpoint checkpoints snapshot snapshots model models"
)
"""Things that programs and their stores have, and clusters have not."""


def is_of_another(tokens: list[SpokenToken], at: int) -> bool:
    """``cache deleted: deployment web``: is it said of a thing of the program, for the object behind the colon?"""
    if at > 2 and (of := next((place for place in range(at - 1, 0, -1) if tokens[place].low in ("for", "of")), 0)):
        # "cache for namespace a cleared; deleted namespace b" tells two things.
        apart = any(token.text in ",;:" for token in tokens[2:at])
        return of == 1 and not apart and tokens[0].low in _OF_PROGRAMS and at < 7  # "cache for deployment web deleted"
    if at == 0 or at + 1 >= len(tokens) or tokens[at + 1].text != ":":
        return False
    if at + 2 < len(tokens) and tokens[at + 2].text[0].isupper() and naming.kind_at(tokens, at + 2)[0]:
        return False  # "Snapshots deleted: PersistentVolumeClaim shop/a": what they were of
    place = at - 1
    while place > 0 and (tokens[place].low == "and" or naming.is_participle(tokens[place].low)):
        place -= 1
    return tokens[place].low in _OF_PROGRAMS and not tokens[place].quoted


def subject(tokens: list[SpokenToken]) -> SpokenObject | None:
    """``web scaled to 0``: the plain word that heads a sentence, where a whole number follows its verb."""
    token = tokens[0]
    number = next((place for place in range(2, min(len(tokens), 5)) if tokens[place].low.isdecimal()), 0)
    share = number and number + 1 < len(tokens) and tokens[number + 1].text == "%"
    known = any(
        token.low in words for words in (STOPS, FILL, NOT_NAMES, FIELD_WORDS, verbs.WORDS, kinds.GENERIC, _MEASURES)
    )
    if not number or share or known or kinds.of_word(token.low) or not token.low.replace("-", "").isalnum():
        return None
    return SpokenObject("", Ref("", "", token.text), None, 1, named=True)


_MEASURES = wordset(
    "traffic load metric value score ratio factor input output rate throughput capacity pool cluster it"
)


_PLACING = ("in", "from", "of", "within", "on", "at", "for", "(")


_IN_ALL = wordset("up down in out total all so far with force overall")
"""Words between a deed and the number of its objects: ``Pods restarted in total: 4``."""


def counted_behind(tokens: list[SpokenToken], at: int) -> int | None:
    """``Nodes removed successfully: 0``: how many it was done to, as a sum tells it behind its colon."""
    colon = at + 1
    while colon < min(at + 4, len(tokens)) and (tokens[colon].low in _IN_ALL or tokens[colon].low.endswith("ly")):
        colon += 1
    if colon + 1 >= len(tokens) or tokens[colon].text != ":" or not COUNTED.fullmatch(tokens[colon + 1].text):
        return None
    behind = tokens[colon + 2].text if colon + 2 < len(tokens) else ","
    return int(tokens[colon + 1].text) if behind in ",;.)" else None


def last_named(tokens: list[SpokenToken], at: int) -> SpokenObject | None:
    """Whom "it" means at a place: the last object before it that is named with its kind, and no place of one.

    A node that a pod is on is one only where something is done that is done to nodes, or nothing else is named.
    """
    verb = verbs.WORDS.get(tokens[at].low)
    wanted = kinds.OF_VERB.get(verb.verb, "") if verb is not None else ""
    found: list[tuple[bool, bool, Ref]] = []
    for place in range(at - 1, 0, -1):
        kind, start = kind_before(tokens, place)
        ref = None
        if kind and naming.is_name(tokens, place):
            ref = references.reference(tokens[place].text, kind)
        elif naming.is_reference(tokens[place]):
            start, ref = place, references.reference(tokens[place].text)  # "… for deployment/web; applying it"
        if ref is None or not ref.kind:
            continue
        placed = start > 0 and tokens[start - 1].low in _PLACING
        if not (placed and ref.kind == "Namespace"):
            found.append((wanted == "Node" and ref.kind != wanted, placed, ref))
    if not found:
        ref = _heads(tokens, at)
        return None if ref is None else SpokenObject(ref.kind, ref, None, at, named=True)
    _, _, ref = min(found, key=lambda each: each[:2])
    return SpokenObject(ref.kind, ref, None, at, named=True)


def _heads(tokens: list[SpokenToken], at: int) -> Ref | None:
    """``web-1 is protected, not evicting it``: whom "it" means, where a name without its kind heads the sentence."""
    told = at > 2 and tokens[at - 1].low == "not" and naming.is_reference(tokens[0]) and tokens[1].low in _IS
    return references.reference(tokens[0].text) if told else None


_IS = wordset("is has was still")


def counts_on(tokens: list[SpokenToken], at: int, verb: verbs.Verb) -> bool:
    """``Deleting Machine (scale down, deleting 1 of 3)``: is it only told how far the deed before it has come?"""
    behind = [token.low for token in tokens[at + 1 : at + 5]]
    if len(behind) < 4 or behind[1] not in ("of", "/") or not (behind[0] + behind[2]).isdecimal() or behind[3] != ")":
        return False
    before = (verbs.WORDS.get(token.low) for token in tokens[:at] if not token.quoted)
    return any(each is not None and each.stem == verb.stem for each in before)
