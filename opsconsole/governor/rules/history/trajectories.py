"""Trajectories: what many small writes come to, growth without end, flapping."""

from __future__ import annotations

from collections.abc import Sequence

from opsconsole.governor.announced.line_kinds import targets_of
from opsconsole.governor.announced.shares import TELLS_SHARES, share_of
from opsconsole.governor.interest import Interest
from opsconsole.governor.measures import HOUR, MINUTE, TEN_MINUTES, Trajectory
from opsconsole.governor.observed.changes import object_key
from opsconsole.governor.observed.fields import BY_SHARES, container_of, resource_of
from opsconsole.governor.rule import Again, Answer, Verdict, View, rule
from opsconsole.governor.rules.common import REVOKE, ordinary, place
from opsconsole.governor.rules.history.nameless import flaps, turns_of_nobody
from opsconsole.governor.rules.rollouts import is_rolled_out
from opsconsole.quantity import number
from opsconsole.records import Change, ChangeField, Decision, Kind, Ref, Severity

_COUNTS = frozenset({
    "replicas", "minReplicas", "maxReplicas", "minReplicaCount", "maxReplicaCount", "size", "parallelism",
    "completions", f"replicas{BY_SHARES}",
})  # fmt: skip
_MEMORY = ("limits.memory", f"memory limit{BY_SHARES}")
_MOST_LEFT = 0.2
_FAR_TOO_LITTLE = 0.25
_NEXT_TO_NOTHING = 0.1
_BEYOND_ALL = 100.0
"""So many times the memory or CPU by small steps is no need of any program: what asks for more feeds itself."""

_NOBODYS_STEPS = 6
"""So many steps one way, of what no line names, are of one thing: values of several go up and down."""

_COUNT_STEPS = 4
_MANY_PODS = 100
_SWELLS = 4.0
_LONG_FALL = 8
"""So many steps one way, and as many pods fewer: what an evening takes it leaves more than a fifth of."""

_MANY_GONE = 20
"""So many pods fewer (or more) by a few large steps are no ordinary autoscaling."""

_HOURS, _A_STEP = 3, 3
_FOLLOW_LOAD = frozenset({"horizontal", "node-autoscaler"})

_LINES = (Interest(sets=True), *TELLS_SHARES)
_DAY_STEPS = 6
_STEPS_A_TURN = 4
"""Over a day a load goes up and down; what goes one way alone turns less often than every fourth step."""


@rule("cut-by-steps", Severity.CRITICAL, Kind.DECISION, Kind.CHANGE, lines=_LINES, own=True)
def cut_by_steps(subject: Decision | Change, view: View) -> Answer:
    """Many small cuts come to a large one: against the value before its first write in ten minutes, an hour or a day.

    More than governor.steps_cut_percent (40 %) of a memory limit within an hour is critical, and so are three quarters
    of it in a day, and nine tenths of any request or limit; of anything else, or in a day, a warning; of replicas four
    fifths by four steps within an hour, or by eight steps that never turn in a day; or twenty pods and nine tenths by
    fewer in ten minutes or steadily over a day. An old ReplicaSet may shrink in a rollout, as for replicas-zero. The
    Aura write-up's 20 % rule sees each write alone: thirty cuts of 10 % leave 4 %.
    """
    for about, field in _written(subject, view):
        worst = _worst_cut(about, field, view) if about is not None else None
        if about is None or worst is None:
            continue
        counts = field.path in _COUNTS
        if counts and is_rolled_out(about, number(worst.before), worst.after_number, subject, view):
            continue
        memory = field.path.endswith(_MEMORY) and (worst.seconds <= HOUR or worst.factor <= _FAR_TOO_LITTLE)
        starved = not counts and view.extremes(about, field.path)[0] <= _NEXT_TO_NOTHING
        yield _said(about, field, worst, view, Severity.CRITICAL if memory or starved else Severity.WARNING)
        yield Again(worst.first_at + worst.seconds + 1.0, _scope(about, field))


