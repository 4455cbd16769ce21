"""From the API's JSON to records: what is kept, what is unknown, what is hostile."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from opsconsole.cluster.objects import resources
from opsconsole.cluster.objects.codec import Codec, Resource
from opsconsole.cluster.transport import times
from opsconsole.records import Binding, Event, Hpa, Node, Pdb, Pod, Ref, Taint, Workload
from tests.cluster.helpers import pod

HOSTILE = "\x1b]0;owned\x07\u202e[@click=app.kill]\n"


def decode(resource: Resource, document: dict[str, Any]) -> Any:
    body = json.dumps({"metadata": {"resourceVersion": "1"}, "items": [document]}).encode()
    page = Codec(resource).page(body)
    assert page.skipped == 0
    return page.records[0]


def texts(value: Any) -> list[str]:
    """Every string in a record."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for each in value.items() for text in texts(each)]
    if isinstance(value, list | tuple):
        return [text for each in value for text in texts(each)]
    return []


def whole_pod() -> dict[str, Any]:
    """One that says all that the console reads: an owner, a finished init container, a container that was killed."""
    document = pod("web-1")
    document["metadata"] |= {
        "ownerReferences": [
            {"kind": "Other", "name": "x", "uid": "1"},
            {"kind": "ReplicaSet", "name": "web", "uid": "2", "controller": True},
        ],
        "deletionTimestamp": "2026-11-21T22:40:00Z",
    }
    document["spec"] = {
        "nodeName": "node-0",
        "serviceAccountName": "web",
        "initContainers": [{"name": "init", "image": "init:1"}],
        "containers": [
            {
                "name": "app",
                "image": "web:1",
                "resources": {"limits": {"cpu": "100m", "memory": "64Mi"}, "requests": {"cpu": 2, "gpu": "1"}},
            }
        ],
    }
    document["status"] = {
        "phase": "Running",
        "podIP": "10.0.0.1",
        "conditions": [{"type": "Ready", "status": "True"}],
        "initContainerStatuses": [
            {"name": "init", "state": {"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": "x"}}}
        ],
        "containerStatuses": [
            {
                "name": "app",
                "imageID": "web@sha256:1",
                "ready": True,
                "started": True,
                "restartCount": 5,
                "state": {"running": {"startedAt": "2026-11-21T22:37:00Z"}},
                "lastState": {
                    "terminated": {"exitCode": 137, "reason": "OOMKilled", "finishedAt": "2026-11-21T22:36:59Z"}
                },
            }
        ],
    }
    return document


def test_a_pod_in_full() -> None:
    record = decode(resources.PODS, whole_pod())
    assert isinstance(record, Pod)
    assert record.owner == Ref("ReplicaSet", "production", "web", "2")
    assert (record.status, record.ready, record.containers_total, record.restarts) == ("Terminating", 1, 1, 5)
    assert record.created == 1795300609.0
    assert record.deleted_at == 1795300800.0
    init, app = record.containers
    assert init.init
    assert (init.state, init.exit_code, init.started_at) == ("terminated", 0, None)
    assert (app.state, app.last_reason, app.last_exit_code) == ("running", "OOMKilled", 137)
    assert app.last_finished_at == 1795300619.0
    assert app.image_id == "web@sha256:1"
    assert msgspec.structs.asdict(app.resources) == {
        "cpu_request": 2.0,
        "cpu_limit": 0.1,
        "memory_request": None,
        "memory_limit": 67108864.0,
    }
    assert record.is_ready
    assert not record.partial


def test_what_a_pod_does_not_say_is_unknown() -> None:
    record = decode(
        resources.PODS, {"metadata": {"name": "p", "namespace": "n"}, "spec": {"containers": [{"name": "c"}]}}
    )
    (container,) = record.containers
    assert (record.created, record.owner, record.deleted_at) == (None, None, None)
    assert (container.state, container.exit_code, container.started, container.last_exit_code) == (
        "unknown",
        None,
        None,
        None,
    )
    assert container.resources.memory_limit is None


def test_a_quantity_that_is_none_is_unknown_not_zero() -> None:
    document = pod("p")
    document["spec"]["containers"][0]["resources"] = {"limits": {"memory": "a lot", "cpu": "NaN"}}
    (container,) = decode(resources.PODS, document).containers
    assert (container.resources.memory_limit, container.resources.cpu_limit) == (None, None)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        ({"message": "node was lost"}, "node was lost"),
        (
            {"conditions": [{"type": "PodScheduled", "status": "False", "message": "0/3 nodes are available"}]},
            "0/3 nodes are available",
        ),
        (
            {"containerStatuses": [{"name": "app", "state": {"waiting": {"message": "back-off 5m0s"}}}]},
            "back-off 5m0s",
        ),
        ({"containerStatuses": [{"name": "app", "state": {"terminated": {"message": "segfault"}}}]}, "segfault"),
    ],
)
def test_a_pod_says_why_it_is_not_well(status: dict[str, Any], message: str) -> None:
    assert decode(resources.PODS, pod("p", **status)).message == message


