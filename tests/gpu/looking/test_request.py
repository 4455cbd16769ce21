"""What a node is told of the cluster: when a pod that is not on the list may be called gone."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.gpu.pods import Life, PodWatch
from opsconsole.gpu.request import Asked, RequestError, RequestPods, decode
from tests.support.clock import ManualClock

CLOCK = ManualClock()


def item(uid: str, namespace: str = "ml", **more: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"uid": uid, "name": f"pod-{uid}", "namespace": namespace, "labels": {"a": "b"}} | more,
        "spec": {"containers": [{"env": [{"name": "TOKEN", "value": "hunter2"}]}]},
        "status": {"phase": "Running"},
    }


def kubectl(*items: dict[str, Any], **more: Any) -> bytes:
    document = {"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": list(items)}
    return json.dumps(document | more).encode()


WHOLE = (item("u"), item("dns", "kube-system"))


def view(data: bytes, made_at: float | None = None) -> Any:
    request = decode(data, CLOCK.now() if made_at is None else made_at)
    return RequestPods(request, CLOCK)(frozenset({"u", "gone"}))


def test_what_kubectl_prints_is_understood() -> None:
    found = view(kubectl(*WHOLE))
    assert found.complete
    assert list(found.pods) == ["u"]
    assert found.pods["u"].key == "ml/pod-u"


def test_a_pods_environment_is_not_kept() -> None:
    request = decode(kubectl(*WHOLE), CLOCK.now())
    assert "hunter2" not in repr(request)


def test_terminating_and_terminal_pods_are_told_apart() -> None:
    over = item("u") | {"status": {"phase": "Failed"}}
    going = item("gone", deletionTimestamp="2026-11-21T00:00:00Z")
    watch = PodWatch(RequestPods(decode(kubectl(over, going, item("x", "kube-system")), CLOCK.now()), CLOCK), CLOCK)
    known = watch.look(["u", "gone", "other"]).known
    assert {uid: one.life for uid, one in known.items()} == {
        "u": Life.TERMINAL,
        "gone": Life.TERMINATING,
        "other": Life.ABSENT,
    }


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"{}", "no list of pods was given"),
        (kubectl(), "one namespace at most"),
        (kubectl(item("u"), item("v")), "one namespace at most"),
        (kubectl(*WHOLE, as_of=CLOCK.now() - 61), "61 s old"),
        (kubectl(*WHOLE, as_of=CLOCK.now() + 61), "future"),
        (kubectl(*WHOLE, metadata={"continue": "abc"}), "not whole"),
        (kubectl(*WHOLE, item("")), "not whole"),
    ],
    ids=["none", "empty", "one namespace", "old", "future", "pages", "no uid"],
)
def test_a_list_that_may_lack_pods_makes_nothing_absent(data: bytes, words: str) -> None:
    found = view(data)
    assert not found.complete
    assert words in found.why


def test_a_file_is_as_old_as_it_is() -> None:
    assert not view(kubectl(*WHOLE), made_at=CLOCK.now() - 3600).complete


def test_whoever_knows_may_say_that_one_namespace_is_all() -> None:
    assert view(kubectl(item("u"), complete=True)).complete


def test_targets_and_more_stand_beside_the_items() -> None:
    request = decode(kubectl(*WHOLE, targets=[{"pid": 7, "start_ticks": 9}], over_since={"g": 5.0}, killed=["k"]), 0.0)
    assert (request.targets, request.over_since, request.killed) == ([Asked(7, 9)], {"g": 5.0}, ["k"])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"No resources found",
        b"[]",
        b'{"items": 3}',
        b'{"items": [{"metadata": {"uid": 5}}]}',
        b'{"targets": [{"pid": "x"}]}',
        b'{"items": [{"kind": "Node", "metadata": {"uid": "n"}}]}',
        b"\xff\xfe",
    ],
)
def test_other_input_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(RequestError, match="list"):
        decode(data, 0.0)


scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
keys = st.sampled_from(["items", "metadata", "uid", "targets", "pid", "start_ticks", "over_since", "status", "kind"])
documents = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4))


@given(st.binary(max_size=50) | documents.map(lambda document: json.dumps(document).encode()))
def test_any_input_is_a_request_or_an_error_in_words(data: bytes) -> None:
    with contextlib.suppress(RequestError):
        assert decode(data, 5.0).as_of is not None


def test_absence_goes_on_from_an_earlier_report() -> None:
    clock = ManualClock()
    first = PodWatch(RequestPods(decode(kubectl(*WHOLE, as_of=clock.now()), 0.0), clock), clock)
    first.look(["gone"])
    told = first.over_since
    clock.at += 70
    later = PodWatch(RequestPods(decode(kubectl(*WHOLE, as_of=clock.now()), 0.0), clock), clock)
    later.take_over(told)
    assert later.look(["gone"]).known["gone"].seconds == pytest.approx(70)


def test_a_time_in_the_future_gives_no_head_start() -> None:
    clock = ManualClock()
    watch = PodWatch(RequestPods(decode(kubectl(*WHOLE, as_of=clock.now()), 0.0), clock), clock)
    watch.take_over({"gone": clock.now() + 500})
    assert watch.look(["gone"]).known["gone"].seconds == 0


def test_a_pod_that_is_there_after_all_loses_what_an_earlier_report_said() -> None:
    clock = ManualClock()
    watch = PodWatch(RequestPods(decode(kubectl(*WHOLE, as_of=clock.now()), 0.0), clock), clock)
    watch.take_over({"u": clock.now() - 500})
    assert watch.look(["u"]).known["u"].life is Life.LIVE
    assert watch.over_since == {}
