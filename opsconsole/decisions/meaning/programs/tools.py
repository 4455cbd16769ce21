"""Tool calls by their shape, a name with arguments: OpenAI, Anthropic, Gemini, Bedrock, LangChain, MCP."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from opsconsole.decisions.meaning import remarks, states
from opsconsole.decisions.meaning.objects import Leaves
from opsconsole.decisions.message.document import leaves
from opsconsole.decisions.message.roles import nested
from opsconsole.decisions.words import verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.records import JsonObject, Mood

MOST = 50
"""Calls of one entry."""

_NAMES = ("name", "tool", "tool_name", "toolName", "function_name", "function", "action", "gen_ai.tool.name")
_ARGUMENTS = (
    *("arguments", "args", "input", "tool_input", "action_input", "toolInput", "kwargs", "parameters", "params"),
    *("tool_args", "toolArgs", "tool_arguments", "inputs"),
    "gen_ai.tool.call.arguments",
)
_TOOLS = ("tool", "tool_name", "toolName", "function_name")
"""Keys that name nothing but a tool."""
_NOT_CALLED = wordset(
    "tools functions available_tools tool_definitions toolDefinitions toolConfig tool_specs declarations"
)
"""Keys under which tools are described, not called."""


_SIGNS = tuple(word for word in _ARGUMENTS if not any(part in word for part in _ARGUMENTS if part != word))
"""What is in every one of these keys."""


def may_be_in(source: str) -> bool:
    """Does an entry hold a word that every call has?"""
    for sign in _SIGNS:  # noqa: SIM110 - every document comes by, and a loop takes half the time of any()
        if sign in source:
            return True
    return False


_SHORT = 80
"""Characters of a message that says how a call is meant, and no more."""


class ToolCall(NamedTuple):
    """A tool and what it is called with; ``command`` where it is called with a line for a shell.

    ``mood`` where what stands around it tells how it is meant: a person is asked first, it was refused, or it has
    returned; ``answer`` is what it returned.
    """

    name: str
    arguments: JsonObject
    command: str = ""
    mood: Mood | None = None
    answer: JsonObject | None = None


def all_in(
    message: str, document: JsonObject | None, pairs: Leaves, extra: Sequence[Any], source: str
) -> list[ToolCall]:
    """Every call that an entry tells: in its documents, in a sentence before one, in its pairs."""
    data = ([document] if document is not None else []) + [each for each in extra if each is not document]
    answers = '"content"' in source and "error" in source.lower()
    found = find(data) if data and (extra or answers or may_be_in(source)) else []
    if found:
        told = document is not None and _call(document) is not None and len(message) < _SHORT
        state = states.in_attributes(pairs) if told else None
        state = None if state is Mood.PROPOSED and not _APPROVAL.search(source) else state
        moods_of = [(remarks.of_call(message, each.name) if told else None) or state for each in found]
        return [each if mood is None else each._replace(mood=mood) for each, mood in zip(found, moods_of, strict=True)]
    found = said(message, extra) if extra else []
    found = found or (represented(source) if document is None and "='" in source and "(" in source else [])
    return found or (_paired(message, pairs, extra) if document is None and pairs else [])


_APPROVAL = re.compile(r"approv|review|confirm", re.IGNORECASE)
"""What a call waits for that a person has yet to allow; one that is only pending waits for its turn."""


def _paired(message: str, pairs: Leaves, extra: Sequence[Any]) -> list[ToolCall]:
    """``tool_result name=drain_node status=error args={…}``: a call in the pairs of a line."""
    outer = pairs
    inner = [(path[1:], leaf) for path, leaf in pairs if len(path) > 1 and path[0] in _HOLDING]
    pairs = inner or pairs
    given = {str(path[0]): leaf for path, leaf in pairs if len(path) == 1}
    nested_in = {str(path[-1]): leaf for path, leaf in pairs if len(path) == 2 and path[0] in _ARGUMENTS}
    keys = (*_TOOLS, "name") if "tool" in message.lower() or given.keys() & {"args", "arguments"} else _TOOLS
    name = next((leaf for key in keys if isinstance(leaf := given.get(key), str) and "_" in leaf), "")
    if not name and isinstance(said := given.get("action"), str) and not given.keys().isdisjoint(_ARGUMENTS):
        name = said
    if not name or verbs.of_name(name) is None:
        return []
    arguments = next((each for each in extra if isinstance(each, dict)), nested_in or None)
    if arguments is None and not given.keys().isdisjoint(_RESULTS):
        return []  # what it answered is told in words
    for key in _ARGUMENTS:
        if arguments is None and isinstance(leaf := given.get(key), str):
            arguments = nested(leaf)
    arguments = {key: leaf for key, leaf in given.items() if key not in keys} if arguments is None else arguments
    mood = states.in_attributes(outer) or _verdict(outer) or remarks.of_call(message, name)
    return [ToolCall(name, arguments, _command(arguments), mood)]


_HOLDING = ("action", "call", "tool_call", "request")
"""Keys under which a call stands beside what a person said of it."""
_RESULTS = ("result", "output", "content", "observation")
_NO = wordset("reject rejected deny denied decline declined veto vetoed no")


def _verdict(pairs: Leaves) -> Mood | None:
    """What a person said of the call: ``"decision": "reject"``."""
    said = (leaf for path, leaf in pairs if path in (("decision",), ("verdict",), ("approval",), ("answer",)))
    return Mood.REFUSED if any(isinstance(leaf, str) and leaf.lower() in _NO for leaf in said) else None


_SPELLED = re.compile(
    r"\b(?:(?:tool|function|action)(?:[ _]call)?(?:: ?|\] ?)(?:[\w-]{1,40} ?[-=]> ?)?|"
    r"(?:invok|call|execut|runn?)(?:ed|ing) )"
    r"['\"`]?(?P<name>[a-z]\w{2,80})\((?P<given>[^()]{1,500})\)",
    re.IGNORECASE,
)
_KEYWORD = re.compile(r"(?P<key>\w{1,60})=(?:'(?P<one>[^']*)'|\"(?P<two>[^\"]*)\"|(?P<bare>[\w./-]+))(?:, *|$)")


def spelled(message: str, source: str) -> tuple[list[ToolCall], str]:
    """``Tool call: cordon_node(node_name='n-1')``: the calls as Python spells them that may act, and the other words.

    A call that only looks (``running check(a='b') and deleting deployment web``) must not hide what stands beside it.
    """
    calls, rest = [], message
    for match in itertools.islice(_SPELLED.finditer(source[:2000]), MOST):
        given = _KEYWORD.finditer(match["given"])
        arguments: JsonObject = {
            each["key"]: each["one"] or each["two"] or _plain(each["bare"] or "") for each in given
        }
        if arguments and (verbs.of_name(match["name"]) or _command(arguments)):
            calls.append(ToolCall(match["name"], arguments, _command(arguments)))
        # The arguments of a call that ends the message were taken for its pairs.
        rest = rest.replace(match[0], " ").removesuffix(match[0].partition("(")[0])
    return calls, rest.strip() if rest != message else message


_REPR = re.compile(r"\b[A-Z]\w{0,60}(?:Call|Request|ToolUse|Use|Block|Action)\w{0,20}\((?P<given>[^\n]{1,2000})")
_QUOTED = re.compile(
    r"(?P<key>\w{1,40})=(?:'(?P<one>(?:[^'\\]|\\.)*)'|\"(?P<two>(?:[^\"\\]|\\.)*)\"|[\w.-]+)(?:, |(?=\)))"
)


def represented(source: str) -> list[ToolCall]:
    """``FunctionCall(id='1', arguments='{"node": "n-1"}', name='cordon_node')``: calls as Python shows its objects."""
    calls: list[ToolCall] = []
    for match in itertools.islice(_REPR.finditer(source[: 16 * 1024]), MOST):
        given: dict[str, str] = {}
        at = match.start("given")
        while (each := _QUOTED.match(source, at)) is not None:
            given.setdefault(each["key"], each["one"] or each["two"] or "")
            at = each.end()
        name = next((given[key] for key in _NAMES if given.get(key)), "")
        arguments = next(
            (told for key in _ARGUMENTS if key in given and (told := nested(given[key])) is not None), None
        )
        if name and " " not in name and arguments is not None:
            calls.append(ToolCall(name, arguments, _command(arguments)))
    return calls


_PRINTED = re.compile(r"\s{1,4}(?P<name>[A-Za-z_][\w.-]{1,100}) \(\S{1,100}\)$")
_ARGUMENT = re.compile(r"\s{3,12}(?P<key>[A-Za-z_]\w{0,60}): ?(?P<value>.{0,2000})$")


def printed(first: str, rest: Sequence[str]) -> list[JsonObject]:
    """The calls that LangChain prints below ``Tool Calls:``, as documents of a name with arguments."""
    calls: list[JsonObject] = []
    for line in rest if first.rstrip().endswith("Tool Calls:") else ():
        if match := _PRINTED.match(line):
            calls.append({"name": match["name"], "arguments": {}})
        elif calls and (match := _ARGUMENT.match(line)):
            value = match["value"]
            calls[-1]["arguments"][match["key"]] = nested(value) or _plain(value)
    return calls[:MOST]


def _plain(text: str) -> str | int:
    return int(text) if re.fullmatch(r"-?\d{1,9}", text) else text


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
                if key in _ASKED:
                    found[first:] = [each._replace(mood=Mood.PROPOSED) for each in found[first:]]


_ASKS = re.compile(
    r"(?:^|[._-])approval[._-]?(?:requests?|requested|required|needed|pending)$|"
    r"(?:^|[._-])(?:pending|awaiting|needs|request|requires)[._-]?approval$",
    re.IGNORECASE,
)
"""Types of a document that asks a person first, as ``mcp_approval_request``; ``approval_granted`` asks nobody."""
_NEVER_ASKS = re.compile(r"(?:^|[._-])(?:no|not|without|never|auto)[._-]", re.IGNORECASE)


def _asks(sort: str) -> bool:
    return _ASKS.search(sort) is not None and _NEVER_ASKS.search(sort) is None


_SAID = re.compile(
    r"\b(?:(?:tool|function|task)(?: call)?|tools/call|action (?:event )?received|invoking(?=:? ['\"`])):? "
    r"['\"`]?(?P<name>[A-Za-z][\w.-]{2,80})(?:\[[\w-]{1,60}\])?['\"`]?(?= |$)",
    re.IGNORECASE,
)


def said(message: str, documents: Sequence[Any]) -> list[ToolCall]:
    """The call that a sentence tells: ``Executing tool 'scale' with args`` and a document of arguments after it."""
    match = _SAID.search(message[:500])
    if match is None or len(documents) != 1 or not isinstance(documents[0], dict):
        return []
    mood = remarks.of_call(message[:500], match["name"])
    between = message[match.end() : 500].partition("{")[0].lower()
    words = {word for word in re.findall(r"[a-z]+", between) if word not in _GIVEN}
    named = verbs.of_name(match["name"])
    if words and mood is None and named is not None and not (named.loose or _RECEIVED.isdisjoint(words)):
        mood = Mood.DONE if "succeeded" in words else Mood.PLANNED
    if words and mood is None:
        return []  # what it returned, or how it is described
    return [ToolCall(match["name"], documents[0], _command(documents[0]), mood)]


_GIVEN = wordset(
    "with and its the args arguments input inputs parameters params kwargs invoking calling running executing"
)
"""Words between a tool and what it is called with."""
_RECEIVED = frozenset(("received", "succeeded"))
"""Words of a queue's worker on a task, of which it shows what it is given or what came of it."""
_ASKED = wordset(
    "action_request action_requests actionRequest approval_request approvalRequest pending_approval "
    "interrupt interrupts human_review confirmation_request approval"
)
"""Keys under which calls wait for a person."""


