"""List, get, selectors, pages, tables."""

from __future__ import annotations

import pytest

from tests.contract.target import TABLE, Target, deployment, pod

PARTIAL = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"


@pytest.fixture
def pods(target: Target, ns: str) -> str:
    for name, labels in (("a", {"app": "x", "tier": "web"}), ("b", {"app": "x"}), ("c", {"app": "y"})):
        assert target.post(f"/api/v1/namespaces/{ns}/pods", pod(name, labels=labels)).status == 201
    return f"/api/v1/namespaces/{ns}/pods"


def names(reply) -> list[str]:
    assert reply.status == 200, reply
    return [item["metadata"]["name"] for item in reply.body["items"]]


def test_a_list_names_its_kind_and_version_and_its_items_do_not(target: Target, pods: str) -> None:
    listed = target.get(pods)
    assert listed.body["kind"] == "PodList"
    assert int(listed.body["metadata"]["resourceVersion"]) > 0
    assert names(listed) == ["a", "b", "c"]
    assert all("kind" not in item for item in listed.body["items"])


@pytest.mark.parametrize(
    ("selector", "wanted"),
    [
        ("app=x", ["a", "b"]),
        ("app==x,tier", ["a"]),
        ("app!=x", ["c"]),
        ("!tier", ["b", "c"]),
        ("app in (x,y),tier notin (web)", ["b", "c"]),
        ("app in ( y )", ["c"]),
        ("app=", []),
    ],
)
def test_label_selectors_select(target: Target, pods: str, selector: str, wanted: list[str]) -> None:
    assert names(target.get(pods, labelSelector=selector)) == wanted


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ("a=(", "unable to parse requirement: found '(', expected: identifier"),
        ("a in b", "unable to parse requirement: found 'b' expected: '('"),
        ("a in (b", "unable to parse requirement: found '', expected: ',' or ')'"),
        ("=b", "found '=', expected: !, identifier, or 'end of string'"),
        ("a=b=c", "found '=', expected: ',' or 'end of string'"),
        ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
        ("a!", "unable to parse requirement: found '!', expected: in, notin, =, ==, !=, gt, lt"),
        ("!", "unable to parse requirement: found '', expected: identifier"),
        ("a,,b", "found ',', expected: identifier after ','"),
    ],
)
def test_a_label_selector_that_is_none_is_refused(target: Target, pods: str, selector: str, message: str) -> None:
    reply = target.get(pods, labelSelector=selector)
    assert (reply.status, reply.reason, reply.message) == (400, "BadRequest", message)


@pytest.mark.parametrize(
    ("selector", "wanted"),
    [
        ("metadata.name=b", ["b"]),
        ("status.phase=Pending", ["a", "b", "c"]),
        ("status.phase!=Pending", []),
        ("spec.nodeName=", ["a", "b", "c"]),
    ],
)
def test_field_selectors_select(target: Target, pods: str, selector: str, wanted: list[str]) -> None:
    assert names(target.get(pods, fieldSelector=selector)) == wanted


def test_an_unknown_field_selector_is_refused(target: Target, pods: str) -> None:
    reply = target.get(pods, fieldSelector="spec.nope=1")
    assert (reply.status, reply.message) == (400, "field label not supported: spec.nope")


def test_events_are_selected_by_what_they_are_about(target: Target, ns: str) -> None:
    path = f"/api/v1/namespaces/{ns}/events"
    for name, about in (("e1", "p1"), ("e2", "p2")):
        event = {
            "metadata": {"name": name},
            "involvedObject": {"kind": "Pod", "name": about, "namespace": ns},
            "reason": "Started",
            "type": "Normal",
        }
        assert target.post(path, event).status == 201
    assert names(target.get(path, fieldSelector="involvedObject.name=p2")) == ["e2"]


def test_pages_are_of_one_moment(target: Target, pods: str) -> None:
    first = target.get(pods, limit=2)
    assert names(first) == ["a", "b"]
    assert first.body["metadata"]["remainingItemCount"] == 1
    target.post(pods, pod("d"))
    rest = target.get(pods, limit=2, **{"continue": first.body["metadata"]["continue"]})
    assert names(rest) == ["c"]
    assert rest.body["metadata"]["resourceVersion"] == first.body["metadata"]["resourceVersion"]
    assert "continue" not in rest.body["metadata"]


def test_a_continue_token_that_is_none_is_refused(target: Target, pods: str) -> None:
    reply = target.get(pods, limit=1, **{"continue": "garbage"})
    assert (reply.status, reply.reason) == (400, "BadRequest")
    assert reply.message.startswith("invalid continue token")


