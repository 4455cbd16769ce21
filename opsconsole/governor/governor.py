"""The governor: takes in what changed, runs the rules that this concerns, and keeps the findings that hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from opsconsole.clock import Clock
from opsconsole.governor.account import budget as budgets
from opsconsole.governor.account.budget import Budget, Meter
from opsconsole.governor.account.damage import Damage
from opsconsole.governor.account.prior_damage import Told, announced_earlier
from opsconsole.governor.announced.announcements import Deed, DeedState
from opsconsole.governor.announced.line_kinds import said_at
from opsconsole.governor.context import Sight
from opsconsole.governor.findings import Findings
from opsconsole.governor.observed.changes import Seen
from opsconsole.governor.recheck import Wishes
from opsconsole.governor.rule import Again, Rule, Verdict
from opsconsole.governor.rules import BUILT_IN
from opsconsole.governor.rules.struggle import starts
from opsconsole.optimizer import Optimizers
from opsconsole.records import AnyRecord, Change, Decision, Finding, Kind, Node, Pod, Ref, Severity, Workload
from opsconsole.settings import GovernorSettings
from opsconsole.store import Delta, Store
from opsconsole.text import clean_line

STATES = (Kind.WORKLOAD, Kind.NODE, Kind.HPA, Kind.PDB, Kind.METRIC, Kind.BINDING, Kind.POD)
"""Kinds whose records are judged as they are now; decisions and changes are judged in the order in which they came."""

_DOUBT = " Whether the optimizer wrote it can't be told."


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
        self._by_kind = {kind: tuple(rule for rule in self.rules if kind in rule.kinds) for kind in Kind}
        self._sight = Sight(settings, optimizer)
        self._meter = Meter()
        self._findings = Findings()
        self._capacity: tuple[float | None, float | None] = (None, None)
        self._deed_rules = tuple(rule for rule in self._by_kind[Kind.CHANGE] if Kind.DECISION not in rule.kinds)
        self._named = {rule.name: rule for rule in self.rules}
        self._wishes = Wishes()
        self._told = Told()
        self._store = Store()
        self._primed = False
        self._unknown_rules({rule.name for rule in rules} | {"budget"})

    # --- what the screen reads -------------------------------------------------------------------------------------

    @property
    def changes(self) -> list[Change]:
        """The writes that were seen, the newest first."""
        return self._sight.changes.newest()

    @property
    def managers(self) -> tuple[str, ...]:
        """The field managers that are taken for the optimizer's, configured or learned."""
        return self._sight.attribution.managers

    @property
    def findings(self) -> list[Finding]:
        """Every finding that holds."""
        return list(self._findings.all())

    def change(self, key: str) -> Change | None:
        """The change with that key; ``None`` if it is forgotten."""
        return self._sight.changes.get(key)

    def deed(self, decision: str) -> Deed | None:
        """What became of a decision; ``None`` if it announces nothing."""
        return self._sight.deeds.get(decision)

    def damage(self) -> list[Damage]:
        """Every field that the optimizer changed: last known good, now, and whether it is restored.

        What it did before the console looked is told by its log, where its history says so and the field still is so.
        """
        sight = self._sight
        earlier = announced_earlier(sight.deeds.earlier(sight.since), sight)
        return self._told.merged(sight.ledger.rows(sight.find), earlier, sight.find)

    def last_known_good(self, about: Ref) -> AnyRecord | None:
        """The object from just before the optimizer's first write to it; ``None`` if it wrote none."""
        return self._sight.ledger.last_known_good(about)

    def working_set(self, about: Ref, container: str) -> float | None:
        """Highest memory working set of the last hour in bytes; ``None``: unknown."""
        return self._sight.working_set(about, container)

    def warming(self) -> list[tuple[Ref, float]]:
        """Workloads that came from zero and are still cold, with the seconds left."""
        return self._sight.warming(self._clock.now())

    def owner(self, pod: Pod) -> Ref | None:
        """The workload that a pod belongs to: findings on it are the pod's too."""
        return self._sight.owner(pod)

    def next_due(self) -> float | None:
        """When something ends or begins by time alone and :meth:`judge` wants to be called, though nothing changed."""
        due = (self._wishes.next_due(), self._sight.deeds.next_due())
        return min((at for at in due if at is not None), default=None)

    # --- judging ---------------------------------------------------------------------------------------------------

    def judge(self, store: Store, delta: Delta) -> tuple[Sequence[Finding], Sequence[str]]:
        """Judge what changed. Returns the findings that are new or changed, and the keys of those that are over."""
        if not self.settings.enabled:
            return (), ()
        now = self._clock.now()
        whole, self._primed = not self._primed, True
        self._store = store
        owners = self._sight.look(store, delta, now, whole=whole)
        new = self._see(delta, now)
        self._hear(delta, now, whole=whole)
        for key in new:
            self._judge_change(key)
        for decision in self._sight.deeds.expire(self._sight, now):
            self._judge(Kind.DECISION, decision)
        self._look(delta, owners, whole=whole)
        for name, kind, key in self._wishes.due(now):
            self._ask(self._named[name], kind, key)
        self._weigh(delta, now, whole=whole)
        return self._findings.drain()

    def _see(self, delta: Delta, now: float) -> list[str]:
        """Take in what was written; returns the keys of the changes to judge once the words are heard too."""
        new = []
        for transition in delta.transitions:
            seen = self._sight.changes.observe(transition, now)
            if seen is not None:
                new.append(seen.change.key)
                self._account(seen)
                for deed in self._sight.deeds.match(seen):
                    self._credit(deed)
                    self._judge(Kind.DECISION, deed.decision)
        for key in self._sight.changes.forgotten:
            self._findings.drop(Kind.CHANGE, key)
            self._meter.forget(key)
        self._sight.changes.forgotten.clear()
        return new

    def _hear(self, delta: Delta, now: float, *, whole: bool) -> None:
        decisions = self._store.decisions
        keys = decisions.keys() if whole else delta.changed.get(Kind.DECISION, ())
        for decision in sorted((decisions[key] for key in keys if key in decisions), key=_order):
            name = decision.target.name if decision.target is not None else ""
            since = said_at(decision) - self.settings.late_seconds
            writes = self._sight.changes.named(name, since) if name else ()
            touched = self._sight.deeds.say(decision, self._sight, writes, now)
            self._sight.notes.heard(decision, announces=self._sight.announces(decision))
            self._credit(self._sight.deeds.get(decision.key))
            for key in {decision.key, *touched}:
                self._judge(Kind.DECISION, key)
        for key in delta.gone.get(Kind.DECISION, ()):
            self._findings.drop(Kind.DECISION, key)
            self._sight.deeds.forget(key)

    def _look(self, delta: Delta, owners: Iterable[str], *, whole: bool) -> None:
        """Judge the records of what is, and the workloads whose pods changed."""
        for kind in STATES:
            for key in delta.gone.get(kind, ()):
                self._findings.drop(kind, key)
            if self._by_kind[kind]:
                for key in self._store.table(kind) if whole else delta.changed.get(kind, ()):
                    self._judge(kind, key)
        if self._by_kind[Kind.WORKLOAD] and not whole:
            for key in owners:
                self._judge(Kind.WORKLOAD, key)

    def _ask(self, rule: Rule, kind: Kind, key: str) -> None:
        """Ask one rule about one record again."""
        subject = self._sight.changes.get(key) if kind is Kind.CHANGE else self._store.table(kind).get(key)
        if subject is None:
            self._findings.drop(kind, key)
        elif not (isinstance(subject, Change) and self._judged_with_its_word(subject, rule)):
            self._run(rule, kind, key, subject)

    def _judged_with_its_word(self, change: Change, rule: Rule) -> bool:
        """A write that was announced is judged with its announcement: one thing wrong is one finding."""
        return Kind.DECISION in rule.kinds and change.decision in self._store.decisions

    def _judge_change(self, key: str) -> None:
        change = self._sight.changes.get(key)
        if change is None:
            self._findings.drop(Kind.CHANGE, key)
            return
        announced = change.decision in self._store.decisions
        if announced and self._findings.gives(Kind.CHANGE, key):
            for rule in self._by_kind[Kind.CHANGE]:
                if Kind.DECISION in rule.kinds:
                    self._findings.set(Kind.CHANGE, key, rule.name, ())
        had = self._findings.gives(Kind.CHANGE, key)
        for rule in self._deed_rules if announced else self._by_kind[Kind.CHANGE]:
            self._run(rule, Kind.CHANGE, key, change, had=had)

    def _judge(self, kind: Kind, key: str) -> None:
        record = self._store.table(kind).get(key)
        if record is not None:
            had = self._findings.gives(kind, key)
            for rule in self._by_kind[kind]:
                self._run(rule, kind, key, record, had=had)

    def _run(self, rule: Rule, kind: Kind, key: str, subject: AnyRecord, *, had: bool = True) -> None:
        """Ask ``rule`` about ``subject``; ``had`` is whether anything may have been found on it before."""
        found = None
        try:
            for answer in rule.check(subject, self._sight):
                if isinstance(answer, Again):
                    self._wishes.wish(rule.name, kind, key, answer, self._sight.now)
                else:
                    found = found or []
                    found.append(self._finding(rule, kind, key, subject, answer))
        except Exception as error:  # noqa: BLE001 - a plugin's rule may raise anything; it must cost nothing else
            found = [*(found or ()), self._broken(rule, error)]
        if found or had:
            self._findings.set(kind, key, rule.name, found or ())

    def _finding(self, rule: Rule, kind: Kind, key: str, subject: AnyRecord, verdict: Verdict) -> Finding:
        decision, change, at, about, doubt = "", "", self._sight.now, verdict.about, ""
        if isinstance(subject, Decision):
            deed = self._sight.deeds.get(key)
            decision, change, at = key, deed.change if deed is not None else "", said_at(subject)
            about = self._sight.resolve(about) if about is not None else self._sight.writing(subject).about
        elif isinstance(subject, Change):
            decision, change, at, about = subject.decision, key, subject.at, about or subject.about
            doubt = _DOUBT if subject.by_optimizer is None else ""
        return Finding(
            key=f"{rule.name}|{verdict.scope or f'{kind.value}:{key}'}|{verdict.part}",
            rule=rule.name,
            severity=verdict.severity or rule.severity,
            title=clean_line(verdict.title),
            detail=clean_line(verdict.detail + doubt),
            about=about or _about(subject),
            decision=decision,
            change=change,
            at=at,
            switch=verdict.switch,
        )

    def _broken(self, rule: Rule, error: Exception) -> Finding:
        return Finding(
            key=f"rule-broken|{rule.name}|",
            rule=rule.name,
            severity=Severity.WARNING,
            title=clean_line(f"rule {rule.name} is broken: {type(error).__name__}: {error}", 300),
            detail="What it should have found may be missing. The other rules go on.",
            at=self._sight.now,
        )

    # --- accounts --------------------------------------------------------------------------------------------------

    def _account(self, seen: Seen) -> None:
        """Enter a change into the budget, the damage and what rules look back on; again when it is attributed anew."""
        change = seen.change
        self._sight.ledger.note(seen)
        if any(starts(field) for field in change.fields):
            self._sight.started(change)
        if change.by_optimizer is not False:
            self._meter.count(change, budgets.moved(seen.before, seen.after))
            if change.about.kind == "Node":
                self._sight.tainted(change)

    def _credit(self, deed: Deed | None) -> None:
        """Note whose word a write followed: its writer is known better now."""
        if deed is None or deed.state is not DeedState.DONE:
            return
        change = self._sight.changes.get(deed.change)
        if change is None or change.decision:
            return
        sure = self._sight.attribution.announced(change.manager)
        self._attribute(msgspec.structs.replace(change, decision=deed.decision, by_optimizer=sure))
        if deed.fields and self._sight.attribution.learn(change.manager):
            for seen in self._sight.changes.by_manager(change.manager):
                self._attribute(msgspec.structs.replace(seen.change, by_optimizer=True))

    def _attribute(self, change: Change) -> None:
        seen = self._sight.changes.replace(change)
        if seen is not None:
            self._account(seen)
            self._judge_change(change.key)

    def _weigh(self, delta: Delta, now: float, *, whole: bool) -> None:
        if whole or delta.touched(Kind.NODE):
            self._capacity = budgets.allocatable(self._store.nodes.values())
        self.budget = self._meter.read(now, self.settings.budget_percent_per_hour / 100.0, self._capacity)
        if "budget" not in self.settings.disabled:
            finding = budgets.alarm(self.budget, now)
            self._findings.set(Kind.NODE, "", "budget", [finding] if finding is not None else [])

    def _unknown_rules(self, known: set[str]) -> None:
        """A safeguard that is switched off is said, and a misspelt one too."""
        for name in self.settings.disabled:
            title = f"rule {name} is switched off in the settings" if name in known else f"there is no rule {name}"
            detail = (
                "governor.disabled names it." if name in known else "governor.disabled names it; it may be misspelt."
            )
            finding = Finding(f"disabled|{name}|", "disabled", Severity.INFO, title, detail, at=self._clock.now())
            self._findings.set(Kind.FINDING, name, "disabled", [finding])


def _order(decision: Decision) -> tuple[float, int]:
    return decision.received, decision.seq


def _about(subject: AnyRecord) -> Ref | None:
    if isinstance(subject, Workload | Pod):
        return subject.ref
    return Ref("Node", "", subject.name, subject.uid) if isinstance(subject, Node) else None