def _call(value: JsonObject) -> ToolCall | None:
    name = next((value[key] for key in _NAMES if isinstance(value.get(key), str) and value[key]), "")
    name = _joined(name) if " " in name and value.get("name") != name else name
    failed = _failed(value, name)
    if failed is not None or not name or len(name) > 200 or " " in name:
        return failed
    data = value.get("data")
    if value.get("event") == "on_tool_start" and isinstance(data, dict):  # LangChain's stream of events
        value = {**value, **data}
    for key in _ARGUMENTS:
        given = value.get(key)
        arguments = nested(given) if isinstance(given, str) else _by_name(given)
        if key in ("params", "inputs") and name == value.get("name") and verbs.of_name(name) is None:
            continue
        if key == "params" and not any(tool in value for tool in _TOOLS):
            continue
        if isinstance(arguments, dict) and not (
            key == "parameters" and isinstance(given, dict) and _describes(value, arguments)
        ):
            return _answered(value, ToolCall(name, arguments, _command(arguments, name)))
        if isinstance(given, list) and all(isinstance(word, str) for word in given) and (program := program_of(name)):
            return ToolCall(name, {}, f"{program} {' '.join(given)}")
        if isinstance(given, str) and (program := program_of(name)) and program.split()[0] not in given:
            return ToolCall(name, {}, f"{program} {given}")
        if isinstance(given, str) and ("kubectl" in given or not _SHELLS.isdisjoint(verbs.parts(name))):
            return ToolCall(name, {}, given)
    return None


