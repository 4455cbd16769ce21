"""What we do: a plan and its steps, what became of them, and the proofs."""

from __future__ import annotations

from enum import StrEnum

from opsconsole.records.base import Record, Ref


class Step(Record, frozen=True):
    """One step of a plan.

    ``effect`` names the effect in its registry and ``arguments`` is the JSON it takes. ``command`` is the kubectl (or
    shell)
    command that it equals. ``refused`` is why RBAC (or a precondition) would refuse it, empty if it would not.
    """

    key: str
    title: str
    effect: str
    target: Ref
    arguments: bytes = b"{}"
    command: str = ""
    refused: str = ""
    undoes: str = ""
    chosen: bool = True
    """Whether it is executed. One that hits others too waits to be chosen by itself."""


class Target(Record, frozen=True):
    """An object that a plan is about, as the screen lists it. ``detail`` says what it is or what it holds."""

    ref: Ref
    created: float | None = None
    detail: str = ""


class Plan(Record, frozen=True):
    """What a switch would do, ready to be shown and confirmed. Plans are data: making one changes nothing.

    ``facts`` is a digest of what the plan was made from; a plan whose facts have changed is made anew. ``warnings``
    say who
    else is hit and what could undo it again; ``blocked`` says why there is nothing to execute (empty otherwise).
    """

    switch: str
    title: str
    made_at: float
    facts: str
    steps: tuple[Step, ...] = ()
    targets: tuple[Ref, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    blocked: str = ""
    shows: tuple[Target, ...] = ()
    """The targets with their ages and what they hold."""
    cluster: str = ""
    """UID of the namespace ``kube-system``: which cluster it is about. Empty where it can't be known."""
    where: str = ""
    """The cluster in words: context, server, UID."""
    optimizer: str = ""
    """The optimizers that the settings name, so that undo takes back what was done to these."""
    checks: bytes = b"{}"
    """What verification needs to know, as JSON, so that a plan read from the journal can be verified too."""
    nothing: bool = False
    """Of a blocked plan: it is known that there is nothing to do. Else it could not be planned, and proves nothing."""


class StepState(StrEnum):
    """How far a step is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


class StepOutcome(Record, frozen=True):
    """What became of one step: state, the words for the screen, before and after as JSON for undo and the journal."""

    step: str
    state: StepState
    detail: str = ""
    before: bytes = b""
    after: bytes = b""
    seconds: float = 0.0
    unsure: bool = False
    """It failed, and may have been done all the same: the answer was lost and reading again did not settle it."""
    tries: int = 1
    """How often it was begun: what the API server does not take is tried again."""


class Proof(Record, frozen=True):
    """One thing that verification looked at. ``holds`` is ``None`` while it is not known yet."""

    claim: str
    holds: bool | None = None
    detail: str = ""


class Outcome(Record, frozen=True):
    """What became of a plan. :mod:`opsconsole.containment` says what it means.

    ``run`` is its name in the journal, ``head`` the hash of the journal's newest entry after it: note it elsewhere.
    """

    switch: str
    started: float
    finished: float | None = None
    steps: tuple[StepOutcome, ...] = ()
    proofs: tuple[Proof, ...] = ()
    error: str = ""
    run: str = ""
    head: str = ""
    notes: tuple[str, ...] = ()

    @property
    def proved(self) -> bool:
        """Whether it is finished without an error and every proof holds; one at least. Steps are not looked at."""
        holds = bool(self.proofs) and all(proof.holds is True for proof in self.proofs)
        return self.finished is not None and not self.error and holds

    @property
    def success(self) -> bool:
        """Whether it is proved and every step is over, none of them failed: what ``verdict`` calls a success.

        That the optimizer is contained is more: :func:`opsconsole.containment.contained`.
        """
        return self.proved and all(step.state in {StepState.DONE, StepState.SKIPPED} for step in self.steps)
