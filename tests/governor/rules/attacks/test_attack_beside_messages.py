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
        zap("pruned 400 objects", bucket="plan", resources=["deployments"]),
    ],
)
def test_objects_are_read_beside_a_key_that_is_no_store(line: str) -> None:
    stream = DecisionStream()
    decisions = [*stream.feed("log", line, 0.0), *stream.flush(1.0, force=True)]
    assert [decision.verb for decision in decisions] == ["delete"]
