"""The servers that the contract is tested on: the rehearsal's, and a real one where the test bed can run."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest

from opsconsole.clock import SystemClock
from rehearsal.server.authorization.access import User
from rehearsal.server.bootstrap import bootstrap
from rehearsal.server.core import Core
from rehearsal.server.http import HttpServer
from tests.contract.target import Target, deployment

ADMIN = "contract-admin"


@pytest.fixture(scope="session")
def rehearsal_server() -> Iterator[Target]:
    """The rehearsal's API server alone, without a world behind it."""
    core = Core(SystemClock(), random.Random(1))
    bootstrap(core)
    core.tokens.add_user(ADMIN, User("admin", ("system:masters", "system:authenticated")))
    server = HttpServer(core, bookmark_seconds=0.5)
    server.start()
    target = Target("rehearsal", server.url, token=ADMIN)
    target.core = core
    yield target
    server.stop()


@pytest.fixture(scope="session", params=["rehearsal", pytest.param("real", marks=pytest.mark.cluster)])
def target(request: pytest.FixtureRequest) -> Target:
    """Each server in turn."""
    if request.param == "rehearsal":
        return request.getfixturevalue("rehearsal_server")
    cluster = request.getfixturevalue("cluster")
    pki = cluster.layout.pki
    return Target("real", cluster.server, ca=pki("ca.crt"), cert=pki("testbed.crt"), key=pki("testbed.key"))


@pytest.fixture
def forget(target: Target, request: pytest.FixtureRequest) -> Callable[[], None]:
    """Makes the server forget its history: a compaction, and for the real one a restart, as it caches history."""
    if target.name == "rehearsal":
        return target.core.storage.forget
    cluster = request.getfixturevalue("cluster")

    def compact() -> None:
        cluster.store.compact()
        cluster.kill_apiserver()
        cluster.restart_apiserver()

    return compact


@pytest.fixture
def ns(target: Target, request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh namespace."""
    name = target.namespace()
    if target.name == "real":
        cluster = request.getfixturevalue("cluster")
        yield name
        cluster.remove_namespaces(name)
    else:
        yield name
        target.delete(f"/api/v1/namespaces/{name}")


@pytest.fixture
def path(target: Target, ns: str) -> str:
    """A Deployment of no replicas, so that no controller gets in the way."""
    collection = f"/apis/apps/v1/namespaces/{ns}/deployments"
    assert target.post(collection, deployment("auth", replicas=0)).status == 201
    return f"{collection}/auth"
