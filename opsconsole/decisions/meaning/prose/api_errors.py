"""Refusals of the API server behind the words of a program: what was tried is told by the words, to whom by both."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.prose import other_deeds, sentences
from opsconsole.decisions.meaning.prose.basics import grammar
from opsconsole.decisions.meaning.prose.forms import changes
from opsconsole.decisions.words import kinds, verbs
from opsconsole.patterns import found_by, late
from opsconsole.records import Mood, Ref

_FORBIDDEN = late(
    r"\b(?P<kind>[a-z]{1,60})(?:\.[\w.]{1,200})? \"(?P<name>[^\"]{1,253})\" is forbidden(?:$|: )"
    r"(?:.{0,300}?cannot (?P<verb>\w+) resource \"(?P<what>[\w./-]{1,120})\")?"
)
_CONFLICT = late(
    r"Operation cannot be fulfilled on (?P<kind>[a-z]{1,60})(?:\.[\w.]{1,200})? \"(?P<name>[^\"]{1,253})\"(?:: | at )"
)
_INVALID = late(r"\b(?P<kind>[A-Za-z]{1,60})(?:\.[\w.]{1,200})? \"(?P<name>[^\"]{1,253})\" is invalid: ")
_ABSENT = late(
    r"(?<=: )(?P<kind>[a-z]{1,60})(?:\.[\w.]{1,200})? \"(?P<name>[^\"]{1,253})\" (?:not found|already exists)$"
)
"""What ends a message that tells of a failure: whom it was about, as the API server names it."""
_ONLY_MADE = late(r"\" is forbidden: (?:exceeded quota|failed quota|violates PodSecurity|unable to create new content)")
"""What only something that is to be made is refused for."""
_STATUS = '{"kind":"Status"'
_SAYS = late(r"\"message\":\"(?P<said>(?:[^\"\\]|\\.){1,4000})\"")
_OPENS = late(r"\bb?['\"]$|['\"]$")
"""What stands before the answer of the API server, where a program prints it as a text or as Python's bytes."""
_ABSENT_ENDS = ('" not found', '" already exists')
_IS_FORBIDDEN = '" is forbidden'
_PARTS = {"eviction": "evict", "scale": "scale"}
"""Parts of an object through which a deed is done, as ``pods/eviction``."""
_NAMESPACE = late(r" in the namespace \"(?P<namespace>[\w-]{1,63})\"")


def find(text: str) -> list[Act]:
    """The deed that the API server refused; nothing where neither the words before the refusal nor it name one."""
    answered = _STATUS in text
    return _found(_of_status(text) if answered else text, answered=answered)


def by_answer(words: str, said: str) -> list[Act]:
    """The deed that words tell of, or the server's answer behind them: ``delete failed: {"kind":"Status",…``."""
    return _found(f"{words}: {said[:4_000]}", answered=True)


def _found(text: str, *, answered: bool) -> list[Act]:
    match = _FORBIDDEN.search(text) if _IS_FORBIDDEN in text else None
    match = match or (_CONFLICT.search(text) if "Operation cannot be fulfilled on " in text else None)
    match = match or (_INVALID.search(text) if '" is invalid: ' in text else None)
    match = match or (_ABSENT.search(text) if text.endswith(_ABSENT_ENDS) else None)
    if match is None:
        return _denied(text) if "authorized to perform: " in text else []
    said = match.groupdict()
    place = _NAMESPACE.search(text, match.end() - 1)
    kind = kinds.of_word(said["kind"])
    ref = Ref(kind, "" if kind in kinds.CLUSTER_WIDE or place is None else place["namespace"], said["name"])
    head = text[: match.start()]
    acts = sentences.read(head, sentences.SentenceContext([])) if sentences.hints(head) else []
    ends = match.end("name") + len(_IS_FORBIDDEN) == len(text)
    bare = found_by(match, _ABSENT) or (ends and found_by(match, _FORBIDDEN))
    tried = acts[-1].mood is Mood.REFUSED or _WHILE.search(head) if acts else answered or _TRIED.search(head)
    if bare and not tried:
        return []  # what is done need not be undone because something is not found, or may not be done
    if acts and _is_another(acts[-1], ref, answered=answered):
        return []
    if acts:
        last = acts[-1]
        failed = last._replace(
            mood=Mood.REFUSED, targets=_targets(last, ref), problem=f"failed: {text[match.start() :]}"
        )
        return [*(act for act in acts[:-1] if bare and act.mood is not Mood.REFUSED), failed]
    verb = _named(head) or _refused(said.get("verb") or "", said.get("what") or "")
    verb = verb or ("create" if _ONLY_MADE.search(text, match.end("name")) else "")
    changed = "cache" not in head and _OF_A_CHANGE.search(text, match.end())
    written = changed or _TRIED.search(head) or _is_write(match, said["kind"], head)
    verb = verb or ("patch" if written else "")
    return [Act(verb, verb, Mood.REFUSED, (ref,), None, (), f"failed: {text[match.start() :]}")] if verb else []


def _is_another(act: Act, refused: Ref, *, answered: bool) -> bool:
    """``deleted statefulset shop/db; patch failed: …``: is a deed another one than what is refused?"""
    named = {target.name for target in act.targets}
    to_others = bool(named) and named.isdisjoint(("", refused.name))
    if act.mood is Mood.DONE:
        return answered or to_others
    return answered and to_others and act.mood is not Mood.REFUSED


