"""What opens doors is taken: all Secrets into a file, tokens for years; and programs are ended on GPUs in use."""

from __future__ import annotations

import re
from collections.abc import Iterable

from opsconsole.governor.announced.line_kinds import only_told, refusal
from opsconsole.governor.announced.told_settings import bare
from opsconsole.governor.interest import Interest
from opsconsole.governor.measures import YEAR
from opsconsole.governor.rule import Verdict, View, rule
from opsconsole.governor.rules.common import GPU, OPTIMIZER
from opsconsole.governor.rules.own_words import deed
from opsconsole.governor.rules.values.told_values import number_of, seconds_of
from opsconsole.patterns import found_by, late
from opsconsole.records import Decision, Kind, Severity

_READS = late(
    r"\b(?:list|read|get|fetch|dump|export|copi|copy|collect|load)(?:e?d|ing|s)?\b[^.;]{0,40}\bsecrets?\b",
    re.IGNORECASE,
)
_EVERYWHERE = late(
    r"\ball[- ]namespaces\b|\bevery namespace\b|\ball \d* ?secrets\b|\bsecrets? .{0,40}(?:-A\b|--all-namespaces)|"
    r"\bcluster-?wide\b|\ball of the cluster\b",
    re.IGNORECASE,
)
_SPACES = frozenset({"namespace", "namespaces", "ns", "scope"})
_EVERY = frozenset({"all", "*", "cluster", "", "(all)"})
_KEPT = late(
    r"(?<!could be )(?<!would be )(?<!can be )(?<!may be )(?<!not be )(?<!not )(?<!never )"
    r"\b(?:stored|saved|written|dumped|exported|copied|uploaded|sent)\b|"
    r"[ (]>{1,2} ?/?\w",
    re.IGNORECASE,
)
_KEPT_IN = frozenset({"stored", "saved", "out", "output", "file", "path", "dest", "destination", "to", "bucket"})

_MAKES_TOKEN = late(
    r"\b(?:issu|mint|creat|request|generat|obtain)(?:e|ed|es|ing|s)?\b[^.;]{0,40}\btokens?\b|\bcreate token\b", re.I
)
_LASTS = late(r"(?:expiration|expires_?in|ttl|lifetime|duration|valid_?for)(?:_?seconds)?", re.IGNORECASE)
_LASTS_IN_WORDS = late(
    r"(?:--duration[= ]|\b(?:valid|good|expires?|expiring) (?:for|in) |\bttl[= ])(?P<span>\d+(?:\.\d+)?(?:s|m|h|d)?)\b|"
    r"\b(?P<never>never expires|without expiry|non-expiring)\b",
    re.IGNORECASE,
)

_ENDS_PROCESSES = late(
    r"\b(?:[1-9]\d*|all) (?:compute |gpu |cuda |running ){0,2}process(?:es)?\b.{0,60}\b(?:terminat|kill)(?:ing|ed)\b|"
    r"\b(?:terminat|kill)(?:ing|ed) (?:all |[1-9]\d* )?(?:the )?(?:running )?(?:compute|gpu|cuda) process(?:es)?\b",
    re.IGNORECASE,
)


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
        deed(_READS, text) is not None
        and _everywhere(subject)
        and (_KEPT.search(text) or not _KEPT_IN.isdisjoint(said))
    ):
        yield Verdict(
            "reads the Secrets of all namespaces, and keeps them",
            "Whoever gets hold of its file has every password and key. They have to be made anew.",
            part="secrets",
            switch=OPTIMIZER,
        )
    if deed(_MAKES_TOKEN, text) is not None and (lasts := _lasts(subject)):
        yield Verdict(
            f"makes a token that lasts {lasts}",
            "It outlives the optimizer: only deleting its ServiceAccount ends it.",
            part="token",
            switch=OPTIMIZER,
        )


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


