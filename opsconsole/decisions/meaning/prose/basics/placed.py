"""Sentences that begin with an object and its place, or have its kind behind it, put as the other sentences are."""

from __future__ import annotations

import re

from opsconsole.decisions.words import kinds
from opsconsole.patterns import late

_PLACED_FIRST = late(
    r"(?P<kind>[A-Za-z]{2,24})(?:(?P<slash>/)| )(?P<name>[a-z0-9](?:[\w.-]{0,251}[a-z0-9])?)"
    r"(?:(?(slash) in (?:ns )?|(?!))|, (?:namespace|ns) | -n )(?P<namespace>[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?): "
)


_KIND_BEHIND = late(
    r"(?:^(?:[^\w\s\[({\"'`]{1,3} )?|(?<=[\s:,;]))(?P<name>[a-z0-9][a-z0-9-]{0,62}/[a-z0-9][\w.-]{0,252}) ?"
    r"(?:\((?P<kind>[A-Za-z]{2,40})\)|\[(?P<other>[A-Za-z]{2,40})\])(?=$|[\s:,;.])",
)
"""``shop/web (Deployment): …``: the kind behind the name, at the head of a line or in it."""


def placed_first(text: str) -> str:
    """A sentence that begins with an object and its place, or has its kind behind it, as the other sentences have it.

    ``deployment/web in shop: deleted`` is ``deployment web in namespace shop: deleted``.
    """
    if (")" in text or "]" in text) and "/" in text:
        text = _KIND_BEHIND.sub(_kind_first, text) if len(_KIND_BEHIND.findall(text)) == 1 else text
    match = _PLACED_FIRST.match(text)
    if match is None or not kinds.of_word(match["kind"].lower()):
        return text
    return f"{match['kind']} {match['name']} in namespace {match['namespace']}: {text[match.end() :]}"


def _kind_first(match: re.Match[str]) -> str:
    """``Deployment shop/web`` of a name with its kind behind it, where nothing tells a kind already."""
    kind = kinds.of_word(match["kind"] or match["other"])
    before = match.string[: match.start()].rstrip().rpartition(" ")[2].lower()
    after = _NEXT.sub(r"\1", match.string[match.end() :]).lower()  # another object, which is taken away as well
    beside = after[-1:] == "/" or any(kinds.of_word(each) for each in (after, before, match["name"].partition("/")[0]))
    return f"{kind} {match['name']}" if kind and not beside else match[0]


_NEXT = late(r"(?s)^(?:\W{1,4}(?:and |with |plus )?)?([\w-]*/?).*")
