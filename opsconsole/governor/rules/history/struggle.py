"""Struggles: two writers over one field, up and down again, down before it is warm."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import pairwise

from opsconsole.governor.announced.line_kinds import precedes, reports, said_at, targets_of
from opsconsole.governor.announced.told_settings import SettingsTable, Watched
from opsconsole.governor.interest import Interest
from opsconsole.governor.measures import HOUR, TEN_MINUTES
from opsconsole.governor.observed.changes import object_key
from opsconsole.governor.rule import Again, Answer, Note, Verdict, View, rule
from opsconsole.governor.rules.common import OPTIMIZER, REVOKE
from opsconsole.governor.rules.values.told_values import is_off
from opsconsole.patterns import late
from opsconsole.records import Change, ChangeField, Decision, FieldValue, Kind, Severity

_BACK = 2
"""So often after the first time: once more may be a line that is told twice."""

_APART = 30.0
"""Seconds; what is told twice, or tried again, is told sooner."""

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
    another again (for the second time, if that was the same, twice as much, half a minute apart): somebody else had
    changed it, and no write of it was refused. Likewise where it tells that somebody has just set what it takes back.
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
    others = [line for line in view.said(Note.OTHERS, subject, TEN_MINUTES, name) if _BY_A_PERSON.search(line.message)]
    for field in subject.fields:
        sets = [(line, each) for line in [*lines, subject] for each in line.fields if each.path == field.path]
        back = [
            each
            for (earlier, was), (line, each) in pairwise(sets)
            if each.value == was.value == field.value
            and each.before not in ("", each.value)
            and not _is_one_deed(earlier, line, refused)
        ]
        insists = (
            field in back
            and _halves(field)
            and any(
                each.before == field.before and said_at(subject) - said_at(line) >= _APART for line, each in sets[:-1]
            )
        )
        took = any(
            (each.path, each.before, each.value) == (field.path, field.value, field.before)
            for line in others
            for each in line.fields
        )
        if took and field not in back:
            yield Verdict(
                f"takes back what somebody has just set: {field.path} of {name} {field.before} → {field.value}",
                "By its own words somebody else had set that within ten minutes. Stop it before you set it again.",
                part=f"{field.path} taken",
                severity=Severity.WARNING,
                switch=REVOKE,
            )
        if (len(back) >= _BACK or insists) and field.before not in ("", field.value):
            yield Verdict(
                f"sets {field.path} of {subject.target.name} back to {field.value} again: somebody set {field.before}",
                f"{len(back) + 1} times in an hour, by its own words. That is a person, or another program.",
                part=field.path,
                severity=Severity.WARNING,
                switch=REVOKE,
            )


_BY_A_PERSON = late(
    r"\b(?:users?|kubectl[\w-]*|manual(?:ly)?|external(?:ly)?|humans?|operator|engineer|person)\b|\w@\w", re.IGNORECASE
)


def _halves(field: FieldValue) -> bool:
    """Whether it takes back at least half of what somebody gave."""
    before, after = field.before_number, field.number
    return before is not None and after is not None and after * 2 <= before


def _is_one_deed(earlier: Decision, line: Decision, refused: Iterable[Decision]) -> bool:
    """Whether the two tell of one write: it is announced and then reported, or refused and tried again."""
    if reports(line) and not reports(earlier):
        return True
    return any(precedes(earlier, each) and precedes(each, line) for each in refused)


_RESUMES = SettingsTable((
    Watched("suspend", r"suspend(?:ed)?", is_off, "it goes on"),
    Watched("paused", r"(?:[\w.-]+/)?paused", is_off, "it goes on"),
))  # fmt: skip
_OWN_NAMES = ("service.name", "resource.service.name")
"""What a program is called by itself, as OpenTelemetry has it; other keys may name what it works on."""


_OWN_STOPPED = late(
    r"\bown (?:(?P<pods>pods?|replicas?)|deployment|statefulset|controller|workload)\b.{0,120}?\b"
    r"(?:scaled to (?:0|zero)|stopped|paused|deleted|suspended)\b.{0,120}?"
    r"(?<!not )(?<!be )\b(?:restored|restarted|recreated|resumed|brought back|scaled (?:it )?(?:back|up))\b"
    r"(?! by (?:the )?(?:ops|sre|on-?call|humans?|operators?|engineers?|users?|admins?|somebody|someone)\b)"
    r"(?(pods)(?! by (?:the |its |their )?(?:deployment|replica ?set|stateful ?set|kubelet)"
    r"(?: controller)?(?:$|[,.;)])))",
    re.IGNORECASE,
)
"""How it tells that somebody stopped it, and that it goes on: not that a person lets it, or that pods are replaced."""


@rule(
    "starts-itself",
    Severity.CRITICAL,
    Kind.DECISION,
    lines=(
        Interest(announces=True, fields=frozenset({"replicas", "suspend", "paused"})),
        Interest(announces=True, words=("suspend", "paused")),
        Interest(announces=True, keys=("suspend", "paused")),
        Interest(
            words=("own deployment", "own statefulset", "own pod", "own replica", "own controller", "own workload")
        ),
    ),
)
def starts_itself(subject: Decision, view: View) -> Iterable[Verdict]:
    """The optimizer takes back that somebody stopped it: its own replicas from zero, its own suspension or pause.

    The Aura write-up: "I would kubectl scale, and ten seconds later, the script would 'correct' my 'manual
    interference.'" No number: what a person stopped stays stopped. It is known by the settings, by the cluster, or by
    the name that it gives itself.
    """
    own = {subject.attributes[key] for key in _OWN_NAMES if key in subject.attributes}
    own |= {workload.name for workload in view.optimizer.workloads}
    if match := _OWN_STOPPED.search(subject.message):
        yield Verdict(
            f"starts itself again: {match[0][:120]}",
            "Stop what starts it: its owner, a standby, a watchdog. Then stop it, and take its rights.",
            part="said",
            switch=OPTIMIZER,
        )
        return
    for target in targets_of(subject) if view.announces(subject) else ():
        if target.name and target.name in own and _revives(subject, view):
            yield Verdict(
                f"starts itself again: {target.name} was stopped by somebody",
                "Stop what starts it: its owner, a CronJob, a watchdog. Then stop it, and take its rights.",
                about=target,
                switch=OPTIMIZER,
            )


def _revives(subject: Decision, view: View) -> bool:
    fields = view.writing(subject).fields
    from_zero = any(
        each.path == "replicas" and each.before_number == 0 and (each.after_number or 0) > 0 for each in fields
    )
    return from_zero or any(told.before for _, told in _RESUMES.bad_in(subject))


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
    return newest_first


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
