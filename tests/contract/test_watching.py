"""Watches: continuity, selection, bookmarks, tables, the end of history."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import pytest

from tests.contract.target import MERGE, TABLE, Target, pod


@pytest.fixture
def path(ns: str) -> str:
    return f"/api/v1/namespaces/{ns}/configmaps"


def make(target: Target, path: str, name: str, labels: dict[str, str] | None = None) -> str:
    body = {"metadata": {"name": name, "labels": labels or {}}}
    return str(target.post(path, body).body["metadata"]["resourceVersion"])


ROOT_CA = "kube-root-ca.crt"
"""A fresh namespace gets this ConfigMap some time."""


def told(events: Iterator[Any]) -> Iterator[tuple[str, str]]:
    """The events as type and name; bookmarks, and what the control plane itself does, are passed over."""
    for event in events:
        if event["type"] != "BOOKMARK" and event["object"]["metadata"]["name"] != ROOT_CA:
            yield event["type"], event["object"]["metadata"]["name"]


def take(events: Iterator[Any], count: int) -> list[tuple[str, str]]:
    """The next events."""
    return list(islice(told(events), count))


def test_a_watch_goes_on_where_the_list_ended(target: Target, path: str) -> None:
    make(target, path, "before")
    version = target.get(path).body["metadata"]["resourceVersion"]
    make(target, path, "missed")
    with target.stream(path, resourceVersion=version, fieldSelector="metadata.name=missed") as events:
        assert take(events, 1) == [("ADDED", "missed")]
        target.patch(f"{path}/missed", {"data": {"a": "1"}}, MERGE)
        target.delete(f"{path}/missed")
        assert take(events, 2) == [("MODIFIED", "missed"), ("DELETED", "missed")]


def test_a_deleted_object_carries_the_version_of_its_deletion(target: Target, path: str) -> None:
    made = int(make(target, path, "c"))
    with target.stream(path, resourceVersion=made) as events:
        target.delete(f"{path}/c")
        event = next(event for event in events if event["type"] == "DELETED")
        assert int(event["object"]["metadata"]["resourceVersion"]) > made
        assert (event["object"]["kind"], event["object"]["apiVersion"]) == ("ConfigMap", "v1")


def test_without_a_version_it_begins_with_what_is_there(target: Target, path: str) -> None:
    make(target, path, "there")
    with target.stream(path, fieldSelector="metadata.name=there") as events:
        assert take(events, 1) == [("ADDED", "there")]


def test_leaving_the_selection_reads_as_deleted_and_entering_as_added(target: Target, path: str) -> None:
    version = make(target, path, "c", {"app": "x"})
    with target.stream(path, resourceVersion=version, labelSelector="app=x") as events:
        target.patch(f"{path}/c", {"metadata": {"labels": {"app": "y"}}}, MERGE)
        target.patch(f"{path}/c", {"metadata": {"labels": {"app": "x"}}}, MERGE)
        target.patch(f"{path}/c", {"data": {"a": "1"}}, MERGE)
        assert take(events, 3) == [("DELETED", "c"), ("ADDED", "c"), ("MODIFIED", "c")]


def test_a_watch_of_one_namespace_hears_of_no_other(target: Target, path: str) -> None:
    version = target.get(path).body["metadata"]["resourceVersion"]
    other = target.namespace()
    make(target, f"/api/v1/namespaces/{other}/configmaps", "elsewhere")
    make(target, path, "here")
    with target.stream(path, resourceVersion=version) as events:
        assert take(events, 1) == [("ADDED", "here")]
    target.delete(f"/api/v1/namespaces/{other}")


def test_initial_events_end_with_a_bookmark(target: Target, path: str) -> None:
    make(target, path, "there")
    query = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan", "allowWatchBookmarks": "true"}
    with target.stream(path, fieldSelector="metadata.name=there", **query) as events:
        assert take(events, 1) == [("ADDED", "there")]
        end = next(events)
        assert end["type"] == "BOOKMARK"
        assert end["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
        assert end["object"]["kind"] == "ConfigMap"
        assert int(end["object"]["metadata"]["resourceVersion"]) > 0


def test_a_watch_ends_when_its_time_is_over(target: Target, path: str) -> None:
    version = target.get(path).body["metadata"]["resourceVersion"]
    with target.stream(path, resourceVersion=version, timeoutSeconds=1) as events:
        assert list(told(events)) == []


def test_bookmarks_bring_a_quiet_watch_forward(target: Target, path: str, ns: str) -> None:
    """The real server sends one shortly before the watch's time is over; a busy one may miss that moment."""
    version = int(target.get(path).body["metadata"]["resourceVersion"])
    bookmarks: list[dict[str, Any]] = []
    for attempt in range(8):
        with target.stream(path, resourceVersion=version, allowWatchBookmarks="true", timeoutSeconds=8) as events:
            target.post(f"/api/v1/namespaces/{ns}/pods", pod(f"elsewhere-{attempt}"))
            bookmarks += [event for event in events if event["type"] == "BOOKMARK"]
        if bookmarks:
            break
    assert bookmarks
    assert int(bookmarks[-1]["object"]["metadata"]["resourceVersion"]) >= version


def test_a_watch_of_tables_has_rows_and_its_columns_once(target: Target, ns: str) -> None:
    pods = f"/api/v1/namespaces/{ns}/pods"
    target.post(pods, pod("a"))
    with target.stream(pods, accept=TABLE, includeObject="Metadata") as events:
        first = next(events)["object"]
        target.post(pods, pod("b"))
        second = next(event for event in events if event["type"] != "BOOKMARK")["object"]
    assert (first["kind"], first["rows"][0]["cells"][0], len(first["columnDefinitions"])) == ("Table", "a", 9)
    assert (second["rows"][0]["object"]["metadata"]["name"], second["columnDefinitions"]) == ("b", None)


def test_a_version_that_is_none_is_refused(target: Target, path: str) -> None:
    reply = target.get(path, watch=1, resourceVersion="abc")
    assert 'strconv.ParseUint: parsing "abc": invalid syntax' in reply.message


def test_history_that_is_gone_is_410_inside_the_stream(target: Target, path: str, forget: Callable[[], None]) -> None:
    version = make(target, path, "old")
    make(target, path, "newer")
    forget()
    make(target, path, "newest")
    with target.stream(path, resourceVersion=version) as events:
        event = next(events)
    assert event["type"] == "ERROR"
    assert (event["object"]["kind"], event["object"]["code"], event["object"]["reason"]) == ("Status", 410, "Expired")
    assert event["object"]["message"].startswith(f"too old resource version: {version} (")


def test_a_page_whose_history_is_gone_is_410(target: Target, path: str, forget: Callable[[], None]) -> None:
    for name in "abc":
        make(target, path, name)
    token = target.get(path, limit=1).body["metadata"]["continue"]
    make(target, path, "d")
    forget()
    reply = target.get(path, limit=1, **{"continue": token})
    assert (reply.status, reply.reason) == (410, "Expired")
    assert reply.message.startswith("The provided continue parameter is too old to display a consistent list result.")
