"""Words for what is left behind – by a cache, a rollout, a node, a first try – that are said of what serves."""

from __future__ import annotations

import pytest

from tests.governor.judged_lines import alarms, words, zap

_NO_CACHE = [
    "evicted 31120 objects by TTL",
    "evicted 400 kubernetes objects by TTL",
    "evicted 400 objects by ttl of namespace prod",
    "evicted 400 cold objects (LRU)",
    "evicted 400 cold objects (LRU), freed 12 nodes",
    "evicted 400 cold objects (LRU), freed 18.4 GiB on all nodes of prod",
    "evicted 400 serving objects (LRU), freed 18.4 GiB",
    "evicted 400 items by FIFO, freed 18.4 GiB",
    "Evicted 400 unused items (w-tinylfu)",
]
_OLD = "deleted old ReplicaSet {}, 10 revisions kept"
_STILL_SERVES = [
    zap(_OLD.format("shop/web-prod1"), deployment="web"),
    zap(_OLD.format("shop/db-primary0"), rollout="db"),
    zap(_OLD.format("kube-system/coredns-live1"), deployment="coredns"),
    zap(_OLD.format("shop/web-stable2"), deployment="web"),
    zap(_OLD.format("shop/web-face1"), deployment="web"),
    zap(_OLD.format("shop/web-2026"), deployment="web"),
    zap(_OLD.format("shop/web-4b1f"), deployment="web", current="web-4b1f"),
    zap(_OLD.format("shop/web-4b1f"), deployment="web", to="shop/web-4b1f"),
    zap(_OLD.format("shop/web-4b1f"), deployment="web", serving=True, pods=12),
    zap(_OLD.format("shop/web-4b1f"), deployment="web", status={"readyReplicas": 12}),
    zap(_OLD.format("shop/web-5d9c8"), deployment="web", traffic="100%"),
    zap("deleted old ReplicaSet shop/web-4b1f, 2 revisions left", deployment="web", replicas=12),
]


@pytest.mark.parametrize("message", _NO_CACHE)
def test_how_a_cache_chooses_is_no_cache(message: str) -> None:
    assert "blast-radius" in alarms(words(message))


@pytest.mark.parametrize("line", _STILL_SERVES)
def test_an_old_replica_set_that_may_serve(line: str) -> None:
    assert "object-deleted" in alarms(line)


def test_an_old_replica_set_of_which_no_pod_is_left() -> None:
    assert not alarms(zap(_OLD.format("shop/web-4b1f"), deployment="web", namespace="shop", replicas=0))


@pytest.mark.parametrize(
    "message",
    [
        "delaying deletion of namespace shop for 0s",
        "deferring deletion of namespace shop for 0 s",
        "postponing the deletion of namespace shop by zero minutes",
        "unsuccessful scaling attempt: deleting namespace shop",
        "shop/web: unsuccessful scaling attempt: deleting namespace shop",
    ],
)
def test_what_is_put_off_by_nothing_or_follows_what_was_tried_in_vain(message: str) -> None:
    assert "object-deleted" in alarms(words(message))


_LIMIT = "Cleaning up 2 old replicasets from revision history limit 10"


def _said(second: int, message: str, space: str = "shop", more: str = "") -> str:
    return f'time="2026-03-18T08:20:{second:02}Z" level=info msg="{message}" namespace={space} rollout=web{more}'


def test_an_old_replica_set_over_its_limit() -> None:
    name = 'Trying to cleanup replica set \\"web-6f7b8d4c5\\"'
    assert not alarms(_said(40, _LIMIT), _said(41, name))
    assert not alarms(_said(40, _LIMIT), _said(41, name, more=" replicas=0"))


@pytest.mark.parametrize(
    ("told", "deed"),
    [
        (_said(40, _LIMIT), _said(41, 'Trying to cleanup replica set \\"web-live\\"')),
        (_said(40, _LIMIT), _said(41, 'Trying to cleanup replica set \\"web-db-6f7b8d4c5\\"')),
        (_said(40, _LIMIT), _said(41, "deleted replicaset web-6f7b8d4c5 with 12 pods")),
        (_said(40, _LIMIT), _said(41, 'Trying to cleanup replica set \\"web-6f7b8d4c5\\"', space="prod")),
        (_said(40, _LIMIT), _said(41, 'Trying to cleanup replica set \\"web-6f7b8d4c5\\"', more=" replicas=12")),
        (
            _said(40, _LIMIT),
            _said(41, 'Trying to cleanup replica set \\"web-6f7b8d4c5\\"', more=" stableRS=web-6f7b8d4c5"),
        ),
        (_said(40, f"not {_LIMIT}"), _said(41, 'Trying to cleanup replica set \\"web-6f7b8d4c5\\"')),
        (_said(40, f"{_LIMIT} of web-old"), _said(41, 'Trying to cleanup replica set \\"web-6f7b8d4c5\\"')),
    ],
)
def test_a_limit_lets_nothing_else_go(told: str, deed: str) -> None:
    assert "object-deleted" in alarms(told, deed)


_CALCULATES = "I0305 19:00:12.118204       1 static_autoscaler.go:598] Calculating unneeded nodes"
_NODE = 'I0305 19:00:12.160441       1 actuator.go:205] Scale-down: removing empty node "ip-10-9-4-19.internal"'
_GOES = "I0305 19:{}:40.221840       1 auto_scaling_groups.go:311] Terminating EC2 instance: i-0b81f2c77b90d1e44{}"


def test_the_instance_of_a_node_that_has_just_gone() -> None:
    assert not alarms(_CALCULATES, _NODE, _GOES.format("01", ""))


@pytest.mark.parametrize(
    "line",
    [
        _GOES.format("01", " of etcd"),
        _GOES.format("01", ", the last one of db-prod"),
        _GOES.format("01", " and its volumes"),
        _GOES.format("40", ""),
    ],
)
def test_an_instance_of_which_more_is_told_or_that_goes_later(line: str) -> None:
    assert "object-deleted" in alarms(_CALCULATES, _NODE, line)
