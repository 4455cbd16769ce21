"""Tool calls by their shape, a name with arguments: OpenAI, Anthropic, Gemini, Bedrock, LangChain, MCP."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from opsconsole.decisions.meaning.moods import approvals, remarks, states
from opsconsole.decisions.meaning.programs.tools import (
    tool_answers,
    tool_reports,
    tool_steps,
    tool_texts,
    tool_verdicts,
)
from opsconsole.decisions.meaning.programs.tools.tool_call import ARGUMENTS, MOST, NAMES, RESULTS, ToolCall
from opsconsole.decisions.meaning.programs.tools.tool_lines import SHELLS, command_in, program_of
from opsconsole.decisions.meaning.prose import other_deeds, sentences
from opsconsole.decisions.meaning.targets import choice
from opsconsole.decisions.message.document import Leaves, leaves
from opsconsole.decisions.message.roles import INNER, nested
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late
from opsconsole.records import JsonObject, Mood

_TOOLS = ("tool", "tool_name", "toolName", "function_name")
"""Keys that name nothing but a tool."""
_NOT_CALLED = wordset(
    "tools functions available_tools tool_definitions toolDefinitions toolConfig tool_specs declarations"
)
"""Keys under which tools are described, not called."""


_SIGNS = tuple(word for word in ARGUMENTS if not any(part in word for part in ARGUMENTS if part != word))
"""What is in every one of these keys."""


def may_be_in(source: str) -> bool:
    """Does an entry hold a word that every call has?"""
    for sign in _SIGNS:  # noqa: SIM110 - every document comes by, and a loop takes half the time of any()
        if sign in source:
            return True
    return False


def _may_answer(source: str) -> bool:
    """Does a document hold a key that names a tool, beside which its answer may stand alone?"""
    return "toolName" in source or "tool_name" in source


_SHORT = 80
"""Characters of a message that says how a call is meant, and no more."""


def all_in(
    message: str, document: JsonObject | None, pairs: Leaves, extra: Sequence[Any], source: str
) -> list[ToolCall]:
    """Every call that an entry tells: in its documents, in a sentence before one, in its pairs."""
    data = ([document] if document is not None else []) + [each for each in extra if each is not document]
    answers = '"content"' in source and "error" in source.lower()
    found = find(data) if data and (extra or answers or may_be_in(source) or _may_answer(source)) else []
    if found:
        held = document is not None and _holds_one(document, found) and not approvals.may_be_over(pairs)
        alone = document is not None and (held or _call(document) is not None)
        told = alone and len(message) < _SHORT
        state = states.in_attributes(pairs) if told else None
        state = None if state is Mood.PROPOSED and not _APPROVAL.search(source) else state
        state = state or (_verdict(pairs, _REJECTED) if alone and not _is_overruled(pairs, message) else None)
        own = told and state is not Mood.DONE
        moods_of = [(remarks.of_call(message, each.name) if own else None) or state for each in found]
        return [each if mood is None else each._replace(mood=mood) for each, mood in zip(found, moods_of, strict=True)]
    found = tool_texts.said(message, extra) or tool_reports.returned(message, extra) if extra else []
    found = found or (tool_texts.beside(message, document) if document is not None and "ool" in message[:30] else [])
    found = found or (tool_texts.represented(source) if "rguments" in source and source[:1] != "{" else [])
    found = found or (_paired(message, pairs, extra) if document is None and pairs else [])
    found = found or ([] if document is None or not _may_answer(source) else _judged(message, document))
    found = found or tool_reports.failed(message, pairs)
    return found or ([] if extra else tool_steps.stated(message, pairs, document) or tool_verdicts.told(message))


def _judged(message: str, document: JsonObject) -> list[ToolCall]:
    """What a message says of the call whose tool alone a document tells: ``approval denied, tool not executed``."""
    name = next((name for key in _ONLY_TOOLS if isinstance(name := document.get(key), str) and name), "")
    return tool_steps.judged(message, name, document) if name and _DEEDS.isdisjoint(document) else []


def _holds_one(document: JsonObject, found: list[ToolCall]) -> bool:
    """Is one call all that a document tells beside its message: ``{"message": "needs approval", "tool_call": {…}}``?"""
    return len(found) == 1 and any(isinstance(document.get(key), dict) for key in _HOLDING)


_APPROVAL = late(r"approv|review|confirm", re.IGNORECASE)
"""What a call waits for that a person has yet to allow; one that is only pending waits for its turn."""


def _paired(message: str, pairs: Leaves, extra: Sequence[Any]) -> list[ToolCall]:
    """``tool_result name=drain_node status=error args={…}``: a call in the pairs of a line."""
    outer = pairs
    inner = [(path[1:], leaf) for path, leaf in pairs if len(path) > 1 and path[0] in _HOLDING]
    pairs = inner or pairs
    given = {str(path[0]): leaf for path, leaf in pairs if len(path) == 1}
    nested_in = {str(path[-1]): leaf for path, leaf in pairs if len(path) == 2 and path[0] in ARGUMENTS}
    keys = (*_TOOLS, "name") if "tool" in message.lower() or given.keys() & {"args", "arguments"} else _TOOLS
    called = not given.keys().isdisjoint(ARGUMENTS)
    name = next((leaf for key in keys if isinstance(leaf := given.get(key), str) and _is_one(leaf, called=called)), "")
    if called and not name and isinstance(said := given.get("action"), str):
        name = said
    if not name or verbs.of_name(name) is None:
        return []
    arguments = next((each for each in extra if isinstance(each, dict)), nested_in or None)
    if arguments is None and not given.keys().isdisjoint(RESULTS):
        return []  # what it answered is told in words
    for key in ARGUMENTS:
        if arguments is None and isinstance(leaf := given.get(key), str):
            arguments = nested(leaf)
    arguments = {key: leaf for key, leaf in given.items() if key not in keys} if arguments is None else arguments
    mood = states.in_attributes(outer) or _verdict(outer) or remarks.of_call(message, name)
    return [ToolCall(name, arguments, command_in(arguments), mood)]


def _is_one(name: str, *, called: bool) -> bool:
    """Is it spelt as a tool's name is? ``restart`` is one beside what it is called with."""
    plain = name.isascii() and name.replace(".", "").isalnum()
    return "_" in name or (plain and len(verbs.parts(name)) > 1) or (called and name.replace("-", "").isalnum())