@rule("runaway-growth", Severity.CRITICAL, Kind.DECISION, Kind.CHANGE, lines=_LINES, own=True)
def runaway_growth(subject: Decision | Change, view: View) -> Answer:
    """Growth without end: governor.max_scale_factor (10) times the value, by several writes in an hour.

    Critical for a hundred replicas (or a Job's parallelism) or more, and for a hundred times the memory or CPU, else a
    warning, and so is four times the memory or CPU by four writes. Of pods that no line names only what goes up by six
    steps and never down. Over a day only what grows steadily, to twenty pods at least: a load that swings is no
    runaway. The SmartScaler write-up:
    it went on to scale since the load that it measured was its own.
    """
    nobody = next(iter(targets_of(subject)), None) if isinstance(subject, Decision) else None
    for named, field in _written(subject, view):
        about = named or nobody
        grown = _most_grown(about, field, view) if about is not None else None
        if about is None or grown is None:
            continue
        counts = field.path in _COUNTS
        grave = grown.after_number >= _MANY_PODS if counts else grown.factor >= _BEYOND_ALL
        yield _said(about, field, grown, view, Severity.CRITICAL if grave else Severity.WARNING)
        yield Again(grown.first_at + grown.seconds + 1.0, _scope(about, field))


@rule("flapping", Severity.WARNING, Kind.DECISION, Kind.CHANGE, lines=_LINES, own=True)
def flapping(subject: Decision | Change, view: View) -> Answer:
    """One field goes up and down again and again, by whatever amount: governor.flaps_per_hour (6) turns in an hour.

    Or as often in three hours, where each step halves or doubles it, by three at least, and no role makes that ordinary
    (an autoscaler follows a queue). Of what no line names three turns in ten minutes, where each doubles or halves the
    value that the line before told, or two in three minutes by three times. The Aura write-up's death spiral goes
    through zero and has a rule of its own; between 4 and 7 each turn costs cold starts all the same.
    """
    if isinstance(subject, Decision) and view.announces(subject) and (turns := turns_of_nobody(subject, view)):
        if flaps(subject, view, turns):
            yield Verdict(
                f"replicas of its target flap: up and down {turns} times in ten minutes",
                "It names no object. Each turn starts and stops pods, and makes the metrics that cause the next.",
                part="nobody",
                switch=REVOKE,
            )
        return
    for about, field in _written(subject, view):
        turns, hours = (view.turns(about, field.path, HOUR) if about is not None else 0), 1
        if about is not None and turns < view.settings.flaps_per_hour and _swings(field, subject, view):
            turns, hours = view.turns(about, field.path, _HOURS * HOUR), _HOURS
        if about is not None and turns >= view.settings.flaps_per_hour:
            many = f"{turns}" if turns < 60 else "60 or more"
            when = "an hour" if hours == 1 else f"{hours} hours"
            yield Verdict(
                f"{place(about, field.path)} {_noun(field)} flaps: up and down {many} times in {when}",
                f"Now {field.after}. Each turn starts and stops pods, and makes the metrics that cause the next.",
                about=about,
                part=field.path,
                scope=object_key(about),
                switch=REVOKE,
            )
            yield Again(view.now + hours * HOUR, _scope(about, field))


def _swings(field: ChangeField, subject: Decision | Change, view: View) -> bool:
    """Whether a step halves or doubles a count, of what is not called up and down by its role."""
    before, after = field.before_number, field.after_number
    if field.path not in _COUNTS or before is None or after is None:
        return False
    less, more = sorted((before, after))
    swings = more - less >= _A_STEP and more >= 2 * less
    return swings and not ordinary(subject, view, _FOLLOW_LOAD)


def _written(subject: Decision | Change, view: View) -> Sequence[tuple[Ref | None, ChangeField]]:
    """What is set, and what a line says to be less or more by a share of itself."""
    # A share of traffic goes from nothing to all, and back.
    found = [each for each in view.wanted(subject) if not each[1].path.endswith("weight")]
    if isinstance(subject, Decision) and view.announces(subject) and (share := share_of(subject)) is not None:
        found.append((view.writing(subject).about, share.field))
    return found


def _worst_cut(about: Ref, field: ChangeField, view: View) -> Trajectory | None:
    """The window whose cut is too deep: the deepest within an hour, else the day."""
    if not _may_be_deep(view.extremes(about, field.path)[0], field, view):  # most are not, and the rest costs more
        return None
    deep = [each for each in view.trajectories_of(about, field.path) if _is_deep(about, each, field, view)]
    if not deep:
        return None
    hour = [each for each in deep if each.seconds <= HOUR]
    return min(hour or deep, key=lambda each: each.factor)


