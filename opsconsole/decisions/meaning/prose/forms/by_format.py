"""What a sentence tells that fits a row of a format: the groups of its match are the parts of an action."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.moods import in_sentences, remarks
from opsconsole.decisions.meaning.prose.forms.formats import ROWS, Format
from opsconsole.decisions.meaning.targets import namespaces, references
from opsconsole.decisions.meaning.values import patches
from opsconsole.decisions.meaning.values.vocabulary import with_before
from opsconsole.decisions.words import kinds, verbs
from opsconsole.patterns import late
from opsconsole.records import FieldValue, Mood, Ref

LONGEST = 16 * 1024
"""Characters of a message that rows are searched in."""

MOST = 200
"""Matches of one row in one message."""


def find(message: str, rows: Sequence[Format] = ROWS) -> list[Act]:
    """What the first row that fits a message tells."""
    return find_beside(message, rows)[0]


def find_beside(message: str, rows: Sequence[Format] = ROWS) -> tuple[list[Act], list[str]]:
    """What the first row that fits a message tells, and what stands beside its matches: it may tell more."""
    message = message[:LONGEST]
    for each in rows:
        if each.needs not in message or each.pattern.search(message) is None:
            continue
        matches = [match for match, _ in zip(each.pattern.finditer(message), range(MOST), strict=False)]
        if matches:
            acts = [_act(each, message, [match]) for match in matches] if each.many else [_act(each, message, matches)]
            acts = [act for act in acts if not act.fields or any(field.before != field.value for field in act.fields)]
            return acts, _around(message, matches)
    return [], []


def _around(message: str, matches: list[re.Match[str]]) -> list[str]:
    """The parts of a message before, between and behind the matches of a row."""
    starts = [0, *(match.end() for match in matches)]
    ends = [*(match.start() for match in matches), len(message)]
    return [message[start:end] for start, end in zip(starts, ends, strict=True)]


def _act(each: Format, message: str, matches: list[re.Match[str]]) -> Act:
    said = matches[0].groupdict()
    named = verbs.WORDS.get((said.get("verb") or "").lower())
    verb = named.verb if named else each.verb
    kind = kinds.of_word(said.get("kind") or "") or kinds.in_words(verbs.parts(said.get("kind") or "")) or each.kind
    name = said.get("name") or said.get("label")
    target = Ref(kind, said.get("namespace") or "", name) if name else None
    if target and not kind and said.get("kind") and f"{said['kind']}/{target.name}" in message:
        before = kinds.of_word(message[: matches[0].start()].rstrip().rpartition(" ")[2])
        target = Ref(before, str(said["kind"]), target.name)  # "deployment shop/web rolled back"
    if target and "/" in target.name:
        target = references.reference(target.name, kind)
    if target and target.name and not target.namespace and target.kind not in kinds.CLUSTER_WIDE:
        target = Ref(target.kind, namespaces.namespace_in(message), target.name)
    if target is None and (each.kind or said.get("number")):
        target = Ref(each.kind or kind, "", "")  # "Canary patched on 38 objects"
    mood = Mood(each.mood)
    if mood is Mood.PLANNED and each.verb != "query":
        mood = (
            in_sentences.in_text(message, matches[0].start(), matches[-1].end(), _form(matches[0]), has_value=True)
            or mood
        )
    if mood is Mood.PLANNED and (remark := _REMARK.match(message, matches[-1].end())) is not None:
        mood = remarks.of_call(remark["said"], verb) or mood  # "web: replicas 12 -> 9 (awaiting approval)"
    if _is_done(message):
        mood = Mood.DONE
    return Act(
        verb,
        said=f"retry_{verb}" if each.name == "trying again" else verb,
        mood=mood,
        targets=((target, *_others(target, said.get("others"))) if target and (target.name or target.kind) else ()),
        number=int(said["number"]) if (said.get("number") or "").isdecimal() else None,
        fields=tuple(field for match in matches if (field := _field(each, match.groupdict())) is not None),
        problem=said.get("problem") or "",
        query=said.get("query") or "",
    )


@lru_cache(maxsize=4)
def _is_done(message: str) -> bool:
    """Does a message say anywhere that it is done? Asked for each match, of which a long one has hundreds."""
    return _DONE_BY_THEN.search(message) is not None


_DONE_BY_THEN = late(r"\b(?:size set to|successful)")
_REMARK = late(
    r" ?[(\[](?P<said>dry[- ]?run|no-?op|not applied|rejected|denied|refused|proposed|proposal|"
    r"(?:awaiting|pending|waiting for|needs|requires) (?:(?:human|manual|operator) )?(?:approval|confirmation|review)"
    r")[)\]]\W*$",
    re.IGNORECASE,
)
"""A remark behind a change that is all that is said of it; "recommended" may be why it is made."""


def _others(first: Ref, told: str | None) -> list[Ref]:
    """Those that are listed behind the first one."""
    names = [each.partition("/")[0] for each in told.split(", ")] if told else []
    return [Ref(first.kind, first.namespace, name) for name in names if name]


def _form(match: re.Match[str]) -> Mood:
    """What the form of the sentence's verb, or of its first word, says: ``scaled to 3 replicas``."""
    said = (match.groupdict().get("verb") or match[0].partition(" ")[0]).lower()
    word = verbs.WORDS.get(said)
    return word.mood if word else Mood.DONE if said.endswith("ed") or said in _DONE else Mood.PLANNED


_DONE = ("sent", "gave", "given", "tore down")


def _field(each: Format, said: dict[str, str | None]) -> FieldValue | None:
    if not said.get("after"):
        return None
    what = said.get("what") or each.what
    path = f"resources.{said['side']}.{what}" if said.get("side") else what
    return with_before(patches.field(path, str(said["after"]).replace(",", "")), said.get("before"))
