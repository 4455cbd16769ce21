"""Whatever the world is and does meanwhile: nothing outside the plan is written, no permit serves twice."""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole.cluster.writes import VanishedError, Writer
from opsconsole.journal.reader import read_entries, verify
from opsconsole.permit import Mint, Permit, PermitError
from opsconsole.records import Plan, Ref, Step, StepState
from opsconsole.settings import ClusterSettings, JournalSettings, OptimizerSettings, Settings, SwitchSettings
from opsconsole.switches.build import build_switchboard
from opsconsole.switches.engine.board import Switchboard
from tests.support.clock import ManualClock
from tests.switches.fakeapi import FakeApi

RBAC = "rbac.authorization.k8s.io"
NAMES = st.sampled_from(["one", "two", "three", "system:four", "cluster-admin"])
ME = {"kind": "ServiceAccount", "name": "aura", "namespace": "ops"}
SUBJECTS = st.just([ME]) | st.lists(
    st.sampled_from(
        [
            ME,
            {"kind": "ServiceAccount", "name": "aura", "namespace": "elsewhere"},
            {"kind": "User", "name": "system:serviceaccount:ops:aura", "apiGroup": RBAC},
            {"kind": "User", "name": "eve", "apiGroup": RBAC},
            {"kind": "Group", "name": "system:serviceaccounts:ops", "apiGroup": RBAC},
            {"kind": "Group", "name": "system:serviceaccounts:elsewhere", "apiGroup": RBAC},
            {"kind": "Group", "name": "humans", "apiGroup": RBAC},
        ]
    ),
    min_size=1,
    max_size=4,
    unique_by=repr,
)
REACHING = ("ops/aura", "system:serviceaccount:ops:aura", "system:serviceaccounts:ops")
FAULTS = st.lists(st.sampled_from(["", "", "", "409", "422", "429", "500", "403", "lost", "down"]), max_size=12)


MEDDLING = st.sampled_from(["nothing", "vanish", "anew", "touch", "shuffle", "join"])


class TickingClock(ManualClock):
    """Every look at it takes a moment, and every pause as long as it says: no test waits for real."""

    def monotonic(self) -> float:
        self.at += 0.01
        return super().monotonic()

    def now(self) -> float:
        return self.at

    def pause(self, seconds: float) -> None:
        self.at += seconds
        time.sleep(0)


class StrictMint(Mint):
    """Notes what every permit was redeemed for."""

    def __init__(self) -> None:
        super().__init__()
        self.redeemed: list[tuple[str, str, Ref]] = []

    def redeem(self, permit: Permit, effect: str, target: Ref) -> None:
        super().redeem(permit, effect, target)
        self.redeemed.append((permit.token, effect, target))


@st.composite
def worlds(draw: st.DrawFn) -> FakeApi:
    api = FakeApi()
    api.add("ClusterRole", "", "admin", rules=[{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}])
    api.add("ClusterRole", "", "view", rules=[{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}])
    for name in draw(st.lists(NAMES, unique=True, min_size=2)):
        _binding(api, draw, "ClusterRoleBinding", "", name)
    for namespace in draw(st.lists(st.sampled_from(["ops", "prod"]), unique=True)):
        _binding(api, draw, "RoleBinding", namespace, draw(NAMES))
    _workloads(api, draw)
    return api


def _binding(api: FakeApi, draw: st.DrawFn, kind: str, namespace: str, name: str) -> None:
    role = {
        "apiGroup": RBAC,
        "kind": "ClusterRole",
        "name": draw(st.sampled_from(["admin", "admin", "view", "absent"])),
    }
    labels = {"kubernetes.io/bootstrapping": "rbac-defaults"} if name == "cluster-admin" else {}
    api.add(kind, namespace, name, roleRef=role, subjects=list(draw(SUBJECTS)), metadata={"labels": labels})


def _workloads(api: FakeApi, draw: st.DrawFn) -> None:
    spec = {"replicas": draw(st.integers(0, 3)), "selector": {"matchLabels": {"app": "aura"}}}
    spec["template"] = {"spec": {"serviceAccountName": "aura"}}
    root = api.add("Deployment", "ops", "aura", spec=spec)
    below = api.add(
        "ReplicaSet", "ops", "aura-1", spec={}, metadata=_owned("apps/v1", root) | {"labels": {"app": "aura"}}
    )
    for number in range(draw(st.integers(0, 3))):
        own = draw(st.booleans())
        metadata = _owned("apps/v1", below) if own else {}
        metadata["labels"] = {"app": "aura"}
        if draw(st.booleans()):
            metadata["finalizers"] = ["example.org/held"]
        pod = {"serviceAccountName": draw(st.sampled_from(["aura", "default"])), "containers": [{"name": "main"}]}
        api.add("Pod", "ops", f"aura-{number}", spec=pod, status={"phase": "Running"}, metadata=metadata)


