"""A console that watches a namespace while an optimizer and people write there, and a node of a test's own."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.switches.watching import Watch
from tests.testbed import objects

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster


@pytest.fixture
def watch(cluster: TestCluster, namespace: str, journal_dir: Path) -> Iterator[Watch]:
    made = Watch(cluster, namespace, journal_dir)
    yield made
    made.close()


@pytest.fixture
def own_node(cluster: TestCluster) -> Iterator[str]:
    name = f"node-{secrets.token_hex(3)}"
    cluster.api.post("/api/v1/nodes", objects.node(name))
    yield name
    cluster.api.delete(f"/api/v1/nodes/{name}")
