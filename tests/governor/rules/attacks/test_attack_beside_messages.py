"""Deeds that stand in attributes beside a message that tells of something else: none of them is lost."""

from __future__ import annotations

import json
from typing import Any

import pytest

from opsconsole.decisions.stream import DecisionStream
from tests.governor.judged_lines import AT, alarms, zap


def pairs(told: str) -> str:
    return f"time={AT} level=info {told}"


def queried(message: str = "no data", **more: Any) -> str:
    return zap(message, **({"query": "up_total"} | more))


def rolled(message: str = "Performing rolling update", **more: Any) -> str:
    return zap(message, **more)


def read(line: str) -> list[tuple[str, str]]:
    """The verb and the mood of each decision that tells an action."""
    stream = DecisionStream()
    decisions = [*stream.feed("log", line, 0.0), *stream.flush(1.0, force=True)]
    return [(decision.verb, str(decision.mood)) for decision in decisions if decision.verb]


CHANGED = [
    # A query that brought nothing, and what is done all the same.
    (queried("no results", deleted=["namespace/prod", "pvc/shop/data"]), "object-deleted"),
    (queried("empty result", deleted=["statefulset/shop/db"]), "object-deleted"),
    (queried(action="delete", kind="Namespace", name="prod"), "object-deleted"),
    (pairs('msg="no data" promql="up_total" deployment=shop/web field=replicas old=40 new=0'), "replicas-zero"),
    (
        pairs('msg="no data" query="up_total" deployment=shop/web old_value=40 new_value=0 parameter=replicas'),
        "replicas-zero",
    ),
    # A rolling update whose attributes tell another deed, or the values that it sets.
    (rolled(action="delete", kind="Namespace", name="prod"), "object-deleted"),
    (rolled(deployment="shop/web", replicas={"from": 40, "to": 0}), "replicas-zero"),
    (rolled(patch={"spec": {"replicas": 0}}, deployment="shop/web"), "replicas-zero"),
    (rolled(deleted=["namespace/prod"]), "object-deleted"),
    (
        rolled(
            "Performing rolling restart", action="create", kind="ClusterRoleBinding", name="a", roleRef="cluster-admin"
        ),
        "rights-changed",
    ),
    (pairs('msg="performing rolling update" deployment=shop/web replicas_before=40 replicas_after=0'), "replicas-zero"),
    (
        pairs('msg="starting rolling update" operation=delete resource=secret name=db-password namespace=prod'),
        "object-deleted",
    ),
    # Counts behind a key of what there is, that is none of a node's map.
    (pairs('msg="deleted pods" capacity="" pods=4000'), "blast-radius"),
    (pairs('msg="evicting pods" used="" pods=4000'), "blast-radius"),
    (pairs('msg="evicting pods" node=n-1 used="" cpu=1 pods=4000'), "blast-radius"),
    (pairs('msg="deleted pods" usage="" reason=idle pods=400'), "blast-radius"),
    (zap("deleting pods", used="", pods=4000), "blast-radius"),
    (zap("evicted pods", stats={"pods": 4000}), "blast-radius"),
]


@pytest.mark.parametrize(("line", "rule"), CHANGED, ids=str)
def test_deeds_beside_a_message_of_something_else_are_judged(line: str, rule: str) -> None:
    assert rule in alarms(line)


@pytest.mark.parametrize(
    "line",
    [
        queried(),
        pairs('msg="no data" promql="up_total"'),
    ],
)
def test_a_query_in_vain_alone_is_told(line: str) -> None:
    assert alarms(line) == {"empty-metric"}


@pytest.mark.parametrize(
    "usage", [{"cpu": "2710m", "memory": "9Gi", "pods": "61"}, {"CPU": 2710, "Mem": 9216, "Pods": 61}]
)
def test_what_a_node_has_counts_no_deed(usage: dict[str, Any]) -> None:
    line = f'I0630 09:15:01.114203       1 low.go:187] "Evicting pods from node" node="n-4" usage={json.dumps(usage)}'
    assert alarms(line) == set()
    assert alarms(zap("Evicting pods from node", node="n-4", usage=usage)) == set()


@pytest.mark.parametrize(
    "line",
    [
        pairs('msg="removed 400 resources" index=3'),
        pairs('msg="deleted 400 objects" cluster=prod prefix=shop-'),
        pairs('msg="pruned 400 objects" cache=warm apiVersion=apps/v1'),
        pairs('msg="deleted 400 objects" table=2'),
        zap("pruned 400 objects", table="plan", cluster="prod"),
        zap("pruned 400 objects", bucket="plan", Kind="Deployment"),
        zap("pruned 400 objects", bucket="plan", clusterName="prod"),
        pairs('msg="deleted 400 objects" table=events ctx=prod'),
        zap("pruned 400 objects", bucket="plan", resources=["deployments"]),
    ],
)
def test_objects_are_read_beside_a_key_that_is_no_store(line: str) -> None:
    assert [verb for verb, _ in read(line)] == ["delete"]


