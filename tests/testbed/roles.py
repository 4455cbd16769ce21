"""The roles of examples/rbac, in a cluster while they are needed and gone afterwards."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from tests.testbed.rights import RBAC, wait_for_rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.testbed.api import Object
    from tests.testbed.cluster import TestCluster

EXAMPLES = Path(__file__).parents[2] / "examples" / "rbac"
_PLURALS = {
    "ClusterRole": "clusterroles",
    "ClusterRoleBinding": "clusterrolebindings",
    "Role": "roles",
    "RoleBinding": "rolebindings",
}


@contextmanager
def example_roles(cluster: TestCluster, *files: str) -> Iterator[None]:
    """Create what the files (``read-only.yaml``, ``responder.yaml``) hold, and delete it again."""
    found = [each for file in files for each in yaml.safe_load_all((EXAMPLES / file).read_text(encoding="utf-8"))]
    made: list[str] = []
    try:
        for each in found:
            space = each["metadata"].get("namespace", "")
            within = f"/namespaces/{space}" if space else ""
            place = f"{RBAC}{within}/{_PLURALS[each['kind']]}"
            cluster.api.post(place, each)
            made.append(f"{place}/{each['metadata']['name']}")
        wait_for_manifests(cluster, found)
        yield
    finally:
        for place in made:
            cluster.api.delete(place)


def wait_for_manifests(cluster: TestCluster, found: Sequence[Object]) -> None:
    """Wait until the authorizer knows of every binding among ``found``, of roles that are among it too."""
    roles = {(each["kind"], each["metadata"]["name"]): each["rules"] for each in found if "rules" in each}
    for each in found:
        if "roleRef" in each:
            rules = roles.get((each["roleRef"]["kind"], each["roleRef"]["name"]), ())
            wait_for_rules(cluster.api, each["subjects"], rules, each["metadata"].get("namespace", ""))
