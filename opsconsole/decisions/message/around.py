"""Attributes that stand around a message and not behind it: ``[ns=shop kind=Job] text``, ``drain{node="a"}: text``."""

from __future__ import annotations

import re

from opsconsole.decisions.message import pairs
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late

_BRACKET = late(r"[\[{(](?P<given>[A-Za-z_][\w.-]{0,40}=[^\]\[{}()]{1,400})[\]})]:?\s+(?=\S)")
_ABOUT = late(
    r"\[(?P<object>[a-z0-9][a-z0-9-]{0,62}/[a-z0-9][a-z0-9.-]{0,252})\] (?=[A-Z>])|"
    r"(?:Reconciliation #\d{1,9}\(\w{1,40}\) )?(?P<kind>[A-Z][A-Za-z]{2,60})"
    r"\((?P<owner>[a-z0-9][a-z0-9-]{0,62}/[a-z0-9][a-z0-9.-]{0,252})\): "
)
"""``[shop/web] Patching with …``, ``Kafka(bus/trades): Rolling pod …``: whom it is about, as operators write it."""
_SPAN = late(r"(?P<name>(?:[a-z]{2,20} )?[A-Za-z_][\w.-]{0,60}(?:::\w{1,60}){0,6})\{(?P<given>[^{}]{0,500})\}:\s*")
_TARGET = late(r"[a-z_]\w{0,60}(?:::\w{1,60}){1,6}:\s+")
"""Where in the program a line of Rust's tracing was written, behind its spans."""
_COLONS = late(
    r"(?:(?<=[:;,.] )|(?<=[({]))(?P<given>[A-Za-z][\w.-]{1,30}: [^,:;(){}\[\]\"]{1,200}"
    r"(?:[,;] [A-Za-z][\w.-]{1,30}: [^,:;(){}\[\]\"]{1,200}){1,15})\)?$"
)
_COLON = late(r"(?P<key>[A-Za-z][\w.-]{1,30}): (?P<value>[^,:;]{1,200})(?:[,;] |$)")


def before(message: str) -> tuple[str, dict[str, str]]:
    """Split off what stands before a message, in brackets or as spans with their attributes."""
    around: dict[str, str] = {}
    while message[:1] in "[{(" and (match := _BRACKET.match(message)):
        given = _pairs(match["given"])
        if not given:
            break
        around |= given
        message = message[match.end() :]
    if (message[:1] == "[" or "): " in message) and (about := _ABOUT.match(message)):
        around["about"] = about["object"] or about["owner"]
        around["namespace"] = around["about"].partition("/")[0]  # what an object owns is beside it
        around |= {"kind": about["kind"]} if about["kind"] else {}
        message = message[about.end() :]
    spans = False
    while "{" in message and (match := _SPAN.match(message)):
        around |= _of_object(match["given"]) or _pairs(match["given"])
        message, spans = message[match.end() :], True
    if spans and (match := _TARGET.match(message) or (_MODULE.match(message) if "about" in around else None)):
        message = message[match.end() :]
    tag = _TAG.match(message) if message[:1] == "[" else None
    start = tag.end() if tag is not None else 0
    if "=" in message[:60] and (match := _LEADING.match(message, start)) and (given := _leading(match, message)):
        around |= given
        message = message[:start] + message[match.end() :]
    return message, around


def _of_object(given: str) -> dict[str, str]:
    """The object that a controller of kube-rs works on: ``object.ref=Deployment.v1.apps/web.shop``."""
    match = _OBJECT_REF.search(given) if "object.ref=" in given else None
    if match is None:
        return {}
    return {
        "about": f"{match['namespace']}/{match['name']}",
        "kind": match["kind"],
        "namespace": match["namespace"],
    }


_OBJECT_REF = late(
    r"object\.ref=(?P<kind>[A-Z]\w{1,60})\.v\d\w{0,10}\.[\w.-]{0,200}/(?P<name>[a-z0-9-]{1,63})\.(?P<namespace>[a-z0-9-]{1,63})"
)
_MODULE = late(r"[a-z_]\w{0,60}:\s+")


def _leading(match: re.Match[str], message: str) -> dict[str, str]:
    """The pairs before a message, if they tell of an object or of a dry run, and are not those of a whole line."""
    following = message[match.end() :].partition(" ")[0]
    if "=" in following or _CHANGE.fullmatch(following):
        return {}
    given = _pairs(match[0].strip().rstrip(","))
    return given if any(_tells_object(key) or _TELLS_DRY.fullmatch(key) for key in given) else {}


_TAG = late(r"\[[A-Za-z][a-z-]{2,20}\] (?=[A-Za-z_])")
"""``[recommend] deployment=web …``: what a line is, before the pairs."""
_LEADING = late(r"(?:[A-Za-z_][\w.-]{0,40}=(?:\"[^\"]{0,200}\"|[^\s\",\[{(]{1,253}),? ){1,12}(?=[A-Za-z\"'])")
"""``ns=shop deploy=web scaling out 3 -> 5``: metadata before the message, as Elixir's Logger writes it."""
_CHANGE = late(r"\w{1,40}:\S{1,40}(?:[-=]>|→)\S{1,40}")
"""``replicas:3->4``: one more pair."""
_TELLS_DRY = late(r"(?i)(?:is_?)?(?:dry[_-]?(?:run|mode)?|simulat\w{1,4}|shadow|what_?if|noop)")


def behind(message: str) -> tuple[str, dict[str, str]]:
    """Split off what stands behind a message as ``key: value, key: value``, where a key of it is one of an object."""
    match = _COLONS.search(message) if ": " in message else None
    found = {each["key"]: each["value"].strip() for each in _COLON.finditer(match["given"])} if match else {}
    if match is None or not any(_tells_object(key) for key in found) or _SPACE_FIRST.match(message):
        return message, {}
    return message[: match.start()].rstrip(" :;,.({"), found


_SPACE_FIRST = late(r"[A-Za-z]{4,14} [Nn]amespace: [a-z0-9-]{1,63}, [Tt]arget: ")
"""A deed whose target stands behind its namespace, as a sentence."""


def _pairs(text: str) -> dict[str, str]:
    rest, found = pairs.read(text.strip())
    return {} if rest else found


def _tells_object(key: str) -> bool:
    words = verbs.parts(key)
    return bool(words) and (words[-1] in _OBJECTS or bool(kinds.of_word(words[-1])) or words[-1] in kinds.GENERIC)


_OBJECTS = wordset("namespace ns kind wl")
