"""Events of the cluster: what happened is told by their message, else by their reason; to whom by their object."""

from __future__ import annotations

import re
from collections.abc import Sequence

from opsconsole.decisions.entry import EventHead
from opsconsole.decisions.meaning.deeds import Act, Told
from opsconsole.decisions.meaning.moods import remarks
from opsconsole.decisions.meaning.prose import other_deeds, sentences
from opsconsole.decisions.meaning.prose.forms import by_format, formats
from opsconsole.decisions.meaning.targets import references
from opsconsole.decisions.meaning.values.in_text import in_text
from opsconsole.decisions.message.document import Leaves
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late
from opsconsole.records import EntryReading, Mood, Ref

_NO_EVENT_OBJECT = wordset("ConfigMap Lease")
_STATES = wordset("FailedScheduling Scheduled RemovingNode RegisteredNode NotTriggerScaleUp")
"""Reasons that tell what has become of an object, not what is done to it."""
_BECAME = {"NodeSchedulable": "uncordon", "NodeNotSchedulable": "cordon"}
"""What has been done to a node, by the event that tells what it is now."""
_PRINTED = late(
    r"Event\(v1\.ObjectReference\{Kind:\"(?P<kind>[^\"]*)\", "
    r"Namespace:\"(?P<namespace>[^\"]*)\", Name:\"(?P<name>[^\"]*)\""
    r"[^}]*\}\): type: '(?P<type>\w+)' reason: '(?P<reason>\w+)' ?(?P<message>.*)",
    re.DOTALL,
)


def printed(text: str, rows: Sequence[formats.Format]) -> Told | None:
    """The event in a line of a recorder: ``Event(v1.ObjectReference{Kind:"Pod", …}): type: 'Normal' …``."""
    match = _PRINTED.search(text)
    if match is None:
        return None
    about = Ref(match["kind"], match["namespace"], match["name"])
    return read(EventHead(about, match["reason"], match["type"]), match["message"], rows)


def logged(pairs: Leaves, rows: Sequence[formats.Format]) -> Told | None:
    """The event that attributes hold: ``"Event occurred" object="shop/web" kind="Deployment" message="…"``.

    Returns:
        What its message tells; ``None`` where it tells no action, and only the reason is left.
    """
    said = {str(path[0]): leaf for path, leaf in pairs if len(path) == 1 and isinstance(leaf, str)}
    message = said.get("message") or said.get("note")  # as events.k8s.io calls it
    if not message or not said.get("kind"):
        return None
    about = references.reference(said.get("object", ""), said["kind"]) or Ref(said["kind"], "", "")
    told = read(EventHead(about, said.get("reason", ""), "logged"), message, rows)
    return told if told.acts or said.get("reason") in _STATES else None


def read(head: EventHead, message: str, rows: Sequence[formats.Format]) -> Told:
    """Read an event of the cluster: its object is the action's, where the message names none.

    Args:
        head: whom it is about, and why it came.
        message: what it says.
        rows: formats of the settings and plugins, before the built-in ones.
    """
    kind = head.about.kind
    about = Ref(kind, "" if kind in kinds.CLUSTER_WIDE else head.about.namespace, head.about.name)
    known = kind not in _NO_EVENT_OBJECT
    if head.reason in _STATES:
        return Told([], EntryReading.NONE)
    acts = by_format.find(message, rows) or other_deeds.in_forms(message, formats.ROWS)
    if not acts:
        context: Leaves = [((kind.lower(),), about.name), (("namespace",), about.namespace)] if known else []
        acts = sentences.read(message, sentences.SentenceContext(context))
    if not acts and head.type == "Normal" and known:
        named = verbs.of_name(head.reason)
        fields = tuple(in_text(message, named.verb)) if named and named.verb == "scale" else ()
        meant = remarks.of_identifier(head.reason) or Mood.DONE  # "DisruptionBlocked"
        acts = [Act(named.verb, head.reason, meant, (about,), None, fields)] if named else []
    if not acts and kind == "Node" and head.reason in _BECAME:  # the kubelet tells it, whoever has done it
        acts = [Act(_BECAME[head.reason], head.reason, Mood.OBSERVED, (about,))]
    named = _failed(head) if known else None
    if named is not None and not any(act.verb in (named.verb, "delete", "drain") for act in acts):
        fields = tuple(in_text(message.partition(";")[0], named.verb))
        acts = [Act(named.verb, head.reason, Mood.REFUSED, (about,), None, fields, "failed")]
    if acts and _HAS_LEFT.fullmatch(head.reason) is not None and _NOUN.search(message) is not None:
        acts = [act._replace(mood=Mood.DONE) if act.mood is Mood.PLANNED else act for act in acts]
    acts = [_about(_placed(act, about), about) for act in acts]
    return Told(acts, EntryReading.ACTION if acts else EntryReading.NONE)


_HAS_LEFT = late(r"(?:Deschedul|Reschedul|Evict|Preempt)ed")
_NOUN = late(r"\b(?:eviction|preemption)\b")
"""A reason and a message that together tell of what is over: ``Descheduled``, ``pod eviction from node n-1 by …``."""


def _failed(head: EventHead) -> verbs.Verb | None:
    """What did not come to pass, by the event's reason: ``FailedRescale``."""
    named = verbs.of_name(head.reason) if remarks.of_identifier(head.reason) is Mood.REFUSED else None
    return named if named is not None and named.verb in ("scale", "evict", "drain") else None


def _placed(act: Act, about: Ref) -> Act:
    """The action with the event's namespace: an event is written where its object is, and so are those that it has."""
    refs = tuple(
        Ref(ref.kind, about.namespace, ref.name)
        if ref.name and ref.kind and not ref.namespace and ref.kind not in kinds.CLUSTER_WIDE
        else ref
        for ref in act.targets
    )
    return act._replace(targets=refs) if about.kind not in _NO_EVENT_OBJECT else act


def _about(act: Act, about: Ref) -> Act:
    """The action with the event's own object, where it is done to an object of that kind: the event knows its name."""
    if about.kind in _NO_EVENT_OBJECT:
        return act
    first = act.targets[0] if act.targets else about
    if about.name == first.name or first.kind == about.kind or not (first.kind or first.name):
        return act._replace(targets=(about, *act.targets[1:]))
    return act
