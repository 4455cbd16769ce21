"""What attributes add to the action of a sentence: ``memory limit of web lowered`` beside ``from=2Gi to=1Gi``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from opsconsole.decisions.key_memory import SentenceMemory
from opsconsole.decisions.meaning.attributes import keyed
from opsconsole.decisions.meaning.attributes.changes import plain_changes, settings_beside, sides
from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.prose.basics import naming
from opsconsole.decisions.meaning.prose.forms import changes
from opsconsole.decisions.meaning.targets import counting
from opsconsole.decisions.meaning.values import patches
from opsconsole.decisions.meaning.values.in_attributes import in_attributes, is_of_registry
from opsconsole.decisions.meaning.values.in_text import images, in_text, taints
from opsconsole.decisions.meaning.values.vocabulary import ARROW, SIDES
from opsconsole.decisions.message.document import Leaves
from opsconsole.decoding import loads
from opsconsole.patterns import late
from opsconsole.records import FieldValue, JsonObject, Mood, Ref


def with_values(act: Act, message: str, document: JsonObject | None, pairs: Leaves, acts: int) -> Act:
    """The action with the values, the number and the name that its sentence leaves to the attributes.

    Args:
        act: what the sentence tells.
        message: the sentence.
        document: the whole document, where the entry is one.
        pairs: its attributes, as paths and leaves.
        acts: how many actions the sentence tells.
    """
    if acts > 1 and act.fields:
        return act
    said = _mentioned[message]
    verb = "patch" if said.measure and act.verb == "scale" else act.verb
    named: Leaves = [*_on_side(pairs, said.sides), (("resource",), said.measure)] if said.measure else pairs
    about = "scale" if verb == "patch" and said.scale else verb
    more = keyed.wanted(document, named, about) if document is not None else tuple(in_attributes(named, about))
    more += tuple(_patched(pairs))
    if act.verb == "taint":
        more = tuple(taint for path, leaf in pairs for taint in taints(f"{path[-1]}={leaf}"))
    elif act.verb == "rollback" and said.scale:
        more = tuple(in_attributes(pairs, "scale"))
    elif act.verb == "rollback":
        more = tuple(field for field in in_attributes(_set_back(message, pairs), about) if field.before)
        more = tuple(field for field in more if field.path.startswith(("resources.", "containers[")))
    elif act.verb in ("evict", "delete", "drain", "cordon", "restart", "disrupt", "uncordon"):
        more = ()
    if act.fields:
        known = {field.path.rpartition(".")[2] for field in act.fields}
        more = tuple(field for field in more if field.path.rpartition(".")[2] not in known)
    else:
        more = _sided(more or (_restored(document, named, about) if said.back else ()), said.sides)
    fields = _without_load(act.fields + more, pairs)
    verb = _verb_of(act, fields, said)
    targets = tuple([_spoken_of(ref, verb, message) for ref in act.targets])
    verb, fields = _of_volumes(verb, fields, targets)
    grows = verb == "scale" and not fields and any(each.kind in _OF_NODES for each in targets)
    count = act.number if act.number is not None else _counted(act.verb, targets, pairs, grows=grows)
    if not fields and any(each.kind == "HorizontalPodAutoscaler" for each in targets):
        fields = tuple(FieldValue(f"{path[-1]}Replicas", str(leaf)) for path, leaf in pairs if path in _BOUNDS)
    fields = fields or (_told_behind(message, verb) if acts == 1 else ())
    if verb == "restart" and not fields:
        fields = _why(document, pairs)
    if verb == "patch" and targets and all(field.value == "changed" for field in fields):
        fields = sides.among(pairs) or settings_beside.among(pairs) or plain_changes.in_brackets(message) or fields
        verb = _verb_of(act, fields, said)
    return act._replace(verb=verb, targets=targets, fields=fields, number=count)


def of_texts(act: Act) -> Act:
    """``Patching configmap shop/a: replicas 4 -> 9``: what only holds texts is not scaled by a number in it."""
    holds = act.verb == "scale" and act.targets and act.targets[0].kind in ("ConfigMap", "Secret")
    return act._replace(verb="patch") if holds else act


def with_patch(acts: list[Act], extra: Sequence[Any]) -> list[Act]:
    """The one action of a sentence with the JSON patch that stands behind it."""
    steps = patches.stepped(extra) if len(acts) == 1 and extra else []
    return [acts[0]._replace(fields=tuple(steps))] if steps else acts


def _set_back(message: str, pairs: Leaves) -> Leaves:
    """What may tell which limits or requests a rollback sets back; not what was used before it and after."""
    told = [(path, leaf) for path, leaf in pairs if not any(_USED.search(str(part).lower()) for part in path)]
    said = any(_LIMITS.search(str(part)) for part in (message, *(part for path, _ in told for part in path)))
    return told if said else []


_LIMITS = late(r"limit|request|resource", re.IGNORECASE)
_USED = late(r"usage|used|peak|average|avg|p9\d|actual|observed|measured|working|rss|consum|utili|available|free")
"""Words of what is set, and of keys for what is measured."""


def _without_load(fields: tuple[FieldValue, ...], pairs: Leaves) -> tuple[FieldValue, ...]:
    """The values without a share of the CPU that stands beside how many replicas there were: that is why, not what."""
    if len(fields) < 2 or not any(each.path == "replicas" and each.before for each in fields):
        return fields
    loads = [f"{leaf}" for path, leaf in pairs if path in _LOADS and type(leaf) is float and _IDLE < leaf <= 1.0]
    return tuple(each for each in fields if each.before or each.value not in loads) if loads else fields


_LOADS = (("cpu",), ("memory",), ("mem",), ("load",))
_IDLE = 0.01
"""A limit of less than a hundredth of a core is no load that anybody scales by."""


def _verb_of(act: Act, fields: tuple[FieldValue, ...], said: _Mentioned) -> str:
    """What is done, by the values: a patch of replicas alone scales, and what scales no replicas is a patch."""
    verb = act.verb
    if (
        verb == "patch"
        and fields
        and all(field.path == "replicas" for field in fields)
        and act.said.startswith("patch")
        and (_replicas_change(fields) or act.mood == Mood.PROPOSED or said.number)
    ):
        verb = "scale"
    if verb == "scale" and fields and not any("eplicas" in field.path for field in fields):
        verb = "patch"
    return verb


def _why(document: JsonObject | None, pairs: Leaves) -> tuple[FieldValue, ...]:
    """The image that becomes another, by a reason (``uses a different image: db:17.5 -> db:17.6``) or ``to``."""
    told = document or {str(path[-1]): leaf for path, leaf in pairs}
    if isinstance(after := told.get("to"), str) and is_of_registry(after):
        return tuple(field for field in in_attributes(pairs, "patch") if field.path == "image")
    reason = told.get("reason")
    known = isinstance(reason, str) and "image" in reason and ARROW.search(reason) is not None
    return tuple(field for field in images(str(reason)) if field.before) if known else ()


def _told_behind(message: str, verb: str) -> tuple[FieldValue, ...]:
    """What sentences of their own tell behind a deed: ``Deployment shop/web resized. CPU request: 1 → 300m``."""
    known = verb in ("patch", "scale") and ". " in message and len(message) <= changes.LONGEST
    behind = _BEHIND.match(message) if known else None
    fields = in_text(behind["told"], "") if behind is not None else []
    return tuple(fields) if changes.is_whole(fields) else ()


_ONE = (
    rf"(?:[Mm]emory|[Cc][Pp][Uu]|[Rr]eplicas)(?: (?:limit|request)s?)?: \d[\w.]{{0,20}} ?"
    rf"(?:{ARROW.pattern}) ?\d[\w]{{0,20}}"
)
_BEHIND = late(
    rf"(?:[A-Za-z]+ ){{0,2}}[a-z0-9-]+/[a-z0-9.-]+(?: [a-z-]+)?\. (?P<told>{_ONE}(?:[.;,] {_ONE}){{0,5}})\.?$"
)
"""Behind a deed that says nothing else: no number, no setting."""


def _on_side(pairs: Leaves, sides: frozenset[str]) -> Leaves:
    """``lowering memory limit limit=300Mi``: what the message calls by the same word is the value that is set."""
    if len(sides) != 1 or any(path == ("to",) for path, _ in pairs):
        return pairs
    return [(("to",) if len(path) == 1 and SIDES.get(str(path[0])) in sides else path, leaf) for path, leaf in pairs]


def _counted(verb: str, targets: Sequence[Ref], pairs: Leaves, *, grows: bool) -> int | None:
    """How many objects attributes tell of, where the words name none; or by how many a group grows or shrinks."""
    kind = targets[0].kind if len(targets) == 1 and not targets[0].name else ""
    number = counting.count_of(pairs, verb, kind)
    return counting.amount(pairs) if number is None and grows else number


_OF_NODES = ("NodeGroup", "NodePool")
_VOLUMES = ("PersistentVolumeClaim", "PersistentVolume")


def _of_volumes(
    verb: str, fields: tuple[FieldValue, ...], targets: Sequence[Ref]
) -> tuple[str, tuple[FieldValue, ...]]:
    """The action with the size of a volume as what it is: a volume has no replicas."""
    if not fields or not any(each.kind in _VOLUMES for each in targets):
        return verb, fields
    stored = [msgspec.structs.replace(field, path="storage") if field.path == "replicas" else field for field in fields]
    return "patch" if verb == "scale" else verb, tuple(stored)


class _Mentioned(NamedTuple):
    """What words of a message say of the values beside it.

    ``measure``: memory or CPU, as it is written; ``scale``: it speaks of replicas, and with ``number`` of how many;
    ``back``: values of before are set again; ``sides``: limits, requests.
    """

    measure: str
    scale: bool
    number: bool
    back: bool
    sides: frozenset[str]


@SentenceMemory
def _mentioned(message: str) -> _Mentioned:
    measure = _MEASURE.search(message)
    return _Mentioned(
        measure[0] if measure else "",
        scale=_SCALE.search(message) is not None,
        number=_REPLICAS.search(message) is not None,
        back=_BACK.search(message) is not None,
        sides=frozenset(SIDES[word.lower()] for word in _SIDE.findall(message)),
    )


def _spoken_of(ref: Ref, verb: str, message: str) -> Ref:
    """The object with the name that stands apart from its kind; no Canary is scaled, but what it stands for."""
    if ref.kind == "Canary" and verb == "scale" and "canary" not in message.lower():
        return Ref("", ref.namespace, ref.name)
    name = "" if ref.name or not ref.kind else naming.named_in(message, ref.kind)
    return Ref(ref.kind, ref.namespace, name) if name else ref


_BOUNDS = frozenset({("min",), ("max",)})


def _sided(fields: tuple[FieldValue, ...], sides: frozenset[str]) -> tuple[FieldValue, ...]:
    """The fields on the side that the message names, where it names one: ``set requests of web: cpu=250m``."""
    if not fields or len(sides) != 1:
        return fields
    (side,) = sides
    bare = {f"resources.{what}": f"resources.{side}.{what}" for what in ("cpu", "memory")}
    return tuple(
        field if field.path not in bare else msgspec.structs.replace(field, path=bare[field.path]) for field in fields
    )


def _restored(document: JsonObject | None, pairs: Leaves, verb: str) -> tuple[FieldValue, ...]:
    """What was at first, where it is set again: ``replicas back to the original`` beside ``originalReplicas=3``."""
    first: Leaves = [((*path[:-1], str(path[-1]).replace("original", "new")), leaf) for path, leaf in pairs if path]
    return keyed.wanted(document or {}, first, verb)


_BACK = late(
    r"\b(?:back to (?:the |its )?original|restor(?:ed|ing)|revert(?:ed|ing)|scal(?:ed|ing) (?:back )?up)\b",
    re.IGNORECASE,
)
_SIDE = late(r"\b(?:limit|request)s?\b", re.IGNORECASE)


def _replicas_change(fields: Sequence[FieldValue]) -> bool:
    return any(field.before for field in fields)


def _patched(pairs: Leaves) -> list[FieldValue]:
    """A JSON patch in an attribute's text: ``patches="[{…}]"``."""
    found: list[FieldValue] = []
    for path, leaf in pairs:
        if isinstance(leaf, str) and leaf.startswith("[{") and path and str(path[-1]).startswith("patch"):
            try:
                found += patches.fields_of({"patch": loads(leaf)})
            except ValueError:
                continue
    return found


_REPLICAS = late(r"\breplicas? count\b|\bcount of replicas\b", re.IGNORECASE)
_SCALE = late(
    r"\b(?:scale|replicas?|(?:desired|target|instance|pod|task|worker)[ _-]?(?:count|number|size))\b", re.IGNORECASE
)
_MEASURE = late(r"\b(?:memory|cpu)\b", re.IGNORECASE)
