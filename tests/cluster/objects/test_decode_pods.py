"""Pods from the API's JSON: conditions, a resize under way, ephemeral containers."""

from __future__ import annotations

from opsconsole.cluster.objects import resources
from opsconsole.records import Pod
from tests.cluster.helpers import pod
from tests.cluster.objects.test_decode import GATED, decode


def test_conditions_say_why_a_pod_is_not_ready_and_are_shared_between_pods() -> None:
    gated = pod("p", phase="Running", conditions=GATED)
    first, second = decode(resources.PODS, gated), decode(resources.PODS, gated)
    assert isinstance(first, Pod)
    assert isinstance(second, Pod)
    assert first.conditions is second.conditions
    assert first.unready is not None
    assert (first.unready.reason, first.unready.message) == ("ReadinessGatesNotReady", "x␛[2J")
    assert not first.is_ready
    assert decode(resources.PODS, pod("p")).unready is None


def test_a_resize_that_has_not_come_through_is_wished_against_real() -> None:
    document = pod("p")
    document["spec"]["resources"] = {"limits": {"memory": "2Gi"}}
    document["spec"]["containers"] = [{"name": name, "resources": {"limits": {"memory": "64Mi"}}} for name in "abcd"]
    running = {"state": {"running": {}}}
    document["status"]["containerStatuses"] = [
        {"name": "a", "resources": {"limits": {"memory": "1Gi"}}, **running},
        {"name": "b", "resources": {"limits": {"memory": "65536Ki"}}, **running},
        {"name": "c", "resources": {}, **running},
        {"name": "d", "resources": {"limits": {"memory": "1Gi"}}, "state": {"terminated": {"exitCode": 1}}},
    ]
    record = decode(resources.PODS, document)
    assert record.resources.memory_limit == 2 * 2**30
    assert [each.resources.memory_limit for each in record.containers] == [2.0**26] * 4
    assert [each.actual and each.actual.memory_limit for each in record.containers] == [2.0**30, None, None, None]


def test_ephemeral_containers_are_listed_and_not_counted() -> None:
    document = pod("p")
    document["spec"]["ephemeralContainers"] = [{"name": "debugger", "image": "busybox"}]
    document["status"]["ephemeralContainerStatuses"] = [{"name": "debugger", "state": {"running": {}}}]
    record = decode(resources.PODS, document)
    assert (record.containers[-1].name, record.containers[-1].ephemeral) == ("debugger", True)
    assert record.containers[-1].state == "running"
    assert record.containers_total == len(document["spec"]["containers"])
