"""What a rule is: a small pure function with a name, a severity and the kinds of records that it concerns.

Built-in rules and plugins' rules are the same thing and are handed to the governor in the same list. A rule sees one
record that has just changed and a read-only :class:`View` of the world around it, and yields a :class:`Verdict` for
each thing that is wrong. It keeps nothing between two calls; keys, times and clearing are the governor's business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Protocol, TypeAlias

from opsconsole.governor.interest import Interest
from opsconsole.governor.known_role import KnownRole
from opsconsole.governor.measures import BlastMeasure, Reach, SeenHarm, Sweep, Trajectory
from opsconsole.optimizer import Optimizers
from opsconsole.records import (
    AnyRecord,
    Binding,
    Change,
    ChangeField,
    Decision,
    Finding,
    Kind,
    Node,
    Pdb,
    Pod,
    Record,
    Ref,
    Severity,
    Workload,
)
from opsconsole.settings import GovernorSettings


class Verdict(Record, frozen=True):
    """One thing that a rule found wrong.

    Attributes:
        title: the one line for the screen: what, on what, how much.
        detail: why it is mad and where the number comes from; shown when the finding is opened.
        part: tells several verdicts of one rule on one record apart (a container, a field); part of the key.
        about: the object that is hit; ``None``: the one that the record itself is about.
        severity: ``None``: the rule's own.
        switch: the kill switch that would help: ``revoke``, ``optimizer``, ``gpu``, or empty.
        scope: what the finding stands for when it is not this very record: findings of one rule with one scope and
            part are one finding that is renewed (a flood of writes is one alarm, not a thousand).
    """

    title: str
    detail: str = ""
    part: str = ""
    about: Ref | None = None
    severity: Severity | None = None
    switch: str = ""
    scope: str = ""


class Again(Record, frozen=True):
    """A wish to be asked about the same record again at ``at`` (seconds since the epoch), though nothing changed.

    For what begins or ends by time alone: a window that passes, a word that may still come. Wishes of one rule with one
    ``scope`` are one wish, for the newest record (a flood of writes of one object asks once, not a thousand times).
    """

    at: float
    scope: str = ""


class Note(StrEnum):
    """What sort of line a rule may look back on."""

    NO_DATA = "a metric came back empty"
    CONFLICT = "a write was refused with 409"
    REFUSAL = "a write came to nothing, or what was to be made was there already"
    ANNOUNCEMENT = "a write is announced"
    STARTS_ANEW = "something is restarted, rolled back, drained or deleted"
    SILENCE = "alerts are silenced, or may be"
    OTHERS = "somebody else has set values"
    HARM = "what serves is harmed"
    STOPPED = "a person has stopped something, or let it go on"
    TERM = "an object's term, or a window of maintenance"
    RELIEF = "what was wrong is over, or it stops because of that"


class Writing(Record, frozen=True):
    """What a decision announces, or what a change did: the fields with their values before and after.

    ``before`` of a field is what was known when the word (or the write) came; an empty text and ``None`` mean unknown,
    ``unset`` that nothing was set. ``by_optimizer`` is ``True`` for every decision, ``None`` where the writer can't be
    told, ``False`` for people and controllers.
    """

    about: Ref | None
    fields: tuple[ChangeField, ...]
    at: float
    by_optimizer: bool | None = True


class View(Protocol):
    """What a rule may look at. Nothing in it can be changed; whatever is not known is ``None``, empty or ``False``."""

    @property
    def now(self) -> float:
        """Seconds since the epoch."""
        ...

    @property
    def settings(self) -> GovernorSettings: ...

    @property
    def optimizer(self) -> Optimizers: ...

    def writing(self, subject: Decision | Change) -> Writing:
        """The fields that ``subject`` sets, with what they were before."""
        ...

    def wanted(self, subject: Decision | Change) -> Sequence[tuple[Ref | None, ChangeField]]:
        """The fields that the optimizer, or who can't be told from it, sets by it, with the object that they are of."""
        ...

    def role_of(self, subject: Decision | Change) -> KnownRole:
        """What the optimizer whose word or write this is is for, and how far that is known."""
        ...

    def announces(self, decision: Decision) -> bool:
        """Whether it is the first word about a write, and no report, refusal or thought."""
        ...

    def happened(self, decision: Decision) -> str:
        """What became of it: the state of its announcement, empty if it announces no write."""
        ...

    def find(self, ref: Ref) -> AnyRecord | None:
        """The record of ``ref``; an empty kind or namespace matches any. ``None``: see :meth:`knows`."""
        ...

    def buried(self, ref: Ref) -> AnyRecord | None:
        """The last state of a workload that is gone; ``None`` where nobody saw it go."""
        ...

    def knows(self, ref: Ref) -> bool:
        """Whether the console would see such an object if there were one."""
        ...

    def nodes(self) -> Sequence[Node]:
        """Every node that is known."""
        ...

    def largest_node(self) -> tuple[float, float]:
        """The most memory (bytes) and the most CPU (cores) that any node has; 0 where that is not known."""
        ...

    def similar(self, ref: Ref) -> tuple[str, ...]:
        """Names of objects of that kind that look like it, the likeliest first."""
        ...

    def owner(self, pod: Pod) -> Ref | None:
        """The workload that a pod belongs to, Deployments rather than their ReplicaSets."""
        ...

    def owned(self, ref: Ref) -> Sequence[Pod]:
        """The pods of a workload."""
        ...

    def siblings(self, about: Ref) -> Sequence[Workload]:
        """Other ReplicaSets of the same rollout, by name: all but the last part of it, the hash."""
        ...

    def guards(self, namespace: str, labels: tuple[tuple[str, str], ...]) -> Sequence[Pdb]:
        """The disruption budgets that select ``labels``; those without plain labels may, and are among them."""
        ...

    def bindings(self) -> Sequence[Binding]:
        """The role bindings of the optimizer's ServiceAccount, as far as they are known."""
        ...

    def is_optimizer(self, record: Workload | Pod) -> bool:
        """Whether this is the optimizer itself."""
        ...

    def schedulable_nodes(self) -> int:
        """How many nodes are ready, not cordoned and without a taint that keeps ordinary pods off."""
        ...

    def working_set(self, about: Ref, container: str) -> float | None:
        """Highest memory working set of the container in the last hour, in bytes."""
        ...

    def history(self, about: Ref, seconds: float) -> Iterator[Change]:
        """The changes of one object in the last ``seconds``, the newest first; at most some hundred."""
        ...

    def writes(self, about: Ref, seconds: float, most: int) -> int:
        """How often the optimizer, or who can't be told from it, wrote an object in these seconds; ``most`` at most."""
        ...

    def optimizer_wrote(self, about: Ref) -> bool:
        """Whether the optimizer (or a writer who can't be told) has written this object since the console started."""
        ...

    def victims(self) -> Sequence[Workload]:
        """The workloads that the optimizer has written since the console started."""
        ...

    def trajectories_of(self, about: Ref, path: str) -> Sequence[Trajectory]:
        """What the optimizer's writes of a field come to over ten minutes, an hour and a day, where there are two."""
        ...

    def extremes(self, about: Ref, path: str) -> tuple[float, float]:
        """The least and the most that these make of the field, as multiples of what it was; 1 where there are none."""
        ...

    def sweeps(self) -> Sequence[Sweep]:
        """What its writes of each resource come to over all objects, in ten minutes and an hour, where any was cut."""
        ...

    def turns(self, about: Ref, path: str, seconds: float) -> int:
        """How often its writes changed the field's direction in the last ``seconds``."""
        ...

    def reach(self, sort: BlastMeasure, seconds: float) -> Reach:
        """How many different targets it hit in the last minute (60) or hour (3600); of some a day."""
        ...

    def fleet(self, sort: BlastMeasure) -> int | None:
        """How many of them there are; ``None`` where no cluster is seen."""
        ...

    def most_nodes(self, now: float) -> int:
        """The most nodes that took ordinary pods at one time in the day before ``now``; 0 where none are seen."""
        ...

    def taints_changed(self) -> Sequence[Change]:
        """The last hour's taint changes that were not a person's or a controller's."""
        ...

    def said(self, note: Note, before: Decision, seconds: float, target: str = "") -> Sequence[Decision]:
        """Lines of that sort in the ``seconds`` before ``before``, oldest first; about ``target`` alone, if given."""
        ...

    def hears(self) -> bool:
        """Whether the decision stream is being read, so that silence means something."""
        ...

    def labels_that_fit(self, query: str) -> tuple[str, ...]:
        """Matchers such as ``app="api-gateway"`` that the cluster knows, for a query that found nothing."""
        ...

    def oom_kills(self, about: Ref, since: float) -> int:
        """Containers of the workload that were OOMKilled since then."""
        ...

    def harms(self) -> Sequence[SeenHarm]:
        """Workloads whose pods fail after a write that is known to be the optimizer's, and did not before."""
        ...

    def pods_of(self, about: Ref) -> Ref:
        """The workload whose pods a write of this object concerns: an autoscaler's target, a pod's owner, or itself."""
        ...


