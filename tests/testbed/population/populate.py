"""Fill a test cluster with thousands of pods, their owners, and the nodes they run on.

Nodes and namespaces are made through the API. Pods, ReplicaSets, Deployments and Jobs are written into etcd
(see :mod:`tests.testbed.plane.store`): the API could give them neither an age nor a state, and would take ten times as
long.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support.waiting import eventually
from tests.testbed import objects
from tests.testbed.api import ApiError
from tests.testbed.population import owners
from tests.testbed.population.pods import FINALIZER, MIX, Owner, Place, State, encode, make_pod

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.testbed.api import Object
    from tests.testbed.cluster import TestCluster

_REPLICAS = 25
_PODS_A_NODE = 200
_PODS_A_NAMESPACE = 200
_POPULATED = "labelSelector=testbed.opsconsole%2Fpopulated%3Dtrue"


@dataclass(frozen=True, slots=True)
class Crew:
    """Pods that have one owner: where they are, and the states they are in."""

    deployment: str
    owner: Owner
    namespace: str
    states: tuple[State, ...]

    @property
    def active(self) -> int:
        """How many of them their ReplicaSet counts."""
        return sum(state is not State.TERMINATING for state in self.states)


@dataclass(frozen=True, slots=True)
class Population:
    """What was made: names, how many pods in which state, and how long it took (seconds)."""

    namespaces: tuple[str, ...]
    nodes: tuple[str, ...]
    states: Mapping[State, int]
    running: tuple[tuple[str, bytes], ...]
    seconds: float

    @property
    def pods(self) -> int:
        """How many pods there are."""
        return sum(self.states.values())


def populate(
    cluster: TestCluster,
    pods: int,
    *,
    nodes: int = 0,
    namespaces: int = 0,
    mix: Mapping[State, int] = MIX,
    seed: int = 1,
) -> Population:
    """Make ``pods`` pods and wait until the controllers have found them to be as they should be.

    Zero ``nodes`` or ``namespaces`` means one for each 200 pods. ``mix`` weighs the states. Call it once for a cluster.
    Of the pods that run, up to 3,000 are kept in the answer, as they are in etcd, for
    :mod:`tests.testbed.population.churn`.
    """
    started = time.monotonic()
    dice = random.Random(seed)
    node_names = [f"worker-{index:03}" for index in range(nodes or -(-pods // _PODS_A_NODE))]
    space_names = [f"team-{index:03}" for index in range(namespaces or -(-pods // _PODS_A_NAMESPACE))]
    _make_places(cluster, node_names, space_names)
    crews = list(_crews(dice, _deal(dice, pods, mix), space_names))
    made = (owners.all_of(crew.deployment, crew.owner, crew.namespace, crew.active) for crew in crews)
    cluster.store.put_all((key, encode(item)) for group in made for key, item in group)
    running: list[tuple[str, bytes]] = []
    cluster.store.put_all(_pods(dice, crews, node_names, running), connections=3)
    _release_owners(cluster, crews, pods)
    states = Counter(state for crew in crews for state in crew.states)
    return Population(tuple(space_names), tuple(node_names), states, tuple(running), time.monotonic() - started)


def _make_places(cluster: TestCluster, nodes: list[str], namespaces: list[str]) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda name: cluster.api.post("/api/v1/nodes", objects.node(name)), nodes))
    cluster.create_namespaces(namespaces)
    eventually(lambda: _all_ready(cluster), "the nodes are ready", 180)


def _all_ready(cluster: TestCluster) -> bool:
    return all(objects.node_is_ready(node) for node in cluster.api.get("/api/v1/nodes")["items"])


def _deal(dice: random.Random, pods: int, mix: Mapping[State, int]) -> list[State]:
    # Exact shares, shuffled: a small population has some of every state too, and a count can be asserted.
    total = sum(mix.values())
    states = [state for state, weight in mix.items() for _ in range(max(1, pods * weight // total) if weight else 0)]
    states = states[:pods] + [State.READY] * (pods - len(states))
    dice.shuffle(states)
    return states


def _crews(dice: random.Random, states: list[State], namespaces: list[str]) -> Iterator[Crew]:
    finished = [state for state in states if state is State.COMPLETED]
    lasting = [state for state in states if state is not State.COMPLETED]
    for kind, group in (("ReplicaSet", lasting), ("Job", finished)):
        for number, start in enumerate(range(0, len(group), _REPLICAS)):
            deployment, owner = owners.name_owner(dice, kind, number)
            namespace = namespaces[number % len(namespaces)]
            yield Crew(deployment, owner, namespace, tuple(group[start : start + _REPLICAS]))


def _pods(
    dice: random.Random, crews: list[Crew], nodes: list[str], running: list[tuple[str, bytes]]
) -> Iterator[tuple[str, bytes]]:
    index = 0
    for crew in crews:
        for state in crew.states:
            place = Place(index, crew.namespace, nodes[index % len(nodes)])
            pod = make_pod(dice, place, crew.owner, state)
            entry = (f"/registry/pods/{crew.namespace}/{pod['metadata']['name']}", encode(pod))
            if state is State.READY and len(running) < 3000:
                running.append(entry)
            yield entry
            index += 1


def _release_owners(cluster: TestCluster, crews: list[Crew], pods: int) -> None:
    """Let the controllers act on the owners, once they have seen all the pods.

    The owners are written as being deleted: their controllers then count pods, but make and remove none. Only
    when the counts are right is that mark taken off; sooner, they would make the pods that they had not seen.
    """
    wanted = {(crew.namespace, crew.deployment): crew.active for crew in crews if crew.owner.kind == "ReplicaSet"}
    patience = 60.0 + pods / 50
    last = next(reversed(wanted))
    # The whole answer is large, tens of megabytes: ask for it only when the newest of them is as it should be.
    eventually(lambda: _count(cluster, *last) == wanted[last], "the controllers have counted the last pods", patience)
    eventually(lambda: _counted(cluster, wanted), "the controllers have counted the pods", patience)
    for kind in ("replicasets", "deployments"):
        found = cluster.api.get(f"/apis/apps/v1/{kind}?{_POPULATED}")["items"]
        cluster.store.put_all((_key(kind, item), encode(_released(kind, item))) for item in found)


def _count(cluster: TestCluster, namespace: str, deployment: str) -> int:
    time.sleep(0.2)
    status = cluster.api.get(f"/apis/apps/v1/namespaces/{namespace}/deployments/{deployment}")["status"]
    return int(status.get("replicas", 0))


def _counted(cluster: TestCluster, wanted: Mapping[tuple[str, str], int]) -> bool:
    time.sleep(1.0)
    found = cluster.api.get(f"/apis/apps/v1/deployments?{_POPULATED}")["items"]
    counts = {
        (item["metadata"]["namespace"], item["metadata"]["name"]): item["status"].get("replicas", 0) for item in found
    }
    return counts == dict(wanted)


def _key(kind: str, item: Object) -> str:
    return f"/registry/{kind}/{item['metadata']['namespace']}/{item['metadata']['name']}"


def _released(kind: str, item: Object) -> Object:
    dropped = {"deletionTimestamp", "deletionGracePeriodSeconds", "finalizers", "resourceVersion"}
    metadata = {name: value for name, value in item["metadata"].items() if name not in dropped}
    kinds = {"replicasets": "ReplicaSet", "deployments": "Deployment"}
    return {"apiVersion": "apps/v1", "kind": kinds[kind], **item, "metadata": metadata}


def release_terminating(cluster: TestCluster, namespace: str) -> int:
    """Let the held pods of a namespace go (take their finalizer off); return how many there were."""
    held = [pod for pod in cluster.pods(namespace) if FINALIZER in pod["metadata"].get("finalizers", ())]
    for pod in held:
        path = f"/api/v1/namespaces/{namespace}/pods/{pod['metadata']['name']}"
        try:
            cluster.api.patch(path, {"metadata": {"finalizers": None}})
        except ApiError as error:
            if error.status != 404:
                raise
    return len(held)
