"""Grave deeds in an entry of which no layer has told: what reads the rest may have taken the whole for itself.

The layers look for the shape of an entry, and one that fits may hide what stands beside it. Whoever writes the log may
put such a shape there on purpose. So the gravest kinds of deeds are looked for once more, each by its own words alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.programs.commands import shell
from opsconsole.decisions.meaning.prose import sentences
from opsconsole.decisions.meaning.prose.basics import grammar
from opsconsole.decisions.meaning.prose.forms import changes
from opsconsole.patterns import late
from opsconsole.records import Mood

_LONGEST = 16 * 1024
"""Characters of an entry that are looked at."""
_MOST = 20
"""Places of an entry that are read once more."""

_NAME = r"[a-z0-9][a-z0-9.-]{0,252}"
_GONE = r"delet(?:ed|ing)|remov(?:ed|ing)|destroy(?:ed|ing)|wip(?:ed|ing)|nuk(?:ed|ing)|eras(?:ed|ing)|purg(?:ed|ing)"
_KIND = (
    r"(?:namespaces?|ns|deployments?|deploy|statefulsets?|sts|daemonsets?|ds|persistentvolumeclaims?|pvcs?|nodes?|"
    r"services?|svc|secrets?|clusterroles?|crds?|customresourcedefinitions?)"
)
_WORDS = late(
    rf"\b(?:{_GONE}) (?:the )?{_KIND}[ /][\"'`]?({_NAME})|"
    rf"\b{_KIND}[ /][\"'`]?({_NAME})[\"'`]? (?:was |is |has been )?(?:deleted|removed|destroyed|wiped)\b|"
    rf"\b(?:deleted|deleting|evicted|evicting) (\d{{2,6}}) (?:[a-z]+ )?(?:pods|deployments|namespaces|nodes)\b|"
    rf"\bcreat(?:ed|ing) clusterrolebindings?[ /][\"'`]?({_NAME})|"
    rf"\bscal(?:ed|ing) (?:deployments?|statefulsets?|deploy|sts)[ /][\"'`]?(?:{_NAME}/)?({_NAME})[\"'`]? to 0\b",
    re.IGNORECASE,
)
"""Each with one group: the object's name, or how many."""
_COMMAND = late(
    r"\b(?:kubectl|oc)(?: -[\w=./-]+(?: (?!delete|scale)[\w./-]+)?){0,4} (?:delete|scale) [^\n\"'`;&|,)\]}]{3,200}|"
    r"\bhelm uninstall [^\n\"'`;&|,)\]}]{2,200}"
)
_CHANGE = late(rf"{_NAME}(?:/{_NAME})?: replicas (?:[1-9]\d{{0,5}}) ?(?:->|=>|→|to) ?0\b(?![.%])", re.IGNORECASE)
_SIGNS = (
    "elet",
    "emov",
    "estroy",
    "wip",
    "nuk",
    "eras",
    "purg",
    "victed",
    "victing",
    "olebinding",
    "> 0",
    "→ 0",
    "o 0",
    "s=0",
    "uninstall",
)
"""What is in every one of these deeds; asked first, of every line."""
_UNREAL = late(
    r"dry[-_ ]?run|simulat|what-?if|\bwould\b|\bshould\b|propos|suggest|recommend|approv|"
    r"\bmust be confirmed\b|hypothe|\bif \b|\?",
    re.IGNORECASE,
)
"""What may put all of an entry under a condition. It is left to the layers, that look at the whole."""
_SHOWN = late(r"\"stdout(?:_text)?\": ?\"(?:[^\"\\]|\\.){0,16000}\"")
"""What a command printed, which may be the log of anything; what it did itself is told by the command's own reader."""
_ENDS = late(r"[;\n{}()\[\]\"'`|]|[.!] |, (?:then|and) ")
_STOPS = late(rf"{_ENDS.pattern}| [\w.]{{1,40}}=")
"""Ends of a clause, and the attributes behind it."""
_AGAINST = late(r"\b(?:never|not|n't|avoid|instead of|without|example|usage)\b[^;.\n]*$", re.IGNORECASE)
"""What stands before a command that nobody runs."""
_OF_IT = late(
    r"\b(?:cache|cached data|index|metrics?|logs?|history|alerts?|entry|entries|watch|lock) (?:for|of) (?:the )?$",
    re.IGNORECASE,
)
"""What of an object is deleted, and not the object itself."""
_IN_EARNEST = (Mood.PLANNED, Mood.DONE)


def beside(acts: list[Act], source: str) -> list[Act]:
    """The grave deeds in the text of an entry of which none of its ``acts`` tells anything."""
    if not any(sign in source for sign in _SIGNS):
        return []
    text = source[:_LONGEST]
    text = _SHOWN.sub(" ", text) if '"stdout' in text else text
    known = {name for act in acts for name in _told_of(act)}
    more: list[Act] = []
    for act in _graves(text, known):
        names = _told_of(act)
        if names and known.isdisjoint(names):
            known.update(names)
            more.append(act)
    return more if more and _UNREAL.search(text) is None else []


def _told_of(act: Act) -> list[str]:
    """Whom an action is about, by name, or how many."""
    named = [_plain(ref.name or ref.namespace) for ref in act.targets if ref.name or ref.namespace]
    return [*named, str(act.number)] if act.number else named


def _plain(name: str) -> str:
    """A name without the marks that end a clause: ``node pool spot-a...done.``, ``kubectl delete ns prod:``."""
    return name.partition("...")[0].strip(".:,")


def _graves(text: str, known: set[str]) -> Iterator[Act]:
    """The grave deeds in earnest that a text names, each read from its own clause."""
    for _, match in zip(range(_MOST), _WORDS.finditer(text), strict=False):
        if not known.isdisjoint(match.groups()) or _OF_IT.search(text, max(0, match.start() - 40), match.start()):
            continue
        if text.startswith(" from Controller", match.end()):
            continue  # what a controller forgets: "Removing Node edge-3 from Controller"
        acts = sentences.read(grammar.in_words(_clause(text, match)), sentences.SentenceContext([]))
        yield from (act for act in acts if act.mood in _IN_EARNEST)
    run = _COMMAND.finditer(text) if "kubectl" in text or "helm" in text or "oc " in text else iter(())
    for _, match in zip(range(_MOST), run, strict=False):
        if _AGAINST.search(text, max(0, match.start() - 60), match.start()) is None:
            yield from (act for act in shell.find(match[0])[0] if act.mood in _IN_EARNEST and _is_grave(act))
    changed = _CHANGE.finditer(text) if ": replicas " in text else iter(())
    for _, match in zip(range(_MOST), changed, strict=False):
        if (change := changes.read(match[0])) is not None:
            yield change


def _is_grave(act: Act) -> bool:
    """Does a command delete, or scale to nothing?"""
    return act.verb == "delete" or any(field.path == "replicas" and field.value == "0" for field in act.fields)


def _clause(text: str, match: re.Match[str]) -> str:
    """The clause around a match: what stands before it may say that nothing is done."""
    start = max((end.end() for end in _ENDS.finditer(text, max(0, match.start() - 200), match.start())), default=0)
    start = match.start() if text.endswith(", ", 0, match.start()) else max(start, match.start() - 200)
    after = _STOPS.search(text, match.end(), match.end() + 200)
    return text[start : after.start() if after else match.end() + 200]
