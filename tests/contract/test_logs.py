"""Logs of containers: the tail, a time, time stamps, the run before, following."""

from __future__ import annotations

import time

import pytest

from rehearsal.times import nano_stamp, seconds
from tests.contract.logs import Logs, RealLogs, RehearsedLogs
from tests.contract.target import Target, pod
from tests.support.waiting import eventually


@pytest.fixture
def logs(target: Target, ns: str, request: pytest.FixtureRequest) -> Logs:
    if target.name == "rehearsal":
        return RehearsedLogs(target, ns)
    return RealLogs(target, request.getfixturevalue("cluster"), ns)


@pytest.fixture
def path(ns: str) -> str:
    return f"/api/v1/namespaces/{ns}/pods/p/log"


def test_the_whole_log_and_its_tail(target: Target, logs: Logs, path: str) -> None:
    for number in range(5):
        logs.write(f"line {number}")
    assert target.get(path).text == "".join(f"line {number}\n" for number in range(5))
    assert target.get(path, tailLines=2).text == "line 3\nline 4\n"
    assert target.get(path, tailLines=0).text == ""
    assert target.get(path, container="main", tailLines=1).text == "line 4\n"


def test_time_stamps_are_rfc_3339_with_nanoseconds(target: Target, logs: Logs, path: str) -> None:
    logs.write("hello")
    stamp, _, text = target.get(path, timestamps="true").text.partition(" ")
    assert text == "hello\n"
    assert abs(seconds(stamp) - time.time()) < 60
    assert len(stamp) == len("2026-11-21T22:36:49.477250864Z")


def test_since_a_time_is_in_whole_seconds(target: Target, logs: Logs, path: str) -> None:
    """A ``sinceTime`` is cut to its second on the way to the kubelet: ask with a margin."""
    logs.write("before")
    next_second = int(time.time()) + 1
    eventually(lambda: time.time() > next_second)
    logs.write("after")
    assert target.get(path, sinceTime=nano_stamp(next_second + 0.9)).text == "after\n"
    assert target.get(path, sinceTime=nano_stamp(next_second - 0.1)).text == "before\nafter\n"
    assert target.get(path, sinceSeconds=3600).text == "before\nafter\n"


def test_the_run_before_is_kept_and_the_new_one_begins_empty(target: Target, logs: Logs, path: str) -> None:
    logs.write("last words")
    logs.restart()
    logs.write("born again")
    assert target.get(path).text == "born again\n"
    assert target.get(path, previous="true").text == "last words\n"


def test_following_sends_what_is_there_and_what_comes(target: Target, logs: Logs, path: str) -> None:
    logs.write("old")
    with target.lines(path, follow="true") as arriving:
        assert next(arriving) == b"old"
        logs.write("new")
        assert next(arriving) == b"new"


def test_a_container_that_is_not_there_is_named(target: Target, logs: Logs, path: str) -> None:
    reply = target.get(path, container="ghost")
    assert (reply.status, reply.message) == (400, "container ghost is not valid for pod p")


def test_of_several_containers_one_must_be_chosen(target: Target, ns: str) -> None:
    body = pod("two")
    body["spec"]["containers"].append({"name": "side", "image": "y"})
    target.post(f"/api/v1/namespaces/{ns}/pods", body)
    reply = target.get(f"/api/v1/namespaces/{ns}/pods/two/log")
    message = "a container name must be specified for pod two, choose one of: [main side]"
    assert (reply.status, reply.message) == (400, message)


def test_a_pod_without_a_node_has_no_log_and_that_is_no_error(target: Target, ns: str) -> None:
    target.post(f"/api/v1/namespaces/{ns}/pods", pod("waiting"))
    reply = target.get(f"/api/v1/namespaces/{ns}/pods/waiting/log")
    assert (reply.status, reply.text) == (204, "")


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ({"tailLines": "x"}, 400, 'strconv.ParseInt: parsing "x": invalid syntax'),
        (
            {"tailLines": "-1"},
            422,
            'PodLogOptions "waiting" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0',
        ),
    ],
)
def test_options_that_are_none_are_refused(
    target: Target, ns: str, query: dict[str, str], status: int, message: str
) -> None:
    target.post(f"/api/v1/namespaces/{ns}/pods", pod("waiting"))
    reply = target.get(f"/api/v1/namespaces/{ns}/pods/waiting/log", **query)
    assert (reply.status, reply.message) == (status, message)
