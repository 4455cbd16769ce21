"""Which workload a pod belongs to, where many pods are looked at at once."""

from __future__ import annotations

import pytest

from opsconsole.feeds.protocol import Batch
from opsconsole.governor.observed.pods.workload_pods import PodIndex
from opsconsole.records import Kind, Pod, Ref, Workload
from opsconsole.store import Store

REPLICA_SET = Ref("ReplicaSet", "shop", "web-5d4f8c7b9", "uid-rs")
HASHED = (("pod-template-hash", "5d4f8c7b9"),)


def index_of(*pods: Pod, workloads: tuple[Workload, ...] = ()) -> PodIndex:
    store, index = Store(), PodIndex()
    store.apply(
        Batch({Kind.POD: {pod.key: pod for pod in pods}, Kind.WORKLOAD: {each.key: each for each in workloads}}, [], {})
    )
    index.update(store, [pod.key for pod in pods], 1_000.0)
    return index


@pytest.mark.parametrize("turned", [False, True])
def test_labels_that_fit_no_owner_s_name_lend_nothing_to_and_from_its_other_pods(turned: bool) -> None:
    ours = Pod("shop", "web-5d4f8c7b9-aaaaa", owner=REPLICA_SET, labels=HASHED)
    odd = Pod("shop", "web-5d4f8c7b9-bbbbb", owner=REPLICA_SET, labels=(("pod-template-hash", "other"),))
    index = index_of(*((odd, ours) if turned else (ours, odd)))
    assert index.of(Ref("Deployment", "shop", "web")) == [ours.key]
    assert index.of(REPLICA_SET) == [odd.key]


def test_pods_without_an_owner_are_each_their_own() -> None:
    one, two = Pod("shop", "one"), Pod("shop", "two")
    index = index_of(one, two)
    assert (index.of(one.ref), index.of(two.ref)) == ([one.key], [two.key])


def test_an_owner_that_makes_no_pods_is_no_bridge_between_those_that_name_it() -> None:
    forged = Ref("CronJob", "shop", "nightly")
    one, two = Pod("shop", "one", owner=forged), Pod("shop", "two", owner=forged)
    index = index_of(one, two)
    assert (index.of(one.ref), index.of(two.ref)) == ([one.key], [two.key])


def test_an_owner_that_was_not_there_the_last_time_is_looked_up_anew() -> None:
    pod = Pod("shop", "batch-x", owner=Ref("ReplicaSet", "shop", "batch", "uid-rs"))
    above = Ref("Deployment", "shop", "job-runner")
    store, index = Store(), PodIndex()
    store.apply(Batch({Kind.POD: {pod.key: pod}}, [], {}))
    index.update(store, [pod.key], 1_000.0)
    assert index.of(Ref("ReplicaSet", "shop", "batch")) == [pod.key]
    workload = Workload("ReplicaSet", "shop", "batch", uid="uid-rs", owner=above)
    later = Pod("shop", "batch-y", owner=pod.owner)
    store.apply(Batch({Kind.WORKLOAD: {workload.key: workload}, Kind.POD: {later.key: later}}, [], {}))
    index.update(store, [later.key], 1_001.0)
    assert index.of(above) == [later.key]
