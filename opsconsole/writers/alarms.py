"""What about a writer is an alarm. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from opsconsole.records import ClusterWriter, Finding, Severity
from opsconsole.text import clean_line
from opsconsole.writers.names import is_part

RULE = "forged-manager"


def alarms(rows: Iterable[ClusterWriter], now: float) -> list[Finding]:
    """Return a finding for each writer whose name is not believed.

    Critical where a part of the control plane is played: such a name is chosen so that nobody looks.
    """
    return [_finding(row, now) for row in rows if row.doubt]


def _finding(row: ClusterWriter, now: float) -> Finding:
    plays = any(is_part(manager) for manager in row.managers)
    by = f"by the audit log, {clean_line(row.user, 120)}" if row.user else "its user is not known: no audit log tells"
    return Finding(
        key=f"{RULE}/{row.key}",
        rule=RULE,
        severity=Severity.CRITICAL if plays and row.user else Severity.WARNING,
        title=f"a writer {clean_line(row.doubt, 200)}",
        detail=f"{by[0].upper()}{by[1:]}. The writers' pane (W) and `opsconsole writers` tell more.",
        about=row.examples[0] if row.examples else None,
        at=now,
    )
