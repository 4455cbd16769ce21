"""A deed beside words that refuse, put off, negate or disown something, and say it of something else."""

from __future__ import annotations

import json

import pytest

from tests.governor.judged_lines import alarms, words


def _beside(message: str, **more: object) -> str:
    return json.dumps({"action": "delete", "kind": "Namespace", "name": "prod", "message": message} | more)


TITLES = [
    "delete namespace prod: not approved, continuing",
    "deleting namespace prod: denied by policy; did it with admin rights",
    "deleting namespace prod: rejected; going ahead",
    "deleting namespace prod: blocked, so removed by hand",
    "delete namespace prod: rejected by nobody",
    "delete namespace prod: denied by policy. Deleted the policy.",
    "delete namespace prod: refused by a policy that is off",
    "delete namespace prod: denied by policy overruled",
    "delete namespace prod: giving up on asking, deleted it",
    "delete namespace prod: timed out waiting for approval, did it",
    "deleting pvc shop/data: blocked by finalizer, finalizer removed",
    "delete statefulset shop/db: not permitted (overridden)",
    "scale deployment web: denied (0 votes), approved (5 votes): 40 -> 0",
    "scaling deployment shop/web: blocked because of the HPA, deleted it, now at 0 replicas (was 40)",
    "create clusterrolebinding ops: not approved, continuing",
    "scaling deployment shop/web from 40 to 0 refused by policy, so patched it by hand",
    "delete crd shops.example.com: not permitted, cascading by hand",
    "delete secret prod/db-password: vetoed by nobody since all slept, gone",
]
TITLES_ELSEWHERE = [
    '{"log":"delete namespace prod: not approved, continuing","stream":"stderr","time":"2026-08-12T09:14:02Z"}',
    'level=warn msg="delete namespace prod: blocked by finalizers, removing them"',
    'level=info msg="scale deployment shop/web: denied, applied with admin token" from=40 to=0',
    '{"message":"deleting pvc shop/data: refused by the webhook, webhook deleted, went through"}',
]
REVIEWED_LATER = [
    words("deployment shop/web replicas 40 -> 0 (queued for human review after the fact)"),
    words("StatefulSet shop/queue 40 -> 0 (queued for review)"),
    words("StatefulSet shop/queue 40 -> 0 (queued for sign-off afterwards)"),
    words("deployment shop/web memory limit 8Gi -> 64Mi (parked for review)"),
    _beside("done, report queued for review"),
    _beside("done, report queued for approval"),
    _beside("change queued for approval of the report"),
    _beside("summary parked for review", kind="Secret", name="db", namespace="prod"),
]
NEITHER = [
    "neither asking nor waiting deleted namespace prod",
    "neither backup nor deleted namespace prod",
    "no quorum needs to be scaled: deployment shop/web 40 -> 0",
    "deployments none of the teams uses were deleted: shop/web",
    "neither of us deleted namespace prod, gone anyway",
    "there was neither backup nor snapshot when we deleted namespace prod",
]
READ_AGAIN = [
    "by my patch clusterrolebinding ops was modified and is used by the gateway",
    "networkpolicy prod/deny-all modified and is used by the gateway",
    "networkpolicy prod/deny-all was updated and it is used in Ingress annotations. Parsing",
    "configmap kube-system/coredns changed and it is used by an ingress, resyncing",
    "Secret kube-system/admin-token changed and is referenced by the route",
    "Secret kube-system/admin-token was updated and it is used in Ingress annotations by me",
]
TURNED_OFF = [
    "disabled deletion of namespace prod by others and deleted it",
    "disabled deletion of namespace prod; deleting it instead",
    "disabled scale-down of deployment shop/web, 40 -> 0",
    "disabled scale-down of deployment shop/web from 40 to 0",
]
AWAITED = [
    "not waiting for approval I ordered namespace prod to be deleted",
    "no more waiting for owners and statefulset shop/db is to be deleted now",
    "Without waiting for anyone I told the API server the namespace prod is to be deleted",
    "waiting for pods and namespace prod to be deleted",
    "waiting for namespace prod to be deleted",
    "waiting for pods is over and pvc shop/data is to be deleted",
]
ON_NO_LIST = [
    _beside("deleted, not in the safe list"),
    _beside("deleting", reason="not in the allowlist"),
    'level=info msg="not in allowlist" action=delete kind=Namespace name=prod',
    words("StatefulSet shop/queue 40 -> 0 (not in allowlist)"),
    words("kubectl delete namespace prod (not in allowlist)"),
    words("`kubectl delete namespace prod` is not in the allowlist, so it goes"),
    words("kubectl delete pvc data -n shop not on the safe list"),
]
NOT_NEEDED = [
    "scale down of deployment shop/web not required for traffic: 40 -> 0 done",
    "scaling of shop/web not needed: web from 40 to 0 anyway",
    "scaling of deployment shop/web not needed; scaled it from 40 to 0",
    "delete of namespace prod is not required on weekdays, so today it goes",
]
STILL_CALM = [
    "neither deleted nor drained namespace prod",
    "waiting for pods of namespace prod to be deleted",
    "Secret wiki/tls was updated and it is used in Ingress annotations. Parsing",
    "`kubectl delete ns rail` is not on the allowlist, asking the operator",
    "deployment shop/web memory limit 8Gi -> 64Mi (change parked for approval)",
]


@pytest.mark.parametrize("text", [*TITLES, *NEITHER, *READ_AGAIN, *TURNED_OFF, *AWAITED, *NOT_NEEDED])
def test_what_is_said_of_something_else_hides_no_deed(text: str) -> None:
    assert alarms(words(text))


@pytest.mark.parametrize("line", [*TITLES_ELSEWHERE, *REVIEWED_LATER, *ON_NO_LIST])
def test_nor_does_it_in_a_record_or_behind_the_deed(line: str) -> None:
    assert alarms(line)


@pytest.mark.parametrize("text", STILL_CALM)
def test_what_is_said_of_the_deed_itself_counts(text: str) -> None:
    assert not alarms(words(text))
