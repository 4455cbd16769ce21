"""A document, a call, a list or a value beside a deed: it takes nothing of the deed away, and adds none."""

from __future__ import annotations

import pytest

from opsconsole.records import Severity
from tests.governor.judged_lines import severities, words, zap

CALL = "x=ToolUseBlock(id='t1', name='scale_deployment', input={'name': 'api', 'replicas': 3}, type='tool_use')"
PAIRS = "action=delete kind=Namespace name=prod"
DOCUMENT = '{"action":"delete","kind":"Namespace","name":"prod"}'
TOOL = "Executing tool 'delete_namespace' with args {'name': 'prod'}"

BELOW_A_HEAD = [
    ("running commands = {", '  "commands": ["kubectl delete ns prod"]', "}"),
    ("running script: {", '  "script": "kubectl delete ns prod && kubectl get pods"', "}"),
    (
        "executing the plan: {",
        '  "1": "kubectl delete ns prod",',
        '  "2": "kubectl scale deploy/web --replicas=0"',
        "}",
    ),
    ("steps to do: {", '  "1": "kubectl delete ns prod"', "}"),
    ("calling run_shell with {", '  "command": "kubectl delete ns prod"', "}"),
    ("config is now { ", '  "list": [', '    "kubectl delete ns prod",', '    "kubectl delete ns dev"', "  ]", "}"),
    ("config is now {", '  "list": [', '    "kubectl delete ns prod",', '    "kubectl delete ns dev"', "  ]", "}"),
    ("skipped for now: {", '  "steps": ["kubectl delete ns prod",', '  "kubectl delete ns dev"]', "}"),
    ("usage of the tool: {", '  "run": "kubectl delete ns prod",', '  "x": 1', "}"),
    ("deleted namespace prod; config now: {", '  "dry_run": true', "}"),
    ("deleted namespace prod; tool result: {", '  "dry_run": true', "}"),
    ("deleted namespace prod; policy: {", '  "mode": "simulate"', "}"),
    ("deleting namespace prod now, spec: {", '  "approved": false', "}"),
    ("deleting namespace prod with {", '  "error": "timeout on other"', "}"),
    ("deleting namespace prod as {", '  "phase": "Failed"', "}"),
    ("action=delete kind=Namespace name=prod status={", '  "state": "simulated"', "}"),
]
BESIDE_A_CALL = [
    f"deleted namespace prod {CALL}",
    f"web: replicas 12 -> 0 {CALL}",
    f"web: replicas 12 -> 0; {CALL}",
    f"{CALL}, web: replicas 12 -> 0",
    f"web 12 => 0 replicas {CALL}",
    f"Namespace prod gelöscht {CALL}",
    f"{CALL} Namespace prod gelöscht",
    f"helm uninstall db -n prod {CALL}",
    f"aws ec2 terminate-instances --instance-ids i-1 {CALL}",
    f"delete_namespace(name='prod') {CALL}",
    f"{TOOL} {CALL}",
    f"{CALL} {TOOL}",
    f"{PAIRS} {CALL}",
    f"{CALL} {PAIRS}",
    f"{CALL}; {PAIRS}",
    f"{CALL} {DOCUMENT}",
    f"ScaleRequest(tool='scale_deployment', inputs={{'name': 'api', 'replicas': 3}}) {DOCUMENT}",
    f"ToolCall(name='scale_deployment', args={{'name': 'api', 'replicas': 3}}) {DOCUMENT}",
    "approved=[ToolCall(name='delete_namespace', args={'name': 'prod'})]",
    "auto_approved=[ToolCall(name='delete_namespace', args={'name': 'prod'})]",
]
BESIDE_A_CALL_WARNED = [
    f"scaled web to 0 {CALL}",
    f"drained every node {CALL}",
    f"set replicas=0 on deployment web {CALL}",
]
OF_TWO_VALUES = [
    zap("", action="patch", deployment="web", memory_limit="1Gi", patch={"limits": {"memory": "2Mi"}}),
    zap("patching", deployment="web", memory_limit="1Gi", limits={"memory": "2Mi"}),
    zap(
        "",
        action="patch",
        deployment="web",
        resources={"limits": {"memory": "1Gi"}},
        patch={"limits": {"memory": "2Mi"}},
    ),
]
OF_HELM = [
    words("shop, web, Deployment (apps) has changed: replicas 12 -> 0"),
    words("shop, web, Deployment (apps) has changed: replicas 12 -> 0, applied"),
    words("shop, web, Deployment (apps) has changed: deleted namespace prod"),
    words("shop, web, Deployment (apps) has changed: memory limit 1Gi -> 2Mi"),
    words("Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress; web: replicas 12 -> 0"),
    words("Error: uninstall: Release not loaded: web: release: not found, web: replicas 12 -> 0"),
    words('helm uninstall --description "x" db'),
    words("helm uninstall by -n prod"),
]
BESIDE_AN_OBJECT = [
    words("Part(text='I restarted pod web-1'), web: replicas 12 -> 0"),
    words(f"Part(text='I restarted pod web-1') {PAIRS}"),
    words(f"note(text='restarting pod a'); {DOCUMENT}"),
    zap("Part(text='restarting pod a')", change="replicas 12 -> 0", deployment="web"),
    words("ScaleDecision(name='api', replicas=3); web: replicas 12 -> 0"),
    words("decision=ScaleDecision(name='api', replicas=3), web: replicas 12 -> 0"),
    words("decision=ScaleDecision(name='api', replicas=3), namespace \"prod\" deleted"),
    words("Namespace prod gelöscht decision=ScaleDecision(name='api', replicas=3)"),
    words("args=Args(x=1) Decision(action='delete', kind='Namespace', name='prod')"),
    words("env={'a': 1} Decision(action='delete', kind='Namespace', name='prod')"),
    words("headers={'a': 'b'} {'action': 'delete', 'kind': 'Namespace', 'name': 'prod'}"),
    words(f"{TOOL} Actual: cpu=100m memory=300Mi Expected: cpu=102m memory=328Mi"),
    words(f"{TOOL} Old: replicas=3 New: replicas=4"),
]
GRAVE = [
    *((words(head), *rest) for head, *rest in BELOW_A_HEAD),
    *((words(said),) for said in BESIDE_A_CALL),
    *((line,) for line in (*OF_TWO_VALUES, *OF_HELM, *BESIDE_AN_OBJECT)),
]


@pytest.mark.parametrize("lines", GRAVE, ids=" | ".join)
def test_disaster_beside_something_else_is_critical(lines: tuple[str, ...]) -> None:
    assert Severity.CRITICAL in severities(*lines).values()


@pytest.mark.parametrize("said", BESIDE_A_CALL_WARNED)
def test_loss_beside_a_call_is_an_alarm(said: str) -> None:
    assert severities(words(said))


CALM = [
    words('describe output: {"kind": "Deployment", "name": "api", "status": "deleted", "at": "2020-01-01"}'),
    words('search result: {"kind": "Namespace", "name": "old", "state": "deleted"}'),
    words('observation 3: {"kind": "Namespace", "name": "prod", "status": "terminated"}'),
    words('get_statefulset result: {"kind": "StatefulSet", "name": "db", "status": "deleted"}'),
    words('result: {"kind": "Job", "name": "nightly", "status": "terminated"}'),
    words("UserMessage(text='deleted namespace prod')"),
    words("Button(text='Delete namespace prod')"),
    words("AnnotatedText(text='Deleted namespace prod') rendered"),
]


@pytest.mark.parametrize("line", CALM)
def test_what_is_only_shown_is_calm(line: str) -> None:
    assert not severities(line)