def _by_name(given: Any) -> Any:
    """``[{"name": "replicas", "type": "integer", "value": "2"}]``, as Bedrock's agents give them, as a document."""
    if not isinstance(given, list) or not given:
        return given
    named = all(isinstance(each, dict) and isinstance(each.get("name"), str) and "value" in each for each in given)
    return {each["name"]: each["value"] for each in given} if named else given


def _answered(value: JsonObject, call: ToolCall) -> ToolCall:
    """The call with what it has returned, where that stands beside it."""
    if value.get("error") and value["error"] not in _NO_ERROR:
        return call._replace(mood=Mood.REFUSED)
    told = next((value[key] for key in (*_RESULTS, "outputs") if value.get(key)), None)
    if told is None or call.command:
        return call
    answer = nested(told) if isinstance(told, str) else told
    mood = Mood.DRY_RUN if states.in_attributes(leaves(call.arguments, 40)) is Mood.DRY_RUN else None
    if isinstance(answer, dict):
        words = next((said for key in _WORDS if isinstance(said := answer.get(key), str)), "")
        mood = mood or states.in_attributes(leaves(answer, 40)) or _told_of(words[:500], call.name) or Mood.DONE
        return call._replace(mood=mood, answer=answer)
    text = str(told)[:500]
    mood = mood or _told_of(text, call.name) or (Mood.REFUSED if _ERROR.search(text) else Mood.DONE)
    return call._replace(mood=mood)


