"""What errors beside a message tell: what could not be done, to which object, and with which values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from opsconsole.decisions.meaning.deeds import Act, Told
from opsconsole.decisions.meaning.objects_beside import with_target
from opsconsole.decisions.meaning.programs.commands import requests
from opsconsole.decisions.meaning.programs.reports import measurements, outputs
from opsconsole.decisions.meaning.prose import api_errors, sentences
from opsconsole.decisions.meaning.prose.basics import grammar
from opsconsole.decisions.meaning.prose.forms import by_format
from opsconsole.decisions.message.document import Leaves
from opsconsole.decisions.words import verbs
from opsconsole.records import EntryReading, JsonObject, Mood

_ERRORS = frozenset(
    {("err",), ("error",), ("error", "message"), ("err", "message"), ("exception",), ("cause",), ("reason",)}
)
_ANSWER = (("kind",), "Status")
"""What stands in an answer of the API server, which a program prints behind its own words."""
_OF_RPC = ("error", "message")
"""Where JSON-RPC tells an error, whatever stands around it."""


def read(message: str, pairs: Leaves, context: sentences.SentenceContext) -> Told | None:
    """What an error tells that could not be done, where the message only says that there is one."""
    if _ANSWER in pairs and isinstance(answer := dict(pairs).get(("message",)), str):
        acts = api_errors.by_answer(message, answer)
        if acts:
            return Told([with_target(act, context) for act in acts], EntryReading.ACTION)
    for path, leaf in pairs:
        if (path not in _ERRORS and path[-2:] != _OF_RPC) or not isinstance(leaf, str) or " " not in leaf:
            continue
        acts = api_errors.find(leaf) or by_format.find(leaf) or by_format.find(leaf, outputs.ROWS)
        acts = acts or by_format.find(leaf, measurements.ROWS)
        if acts and all(act.verb == "query" for act in acts) and not sentences.hints(leaf):
            return Told(acts[:1], EntryReading.ACTION)  # metrics that were asked for in vain
        acts = acts or requests.find(leaf)[0]
        acts = acts or (sentences.read(leaf, sentences.SentenceContext([])) if sentences.hints(leaf) else [])
        acts = [_with_values(with_target(act, context), pairs) for act in acts if act.mood == Mood.REFUSED]
        if named := [act for act in acts if any(ref.name for ref in act.targets)]:
            return Told([_as_said(message, named[0])], EntryReading.ACTION)
    return None


def _as_said(message: str, act: Act) -> Act:
    """A write that failed, by the verb that the message has for it: ``Scale call failed`` beside a conflict."""
    said = {verb.verb for word in grammar.words_of(message) if (verb := verbs.WORDS.get(word)) and not verb.loose}
    return act._replace(verb=said.pop(), said="") if act.verb == "patch" and len(said) == 1 else act


def _with_values(act: Act, pairs: Leaves) -> Act:
    """What failed with the values that its error tells: ``failed to apply scale 9 to scale target web: quota``."""
    if act.mood is not Mood.REFUSED or act.fields or act.verb not in ("scale", "patch"):
        return act
    errors = (leaf for path, leaf in pairs if path in _ERRORS and isinstance(leaf, str))
    told = [each for leaf in errors for each in by_format.find(leaf, outputs.ROWS) if each.verb == act.verb]
    return act._replace(fields=told[0].fields) if told else act


def told_by_server(told: Told, document: JsonObject | None, extra: Sequence[Any]) -> Told:
    """A failure with the object that the API server's answer in its line names."""
    if document is not None or not extra or len(told.acts) != 1:
        return told
    return told._replace(acts=[api_errors.told_by_server(told.acts[0], extra)])


def completed(act: Act, pairs: Leaves) -> Act:
    """An action with the object and the values that the errors beside it tell."""
    errors = [{"message": leaf} for path, leaf in pairs if path in _ERRORS and '"' in str(leaf)]
    return _with_values(api_errors.told_by_server(act, errors) if errors else act, pairs)
