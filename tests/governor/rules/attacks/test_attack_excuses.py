"""What a log tells to excuse a deed: a selector that turned, a preview's end, a term, a node that is back."""

from __future__ import annotations

import pytest

from opsconsole.records import Severity
from tests.governor.judged_lines import at, severities, words, zap

GONE = [
    (
        "replicas-zero",
        "Switched selector for service 'shop/other' from '7f9c4' to 'deadb'",
        "scaled replicaset shop/web-7f9c4 from 40 to 0",
    ),
    (
        "replicas-zero",
        "patched service shop/other selector from 7f9c4 to nobody1",
        "scaled replicaset shop/web-7f9c4 from 40 to 0",
    ),
    (
        "replicas-zero",
        "patched selector of service shop/web from 7f9c4 to maint",
        "scaled replicaset shop/web-7f9c4 from 40 to 0",
    ),
    (
        "replicas-zero",
        "updating selector of service shop/web from 7f9c4 to deadb",
        "scaled replicaset shop/web-7f9c4 from 40 to 0",
    ),
    ("object-deleted", "merge request 7 was closed; keeping preview", "deleted namespace review-7"),
    ("object-deleted", "merge request 7 was closed; its preview stays until Friday", "deleted namespace review-7"),
    ("object-deleted", "pull request 418 was merged, no preview is left", "deleted namespace shop-pr-418"),
    ("object-deleted", "pull request 1 was merged to preview", "deleted helmrelease checkout in namespace review-1"),
    (
        "object-deleted",
        "pull request 418 was merged, preview next",
        "deleted deployment checkout in namespace shop-pr-418",
    ),
    ("object-deleted", "pull request 418 was merged, not removing its preview", "deleted namespace shop-pr-418"),
    ("object-deleted", "pull request 418 was merged, removing its preview label", "deleted namespace shop-pr-418"),
    ("object-deleted", "job shop/other-run Complete 26h ago", "deleted job shop/billing-run"),
]
ALONE = [
    ("object-deleted", words("deleted pr-418 (a preview of what comes next: prod)")),
    ("object-deleted", words("removed review-2 preview")),
    ("object-deleted", words("deleted pr-1, deleted pr-2, deleted pr-3, deleted pr-4: preview")),
    ("object-deleted", words("preview.sh destroy pr-1, deleted pr-2")),
    ("object-deleted", words("preview.sh destroy pr-1 and namespace prod")),
    ("replicas-zero", words("scaled RunnerSet ci/prod-deploy from 3 to 0")),
    ("replicas-zero", words("scaled EphemeralRunnerSet ci/prod-deploy from 30 to 0")),
    ("object-deleted", "I0812 09:14:02.118123       1 cluster_feeder.go:331] Deleting VPA shop/web"),
    ("object-deleted", "I0812 09:14:02.118123       1 cluster_feeder.go:331] Deleting VPA shop/web for good"),
    ("object-deleted", 'I0812 09:14:02.118123       1 cluster_feeder.go:331] "Deleting VPA" vpa="shop/web" whole=true'),
    ("object-deleted", words("sync complete for job, deleted job shop/billing-run because it was slow")),
    ("object-deleted", words("sync is complete 3 times, deleted job shop/billing-run")),
]
_BACK = (
    'Event(v1.ObjectReference{{Kind:"Node", Namespace:"", Name:"n-{0}"}}): '
    "type: 'Normal' reason: 'NodeSchedulable' Node n-{0} {1}"
)


@pytest.mark.parametrize(("rule", "told", "done"), GONE)
def test_what_is_told_before_excuses_nothing(rule: str, told: str, done: str) -> None:
    assert severities(at(0, told), at(20, done)).get(rule) is Severity.CRITICAL


@pytest.mark.parametrize(("rule", "line"), ALONE)
def test_a_line_does_not_excuse_itself(rule: str, line: str) -> None:
    assert severities(line).get(rule) is Severity.CRITICAL


def test_how_many_runners_there_were_is_not_known() -> None:
    assert severities(words("scaled RunnerSet ci/prod-deploy to 0")) == {"replicas-zero": Severity.WARNING}


@pytest.mark.parametrize(("nodes", "apart"), [(40, 1), (24, 3600)], ids=["a second apart", "an hour apart"])
def test_a_node_is_not_back_a_second_after_its_drain(nodes: int, apart: int) -> None:
    pairs = [
        line
        for node in range(nodes)
        for line in (
            at(node * apart, f"drained node n-{node}"),
            at(node * apart + 0.5, _BACK.format(node, "status is now: NodeSchedulable")),
        )
    ]
    assert severities(*pairs).get("fleet-melts") is Severity.CRITICAL


def test_a_word_behind_a_long_text_excuses_nothing() -> None:
    lines = "\n".join(["still at work"] * 400)
    assert "object-deleted" in severities(zap(f"deleted job shop/sums\n{lines}\nfinished"))
    assert "object-deleted" not in severities(zap("deleted job shop/sums, finished"))
