"""Remembers sentences that tell an action: a busy controller tells the same one of one object after the other.

Two sentences are alike where they differ in the digits of names alone, of which only the names themselves are made:
``Scaling deployment shop/web-41 from 3 to 4 replicas``. All other numbers are values and must be the same.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from opsconsole.decisions.meaning import silence
from opsconsole.decisions.meaning.deeds import Act
from opsconsole.patterns import late
from opsconsole.records import Ref

LONGEST = 300
"""Characters of a sentence that is remembered."""

MOST = 1_024
"""Sentences remembered; then they are forgotten, and what is still said is soon known again."""

MOST_TOLD = 8
"""Objects and values of an action that is remembered: a memory of such actions holds 4 MB at most."""

_NAME = late(r"(?<![^\s\"'`(])(?=[\w.]*[/-])[A-Za-z][\w.-]*(?:/[\w.-]+){0,4}(?=$|[\s\"'`,;)]|:(?:\s|$))", re.ASCII)
"""A word that can only be a name. What a colon, a sign or a bracket is part of may hold a value, and is none here."""
_DIGIT = late("[0-9]")
_WORD = late(r"[\w.-]+")


class Template(NamedTuple):
    """A sentence whose names have digits that are alike, and the parts of its names that have digits, as they are."""

    text: str
    names: tuple[str, ...]


class _Heard(NamedTuple):
    names: tuple[str, ...]
    acts: tuple[Act, ...]


_heard: dict[str, _Heard] = {}


@lru_cache(maxsize=4)
def template(sentence: str) -> Template | None:
    """The sentence's template; none where it is too long, or names two things alike: which is which can't be told."""
    if len(sentence) > LONGEST:
        return None
    names: list[str] = []
    pieces: list[str] = []
    end = 0
    for match in _NAME.finditer(sentence):
        name = match[0]
        if _DIGIT.search(name):
            names += [part for part in name.rstrip(".").split("/") if _DIGIT.search(part)]
            pieces += (sentence[end : match.start()], silence.alike(name))
            end = match.end()
    if len(set(names)) < len(names):
        return None
    return Template("".join((*pieces, sentence[end:])), tuple(names))


def told(sentence: str) -> list[Act] | None:
    """The actions that a sentence tells, where one like it is remembered."""
    here = template(sentence)
    heard = _heard.get(here.text) if here is not None else None
    if here is None or heard is None:
        return None
    if here.names == heard.names:
        return list(heard.acts)
    names = dict(zip(heard.names, here.names, strict=True))
    return [act._replace(targets=tuple(_renamed(ref, names) for ref in act.targets)) for act in heard.acts]


def _renamed(ref: Ref, names: dict[str, str]) -> Ref:
    return Ref(ref.kind, names.get(ref.namespace, ref.namespace), names.get(ref.name, ref.name))


def remember(sentence: str, acts: list[Act]) -> None:
    """A sentence told these actions, by its words alone."""
    here = template(sentence)
    if here is None or not all(_is_made_of(act, here, sentence) for act in acts):
        return
    if len(_heard) >= MOST:
        forget()
    _heard[here.text] = _Heard(here.names, tuple(acts))


def _is_made_of(act: Act, here: Template, sentence: str) -> bool:
    """Do the names of a sentence give those of the action's objects, each in one place, and nothing else of it?"""
    if len(act.targets) + len(act.fields) > MOST_TOLD:
        return False
    rest = _NAME.sub(" ", sentence)
    words = {word.rstrip(".") for word in _WORD.findall(rest)}
    for part in (part for ref in act.targets for part in (ref.namespace, ref.name) if _DIGIT.search(part)):
        if part in rest if part in here.names else part not in words:
            return False
    others = [act.said, act.problem, act.query, *(ref.kind for ref in act.targets)]
    for field in act.fields:
        others += (field.path, field.value, field.problem, field.before)
    return not any(name in other for name in here.names for other in others)


def forget() -> None:
    """Know nothing, as at the start."""
    _heard.clear()