_HOLDING = ("action", "call", "tool_call", "request")
"""Keys under which a call stands beside what a person said of it."""
_NO = wordset("reject rejected deny denied decline declined veto vetoed no refuse refused disapprove disapproved")


_REJECTED = _NO - {"no"}
"""What a person says of a call; ``"approval": "no"`` beside it may tell that nobody was asked."""


def _verdict(pairs: Leaves, refusing: frozenset[str] = _NO) -> Mood | None:
    """What a person said of the call: ``"decision": "reject"``, ``"decisions": [{"type": "reject"}]``."""
    said = (leaf for path, leaf in pairs if path in _VERDICTS)
    if any(path[:2] == ("decisions", 1) for path, _ in pairs):
        return None  # one of several holds
    return Mood.REFUSED if any(isinstance(leaf, str) and leaf.lower() in refusing for leaf in said) else None


_ANSWER_KEYS = ("decision", "verdict", "approval", "answer", "human_decision", "review", "user_decision")
_VERDICTS = frozenset(
    [(key,) for key in _ANSWER_KEYS] + [(key, "type") for key in _ANSWER_KEYS] + [("decisions", 0, "type")]
)


def _is_overruled(pairs: Leaves, message: str) -> bool:
    """May what stands beside a refusal tell that the call is made all the same: ``"overridden_by": "bot"``?"""
    beside = (f"{path[-1]} {leaf}" for path, leaf in pairs if path and path[0] not in ARGUMENTS)
    return any(_ALL_THE_SAME.search(said) for said in (message, *beside))


