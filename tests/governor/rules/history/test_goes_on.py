"""Harm after its own deed, and the next deed: what goes on is told, what heals, waits or comes first is not."""

from __future__ import annotations

import pytest

from opsconsole.governor.announced.harm import harm_told
from opsconsole.records import Severity
from tests.governor.judged_lines import by_minutes

RULE = "goes-on-after-harm"
CUT = "scaled deployment shop/web from 9 to 7 replicas"

GOES_ON = [
    (CUT, "shop/web: 0/7 ready", "scaled deployment shop/web from 7 to 6 replicas"),
    (CUT, "pod shop/web-7d9f8c6b54-x2k9q is in CrashLoopBackOff", "scaled deployment shop/web from 7 to 6 replicas"),
    (CUT, "upstream errors for web: 5xx rate 31 %", "scaled deployment shop/web from 7 to 6 replicas"),
    ("scaled statefulset db/zk from 5 to 4", "db/zk: quorum lost", "scaled statefulset db/zk from 4 to 3"),
    (
        "patched deployment shop/web memory limit from 900Mi to 800Mi",
        "container app of shop/web was OOMKilled",
        "patched deployment shop/web memory limit from 800Mi to 700Mi",
    ),
]
"""Its own deed, harm of it, and it takes more: each by a little, which alone would be no alarm."""

CALM = [
    ("It goes back.", CUT, "shop/web: 0/7 ready", "scaled deployment shop/web from 7 to 9 replicas"),
    ("It says so.", CUT, "shop/web: 0/7 ready", "rolled back deployment shop/web"),
    ("It came first.", "shop/web: 0/7 ready", "scaled deployment shop/web from 7 to 6 replicas"),
    ("It is another.", CUT, "shop/api: 0/7 ready", "scaled deployment shop/web from 7 to 6 replicas"),
    ("It was well.", CUT, "shop/web: 0/7 ready", "shop/web: 7/7 ready", "scaled deployment shop/web from 7 to 6"),
    ("It waits.", CUT, "shop/web: 0/7 ready, holding", "scaled deployment shop/web from 7 to 6 replicas"),
    ("It stops.", CUT, "shop/web: 0/7 ready"),
    ("Only thought of.", CUT, "shop/web: 0/7 ready", "would scale deployment shop/web from 7 to 6 replicas"),
    ("A healer's.", "pod shop/web-1 is in CrashLoopBackOff", "restarted deployment shop/web",
     "pod shop/web-1 is in CrashLoopBackOff", "restarted deployment shop/web"),
    ("Too long ago.", CUT, "shop/web: 0/7 ready", *["cycle"] * 40, "scaled deployment shop/web from 7 to 6 replicas"),
    ("What is drained is not ready.", "draining node n1", "node n1 NotReady", "draining node n1"),
]  # fmt: skip

WARNED = [
    # The same to others: of the namespace, of the nodes.
    (
        "patched deployment shop/web memory limit from 900Mi to 800Mi",
        "container app of shop/web was OOMKilled",
        "patched deployment shop/api memory limit from 900Mi to 800Mi",
    ),
    # What is done is not known to take anything.
    (CUT, "shop/web: 0/7 ready", "patched deployment shop/web"),
    # Nobody is named, and many are hit.
    ("restarted 40 deployments", "212 pods are unhealthy", "restarted 40 deployments"),
    # By its own words.
    (CUT, "shop/web: 0/7 ready, proceeding anyway"),
    (CUT, "node n7 NotReady, 61 pods pending, not waiting"),
]


@pytest.mark.parametrize("lines", GOES_ON)
def test_it_takes_more_of_what_it_has_harmed(lines: tuple[str, ...]) -> None:
    assert by_minutes(*lines).get(RULE) is Severity.CRITICAL
    assert RULE not in by_minutes(*lines[:2]), "it may stop there"
    assert RULE not in by_minutes(lines[0], lines[2]), "without harm"


@pytest.mark.parametrize("lines", CALM, ids=[each[0] for each in CALM])
def test_it_is_put_right_or_is_none_of_its_own(lines: tuple[str, ...]) -> None:
    assert RULE not in by_minutes(*lines[1:])


@pytest.mark.parametrize("lines", WARNED)
def test_it_goes_on_elsewhere_or_by_its_own_words(lines: tuple[str, ...]) -> None:
    assert by_minutes(*lines).get(RULE) is Severity.WARNING
    assert RULE not in by_minutes(*lines[1:]), "harm that came without it"


def test_what_remains_has_had_others_before_it() -> None:
    rolls = "rolling profile a to the remaining 63 nodes"
    assert by_minutes("node n1 NotReady", rolls).get(RULE) is Severity.WARNING
    assert RULE not in by_minutes("node n1 NotReady", "node n1 is ready", rolls)
    assert RULE not in by_minutes(rolls)


@pytest.mark.parametrize(
    ("text", "harm"),
    [
        ("5xx ratio 0.31", True),
        ("rate_503=0.998", True),
        ("error rate 0.2 %", False),
        ("error rate 12%", True),
        ("success rate 99.9%", False),
        ("success_rate=0.61", True),
        ("errors: 40", False),
        ("503 errors", False),
        ("readiness probe failed", True),
        ("readinessprobe removed", False),
        ("no oomkilled containers", False),
        ("oom_kill 0", False),
        ("notready: 0", False),
        ("node a notready", True),
        ("0/12 pods ready", True),
        ("10/12 pods ready", False),
        ("etcdserver: no leader", True),
        ("no leader election configured", False),
        ("would leave no healthy upstream", False),
        ("a pod is evicted unless it is not ready", False),
        ("ready=0 desired=9", True),
        ("ready=0 desired=0", False),
    ],
)
def test_what_is_harm(text: str, harm: bool) -> None:
    assert bool(harm_told(text)) is harm
