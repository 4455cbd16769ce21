"""pytest plugin: a session's one test cluster, fresh namespaces in it, and a cluster of an older Kubernetes.

Name it in ``pytest_plugins``. A test that asks for one of these fixtures is marked ``cluster``. Without Go, and
with nothing built before, such tests are skipped and the summary says why; ``OPSCONSOLE_REQUIRE_CLUSTER=1``
turns that into a failure.
"""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

import pytest

from tests.testbed import aura as aura_world
from tests.testbed.cluster import TestCluster
from tests.testbed.plane import build

if TYPE_CHECKING:
    from collections.abc import Iterator

_NO_GO = "real-cluster test: Go 1.26 was not found and the test bed has not been built before"
_BUILD_ERRORS = pytest.StashKey[dict[bool, str]]()
"""Why a build failed: of the older Kubernetes (true), of the other."""


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known, for runs with ``--strict-markers``."""
    config.addinivalue_line("markers", "cluster: needs the real control plane of tests/testbed (Go builds it)")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses a cluster, early enough for ``-m`` to see it; skip it where there can be none."""
    for item in items:
        if {"cluster", "older_cluster"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.cluster)
        if item.get_closest_marker("cluster") and _unavailable(older=_is_older(item)):
            item.add_marker(pytest.mark.skip(reason=_NO_GO))


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Build before the first test, as no test's time-out would leave room for it."""
    wanted = {_is_older(item) for item in session.items if item.get_closest_marker("cluster")}
    if session.config.option.collectonly:
        return
    for older in sorted(wanted):
        if _unavailable(older=older):
            continue
        try:
            build.ensure_older_built() if older else build.ensure_built()
        except build.BuildError as error:
            session.config.stash.setdefault(_BUILD_ERRORS, {})[older] = str(error)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail, in the build's own words, what needs a cluster that could not be built."""
    error = item.config.stash.get(_BUILD_ERRORS, {}).get(_is_older(item), "")
    if error and item.get_closest_marker("cluster"):
        pytest.fail(f"the test bed could not be built: {error}", pytrace=False)


def _is_older(item: pytest.Item) -> bool:
    return "older_cluster" in getattr(item, "fixturenames", ())


def _unavailable(*, older: bool) -> bool:
    if os.environ.get("OPSCONSOLE_REQUIRE_CLUSTER", "") not in {"", "0"} or build.find_go() is not None:
        return False
    return (build.cached_older() if older else build.cached()) is None


@pytest.fixture(scope="session")
def cluster() -> Iterator[TestCluster]:
    """The session's cluster: three nodes, audit log on. Leave it running and its API server unpaused."""
    with TestCluster(nodes=3) as running:
        yield running


@pytest.fixture(scope="module")
def older_cluster() -> Iterator[TestCluster]:
    """A cluster of the oldest Kubernetes that is supported, one node, audit log on: for one module, then it stops."""
    with TestCluster(nodes=1, binaries=build.ensure_older_built()) as running:
        yield running


@pytest.fixture
def namespace(cluster: TestCluster) -> Iterator[str]:
    """A fresh namespace in which pods can be created; behind the test it goes, and all in it."""
    name = f"t-{secrets.token_hex(4)}"
    cluster.create_namespace(name)
    yield name
    cluster.remove_namespaces(name)


@pytest.fixture
def aura(cluster: TestCluster) -> Iterator[aura_world.AuraWorld]:
    """The Aura night in namespaces of its own (the names are in the record); it goes behind the test."""
    world = aura_world.make_aura_world(cluster, suffix=f"-{secrets.token_hex(3)}")
    yield world
    world.remove(cluster)
