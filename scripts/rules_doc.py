"""Make docs/rules.md from the rules: every name, severity, what it is asked about, and where its number comes from."""

from __future__ import annotations

from pathlib import Path

from opsconsole.governor.rule import Rule
from opsconsole.governor.rules import BUILT_IN

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "rules.md"

_HEAD = """# Rules

Every decision that the optimizer announces and every write that it makes is judged by these rules, live, and by
`opsconsole judge` in an archive. They are plain and deterministic: numbers that a person can read, no model, no
learning. Confidence scores are shown and count for nothing. What is not known raises no alarm, and is shown as unknown.

`governor.disabled = ["name"]` in the settings switches a rule off; the screen then says so. The thresholds are in
[`[governor]`](settings.md). A decision and the write that it announced are judged as one. Writes of people, controllers
and GitOps are never judged; those of a writer who can't be told from the optimizer are, and say so.

This page is made by `python -m scripts.rules_doc`.

| rule | severity | is asked about | what it finds, and where its number comes from |
|---|---|---|---|
"""

_BUDGET = (
    "| `budget` | critical | every write | Σ\\|Δ(limit × replicas)\\| of the optimizer's writes in 60 minutes is more "
    "than governor.budget_percent_per_hour (5 %) of what all nodes can hold, memory and CPU apart. The Aura write-up: "
    '"limited to changing only 5% of the total cluster capacity per hour". A warning while only writers who can\'t be '
    "told from the optimizer would carry it over. |\n"
)


def page() -> str:
    """The whole page."""
    return _HEAD + "".join(_row(rule) for rule in BUILT_IN) + _BUDGET


def _row(rule: Rule) -> str:
    kinds = ", ".join(sorted(kind.value for kind in rule.kinds))
    doc = rule.doc.replace("|", "\\|").replace("``", "`")
    return f"| `{rule.name}` | {rule.severity.value} | {kinds} | {doc} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
