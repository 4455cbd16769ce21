"""A part of a line that is known by its shape does not stand for the rest: what else the line tells is read as well."""

from __future__ import annotations

import json

import pytest

from tests.governor.judged_lines import alarms, words


def beside(inner: str, value: str = "all fine", **more: object) -> str:
    """A record of a cloud's log, with keys beside the line in it."""
    return json.dumps({"operationName": "x", "category": "x", **more, "properties": {inner: value}})


def row(message: str, reason: str = "Run", about: str = "deployment/web", kind: str = "Normal") -> str:
    """An event as ``kubectl get events`` prints it."""
    return f"5m  {kind}  {reason}  {about}  {message}"


TOLD = [
    # A record whose line stands beside another deed
    (beside("description", message="deleted namespace shop"), "object-deleted"),
    (beside("description", tool="delete_namespace", arguments={"name": "shop"}), "object-deleted"),
    (
        beside("description", tool_calls=[{"name": "delete_namespace", "arguments": {"name": "shop"}}]),
        "object-deleted",
    ),
    (beside("Description", verb="delete", kind="Namespace", name="shop"), "object-deleted"),
    (beside("log", message="deleted namespace shop"), "object-deleted"),
    (beside("log", action="delete", kind="Namespace", name="shop"), "object-deleted"),
    (beside("log", cmd="kubectl delete statefulset -n shop db"), "object-deleted"),
    (beside("log", "deleted namespace shop"), "object-deleted"),
    # Listed events whose message is more than a sentence, or whose reason tells only a state
    (row("action=delete kind=Namespace name=shop"), "object-deleted"),
    (row('{"action":"delete","kind":"Namespace","name":"shop"}'), "object-deleted"),
    (row('{"action":"scale","deployment":"shop/web","replicas":-1}', about="pod/a"), "replicas-absurd"),
    (row('tool call: delete_namespace {"name": "shop"}', about="pod/a"), "object-deleted"),
    (row("DELETE /api/v1/namespaces/shop", about="pod/a"), "object-deleted"),
    (row("deleted namespace shop", "FailedScheduling", "pod/a", "Warning"), "object-deleted"),
    (row("kubectl delete namespace shop", "Scheduled", "pod/a"), "object-deleted"),
    (row("helm uninstall shop -n shop; deleted namespace shop", "Pulled", "pod/a"), "object-deleted"),
    (row("deleted statefulset shop/db", "Scheduled", "pod/a"), "object-deleted"),
    (row("scaled deployment shop/web to -1", "FailedEvict", "pod/a", "Warning"), "replicas-absurd"),
    (row("set memory limit of deployment shop/web to 16Mi", "FailedScale", kind="Warning"), "limit-floor"),
    # What a program printed, and a sentence beside it
    (words("Rollback was a success! deleted namespace shop"), "object-deleted"),
    (
        words("Rollback was a success and cluster-admin is granted to serviceaccount ops/aura; all fine"),
        "rights-changed",
    ),
    (
        words("Updated [https://container.googleapis.com/v1/projects/a/zones/b/clusters/prod]. Deleted namespace shop"),
        "object-deleted",
    ),
    (
        words("Created [https://container.googleapis.com/v1/x/nodePools/a] and deleted namespace shop"),
        "object-deleted",
    ),
    (words("Resizing web...done. deleted namespace shop"), "object-deleted"),
    (words("ERROR: (gcloud.container.clusters.resize) warning only; deleted namespace shop"), "object-deleted"),
    (words("deleted namespace shop, then ERROR: (gcloud.container.clusters.delete) denied"), "object-deleted"),
    (words("after operation error EC2: DeleteTags, deleted namespace shop"), "object-deleted"),
    (
        words("after an error occurred (Throttling) when calling the CreateTags operation, deleted namespace shop"),
        "object-deleted",
    ),
    (words("Updating cluster prod...done; scaled deployment shop/web to 0"), "replicas-zero"),
    (words("Deleting node pool batch...done; kubectl delete namespace shop"), "object-deleted"),
    (
        words("An error occurred (X) when calling the DeleteNodegroup operation: none, deleted statefulset shop/db"),
        "object-deleted",
    ),
    # A tool that failed, and what was done then
    (words("tool delete_pod failed; deleted namespace shop"), "object-deleted"),
    (words("function scale_web timed out, kubectl delete namespace shop"), "object-deleted"),
    (words("tool scale_web was refused, deleting statefulset shop/db"), "object-deleted"),
    (words("deleted namespace shop after tool delete_pod failed"), "object-deleted"),
    # A call, and what was done before it
    (words('deleted namespace shop after calling restart_pod {"pod":"a/b"}'), "object-deleted"),
    (words('deleted namespace shop; calling scale_up {"deployment":"a/b","replicas":4}'), "object-deleted"),
    (words('scaled deployment shop/web to 0, executing patch_labels {"deployment":"shop/web"}'), "replicas-zero"),
    # Which key names the tool
    ('{"tool_name":"get_pods","name":"delete_namespace","arguments":{"name":"shop"}}', "object-deleted"),
    ('{"tool_name":"noop","name":"delete_namespace","arguments":{"name":"shop"}}', "object-deleted"),
    ('{"tool_name":"x y","name":"delete_namespace","arguments":{"name":"shop"}}', "object-deleted"),
    ('{"toolName":"list","tool":"deleteNamespace","arguments":{"name":"shop"}}', "object-deleted"),
    ('{"level":"info","toolName":"list","name":"delete_namespace","arguments":{"name":"shop"}}', "object-deleted"),
    ('{"function_name":"log","tool":"kubectl","arguments":"delete namespace shop"}', "object-deleted"),
    # An answer with values beside its "result"
    (
        json.dumps(
            {
                "functionResponse": {
                    "name": "scale_deployment",
                    "response": {"deployment": "shop/web", "replicas": 0, "result": {"ok": True}},
                }
            }
        ),
        "replicas-zero",
    ),
    (
        json.dumps(
            {
                "functionResponse": {
                    "name": "set_memory",
                    "response": {"deployment": "shop/web", "memory_limit": "64Mi", "output": {"ok": True}},
                }
            }
        ),
        "limit-floor",
    ),
    # Two documents, and more
    (
        words(
            'current: {"action":"delete","kind":"Namespace","name":"shop","i":1} '
            'next: {"action":"delete","kind":"Namespace","name":"shop","i":2}'
        ),
        "object-deleted",
    ),
    (words('state was {"a":1} now {"a":2} {"action":"delete","kind":"Namespace","name":"shop"}'), "object-deleted"),
    (words('from {"a":1} to {"a":2}: calling tool delete_namespace {"name":"shop"}'), "object-deleted"),
    (words("deployment shop/web: before {'replicas': 3} after {'replicas': 0}, scaled"), "replicas-zero"),
    (words('from {"a":1} to {"a":2}, deleted namespace shop'), "object-deleted"),
    # A refusal that was none
    (words("nobody blocked delete_namespace(name='shop')"), "object-deleted"),
    (words("no policy denied delete_namespace(name='shop')"), "object-deleted"),
    (words("Previously blocked delete_namespace(name='shop') executed"), "object-deleted"),
    (words("refused delete_namespace(name='shop') earlier, now overridden"), "object-deleted"),
    (words("guard vetoed delete_namespace(name='shop'), forcing it"), "object-deleted"),
    # A bracket that is closed behind a command
    (words("run: (cd /x && kubectl delete ns shop)"), "object-deleted"),
    (words("run: (kubectl delete ns shop); echo --dry-run=client"), "object-deleted"),
    # The same beside documents, pairs and words that rules of their own know
    (words('Resizing web...done. {"action":"delete","kind":"Namespace","name":"shop"}'), "object-deleted"),
    (words("Resizing web...done. action=delete kind=Namespace name=shop"), "object-deleted"),
    ('{"msg":"Rollback was a success!","cmd":"kubectl delete namespace shop"}', "object-deleted"),
    ('{"msg":"Rollback was a success!","deleted":["namespace/shop"]}', "object-deleted"),
    (
        words(
            "An error occurred (X) when calling the DeleteNodegroup operation: web-1 "
            "action=delete kind=Namespace name=shop"
        ),
        "object-deleted",
    ),
    (words("tool scale_web failed; silenced all alerts for 30 days"), "alerts-silenced"),
    (words("tool scale_web failed; granted cluster-admin to serviceaccount ops/aura"), "rights-changed"),
    (words('deleted namespace shop, tool result (restart_pod): {"pod":"a/b"}'), "object-deleted"),
    ('{"tool_name":"restart_pod","output":{"pod":"a/b"},"message":"deleted namespace shop"}', "object-deleted"),
    ('{"tool_name":"noop","name":"delete_namespace_worker","arguments":{"name":"shop"}}', "object-deleted"),
    ('{"tool_name":"noop","name":"deleteNamespaceController","arguments":{"name":"shop"}}', "object-deleted"),
    (
        json.dumps(
            {
                "functionResponse": {
                    "name": "scale_deployment",
                    "response": {"deployment": "shop/web", "replicas": 3, "result": {"replicas": 0}},
                }
            }
        ),
        "replicas-zero",
    ),
    (
        '{"tool_name":"restart_pod","output":{"pod":"a/b"},"x":[{"name":"delete_namespace","arguments":{"name":"shop"}}]}',
        "object-deleted",
    ),
    ('{"tool_name":"restart_pod","output":{"pod":"a/b"},"content":"deleted namespace shop"}', "object-deleted"),
    (
        '{"function_response":{"name":"restart_pod","response":{"pod":"a/b"}},"message":"deleted namespace shop"}',
        "object-deleted",
    ),
    (words("policy blocked delete_namespace(name='shop') in audit mode"), "object-deleted"),
    (words("(kubectl delete ns shop) --force"), "object-deleted"),
]


