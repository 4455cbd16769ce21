"""What a cluster can make us keep has an end: strings, lists, bodies, and the time that they may trickle in."""

from __future__ import annotations

import gc
import json
import time
import tracemalloc

import pytest

from opsconsole.cluster.feeds.watching import listing
from opsconsole.cluster.objects import meta
from opsconsole.cluster.objects.codec import Codec
from opsconsole.cluster.objects.resources import ALL, PODS
from opsconsole.cluster.transport.errors import BadAnswer, ClusterError, TimedOut
from opsconsole.records import State
from tests.cluster import faults as answers
from tests.cluster.conftest import Connect, Reflect
from tests.cluster.faults import Exchange, FaultServer
from tests.cluster.helpers import pod, pod_list

DEPLOYMENTS = next(each for each in ALL if each.plural == "deployments")


def _deployment(number: int) -> bytes:
    text = f"{number:06d}" * 30_000
    metadata = {
        "name": "web",
        "namespace": "n",
        "uid": "u",
        "resourceVersion": str(number),
        "annotations": {"big": text, text[:300]: "x"},
        "labels": {f"l{number}": text[:60_000]},
        "creationTimestamp": text,
    }
    spec = {"selector": {}, "template": {"metadata": {}, "spec": {"containers": [{"name": "a", "image": text}]}}}
    return json.dumps({"type": "MODIFIED", "object": {"metadata": metadata, "spec": spec}}).encode()


def test_an_object_whose_texts_change_all_the_time_does_not_fill_the_memory() -> None:
    codec = Codec(DEPLOYMENTS)
    for number in range(20):
        codec.event(_deployment(number))
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for number in range(20, 220):
        codec.event(_deployment(number))
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    # 200 writes of 300 KB each: what is kept of one is a fraction of a kilobyte.
    assert grown < 200 * 2048, f"{grown:,} bytes are kept"


def _pod_with_conditions(number: int, conditions: int, length: int) -> bytes:
    told = [{"type": f"example.org/{each}", "status": "False", "reason": "R" * length} for each in range(conditions)]
    told[0]["reason"] = f"R{number}" + "R" * length
    body = {"metadata": {"name": "web", "namespace": "n", "uid": "u"}, "status": {"conditions": told}}
    return json.dumps({"type": "MODIFIED", "object": body}).encode()


@pytest.mark.parametrize(("conditions", "length"), [(2_000, 20), (20, 100), (5, 50_000)])
def test_a_pod_whose_many_conditions_change_all_the_time_does_not_fill_the_memory(conditions: int, length: int) -> None:
    """Each set of them was remembered, to be shared: one pod took 3.5 MB with each write, up to gigabytes."""
    codec = Codec(PODS)
    for number in range(5):
        codec.event(_pod_with_conditions(number, conditions, length))
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for number in range(5, 30):
        codec.event(_pod_with_conditions(number, conditions, length))
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 25 * 4096, f"{grown:,} bytes are kept"


def test_a_long_text_is_cleaned_and_cut_but_not_remembered() -> None:
    before = len(meta.WORDS)
    assert meta.WORDS["\x1b" + "x" * 100_000].startswith("␛x")
    assert len(meta.WORDS["y" * 100_000]) <= meta.MAX_VALUE + 1
    assert len(meta.WORDS) == before


def test_a_list_without_an_end_is_broken_off(
    faults: FaultServer, reflect: Reflect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "MAX_OBJECTS", 3_000)
    one = json.dumps({"metadata": pod("p")["metadata"], "spec": {"containers": []}}, separators=(",", ":"))
    sent: list[int] = []

    def endless(exchange: Exchange) -> None:
        exchange.begin_stream()
        exchange.chunk(b'{"kind":"PodList","metadata":{"resourceVersion":"1"},"items":[')
        block = (one + ",").encode() * 500
        while not exchange.closing.is_set():
            exchange.chunk(block)
            sent.append(500)

    faults.on("/api/v1/pods", endless)
    sink = reflect(faults.url)
    assert "a list of more than 3,000 objects" in sink.wait_state(State.DOWN).detail


def test_pages_without_an_end_are_broken_off(
    faults: FaultServer, connect_to: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "MAX_OBJECTS", 20)
    empty = {"kind": "PodList", "metadata": {"resourceVersion": "1", "continue": "again"}, "items": []}
    faults.on("/api/v1/pods", answers.body(empty))
    with pytest.raises(BadAnswer, match="more than 20 objects"):
        list(listing.pages(connect_to(faults.url), "/api/v1/pods", 10, Codec(PODS)))


def test_a_list_that_trickles_in_has_a_deadline(faults: FaultServer, connect_to: Connect) -> None:
    def trickle(exchange: Exchange) -> None:
        exchange.begin_stream()
        for letter in json.dumps(pod_list("a")):
            exchange.chunk(letter.encode())
            time.sleep(0.05)

    faults.on("/api/v1/pods", trickle)
    slow = pytest.raises(TimedOut, match="comes too slowly")
    with slow, connect_to(faults.url).stream("/api/v1/pods", deadline=0.4) as stream:
        list(stream.parts())


@pytest.mark.parametrize("code", [400, 403, 429, 500, 503])
def test_an_error_whose_words_never_end_is_broken_off(faults: FaultServer, connect_to: Connect, code: int) -> None:
    sent: list[int] = []

    def flood(exchange: Exchange) -> None:
        exchange.handler.send_response(code)
        exchange.handler.send_header("Transfer-Encoding", "chunked")
        exchange.handler.end_headers()
        while not exchange.closing.is_set():
            exchange.chunk(b"x" * 65_536)
            sent.append(65_536)

    faults.on("/api/v1/pods", flood)
    with pytest.raises(ClusterError):
        connect_to(faults.url).request("GET", "/api/v1/pods")
    assert sum(sent) < 16 << 20  # what was on its way when it hung up
