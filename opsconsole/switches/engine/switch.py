"""What a switch is, what an effect is, and the registry that built-in switches and plugins' share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol

from opsconsole.cluster.questions.reviews import Access
from opsconsole.permit import Permit
from opsconsole.records import JsonObject, Outcome, Plan, Proof, Step, StepOutcome
from opsconsole.switches.spec import UNDO


class Call(NamedTuple):
    """What an effect is told besides its step: the execution's name, and ways to speak while it works."""

    run: str
    say: Callable[[str], None]
    """Shows words beside the step while it runs."""
    note: Callable[[str, JsonObject], object]
    """Writes a further entry (its kind and body) to the journal."""


class Effect(Protocol):
    """One way to change the world. The gate calls :meth:`read`, journals what it saw, and only then :meth:`act`.

    One with a method ``known`` (of a step: what the plan saw, as :meth:`read` gives it) acts without a further look:
    its write is refused where that isn't so any more, or comes to the same.
    One with a true attribute ``guarded`` writes only if the target is as it was read, or reads it anew by itself.
    ``parallel`` effects of neighbouring steps run at the same time (``at_once`` of them, where it
    says so). An effect with a true attribute ``beside`` (keeping
    evidence) runs while the steps after it go on; it must end by itself in a bounded time.
    """

    name: str
    parallel: bool

    def needs(self, step: Step) -> tuple[Access, ...]:
        """The rights that the step takes, for the preflight."""
        ...

    def read(self, step: Step) -> bytes | StepOutcome:
        """Look at the target again: its state (JSON, for undo), or the outcome if there is nothing (left) to do.

        Raises:
            ClusterError: the target is not what the plan says, or can't be read; nothing is done then.
        """
        ...

    def act(self, step: Step, permit: Permit, call: Call) -> StepOutcome:
        """Do it. The permit is used up by the one write that is made.

        Raises:
            ClusterError: it was refused or failed.
            PermitError: the permit is not good.
        """
        ...


class Switch(Protocol):
    """A kill switch: reads the world, plans purely, and can tell afterwards whether it worked.

    ``key`` is the key that opens it, ``poll_seconds`` how often :meth:`verify` looks. Its effects may be used by the
    plans of others (``all`` and ``undo`` do). One that is ``dangerous`` (every one that does not say otherwise: see
    :func:`is_dangerous`) is confirmed whatever the settings say.
    """

    name: str
    title: str
    key: str
    poll_seconds: float

    @property
    def effects(self) -> Mapping[str, Effect]:
        """The effects that its plans name."""
        ...

    def gather(self) -> Any:
        """Read what a plan is made from. Blocks; called off the UI's thread.

        Raises:
            ClusterError: it can't be read now.
        """
        ...

    def plan(self, facts: Any) -> Plan:
        """Make the plan for what :meth:`gather` returned. Pure but for the clock."""
        ...

    def verify(self, plan: Plan, outcome: Outcome) -> Iterator[tuple[Proof, ...]]:
        """Look whether it worked: yields all proofs as they stand at each look, and ends when they are final.

        The gate pauses ``poll_seconds`` between two looks and stops once every proof holds. Must not raise for a
        cluster that can't be reached: a proof that can't be had is ``None``.
        """
        ...


def is_dangerous(switch: Switch) -> bool:
    """Whether the switch must be confirmed: unless it says itself that it is not ``dangerous``."""
    return bool(getattr(switch, "dangerous", True))


def is_kept_ready(switch: Switch) -> bool:
    """Whether its plan is made every few seconds; one that says ``kept_ready = False`` is planned once it is opened."""
    return bool(getattr(switch, "kept_ready", True))


def gathering_at_once(switch: Switch) -> Callable[[], Any] | None:
    """How the switch reads, faster than by :meth:`Switch.gather`, what a plan needs that nobody looks at; if it can."""
    return getattr(switch, "gather_at_once", None)


class UnknownSwitchError(Exception):
    """There is no switch of this name."""


class Registry:
    """The switches by name. A later one of the same name is an error: nobody may replace a kill switch silently."""

    def __init__(self) -> None:
        self._switches: dict[str, Switch] = {}

    def add(self, switch: Switch) -> None:
        """Add a switch.

        Raises:
            ValueError: its name, its key or the name of one of its effects is taken (by another effect).
        """
        for other in self:
            if switch.name == other.name or switch.key == other.key:
                raise ValueError(f"switch {switch.name!r} (key {switch.key!r}) clashes with switch {other.name!r}")
            known = other.effects
            shared = {name for name, effect in switch.effects.items() if name in known and known[name] is not effect}
            if shared:
                raise ValueError(
                    f"switch {switch.name!r} and switch {other.name!r} both have the effect {min(shared)!r}"
                )
        if switch.key == UNDO.key:
            raise ValueError(f"switch {switch.name!r} can't have the key {UNDO.key!r}: that is undo's")
        self._switches[switch.name] = switch

    def get(self, name: str) -> Switch:
        """The switch of this name.

        Raises:
            UnknownSwitchError: there is none.
        """
        try:
            return self._switches[name]
        except KeyError as error:
            known = ", ".join(self._switches)
            raise UnknownSwitchError(f"there is no switch {name!r}; there are: {known}") from error

    def __iter__(self) -> Iterator[Switch]:
        return iter(self._switches.values())

    @property
    def effects(self) -> dict[str, Effect]:
        """The effects of all switches by name."""
        return {name: effect for switch in self for name, effect in switch.effects.items()}
