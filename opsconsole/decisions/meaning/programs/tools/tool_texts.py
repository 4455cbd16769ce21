"""Calls of tools as texts tell them: spelled as Python does, printed as its objects, told in a sentence."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Sequence
from typing import Any

from opsconsole.decisions.meaning.moods import remarks
from opsconsole.decisions.meaning.programs.tools.tool_call import ARGUMENTS, MOST, NAMES, ToolCall, only_asks
from opsconsole.decisions.meaning.programs.tools.tool_lines import SHELLS, command_in, program_of
from opsconsole.decisions.meaning.prose import other_deeds
from opsconsole.decisions.message.notations import printed as printed_records
from opsconsole.decisions.message.roles import nested
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.decoding import is_too_deep
from opsconsole.patterns import late
from opsconsole.records import JsonObject, Mood

_SPELLED = late(
    r"\b(?:(?:tool|function|action)(?:[ _]call)?(?: [a-z]{2,12}(?: by \w{2,40})?)?(?:: ?|\] ?)"
    r"(?:[\w-]{1,40} ?[-=]> ?)?|"
    r"(?:agent\.)?tool(?:\.(?:call|run|invoke|exec|use))? |(?:tool|function)[ _]call |"
    r"(?:invok|call|execut|runn?|(?P<allowed>allow|approv|permitt))(?:ed|ing) |failed at line |"
    r"(?P<refused>(?<!not )(?<!never )\b(?:blocked|denied|rejected|refused|declined|vetoed|"
    r"disallowed|forbade|intercepted))"
    r" (?:the )?(?:(?:tool|call|action|request)(?: to)? )?)"
    r"['\"`]?(?:[a-z]\w{0,30}[.-])?(?P<name>[a-z]\w{2,80})(?:\((?P<given>[^()]{1,500})\)|(?P<record>\{[^{}]{1,500}\}))",
    re.IGNORECASE,
)
_CODE = late(
    r"\s*(?:[a-z_][\w.]{0,60} = )?(?:await )?(?:[a-z_]\w{0,60}\.)?"
    r"(?P<name>[a-z]\w{1,80})\((?P<given>(?:\w{1,60}=|['\"])[^()]{1,500})(?P<record>)\)\s*;?\s*"
)
"""A line of code that is nothing but a call: ``r = set_limit(deployment="web", memory="1Gi")``."""
_FIRST = late(r"\s*(?:'(?P<one>[^'\n]{1,300})'|\"(?P<two>[^\"\n]{1,300})\")\s*(?:,\s*(?P<rest>.*))?$", re.DOTALL)
"""What a call is given first, without a keyword: ``delete_pod("shop/web-1", force=True)``."""
_KEYWORD = late(r"(?P<key>\w{1,60})=(?:'(?P<one>[^']*)'|\"(?P<two>[^\"]*)\"|(?P<bare>[\w./-]+))(?:, *|$)")


def spelled(message: str, source: str) -> tuple[list[ToolCall], str]:
    """``Tool call: cordon_node(node_name='n-1')``: the calls as Python spells them that may act, and the other words.

    A call that only looks (``running check(a='b') and deleting deployment web``) must not hide what stands beside it.
    """
    calls, rest = [], message
    code = _CODE.fullmatch(source) if len(source) < 700 else None
    for match in [code] if code else itertools.islice(_SPELLED.finditer(source[:2000]), MOST):
        if not code and match["allowed"] and _NEGATED.search(source[: match.start()]):
            continue  # "never approved delete_pod(name='web-1')"
        arguments = _given(match["given"], match["record"]) | _first_given(match["name"], match["given"] or "")
        command = command_in(arguments, match["name"])
        if arguments and (verbs.of_name(match["name"]) or command):
            said = message[: max(message.find(match["name"]), 0)].rstrip(" :'\"`")
            mood = None if code else remarks.of_call(said[-200:], match["name"]) or _left(source[match.end() :][:200])
            if not code and match["refused"]:
                mood = None if in_spite(source[: match.start()], source[match.end() :]) else Mood.REFUSED
            calls.append(ToolCall(match["name"], arguments, command, mood))
        elif code and match["given"][:1] in ("'", '"'):
            continue  # "delete('sessions/9f2')": words that may tell of something
        rest = _without(rest, match[0].strip(), match[0][match.start("name") - match.start() :].strip())
    return calls, rest.strip() if rest != message else message


def in_spite(before: str, behind: str) -> bool:
    """Do the words beside a refusal tell that there was none, or that it was of no avail?"""
    return _NOBODY.search(before) is not None or _NO_AVAIL.search(behind) is not None


_NOBODY = late(r"\b(?:nobody|nothing|none|neither|not|never|no(?: [\w-]+){1,3}) $", re.IGNORECASE)
_NO_AVAIL = late(
    r"\b(?:execut|ran\b|running|done\b|overrid|overrul|bypass|forc|anyway|lifted|audit|monitor|retr|again\b|now\b|went|succe)",
    re.IGNORECASE,
)


def _left(behind: str) -> Mood | None:
    """What stands right behind a call of itself: ``tool call drain_node(node='n-1') was blocked by policy``."""
    if behind[:1] != " " or _NOT_NOW.search(behind) is not None:
        return None
    mood = remarks.of_command("", behind)
    return mood if mood is Mood.REFUSED else None


_NOT_NOW = late(
    r"[,;]|\b(?:that|which|who|before|earlier|previously|formerly|once|first|at first|then|now|later|but|until|"
    r"finally|anyway|regardless|"
    r"done|executed|overr\w+|bypass\w*|forc\w+|succe\w+|(?:delet|remov|drain|evict|scal)ed)\b",
    re.IGNORECASE,
)
"""Words behind a refusal that may say that the call is made all the same: ``was blocked before, done now``."""


def _without(message: str, call: str, named: str) -> str:
    """The other words of a message; the arguments of a call that ends it were taken for its pairs.

    What stands before the call's name may have been taken for a logger: ``tool.call kubectl(args="…")``.
    """
    if call in message:
        return message.replace(call, " ")
    if message.startswith(named):
        return message[len(named) :] or " "
    begins = max(message.find(_OPEN.split(each, maxsplit=1)[0]) for each in (call, named)) if call else -1
    return message[:begins] if begins >= 0 else message


_OPEN = late(r"[({]")


def _given(given: str | None, record: str | None) -> JsonObject:
    """What stands in the brackets of a call: ``k='v'``, Go's ``map[k:v]``, Java's ``{k=v}``."""
    text = record or given or ""
    if not record and text[0:1] == "{" and (told := nested(text)) is not None:
        return told  # "tool call: scale({"name": "web"})"
    if record or text.startswith("map["):
        found = printed_records.find(text)
        return found.fields if found is not None and isinstance(found.fields, dict) else {}
    keywords = _KEYWORD.finditer(text)
    return {each["key"]: each["one"] or each["two"] or _plain(each["bare"] or "") for each in keywords}


def _first_given(name: str, given: str) -> JsonObject:
    """The argument without a keyword: a command for a program or a shell, else the object that is called."""
    match = _FIRST.match(given)
    if match is None:
        return {}
    said, rest = match["one"] or match["two"], match["rest"] or ""
    if program_of(name) or name in _RUNNERS or not SHELLS.isdisjoint(verbs.parts(name)):
        return {"command": said}
    kind, told = kinds.in_words(verbs.parts(name)), kinds.of_word(said.partition("/")[0]) if "/" in said else ""
    if verbs.of_name(name) is None or not (kind or told) or not _REFERENCE.fullmatch(said):
        return {}
    if told and not kind:
        return {"target": said}
    sure = "/" in said or kind in kinds.CLUSTER_WIDE or rest[:1] not in ("'", '"')
    return {"name": said} if sure else {"given": given}  # "delete_pod('shop', 'web-1')": which of them is the pod?


_RUNNERS = ("run", "system", "execute", "check_call", "check_output", "popen")
_REFERENCE = late(r"[a-z0-9][\w./-]{0,252}")


_REPR = late(r"\b[A-Z]\w{0,60}(?:Call|Request|ToolUse|Use|Block|Action)\w{0,20}(?:\(| ?[{\[]) ?(?=\w{1,40} ?=)")
_RECORD = late(r"(?P<key>\w{1,40}) ?= ?['\"]?(?=\{)")
_RECORD_ENDS = late(r"['\"]?(?:, )?")
_QUOTED = late(
    r"(?P<key>\w{1,40}) ?= ?(?:'(?P<one>(?:[^'\\]|\\.)*)'|\"(?P<two>(?:[^\"\\]|\\.)*)\"|(?P<bare>[\w.-]+))"
    r"(?:, |(?= ?[)}\]]))"
)


def represented(source: str) -> list[ToolCall]:
    """``FunctionCall(id='1', arguments='{"node": "n-1"}', name='cordon_node')``: calls as Python shows its objects."""
    calls: list[ToolCall] = []
    for match in itertools.islice(_REPR.finditer(source[: 16 * 1024]), MOST):
        given = quoted(source, match.end())
        name = next((given[key] for key in NAMES if given.get(key)), "")
        arguments = next((told for key in ARGUMENTS if key in given and (told := nested(given[key])) is not None), None)
        if name and " " not in name and arguments is not None:
            calls.append(ToolCall(name, arguments, command_in(arguments)))
    return calls


def quoted(source: str, at: int) -> dict[str, str]:
    """The arguments that stand from a place on, as Python shows them."""
    given: dict[str, str] = {}
    while True:
        if (begin := _RECORD.match(source, at)) is not None and (record := _record_at(source, begin.end())):
            given.setdefault(begin["key"], record)
            ends = _RECORD_ENDS.match(source, begin.end() + len(record))
            at = ends.end() if ends else at
            continue
        if (each := _QUOTED.match(source, at)) is None:
            return given
        given.setdefault(each["key"], each["one"] or each["two"] or each["bare"] or "")
        at = each.end()


def _record_at(source: str, at: int) -> str:
    """The JSON at a place, whatever quotes stand around it unescaped; empty where there is none."""
    try:
        _, end = _DECODER.raw_decode(source, at) if not is_too_deep(source[at:], several=True) else (None, at)
    except ValueError:
        return ""
    return source[at:end]


_DECODER = json.JSONDecoder()
_PRINTED = late(r"\s{1,4}(?P<name>[A-Za-z_][\w.-]{1,100}) \(\S{1,100}\)$")
_ARGUMENT = late(r"\s{3,12}(?P<key>[A-Za-z_]\w{0,60}): ?(?P<value>.{0,2000})$")


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


_SAID = late(
    r"\b(?:(?:tool|function|task)(?: call)?|tools/call|action (?:event )?received|invoking(?=:? ['\"`])|"
    r"(?P<doing>calling|executing|running|invoking|dispatching)"
    r"(?= ['\"`]?(?:[A-Za-z]\w{0,30}[.-])?[A-Za-z]\w{0,40}(?:_[a-z]|[a-z0-9](?-i:[A-Z])))):? "
    r"['\"`]?(?P<name>[A-Za-z][\w.-]{2,80})(?:\[[\w-]{1,60}\])?['\"`]?(?= |$)",
    re.IGNORECASE,
)


def said(message: str, documents: Sequence[Any]) -> list[ToolCall]:
    """The call that a sentence tells: ``Executing tool 'scale' with args`` and a document of arguments after it."""
    match = _SAID.search(message[:500])
    if match is None or len(documents) != 1 or not isinstance(documents[0], dict) or match["name"].lower() in _ANSWERS:
        return []
    if match["doing"] and not _is_called(message, match):
        return []
    mood = remarks.of_call(message[:500], match["name"])
    between = message[match.end() : 500].partition("{")[0].lower()
    words = {word for word in re.findall(r"[a-z]+", between) if word not in _GIVEN}
    named = verbs.of_name(match["name"])
    if words and mood is None and named is not None and not (named.loose or _RECEIVED.isdisjoint(words)):
        mood = Mood.DONE if "succeeded" in words else Mood.PLANNED
    if words and mood is None:
        return []  # what it returned, or how it is described
    return [ToolCall(match["name"], documents[0], command_in(documents[0]), mood)]


def _is_called(message: str, match: re.Match[str]) -> bool:
    """``calling delete_pod`` and a document: is it all that the line tells, and the name one of a deed?"""
    if verbs.of_call(match["name"]) is None or only_asks(match["name"]):
        return False
    before, behind = message[: match.start()], message[match.end() :]
    beside = (before, behind.partition("{")[0], behind.rpartition("}")[2])
    return not (_NEGATED.search(before) or other_deeds.told_beside(*beside))


_NEGATED = late(
    r"(?:\b(?:not|never|without|instead of|rather than|avoid(?:s|ed|ing)?|stop(?:s|ped)?|no longer)|n't) "
    r"(?:\w+ ){0,2}$",
    re.IGNORECASE,
)
"""What stands before a call that is not made."""


_IN_MESSAGE = late(
    r"(?:(?:[Ii]nvok|[Cc]all|[Ee]xecut|[Rr]unn)ing (?:the )?tool|[Tt]ool (?:call|invocation|invoked|called))"
    r"(?: (?P<no>denied|rejected|blocked|refused|forbidden))?:? ['\"`]?(?P<name>[a-z]\w{2,60})['\"`]?"
    r"(?P<why>\W*| (?:is|was|requires|needs|because|not)\b.{0,300})"
)
"""``Tool call: scale_web``, ``Tool call denied: delete_pod is disabled``: all that a message says."""


def beside(message: str, document: JsonObject) -> list[ToolCall]:
    """The call that a document's message names, and its arguments beside it."""
    match = _IN_MESSAGE.fullmatch(message)
    given = next((part for key in ARGUMENTS if isinstance(part := document.get(key), dict)), None)
    if match is None or given is None or verbs.of_call(match["name"]) is None or only_asks(match["name"]):
        return []
    if (match["why"].strip(" .") and not match["no"]) or other_deeds.told_beside(match["why"]):
        return []
    return [ToolCall(match["name"], given, command_in(given, match["name"]), Mood.REFUSED if match["no"] else None)]


_GIVEN = wordset(
    "with and its the args arguments input inputs parameters params kwargs invoking calling running executing "
    "function tool"
)
"""Words between a tool and what it is called with."""
_ANSWERS = wordset("output outputs result results response responses answer answers returned")
"""Words behind "tool" that are no tool's name, but what it answers."""
_RECEIVED = frozenset(("received", "succeeded"))
"""Words of a queue's worker on a task, of which it shows what it is given or what came of it."""
