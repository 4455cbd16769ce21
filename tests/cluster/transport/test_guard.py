"""Read-only: no verb and no trick gets a write out."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.cluster.transport import readonly as guard
from opsconsole.cluster.transport.errors import ReadOnlyError
from tests.cluster import faults as answers
from tests.cluster.conftest import Connect
from tests.cluster.faults import FaultServer

READS = [
    "/version",
    "/readyz",
    "/api",
    "/apis/apps/v1",
    "/openapi/v3/apis/apps/v1",
    "/api/v1/pods",
    "/api/v1/pods?watch=true&resourceVersion=1",
    "/api/v1/namespaces/production/pods/web-1/log?follow=true",
    "/apis/apps/v1/namespaces/production/deployments/web/scale",
    "/api/v1/namespaces/proxy/pods/exec/status",
    "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode",
]

REACHING_GETS = [
    "/api/v1/namespaces/production/pods/web-1/exec?command=rm",
    "/api/v1/namespaces/production/pods/web-1/%65xec?command=rm",
    "/api/v1/namespaces/production/pods/web-1/attach",
    "/api/v1/namespaces/production/pods/web-1/portforward",
    "/api/v1/namespaces/production/pods/web-1/proxy",
    "/api/v1/namespaces/production/pods/web-1:8080/proxy/shutdown",
    "/api/v1/namespaces/production/services/web/proxy/admin/delete",
    "/api/v1/nodes/node-0/proxy/run/production/web-1/app",
    "/api/v1/proxy/nodes/node-0",
    "/api/v1/watch/pods",
    "/debug/pprof/profile",
    "/",
]

REVIEWS = sorted(guard.REVIEWS)

WRITES = [
    "/api/v1/namespaces/production/pods",
    "/api/v1/namespaces/production/pods/web-1",
    "/api/v1/namespaces/production/pods/web-1/eviction",
    "/api/v1/namespaces/production/serviceaccounts/aura/token",
    "/apis/apps/v1/namespaces/production/deployments/web/scale",
    "/apis/authentication.k8s.io/v1/tokenreviews",
]


@pytest.mark.parametrize("target", READS)
def test_reads_pass(target: str) -> None:
    guard.check("GET", target)


@pytest.mark.parametrize("target", REVIEWS)
def test_reviews_pass(target: str) -> None:
    guard.check("POST", target)
    guard.check("POST", f"/k8s/clusters/c-1{target}", "/k8s/clusters/c-1")


LOCAL_REVIEW = "/apis/authorization.k8s.io/v1/namespaces/production/localsubjectaccessreviews"


def test_a_review_in_a_namespace_passes_by_post_and_stores_nothing() -> None:
    guard.check("POST", LOCAL_REVIEW)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_no_other_verb_reaches_a_review_in_a_namespace(method: str) -> None:
    with pytest.raises(ReadOnlyError):
        guard.check(method, LOCAL_REVIEW)


@pytest.mark.parametrize(
    "target",
    [
        f"{LOCAL_REVIEW}/x",
        f"{LOCAL_REVIEW}?dryRun=All",
        LOCAL_REVIEW.replace("production", "a/b"),
        LOCAL_REVIEW.replace("production", ".."),
        LOCAL_REVIEW.replace("production", "%2e%2e"),
        LOCAL_REVIEW.replace("v1", "v1beta1"),
    ],
)
def test_what_only_looks_like_a_review_in_a_namespace_is_stopped(target: str) -> None:
    with pytest.raises(ReadOnlyError):
        guard.check("POST", target)


@pytest.mark.parametrize("target", REACHING_GETS)
def test_gets_that_act_on_the_world_are_stopped(target: str) -> None:
    with pytest.raises(ReadOnlyError):
        guard.check("GET", target)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "HEAD", "TRACE", "", "*"])
@pytest.mark.parametrize("target", [*WRITES, *READS])
def test_every_verb_on_every_path_is_stopped(method: str, target: str) -> None:
    with pytest.raises(ReadOnlyError):
        guard.check(method, target)


@pytest.mark.parametrize(
    "method", ["post", "Post", "POST ", " POST", "POST\r\nX: y", "get", "Get", "DELETE /x HTTP/1.1"]
)
@pytest.mark.parametrize("target", ["/api/v1/pods", REVIEWS[0]])
def test_methods_in_another_spelling_are_stopped(method: str, target: str) -> None:
    with pytest.raises(ReadOnlyError):
        guard.check(method, target)


@pytest.mark.parametrize("review", REVIEWS)
@pytest.mark.parametrize(
    "bend",
    [
        "{review}/",
        "/{review}",
        "{review}?dryRun=All",
        "{review}/../../../../../api/v1/namespaces/production/pods",
        "{review}/%2e%2e/pods",
        "/api/v1/namespaces/production/pods/..{review}",
        "/api/v1/pods#{review}",
        "/api/v1/pods?x={review}",
        "{review}\r\n",
        "{review}%00",
        "{review};a=b",
        "//evil{review}",
        "/k8s{review}",
    ],
)
def test_paths_that_only_look_like_a_review_are_stopped(review: str, bend: str) -> None:
    with pytest.raises(ReadOnlyError):
        guard.check("POST", bend.format(review=review))


@pytest.mark.parametrize("target", REVIEWS)
def test_a_review_under_another_server_is_none(target: str) -> None:
    with pytest.raises(ReadOnlyError):
        guard.check("POST", f"/other{target}", "/k8s/clusters/c-1")


def test_a_whole_url_is_judged_by_its_path() -> None:
    guard.check("GET", "http://api.example:8080/api/v1/pods?watch=true")
    with pytest.raises(ReadOnlyError):
        guard.check("POST", f"http://api.example/api/v1/pods?x={REVIEWS[0]}")


@given(method=st.text(max_size=12), target=st.text(max_size=60))
def test_whatever_passes_is_a_get_or_a_review(method: str, target: str) -> None:
    with contextlib.suppress(ReadOnlyError):
        guard.check(method, target)
        assert method == "GET" or (method == "POST" and target.rpartition("/")[2].endswith("reviews"))


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_leaves_a_read_only_connection(faults: FaultServer, connect_to: Connect, method: str) -> None:
    connection = connect_to(faults.url)
    with pytest.raises(ReadOnlyError):
        connection.request(method, "/api/v1/namespaces/production/pods/web-1", body={})
    assert faults.asked == []


def test_the_sockets_themselves_refuse_to_write(faults: FaultServer, connect_to: Connect) -> None:
    """Whoever digs out the pools behind the connection still holds nothing that can write."""
    faults.on("/version", answers.body({"gitVersion": "v1"}))
    connection = connect_to(faults.url)
    connection.request("GET", "/version")
    assert connection._ready_for is not None
    for pool in connection._ready_for[1]._pools.values():
        with pytest.raises(ReadOnlyError):
            pool.request("DELETE", f"{faults.url}/api/v1/namespaces/production")
        with pytest.raises(ReadOnlyError):
            pool.connection_from_url(faults.url).urlopen("PATCH", "/api/v1/nodes/node-0", body=b"{}")
    assert [asked.method for asked in faults.asked] == ["GET"]


def test_the_same_connection_may_write_where_it_is_not_read_only(faults: FaultServer, connect_to: Connect) -> None:
    faults.on("DELETE /api/v1/namespaces/x", answers.body({}))
    connect_to(faults.url, read_only=False).request("DELETE", "/api/v1/namespaces/x", body={})
    assert [asked.method for asked in faults.asked] == ["DELETE"]
