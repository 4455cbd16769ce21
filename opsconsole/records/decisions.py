"""What the optimizer says, what it does, the numbers that it goes by, and what we think of it."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from opsconsole.records.base import Record, Ref

UNREADABLE = "unreadable"
"""How a problem begins that keeps a decision from being judged."""


class FieldValue(Record, frozen=True):
    """One field that a decision wants to set, e.g. ``containers[auth].resources.limits.memory`` → ``64Mi``.

    ``number`` is the value in base units (bytes, cores, replicas) when it is one, else ``None``. It may be NaN or
    infinite: then the decision is mad, and ``problem`` says so. ``before`` and ``before_number`` are the value before,
    where the line itself tells it (``from 8Gi to 512Mi``); empty and ``None`` where it does not.
    """

    path: str
    value: str
    number: float | None = None
    problem: str = ""
    before: str = ""
    before_number: float | None = None


class Mood(StrEnum):
    """How a line means what it says of an action. Empty (:attr:`NONE`): the line names no action."""

    NONE = ""
    DONE = "done"
    """It has happened: ``Evicted pod``."""
    PLANNED = "planned"
    """It is being done or will be: ``Evicting pod``, a plan, a tool call, a command."""
    PROPOSED = "proposed"
    """A person has yet to decide."""
    DRY_RUN = "dry-run"
    """Only simulated."""
    REFUSED = "refused"
    """Wanted and not done: failed, denied, skipped, not allowed."""
    OBSERVED = "observed"
    """Somebody else's action, or one of the past that is only told."""


class EntryReading(StrEnum):
    """How far an entry was understood."""

    ACTION = "action"
    """It names an action: ``verb`` is set."""
    NONE = "none"
    """It is known to name none."""
    UNCLEAR = "unclear"
    """It may name an action that was not understood."""


class Decision(Record, frozen=True):
    """One action that an entry of the optimizer's log tells of (a line, a document, a traceback), or the entry alone.

    ``form`` is ``json``, ``text`` or ``plain`` (neither: kept as it came). ``at`` is the line's own time and may be
    missing; ``received`` is ours. ``confidence`` is shown and never counted for anything. ``problems`` lists NaN,
    Infinity and the like with their place. ``body`` is the JSON document, pretty-printed, or the line.

    ``action`` is the optimizer's own word (``patch_deployment``); ``verb`` is what it comes to, one of scale,
    patch, evict, delete, drain, cordon, uncordon, taint, untaint, create, restart, rollback, disrupt, query,
    empty where the entry names no action. ``mood`` says whether it is done, planned or only thought of.
    ``targets`` are all objects that it is done to, ``target`` the first of them; ``count`` is how many, where the
    line gives a number in place of names. ``attributes`` are the keys and values beside the message, as text.

    ``source`` is where it was said: ``pod/container``, a file, ``event karpenter`` for a Kubernetes event.
    ``optimizer`` is the configured optimizer that said it, by its name; empty where that is not known.
    """

    key: str
    seq: int
    received: float
    at: float | None = None
    source: str = ""
    form: str = "plain"
    level: str = ""
    module: str = ""
    message: str = ""
    action: str = ""
    target: Ref | None = None
    fields: tuple[FieldValue, ...] = ()
    confidence: float | None = None
    problems: tuple[str, ...] = ()
    query: str = ""
    body: str = ""
    verb: str = ""
    mood: str = Mood.NONE
    targets: tuple[Ref, ...] = ()
    count: int | None = None
    attributes: dict[str, str] = msgspec.field(default_factory=dict)
    reading: str = EntryReading.NONE
    optimizer: str = ""


class ChangeField(Record, frozen=True):
    """Before and after of one field. The numbers are in base units where the field is a quantity or a count."""

    path: str
    before: str
    after: str
    before_number: float | None = None
    after_number: float | None = None


class Change(Record, frozen=True):
    """A write that was seen on the cluster: which fields of which object, by which field manager, when.

    ``by_optimizer`` is ``None`` where the writer can't be told. ``decision`` is the key of the decision that
    announced it. ``borrowed`` says that the bearer of the name ``manager`` does not write such things: anybody may
    have.
    """

    key: str
    at: float
    about: Ref
    fields: tuple[ChangeField, ...]
    manager: str = ""
    by_optimizer: bool | None = None
    generation: int = 0
    decision: str = ""
    borrowed: bool = False


class Metric(Record, frozen=True):
    """One query's newest answer. ``value`` is ``None`` when it is empty, NaN or failed: ``problem`` tells which.

    ``state`` is the value in a word (``ok``, ``burning``, ``no traffic``, ``empty``, ``nan``, ``stale``, ``failed``,
    ``unknown``), empty where there is nothing to judge; ``hints`` are label matchers that a query which found nothing
    may have meant.
    """

    key: str
    title: str
    query: str
    value: float | None = None
    unit: str = ""
    at: float | None = None
    history: tuple[float | None, ...] = ()
    problem: str = ""
    state: str = ""
    hints: tuple[str, ...] = ()


class Severity(StrEnum):
    """How bad a finding is. Order: ``CRITICAL`` before ``WARNING`` before ``INFO``."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return ("critical", "warning", "info").index(self.value)


class Finding(Record, frozen=True):
    """What a rule has to say about one object or decision. ``switch`` names the kill switch that would help, if any.

    ``scope`` is what it stands for where that is more than one line or write: it is renewed, and its title counts on.
    """

    key: str
    rule: str
    severity: Severity
    title: str
    detail: str = ""
    about: Ref | None = None
    decision: str = ""
    change: str = ""
    at: float = 0.0
    switch: str = ""
    scope: str = ""
