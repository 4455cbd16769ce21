"""The governor: a pipeline of five steps; each hands what it made to the next, and none is entered twice.

1. **observe**: what was written to the cluster, as changes.
2. **announce**: what the log says; which announcement each change was made for.
3. **attribute**: whose each of these changes is, now that the words are heard too.
4. **account**: the damage, the budget, and what rules look back on.
5. **judge**: run the rules on everything that the steps before have touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from opsconsole.clock import Clock
from opsconsole.governor.account import budget as budgets
from opsconsole.governor.account.budget import Budget, Meter
from opsconsole.governor.account.damage import Damage
from opsconsole.governor.account.entries import (
    enter_again,
    enter_change,
    enter_said,
    enter_seen,
    enter_sleep,
    enter_word,
)
from opsconsole.governor.account.prior_damage import ToldDamage, announced_earlier
from opsconsole.governor.announced.announcements import Announcement, AnnouncementState
from opsconsole.governor.announced.line_kinds import said_at
from opsconsole.governor.context import RuleContext
from opsconsole.governor.known_role import KnownRole
from opsconsole.governor.observed.audit_facts import AuditFacts, by_optimizer
from opsconsole.governor.observed.changes import ObservedChange
from opsconsole.governor.observed.resizes import Resizes
from opsconsole.governor.roles import guesses
from opsconsole.governor.rule import Rule
from opsconsole.governor.rule_runner import RuleRunner, switched_off
from opsconsole.governor.rules import BUILT_IN
from opsconsole.governor.rules.history.struggle import starts
from opsconsole.optimizer import Optimizers
from opsconsole.records import AnyRecord, AuditedWrite, Change, Decision, Finding, Kind, Pod, Ref
from opsconsole.settings import GovernorSettings
from opsconsole.store import Delta, Store, Transition

STATES = (Kind.WORKLOAD, Kind.NODE, Kind.HPA, Kind.PDB, Kind.METRIC, Kind.BINDING, Kind.POD)
"""Kinds whose records are judged as they are now; decisions and changes are judged in the order in which they came."""


_NO_DAMAGE = frozenset({"Pod", "VerticalPodAutoscaler", "ScaledObject"})
"""What restore does not put back: a resized pod is put right by its owner, a custom object by its manifest."""


class Governor:
    """Judges what the optimizer says and does. A :class:`opsconsole.console.Judge`; used on the pump's thread alone.

    Args:
        settings: thresholds, and the rules that are switched off.
        optimizer: who it is; its field managers, where they are configured.
        clock: where the time comes from.
        rules: the built-in rules and the plugins'.
    """

    def __init__(
        self,
        settings: GovernorSettings,
        optimizer: Optimizers,
        clock: Clock,
        rules: Sequence[Rule] = BUILT_IN,
    ) -> None:
        self.settings = settings
        self.rules = tuple(rule for rule in rules if rule.name not in settings.disabled)
        self.switched_off = tuple(name for name in settings.disabled)
        self.budget = Budget(limit=settings.budget_percent_per_hour / 100.0)
        self._clock = clock
        self._context = RuleContext(settings, optimizer)
        self._runner = RuleRunner(self.rules, self._context)
        self._meter = Meter()
        self._resizes = Resizes()
        self._facts = AuditFacts()
        self._capacity: tuple[float | None, float | None] = (None, None)
        self._told = ToldDamage()
        self._store = Store()
        self._primed = False
        self._renamed: list[str] | None = None
        """Keys of changes whose writer is judged anew, since other optimizers were named; ``None``: none were."""
        known = {rule.name for rule in rules} | {"budget", "role"}
        for finding in switched_off(settings.disabled, known, clock.now()):
            self._runner.findings.set(Kind.FINDING, finding.key, "disabled", [finding])

    # --- what the screen reads -------------------------------------------------------------------------------------

    @property
    def changes(self) -> list[Change]:
        """The writes that were seen, the newest first."""
        return self._context.changes.newest()

    @property
    def managers(self) -> tuple[str, ...]:
        """The field managers that are taken for the optimizer's, configured or learned."""
        return self._context.attribution.managers

    @property
    def roles(self) -> tuple[KnownRole, ...]:
        """What each optimizer is for, and how far that is known."""
        return self._context.roles.all()

    @property
    def findings(self) -> list[Finding]:
        """Every finding that holds."""
        return list(self._runner.findings.all())

    def change(self, key: str) -> Change | None:
        """The change with that key; ``None`` if it is forgotten."""
        return self._context.changes.get(key)

    def deed(self, decision: str) -> Announcement | None:
        """What became of a decision; ``None`` if it announces nothing."""
        return self._context.announcements.get(decision)

    def damage(self) -> list[Damage]:
        """Every field that the optimizer changed: last known good, now, and whether it is restored.

        What it did before the console looked is told by its log, where its history says so and the field still is so.
        """
        sight = self._context
        earlier = announced_earlier(sight.announcements.earlier(sight), sight)
        return self._told.merged(sight.ledger.rows(sight.find), earlier, sight.find)

    def last_known_good(self, about: Ref) -> AnyRecord | None:
        """The object from just before the optimizer's first write to it; ``None`` if it wrote none."""
        return self._context.ledger.last_known_good(about)

    def working_set(self, about: Ref, container: str) -> float | None:
        """Highest memory working set of the last hour in bytes; ``None``: unknown."""
        return self._context.working_set(about, container)

    def warming(self) -> list[tuple[Ref, float]]:
        """Workloads that came from zero and are still cold, with the seconds left."""
        return self._context.warming(self._clock.now())

    def owner(self, pod: Pod) -> Ref | None:
        """The workload that a pod belongs to: findings on it are the pod's too."""
        return self._context.owner(pod)

    def next_due(self) -> float | None:
        """When something ends or begins by time alone and :meth:`judge` wants to be called, though nothing changed."""
        due = (self._runner.rechecks.next_due(), self._context.announcements.next_due())
        return min((at for at in due if at is not None), default=None)

    def rename(self, optimizer: Optimizers) -> None:
        """Take others for the optimizers from now on; the writes that are remembered are attributed anew.

        A write that a decision announced stays that decision's. What was learned of managers is forgotten: it was
        learned by the words of another. Damage stays certain only by writes that are still remembered.
        """
        self._context.rename(optimizer)
        self._context.ledger.doubt_forgotten()
        self._renamed = []
        for change in self._context.changes.newest():
            whose = self._context.attribution.by_optimizer(change.manager, borrowed=change.borrowed)
            if not change.decision and whose is not change.by_optimizer:
                self._context.changes.replace(msgspec.structs.replace(change, by_optimizer=whose))
                self._renamed.append(change.key)
        self._renamed.reverse()

    # --- the pipeline ----------------------------------------------------------------------------------------------

    def judge(self, store: Store, delta: Delta) -> tuple[Sequence[Finding], Sequence[str]]:
        """Judge what changed. Returns the findings that are new or changed, and the keys of those that are over."""
        if not self.settings.enabled:
            return (), ()
        now = self._clock.now()
        whole, self._primed = not self._primed, True
        self._store = store
        self._runner.look_at(store)
        owners = self._context.look(store, delta, now, whole=whole)

        written = self._observe([*delta.transitions, *self._resizes.look(store, delta, whole=whole)], now)
        words = self._announce(written, delta, now, whole=whole)
        renamed, self._renamed = self._renamed, None
        changes = [*(renamed or ()), *written]
        attributed = [*self._attribute(words.claimed), *self._attribute_by_audit(changes, delta, whole=whole)]
        changes = list(dict.fromkeys([*changes, *attributed]))
        self._account(changes, words)
        self._context.seen_harm.look(delta, now)
        self._judge(words, changes, _Touched(delta, owners, whole or renamed is not None), now)
        return self._runner.findings.drain()

    def _observe(self, transitions: Sequence[Transition], now: float) -> list[str]:
        """Step 1. Returns the keys of the changes that ``transitions`` tell of, in the order in which they came."""
        observed = (self._context.changes.observe(transition, now) for transition in transitions)
        return [seen.change.key for seen in observed if seen is not None]

    def _announce(self, written: Sequence[str], delta: Delta, now: float, *, whole: bool) -> _Words:
        """Step 2. Match the writes with what was announced before, then hear the new lines, then give up waiting."""
        context, words = self._context, _Words([], {}, [], [])
        for key in written:
            seen = context.changes.seen(key)
            for announcement in context.announcements.match(seen, context) if seen is not None else ():
                words.touched.append(announcement.decision)
                self._claim(announcement, words)
        decisions = self._store.decisions
        keys = decisions.keys() if whole else delta.changed.get(Kind.DECISION, ())
        for decision in sorted((decisions[key] for key in keys if key in decisions), key=_order):
            name = decision.target.name if decision.target is not None else ""
            since = said_at(decision) - self.settings.late_seconds
            writes = context.changes.named(name, since) if name else ()
            words.heard[decision.key] = context.announcements.say(decision, context, writes, now)
            self._claim(context.announcements.get(decision.key), words)
        words.expired.extend(context.announcements.expire(context, now))
        return words

    def _claim(self, announcement: Announcement | None, words: _Words) -> None:
        """Note which announcement a write was made for, so that the next one like it is another's."""
        if announcement is None or announcement.state is not AnnouncementState.DONE:
            return
        change = self._context.changes.get(announcement.change)
        if change is not None and not change.decision:
            self._context.changes.replace(msgspec.structs.replace(change, decision=announcement.decision))
            words.claimed.append(announcement)

    def _attribute(self, claimed: Sequence[Announcement]) -> list[str]:
        """Step 3. Whose the announced writes are, and with them earlier ones of a manager that is known from now on."""
        attribution, changes, anew = self._context.attribution, self._context.changes, []
        for announcement in claimed:
            change = changes.get(announcement.change)
            if change is None:
                continue
            sure = attribution.announced(change.manager, borrowed=change.borrowed)
            changes.replace(msgspec.structs.replace(change, by_optimizer=sure))
            anew.append(change.key)
            if announcement.fields and attribution.learn(change.manager):
                for seen in changes.by_manager(change.manager):
                    changes.replace(msgspec.structs.replace(seen.change, by_optimizer=True))
                    anew.append(seen.change.key)
        return anew

    def _attribute_by_audit(self, written: Sequence[str], delta: Delta, *, whole: bool) -> list[str]:
        """Step 3, where there is an audit log: whose the writes are is a fact, whatever their manager says.

        It may come before the write is seen, and after: then the changes of that object are looked at again.
        """
        audited = self._store.table(Kind.AUDIT)
        keys = audited.keys() if whole else delta.changed.get(Kind.AUDIT, ())
        found = [each for key in keys if isinstance(each := audited.get(key), AuditedWrite)]
        touched = {place for each in found if (place := self._facts.note(each)) is not None}
        context, anew = self._context, []
        users = context.optimizer_users() if audited and (written or touched) else frozenset()
        if not users:  # then it is not known whose would be the optimizer's
            return []
        late = [key for place in touched for key in context.changes.keys_of(place)]
        for key in dict.fromkeys([*written, *late]):
            change = context.changes.get(key)
            if change is None or not (writers := self._facts.writers(change)):
                continue
            whose = by_optimizer(writers, users)
            # Two who may have written it: then no fact tells, and what one of them alone told before is taken back.
            whose = context.attribution.of(change) if whose is None else whose
            if whose is not change.by_optimizer:
                context.changes.replace(msgspec.structs.replace(change, by_optimizer=whose))
                anew.append(key)
        return anew

    def _account(self, changed: Sequence[str], words: _Words) -> None:
        """Step 4. Enter changes into the damage, the budget and what rules look back on; again when better known."""
        context = self._context
        for key in changed:
            seen = context.changes.seen(key)
            if seen is None:
                continue
            change = seen.change
            if change.about.kind not in _NO_DAMAGE:
                context.ledger.note(seen)
            context.seen_harm.wrote(change, seen.before, context.now)
            if any(starts(field) for field in change.fields):
                context.started(change)
            if change.by_optimizer is not False or self._meter.counts(key):
                self._enter(seen)
        for key in words.heard:
            self._account_word(self._store.decisions[key])

    def _enter(self, seen: ObservedChange) -> None:
        """Enter a change that is the optimizer's, or may be; take one back that was, and is another's after all."""
        context, change = self._context, seen.change
        if change.by_optimizer is False:
            history = [*context.changes.history(change.about, float("-inf"))][::-1]
            enter_again(history, context.trajectories, context.blast)
        elif not self._meter.counts(change.key):
            enter_change(change, context.trajectories, context.blast)
        self._meter.count(change, budgets.moved(seen.before, seen.after))
        if change.about.kind == "Node":
            context.tainted(change)

    def _account_word(self, decision: Decision) -> None:
        """Enter what the log announces where the write itself can't be seen.

        Of history from before the console the trajectories are kept alone: many small cuts that came to a large one are
        why somebody opened it. How far its writes reached then is not counted, since nobody saw whether they were made.
        """
        context = self._context
        announcement = context.announcements.get(decision.key)
        if announcement is None:
            if decision.target is None or not context.knows(decision.target):
                enter_seen(decision, context.blast)
            return
        if announcement.echo:
            return
        at = min(announcement.said_at, context.now)
        about = context.resolve(announcement.about) if announcement.about is not None else None
        if about is not None:
            enter_sleep(about, announcement.fields, at, context.blast)
        if announcement.state is AnnouncementState.EARLIER:
            if about is not None:
                enter_said(about, decision, announcement.fields, at, context.trajectories)
            return
        seen = decision.target is not None and context.knows(decision.target)
        enter_word(decision, announcement.fields, context.trajectories, context.blast, at=at, seen=seen)

    def _judge(self, words: _Words, changes: Sequence[str], touched: _Touched, now: float) -> None:
        """Step 5. Run the rules on what was said, what was written, what is, and what was asked for by time."""
        runner = self._runner
        self._forget(touched.delta)
        for key in dict.fromkeys(words.touched):
            runner.judge(Kind.DECISION, key)
        for key, others in words.heard.items():
            decision = self._store.decisions[key]
            # Only now, line by line: what a rule looks back on holds few lines, and history comes in one piece.
            self._context.lines.heard(decision, announces=self._context.announces(decision))
            self._context.roles.line(decision)
            # Always in one order, so that one log has one answer; most lines tell of themselves alone.
            told = dict.fromkeys([*sorted(others), key]) if len(others) > 1 or key not in others else others
            for each in told:
                runner.judge(Kind.DECISION, each)
        runner.judge_changes(changes)
        for key in words.expired:
            runner.judge(Kind.DECISION, key)
        self._judge_states(touched)
        runner.recheck(now)
        self._judge_budget(touched, now)
        self._runner.findings.set(Kind.WORKLOAD, "", "role", guesses(self.roles, now))

    def _judge_states(self, touched: _Touched) -> None:
        """Judge the records of what is, and the workloads whose pods changed."""
        for kind in STATES:
            for key in touched.delta.gone.get(kind, ()):
                self._runner.findings.drop(kind, key)
            if self._runner.concerns(kind):
                for key in self._store.table(kind) if touched.whole else touched.delta.changed.get(kind, ()):
                    self._runner.judge(kind, key)
        for key in () if touched.whole else touched.owners:
            self._runner.judge(Kind.WORKLOAD, key)

    def _judge_budget(self, touched: _Touched, now: float) -> None:
        if touched.whole or touched.delta.touched(Kind.NODE):
            self._capacity = budgets.allocatable(self._store.nodes.values())
        limit = self.settings.budget_percent_per_hour / 100.0 * budgets.of_role(self.roles)
        self.budget = self._meter.read(now, limit, self._capacity, self._context.since)
        if "budget" not in self.settings.disabled:
            finding = budgets.alarm(self.budget, now)
            self._runner.findings.set(Kind.NODE, "", "budget", [finding] if finding is not None else [])

    def _forget(self, delta: Delta) -> None:
        """Take back what was found on changes and decisions that are no longer kept."""
        for key in self._context.changes.forgotten:
            self._runner.findings.drop(Kind.CHANGE, key)
            self._meter.forget(key)
            self._context.ledger.forget(key)
        self._context.changes.forgotten.clear()
        for key in delta.gone.get(Kind.DECISION, ()):
            self._runner.findings.drop(Kind.DECISION, key)
            self._context.announcements.forget(key)


class _Words(NamedTuple):
    """What the log told.

    ``touched``: keys of decisions whose write was seen now. ``heard``: new lines, each with the keys of the earlier
    decisions that it tells of. ``claimed``: announcements that a write was found for. ``expired``: keys of decisions
    that no write came for.
    """

    touched: list[str]
    heard: dict[str, set[str]]
    claimed: list[Announcement]
    expired: list[str]


class _Touched(NamedTuple):
    """What the pump changed; ``owners`` are keys of workloads whose pods did, ``whole`` asks for everything anew."""

    delta: Delta
    owners: Iterable[str]
    whole: bool


def _order(decision: Decision) -> tuple[float, int]:
    return decision.received, decision.seq
