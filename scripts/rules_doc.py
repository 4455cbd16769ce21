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


_ROLES = """
## Roles, and what a guess can do

Deleting nodes is a node autoscaler's work, evicting is a descheduler's. `role` of an optimizer in the
[settings](settings.md) says what it is for. Where it does not, the role is guessed: by the image of its workloads, by
lines that only one well-known program writes, and by what it does. A guess is a remark (`role`) on the screen and in
`judge`, `opsconsole status --live` says it, and each is called guessed, with what by. The settings override it.

Whoever builds an image may call it `cluster-autoscaler`, and whoever writes a log may write what that program writes.
So what a guess can do is little:

| | role in the settings | guessed by image or words |
|---|---|---|
| an eviction of a serving pod that a budget guards and allows, while others of its owner serve | a remark | a remark |
| a node drained, cordoned, tainted while half take pods, two at least (autoscaler, maintenance) | a remark | a remark |
| a Job or old ReplicaSet deleted that is seen to run no pod (janitor, rollouts) | a remark | a remark, eight an hour |
| a Job deleted in a log alone (janitor) | a remark | **as without** (whoever says that it is over: three an hour) |
| anything else said to be expired, in a log alone (janitor) | one an hour (three by own term), six a day | the same |
| a worker of three pods at most asleep, the fleet seen (horizontal) | half of the fleet | by image, three a day |
| the same in a log alone | a remark | six a day, nothing called production |
| a ReplicaSet cut or scaled to zero though nothing is seen to take over (rollouts) | none | **as without** |
| blast radius of pods and nodes, the fleet seen | three times, a third at most | twice, a fifth at most |
| blast radius of services | three times | **as without** |
| blast radius of nodes in a log alone (autoscaler) | three an hour | three an hour |
| nodes booted one by one, each back before the next goes (maintenance) | thirty an hour | twelve an hour |
| pods that leave with a drained node (maintenance) | its pods, 110 in a log alone | its pods, 110 in a log alone |
| budget of a horizontal autoscaler | three times | twice |
| limits, replicas, rights, guard rails, deletes, growth, flapping | **as without** | **as without** |

What it does is shown, and excuses two things, in a log alone and of who does nothing else than see to nodes: one
cordoned or drained node an hour, three a day, which is not called as the control plane's are; and two pods of one
StatefulSet that leave while a node is drained: three are an alarm then. Else a guess by deeds alone changes no row.
Image and words that differ, and work that is not the role's (a `cluster-autoscaler` that cuts limits), take the guess
back: then it can't be told, and that is said. A guess changes no switch and no policy, only what is called ordinary.
"""


DISASTERS = (
    ("limits cut to 128Mi and 64Mi, CPU to 100m", "limit-cut limit-floor will-oom oom-after-cut"),
    ("the same by many small cuts", "cut-by-steps"),
    ("many services cut by a little each", "cut-across"),
    ("scaled to zero; no pods, no errors", "replicas-zero alerts-silenced oscillation warm-up"),
    (
        "−1 cast to 18,446,744,073,709,551,615; NaN in a configuration",
        "replicas-absurd invalid-number resources-absurd weights-absurd",
    ),
    (
        "it scales on by the load that it makes itself",
        "replicas-factor runaway-growth flapping preemption-storm evicted-again goes-on-after-harm bounds-absurd",
    ),
    ("a person's correction undone in ten seconds", "tug-of-war starts-itself writes-per-minute no-back-off"),
    (
        "a script that kills more than a fraction of the fleet",
        "blast-radius service-emptied quorum-at-risk budget serving-pod-deleted pdb-exhausted",
    ),
    ("all application servers killed to help a slow database", "object-deleted blast-radius"),
    ("pods crowded onto one node by taints", "taints-changed one-node"),
    ('drivers "upgraded" on four nodes', "not-its-business past-the-server gpu-work-ended image-changed"),
    ("no human's yes was waited for", "passes-checks-by safety-off canary-let-through limit-cut cut-by-steps"),
    ("a metric without data taken for an idle service", "empty-metric input-health acts-on-no-data target-missing"),
    ("stale embeddings, drift", "stale-input confidence-absurd"),
    (
        "cluster-admin for the optimizer, `AUTONOMY_LEVEL=MAXIMUM`",
        "cluster-admin rights-changed secrets-taken guard-rail-changed acts-as-another autonomy",
    ),
    ("six hours to find out why", "silent-write not-done optimizer-failing"),
)
"""What happened in the write-ups, and the rules that would have said so."""


def page() -> str:
    """The whole page."""
    return _HEAD + "".join(_row(rule) for rule in BUILT_IN) + _BUDGET + _ROLES + _disasters()


def _disasters() -> str:
    head = "\n## Which rule answers which disaster of the write-ups\n\n| disaster | rules |\n|---|---|\n"
    rows = ((what, ", ".join(f"`{name}`" for name in names.split())) for what, names in DISASTERS)
    return head + "".join(f"| {what} | {names} |\n" for what, names in rows)


def _row(rule: Rule) -> str:
    kinds = ", ".join(sorted(kind.value for kind in rule.kinds))
    doc = rule.doc.replace("|", "\\|").replace("``", "`")
    return f"| `{rule.name}` | {rule.severity.value} | {kinds} | {doc} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
