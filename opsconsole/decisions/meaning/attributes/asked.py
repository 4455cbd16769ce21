"""What a message and the attributes beside it tell that was asked: a person for leave, or metrics in vain."""

from __future__ import annotations

import re

from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.targets import choice
from opsconsole.decisions.message.document import Leaves
from opsconsole.decisions.words import kinds, verbs
from opsconsole.patterns import late
from opsconsole.records import Mood, Ref

_ASKED = late(
    r"(?:[a-z]+: )?(?:new )?approval (?:request )?(?:requested|created|sent|opened|pending|required|needed)\W*",
    re.IGNORECASE,
)
_WHOM = late(r"(?P<kind>[a-z]{2,20})/(?P<namespace>[a-z0-9-]{1,63})/(?P<name>[a-z0-9][a-z0-9.-]{0,252})(?::\S{1,128})?")
_SIDES = (("current", "new"), ("current", "target"), ("from", "to"), ("old", "new"))


_NOTHING = late(
    r"(?:(?:the )?(?:query|metric|series|promql|prometheus) (?:has |had |gave |returned )?)?"
    r"(?:no (?:samples?|data(?: ?points?)?|series|results?|values|metrics)|"
    r"(?:an )?empty (?:result|response|vector|series))"
    r"(?: (?:found|returned|received|available))?(?=\W*$|[,;:(-]| -)",
    re.IGNORECASE,
)
"""How a message begins that tells of a question about metrics that it had no answer: ``no samples, assuming 0``."""
_QUERIES = frozenset({("query",), ("promql",), ("expr",)})
_PROMQL = late(r"[a-z_:][\w:]*(?:[({\[].*[)}\]]|_\w+)(?:[ +*/<>=!-].*)?", re.IGNORECASE | re.DOTALL)


def read(message: str, pairs: Leaves) -> Act | None:
    """What a person is asked to allow, by a message and what stands beside it."""
    first = _FIRST.fullmatch(message) if " before " in message else None
    return _approved(message, pairs) if first is None else _before(first["verb"].lower(), pairs)


def in_vain(message: str, pairs: Leaves) -> Act | None:
    """The metrics that were asked for in vain. Ask last: a change may stand beside the query that brought nothing."""
    match = _NOTHING.match(message) if any(path in _QUERIES for path, _ in pairs) else None
    asked = next((leaf for path, leaf in pairs if path in _QUERIES and isinstance(leaf, str)), "")
    if match is None or not _PROMQL.fullmatch(asked):
        return None
    return Act("query", "query", Mood.PLANNED, problem=match[0], query=asked)


_FIRST = late(
    r"(?!.*\b(?:nobody|no one|none|not|never|without|nothing)\b)ask(?:ed|ing|s) (?:[^,;:.]{1,60} )?"
    r"before (?P<verb>[a-z]{3,14}ing)(?: it| them)?\W*",
    re.IGNORECASE,
)
"""``asked the team before deleting``: all of a message."""


def _before(word: str, pairs: Leaves) -> Act | None:
    """The deed that somebody was asked about first, to the one object that stands beside it."""
    verb = verbs.WORDS.get(word)
    targets = choice.choose(choice.candidates(pairs), verb.verb, "") if verb is not None and not verb.loose else ()
    if verb is None or not any(ref.name and ref.kind for ref in targets):
        return None
    return Act(verb.verb, verb.verb, Mood.PROPOSED, targets)


def _approved(message: str, pairs: Leaves) -> Act | None:
    """The change of an object that stands beside such a message with what it is and what it shall be."""
    if "pproval" not in message or _ASKED.fullmatch(message) is None:
        return None
    told = {path[0]: leaf for path, leaf in pairs if len(path) == 1}
    changes = any(told.get(one) and told.get(two) for one, two in _SIDES)
    found = [match for leaf in told.values() if isinstance(leaf, str) and (match := _WHOM.fullmatch(leaf))]
    kind = kinds.of_word(found[0]["kind"]) if len(found) == 1 else ""
    if not changes or not kind:
        return None
    return Act("patch", "patch", Mood.PROPOSED, (Ref(kind, found[0]["namespace"], found[0]["name"]),))
