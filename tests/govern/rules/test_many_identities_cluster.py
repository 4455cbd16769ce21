"""A freeze of many identities: each of them is asked about, and few questions do for the looks that confirm."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from opsconsole.clock import SystemClock
from opsconsole.cluster.transport.connection import Connection
from opsconsole.govern.identities import Identities
from opsconsole.records import Proof
from opsconsole.settings import ClusterSettings
from opsconsole.switches.freeze.around.proof import WaysRound
from opsconsole.switches.freeze.trying.rules import denying
from tests.support.waiting import eventually
from tests.switches.rbac import Rbac, user

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster

pytestmark = pytest.mark.cluster
USERS = tuple(f"aura-{number}@example.com" for number in range(20))
NAMES, PLACES = ("opsconsole-freeze",), ("kube-system",)


@pytest.fixture
def connection(cluster: TestCluster) -> Iterator[Connection]:
    kubeconfig = str(cluster.kubeconfig_for_user("ann", ["system:masters"]))
    made = Connection(ClusterSettings(kubeconfig=kubeconfig), read_only=False, clock=SystemClock())
    yield made
    made.close()


@pytest.fixture
def rbac(cluster: TestCluster, namespace: str) -> Iterator[Rbac]:
    made = Rbac(cluster, namespace, "none")
    yield made
    made.remove()


def settled(ways: WaysRound) -> tuple[Proof, ...]:
    while not ways.settled:
        ways.look()
    return ways.look()


def about(proofs: tuple[Proof, ...], name: str) -> list[bool | None]:
    return [proof.holds for proof in proofs if proof.claim.startswith(name + " ")]


def reviews(cluster: TestCluster, since: int) -> dict[str, int]:
    asked = [each.resource for each in cluster.audit.requests(since, user="ann") if "reviews" in str(each.resource)]
    return {name: asked.count(name) for name in set(asked)}


def test_each_of_many_is_asked_everything_once_and_confirmed_by_all_its_rules(
    cluster: TestCluster, connection: Connection
) -> None:
    since = cluster.audit.position()
    proofs = settled(WaysRound(connection, Identities(USERS), NAMES, PLACES, denied=denying(connection)))
    assert len(proofs) == 3 * len(USERS)
    assert {proof.holds for proof in proofs} == {True}
    assert all("3 times in a row, at last by the list of all its rules" in proof.detail for proof in proofs)
    each_once = sum(int(proof.detail.split()[1]) for proof in proofs)
    wanted = {"selfsubjectrulesreviews": 2 * len(USERS), "subjectaccessreviews": each_once}
    eventually(lambda: reviews(cluster, since).items() >= wanted.items(), f"the audit log to tell of {wanted}")


@pytest.mark.parametrize(
    "rule",
    [
        {"apiGroups": ["admissionregistration.k8s.io"], "resources": ["*"], "verbs": ["delete"]},
        {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"], "resourceNames": ["one"]},
    ],
    ids=["a right to everything", "a right to one object"],
)
def test_one_of_many_that_gets_a_way_round_between_two_looks_is_not_proved(
    cluster: TestCluster, connection: Connection, rbac: Rbac, rule: dict[str, list[str]]
) -> None:
    name = USERS[13]
    ways = WaysRound(connection, Identities(USERS), NAMES, PLACES, denied=denying(connection))
    ways.look()
    rbac.binding("late", [user(name)], role=rbac.role("late", [rule]))
    what = ["secrets/one"] if "resourceNames" in rule else ["validatingadmissionpolicies"]
    eventually(lambda: "yes" in cluster.kubectl("auth", "can-i", rule["verbs"][0], *what, f"--as={name}", check=False))
    ways.look()
    later = WaysRound(connection, Identities(USERS), NAMES, PLACES, denied=denying(connection))
    proofs = settled(later)
    assert False in about(proofs, name)
    assert all(all(about(proofs, each)) for each in USERS if each != name)
    if "resourceNames" not in rule:  # a name that was not known when the proof began is asked about by the next
        assert False in about(settled(ways), name)


def test_of_many_who_may_not_be_impersonated_every_question_is_asked_every_time(connection: Connection) -> None:
    """Where the list of rules can't be had, or is not complete, it counts for nothing."""
    proofs = settled(WaysRound(connection, Identities(USERS[:9]), NAMES, PLACES, denied=lambda *_: False))
    assert {proof.holds for proof in proofs} == {True}
    assert not any("list of all its rules" in proof.detail for proof in proofs)
