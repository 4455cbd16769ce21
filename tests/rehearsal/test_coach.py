"""The coach and the score card: pure over what was observed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from rehearsal.coaching.coach import LOOK_SECONDS, Coach, line
from rehearsal.coaching.score import ScoreKeeper, count_writes, missed
from rehearsal.coaching.situation import Situation, look
from rehearsal.rehearsal import Rehearsal
from rehearsal.scenario import Scenario
from rehearsal.server.core import Audit
from rehearsal.world.control import Control

WORST = Situation(
    at=1000.0,
    rights=("patch deployments in production", "delete pods in production", "patch nodes", "create pods in production"),
    pods=1,
    gpu_processes=3,
    failed=0.9,
    failing=500.0,
    taints=("prod-app-02",),
    cut=("auth-service",),
    unready=("auth-service", "checkout"),
    acted=False,
)
REVOKED: dict[str, Any] = {"acted": True, "rights": ()}
GONE: dict[str, Any] = REVOKED | {"pods": 0}
FREE: dict[str, Any] = GONE | {"gpu_processes": 0}
MENDED: dict[str, Any] = FREE | {"taints": (), "cut": (), "unready": (), "failed": 0.0, "failing": 0.0}


@pytest.mark.parametrize(
    ("changes", "step", "word"),
    [
        ({}, 1, "Look first"),
        ({"at": 1000.0 + LOOK_SECONDS}, 2, "press 1"),
        ({"acted": True}, 2, "press 1"),
        (REVOKED, 3, "press 2"),
        (GONE, 4, "press 3"),
        (FREE, 5, "R (restore)"),
        (MENDED, 0, "Contained and mended"),
        (FREE | {"failed": 0.5, "taints": (), "cut": (), "unready": ()}, 5, "restore"),
    ],
)
def test_the_coach_goes_step_by_step(aura: Scenario, changes: dict[str, Any], step: int, word: str) -> None:
    told = line(aura.lessons, WORST._replace(**changes), 1000.0)
    assert (told.step, told.steps) == (step, 5)
    assert word.lower() in told.text.lower()


def test_a_step_that_is_undone_is_taught_again(aura: Scenario) -> None:
    seen = [WORST, WORST._replace(**GONE), WORST._replace(**GONE)._replace(rights=("patch nodes",))]
    coach = Coach(aura.lessons, lambda: seen.pop(0))
    assert [coach.current().step for _ in range(3)] == [1, 4, 2]


def test_what_was_missed_is_named() -> None:
    assert missed(WORST) == [
        "it may still patch deployments in production, delete pods in production, patch nodes and 1 more",
        "1 of its pods still there",
        "3 of its processes still hold GPU memory",
        "node prod-app-02 still has its taint",
        "auth-service still has the limits that it was cut to",
        "auth-service is not fully ready",
        "checkout is not fully ready",
    ]
    assert missed(WORST._replace(**MENDED)) == []


def test_contained_is_not_mended_and_neither_is_half_of_it() -> None:
    assert not WORST._replace(**GONE).contained
    assert WORST._replace(**FREE).contained
    assert not WORST._replace(**FREE).mended
    assert WORST._replace(**MENDED).mended


def test_its_writes_are_counted_from_the_opening_on() -> None:
    def audit(at: float, user: str, status: int) -> Audit:
        return Audit(at, user, "", "patch", "deployments", "", "production", "x", status, dry_run=False)

    entries = [
        audit(5, "it", 200),
        audit(11, "it", 200),
        audit(12, "it", 403),
        audit(13, "me", 200),
        audit(14, "it", 409),
    ]
    assert count_writes(entries, "it", 10.0) == (1, 2)


class Night:
    """A rehearsal without processes, and what is done to it."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        rehearsal.play_past(history=60)
        self.rehearsal = rehearsal
        self.control = Control(rehearsal.core, "kubectl")
        self.keeper = ScoreKeeper(rehearsal)

    def find(self, kind: str, namespace: str, name: str) -> Any:
        found = self.control.get(kind, namespace, name)
        assert found is not None
        return found

    def step(self, seconds: int) -> None:
        for _ in range(seconds):
            self.rehearsal.world.step(1.0)
            self.keeper.note()

    def revoke(self, *, shared: bool) -> None:
        self.control.delete(self.find("ClusterRoleBinding", "", "aura-optimizer-admin-binding"))
        binding = self.find("RoleBinding", "production", "ops-tools-deployers")
        if shared:
            self.control.change(binding, lambda each: each.update(subjects=each["subjects"][1:]))
        else:
            self.control.delete(binding)

    def delete(self) -> None:
        optimizer = self.find("Deployment", "ops-tools", "aura-optimizer-v2")
        self.control.change(optimizer, lambda each: each["spec"].update(replicas=0))

    def mend(self) -> None:
        for spec in self.rehearsal.scenario.services:
            if spec.kind == "Deployment" and spec.namespace == "production":
                limits = {"cpu": spec.cpu, "memory": spec.memory}
                self.control.change(
                    self.find("Deployment", "production", spec.name),
                    lambda each, limits=limits, spec=spec: (
                        each["spec"].update(replicas=spec.replicas),
                        each["spec"]["template"]["spec"]["containers"][0].update(resources={"limits": limits}),
                    ),
                )
        for node in self.control.all("Node"):
            kept = [taint for taint in node["spec"].get("taints") or [] if taint["key"] != "aura.ai/isolated"]
            self.control.change(node, lambda each, kept=kept: each["spec"].update(taints=kept))


