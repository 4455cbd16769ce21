"""Request paths from names, and what a path asks for in the words of RBAC."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import RequestWords
from opsconsole.feeds.backoff import Backoff

names = st.text(min_size=1, max_size=20).filter(lambda text: text not in {"status", "finalize"})


@pytest.mark.parametrize(
    ("method", "path", "watching", "words"),
    [
        ("GET", "/api/v1/pods", False, "list pods"),
        ("GET", "/api/v1/pods", True, "watch pods"),
        ("GET", "/api/v1/namespaces/ops/pods/aura/log", False, "get pods/log aura -n ops"),
        ("GET", "/api/v1/namespaces", False, "list namespaces"),
        ("GET", "/api/v1/namespaces/ops", False, "get namespaces ops"),
        ("PATCH", "/api/v1/namespaces/ops/finalize", False, "patch namespaces/finalize ops"),
        ("PATCH", "/apis/apps/v1/namespaces/ops/deployments/a/scale", False, "patch deployments.apps/scale a -n ops"),
        ("POST", "/api/v1/namespaces/ops/pods/a/eviction", False, "create pods/eviction a -n ops"),
        ("PUT", "/api/v1/nodes/n", False, "update nodes n"),
        ("DELETE", "/api/v1/nodes/n", False, "delete nodes n"),
        ("DELETE", "/api/v1/namespaces/ops/pods", False, "deletecollection pods -n ops"),
        ("GET", "/version", False, "get /version"),
        ("GET", "/apis/apps/v1", False, "get /apis/apps/v1"),
    ],
)
def test_a_request_in_words(method: str, path: str, watching: bool, words: str) -> None:
    assert str(RequestWords(method, path, watching=watching)) == words


@given(kind=st.sampled_from(sorted(paths.API_KINDS)), namespace=names, name=names)
def test_any_name_makes_a_path_that_names_it_again(kind: str, namespace: str, name: str) -> None:
    found = paths.parse(paths.of_kind(kind, namespace, name, "status"))
    assert found == paths.ApiPath(*paths.API_KINDS[kind], namespace, name, "status")


def test_a_kind_without_a_path_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        paths.of_kind("Rollout", "n", "x")


@given(seed=st.integers(0, 1000), failures=st.integers(1, 80))
def test_delays_grow_to_their_cap_and_never_beyond(seed: int, failures: int) -> None:
    backoff = Backoff(random.Random(seed), base=0.5, cap=10.0)
    delays = [backoff.next() for _ in range(failures)]
    assert all(0.25 <= delay <= 10.0 for delay in delays)
    assert 0.25 <= delays[0] <= 0.5
    assert all(delay >= 5.0 for delay in delays[5:])
    backoff.reset()
    assert backoff.next() <= 0.5
    assert backoff.next(asked=30.0) > 30.0
