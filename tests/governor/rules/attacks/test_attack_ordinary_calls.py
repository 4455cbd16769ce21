"""Actions, calls, tasks and values of ordinary programs that read like an object's end, and the narrow case of each."""

from __future__ import annotations

import json

import pytest

from tests.governor.judged_lines import AT, alarms, at, words, zap, zap_at


def action(name: str, **more: object) -> str:
    return json.dumps({"ts": AT, "action": name, **more})


def task(verdict: str, told: str) -> str:
    return words(f"{verdict}: [localhost] => {{{told}}}")


GONE = '"method": "delete", "result": {"kind": "Namespace", "metadata": {"name": "prod"}}'
EMPTY = '"result": {"kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"}, "spec": {"replicas": 0}}'
ORDINARY = [
    # What is done to something in a namespace is not done to the namespace.
    action("remove_user_from_namespace", namespace="shop"),
    action("delete_label_from_namespace", namespace="shop"),
    action("delete_from_namespace", namespace="shop", kind="Pod"),
    action("delete_idle_in_namespace", namespace="shop"),
    action("delete_cache_namespace", namespace="redis"),
    action("restart_namespace", namespace="shop", deployment="web"),
    action("deleteSecretsInNamespace", namespace="shop"),
    # Whoever looks up something of his own, has no metrics that are missing.
    words("query users where age > 100, result is empty"),
    words("series of tests ran, the result is empty"),
    words("query of metrics cached, the result is empty"),
    words("metrics of the build were gathered, the result is empty"),
    # Calls of a program's own.
    words("deleteItem[cart/12] ok"),
    words("call removeUser[team/12] done"),
    words("deleteJob[queue/12] done"),
    words("removeNode[list/3]"),
    # What was used, before and after.
    zap("rolled back deployment shop/web", used_memory_before="7.9Gi", used_memory_after="60Mi"),
    zap("rolled back deployment shop/web", memory_usage_before="7.9Gi", memory_usage_after="60Mi"),
    zap("rolled back deployment shop/web", memory_before="7.9Gi", memory_after="60Mi"),
    zap("rolled back resources of deployment shop/web", peak_memory_before="7.9Gi", peak_memory_after="60Mi"),
    zap("rolled back deployment shop/web", used_memory_before="7Gi", used_memory_after="60Mi", memory_limit="8Gi"),
    # A task that did not run, or that was only checked.
    task("skipping", f'"changed": true, {GONE}'),
    task("failed", f'"changed": true, {GONE}'),
    task("fatal", f'"changed": true, {GONE}'),
    task("ok", f'"changed": true, {GONE}'),
    task("changed", f'"changed": true, "check_mode": true, {GONE}'),
    task("changed", f'"changed": true, "failed": true, {GONE}'),
    task("changed", f'"changed": true, "skipped": true, {GONE}'),
    task("changed", f'"changed": true, "check_mode": true, "duration": 1, {EMPTY}'),
    task("changed", f'"changed": true, {EMPTY}'),
    # Where something listens.
    zap("patched service shop/web", **{"from": "10.0.0.1:80", "to": "10.0.0.2:80"}),
    zap("updated deployment shop/web proxy", **{"from": "p1.example.com:8080", "to": "p2.example.com:8080"}),
    zap("updated deployment shop/web", **{"from": "p1.example.com:8080/up", "to": "p2.example.com:8080/up"}),
]


@pytest.mark.parametrize("line", ORDINARY)
def test_an_ordinary_line_raises_no_alarm(line: str) -> None:
    assert alarms(line) == set()


NARROW = [
    ("object-deleted", action("delete_namespace", namespace="prod")),
    ("object-deleted", action("removeNamespace", namespace="prod")),
    ("taints-changed", action("drain_namespace", namespace="shop")),
    ("empty-metric", words("prometheus metrics 'up' target may be lost, the result is empty")),
    ("limit-cut", zap("rolled back deployment shop/web", memory_limit_before="8Gi", memory_limit_after="60Mi")),
    (
        "limit-cut",
        zap(
            "rolled back shop/web", memory_limit_before="8Gi", memory_limit_after="60Mi", memory_usage="3Gi", free="1Gi"
        ),
    ),
    ("limit-cut", zap("rolled back resources of shop/web", before={"memory": "8Gi"}, after={"memory": "60Mi"})),
    ("object-deleted", task("changed", f'"changed": true, {GONE}')),
    (
        "object-deleted",
        words(f'changed: [a -> localhost] => (item=prod) => {{"changed": true, {GONE}, "item": "prod"}}'),
    ),
    ("replicas-zero", task("changed", f'"changed": true, "duration": 1, {EMPTY}')),
    (
        "image-changed",
        zap("Updating deployment", deployment="a/b", **{"from": "x.example/web:1", "to": "x.example/web:2"}),
    ),
    ("object-deleted", words("deletePod[shop/web-0] failed, deleted namespace prod")),
]


@pytest.mark.parametrize(("rule", "line"), NARROW)
def test_what_each_is_for_is_told(rule: str, line: str) -> None:
    assert rule in alarms(line)


QUEUED = ["preempted task t-{} of queue a", "preempting task build-{}", "Preempting task t{} on worker"]


@pytest.mark.parametrize("text", QUEUED)
def test_tasks_of_a_queue_are_no_pods(text: str) -> None:
    assert alarms(*(at(second, text.format(second)) for second in range(60))) == set()


def test_tasks_beside_a_message_are_no_pods() -> None:
    assert alarms(*(zap_at(second, "preempted task", task=f"build-{second}") for second in range(60))) == set()


def test_tasks_of_a_scheduler_are_pods() -> None:
    assert "blast-radius" in alarms(*(at(second, f"Preempting task <shop/web-{second}>") for second in range(60)))
    assert "blast-radius" in alarms(*(at(second, f"preempting task shop/web-{second}") for second in range(60)))
