"""Reads that a plan is made from are asked again: throttled, failing, or cut off on the way."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from opsconsole.cluster.questions.patience import LONGEST_WAIT, TRIES, PatientReads
from opsconsole.cluster.transport.errors import ClusterError, Denied, Throttled
from tests.cluster.conftest import Connect
from tests.cluster.faults import Exchange, FaultServer, body, status
from tests.cluster.helpers import kubeconfig

PATH = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"
REVIEW = "/apis/authorization.k8s.io/v1/subjectaccessreviews"


class Waits:
    """Waits for nothing, and notes for how long it would have."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def patient(faults: FaultServer, connect_to: Connect, tmp_path: object, waits: Waits) -> PatientReads:
    path = kubeconfig(tmp_path / "config", faults.url, {"token": "t"})  # type: ignore[operator]
    return PatientReads(connect_to(path), waits, random.Random(7))


def busy(seconds: str) -> Callable[[Exchange], None]:
    def answer(exchange: Exchange) -> None:
        exchange.send(429, b"{}", {"Retry-After": seconds})

    return answer


def reset(exchange: Exchange) -> None:
    exchange.cut()


@pytest.mark.parametrize(
    "fault",
    [busy("1"), status(500, "etcd leader changed"), status(503, "shutting down"), status(504, "timeout"), reset],
    ids=["429", "500", "503", "504", "reset"],
)
def test_every_fault_that_passes_is_outlived(faults: FaultServer, patient: PatientReads, fault: object) -> None:
    faults.on(PATH, *[fault] * (TRIES - 1), body({"items": []}))  # type: ignore[list-item]
    assert patient.request("GET", PATH) == b'{"items": []}'
    assert len(faults.requests(PATH)) >= TRIES


def test_it_waits_as_long_as_the_server_asks_and_not_for_ever(
    faults: FaultServer, patient: PatientReads, waits: Waits
) -> None:
    faults.on(PATH, busy("1"), busy("3600"), body({"items": []}))
    patient.request("GET", PATH)
    first, second = waits.seconds
    assert 0.5 <= first <= 1.0
    assert second <= LONGEST_WAIT, "somebody waits for the plan"


def test_what_never_passes_is_told_as_it_is(faults: FaultServer, patient: PatientReads, waits: Waits) -> None:
    faults.on(PATH, busy("1"))
    with pytest.raises(Throttled):
        patient.request("GET", PATH)
    assert len(faults.requests(PATH)) == TRIES
    assert len(waits.seconds) == TRIES - 1


def test_a_refusal_is_not_asked_again(faults: FaultServer, patient: PatientReads) -> None:
    faults.on(PATH, status(403, "forbidden"))
    with pytest.raises(Denied):
        patient.request("GET", PATH)
    assert len(faults.requests(PATH)) == 1


def test_a_review_is_a_question_though_it_is_a_post(faults: FaultServer, patient: PatientReads) -> None:
    faults.on(f"POST {REVIEW}", busy("0"), body({"status": {"allowed": False}}))
    assert b"allowed" in patient.request("POST", REVIEW, body={"spec": {}})


@pytest.mark.parametrize(("method", "path"), [("DELETE", PATH), ("POST", PATH), ("PATCH", f"{PATH}/x")])
def test_a_write_never_goes_this_way(faults: FaultServer, patient: PatientReads, method: str, path: str) -> None:
    with pytest.raises((ValueError, ClusterError)):
        patient.request(method, path, body={})
    assert faults.asked == []
