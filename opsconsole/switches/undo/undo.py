"""Puts back what a switch changed: bindings from their saved manifests, fields from the values that they had."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from opsconsole.clock import Clock
from opsconsole.cluster.questions.rbac import parse_grant, read_role
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import BadAnswer, ClusterError, Denied, NotFound
from opsconsole.cluster.writes import api_of
from opsconsole.decoding import decode_as
from opsconsole.govern.compare import is_ours
from opsconsole.journal.runs import Run
from opsconsole.records import JsonObject, Outcome, Plan, Proof, StepState
from opsconsole.switches.delete.effects import Field, value_at
from opsconsole.switches.engine.place import ClusterPlace
from opsconsole.switches.engine.proving.patience import Patience
from opsconsole.switches.engine.switch import Effect
from opsconsole.switches.revoke.effects import Arguments
from opsconsole.switches.spec import UNDO as SPEC
from opsconsole.switches.target.reader import TargetReader
from opsconsole.switches.undo import fields as undo_fields
from opsconsole.switches.undo.items import UndoFacts, UndoItem, another, is_back, undoable, undone_steps
from opsconsole.switches.undo.kept import lacking, not_undoable
from opsconsole.switches.undo.plan import plan as planned
from opsconsole.switches.undo.roles import beyond
from opsconsole.text import clean_line

PATIENCE = 15.0
"""Seconds that the proof may take where the server answers quickly."""
_TOLD = 3
"""Executions that are named in the reason why there is nothing to undo."""


class Undo:
    """Takes back the newest execution that can be taken back.

    Args:
        world: reads the targets.
        runs: every execution that is remembered, oldest first.
        clock: where the time comes from.
        of: only executions of this switch; empty: of any.
        told: what of the journal could not be used, in words.
        place: which cluster and optimizer this is about: what was done to others is not undone from here.
    """

    name, key, title, dangerous = SPEC.name, SPEC.key, SPEC.title, SPEC.dangerous
    poll_seconds = 1.0

    def __init__(
        self,
        world: TargetReader,
        runs: Callable[[], Sequence[Run]],
        clock: Clock,
        *,
        of: str = "",
        place: ClusterPlace | None = None,
        told: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        self._place = place
        self._told = told
        self._world = world
        self._runs = runs
        self._clock = clock
        self.of = of

    @property
    def effects(self) -> Mapping[str, Effect]:
        return {}

    def gather(self) -> UndoFacts:
        known = self._runs()
        undone = undone_steps(known)
        passed = [f"not undone, since the journal can't be read whole: {words}" for words in self._told()]
        for run in reversed(known):
            if run.plan.switch == self.name or self.of not in {"", run.plan.switch}:
                continue
            why = run.problem or (self._place.why_not(run) if self._place else "")
            if why:
                passed.append(f"not undone: run {run.id} ({run.plan.title}): {why}")
                continue
            items = [item for item in undoable(run) if item.name not in undone]
            if items:
                looked = tuple(map(self._seen, items))
                kept = (*not_undoable(run), *lacking(run))
                return UndoFacts(run.id, run.plan.title, looked, kept, "", tuple(passed), self._doubts(run))
        what = f" of switch {self.of}" if self.of else ""
        words = f"nothing to undo: no execution{what} in the journal changed what can be put back"
        return UndoFacts(problem="; ".join([words, *passed[:_TOLD]]), passed=tuple(passed))

    def _doubts(self, run: Run) -> tuple[str, ...]:
        unsure = self._place.unsure(run) if self._place else ""
        return (unsure,) if unsure else ()

    def plan(self, facts: UndoFacts) -> Plan:
        return planned(facts, self._clock.now())

    def verify(self, plan: Plan, outcome: Outcome) -> Iterator[tuple[Proof, ...]]:
        items = decode_as(plan.checks, tuple[UndoItem, ...])
        failed, unchosen = _failed(plan, outcome), {step.undoes for step in plan.steps if not step.chosen}
        patience = Patience(self._clock, PATIENCE)
        while True:
            last = patience.is_over()
            proofs = tuple(
                self._proof(item, last=last or item.name in failed, left=item.name in unchosen) for item in items
            )
            yield proofs
            if last or all(proof.holds is not None for proof in proofs):
                return  # what its step failed to put back does not come back by itself

    def _proof(self, item: UndoItem, *, last: bool, left: bool) -> Proof:
        part = item.is_restored and undo_fields.is_part(item.step, item.before)
        claim = f"{item.step.target} is as it was" + (", but for what somebody has set since" if part else "")
        try:
            now = self._look(item)
        except ClusterError as error:
            return Proof(claim, None, f"unknown: {error}")
        if is_back(now) and not now.untouched:
            return Proof(claim, holds=True)
        words = "its step was not chosen" if left else "not there" if not now.there else "not yet"
        return Proof(claim, False if last else None, words)

    def _seen(self, item: UndoItem) -> UndoItem:
        """As :meth:`_look`; what we may not read costs itself alone: our rights may be those of a namespace."""
        try:
            return self._with_accounts(self._with_role(self._look(item)))
        except Denied as error:
            return msgspec.structs.replace(item, untouched=f"{error}; undo it as somebody who may, by this journal")

    def _look(self, item: UndoItem) -> UndoItem:
        """``item`` as it stands now.

        Raises:
            ClusterError: it can't be read.
        """
        field = decode_as(item.step.arguments, Field) if item.is_field else None
        found = self._read(item, field.subresource if field else "")
        if found is None:
            return msgspec.structs.replace(item, there=False, value=None, grant=None, homeless=self._is_homeless(item))
        if item.is_grant:
            grant = parse_grant(msgspec.json.encode({**found, "kind": item.step.target.kind}))
            going = "deletionTimestamp" in found.get("metadata", {})  # what is put back into it would go with it
            words = (
                "it is told to go, finalizers hold it: undo again once it is gone" if going else another(item, grant)
            )
            return msgspec.structs.replace(item, there=True, grant=grant, untouched=words)
        if item.is_made:
            return msgspec.structs.replace(
                item, there=True, ours=is_ours(found), value=found.get("metadata", {}).get("uid")
            )
        same = found.get("metadata", {}).get("uid") == item.step.target.uid
        now = value_at(found, field.path) if field else undo_fields.values(item.step, found)
        return msgspec.structs.replace(item, there=same, value=now if same else None)

    def _with_role(self, item: UndoItem) -> UndoItem:
        """``item`` with what its role allows now beside what it allowed then."""
        if not item.is_grant or item.untouched or is_back(item):
            return item
        then, ref = decode_as(item.step.arguments, Arguments).rules, parse_grant(item.before).role
        doubt, now = "what it allowed when it was taken was not kept", None
        try:
            now = read_role(self._world.api, ref)
        except NotFound:
            doubt = "it is not there: the binding gives nothing until somebody makes one of its name, which tells what"
        except ClusterError as error:
            doubt = f"what it allows now can't be read: {error}"
        if now is None or then is None:
            return msgspec.structs.replace(item, role_doubt=clean_line(f"{ref}: {doubt}"))
        return msgspec.structs.replace(item, widened=beyond(now, then))

    def _with_accounts(self, item: UndoItem) -> UndoItem:
        """``item`` with which of its ServiceAccounts somebody has made anew: whoever runs as that one gets the rights.

        Raises:
            ClusterError: that can't be read.
        """
        if not item.is_grant or item.untouched or is_back(item):
            return item
        found, doubts = [], [item.role_doubt] if item.role_doubt else []
        for then in decode_as(item.step.arguments, Arguments).accounts:
            try:
                uid = self._world.reads.uid(paths.of_kind(then.kind, then.namespace, then.name))
            except NotFound:
                found.append(f"{then} is gone: whoever makes one of its name has these rights")
                continue
            except Denied as error:
                doubts.append(f"whether {then} was made anew can't be read: {error}")
                continue
            if uid != then.uid:
                found.append(f"{then} was made anew since (another UID): what runs as it now may be somebody else's")
        anew, doubt = clean_line("; ".join(found)), clean_line("; ".join(doubts))
        return msgspec.structs.replace(item, anew=anew, role_doubt=doubt)

    def _is_homeless(self, item: UndoItem) -> bool:
        """Whether a binding's namespace is gone. Where that may not be read, putting it back tells."""
        place = item.step.target.namespace
        if not place or not item.is_grant:
            return False
        try:
            self._world.api.request("GET", paths.of_kind("Namespace", "", place))
        except ClusterError as error:
            return isinstance(error, NotFound)
        return False

    def _read(self, item: UndoItem, subresource: str) -> JsonObject | None:
        target = item.step.target
        name = msgspec.json.decode(item.step.arguments).get("name") or target.name
        path = paths.item(*api_of(target.kind), target.namespace, name, subresource=subresource)
        try:
            found = msgspec.json.decode(self._world.api.request("GET", path))
        except NotFound:
            return None
        except msgspec.DecodeError as error:
            raise BadAnswer(f"{target}: the API server's answer is no JSON") from error
        return found if isinstance(found, dict) else None


def _failed(plan: Plan, outcome: Outcome) -> frozenset[str]:
    """Names of the items whose step certainly did nothing: it failed, or was not chosen."""
    failed = {done.step for done in outcome.steps if done.state is StepState.FAILED and not done.unsure}
    failed |= {step.key for step in plan.steps if not step.chosen}
    return frozenset(step.undoes for step in plan.steps if step.key in failed)