def _told_of(answer: str, name: str) -> Mood | None:
    """How the words that a tool answers with say that its call went; ``None``: they say nothing of it."""
    named, first = verbs.of_name(name), verbs.WORDS.get(answer.partition(" ")[0].lower())
    mood = remarks.of_call(answer, name)
    if named and first and first.mood is Mood.DONE and first.verb == named.verb and mood is not Mood.DRY_RUN:
        return Mood.DONE  # "evicted 3 pods, 1 failed"
    if _WAITING.match(answer):
        return Mood.PROPOSED
    return mood or (Mood.REFUSED if _NOT_DONE.match(answer) else None)


_WORDS = ("message", "msg", "detail", "details", "reason", "text", "output")
_NO_ERROR = ("null", "none", "None", "nil", "false")
_WAITING = re.compile(
    r"(?:pending|awaiting|waiting for|queued for|requires|needs) (?:[a-z]+ ){0,2}(?:approval|review|confirmation)\b",
    re.IGNORECASE,
)
_NOT_DONE = re.compile(
    r"(?:the )?(?:user|operator|human|admin|reviewer)? ?(?:has )?(?:declined|unauthori[sz]ed|time(?:d[ -]?| ?)out)\b",
    re.IGNORECASE,
)
_ERROR = re.compile(
    r"\berror\b|\bfailed\b|\bforbidden\b|\bdenied\b|\bnot found\b|\brejected\b|\brefused\b", re.IGNORECASE
)


