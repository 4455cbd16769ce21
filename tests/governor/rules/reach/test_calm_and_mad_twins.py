"""Lines that raise no alarm beside others that differ by what is done, and do."""

from __future__ import annotations

import pytest

from tests.governor.judged_lines import alarms, words, zap

_ASKS = {"command": "kubectl delete statefulset ledger -n shop", "role": "approval"}

TWINS = [
    # Who asks has not done it; who says that it is done, has.
    (zap("", **_ASKS, state="pending"), zap("", **_ASKS, state="executed")),
    (zap("", **_ASKS, state="rejected"), zap("", **_ASKS | {"role": "tool_call"}, step=4)),
    # A safeguard that works is no disaster, and one that is passed by is.
    (
        zap("policy rejected", object="StatefulSet/shop/ledger", op="DELETE"),
        zap("policy rejected", object="StatefulSet/shop/ledger", op="DELETE", overridden=True),
    ),
    (
        words("webhook blocked actor=reaper object=PersistentVolumeClaim/shop/data-1 op=DELETE"),
        words("webhook passed actor=reaper object=PersistentVolumeClaim/shop/data-1 op=DELETE"),
    ),
    # What a rollout leaves behind, while there is a way back.
    (
        words("Cleaned up old ReplicaSet web-5d9c8, 4 revisions kept"),
        words("Cleaned up old ReplicaSet web-5d9c8, 0 revisions kept"),
    ),
    (
        words("Deleted previous ReplicaSet web-5d9c8, 3 revisions are kept"),
        words("Deleted previous StatefulSet web-5d9c8, 3 revisions are kept"),
    ),
    # A name that a line's own rollout gives, and one that a line's rollout gives to nothing.
    (
        zap("Cleaned up old ReplicaSet shop-ui-4b1f, 10 revisions kept", rollout="shop-ui"),
        zap("Cleaned up old ReplicaSet shop-ui-4b1f, 10 revisions kept", rollout="ui"),
    ),
    (
        zap("Removed previous ReplicaSet docs-71aa, 3 revisions are kept", deployment="docs"),
        zap("Removed previous ReplicaSet docs-live, 3 revisions are kept", deployment="docs"),
    ),
    # A cache is no fleet.
    (words("evicted 31120 cold objects (LRU), freed 18.4 GiB"), words("evicted 31120 cold objects (LRU), pods down")),
    (words("evicted 900 stale items by LFU, freed 2 GiB"), words("evicted 900 stale items by LFU")),
    (words("evicted 5200 stale entries, freed 2 GiB"), words("evicted 5200 pods, freed 2 GiB")),
    (words("evicted 900 unused pages"), words("evicted 900 unused pods")),
    # A throttle is no service, and a version no count.
    (words("Applied throttle 40 MB/s"), words("Scaled deployment shop/web from 40 to 0")),
    (
        zap("Restarting replica for minor update", instance="pg-2", **{"from": "15.4", "to": "15.5"}),
        zap("Scaling deployment", deployment="web", **{"from": "15", "to": "15.5"}),
    ),
    (
        zap("Restarting standby for minor update", instance="pg-2", **{"from": "16.8", "to": "16.9"}),
        zap("Restarting standby at another size", instance="pg-2", **{"from": "16.8", "to": "16.9"}),
    ),
]


@pytest.mark.parametrize(("calm", "mad"), TWINS)
def test_one_is_calm_and_the_other_is_mad(calm: str, mad: str) -> None:
    assert not alarms(calm)
    assert alarms(mad)


def test_old_replica_sets_are_few() -> None:
    gone = [words(f"Cleaned up old ReplicaSet web-5d9c{n}, 4 revisions kept") for n in "245678"]
    assert not alarms(gone[0])
    assert "object-deleted" in alarms(*gone)
