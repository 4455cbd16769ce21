"""The search for copies where some of it is refused: what may be seen is told, and what may not is proved by nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from opsconsole.cluster.transport.errors import ClusterError, Denied, RequestWords, Unreachable, from_status
from opsconsole.names import parse_workload
from opsconsole.records import Outcome, Ref
from opsconsole.settings import SwitchSettings
from opsconsole.switches.delete.armed import ArmedCopies, ArmedLook, CopiesWatch
from opsconsole.switches.delete.copies import Copies, StillListingError
from opsconsole.switches.delete.switch import OptimizerSwitch
from opsconsole.switches.engine.executor import ReservedExecutor
from opsconsole.switches.target.facts import ArmedCopy, OptimizerFacts, PodFact
from opsconsole.switches.target.rights import Account
from tests.support.clock import ManualClock

OWN = OptimizerFacts("ops/aura", pods=(PodFact(Ref("Pod", "ops", "aura-1", "u1"), images=(("a", "shop/aura:1"),)),))
POD: dict[str, Any] = {
    "metadata": {"name": "helper-1", "namespace": "other", "uid": "u2"},
    "spec": {"containers": [{"name": "a", "image": "mirror.example/shop/aura:2"}]},
}


def denied(path: str) -> ClusterError:
    return from_status(403, b"", RequestWords("GET", path))


class Lists:
    """Lists one pod, and refuses whatever is asked of ``refused``."""

    def __init__(self, refused: str) -> None:
        self._refused = refused

    def request(self, _method: str, path: str, **_options: object) -> bytes:
        if path.endswith(self._refused):
            raise denied(path)
        return json.dumps({"items": [POD] if path.endswith("/pods") else []}).encode()


@pytest.fixture
def executor() -> Iterator[ReservedExecutor]:
    made = ReservedExecutor(1)
    yield made
    made.close()


def test_who_may_list_pods_and_no_cronjobs_is_told_of_the_pods(executor: ReservedExecutor) -> None:
    looked = Copies(Lists("/cronjobs"), ManualClock(), executor).look([OWN])  # type: ignore[arg-type]
    assert [each.ref.name for each in looked.found] == ["helper-1"]
    assert isinstance(looked.trouble, Denied)
    assert "cronjobs" in str(looked.trouble)


def test_who_may_list_no_pods_is_told_so(executor: ReservedExecutor) -> None:
    looked = Copies(Lists("/pods"), ManualClock(), executor).look([OWN])  # type: ignore[arg-type]
    assert looked.found == ()
    assert "pods" in str(looked.trouble)


class ListsWithin:
    """Lists pods in each namespace, and not everywhere; CronJobs nowhere."""

    def request(self, _method: str, path: str, **_options: object) -> bytes:
        if path in {"/api/v1/pods"} or path.endswith("/cronjobs"):
            raise denied(path)
        return b'{"items": []}'


def test_where_cronjobs_may_not_be_listed_nothing_is_proved_of_the_namespaces_of_the_pods(
    executor: ReservedExecutor,
) -> None:
    copies = Copies(ListsWithin(), ManualClock(), executor, places=("ops",))  # type: ignore[arg-type]
    looked = copies.look([OWN])
    assert isinstance(looked.trouble, Denied)
    assert looked.within == ()
    assert ArmedLook((), looked.trouble, looked.within).unproved(("ops",))


@pytest.mark.parametrize(("listed_at", "nothing"), [(1, True), (4, True), (99, False)])
def test_while_all_pods_are_being_listed_it_is_not_known_that_there_is_nothing_to_delete(
    listed_at: int, nothing: bool
) -> None:
    asked: list[str] = []

    def look(_workloads: object, about: str = "") -> ArmedLook:
        asked.append(about)
        return ArmedLook() if len(asked) >= listed_at else ArmedLook((), StillListingError("all pods are being listed"))

    world: Any = SimpleNamespace(optimizers=lambda: (OptimizerFacts("ops/aura"),))
    armed: Any = SimpleNamespace(look=look, places=())
    switch = OptimizerSwitch(world, (), SwitchSettings(), clock=ManualClock(), armed=armed)
    plan = switch.plan(switch.gather())
    assert (bool(plan.blocked), plan.nothing) == (True, nothing)
    assert ("all pods are being listed" in plan.blocked) is not nothing


@pytest.mark.parametrize(
    ("trouble", "planned", "holds"),
    [
        (None, True, [True]),
        (None, False, []),
        (denied("/apis/batch/v1/cronjobs"), True, [None]),
        (denied("/api/v1/pods"), False, [None]),
        (Unreachable("no answer"), False, [None]),
    ],
)
def test_what_may_not_be_looked_for_is_not_proved_to_be_gone(
    trouble: ClusterError | None, planned: bool, holds: list[bool | None]
) -> None:
    copy = ArmedCopy(Ref("Pod", "other", "helper-1", "u2"), Account("other", "helper"), "may * *")
    facts = SimpleNamespace(armed=(copy,) if planned else ())
    gone = SimpleNamespace(each=[SimpleNamespace(facts=facts)])
    copies = SimpleNamespace(look=lambda _workloads, _about: ArmedLook((), trouble), places=())
    watch = CopiesWatch(copies, gone, Outcome("optimizer", 0.0), ManualClock(), 5.0)  # type: ignore[arg-type]
    assert [proof.holds for proof in watch.proofs()] == holds


@pytest.mark.parametrize(
    ("named", "ref", "same"),
    [
        ("ops/other", Ref("Deployment", "ops", "other"), True),
        ("ops/other", Ref("Pod", "ops", "other"), False),
        ("pod/ops/other", Ref("Pod", "ops", "other"), True),
        ("deploy/ops/other", Ref("CronJob", "ops", "other"), False),
        ("rollouts.argoproj.io/ops/other", Ref("rollouts.v1alpha1.argoproj.io", "ops", "other"), True),
    ],
)
def test_a_pod_that_is_called_as_another_optimizer_is_not_that_one(named: str, ref: Ref, same: bool) -> None:
    """Whoever may make pods gives one any name, and one that is taken for another optimizer's is no copy."""
    copy: Any = SimpleNamespace(refs=(ref,))
    armed = ArmedCopies(Lists(""), SimpleNamespace(timeout=1.0), None, [parse_workload(named)])  # type: ignore[arg-type]
    assert bool(armed._named(copy)) is same
