"""What a new version has to pass before everybody gets it: lowered by who is to pass, and what goes on by that."""

from __future__ import annotations

import re
from collections.abc import Iterable

from opsconsole.governor.announced.harm import harm_in, text_of
from opsconsole.governor.announced.line_kinds import only_told, targets_of, verb_of
from opsconsole.governor.interest import Interest
from opsconsole.governor.measures import HOUR
from opsconsole.governor.rule import Note, Verdict, View, rule
from opsconsole.governor.rules.common import REVOKE, name_of
from opsconsole.governor.rules.values.told_values import number_of
from opsconsole.patterns import late
from opsconsole.records import Decision, Kind, Mood, Severity

_TRIALS = frozenset({"Canary", "Rollout", "AnalysisTemplate", "ClusterAnalysisTemplate", "AnalysisRun"})
_WORDS = ("canary", "threshold", "promot", " template ")
_GOES_ON = late(
    r"\b(?:promot(?:e|es|ed|ing)|advanc(?:e|es|ed|ing)|set(?:ting)? (?:the )?(?:canary )?weight|"
    r"copy(?:ing)? \S+ template)\b",
    re.IGNORECASE,
)
_PROMOTED = late(r"\b(?:promot\w*|advanc\w*|weight|steps?|continu\w*|proceed\w*|go(?:es|ing) on)\b", re.IGNORECASE)
_CHECKS = r" (?:metrics? )?(?:checks?|analys[ie]s)\b"
_THOUGH = late(
    rf"(?<!\b0 )(?<!\bno )\bfailed{_CHECKS}(?! ?[:=] ?0\b)|"
    rf"\banalysis ?(?:run|result)?\b[^.;]{{0,60}}?(?<!\b0)(?<!\bno)[ =:]failed\b(?!{_CHECKS} ?[:=]? ?0\b)|"
    r"\b(?:ignor|overrid|disregard|bypass)\w* (?:the |its )?(?:failed )?"
    r"(?:metrics? checks?|analysis|failed checks?|gates?)\b",
    re.IGNORECASE,
)
"""What a line tells of the check that what goes on has not passed."""

_OVERRULED = late(
    r"\b(?:analysis|canary|check) (?:verdict|result|failure) (?:was |is |has been )?"
    r"(?:overridden|overruled|ignored|bypassed)\b"
    r"(?! by (?!itself\b|policy\b|model\b|the (?:policy|model|optimizer)\b))|"
    r"\b(?:overrid|overrul|ignor|bypass)(?:ing|es|ed|den)? (?:the |its )?(?:canary )?"
    r"(?:halt|abort|verdict|failed analysis)\b(?! (?:handlers?|signals?|buttons?|controllers?|keys?|codes?)\b)",
    re.IGNORECASE,
)
"""It sets aside what a check has said; who is named for it is a person."""
_OF_A_VERDICT = late(r"\b(?:canary|canaries|rollout|analysis|promotion|metrics?)\b", re.IGNORECASE)
_OTHER_CHECKS = late(r"\b(?:health|liveness|readiness|spell|type|lint|syntax|pre-?flight)[- ]?checks?\b", re.I)
"""What is checked of other things than a new version."""

_GOES_BACK = late(
    r"\b(?:(?:abort|halt|revert|paus|stop)\w*|roll(?:ed|ing|s)? ?back|would|not|never|no|without|until|"
    r"unless|if|after)\b",
    re.IGNORECASE,
)
_NOT_DONE = late(r"\b(?:not|never|n't|would|could|can|cannot|may|refus\w*|without|no|if|to)\b", re.IGNORECASE)
_OF_A_TRIAL = late(r"\b(?:canary|rollout|analysis|promotion)\b", re.IGNORECASE)
_NUMBER = r"(?P<{name}>\d{{1,4}}(?:\.\d{{1,6}})?) ?%?"
_TOLD = late(
    r"\b(?P<what>[\w.-]{0,40}threshold[\w.-]{0,40})(?: (?:of|for) [\w./ -]{1,80}?)?(?: from|:)? "
    + _NUMBER.format(name="before")
    + r" ?(?:->|=>|→|to) ?"
    + _NUMBER.format(name="after"),
    re.IGNORECASE,
)
_MUST_NOT_RISE = late(r"error|fail|latency|duration|\bmax|p9\d", re.IGNORECASE)
_LOWER, _HIGHER = 0.95, 1.5
"""A twentieth of a success rate is the difference between a calm day and an outage; a latency or an error rate swings
more."""


