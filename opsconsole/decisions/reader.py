"""The parser that opsconsole brings: head, message and attributes, meaning, one layer after the other."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from opsconsole.decisions import details, heard
from opsconsole.decisions.entry import Entry, EventHead
from opsconsole.decisions.layers import EntryParts, parts_of
from opsconsole.decisions.meaning import events, overlooked, read
from opsconsole.decisions.meaning.deeds import Act, Told
from opsconsole.decisions.meaning.prose.forms import formats
from opsconsole.decisions.meaning.targets import choice
from opsconsole.decisions.meaning.targets.namespaces import namespace_in
from opsconsole.decisions.meaning.targets.references import reference
from opsconsole.decisions.meaning.values import patches
from opsconsole.decisions.message.document import Leaves, reindent, unreadable
from opsconsole.decisions.message.notations import event_rows
from opsconsole.decisions.words import kinds
from opsconsole.patterns import late
from opsconsole.records import UNREADABLE, Decision, EntryReading, Mood, Ref

_SAYS = ("action", "operation", "verb")
"""Keys of what is done; in an audit log's event the verb is the request's, and tells a deed only with what it is of."""
_INACTIVE = late(
    r"\btarget (?P<kind>\w+) (?P<quote>['\"]?)(?P<name>[\w./-]+)(?P=quote) "
    r"(?P<what>appears (?:inactive|down|dead|gone))",
    re.IGNORECASE,
)


class LayeredReader:
    """Reads every format by its layers. ``rows`` are formats of the settings, asked before the built-in ones."""

    name = "reader"

    def __init__(self, rows: Sequence[formats.Format] = ()) -> None:
        self._rows = tuple(rows)

    def parse(self, entry: Entry) -> list[Decision]:
        """The actions of an entry, one decision each; one decision without an action where it names none."""
        if entry.event is not None:
            return self._event(entry, entry.event)
        if (row := event_rows.find(entry.text, entry.today)) is not None:
            logged = entry.logged if row.at is None else row.at
            level = "WARNING" if row.head.type == "Warning" else "INFO"
            told = self._event(msgspec.structs.replace(entry, text=row.message, logged=logged, level=level), row.head)
            known = {each.verb for each in told if each.verb}
            if any(each.verb and each.mood != Mood.REFUSED for each in told):
                return told
            whole = self._parts(entry)  # its reason tells a state or a failure, but its message may tell another deed
            more = [each for each in whole if each.verb and each.verb not in known]
            more = [each for each in more if each.mood != Mood.REFUSED] if known else more
            return whole if more else told
        return self._parts(entry)

    def _parts(self, entry: Entry) -> list[Decision]:
        """The actions of an entry by its layers."""
        found: list[Decision] = []
        layers = list(parts_of(entry))
        acts: list[Act] = []
        for parts in layers:
            told = self._told(entry, parts, alone=len(layers) == 1)
            base = _base(entry, parts, told)
            found += [_with_act(base, act) for act in told.acts] or [base]
            acts += told.acts
        if len(layers) > 1 and (more := overlooked.beside(acts, entry.text)):
            whole = _base(entry, layers[0], Told(more, EntryReading.ACTION))
            found += [_with_act(whole, act) for act in more]
        return found

    def _told(self, entry: Entry, parts: EntryParts, *, alone: bool) -> Told:
        """What a part of an entry tells; of one that is ``alone`` it may be known from an entry of before."""
        shape = heard.shape(entry, parts) if alone and not self._rows else ""
        told = heard.told(shape)
        if told is None:
            told = read.read(parts.message, parts.document, parts.attributes, parts.extra, self._rows, entry.text)
            if alone and (more := overlooked.beside(told.acts, entry.text)):
                told = told._replace(acts=[*told.acts, *more], reading=EntryReading.ACTION)
            if parts.document is not None and (not told.acts or told.acts[0].verb == "query"):
                told = told._replace(about=_about(parts))
            heard.remember(shape, told)
        return told

    def _event(self, entry: Entry, event: EventHead) -> list[Decision]:
        about = event.about
        told = events.read(event, entry.text, self._rows)
        attributes: Leaves = [(("reason",), event.reason), (("type",), event.type), (("object",), str(about))]
        base = _base(entry, EntryParts(entry.text, None, "", "", "text", attributes), told)
        base = msgspec.structs.replace(base, target=base.target or about)
        return [_with_act(base, act) for act in told.acts] or [base]


def read_line(entry: Entry) -> Decision:
    """A line as far as it is understood, as one decision: the first, where it names several actions."""
    return LayeredReader().parse(entry)[0]


def _base(entry: Entry, parts: EntryParts, told: Told) -> Decision:
    """The decision without its action."""
    document = parts.document
    problems = tuple(details.problems(entry, document, parts.attributes)) if document is not None else ()
    if why := unreadable(entry.text, read=document is not None):
        problems += (f"{UNREADABLE}: {why}",)
    belief = _INACTIVE.search(parts.message) if "appears" in parts.message.lower() else None
    target = told.about
    if belief:
        target = reference(belief["name"], kinds.of_word(belief["kind"]), namespace_in(parts.message))
        problems += (belief["what"],)
    message = parts.message
    if document is not None and not message:
        message = (
            told.calls or details.string(document, ("action", "operation", "type")) or " ".join(entry.text.split())
        )
    return Decision(
        key="",
        seq=0,
        received=entry.received,
        at=entry.logged if parts.at is None else parts.at,
        form="text" if belief and parts.form == "plain" else parts.form,
        level=parts.level or entry.level,
        module=parts.logger,
        message=message or entry.text.strip(),
        action=details.string(document, _SAYS) if document is not None and "objectRef" not in document else "",
        target=target,
        confidence=details.confidence(document) if document is not None else None,
        problems=problems,
        query=details.string(document, details.QUERY) if document is not None else details.query(parts.attributes),
        body=reindent(entry.text) if entry.document is not None else entry.text,
        attributes=details.shown(parts.attributes),
        reading=told.reading,
    )


def _about(parts: EntryParts) -> Ref | None:
    """Whom a document without an action is about."""
    found = choice.candidates(parts.attributes)
    space = namespace_in(parts.message)
    chosen = choice.choose(found, "", "")
    if not chosen:
        return None
    ref = chosen[0]
    return Ref(ref.kind, ref.namespace or ("" if ref.kind in kinds.CLUSTER_WIDE else space), ref.name)


def _with_act(base: Decision, act: Act) -> Decision:
    problems = base.problems
    if act.problem:
        problems += (act.problem,)
    return Decision(
        key="",
        seq=0,
        received=base.received,
        at=base.at,
        form="text" if base.form == "plain" else base.form,
        level=base.level,
        module=base.module,
        message=base.message,
        action=act.said,
        target=next((ref for ref in act.targets if ref.name), None) or (base.target if act.verb == "query" else None),
        fields=act.fields[: patches.MAX_FIELDS],
        confidence=base.confidence,
        problems=problems + _cut(act),
        query=act.query or base.query,
        body=base.body,
        verb=act.verb,
        mood=act.mood if act.verb != "query" else Mood.OBSERVED,
        targets=act.targets,
        count=act.number,
        attributes=base.attributes,
        reading=EntryReading.ACTION,
    )


def _cut(act: Act) -> tuple[str, ...]:
    most = patches.MAX_FIELDS
    return (f"more than {most} fields; the rest is in the document",) if len(act.fields) > most else ()