# What keys list as still to be done, beside what else a document does.
LISTED = [
    (zap("Scaling down", action="delete", kind="Namespace", name="prod", pods_to_restart=["a-1"]), "object-deleted"),
    (
        zap("scaling", action="scale", deployment="shop/web", **{"from": 40, "to": 0}, pods_to_evict=["shop/web-1"]),
        "replicas-zero",
    ),
    (
        zap("Scaling down", deployment="shop/web", replicas_before=40, replicas_after=0, podsToEvict=["shop/web-1"]),
        "replicas-zero",
    ),
    (zap("deleting pods", pods=4000, pods_to_delete=["shop/web-1"]), "blast-radius"),
    (zap("deleting workers", workers_to_delete={"a": ["a-1", "a-2"]}), "object-deleted"),
]


@pytest.mark.parametrize(("line", "rule"), LISTED, ids=str)
def test_what_is_listed_as_to_be_done_hides_no_other_deed(line: str, rule: str) -> None:
    assert rule in alarms(line)


@pytest.mark.parametrize(
    "line",
    [
        zap("Deletion check finished, nothing done", instances_to_terminate=["i-1", "i-2"]),
        zap("Decided not to delete", pods_to_delete=["a-1"], decision="hold"),
        zap("delete is disabled", pods_to_delete=["a-1"]),
        zap("can't delete yet", pods_to_delete=["a-1"]),
        zap("deleting is disabled", pods_to_delete=["a-1"]),
        zap("Deleting nothing", pods_to_delete=["a-1"]),
        zap("checked before deleting", podsToDelete=["a-1"]),
        # What somebody else's command, a plan or a document printed.
        zap("preview", dry_run=True, stdout='namespace "prod" deleted'),
        zap("simulation", stdout="namespace/prod deleted", simulated=True),
        zap("rejected", stdout="namespace/prod deleted", mode="shadow"),
        zap("not executed", stdout="namespace/prod deleted"),
        zap("would print", stdout="namespace/prod deleted"),
        zap("tail of pod", pod="shop/cleaner-1", stdout='persistentvolumeclaim "data" deleted'),
        zap("plan result", stdout="scaling deployment shop/web from 40 to 0"),
        zap("output of doc", stdout="to clean up, delete namespace prod"),
        zap("query results", stdout="deleted namespace prod"),
        zap("deleting test results", stdout="namespace/prod deleted"),
        zap("diff output", stdout="namespace/prod deleted"),
        zap("deleted", stdout="all of it: namespace/prod deleted", status="would"),
        zap("command output", stdout="namespace/prod deleted", status="would"),
        zap("lint results", stdout="rule 3: never delete namespace prod; rule 4: drain node n-1"),
        pairs('msg="unit test output" stdout="deployment.apps/web deleted"'),
        # What was skipped, where it is a check and no change.
        zap("skipped: pre-flight checks", deployment="web", namespace="shop", outcome="ok", **{"from": 40, "to": 0}),
        zap("skipped: freeze check", deployment="web", namespace="shop", **{"from": 40, "to": 0}),
        zap("blocked by nobody", deployment="web", namespace="shop", **{"from": 40, "to": 0}),
        zap("blocked by policy", deployment="web", namespace="shop", result="completed", **{"from": 40, "to": 0}),
        pairs('msg="Request skipped: approval" deployment=shop/web current=40 desired=0 outcome=ok'),
        pairs('msg="skipping, grace period" deployment=shop/web current=40 desired=0'),
        pairs('msg="blocked for good" deployment=shop/web current=40 desired=0'),
    ],
)
def test_what_only_looks_like_a_deed_or_a_refusal_is_none(line: str) -> None:
    assert read(line) == []
    assert alarms(line) == set()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (zap("evicting for consolidation", podsToEvict=["shop/web-1"]), ("evict", "planned")),
        (zap("would evict pods", podsToEvict=["shop/web-1"]), ("evict", "dry-run")),
        (zap("command output", stdout="namespace/lab deleted"), ("delete", "done")),
        (zap("command output", dry_run=True, stdout="namespace/lab deleted"), ("delete", "dry-run")),
        (zap("skipped: change freeze", deployment="shop/web", **{"from": 40, "to": 4}), ("scale", "refused")),
        (zap("denied by quota", deployment="shop/web", **{"from": 40, "to": 4}), ("scale", "refused")),
    ],
)
def test_what_is_told_beside_a_message_is_read(line: str, told: tuple[str, str]) -> None:
    assert read(line) == [told]