_ALL_THE_SAME = late(
    r"overr|bypass|forc|ignor|anyway|regardless|disabled|audit|execut|\bdone\b|appli|retr|succe|\bonly\b|"
    r"\b(?:ran|started|did)\b|proce|continu|\bwent\b|\bgo(?:ing)?\b|running|\bok(?:ay)?\b|allow|accept|approve|granted|"
    r"(?:delet|remov|scal|drain|evict|patch|restart|terminat)(?:ed|ing)\b",
    re.IGNORECASE,
)


def find(value: Any) -> list[ToolCall]:
    """Every call in a document, in its order."""
    found: list[ToolCall] = []
    _gather(value, found, 0)
    return found


def _gather(value: Any, found: list[ToolCall], depth: int) -> None:
    if depth > 20 or len(found) >= MOST:
        return
    if isinstance(value, list):
        for item in value:
            if isinstance(item, dict | list):
                _gather(item, found, depth + 1)
    elif isinstance(value, dict):
        call = _call(value)
        if call is not None:
            asked = _asks(str(value.get("type", "")))
            found.append(call._replace(mood=Mood.PROPOSED) if asked else call)
            return
        for key, item in value.items():
            if isinstance(item, dict | list) and key not in _NOT_CALLED:
                first = len(found)
                _gather(item, found, depth + 1)
                if key in _ASKED or (key == "approvals" and _DEFERRED.issuperset(value)):
                    found[first:] = [each._replace(mood=Mood.PROPOSED) for each in found[first:]]


_ASKS = late(
    r"(?:^|[._-])approval[._-]?(?:requests?|requested|required|needed|pending)$|"
    r"(?:^|[._-])(?:pending|awaiting|needs|request|requires)[._-]?approval$",
    re.IGNORECASE,
)
"""Types of a document that asks a person first, as ``mcp_approval_request``; ``approval_granted`` asks nobody."""
_NEVER_ASKS = late(r"(?:^|[._-])(?:no|not|without|never|auto)[._-]", re.IGNORECASE)


def _asks(sort: str) -> bool:
    return _ASKS.search(sort) is not None and _NEVER_ASKS.search(sort) is None


_ASKED = wordset(
    "action_request action_requests actionRequest approval_request approvalRequest pending_approval "
    "interrupt interrupts human_review confirmation_request approval"
)
"""Keys under which calls wait for a person."""
_DEFERRED = frozenset(("calls", "approvals", "metadata"))
"""All that an object holds of calls that are put off until a person has allowed them; others list what was allowed."""


def _call(value: JsonObject) -> ToolCall | None:
    name = _name(value)
    name = _joined(name) if " " in name and value.get("name") != name else name
    failed = tool_answers.failed(value, name)
    if failed is not None or not name or len(name) > 200 or " " in name:
        return failed
    data = value.get("data")
    if value.get("event") == "on_tool_start" and isinstance(data, dict):  # LangChain's stream of events
        value = {**value, **data}
    for key in ARGUMENTS:
        given = value.get(key)
        arguments = nested(given) if isinstance(given, str) else _by_name(given)
        if key in ("params", "inputs") and name == value.get("name") and verbs.of_name(name) is None:
            continue
        if key == "params" and not any(tool in value for tool in _TOOLS):
            continue
        if isinstance(arguments, dict) and not (
            key == "parameters" and isinstance(given, dict) and _describes(value, arguments)
        ):
            return tool_answers.answered(value, ToolCall(name, arguments, command_in(arguments, name)))
        if isinstance(given, list) and all(isinstance(word, str) for word in given) and (program := program_of(name)):
            return ToolCall(name, {}, f"{program} {' '.join(given)}")
        if isinstance(given, str) and (program := program_of(name)) and program.split()[0] not in given:
            return ToolCall(name, {}, f"{program} {given}")
        if isinstance(given, str) and ("kubectl" in given or not SHELLS.isdisjoint(verbs.parts(name))):
            return ToolCall(name, {}, given)
    return _returned(value, name)


