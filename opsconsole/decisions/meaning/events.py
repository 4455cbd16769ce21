"""Events of the cluster: what happened is told by their message, else by their reason; to whom by their object."""

from __future__ import annotations

import re
from collections.abc import Sequence

from opsconsole.decisions.entry import EventHead
from opsconsole.decisions.meaning import objects, values
from opsconsole.decisions.meaning.deeds import Act, Told
from opsconsole.decisions.meaning.objects import Leaves
from opsconsole.decisions.meaning.prose import formats, sentences
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.records import EntryReading, Mood, Ref

_NO_EVENT_OBJECT = wordset("ConfigMap Lease")
_STATES = wordset("FailedScheduling Scheduled RemovingNode RegisteredNode")
"""Reasons that tell what has become of an object, not what is done to it."""
_PRINTED = re.compile(
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
    if not said.get("message") or not said.get("kind"):
        return None
    if said.get("reason") in _STATES:
        return Told([], EntryReading.NONE)
    about = objects.reference(said.get("object", ""), said["kind"]) or Ref(said["kind"], "", "")
    told = read(EventHead(about, said.get("reason", ""), "logged"), said["message"], rows)
    return told if told.acts else None


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
    acts = formats.find(message, rows) or formats.find(message)
    if not acts:
        context: Leaves = [((kind.lower(),), about.name), (("namespace",), about.namespace)] if known else []
        acts = sentences.read(message, sentences.SentenceContext(context))
    if not acts and head.type == "Normal" and known:
        named = verbs.of_name(head.reason)
        fields = tuple(values.in_text(message, named.verb)) if named and named.verb == "scale" else ()
        acts = [Act(named.verb, head.reason, Mood.DONE, (about,), None, fields)] if named else []
    acts = [_about(act, about) for act in acts]
    return Told(acts, EntryReading.ACTION if acts else EntryReading.NONE)


def _about(act: Act, about: Ref) -> Act:
    """The action with the event's own object, where it is done to an object of that kind: the event knows its name."""
    if about.kind in _NO_EVENT_OBJECT:
        return act
    first = act.targets[0] if act.targets else about
    if about.name == first.name or first.kind == about.kind or not (first.kind or first.name):
        return act._replace(targets=(about, *act.targets[1:]))
    return act