def _owned(version: str, owner: dict[str, Any]) -> dict[str, Any]:
    meta = owner["metadata"]
    named = {"apiVersion": version, "kind": owner["kind"], "name": meta["name"], "uid": meta["uid"], "controller": True}
    return {"ownerReferences": [named]}


def board_on(api: Any, folder: Path, clock: TickingClock, mint: StrictMint) -> Switchboard:
    given_settings = Settings(
        cluster=ClusterSettings(),
        optimizer=OptimizerSettings(name="ops/aura"),
        switches=msgspec.convert({"grace_seconds": 1, "quiet_seconds": 0.5, "patience_seconds": 1}, SwitchSettings),
        journal=JournalSettings(folder=str(folder)),
    )
    api.read_only = False
    return build_switchboard(given_settings, api, None, clock, mint=mint, pause=clock.pause)


def meddle(api: FakeApi, path: str, what: str, chance: random.Random) -> None:
    """Do to an object what others do to it between plan and act, or between our last look and the write."""
    found = api.objects.get(path.removesuffix("/scale"))
    if found is None:
        return
    if what == "vanish":
        del api.objects[path.removesuffix("/scale")]
        return
    if what == "anew":
        found["metadata"]["uid"] = f"uid-anew-{chance.random()}"
    elif "subjects" in found and what == "shuffle":
        chance.shuffle(found["subjects"])
    elif "subjects" in found and what == "join":
        found["subjects"].insert(0, {"kind": "User", "name": "newcomer", "apiGroup": RBAC})
    api.touch(found)


@settings(max_examples=200, deadline=None)
@given(
    api=worlds(),
    switch=st.sampled_from(["revoke", "optimizer", "all"]),
    faults=FAULTS,
    before=st.lists(MEDDLING, max_size=12),
    races=st.lists(MEDDLING, max_size=6),
    seed=st.integers(0, 1 << 16),
)
def test_nothing_outside_the_plan_is_written_and_no_permit_serves_twice(
    api: FakeApi, switch: str, faults: list[str], before: list[str], races: list[str], seed: int
) -> None:
    folder, clock, mint, chance = Path(tempfile.mkdtemp()), TickingClock(), StrictMint(), random.Random(seed)
    board = board_on(api, folder, clock, mint)
    try:
        plan = board.make_plan(switch)
        assert api.writes == [], "planning writes nothing"
        for path, what in zip(list(api.objects), before, strict=False):
            meddle(api, path, what, chance)

        def fault(_method: str, path: str) -> str:
            if path.endswith("reviews"):
                return ""
            meddle(api, path, races.pop() if races else "nothing", chance)
            return faults.pop() if faults else ""

        api.fault = fault
        if plan.blocked:
            return
        outcome = board.execute(plan).result(timeout=60)
        assert not [step.detail for step in outcome.steps if "a defect" in step.detail]
        check_writes(api, plan, folder)
        check_permits(mint, plan, folder)
        check_journal(folder, plan)
    finally:
        board._executor.close()
        shutil.rmtree(folder)


def came_anew(folder: Path) -> set[str]:
    """UIDs of the bindings that came while the plan was proved and were deleted for it, as the journal tells."""
    befores = (entry.body.get("before") for entry in read_entries(folder) if entry.kind == "further")
    return {str(before["metadata"]["uid"]) for before in befores if isinstance(before, dict)}


def check_writes(api: FakeApi, plan: Plan, folder: Path) -> None:
    planned = {target.uid for target in plan.targets} | came_anew(folder)
    for write in api.writes:
        assert write.uid in planned, f"{write.method} {write.path} was not planned"
        if "rolebindings" not in write.path:
            continue
        others = [s for s in write.before.get("subjects", []) if not _reaches(s)]
        if write.method == "DELETE":
            # The last of three tries asks for the UID alone, since an optimizer that changes its binding all the time
            # must not save it: who joins in the moment between that try's read and its write goes with it.
            assert not others or not write.exact, "a binding that others share is never deleted"
        else:
            now = api.objects.get(write.path, {"subjects": others})["subjects"]
            assert all(subject in now for subject in others), "others keep their rights"


