"""Asks rules about records and keeps the findings that hold; what a rule raises costs nothing but its own word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from opsconsole.governor.announced.line_kinds import said_at, verb_of
from opsconsole.governor.context import RuleContext
from opsconsole.governor.findings import Findings
from opsconsole.governor.recheck import Rechecks
from opsconsole.governor.rule import Again, FunctionRule, Rule, Verdict
from opsconsole.records import AnyRecord, Change, Decision, Finding, Kind, Node, Pod, Ref, Severity, Workload
from opsconsole.store import Store
from opsconsole.text import clean_line

_PARTS = re.compile(r"[.\[\]]+")
_MOST_ASKED = 512
_REMEMBERED = 200

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
        self._looked_at = frozenset[str]().union(*(_looks_at(rule, written=True) for rule in rules))
        self._asked: dict[tuple[int, frozenset[str], str | None, bool], tuple[Rule, ...]] = {}
        """Of some rules those that have something to say where fields with these words are set.

        The rules are told by the identity of their tuple, which this object keeps: a plugin's may have no hash.
        """

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
                rules = self._to_ask(rules, record)
            elif not had and isinstance(record, (Workload, Pod)) and not self._context.is_optimizer(record):
                rules = self._others[kind]
            for rule in rules:
                self._run(rule, kind, key, record, had=had)

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
        for rule in rules if had else self._to_ask(rules, change, once=newest):
            self._run(rule, Kind.CHANGE, key, change, had=had)

    def _to_ask(self, rules: tuple[Rule, ...], subject: Decision | Change, *, once: bool = True) -> tuple[Rule, ...]:
        """Those of some rules that look at a field that is set, or at more than fields.

        Without ``once`` those are left out that say the same of every write that came at the same time.
        """
        said: frozenset[str] = frozenset()
        for field in self._context.writing(subject).fields:
            said |= _words(field.path, self._looked_at)
        verb = verb_of(subject) if isinstance(subject, Decision) else None
        asked = self._asked.get((id(rules), said, verb, once))
        if asked is None:
            written = isinstance(subject, Change)
            looked = ((rule, _looks_at(rule, written=written)) for rule in rules)
            asked = tuple(
                rule
                for rule, looks in looked
                if (not looks or not looks.isdisjoint(said))
                and (verb is None or _concerns(rule, verb))
                and (once or not (isinstance(rule, FunctionRule) and rule.once))
            )
            if len(self._asked) < _MOST_ASKED:
                self._asked[id(rules), said, verb, once] = asked
        return asked

    def recheck(self, now: float) -> None:
        """Ask the rules that wanted to be asked again by ``now``."""
        for name, kind, key in self.rechecks.due(now):
            self._ask(self._named[name], kind, key)

    def _ask(self, rule: Rule, kind: Kind, key: str) -> None:
        subject = self._context.changes.get(key) if kind is Kind.CHANGE else self._store.table(kind).get(key)
        if subject is None:
            self.findings.drop(kind, key)
        elif not (isinstance(subject, Change) and self._judged_with_its_word(subject, rule)):
            self._run(rule, kind, key, subject)

    def _judged_with_its_word(self, change: Change, rule: Rule) -> bool:
        return Kind.DECISION in rule.kinds and change.decision in self._store.decisions

    def _run(self, rule: Rule, kind: Kind, key: str, subject: AnyRecord, *, had: bool = True) -> None:
        """Ask ``rule`` about ``subject``; ``had`` is whether anything may have been found on it before."""
        found = None
        try:
            for answer in rule.check(subject, self._context):
                if isinstance(answer, Again):
                    self.rechecks.wish(rule.name, kind, key, answer, self._context.now)
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


def _words(path: str, looked_at: frozenset[str]) -> frozenset[str]:
    """Those words of a path that rules look at: limits and memory of ``containers[a].resources.limits.memory``."""
    # A path has the optimizer's own words in it: a long one is not remembered, or thousands would fill the memory.
    return (_words_remembered if len(path) <= _REMEMBERED else _split)(path, looked_at)


def _split(path: str, looked_at: frozenset[str]) -> frozenset[str]:
    return looked_at.intersection(_PARTS.split(path))


_words_remembered = lru_cache(maxsize=4_096)(_split)


def _concerns(rule: Rule, verb: str) -> bool:
    return not isinstance(rule, FunctionRule) or not rule.verbs or verb in rule.verbs


def _looks_at(rule: Rule, *, written: bool) -> frozenset[str]:
    if not isinstance(rule, FunctionRule):
        return frozenset()
    return rule.written if written else rule.fields


def _about(subject: AnyRecord) -> Ref | None:
    if isinstance(subject, Workload | Pod):
        return subject.ref
    return Ref("Node", "", subject.name, subject.uid) if isinstance(subject, Node) else None
