"""Steps that follow from a confirmed plan: what comes anew while it is being proved.

Each goes the way of every step: read again, in the journal, one permit, one effect. They belong to no undo: what the
optimizer put there against the switch is not put back.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from functools import partial
from typing import Protocol, runtime_checkable

from opsconsole.cluster.transport.errors import ClusterError
from opsconsole.journal.runs import as_json
from opsconsole.parallel import in_parallel
from opsconsole.permit import Mint, PermitError
from opsconsole.records import JsonObject, Plan, Step, StepOutcome, StepState
from opsconsole.switches.engine.obstacles import in_words
from opsconsole.switches.engine.switch import Call, Effect

Note = Callable[[str, JsonObject], object]


@runtime_checkable
class Following(Protocol):
    """A switch whose proof may call for more of what its plan did."""

    def further(self, plan: Plan) -> Iterable[tuple[Effect, Step]]:
        """What is to be done now, by the newest look; nothing that the plan or an earlier call had."""
        ...


def follow(switch: object, plan: Plan, run: str, mint: Mint, note: Note) -> tuple[str, ...]:
    """Do what follows, all at once, and return what was done in words.

    Args:
        switch: whose plan it is; most have nothing that follows.
        plan: the confirmed one.
        run: the execution's name in the journal.
        mint: makes the permits.
        note: writes an entry to the journal; what can't be written now is written later.
    """
    if not isinstance(switch, Following):
        return ()
    wanted = list(switch.further(plan))
    done = in_parallel(partial(_one, run, mint, note), wanted)
    return tuple(f"came anew: {step.title}: {words}" for (_, step), words in zip(wanted, done, strict=True))


def _one(run: str, mint: Mint, note: Note, wanted: tuple[Effect, Step]) -> str:
    effect, step = wanted
    try:
        seen = effect.read(step)
        before = as_json(seen) if isinstance(seen, bytes) else None
        note("further", {"run": run, "step": step.key, "title": step.title, "before": before})
        call = Call(run, lambda _words: None, note)
        done = seen if isinstance(seen, StepOutcome) else effect.act(step, mint.issue(step), call)
    except (ClusterError, PermitError) as error:
        words = in_words(error)
        done = StepOutcome(step.key, StepState.FAILED, words)
    with contextlib.suppress(Exception):  # it is done; a journal that refuses the words must not stop the others
        note("further", {"run": run, "step": step.key, "state": done.state, "detail": done.detail})
    return f"{done.state}" + (f", {done.detail}" if done.detail else "")