def test_a_version_to_come_is_too_large(target: Target, pods: str) -> None:
    reply = target.get(pods, resourceVersion="999999999")
    assert (reply.status, reply.reason) == (504, "Timeout")
    assert reply.message.startswith("Timeout: Too large resource version: 999999999, current: ")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"limit": "x"}, 'strconv.ParseInt: parsing "x": invalid syntax'),
        (
            {"resourceVersion": "abc"},
            'invalid resource version: resourceVersion: Invalid value: "abc": '
            'strconv.ParseUint: parsing "abc": invalid syntax',
        ),
    ],
)
def test_numbers_that_are_none_are_refused(target: Target, pods: str, query: dict[str, str], message: str) -> None:
    reply = target.get(pods, **query)
    assert (reply.status, reply.message) == (400, message)


def test_a_table_without_objects_has_rows_alone(target: Target, pods: str) -> None:
    table = target.get(pods, accept=f"{TABLE},application/json", includeObject="None").body
    assert (table["kind"], table["apiVersion"]) == ("Table", "meta.k8s.io/v1")
    assert [column["name"] for column in table["columnDefinitions"]] == [
        "Name", "Ready", "Status", "Restarts", "Age", "IP", "Node", "Nominated Node", "Readiness Gates",
    ]  # fmt: skip
    assert [row["cells"][:4] + row["cells"][5:] for row in table["rows"]] == [
        [name, "0/1", "Pending", "0", "<none>", "<none>", "<none>", "<none>"] for name in "abc"
    ]
    assert all(row["object"] is None for row in table["rows"])
    assert int(table["metadata"]["resourceVersion"]) > 0


def test_a_table_has_metadata_unless_told_otherwise(target: Target, pods: str) -> None:
    table = target.get(pods, accept=TABLE, labelSelector="tier").body
    (row,) = table["rows"]
    assert row["object"]["kind"] == "PartialObjectMetadata"
    assert row["object"]["metadata"]["name"] == "a"


STATES = {
    "CrashLoopBackOff": {"waiting": {"reason": "CrashLoopBackOff"}},
    "OOMKilled": {"terminated": {"reason": "OOMKilled", "exitCode": 137}},
    "ExitCode:3": {"terminated": {"exitCode": 3}},
    "Signal:9": {"terminated": {"exitCode": 137, "signal": 9}},
    "Running": {"running": {}},
}


@pytest.mark.parametrize("word", STATES)
def test_a_table_says_what_kubectl_says(target: Target, pods: str, word: str) -> None:
    status = {"name": "main", "image": "x", "imageID": "", "ready": word == "Running", "restartCount": 4}
    status |= {"state": STATES[word], "lastState": {}}
    body = {"status": {"phase": "Running", "containerStatuses": [status]}}
    assert target.patch(f"{pods}/a/status", body).status == 200
    (row,) = target.get(pods, accept=TABLE, includeObject="None", fieldSelector="metadata.name=a").body["rows"]
    assert row["cells"][1:4] == ["1/1" if word == "Running" else "0/1", word, "4"]


def test_metadata_alone_is_metadata_alone(target: Target, pods: str) -> None:
    listed = target.get(pods, accept=PARTIAL).body
    assert (listed["kind"], listed["apiVersion"]) == ("PartialObjectMetadataList", "meta.k8s.io/v1")
    assert [set(item) for item in listed["items"]] == [{"kind", "apiVersion", "metadata"}] * 3


def test_what_can_not_be_sent_is_not_acceptable(target: Target, pods: str) -> None:
    reply = target.get(pods, accept="text/html")
    assert (reply.status, reply.reason) == (406, "NotAcceptable")


def test_what_is_not_there_is_not_found(target: Target, ns: str) -> None:
    reply = target.get(f"/apis/apps/v1/namespaces/{ns}/deployments/nope")
    assert (reply.status, reply.reason) == (404, "NotFound")
    assert reply.message == 'deployments.apps "nope" not found'
    assert reply.body["details"] == {"name": "nope", "group": "apps", "kind": "deployments"}


def test_what_is_not_served_is_not_found_either(target: Target, ns: str) -> None:
    reply = target.get(f"/api/v1/namespaces/{ns}/widgets")
    assert (reply.status, reply.message) == (404, "the server could not find the requested resource")
    assert target.get("/apis/nope.example/v1/things").text == "404 page not found\n"


def test_the_server_tells_its_version_and_what_it_serves(target: Target) -> None:
    version = target.get("/version").body
    assert version["major"] == "1"
    assert version["gitVersion"].startswith(f"v1.{version['minor']}.")
    found = {each["name"]: each for each in target.get("/apis/apps/v1").body["resources"]}
    assert found["deployments"]["kind"] == "Deployment"
    assert "deployments/scale" in found
    assert "apps" in {group["name"] for group in target.get("/apis").body["groups"]}
    assert target.get("/readyz").text == "ok"


def test_a_scale_has_no_replicas_at_zero(target: Target, ns: str) -> None:
    path = f"/apis/apps/v1/namespaces/{ns}/deployments"
    target.post(path, deployment("idle", replicas=0))
    scale = target.get(f"{path}/idle/scale").body
    assert (scale["kind"], scale["spec"], scale["status"]["selector"]) == ("Scale", {}, "app=idle")