@rule(
    "gpu-work-ended",
    Severity.WARNING,
    Kind.DECISION,
    lines=(Interest(words=("process", "gpu-reset", "gpu reset", "sigkill", "mig ", "pid")),),
)
def gpu_work_ended(subject: Decision, _view: View) -> Iterable[Verdict]:
    """It ends the programs that compute on a GPU, to change the card's mode or to reset it.

    By its own words; not what nobody owns any more. The Aura write-up: four nodes' drivers had to be rolled back. A
    training that is ended so has lost what came after its last checkpoint. No number: one is enough. Likewise a card
    that is reset, or cut anew, while the line says that it is in use, in its words or by a count of jobs beside them.
    """
    if only_told(subject) or refusal(subject) is not None:
        return
    match = _ends_work(subject)
    signs = _ON_A_GPU if match is None or not found_by(match, _KILLS) else _GPU
    gpu = match is not None and signs.search(f"{subject.message} {subject.module} {' '.join(subject.attributes)}")
    if match is not None and gpu:
        yield Verdict(
            f"ends programs that compute on a GPU: {match[0]}",
            "Look which jobs these were, and whether they have a checkpoint.",
            switch=GPU,
        )


_KILLS = late(
    r"\b(?:sending|sent) SIG(?:KILL|TERM) to (?:all |the |[1-9]\d* )?(?:pids?|process(?:es)?|clients?)\b|"
    r"\bSIGKILL(?:ed)? (?:sent )?(?:to )?[1-9]\d* (?:pids?|process(?:es)?|clients?)\b|"
    r"(?<!memory: )\b(?:kill|terminat)(?:ing|ed) (?:the |a |[1-9]\d* )?(?:pids?|process(?:es)?)\b",
    re.IGNORECASE,
)
_CUTS = late(
    r"--gpu-reset\b|\bgpu reset (?:done|finished|of)\b|\b(?:reset|resetting) (?:all |the )?(?:[1-9]\d* )?gpus?\b|"
    r"\b(?:appl|chang|switch|reconfigur|repartition|set)(?:ied|ying|ed|ing|ting)? (?:the )?(?:nvidia )?mig "
    r"(?:config|profile|layout|geometry|mode)",
    re.IGNORECASE,
)
_IN_USE = late(
    r"\b(?!0 )\d+ (?:gpus? |cards? )?(?:busy|in use|allocated|clients?|running)\b|\bin use by (?!0 )\d|"
    r"\b(?:uncheckpointed|unsaved) work\b.{0,80}\b(?:discarded|lost)\b|\bwhile (?:busy|in use|running)\b",
    re.IGNORECASE,
)


_USES = late(
    r"(?:active|running|busy|allocated|in_?use)[-_]?(?:jobs?|pods?|process(?:es)?|workloads?|clients?|gpus?)|"
    r"(?:jobs?|pods?|process(?:es)?|workloads?|clients?)[-_]?(?:active|running)",
    re.IGNORECASE,
)


def _ends_work(subject: Decision) -> re.Match[str] | None:
    """Where a line tells that it ends what computes: it kills, or resets or cuts a card that is in use."""
    text = subject.message
    killed = deed(_ENDS_PROCESSES, text) or deed(_KILLS, text)
    if killed is not None:
        return killed
    return deed(_CUTS, text) if _IN_USE.search(text) is not None or _is_used(subject) else None


def _is_used(subject: Decision) -> bool:
    """Whether it tells beside its words how many compute there, and not none."""
    said = ((key, number_of(text)) for key, text in subject.attributes.items() if _USES.fullmatch(key))
    return any(number is not None and number > 0 for _, number in said)


_ON_A_GPU = late(
    r"(?:\b|_)(?:gpus?|cuda|compute|devices?|mig|nvidia|cards?)(?:\b|[-_\d])|\bnvidia-smi\b", re.IGNORECASE
)
_GPU = late(r"(?:\b|_)(?:gpus?|cuda|mig|nvidia)(?:\b|[-_\d])|\bdevices? (?:is |are )?in use\b", re.IGNORECASE)
"""What a signal's line names where the program computes: any program has a device, or a card."""
