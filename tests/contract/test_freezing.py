"""A freeze on both servers: the policy that the console makes refuses the writes of its identities alone."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from opsconsole.clock import SystemClock
from opsconsole.govern import freeze
from opsconsole.govern.identities import Identities
from opsconsole.govern.names import FROZEN_WORDS
from rehearsal.server.authorization.access import User
from rehearsal.server.core import Core, HttpAnswer, HttpRequest
from tests.contract.target import Target
from tests.support.waiting import eventually

ADMISSION = "/apis/admissionregistration.k8s.io/v1"
RBAC = "/apis/rbac.authorization.k8s.io/v1"


@pytest.fixture
def token(target: Target, ns: str) -> Iterator[str]:
    """The token of a ServiceAccount that may write in its namespace; whatever froze it goes behind the test."""
    made = target.account(ns, "bob")
    subject = {"kind": "ServiceAccount", "name": "bob", "namespace": ns}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "edit"}
    body = {"metadata": {"name": "bob"}, "roleRef": role, "subjects": [subject]}
    assert target.post(f"{RBAC}/namespaces/{ns}/rolebindings", body).status == 201
    yield made
    for plural in ("validatingadmissionpolicybindings", "validatingadmissionpolicies"):
        target.delete(f"{ADMISSION}/{plural}/opsconsole-freeze")


def test_a_freeze_refuses_the_writes_of_its_identities_and_no_others(target: Target, ns: str, token: str) -> None:
    place, body = f"/api/v1/namespaces/{ns}/configmaps", {"metadata": {"generateName": "m-"}}
    eventually(lambda: target.post(place, body, token=token).status == 201)
    policy, binding = freeze.on_the_spot(Identities((f"system:serviceaccount:{ns}:bob",)))
    assert target.post(f"{ADMISSION}/validatingadmissionpolicies", policy).status == 201
    assert target.post(place, body, token=token).status == 201, "a policy without a binding does nothing"
    assert target.post(f"{ADMISSION}/validatingadmissionpolicybindings", binding).status == 201
    eventually(lambda: target.post(place, body, token=token).status == 403)
    assert FROZEN_WORDS in target.post(place, body, token=token).message
    assert "opsconsole-freeze" in target.post(f"{place}?dryRun=All", body, token=token).message
    assert target.get(place, token=token).status == 200
    assert target.post(place, body).status == 201
    target.delete(f"{ADMISSION}/validatingadmissionpolicybindings/opsconsole-freeze")
    eventually(lambda: target.post(place, body, token=token).status == 201)


def test_a_version_of_kubernetes_that_has_no_policies_serves_none() -> None:
    admin = User("admin", ("system:masters",))
    for version, status in (("v1.28.2", 404), ("v1.29.14", 404), ("v1.30.0", 200), ("v1.36.3", 200)):
        core = Core(SystemClock(), random.Random(1), version)
        core.tokens.add_user("admin", admin)
        for path in (ADMISSION, f"{ADMISSION}/validatingadmissionpolicies"):
            answer = core.handle(HttpRequest("GET", path, {}, "Bearer admin"))
            assert isinstance(answer, HttpAnswer)
            assert answer.status == status, (version, path)


def test_the_rehearsal_takes_no_policy_that_it_can_t_judge_by(rehearsal_server: Target) -> None:
    policy, _ = freeze.on_the_spot(Identities(("eve",)))
    policy["spec"]["validations"][0]["expression"] = "object.spec.replicas < 5"
    answer = rehearsal_server.post(f"{ADMISSION}/validatingadmissionpolicies", policy)
    assert (answer.status, "no CEL" in answer.message) == (422, True)