def test_an_event_of_the_old_kind_and_of_the_new() -> None:
    about = {"kind": "Pod", "namespace": "n", "name": "web", "uid": "u"}
    old = {
        "metadata": {"name": "web.1", "namespace": "n", "creationTimestamp": "2026-01-01T00:00:00Z"},
        "involvedObject": about,
        "type": "Warning",
        "reason": "BackOff",
        "message": "restarting",
        "count": 7,
        "firstTimestamp": "2026-01-01T00:00:00Z",
        "lastTimestamp": "2026-01-01T00:01:00Z",
        "source": {"component": "kubelet", "host": "node-0"},
    }
    record = decode(resources.EVENTS, old)
    assert isinstance(record, Event)
    assert record.key == "n/web.1"
    assert record.about == Ref("Pod", "n", "web", "u")
    assert (record.count, record.source, record.last) == (7, "kubelet", times.seconds("2026-01-01T00:01:00Z"))
    new = {
        "metadata": old["metadata"],
        "involvedObject": about,
        "eventTime": "2026-01-01T00:00:00.000000Z",
        "firstTimestamp": None,
        "lastTimestamp": None,
        "source": {},
        "reportingComponent": "scheduler",
        "series": {"count": 3, "lastObservedTime": "2026-01-01T00:05:00.000000Z"},
    }
    record = decode(resources.EVENTS, new)
    assert (record.count, record.source, record.last) == (3, "scheduler", times.seconds("2026-01-01T00:05:00Z"))


def test_a_deployment_with_its_managers_and_environment() -> None:
    document = {
        "metadata": {
            "name": "aura",
            "namespace": "ops",
            "generation": 9,
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}", "team": "ds"},
            "managedFields": [
                {"manager": "aura", "operation": "Update", "subresource": "scale", "time": "2026-01-01T00:00:00Z"}
            ],
        },
        "spec": {
            "selector": {"matchLabels": {"app": "aura"}},
            "template": {
                "spec": {
                    "serviceAccountName": "aura-sa",
                    "containers": [
                        {
                            "name": "optimizer",
                            "image": "aura:final-final-v3",
                            "env": [
                                {"name": "AUTONOMY_LEVEL", "value": "MAXIMUM"},
                                {"name": "DB_PASSWORD", "value": "hunter2"},
                                {"name": "FROM", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
                                {"name": "DB_URL", "value": "postgres://me:hunter2@db/x"},
                            ],
                        }
                    ],
                }
            },
        },
        "status": {"readyReplicas": 1},
    }
    record = decode(resources.WORKLOADS[0], document)
    assert isinstance(record, Workload)
    assert (record.kind, record.replicas, record.ready, record.available) == ("Deployment", 1, 1, 0)
    assert (record.service_account, record.generation) == ("aura-sa", 9)
    assert record.annotations == (("team", "ds"),)
    assert record.selector == (("app", "aura"),)
    (manager,) = record.managers
    assert (manager.manager, manager.subresource) == ("aura", "scale")
    assert record.containers[0].env == (
        ("AUTONOMY_LEVEL", "MAXIMUM"),
        ("DB_PASSWORD", "[redacted]"),
        ("DB_URL", "postgres://[redacted]@db/x"),
    )


def test_the_other_workloads_say_what_they_want() -> None:
    by_plural = {resource.plural: resource for resource in resources.WORKLOADS}
    daemons = decode(
        by_plural["daemonsets"], {"metadata": {"name": "d"}, "status": {"desiredNumberScheduled": 3, "numberReady": 2}}
    )
    assert (daemons.replicas, daemons.ready, daemons.available) == (3, 2, 0)
    cron = decode(
        by_plural["cronjobs"],
        {
            "metadata": {"name": "c"},
            "spec": {
                "suspend": True,
                "jobTemplate": {
                    "spec": {"template": {"spec": {"serviceAccountName": "x", "containers": [{"name": "y"}]}}}
                },
            },
        },
    )
    assert (cron.kind, cron.suspended, cron.replicas, cron.service_account) == ("CronJob", True, None, "x")
    job = decode(by_plural["jobs"], {"metadata": {"name": "j"}, "spec": {"parallelism": 0}, "status": {"ready": 1}})
    assert (job.kind, job.replicas, job.ready) == ("Job", 0, 1)
    none = decode(by_plural["statefulsets"], {"metadata": {"name": "s"}, "spec": {"replicas": 0}})
    assert (none.replicas, none.ready) == (0, 0)