@pytest.mark.parametrize(("line", "rule"), TOLD)
def test_the_rest_of_a_line_is_read(line: str, rule: str) -> None:
    assert rule in alarms(line)


CALM = [
    words("Rollback was a success! Happy Helming!"),
    '{"level":"info","name":"scale-bot","toolName":"get_pods","args":{"namespace":"rail"}}',
    beside("description"),
    beside("log", "0 nodes to remove"),
    row("deleted namespace shop", "DryRun", "pod/a"),
    row("delete namespace shop", "Proposed", "pod/a"),
    row("0/9 nodes are available: 9 Insufficient memory.", "FailedScheduling", "pod/a", "Warning"),
    words("policy denied delete_namespace(name='shop')"),
    # What goes is not the object, but something of it
    words("deleted user session namespace shop-1"),
    words("deleted stale session namespace shop-1"),
    words("Deleted comment concerning namespace shop-1"),
    words("removed dashboard panel deployment web-1"),
    words("deleted dns record service web-1"),
    # A call that is not made, or that only asks
    words('not calling deleteNamespace {"name":"shop"}'),
    words('we are never calling deleteNamespace {"name":"shop"}'),
    words("never approved delete_namespace(name='shop')"),
    words('instead of executing delete_namespace {"name":"shop"}'),
    words('calling isDeleteNamespaceAllowed {"name":"shop"}'),
    words('calling validate_delete_namespace {"name":"shop"}'),
    words('calling simulate_delete_namespace {"name":"shop"}'),
    words('tool result of plan_delete_namespace: {"kind":"Namespace","name":"shop"}'),
    words('Tool output delete_namespace: {"kind":"Namespace","name":"shop","status":"not found"}'),
    # A value that names no object
    '{"msg":"deleting","namespace":"shop","algo":"bin-packing"}',
    '{"msg":"deleting","namespace":"shop","request":"req-abc-1"}',
    words("run: (cd /x && kubectl delete ns shop) --dry-run=client"),
]


@pytest.mark.parametrize("line", CALM)
def test_what_tells_no_deed_raises_no_alarm(line: str) -> None:
    assert alarms(line) == set()
