"""What is above a pod is asked for by its own kind and group, whatever discovery says."""

from __future__ import annotations

from typing import Any

import pytest

from opsconsole.cluster.transport.errors import ClusterError, NotFound, ServerFailure
from opsconsole.records import Ref
from opsconsole.switches.target.workloads.climb import Controllers
from opsconsole.switches.target.workloads.wire import Owner


class Discovery:
    """An API server whose discovery of one API group answers so, and that has no object at all."""

    def __init__(self, error: ClusterError) -> None:
        self.error = error

    def request(self, _method: str, path: str, **_: Any) -> bytes:
        raise self.error if path.startswith("/apis/batch.volcano.sh") else NotFound("404: no such object", status=404)


@pytest.mark.parametrize("kind", ["Job", "Deployment", "Service", "Node", "Workflow"])
@pytest.mark.parametrize(
    "error", [ServerFailure("503: the API group is down", status=503), NotFound("404: not served any more", status=404)]
)
@pytest.mark.parametrize("version", ["v1alpha1", ""])
def test_an_owner_whose_api_group_says_nothing_is_not_taken_for_gone(
    kind: str, error: ClusterError, version: str
) -> None:
    """A Job of another group is none of Kubernetes' own: that there is no such Job of batch/v1 proves nothing."""
    controllers = Controllers(Discovery(error), 1.0)  # type: ignore[arg-type]
    owner = Owner(Ref(kind, "ml", "train", "uid-1"), "batch.volcano.sh", version)
    above = controllers.whole(owner)
    assert str(above) == f"{kind}.batch.volcano.sh/train -n ml"
    with pytest.raises(ClusterError, match="can't be looked up"):
        controllers.is_gone(above)


def test_an_owner_of_kubernetes_own_is_asked_for_by_its_kind() -> None:
    controllers = Controllers(Discovery(NotFound("404", status=404)), 1.0)  # type: ignore[arg-type]
    assert controllers.is_gone(controllers.whole(Owner(Ref("Job", "ml", "train", "uid-1"), "batch", "v1")))