@rule(
    "canary-let-through",
    Severity.WARNING,
    Kind.DECISION,
    lines=(
        Interest(announces=True, targets=_TRIALS),
        Interest(announces=True, words=_WORDS),
        Interest(announces=True, fields=frozenset({"weight"})),
        Interest(words=("analysis", " check", "overrid", "overrul", "verdict")),
    ),
)
def canary_let_through(subject: Decision, view: View) -> Iterable[Verdict]:
    """It lowers the threshold that a canary has to pass, or lets one go on within the hour of that.

    A success rate by a twentieth at least, an error rate or a latency half as much again. The Aura write-up: "If your
    metrics look weird, tell the 'AI' to stop": whoever fails a check and moves the check has none. What went on after a
    check that failed, and with a threshold that was left alone, passed it the next time. What a line lets go on though
    it tells itself that the check failed, or that one request in twenty does, has not; nor what goes on since it sets
    a check's verdict aside.
    """
    announces = view.announces(subject)
    if (overruled := _overruled(subject)) is not None:
        yield Verdict(
            f"sets aside what a check of {name_of(subject.target)} has said: {overruled[0]}",
            "What fails gets no more traffic. Abort the rollout, and look at the new version.",
            part="overruled",
            switch=REVOKE,
        )
        return
    if (failed := _passes_failed(subject, announces=announces)) and not _moved(subject):
        yield Verdict(
            f"lets {name_of(subject.target)} go on though its check failed: {failed}",
            "What fails gets no more traffic. Abort the rollout, and look at the new version.",
            part="failed",
            switch=REVOKE,
        )
        return
    if not announces:
        return
    if moved := _moved(subject):
        yield Verdict(
            f"lowers what {name_of(subject.target)} has to pass: {moved}",
            "What fails a check is no reason to move the check.",
            part="lowered",
            switch=REVOKE,
        )
        return
    if _GOES_ON.search(subject.message) is None:
        return
    for line in view.said(Note.ANNOUNCEMENT, subject, HOUR):
        if any(each.name and _names(each.name, subject) for each in targets_of(line)) and (moved := _moved(line)):
            yield Verdict(
                f"lets {name_of(subject.target)} go on by a threshold that was moved before: {moved}",
                "It did not pass what was asked of it. Stop the rollout, and look at the new version.",
                part="goes on",
                switch=REVOKE,
            )
            return


def _overruled(subject: Decision) -> re.Match[str] | None:
    """How a line tells that it sets a verdict aside, where it is one on a new version."""
    match = _OVERRULED.search(subject.message) if not only_told(subject) else None
    if match is None or _NOT_DONE.search(subject.message[: match.start()]) is not None:
        return None
    if _OTHER_CHECKS.search(subject.message) is not None:
        return None
    tried = any(each.kind in _TRIALS for each in targets_of(subject))
    return match if tried or _OF_A_VERDICT.search(subject.message) is not None else None


def _passes_failed(subject: Decision, *, announces: bool) -> str:
    """The words by which a line tells that what it lets go on has failed; empty where it has not, or goes back."""
    message = subject.message
    if (only_told(subject) and subject.mood != Mood.OBSERVED) or _GOES_BACK.search(message) is not None:
        return ""
    if not announces:
        match = _THOUGH.search(message)
        return match[0] if match is not None and _PROMOTED.search(message) is not None else ""
    weights = [each for each in subject.fields if each.path.endswith("weight")]
    grows = any((number_of(each.value) or 0) > (number_of(each.before) or 0) for each in weights)
    if not grows and _GOES_ON.search(message) is None:
        return ""
    match = _THOUGH.search(text_of(subject))
    return match[0] if match is not None else harm_in(subject)


def _names(name: str, line: Decision) -> bool:
    """Whether a line is about what is called so, or about what is called after it."""
    return any(each.name == name or each.name.startswith((f"{name}-", f"{name}.")) for each in targets_of(line))


def _moved(line: Decision) -> str:
    """How a line moves a threshold to where more passes: ``99 → 55``; empty for anything else."""
    said = f"{line.message} {line.action} {' '.join(each.path for each in line.fields)}".lower()
    if verb_of(line) not in ("patch", "scale") or "threshold" not in said:
        return ""
    if not any(each.kind in _TRIALS for each in targets_of(line)) and _OF_A_TRIAL.search(line.message) is None:
        return ""
    what, before, after = _values(line)
    old, new = number_of(before), number_of(after)
    if old is None or new is None or old <= 0:
        return ""
    may_not_rise = _MUST_NOT_RISE.search(what) is not None
    looser = new >= old * _HIGHER if may_not_rise else new <= old * _LOWER
    return f"{before} → {after}" if looser else ""


def _values(line: Decision) -> tuple[str, str, str]:
    """What of, the old value and the new one: in its words, else in pairs beside them (``min_before``)."""
    match = _TOLD.search(line.message)
    if match is not None:
        return f"{match['what']} {line.message[: match.start()]}", match["before"], match["after"]
    for key, text in line.attributes.items():
        head, _, last = key.rpartition("_")
        old = line.attributes.get(f"{head}_{_OLD[last]}", "") if last in _OLD else ""
        if old:
            return f"{head} {line.attributes.get('metric', '')}", old, text
    field = next((each for each in line.fields if "threshold" in each.path.lower()), None)
    return (field.path, field.before, field.value) if field is not None else ("", "", "")


_OLD = {"after": "before", "new": "old", "to": "from"}
