"""What came of a tool's call, as a line of its own tells it: what it returned, or that it failed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from opsconsole.decisions.meaning.programs.tools import tool_answers
from opsconsole.decisions.meaning.programs.tools.tool_call import ToolCall, only_asks
from opsconsole.decisions.meaning.prose import other_deeds
from opsconsole.decisions.meaning.targets import choice
from opsconsole.decisions.meaning.values.in_attributes import is_before
from opsconsole.decisions.message.document import Leaves, leaves
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late
from opsconsole.records import JsonObject, Mood

_IDENTIFIER = r"(?-i:[a-z]\w{0,40}(?:_[a-z]|[a-z0-9][A-Z])\w{0,60})"
"""How programs name what they call: ``delete_pod``, ``deletePod``."""
_RETURNED = late(
    rf"(?:^|\b(?:tool|function|call)[ _-]?|[:|] )(?:result|output|response|answer|return(?:ed)?)s?(?: value)?"
    rf"(?: (?:of|from|for)(?: (?:the )?(?:tool|function))?)?:? ?[(\['\"`]?(?P<one>{_IDENTIFIER})[)\]'\"`]?\W*$|"
    rf"(?:^|[\s'\"`])(?P<two>{_IDENTIFIER})['\"`]? ?(?:returned|(?:result|output|response)|[-=]>|→)\W*$",
    re.IGNORECASE,
)
_FAILED = late(
    r"\b(?:fail(?:ed|ure|s)|error|exception|unable|could not|cannot)\b[^:;]{0,40}\b(?:tool|function)(?: call)?:? "
    rf"['\"`]?(?P<one>{_IDENTIFIER})['\"`]?(?=\W*$|:| with\b| for\b| \()|"
    rf"\b(?:tool|function)(?: call)? ['\"`]?(?P<two>{_IDENTIFIER})['\"`]? (?:call |execution )?(?:has |was |is )?"
    r"(?:failed|raised|threw|errored|denied|rejected|refused|blocked|forbidden|timed out|aborted|not allowed|"
    r"returned an? error)\b",
    re.IGNORECASE,
)
_RELEASE = late(
    r"(?:^|: |['\"])(?P<name>[a-z0-9][a-z0-9.-]{0,52}):? release: not found|release: \"(?P<other>[\w.-]{1,53})\""
)


def returned(message: str, documents: Sequence[Any]) -> list[ToolCall]:
    """``Tool result (scale_web): {"previous_replicas": 3, "replicas": 5}``: the call that the document answers."""
    if len(documents) != 1 or not isinstance(document := documents[0], dict):
        return []
    match = _RETURNED.search(message[:300].partition("{")[0])
    if match is not None and other_deeds.told_beside(message[: match.start()]):
        return []
    name = (match["one"] or match["two"]) if match else ""
    if not name or verbs.of_call(name) is None or only_asks(name):
        return []
    if tool_answers.tells_failure(document.get("status")) or tool_answers.tells_failure(document.get("state")):
        return [answered(name, document)._replace(mood=Mood.REFUSED)]
    if error := document.get("error"):
        return [refused(name, str(error))]
    told = leaves(document)[:60]
    whole = choice.candidates(told, bare=3) or any(is_before(path) for path, _ in told)
    return [answered(name, document)] if whole else []  # {"status": "ok", "replicas": 3}: of whom, and a change?


def answered(name: str, answer: JsonObject) -> ToolCall:
    """A call of which only the answer is told, which says whom it was about and what was set."""
    return tool_answers.answered({"result": answer}, ToolCall(name, tool_answers.with_whom(name, answer)))._replace(
        answer=None
    )


def failed(message: str, pairs: Leaves) -> list[ToolCall]:
    """``failed to call tool delete_pod: pods "web-1" not found``: the call that failed, and whom the error names."""
    if "ool" not in message and "unction" not in message:
        return []
    match = _FAILED.search(message[:500])
    name = (match["one"] or match["two"]) if match else ""
    if not match or not name or verbs.of_call(name) is None:
        return []
    if other_deeds.told_beside(message[: match.start()], message[match.end() : 4000]):
        return []
    error = message[match.end() : 2000]
    told = _in_pairs(error, pairs)
    return [ToolCall(name, told, "", Mood.REFUSED) if told else refused(name, error)]


def refused(name: str, error: str) -> ToolCall:
    """A call that failed, with the object that its error names."""
    return ToolCall(name, whom(name, error[:2000]), "", Mood.REFUSED)


_SUBJECT = late(
    r"[:\s]{1,3}(?P<kind>[A-Za-z]{2,40}) ['\"]?(?:(?P<namespace>[a-z0-9-]{1,63})/)?"
    r"(?P<name>[a-z0-9][\w.-]{0,252})['\"]? "
    r"(?:is|was|are|has|had|does|did|do|could|cannot|can|must|may|not|already)\b"
)
"""What an error says of the object that the call was about: ``Deployment shop/web is managed by another``."""
_SPACE = late(r"in (?:the )?namespace \"(?P<name>[a-z0-9-]{1,63})\"")


_NAMES = wordset("kind name namespace ns pod node job deployment statefulset daemonset release")
_PAIR = r"\w{2,20}[=:] ?['\"]?[\w./-]{1,253}['\"]?"
_IN_BRACKETS = late(rf"[(\[](?P<pairs>{_PAIR}(?:[,;]? {_PAIR}){{0,5}})[)\]]")
_ONE_PAIR = late(r"(?P<key>\w{2,20})[=:] ?['\"]?(?P<value>[\w./-]{1,253})")
_SPACE_SAID = late(r"\bnamespace ['\"]?(?P<name>[a-z0-9-]{1,63})['\"]? (?:is|does|has|was|forbids|allows)\b")
"""What a refusal says of the namespace of an object that it names elsewhere."""


def _in_pairs(error: str, pairs: Leaves) -> JsonObject:
    """Whom the pairs beside a refusal name, or those in brackets in it: ``(pod: web-1, namespace: shop)``."""
    match = _IN_BRACKETS.search(error)
    told: JsonObject = {each["key"]: each["value"] for each in _ONE_PAIR.finditer(match["pairs"])} if match else {}
    told = told if told.keys() <= _NAMES else {}
    told |= {str(path[0]): leaf for path, leaf in pairs if len(path) == 1 and path[0] in _NAMES}
    if told.keys() <= {"namespace", "ns", "kind"}:
        return {}
    space = _SPACE_SAID.search(error) if told.keys().isdisjoint(("namespace", "ns")) else None
    return told if space is None else {**told, "namespace": space["name"]}


def whom(name: str, error: str) -> JsonObject:
    """The object that the error of a tool names, by what tells objects in its arguments."""
    if (match := tool_answers.ABOUT.search(error)) is not None and kinds.of_word(match["kind"]):
        space = _SPACE.search(error, match.end())
        return {"kind": match["kind"], "name": match["name"]} | ({"namespace": space["name"]} if space else {})
    if (match := _SUBJECT.match(error)) is not None and (kind := kinds.of_word(match["kind"])):
        told = kinds.in_words(verbs.parts(name))
        placed = {"namespace": match["namespace"]} if match["namespace"] else {}
        return {"kind": kind, "name": match["name"], **placed} if told in ("", kind) else {}
    release = _RELEASE.search(error) if "helm" in verbs.parts(name) else None
    return {"release": release["name"] or release["other"]} if release is not None else {}
