"""Whether a sentence tells that a field is set, or that what is measured changed by itself."""

from __future__ import annotations

from collections.abc import Sequence

from opsconsole.decisions.meaning.prose.basics import naming
from opsconsole.decisions.meaning.prose.basics.grammar import ARTICLES, FIELD_WORDS, PASSIVE, SpokenToken
from opsconsole.decisions.meaning.prose.forms import changes
from opsconsole.decisions.words import verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.records import FieldValue, Mood

_SUBJECT_ENDS = wordset(": , ; . ! -> => so and then hence therefore thus because since as")

_SET_FIELDS = wordset("limit limits request requests replicas minreplicas maxreplicas weight")

_CHANGED = wordset("replicas replica memory cpu minreplicas maxreplicas")


def tells_change(verb: verbs.Verb, fields: Sequence[FieldValue], tokens: list[SpokenToken], at: int) -> bool:
    """Without an object: is a change told whole, from which value to which? ``Scaling from 3 to 0``."""
    if not changes.is_whole(fields):
        return False
    words = {token.low for token in tokens}
    if words & changes.MEASURED:
        return False
    follows = tokens[at + 1].low if at + 1 < len(tokens) else ""
    plain = verb.verb == "scale" and not verb.loose and follows in ("from", "up", "down", "in", "out")
    return bool(words & _CHANGED) or (plain and fields[0].value.isdecimal() and fields[0].before.isdecimal())


def sets_field(tokens: list[SpokenToken], at: int) -> bool:
    """``lowered its memory limit from 1Gi to 512Mi``: is a field what the verb at a place is done to?"""
    place = at + 1 + (at + 1 < len(tokens) and tokens[at + 1].low in ARTICLES)
    if at == 0 and place + 1 < len(tokens) and tokens[place + 1].low == "replicas" and tokens[place].text.isalpha():
        return tokens[0].low in ("scaling", "scaled")  # "Scaling worker replicas: 3 -> 5"
    return place < len(tokens) and tokens[place].low in FIELD_WORDS and tokens[at].low not in FIELD_WORDS


def is_refused(tokens: list[SpokenToken], at: int) -> bool:
    """``refusing to lower memory limit below the working set``: is it a field that somebody would not set?"""
    refused = at > 1 and tokens[at - 1].low == "to" and tokens[at - 2].low.startswith(("refus", "declin"))
    return refused and sets_field(tokens, at)


def field_is_set(tokens: list[SpokenToken], at: int) -> bool:
    """``memory limit restored from 1Gi to 2Gi``: nobody but a writer changes a limit."""
    place = at - 1 - (at > 0 and tokens[at - 1].low in PASSIVE)
    return place >= 0 and tokens[place].low in _SET_FIELDS and _is_done(tokens[at].low)


def _is_done(word: str) -> bool:
    verb = verbs.WORDS.get(word)
    return verb is not None and verb.mood is Mood.DONE


def is_measured(tokens: list[SpokenToken], at: int) -> bool:
    """Did what is measured change by itself? Only the verb's own subject tells, where no object follows.

    ``usage low: reduced memory limit of web`` tells of a deed, as does ``usage is low so we reduced …``.
    """
    following = tokens[at + 1].low if at + 1 < len(tokens) else ""
    if following and (following in FIELD_WORDS or _begins_object(tokens, at + 1)):
        return False
    subject = next((place + 1 for place in range(at - 1, -1, -1) if tokens[place].low in _SUBJECT_ENDS), 0)
    return any(token.low in changes.MEASURED for token in tokens[subject:at]) or _is_counted(tokens, subject, at)


def _is_counted(tokens: list[SpokenToken], subject: int, at: int) -> bool:
    """``error rate of web``, ``restarts of pod web-1``: is the subject of a verb a number that nobody sets?"""
    return any(
        tokens[place].low in _COUNTS and (place + 1 == at or tokens[place + 1].low in _WHOSE)
        for place in range(subject, at)
    )


_COUNTS = wordset(
    "rate rates ratio ratios error errors failure failures depth lag backlog length age restarts crashes timeouts "
    "retries connections rps qps pressure saturation score spend bill temperature downtime availability uptime"
)
_WHOSE = wordset("of for in on at from per has was")


def _begins_object(tokens: list[SpokenToken], place: int) -> bool:
    place += tokens[place].low in ARTICLES
    kind = naming.kind_at(tokens, place)[0] if place < len(tokens) else None
    return bool(kind) or (place < len(tokens) and naming.is_reference(tokens[place]))
