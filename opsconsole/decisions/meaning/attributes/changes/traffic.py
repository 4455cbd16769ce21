"""Traffic that a record sets: the weights of backends, and what becomes of routes."""

from __future__ import annotations

import re

from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.moods import remarks
from opsconsole.decisions.meaning.prose import sentences
from opsconsole.decisions.meaning.targets import references
from opsconsole.decisions.meaning.values.in_attributes import in_attributes
from opsconsole.decisions.message.document import Leaves, leaves
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordlist, wordset
from opsconsole.patterns import late
from opsconsole.records import FieldValue, JsonObject, Ref

_NO_NUMBERS = wordset("nan inf -inf infinity -infinity")
_TRAFFIC = late(r"\b(?:traffic|route|routing|canary|backends?|split)", re.IGNORECASE)
_ROUTES = wordset("route virtualservice httproute trafficsplit ingress canary backend backends split traffic")


def shared(message: str, document: JsonObject) -> tuple[FieldValue, ...]:
    """Weights of traffic that a document sets: ``{"msg": "set route weights", "weights": {"a": 80, "b": 20}}``."""
    shares = document.get("weights")
    if not isinstance(shares, dict | list) or not sentences.hints(message):
        return ()
    if not _TRAFFIC.search(message) and _ROUTES.isdisjoint("".join(verbs.parts(key)) for key in document):
        return ()
    return tuple(
        FieldValue(f"weights{''.join(f'[{part}]' for part in path)}", str(leaf))
        for path, leaf in leaves(shares if isinstance(shares, dict) else dict(enumerate(shares)))
        if (isinstance(leaf, int | float) and not isinstance(leaf, bool)) or str(leaf).lower() in _NO_NUMBERS
    )


def rerouted(message: str, pairs: Leaves, context: sentences.SentenceContext) -> Act | None:
    """Traffic that attributes tell: ``"shifting traffic" route=edge/web weight_from=90 weight_to=70``."""
    said = {"".join(verbs.parts(str(path[-1]))): leaf for path, leaf in pairs if path and isinstance(leaf, str)}
    key = next((key for key in _ROUTED if said.get(key)), "")
    ref = references.reference(said[key], kinds.of_word(key)) if key and _NAME.fullmatch(said[key]) else None
    if ref is None:
        return None
    weights = [each for each in in_attributes(pairs, "patch") if each.path == "weight" and each.before]
    fields = tuple(each for each in weights if each.before != each.value)
    match = _ROUTE_DEED.search(message) if not weights and key == "route" and ref.namespace else None
    named = verbs.WORDS.get(match["one"] or match["other"]) if match else None
    if named is None and not (fields and sentences.hints(message)):
        return None
    verb = named.verb if named is not None else "patch"
    mood = context.mood or remarks.of_call(message, verb) or (named.mood if named else remarks.of_form(message))
    space = "" if ref.kind in kinds.CLUSTER_WIDE else ref.namespace or context.namespace
    return Act(verb, f"{verb}_route", mood, (Ref(ref.kind, space, ref.name),), None, fields)


_ROUTED = wordlist("route httproute virtualservice trafficsplit ingress canary backend service")
"""Keys of what carries traffic, likeliest first."""
_NAME = late(r"[a-z0-9][a-z0-9.-]{0,252}(?:/[a-z0-9][a-z0-9.-]{0,252})?")
_ROUTE_DEED = late(
    r"\b(?P<one>revert(?:ing|ed)|restor(?:ing|ed)|delet(?:ing|ed)|remov(?:ing|ed)|creat(?:ing|ed)) (?:the )?routes?\b"
    r"(?!,? \w+ )|\broute (?:was |is being )?(?P<other>reverted|restored|deleted|removed|created)\b"
)
