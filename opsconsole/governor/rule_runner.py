"""Asks rules about records and keeps the findings that hold; what a rule raises costs nothing but its own word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from opsconsole.governor.announced.line_kinds import said_at
from opsconsole.governor.context import RuleContext
from opsconsole.governor.findings import Findings
from opsconsole.governor.interests import Interests
from opsconsole.governor.recheck import Rechecks
from opsconsole.governor.rule import Again, FunctionRule, Rule, Verdict
from opsconsole.records import AnyRecord, Change, Decision, Finding, Kind, Node, Pod, Ref, Severity, Workload
from opsconsole.store import Store
from opsconsole.text import clean_line

_DOUBT = " Whether the optimizer wrote it can't be told."


class RuleRunner:
    """Runs the rules that a record concerns. Used by the governor's last step alone.

    Args:
        rules: the rules that are switched on.
        context: what the rules may look at.
    """

    def __init__(self, rules: Sequence[Rule], context: RuleContext) -> None:
        self.findings = Findings()
        self.rechecks = Rechecks()
        self._context = context
        self._store = Store()
        self._named = {rule.name: rule for rule in rules}
        self._by_kind = {kind: tuple(rule for rule in rules if kind in rule.kinds) for kind in Kind}
        # A write that was announced is judged with its announcement: one thing wrong is one finding.
        self._unannounced_only = tuple(rule for rule in self._by_kind[Kind.CHANGE] if Kind.DECISION in rule.kinds)
        self._changes_only = tuple(rule for rule in self._by_kind[Kind.CHANGE] if Kind.DECISION not in rule.kinds)
        self._others = {
            kind: tuple(rule for rule in of_kind if not (isinstance(rule, FunctionRule) and rule.of_optimizer))
            for kind, of_kind in self._by_kind.items()
        }
        self._interests = Interests(rules)

    def look_at(self, store: Store) -> None:
        """Judge the records of ``store`` from now on."""
        self._store = store

    def concerns(self, kind: Kind) -> bool:
        """Whether any rule asks about records of ``kind``."""
        return bool(self._by_kind[kind])

    def judge(self, kind: Kind, key: str) -> None:
        """Run every rule about records of ``kind`` on the one with ``key``."""
        record = self._store.table(kind).get(key)
        if record is not None:
            had = self.findings.gives(kind, key)
            rules = self._by_kind[kind]
            if not had and isinstance(record, Decision):
                rules = self._of_line(rules, record)
            elif not had and isinstance(record, (Workload, Pod)) and not self._context.is_optimizer(record):
                rules = self._others[kind]
            self._run(rules, kind, key, record, had=had)

    def judge_changes(self, keys: Sequence[str]) -> None:
        """Run the rules about writes on each; those about what was announced only if nothing announced it."""
        newest = next((key for key in reversed(keys) if self._may_be_its_own(key)), "")
        for key in keys:
            self._judge_change(key, newest=key == newest)

    def _may_be_its_own(self, key: str) -> bool:
        """Whether a write that nothing announced may be the optimizer's."""
        change = self._context.changes.get(key)
        return change is not None and change.by_optimizer is not False and change.decision not in self._store.decisions

    def _judge_change(self, key: str, *, newest: bool) -> None:
        change = self._context.changes.get(key)
        if change is None:
            self.findings.drop(Kind.CHANGE, key)
            return
        announced = change.decision in self._store.decisions
        if announced and self.findings.gives(Kind.CHANGE, key):
            for rule in self._unannounced_only:
                self.findings.set(Kind.CHANGE, key, rule.name, ())
        had = self.findings.gives(Kind.CHANGE, key)
        rules = self._changes_only if announced else self._by_kind[Kind.CHANGE]
        if not had:
            another = change.by_optimizer is False
            harmed = bool(self._context.harms())
            rules = self._interests.in_write(rules, change.fields, newest=newest, another=another, harmed=harmed)
        self._run(rules, Kind.CHANGE, key, change, had=had)

    def _of_line(self, rules: tuple[Rule, ...], line: Decision) -> tuple[Rule, ...]:
        """Those of some rules that a line concerns."""
        context = self._context
        return self._interests.in_line(
            rules,
            line,
            context.writing(line).fields,
            announces=context.announces(line),
            became=context.happened(line),
        )

    def recheck(self, now: float) -> None:
        """Ask the rules that wanted to be asked again by ``now``."""
        for name, kind, key in self.rechecks.due(now):
            self._ask(self._named[name], kind, key)

    def _ask(self, rule: Rule, kind: Kind, key: str) -> None:
        subject = self._context.changes.get(key) if kind is Kind.CHANGE else self._store.table(kind).get(key)
        if subject is None:
            self.findings.drop(kind, key)
        elif not (isinstance(subject, Change) and self._judged_with_its_word(subject, rule)):
            self._run((rule,), kind, key, subject)

    def _judged_with_its_word(self, change: Change, rule: Rule) -> bool:
        return Kind.DECISION in rule.kinds and change.decision in self._store.decisions

    def _run(self, rules: Iterable[Rule], kind: Kind, key: str, subject: AnyRecord, *, had: bool = True) -> None:
        """Ask rules about ``subject``; ``had`` is whether anything may have been found on it before."""
        context = self._context
        for rule in rules:
            found = None
            try:
                for answer in rule.check(subject, context):
                    if isinstance(answer, Again):
                        self.rechecks.wish(rule.name, kind, key, answer, context.now)
                    else:
                        found = found or []
                        found.append(self._finding(rule, kind, key, subject, answer))
            except Exception as error:  # noqa: BLE001 - a plugin's rule may raise anything; it must cost nothing else
                found = [*(found or ()), self._broken(rule, error)]
            if found or had:
                self.findings.set(kind, key, rule.name, found or ())

    def _finding(self, rule: Rule, kind: Kind, key: str, subject: AnyRecord, verdict: Verdict) -> Finding:
        decision, change, at, about, doubt = "", "", self._context.now, verdict.about, ""
        if isinstance(subject, Decision):
            announced = self._context.announcements.get(key)
            decision, change, at = key, announced.change if announced is not None else "", said_at(subject)
            about = self._context.resolve(about) if about is not None else self._context.writing(subject).about
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
            scope=verdict.scope,
        )

    def _broken(self, rule: Rule, error: Exception) -> Finding:
        return Finding(
            key=f"rule-broken|{rule.name}|",
            rule=rule.name,
            severity=Severity.WARNING,
            title=clean_line(f"rule {rule.name} is broken: {type(error).__name__}: {error}", 300),
            detail="What it should have found may be missing. The other rules go on.",
            at=self._context.now,
        )


def switched_off(disabled: Iterable[str], known: set[str], now: float) -> list[Finding]:
    """A safeguard that is switched off is said, and a misspelt one too."""
    found = []
    for name in disabled:
        title = f"rule {name} is switched off in the settings" if name in known else f"there is no rule {name}"
        detail = "governor.disabled names it." if name in known else "governor.disabled names it; it may be misspelt."
        found.append(Finding(f"disabled|{name}|", "disabled", Severity.INFO, title, detail, at=now))
    return found


def _about(subject: AnyRecord) -> Ref | None:
    if isinstance(subject, Workload | Pod):
        return subject.ref
    return Ref("Node", "", subject.name, subject.uid) if isinstance(subject, Node) else None