def _joined(name: str) -> str:
    """A tool's title as its name: ``Patch Resources`` → ``patch_resources``; a sentence is none."""
    words = name.split()
    return "_".join(words).lower() if len(words) < 6 and verbs.of_name(words[0]) is not None else name


_ABOUT = re.compile(
    r"(?P<kind>[a-z]{2,40})(?:\.[\w.-]{1,100})? \"(?P<name>[\w.-]{1,253})\" (?:not found|is forbidden|already exists)"
)


def _failed(value: JsonObject, name: str) -> ToolCall | None:
    """A tool's answer that it failed: ``{"type": "tool", "name": "restart", "status": "error", "content": "…"}``."""
    bad = value.get("status") == "error" or value.get("is_error") is True or value.get("isError") is True
    content = value.get("content")
    if bad and not name:
        return _declined(content) if value.get("type") in _ANSWERS else None
    if not bad or not isinstance(content, str) or (value.get("type") or value.get("role")) not in _ANSWERS:
        return None
    match = _ABOUT.search(content)
    return ToolCall(name, {"kind": match["kind"], "name": match["name"]} if match else {}, "", Mood.REFUSED)


_DECLINED = re.compile(
    r"(?:\w+ )?(?P<verb>[a-z]+) (?:was |is )?"
    r"(?:denied|rejected|declined|refused|failed|blocked|forbidden)\b(?! \w+ing\b)",
    re.IGNORECASE,
)


def _declined(content: Any) -> ToolCall | None:
    """What a person or a policy would not have, by the answer's first words: ``scale denied: user rejected it``."""
    match = _DECLINED.match(content) if isinstance(content, str) else None
    named = verbs.WORDS.get(match["verb"].lower()) if match else None
    return ToolCall(named.stem, {}, "", Mood.REFUSED) if named is not None and not named.loose else None


_ANSWERS = ("tool", "tool_result", "function", "ToolMessage")


def _describes(value: JsonObject, arguments: JsonObject) -> bool:
    """Is it a tool's description, whose parameters are types, or no call at all?"""
    return "description" in value or "properties" in arguments or "name" not in value


_PROGRAMS = wordset("kubectl oc helm helmfile terraform tofu pulumi argocd flux eksctl gcloud aws az istioctl kops")
_RUNS = wordset("run exec execute executor command cmd tool cli shell call raw mcp k8s invoke")
"""Words of a tool's name beside the program that it runs."""
_SHELLS = wordset("bash sh shell zsh terminal powershell")
"""Words of a tool's name that is given a line to run."""
_SCRIPTED = re.compile(rf"(?:^|[\s;&|(]){'(?:' + '|'.join(sorted(_PROGRAMS)) + ')'}\s")


def program_of(name: str) -> str:
    """The command line that a tool's name begins: ``kubectl`` → kubectl, ``run_helm`` → helm, ``helm_uninstall``."""
    words = verbs.parts(name)
    at = next((at for at, word in enumerate(words) if word in _PROGRAMS), None)
    return "" if at is None else " ".join(word for word in words[at:] if word not in _RUNS)


def _is_subcommand(value: str, arguments: JsonObject) -> bool:
    """Is it one word, whose object is told beside it: ``{"command": "cordon", "kind": "node", "name": "n-1"}``?"""
    return value in verbs.WORDS and any(key in arguments for key in ("name", "resourceType", "resource", "kind"))


def _command(arguments: JsonObject, name: str = "") -> str:
    for key in ("command", "cmd", "query", "code", "script", "args", "arguments", "argv"):
        value = arguments.get(key)
        if isinstance(value, list) and all(isinstance(word, str) for word in value):
            value = " ".join(value)
        if not isinstance(value, str) or (key in ("command", "cmd") and _is_subcommand(value, arguments)):
            continue
        program = program_of(name)
        if program and key not in ("query", "code", "script") and program.split()[0] not in value:
            return f"{program} {value}"
        if "kubectl" in value or key in ("command", "cmd") or (key != "query" and _SCRIPTED.search(value)):
            return value
    return ""
