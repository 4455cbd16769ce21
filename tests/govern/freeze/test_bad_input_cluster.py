"""What a governor must survive: many identities, objects of a megabyte, many containers, operators who disagree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.govern.names import FROZEN_WORDS
from opsconsole.journal.reader import verify
from tests.govern.builders import apps, core, deployment
from tests.govern.conftest import GovernBoard, config_map, do, refused, wait_refused
from tests.testbed.api import STRATEGIC_PATCH, Api

if TYPE_CHECKING:
    from pathlib import Path

    from tests.testbed.cluster import TestCluster

pytestmark = pytest.mark.cluster
MANY = {"users": tuple(f"aura-{number}@example.com" for number in range(100)), "groups": ("aura-fleet",)}


def large(size: int) -> dict[str, Any]:
    """A Deployment of about ``size`` bytes."""
    body = deployment()
    container = body["spec"]["template"]["spec"]["containers"][0]
    container["env"] = [{"name": f"E{number}", "value": "x" * 1000} for number in range(size // 1030)]
    return body


def crowded(count: int) -> dict[str, Any]:
    """A Deployment with so many containers."""
    body = deployment()
    spec = body["spec"]["template"]["spec"]
    spec["containers"] = [{**spec["containers"][0], "name": "main"}] + [
        {**spec["containers"][0], "name": f"c{number}"} for number in range(1, count)
    ]
    return body


@pytest.mark.parametrize("body", [large(1_000_000), crowded(100)], ids=["of a megabyte", "of a hundred containers"])
def test_with_a_hundred_identities_every_rule_judges_an_object(
    cluster: TestCluster, namespace: str, account: str, optimizer: Api, board_for: GovernBoard, body: dict[str, Any]
) -> None:
    cluster.api.post(apps(namespace)[:-4], body)
    board = board_for(account, named=MANY)
    board.execute(board.make_plan("install-governor"))  # its proof asks thousands of questions: not waited for
    place = apps(namespace)
    wait_refused(lambda: optimizer.patch(f"{place}?dryRun=All", {"spec": {"replicas": 0}}), "opsconsole: replicas")
    optimizer.patch(place, {"metadata": {"labels": {"touched": "yes"}}})
    container = {"name": "main", "resources": {"limits": {"memory": "64Mi"}, "requests": {"memory": "64Mi"}}}
    cut = {"spec": {"template": {"spec": {"containers": [container]}}}}
    wait_refused(lambda: optimizer.patch(f"{place}?dryRun=All", cut, STRATEGIC_PATCH), "opsconsole: limit-cuts")
    image = {"spec": {"template": {"spec": {"containers": [{"name": "main", "image": "registry.example/evil:1"}]}}}}
    wait_refused(lambda: optimizer.patch(f"{place}?dryRun=All", image, STRATEGIC_PATCH), "opsconsole: images")
    small = {
        "spec": {"template": {"spec": {"containers": [{"name": "main", "resources": {"limits": {"memory": "900Mi"}}}]}}}
    }
    optimizer.patch(place, small, STRATEGIC_PATCH)
    someone = cluster.user_api("aura-99@example.com", ["system:masters"])
    assert "opsconsole: replicas" in refused(lambda: someone.patch(place, {"spec": {"replicas": 0}}))
    fleet = cluster.user_api("nobody-else", ["aura-fleet", "system:masters"])
    assert "opsconsole: replicas" in refused(lambda: fleet.patch(place, {"spec": {"replicas": 0}}))
    cluster.kubectl("scale", "deployment", "web", "--replicas=2", "-n", namespace)


def test_with_a_hundred_identities_a_freeze_refuses_a_megabyte(
    cluster: TestCluster, namespace: str, account: str, optimizer: Api, board_for: GovernBoard
) -> None:
    cluster.api.post(apps(namespace)[:-4], large(1_000_000))
    board = board_for(account, named=MANY)
    board.execute(board.make_plan("freeze"))  # its proof asks thousands of questions: not waited for
    wait_refused(lambda: optimizer.patch(apps(namespace), {"metadata": {"labels": {"a": "b"}}}), FROZEN_WORDS)
    cluster.api.patch(apps(namespace), {"metadata": {"labels": {"a": "person"}}})


@pytest.mark.parametrize("installed", [False, True], ids=["on the spot", "installed"])
def test_one_freezes_while_another_thaws_and_neither_is_told_what_is_not_so(
    cluster: TestCluster,
    namespace: str,
    account: str,
    optimizer: Api,
    board_for: GovernBoard,
    tmp_path: Path,
    installed: bool,
) -> None:
    first, second = board_for(account), board_for(account)
    if installed:
        do(first, "install-governor")
    for _ in range(3):
        do(first, "freeze")
        thaw, again = second.make_plan("thaw"), first.make_plan("freeze")
        assert again.blocked
        thawing = second.execute(thaw)
        frozen = first.make_plan("freeze")
        outcomes = [thawing.result(timeout=120)]
        if not frozen.blocked:
            outcomes.append(first.execute(frozen).result(timeout=120))
        now = FROZEN_WORDS in refused(
            lambda: optimizer.post(f"{core(namespace, 'configmaps')}?dryRun=All", config_map("m"))
        )
        ends = second.make_plan("freeze")
        assert bool("already" in ends.blocked) is now, "what a plan says is what a write finds"
        if now:
            do(second, "thaw")
    assert verify(tmp_path / "journal").status == "intact"
