"""What is measured over time: what many writes of a field come to, and how many targets one script hits."""

from __future__ import annotations

from enum import StrEnum

from opsconsole.records import Record

MINUTE = 60.0
HOUR = 3600.0


class Trajectory(Record, frozen=True):
    """One field over one window.

    Attributes:
        seconds: length of the window.
        before: the value before the first write in it, as text; ``after`` after the newest.
        factor: what it became a multiple of, the milder of end to end and of the writer's own steps; 0.1 for −90 %.
        writes: how many there were.
        first_at: seconds since the epoch; ``last_at`` likewise.
        after_number: the newest value in base units.
    """

    seconds: float
    before: str
    after: str
    factor: float
    writes: int
    first_at: float
    last_at: float
    after_number: float


class BlastMeasure(StrEnum):
    """What is hit, and how; the value is what the screen says."""

    PODS = "pods deleted or evicted"
    SERVICES = "services changed"
    NODES = "nodes drained, cordoned, tainted or deleted"


class Reach(Record, frozen=True):
    """How many were hit since the window began, and the namespace (or service) that most of them are of."""

    seconds: float
    count: int
    mostly: str = ""