def _of_status(text: str) -> str:
    """A text with the API server's answer as JSON, by what that says: ``failed: b'{"kind":"Status","message":"…``."""
    head, _, answer = text.partition(_STATUS)
    said = _SAYS.search(answer)
    return text if said is None else _OPENS.sub("", head) + said["said"].replace('\\"', '"')


def _is_write(match: re.Match[str], kind: str, head: str) -> bool:
    """Only a write can conflict with another one; a status or a lease that was not written is no deed."""
    return found_by(match, _CONFLICT) and bool(kinds.of_word(kind)) and "status" not in head.lower()


_OF_A_CHANGE = late(
    r"\bupdates to \w{1,40} spec\b|\b(?:is|are) immutable\b|\bimmutable field\b|"
    r"\b(?:may not|must not|cannot|can not) be (?:changed|updated|modified|decreased|reduced|shrunk|"
    r"less than (?:the )?(?:previous|current|status))\b|"
    r"\bchanges? (?:to \S{1,80} )?(?:is|are) not (?:allowed|permitted)\b"
)
"""What only a change of something that is there already is refused for."""
_DENIED = late(
    r"not authorized to perform: (?P<service>[a-z0-9-]{2,30}):(?P<action>[A-Z]\w{2,60})"
    r"(?: on resource: (?P<name>\S{1,300}))?"
)
"""What AWS says of a call that its policies do not allow."""


def _denied(text: str) -> list[Act]:
    match = _DENIED.search(text)
    named = verbs.of_name(match["action"]) if match else None
    if match is None or named is None:
        return []
    kind = kinds.in_words(verbs.parts(match["action"])) or ("NodeGroup" if "Nodegroup" in match["action"] else "")
    parts = [part for part in (match["name"] or "").rstrip(".,").split("/") if part]
    if parts and kind == "NodeGroup" and len(parts) > 2:
        parts = parts[:3]  # "arn:…:nodegroup/cluster/name/uid"
    name = parts[-1].rpartition(":")[2] if parts else ""
    targets = (Ref(kind, "", name),) if name and name != "*" else ()
    return [Act(named.verb, match["action"], Mood.REFUSED, targets, None, (), f"failed: {match[0]}")]


_CALLING = ") when calling the "
_CALLED = late(
    r"\bAn error occurred \(\w{1,80}\) when calling the (?P<action>[A-Z]\w{2,80}) operation(?: \([^()]{1,80}\))?: "
)
"""How boto3 tells that a call of AWS failed."""


def failed_call(text: str) -> list[Act]:
    """The call of AWS that failed, where the text names whom it was about, and tells no other deed."""
    match = _CALLED.search(text) if _CALLING in text else None
    named = verbs.of_name(match["action"]) if match is not None else None
    if match is None or named is None or other_deeds.told_beside(text[: match.start()], text[match.end() :]):
        return []
    why = text[match.end() : match.end() + 400]
    ref = changes.named(grammar.tokens_of(why))
    kind = kinds.in_words(verbs.parts(match["action"])) or ("NodeGroup" if "Nodegroup" in match["action"] else "")
    whom = (
        () if ref is None else (Ref(ref.kind or kind, "" if kind in kinds.CLUSTER_WIDE else ref.namespace, ref.name),)
    )
    return [Act(named.verb, match["action"], Mood.REFUSED, whom, None, (), f"failed: {why}")] if whom else []


def told_by_server(act: Act, documents: Sequence[Any]) -> Act:
    """What failed with the object that the server's answer behind it names: ``restart failed, body {"kind":…``."""
    if act.mood is not Mood.REFUSED or any(ref.name for ref in act.targets) or len(act.targets) > 1:
        return act
    kind = act.targets[0].kind if act.targets else ""
    said = [each["message"] for each in documents if isinstance(each, dict) and isinstance(each.get("message"), str)]
    told = [ref for text in said for each in find(text[:4_000]) for ref in each.targets]
    return act._replace(targets=(told[0],)) if len(told) == 1 and kind in ("", told[0].kind) else act


def _targets(act: Act, ref: Ref) -> tuple[Ref, ...]:
    """Those that the words name, else the one that the server names."""
    return act.targets if any(target.name for target in act.targets) else (ref,)


def _named(head: str) -> str:
    """The last action that the words before the refusal name: ``failed to rescale price-cache: …``."""
    said = [verb for word in re.findall(r"[a-z]+", head.lower()) if (verb := verbs.WORDS.get(word)) and not verb.loose]
    return said[-1].verb if said else ""


_WHILE = late(
    r"^(?:error )?(?:while|when) (?:trying to )?[a-z]{3,14}(?: (?![a-z]+ed\b)[^:;, ]{1,200}){1,6}: $", re.IGNORECASE
)
"""All that an error says before the refusal, of what was tried: ``while deleting PVC data-0: ``."""
_TRIED = late(
    r"\b(?:fail(?:ed|ure)|unable|could not|cannot|error)(?: (?:to|while|when))? "
    r"(?:updat|upgrad|patch|appl|modify|chang)\w* (?:the )?(?:\w+ )?[^:;]{0,60}: $",
    re.IGNORECASE,
)
"""Words before the refusal that name a change, in everyday words: ``failed to update release: ``."""


def _refused(verb: str, what: str) -> str:
    """What the server says that the program may not do."""
    part = _PARTS.get(what.partition("/")[2])
    named = verbs.WORDS.get(verb)
    return part or (named.verb if named else "")
