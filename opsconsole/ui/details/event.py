"""The page of an event: its whole message, and the object that it is about. Pure."""

from __future__ import annotations

from opsconsole.present.panes.context import RowContext
from opsconsole.present.units import date_time
from opsconsole.records import Event, Pod
from opsconsole.ui.details import pod as pod_page
from opsconsole.ui.details.parts import field, findings, heading, paragraph
from opsconsole.ui.drawing.spans import StyledLine


def page(event: Event, look: RowContext) -> list[StyledLine]:
    """Return the event and what is known of its object."""
    rows = [
        field("Type", event.type, "warn" if event.type == "Warning" else ""),
        field("Reason", event.reason),
        field("Object", str(event.about)),
        field("Seen", f"{event.count} times" if event.count != 1 else "once"),
        field("First", date_time(event.first)),
        field("Last", date_time(event.last)),
        field("Reported by", event.source),
        *heading("Message"),
        *paragraph(event.message),
    ]
    about = event.about
    pod: Pod | None = look.store.pods.get(about.key) if about.kind == "Pod" else None
    if pod is not None:
        return [*rows, *heading(f"Pod {pod.key}, as it is now"), *pod_page.page(pod, look)]
    if about.kind == "Pod":
        rows += heading("The pod is not there any more")
    return rows + findings(look.findings.about(about), look.now)
