"""One value of an object, asked for alone, is the one that all of its values hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.governor.observed.fields import value_of, values
from opsconsole.records import AnyRecord, ContainerSpec, Resources, Workload
from tests.governor.scene import node, pod

amounts = st.none() | st.sampled_from([0.0, 0.25, 1.0, 64 * 2.0**20, -1.0])
resources = st.builds(Resources, cpu_request=amounts, cpu_limit=amounts, memory_request=amounts, memory_limit=amounts)
containers = st.builds(
    ContainerSpec,
    name=st.sampled_from(["app", "proxy", ""]),
    image=st.sampled_from(["", "web:1"]),
    init=st.booleans(),
    resources=resources,
)
workloads = st.builds(
    Workload,
    kind=st.sampled_from(["Deployment", "DaemonSet", "CronJob"]),
    namespace=st.just("shop"),
    name=st.just("web"),
    replicas=st.none() | st.integers(0, 9),
    suspended=st.booleans(),
    containers=st.lists(containers, max_size=4).map(tuple),
)
FURTHER = [
    "replicas",
    "suspend",
    "containers[app].resources.limits.memory",
    "initContainers[app].image",
    "containers[no].image",
    "containers[app].resources.limits.nvidia.com/gpu",
    "containers[app].resources",
    "containers[app].env",
    "limits.cpu",
    "",
]


@given(workloads)
def test_of_a_workload(record: Workload) -> None:
    every = values(record)
    assert {path: value_of(record, path) for path in (*every, *FURTHER)} == {
        path: every.get(path) for path in (*every, *FURTHER)
    }


@pytest.mark.parametrize("record", [node("n-1"), pod("web-1", None)], ids=["node", "pod"])
def test_of_what_is_no_workload(record: AnyRecord) -> None:
    every = values(record)
    assert all(value_of(record, path) == every.get(path) for path in (*every, *FURTHER))
