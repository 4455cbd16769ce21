"""Our words for a pod against those of a real API server's printer."""

from __future__ import annotations

import json
import random
from typing import Any

from opsconsole.cluster.feeds.tables import decode, to_records
from opsconsole.cluster.objects.codec import Codec
from opsconsole.cluster.objects.resources import PODS
from opsconsole.records import Pod
from tests.cluster.conftest import Connect
from tests.cluster.test_real_cluster import CLOCK, TABLE
from tests.testbed.cluster import TestCluster


def test_tables_and_objects_say_the_same(cluster: TestCluster, namespace: str, connect_to: Connect) -> None:
    """Four hundred pods in every state that chance makes of containers: our words against the server's printer."""
    dice = random.Random(20261121)
    entries = [make_odd_pod(namespace, f"odd-{number:03}", dice) for number in range(400)]
    for item in entries:
        cluster.store.put_object(f"/registry/pods/{namespace}/{item['metadata']['name']}", item)
    # Rows and objects in one answer: kwok and the controllers see these pods too, and change them.
    body = connect_to(cluster.admin_kubeconfig).request(
        "GET", PODS.path(namespace), query={"includeObject": "Object"}, accept=TABLE
    )
    rows = {pod.name: pod for pod in to_records(decode(body), namespace, CLOCK)}
    items = [row["object"] for row in json.loads(body)["rows"]]
    whole = Codec(PODS).page(json.dumps({"metadata": {}, "items": items}).encode()).records
    assert len(rows) == len(whole) == 400
    fields = ("status", "ready", "containers_total", "restarts", "node", "ip")
    for pod in whole:
        assert isinstance(pod, Pod)
        told = [getattr(rows[pod.name], each) for each in fields]
        assert [getattr(pod, each) for each in fields] == told, pod.name
    assert len({pod.status for pod in rows.values()}) > 20


def make_odd_pod(namespace: str, name: str, dice: random.Random) -> dict[str, Any]:
    """A pod in a state that may never have been."""
    init = [f"i{number}" for number in range(dice.choice((0, 0, 1, 2)))]
    main = [f"c{number}" for number in range(dice.choice((1, 1, 2, 3)))]
    sidecars = {each for each in init if dice.random() < 0.5}
    moment = "2026-11-21T22:36:49Z"
    conditions = [
        {"type": kind, "status": dice.choice(("True", "False"))}
        for kind in ("Ready", "Initialized")
        if dice.random() < 0.7
    ]
    if dice.random() < 0.05:
        conditions.append({"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"})
    metadata: dict[str, Any] = {"name": name, "namespace": namespace, "uid": name, "creationTimestamp": moment}
    if dice.random() < 0.2:
        metadata |= {"deletionTimestamp": moment, "deletionGracePeriodSeconds": 30, "finalizers": ["example.com/stay"]}
    address = f"10.0.0.{dice.randrange(1, 250)}"
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": {
            "nodeName": dice.choice(("", "node-0")),
            "containers": [{"name": each, "image": "x"} for each in main],
            "initContainers": [
                {"name": each, "image": "x", **({"restartPolicy": "Always"} if each in sidecars else {})}
                for each in init
            ],
        },
        "status": {
            "phase": dice.choice(("Pending", "Running", "Running", "Succeeded", "Failed", "Unknown")),
            "reason": dice.choice(("", "", "", "Evicted", "NodeLost")),
            "podIP": address,
            "podIPs": [{"ip": address}],
            "conditions": conditions,
            "initContainerStatuses": [odd_status(each, dice) for each in init if dice.random() < 0.9],
            "containerStatuses": [odd_status(each, dice) for each in main if dice.random() < 0.9],
        },
    }


def odd_status(name: str, dice: random.Random) -> dict[str, Any]:
    moment = "2026-11-21T22:36:49Z"
    reason = dice.choice(("", "Completed", "Error", "OOMKilled", "CrashLoopBackOff", "PodInitializing"))
    state: dict[str, Any] = dice.choice(
        (
            {},
            {"running": {"startedAt": moment}},
            {"running": {"startedAt": moment}},
            {"waiting": {"reason": reason}},
            {"terminated": {"reason": reason, "exitCode": 0}},
            {"terminated": {"reason": reason, "exitCode": dice.choice((1, 137)), "signal": dice.choice((0, 9))}},
        )
    )
    return {
        "name": name,
        "image": "x",
        "imageID": "x",
        "ready": dice.random() < 0.6,
        "started": dice.random() < 0.6,
        "restartCount": dice.choice((0, 0, 1, 12)),
        "state": state,
    }
