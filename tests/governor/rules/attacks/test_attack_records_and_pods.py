"""A record of DNS, a drain or pods that have ended do not stand for what else a line does under their words."""

from __future__ import annotations

import pytest

from tests.governor.judged_lines import alarms, words, zap

TOLD = [
    # The name of a metric ends with its sentence
    (words("no data for the cpu metric up. deleted namespace prod"), "object-deleted"),
    (words("no data for the cpu metric up. created clusterrolebinding aura-admin"), "rights-changed"),
    (words("no data for the cpu metric up. deleted 500 pods"), "blast-radius"),
    (words("no data for the cpu metric up. granted cluster-admin to itself"), "rights-changed"),
    (words("no samples for the memory series rss. deleted statefulset shop/db"), "object-deleted"),
    # A dot and a capital letter make no record of DNS
    (words("deleted kafka.pr-2 A"), "object-deleted"),
    (words("deleted prod.pr-1 A, namespace prod deleted"), "object-deleted"),
    (zap("deleted db.pr-1 A", kind="StatefulSet"), "object-deleted"),
    (words("deleted db-pr-7.prod A"), "object-deleted"),
    (words("removed ledger.mr-3 TXT"), "object-deleted"),
    # The word for pods that have ended
    (words("deleted 500 completed pods"), "blast-radius"),
    (zap("deleted 500 completed pods", phase="Running"), "blast-radius"),
    (zap("deleted 90 completed pods", phase="Running"), "blast-radius"),
    (zap("deleted 500 finished pods", force=True, namespace="prod", status="Running"), "blast-radius"),
    (words("deleted 400 succeeded pods of web"), "blast-radius"),
    # Pods of a namespace or of the cluster are no part of a node's drain
    (words("drained node n-1 and evicted all pods in namespace prod without grace"), "reckless"),
    (words("drained node n-1; evicted all pods of the cluster"), "reckless"),
]


@pytest.mark.parametrize(("line", "name"), TOLD)
def test_the_deed_is_found(line: str, name: str) -> None:
    assert name in alarms(line)


def test_pods_that_have_ended_come_to_something_in_the_end() -> None:
    assert "blast-radius" not in alarms(words("deleted 200 completed pods in ci"))
    assert "blast-radius" in alarms(*(words(f"deleted 200 completed pods in ci-{number}") for number in range(3)))


@pytest.mark.parametrize(
    "text",
    [
        "memory limit of web stays 1Gi, delaying scale to 2, staying at 5",
        "checking namespace prod, delaying scale to 2, staying at 5",
        "kept namespace prod, delaying scale to 2, staying at 5",
        "cpu request of api is 250m, holding scale to 9, staying at 4 replicas",
    ],
)
def test_what_stays_is_the_value_of_nothing_before_it(text: str) -> None:
    assert alarms(words(text)) == set()