@pytest.fixture
def night(rehearse: Callable[..., Rehearsal], aura: Scenario) -> Night:
    return Night(rehearse(aura))


def test_the_night_opens_bad_enough(night: Night) -> None:
    now = look(night.rehearsal)
    assert not now.revoked
    assert now.pods == 1
    assert now.failed > 0.5
    assert now.taints == ("prod-app-02", "prod-app-03")
    assert set(now.cut) == {"api-gateway", "auth-service", "vector-proxy"}


def test_one_binding_of_two_is_no_revocation(night: Night) -> None:
    night.control.delete(night.find("ClusterRoleBinding", "", "aura-optimizer-admin-binding"))
    rights = look(night.rehearsal).rights
    assert "patch deployments in production" in rights
    assert "patch nodes" not in rights


def test_a_night_well_done_has_a_clean_card(night: Night) -> None:
    night.step(5)
    night.revoke(shared=True)
    night.step(5)
    night.delete()
    night.step(10)
    night.mend()
    night.step(240)
    marks = night.keeper.marks
    assert marks.revoked is not None
    assert marks.optimizer_gone is not None
    assert marks.mended is not None
    assert marks.revoked < marks.optimizer_gone <= marks.contained < marks.mended
    assert night.keeper.missed() == []
    assert night.keeper.lost_requests > 1000
    card = night.keeper.card(17)
    assert "keys pressed                17" in card
    assert "nothing" in card
    assert re.search(r"users were served again +after \d", card)


def test_a_bystander_who_lost_a_right_is_on_the_card(night: Night) -> None:
    night.revoke(shared=False)
    night.step(1)
    assert (
        "ops-tools/deploy-bot lost what ops-tools-deployers gave it: nobody had asked for that" in night.keeper.missed()
    )


def test_nobody_counted_the_keys(night: Night) -> None:
    assert "not counted" in night.keeper.card()


def test_a_dry_run_of_an_open_plan_is_no_act(night: Night) -> None:
    def entry(*, dry_run: bool) -> Audit:
        return Audit(0.0, night.rehearsal.operator, "", "patch", "nodes", "", "", "n", 200, dry_run=dry_run)

    night.rehearsal.audit.append(entry(dry_run=True))
    assert not look(night.rehearsal).acted
    night.rehearsal.audit.append(entry(dry_run=False))
    assert look(night.rehearsal).acted
