"""Builds the rows of a language from its words for deeds and from how it says that one failed, is barred or is advised.

``Neustart von Deployment web fehlgeschlagen`` and ``la suppression du pod web a échoué`` are one form of two languages.
"""

from __future__ import annotations

from typing import NamedTuple

_OBJECT = (
    r"((?:\w{1,30} )?['\"]?[\w./-]{1,120}['\"]?"
    r"(?: (?:im|in|en|dans|no|nel|w|в)(?: (?:el|le|dem))?(?: [Nn]ame(?:space|nsraum))? [\w.-]{1,63})?"
    r"(?: \w{1,5} \d\S{0,11} \w{1,5} \d\S{0,11}(?: \w{1,20})?)?)"
)
"""An object with its kind, where it is, and its numbers. Few words: what is said of another deed is no part of it."""
_SAID = r"(['\"\w./ -]{1,120}?)"
"""What stands between the word for a proposal and its verb."""

Row = tuple[str, str]
"""A pattern and its English words."""


class Forms(NamedTuple):
    """How a language speaks of deeds. Each word is a pattern; ``words`` has a line for each deed.

    A line is ``English: to do | the doing, as a noun | I do, doing | done``; a dash stands for no word.
    """

    words: str
    joint: str
    """What stands between a deed as a noun and its object: ``of the``."""
    failed: str
    """What follows an object when the deed is not done: ``has failed``, ``is forbidden``."""
    failing: str
    """What stands before a deed as a noun: ``error in the``."""
    barred: str
    """What stands before a verb: ``not allowed to``, ``could not``."""
    advice: str
    """What begins a proposal."""
    apart: tuple[str, ...]
    """Words before a failure that make it another one, or none: ``not failed``, ``after a failed restart``."""
    verb_last: bool = False
    """Does the verb stand behind its object: ``Speicher von web auf 1Gi senken``?"""


def rows_of(forms: Forms) -> tuple[Row, ...]:
    """The rows of a language's deeds."""
    found: list[Row] = []
    for line in forms.words.strip().replace("\\\n", "").splitlines():
        verb, _, said = line.partition(": ")
        to_do, noun, doing, done = (part.strip() for part in said.split(" | "))
        found += _of_nouns(forms, verb, noun) if noun != "-" else ()
        found += _of_verbs(forms, verb, to_do) if to_do != "-" else ()
        found += ((f"(?:{doing})", _participle(verb)),) if doing != "-" else ()
        found += ((f"(?:{done})", _past(verb)),) if done != "-" else ()
    return tuple(sorted(found, key=lambda row: r"\g<1>" not in row[1]))  # longer forms first


def _of_nouns(forms: Forms, verb: str, noun: str) -> tuple[Row, ...]:
    noun = rf"(?:{noun})(?: {forms.joint})?"
    own = "".join(rf"(?<!\b{word} )" for word in forms.apart)
    return (
        (rf"{noun} {_OBJECT}:? {own}(?:{forms.failed})", rf"failed to {verb} \g<1>"),
        (rf"{own}(?:{forms.failing}) {noun} ?,", f"failed to {verb};"),  # another clause begins
        (rf"{own}(?:{forms.failing}) {noun}", f"failed to {verb}"),
    )


def _of_verbs(forms: Forms, verb: str, to_do: str) -> tuple[Row, ...]:
    if forms.verb_last:
        return (
            (rf"(?:{forms.advice}) ?: {_SAID} (?:zu |te )?(?:{to_do})(?=$| \(|[.,;])", rf"proposal: {verb} \g<1>"),
            (rf"(?:{forms.barred}) (?:{to_do})", f"could not {verb}"),
            (rf"(?<=: ){_SAID} (?:zu |te )?(?:{to_do})(?=$| \()", rf"{verb} \g<1>"),
        )
    return (
        (rf"(?:{forms.advice}) ?:? ?(?:{to_do})", f"proposal: {verb}"),
        (rf"(?:{forms.barred}) (?:{to_do})", f"not allowed to {verb}"),
        (rf"(?<=: )(?:{to_do})(?= )", verb),
    )


def _participle(verb: str) -> str:
    stem = verb.removesuffix("e")
    return f"{stem}ing"


def _past(verb: str) -> str:
    return f"{verb.removesuffix('e')}ed"
