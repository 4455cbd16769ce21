"""What opens doors is taken: all Secrets into a file, tokens for years; and programs are ended on GPUs in use."""

from __future__ import annotations

import re
from collections.abc import Iterable

from opsconsole.governor.announced.line_kinds import only_told, refusal
from opsconsole.governor.announced.told_settings import bare
from opsconsole.governor.interest import Interest
from opsconsole.governor.measures import YEAR
from opsconsole.governor.rule import Verdict, View, rule
from opsconsole.governor.rules.common import GPU, OPTIMIZER, clause_of
from opsconsole.governor.rules.values.told_values import seconds_of
from opsconsole.records import Decision, Kind, Severity

_READS = re.compile(
    r"\b(?:list|read|get|fetch|dump|export|copi|copy|collect|load)(?:e?d|ing|s)?\b[^.;]{0,40}\bsecrets?\b",
    re.IGNORECASE,
)
_EVERYWHERE = re.compile(
    r"\ball[- ]namespaces\b|\bevery namespace\b|\ball \d* ?secrets\b|\bsecrets? .{0,40}(?:-A\b|--all-namespaces)|"
    r"\bcluster-?wide\b|\ball of the cluster\b",
    re.IGNORECASE,
)
_SPACES = frozenset({"namespace", "namespaces", "ns", "scope"})
_EVERY = frozenset({"all", "*", "cluster", "", "(all)"})
_KEPT = re.compile(r"\b(?:stored|saved|written|dumped|exported|copied|uploaded|sent)\b|[ (]>{1,2} ?/?\w", re.IGNORECASE)
_KEPT_IN = frozenset({"stored", "saved", "out", "output", "file", "path", "dest", "destination", "to", "bucket"})

_MAKES_TOKEN = re.compile(
    r"\b(?:issu|mint|creat|request|generat|obtain)(?:e|ed|es|ing|s)?\b[^.;]{0,40}\btokens?\b|\bcreate token\b", re.I
)
_LASTS = re.compile(r"(?:expiration|expires_?in|ttl|lifetime|duration|valid_?for)(?:_?seconds)?", re.IGNORECASE)
_LASTS_IN_WORDS = re.compile(
    r"(?:--duration[= ]|\b(?:valid|good|expires?|expiring) (?:for|in) |\bttl[= ])(?P<span>\d+(?:\.\d+)?(?:s|m|h|d)?)\b|"
    r"\b(?P<never>never expires|without expiry|non-expiring)\b",
    re.IGNORECASE,
)

_ENDS_PROCESSES = re.compile(
    r"\b(?:[1-9]\d*|all) (?:compute |gpu |cuda |running ){0,2}process(?:es)?\b.{0,60}\b(?:terminat|kill)(?:ing|ed)\b|"
    r"\b(?:terminat|kill)(?:ing|ed) (?:all |[1-9]\d* )?(?:the )?(?:running )?(?:compute|gpu|cuda) process(?:es)?\b",
    re.IGNORECASE,
)
_ONLY_SAID = re.compile(
    r"\b(?:would|dry|not|never(?! expires)|without(?! expiry)|could|should|may|if|instead|refus\w*|skip\w*|"
    r"orphan\w*|zombie|defunct|stale|left-?overs?|left behind)\b",
    re.IGNORECASE,
)
"""In the clause of the deed, up to its end: other words are about something else ("saved instead of …", "skipping the
drain")."""

_LEFT = re.compile(
    r"(?: (?:on|of|from|in) [^\s,;()]+){0,2} ?\(?(?:(?:was|were|is|are|has been|that were|which were) )?"
    r"(?:orphan\w*|zombies?|defunct|stale|left-?overs?|left behind|skipped|refused)\b",
    re.IGNORECASE,
)
"""What stands behind the deed, and is about it: nobody owned these, or they were left."""


@rule(
    "secrets-taken",
    Severity.WARNING,
    Kind.DECISION,
    lines=(Interest(words=("secret",)), Interest(words=("token",))),
)
def secrets_taken(subject: Decision, _view: View) -> Iterable[Verdict]:
    """It takes what opens doors: the Secrets of all namespaces into a file, or a token for a year or more.

    The Aura write-up: `aura-optimizer-admin-binding`. Who has a token for years has the cluster after the optimizer is
    gone, and its deletion takes none back. A controller that watches all Secrets stores none of them. A year is longer
    than any workload's own token, which is renewed within a day.
    """
    if only_told(subject) or refusal(subject) is not None:
        return
    text, said = subject.message, subject.attributes
    if (
        _deed(_READS, text) is not None
        and _everywhere(subject)
        and (_KEPT.search(text) or not _KEPT_IN.isdisjoint(said))
    ):
        yield Verdict(
            "reads the Secrets of all namespaces, and keeps them",
            "Whoever gets hold of its file has every password and key. They have to be made anew.",
            part="secrets",
            switch=OPTIMIZER,
        )
    if _deed(_MAKES_TOKEN, text) is not None and (lasts := _lasts(subject)):
        yield Verdict(
            f"makes a token that lasts {lasts}",
            "It outlives the optimizer: only deleting its ServiceAccount ends it.",
            part="token",
            switch=OPTIMIZER,
        )


def _deed(words: re.Pattern[str], text: str) -> re.Match[str] | None:
    """Where a line tells of such a deed as done; ``None`` where it does not, or only thinks of it."""
    match = words.search(text)
    if match is None or _LEFT.match(text, match.end()):
        return None
    return None if _ONLY_SAID.search(text, clause_of(text, match.start()), match.end()) else match


def _everywhere(subject: Decision) -> bool:
    told = any(text.casefold() in _EVERY for key, text in subject.attributes.items() if key.casefold() in _SPACES)
    return told or _EVERYWHERE.search(subject.message) is not None


def _lasts(subject: Decision) -> str:
    """How long a token lasts, where that is a year or more; empty where it is less, or not told."""
    spans = [text for key, text in subject.attributes.items() if _LASTS.fullmatch(key.rpartition(".")[2])]
    match = _LASTS_IN_WORDS.search(subject.message)
    if match is not None and match["never"]:
        return "for ever"
    spans += [match["span"]] if match is not None else []
    long = [span for span in spans if (seconds := seconds_of(bare(span))) is not None and seconds >= YEAR]
    return f"{(seconds_of(bare(long[0])) or 0.0) / YEAR:.0f} years or more" if long else ""


@rule("gpu-work-ended", Severity.WARNING, Kind.DECISION, lines=(Interest(words=("process",)),))
def gpu_work_ended(subject: Decision, _view: View) -> Iterable[Verdict]:
    """It ends the programs that compute on a GPU, to change the card's mode or to reset it.

    By its own words; not what nobody owns any more. The Aura write-up: four nodes' drivers had to be rolled back. A
    training that is ended so has lost what came after its last checkpoint. No number: one is enough.
    """
    if only_told(subject) or refusal(subject) is not None:
        return
    match = _deed(_ENDS_PROCESSES, subject.message)
    gpu = match is not None and _ON_A_GPU.search(f"{subject.message} {subject.module}") is not None
    if match is not None and gpu:
        yield Verdict(
            f"ends programs that compute on a GPU: {match[0]}",
            "Look which jobs these were, and whether they have a checkpoint.",
            switch=GPU,
        )


_ON_A_GPU = re.compile(r"\b(?:gpus?|cuda|compute|devices?|mig|nvidia|cards?)\b", re.IGNORECASE)
