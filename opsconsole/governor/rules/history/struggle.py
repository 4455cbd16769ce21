"""Struggles: two writers over one field, up and down again, down before it is warm."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import pairwise

from opsconsole.governor.announced.line_kinds import precedes, reports
from opsconsole.governor.interest import Interest
from opsconsole.governor.measures import HOUR
from opsconsole.governor.observed.changes import object_key
from opsconsole.governor.rule import Again, Answer, Note, Verdict, View, rule
from opsconsole.governor.rules.common import REVOKE
from opsconsole.records import Change, ChangeField, Decision, Kind, Severity

_BACK = 2
"""So often after the first time: once more may be a line that is told twice."""

_TURNS = 2
"""Scaled to zero this often within governor.oscillation_seconds is an oscillation: once may be a deployment."""


@rule(
    "tug-of-war",
    Severity.CRITICAL,
    Kind.CHANGE,
    Kind.DECISION,
    lines=(Interest(announces=True, has=("fields",)),),
)
def tug_of_war(subject: Change | Decision, view: View) -> Answer:
    """One field goes A→B→A by two field managers within governor.tug_of_war_seconds (30 s).

    The Aura write-up: "I would kubectl scale, and ten seconds later, the script would 'correct' my 'manual
    interference.'" Critical when the optimizer had the last word, else a warning; shown for governor.hold_seconds. In a
    log alone a warning where it says for the third time in an hour that it sets one field to one value, and that it was
    another again: somebody else had changed it, and no write of it was refused.
    """
    if isinstance(subject, Decision):
        yield from _set_back(subject, view)
        return
    if view.now - subject.at > view.settings.hold_seconds:
        return
    window = view.now - subject.at + view.settings.tug_of_war_seconds
    for field in subject.fields:
        undone = _undone(subject, field, view.history(subject.about, window), view.settings.tug_of_war_seconds)
        if undone is None or (subject.by_optimizer is False and undone.by_optimizer is False):
            continue
        yield Verdict(
            f"tug-of-war over {field.path} of {subject.about.name}: "
            f"{_who(subject)} sets {undone.manager}'s {field.before} back to {field.after}",
            f"Undone after {subject.at - undone.at:.0f} s. Stop the writer first, then repair.",
            part=field.path,
            scope=object_key(subject.about),
            severity=Severity.WARNING if subject.by_optimizer is False else Severity.CRITICAL,
            switch=REVOKE,
        )
        yield Again(subject.at + view.settings.hold_seconds + 1.0, object_key(subject.about))


def _set_back(subject: Decision, view: View) -> Iterable[Verdict]:
    """What it has set, and found changed, and set again, by its own words."""
    if subject.target is None or not any(field.before for field in subject.fields) or not view.announces(subject):
        return
    about, name = object_key(subject.target), subject.target.name
    said = view.said(Note.ANNOUNCEMENT, subject, HOUR, name)
    lines = [line for line in said if line.target is not None and object_key(line.target) == about]
    refused = view.said(Note.REFUSAL, subject, HOUR, name)
    for field in subject.fields:
        sets = [(line, each) for line in [*lines, subject] for each in line.fields if each.path == field.path]
        back = [
            each
            for (earlier, was), (line, each) in pairwise(sets)
            if each.value == was.value == field.value
            and each.before not in ("", each.value)
            and not _is_one_deed(earlier, line, refused)
        ]
        if len(back) >= _BACK and field.before not in ("", field.value):
            yield Verdict(
                f"sets {field.path} of {subject.target.name} back to {field.value} again: somebody set {field.before}",
                f"{len(back) + 1} times in an hour, by its own words. That is a person, or another program.",
                part=field.path,
                severity=Severity.WARNING,
                switch=REVOKE,
            )


def _is_one_deed(earlier: Decision, line: Decision, refused: Iterable[Decision]) -> bool:
    """Whether the two tell of one write: it is announced and then reported, or refused and tried again."""
    if reports(line) and not reports(earlier):
        return True
    return any(precedes(earlier, each) and precedes(each, line) for each in refused)


@rule("oscillation", Severity.CRITICAL, Kind.CHANGE, fields="replicas", own=True)
def oscillation(subject: Change, view: View) -> Answer:
    """Scaled to zero and up again twice within governor.oscillation_seconds (10 min).

    The Aura write-up: scaled to zero, timeouts of the cold start taken for instability, scaled down again: "a death
    spiral of 'smart' decisions". Ten minutes hold a dozen cold starts of 45 s.
    """
    if subject.by_optimizer is False or not _falls_to_zero(subject):
        return
    window = view.settings.oscillation_seconds
    falls = [change for change in view.history(subject.about, window) if _falls_to_zero(change)]
    if len(falls) >= _TURNS:
        yield Verdict(
            f"{subject.about.name} swings between 0 and {_height(falls[0])} replicas: {len(falls)} times down",
            f"Within {window / 60:g} min. Each fall makes the metrics that cause the next.",
            scope=object_key(subject.about),
            switch=REVOKE,
        )
        yield Again(falls[_TURNS - 1].at + window + 1.0, object_key(subject.about))


@rule("warm-up", Severity.CRITICAL, Kind.CHANGE, fields="replicas")
def warm_up(subject: Change, view: View) -> Answer:
    """Scaled down within governor.warm_up_seconds (45 s) of its start from zero; until then, that it is warming up.

    The Aura write-up: "it didn't account for the 45 seconds the JVM takes to warm up".
    """
    field = next((field for field in subject.fields if field.path == "replicas"), None)
    if field is None or field.before_number is None or field.after_number is None:
        return
    warm = view.settings.warm_up_seconds
    if starts(field):
        if view.now < subject.at + warm:
            until = datetime.fromtimestamp(subject.at + warm, UTC).strftime("%H:%M:%S")
            yield Verdict(
                f"{subject.about.name} warms up until {until} UTC",
                f"It came from zero; a JVM takes {warm:g} s. Its latency says nothing before that.",
                scope=f"{object_key(subject.about)} warms",
                severity=Severity.INFO,
            )
            yield Again(subject.at + warm)
        return
    if subject.by_optimizer is False or field.after_number >= field.before_number:
        return
    rise = _last_rise(view.history(subject.about, view.now - subject.at + warm), subject)
    if rise is not None and subject.at - rise.at < warm:
        yield Verdict(
            f"{subject.about.name} scaled down {subject.at - rise.at:.0f} s after its start: it was still cold",
            f"A JVM takes {warm:g} s to warm up; timeouts before that are no instability.",
            switch=REVOKE,
        )


def starts(field: ChangeField) -> bool:
    """Whether this is a start from zero."""
    return field.path == "replicas" and field.before_number == 0 and (field.after_number or 0) > 0


def _undone(subject: Change, field: ChangeField, history: Iterable[Change], seconds: float) -> Change | None:
    """The write just before ``subject`` on that field, if ``subject`` takes it back and someone else made it."""
    for change in _before(subject, history):
        if subject.at - change.at > seconds:
            return None
        for earlier in change.fields:
            if earlier.path == field.path:
                back = earlier.before == field.after and earlier.after == field.before
                two = bool(change.manager) and bool(subject.manager) and change.manager != subject.manager
                return change if back and two else None
    return None


def _before(subject: Change, history: Iterable[Change]) -> Iterator[Change]:
    """What came before ``subject``, the newest first: by the order in which it was seen, not by the clock."""
    newest_first = iter(history)
    for change in newest_first:
        if change.key == subject.key:
            break
    yield from newest_first


def _who(change: Change) -> str:
    return "the optimizer" if change.by_optimizer else change.manager


def _replicas(change: Change) -> ChangeField | None:
    return next((field for field in change.fields if field.path == "replicas"), None)


def _falls_to_zero(change: Change) -> bool:
    field = _replicas(change)
    return field is not None and field.after_number == 0 and (field.before_number or 0) > 0


def _height(change: Change) -> str:
    field = _replicas(change)
    return field.before if field is not None else "?"


def _last_rise(history: Iterable[Change], before: Change) -> Change | None:
    for change in _before(before, history):
        field = _replicas(change)
        if field is not None:
            return change if starts(field) else None
    return None
