"""What tools answer: the tool's name says what was to be done, the answer how it went, and to whom."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from opsconsole.decisions.meaning.attributes import besides, keyed, recorded
from opsconsole.decisions.meaning.attributes.calls import called
from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.moods import states
from opsconsole.decisions.meaning.programs.tools import tool_reports, tool_texts
from opsconsole.decisions.meaning.prose import api_errors, other_deeds, sentences
from opsconsole.decisions.meaning.prose.basics import grammar
from opsconsole.decisions.meaning.prose.forms import changes
from opsconsole.decisions.meaning.targets import choice, references
from opsconsole.decisions.meaning.values import patches
from opsconsole.decisions.meaning.values.in_attributes import is_before
from opsconsole.decisions.message.document import Leaves, leaves
from opsconsole.decisions.message.roles import message_of, nested
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late
from opsconsole.records import JsonObject, Mood, Ref

MOST = 20
"""Answers of one entry."""

SIGNS = (
    "functionResponse",
    "function_response",
    "toolResult",
    "InvocationOutput",
    "function_call_output",
    "tool_result",
    "tool_call_id",
)
"""What is in every document with an answer that is a document again."""

_DEEPEST = 12


class ToolAnswer(NamedTuple):
    """What a tool answered: its name, where that stands beside it, and its words or a document."""

    tool: str
    told: JsonObject | str
    failed: bool = False


def in_document(document: JsonObject, source: str) -> list[Act]:
    """What the answers in a document tell: Gemini's, Bedrock's, OpenAI's."""
    if not any(sign in source for sign in SIGNS) or other_deeds.told_beside(message_of(document)):
        return []
    found: list[ToolAnswer] = []
    _gather(document, found, 0)
    return [act for answer in found[:MOST] for act in acts_of(answer)]


def _gather(part: Any, found: list[ToolAnswer], depth: int) -> None:
    if depth > _DEEPEST or len(found) >= MOST:
        return
    for key, value in part.items() if isinstance(part, dict) else ():
        if key in ("functionResponse", "function_response") and isinstance(value, dict):
            found.append(_answer(value.get("name"), value.get("response")))
        elif key == "actionGroupInvocationOutput" and isinstance(value, dict):
            found.append(_answer("", value.get("text")))
        elif key == "output" and part.get("type") == "function_call_output":
            found.append(_answer(part.get("name"), value))
        elif key == "content" and (part.get("type") == "tool_result" or part.get("role") == "tool"):
            _gather_content(part, value, found)
        elif key == "toolResult" and isinstance(value, dict):
            bad = value.get("status") == "error"
            items = value.get("content")
            parts = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
            told = (item.get("json", item.get("text")) for item in parts)
            found += [_answer(value.get("name"), each)._replace(failed=bad) for each in told]
        else:
            _gather(value, found, depth + 1)
    for item in part[:MOST] if isinstance(part, list) else ():
        _gather(item, found, depth + 1)


def _gather_content(part: JsonObject, content: Any, found: list[ToolAnswer]) -> None:
    """The documents that a message of a tool holds as texts; what it says in words is read as such."""
    texts = [item.get("text") for item in content if isinstance(item, dict)] if isinstance(content, list) else [content]
    documents = (said for text in texts[:MOST] if isinstance(text, str) and (said := nested(text)) is not None)
    failed = part.get("is_error") is True or part.get("status") == "error"
    found += [ToolAnswer(str(part.get("name") or ""), said, failed) for said in documents]


def _answer(tool: Any, told: Any) -> ToolAnswer:
    said = nested(told) if isinstance(told, str) else None
    words = told if isinstance(told, str) else ""
    return ToolAnswer(tool if isinstance(tool, str) else "", said or (told if isinstance(told, dict) else words))


def acts_of(answer: ToolAnswer) -> list[Act]:
    """What an answer tells of a deed."""
    return _in_words(answer) if isinstance(answer.told, str) else _by_keys(answer, answer.told)


