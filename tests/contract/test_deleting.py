"""Delete: preconditions, grace, finalizers, what the answer is; eviction; namespaces."""

from __future__ import annotations

from tests.contract.target import MERGE, Target, deployment, pod
from tests.support.waiting import eventually

OTHER = "00000000-0000-0000-0000-000000000000"


def test_a_precondition_on_the_uid_protects_the_successor(target: Target, ns: str) -> None:
    path = f"/apis/apps/v1/namespaces/{ns}/deployments"
    uid = target.post(path, deployment("a", replicas=0)).body["metadata"]["uid"]
    reply = target.delete(f"{path}/a", {"preconditions": {"uid": OTHER}})
    assert (reply.status, reply.reason) == (409, "Conflict")
    assert reply.message == (
        f'Operation cannot be fulfilled on Deployment.apps "a": the UID in the precondition ({OTHER}) does not match '
        f"the UID in record ({uid}). The object might have been deleted and then recreated"
    )
    assert target.delete(f"{path}/a", {"preconditions": {"uid": uid}}).status == 200


def test_a_precondition_on_the_version_protects_what_has_changed(target: Target, ns: str) -> None:
    path = f"/api/v1/namespaces/{ns}/configmaps"
    version = target.post(path, {"metadata": {"name": "c"}}).body["metadata"]["resourceVersion"]
    target.patch(f"{path}/c", {"data": {"a": "1"}}, MERGE)
    reply = target.delete(f"{path}/c", {"preconditions": {"resourceVersion": version}})
    assert (reply.status, reply.reason) == (409, "Conflict")
    assert f"the ResourceVersion in the precondition ({version}) does not match" in reply.message


def test_a_finished_delete_answers_with_a_status(target: Target, ns: str) -> None:
    path = f"/api/v1/namespaces/{ns}/configmaps"
    uid = target.post(path, {"metadata": {"name": "c"}}).body["metadata"]["uid"]
    reply = target.delete(f"{path}/c")
    assert (reply.status, reply.body["status"]) == (200, "Success")
    assert reply.body["details"] == {"name": "c", "kind": "configmaps", "uid": uid}
    assert target.delete(f"{path}/c").message == 'configmaps "c" not found'


def test_a_pod_without_a_node_goes_at_once(target: Target, ns: str) -> None:
    path = f"/api/v1/namespaces/{ns}/pods"
    target.post(path, pod("p"))
    reply = target.delete(f"{path}/p")
    assert (reply.status, reply.body["kind"]) == (200, "Pod")
    assert target.get(f"{path}/p").status == 404


def test_a_pod_with_a_node_gets_its_grace_and_force_takes_it(target: Target, ns: str) -> None:
    path = f"/api/v1/namespaces/{ns}/pods"
    uid = target.post(path, pod("p", node="a-node-without-a-kubelet")).body["metadata"]["uid"]
    going = target.delete(f"{path}/p").body
    assert going["metadata"]["deletionGracePeriodSeconds"] == 30
    assert going["metadata"]["generation"] == 2
    sooner = target.delete(f"{path}/p", {"gracePeriodSeconds": 5}).body["metadata"]
    assert sooner["deletionGracePeriodSeconds"] == 5
    later = target.delete(f"{path}/p", {"gracePeriodSeconds": 60}).body["metadata"]
    assert later["deletionGracePeriodSeconds"] == 5
    forced = target.delete(f"{path}/p", {"gracePeriodSeconds": 0, "preconditions": {"uid": uid}})
    assert forced.status == 200
    assert target.get(f"{path}/p").status == 404


def test_a_finalizer_holds_even_against_force(target: Target, ns: str) -> None:
    path = f"/api/v1/namespaces/{ns}/pods"
    body = pod("p")
    body["metadata"]["finalizers"] = ["example.com/hold"]
    target.post(path, body)
    reply = target.delete(f"{path}/p", {"gracePeriodSeconds": 0})
    assert (reply.status, reply.body["metadata"]["finalizers"]) == (200, ["example.com/hold"])
    assert "deletionTimestamp" in target.get(f"{path}/p").body["metadata"]
    target.patch(f"{path}/p", {"metadata": {"finalizers": None}}, MERGE)
    assert target.get(f"{path}/p").status == 404


def test_eviction_is_refused_by_a_budget_and_a_plain_delete_is_not(target: Target, ns: str) -> None:
    pods = f"/api/v1/namespaces/{ns}/pods"
    target.post(pods, pod("p", labels={"app": "web"}, node="a-node-without-a-kubelet"))
    target.patch(
        f"{pods}/p/status", {"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}}
    )
    budgets = f"/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets"
    spec = {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}}
    target.post(budgets, {"metadata": {"name": "b"}, "spec": spec})
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "p", "namespace": ns}}

    def refused() -> bool:
        reply = target.post(f"{pods}/p/eviction", eviction, dryRun="All")
        return (reply.status, reply.message) == (
            429,
            "Cannot evict pod as it would violate the pod's disruption budget.",
        )

    eventually(refused)
    assert target.delete(f"{pods}/p", {"gracePeriodSeconds": 0}).status == 200


def test_eviction_deletes_where_no_budget_is(target: Target, ns: str) -> None:
    pods = f"/api/v1/namespaces/{ns}/pods"
    target.post(pods, pod("p"))
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "p", "namespace": ns}}
    reply = target.post(f"{pods}/p/eviction", eviction)
    assert (reply.status, reply.body["status"]) == (201, "Success")
    assert target.get(f"{pods}/p").status == 404


def test_a_namespace_that_goes_takes_nothing_in(target: Target) -> None:
    name = target.namespace()
    hold = {"metadata": {"name": "hold", "finalizers": ["example.com/hold"]}}
    target.post(f"/api/v1/namespaces/{name}/configmaps", hold)
    reply = target.delete(f"/api/v1/namespaces/{name}")
    assert (reply.status, reply.body["status"]["phase"]) == (200, "Terminating")
    late = target.post(f"/api/v1/namespaces/{name}/configmaps", {"metadata": {"name": "late"}})
    why = f"unable to create new content in namespace {name} because it is being terminated"
    assert (late.status, late.message) == (403, f'configmaps "late" is forbidden: {why}')
    target.patch(f"/api/v1/namespaces/{name}/configmaps/hold", {"metadata": {"finalizers": None}}, MERGE)


def test_a_pod_is_made_in_a_namespace_or_not_at_all(target: Target) -> None:
    assert target.post("/api/v1/pods", pod("p")).status == 405
