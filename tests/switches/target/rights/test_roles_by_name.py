"""A role that no list shows is asked for by its name before it counts as not there."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from opsconsole.cluster.transport.errors import RequestWords, from_status
from opsconsole.optimizer import Optimizer
from opsconsole.switches.revoke.plan import DELETE, Case, cases
from opsconsole.switches.target.rights_reader import RightsReader
from tests.switches.fakeapi import FakeApi

RBAC = "/apis/rbac.authorization.k8s.io/v1/clusterroles"


class Unlisted(FakeApi):
    """Lists no ClusterRole: they were made after that; ``status``: what it answers when asked for one by its name."""

    def __init__(self, status: int = 200) -> None:
        super().__init__()
        self._status = status

    def request(self, method: str, path: str, **options: Any) -> bytes:
        if path == RBAC:
            return msgspec.json.encode({"kind": "ClusterRoleList", "metadata": {}, "items": []})
        if path.startswith(RBAC) and self._status != 200:
            raise from_status(self._status, b"", RequestWords(method, path))
        return super().request(method, path, **options)


def decided(api: FakeApi) -> Case:
    subjects = [{"kind": "User", "name": "aura"}]
    api.add("ClusterRoleBinding", "", "b", roleRef={"kind": "ClusterRole", "name": "made-since"}, subjects=subjects)
    target = Optimizer(users=("aura",), groups=("none",))
    (case,) = cases(RightsReader(api, target, [], lambda: ("me", ()), 5.0).read())
    return case


@pytest.mark.parametrize(("verb", "does"), [("get", "leave"), ("patch", DELETE)])
def test_a_role_that_was_made_since_counts_by_what_it_gives(verb: str, does: str) -> None:
    api = Unlisted()
    api.add("ClusterRole", "", "made-since", rules=[{"verbs": [verb], "apiGroups": ["apps"], "resources": ["x"]}])
    case = decided(api)
    assert (case.does, case.latent) == (does, False)


def test_a_role_that_is_not_there_by_its_name_either_gives_nothing_yet() -> None:
    assert decided(Unlisted()).latent


@pytest.mark.parametrize("status", [403, 500])
def test_a_role_of_which_that_is_not_known_counts_as_dangerous(status: int) -> None:
    case = decided(Unlisted(status))
    assert (case.does, case.latent) == (DELETE, False)
    assert "unknown" in case.rights[0]