Answer: TypeAlias = Iterable[Verdict | Again]
Check: TypeAlias = Callable[[AnyRecord, View], Answer]


class Rule(Protocol):
    """A rule. :func:`rule` makes one of a function; a plugin may bring any object of this shape.

    Attributes:
        name: unique, in the settings (``governor.disabled``) and on the screen: ``limit-cut``.
        severity: of its verdicts, unless one says otherwise.
        kinds: the kinds of records that it is asked about when they change, and no others.
        doc: what it checks and where its number comes from.
    """

    @property
    def name(self) -> str: ...

    @property
    def severity(self) -> Severity: ...

    @property
    def kinds(self) -> frozenset[Kind]: ...

    @property
    def doc(self) -> str: ...

    @property
    def check(self) -> Check:
        """Yield what is wrong with ``subject``. Must be pure, quick, and never raise."""
        ...


class FunctionRule(Record, frozen=True):
    """A :class:`Rule` made of a function; its ``doc`` is the function's docstring.

    What it declares to be about is what it is asked about; left out, it is asked about every record of its kinds.

    Attributes:
        fields: words of the paths of which a field must have one, or the rule has nothing to say: ``replicas`` for
            ``spec.replicas``.
        written: such words for a write that was seen, of a rule that asks a line of the log for more than its fields.
        lines: what a line of the log must be like; one of them is enough.
        once: what it says is the same for every write: it is asked about the newest of those that came together.
        own: it has nothing to say of a write that is known to be another's than the optimizer's.
        of_optimizer: it has nothing to say of any workload or pod but the optimizer's own.
        harmed: it has nothing to say of a write while :meth:`View.harms` tells of none.
    """

    name: str
    severity: Severity
    kinds: frozenset[Kind]
    doc: str
    check: Check
    fields: frozenset[str] = frozenset()
    written: frozenset[str] = frozenset()
    lines: tuple[Interest, ...] = ()
    once: bool = False
    own: bool = False
    of_optimizer: bool = False
    harmed: bool = False


