"""Events of the cluster: what happened is told by their message, else by their reason; to whom by their object."""

from __future__ import annotations

from collections.abc import Sequence

from opsconsole.decisions.entry import EventHead
from opsconsole.decisions.meaning import formats, sentences, values
from opsconsole.decisions.meaning.deeds import Act, Told
from opsconsole.decisions.meaning.objects import Leaves
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.records import EntryReading, Mood, Ref

_NO_EVENT_OBJECT = wordset("ConfigMap Lease")


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
