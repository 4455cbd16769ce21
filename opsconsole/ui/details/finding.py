"""The page of a finding: what is wrong, on what, and what would help. Pure."""

from __future__ import annotations

from opsconsole.present.panes.context import RowContext
from opsconsole.present.units import date_time
from opsconsole.records import Finding
from opsconsole.ui.details.parts import events_about, field, findings
from opsconsole.ui.drawing.spans import StyledLine


def page(finding: Finding, look: RowContext) -> list[StyledLine]:
    """Return the finding and the events on its object."""
    rows = [
        field("Since", date_time(finding.at) if finding.at else ""),
        field("About", str(finding.about) if finding.about else "nothing in particular"),
        *findings([finding], look.now),
    ]
    return rows + (events_about(look, finding.about) if finding.about else [])
