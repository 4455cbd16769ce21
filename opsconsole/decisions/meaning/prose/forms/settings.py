"""Settings of an object behind its name: ``statefulset shop/db: nodeSelector {…} -> {…}``, ``tolerations += […]``."""

from __future__ import annotations

import re

from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.moods import remarks
from opsconsole.decisions.meaning.prose.basics.grammar import words_of
from opsconsole.decisions.meaning.prose.forms import assigned
from opsconsole.decisions.meaning.targets import references
from opsconsole.decisions.words import kinds
from opsconsole.decisions.words.sets import wordlist
from opsconsole.patterns import late
from opsconsole.records import FieldValue, Mood

LONGEST = 1_500
"""Characters of such a sentence."""

_NAMES = wordlist(
    "nodeSelector tolerations affinity nodeAffinity podAffinity podAntiAffinity topologySpreadConstraints "
    "suspend priorityClassName strategy updateStrategy terminationGracePeriodSeconds securityContext "
    "serviceAccountName hostNetwork hostPID readinessProbe livenessProbe startupProbe schedule "
    "revisionHistoryLimit minReadySeconds progressDeadlineSeconds paused finalizers command args env envFrom "
    "selector dnsPolicy automountServiceAccountToken nodeName runtimeClassName schedulerName "
    "concurrencyPolicy preemptionPolicy podManagementPolicy lifecycle privileged"
)
_BY_LOW = {name.lower(): name for name in _NAMES}
_WORDS = frozenset(_BY_LOW)
_SETTING = "|".join(_NAMES)
_OBJECT = late(
    r"(?:^|; )(?P<kind>[A-Za-z]{2,30})[ /](?P<name>[a-z0-9][a-z0-9.-]{0,120}(?:/[a-z0-9][a-z0-9.-]{0,120})?): "
)
_SET = late(
    rf"(?P<path>(?:{_SETTING})(?:\.\w{{1,60}}){{0,6}})"
    r"(?:(?P<how> ?(?:\+=|-=|=|:)) ?| )(?P<value>[^;]{1,400})",
    re.IGNORECASE,
)
_TAKEN = late(
    r"(?:removed|dropped|deleted|cleared|disabled|unset) "
    rf"(?P<paths>(?:{_SETTING})(?:(?:, | and |, and )(?:{_SETTING})){{0,6}})\b",
    re.IGNORECASE,
)
_MORE = late(
    r"[,;] (?:and )?(?:replicas|limits?|requests?|memory|cpu)\b|"
    r"(?:[,;]| and) (?:delet|scal|drain|evict|remov|restart|cordon|terminat|kill)(?:ed|ing) "
    r"(?!(?:readiness|liveness|startup)?probe)",
    re.IGNORECASE,
)
_NOW = late(r" ?(?:[-=]>|→) ?")


def read(text: str) -> list[Act]:
    """The patches that a text tells as an object's name and its settings; none where it tells something else."""
    if acts := assigned.read(text):
        return acts
    if len(text) > LONGEST or ": " not in text or _WORDS.isdisjoint(words_of(text)):
        return []
    if _MORE.search(text):
        return []  # it tells more than a setting: sentences are read for that
    places = [*_OBJECT.finditer(text)]
    for at, match in enumerate(places):
        kind = kinds.of_word(match["kind"])
        end = places[at + 1].start() if at + 1 < len(places) else len(text)
        fields, mood = _fields(text[match.end() : end])
        ref = references.reference(match["name"], kind) if kind and fields else None
        if ref is not None:
            acts.append(Act("patch", "patch_setting", mood, (ref,), None, fields))
    told = remarks.of_call(text, "patch") if acts else None
    return acts if told is None else [act._replace(mood=told) for act in acts]


def _fields(said: str) -> tuple[tuple[FieldValue, ...], Mood]:
    """What is set behind an object's colon, and how that is meant."""
    taken = _TAKEN.match(said)
    if taken is not None:
        paths = re.split(r", and |, | and ", taken["paths"])
        return tuple(FieldValue(_BY_LOW[path.lower()], "removed") for path in paths), Mood.DONE
    match = _SET.match(said)
    if match is None:
        return (), Mood.PLANNED
    before, arrow, after = _parted(match["value"])
    if (
        not arrow
        and (match["how"] or " ").strip() not in ("=", "+=", "-=")
        and not match["value"].startswith(("{", "["))
    ):
        return (), Mood.PLANNED  # "affinity unchanged"
    if arrow and before == after:
        return (), Mood.PLANNED
    name, dot, rest = match["path"].partition(".")
    path = f"{_BY_LOW[name.lower()]}{dot}{rest}"
    return (FieldValue(path, after or before, before=before if arrow else ""),), Mood.PLANNED


def _parted(value: str) -> tuple[str, bool, str]:
    """``{…} -> {…}`` in its two values; the one that is told where no arrow stands between."""
    arrow = _NOW.search(value)
    if arrow is None:
        return "", False, value.strip()
    return value[: arrow.start()].strip(), True, value[arrow.end() :].strip()
