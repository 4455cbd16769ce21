"""Create, patch, put: optimistic locking, generation, defaults, managed fields, dry run."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.target import (
    AGENT,
    APPLY,
    JSON_PATCH,
    MERGE,
    STRATEGIC,
    Target,
    deployment,
    limits,
    pod,
    replicas,
    said,
)


def test_a_new_object_gets_its_identity_and_its_defaults(target: Target, ns: str) -> None:
    made = target.post(f"/apis/apps/v1/namespaces/{ns}/deployments", deployment("new")).body
    assert made["metadata"]["generation"] == 1
    assert len(made["metadata"]["uid"]) == 36
    assert made["metadata"]["creationTimestamp"].endswith("Z")
    assert made["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": "25%", "maxUnavailable": "25%"}
    assert made["spec"]["revisionHistoryLimit"] == 10
    assert made["spec"]["template"]["spec"]["restartPolicy"] == "Always"
    assert made["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] == 30


def test_requests_default_to_limits_in_pods_not_in_templates(target: Target, ns: str) -> None:
    made = target.post(f"/apis/apps/v1/namespaces/{ns}/deployments", deployment("new", replicas=0)).body
    assert "requests" not in made["spec"]["template"]["spec"]["containers"][0]["resources"]
    body = pod("p")
    body["spec"]["containers"][0]["resources"] = {"limits": {"memory": "64Mi"}}
    made = target.post(f"/api/v1/namespaces/{ns}/pods", body).body
    assert made["spec"]["containers"][0]["resources"]["requests"] == {"memory": "64Mi"}
    assert (made["status"]["phase"], made["status"]["qosClass"]) == ("Pending", "Burstable")


def test_the_same_name_twice_already_exists(target: Target, path: str) -> None:
    reply = target.post(path.rpartition("/")[0], deployment("auth"))
    assert said(reply) == (409, "AlreadyExists", 'deployments.apps "auth" already exists')


def test_generate_name_makes_one(target: Target, ns: str) -> None:
    body = {"metadata": {"generateName": "cm-"}}
    name = target.post(f"/api/v1/namespaces/{ns}/configmaps", body).body["metadata"]["name"]
    assert name.startswith("cm-")
    assert len(name) == len("cm-") + 5


def test_nothing_is_made_in_a_namespace_that_is_not_there(target: Target) -> None:
    reply = target.post("/apis/apps/v1/namespaces/absent/deployments", deployment("auth"))
    assert said(reply) == (404, "NotFound", 'namespaces "absent" not found')


def test_a_name_is_required_and_must_be_one(target: Target, ns: str) -> None:
    collection = f"/apis/apps/v1/namespaces/{ns}/deployments"
    unnamed = deployment("x") | {"metadata": {}}
    assert said(target.post(collection, unnamed)) == (
        422,
        "Invalid",
        'Deployment.apps "" is invalid: metadata.name: Required value: name or generateName is required',
    )
    bad = target.post(collection, deployment("x") | {"metadata": {"name": "Bad_Name"}})
    assert bad.status == 422
    assert bad.message.startswith(
        'Deployment.apps "Bad_Name" is invalid: metadata.name: Invalid value: "Bad_Name": a l'
    )


def test_the_write_ups_patch_changes_one_container_alone(target: Target, path: str) -> None:
    made = target.patch(path, limits("64Mi"), STRATEGIC).body
    main, side = made["spec"]["template"]["spec"]["containers"]
    assert main["resources"]["limits"] == {"cpu": "500m", "memory": "64Mi"}
    assert main["image"] == "registry.example/app:1.0"
    assert side["name"] == "sidecar"
    assert made["metadata"]["generation"] == 2


def test_a_merge_patch_replaces_a_list(target: Target, path: str) -> None:
    body = {"spec": {"template": {"spec": {"containers": [{"name": "only", "image": "x"}]}}}}
    made = target.patch(path, body, MERGE, dryRun="All").body
    assert [each["name"] for each in made["spec"]["template"]["spec"]["containers"]] == ["only"]


def test_a_strategic_patch_can_delete_by_key(target: Target, path: str) -> None:
    body = {"spec": {"template": {"spec": {"containers": [{"name": "sidecar", "$patch": "delete"}]}}}}
    made = target.patch(path, body, STRATEGIC).body
    assert [each["name"] for each in made["spec"]["template"]["spec"]["containers"]] == ["main"]


def test_taints_are_replaced_whole(target: Target) -> None:
    node = {
        "metadata": {"generateName": "n-"},
        "spec": {"unschedulable": True, "taints": [{"key": "a", "effect": "NoSchedule"}]},
    }
    name = target.post("/api/v1/nodes", node).body["metadata"]["name"]
    body = {"spec": {"taints": [{"key": "b", "value": "v", "effect": "NoExecute"}]}}
    made = target.patch(f"/api/v1/nodes/{name}", body, STRATEGIC).body
    target.delete(f"/api/v1/nodes/{name}")
    assert made["spec"]["taints"] == [{"key": "b", "value": "v", "effect": "NoExecute"}]


def test_a_json_patch_is_done_in_order_or_not_at_all(target: Target, path: str) -> None:
    body = [
        {"op": "test", "path": "/spec/replicas", "value": 0},
        {"op": "add", "path": "/metadata/annotations", "value": {"k": "v"}},
        {"op": "replace", "path": "/spec/revisionHistoryLimit", "value": 3},
    ]
    made = target.patch(path, body, JSON_PATCH).body
    assert (made["metadata"]["annotations"], made["spec"]["revisionHistoryLimit"]) == ({"k": "v"}, 3)
    refused = target.patch(path, [{"op": "test", "path": "/spec/replicas", "value": 9}], JSON_PATCH)
    assert said(refused) == (422, "Invalid", "the server rejected our request due to an error in our request")


# --- optimistic locking ------------------------------------------------------------------------------------------


MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"


@pytest.mark.parametrize("kind", [MERGE, STRATEGIC])
@pytest.mark.parametrize("below", ["", "/scale"])
def test_a_patch_of_an_old_version_is_a_conflict(target: Target, path: str, kind: str, below: str) -> None:
    reply = target.patch(path + below, {"metadata": {"resourceVersion": "1"}, "spec": {"replicas": 2}}, kind)
    message = f'Operation cannot be fulfilled on deployments.apps "auth": {MODIFIED}'
    assert said(reply) == (409, "Conflict", message)
    assert reply.body["details"] == {"name": "auth", "group": "apps", "kind": "deployments"}


def test_a_put_of_an_old_version_is_a_conflict_and_one_without_is_none(target: Target, ns: str) -> None:
    path = f"/api/v1/namespaces/{ns}/configmaps"
    target.post(path, {"metadata": {"name": "c"}, "data": {"frozen": "false"}})
    stale = {"metadata": {"name": "c", "resourceVersion": "1"}, "data": {"frozen": "true"}}
    assert said(target.put(f"{path}/c", stale))[:2] == (409, "Conflict")
    del stale["metadata"]["resourceVersion"]
    assert target.put(f"{path}/c", stale).body["data"] == {"frozen": "true"}


def test_a_put_for_another_uid_is_a_conflict(target: Target, ns: str) -> None:
    path = f"/api/v1/namespaces/{ns}/configmaps"
    target.post(path, {"metadata": {"name": "c"}})
    other = "00000000-0000-0000-0000-000000000000"
    reply = target.put(f"{path}/c", {"metadata": {"name": "c", "uid": other}})
    assert (reply.status, reply.reason) == (409, "Conflict")
    assert f"Precondition failed: UID in precondition: {other}, UID in object meta: " in reply.message


def test_a_patch_can_not_change_the_uid(target: Target, path: str) -> None:
    other = "00000000-0000-0000-0000-000000000000"
    reply = target.patch(path, {"metadata": {"uid": other}}, MERGE)
    message = f'Deployment.apps "auth" is invalid: metadata.uid: Invalid value: "{other}": field is immutable'
    assert said(reply) == (422, "Invalid", message)


def test_the_name_in_the_body_must_be_the_one_in_the_path(target: Target, path: str) -> None:
    reply = target.put(path, {"metadata": {"name": "other"}})
    message = "the name of the object (other) does not match the name on the URL (auth)"
    assert said(reply) == (400, "BadRequest", message)


# --- generation, status, dry run ---------------------------------------------------------------------------------


def test_annotations_raise_a_deployments_generation_and_labels_do_not(target: Target, path: str) -> None:
    before = target.get(path).body["metadata"]["generation"]
    labelled = target.patch(path, {"metadata": {"labels": {"k": "v"}}}, MERGE).body["metadata"]["generation"]
    annotated = target.patch(path, {"metadata": {"annotations": {"k": "v"}}}, MERGE).body["metadata"]["generation"]
    assert (labelled - before, annotated - before) == (0, 1)


def test_a_patch_that_changes_nothing_writes_nothing(target: Target, ns: str) -> None:
    path = f"/api/v1/namespaces/{ns}/configmaps"
    made = target.post(path, {"metadata": {"name": "c"}, "data": {"a": "1"}}).body
    again = target.patch(f"{path}/c", {"data": {"a": "1"}}, MERGE).body
    assert again["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]


def test_status_and_spec_are_written_apart(target: Target, ns: str) -> None:
    path = f"/api/v1/namespaces/{ns}/pods"
    target.post(path, pod("p"))
    by_status = target.patch(
        f"{path}/p/status", {"metadata": {"labels": {"a": "b"}}, "status": {"phase": "Running"}}
    ).body
    by_spec = target.patch(f"{path}/p", {"status": {"phase": "Failed"}}, MERGE).body
    assert by_status["status"]["phase"] == "Running"
    assert by_spec["status"]["phase"] == "Running"


def test_conditions_are_merged_by_type(target: Target, ns: str) -> None:
    path = f"/api/v1/namespaces/{ns}/pods"
    target.post(path, pod("p"))
    for kind in ("Ready", "Initialized", "Ready"):
        body = {"status": {"conditions": [{"type": kind, "status": "True"}]}}
        made = target.patch(f"{path}/p/status", body, STRATEGIC).body
    assert sorted(each["type"] for each in made["status"]["conditions"]) == ["Initialized", "Ready"]


def test_a_dry_run_answers_and_leaves_no_trace(target: Target, path: str) -> None:
    before = target.get(path).body
    reply = target.patch(path, limits("64Mi"), STRATEGIC, dryRun="All")
    assert reply.body["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["memory"] == "64Mi"
    assert target.get(path).body["spec"] == before["spec"]
    assert target.post(path.rpartition("/")[0], deployment("dry"), dryRun="All").status == 201
    assert target.get(path.rpartition("/")[0] + "/dry").status == 404
    assert target.delete(path, dryRun="All").status == 200
    assert target.get(path).status == 200


def test_a_dry_run_still_refuses(target: Target, path: str) -> None:
    assert target.patch(path, replicas("-1"), MERGE, dryRun="All").status == 422


def test_scale_by_put_and_by_every_patch(target: Target, ns: str, path: str) -> None:
    put = target.put(f"{path}/scale", {"metadata": {"name": "auth", "namespace": ns}, "spec": {"replicas": 2}}).body
    strategic = target.patch(f"{path}/scale", {"spec": {"replicas": 3}}, STRATEGIC).body
    by_json = target.patch(f"{path}/scale", [{"op": "replace", "path": "/spec/replicas", "value": 1}], JSON_PATCH).body
    assert [each["spec"]["replicas"] for each in (put, strategic, by_json)] == [2, 3, 1]
    assert target.get(path).body["spec"]["replicas"] == 1


# --- managed fields ----------------------------------------------------------------------------------------------


def managers(obj: Any) -> list[tuple[str, str, str]]:
    return [
        (each["manager"], each["operation"], each.get("subresource", "")) for each in obj["metadata"]["managedFields"]
    ]


def fields(obj: Any, manager: str) -> Any:
    return next(each["fieldsV1"] for each in obj["metadata"]["managedFields"] if each["manager"] == manager)


def test_the_manager_is_the_user_agents_first_word_or_what_is_said(target: Target, ns: str) -> None:
    path = f"/api/v1/namespaces/{ns}/configmaps"
    target.post(path, {"metadata": {"name": "c"}, "data": {"a": "1", "b": "1"}})
    made = target.patch(f"{path}/c", {"data": {"b": "2"}}, MERGE, fieldManager="opsconsole").body
    assert managers(made) == [(AGENT.split("/")[0], "Update", ""), ("opsconsole", "Update", "")]
    assert fields(made, "opsconsole") == {"f:data": {"f:b": {}}}
    assert fields(made, "contract") == {"f:data": {".": {}, "f:a": {}}}
    assert all(each["time"].endswith("Z") for each in made["metadata"]["managedFields"])


def test_an_optimizers_cut_shows_in_the_managed_fields(target: Target, path: str) -> None:
    agent = {"User-Agent": "OpenAPI-Generator/28.1.0/python"}
    made = target.patch(path, limits("64Mi"), STRATEGIC, headers=agent).body
    assert fields(made, "OpenAPI-Generator") == {
        "f:spec": {
            "f:template": {
                "f:spec": {"f:containers": {'k:{"name":"main"}': {"f:resources": {"f:limits": {"f:memory": {}}}}}}
            }
        }
    }


def test_a_status_write_has_an_entry_of_its_own(target: Target, ns: str) -> None:
    path = f"/api/v1/namespaces/{ns}/pods"
    target.post(path, pod("p"))
    made = target.patch(f"{path}/p/status", {"status": {"phase": "Running"}}, MERGE, fieldManager="kubelet").body
    assert ("kubelet", "Update", "status") in managers(made)


def test_apply_owns_conflicts_forces_and_drops(target: Target, ns: str) -> None:
    path = f"/api/v1/namespaces/{ns}/configmaps/ap"

    def config(**data: str) -> Any:
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "ap"}, "data": data}

    assert target.patch(path, config(a="1", b="2"), APPLY, fieldManager="one").status == 201
    clash = target.patch(path, config(a="9"), APPLY, fieldManager="two")
    assert said(clash) == (409, "Conflict", 'Apply failed with 1 conflict: conflict with "one": .data.a')
    assert target.patch(path, config(a="1"), APPLY, fieldManager="one").body["data"] == {"a": "1"}
    forced = target.patch(path, config(a="9"), APPLY, fieldManager="two", force="true").body
    assert (forced["data"], managers(forced)) == ({"a": "9"}, [("two", "Apply", "")])
    unnamed = target.patch(path, config(a="9"), APPLY)
    assert unnamed.message == (
        'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch'
    )


def test_a_secrets_plain_text_is_encoded(target: Target, ns: str) -> None:
    made = target.post(f"/api/v1/namespaces/{ns}/secrets", {"metadata": {"name": "s"}, "stringData": {"a": "b"}}).body
    assert (made["data"], made["type"], "stringData" in made) == ({"a": "Yg=="}, "Opaque", False)


def test_an_autoscalers_bounds_must_be_in_order(target: Target, ns: str) -> None:
    path = f"/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers"
    ref = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "a"}
    made = target.post(path, {"metadata": {"name": "h"}, "spec": {"maxReplicas": 3, "scaleTargetRef": ref}})
    assert made.body["spec"]["minReplicas"] == 1
    reply = target.patch(f"{path}/h", {"spec": {"minReplicas": 5}}, MERGE)
    why = "Invalid value: 3: must be greater than or equal to `minReplicas`"
    assert said(reply) == (
        422,
        "Invalid",
        f'HorizontalPodAutoscaler.autoscaling "h" is invalid: spec.maxReplicas: {why}',
    )


def test_a_cron_job_can_be_suspended(target: Target, ns: str) -> None:
    path = f"/apis/batch/v1/namespaces/{ns}/cronjobs"
    job = {
        "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "x:latest"}]}}}
    }
    made = target.post(path, {"metadata": {"name": "cj"}, "spec": {"schedule": "0 2 * * *", "jobTemplate": job}}).body
    assert (made["spec"]["suspend"], made["spec"]["concurrencyPolicy"]) == (False, "Allow")
    suspended = target.patch(f"{path}/cj", {"spec": {"suspend": True}}, MERGE).body
    assert (suspended["spec"]["suspend"], suspended["metadata"]["generation"]) == (True, 2)
