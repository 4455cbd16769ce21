"""Whatever is heard first when a console is opened, the cluster or the logs, the account of the damage is the same."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.governor.account.damage import DamageState
from opsconsole.records import Node, Taint, Workload
from tests.governor.account.test_earlier import AN_HOUR_AGO, MADE_LATE, revision
from tests.governor.scene import START, Scene, deployment, node, patch

Act = Callable[[Scene], object]
Row = tuple[str, str, str, str, DamageState]


def said(at: str, words: str, log: str) -> Act:
    """A line of one of its logs, with whole seconds."""
    return lambda scene: scene.say(f"[2023-10-27 02:{at}] {words}", log=log)


def cut(memory: str, at: str = AN_HOUR_AGO) -> Act:
    return lambda scene: scene.say(patch(memory, "100m", at=at), log="sidecar")


def by_place(memory: str) -> Act:
    """A JSON patch, which names a container by its place."""
    path = "/spec/template/spec/containers/0/resources/limits/memory"
    line = {"timestamp": AN_HOUR_AGO, "action": "patch", "kind": "Deployment", "name": "auth-service"}
    return lambda scene: scene.say(
        json.dumps(line | {"patch": [{"op": "replace", "path": path, "value": memory}]}), log="sidecar"
    )


def listed(*records: Workload | Node) -> Act:
    return lambda scene: scene.put(*records)


NOW = deployment(memory="64Mi", cpu="100m")
GOOD = revision(START - 7_200, "1Gi")
TAINTED = node("n1", taints=(Taint("aura.ai/isolated", "true", "NoSchedule"),))
CONFLICT = "ERROR: Failed to patch deployment 'auth-service': 409 Conflict"
PATCHED = "INFO: Patched deployment 'auth-service'"

NIGHTS: dict[str, tuple[tuple[Act, ...], tuple[Act, ...], tuple[Act, ...]]] = {
    "cut": ((listed(NOW), listed(GOOD), listed(MADE_LATE)), (cut("64Mi"),), ()),
    "cut twice": ((listed(NOW), listed(GOOD)), (cut("128Mi"), cut("64Mi", "2023-10-27T02:24:22Z")), ()),
    "refused, then done": (
        (listed(NOW), listed(GOOD)),
        (cut("64Mi"),),
        (said("14:23", CONFLICT, "main"), said("14:33", PATCHED, "main")),
    ),
    "refused, and so all the same": ((listed(NOW), listed(GOOD)), (cut("64Mi"),), (said("14:23", CONFLICT, "main"),)),
    "refused, and not so": (
        (listed(deployment(memory="1Gi", cpu="1")), listed(GOOD)),
        (cut("64Mi"),),
        (said("14:23", CONFLICT, "main"),),
    ),
    "refused at the second before": ((listed(NOW), listed(GOOD)), (cut("64Mi"),), (said("14:21", CONFLICT, "main"),)),
    "a node": (
        (listed(TAINTED), listed(node("n2"))),
        (),
        (said("14:22", "INFO: Tainting node n1 with aura.ai/isolated=true:NoSchedule", "main"),),
    ),
    "a limit without its container": (
        (listed(NOW), listed(GOOD), listed(MADE_LATE)),
        (),
        (said("14:22", "INFO: Setting memory limit of deployment auth-service to 64Mi", "main"),),
    ),
    "a container by its place": ((listed(NOW), listed(GOOD), listed(MADE_LATE)), (by_place("64Mi"),), ()),
    "two limits of one container, one refused": (
        (listed(NOW), listed(GOOD), listed(MADE_LATE)),
        (by_place("64Mi"),),
        (
            said("14:22", "INFO: Setting cpu limit of deployment auth-service to 100m", "main"),
            said("14:23", "ERROR: Failed to patch deployment 'auth-service': 403 Forbidden", "main"),
        ),
    ),
    "scaled to none": (
        (listed(deployment(replicas=0)), listed(revision(START - 90, "1Gi", desired="3"))),
        (),
        (said("14:22", "INFO: Scaling deployment 'auth-service' to 0 replicas", "main"),),
    ),
}


def account(scene: Scene) -> set[Row]:
    return {(str(row.about), row.path, row.before, row.now, row.standing) for row in scene.governor.damage()}


def played(acts: list[Act]) -> set[Row]:
    scene = Scene()
    for act in acts:
        act(scene)
    scene.live("deployments", "replicasets", "nodes", "decisions").wait(1)
    return account(scene)


@pytest.mark.parametrize("night", NIGHTS)
def test_nothing_is_forgotten_in_the_order_that_is_written_down(night: str) -> None:
    cluster, sidecar, main = NIGHTS[night]
    assert bool(played([*cluster, *sidecar, *main])) is (night != "refused, and not so")


@given(st.sampled_from(sorted(NIGHTS)), st.data())
def test_in_any_order_the_account_is_the_same(night: str, data: st.DataObject) -> None:
    """The lines of one log stay in their order; the lists and the other log come whenever they come."""
    cluster, sidecar, main = NIGHTS[night]
    streams = [[act] for act in cluster] + [list(sidecar), list(main)]
    order = data.draw(st.permutations([number for number, acts in enumerate(streams) for _ in acts]))
    rest = [list(acts) for acts in streams]
    assert played([rest[number].pop(0) for number in order]) == played([*cluster, *sidecar, *main])