_LOGGED = frozenset(("level", "severity", "pid", "hostname", "msg"))
"""Keys of a line of a log, whose ``name`` is the logger's."""


def _name(value: JsonObject) -> str:
    """The tool's name, by the key that names nothing else, where there is one."""
    keys = [key for key in NAMES if isinstance(value.get(key), str) and value[key]]
    if len(keys) > 1:
        first = str(value[keys[0]])
        if (verbs.of_call(first) or program_of(first)) and not _is_who(first):
            return first  # {"name": "delete_namespace", "tool_name": "noop"}
        logged = not _LOGGED.isdisjoint(value)
        keys.sort(key=lambda key: (key not in _ONLY_TOOLS, logged and key == "name"))
    if not keys or keys[0] in _ONLY_TOOLS:
        return str(value[keys[0]]) if keys else ""
    known = (key for key in keys if verbs.of_name(value[key]) or verbs.reads(value[key]) or program_of(value[key]))
    return str(value[next(known, keys[0])])


_WHO = wordset("bot agent operator controller manager scaler autoscaler tuner optimizer logger")
"""Words with which names of programs end, which are no tools: ``scale-bot``."""


def _is_who(name: str) -> bool:
    words = verbs.parts(name)
    return words[-1] in _WHO and not kinds.in_words(words)


_ONLY_TOOLS = ("tool_name", "toolName", "function_name", "gen_ai.tool.name")


_DEEDS = frozenset(
    (*ARGUMENTS, "action", "operation", "verb", "op", "kind", "command", "cmd", "patch", "tool", "function")
)
"""Keys beside an answer that may tell another deed."""


def _returned(value: JsonObject, name: str) -> ToolCall | None:
    """``"toolName": "setReplicas", "output": {…}``: the call whose answer alone is told, and names the object."""
    if not any(key in value for key in _ONLY_TOOLS) or verbs.of_name(name) is None:
        return None
    answer = next((part for key in RESULTS if isinstance(part := value.get(key), dict)), None)
    rest = leaves({key: part for key, part in value.items() if part is not answer})[:60]
    if any(not _DEEDS.isdisjoint(path) for path, _ in rest):
        return None
    if other_deeds.told_beside(*(leaf for path, leaf in rest if isinstance(leaf, str) and " " in leaf)):
        return None
    if not answer and (call := tool_answers.refused_for(name, value.get("error"))) is not None:
        return call
    if not answer or _tells_in_words(answer, name):
        return None
    return tool_answers.answered(value, ToolCall(name, tool_answers.with_whom(name, answer)))._replace(answer=None)


def _tells_in_words(answer: JsonObject, name: str) -> bool:
    """Does an answer name the object in words alone: ``{"status": "ok", "detail": "deployment a/b restarted"}``?"""
    named = verbs.of_name(name)
    if named is None or choice.candidates(leaves(answer)[:60], bare=3):
        return False
    said = (words for key in INNER if isinstance(words := answer.get(key), str) and sentences.hints(words[:2_000]))
    acts = [act for words in said for act in sentences.read(words[:2_000], sentences.SentenceContext([]))]
    return any(act.verb == named.verb and any(ref.name for ref in act.targets) for act in acts)


def _by_name(given: Any) -> Any:
    """``[{"name": "replicas", "type": "integer", "value": "2"}]``, as Bedrock's agents give them, as a document."""
    if not isinstance(given, list) or not given:
        return given
    named = all(isinstance(each, dict) and isinstance(each.get("name"), str) and "value" in each for each in given)
    return {each["name"]: each["value"] for each in given} if named else given


def _joined(name: str) -> str:
    """A tool's title as its name: ``Patch Resources`` → ``patch_resources``; a sentence is none."""
    words = name.split()
    return "_".join(words).lower() if len(words) < 6 and verbs.of_name(words[0]) is not None else name


def _describes(value: JsonObject, arguments: JsonObject) -> bool:
    """Is it a tool's description, whose parameters are types, or no call at all?"""
    return "description" in value or "properties" in arguments or "name" not in value
