"""Sentences without a verb that tell a change all the same: ``web memory 8Gi => 512Mi``, ``replicas of web: 3 → 0``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from opsconsole.decisions.key_memory import SentenceMemory
from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.moods import remarks
from opsconsole.decisions.meaning.prose.basics import naming, placed
from opsconsole.decisions.meaning.prose.basics.grammar import (
    FIELD_WORDS,
    FILL,
    STOPS,
    SpokenObject,
    SpokenToken,
    tokens_of,
)
from opsconsole.decisions.meaning.prose.nouns import ahead
from opsconsole.decisions.meaning.targets import namespaces, references
from opsconsole.decisions.meaning.values import patches
from opsconsole.decisions.meaning.values.in_attributes import in_attributes
from opsconsole.decisions.meaning.values.in_text import in_text
from opsconsole.decisions.meaning.values.vocabulary import ARROW, with_before
from opsconsole.decisions.message.document import Leaves
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import found_by, late
from opsconsole.records import FieldValue, Mood, Ref

LONGEST = 500
"""Characters of such a sentence."""

MEASURED = wordset(
    "usage used heap rss collector allocated utilization load throughput latency cache buffer ready available current "
    "observed status progress scrape scraped sample sampled measured metric metrics consumed consumption forecast "
    "cost actual average avg mean p50 p90 p95 p99"
)
"""Words of what is measured or reported, which nobody sets."""


def is_whole(fields: Sequence[FieldValue]) -> bool:
    """Are there values, each with the one before it, and both of them numbers?"""
    return bool(fields) and all(
        (field.before_number is not None and (field.number is not None or bool(field.problem)))
        or (field.before.isdecimal() and field.value.isdecimal())
        for field in fields
    )


@SentenceMemory
def read(text: str) -> Act | None:
    """The change that a sentence tells by an arrow between two values, of one object that it names.

    What is told behind a title counts where the whole tells none: ``applied plan 41: Deployment shop/web 6 → 2``.
    """
    text = placed.placed_first(text)
    act = _told(text) or _counted(text)
    if act is not None or ": " not in text:
        return act
    if (title := _PLAN.search(text, 0, LONGEST)) is not None:
        act = _told(_NEXT_OBJECT.split(text[title.end() : LONGEST], maxsplit=1)[0])
        done = title["how"] is not None and title["how"].lower().endswith("ed")
        mood = Mood.PROPOSED if title["proposal"] else Mood.DONE if done else None
    else:
        head = _HEAD.match(text)
        verb = verbs.WORDS.get(head["did"].lower()) if head is not None else None
        known = head is not None and verb is not None and verb.verb in ("scale", "patch")
        act = _told(text[head.end() : LONGEST]) if known and head is not None else None
        mood = verb.mood if verb is not None and verb.mood is Mood.DONE else None
    return act if act is None or mood is None else act._replace(mood=mood)


_COUNTED = late(
    r"(?P<kind>[A-Z][A-Za-z]{5,30}) (?P<name>[a-z0-9][\w.-]{0,62}/[a-z0-9][\w.-]{0,252}) (?P<before>\d{1,6}) ?"
    r"(?:[-=~]+>|[→⇒➜]) ?(?P<after>\d{1,6})(?: \((?P<remark>[^()]{1,200})\))?"
)
"""All that a line says: ``StatefulSet shop/queue 6 -> 5 (cpu 3 %)``."""


def _counted(text: str) -> Act | None:
    """The replicas of an object that stands with two numbers and an arrow alone, but for a remark behind them."""
    match = _COUNTED.fullmatch(text) if len(text) <= LONGEST else None
    if match is None or match["before"] == match["after"] or kinds.of_word(match["kind"]) not in _SCALED:
        return None
    ref = references.reference(match["name"], kinds.of_word(match["kind"]))
    mood = (remarks.of_call(match["remark"], "scale") if match["remark"] else None) or Mood.PLANNED
    fields = (with_before(patches.field("replicas", match["after"]), match["before"]),)
    return Act("scale", "scale", mood, (ref,), None, fields) if ref is not None else None


_HEAD = late(r"(?P<did>[A-Za-z]{3,12})(?: [a-z]+){0,2}: ")
"""``Resized worker pool: Deployment shop/web now runs 12 replicas (before: 8)``: a deed as the title of its values."""
_PLAN = late(
    r"(?:^|: )(?:(?P<how>appl(?:ied|ying)|execut(?:ed|ing)) )?"
    r"(?:plan|change|action|step|decision|(?P<proposal>proposal|suggestion|recommendation))s?"
    r"(?: [^\s:]+)?(?: recorded| created| saved| stored| opened)?: ",
    re.IGNORECASE,
)
_NEXT_OBJECT = late(r", (?=[A-Z][A-Za-z]+ \S+/)")


_ANSWERED = late(
    r"^(?P<call>[A-Za-z_. ]{1,80}\(name=['\"][^()]{1,300}, body=\{[^()]{1,1000}\}\)) ?(?:->|=>|→) ?"
    r"(?:HTTP )?(?:20[0-4]|40[0-9]|4[12]\d|50[0-4])(?: [A-Z][A-Za-z ]{1,40})?$"
)
"""What the server answered a call with a body: ``patch_x(name='a', body={…}) -> 200``. Else a value becomes it."""


def without_answer(text: str) -> str:
    """A text without the number that the server answered, where a call goes before."""
    return _ANSWERED.sub(r"\g<call>", text) if "(name=" in text else text


def _told(text: str) -> Act | None:
    if len(text) > LONGEST or not _SIGN.search(text):
        return None
    outcome = _OUTCOME.search(text) or _LEFT.search(text)
    text = text[: outcome.start()] if outcome else text
    fields = [field for field in in_text(text, "") if field.path.rpartition(".")[2] in _WHATS]
    tokens = tokens_of(text)
    counts = _COUNTS.search(text) if not fields and _begins_with_object(tokens) else None
    if counts and (ref := named(tokens)) is not None and ref.kind in _SCALED:
        fields = [with_before(patches.field("replicas", counts["after"]), counts["before"])]
    fields = [field for field in fields if not field.before or field.before != field.value]  # "replicas 4 -> 4"
    imaged = bool(fields) and all(field.path == "image" and field.before for field in fields)
    told = (imaged or is_whole(fields)) if _CHANGES.search(text) else any(map(_is_mad, fields))
    if not told or not MEASURED.isdisjoint(token.low for token in tokens_of(_BRACKETS.sub("", text))):
        return None
    ref = named(tokens)
    if ref is None or ref.kind == "Node":
        return None  # a node has what its machine has
    said = [each for token in tokens if (each := _verb(token)) is not None]
    if any(each.verb not in _SETS for each in said):
        return None
    space = ref.namespace or namespaces.namespace_in(text) or namespaces.placed(text, ref.name)
    space = "" if ref.kind in kinds.CLUSTER_WIDE else space
    verb = "scale" if all(field.path == "replicas" for field in fields) else "patch"
    left = outcome is not None and (outcome["no"] or (found_by(outcome, _LEFT) and outcome["bad"]))
    failed = None
    if left and outcome is not None:  # "(not applied, awaiting approval)": nobody has said no
        open_yet = found_by(outcome, _OUTCOME) and remarks.of_call(text, "scale") is Mood.PROPOSED
        open_yet = outcome["no"] is not None and (open_yet or _ASKED.search(outcome[0]) is not None)
        failed = Mood.PROPOSED if open_yet else Mood.REFUSED
    done = outcome or _NOW.search(text) or any(each.mood is Mood.DONE for each in said)
    mood = failed or remarks.of_call(text, "scale") or (Mood.DONE if done else Mood.PLANNED)
    return Act(verb, verb, mood, (Ref(ref.kind, space, ref.name),), None, tuple(fields))


_OF_ANOTHER = late(
    r"(?:observed|detected|noticed|saw) (?:an? )?(?:external|manual|foreign|out-of-band|unexpected|human) "
    r"(?:change|edit|write|update|modification) (?:on|of|to|in|for) (?P<whom>[^:,;]{1,160}): "
    r"(?!.*\b(?:restor|revert|correct|undo|reset|now|then|back|i|we)\w*)[^,;]{1,160}",
    re.IGNORECASE,
)
"""A line that tells of what somebody else has changed, and of nothing else."""


def is_of_another(text: str, act: Act) -> bool:
    """Does a text tell what somebody else has changed, and no more?

    Only values of the object that it names as changed, none of them mad: else it says no more of whose deed it is than
    that the optimizer wrote "external".
    """
    match = _OF_ANOTHER.fullmatch(text) if text[:3].lower() in ("obs", "det", "not", "saw") else None
    if match is None or act.verb != "scale" or not is_whole(act.fields):
        return False
    sane = not any(_is_mad(field) or field.number == 0 for field in act.fields)
    whom = re.split(r"[\s/'\"]+", match["whom"])
    return sane and bool(act.targets) and all(ref.name in whom for ref in act.targets)


_NOW = late(r"\bnow |^rolled out |\bwent from \d")
_OUTCOME = late(
    r"(?<![ ,;:])[ ,;:]*[(\[ ](?:was |were )?(?P<no>(?:not|never) )?"
    r"(?:applied|patched|updated|changed|done|ok)[)\].]*\s*$",
    re.IGNORECASE,
)
"""How it went, behind what was changed: ``memory: 1Gi -> 768Mi (applied)``."""
_LEFT = late(
    r"(?<![ ,;:(\[])[ ,;:(\[]+(?:was |were )?(?:(?P<no>not (?:applied|executed|performed))\b[^\d]{0,120}$|"
    r"(?P<bad>failed|rejected|denied|refused|skipped|forbidden|blocked|conflict|vetoed)\b"
    r"(?=[\])]*\W*$|[:;(]| \(| (?:by|because|due to|as|since|for)\b|, )"
    r"(?![^\n]*(?:[-=]>|→| to \d)).{0,120}$)",
    re.IGNORECASE,
)
"""That it was left, and why: ``memory: 1Gi -> 768Mi not applied, change freeze``."""


_ASKED = late(
    r"\b(?:awaiting|awaits|pending|waiting for|needs|requires) (?:\w+ ){0,2}"
    r"(?:approval|review|confirmation|sign-off)\b",
    re.IGNORECASE,
)


def _begins_with_object(tokens: list[SpokenToken]) -> bool:
    """Is nothing named before the object that could be what has changed? ``generation of Deployment web: 1 -> 900``."""
    scaled = [at for at in range(len(tokens)) if naming.kind_at(tokens, at)[0] in _SCALED]
    at = scaled[-1] if scaled else next((at for at, token in enumerate(tokens) if naming.is_reference(token)), 0)
    own = next((place + 1 for place in range(at - 1, -1, -1) if tokens[place].text in (":", ",", ";", "]")), 0)
    return all(token.low in verbs.WORDS or token.low in FILL - {"of", "for"} for token in tokens[own:at])


_COUNTS = late(r": (?P<before>\d{1,6}) ?(?:[-=~]+>|[→⇒➜]) ?(?P<after>\d{1,6})(?! ?[\w%.])")
_SCALED = wordset("Deployment StatefulSet ReplicaSet CloneSet Rollout")
"""Kinds of which a bare number can only be that of the replicas: ``Deployment shop/web: 6 -> 2``."""
_BRACKETS = late(r"\([^()]{0,200}\)")
_CHANGES = late(
    rf"{ARROW.pattern}|\b(?:go|goes|going|went) from \d|"
    r"\bnow (?:has |at |with |runs |requests )?\S+(?: \w+)?,? \(?(?:was|before|previously|formerly):? |"
    r"\((?:was|previously|formerly|before):? |"
    r"\b(?:not )?(?:sending|applying|setting|writing)[^:]{0,40}: [^:;]{1,80} instead of "
)
_SIGN = late(rf"{_CHANGES.pattern}|\b(?:nan|-?inf(?:inity)?)\b|(?<!\w)-\d", re.IGNORECASE)
"""What such a sentence holds: an arrow, or a value that is none."""

_WHATS = wordset("image replicas memory cpu minReplicas maxReplicas weight")


_BOUNDS = wordset("min minimum max maximum desired target current total")


_SETS = frozenset({"patch", "scale"})
"""What is done to an object whose values change: ``applying trial 12 to deployment web: replicas 5 -> 7``."""


def _verb(token: SpokenToken) -> verbs.Verb | None:
    return None if token.quoted or token.low in FIELD_WORDS else verbs.WORDS.get(token.low)


def _is_mad(field: FieldValue) -> bool:
    """Is it a value that nothing can have? Nobody reports one: ``web: replicas -1``."""
    return bool(field.problem) or (field.number is not None and field.number < 0)


def named(tokens: list[SpokenToken]) -> Ref | None:
    """The one object that the tokens name, if it is one: after a kind, as a reference, or as the owner of a field."""
    found: dict[tuple[str, str], Ref] = {}
    for at, token in enumerate(tokens):
        kind, length = naming.kind_at(tokens, at)
        if kind == "Namespace" and at and tokens[at - 1].low in ("in", "from", "of"):
            continue  # where it is
        if at > 1 and tokens[at - 1].low == "namespace" and tokens[at - 2].low in ("in", "from", "of"):
            continue
        if kind and at + length < len(tokens) and naming.is_name(tokens, at + length):
            ref = references.reference(tokens[at + length].text, kind)
        elif not token.quoted and naming.is_reference(token):
            ref = references.reference(token.text)
        else:
            ref = _owner(tokens, at)
        if ref is not None:
            known = found.get((ref.namespace, ref.name))
            found[ref.namespace, ref.name] = ref if known is None or not known.kind else known
    if len(found) == 2 and len(tokens) > 1 and tokens[1].text == ":":
        found.pop(("", tokens[0].text), None)  # "rightsizer: memory limit of web: …": who says it
    return next(iter(found.values())) if len(found) == 1 else None


def _third(tokens: list[SpokenToken]) -> tuple[str, ...]:
    """The word behind ``web in shop``, where a sentence begins so."""
    return (tokens[3].low,) if len(tokens) > 3 and tokens[1].low == "in" else ()


_AMOUNT = late(r"\d[\d.,]{0,15}(?:[KMGT]i?|m|%)?B?")
"""What follows the name of whose it is, and no span of time: ``: web 3 -> 5``, but not ``: cooldown 90s``."""


def _owner(tokens: list[SpokenToken], at: int) -> Ref | None:
    """``replicas of web: …``, and ``web: replicas …``, ``web replicas: …`` at the beginning, ``: web 3 → 5``."""
    owner = ahead.owner(tokens, at)
    if owner is not None:
        return owner.ref
    second = 2 if len(tokens) > 2 and tokens[1].text == ":" else 1
    begins = at == 0 and len(tokens) > second and tokens[second].low in FIELD_WORDS
    if at == 0 and [each.low for each in tokens[second + 3 : second + 4]] == ["replicas"]:
        begins = begins or (
            tokens[second].low.isdecimal() and tokens[second + 2].low.isdecimal()
        )  # "web: 4 -> 0 replicas"
    begins = begins or (at == 0 and "now" in (tokens[1].low if len(tokens) > 1 else "", *_third(tokens)))
    valued = at > 0 and tokens[at - 1].text == ":" and at + 1 < len(tokens) and _AMOUNT.fullmatch(tokens[at + 1].text)
    token = tokens[at]
    plain = (
        re.fullmatch(r"[a-z][a-z0-9]+(?:-[a-z0-9]+){0,8}" if begins else r"[a-z][a-z0-9]+", token.text) is not None
        and token.low not in FIELD_WORDS | STOPS | FILL
    )
    known = token.low in verbs.WORDS or token.low in _BOUNDS or kinds.of_word(token.low)
    return Ref("", "", token.text) if (begins or valued) and plain and not known else None


def ends_with(near: SpokenObject, tokens: list[SpokenToken], pairs: Leaves) -> bool:
    """Does a message end with its object, or go on with why, where attributes tell the values?"""
    if near.end >= len(tokens):
        return near.end == len(tokens)
    return tokens[near.end].low in _WHY and is_whole(in_attributes(pairs, "scale"))


_WHY = ("to", "as", "for", "because", "due", "since", "after")