def _reaches(subject: dict[str, str]) -> bool:
    name = f"{subject['namespace']}/{subject['name']}" if subject["kind"] == "ServiceAccount" else subject["name"]
    return name in REACHING


def check_permits(mint: StrictMint, plan: Plan, folder: Path) -> None:
    tokens = [token for token, _, _ in mint.redeemed]
    assert len(tokens) == len(set(tokens))
    again = Counter(str(entry.body["step"]) for entry in read_entries(folder) if entry.kind == "retry")
    wanted = [(step.effect, step.target) for step in plan.steps for _ in range(1 + again[step.key])]
    anew = came_anew(folder)
    for _, effect, target in mint.redeemed:
        if (effect, target) in wanted:
            wanted.remove((effect, target))
        else:
            assert target.uid in anew, f"{effect} on {target} was neither planned nor came anew"


def check_journal(folder: Path, plan: Plan) -> None:
    entries = read_entries(folder)
    assert verify(folder).status == "intact"
    assert entries[0].kind == "intent"
    assert entries[-1].kind == "outcome"
    ended = {entry.body["step"] for entry in entries if entry.kind == "end"}
    assert ended == {step.key for step in plan.steps}


@given(seed=st.integers())
def test_a_writer_without_a_good_permit_sends_nothing(seed: int) -> None:
    api, mint = FakeApi(), Mint()
    pod = api.add("Pod", "ops", "aura", spec={})
    ref = Ref("Pod", "ops", "aura", pod["metadata"]["uid"])
    writer = Writer(api, mint, lambda _: None, random.Random(seed))
    other = mint.issue(Step("k", "t", "pod.delete", Ref("Pod", "ops", "other", "x")))
    for permit in (Permit("forged", "pod.delete", ref), other, other):
        with pytest.raises(PermitError):
            writer.delete(permit, "pod.delete", ref)
        with pytest.raises(PermitError):
            writer.patch(permit, "pod.delete", ref, lambda _: [])
        with pytest.raises(PermitError):
            writer.delete_or_patch(permit, "pod.delete", ref, lambda _: None)
        with pytest.raises(PermitError):
            writer.create(permit, "pod.delete", ref, {})
    assert api.writes == []
    good = mint.issue(Step("k", "t", "pod.delete", ref))
    writer.delete(good, "pod.delete", ref)
    with pytest.raises((PermitError, VanishedError)):
        writer.delete(good, "pod.delete", ref)
    assert len(api.writes) == 1


@pytest.mark.parametrize("race", ["vanish", "anew", "touch", "join"])
@pytest.mark.parametrize("switch", ["revoke", "optimizer"])
def test_what_happens_right_before_the_write_reaches_the_server_is_survived(
    switch: str, race: str, tmp_path: Path
) -> None:
    api, clock, mint, chance = FakeApi(), TickingClock(), StrictMint(), random.Random(0)
    api.add("ClusterRole", "", "admin", rules=[{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}])
    role = {"apiGroup": RBAC, "kind": "ClusterRole", "name": "admin"}
    api.add("ClusterRoleBinding", "", "one", roleRef=role, subjects=[ME])
    pod = {"serviceAccountName": "aura", "containers": [{"name": "main"}]}
    api.add("Pod", "ops", "aura", spec=pod, status={"phase": "Running"})
    board = board_on(api, tmp_path, clock, mint)
    plan = board.make_plan(switch)
    (deletion,) = [step for step in plan.steps if step.effect in {"rbac.delete", "pod.delete"}]
    once = [race]

    def fault(_method: str, path: str) -> str:
        if not path.endswith("reviews") and once:
            meddle(api, path, once.pop(), chance)
        return ""

    api.fault = fault
    outcome = board.execute(plan).result(timeout=60)
    check_writes(api, plan, tmp_path)
    done = next(step for step in outcome.steps if step.step == deletion.key)
    expected = StepState.FAILED if race == "anew" else StepState.DONE
    assert done.state is expected, done.detail
    left = [write.method for write in api.writes if write.uid == deletion.target.uid]
    join_patches = switch == "revoke" and race == "join"
    assert left == ([] if race in {"vanish", "anew"} else ["PATCH"] if join_patches else ["DELETE"])
