"""The switch that takes back the approvals that were given from here, used or not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec

from opsconsole.clock import Clock
from opsconsole.cluster.transport.errors import ClusterError, NotFound
from opsconsole.govern.annotations import notes_of
from opsconsole.govern.approvals.approval import read_grant
from opsconsole.govern.approvals.listed import CHANGED, lines, until_of, void
from opsconsole.govern.names import APPROVED
from opsconsole.journal.runs import Run
from opsconsole.records import JsonObject, Outcome, Plan, Proof, Step, StepOutcome, StepState
from opsconsole.switches.approve.plan import (
    GRANT,
    LIST,
    NAME,
    TAKE,
    UNLIST,
    ApprovalPlace,
    Given,
    WithdrawFacts,
    about,
    decode,
    decode_take,
    place_of,
    withdrawing,
)
from opsconsole.switches.approve.switch import ApproveSwitch, read_object
from opsconsole.switches.engine.memory import Memory
from opsconsole.switches.engine.place import ClusterPlace
from opsconsole.switches.engine.proving.patience import Patience
from opsconsole.switches.engine.switch import Effect
from opsconsole.switches.freeze.trying.probe import ImpersonatingApi
from opsconsole.switches.parts import Parts
from opsconsole.switches.restore.fields import UnfitError, same, value
from opsconsole.switches.withdraw.spec import SPEC

PATIENCE = 10.0
"""Seconds that the proof may take where the server answers quickly."""


def build(parts: Parts) -> WithdrawSwitch:
    """Make the switch; it uses the effects of the one that approves, which was made before."""
    approve = parts.built["approve"]
    if not isinstance(approve, ApproveSwitch):
        raise TypeError("the switch that approves has to be made before the one that withdraws")
    return WithdrawSwitch(parts.connection, Memory(parts.journal), parts.place, parts.clock)


class WithdrawSwitch:
    """Takes grants off.

    Args:
        api: reads the objects.
        runs: every execution that is remembered, oldest first.
        place: which cluster this is: what was approved on another is not looked for.
        clock: where the time comes from.
    """

    name, key, title, dangerous = SPEC.name, SPEC.key, SPEC.title, SPEC.dangerous
    poll_seconds = 0.5

    def __init__(
        self, api: ImpersonatingApi, runs: Callable[[], Sequence[Run]], place: ClusterPlace, clock: Clock
    ) -> None:
        self._api = api
        self._runs = runs
        self._place = place
        self._clock = clock

    @property
    def effects(self) -> Mapping[str, Effect]:
        return {}  # those of the switch that approves

    def gather(self) -> WithdrawFacts:
        given, gaps = [], []
        ours = (run for run in self._runs() if run.plan.switch in {NAME, SPEC.name})
        standing, taken = remembered(run for run in ours if not self._place.why_not(run))
        for step, done in standing:
            try:
                given.append(self._look(step, done))
            except NotFound:
                continue
            except ClusterError as error:
                gaps.append(f"{step.target} can't be read: {error}")
        return WithdrawFacts(tuple(given), taken, tuple(gaps))

    def plan(self, facts: WithdrawFacts) -> Plan:
        return withdrawing(facts, self._clock.now())

    def verify(self, plan: Plan, outcome: Outcome) -> Iterator[tuple[Proof, ...]]:
        done = {step.step for step in outcome.steps if step.state is StepState.DONE}
        taken = [step for step in plan.steps if step.key in done]
        patience = Patience(self._clock, PATIENCE)
        while True:
            last = patience.is_over()
            yield tuple(self._gone(step, last=last) for step in taken)
            if last:
                return

    def _gone(self, step: Step, *, last: bool) -> Proof:
        claim = f"no approval stands on {step.target} itself"
        if step.effect == UNLIST:
            claim = f"the approval of {about(step)} is off the list of {step.target}"
        try:
            found = read_object(self._api, step.target)
        except NotFound:
            return Proof(claim, holds=True, detail="the object is gone")
        except ClusterError as error:
            return Proof(claim, None, f"unknown: {error}")
        there = decode_take(step).grant in lines(found) if step.effect == UNLIST else read_grant(found) is not None
        return Proof(claim, holds=True) if not there else Proof(claim, False if last else None, "it is still there")

    def _look(self, step: Step, done: StepOutcome) -> Given:
        """The approval as it stands on its object, or on the Namespace that lists it.

        Raises:
            ClusterError: one of them can't be read.
        """
        if step.effect == LIST:
            return self._look_at_list(step, done)
        found = read_object(self._api, step.target)
        grant = _granted((step, done)) or ""
        same_object = (found.get("metadata") or {}).get("uid") == step.target.uid
        mine = same_object and notes_of(found).get(APPROVED) == grant
        known = read_grant({"metadata": {"annotations": {APPROVED: grant}}})
        return Given(step.target, grant, known.until if known else 0.0, step.title, mine, _used(step, found))

    def _look_at_list(self, step: Step, done: StepOutcome) -> Given:
        space, line, target = read_object(self._api, step.target), _granted((step, done)) or "", about(step)
        try:
            found = read_object(self._api, target)
            gone = (found.get("metadata") or {}).get("uid") != target.uid
        except NotFound:
            found, gone = {}, True
        used = decode(step).deletes if gone else _used(step, found)
        invalid = "" if gone or used else void(line, found)
        until = 0.0 if gone or invalid == CHANGED else until_of(line)  # what lets nothing through is over
        return Given(target, line, until, step.title, line in lines(space), used, step.target, invalid)


def _used(step: Step, found: JsonObject) -> bool:
    puts, kind = decode(step).puts, about(step).kind
    try:
        return bool(puts) and all(same(put.path, value(kind, put.path, found), put.want) for put in puts)
    except UnfitError:
        return False


def remembered(runs: Iterable[Run]) -> tuple[list[tuple[Step, StepOutcome]], tuple[tuple[ApprovalPlace, bool], ...]]:
    """What the journal knows of approvals, oldest first. Pure.

    Returns:
        The newest approval in each place that was not taken off from here since; and of each place whose newest was,
        whether it was used by then.
    """
    newest: dict[ApprovalPlace, tuple[Step, StepOutcome]] = {}
    taken: dict[ApprovalPlace, bool] = {}
    for run in runs:
        for step, done in zip(run.plan.steps, run.outcome.steps, strict=True):
            if done.state is not StepState.DONE:
                continue
            place = place_of(step)
            if step.effect in {GRANT, LIST} and done.after:
                newest[place] = (step, done)
                taken.pop(place, None)
            elif step.effect in {TAKE, UNLIST} and _granted(newest.get(place)) == decode_take(step).grant:
                del newest[place]
                taken[place] = decode_take(step).used
    return list(newest.values()), tuple(taken.items())


def _granted(given: tuple[Step, StepOutcome] | None) -> str | None:
    """The annotation that was given."""
    return None if given is None else str(msgspec.json.decode(given[1].after).get("value"))
