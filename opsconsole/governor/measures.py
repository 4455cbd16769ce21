"""What is measured over time: what many writes of a field come to, and how many targets one script hits."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from opsconsole.records import Change, Record, Ref

MINUTE = 60.0
TEN_MINUTES = 600.0
HOUR = 3600.0
DAY = 86_400.0
YEAR = 365 * DAY


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


class Sweep(Record, frozen=True):
    """One resource of many objects over one window.

    Attributes:
        resource: ``memory``, ``cpu request``, ``replicas``.
        seconds: length of the window.
        cut: how many different objects have at least 2 % less of it than before their first write in the window.
        before: what these had together, in base units; ``after`` what they have now.
        falls: the sum of the logarithms of the cuts, as a positive number; ``rises`` that of what others got more.
    """

    resource: str
    seconds: float
    cut: int
    before: float
    after: float
    falls: float
    rises: float


class BlastMeasure(StrEnum):
    """What is hit, and how."""

    PODS = "pods deleted or evicted"
    SERVICES = "services changed"
    NODES = "nodes drained, cordoned, tainted or deleted"
    NODES_ADDED = "nodes added"
    NODES_EMPTY = "nodes removed that were said to be empty"
    OBJECTS = "objects deleted"
    JOBS = "Jobs deleted"
    ASLEEP = "workloads scaled to zero"
    SECRETS = "Secrets written"


class Reach(Record, frozen=True):
    """How many were hit since the window began, and the namespace (or service) that most of them are of."""

    seconds: float
    count: int
    mostly: str = ""


class PodFailure(StrEnum):
    """How pods fail, as the cluster tells it; the gravest first."""

    OOM = "a container was OOMKilled"
    CRASH = "a container is in CrashLoopBackOff"
    START = "a container can't be started"
    SHORT = "too few replicas are available"
    PLACE = "the scheduler finds no node"


class WriteWay(NamedTuple):
    """What a write changes of a service, and whether it rises (1) or falls (-1); 0 for what is no amount."""

    what: str
    sign: int


class SeenHarm(Record, frozen=True):
    """Pods of one workload that fail after the optimizer's own write, and did not before: by the cluster's word alone.

    Attributes:
        about: the workload.
        failure: how they fail.
        pods: how many.
        wanted: how many it should have; ``None`` where that is not known.
        first_at: when the first of them failed after the write, seconds since the epoch; ``last_at`` the newest time.
        cause: the write; known to be the optimizer's.
        ways: what it changed, and which way; of that which may bring such a failure.
    """

    about: Ref
    failure: PodFailure
    pods: int
    wanted: int | None
    first_at: float
    last_at: float
    cause: Change
    ways: frozenset[WriteWay]
