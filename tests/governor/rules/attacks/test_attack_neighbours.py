"""A document, a call, a list or a value beside a deed: it takes nothing of the deed away, and adds none."""

from __future__ import annotations

import pytest

from opsconsole.records import Severity
from tests.governor.judged_lines import judged, severities, words, zap

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
    words("Button(text='Delete namespace prod')"),
]


@pytest.mark.parametrize("line", CALM)
def test_what_is_only_shown_is_calm(line: str) -> None:
    assert not severities(line)


OF_LISTS = [
    "rejected: evicted 12 pods, deleted namespace prod",
    "skipped: drained node n-1, deleted namespace prod",
    "failed earlier: drained node n-1, deleted namespace prod",
    "refused: drained node n-1, deleted namespace prod",
    "nothing failed: restarted pod web-1, deleted namespace prod",
    "without having drained node n-1, deleted namespace prod",
    "never again drained node n-1, deleted namespace prod",
    "without asking restarted pod web-1, deleted namespace prod",
    "not only restarted pod web-1, deleted namespace prod",
    "updated deployment shop/web, restarted pod x, memory limit 1Gi to 2Mi",
    "patched deployment shop/web, restarted pod x, replicas 12 -> 0",
    "scaled deployment shop/web, restarted pod x, from 12 to 0",
    "restarted pod a, evicted pod b web: replicas 12 -> 0",
    "updated deployment shop/api, restarted 2 pods. web: replicas 12 -> 0",
    "updated deployment shop/api, restarted 2 pods; memory limit of web 1Gi -> 2Mi",
    "drained node n-1, evicted 14 pods, deleted namespace prod",
    "done so far: drained node n-1, evicted 14 pods, deleted namespace prod",
]
OF_VALUES = [
    "web memory dropped from 1Gi to 2Mi, applying",
    "count of web moved from 12 to 0 pods, patched deployment",
    "web went from 12 to 0, scaled deployment web",
    "nodes decreased from 30 to 1, scaled nodepool gpu",
    "memory limit of web 1Gi -> 2Mi; delaying scale to 2, staying at 5",
    "delaying scale to 2, staying at 5; web: replicas 12 -> 0",
    f"{PAIRS}; delaying scale to 2, staying at 5",
]
OF_NAMES = [
    "deleted the web hpa of web-1",
    "removed the backup job of db-0",
    "deleted the web service of shop-1",
    "deleted role: rbac",
    "removed clusterrole: rbac",
    "deleting service: budget",
    "deleting pv: contention",
    "deleted hpa: capacity",
    "deleted app: freeze",
    '"10.8.4.17:52144" web-5c9 terminated',
    "namespace'prod' deleted",
]
OF_PERSONS = [
    "deleting statefulset shop/db. restarting pod a, reply yes to approve",
    "web: replicas 12 -> 0, scale api to 8 - react with :+1: to approve",
    "scaling deployment api to 4 held until bob approves, memory limit of web 1Gi -> 2Mi",
    "memory limit of web 1Gi -> 2Mi. scaling deployment api to 4 held until bob approves",
    "deleting statefulset shop/db (scaling deployment api to 4 held until bob approves)",
    "kubectl delete ns prod policy check not run",
    "kubectl delete ns prod: policy check not run",
]
OF_MEASURES = [
    words("La requête Prometheus n'a renvoyé aucune donnée : up{job='x'}; web: replicas 12 -> 0"),
    words("La requête Prometheus n'a renvoyé aucune donnée : up{job='x'}, web: replicas 12 -> 0"),
    words("La requête Prometheus n'a renvoyé aucune donnée : up{job='x'}. web: replicas 12 -> 0"),
    zap("Prometheus-Abfrage lieferte keine Daten", command="kubectl delete ns prod"),
    zap("no samples for container in the last 24h", result="namespace prod deleted"),
    zap("no data for pod web-1 over the last hour", text="deleted namespace prod"),
]
BESIDE_WORDS = [*map(words, (*OF_LISTS, *OF_VALUES, *OF_NAMES, *OF_PERSONS)), *OF_MEASURES]


@pytest.mark.parametrize("line", BESIDE_WORDS)
def test_disaster_beside_other_words_is_critical(line: str) -> None:
    assert Severity.CRITICAL in severities(line).values()


BESIDE_WORDS_WARNED = [
    "cap decreased from 500m to 1m, limiting cpu of web",
    "scaled process group web to 0",
    "evicted pod etcd-0, namespace kube-system was drained",
    "unable to wait, draining nodes: node n-1 first, then all",
    "scaled deployment'web' to 0",
]


@pytest.mark.parametrize("said", BESIDE_WORDS_WARNED)
def test_loss_beside_other_words_is_an_alarm(said: str) -> None:
    assert severities(words(said))


NOT_DONE = [
    words("if approved: drained node n-1, deleted namespace prod"),
    zap("", command="kubectl logs aura", rc=0, stdout="deleting namespace prod\nscaling web to 0"),
    zap("", command="kubectl get pods", rc=0, stdout="deleted namespace prod"),
    zap("", command="kubectl annotate pod web-1 a=b; cat /var/log/x", rc=0, stdout="2026-01-01 deleted namespace prod"),
    zap(
        "",
        command="kubectl label node n-1 a=b",
        rc=0,
        stdout="Warning: namespace prod is being deleted\nnode/n-1 labeled",
    ),
    zap("", command="git log; kubectl apply -f a.yaml", rc=0, stdout="d4 deleted statefulset db"),
    zap("release notes", patch=["fix memory limit 0", "replicas 0 no longer crashes"], version="1.2"),
    zap("", action="apply", patch=["fix replicas 0"], deployment="web"),
]


@pytest.mark.parametrize("line", NOT_DONE)
def test_what_is_not_done_or_not_by_this_command_is_calm(line: str) -> None:
    assert Severity.CRITICAL not in severities(line).values()


LINE_BEFORE = [
    ("kafka-pr-7: merge request merged", "deleted namespace kafka-pr-7"),
    ("customers-mr-1: pull request closed, 400 pods still serve customers", "deleting namespace customers-mr-1"),
    ("shop-mr-1: pull request closed, 400 pods still serve customers", "deleting namespace shop-mr-1"),
    ("billing.pr-1: ttl of 1h reached", "deleted namespace billing.pr-1"),
    ("maintenance reservation kafka-1 booked", "reservation kafka-1 removed"),
    (
        "maintenance window for orders-db-0 opened; maintenance window orders-db-0",
        "maintenance window orders-db-0 deleted",
    ),
]


@pytest.mark.parametrize("said", LINE_BEFORE, ids=" | ".join)
def test_line_before_a_deletion_excuses_no_store_and_nothing_that_lives(said: tuple[str, str]) -> None:
    assert Severity.CRITICAL in severities(*map(words, said)).values()


@pytest.mark.parametrize(
    ("message", "name"), [("Deleting Namespace", "prod"), ("created ClusterRoleBinding", "aura-admin")]
)
def test_key_that_anybody_may_add_takes_no_name_away(message: str, name: str) -> None:
    found = judged([zap(message, called="scratch", name=name)])
    assert any(name in each.title for each in found), found