def _may_be_deep(factor: float, field: ChangeField, view: View) -> bool:
    """Whether what is left of the window that took most may be too little, however it came to that."""
    if field.path not in _COUNTS:
        return (1.0 - factor) * 100.0 > view.settings.steps_cut_percent
    return factor <= _MOST_LEFT or factor * view.settings.max_scale_factor <= 1.0


def _is_deep(about: Ref, each: Trajectory, field: ChangeField, view: View) -> bool:
    if field.path not in _COUNTS:
        return (1.0 - each.factor) * 100.0 > view.settings.steps_cut_percent
    if each.factor <= _MOST_LEFT and each.writes >= _COUNT_STEPS and each.seconds <= HOUR:
        return True
    if each.factor <= _MOST_LEFT and _falls_for_hours(about, each, field, view):
        return True
    if each.after_number < 1 or each.factor * view.settings.max_scale_factor > 1.0:
        return False
    many = each.after_number / each.factor - each.after_number >= _MANY_GONE
    return many and (each.seconds <= TEN_MINUTES or _is_steady(about, each, field, view))


def _falls_for_hours(about: Ref, each: Trajectory, field: ChangeField, view: View) -> bool:
    """Whether small steps alone take most of a count away over a day: an evening has a turn, or leaves more."""
    steps, gone = each.writes, each.after_number / each.factor - each.after_number if each.factor > 0 else 0.0
    straight = not view.turns(about, field.path, view.now - each.first_at + 1.0)
    return straight and steps >= _LONG_FALL and gone >= _LONG_FALL and each.after_number >= 1


def _turned(about: Ref, each: Trajectory, field: ChangeField, view: View) -> bool:
    return view.turns(about, field.path, view.now - each.first_at + 1.0) > 0


def _most_grown(about: Ref, field: ChangeField, view: View) -> Trajectory | None:
    if view.extremes(about, field.path)[1] < min(_SWELLS, view.settings.max_scale_factor):
        return None
    grown = [each for each in view.trajectories_of(about, field.path) if _is_runaway(about, each, field, view)]
    return max(grown, key=lambda each: each.factor, default=None)


def _is_runaway(about: Ref, each: Trajectory, field: ChangeField, view: View) -> bool:
    counts = field.path in _COUNTS
    swells = not counts and each.factor >= _SWELLS and each.writes >= _COUNT_STEPS
    grows = swells or each.factor >= view.settings.max_scale_factor
    if not about.name and (each.writes < _NOBODYS_STEPS or _turned(about, each, field, view)):
        return False
    if not grows or each.seconds <= HOUR:
        return grows
    return (not counts or each.after_number >= _MANY_GONE) and _is_steady(about, each, field, view)


def _is_steady(about: Ref, each: Trajectory, field: ChangeField, view: View) -> bool:
    """Whether a field went one way by many steps over a day, so that no load that swings explains it."""
    turns = view.turns(about, field.path, view.now - each.first_at + 1.0)
    return each.seconds > HOUR and each.writes >= _DAY_STEPS and turns * _STEPS_A_TURN <= each.writes


def _said(about: Ref, field: ChangeField, each: Trajectory, view: View, severity: Severity) -> Verdict:
    share = (each.factor - 1.0) * 100.0
    percent = f"\u2212{-share:.0f} %" if share < 0 else f"+{share:,.0f} %"
    minutes = max(1.0, (each.last_at - each.first_at) / MINUTE)
    when = f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.0f} h"
    return Verdict(
        f"{place(about, field.path)} {_noun(field)} {percent} in {when} by {each.writes} writes",
        f"{each.before} → {each.after}. Each write alone looks small; more than {view.settings.steps_cut_percent:g} % "
        "less, or many times as much, wants a human's yes.",
        about=about,
        part=field.path,
        scope=object_key(about),
        severity=severity,
        switch=REVOKE,
    )


def _noun(field: ChangeField) -> str:
    return resource_of(field.path) or container_of(field.path)[1]


def _scope(about: Ref, field: ChangeField) -> str:
    return f"{object_key(about)} {field.path}"
