"""Aftermath: what dies after a cut."""

from __future__ import annotations

from datetime import UTC, datetime

from opsconsole.governor.measures import HOUR
from opsconsole.governor.observed.fields import is_limit
from opsconsole.governor.rule import Again, Answer, Verdict, View, rule
from opsconsole.governor.rules.common import REVOKE
from opsconsole.records import Change, Kind, Severity, Workload


@rule("oom-after-cut", Severity.CRITICAL, Kind.WORKLOAD)
def oom_after_cut(subject: Workload, view: View) -> Answer:
    """Containers of a workload are OOMKilled after the optimizer cut its memory limit; counted for a service.

    The Aura write-up: "The script was OOM killing our ingress controllers because it had throttled their memory limits
    down to 128Mi". Counted from the first cut of the last hour on.
    """
    if not view.optimizer_wrote(subject.ref) or not view.oom_kills(subject.ref, view.now - HOUR):
        return
    cuts = [each for each in view.history(subject.ref, HOUR) if _cuts_memory(each)]
    kills = view.oom_kills(subject.ref, cuts[-1].at) if cuts else 0
    if kills:
        yield Again(cuts[-1].at + HOUR + 1.0)
        at = datetime.fromtimestamp(cuts[-1].at, UTC).strftime("%H:%M:%S")
        yield Verdict(
            f"{subject.name}: {kills} OOM kill{'s' if kills > 1 else ''} since its memory limit was cut at {at} UTC",
            f"It has {_limit(cuts[0])} now.",
            switch=REVOKE,
        )


def _cuts_memory(change: Change) -> bool:
    return change.by_optimizer is not False and any(
        is_limit(field.path, "memory")
        and field.before_number is not None
        and field.after_number is not None
        and field.after_number < field.before_number
        for field in change.fields
    )


def _limit(change: Change) -> str:
    return next(field.after for field in change.fields if is_limit(field.path, "memory"))
