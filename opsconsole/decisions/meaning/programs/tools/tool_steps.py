"""What a line tells of a call by the tool's name alone: ``Function Ops-DrainNode invoking.``, that it is not made."""

from __future__ import annotations

import re

from opsconsole.decisions.meaning.moods import remarks
from opsconsole.decisions.meaning.programs.tools.tool_call import ToolCall, only_asks
from opsconsole.decisions.meaning.prose import other_deeds
from opsconsole.decisions.message.document import Leaves, leaves
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late
from opsconsole.records import JsonObject, Mood

_SHORT = 120
"""Characters of a message that tells of one step of a call, and no more."""
_TOOL = r"(?:(?:the|plugin|kernel|agent) )*(?:tool|function|action|skill)(?:[ _]call)?:? "
_NAMED = r"['\"`]?(?P<name>[A-Za-z][\w.-]{2,80})(?:\(\))?['\"`]?"
_LASTED = (
    r"(?: successfully| ok)?(?: (?:in|after) [\d.]{1,9} ?\w{1,12})?(?:[.,;]? ?\(?(?:duration|took|elapsed):? "
    r"[\d.:]{1,16} ?\w{0,12}\)?)?"
)
_BEHIND = late(
    rf"{_TOOL}{_NAMED} (?:(?:is|was|has|has been|being|call) )?(?:(?P<done>succeeded|completed|finished|done|"
    r"executed successfully|ran)|(?P<not>not (?:be )?(?:run|executed|called|invoked|allowed)|"
    r"skipped|failed|errored|aborted|timed out|cancell?ed|denied|rejected|blocked)|"
    rf"(?:invok|execut|runn|call|start|dispatch)(?:ing|ed)|begins|requested|queued|scheduled){_LASTED}\W*",
    re.IGNORECASE,
)
_BEFORE = late(
    r"(?:(?:invoking|executing|calling|running|starting|triggering|dispatching)|"
    r"(?:(?P<done>successful|completed|finished)|(?P<not>failed|aborted|skipped)|start(?:ing)?|beginning) "
    rf"(?:execution|invocation|call) of) {_TOOL}{_NAMED}(?: now)?\W*",
    re.IGNORECASE,
)
_THINGS = frozenset(("workload", "workloads", "replicas"))


def stated(message: str, pairs: Leaves, document: JsonObject | None = None) -> list[ToolCall]:
    """The call of which a whole line tells that it begins, has ended or is not made."""
    if len(message) > _SHORT or ("ool" not in message and "unction" not in message and "ction" not in message):
        return []
    match = _BEHIND.fullmatch(message) or _BEFORE.fullmatch(message)
    name = match["name"] if match else ""
    words = verbs.parts(name)
    if (
        match is None
        or tells_more(pairs)
        or (document is not None and tells_more([each for each in leaves(document) if each[1] != message]))
        or not (kinds.in_words(words) or {*words} & _THINGS)
        or verbs.of_call(name) is None
        or only_asks(name)
    ):
        return []
    said = match.groupdict()
    mood = Mood.DONE if said.get("done") else Mood.REFUSED if said.get("not") else Mood.PLANNED
    return [ToolCall(name, given_beside(name, pairs), "", mood)]


def judged(message: str, name: str, document: JsonObject) -> list[ToolCall]:
    """The call of which a document tells no more than its tool, and that it is not made, or waits for a person."""
    if len(message) > _SHORT or verbs.of_call(name) is None or only_asks(name):
        return []
    mood = remarks.of_call(message, name)
    if mood not in (Mood.REFUSED, Mood.PROPOSED, Mood.DRY_RUN) or other_deeds.told_beside(message.replace(name, " ")):
        return []
    pairs: Leaves = leaves(document)
    if tells_more([(path, leaf) for path, leaf in pairs if leaf != message]):
        return []
    return [ToolCall(name, given_beside(name, pairs), "", mood)]


def tells_more(pairs: Leaves) -> bool:
    """May another deed stand beside a step of a call: words, an action, values?"""
    return any(
        (isinstance(leaf, str) and " " in leaf.strip() and path[-1] not in _NO_DEEDS)
        or not _MORE.isdisjoint(verbs.parts(str(path[-1])))
        for path, leaf in pairs
        if path
    )


_NO_DEEDS = frozenset(("ts", "time", "timestamp", "@timestamp", "error", "err", "reason", "logger", "caller"))
_MORE = wordset(
    "action actions operation verb op decision event command cmd script change changes patch result output content "
    "text replicas limit limits memory cpu image weight kind before after old new to"
)
"""Words of keys by which another deed, or what it sets, is told."""


def given_beside(name: str, pairs: Leaves) -> JsonObject:
    """What stands beside a tool's name and names its object: what is called as its kind, or a name in a namespace.

    A ``service`` or an ``app`` may be who speaks.
    """
    kind = kinds.in_words(verbs.parts(name)).lower()
    told = {str(path[0]): leaf for path, leaf in pairs if len(path) == 1 and isinstance(leaf, str | int)}
    keys = {"namespace", "ns", "target", *((kind, f"{kind}_name", f"{kind}Name") if kind else ())}
    keys |= {"name"} if "namespace" in told or "ns" in told else set()
    return {key: leaf for key, leaf in told.items() if key in keys}
