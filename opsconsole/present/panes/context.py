"""What a row needs to know besides its record: the time, the findings, who the optimizer is, which symbols to use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from opsconsole.alarms import Alarms
from opsconsole.governor.rule import worst_first
from opsconsole.optimizer import above_in, top_owner
from opsconsole.present.marks import Marks
from opsconsole.records import Kind, Severity

if TYPE_CHECKING:
    from opsconsole.optimizer import OptimizerMatch
    from opsconsole.records import Finding, Pod, Ref
    from opsconsole.store import Delta, Store


class FindingIndex:
    """Findings by the object and by the decision that they are about, the worst first."""

    def __init__(self) -> None:
        self._all: dict[str, Finding] = {}
        self._about: dict[tuple[str, str], dict[str, Finding]] = {}
        self._decision: dict[str, dict[str, Finding]] = {}
        self.grouped = Alarms()

    @classmethod
    def of(cls, store: Store) -> FindingIndex:
        """Return the index of what ``store`` holds now."""
        index = cls()
        for finding in store.findings.values():
            index._learn(finding)
        return index

    def __len__(self) -> int:
        return len(self._all)

    def absorb(self, store: Store, delta: Delta) -> bool:
        """Bring the index up to date; true if a finding came, changed or went."""
        touched = delta.touched(Kind.FINDING)
        for key in touched:
            finding = store.findings.get(key)
            self._forget(key, over=finding is None)
            if finding is not None:
                self._learn(finding)
        return bool(touched)

    def _learn(self, finding: Finding) -> None:
        self._all[finding.key] = finding
        self.grouped.learn(finding)
        if finding.about is not None:
            self._about.setdefault((finding.about.kind, finding.about.key), {})[finding.key] = finding
        if finding.decision:
            self._decision.setdefault(finding.decision, {})[finding.key] = finding

    def _forget(self, key: str, *, over: bool) -> None:
        finding = self._all.pop(key, None)
        if finding is None:
            return
        self.grouped.forget(finding, over=over)
        if finding.about is not None:
            _discard(self._about, (finding.about.kind, finding.about.key), key)
        if finding.decision:
            _discard(self._decision, finding.decision, key)

    def about(self, *refs: Ref | None) -> list[Finding]:
        """Return the findings on any of these objects, worst first."""
        if not self._about:
            return []
        found: dict[str, Finding] = {}
        for ref in refs:
            if ref is not None:
                found |= self._about.get((ref.kind, ref.key), {})
        return worst_first(found.values())

    def of_decision(self, key: str) -> list[Finding]:
        """Return the findings on a decision, worst first."""
        return worst_first(self._decision.get(key, {}).values())

    def critical(self) -> set[str]:
        """Return the keys of the critical findings."""
        return {key for key, finding in self._all.items() if finding.severity is Severity.CRITICAL}


def _discard(index: dict, where: object, key: str) -> None:  # type: ignore[type-arg]
    index[where].pop(key, None)
    if not index[where]:
        del index[where]


class RowContext(NamedTuple):
    """Everything outside a record that its row depends on.

    ``now`` is the cluster's time, by ``ahead`` seconds ahead of this host's clock.
    """

    now: float
    findings: FindingIndex
    optimizer: OptimizerMatch
    store: Store
    marks: Marks
    governor: Any = None
    ahead: float = 0.0

    def pod_findings(self, pod: Pod) -> list[Finding]:
        """Return the findings that hit a pod: its own and those of the workloads above it."""
        owner = pod.owner
        if owner is None or not self.findings:
            return self.findings.about(pod.ref)
        if self.governor is not None:
            return self.findings.about(pod.ref, owner, self.governor.owner(pod))
        return self.findings.about(pod.ref, owner, top_owner(pod, above_in(self.store.workloads)))
