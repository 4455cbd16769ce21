"""What an optimizer's sentences tell: what it does to whom, what it sets, which query gave nothing, what failed."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from opsconsole.decisions import fields, targets
from opsconsole.records import FieldValue, Ref

_VERBS = {
    "patch": ("patch", "patching", "patched", "update", "updating", "updated"),
    "scale": ("scale", "scaling", "scaled", "resize", "resizing", "resized"),
    "delete": ("delete", "deleting", "deleted", "terminate", "terminating", "terminated", "kill", "killing", "killed"),
    "evict": ("evict", "evicting", "evicted"),
    "restart": ("restart", "restarting", "restarted"),
    "taint": ("taint", "tainting", "tainted"),
    "cordon": ("cordon", "cordoning", "cordoned"),
    "drain": ("drain", "draining", "drained"),
}
_VERB_OF = {word: verb for verb, words in _VERBS.items() for word in words}
_NO_NAMES = frozenset({"up", "down", "out", "in", "back", "to", "from", "all", "old", "the"})

_COUNT = r"[+-]?(?:\d[\d,]*(?!\w)|nan|inf(?:inity)?|null|none)\b"
_ANY_OF_VERBS = "|".join(sorted(_VERB_OF, key=len, reverse=True))
_ANY_OF_KINDS = "|".join(sorted(targets.KINDS, key=len, reverse=True))

# Only at the start of a message: "Skipping the scaling of deployment 'api'" announces nothing.
_ACTION = re.compile(
    rf"(?P<failed>(?:failed to|could not|can't|cannot|unable to) )?(?:successfully |now )?(?P<verb>{_ANY_OF_VERBS})"
    rf"\s+(?:the )?(?:(?P<kind>{_ANY_OF_KINDS})s?(?:/|:?\s+))?(?P<quote>['\"]?)"
    r"(?P<name>[a-z0-9](?:[a-z0-9./-]*[a-z0-9])?)(?P=quote)(?![\w'\"])(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_COUNT_TO = re.compile(rf"\bto (?P<count>{_COUNT})", re.IGNORECASE)
_SCALE_TO = re.compile(
    rf"\bscal(?:e|ing|ed)(?: (?:up|down|out|in))? to (?P<count>{_COUNT}) (?:replica|server|node|pod|instance)s?\b",
    re.IGNORECASE,
)
_REPLICAS = re.compile(
    rf"\breplicas?\s*(?:=|:|from|to)\s*(?:{_COUNT}\s*(?:->|→|to)\s*)?(?P<count>{_COUNT})", re.IGNORECASE
)
_LIMIT = re.compile(
    r"\b(?P<what>memory|cpu)(?:[ _-](?P<side>limit|request)s?)?\s*(?:=|:|to|from|of)?\s*"
    r"(?:\d[\w.]*\s*(?:->|→|to)\s*)?(?P<value>[+-]?\d[\w.]*|nan|[+-]?inf(?:inity)?|null|none)\b(?!\s*%)",
    re.IGNORECASE,
)
_TAINT = re.compile(
    r"(?P<key>[\w./-]{1,253})(?:=(?P<value>[\w.-]{0,63}))?:(?P<effect>NoSchedule|PreferNoSchedule|NoExecute)\b"
)
_NO_DATA = re.compile(
    r"\b(?:metric|query|series) (?P<quote>['\"`])(?P<query>.+)(?P=quote) "
    r"(?P<what>returned (?:no data|nothing|nan|an empty result)|is empty)",
    re.IGNORECASE,
)
_INACTIVE = re.compile(
    r"\btarget (?P<kind>\w+) (?P<quote>['\"]?)(?P<name>[\w./-]+)(?P=quote) "
    r"(?P<what>appears (?:inactive|down|dead|gone))",
    re.IGNORECASE,
)
_RETRY = re.compile(rf"retrying (?:the )?(?P<verb>{_ANY_OF_VERBS})\b", re.IGNORECASE)


MAX_CHARACTERS = 2_000
"""A sentence is no longer; what follows is not searched, so that no line can hold up the stream."""


class Told(msgspec.Struct, frozen=True):
    """What a sentence tells; everything is empty where it tells nothing. See :class:`~opsconsole.records.Decision`."""

    action: str = ""
    target: Ref | None = None
    fields: tuple[FieldValue, ...] = ()
    problems: tuple[str, ...] = ()
    query: str = ""


def read(message: str) -> Told | None:
    """Understand one message, or return ``None`` where it is none of the sentences we know."""
    message = message[:MAX_CHARACTERS]
    return _query(message) or _belief(message) or _action(message) or _scale(message) or _retry(message)


def _query(message: str) -> Told | None:
    match = _NO_DATA.search(message)
    return Told(action="query", query=match["query"], problems=(match["what"],)) if match else None


def _belief(message: str) -> Told | None:
    match = _INACTIVE.search(message)
    if match is None:
        return None
    kind = targets.kind_of(match["kind"])
    target = targets.reference(match["name"], kind, targets.namespace_in(message))
    return Told(target=target, problems=(match["what"],))


def _action(message: str) -> Told | None:
    match = _ACTION.match(message)
    if match is None or not _names_something(match):
        return None
    verb, kind = _VERB_OF[match["verb"].lower()], targets.kind_of(match["kind"] or "")
    action = f"{verb}_{match['kind'].lower()}" if match["kind"] else verb
    kind = kind or targets.kind_from_action(verb)
    rest = match["rest"]
    return Told(
        action=action,
        target=targets.reference(match["name"], kind, targets.namespace_in(rest)),
        fields=() if match["failed"] else tuple(_fields(verb, rest)),
        problems=(_failure(rest),) if match["failed"] else (),
    )


def _names_something(match: re.Match[str]) -> bool:
    if match["name"].lower() in _NO_NAMES and not match["quote"]:
        return False
    return bool(
        match["kind"] or match["quote"] or match["rest"].lstrip().startswith(("to ", "from ", "in ", "replicas"))
    )


def _failure(rest: str) -> str:
    _, _, why = rest.partition(":")
    return f"failed: {why.strip()}" if why.strip() else "failed"


def _fields(verb: str, rest: str) -> Iterator[FieldValue]:
    count = _REPLICAS.search(rest) or (_COUNT_TO.search(rest) if verb == "scale" else None)
    if count:
        yield _replicas(count["count"])
    for match in _LIMIT.finditer(rest):
        side = (match["side"] or "limit").lower()
        yield fields.field(f"resources.{side}s.{match['what'].lower()}", match["value"])
    for match in _TAINT.finditer(rest) if verb == "taint" else ():
        value = f"{match['value']}:{match['effect']}" if match["value"] else match["effect"]
        yield FieldValue(path=f"taints[{match['key']}]", value=value)


def _replicas(count: str) -> FieldValue:
    return fields.field("replicas", count.replace(",", ""))


def _scale(message: str) -> Told | None:
    match = _SCALE_TO.search(message)
    return Told(action="scale", fields=(_replicas(match["count"]),)) if match else None


def _retry(message: str) -> Told | None:
    match = _RETRY.match(message)
    return Told(action=f"retry_{_VERB_OF[match['verb'].lower()]}") if match else None
