"""What a text says in another language than English: commands, requests, events, and the formats of programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from opsconsole.decisions.key_memory import SentenceMemory
from opsconsole.decisions.meaning import events
from opsconsole.decisions.meaning.deeds import Act, Told
from opsconsole.decisions.meaning.programs.commands import kubectl, ran, requests, shell, then
from opsconsole.decisions.meaning.programs.reports import autoscalers, command_outputs, handlers, measurements, outputs
from opsconsole.decisions.meaning.prose import api_errors, other_deeds
from opsconsole.decisions.meaning.prose.forms import by_format, formats
from opsconsole.records import EntryReading, Mood

_PRINTED = (*outputs.ROWS, *autoscalers.ROWS, *measurements.ROWS)


def told(text: str, rows: Sequence[formats.Format], extra: Sequence[Any], *, alone: bool = True) -> Told | None:
    """What a text tells; ``None`` where it is in none of these languages. Do not change its list.

    Args:
        text: a message, or other words of an entry.
        rows: formats of the settings and plugins, before the built-in ones.
        extra: documents that stood in the message.
        alone: it is all that an entry tells; what a command printed beside attributes is asked for last.
    """
    return _told(text, rows, extra, alone=alone) if rows or extra or not alone else _alone[text]


def _valued(acts: list[Act], text: str) -> list[Act]:
    """What the API server refused, with the values that a program's words before it tell."""
    if len(acts) != 1 or acts[0].fields or acts[0].verb not in ("scale", "patch"):
        return acts
    rows = (*_PRINTED, *command_outputs.ROWS)
    said = [each for each in by_format.find(text, rows) if each.verb == acts[0].verb]
    return [acts[0]._replace(fields=said[0].fields)] if said else acts


def of_command(text: str) -> list[Act]:
    """What a command has printed, where that is all that the text tells."""
    if failed := api_errors.failed_call(text):
        return failed
    for row in command_outputs.ROWS:
        if row.needs in text and (match := row.pattern.search(text)) is not None:
            more = other_deeds.told_beside(text[: match.start()], text[match.end() :])
            return [] if more else by_format.find(text, (row,))
    return []


@SentenceMemory
def _alone(text: str) -> Told | None:
    return _told(text, (), ())


def _told(text: str, rows: Sequence[formats.Format], extra: Sequence[Any], *, alone: bool = True) -> Told | None:
    if "kubectl " in text or "oc " in text:
        acts, seen = kubectl.find(text)
        printed = ran.with_output(text) if seen else None
        if seen and not ("'" in text and not acts):
            acts = acts + then.told(text, acts) if printed is None else printed
            return Told(acts, EntryReading.ACTION if acts else EntryReading.NONE)
    if typed := shell.typed(text):
        acts = [act for act in typed if act.mood is not Mood.NONE]
        return Told(acts, EntryReading.ACTION if acts else EntryReading.NONE)
    acts, seen = requests.find(text, extra)
    if seen:
        return Told(acts, EntryReading.ACTION if acts else EntryReading.NONE)
    if any(sign in text for sign in handlers.SIGNS) and (hook := handlers.told(text)) is not None:
        return Told(hook, EntryReading.ACTION if hook else EntryReading.NONE)
    if "ObjectReference{" in text and (event := events.printed(text, rows)) is not None:
        return event
    acts = by_format.find(text, rows) if rows else []
    acts = acts or _valued(api_errors.find(text), text) or other_deeds.in_forms(text, formats.ROWS, _PRINTED)
    acts = acts or (of_command(text) if alone and not extra else [])
    return Told(acts, EntryReading.ACTION) if acts else None
