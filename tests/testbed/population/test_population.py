"""A populated cluster is as full, as old and as busy as it says."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.waiting import eventually
from tests.testbed.api import ApiError
from tests.testbed.cluster import TestCluster
from tests.testbed.population.churn import Churn, events, restarts
from tests.testbed.population.pods import State
from tests.testbed.population.populate import populate, release_terminating

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.testbed.population.populate import Population

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def populated() -> Iterator[tuple[TestCluster, Population]]:
    """A cluster of its own with 300 pods: the session's would not be small any more."""
    with TestCluster(audit=False) as own:
        yield own, populate(own, 300, namespaces=3)


def test_population_has_every_state_and_kubectl_names_it(populated: tuple[TestCluster, Population]) -> None:
    cluster, population = populated
    assert population.pods == 300
    rows = [line.split() for line in cluster.kubectl("get", "pods", "-A", "--no-headers").splitlines()]
    shown = Counter("NotReady" if row[3] == "Running" and row[2] != "2/2" else row[3] for row in rows)
    assert shown == {str(state): count for state, count in population.states.items()}
    assert set(population.states) == set(State)
    # Nearly two days old on average, not seconds: what no request to the API could have made.
    assert any("d" in row[-1] for row in rows)


def test_population_is_what_its_controllers_want(populated: tuple[TestCluster, Population]) -> None:
    cluster, population = populated
    names = {pod["metadata"]["uid"] for pod in cluster.api.get("/api/v1/pods")["items"]}
    deployments = cluster.api.get("/apis/apps/v1/deployments")["items"]
    assert all(item["status"]["replicas"] == item["spec"]["replicas"] for item in deployments)
    assert not any("deletionTimestamp" in item["metadata"] for item in deployments)
    # Scaling one of them up proves that its controllers act again; the others' pods stay the same ones.
    target = deployments[0]["metadata"]
    replicas = deployments[0]["spec"]["replicas"] + 1
    cluster.kubectl("scale", f"deployment/{target['name']}", "-n", target["namespace"], f"--replicas={replicas}")
    eventually(lambda: len(cluster.api.get("/api/v1/pods")["items"]) == population.pods + 1, "one pod more")
    assert names < {pod["metadata"]["uid"] for pod in cluster.api.get("/api/v1/pods")["items"]}


def test_churn_and_events_reach_a_watch(populated: tuple[TestCluster, Population]) -> None:
    cluster, population = populated
    pods_now = cluster.api.get("/api/v1/pods")
    version = pods_now["metadata"]["resourceVersion"]
    before = {pod["metadata"]["uid"]: _restarts(pod) for pod in pods_now["items"]}
    with (
        Churn(cluster.store, restarts(population.running), 50) as pods,
        Churn(cluster.store, events(population.running), 50),
    ):
        changes = cluster.api.watch("/api/v1/pods", resourceVersion=version)
        # The scaling of the test before this may still be settling: what counts are the changes that churn makes.
        churned = (change["object"] for change in changes if _restarts(change["object"]) > _known(before, change))
        seen = list(islice(churned, 20))
        changes.close()
        eventually(lambda: len(cluster.api.get("/api/v1/events")["items"]) > 20, "events are there")
    assert len(seen) == 20
    assert pods.written >= 20


def _restarts(pod: dict[str, Any]) -> int:
    return sum(int(each["restartCount"]) for each in pod["status"].get("containerStatuses", ()))


def _known(before: dict[str, int], change: dict[str, Any]) -> int:
    return before.get(change["object"]["metadata"]["uid"], 0)


def test_held_pods_go_when_they_are_let_go(populated: tuple[TestCluster, Population]) -> None:
    cluster, population = populated
    held = sum(release_terminating(cluster, namespace) for namespace in population.namespaces)
    assert held == population.states[State.TERMINATING]


def test_list_that_goes_on_after_a_compaction_is_gone(populated: tuple[TestCluster, Population]) -> None:
    cluster, _ = populated
    token = cluster.api.get("/api/v1/pods", limit=10)["metadata"]["continue"]
    cluster.kubectl("create", "configmap", "one-revision-more", "-n", "default")
    cluster.store.compact()

    def gone() -> bool:
        try:
            cluster.api.get("/api/v1/pods", **{"limit": 10, "continue": token})
        except ApiError as error:
            return error.status == 410
        return False

    eventually(gone, "410 Gone")
