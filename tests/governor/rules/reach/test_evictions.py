"""Every pod of one service at once, work thrown out for ever more of another, force; and what only looks like it."""

from __future__ import annotations

import pytest

from tests.governor.judged_lines import alarms, at, zap_at


@pytest.mark.parametrize(
    "lines",
    [
        [at(n, f"evicted pod search/es-master-{n}") for n in range(3)],
        [zap_at(n, "Evicting pod", pod=f"shop/web-7f8d9b6c5-{x}") for n, x in enumerate(("x2b4k", "zz9qp", "m4t7r"))],
        [at(n / 2, f"deleted pod orders/kafka-{n}") for n in (2, 1, 0)],
        [zap_at(n, "evicted pod", pod=f"data/cassandra-{n}") for n in range(2)],
    ],
)  # fmt: skip
def test_every_pod_of_one_service_at_once(lines: list[str]) -> None:
    assert "service-emptied" in alarms(*lines)


@pytest.mark.parametrize(
    "lines",
    [
        [at(30 * n, f"evicted pod search/es-master-{n}") for n in range(3)],
        [at(n, f"evicted pod search/{name}-0") for n, name in enumerate(("es", "kafka", "redis"))],
        [at(n, "evicted pod search/es-master-0") for n in range(3)],
        [at(n, f"would evict pod search/es-master-{n}") for n in range(3)],
        [zap_at(n, "preempted pod", pod=f"ml/fold-{n}", preemptor="ml/big") for n in range(2)],
        [at(n, f"deleted pod lab/train-worker-{n}") for n in range(2)],
        [at(0, "draining node w-7"), *(at(n, f"evicting pod data/kafka-{n}") for n in range(1, 3))],
        [at(n, f"evicted pod shop/web-7f8d9b6c5-x2b4{n}") for n in (4, 5)],
    ],
)
def test_pods_one_after_the_other_or_of_several(lines: list[str]) -> None:
    assert "service-emptied" not in alarms(*lines)


def preempted(newcomers: list[str], apart: float = 1.0) -> list[str]:
    return [
        zap_at(apart * n, "Preempted", targetWorkload={"name": f"train-{n}", "namespace": "ml"},
            preemptingWorkload={"name": name, "namespace": "lab"})
        for n, name in enumerate(newcomers)
    ]  # fmt: skip


def test_newcomers_that_each_throw_something_out() -> None:
    assert "preemption-storm" in alarms(*preempted([f"sweep-{n}" for n in range(3)]))
    assert "preemption-storm" in alarms(*(
        zap_at(n, "preempted pod", pod=f"ml/fold-{n}x", preemptor=f"lab/tiny-{n}") for n in range(4)
    ))  # fmt: skip
    assert "preemption-storm" in alarms(*preempted(["a", "a", "b", "c"]))


def test_one_newcomer_that_needs_the_room_of_many_or_a_calm_queue() -> None:
    assert "preemption-storm" not in alarms(*preempted(["pretrain"] * 5))
    assert "preemption-storm" not in alarms(*preempted([f"sweep-{n}" for n in range(3)], apart=45))


@pytest.mark.parametrize("said", [{"grace": 0}, {"grace_period": "0s"}, {"gracePeriodSeconds": "0"}])
def test_no_time_to_end(said: dict[str, object]) -> None:
    assert "reckless" in alarms(zap_at(0, "evicted", pod="shop/web-1", **said))


@pytest.mark.parametrize("said", [{"grace": 30}, {"grace_period": "30s"}, {"priority": 0}, {"gracePeriodSeconds": ""}])
def test_time_to_end(said: dict[str, object]) -> None:
    assert "reckless" not in alarms(zap_at(0, "evicted", pod="shop/web-1", **said))


@pytest.mark.parametrize(
    "lines",
    [
        [at(70 * n, f"evicted pod ml/{pod}") for n, pod in enumerate(("a-worker-0", "b-worker-0", "a-worker-0"))],
        [zap_at(90 * n, "evicted", pod="ml/solo-0") for n in range(3)],
        [zap_at(100 * n, "preempted pod", pod=f"batch/{pod}") for n, pod in enumerate(("x-7", "y-2", "x-7", "y-2"))],
    ],
)
def test_a_pod_that_comes_back_and_goes_again(lines: list[str]) -> None:
    assert "evicted-again" in alarms(*lines)


REFUSED = "failed to evict pod ml/solo-0: Cannot evict pod as it would violate the pod's disruption budget"


def test_a_refusal_takes_one_eviction_back_and_no_more() -> None:
    tried = [at(80 * n, "evicting pod ml/solo-0") for n in range(4)]
    refused = [at(80 * n + 1, REFUSED) for n in range(4)]
    assert "evicted-again" in alarms(tried[0], refused[0], *tried[1:])
    assert "evicted-again" not in alarms(*(line for pair in zip(tried, refused, strict=True) for line in pair))


@pytest.mark.parametrize(
    "lines",
    [
        [at(70 * n, f"evicted pod ml/{pod}") for n, pod in enumerate(("a-0", "b-0", "c-0"))],
        [at(320 * n, "evicted pod ml/solo-0") for n in range(3)],
        [zap_at(5 * n, "evicting pod", pod="ml/solo-0") for n in range(4)],
        [zap_at(0, "evicting pod", pod="ml/solo-0"), zap_at(60, "evicted pod", pod="ml/solo-0")],
        [at(70 * n, f"would evict pod ml/{pod}") for n, pod in enumerate(("a-0", "b-0", "a-0"))],
    ],
)
def test_a_pod_that_is_evicted_once_or_seldom(lines: list[str]) -> None:
    assert "evicted-again" not in alarms(*lines)


@pytest.mark.parametrize(
    "lines",
    [
        [
            at(n, f"evicted pod kube-system/{pod}")
            for n, pod in enumerate(("coredns-7db-2pt5v", "cilium-operator-5f9-7vjqs"))
        ],
        [zap_at(0, "Deleting pod", pod="kube-system/aws-node-x7k2p")],
        [at(0, "evicted pod kube-system/calico-kube-controllers-5f9b4d6c8-7vjq5")],
    ],
)
def test_what_connects_the_pods(lines: list[str]) -> None:
    assert "guard-rail-changed" in alarms(*lines)


def test_the_networks_own_words_elsewhere() -> None:
    assert "guard-rail-changed" not in alarms(at(0, "evicted pod shop/cilium-demo-5f9b4d6c8-7vjq5"))
    assert "guard-rail-changed" not in alarms(at(0, "evicted pod kube-system/vpa-recommender-5f9b4d6c8-7vjq5"))
