"""Where an entry says something in words: in its message, and in what a tool or an agent has written beside it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import Any, TypeGuard

from opsconsole.decisions.message import roles
from opsconsole.decisions.message.document import Leaves
from opsconsole.decisions.words import kinds, verbs
from opsconsole.patterns import late
from opsconsole.records import JsonObject, Mood

_COMMANDS = frozenset({("command",), ("cmd",), ("argv",)})
_CONTENTS = frozenset({("content",), ("output",), ("result",), ("observation",), ("text",)})
"""Pairs of a line whose values are words of an agent or of a tool."""
_WORDS = _COMMANDS | _CONTENTS
_RETURNED = late(
    r"(?:output|result|content|response|observation|returned)(?:[ =:(#\[]{1,3}[\w-]{0,60}\d[\w-]{0,60})?\W*$",
    re.IGNORECASE,
)
"""What stands before the document that a tool has returned."""


_ANSWERED = late(
    r"(?:\w+ )?(?:function|tool|action)(?: call)? \S{1,100} (?:result|returned|output|response|answered):? "
    r"(?P<rest>\S.*)",
    re.IGNORECASE | re.DOTALL,
)
"""A line of what a tool answered: ``Function Ops-Scale result: web now has 5 replicas``."""
_LISTS = ("commands", "cmds", "steps", "actions", "plan", "changes", "operations")
"""Keys of lists of sentences or of commands."""
_MOST = 50


def _is_texts(items: Any) -> TypeGuard[list[str]]:
    return isinstance(items, list) and 0 < len(items) <= _MOST and all(isinstance(item, str) for item in items)


def _joined(items: list[str]) -> str:
    return ("\n" if any(item.startswith(_PROGRAMS) for item in items) else "; ").join(items)


_PROGRAMS = ("kubectl ", "oc ", "helm ", "aws ", "gcloud ")


def texts(message: str, document: JsonObject | None, pairs: Leaves, extra: Sequence[Any], source: str) -> list[str]:
    """The texts of an entry, its message first, each once.

    Args:
        message: what is said in words.
        document: the whole document, where the entry is one.
        pairs: its attributes, as paths and leaves.
        extra: documents found in the message.
        source: the entry as it was written.
    """
    data = ([document] if document is not None else []) + list(extra)
    found = [
        message,
        *(text for each in data if isinstance(each, dict) for text in roles.texts_of(each) if text != message),
    ]
    told_by = _COMMANDS if document is not None else _WORDS
    if document is None and (behind := _ANSWERED.match(message)):
        found.append(behind["rest"])
    found += [leaf for path, leaf in pairs if path in told_by and isinstance(leaf, str) and leaf not in found]
    if '"std' in source or " std" in source:
        found += _printed(message, pairs)
    for key in _LISTS if document is not None else ():
        if document is not None and key in document and _is_texts(items := document[key]):
            found.append(_joined(items))
    if _SPEAKS.fullmatch(message):
        said = (document or {}).get("text") or dict(pairs).get(("text",))
        found += [said] if isinstance(said, str) and said not in found else []
    if extra and document is None and (message.endswith("=>") or _RETURNED.search(message)):
        keys = ("message", "msg") if message.endswith("=>") else ("message",)
        told = (each.get(key) for each in extra if isinstance(each, dict) for key in keys)
        found += [said for said in told if isinstance(said, str)]
        found += [said for each in extra if isinstance(each, dict) and (said := _became(each))]
    return found + ([text for text in _contents(source) if text not in found] if "(content=" in source else [])


_STREAMS = (("stdout",), ("stderr",))
_OF_OUTPUT = frozenset({"output", "results", "result", "stdout", "stderr"})


def _printed(message: str, pairs: Leaves) -> list[str]:
    """What a command has printed, where the message says that it did something, and tells no other command.

    What is only shown may tell of others' deeds: ``kubectl logs`` beside ``stdout="deleted pod shop/web-1"``.
    """
    if not tells_of_output(message) or any(_FOR_SHOW.fullmatch(str(leaf)) for _, leaf in pairs):
        return []
    printed = (leaf.split("\n", _MOST)[:_MOST] for path, leaf in pairs if path in _STREAMS and isinstance(leaf, str))
    return [text for lines in printed if (text := "; ".join(line.strip() for line in lines if line.strip()))]


def tells_of_output(message: str) -> bool:
    """Does a message say no more than that a command did something, or printed what stands beside it?"""
    words = {word.strip(".:,") for word in message.lower().split()}
    if len(words) > _FEW or words.isdisjoint(_OF_OUTPUT | _OVER):
        return False
    return all(word in _OF_OUTPUT or word in _OVER or word in _RAN or _is_deed(word) for word in words)


def _is_deed(word: str) -> bool:
    verb = verbs.WORDS.get(word)
    return verb is not None and not verb.loose


_FOR_SHOW = late(r"would(?: \w+)?|planned|plan|preview(?:ed)?|tests?|unit-?test|example|sample", re.IGNORECASE)
"""A status, a mode or a step beside an output that is of nothing done."""
_FEW = 4
_OVER = frozenset({"finished", "completed", "done", "succeeded"})
_RAN = frozenset({"command", "cmd", "kubectl", "the", "of"})
"""A plan, a query, a test and a document have an output too: any further word, and it may be theirs."""


def _became(document: JsonObject) -> str:
    """What a document that a tool has returned says in one word that its object has become: ``"status": "scaled"``."""
    said = next((word for key in _STATES if isinstance(word := document.get(key), str)), "").lower()
    verb = verbs.WORDS.get(said)
    named = any(key == "kind" or kinds.of_word(key) for key in document)
    told = verb is not None and verb.mood is Mood.DONE and not verb.loose and verb.verb not in _OF_A_STATE
    return said if named and told else ""


_OF_A_STATE = ("delete", "evict", "create")
"""Deeds whose words are the states of objects too: who looks for a namespace is told ``"status": "deleted"``."""


_STATES = ("status", "state", "result", "outcome")


_SPEAKS = late(
    r"(?:assistant|agent|model|ai|bot)(?: (?:message|reply|says|said|text|response|answer|output))?", re.IGNORECASE
)
"""A message that says no more than who speaks, beside what is said."""
_CONTENT = late(r"[(, ]content=(?:'(?P<one>(?:[^'\\]|\\.)*)'|\"(?P<two>(?:[^\"\\]|\\.)*)\")")


def _contents(source: str) -> list[str]:
    """The words in ``FunctionExecutionResult(content='node/n-1 cordoned', …)``: what a tool says that became of it."""
    found = (match["one"] or match["two"] or "" for match in _CONTENT.finditer(source[: 16 * 1024]))
    return [text for text in itertools.islice(found, _MOST) if text]
