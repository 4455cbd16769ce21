"""What a tool answered: that its call went well, that it failed, that a person would not have it."""

from __future__ import annotations

import re
from typing import Any

from opsconsole.decisions.meaning.moods import remarks, states
from opsconsole.decisions.meaning.programs.tools.tool_call import RESULTS, ToolCall
from opsconsole.decisions.message.document import leaves
from opsconsole.decisions.message.roles import nested
from opsconsole.decisions.words import verbs
from opsconsole.patterns import late
from opsconsole.records import JsonObject, Mood


def answered(value: JsonObject, call: ToolCall) -> ToolCall:
    """The call with what it has returned, where that stands beside it."""
    if value.get("error") and value["error"] not in _NO_ERROR:
        return call._replace(mood=Mood.REFUSED)
    told = next((value[key] for key in (*RESULTS, "outputs") if value.get(key)), None)
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
_WAITING = late(
    r"(?:pending|awaiting|waiting for|queued for|requires|needs) (?:[a-z]+ ){0,2}(?:approval|review|confirmation)\b",
    re.IGNORECASE,
)
_NOT_DONE = late(
    r"(?:the )?(?:user|operator|human|admin|reviewer)? ?(?:has )?(?:declined|unauthori[sz]ed|time(?:d[ -]?| ?)out)\b",
    re.IGNORECASE,
)
_ERROR = late(r"\berror\b|\bfailed\b|\bforbidden\b|\bdenied\b|\bnot found\b|\brejected\b|\brefused\b", re.IGNORECASE)


def tells_failure(said: Any) -> bool:
    """Does the value of a state say that it did not go well: ``not found``, ``failed``?"""
    return isinstance(said, str) and _ERROR.search(said[:200]) is not None


ABOUT = late(
    r"(?P<kind>[a-z]{2,40})(?:\.[\w.-]{1,100})? \"(?P<name>[\w.-]{1,253})\" (?:not found|is forbidden|already exists)"
)


def failed(value: JsonObject, name: str) -> ToolCall | None:
    """A tool's answer that it failed: ``{"type": "tool", "name": "restart", "status": "error", "content": "…"}``."""
    bad = value.get("status") == "error" or value.get("is_error") is True or value.get("isError") is True
    content = value.get("content")
    if bad and not name:
        return _declined(content) if value.get("type") in _ANSWERS else None
    if not bad or not isinstance(content, str) or (value.get("type") or value.get("role")) not in _ANSWERS:
        return None
    match = ABOUT.search(content)
    return ToolCall(name, {"kind": match["kind"], "name": match["name"]} if match else {}, "", Mood.REFUSED)


_DECLINED = late(
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


_WHOM = late(r"(?:(?P<space>[a-z0-9][a-z0-9-]{0,62})/)?(?P<name>(?=[^/]*[a-z])[a-z0-9][\w.-]{0,252})")
_REFUSED_FOR = late(
    r"\b(?P<tool>[A-Za-z]\w{2,80}) (?:call )?(?:was |is )?"
    r"(?:refused|denied|rejected|blocked|vetoed|forbidden|not allowed) (?:for|on|of) "
    r"(?P<whom>[a-z0-9][\w.-]{0,252}(?:/[\w.-]{1,253})?)(?=\W*$|[,;:.] | \()"
)


def with_whom(name: str, answer: JsonObject) -> JsonObject:
    """An answer that names its object by what was done to it: ``{"ok": true, "evicted": "shop/web-1"}``."""
    named = verbs.of_name(name)
    for key, said in answer.items():
        verb = verbs.WORDS.get(key.lower())
        same = named is not None and verb is not None and verb.mood is Mood.DONE and verb.verb == named.verb
        if same and isinstance(said, str) and (match := _WHOM.fullmatch(said)) is not None:
            return {**{other: part for other, part in answer.items() if other != key}, **_object(match)}
    return answer


def refused_for(name: str, error: Any) -> ToolCall | None:
    """The call of which an error tells that it is not made, and for whom: ``window closed, drainNode denied for a``."""
    match = _REFUSED_FOR.search(error[:500]) if isinstance(error, str) else None
    whom = _WHOM.fullmatch(match["whom"].rstrip(".")) if match is not None and match["tool"] == name else None
    return None if whom is None else ToolCall(name, _object(whom), "", Mood.REFUSED)


def _object(match: re.Match[str]) -> JsonObject:
    return {"namespace": match["space"], "name": match["name"]} if match["space"] else {"name": match["name"]}