def _by_keys(answer: ToolAnswer, told: JsonObject) -> list[Act]:
    pairs = leaves(told)[:60]
    context = sentences.SentenceContext(pairs)
    error = next((said for key in _ERRORS if (said := _words_in(told.get(key)))), "")
    words = error or next((said for key in _SAID if (said := _words_in(told.get(key)))), "")
    named = verbs.of_name(answer.tool) if answer.tool else None
    targets = choice.choose(context.found, named.verb, "") if named else ()
    if named and any(ref.name for ref in targets):
        state = states.in_attributes(pairs)
        mood = Mood.REFUSED if error or answer.failed else state or Mood.DONE
        inner = next((part for key in ("result", "output") if isinstance(part := told.get(key), dict)), None)
        outer = {key: value for key, value in told.items() if value is not inner} if inner else told
        values = [keyed.wanted(part, leaves(part)[:60], named.verb) for part in (outer, inner or {})]
        told_values = [fields for at, fields in enumerate(values) if fields and fields not in values[:at]] or [()]
        return [
            Act(recorded.sized(named.verb, fields), answer.tool, mood, targets, None, fields) for fields in told_values
        ]
    acts = _refused(words, context) if error else []
    acts = acts or (sentences.read(words, context) if words and sentences.hints(words) else [])
    if error and named and not acts:
        acts = called.of_calls([tool_reports.refused(answer.tool, error)]).acts
    if not acts and (act := _by_values(told, pairs, context)) is not None:
        acts = [act]
    if error or answer.failed:
        acts = [act._replace(mood=Mood.REFUSED) for act in acts]
    return [besides.with_values(act, words, told, pairs, len(acts)) for act in acts]


def _by_values(told: JsonObject, pairs: Leaves, context: sentences.SentenceContext) -> Act | None:
    """A change that an answer tells by its values alone: ``{"deployment": "b", "old_replicas": 5, …}``."""
    if not any(is_before(path) or {*path} & _BEFORE for path, _ in pairs):
        return None
    fields = tuple(field for field in keyed.wanted(told, pairs, "scale") if field.before)
    targets = choice.choose(context.found, "scale", "")
    if not any(ref.name for ref in targets) or not any(field.value != field.before for field in fields):
        return None
    verb = "scale" if all(field.path == "replicas" for field in fields) else "patch"
    mood = Mood.REFUSED if told.get("ok") is False or told.get("success") is False else states.in_attributes(pairs)
    return Act(verb, verb, mood or Mood.DONE, targets, None, fields)


_BEFORE = frozenset(("before", "from", "old", "previous", "was"))
_ERRORS = ("error", "err", "errorMessage", "exception")
_SAID = ("message", "msg", "result", "detail", "text", "output")


def _words_in(value: Any) -> str:
    """The words of an answer's key, or of the document under it."""
    if isinstance(value, dict):
        value = value.get("message") or value.get("detail")
    return value[:2_000] if isinstance(value, str) else ""


def _refused(words: str, context: sentences.SentenceContext) -> list[Act]:
    return api_errors.find(words) or sentences.read(words, context)


def _in_words(answer: ToolAnswer) -> list[Act]:
    words = str(answer.told)[:2_000]
    named = verbs.of_name(answer.tool) if answer.tool else None
    context = sentences.SentenceContext([])
    acts = api_errors.find(words) or (sentences.read(words, context) if sentences.hints(words) else [])
    acts = acts or [act for act in (changes.read(words),) if act is not None]
    failed = answer.failed or _ERROR.match(words) is not None
    if named is not None and not any(ref.name for act in acts for ref in act.targets):
        if failed:
            verb = "scale" if named.verb == "patch" and _COUNTS & {*verbs.parts(answer.tool)} else named.verb
            whom = _named(words, answer.tool)
            return [Act(verb, answer.tool, Mood.REFUSED, whom, None, (), f"failed: {words[:200]}")]
        if (change := _CHANGE.fullmatch(words.strip())) is not None:
            return _changed(answer.tool, named, change)
    if failed:
        return [act._replace(mood=Mood.REFUSED) for act in acts]
    return [act if act.mood is not Mood.PLANNED else act._replace(mood=Mood.DONE) for act in acts]


_ERROR = late(r"\W*(?:error|failed|failure|forbidden|denied|exception)\b", re.IGNORECASE)
_COUNTS = wordset("replicas replica scale")
_VALUE = r"-?\d[\d.]{0,12}(?:[KMGT]i?|m)?B?"
_CHANGE = late(rf"(?P<name>[a-z0-9][\w./-]{{0,252}}): (?P<before>{_VALUE}) ?(?:->|=>|→|to) ?(?P<after>{_VALUE})")
"""An answer of no more than values, of which the tool's name says what they are: ``web: 4 -> 1``."""


