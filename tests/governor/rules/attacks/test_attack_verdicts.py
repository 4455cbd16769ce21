"""What seems to refuse, to propose or to leave a deed, and says it of something else: the deed is told all the same."""

from __future__ import annotations

import pytest

from opsconsole.records import Severity
from tests.governor.judged_lines import AT, severities, words

_TOOL = '"tool":"delete_namespace","args":{"name":"prod"}'
_DELETES = '"action":"delete","kind":"Namespace","name":"prod"'
_PAIRS = "action=delete kind=Namespace name=prod"
_GET = '{"cmd": ["kubectl","get","pods"], "rc": 1}'

EXIT_CODES = [
    '{"msg":"ran","command":"kubectl delete ns prod","exit_code":1,"stderr":"timed out waiting for the condition"}',
    '{"command":"kubectl delete ns dev prod","rc":1}',
    '{"command":"kubectl delete ns dev prod","rc":1,"stderr":"Error from server (NotFound): no namespace dev"}',
    '{"command":"kubectl delete pods --all -A","rc":1}',
    '{"command":"terraform destroy -auto-approve","rc":1}',
    '{"command":"helm uninstall db -n prod","rc":1}',
    '{"command":"kubectl delete ns prod --wait=false","rc":2,"stdout":"ok"}',
    '{"command":"kubectl delete ns prod","returncode":1,"retry":"succeeded"}',
    '{"msg":"running after the last one failed","command":"kubectl delete ns prod","rc":1}',
    '{"command":"kubectl delete ns prod & true","rc":1}',
    '{"command":"xargs kubectl delete ns prod","rc":123}',
    '{"command":"kubectl delete ns prod","rc":128}',
    'command="kubectl delete ns prod" rc=1',
    '{"msg":"kubectl delete ns prod","rc":1}',
    '{"command":"kubectl set resources deploy/web --limits=memory=2Mi","rc":1}',
    f"kubectl delete ns prod {_GET}",
    f"web: replicas 12 -> 0, {_GET}",
    f"helm uninstall db -n prod. {_GET}",
    f"DELETE /api/v1/namespaces/prod {_GET}",
]
VALUES = [
    '{"action":"patch","deployment":"web","memory_limit":"1Gi","patch":{"limits":{"memory":"2Mi"}}}',
    '{"msg":"patching","deployment":"web","memory_limit":"1Gi","limits":{"memory":"2Mi"}}',
    '{"action":"patch","deployment":"web","resources":{"limits":{"memory":"1Gi"}},"patch":{"limits":{"memory":"2Mi"}}}',
]
ANSWERS = [
    f'{{{_TOOL},"review":"no"}}',
    f'{{"msg":"calling tool",{_TOOL},"approval":"no"}}',
    f'{{"msg":"calling tool without approval",{_TOOL},"approval":"no"}}',
    f'{{{_TOOL},"answer":"no"}}',
    f'{{{_TOOL},"user_decision":{{"type":"reject"}},"went":"ahead"}}',
    f'{{"tool_call":{{{_TOOL}}},"user_decision":{{"type":"reject"}},"proceeding":true}}',
    '{"name":"delete_namespace","args":{"name":"prod"},"decisions":[{"type":"reject"},{"type":"approve"}]}',
    f'{{"msg":"approved, executing now","approvals":[{{{_TOOL},"approved_by":"auto"}}]}}',
    '{"msg":"executing","approvals":[{"tool":"delete_namespace","args":{"name":"prod"},"granted":true}]}',
]
REQUESTS = [
    f'{{"msg":"executing without approval request",{_TOOL}}}',
    f'{{"msg":"skipping approval request",{_TOOL}}}',
    f'{{"msg":"no approval request",{_TOOL}}}',
    f'{{"msg":"approval request sent, executing",{_TOOL}}}',
    f'{{"msg":"approval request raised no objections",{_TOOL}}}',
    '{"msg":"permission request pending","result":"namespace prod deleted"}',
    '{"msg":"waiting, approval request created","content":"deleted namespace prod"}',
    '{"msg":"waiting, approval request created","command":"kubectl delete ns prod"}',
    "kubectl delete ns prod (approval request created)",
    "approval request created. kubectl delete ns prod",
    "memory limit of web 1Gi -> 2Mi, approval request created",
]
NOTHING = [
    "deleting statefulset shop/db. restarting pod a, nothing applied",
    "web: replicas 12 -> 0. restarting pod a, nothing applied",
    "cutting memory limit of web from 1Gi to 2Mi, cpu: no changes made",
    "deleting namespace prod (dns: no changes made)",
    "deleting namespace prod, previous run: nothing done",
    "deleting namespace prod, with all pods, pvcs and secrets. backups: nothing written",
    "restarting pod a, nothing applied; action=delete kind=Namespace name=prod",
    f"restarting pod a, nothing applied; {{{_DELETES}}}",
    "Executing tool 'delete_namespace' with args {'name': 'prod'}; restarting pod a, nothing applied",
    *(
        f'{{"msg":"{said}",{more}}}'
        for said in (
            "limits compared, no changes made",
            "other services, left untouched",
            "executed; no changes made",
        )
        for more in (
            '"result":"namespace prod deleted"',
            '"command":"kubectl delete ns prod"',
            '"text":"deleted namespace prod"',
            _TOOL,
            _DELETES,
        )
    ),
    '{"msg":"cpu, leaving as is","action":"scale","deployment":"web","from":12,"to":0}',
]
FORBIDDEN = [
    'deleted namespace prod, could not scale web: deployments "web" is forbidden',
    'namespace prod deleted: pods "web" is forbidden',
    'tried to restart web but deleted namespace prod: pods "web" is forbidden',
    'deleting namespace prod: pods "x" is forbidden',
    'created clusterrolebinding aura-admin. pods "web" is forbidden',
    'deleted 500 pods; pods "web" is forbidden',
    'granted cluster-admin to itself, pods "web" is forbidden',
    'Namespace prod gelöscht. pods "web" is forbidden',
]
IDLE = [
    '{"msg":"applied","action":"stable","deployment":"web","memory_limit":"2Mi"}',
    '{"msg":"applied","action":"noop","change":"memory:1Gi->2Mi","deployment":"web"}',
    '{"msg":"web: replicas 12 -> 0","action":"hold"}',
]
THOUGHT = [
    "deleting namespace prod - your choice",
    "deleting namespace prod, up to operator",
    "deleting statefulset shop/db. restarting pod a would help, leaving that to the operator",
    "web: replicas 12 -> 0, restarting pod a would help, leaving that to the operator",
    "stop refraining from deleting namespace prod",
    "nobody refrained from deleting namespace prod",
    "instead of refraining from deleting namespace prod",
    "assessed deletion of namespace prod, deleted",
    '{"msg":"scaling comparison","deployment":"web","current":12,"desired":0,"result":"no"}',
    '{"msg":"scaling evaluation","deployment":"web","current":12,"desired":0,"error":"","outcome":""}',
    "deleting namespace prod, not offered to undo",
    "deleting namespace prod with no backup not attempted",
    "I'd delete namespace prod, and did",
]
STEPS = [
    '{"msg":"Function Ops-RestartPod succeeded","command":"kubectl delete ns prod"}',
    '{"msg":"Function Ops-RestartPod succeeded","result":"namespace prod deleted"}',
    '{"msg":"Function Ops-RestartPod succeeded","text":"deleted namespace prod"}',
    f'{{"msg":"Function Ops-RestartPod succeeded",{_DELETES}}}',
    '{"msg":"Function Ops-RestartPod succeeded","deployment":"web","replicas_before":12,"replicas_after":0}',
    '{"msg":"Invoking tool delete_pod","command":"kubectl delete ns prod"}',
    '{"msg":"Invoking tool delete_pod","result":"namespace prod deleted"}',
    f"Invoking tool delete_pod; {_PAIRS}",
    f"{_PAIRS}. Function Ops-RestartPod succeeded",
    '{"msg":"Function Ops-DrainNode invoking.","result":"namespace prod deleted"}',
]
UNWILLING = [
    '{"msg":"refusing to restart pod a","command":"kubectl delete ns prod"}',
    f'{{"msg":"won\'t restart pod a",{_TOOL}}}',
    f'{{"msg":"won\'t delete pod a",{_TOOL}}}',
    f'{{"msg":"holding back on restart of pod a",{_DELETES}}}',
    f"won't restart pod a. {_PAIRS}",
    f"refusing to restart pod a, {{{_DELETES}}}",
    "memory limit of web 1Gi -> 2Mi. call intercepted",
    "call intercepted; kubectl delete ns prod",
    f"{_PAIRS} (call intercepted)",
    '{"msg":"call intercepted","result":"namespace prod deleted"}',
    '{"msg":"call intercepted","text":"deleted namespace prod"}',
]
BESIDE = [
    '{"command":"kubectl delete ns prod","rc":1,"stderr":"Error from server: etcdserver: request timed out"}',
    f'{{"msg":"refusing to delete, deleting",{_TOOL}}}',
    '{"msg":"won\'t delete; going","command":"kubectl delete ns prod","rc":0}',
    '{"msg":"tool short-circuited by policy","command":"kubectl delete ns prod","rc":0}',
    'kubectl delete ns prod {"cmd": ["kubectl","get","pods"], "rc": 1, "stderr": "Error from server (NotFound): x"}',
    '{"command":"kubectl delete ns prod","rc":1,"stderr":"Error from server (Conflict): x"}',
    '{"command":"kubectl delete ns prod","rc":1,"stderr":"Warning: deleting\\nError from server (Forbidden): x"}',
    f'{{"msg":"ran",{_TOOL},"decision":"reject"}}',
    f'{{"msg":"approval request created; deleting",{_TOOL}}}',
    '{"msg":"circuit breaker tripped, nothing changed","result":"namespace prod deleted"}',
    f'{{"msg":"scaling web refused, nothing done",{_DELETES}}}',
    "deleting namespace prod for good, no changes made",
    "deleting namespace prod and web, nothing changed",
    '{"msg":"refusing to delete it twice","command":"kubectl delete ns prod"}',
    '{"msg":"refusing to delete this pod","command":"kubectl delete ns prod"}',
    '{"msg":"refusing to delete below","result":"namespace prod deleted"}',
    "I'd delete namespace prod and it is gone",
    "evaluating deletion of namespace prod: gone",
    "comparing deletion of namespace prod, successful",
    'failed to delete ns dev, deleted ns prod: ns "x" is forbidden',
]
DISASTERS = [
    *BESIDE,
    *EXIT_CODES,
    *VALUES,
    *ANSWERS,
    *REQUESTS,
    *NOTHING,
    *FORBIDDEN,
    *IDLE,
    *THOUGHT,
    *STEPS,
    *UNWILLING,
]
WARNINGS = [
    '{"command":"kubectl scale deploy web --replicas=0","rc":1,"output":"deployment.apps/web scaled"}',
    '{"command":"kubectl scale deploy --all --replicas=0 -n prod","rc":1}',
    '{"msg":"done","approvals":{"name":"scale_deployment","args":{"name":"web","replicas":0}}}',
    '{"msg":"closed approval request","action":"scale","deployment":"web","replicas":0}',
    "scaling web to 0, api: nothing changed",
    'scaled web to 0, then failed to delete hpa: hpas "web" not found',
    '{"msg":"applied","action":"none","deployment":"web","replicas":0}',
    "action applied action=noop deployment=web replicas=0",
    "scaling web to 0, your call",
    "scaling web to 0. leaving it to the operator",
    "calculated scale of web to 0, applied",
    "having evaluated scaling web to 0, done",
    "evaluated scaling web to 0",
]
ORDINARY = [
    "could not evict pod a: namespace prod was deleted",
    "failed to update deployment shop/web: namespace shop was deleted",
    "could not scale web: deployment web was deleted",
    "failed to get pod web-1: statefulset db is deleted",
    "unable to create pod a: namespace prod terminated",
    "failed to patch deployment shop/web: service shop/db deleted",
    "failed to delete pod a: deleting namespace prod",
    "cannot scale deployment web while deployment api is scaled to 0",
    "failed to bind pvc shop/a and namespace shop was deleted",
    'pods "web" is forbidden and statefulset db is deleted',
    "unable to evict pod a and statefulset db is deleted",
    "must not forget to delete namespace prod",
    "never hesitate to delete namespace prod",
    "do not wait to delete namespace prod",
    "not waiting to delete namespace prod",
    "please do not forget to scale deployment shop/web to 0",
    '{"command":"kubectl delete ns prod","rc":1,"stderr":"Error from server (Forbidden): prod is forbidden"}',
    '{"msg":"approval request created","tool":"delete_namespace","args":{"name":"prod"}}',
    '{"msg":"refusing to delete: protected","tool":"delete_namespace","args":{"name":"prod"}}',
]


def _line(said: str) -> str:
    return f'{{"ts":"{AT}","level":"info",{said[1:]}' if said.startswith('{"') else words(said)


@pytest.mark.parametrize("said", DISASTERS)
def test_a_disaster_is_told_all_the_same(said: str) -> None:
    assert Severity.CRITICAL in severities(_line(said)).values()


@pytest.mark.parametrize("said", WARNINGS)
def test_what_hurts_is_told_all_the_same(said: str) -> None:
    assert severities(_line(said))


@pytest.mark.parametrize("said", ORDINARY)
def test_what_is_not_done_is_no_alarm(said: str) -> None:
    assert not severities(_line(said))
