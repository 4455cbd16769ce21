"""Tables of deeds that a line tells in its own words: cheap signs to look for, the words, and what they mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from opsconsole.governor.announced.line_kinds import only_told, refusal
from opsconsole.governor.interest import Interest
from opsconsole.governor.rule import Verdict
from opsconsole.governor.rules.common import REVOKE, clause_of
from opsconsole.governor.rules.own_words import TEACHERS, is_thought
from opsconsole.patterns import late
from opsconsole.records import Decision, Record, Severity

_LONGEST = 4_000
"""So much of a line is looked at: what it tells stands in front."""

_SPOKEN_OF = late(
    r"\b(?:would|could|should|might|may|not|n't|never|propos\w*|suggest\w*|recommend\w*|consider\w*|simulat\w*|"
    r"den(?:y|ies|ied)|reject\w*|block(?:s|ed|ing)|forbids?|forbidden|refus\w*|declin\w*|cannot|avoid\w*|prevent\w*|"
    r"example|usage|until|before|unless|if|no|zero|0|(?:needs?|awaiting|awaits|pending) approval|(?<!without "
    r")waiting(?: for approval)?|ask(?:s|ed|ing)?|watch(?:es|"
    r"ing)?|"
    r"looks?|alerts?|found|saw|seen|observed|detected|instead of)"
    r"(?: (?:to|the|an?|that|we|it|of|by|from|against|on|for|be|been|have|any|all|such|ever|run|running|use|using|"
    r"call)|"
    r" [`\"']?(?:kubectl|helm|sudo|aws|gcloud|az|ceph|etcdctl)(?: -\S{1,60}){0,4})* [`\"']?$",
    re.IGNORECASE,
)
"""Right before the deed: nobody has done it, or somebody else; what stands further off is about something else."""

_HEADED = late(
    r"^\W{0,3}(?:propos\w*|suggest\w*|recommend\w*|dry[- ]?run|simulat\w*|draft|what-if|would|tip|hint|example|usage)\b"
    r"[^.;:]{0,60}:[^.;:]*$",
    re.IGNORECASE,
)
_HAS_DONE = late(r"[a-z]+ed\b", re.IGNORECASE)
"""``proposal: delete-hosted-zone Z1`` has done nothing; of "proposal: deleted zone Z1" nobody can tell."""

_CAME_TO_NOTHING = late(
    r"[\"'`)\]]{0,2}(?: [\w./=-]{1,80}){0,3}? (?:(?:was|were|is|are|has been) )?(?:denied|refused|rejected|blocked|"
    r"forbidden|"
    r"declined|not (?:permitted|allowed|offered|done|carried out|proposed|applied|suggested|needed|possible)|"
    r"needs approval|awaits approval|proposed|suggested|failed)\b(?! (?:pods?|nodes?|probes?|checks?|over)\b)"
    r"(?!.*\b(?:retr\w+|again|then|now|later|but|succe\w+|anyway|done|instead)\b)",
    re.IGNORECASE,
)


class ToldDeed(Record, frozen=True):
    """One deed that lines tell.

    Attributes:
        signs: parts of a line as they are written, of which it has one.
        words: how it is told.
        what: what it does, for the screen.
        why: what that comes to.
        severity: how bad.
        unless: what makes of the same words a day's work.
    """

    signs: tuple[str, ...]
    words: re.Pattern[str]
    what: str
    why: str
    severity: Severity = Severity.WARNING
    unless: Callable[[Decision, re.Match[str]], bool] = lambda _line, _match: False


def interests(table: Iterable[ToldDeed]) -> tuple[Interest, ...]:
    """What a line must be like, or it tells none of them."""
    return (Interest(details=tuple(dict.fromkeys(sign for each in table for sign in each.signs))),)


def told_in(table: Iterable[ToldDeed], subject: Decision) -> Iterator[tuple[ToldDeed, re.Match[str]]]:
    """Those that a line tells as done, each once."""
    if only_told(subject) or refusal(subject) is not None or subject.module.casefold() in TEACHERS:
        return
    body, message, text = subject.body, subject.message, ""
    for each in table:
        if not any(sign in body or sign in message for sign in each.signs):
            continue
        text = text or whole_text(subject)
        match = next((one for one in each.words.finditer(text) if _is_done(one)), None)
        if match is not None and not each.unless(subject, match):
            yield each, match


def verdicts(table: Iterable[ToldDeed], subject: Decision) -> Iterator[Verdict]:
    """What a rule of such a table says of a line."""
    for each, match in told_in(table, subject):
        said = " ".join(match[0].split())[:100]
        yield Verdict(f"{each.what}: {said}", each.why, part=each.what, severity=each.severity, switch=REVOKE)


def whole_text(subject: Decision) -> str:
    """What a line says, and behind it what stands beside, each as ``key=value``."""
    pairs = (f"; {key}={value}" for key, value in subject.attributes.items() if value)
    return f"{subject.message}{''.join(pairs)}"[:_LONGEST]


def _is_done(match: re.Match[str]) -> bool:
    text, start, end = match.string, match.start(), match.end()
    if _HAS_DONE.match(match[0]) is None and _HEADED.match(text[:start]) is not None:
        return False
    if is_thought(match[0], text, end) or _CAME_TO_NOTHING.match(text, end) is not None:
        return False
    return _SPOKEN_OF.search(text, clause_of(text, start, ",.;:"), start) is None


WRITERS = frozenset({"actor", "service.name", "logger", "component", "app", "name"})
"""Keys beside a message by which whoever writes it says what it is called."""


def number_in(match: re.Match[str], name: str) -> float:
    """The number that a match has by that name; zero where it has none."""
    text = match.groupdict().get(name) or ""
    return float(text.replace(",", "") or 0)


NOT_LIVE = late(
    r"(?:^|[-_./:@ =])(?:stg|stage|staging|tst|test|testing|qa|dev|devel|development|sandbox|uat|preview|ci|local|"
    r"localhost|"
    r"demo|scratch|playground)(?=$|[-_./:@ ,;)\d])",
    re.IGNORECASE,
)
"""How is called what is no production."""

LIVE = late(r"(?:^|[-_./:@ =(\"'])(?:prod|prd|production|live)(?=$|[-_./:@ ,;)\"'\d])", re.IGNORECASE)
"""How production is called."""