def test_a_node_and_what_keeps_pods_off_it() -> None:
    document = {
        "metadata": {"name": "node-0"},
        "spec": {"unschedulable": True, "taints": [{"key": "z", "effect": "NoExecute"}, {"key": "a", "value": "1"}]},
        "status": {
            "allocatable": {"cpu": "3920m", "memory": "16Gi", "nvidia.com/gpu": "8", "nvidia.com/mig-1g.5gb": "2"},
            "conditions": [
                {"type": "Ready", "status": "Unknown"},
                {"type": "MemoryPressure", "status": "True"},
                {"type": "DiskPressure", "status": "False"},
            ],
            "nodeInfo": {"kubeletVersion": "v1.36.3"},
        },
    }
    record = decode(resources.NODES, document)
    assert isinstance(record, Node)
    assert record.ready is None
    assert (record.cpu, record.memory, record.gpus) == (3.92, 16 * 2**30, 10.0)
    assert record.taints == (Taint("a", "1"), Taint("z", "", "NoExecute"))
    assert record.pressures == ("MemoryPressure",)
    bare = decode(resources.NODES, {"metadata": {"name": "n"}})
    assert (bare.ready, bare.cpu, bare.memory, bare.gpus) == (None, None, None, None)


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        ({"type": "Resource", "resource": {"name": "cpu", "target": {"averageUtilization": 70}}}, "cpu 70 %"),
        ({"type": "Resource", "resource": {"name": "memory", "target": {"averageValue": "1Gi"}}}, "memory 1Gi"),
        ({"type": "External", "external": {"metric": {"name": "queue"}, "target": {"value": "30"}}}, "queue 30"),
        ({"type": "Strange"}, "Strange"),
    ],
)
def test_an_autoscaler_in_words(metric: dict[str, Any], words: str) -> None:
    document = {
        "metadata": {"name": "web", "namespace": "n"},
        "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "web"}, "maxReplicas": 9, "metrics": [metric]},
        "status": {"currentReplicas": 0, "desiredReplicas": 2},
    }
    record = decode(resources.HPAS, document)
    assert isinstance(record, Hpa)
    assert record.metric == words
    assert record.target == Ref("Deployment", "n", "web")
    assert (record.minimum, record.maximum, record.current, record.desired) == (1, 9, 0, 2)


def test_a_disruption_budget_without_a_status_is_unknown() -> None:
    record = decode(resources.PDBS, {"metadata": {"name": "web", "namespace": "n"}})
    assert isinstance(record, Pdb)
    assert (record.allowed, record.healthy, record.desired) == (None, None, None)


def test_a_binding_names_accounts_as_the_api_server_does() -> None:
    document = {
        "metadata": {"name": "aura-admin"},
        "roleRef": {"kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [
            {"kind": "ServiceAccount", "namespace": "ops", "name": "aura"},
            {"kind": "Group", "name": "system:authenticated"},
        ],
    }
    record = decode(resources.BINDINGS[0], document)
    assert isinstance(record, Binding)
    assert record.subjects == ("system:serviceaccount:ops:aura", "system:authenticated")
    assert record.role == Ref("ClusterRole", "", "cluster-admin")


@pytest.mark.parametrize("resource", resources.ALL, ids=lambda resource: resource.plural)
def test_hostile_text_is_cleaned_in_every_kind(resource: Resource) -> None:
    document = {
        "metadata": {
            "name": HOSTILE,
            "namespace": HOSTILE,
            "uid": HOSTILE,
            "labels": {HOSTILE: HOSTILE},
            "annotations": {HOSTILE: HOSTILE},
            "ownerReferences": [{"kind": HOSTILE, "name": HOSTILE, "uid": HOSTILE}],
            "managedFields": [{"manager": HOSTILE}],
        },
        "involvedObject": {"kind": HOSTILE, "name": HOSTILE},
        "reason": HOSTILE,
        "message": HOSTILE,
        "roleRef": {"kind": HOSTILE, "name": HOSTILE},
        "subjects": [{"kind": "User", "name": HOSTILE}],
        "spec": {
            "nodeName": HOSTILE,
            "containers": [{"name": HOSTILE, "image": HOSTILE}],
            "taints": [{"key": HOSTILE, "value": HOSTILE}],
            "selector": {"matchLabels": {HOSTILE: HOSTILE}},
            "scaleTargetRef": {"kind": HOSTILE, "name": HOSTILE},
            "metrics": [{"type": HOSTILE}],
            "template": {"spec": {"containers": [{"name": HOSTILE, "env": [{"name": HOSTILE, "value": HOSTILE}]}]}},
        },
        "status": {
            "phase": HOSTILE,
            "reason": HOSTILE,
            "message": HOSTILE,
            "podIP": HOSTILE,
            "containerStatuses": [{"name": HOSTILE, "state": {"waiting": {"reason": HOSTILE}}}],
        },
    }
    found = texts(msgspec.to_builtins(decode(resource, document)))
    assert any("owned" in text for text in found)
    assert not any(character in text for text in found for character in "\x1b\x07\u202e")


def test_repeated_strings_are_one_object() -> None:
    first, second = decode(resources.PODS, pod("a")), decode(resources.PODS, pod("b"))
    assert first.namespace is second.namespace
    assert first.labels is second.labels
    assert first.containers[0].image is second.containers[0].image
    assert first.containers[0].resources is second.containers[0].resources


GATED = [
    {"type": "ContainersReady", "status": "True"},
    {"type": "Ready", "status": "False", "reason": "ReadinessGatesNotReady", "message": "x\x1b[2J"},
]
