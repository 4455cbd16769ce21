"""Puts the verb in place of each phrase that means it: ``got rid of job a``, ``put deployment web to sleep``."""

from __future__ import annotations

import re

from opsconsole.decisions.meaning.prose.basics.grammar import words_of
from opsconsole.decisions.meaning.prose.basics.phrase_rows import ROWS, Phrase
from opsconsole.decisions.words import verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late

_WORDS = frozenset(word for row in ROWS for word in row.needs)

_BOUND = late(
    r"\b(?:(?P<most>ceiling|cap|maximum|max|upper (?:bound|limit))|(?P<least>floor|minimum|min|lower (?:bound|limit)))"
    r"(?= (?:of|for|on) (?:the )?(?:hpa|horizontalpodautoscaler|autoscaler|scaledobject)\b|"
    r":? \d{1,6} ?(?:[-=]>|→|to )\s*\d|"
    r" (?:is |was )?(?:raised|lowered|changed|set|increased|decreased|reduced|cut|bumped|adjusted|moved)\b)",
    re.IGNORECASE,
)
_AUTOSCALERS = frozenset({"hpa", "horizontalpodautoscaler", "scaledobject"})


_CONTRACTED = late(
    r"\b(?P<verb>wo|ca|was|were|is|are|has|have|had|did|does|do|could|should|would|must|need)n't"
    r"(?= (?:(?:be|been|yet) ){0,2}(?P<deed>[a-z]+))",
    re.IGNORECASE,
)


def _spelled_out(match: re.Match[str]) -> str:
    """``won't`` as ``will not``, right before a deed: an apostrophe is a quote elsewhere."""
    verb = match["verb"]
    if match["deed"].lower() not in verbs.WORDS:
        return match[0]
    return {"wo": "will not", "ca": "cannot"}.get(verb.lower()) or f"{verb} not"


def plain(text: str) -> str:
    """The text with each phrase as its verb, and the bounds of an autoscaler by the names of their fields."""
    if (") -" in text or ") =" in text) and len(_VALUES.findall(text)) == 2:
        text = _SIDES.sub(r"\1 -> \2", text)
    text = _CLOCK.sub("", text) if " m=+" in text else text
    text = _THERE.sub(r"\g<how> \g<what>:", text) if '" already exists' in text else text
    words = words_of(text)
    if "n't" in text:
        text = _CONTRACTED.sub(_spelled_out, text)
    if not _TAGS.isdisjoint(words):
        text = _TAG_FIRST.sub(_tag_behind, text)
    if not _WORDS.isdisjoint(words):
        for row in ROWS:
            if not row.needs.isdisjoint(words):
                text = row.pattern.sub(row.plain, text, count=2) if row.deeds > _MOST or _alone(row, text) else text
    if "." in text and not _ENDS_OF_FIELDS.isdisjoint(words):
        told = _FIELD.sub(_in_words, text) if _one_deed(words) else text
        text = text if told == text else _FURTHER.sub(_in_words, told)
    if not _AUTOSCALERS.isdisjoint(words):
        text = _BOUND.sub(lambda match: "maxReplicas" if match["most"] else "minReplicas", text)
    return text


def _alone(row: Phrase, text: str) -> bool:
    """Are no more deeds told beside a phrase than it has, and no change of values? Else it may hide one of them."""
    match = row.pattern.search(text)
    if match is None:
        return False
    beside = f"{text[: match.start()]} | {text[match.end() :]}"
    told = sum(word in verbs.WORDS for word in _WORD.findall(beside.lower()))
    return told <= row.deeds and len(_CHANGED.findall(beside)) <= row.changes


def _tag_behind(match: re.Match[str]) -> str:
    """``taint a/b removed`` as ``removed taint a/b``: what is taken from an object is no object."""
    value = f"={match['value']}" if match["value"] else ""
    return f"{match['did']} {match['what'].lower()} {match['key']}{value}"


_TAGS = wordset("taint label annotation")
_TAG_FIRST = late(
    r"(?:^|(?<=: ))(?P<what>[Tt]aint|[Ll]abel|[Aa]nnotation) (?P<key>['\"]?[\w.-]{1,100}/[\w.:=-]{1,100}['\"]?) "
    r"(?:was |is |has been |is being )?"
    r"(?P<did>removed|added|applied|cleared|stripped|set(?= to ))(?: to (?P<value>(?<=set to )[\w.-]{1,63}))?"
    r"(?=$|[,.;]| (?:from|on|to|in|for|of) )"
)
"""At the head or behind a colon: what is chosen by a tag is an object (``all without label a/b removed``)."""
_CLOCK = late(r" (?:on|at|since) \d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,9})? [+-]\d{4} \w{3,5} m=[+-][\d.]{1,20}")
"""When something was, as Go prints a time with its monotonic clock."""
_THERE = late(
    r"\b(?P<how>(?:[Cc]ould not|[Cc]annot|[Ff]ailed to|[Uu]nable to) (?:restore|create)), "
    r"(?P<what>[A-Z][A-Za-z]{2,40} \"[^\"]{1,253}\")(?= already exists)"
)
"""``could not restore, Service "web" already exists``: whom, behind what was to be done."""
_MOST = 9
_WORD = late(r"[a-z]+")
_CHANGED = late(r"\d\w*(?: replicas)? ?(?:[-=~]+>|[→⇒➜]| to ) ?-?\d")

_SIDES = late(
    r"\b(?:actual|current|old|was|from|before|previous|prev)\((\d[\w.]{0,15})\) ?[-=]> ?"
    r"(?:expected|desired|target|new|now|to|after|wanted)\((\d[\w.]{0,15})\)",
    re.IGNORECASE,
)
"""``actual(3) -> expected(5)``: two values, each called by what it is, where no other stands."""
_VALUES = late(r"(?<![\w.-])-?\d")


def _one_deed(words: frozenset[str]) -> bool:
    """Is no more than one deed told: what a field becomes must not be all that is read of ``…, evicted 400 pods``?"""
    return sum(word in verbs.WORDS and verbs.WORDS[word].stem != "limit" for word in words) <= 1


def _in_words(match: re.Match[str]) -> str:
    """``set limits.memory=1Gi`` as ``set memory limits=1Gi``: a field by its path, right behind what is done to it."""
    verb = match["verb"]
    if verb[-1:].isalpha() and ((told := verbs.WORDS.get(verb.lower())) is None or told.verb in ("delete", "create")):
        return match[0]  # whoever removes a field of a Deployment does not remove the Deployment
    side = next((f" {each}" for each in ("limits", "requests") if f"{each}." in match["path"]), "")
    return f"{verb} {match['field']}{side}"


_ENDS_OF_FIELDS = wordset("memory cpu replicas image minreplicas maxreplicas")
_PATH = (
    r"(?P<path>(?:(?:spec|template|resources|limits|requests|containers?(?:\[[\w-]{1,63}\])?)\.){1,6})"
    r"(?P<field>memory|cpu|replicas|image|minReplicas|maxReplicas)"
)
_FIELD = late(rf"\b(?P<verb>[A-Za-z]{{3,14}}) (?:the |its )?{_PATH}(?=[ =:]|$)")
_FURTHER = late(rf"(?P<verb>,|(?<=[\dKMGim])) {_PATH}(?==)")
