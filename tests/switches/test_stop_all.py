"""All three in order: a part that could not be planned is an open proof, and one with nothing to do is none."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from opsconsole.cluster.transport.errors import ClusterError, Unreachable
from opsconsole.records import Plan, Proof
from opsconsole.switches.engine.proving.together import Looks, together
from opsconsole.switches.stop_all.switch import StopAll
from tests.switches.conftest import details, run
from tests.switches.toys import Toys


class Part:
    """A part whose plan is blocked, or that can't be read at all."""

    name, key, title, dangerous = "optimizer", "2", "Delete the optimizer", False
    poll_seconds = 0.01

    def __init__(self, blocked: str = "", *, nothing: bool = False, error: ClusterError | None = None) -> None:
        self._plan = Plan(self.name, self.title, 0.0, "f", blocked=blocked, nothing=nothing, warnings=("a warning",))
        self._error = error
        self.effects: dict[str, object] = {}

    def gather(self) -> None:
        if self._error:
            raise self._error

    def plan(self, _facts: None) -> Plan:
        return self._plan

    def verify(self, *_: object) -> object:
        raise AssertionError("it has no plan that could be verified")


@pytest.mark.parametrize(
    ("part", "proved"),
    [
        (Part("nothing to delete: it wants no pods and has none", nothing=True), True),
        (Part("ops/aura may be 2 workloads: say which one"), False),
        (Part(error=Unreachable("503: the API server failed")), False),
    ],
)
def test_the_whole_is_proved_only_if_every_part_is_proved_or_has_nothing(
    tmp_path: Path, part: Part, proved: bool
) -> None:
    toys = Toys(tmp_path / "journal")
    both = StopAll([toys.board.registry.get("revoke"), part], lambda: 0.0)  # type: ignore[list-item]
    toys.board.registry._switches["all"] = both
    plan = toys.board.make_plan("all")
    assert ("NOT PLANNED" in " ".join(plan.warnings)) is not proved
    outcome = run(toys.board, plan)
    assert outcome.success is proved, details(outcome)
    if not proved:
        assert [proof.claim for proof in outcome.proofs if proof.holds is None] == ["Delete the optimizer: done"]


def test_what_held_once_is_looked_at_again_while_another_is_open() -> None:
    def looks(holds: list[bool | None]) -> Looks:
        yield from ((Proof(str(holds), each),) for each in holds)

    rounds = list(together([looks([True, True, False, False]), looks([None, None, True, True])]))
    assert [[proof.holds for proof in proofs] for proofs in rounds[:4]] == [
        [True, None],
        [True, None],
        [False, True],
        [False, True],
    ]


def test_what_holds_is_not_waited_for_once_another_has_ended_unproved() -> None:
    holding = itertools.repeat((Proof("rights", holds=True),))
    ending = iter([(Proof("pods", None),), (Proof("pods", holds=False),)])
    rounds = list(itertools.islice(together([holding, ending]), 10))
    assert [[proof.holds for proof in proofs] for proofs in rounds] == [[True, None], [True, False], [True, False]]


def test_nothing_at_all_is_only_said_where_every_part_has_nothing() -> None:
    nothing, open_part = Part("nothing", nothing=True), Part("it can't be told")
    assert StopAll([nothing], lambda: 0.0).plan({"optimizer": None}).nothing  # type: ignore[list-item]
    assert not StopAll([open_part], lambda: 0.0).plan({"optimizer": None}).nothing  # type: ignore[list-item]
