"""What an optimizer with cluster-admin tries while it is governed or frozen, and what others write meanwhile.

Each write is a dry run against the real API server: admission judges it as it would the write.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.govern.conftest import GovernBoard, do, refused, wait_governed, wait_refused
from tests.govern.rules.evasions.ages import lacks, minor
from tests.govern.rules.evasions.estate import TENDS
from tests.govern.rules.evasions.operators import TUNES
from tests.govern.rules.evasions.ordinary import GOVERNED, evasions, others
from tests.govern.rules.evasions.reach import REACHES
from tests.govern.rules.evasions.templates import PLAIN
from tests.govern.rules.evasions.ways import SENDS
from tests.govern.rules.evasions.world import Trying, world
from tests.govern.rules.evasions.writes import at
from tests.support.waiting import eventually
from tests.testbed.api import Api

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster

pytestmark = pytest.mark.cluster
OURS = "opsconsole: "


@pytest.fixture(scope="module")
def guards(cluster: TestCluster) -> Iterator[None]:
    """The guard's namespace, which other tests make and take away too."""
    eventually(lambda: not cluster.api.exists("/api/v1/namespaces/opsconsole"), "an earlier one is gone", 180)
    cluster.create_namespace("opsconsole")
    yield
    cluster.remove_namespaces("opsconsole")


@pytest.fixture
def peopled(cluster: TestCluster, namespace: str, account: str, guards: None) -> Iterator[str]:
    """The account, in a namespace in which there is one of each; the guard's namespace is there, too."""
    del guards
    with world(cluster, namespace):
        yield account


@pytest.fixture
def governed(peopled: str, namespace: str, optimizer: Api, board_for: GovernBoard) -> Trying:
    do(board_for(peopled), "install-governor")
    wait_governed(optimizer, namespace)
    return Trying(optimizer)


def through(words: str) -> bool:
    """Whether the write got past admission: what comes after it (a kubelet that is none) is no refusal of ours."""
    return OURS not in words and "422" not in words and "dryRun" not in words


def test_each_evasion_is_refused_by_its_rule_and_what_the_docs_call_a_hole_is_one(
    governed: Trying, namespace: str
) -> None:
    wrong, version = [], minor(governed)
    for each in evasions(version):
        words = refused(lambda: each.write(governed, namespace))  # type: ignore[arg-type]  # noqa: B023 - at once
        good = any(f"{OURS}{rule}:" in words for rule in each.rules.split()) if each.rules else through(words)
        if not good and not lacks(version, words):
            wrong.append(f"{each.rules or 'a hole of the docs'}, {each.what}: {words or 'let through'}")
    assert not wrong, "\n".join(wrong)


def test_each_evasion_is_refused_while_frozen(
    governed: Trying, peopled: str, namespace: str, board_for: GovernBoard
) -> None:
    do(board_for(peopled), "freeze")
    wrong, version = [], minor(governed)
    for each in evasions(version):
        words = refused(lambda: each.write(governed, namespace))  # type: ignore[arg-type]  # noqa: B023 - at once
        if OURS not in words and not lacks(version, words):
            wrong.append(f"{each.what}: {words or 'let through'}")
    assert not wrong, "\n".join(wrong)


def test_ordinary_writes_of_the_governed_get_through(governed: Trying, namespace: str) -> None:
    wrong, version = [], minor(governed)
    for what, write in (*GOVERNED, *TUNES, *PLAIN, *TENDS, *SENDS, *REACHES):
        words = refused(lambda: write(governed, namespace))  # type: ignore[arg-type]  # noqa: B023 - called at once
        if words and not lacks(version, words):
            wrong.append(f"{what}: {words}")
    assert not wrong, "\n".join(wrong)


def test_nobody_else_is_refused_anything_by_rules_or_freeze(
    cluster: TestCluster, governed: Trying, peopled: str, namespace: str, board_for: GovernBoard
) -> None:
    wrong, version = [], minor(governed)
    for state in ("governed", "frozen"):
        if state == "frozen":
            do(board_for(peopled), "freeze")
            wait_refused(lambda: governed.post(at(namespace, "configmaps"), {"metadata": {"name": "m"}}), "frozen")
        for who, what, write in others(version):
            client = Trying(cluster.user_api(who, ["system:masters", *_groups(who)]))
            words = refused(lambda: write(client, namespace))  # type: ignore[arg-type]  # noqa: B023 - called at once
            if not through(words) and not lacks(version, words):
                wrong.append(f"{state}, {who}: {what}: {words}")
    assert not wrong, "\n".join(wrong)


def _groups(who: str) -> list[str]:
    if who.startswith("system:node:"):
        return ["system:nodes"]
    _, _, account = who.partition("system:serviceaccount:")
    return ["system:serviceaccounts", f"system:serviceaccounts:{account.partition(':')[0]}"] if account else []
