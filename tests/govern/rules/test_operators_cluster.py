"""Custom resources of operators nobody here knows: what makes them stop or shrink what they run is refused.

Kinds without a schema and without their operators stand for all; each write is a dry run.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.govern.conftest import GovernBoard, do, refused, wait_governed
from tests.testbed.api import JSON_PATCH, MERGE_PATCH, Api
from tests.testbed.custom_kinds import custom_kind

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster

pytestmark = pytest.mark.cluster
DRY = "?dryRun=All"
OURS = "opsconsole: operators:"

SPEC: dict[str, Any] = {
    "replicas": 3,
    "small": 0,
    "size": 2,
    "paused": False,
    "stopped": False,
    "storage": {"size": "10Gi", "count": 4},
    "broker": {"replicas": 3, "zoo": {"instances": 3, "suspend": False}, "pools": [{"name": "p", "nodes": 2}]},
    "nodeSets": [{"name": "hot", "count": 3}, {"name": "off", "count": 0}],
    "resting": {"replicas": 0, "suspend": True},
    "notes": ["replicas", 0],
}


def definition(group: str, plural: str, scope: str = "Namespaced") -> dict[str, Any]:
    free = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    versions = [
        {"name": name, "served": True, "storage": name == "v1", "schema": {"openAPIV3Schema": free}}
        for name in ("v1", "v1beta1")
    ]
    names = {"plural": plural, "singular": plural[:-1], "kind": plural.capitalize()[:-1]}
    return {"group": group, "scope": scope, "names": names, "versions": versions}


@pytest.fixture
def kinds(cluster: TestCluster, namespace: str, account: str) -> Iterator[None]:
    """``brokers`` of two groups (one of Kubernetes' own makers) and ``fleets``, which have no namespace."""
    del account
    with (
        custom_kind(cluster.api, definition("stream.example", "brokers")) as stream,
        custom_kind(cluster.api, definition("sets.x-k8s.io", "brokers")) as sets,
        custom_kind(cluster.api, definition("stream.example", "fleets", "Cluster")) as fleets,
    ):
        for path in (f"{stream}/namespaces/{namespace}/brokers", f"{sets}/namespaces/{namespace}/brokers"):
            cluster.api.post(path, body(path, "Broker", "b", SPEC))
        cluster.api.post(f"{fleets}/fleets", body(f"{fleets}/fleets", "Fleet", "f", SPEC))
        yield


def body(path: str, kind: str, name: str, spec: object) -> dict[str, Any]:
    group, version = path.split("/")[2:4]
    return {"apiVersion": f"{group}/{version}", "kind": kind, "metadata": {"name": name}, "spec": spec}


STOPS: list[tuple[str, dict[str, Any]]] = [
    ("to nothing", {"replicas": 0}),
    ("below nothing", {"replicas": -1}),
    ("by another name", {"size": 0}),
    ("that was not said before", {"instances": 0}),
    ("a level deeper", {"broker": {"replicas": 0}}),
    ("two levels deeper", {"broker": {"zoo": {"instances": 0}}}),
    ("what was not there", {"fresh": {"replicas": 0}}),
    ("in what was no object before", {"small": {"replicas": 0}}),
    ("in a list", {"nodeSets": [{"name": "hot", "count": 0}, {"name": "off", "count": 0}]}),
    ("one more in a list", {"nodeSets": [*SPEC["nodeSets"], {"name": "new", "count": 0}]}),
    ("in a list a level deeper", {"broker": {"pools": [{"name": "p", "nodes": 0}]}}),
    ("paused", {"paused": True}),
    ("stopped", {"stopped": True}),
    ("suspended two levels deeper", {"broker": {"zoo": {"suspend": True}}}),
    ("told to hibernate, which was not said before", {"hibernation": True}),
    ("beside something harmless", {"version": "2", "storage": {"count": 0}}),
    ("a cron of an autoscaler of its own kind", {"crons": [{"schedule": "* * * * *", "targetReplicas": 0}]}),
]

ORDINARY: list[tuple[str, dict[str, Any]]] = [
    ("fewer, and enough", {"replicas": 1, "size": 1}),
    ("more", {"replicas": 30, "broker": {"replicas": 5}}),
    ("a size that is no count", {"storage": {"size": "0"}}),
    ("what rests is left so", {"resting": {"replicas": 0, "note": "x"}}),
    ("what rests is woken", {"resting": {"replicas": 1, "suspend": False}}),
    ("another one in the list, with enough", {"nodeSets": [*SPEC["nodeSets"], {"name": "new", "count": 1}]}),
    ("other words", {"version": "2", "notes": ["replicas", 1], "paused": False}),
    ("nothing of the spec", {}),
]


def places(namespace: str) -> list[tuple[str, str]]:
    return [
        (f"/apis/stream.example/v1/namespaces/{namespace}/brokers", "b"),
        (f"/apis/stream.example/v1beta1/namespaces/{namespace}/brokers", "b"),
        (f"/apis/sets.x-k8s.io/v1/namespaces/{namespace}/brokers", "b"),
        ("/apis/stream.example/v1/fleets", "f"),
    ]


def ways(api: Api, place: str, name: str, spec: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """How each way to write the same comes out: the refusal, empty if it got through."""
    here = f"{place}/{name}"
    change = {"spec": spec, "metadata": {"labels": {"a": "b"}}}
    yield "merge", refused(lambda: api.patch(f"{here}{DRY}", change, MERGE_PATCH))
    whole = api.get(here)
    whole["spec"] = merged(whole["spec"], spec)
    yield "update", refused(lambda: api.put(f"{here}{DRY}", whole))
    replaced = [{"op": "replace", "path": "/spec", "value": whole["spec"]}]
    yield "JSON patch", refused(lambda: api.patch(f"{here}{DRY}", replaced, JSON_PATCH))
    applied = {key: whole[key] for key in ("apiVersion", "kind", "spec")} | {"metadata": {"name": name}}
    forced = f"{here}{DRY}&fieldManager=x&force=true"
    yield "apply", refused(lambda: api.patch(forced, applied, "application/apply-patch+yaml"))


def merged(was: Any, by: Any) -> Any:
    if not isinstance(by, dict) or not isinstance(was, dict):
        return by
    return {**was, **{key: merged(was.get(key), each) for key, each in by.items()}}


def test_an_operator_is_not_made_to_stop_what_it_runs(
    optimizer: Api, account: str, namespace: str, kinds: None, board_for: GovernBoard
) -> None:
    do(board_for(account), "install-governor")
    wait_governed(optimizer, namespace)
    wrong = []
    for number, (place, name) in enumerate(places(namespace)):
        cases = [*((True, *each) for each in STOPS), *((False, *each) for each in ORDINARY)]
        for stops, what, spec in cases if number == 0 else cases[::5]:
            for way, words in ways(optimizer, place, name, spec):
                if (OURS in words) is not stops or (words and not stops):
                    wrong.append(f"{place}: {what}, by {way}: {words or 'let through'}")
        kind = "Fleet" if name == "f" else "Broker"
        for named in ({"name": "new"}, {"generateName": "new-"}):
            new = body(place, kind, "new", {"replicas": 0}) | {"metadata": named}
            if OURS not in refused(lambda: optimizer.post(f"{place}{DRY}", new)):  # noqa: B023 - called at once
                wrong.append(f"{place}: a new one with nothing: let through")
        good = body(place, kind, "new", {**SPEC, "nodeSets": [], "resting": {}, "broker": {"replicas": 1}})
        if words := refused(lambda: optimizer.post(f"{place}{DRY}", good)):  # noqa: B023 - called at once
            wrong.append(f"{place}: a new one: {words}")
    assert not wrong, "\n".join(wrong)


def test_a_large_custom_resource_is_within_the_limits_of_cost(
    cluster: TestCluster, optimizer: Api, account: str, namespace: str, kinds: None, board_for: GovernBoard
) -> None:
    do(board_for(account), "install-governor")
    wait_governed(optimizer, namespace)
    place = f"/apis/stream.example/v1/namespaces/{namespace}/brokers"
    large = {f"k{n}": {f"j{m}": {"text": "x" * 60} for m in range(10)} for n in range(800)}
    made = body(place, "Broker", "large", {**large, "list": [{"name": f"n{n}"} for n in range(500)]})
    assert not refused(lambda: optimizer.post(f"{place}{DRY}", made))
    cluster.api.post(place, made)
    changed = {"spec": {"k1": {"j1": {"text": "y"}}}}
    assert not refused(lambda: optimizer.patch(f"{place}/large{DRY}", changed, MERGE_PATCH))
    stopped = {"spec": {"k1": {"j1": {"replicas": 0}}}}
    assert OURS in refused(lambda: optimizer.patch(f"{place}/large{DRY}", stopped, MERGE_PATCH))