def rule(
    name: str,
    severity: Severity,
    *kinds: Kind,
    fields: str = "",
    written: str = "",
    lines: Sequence[Interest] = (),
    once: bool = False,
    own: bool = False,
    of_optimizer: bool = False,
    harmed: bool = False,
) -> Callable[[Callable[..., Answer]], FunctionRule]:
    """Make a rule of a function ``(subject, view) -> verdicts``. Its docstring is what the screen's help says.

    ``fields`` and ``written`` are the words of :class:`FunctionRule`, with blanks between them; the rest is its too.

    Raises:
        ValueError: the function has no docstring, or no kind is named.
    """

    def make(function: Callable[..., Answer]) -> FunctionRule:
        if not function.__doc__ or not kinds:
            raise ValueError(f"rule {name} must name its kinds, and its docstring where its number comes from")
        doc = " ".join(function.__doc__.split())
        looks_at = frozenset(fields.split())
        return FunctionRule(
            name,
            severity,
            frozenset(kinds),
            doc,
            function,
            looks_at,
            looks_at.union(written.split()),
            tuple(lines),
            once=once,
            own=own,
            of_optimizer=of_optimizer,
            harmed=harmed,
        )

    return make


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Sort by severity, then the newest first, then by key so that the order is the same each time."""
    return sorted(findings, key=lambda finding: (finding.severity.rank, -finding.at, finding.key))
