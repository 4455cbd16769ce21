"""Sweeps: the same resource of many services is cut, each by too little for an alarm of its own."""

from __future__ import annotations

from opsconsole.governor.interest import ANNOUNCES
from opsconsole.governor.measures import HOUR, BlastMeasure, Sweep
from opsconsole.governor.observed.fields import BY_SHARES, memory_text
from opsconsole.governor.rule import Again, Answer, Verdict, View, rule
from opsconsole.governor.rules.common import REVOKE
from opsconsole.records import Change, Decision, Kind, Severity

_SHARE = 4
_FEW, _FEWEST, _MOST_OF_ALL = 8, 5, 0.8
"""So many in a cluster of ten or more; of a smaller one four fifths, and five at least."""

_CAP = 2
"""However large the cluster, more than twice as many as without knowing its size are a sweep."""

_AN_HOUR = 2
_LEAST = 0.05
_MIXED = 4.0
"""What goes down is a sweep while it is four times what goes up meanwhile; who follows the use does both."""

_FAR_TOO_MANY = 2.5
_WORK = {"horizontal": 3}
"""Load falls everywhere in an evening: one that the settings call horizontal takes replicas off three times as many."""


@rule("cut-across", Severity.WARNING, Kind.DECISION, Kind.CHANGE, lines=(ANNOUNCES,), once=True, own=True)
def cut_across(subject: Decision | Change, view: View) -> Answer:
    """The same resource of many services is cut in ten minutes or an hour, each by too little for an alarm of its own.

    A limit, a request, replicas or an autoscaler's bound of a quarter of the services in ten minutes (of eight at
    least, and of twenty at most), or of half in an hour; where it is not known how many there are, of
    governor.sweep_services (10), and of twice as many in an hour. Together it is 5 % less or more, and what went up
    meanwhile is under a quarter of it: who follows the use raises too. Two and a half times too many are critical. An
    optimizer that the settings call horizontal takes replicas off three times as many. The Aura write-up: "no script
    should be able to kill more than a fraction of your fleet".
    """
    if subject.by_optimizer is False if isinstance(subject, Change) else not view.announces(subject):
        return
    told: set[str] = set()
    for sweep in view.sweeps():
        most = _most(sweep, subject, view)
        if sweep.resource in told or sweep.cut < most or not _is_sweep(sweep):
            continue
        told.add(sweep.resource)
        yield Verdict(
            _title(sweep, view),
            f"{_amounts(sweep)}. Each cut alone looks small; so many at once leave no time to see what the first did.",
            part=sweep.resource,
            scope="sweep",
            severity=Severity.CRITICAL if sweep.cut >= most * _FAR_TOO_MANY else Severity.WARNING,
            switch=REVOKE,
        )
        yield Again(view.now + sweep.seconds, f"sweep {sweep.resource}")


def _is_sweep(sweep: Sweep) -> bool:
    return sweep.after <= sweep.before * (1.0 - _LEAST) and sweep.rises * _MIXED <= sweep.falls


def _most(sweep: Sweep, subject: Decision | Change, view: View) -> int:
    """How many services with less of it are a sweep."""
    fleet, most = view.fleet(BlastMeasure.SERVICES), view.settings.sweep_services
    if fleet is not None:
        few = min(_FEW, max(_FEWEST, int(fleet * _MOST_OF_ALL)))
        most = max(few, min(fleet // _SHARE, most * _CAP))
    if sweep.resource.startswith("replicas") and (known := view.role_of(subject)).is_set:
        most *= _WORK.get(known.role, 1)
    return most * _AN_HOUR if sweep.seconds == HOUR else most


def _title(sweep: Sweep, view: View) -> str:
    fleet = view.fleet(BlastMeasure.SERVICES)
    of = f" of {fleet:,}" if fleet is not None and fleet >= sweep.cut else ""
    share = (1.0 - sweep.after / sweep.before) * 100.0
    when = "an hour" if sweep.seconds == HOUR else "10 min"
    return f"cuts {sweep.resource} of {sweep.cut:,}{of} services in {when}, \u2212{share:.0f} % together"


def _amounts(sweep: Sweep) -> str:
    if sweep.resource.endswith(BY_SHARES):
        return "No values are told"
    if sweep.resource.startswith("memory"):
        return f"{memory_text(sweep.before)} → {memory_text(sweep.after)}"
    return f"{sweep.before:,.4g} → {sweep.after:,.4g}"
