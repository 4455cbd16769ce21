"""Changes of settings that no verb tells: ``PriorityClass 'low': value -10 -> 1000``, ``instances 3 -> 1`` beside it.

A word before an arrow may be of something that is only measured. What counts is a setting by its name: one that tables
know, or one in several words as API objects spell them, with no word of a measure or of a state in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from opsconsole.decisions.key_memory import SentenceMemory
from opsconsole.decisions.meaning.attributes.changes import sides
from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.moods import remarks
from opsconsole.decisions.meaning.prose.forms import changes
from opsconsole.decisions.meaning.prose.sentences import SentenceContext
from opsconsole.decisions.meaning.targets import choice, lone, references
from opsconsole.decisions.meaning.values import patches
from opsconsole.decisions.meaning.values.in_text import in_text
from opsconsole.decisions.meaning.values.vocabulary import WHATS, with_before
from opsconsole.decisions.message.document import Leaves
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late
from opsconsole.records import FieldValue, Mood, Ref

_LONGEST = 400
"""Characters of such a message."""
_MOST = 20
"""Changes of one message."""

_VALUE = r"(?:\{[^{}]{0,120}\}|\[[^\[\]]{0,120}\]|\"[^\"]{0,80}\"|[^\s,;{}\[\]\"]{1,80})"
_CHANGE = late(
    rf"(?P<path>[a-z][\w./-]{{0,80}}(?:\[[^\[\]\s]{{1,80}}\][\w.]{{0,80}})?):? (?:from )?(?P<before>{_VALUE}) ?"
    rf"(?:[-=~]+>|[→⇒➜⟶⟹⇢]) ?(?P<after>{_VALUE})(?:,? and |[,;]? |$)"
)
_OBJECT = late(
    r"(?:[a-z][\w-]{0,40}: )?(?P<kind>[A-Za-z]{2,60})[ /]['\"]?(?P<name>[a-z0-9][\w./-]{0,252}?)['\"]?:? "
    r"(?=(?:field )?[a-z])"
)
"""Whose they are, before them: ``Service shop/web``, ``PriorityClass 'low':``."""

_KNOWN = frozenset(WHATS) | wordset(
    "value type selector schedule suspend suspended paused instances strategy tolerations affinity limits requests "
    "storage priority timeout retries enabled data env args command finalizers labels annotations taints provisioner "
    "ports probes replicas budgets hard scope image min max weight parallelism completions ttl retention"
)
_MEASURED = changes.MEASURED | wordset(
    "phase state status condition conditions health healthy generation version hash age lag backlog depth length "
    "restarts restart count counter errors error rate ratio score price spend connections sessions requests qps rps "
    "tps iops temperature power pressure utilisation percent seconds duration time timestamp since last seen free left "
    "pending running failed succeeded unavailable endpoints addresses"
)
"""Words of what changes by itself, or is only reported."""
_ENDS_AS_SETTING = wordset("seconds period timeout percent duration count version time requests")
"""Words that end the names of settings, too: ``terminationGracePeriodSeconds``."""


def is_setting(path: str) -> bool:
    """Is what stands before an arrow a setting by its name?"""
    words = verbs.parts(path)
    if not words or sides.is_count(path):
        return bool(words)
    if len(words) == 1:
        return words[0] in _KNOWN
    if not _MEASURED.isdisjoint(words[:-1]) or (words[-1] in _MEASURED and words[-1] not in _ENDS_AS_SETTING):
        return False
    spelt = any(each.isupper() for each in path[1:]) or "." in path or "[" in path
    return spelt and (words[-1] not in _ENDS_AS_SETTING or len(words) > 2)


def _changes(text: str) -> list[FieldValue]:
    """The changes that a text is made of; nothing where anything else stands among them, but for a remark behind."""
    found: list[FieldValue] = []
    end, last = 0, _REMARK.search(text)
    text = text[: last.start()] if last is not None else text
    while end < len(text) and len(found) < _MOST:
        match = _CHANGE.match(text, end)
        if match is None or not is_setting(match["path"]):
            return []
        before, after = match["before"].strip('"'), match["after"].strip('"')
        if before != after:
            found.append(with_before(patches.field(sides.called(match["path"]), after), before))
        end = match.end()
    return found


_REMARK = late(r" ?\((?:[^()]{1,200})\)$")


def in_brackets(message: str) -> tuple[FieldValue, ...]:
    """The changes that stand in brackets behind a deed: ``suspended cronjob shop/sum (suspend: false -> true)``."""
    match = _BRACKETED.search(message) if len(message) <= _LONGEST and _ARROW.search(message) else None
    return tuple(_changes(match["told"])) if match is not None else ()


_BRACKETED = late(r"[(\[](?P<told>[a-z][^()]{4,200})[)\]]\W*$")


@SentenceMemory
def _told(message: str) -> tuple[Ref | None, tuple[FieldValue, ...]]:
    """Whose settings a message changes, where it says so, and the changes; a kind without a name is nobody."""
    if len(message) > _LONGEST or not _ARROW.search(message):
        return None, ()
    owner = _OBJECT.match(message)
    kind = kinds.of_word(owner["kind"]) if owner is not None else ""
    if kind in _BY_THEMSELVES:
        return None, ()
    if owner is not None and kind and not kinds.of_word(owner["name"]):
        return references.reference(owner["name"], kind), tuple(_changes(message[owner.end() :].removeprefix("field ")))
    return None, tuple(_changes(message))


_BY_THEMSELVES = frozenset({"Pod", "Node", "NodeClaim", "Machine", "EndpointSlice", "Revision", "ReplicaSet"})
"""Kinds of which most fields are set by what runs them."""
_ARROW = late(r"[-=~]>|[→⇒➜⟶⟹⇢]")


def read(message: str, context: SentenceContext) -> Act | None:
    """The change that a whole message is, or the weights or parameters that it heads; ``None``: it is none."""
    act = _weighed(message, context.leaves) or _set(message, context)
    if act is not None:
        return act
    if context.found and (resized := _resized(message, context)) is not None:
        return resized
    ref, fields = _told(message)
    targets = (ref,) if ref is not None else _beside(context) if fields else ()
    if not fields or not any(each.name for each in targets):
        return None
    verb = "scale" if all(each.path == "replicas" for each in fields) else "patch"
    mood = context.mood or remarks.of_call(message, verb) or Mood.PLANNED
    return Act(verb, verb, mood, targets, None, fields)


_AMOUNT = r"\d[\d.]{0,12}(?:[KMGT]i?|m)?B?"
_RESIZED = late(
    r"(?:\[(?P<tag>[A-Za-z][a-z-]{2,20})\] )?(?P<told>(?:(?:memory|mem|cpu)[ ._](?:requests?|limits?)|"
    r"(?:requests?|limits?)[ ._](?:memory|mem|cpu)|(?:min|max)?[Rr]eplicas)[: ] ?"
    rf"{_AMOUNT} ?(?:[-=~]+>|[→⇒➜⟶⟹⇢]) ?{_AMOUNT})(?=$|[,;(]| [(\[-])"
)
"""``[recommend] cpu request 2 -> 900m, saves $41/mo``: a field by its name, whatever is told behind its values."""


def _resized(message: str, context: SentenceContext) -> Act | None:
    """The change with which a message begins, of the object that stands beside it."""
    match = _RESIZED.match(message) if len(message) <= _LONGEST and _ARROW.search(message) else None
    fields = tuple(in_text(match["told"], "")) if match is not None else ()
    targets = choice.choose(context.found, "patch", "") if changes.is_whole(fields) else ()
    if match is None or not any(each.name for each in targets):
        return None
    verb = "scale" if all(each.path == "replicas" for each in fields) else "patch"
    mood = context.mood or remarks.of_call(match["tag"] or "", verb) or remarks.of_call(message, verb) or Mood.PLANNED
    return Act(verb, verb, mood, targets, None, fields)


def _beside(context: SentenceContext) -> tuple[Ref, ...]:
    """The object that attributes name, under a key that is its kind or under one that nothing knows."""
    return choice.choose(context.found, "patch", "") or lone.lone(context.leaves)


_ROUTES = frozenset({"VirtualService", "HTTPRoute", "TrafficSplit", "Ingress", "Canary", "Rollout", "Service"})
_WEIGHTS = late(r"(?P<kind>[A-Za-z]{2,60})[ /]['\"]?(?P<name>[a-z0-9][\w./-]{0,252})['\"]? weights:?")
_NUMBER = late(r"-?\d[\d.]{0,12}|nan|-?inf(?:inity)?|null|none", re.IGNORECASE)


def _weighed(message: str, pairs: Leaves) -> Act | None:
    """``VirtualService shop/web weights a=90 b=10``: the traffic that a route is given."""
    match = _WEIGHTS.fullmatch(message) if pairs and "weights" in message and len(message) <= _LONGEST else None
    kind = kinds.of_word(match["kind"]) if match is not None else ""
    ref = references.reference(match["name"], kind) if match is not None and kind in _ROUTES else None
    fields = tuple(_weights(pairs)) if ref is not None else ()
    return Act("patch", "patch_weights", Mood.PLANNED, (ref,), None, fields) if ref is not None and fields else None


def _weights(pairs: Leaves) -> Iterator[FieldValue]:
    for path, leaf in pairs[:_MOST]:
        if len(path) == 1 and _NUMBER.fullmatch(str(leaf)):
            yield patches.field(f"weights[{path[0]}]", leaf)


_PARAMETERS = late(
    r"(?:(?P<done>patched|updated|changed|set|applied)|patching|updating|changing|setting|applying) "
    r"(?:[\w-]{1,40} ){0,2}(?:parameters|settings|options|flags|knobs): (?P<given>\S.{1,300})",
    re.IGNORECASE,
)
_PARAMETER = late(r"(?P<key>[A-Za-z][\w.-]{0,80})=(?P<value>[^\s,;]{1,80})(?:[,;]? |$)")


def _set(message: str, context: SentenceContext) -> Act | None:
    """``patched redis parameters: appendonly=no`` beside the object whose they are."""
    match = _PARAMETERS.fullmatch(message) if len(message) <= _LONGEST and "=" in message else None
    targets = _beside(context) if match is not None else ()
    if match is None or not any(each.name for each in targets):
        return None
    fields: list[FieldValue] = []
    end, given = 0, match["given"]
    while (pair := _PARAMETER.match(given, end)) is not None and len(fields) < _MOST:
        fields.append(patches.field(pair["key"], pair["value"]))
        end = pair.end()
    if end < len(given):
        return None
    mood = context.mood or (Mood.DONE if match["done"] else Mood.PLANNED)
    return Act("patch", "patch_parameters", mood, targets, None, tuple(fields))
