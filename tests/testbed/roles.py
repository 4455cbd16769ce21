"""The roles of examples/rbac, in a cluster while they are needed and gone afterwards."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.testbed.cluster import TestCluster

EXAMPLES = Path(__file__).parents[2] / "examples" / "rbac"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
_PLURALS = {"ClusterRole": "clusterroles", "ClusterRoleBinding": "clusterrolebindings"}


@contextmanager
def example_roles(cluster: TestCluster, *files: str) -> Iterator[None]:
    """Create what the files (``read-only.yaml``, ``responder.yaml``) hold, and delete it again."""
    made: list[str] = []
    try:
        for file in files:
            for each in yaml.safe_load_all((EXAMPLES / file).read_text(encoding="utf-8")):
                place = f"{RBAC}/{_PLURALS[each['kind']]}"
                cluster.api.post(place, each)
                made.append(f"{place}/{each['metadata']['name']}")
        yield
    finally:
        for place in made:
            cluster.api.delete(place)
