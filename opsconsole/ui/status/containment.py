"""Whether the optimizer is contained: what this console's switches have proved of the three, and since when. Pure.

Nothing is taken for proved that no verification proved; what was put back from here is not proved any more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from opsconsole.containment import contained, why_not
from opsconsole.records import Finding, GpuProcess, Health, Outcome, Plan, State, StepState
from opsconsole.settings import GpuSettings
from opsconsole.switches.delete import spec as delete
from opsconsole.switches.gpu import spec as gpu
from opsconsole.switches.registry import CONTAINING
from opsconsole.switches.revoke import spec as revoke
from opsconsole.switches.stop_all import spec as stop_all

REVOKE, OPTIMIZER, GPU = revoke.SPEC.name, delete.SPEC.name, gpu.SPEC.name
PARTS = tuple(spec.name for spec in CONTAINING)
"""The switches that make up a containment, in their order."""

_ALL = stop_all.SPEC.name

RETURNED = {"returned-rights": REVOKE, "returned-optimizer": OPTIMIZER}
"""Rules of the watchdog, and the part whose proof is lost when one of them finds something."""

UNWATCHED = 60.0
"""Seconds without a word of the watchdog (it looks every 5) after which nobody knows whether all is still so."""


class Executed(NamedTuple):
    """A plan that was executed from here, and what came of it."""

    plan: Plan
    outcome: Outcome


class Part(NamedTuple):
    """How one of the three stands. ``at``: when it was proved, in seconds since the epoch.

    ``holds``: ``True`` proved (or, without a time, there is nothing to be done), ``False`` not, ``None`` unknown;
    ``why`` says it in a few words, empty where there is nothing to say.
    """

    holds: bool | None
    why: str = ""
    at: float | None = None


NOT_DONE = Part(holds=False)


class Containment(NamedTuple):
    """The three parts by switch, and the last execution that proved nothing."""

    parts: Mapping[str, Part]
    failed: str = ""
    """What an execution was to do and could not prove; empty if none failed."""

    @property
    def since(self) -> float | None:
        """When it was proved that the optimizer can do no more: what is found later is news. ``None``: it is not."""
        times = [part.at for name in (REVOKE, OPTIMIZER) if (part := self.parts[name]).holds and part.at is not None]
        return max(times, default=None)

    @property
    def complete(self) -> bool:
        """Whether all three hold."""
        return all(part.holds for part in self.parts.values())

    def lost(self, findings: Iterable[Finding]) -> Finding | None:
        """Return the finding that says that something proved came back."""
        return next((each for each in findings if (name := RETURNED.get(each.rule)) and self.parts[name].holds), None)


def of_executions(executed: Sequence[Executed]) -> dict[str, Part]:
    """Return how each part stands by the executions alone, oldest first."""
    parts = dict.fromkeys(PARTS, NOT_DONE)
    switches: dict[str, str] = {}
    for plan, outcome in executed:
        switches[outcome.run] = plan.switch
        proved = _proved(outcome)
        parts |= dict.fromkeys(_parts_of(plan), proved)
        parts |= {name: Part(holds=False, why="undone from here") for name in _undone(plan, outcome, switches)}
    return parts


def unproved(executed: Sequence[Executed]) -> str:
    """Return why the newest execution did not prove what it was to do; empty if it did, or there was none."""
    return why_not(executed[-1].outcome) if executed else ""


def _proved(outcome: Outcome) -> Part:
    return Part(holds=True, at=outcome.finished) if contained(outcome) else Part(None, "not proved")


def _parts_of(plan: Plan) -> list[str]:
    if plan.switch != _ALL:
        return [plan.switch] if plan.switch in PARTS else []
    named = {step.key.partition(":")[0] for step in plan.steps}
    return [name for name in PARTS if name in named]


def _undone(plan: Plan, outcome: Outcome, switches: Mapping[str, str]) -> Iterable[str]:
    """The parts of which this execution put something back (or may have, where a step is not over)."""
    touched = {each.step for each in outcome.steps if each.state in {StepState.DONE, StepState.RUNNING}}
    for step in plan.steps:
        if step.undoes and step.key in touched:
            run, _, key = step.undoes.partition("/")
            name = switches.get(run, "")
            name = key.partition(":")[0] if name == _ALL else name
            if name in PARTS:
                yield name


def gpus(proved: Part, processes: Collection[GpuProcess], health: Health | None, settings: GpuSettings) -> Part:
    """Return how the GPUs stand: what is seen there now goes before what was proved once.

    Args:
        proved: how they stand by the executions.
        processes: that are seen now.
        health: of the feed that sees them; ``None`` while it has not spoken.
        settings: whether and how they are looked at.
    """
    if not settings.enabled:
        return Part(holds=True, why="GPUs not looked at (gpu.enabled)")
    left = _count(process for process in processes if process.candidate or process.once_orphaned)
    if left:
        return Part(holds=False, why=f"{left} left")
    if settings.nodes == "dcgm" and not settings.simulation:
        return Part(None, "processes not seen (gpu.nodes = dcgm)")
    unjudged = _count(process for process in processes if process.unjudged)
    if unjudged:
        return Part(None, f"{unjudged} processes not judged")
    return proved if proved.holds else _seen_now(health, settings)


def _count(processes: Iterable[GpuProcess]) -> int:
    """How many they are, whatever number of GPUs each of them holds."""
    return len({(process.node, process.pid) for process in processes})


def _seen_now(health: Health | None, settings: GpuSettings) -> Part:
    """Whether it is seen now that nothing is left there."""
    if health is not None and health.state is State.ABSENT:
        return Part(holds=True, why=health.detail or "no GPU")
    if health is None or health.state is not State.LIVE:
        return Part(None, "not seen now")
    if not health.unread:
        return Part(holds=True, why="nothing left on GPUs")
    return Part(None, f"{health.unread} GPU nodes not wholly seen" if settings.nodes else "not wholly seen")


def watched(health: Health | None, now: float) -> str:
    """Return why nobody knows whether the proofs still hold; empty while the watchdog looks."""
    if health is None or health.state is State.ABSENT:
        return "not watched yet"
    silent = now - (health.since if health.seen is None else health.seen)
    if health.state is State.LIVE and silent < UNWATCHED:
        return ""
    return f"NOT WATCHED for {max(silent, 0.0):.0f}s" + (f": {health.detail}" if health.detail else "")