def _changed(tool: str, named: verbs.Verb, change: re.Match[str]) -> list[Act]:
    fields = recorded.told([(("from",), change["before"]), (("to",), change["after"])], named.verb, tool)
    ref = references.reference(change["name"])
    verb = recorded.sized(named.verb, fields)
    return [Act(verb, tool, Mood.DONE, (ref,), None, fields)] if ref is not None and fields else []


def _named(words: str, tool: str) -> tuple[Ref, ...]:
    """The object that an error is about, where it names one alone, or one of the kind that the tool is for."""
    ref = changes.named(grammar.tokens_of(words[: grammar.LONGEST]))
    if ref is not None and not ref.kind:
        return (ref,)
    head = _ERROR.match(words)
    told = tool_reports.whom(tool, words[head.end() if head is not None else 0 :])
    found = choice.choose(choice.candidates(leaves(told), bare=3), "", "")
    return found if len(found) == 1 and keyed.kind_in(tool) in ("", found[0].kind) else ()


_RETURNED = late(
    r"(?:(?:tool|function)(?:[ _]?call)? )(?:output|result|response|answer|returned)(?: [\w-]{1,60})?\W*", re.IGNORECASE
)
"""All that a line says before what a tool has returned, of which it names no tool."""


def returned(message: str, extra: Sequence[Any]) -> list[Act]:
    """``tool output {"workload": "Deployment/a/b", "previousReplicas": 5, "replicas": 8}``: a change by its values."""
    if len(extra) != 1 or not isinstance(told := extra[0], dict) or _RETURNED.fullmatch(message) is None:
        return []
    pairs = leaves(told)[:60]
    act = _by_values(told, pairs, sentences.SentenceContext(pairs))
    return [] if act is None else [act]


def of_task(message: str, extra: Sequence[Any]) -> list[Act]:
    """``changed: [localhost] => {"changed": true, "result": {…}}``: what became of an object that a module wrote.

    A module that tells no method sets the size; of what another one has set, its object as a whole tells nothing.
    """
    told = extra[0] if len(extra) == 1 and _CHANGED.fullmatch(message) and isinstance(extra[0], dict) else {}
    if not told.keys() <= _OF_MODULE:
        return []  # a check run, a failure, a difference
    made = told.get("result")
    meta = made.get("metadata") if isinstance(made, dict) and told.get("changed") is True else None
    if not isinstance(made, dict) or not isinstance(meta, dict) or not isinstance(made.get("kind"), str):
        return []
    if other_deeds.told_beside(message.removesuffix("=>")):
        return []
    kind, name, space = kinds.of_word(made["kind"]) or made["kind"], meta.get("name"), meta.get("namespace")
    verb = _METHODS.get(str(told.get("method", "")), "")
    spec = made.get("spec")
    scaled = "method" not in told and "duration" in told  # k8s_scale waits; k8s tells how it has written
    size = spec.get("replicas") if isinstance(spec, dict) and scaled else None
    if not isinstance(name, str) or not name or not (verb or isinstance(size, int)):
        return []
    ref = Ref(kind, space if isinstance(space, str) else "", name)
    fields = () if size is None else (patches.field("replicas", size),)
    return [Act(verb or "scale", verb or "scale", Mood.DONE, (ref,), None, fields)]


_CHANGED = late(r"(?:p=\d+ u=\S+ n=\S+ \| )?changed: \[[^\[\]]{1,253}\] =>(?: \(item=[^()]{0,200}\) =>)?")
_OF_MODULE = frozenset(
    ("changed", "duration", "method", "result", "item", "ansible_loop_var", "invocation", "warnings")
)
"""The verdict of a task that has changed its object, and all the keys that stand behind it."""
_METHODS = {"create": "create", "delete": "delete", **dict.fromkeys(("patch", "update", "replace", "apply"), "patch")}


_REPR = late(r"\b[A-Z]\w{0,60}(?:Result|Response|Return|Output)\w{0,20}\((?=\w{1,40}=)")


def printed(source: str) -> list[Act]:
    """``FunctionExecutionResult(content='web: 4 -> 1', name='set_replicas')``: answers as Python shows its objects."""
    acts: list[Act] = []
    for match in itertools.islice(_REPR.finditer(source[: 16 * 1024]), MOST):
        given = tool_texts.quoted(source, match.end())
        tool = given.get("name") or given.get("tool_name") or ""
        if tool and (content := given.get("content") or given.get("output")):
            acts += acts_of(ToolAnswer(tool, nested(content) or content, given.get("is_error") == "True"))
    return acts
